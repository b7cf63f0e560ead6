import importlib
import pkgutil
import re
from pathlib import Path

import inventory
import inventory.rules
from inventory.errors import Refusal

ROOT = Path(inventory.__file__).parent
PAGE = (ROOT.parent / "docs" / "rules.md").read_text(encoding="utf-8")
RULE_ID = re.compile(r"\b[A-Z]{3,4}-[0-9]{2}\b")
ROW = re.compile(r"^\| ([A-Z]{3,4}-[0-9]{2}) \| (.+) \| (.+) \| (.+) \|$", re.MULTILINE)
PLACE = re.compile(r"`([a-zA-Z0-9_.]+)`")
MARKS = ("read", "tried", "memory", "ours")

ENTRIES = {rule: (sentence, source, where) for rule, sentence, source, where in ROW.findall(PAGE)}


def all_refusals(cls=Refusal):
    for refusal in cls.__subclasses__():
        yield refusal
        yield from all_refusals(refusal)


def test_every_rule_that_a_refusal_names_is_documented():
    for module in pkgutil.walk_packages(inventory.__path__, "inventory."):
        if module.name.endswith(".errors"):
            importlib.import_module(module.name)
    named = {refusal.rule for refusal in all_refusals() if refusal.rule is not None}
    assert "AMT-01" in named
    assert named - ENTRIES.keys() == set()


def test_every_rule_that_a_rules_module_names_is_documented():
    sources = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "rules").rglob("*.py"))]
    named = {rule for source in sources for rule in RULE_ID.findall(source)}
    assert "BUD-10" in named
    assert named - ENTRIES.keys() == set()


def test_every_rule_that_the_page_mentions_has_its_row():
    assert set(RULE_ID.findall(PAGE)) == ENTRIES.keys()


def test_no_rule_has_two_rows():
    assert len(ROW.findall(PAGE)) == len(ENTRIES)


def test_every_entry_says_how_sure_its_source_is():
    unsure = [rule for rule, (_, source, _) in ENTRIES.items() if not any(mark in source for mark in MARKS)]
    assert unsure == []


def test_every_place_that_the_page_names_exists():
    missing = [place for _, _, where in ENTRIES.values() for place in PLACE.findall(where) if not exists(place)]
    assert missing == []
    assert [rule for rule, (_, _, where) in ENTRIES.items() if not PLACE.findall(where)] == []


def exists(place):
    """A module below `inventory`, or a public name in one."""
    try:
        return pkgutil.resolve_name(f"inventory.{place}") is not None
    except (ImportError, AttributeError):
        return False
