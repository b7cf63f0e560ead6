"""Release of what comes in, and lifting holds that belong together.

A line of a delivery waits under its incoming holds until its checklist is answered and the responsible person signs
(`release_queue` says what it lacks). What is damaged or kept aside stays blocked by its own cause. What is rejected is
blocked for good and leaves by return or destruction; whoever lifts that block takes the rejection back.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory import texts
from inventory.access import Act, Permission
from inventory.errors import HoldAlreadyLifted, RecordNotFound
from inventory.evidence import audit
from inventory.evidence.signatures import ConfirmedIdentity, refuse_other_signer, sign
from inventory.stock import holds, ledger, release_queue, usability
from inventory.stock.errors import CheckNotAsked, NothingToRelease, ReleaseChanged, ReleaseLacks, ReleaserReceived
from inventory.stock.holds import Cause, LiftHold
from inventory.stock.release_queue import CheckState, Lack, WaitingLine
from models.organisation import Site
from models.releasing import ReleaseAnswer, ReleaseDecision, ReleaseDecisionContainer
from models.stock import Container, DeliveryLine, Hold, Lot, StockEntry
from models.vocabulary import (
    CheckOutcome,
    EntryPurpose,
    HoldKind,
    IdentifiedBy,
    MovePurpose,
    RejectedGoes,
    ReleaseVerdict,
    SignatureMeaning,
    WasteReason,
)


@dataclass(frozen=True)
class LiftTogether:
    """`hold_id`: any of them, lifted or not."""

    hold_id: int
    reason: str


def lift_together(session: Session, act: Act, command: LiftTogether) -> list[Hold]:
    """Lift a hold with those of its delivery line and cause. Raises the refusals of `holds.lift_hold`."""
    act.require(Permission.LIFT_HOLD)
    named = session.get(Hold, command.hold_id)
    if named is None or named.site_id not in (None, act.site_id):
        raise RecordNotFound("hold", str(command.hold_id))
    if named.delivery_line_id is None:
        return [holds.lift_hold(session, act, LiftHold(named.id, command.reason))]
    together = select(Hold.id).where(
        Hold.delivery_line_id == named.delivery_line_id,
        Hold.kind == named.kind,
        Hold.cause == named.cause,
        Hold.site_id == act.site_id,
        Hold.lifted_at.is_(None),
    )
    hold_ids = list(session.scalars(together.order_by(Hold.id)))
    if not hold_ids:
        raise HoldAlreadyLifted(named.id)
    return [holds.lift_hold(session, act, LiftHold(hold_id, command.reason)) for hold_id in hold_ids]


@dataclass(frozen=True)
class CheckAnswer:
    """`note` says why, where the answer is not that it passed."""

    check_id: int
    outcome: CheckOutcome
    note: str | None = None


@dataclass(frozen=True)
class AnswerChecks:
    line_id: int
    answers: tuple[CheckAnswer, ...]


@dataclass(frozen=True)
class ReleaseLine:
    """`version`: which text was read before signing. `single_handed_reason`: why one person did both."""

    line_id: int
    signed: ConfirmedIdentity | None
    note: str | None = None
    version: str | None = None
    single_handed_reason: str | None = None


@dataclass(frozen=True)
class RejectLine:
    """All that wait for a decision, or only those set aside (damaged on arrival)."""

    line_id: int
    reason: str
    goes: RejectedGoes
    only_aside: bool = False


@dataclass(frozen=True)
class DisposeOfRejected:
    """All of a rejection that still stands here: back to the supplier, or destroyed."""

    decision_id: int
    note: str | None = None


def answer_checks(session: Session, act: Act, command: AnswerChecks) -> list[ReleaseAnswer]:
    """Keep answers with who gave them and when; the latest counts. Raises `CheckNotAsked`, `ReasonMissing`."""
    act.require(Permission.RECEIVE_STOCK)
    waiting = _waiting(session, act, command.line_id)
    asked = {check.id for check in waiting.checks}
    line = session.get_one(DeliveryLine, waiting.id)
    answers = []
    for given in command.answers:
        if given.check_id not in asked:
            raise CheckNotAsked(given.check_id, waiting.product_name)
        is_passed = given.outcome is CheckOutcome.PASSED
        note = texts.note("Note", given.note) if is_passed and given.note else None
        answers.append(
            ReleaseAnswer(
                delivery_line_id=line.id,
                check_id=given.check_id,
                outcome=given.outcome,
                note=note if is_passed else texts.reason(given.note),
                answered_at=act.now,
                answered_by_id=act.user_id,
            )
        )
    session.add_all(answers)
    audit.record(session, act, "delivery checked", line, session.get_one(Lot, waiting.lot_id))
    return answers


def release_line(session: Session, act: Act, command: ReleaseLine) -> ReleaseDecision:
    """Let what is not set aside be used, signed by the responsible person.

    Raises `ReleaseLacks`, `NothingToRelease`, `ReleaserReceived`, `ReleaseChanged`, `NotSigned`, `WrongSigner`.
    """
    act.require(Permission.RESPONSIBLE_PERSON)
    waiting = _waiting(session, act, command.line_id)
    if not waiting.free:
        raise NothingToRelease(waiting.lot_number)
    if waiting.lacking:
        raise ReleaseLacks(waiting.lot_number, tuple(_lacking(check) for check in waiting.lacking))
    if command.version not in (None, waiting.version):
        raise ReleaseChanged(waiting.lot_number)
    alone = _why_alone(session, act, waiting, command.single_handed_reason)
    refuse_other_signer(act, command.signed, SignatureMeaning.RELEASED)
    line = session.get_one(DeliveryLine, waiting.id)
    meaning = SignatureMeaning.RELEASED
    signature = sign(session, act, command.signed, meaning, line, waiting.text, single_handed_reason=alone)
    note = texts.note("Note", command.note) if command.note else None
    decision = ReleaseDecision(
        delivery_line_id=line.id,
        verdict=ReleaseVerdict.RELEASED,
        reason=note,
        decided_at=act.now,
        decided_by_id=act.user_id,
        signature_id=signature.id,
    )
    free = set(waiting.free)
    pairs = release_queue.incoming_holds(session, site_id=act.site_id, line_id=line.id)
    lifted = [(hold, container) for hold, container in pairs if container.code in free]
    for hold, _ in lifted:
        holds.mark_lifted(act, hold, note or "released")
    _keep(session, decision, [(container, hold) for hold, container in lifted])
    audit.record(session, act, "lot released", line, session.get_one(Lot, waiting.lot_id), reason=note)
    return decision


def reject_line(session: Session, act: Act, command: RejectLine) -> ReleaseDecision:
    """Block for good what is not to be used; it leaves by return or destruction. Raises `NothingToRelease`."""
    act.require(Permission.RESPONSIBLE_PERSON)
    waiting = _waiting(session, act, command.line_id)
    reason = texts.reason(command.reason)
    codes = set(waiting.aside) if command.only_aside else {*waiting.aside, *waiting.free}
    if not codes:
        raise NothingToRelease(waiting.lot_number)
    pairs = release_queue.incoming_holds(session, site_id=act.site_id, line_id=waiting.id)
    rejected = [container for _, container in pairs if container.code in codes]
    cause = Cause(HoldKind.QUALITY, f"rejected: {reason}", waiting.id)
    written = holds.hold_containers(session, act, rejected, cause)
    decision = ReleaseDecision(
        delivery_line_id=waiting.id,
        verdict=ReleaseVerdict.REJECTED,
        goes=command.goes,
        reason=reason,
        decided_at=act.now,
        decided_by_id=act.user_id,
    )
    _keep(session, decision, list(zip(rejected, written, strict=True)))
    line, lot = session.get_one(DeliveryLine, waiting.id), session.get_one(Lot, waiting.lot_id)
    audit.record(session, act, "lot rejected", line, lot, reason=reason)
    return decision


def return_rejected(session: Session, act: Act, command: DisposeOfRejected) -> StockEntry:
    """Back to the supplier, in one entry. Never blocked by a hold, but by evidence."""
    act.require(Permission.RETURN_STOCK)
    return _dispose(session, act, command, EntryPurpose.RETURNED, MovePurpose.RETURNED)


def destroy_rejected(session: Session, act: Act, command: DisposeOfRejected) -> StockEntry:
    """Handed over for destruction, in one entry. Never blocked by a hold, but by evidence."""
    act.require(Permission.DISCARD_STOCK)
    return _dispose(session, act, command, EntryPurpose.DESTROYED, MovePurpose.DESTROYED)


def _dispose(
    session: Session, act: Act, command: DisposeOfRejected, of_entry: EntryPurpose, of_move: MovePurpose
) -> StockEntry:
    decision = session.get(ReleaseDecision, command.decision_id)
    if decision is None or decision.verdict is not ReleaseVerdict.REJECTED:
        raise RecordNotFound("rejection", str(command.decision_id))
    waiting = _waiting(session, act, decision.delivery_line_id)
    here = [
        container
        for container in release_queue.rejected_here(session, decision_id=decision.id)
        if container.location.site_id == act.site_id
    ]
    if not here:
        raise NothingToRelease(waiting.lot_number)
    for current in usability.states(session, here):
        usability.refuse_evidence(current)
    reason = texts.reason(command.note or decision.reason)
    entry = ledger.open_entry(session, act, of_entry, reason=reason)
    waste_reason = WasteReason.OTHER if of_move is MovePurpose.DESTROYED else None
    for container in here:
        taking = ledger.Taking(container.remaining, of_move, IdentifiedBy.BY_HAND, waste_reason)
        ledger.take(session, entry, container, taking)
    lot = session.get_one(Lot, waiting.lot_id)
    audit.record(session, act, f"rejected stock {of_move.value}", entry, lot, reason=reason)
    return entry


def _waiting(session: Session, act: Act, line_id: int) -> WaitingLine:
    return release_queue.release_line_facts(session, actor=act.actor, line_id=line_id)


def _lacking(check: CheckState) -> str:
    said = {Lack.ANSWER: "not answered", Lack.CERTIFICATE: "no certificate attached", Lack.PASS: "not passed"}
    return f"{check.question} ({said[check.lack]})" if check.lack is not None else check.question


def _why_alone(session: Session, act: Act, waiting: WaitingLine, reason: str | None) -> str | None:
    """CHK-02: where a second pair of eyes is asked for, who received does not release, or says why alone."""
    site = session.get_one(Site, act.site_id)
    if not site.demands_second_person or waiting.received_by_id != act.user_id:
        return None
    if not site.is_single_handed or not reason:
        raise ReleaserReceived(waiting.lot_number)
    return texts.reason(reason)


def _keep(session: Session, decision: ReleaseDecision, decided: Sequence[tuple[Container, Hold]]) -> None:
    session.add(decision)
    session.flush()  # its containers name it, and each its hold
    session.add_all(
        ReleaseDecisionContainer(decision_id=decision.id, container_id=container.id, hold_id=hold.id)
        for container, hold in decided
    )
