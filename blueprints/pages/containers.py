"""The page of one container: its facts, what can be done with it, where it has been."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from blueprints.access import requires
from blueprints.arguments import read_arguments
from blueprints.attaching import attached_to
from blueprints.formats import moment, time_left
from blueprints.forms import Form, blank, load_form, shown_again
from blueprints.frame import units
from blueprints.pages.container_actions import actions_on, correctable, places_for
from blueprints.pages.history_rows import history_rows
from blueprints.schemas.containers import (
    DiscardContainerSchema,
    IdentifyContainerSchema,
    MoveContainerSchema,
    OpenContainerSchema,
    RecordFoundSchema,
    ReturnContainerSchema,
    SplitPackSchema,
    WithdrawAmountSchema,
)
from blueprints.schemas.holds import LiftHoldSchema
from blueprints.schemas.pages import ContainerAsked, CorrectMoveSchema, Happened, HoldContainerSchema
from blueprints.seeing import note_access
from blueprints.signing import signed
from blueprints.unit_of_work import in_unit
from blueprints.visitor import current_actor, current_site_id
from inventory.access import Act, Permission
from inventory.errors import Refusal
from inventory.stock import containers, holds, identifying, move_corrections, places
from inventory.stock.container_facts import Condition, ContainerFacts, container_facts
from inventory.units import EVERYTHING, Answer, Scope, one_site
from models.stock import Container
from models.vocabulary import HoldKind, MovePurpose, WasteReason

bp = Blueprint("containers", __name__, url_prefix="/containers/<code>")

HOLD_KINDS = (HoldKind.QUALITY, HoldKind.EXCURSION, HoldKind.EVIDENCE)
FORMS = ("open", "move", "split", "discard", "withdraw", "give_back", "found", "hold", "correct", "identify")
CORRECTION_KINDS = (
    (Happened.NEVER.value, "It never took place"),
    (Happened.AMOUNT.value, "It was another amount"),
    (Happened.CONTAINER.value, "It was another vial or syringe"),
)
WITHDRAWALS = (MovePurpose.SAMPLED, MovePurpose.LOST)

_OVER = {
    Condition.EXPIRED: WasteReason.EXPIRED,
    Condition.IN_USE_OVER: WasteReason.IN_USE_OVER,
    Condition.BEYOND_USE: WasteReason.BEYOND_USE,
}

Command = TypeVar("Command")


def _show(*, code: str, refused: Form | None = None, refusal: Refusal | None = None, **about: int) -> str:
    asked = read_arguments(ContainerAsked()) if request.method == "GET" else {}
    actor = current_actor()
    with units().reading() as session:
        facts = container_facts(session, actor=actor, code=code, now=units().clock.now())
        known = places.list_places(session, site_id=facts.site_id)
        attached = attached_to(session, "container", facts.id)
    if facts.kept_for_patient_id is not None:
        note_access(f"container {facts.id}", facts.kept_for_patient_id)
    goals = places_for(facts, known)
    actions, impossible = actions_on(facts, actor, goals)
    correcting = about.get("move_id") or asked.get("correct")
    return render_template(
        "containers/show.html",
        container=facts,
        left=_left(facts),
        moves=history_rows(facts, correctable(facts, actor)),
        actions=actions,
        impossible=impossible,
        can_print=Permission.PRINT_LABELS in actor.permissions,
        can_lift=Permission.LIFT_HOLD in actor.permissions,
        lift_urls={hold.id: url_for("containers.lift", code=facts.code, hold_id=hold.id) for hold in facts.holds},
        correction_kinds=CORRECTION_KINDS,
        correcting=next((move for move in correctable(facts, actor) if move.id == correcting), None),
        forms=_forms(facts, refused, about.get("hold_id")),
        places=goals,
        waste_reasons=[reason.value for reason in WasteReason],
        withdrawals=[purpose.value for purpose in WITHDRAWALS],
        hold_kinds=[kind.value for kind in HOLD_KINDS],
        attached=attached,
        refusal=refusal,
    )


def _left(facts: ContainerFacts) -> str | None:
    """How long an opened one has, in words."""
    if facts.opened_at is None or facts.usable_until is None or facts.remaining == 0:
        return None
    span = facts.usable_until - units().clock.now()
    return f"{time_left(span)} left" if span >= timedelta(0) else f"over for {time_left(-span)}"


def _forms(facts: ContainerFacts, refused: Form | None, hold_id: int | None) -> dict[str, Form]:
    forms = {name: blank(name) for name in FORMS}
    over = next((_OVER[each] for each in facts.conditions if each in _OVER), None)
    if over is not None:
        forms["discard"] = blank("discard", waste_reason=over.value)
    forms |= {f"lift-{hold.id}": blank(f"lift-{hold.id}") for hold in facts.holds}
    if refused is not None:
        name = refused.name if hold_id is None else f"lift-{hold_id}"
        forms[name] = refused.named(name)
    return forms


@bp.get("")
@requires(Permission.VIEW_STOCK)
def show(code: str) -> ResponseReturnValue:
    return _show(code=code)


@bp.post("/opening", endpoint="open")
@requires(Permission.OPEN_CONTAINER)
@shown_again("open", _show)
def open_container(code: str) -> ResponseReturnValue:
    command = load_form(OpenContainerSchema({"code": code}))
    return _done(code, containers.open_container, command, _opened)


@bp.post("/move")
@requires(Permission.MOVE_STOCK)
@shown_again("move", _show)
def move(code: str) -> ResponseReturnValue:
    command = load_form(MoveContainerSchema({"code": code}))
    return _done(code, containers.move_container, command, lambda _: "It is moved.")


@bp.post("/split")
@requires(Permission.SPLIT_PACK)
@shown_again("split", _show)
def split(code: str) -> ResponseReturnValue:
    command = load_form(SplitPackSchema({"code": code}))
    return _done(code, containers.split_pack, command, lambda pack: f"Split. The new pack is {pack.code}.")


@bp.post("/disposal")
@requires(Permission.DISCARD_STOCK)
@shown_again("discard", _show)
def discard(code: str) -> ResponseReturnValue:
    command = load_form(DiscardContainerSchema({"code": code}))
    return _done(code, containers.discard, command, lambda _: "It is discarded.")


@bp.post("/withdrawal")
@requires(Permission.DISCARD_STOCK)
@shown_again("withdraw", _show)
def withdraw(code: str) -> ResponseReturnValue:
    command = load_form(WithdrawAmountSchema({"code": code}))
    return _done(code, containers.withdraw_amount, command, lambda _: "It is taken out of the books.")


@bp.post("/return")
@requires(Permission.RETURN_STOCK)
@shown_again("give_back", _show)
def give_back(code: str) -> ResponseReturnValue:
    command = load_form(ReturnContainerSchema({"code": code}))
    return _done(code, containers.give_back, command, lambda _: "It is returned to the supplier.")


@bp.post("/found")
@requires(Permission.OPEN_CONTAINER)
@shown_again("found", _show)
def found(code: str) -> ResponseReturnValue:
    command = load_form(RecordFoundSchema({"code": code}))
    return _done(code, containers.record_found, command, lambda _: "What was found is in the books.")


@bp.post("/hold")
@requires(Permission.PLACE_HOLD)
@shown_again("hold", _show)
def hold(code: str) -> ResponseReturnValue:
    command = load_form(HoldContainerSchema({"container_code": code}))
    return _done(code, holds.place_hold, command, lambda _: "It is blocked.")


@bp.post("/holds/<int:hold_id>/lifting")
@requires(Permission.LIFT_HOLD)
@shown_again("lift", _show)
def lift(code: str, hold_id: int) -> ResponseReturnValue:
    command = load_form(LiftHoldSchema({"hold_id": hold_id}))
    return _done(code, holds.lift_hold, command, lambda _: "The block is lifted.")


@bp.post("/moves/<int:move_id>/correction")
@requires(Permission.CORRECT_ENTRY)
@shown_again("correct", _show)
def correct(code: str, move_id: int) -> ResponseReturnValue:
    command = load_form(CorrectMoveSchema({"move_id": move_id}))
    return _done(code, move_corrections.correct_move, command, lambda _: "The correction is recorded.", EVERYTHING)


@bp.post("/identification")
@requires(Permission.CORRECT_LOT)
@shown_again("identify", _show)
def identify(code: str) -> ResponseReturnValue:
    command = signed(load_form(IdentifyContainerSchema({"code": code})))
    said = f"It is of lot {command.lot_number}. Look whether that lot is blocked."
    return _done(code, identifying.identify_container, command, lambda _: said, EVERYTHING)


def _done(
    code: str,
    service: Callable[[Session, Act, Command], Any],
    command: Command,
    say: Callable[[Any], str],
    scope: Scope | None = None,
) -> ResponseReturnValue:
    """Do it once, say what happened, and show the container again."""
    said: list[str] = []

    def work(session: Session, act: Act) -> Answer:
        said[:] = [say(service(session, act, command))]
        return Answer(location=url_for("containers.show", code=code))

    answer = in_unit(scope or one_site(current_site_id()), work)
    flash(said[0] if said else "This was already saved.", "success")
    return redirect(answer.location or url_for("containers.show", code=code), 303)


def _opened(container: Container) -> str:
    return "Opened." if container.discard_at is None else f"Opened. Use before {moment(container.discard_at)}."
