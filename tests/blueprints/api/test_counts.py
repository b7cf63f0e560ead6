"""Counting through the API: the same steps as on the pages."""

import pytest


@pytest.fixture
def count(clinic, program):
    anna = program("anna")
    return anna.change("/counts", {"location_id": clinic.places.storage}).json["count_id"]


def test_a_program_counts_a_place_to_the_end(program, clinic, make_lot, product_id, look, password):
    here, gone = make_lot(product_id, count=2)
    anna, paula = program("anna"), program("paula")
    count = anna.change("/counts", {"location_id": clinic.places.storage}).json["count_id"]
    path = f"/counts/{count}"
    scanned = anna.change(f"{path}/scans", {"text": here})
    assert scanned.status_code == 201
    assert scanned.headers["Location"] == f"/api/v1{path}"
    asked = anna.change(f"{path}/scans", {"text": "L1"}).json
    assert asked == {"count_id": count, "ask_number_of": look(here).lot_id}
    assert anna.change(f"{path}/finishing", {}).status_code == 201
    assert anna.change(f"{path}/absences", {"code": gone}).json["code"] == "second_counter_needed"
    assert paula.change(f"{path}/absences", {"code": gone}).status_code == 201
    assert paula.change(f"{path}/explanations", {"code": gone, "reason": "broken"}).status_code == 201
    answer = program("otto").ask(path).json
    assert answer["state"] == "checking"
    line = next(line for line in answer["lines"] if line["code"] == gone)
    assert (line["counted"], line["difference"], line["waits_for_recount"]) == ("0", "-10", False)
    assert paula.change(f"{path}/approval", {"password": password}).status_code == 201
    answer = program("otto").ask(path).json
    assert answer["results"][0] == {
        "code": gone,
        "lot_id": look(gone).lot_id,
        "lot_number": "L1",
        "unit": "mL",
        "counted": "0",
        "books": "10",
        "booked": "-10",
        "explanation": "broken",
    }
    assert program("otto").ask("/counts").json["counts"][0]["state"] == "approved"


def test_the_rest_of_the_commands(program, count, make_lot, product_id, clinic, look):
    anna = program("anna")
    opened, other = make_lot(product_id)[0], make_lot(product_id, "L2", place=clinic.places.room)[0]
    path = f"/counts/{count}"
    anna.change(f"/containers/{opened}/opening", {})
    assert anna.change(f"{path}/scans", {"text": opened}).json == {"count_id": count, "ask_amount_of": opened}
    assert anna.change(f"{path}/containers", {"code": opened, "amount": "10"}).status_code == 201
    assert anna.change(f"{path}/containers", {"code": opened, "amount": "10"}).json["code"] == "already_counted"
    lot = anna.change(f"{path}/lots", {"lot_id": look(opened).lot_id, "pieces": 0})
    assert anna.change(f"{path}/withdrawals", {"reading_id": lot.json["reading_id"]}).status_code == 201
    assert anna.change(f"{path}/containers", {"code": other}).status_code == 201
    assert anna.change(f"{path}/moves", {"code": other}).status_code == 201
    assert look(other).location_id == clinic.places.storage
    assert anna.change(f"{path}/discarding", {"reason": "once more"}).status_code == 201
    assert anna.change(f"{path}/finishing", {}).json["code"] == "count_over"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("scans", {"text": ""}),
        ("scans", {"text": "x" * 401}),
        ("containers", {"code": "C86FQCZ25E", "amount": -1}),
        ("containers", {"code": "C86FQCZ25E", "amount": "NaN"}),
        ("lots", {"lot_id": 1, "pieces": -1}),
        ("lots", {"lot_id": 1, "pieces": 100_001}),
        ("lots", {"lot_id": "1", "pieces": 1}),
        ("explanations", {"reason": ""}),
        ("approval", {}),
    ],
)
def test_what_is_almost_right_is_refused(program, count, path, body):
    assert program("paula").change(f"/counts/{count}/{path}", body).status_code == 422


def test_another_sites_count_is_not_there(program, count):
    stella = program("stella")
    assert stella.ask(f"/counts/{count}").status_code == 404
    assert stella.change(f"/counts/{count}/finishing", {}).status_code == 404
    assert program("otto").change(f"/counts/{count}/finishing", {}).status_code == 403
