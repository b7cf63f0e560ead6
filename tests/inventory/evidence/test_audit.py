"""Each unit writes one entry a chain, from what the database was really told."""

import json
from decimal import Decimal

import pytest
from sqlalchemy import select

from inventory.care import patients
from inventory.errors import ScopeTooNarrow, UnitNamesNoAction
from inventory.evidence import audit
from inventory.evidence.verifying import verify
from inventory.units import EVERYTHING, ORGANISATION, one_site
from models.care import Patient
from models.catalogue import Product, Substance, Supplier
from models.evidence import AuditEntry, AuditSubject
from models.people import Membership
from models.vocabulary import ContainerKind, RegulatoryClass, Role, Unit


@pytest.fixture
def last_body(units):
    def read(chain=0):
        query = select(AuditEntry.body).where(AuditEntry.chain_id == chain).order_by(AuditEntry.seq.desc()).limit(1)
        with units.reading() as session:
            return json.loads(session.scalars(query).one())

    return read


@pytest.fixture
def in_organisation(units, administrator):
    def run(work, scope=ORGANISATION):
        return units.run(administrator, scope, work)

    return run


@pytest.fixture
def problems(units):
    def find():
        with units.reading() as session:
            return verify(session, None)

    return find


def test_values_enter_as_the_database_gives_them_back(in_organisation, last_body, problems):
    """Whole numbers for amounts and truths, words for choices, trailing zeros."""

    def work(session, act):
        product = Product(
            name="Powder",
            regulatory_class="medicine_authorised",
            container_kind=ContainerKind.POWDER_VIAL,
            unit=Unit.MG,
            content=50,
            overfill=Decimal("0.500"),
            is_preserved=1,
        )
        session.add(product)
        audit.record(session, act, "product added", product)

    in_organisation(work)
    (made,) = last_body()["made"]["product"].values()
    assert (made["content"], made["overfill"], made["is_preserved"]) == ("50", "0.5", True)
    assert made["regulatory_class"] == RegulatoryClass.MEDICINE_AUTHORISED
    assert problems() == []


def test_several_flushes_of_one_unit_are_one_change(in_organisation, last_body, problems):
    def make(session, act):
        session.add(Supplier(name="First"))
        audit.record(session, act, "supplier added")

    def change(session, act):
        supplier = session.scalars(select(Supplier)).one()
        for name in ("Second", "Third"):
            supplier.name = name
            session.flush()
        session.add(made := Supplier(name="New"))
        session.flush()
        made.name = "Newer"
        audit.record(session, act, "suppliers changed", supplier)

    in_organisation(make)
    in_organisation(change)
    body = last_body()
    assert list(body["changed"]["supplier"].values()) == [{"name": ["First", "Third"]}]
    assert [row["name"] for row in body["made"]["supplier"].values()] == ["Newer"]
    assert problems() == []


def test_what_comes_and_goes_in_one_unit_never_was(in_organisation, last_body, clinic, problems):
    def work(session, act):
        session.add(row := Membership(user_id=1, site_id=clinic.other_site_id, role=Role.AUDITOR))
        session.flush()
        session.delete(row)
        audit.record(session, act, "thought better of it")

    in_organisation(work)
    assert not {"made", "removed", "changed"} & last_body().keys()
    assert problems() == []


def test_a_row_given_the_key_of_one_that_went(in_organisation, clinic, problems):
    """SQLite gives the highest key again once its row is gone."""

    def add(session, act):
        session.add(Membership(user_id=1, site_id=clinic.other_site_id, role=Role.AUDITOR))
        audit.record(session, act, "role given")

    def change(session, act):
        row = session.scalars(select(Membership).order_by(Membership.id.desc()).limit(1)).one()
        session.delete(row)
        session.flush()
        session.add(Membership(user_id=1, site_id=clinic.other_site_id, role=Role.PHARMACIST))
        audit.record(session, act, "role changed")

    in_organisation(add)
    for _ in range(3):
        in_organisation(change)
        assert problems() == []


def test_a_unit_that_says_nothing_is_undone(in_organisation, units):
    with pytest.raises(UnitNamesNoAction) as refused:
        in_organisation(lambda session, _: session.add(Substance(name="Water")))
    assert refused.value.tables == ("substance",)
    with units.reading() as session:
        assert session.scalars(select(Substance)).all() == []


def test_what_touches_all_sites_locks_them_all(units, administrator, clinic):
    def check(scope):
        units.run(administrator, scope, lambda session, _: audit.require_everything(session))

    for scope, missing in (
        (ORGANISATION, (clinic.site_id, clinic.other_site_id)),
        (one_site(clinic.site_id), (audit.ORGANISATION_CHAIN, clinic.other_site_id)),
    ):
        with pytest.raises(ScopeTooNarrow) as refused:
            check(scope)
        assert refused.value.missing == missing
    check(EVERYTHING)


def test_a_unit_that_changes_nothing_needs_no_action(in_organisation, units):
    before = in_organisation(lambda session, _: len(session.scalars(select(AuditEntry.id)).all()))
    with units.reading() as session:
        assert len(session.scalars(select(AuditEntry.id)).all()) == before


def test_a_unit_of_several_chains_is_told_whole_in_the_first(in_organisation, units):
    def work(session, act):
        session.add(supplier := Supplier(name="Everywhere"))
        audit.record(session, act, "supplier added", supplier, reason="Asked for")

    in_organisation(work, EVERYTHING)
    with units.reading() as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(3)).all()[::-1]
        bodies = [json.loads(entry.body) for entry in entries]
        subjects = session.scalars(select(AuditSubject).order_by(AuditSubject.entry_id.desc()).limit(3)).all()
    assert [entry.chain_id for entry in entries] == [0, 1, 2]
    assert len({body["unit"] for body in bodies}) == 1
    assert {body["action"] for body in bodies} == {"supplier added"}
    assert ["made" in body for body in bodies] == [True, False, False]
    assert {subject.kind for subject in subjects} == {"supplier"}
    assert [body["about"] for body in bodies] == [{"supplier": str(subjects[0].record_id)}] * 3


def test_a_person_is_in_the_chain_only_under_their_key(units, practitioner, last_body, problems):
    hostile = 'Ann "<b>" O\'Neill \\ =1+1'

    def work(session, act):
        identity = patients.Identity(hostile, None, "ann@example.org")
        known = tuple(session.scalars(select(Patient.reference)))
        return patients.register_patient(session, act, patients.RegisterPatient(identity, distinct_from=known)).id

    for _ in range(2):
        units.run(practitioner, ORGANISATION, work)
    first, second = (row["full_name"] for row in last_bodies(units, "patient_identity_version"))
    assert first != second  # the same name under two keys: nobody can tell that it is the same
    assert not any(word in json.dumps(last_body()) for word in ("Ann", "Neill", "example"))
    assert problems() == []


def last_bodies(units, table):
    query = select(AuditEntry.body).where(AuditEntry.action == "patient registered")
    with units.reading() as session:
        for body in session.scalars(query):
            yield from json.loads(body)["made"][table].values()


def test_the_hash_is_over_the_hash_before_and_the_very_text(in_organisation, units):
    with units.reading() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.chain_id == 0).order_by(AuditEntry.seq)).all()
    previous = audit.FIRST_HASH
    for number, entry in enumerate(entries, start=1):
        assert entry.seq == number
        assert entry.hash == audit.entry_hash(previous, entry.body)
        previous = entry.hash
