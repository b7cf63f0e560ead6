"""The catalogue's lists through the API: found by words, added, changed, offered no more, verified once."""

import pytest

from inventory.catalogue import seeding
from inventory.units import ORGANISATION


@pytest.fixture
def seeded(units, pharmacist):
    units.run(pharmacist, ORGANISATION, seeding.load)


def test_products_are_found_by_the_words_people_use(seeded, program):
    caller = program("anna")
    found = caller.ask("/products/search", text="vitamin C").json["products"]
    assert any("vitamin C" in each["name"] or each["ingredient_class"] == "vitamin_c" for each in found)
    assert caller.ask("/products/search", text="x" * 201).status_code == 422
    doubtful = caller.ask("/products/search", show="to_verify").json
    assert doubtful["products"]


def test_a_fact_is_verified_once(seeded, program):
    pharmacist = program("paula")
    fact = next(each for each in pharmacist.ask("/substances").json["substances"] if not each["is_verified"])
    path = f"/facts/substance/{fact['id']}/verification"
    assert program("anna").change(path).status_code == 403
    assert pharmacist.change(path).status_code == 201
    again = pharmacist.change(path)
    assert (again.status_code, again.json["code"]) == (409, "fact_already_verified")
    assert pharmacist.change("/facts/strange/1/verification").status_code == 404
    assert pharmacist.change("/facts/substance/99999/verification").status_code == 404


def test_ingredients_suppliers_areas_and_techniques_are_looked_after(clinic, program):
    pharmacist = program("paula")
    made = pharmacist.change("/substances", {"name": "zinc", "ingredient_class": "zinc", "synonyms": ["Zn"]})
    assert made.status_code == 201
    (zinc,) = pharmacist.ask("/substances").json["substances"]
    renamed = {"version": zinc["version"], "name": "zinc gluconate"}
    assert pharmacist.change(f"/substances/{zinc['id']}", renamed).status_code == 201
    assert pharmacist.change(f"/substances/{zinc['id']}", renamed).status_code == 409

    supplier_id = pharmacist.change("/suppliers", {"name": "Pharma Nord"}).json["supplier_id"]
    gone = {"version": 1, "name": "Pharma Nord", "is_active": False}
    assert pharmacist.change(f"/suppliers/{supplier_id}", gone).status_code == 201
    assert pharmacist.ask("/suppliers").json["suppliers"] == []

    area_id = pharmacist.change("/areas", {"name": "neck"}).json["area_id"]
    technique_id = pharmacist.change("/techniques", {"name": "napping", "depth": "2 mm"}).json["technique_id"]
    assert pharmacist.change(f"/areas/{area_id}/offer", {"is_active": False}).status_code == 201
    assert pharmacist.change(f"/techniques/{technique_id}/offer", {"is_active": False}).status_code == 201
    told = program("otto").ask("/techniques").json
    assert [(each["name"], each["is_active"]) for each in told["areas"]] == [("neck", False)]
    assert [(each["depth"], each["is_active"]) for each in told["techniques"]] == [("2 mm", False)]
    assert program("anna").change("/areas", {"name": "hand"}).status_code == 403
