"""The first page, the site switch, the clock's banner, the scan box."""

from datetime import timedelta

import pytest

from inventory.access import INSTALLATION
from inventory.people import users
from inventory.people.memberships import MakeResponsible, make_responsible
from inventory.people.users import AddPerson, ChangeRoles
from inventory.trusted_clock import confirm_clock
from inventory.units import ORGANISATION
from models.vocabulary import Role


def test_a_new_clinic_has_nothing_waiting(signed_in):
    for name in ("ada", "paula", "peter", "anna", "otto"):
        page = signed_in(name).get("/")
        assert page.status_code == 200
        assert "Nothing waits for you." in page.text
        assert "2031-03-03" in page.text


def test_the_administrator_is_told_who_never_came(signed_in, units, clinic, administrator):
    command = AddPerson("Nora New", "nora", clinic.site_id, frozenset({Role.ASSISTANT}))
    units.run(administrator, ORGANISATION, lambda session, act: users.add_person(session, act, command).id)
    assert "person has not set a password yet" in signed_in("ada").get("/").text
    assert "set a password yet" not in signed_in("paula").get("/").text


def test_the_administrator_is_told_that_nobody_may_release(signed_in, change_site, do, clinic, administrator, clock):
    change_site(holds_incoming=True)
    assert "responsible person to name" in signed_in("ada").get("/").text
    assert "responsible person to name" not in signed_in("paula").get("/").text
    command = MakeResponsible(clinic.user_ids["paula"], clinic.site_id, clock.at.date(), None)
    do(administrator, make_responsible, command, scope=ORGANISATION)
    assert "responsible person to name" not in signed_in("ada").get("/").text


def test_one_works_at_one_of_ones_sites_and_at_no_other(signed_in, units, clinic, stranger):
    paula = signed_in("paula")
    assert paula.send("/site", {"site_id": clinic.other_site_id}).status_code == 403
    with units.reading() as session:
        seen = users.roles_version(session, clinic.user_ids["paula"])
    command = ChangeRoles(clinic.user_ids["paula"], {clinic.other_site_id: frozenset({Role.AUDITOR})}, seen)
    units.run(stranger, ORGANISATION, lambda session, act: users.change_roles(session, act, command).id)

    assert paula.send("/site", {"site_id": clinic.other_site_id}).status_code == 303

    page = paula.get("/").text
    assert "You now work at Hillside." in page
    assert "auditor" in page
    assert paula.send("/site", {"site_id": "9" * 30}).status_code == 422


@pytest.mark.parametrize("wrong", ["leaps", "goes back"])
def test_a_wrong_clock_is_shown_and_an_administrator_may_confirm_a_leap(signed_in, units, clinic, clock, wrong):
    ada, paula = signed_in("ada"), signed_in("paula")
    right = clock.at
    clock.set_wall(right + timedelta(days=3) if wrong == "leaps" else right - timedelta(minutes=5))
    if wrong == "leaps":  # everybody's screen has locked meanwhile
        ada, paula = signed_in("ada"), signed_in("paula")
    form = {"full_name": "N", "sign_in_name": "n.n", "roles": ["auditor"]}
    assert "clock says" in paula.get("/").text
    assert "The clock is right" not in paula.get("/").text
    assert "The clock is right" in ada.get("/").text
    refused = ada.send("/people/invitation", form)
    assert refused.status_code == 503
    assert refused.headers["Retry-After"] == "60"
    assert 'value="n.n"' in refused.text

    answer = ada.send("/clock")

    if wrong == "leaps":
        assert answer.status_code == 303
        assert "clock says" not in ada.get("/").text
        assert ada.send("/people/invitation", form).status_code == 200
    else:
        assert answer.status_code == 503
        clock.set_wall(right)
        assert ada.send("/people/invitation", form).status_code == 200


def test_the_scan_box_finds_nothing_in_words(signed_in):
    paula = signed_in("paula")
    for text in ("nothing like this", "<script>", "x" * 400, "%_%"):
        answer = paula.send("/search", {"text": text})
        assert answer.status_code == 200
        assert "Nothing is called that here." in answer.text
        assert "<script>" not in answer.text.partition("<main")[2].partition("</main>")[0]
    assert paula.send("/search", {"text": ""}).status_code == 422
    assert paula.send("/search", {"text": "x" * 501}).status_code == 422


def test_the_installation_may_confirm_the_clock(units, clinic, clock):
    confirm_clock(units, INSTALLATION)
