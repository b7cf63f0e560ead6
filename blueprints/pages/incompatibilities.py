"""Mixing rules: what must not meet, how sure that is, and whether the clinic goes by it."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from blueprints.access import requires
from blueprints.forms import Form, blank, load_form, shown_again
from blueprints.frame import units
from blueprints.pages.products import CHOICES, may_manage
from blueprints.schemas.incompatibilities import AddRuleFormSchema, ChangeRuleFormSchema
from blueprints.unit_of_work import in_unit
from inventory.access import Permission
from inventory.catalogue import incompatibilities, substances
from inventory.errors import Refusal
from inventory.units import ORGANISATION, Answer
from models.vocabulary import IncompatibilityLevel

bp = Blueprint("incompatibilities", __name__, url_prefix="/mixing-rules")


@bp.get("/")
@requires(Permission.VIEW_STOCK)
def show_all() -> ResponseReturnValue:
    with units().reading() as session:
        rules = [(rule, incompatibilities.sides_of(rule)) for rule in incompatibilities.list_rules(session)]
        return render_template(
            "incompatibilities/list.html", rules=rules, verify=blank("verify"), may_manage=may_manage()
        )


def _show_addition(*, refused: Form | None = None, refusal: Refusal | None = None) -> str:
    with units().reading() as session:
        known = [substance.name for substance in substances.list_substances(session)]
    return render_template(
        "incompatibilities/add.html",
        form=refused or blank("add"),
        refusal=refusal,
        levels=list(IncompatibilityLevel),
        classes=CHOICES["classes"],
        flags=CHOICES["flag_kinds"],
        known_substances=known,
    )


@bp.route("/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_CATALOGUE)
@shown_again("add", _show_addition)
def add() -> ResponseReturnValue:
    if request.method == "GET":
        return _show_addition()
    command = load_form(AddRuleFormSchema())
    in_unit(
        ORGANISATION,
        lambda session, act: Answer(ids={"rule_id": incompatibilities.add_rule(session, act, command).id}),
    )
    flash("The rule is added.", "success")
    return redirect(url_for("incompatibilities.show_all"), 303)


def _show_change(rule_id: int, *, refused: Form | None = None, refusal: Refusal | None = None) -> str:
    with units().reading() as session:
        rule = incompatibilities.get_rule(session, rule_id)
    known = {name: getattr(rule, name) for name in ("level", "what_happens", "unless", "source")}
    ticked = {"is_active": "yes"} if rule.is_active else {}
    entered = {name: str(value) for name, value in known.items() if value}
    form = refused or Form("change", entered | ticked, version=rule.version)
    return render_template(
        "incompatibilities/change.html", rule=rule, form=form, levels=list(IncompatibilityLevel), refusal=refusal
    )


@bp.route("/<int:rule_id>", methods=["GET", "POST"])
@requires(Permission.MANAGE_CATALOGUE)
@shown_again("change", _show_change)
def change(rule_id: int) -> ResponseReturnValue:
    if request.method == "GET":
        return _show_change(rule_id)
    command = load_form(ChangeRuleFormSchema({"rule_id": rule_id}))
    in_unit(
        ORGANISATION,
        lambda session, act: Answer(ids={"rule_id": incompatibilities.change_rule(session, act, command).id}),
    )
    flash("Saved.", "success")
    return redirect(url_for("incompatibilities.show_all"), 303)
