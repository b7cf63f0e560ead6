"""Ingredients with their other names and classes."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from blueprints.access import requires
from blueprints.forms import Form, blank, load_form, shown_again
from blueprints.frame import units
from blueprints.pages.products import CHOICES, may_manage
from blueprints.schemas.substances import AddSubstanceSchema, ChangeSubstanceSchema
from blueprints.unit_of_work import in_unit
from inventory.access import Permission
from inventory.catalogue import substances
from inventory.errors import Refusal
from inventory.units import ORGANISATION, Answer

bp = Blueprint("substances", __name__, url_prefix="/ingredients")


def _show_all(*, refused: Form | None = None, refusal: Refusal | None = None) -> str:
    text = request.args.get("text", "")[:200]
    with units().reading() as session:
        found = substances.list_substances(session, text=text)
    return render_template(
        "substances/list.html",
        substances=found,
        text=text,
        form=refused or blank("add"),
        verify=blank("verify"),
        classes=CHOICES["classes"],
        refusal=refusal,
        may_manage=may_manage(),
    )


@bp.get("/")
@requires(Permission.VIEW_STOCK)
def show_all() -> ResponseReturnValue:
    return _show_all()


@bp.post("/")
@requires(Permission.MANAGE_CATALOGUE)
@shown_again("add", _show_all)
def add() -> ResponseReturnValue:
    command = load_form(AddSubstanceSchema())
    in_unit(
        ORGANISATION,
        lambda session, act: Answer(ids={"substance_id": substances.add_substance(session, act, command).id}),
    )
    flash("The ingredient is added.", "success")
    return redirect(url_for("substances.show_all"), 303)


def _show_change(substance_id: int, *, refused: Form | None = None, refusal: Refusal | None = None) -> str:
    with units().reading() as session:
        substance = substances.get_substance(session, substance_id)
    known = {name: getattr(substance, name) for name in ("name", "ingredient_class", "synonyms", "source")}
    entered = {name: str(value) for name, value in known.items() if value}
    form = refused or Form("change", entered, version=substance.version)
    return render_template(
        "substances/change.html", substance=substance, form=form, classes=CHOICES["classes"], refusal=refusal
    )


@bp.route("/<int:substance_id>", methods=["GET", "POST"])
@requires(Permission.MANAGE_CATALOGUE)
@shown_again("change", _show_change)
def change(substance_id: int) -> ResponseReturnValue:
    if request.method == "GET":
        return _show_change(substance_id)
    command = load_form(ChangeSubstanceSchema({"substance_id": substance_id}))
    in_unit(
        ORGANISATION,
        lambda session, act: Answer(ids={"substance_id": substances.change_substance(session, act, command).id}),
    )
    flash("Saved.", "success")
    return redirect(url_for("substances.show_all"), 303)
