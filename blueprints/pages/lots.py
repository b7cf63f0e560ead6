"""The page of one lot: what is left, where every amount went, who received it, what holds it."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from blueprints.access import requires
from blueprints.attaching import attached_to
from blueprints.forms import Form, blank, load_form, shown_again
from blueprints.frame import units
from blueprints.holding import scope_of
from blueprints.pages.containers import HOLD_KINDS
from blueprints.pages.lot_balance import balance_view
from blueprints.pages.lot_trace import Back, back_view, forward_view
from blueprints.schemas.holds import LiftHoldSchema
from blueprints.schemas.lots import CorrectLotPageSchema
from blueprints.schemas.pages import HoldLotSchema
from blueprints.seeing import note_access
from blueprints.signing import signed
from blueprints.unit_of_work import at_site, in_unit
from blueprints.visitor import current_actor, current_site_id
from inventory.access import Act, Actor, Permission
from inventory.errors import Refusal
from inventory.stock import holds, lots, shelf
from inventory.stock.lot_facts import LotFacts, lot_facts, suppliers_of
from inventory.tracing import lines
from inventory.tracing.balances import balance_of
from inventory.tracing.graph import trace_back, trace_forward
from inventory.tracing.site_balances import balances_by_site
from inventory.units import EVERYTHING, Answer
from models.stock import Hold
from models.vocabulary import LotOrigin

bp = Blueprint("lots", __name__, url_prefix="/lots/<int:lot_id>")


def _show(
    *, lot_id: int, refused: Form | None = None, refusal: Refusal | None = None, hold_id: int | None = None
) -> str:
    actor = current_actor()
    with units().reading() as session:
        facts = lot_facts(session, actor=actor, lot_id=lot_id, now=units().clock.now())
        unread = _unread(session, actor, facts)
        traced = _traced(session, facts) if Permission.TRACE_LOT in actor.permissions else _NOT_TRACED
        attached = attached_to(session, "lot", facts.id)
    if traced["forward"] is not None:
        note_access(f"trace of lot {lot_id}")
    return render_template(
        "lots/show.html",
        lot=facts,
        unread=unread,
        holds=facts.holds,
        containers=facts.containers,
        site_id=current_site_id(),
        can_hold=Permission.PLACE_HOLD in actor.permissions and facts.merged_into is None,
        can_correct=_is_correctable(actor, facts),
        can_print=Permission.PRINT_LABELS in actor.permissions,
        can_lift=Permission.LIFT_HOLD in actor.permissions,
        lift_urls={hold.id: url_for("lots.lift", lot_id=lot_id, hold_id=hold.id) for hold in facts.holds},
        hold_kinds=[kind.value for kind in HOLD_KINDS],
        forms=_forms(facts, refused, hold_id),
        attached=attached,
        refusal=refusal,
        **traced,
    )


def _is_correctable(actor: Actor, facts: LotFacts) -> bool:
    is_makers = facts.origin is not LotOrigin.COMPOUNDED and facts.merged_into is None
    return is_makers and Permission.CORRECT_LOT in actor.permissions


def _unread(session: Session, actor: Actor, facts: LotFacts) -> list[str]:
    """What nobody can read may be of this lot too; a lot mixed here has no such doubt."""
    if facts.origin is LotOrigin.COMPOUNDED:
        return []
    site_id = None if Permission.TRACE_ORGANISATION in actor.permissions else actor.site_id
    codes = shelf.unidentified_of(session, product_id=facts.product_id, site_id=site_id)
    own = {container.code for container in facts.containers}
    return [code for code in codes if code not in own]


_NOT_TRACED: dict[str, Any] = {"balance": None, "forward": None, "back": None}


def _traced(session: Session, facts: LotFacts) -> dict[str, Any]:
    whole = trace_forward(session, lot_ids=[facts.id])
    seen = lines.seen_by(whole, current_actor())
    return {
        "balance": balance_view(balance_of(session, whole), facts.unit),
        "by_site": balances_by_site(session, lot_id=whole.lot_ids[0]),
        "forward": forward_view(seen, current_site_id()),
        "back": _back(session, facts),
    }


def _back(session: Session, facts: LotFacts) -> Back:
    """What a mixture was made of. All its containers hold the same."""
    filled = facts.filled_container_id
    if filled is None:
        return back_view(facts, (), {})
    ingredients = lines.mixture_ingredient_lines(trace_back(session, container_id=filled), filled)
    return back_view(facts, ingredients, suppliers_of(session, lot_ids=[line.lot_id for line in ingredients]))


def _forms(facts: LotFacts, refused: Form | None, hold_id: int | None) -> dict[str, Form]:
    printed = {"lot_number": facts.lot_number, "expires_on": str(facts.expires_on or "")}
    if facts.is_month_only:
        printed["is_month_only"] = "yes"
    forms = {"hold": blank("hold", at_all_sites="false"), "correct": Form("correct", printed)}
    forms |= {f"lift-{hold.id}": blank(f"lift-{hold.id}") for hold in facts.holds}
    if refused is not None:
        name = refused.name if hold_id is None else f"lift-{hold_id}"
        forms[name] = refused.named(name)
    return forms


@bp.get("")
@requires(Permission.VIEW_STOCK)
def show(lot_id: int) -> ResponseReturnValue:
    return _show(lot_id=lot_id)


@bp.post("/hold")
@requires(Permission.PLACE_HOLD)
@shown_again("hold", _show)
def hold(lot_id: int) -> ResponseReturnValue:
    command = load_form(HoldLotSchema({"lot_id": lot_id}))
    in_unit(scope_of(command), lambda session, act: _held(holds.place_hold(session, act, command)))
    flash("The lot is blocked.", "success")
    return redirect(url_for("lots.show", lot_id=lot_id), 303)


@bp.post("/holds/<int:hold_id>/lifting")
@requires(Permission.LIFT_HOLD)
@shown_again("lift", _show)
def lift(lot_id: int, hold_id: int) -> ResponseReturnValue:
    command = load_form(LiftHoldSchema({"hold_id": hold_id}))

    def work(session: Session, act: Act) -> Answer:
        return _held(holds.lift_hold(session, act, command))

    at_site(work)
    flash("The block is lifted.", "success")
    return redirect(url_for("lots.show", lot_id=lot_id), 303)


@bp.post("/correction")
@requires(Permission.CORRECT_LOT)
@shown_again("correct", _show)
def correct(lot_id: int) -> ResponseReturnValue:
    command = signed(load_form(CorrectLotPageSchema({"lot_id": lot_id})))

    def work(session: Session, act: Act) -> Answer:
        corrected = lots.correct_lot(session, act, command)
        ids: dict[str, int | str] = {"lot_id": corrected.lot_id, "vials": len(corrected.container_ids)}
        ids |= {"blocks": len(corrected.holds_now_applying), "mixtures": len(corrected.record_ids)}
        return Answer(ids=ids)

    ids = in_unit(EVERYTHING, work).ids
    flash(f"Corrected: {ids['vials']} vials and syringes are of this lot now.", "success")
    if ids["blocks"]:
        flash("This lot is blocked, and so are they. Look whether any of it was used.", "warning")
    if ids["mixtures"]:
        flash(f"{ids['mixtures']} mixtures were made with them. Look at their use-before times.", "warning")
    return redirect(url_for("lots.show", lot_id=ids["lot_id"]), 303)


def _held(hold: Hold) -> Answer:
    return Answer(ids={"hold_id": hold.id})
