"""Every refusal says what was refused with the facts of the case, and what a person can do now."""

import importlib
import pkgutil
import re
import string
from dataclasses import is_dataclass
from decimal import Decimal
from pathlib import Path

import pytest

import inventory
from inventory.errors import InvalidInput, NotEnoughInContainer, Refusal

TESTS = Path(__file__).resolve().parents[1]
FAMILIES = (InvalidInput,)  # raised only as one of their members


def _all_refusals():
    for module in pkgutil.walk_packages(inventory.__path__, "inventory."):
        importlib.import_module(module.name)
    found, waiting = set(), [Refusal]
    while waiting:
        members = waiting.pop().__subclasses__()
        waiting += members
        found.update(members)
    ours = {each for each in found if each.__module__.startswith("inventory.")}
    return sorted(ours.difference(FAMILIES), key=lambda each: each.__qualname__)


REFUSALS = [each for each in _all_refusals() if is_dataclass(each)]


def _named(template):
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda each: each.__name__)
def test_a_refusal_says_what_with_its_own_facts_and_what_to_do(refusal):
    facts = set(refusal.__dataclass_fields__)
    if "_spoken" not in vars(refusal):  # else the facts are put into words first
        assert _named(refusal.says) | _named(refusal.do) <= facts
    assert refusal.says.rstrip("'").endswith((".", "?", ":", "}"))
    assert refusal.do.endswith(".") or "remedy" in vars(refusal)
    assert not refusal.why or refusal.why.endswith(".")


def test_every_refusal_of_the_ledger_is_met_by_a_test():
    words = set(re.findall(r"\w+", "".join(path.read_text(encoding="utf-8") for path in TESTS.rglob("*.py"))))
    ours = [each for each in REFUSALS if each.__module__ == "inventory.errors"]
    assert [each.__name__ for each in ours if each.__name__ not in words] == []


def test_a_refusal_names_itself_its_facts_and_its_sentences():
    refusal = NotEnoughInContainer("C0123", Decimal("2.500000"), Decimal("2"), "mL")
    assert refusal.code == "not_enough_in_container"
    assert refusal.facts == {"code_scanned": "C0123", "wanted": Decimal("2.5"), "remaining": 2, "unit": "mL"}
    assert str(refusal) == (
        "C0123 holds 2 mL; 2.5 mL were asked for."
        " Take less, add another vial, or record what was found if the vial really held more."
    )
