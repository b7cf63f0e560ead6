"""The checklist before release: what is asked of which class."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from blueprints.access import requires
from blueprints.forms import Form, blank, load_form, shown_again
from blueprints.frame import units
from blueprints.schemas.releasing import AddReleaseCheckSchema, OfferReleaseCheckSchema
from blueprints.unit_of_work import in_unit
from blueprints.visitor import current_actor
from inventory.access import Act, Permission
from inventory.errors import Refusal
from inventory.stock import release_checks
from inventory.units import ORGANISATION, Answer
from models.vocabulary import IngredientClass, RegulatoryClass

bp = Blueprint("release_checks", __name__, url_prefix="/release-checks")


def _show_all(*, refused: Form | None = None, refusal: Refusal | None = None, **_row: int) -> str:
    with units().reading() as session:
        checks = release_checks.list_checks(session, are_all=True)
    forms = {name: blank(name) for name in ("add", "offer", "verify")}
    return render_template(
        "release_checks/list.html",
        checks=checks,
        regulatory_classes=list(RegulatoryClass),
        ingredient_classes=list(IngredientClass),
        forms=forms | ({refused.name: refused} if refused is not None else {}),
        refusal=refusal,
        may_manage=Permission.MANAGE_CATALOGUE in current_actor().permissions,
    )


@bp.get("")
@requires(Permission.VIEW_STOCK)
def show_all() -> ResponseReturnValue:
    return _show_all()


@bp.post("")
@requires(Permission.MANAGE_CATALOGUE)
@shown_again("add", _show_all)
def add() -> ResponseReturnValue:
    command = load_form(AddReleaseCheckSchema())

    def work(session: Session, act: Act) -> Answer:
        return Answer(ids={"check_id": release_checks.add_check(session, act, command).id})

    in_unit(ORGANISATION, work)
    flash("The question is asked from now on.", "success")
    return redirect(url_for("release_checks.show_all"), 303)


@bp.post("/<int:check_id>/offer")
@requires(Permission.MANAGE_CATALOGUE)
@shown_again("offer", _show_all)
def offer(check_id: int) -> ResponseReturnValue:
    command = load_form(OfferReleaseCheckSchema({"check_id": check_id}))

    def work(session: Session, act: Act) -> Answer:
        return Answer(ids={"check_id": release_checks.offer_check(session, act, command).id})

    in_unit(ORGANISATION, work)
    flash("Saved.", "success")
    return redirect(url_for("release_checks.show_all"), 303)
