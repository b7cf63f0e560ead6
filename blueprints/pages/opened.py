"""The opened vials of the site with the time each has left, what is over first."""

from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from blueprints.access import requires
from blueprints.arguments import read_arguments
from blueprints.formats import time_left
from blueprints.forms import Form, blank, shown_again
from blueprints.frame import units
from blueprints.schemas.pages import OpenedAsked
from blueprints.unit_of_work import at_site
from blueprints.visitor import current_actor, current_site_id
from inventory.access import Act, Permission
from inventory.errors import Refusal
from inventory.stock import opened_board, places
from inventory.stock.opened_board import DiscardOver, OpenedContainer
from inventory.units import Answer

bp = Blueprint("opened", __name__, url_prefix="/opened")


def _board(place_id: int | None) -> dict[str, Any]:
    now = units().clock.now()
    with units().reading() as session:
        site_id = current_site_id()
        found = opened_board.opened_containers(session, site_id=site_id, now=now, location_id=place_id)
    return {
        "lines": [(line, _left(line, now)) for line in found],
        "place_id": place_id,
        "now": now,
        "can_discard": Permission.DISCARD_STOCK in current_actor().permissions,
        "form": blank("discard"),
    }


def _left(line: OpenedContainer, now: datetime) -> str:
    if line.usable_until is not None and line.usable_until < now:
        return f"over for {time_left(now - line.usable_until)}"
    if line.is_session_only:
        return "its session is over" if line.is_over else "this session only"
    return "no limit known" if line.usable_until is None else f"{time_left(line.usable_until - now)} left"


def _show(*, refused: Form | None = None, refusal: Refusal | None = None, **_about: str) -> str:  # noqa: ARG001  # the form has no field
    asked = read_arguments(OpenedAsked()) if request.method == "GET" else {}
    with units().reading() as session:
        known = [(place.id, place.name) for place in places.list_places(session, site_id=current_site_id())]
    return render_template("opened/list.html", places=known, refusal=refusal, **_board(asked.get("place_id")))


@bp.get("")
@requires(Permission.VIEW_STOCK)
def show_all() -> ResponseReturnValue:
    return _show()


@bp.get("/lines")
@requires(Permission.VIEW_STOCK)
def lines() -> ResponseReturnValue:
    """The same lines alone, for the page that asks for them each minute."""
    return render_template("opened/_lines.html", **_board(read_arguments(OpenedAsked()).get("place_id")))


@bp.post("/<code>/disposal")
@requires(Permission.DISCARD_STOCK)
@shown_again("discard", _show)
def discard(code: str) -> ResponseReturnValue:
    command = DiscardOver(code)

    def work(session: Session, act: Act) -> Answer:
        entry = opened_board.discard_over(session, act, command)
        session.flush()  # the answer names the entry
        return Answer(ids={"entry_id": entry.id})

    at_site(work)
    flash(f"{code} is discarded. If that was a mistake, correct it on its page.", "success")
    return redirect(url_for("opened.show_all"), 303)
