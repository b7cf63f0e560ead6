"""Rows written in bulk enter the chain as rows of the session do."""

import json

import pytest
from sqlalchemy import select

from inventory import invariants
from inventory.evidence import audit, bulk
from inventory.evidence.canonical import canonical
from inventory.units import ORGANISATION
from models.catalogue import Supplier
from models.evidence import AuditEntry

HOSTILE = '100 % of "s" <script>=1+1 \\ %s %(name)s é'


@pytest.fixture
def body(do, pharmacist, units):
    """What the chain tells of one unit; the whole check of the records finds nothing."""

    def run(work):
        def told(session, act):
            work(session, act)
            audit.record(session, act, "tried")

        do(pharmacist, told, scope=ORGANISATION)
        with units.reading() as session:
            assert invariants.check(session, revision="1", newest_revision="1") == []
            return session.scalars(select(AuditEntry.body).order_by(AuditEntry.id.desc())).first()

    return run


def test_they_are_told_like_those_of_the_session_beside_them(body):
    def work(session, _act):
        first = bulk.add_rows(session, Supplier, [{"name": HOSTILE, "contact": "a"}, {"name": "B"}])
        assert first == sorted(first)
        session.add(Supplier(name="C"))

    text = body(work)

    told = json.loads(text)
    assert text == canonical(told)
    assert list(told["made"]["supplier"].values()) == [
        {"contact": "a", "is_active": True, "name": HOSTILE},
        {"is_active": True, "name": "B"},
        {"is_active": True, "name": "C"},
    ]


def test_one_that_is_changed_in_the_same_unit_was_made_like_this(body):
    def work(session, _act):
        ids = bulk.add_rows(session, Supplier, [{"name": "A"}, {"name": "B"}])
        session.get_one(Supplier, ids[0]).name = HOSTILE

    told = json.loads(body(work))

    assert [values["name"] for values in told["made"]["supplier"].values()] == [HOSTILE, "B"]
    assert "changed" not in told


def test_what_only_the_unit_knows_comes_last(body):
    def work(session, _act):
        prepared = bulk.prepare(session, Supplier, [{"contact": "50 %"}, {}], later=("name",))
        bulk.write(session, prepared, {"name": ["A", HOSTILE]})

    told = json.loads(body(work))

    assert list(told["made"]["supplier"].values()) == [
        {"contact": "50 %", "is_active": True, "name": "A"},
        {"is_active": True, "name": HOSTILE},
    ]


def test_each_may_be_given_values_of_its_own(body):
    ids = []
    body(lambda session, _act: ids.extend(bulk.add_rows(session, Supplier, [{"name": "A"}, {"name": "B"}])))
    changes = {key: {"name": (name, f"{name} {HOSTILE}")} for key, name in zip(ids, "AB", strict=True)}

    told = json.loads(body(lambda session, _act: bulk.change_each(session, Supplier, changes)))

    assert told["changed"] == {"supplier": {str(key): {"name": list(both["name"])} for key, both in changes.items()}}
