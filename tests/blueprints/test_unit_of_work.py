"""One request, one unit: the key, the content, and what is sent twice."""

from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pytest
from flask import request
from sqlalchemy import func, select

from blueprints.access import requires
from blueprints.unit_of_work import in_unit
from inventory.access import Permission
from inventory.evidence import audit
from inventory.units import ORGANISATION, Answer
from models.catalogue import Supplier
from models.organisation import IdempotencyKey


@pytest.fixture
def paula(own_app, signed_in):
    @requires(Permission.VIEW_STOCK)
    def add_supplier():
        name = request.form.get("name", "Supplier")

        def work(session, act):
            supplier = Supplier(name=name)
            session.add(supplier)
            audit.record(session, act, "supplier added", supplier)
            return Answer(201, f"/suppliers/{supplier.id}", {"id": supplier.id})

        answer = in_unit(ORGANISATION, work)
        return {"ids": answer.ids, "location": answer.location, "is_replay": answer.is_replay}, answer.status

    own_app.add_url_rule("/trying", "trying.add", add_supplier, methods=["POST"])
    return signed_in("paula", own_app)


def count(units, table=Supplier):
    with units.reading() as session:
        return session.scalar(select(func.count()).select_from(table))


KEY = {"idempotency_key": "0123456789"}


def test_a_form_sent_twice_is_saved_once_and_answered_alike(paula, units):
    first, second = (paula.send("/trying", KEY | {"name": "A"}) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json["ids"] == second.json["ids"]
    assert (first.json["is_replay"], second.json["is_replay"]) == (False, True)
    assert count(units) == 1


def test_a_form_sent_many_times_at_once_is_saved_once(paula, units, own_app):
    form = KEY | {"name": "A", "csrf_token": paula.csrf_token()}
    cookie = paula.get_cookie("vialtrace").value

    def send(_):
        browser = own_app.test_client()
        browser.set_cookie("vialtrace", cookie)
        return browser.post("/trying", data=form).status_code

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(send, range(12))) == {201}
    assert count(units) == 1


def test_the_same_key_with_other_content_is_refused(paula, units):
    paula.send("/trying", KEY | {"name": "A"})
    for other in ({"name": "B"}, {"name": "A", "note": "x"}, {"name": ["A", "B"]}):
        answer = paula.send("/trying", KEY | other)
        assert answer.status_code == 409
        assert "already saved" in answer.text
    file = {"name": "A", "photo": (BytesIO(b"picture"), "p.png")}
    assert paula.send("/trying", KEY | file, content_type="multipart/form-data").status_code == 409
    assert count(units) == 1


def test_a_file_is_part_of_the_content_by_its_bytes(paula, units):
    answers = [
        paula.send("/trying", KEY | {"photo": (BytesIO(photo), "p.png")}, content_type="multipart/form-data")
        for photo in (b"picture", b"picture", b"another")
    ]
    assert [answer.status_code for answer in answers] == [201, 201, 409]


def test_a_password_is_not_part_of_the_content_that_is_kept(paula, units):
    answers = [paula.send("/trying", KEY | {"password": word}) for word in ("wrong guess", "right password")]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert count(units, IdempotencyKey) == 1


def test_keys_belong_to_their_person(paula, own_app, signed_in, units):
    assert paula.send("/trying", KEY | {"name": "A"}).status_code == 201
    assert signed_in("peter", own_app).send("/trying", KEY | {"name": "B"}).status_code == 201
    assert count(units) == 2


def test_a_key_is_demanded_and_must_be_one(paula, units):
    for key in ("", "short", "x" * 101, "with\nbreak", "ümlaut-key-here"):
        assert paula.send("/trying", {"idempotency_key": key}).status_code == 422
    assert count(units) == 0


def test_what_the_database_refuses_is_a_sentence_and_not_an_incident(paula, units):
    assert paula.send("/trying", {"name": "A"}).status_code == 201
    answer = paula.send("/trying", {"name": "A"})
    assert answer.status_code == 409
    assert "breaks a rule of the records" in answer.text
    assert count(units) == 1
