"""Mixing rules for programs."""

from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from blueprints.api.operations import Operations
from blueprints.frame import units
from blueprints.schemas.incompatibilities import AddRuleSchema, ChangeRuleSchema, RulesAnswer, SavedRule
from blueprints.unit_of_work import in_unit
from inventory.access import Act, Permission
from inventory.catalogue import incompatibilities
from inventory.catalogue.incompatibilities import AddRule, ChangeRule
from inventory.units import ORGANISATION, Answer
from models.catalogue import IncompatibilityRule, IncompatibilitySelector

operations = Operations("incompatibilities", "Mixing rules", "What must not meet in one mixture.")


def _saved(rule: IncompatibilityRule) -> Answer:
    return Answer(201, url_for("api_incompatibilities.list_mixing_rules"), {"rule_id": rule.id})


@operations.query("/mixing-rules", Permission.VIEW_STOCK, RulesAnswer)
def list_mixing_rules() -> dict[str, Any]:
    """All rules, the retired ones too. No rule about two products means no data, never that they may be mixed."""
    with units().reading() as session:
        return {"rules": [_with_sides(rule) for rule in incompatibilities.list_rules(session)]}


@operations.command("/mixing-rules", AddRuleSchema, Permission.MANAGE_CATALOGUE, SavedRule)
def add_mixing_rule(command: AddRule) -> Answer:
    """Add a rule. Its sides never change; a wrong rule is retired and another one added."""

    def work(session: Session, act: Act) -> Answer:
        return _saved(incompatibilities.add_rule(session, act, command))

    return in_unit(ORGANISATION, work)


@operations.command("/mixing-rules/<int:rule_id>", ChangeRuleSchema, Permission.MANAGE_CATALOGUE, SavedRule)
def change_mixing_rule(command: ChangeRule) -> Answer:
    """Change what a rule says, or retire it (`is_active`: false)."""

    def work(session: Session, act: Act) -> Answer:
        return _saved(incompatibilities.change_rule(session, act, command))

    return in_unit(ORGANISATION, work)


def _with_sides(rule: IncompatibilityRule) -> dict[str, Any]:
    plain = ("id", "version", "code", "level", "what_happens", "unless", "source", "doubt", "is_verified", "is_active")
    first, second = incompatibilities.sides_of(rule)
    return {name: getattr(rule, name) for name in plain} | {"first": _side(first), "second": _side(second)}


def _side(selectors: list[IncompatibilitySelector]) -> dict[str, Any]:
    return {
        "substances": [one.substance.name for one in selectors if one.substance is not None],
        "classes": [one.ingredient_class for one in selectors if one.ingredient_class is not None],
        "flags": [one.flag for one in selectors if one.flag is not None],
    }
