"""Counting a place with a phone and a scanner, and what came of it."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from blueprints.access import requires
from blueprints.arguments import read_arguments
from blueprints.forms import Form, blank, load_form, shown_again
from blueprints.frame import units
from blueprints.schemas import counts as schemas
from blueprints.schemas.pages import CountAsked
from blueprints.signing import signed, signed_if_said
from blueprints.unit_of_work import at_site
from blueprints.visitor import current_actor, current_site_id
from inventory.access import Act, Permission
from inventory.errors import Refusal
from inventory.stock import count_approval, count_facts, count_scans, counts, lots, places, usability
from inventory.stock.count_facts import CountFacts, LineFacts
from inventory.stock.count_scans import Scanned
from inventory.stock.errors import AlreadyCounted
from inventory.units import Answer
from models.counts import CountReading
from models.organisation import Site
from models.vocabulary import CountMethod

bp = Blueprint("counts", __name__, url_prefix="/counts")


def _list(*, refused: Form | None = None, refusal: Refusal | None = None) -> str:
    with units().reading() as session:
        found = count_facts.list_counts(session, site_id=current_site_id())
        known = places.list_places(session, site_id=current_site_id())
    return render_template(
        "counts/list.html",
        counts=found,
        places=[(place.id, place.name) for place in known],
        can_count=Permission.COUNT_STOCK in current_actor().permissions,
        form=refused or blank("start"),
        refusal=refusal,
    )


@bp.get("")
@requires(Permission.VIEW_STOCK)
def show_all() -> ResponseReturnValue:
    return _list()


@bp.post("")
@requires(Permission.COUNT_STOCK)
@shown_again("start", _list)
def start() -> ResponseReturnValue:
    command = load_form(schemas.StartCountSchema())

    def work(session: Session, act: Act) -> Answer:
        count = counts.start_count(session, act, command)
        session.flush()  # the answer names it
        return Answer(ids={"count_id": count.id})

    return redirect(url_for("counts.show", count_id=at_site(work).ids["count_id"]), 303)


def _show(count_id: int, *, refused: Form | None = None, refusal: Refusal | None = None) -> str:
    asked = read_arguments(CountAsked()) if request.method == "GET" else {}
    permissions = current_actor().permissions
    with units().reading() as session:
        count = count_facts.count_facts(session, site_id=current_site_id(), count_id=count_id)
        question = _question(session, asked, refused, refusal)
        is_single_handed = session.get_one(Site, current_site_id()).is_single_handed
    return render_template(
        "counts/show.html",
        count=count,
        question=question,
        is_single_handed=is_single_handed,
        can_count=Permission.COUNT_STOCK in permissions,
        can_move=Permission.MOVE_STOCK in permissions,
        can_approve=Permission.APPROVE_COUNT in permissions,
        forms=_forms(count, refused),
        refusal=refusal,
    )


def _question(
    session: Session, asked: dict[str, Any], refused: Form | None, refusal: Refusal | None
) -> dict[str, Any] | None:
    """What the last scan left to be said: how much is left, how many there are, or whether it is counted again."""
    given = dict(asked)
    if isinstance(refusal, AlreadyCounted):
        given = {"code": refusal.code_scanned, "again": True}
    elif refused is not None and refused.name in ("container", "lot"):
        given = {name: refused.entered[name] for name in ("code", "lot_id", "raw") if refused.entered.get(name)}
    raw = given.get("raw", "")
    if given.get("code"):
        try:
            container = usability.get_container_anywhere(session, given["code"])
        except Refusal:
            return None
        lot = container.lot
        name, unit = container.code, lot.product.unit.value
        return {"code": name, "lot_number": lot.lot_number, "product": lot.product.name, "unit": unit, "raw": raw} | {
            "again": bool(given.get("again"))
        }
    if given.get("lot_id"):
        lot = lots.get_lot(session, int(given["lot_id"]))
        return {"lot_id": lot.id, "lot_number": lot.lot_number, "product": lot.product.name, "raw": raw}
    return None


def _forms(count: CountFacts, refused: Form | None) -> dict[str, Form]:
    names = ["scan", "container", "lot", "finish", "approve", "discard", "withdraw", "move"]
    names += [f"{kind}-{_line_name(line)}" for line in count.differences for kind in ("recount", "explain")]
    forms = {name: blank(name) for name in names}
    if refused is not None:
        name = f"{refused.name}-{refused.entered.get('code') or refused.entered.get('lot_id')}"
        forms[name if name in forms else refused.name] = refused.named(name if name in forms else refused.name)
    return forms


def _line_name(line: LineFacts) -> str:
    return line.code or str(line.lot_id)


@bp.get("/<int:count_id>")
@requires(Permission.VIEW_STOCK)
def show(count_id: int) -> ResponseReturnValue:
    return _show(count_id)


@bp.post("/<int:count_id>/scans")
@requires(Permission.COUNT_STOCK)
@shown_again("scan", _show)
def scan(count_id: int) -> ResponseReturnValue:
    command = load_form(schemas.ScanInCountSchema({"count_id": count_id}))

    def work(session: Session, act: Act) -> Answer:
        place_id = counts.get_count(session, act.site_id, count_id).location_id
        return _scanned(command, count_scans.count_scan(session, act, command), place_id)

    answer = at_site(work)
    if "said" in answer.ids:
        flash(str(answer.ids["said"]), str(answer.ids["tone"]))
    return redirect(answer.location or url_for("counts.show", count_id=count_id), 303)


def _scanned(command: count_scans.ScanInCount, scanned: Scanned, place_id: int) -> Answer:
    """Where to go on. What was scanned stays with the question it leaves."""
    if scanned.reading is None:
        asked = {"code": scanned.code} if scanned.code else {"lot_id": scanned.lot_id}
        url = url_for("counts.show", count_id=command.count_id, raw=command.text[:200], **asked)
        return Answer(location=url)
    return Answer(
        location=url_for("counts.show", count_id=command.count_id),
        ids={"said": _words(scanned.reading, place_id), "tone": _tone(scanned.reading)},
    )


def _words(reading: CountReading, place_id: int) -> str:
    container = reading.container
    if reading.method is CountMethod.STRANGER:
        if container is None:
            return "Not known here. It is noted, and nothing is added."
        place = container.location
        where = "on the way to another site" if not place.kind.is_real else f"of {place.site.name}"
        return f"{container.code} is {where}. It is noted, and nothing is added."
    if container is None:
        return "Counted."
    elsewhere = reading.books_location_id != place_id
    return f"Counted: {container.code}, {container.lot.product.name}, lot {container.lot.lot_number}." + (
        " The books have it in another place." if elsewhere else ""
    )


def _tone(reading: CountReading) -> str:
    return "warning" if reading.method is CountMethod.STRANGER else "success"


@bp.post("/<int:count_id>/containers")
@requires(Permission.COUNT_STOCK)
@shown_again("container", _show)
def container(count_id: int) -> ResponseReturnValue:
    command = signed_if_said(load_form(schemas.CountContainerSchema({"count_id": count_id})))
    at_site(lambda session, act: _done(counts.count_container(session, act, command)))
    return _back(count_id, "Counted.")


@bp.post("/<int:count_id>/lots")
@requires(Permission.COUNT_STOCK)
@shown_again("lot", _show)
def lot(count_id: int) -> ResponseReturnValue:
    command = signed_if_said(load_form(schemas.CountLotSchema({"count_id": count_id})))
    at_site(lambda session, act: _done(counts.count_lot(session, act, command)))
    return _back(count_id, f"Counted: {command.pieces} by number.")


@bp.post("/<int:count_id>/recounts")
@requires(Permission.COUNT_STOCK)
@shown_again("recount", _show)
def recount(count_id: int) -> ResponseReturnValue:
    command = signed_if_said(load_form(schemas.CountContainerSchema({"count_id": count_id})))
    at_site(lambda session, act: _done(counts.count_container(session, act, command)))
    return _back(count_id, "Counted again.")


@bp.post("/<int:count_id>/lot-recounts")
@requires(Permission.COUNT_STOCK)
@shown_again("recount", _show)
def lot_recount(count_id: int) -> ResponseReturnValue:
    command = signed_if_said(load_form(schemas.CountLotSchema({"count_id": count_id})))
    at_site(lambda session, act: _done(counts.count_lot(session, act, command)))
    return _back(count_id, "Counted again.")


@bp.post("/<int:count_id>/absences")
@requires(Permission.COUNT_STOCK)
@shown_again("recount", _show)
def absent(count_id: int) -> ResponseReturnValue:
    command = signed_if_said(load_form(schemas.CountAbsentSchema({"count_id": count_id})))
    at_site(lambda session, act: _done(counts.count_absent(session, act, command)))
    return _back(count_id, "Looked for again, and not there.")


@bp.post("/<int:count_id>/withdrawals")
@requires(Permission.COUNT_STOCK)
@shown_again("withdraw", _show)
def withdraw(count_id: int) -> ResponseReturnValue:
    command = load_form(schemas.WithdrawReadingSchema({"count_id": count_id}))
    at_site(lambda session, act: _done(counts.withdraw_reading(session, act, command)))
    return _back(count_id, "Taken back.")


@bp.post("/<int:count_id>/finishing")
@requires(Permission.COUNT_STOCK)
@shown_again("finish", _show)
def finish(count_id: int) -> ResponseReturnValue:
    command = load_form(schemas.FinishCountSchema({"count_id": count_id}))
    at_site(lambda session, act: _done(counts.finish_count(session, act, command)))
    return _back(count_id, "Counting is finished.")


@bp.post("/<int:count_id>/explanations")
@requires(Permission.COUNT_STOCK)
@shown_again("explain", _show)
def explain(count_id: int) -> ResponseReturnValue:
    command = load_form(schemas.ExplainDifferenceSchema({"count_id": count_id}))
    at_site(lambda session, act: _done(count_approval.explain_difference(session, act, command)))
    return _back(count_id, "Explained.")


@bp.post("/<int:count_id>/moves")
@requires(Permission.MOVE_STOCK)
@shown_again("move", _show)
def move(count_id: int) -> ResponseReturnValue:
    command = load_form(schemas.MoveFoundSchema({"count_id": count_id}))
    at_site(lambda session, act: _done(count_approval.move_found(session, act, command)))
    return _back(count_id, "The books have it here now.")


@bp.post("/<int:count_id>/approval")
@requires(Permission.APPROVE_COUNT)
@shown_again("approve", _show)
def approve(count_id: int) -> ResponseReturnValue:
    command = signed(load_form(schemas.ApproveCountSchema({"count_id": count_id})))
    at_site(lambda session, act: _done(count_approval.approve_count(session, act, command)))
    return _back(count_id, "The count is approved and booked.")


@bp.post("/<int:count_id>/discarding")
@requires(Permission.COUNT_STOCK)
@shown_again("discard", _show)
def discard(count_id: int) -> ResponseReturnValue:
    command = load_form(schemas.DiscardCountSchema({"count_id": count_id}))
    at_site(lambda session, act: _done(counts.discard_count(session, act, command)))
    flash("The count is discarded. Nothing was booked.", "success")
    return redirect(url_for("counts.show_all"), 303)


def _done(_changed: object) -> Answer:
    return Answer()


def _back(count_id: int, said: str) -> ResponseReturnValue:
    flash(said, "success")
    return redirect(url_for("counts.show", count_id=count_id), 303)
