"""Release through the API: the queue, the checklist, the signed decision, the rejection."""

import io
import secrets
from datetime import date

import pytest

from inventory.people import memberships
from inventory.stock import receiving
from inventory.units import ORGANISATION

PDF = b"%PDF-1.7\n%%EOF\n"


@pytest.fixture
def line(do, change_site, clinic, assistant, administrator, supplier_id, product_id, clock, program):
    """A line of two vials that waits, as the queue tells it; Paula is responsible, and asks two questions."""
    change_site(holds_incoming=True)
    command = receiving.ReceiveDelivery(
        supplier_id,
        "DN 9",
        clinic.places.storage,
        (receiving.ReceiveLine(product_id, "NEW-1", date(2032, 1, 31), 2),),
    )
    do(assistant, receiving.receive_delivery, command)
    responsible = memberships.MakeResponsible(clinic.user_ids["paula"], clinic.site_id, clock.at.date(), None)
    do(administrator, memberships.make_responsible, responsible, scope=ORGANISATION)
    paula = program("paula")
    for body in ({"question": "Undamaged?"}, {"question": "Certificate?", "needs_certificate": True}):
        assert paula.change("/release-checks", body).status_code == 201
    (found,) = paula.ask("/release").json["lines"]
    return found


def _complete(caller, line) -> None:
    file = {"file": (io.BytesIO(PDF), "certificate.pdf"), "kind": "certificate"}
    assert caller.change(f"/attachments/lot/{line['lot_id']}", data=file).status_code == 201
    answers = [{"check_id": check["id"], "outcome": "passed"} for check in line["checks"]]
    assert caller.change(f"/release/{line['id']}/answers", {"answers": answers}).status_code == 201


def test_the_queue_says_what_lacks(program, line):
    assert (line["lot_number"], line["is_ready"], len(line["free"])) == ("NEW-1", False, 2)
    assert [(check["question"], check["lack"]) for check in line["checks"]] == [
        ("Undamaged?", "answer"),
        ("Certificate?", "certificate"),
    ]
    assert program("stella").ask("/release").json["lines"] == []
    assert program("stella").ask(f"/release/{line['id']}").status_code == 404


def test_it_is_answered_signed_once_and_released(program, line, password):
    anna, paula, where = program("anna"), program("paula"), f"/release/{line['id']}"
    too_early = paula.change(f"{where}/release", {"password": password})
    assert (too_early.status_code, too_early.json["code"]) == (409, "release_lacks")
    _complete(anna, line)
    ready = paula.ask(where).json
    assert ready["is_ready"]

    key, body = secrets.token_urlsafe(12), {"password": password, "version": ready["version"], "note": "well"}
    answer = paula.change(f"{where}/release", body, key=key)
    again = paula.change(f"{where}/release", body, key=key)

    assert (answer.status_code, again.json) == (201, answer.json)
    assert again.headers["Idempotency-Replayed"] == "true"
    (decided,) = paula.ask(where).json["decisions"]
    assert (decided["id"], decided["verdict"]) == (answer.json["decision_id"], "released")
    assert decided["signed_text"] == ready["text"]
    assert anna.change(f"/containers/{line['free'][0]}/opening").status_code == 201


def test_it_is_rejected_and_returned(program, line):
    paula, where = program("paula"), f"/release/{line['id']}"
    answer = paula.change(f"{where}/rejection", {"reason": "seals are broken", "goes": "back"})
    assert answer.status_code == 201
    address = f"/rejections/{answer.json['decision_id']}/return"
    assert paula.change(address).status_code == 201
    assert paula.ask("/release").json["lines"] == []
    assert (paula.change(address).status_code, paula.change(address).json["code"]) == (409, "nothing_to_release")


def test_rejected_stock_is_destroyed(program, line):
    paula = program("paula")
    rejected = paula.change(f"/release/{line['id']}/rejection", {"reason": "cloudy", "goes": "destruction"})
    booked = paula.change(f"/rejections/{rejected.json['decision_id']}/destruction", {"note": "handed over"})
    assert booked.status_code == 201
    entry = paula.ask(f"/entries/{booked.json['entry_id']}").json
    assert ([move["purpose"] for move in entry["moves"]], entry["reason"]) == (["destroyed"] * 2, "handed over")


def test_questions_are_hidden_and_asked_again(program, line):
    paula, check_id = program("paula"), line["checks"][0]["id"]
    for is_active in (False, True):
        assert paula.change(f"/release-checks/{check_id}/offer", {"is_active": is_active}).status_code == 201
        (check,) = [each for each in paula.ask("/release-checks").json["checks"] if each["id"] == check_id]
        assert check["is_active"] is is_active
    assert paula.change("/release-checks/999/offer", {"is_active": True}).status_code == 404
    assert paula.change("/release-checks", {"question": "Undamaged?"}).json["code"] == "already_in_catalogue"


def test_who_may_not_is_refused_and_nothing_changes(program, line, password, everything):
    anna, otto, where = program("anna"), program("otto"), f"/release/{line['id']}"
    before = everything()["hold"], everything()["release_answer"], everything()["release_decision"]
    assert anna.change(f"{where}/release", {"password": password}).status_code == 403
    assert anna.change(f"{where}/rejection", {"reason": "x", "goes": "back"}).status_code == 403
    assert otto.change(f"{where}/answers", {"answers": []}).status_code == 403
    assert otto.change("/release-checks", {"question": "x"}).status_code == 403
    paula = program("paula")
    for body, name in (
        ({"answers": []}, "answers"),
        ({"answers": [{"check_id": 1, "outcome": "maybe"}]}, "answers"),
        ({"answers": [{"check_id": "1", "outcome": "passed"}]}, "answers"),
        ({}, "answers"),
    ):
        answer = paula.change(f"{where}/answers", body)
        assert (answer.status_code, list(answer.json["errors"])) == (422, [name])
    assert paula.change(f"{where}/rejection", {"reason": " ", "goes": "back"}).status_code == 422
    assert paula.change(f"{where}/rejection", {"reason": "x", "goes": "away"}).status_code == 422
    assert paula.change(f"{where}/release", {"password": "not mine at all"}).status_code in (409, 422)
    assert (everything()["hold"], everything()["release_answer"], everything()["release_decision"]) == before
