"""The places of a site, and what is in one of them."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from blueprints.access import requires
from blueprints.forms import Form, blank, load_form, shown_again
from blueprints.frame import units
from blueprints.pages.containers import HOLD_KINDS
from blueprints.schemas.holds import LiftHoldSchema
from blueprints.schemas.pages import HoldContainerSchema
from blueprints.schemas.places import AddPlaceSchema, ClosePlaceSchema, OpenPlaceAgainSchema, RenamePlaceSchema
from blueprints.unit_of_work import at_site
from blueprints.visitor import current_actor, current_site_id
from inventory.access import Act, Actor, Permission
from inventory.errors import Refusal
from inventory.stock import completeness, hold_list, holds, places
from inventory.stock.stock_list import Wanted, stock_list
from inventory.units import Answer
from models.organisation import Location
from models.vocabulary import LocationKind

bp = Blueprint("places", __name__, url_prefix="/places")

KINDS = tuple(kind.value for kind in LocationKind if kind.is_real)
# Of other areas, offered where they are there: label, icon, endpoint, its arguments, who may.
_ELSEWHERE: tuple[tuple[str, str, str, Callable[[Location], dict[str, Any]], Permission], ...] = (
    ("Count it", "clipboard-list", "counts.show_all", lambda _: {}, Permission.COUNT_STOCK),
    (
        "Print its label",
        "barcode",
        "labels.show",
        lambda place: {"kind": "place", "place_id": place.id},
        Permission.PRINT_LABELS,
    ),
)


def _show_all(*, refused: Form | None = None, refusal: Refusal | None = None) -> str:
    with units().reading() as session:
        known = places.list_all_places(session, site_id=current_site_id())
        counted = places.containers_by_place(session, site_id=current_site_id())
    return render_template(
        "places/list.html",
        places=known,
        counted=counted,
        kinds=KINDS,
        can_manage=Permission.MANAGE_SITE in current_actor().permissions,
        form=refused or blank("add", kind=LocationKind.STORAGE.value),
        refusal=refusal,
    )


@bp.get("")
@requires(Permission.VIEW_STOCK)
def show_all() -> ResponseReturnValue:
    return _show_all()


@bp.post("")
@requires(Permission.MANAGE_SITE)
@shown_again("add", _show_all)
def add() -> ResponseReturnValue:
    command = load_form(AddPlaceSchema())

    def work(session: Session, act: Act) -> Answer:
        place = places.add_place(session, act, command)
        session.flush()  # the answer names the place
        return Answer(ids={"location_id": place.id})

    at_site(work)
    flash(f"{command.name} is added. Print its label, so that it can be scanned.", "success")
    return redirect(url_for("places.show_all"), 303)


def _show(
    *, place_id: int, refused: Form | None = None, refusal: Refusal | None = None, hold_id: int | None = None
) -> str:
    actor, site_id = current_actor(), current_site_id()
    with units().reading() as session:
        place = places.get_place_of(session, site_id, place_id)
        found = stock_list(session, site_id=site_id, wanted=Wanted(location_id=place.id), now=units().clock.now())
        blocks = hold_list.holds_on_place(session, location_id=place.id)
        is_counted = completeness.is_done(session, place)
        count = places.containers_by_place(session, site_id=site_id).get(place.id, 0)
    forms = {"rename": Form("rename", {"name": place.name}), "close": blank("close"), "reopen": blank("reopen")}
    forms |= {"hold": blank("hold")} | {f"lift-{block.id}": blank(f"lift-{block.id}") for block in blocks}
    if refused is not None:
        name = refused.name if hold_id is None else f"lift-{hold_id}"
        forms[name] = refused.named(name)
    return render_template(
        "places/show.html",
        place=place,
        products=found,
        count=count,
        blocks=blocks,
        steps=_steps(place, actor, is_counted),
        can_manage=Permission.MANAGE_SITE in actor.permissions,
        can_hold=place.is_active and Permission.PLACE_HOLD in actor.permissions,
        can_lift=Permission.LIFT_HOLD in actor.permissions,
        hold_kinds=[kind.value for kind in HOLD_KINDS],
        forms=forms,
        refusal=refusal,
    )


def _steps(place: Location, actor: Actor, is_counted: bool) -> list[tuple[str, str, str]]:  # noqa: FBT001  # a fact of the place
    """What can be done there: label, icon, address. What is not there, or not allowed, is not offered."""
    if not place.is_active:
        return []
    steps = []
    if Permission.RECEIVE_STOCK in actor.permissions and not is_counted:
        steps.append(("First count", "scan", url_for("opening_stock.show", place_id=place.id)))
    steps += [
        (label, icon, url_for(endpoint, **arguments(place)))
        for label, icon, endpoint, arguments, permission in _ELSEWHERE
        if endpoint in current_app.view_functions and permission in actor.permissions
    ]
    return steps


@bp.get("/<int:place_id>")
@requires(Permission.VIEW_STOCK)
def show(place_id: int) -> ResponseReturnValue:
    return _show(place_id=place_id)


@bp.post("/<int:place_id>/hold")
@requires(Permission.PLACE_HOLD)
@shown_again("hold", _show)
def hold(place_id: int) -> ResponseReturnValue:
    command = load_form(HoldContainerSchema({"location_id": place_id}))

    def work(session: Session, act: Act) -> Answer:
        return Answer(ids={"hold_id": holds.place_hold(session, act, command).id})

    at_site(work)
    flash("The place is blocked, and so is everything in it.", "success")
    return redirect(url_for("places.show", place_id=place_id), 303)


@bp.post("/<int:place_id>/holds/<int:hold_id>/lifting")
@requires(Permission.LIFT_HOLD)
@shown_again("lift", _show)
def lift(place_id: int, hold_id: int) -> ResponseReturnValue:
    command = load_form(LiftHoldSchema({"hold_id": hold_id}))

    def work(session: Session, act: Act) -> Answer:
        return Answer(ids={"hold_id": holds.lift_hold(session, act, command).id})

    at_site(work)
    flash("The block is lifted.", "success")
    return redirect(url_for("places.show", place_id=place_id), 303)


@bp.post("/<int:place_id>/name")
@requires(Permission.MANAGE_SITE)
@shown_again("rename", _show)
def rename(place_id: int) -> ResponseReturnValue:
    command = load_form(RenamePlaceSchema({"location_id": place_id}))
    return _done(place_id, places.rename_place, command, "The place has its new name. Its code is the same.")


@bp.post("/<int:place_id>/closing")
@requires(Permission.MANAGE_SITE)
@shown_again("close", _show)
def close(place_id: int) -> ResponseReturnValue:
    command = load_form(ClosePlaceSchema({"location_id": place_id}))
    return _done(place_id, places.close_place, command, "The place is out of use.")


@bp.post("/<int:place_id>/opening")
@requires(Permission.MANAGE_SITE)
@shown_again("reopen", _show)
def open_again(place_id: int) -> ResponseReturnValue:
    command = load_form(OpenPlaceAgainSchema({"location_id": place_id}))
    return _done(place_id, places.open_place_again, command, "The place is in use again.")


def _done(
    place_id: int, service: Callable[[Session, Act, Any], Location], command: Any, said: str
) -> ResponseReturnValue:
    at_site(lambda session, act: Answer(ids={"location_id": service(session, act, command).id}))
    flash(said, "success")
    return redirect(url_for("places.show", place_id=place_id), 303)
