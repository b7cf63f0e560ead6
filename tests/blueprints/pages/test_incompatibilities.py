"""Mixing rules and maximum doses on their pages and through the API: added, retired, refused, done once."""

import re
from decimal import Decimal

import pytest

from inventory.catalogue import strengths, substances
from inventory.catalogue.strengths import SetStrength
from inventory.catalogue.substances import AddSubstance
from inventory.units import ORGANISATION
from models.catalogue import IncompatibilityRule, Product, ProductDose

RULE = {
    "code": "own-01",
    "first_substances": "lidocaine",
    "second_class": "enzyme",
    "level": "warn",
    "what_happens": "It turns cloudy <b>.",
    "source": "seen here",
}


@pytest.fixture
def lidocaine(do, pharmacist):
    return do(pharmacist, substances.add_substance, AddSubstance("lidocaine"), scope=ORGANISATION)


def _words(page) -> str:
    main = page.text.partition("<main")[2]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main).replace("&nbsp;", " "))


def _rules(read):
    return read(lambda session: [(rule.code, rule.is_active) for rule in session.query(IncompatibilityRule)])


def test_a_rule_is_added_once_and_retired(signed_in, lidocaine, read):
    paula = signed_in("paula")
    assert "Add a rule" in _words(paula.get("/mixing-rules/"))
    assert paula.get("/mixing-rules/new").status_code == 200
    form = RULE | {"idempotency_key": "the-same-key-twice"}
    for _ in range(2):
        assert paula.send("/mixing-rules/new", form).status_code == 303
    assert _rules(read) == [("OWN-01", True)]
    page = paula.get("/mixing-rules/")
    assert "lidocaine with enzymes" in _words(page)
    assert "cloudy &lt;b&gt;" in page.text

    rule_id = read(lambda session: session.query(IncompatibilityRule).one().id)
    change = {"version": "1", "level": "block", "what_happens": "It turns cloudy."}  # the box is not ticked
    assert paula.send(f"/mixing-rules/{rule_id}", change).status_code == 303
    assert _rules(read) == [("OWN-01", False)]
    assert "no longer used" in _words(paula.get("/mixing-rules/"))


def test_a_rule_that_is_not_right_comes_back_with_what_was_entered(signed_in, lidocaine, read):
    paula = signed_in("paula")
    one_side = {name: value for name, value in RULE.items() if name != "second_class"}
    answer = paula.send("/mixing-rules/new", one_side)
    assert answer.status_code == 422
    assert "needs something on each side" in answer.text
    assert "It turns cloudy &lt;b&gt;." in answer.text
    assert paula.send("/mixing-rules/new", RULE | {"first_substances": "unheard of"}).status_code == 404
    paula.send("/mixing-rules/new", RULE)
    assert paula.send("/mixing-rules/new", RULE).status_code == 409
    assert signed_in("anna").send("/mixing-rules/new", RULE).status_code == 403
    assert _rules(read) == [("OWN-01", True)]


def test_a_program_adds_reads_and_retires_a_rule(program, clinic, lidocaine):
    pharmacist = program("paula")
    rule = {
        "code": "OWN-02",
        "first": {"substances": ["lidocaine"]},
        "second": {"classes": ["enzyme", "toxin"], "flags": ["acidic"]},
        "level": "info",
        "what_happens": "Not known.",
    }
    added = pharmacist.change("/mixing-rules", rule)
    assert added.status_code == 201, added.text
    (told,) = program("otto").ask("/mixing-rules").json["rules"]
    assert told["second"] == {"substances": [], "classes": ["enzyme", "toxin"], "flags": ["acidic"]}
    retired = {"version": told["version"], "level": "info", "what_happens": "Not known.", "is_active": False}
    assert pharmacist.change(f"/mixing-rules/{told['id']}", retired).status_code == 201
    assert [each["is_active"] for each in pharmacist.ask("/mixing-rules").json["rules"]] == [False]
    empty = pharmacist.change("/mixing-rules", rule | {"code": "OWN-03", "second": {}})
    assert (empty.status_code, empty.json["code"]) == (422, "rule_needs_two_sides")
    assert program("anna").change("/mixing-rules", rule).status_code == 403


def test_the_most_that_may_be_given_is_entered_and_taken_off(signed_in, program, product_id, do, pharmacist, read):
    do(pharmacist, strengths.set_strength, SetStrength(product_id, "lidocaine", Decimal(20)), scope=ORGANISATION)
    substance_id = read(lambda session: session.get_one(Product, product_id).strengths[0].substance_id)
    paula = signed_in("paula")
    most = {"substance_id": substance_id, "maximum": "200", "unit": "mg", "source": "leaflet <i>"}
    refused = paula.send(f"/products/{product_id}/doses", most | {"maximum": "0"})
    assert refused.status_code == 422
    assert paula.send(f"/products/{product_id}/doses", most).status_code == 303
    page = paula.get(f"/products/{product_id}")
    assert "lidocaine 200 mg in one session" in _words(page)
    assert "leaflet &lt;i&gt;" in page.text
    through_api = most | {"interval_days": 7, "maximum": "500"}
    assert program("paula").change(f"/products/{product_id}/doses", through_api).status_code == 201
    doses = program("otto").ask(f"/products/{product_id}").json["doses"]
    assert [(each["maximum"], each["interval_days"]) for each in doses] == [("200", 0), ("500", 7)]
    dose_id = read(lambda session: session.query(ProductDose).order_by(ProductDose.id).first().id)
    assert paula.send(f"/products/{product_id}/doses/{dose_id}/removal").status_code == 303
    assert "200 mg in one session" not in _words(paula.get(f"/products/{product_id}"))
    assert signed_in("anna").send(f"/products/{product_id}/doses", most).status_code == 403
