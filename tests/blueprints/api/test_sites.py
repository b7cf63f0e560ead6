"""How a site works, through the API."""

from datetime import date

import pytest

from inventory.people import memberships
from inventory.units import ORGANISATION


@pytest.fixture
def paula(program, do, clinic, administrator):
    """A program of the responsible person's."""
    command = memberships.MakeResponsible(clinic.user_ids["paula"], clinic.site_id, date(2031, 1, 1), None)
    do(administrator, memberships.make_responsible, command, scope=ORGANISATION)
    return program("paula")


def test_a_site_is_read_changed_and_put_under_rules(program, paula, password, clinic):
    ada = program("ada")
    before = ada.ask("/site").json
    assert (before["name"], before["rule_pack"], before["is_adopted"]) == ("Harbour", "eu_generic", False)

    changed = ada.change("/site/policies", {"version": before["version"], "mixing_place": "hood"})
    adopted = paula.change("/site/rule-pack", {"rule_pack": "us_797", "password": password})

    assert (changed.status_code, adopted.status_code) == (201, 201)
    after = program("otto").ask("/site").json
    assert (after["mixing_place"], after["rule_pack"], after["is_adopted"]) == ("hood", "us_797", True)
    assert [each["signed_by"] for each in after["adoptions"]] == ["Paula Pharmacist"]


def test_a_site_is_added(program):
    site = {"name": "Lighthouse", "time_zone": "Europe/Paris", "rule_pack": "eu_generic", "mixing_place": "hood"}
    added = program("ada").change("/sites", site)
    assert added.status_code == 201
    assert added.json["site_id"] > 2
    again = program("ada").change("/sites", site)
    assert (again.status_code, again.json["code"]) == (422, "site_name_taken")


@pytest.mark.parametrize(
    "wrong",
    [{"version": "1"}, {"mixing_place": "kitchen"}, {"holds_incoming": "yes"}, {"is_single_handed": 1}, {"name": "x"}],
)
def test_what_is_almost_right_is_refused(program, clinic, wrong):
    form = {"version": 1, "mixing_place": "hood"} | wrong
    assert program("ada").change("/site/policies", form).status_code == 422


def test_who_may_not_is_refused(program, clinic, password):
    peter = program("peter")
    assert peter.change("/site/policies", {"version": 1, "mixing_place": "hood"}).status_code == 403
    assert peter.change("/site/rule-pack", {"rule_pack": "us_797", "password": password}).status_code == 403
    assert peter.change("/sites", {}).status_code == 403
