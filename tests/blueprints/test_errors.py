"""Refusals and incidents as answers: equal words on the page and for programs, and nothing given away."""

import logging

import pytest

from blueprints.access import public
from blueprints.errors import headers_of, status_of
from inventory import errors
from inventory.people import errors as door
from inventory.people.errors import TooManyAttempts


def test_the_table_of_statuses():
    assert status_of(errors.InvalidText("Name", "is empty")) == 422
    assert status_of(errors.RecordNotFound("lot", "7")) == 404
    assert status_of(errors.NotAllowed("x")) == 403
    assert status_of(errors.RecordChanged("lot", "7")) == 409
    assert status_of(errors.ContainerHeld("C1", "recall", "recall 7")) == 409
    for error in (errors.Busy(), errors.StorageFull(), errors.ClockWrong("a", "b", "c")):
        assert status_of(error) == 503
        assert int(headers_of(error)["Retry-After"]) > 0
    assert status_of(TooManyAttempts(61)) == 429
    assert headers_of(TooManyAttempts(61)) == {"Retry-After": "61"}
    assert headers_of(errors.RecordNotFound("lot", "7")) == {}


def every_refusal(of=errors.Refusal):
    return {kind for sub in of.__subclasses__() for kind in {sub} | every_refusal(sub)}


def test_every_refusal_has_a_status_and_says_what_to_do():
    assert door.LastAdministrator in every_refusal()
    for kind in every_refusal():
        if "__dataclass_fields__" not in vars(kind):
            continue  # a family, not a refusal
        assert status_of(kind.__new__(kind)) in {400, 401, 403, 404, 409, 410, 422, 429, 503}
        assert kind.says, kind
        assert kind.do, kind


@pytest.fixture
def broken(own_app, clinic):
    @public
    def fall():
        raise ValueError("secret of Paula")

    @public
    def refuse():
        raise errors.ContainerHeld("C1234", "recalled", "<b>recall</b> 7")

    @public
    def full():
        raise errors.StorageFull

    for prefix in ("/", "/api/v1/"):
        own_app.add_url_rule(f"{prefix}fall", f"fall{len(prefix)}", fall)
        own_app.add_url_rule(f"{prefix}refuse", f"refuse{len(prefix)}", refuse)
        own_app.add_url_rule(f"{prefix}full", f"full{len(prefix)}", full)
    return own_app.test_client()


def test_an_incident_tells_its_number_and_nothing_more(broken, caplog):
    with caplog.at_level(logging.ERROR):
        answer = broken.get("/fall")
    (record,) = [record for record in caplog.records if record.getMessage() == "incident"]
    assert answer.status_code == 500
    assert record.incident in answer.text
    assert "Paula" not in answer.text
    assert "Traceback" not in answer.text
    told = broken.get("/api/v1/fall")
    assert told.status_code == 500
    assert told.mimetype == "application/problem+json"
    assert told.json["code"] == "internal_error"
    assert "Paula" not in told.text


def test_a_refusal_says_the_same_on_the_page_and_for_programs(broken):
    page, told = broken.get("/refuse"), broken.get("/api/v1/refuse")
    assert (page.status_code, told.status_code) == (409, 409)
    assert told.json["code"] == "container_held"
    assert "<b>recall</b>" in told.json["detail"]
    assert "<b>recall</b>" not in page.text
    for sentence in (told.json["remedy"], told.json["why"], told.json["rule"]):
        assert sentence in page.text


def test_waiting_is_said_in_a_header_too(broken):
    for address in ("/full", "/api/v1/full"):
        answer = broken.get(address)
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "60"


def test_addresses_that_are_not_there(signed_in, client, clinic):
    paula = signed_in("paula")
    page = paula.get("/nowhere")
    assert page.status_code == 404
    assert "Paula Pharmacist" in page.text  # inside the frame for who is signed in
    assert "Paula" not in client.get("/nowhere").text
    wrong = paula.get("/site/policies")
    assert wrong.status_code == 405
    assert "POST" in wrong.headers["Allow"]
    told = client.get("/api/v1/nowhere")
    assert (told.status_code, told.mimetype) == (404, "application/problem+json")


def test_a_request_that_is_too_large_is_refused_in_words(signed_in, app):
    paula = signed_in("paula")
    answer = paula.send("/search", {"text": "x" * 1_100_000})
    assert answer.status_code == 413
    assert "larger than this installation accepts" in answer.text


def test_pages_are_told_when_the_database_is_gone(signed_in, units, monkeypatch):
    paula = signed_in("paula")
    monkeypatch.setattr(units.database, "reader", None)
    answer = paula.get("/")
    assert answer.status_code == 500
    assert "incident" in answer.text


def test_the_icon_that_a_browser_asks_for_beside_a_pdf_is_there(client, clinic):
    answer = client.get("/favicon.ico")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/static/img/vialtrace.svg")
