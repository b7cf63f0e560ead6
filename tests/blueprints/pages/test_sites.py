"""The page of the site: what it says of its rules, and who may change them."""

import re
from datetime import date

import pytest

from inventory.people import memberships
from inventory.units import ORGANISATION

POLICIES = {"mixing_place": "hood", "holds_incoming": "yes"}


def _words(page) -> str:
    main = page.text.partition("<main")[2]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main).replace("&nbsp;", " "))


def _version(page) -> str:
    return re.search(r'name="version" value="(\d+)"', page.text).group(1)


@pytest.fixture
def paula(signed_in, do, clinic, administrator):
    command = memberships.MakeResponsible(clinic.user_ids["paula"], clinic.site_id, date(2031, 1, 1), None)
    do(administrator, memberships.make_responsible, command, scope=ORGANISATION)
    return signed_in("paula")


def test_everybody_reads_how_the_site_works(signed_in):
    words = _words(signed_in("anna").get("/site"))
    assert "European Union, version 1 not signed yet" in words
    assert "Who may check Paula Pharmacist, Peter Practitioner" in words
    assert "Change how the site works" not in words


def test_the_administrator_changes_the_policies(signed_in):
    ada = signed_in("ada")
    seen = _version(ada.get("/site"))
    assert ada.send("/site/policies", {**POLICIES, "version": seen}).status_code == 303
    words = _words(ada.get("/site"))
    assert "Mixed in hood" in words
    assert "What comes in waits for release" in words
    stale = ada.send("/site/policies", {**POLICIES, "version": seen})
    assert stale.status_code == 409
    assert "changed by somebody else meanwhile" in _words(stale)


def test_single_handed_without_the_rule_is_refused_in_words(signed_in):
    ada = signed_in("ada")
    form = {"mixing_place": "hood", "is_single_handed": "yes", "version": _version(ada.get("/site"))}
    answer = ada.send("/site/policies", form)
    assert answer.status_code == 422
    assert "single-handed only where a second person is demanded" in _words(answer)


def test_the_responsible_person_signs_the_rules(paula, password):
    assert "Sign the rules" in _words(paula.get("/site"))
    form = {"rule_pack": "us_797", "password": password, "idempotency_key": "one-filled-in-form"}
    assert [paula.send("/site/rule-pack", form).status_code for _ in range(2)] == [303, 303]
    words = _words(paula.get("/site"))
    assert "USP &lt;797&gt;, version 2023" in words
    assert "not signed yet" not in words
    assert words.count("Paula Pharmacist, 2031-03-03") == 1


def test_a_wrong_password_signs_nothing(paula):
    answer = paula.send("/site/rule-pack", {"rule_pack": "us_797", "password": "not mine"})
    assert answer.status_code == 422
    assert "not signed yet" in _words(paula.get("/site"))


def test_another_site_is_added_and_can_be_worked_at(signed_in):
    ada = signed_in("ada")
    form = {"name": "<script>a()</script>", "time_zone": "Europe/Madrid", "rule_pack": "eu_generic"}
    assert ada.send("/sites", {**form, "mixing_place": "hood"}).status_code == 303
    page = ada.get("/site")
    assert "&lt;script&gt;a()&lt;/script&gt;" in page.text
    assert "<script>a()" not in page.text
    wrong = ada.send("/sites", {**form, "name": "Moon", "time_zone": "Moon/Base", "mixing_place": "hood"})
    assert wrong.status_code == 422
    assert "is not known" in _words(wrong)


def test_others_change_nothing(signed_in, password):
    peter = signed_in("peter")
    assert peter.send("/site/policies", {**POLICIES, "version": "1"}).status_code == 403
    assert peter.send("/site/rule-pack", {"rule_pack": "us_797", "password": password}).status_code == 403
    assert peter.send("/sites", {"name": "Mine"}).status_code == 403
