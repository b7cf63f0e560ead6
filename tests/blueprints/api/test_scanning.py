"""Scans through the API: asked without a change, learnt with one, refused in the same words as on the page."""

import pytest

from inventory.access import Permission

GTIN = "09506000134352"
BOX = f"]d201{GTIN}21SN1\x1d17320131\x1d10L1"
NEW = {
    "scan": BOX,
    "name": "Zinc 1 mg/mL",
    "regulatory_class": "medicine_authorised",
    "container_kind": "ampoule",
    "unit": "mL",
    "content": "5",
    "containers_per_pack": 10,
}


def _ask(caller, text):
    return caller.change("/scans", {"text": text})


def test_a_program_learns_a_code_and_asks_what_it_means(clinic, program, product_id, make_lot, everything):
    pharmacist = program("paula")
    make_lot(product_id, count=2)
    before = everything()
    unknown = _ask(pharmacist, BOX)
    assert everything() == before
    assert (unknown.status_code, unknown.json["meaning"]) == (200, "unknown_box")
    assert unknown.json["on_box"] == {"scheme": "gtin", "code": GTIN}

    learnt = pharmacist.change(f"/products/{product_id}/scans", {"scan": BOX, "containers_per_pack": 10})
    assert (learnt.status_code, learnt.json) == (201, {"product_id": product_id})

    answer = _ask(program("otto"), BOX).json
    assert (answer["meaning"], answer["product"]["id"]) == ("box", product_id)
    assert answer["product"]["containers_per_pack"] == 10
    assert answer["said"]["raw"] == BOX.replace("\x1d", "\\x1d")
    assert [place["count"] for place in answer["lot"]["sealed"]] == [2]


def test_a_product_is_added_with_the_code_on_its_box(clinic, program):
    pharmacist = program("paula")
    added = pharmacist.change("/scans/products", NEW)
    assert added.status_code == 201
    assert added.headers["Location"] == f"/api/v1/products/{added.json['product_id']}"
    assert _ask(pharmacist, BOX).json["product"]["name"] == NEW["name"]
    again = pharmacist.change("/scans/products", NEW | {"name": "Another"})
    assert (again.status_code, again.json["code"]) == (409, "code_of_another_product")


def test_our_own_codes_words_and_other_sites_are_told(clinic, program, vial, make_lot, product_id):
    (far,) = make_lot(product_id, at_other_site=True)
    caller = program("anna")
    assert _ask(caller, vial).json["container"]["code"] == vial
    assert _ask(caller, far).json["container"]["site"] == "Hillside"
    assert [each["name"] for each in _ask(caller, "lidoc").json["products"]] == ["Lidocaine 20 mg/mL"]
    assert _ask(caller, "L1").json["meaning"] in ("lot", "words")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"text": f"01{GTIN[:-1]}31728123110X"}, "wrong_check_digit"),
        ({"text": f"01{GTIN}1728130110X1"}, "invalid_element"),
        ({"text": " "}, "empty_code"),
        ({"text": ""}, "invalid"),
        ({"text": 7}, "invalid"),
        ({"text": "x" * 501}, "invalid"),
        ({}, "invalid"),
    ],
)
def test_a_bad_code_is_refused_with_what_is_wrong(clinic, program, body, code):
    answer = program("anna").change("/scans", body)
    assert (answer.status_code, answer.json["code"]) == (422, code)


def test_who_may_not_teach_the_catalogue_is_refused(clinic, program, product_id):
    assert program("anna").change(f"/products/{product_id}/scans", {"scan": BOX}).status_code == 403
    assert program("anna").change("/scans/products", NEW).status_code == 403
    assert program("paula", only={Permission.SIGNED_IN}).change("/scans", {"text": BOX}).status_code == 403
