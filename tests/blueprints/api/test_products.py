"""The catalogue through the API: the same rules as the pages, in JSON."""

import pytest

NEW = {
    "name": "Vitamin C own",
    "regulatory_class": "medicine_authorised",
    "container_kind": "ampoule",
    "unit": "mL",
    "content": "2.5",
    "gtin": "09506000134352",
    "synonyms": ["Ascorbate"],
}


def test_a_program_adds_completes_and_reads_a_product(clinic, program):
    pharmacist = program("paula")
    added = pharmacist.change("/products", NEW)
    assert added.status_code == 201
    product_id = added.json["product_id"]
    assert added.headers["Location"] == f"/api/v1/products/{product_id}"

    for path, body in (
        ("strengths", {"substance": "ascorbic acid", "strength": "200", "unit": "mg"}),
        ("flags", {"kind": "sulfite", "source": "leaflet"}),
        ("codes", {"scheme": "national", "code": "CIP-3400930000000"}),
    ):
        assert pharmacist.change(f"/products/{product_id}/{path}", body).status_code == 201, path

    answer = program("otto").ask(f"/products/{product_id}").json
    assert (answer["product"]["content"], answer["product"]["is_verified"]) == ("2.5", True)
    assert answer["synonyms"] == ["Ascorbate"]
    assert answer["strengths"] == [{"substance": "ascorbic acid", "strength": "200", "strength_unit": "mg"}]
    assert [code["code"] for code in answer["codes"]] == [NEW["gtin"], "CIP-3400930000000"]
    assert [flag["kind"] for flag in answer["flags"]] == ["sulfite"]


@pytest.mark.parametrize(
    ("fact", "value"),
    [
        ("content", 2.5),
        ("content", "-1"),
        ("content", "NaN"),
        ("unit", "litre"),
        ("gtin", "09506000134353"),
        ("synonyms", "Ascorbate"),
        ("synonyms", [1]),
        ("name", "x" * 10_000),
        ("is_sterile", "true"),
        ("label_in_use_hours", True),
        ("strange", 1),
    ],
)
def test_what_is_almost_right_is_refused(clinic, program, fact, value):
    assert program("paula").change("/products", NEW | {fact: value}).status_code == 422


def test_refusals_are_those_of_the_pages(clinic, program):
    pharmacist = program("paula")
    product_id = pharmacist.change("/products", NEW).json["product_id"]
    other_id = pharmacist.change("/products", NEW | {"name": "Zinc own", "gtin": "9506000134369"}).json["product_id"]

    taken = pharmacist.change(f"/products/{other_id}/codes", {"scheme": "gtin", "code": NEW["gtin"]})
    assert (taken.status_code, taken.json["code"]) == (409, "code_of_another_product")
    assert taken.json["facts"]["product"] == NEW["name"]

    changed = {name: NEW[name] for name in ("name", "regulatory_class", "container_kind")} | {"version": 9}
    stale = pharmacist.change(f"/products/{product_id}", changed)
    assert (stale.status_code, stale.json["code"]) == (409, "record_changed")
    assert program("anna").change("/products", NEW).status_code == 403
    assert pharmacist.ask("/products/999").status_code == 404
    assert pharmacist.change("/suppliers", {"name": "Pharma Nord"}).status_code == 201
    assert pharmacist.change("/suppliers", {"name": "Pharma Nord"}).status_code == 409
