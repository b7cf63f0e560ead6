"""Areas and techniques that a session offers."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from blueprints.access import requires
from blueprints.forms import Form, blank, load_form, shown_again
from blueprints.frame import units
from blueprints.pages.products import may_manage
from blueprints.schemas.techniques import AddAreaSchema, AddTechniqueSchema, OfferAreaSchema, OfferTechniqueSchema
from blueprints.unit_of_work import in_unit
from inventory.access import Permission
from inventory.catalogue import techniques
from inventory.errors import Refusal
from inventory.units import ORGANISATION, Answer

bp = Blueprint("techniques", __name__, url_prefix="/techniques")


def _show_all(*, refused: Form | None = None, refusal: Refusal | None = None, **_row: int) -> str:
    with units().reading() as session:
        areas = techniques.list_areas(session, are_all=True)
        known = techniques.list_techniques(session, are_all=True)
    forms = {name: blank(name) for name in ("area", "technique", "offer", "verify")}
    return render_template(
        "techniques/list.html",
        areas=areas,
        techniques=known,
        forms=forms | ({refused.name: refused} if refused is not None else {}),
        refusal=refusal,
        may_manage=may_manage(),
    )


def _back() -> ResponseReturnValue:
    flash("Saved.", "success")
    return redirect(url_for("techniques.show_all"), 303)


@bp.get("/")
@requires(Permission.VIEW_STOCK)
def show_all() -> ResponseReturnValue:
    return _show_all()


@bp.post("/areas")
@requires(Permission.MANAGE_CATALOGUE)
@shown_again("area", _show_all)
def add_area() -> ResponseReturnValue:
    command = load_form(AddAreaSchema())
    in_unit(ORGANISATION, lambda session, act: Answer(ids={"area_id": techniques.add_area(session, act, command).id}))
    return _back()


@bp.post("/")
@requires(Permission.MANAGE_CATALOGUE)
@shown_again("technique", _show_all)
def add_technique() -> ResponseReturnValue:
    command = load_form(AddTechniqueSchema())
    in_unit(
        ORGANISATION,
        lambda session, act: Answer(ids={"technique_id": techniques.add_technique(session, act, command).id}),
    )
    return _back()


@bp.post("/areas/<int:area_id>/offer")
@requires(Permission.MANAGE_CATALOGUE)
@shown_again("offer", _show_all)
def offer_area(area_id: int) -> ResponseReturnValue:
    command = load_form(OfferAreaSchema({"area_id": area_id}))
    in_unit(ORGANISATION, lambda session, act: Answer(ids={"area_id": techniques.offer_area(session, act, command).id}))
    return _back()


@bp.post("/<int:technique_id>/offer")
@requires(Permission.MANAGE_CATALOGUE)
@shown_again("offer", _show_all)
def offer_technique(technique_id: int) -> ResponseReturnValue:
    command = load_form(OfferTechniqueSchema({"technique_id": technique_id}))
    in_unit(
        ORGANISATION,
        lambda session, act: Answer(ids={"technique_id": techniques.offer_technique(session, act, command).id}),
    )
    return _back()
