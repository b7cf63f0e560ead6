"""What is blocked at this site, and why: containers, lots, places."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from blueprints.access import requires
from blueprints.arguments import read_arguments
from blueprints.forms import Form, blank, load_form, shown_again
from blueprints.frame import units
from blueprints.pages.containers import HOLD_KINDS
from blueprints.schemas.pages import HoldPlaceSchema, HoldsAsked, LiftTogetherSchema
from blueprints.unit_of_work import at_site
from blueprints.visitor import current_actor, current_site_id
from inventory.access import Act, Permission
from inventory.errors import Refusal
from inventory.stock import holds, places, releasing
from inventory.stock.hold_list import HeldGroup, grouped, holds_in_force
from inventory.units import Answer

bp = Blueprint("holds", __name__, url_prefix="/holds")

GROUPS_A_PAGE = 100


def _show_all(*, refused: Form | None = None, refusal: Refusal | None = None, hold_id: int | None = None) -> str:
    asked = read_arguments(HoldsAsked()) if request.method == "GET" else {}
    actor = current_actor()
    with units().reading() as session:
        found = holds_in_force(session, site_id=current_site_id())
        known = places.list_places(session, site_id=current_site_id())
    shown, older_url = _part(grouped(found), asked.get("before"))
    lifts = [f"lift-{group.first.line.id}" for group in shown]
    forms = {"place": blank("place")} | {name: blank(name) for name in lifts}
    if refused is not None:
        name = refused.name if hold_id is None else f"lift-{hold_id}"
        forms[name] = refused.named(name)
    return render_template(
        "holds/list.html",
        groups=shown,
        count=len(found),
        older_url=older_url,
        can_lift=Permission.LIFT_HOLD in actor.permissions,
        can_hold=Permission.PLACE_HOLD in actor.permissions,
        places=[(place.id, place.name) for place in known],
        hold_kinds=[kind.value for kind in HOLD_KINDS],
        forms=forms,
        refusal=refusal,
    )


def _part(found: list[HeldGroup], before: int | None) -> tuple[list[HeldGroup], str | None]:
    rest = [group for group in found if before is None or group.first.line.id < before]
    shown = rest[:GROUPS_A_PAGE]
    older_url = url_for("holds.show_all", before=shown[-1].first.line.id) if len(rest) > len(shown) else None
    return shown, older_url


@bp.get("")
@requires(Permission.VIEW_STOCK)
def show_all() -> ResponseReturnValue:
    return _show_all()


@bp.post("/place")
@requires(Permission.PLACE_HOLD)
@shown_again("place", _show_all)
def place() -> ResponseReturnValue:
    command = load_form(HoldPlaceSchema())

    def work(session: Session, act: Act) -> Answer:
        return Answer(ids={"hold_id": holds.place_hold(session, act, command).id})

    at_site(work)
    flash("The place is blocked, and so is everything in it.", "success")
    return redirect(url_for("holds.show_all"), 303)


@bp.post("/<int:hold_id>/lifting")
@requires(Permission.LIFT_HOLD)
@shown_again("lift", _show_all)
def lift(hold_id: int) -> ResponseReturnValue:
    command = load_form(LiftTogetherSchema({"hold_id": hold_id}))

    def work(session: Session, act: Act) -> Answer:
        return Answer(ids={"holds": len(releasing.lift_together(session, act, command))})

    count = at_site(work).ids["holds"]
    flash("The block is lifted." if count == 1 else f"{count} blocks are lifted.", "success")
    return redirect(url_for("holds.show_all"), 303)
