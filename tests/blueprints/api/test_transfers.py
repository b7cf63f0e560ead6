"""Transfers through the API: the same steps as on the pages."""

import pytest


def test_programs_of_two_sites_send_and_receive(program, clinic, make_lot, product_id, look, password):
    first, second, third = make_lot(product_id, count=3)
    anna, stella, paula = program("anna"), program("stella"), program("paula")
    asked = stella.change(
        "/transfers/requests",
        {"from_site_id": clinic.site_id, "ask": "please_send", "product_id": product_id, "pieces": 3},
    )
    assert asked.status_code == 201
    path = f"/transfers/{asked.json['transfer_id']}"
    assert asked.headers["Location"] == f"/api/v1{path}"
    assert anna.change(f"{path}/sending", {"codes": [first, second, third]}).status_code == 201
    here = {"location_id": clinic.other_places.storage}
    assert stella.change(f"{path}/arrivals", here | {"codes": [first]}).status_code == 201
    assert stella.change(f"{path}/arrivals", here | {"codes": [first]}).json["code"] == "already_arrived"
    assert stella.change(f"{path}/arrivals", here | {"codes": [second], "damage": "cracked"}).status_code == 201
    lost = {"codes": [third], "reason": "gone", "password": password}
    assert paula.change(f"{path}/losses", lost).status_code == 201
    answer = stella.ask(path).json
    assert answer["state"] == "over"
    assert [line["state"] for line in answer["lines"]] == ["arrived", "damaged", "lost"]
    assert answer["lines"][1]["causes"] == ["damaged on the way: cracked"]
    assert answer["wishes"][0]["pieces"] == 3
    assert anna.ask("/transfers").json["transfers"][0]["waiting"] == 0
    assert look(first).location_id == clinic.other_places.storage


def test_sent_without_a_request_and_a_request_cancelled(program, clinic, vial):
    anna, stella = program("anna"), program("stella")
    assert anna.change("/transfers", {"to_site_id": clinic.other_site_id, "codes": [vial]}).status_code == 201
    asked = stella.change(
        "/transfers/requests", {"from_site_id": clinic.site_id, "ask": "it_is_here", "codes": [vial]}
    ).json["transfer_id"]
    assert stella.change(f"/transfers/{asked}/cancelling", {"reason": "found the other"}).status_code == 201


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/transfers", {"codes": [], "to_site_id": 2}),
        ("/transfers", {"codes": "C86FQCZ25E", "to_site_id": 2}),
        ("/transfers", {"codes": [1], "to_site_id": 2}),
        ("/transfers", {"codes": ["C86FQCZ25E"]}),
        ("/transfers/requests", {"from_site_id": 2, "ask": "now", "codes": []}),
        ("/transfers/requests", {"from_site_id": 2, "ask": "please_send", "product_id": 1, "pieces": 0}),
    ],
)
def test_what_is_almost_right_is_refused(program, clinic, path, body):
    assert program("anna").change(path, body).status_code in (404, 422)
