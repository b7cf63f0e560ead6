"""Correcting an entry: one entry that reverses moves and says what they should have been.

Nothing is edited. Each container is judged on the net of the correction: 0 <= remaining <= content + found.
A reversal is never reversed; what a correction put in place can itself be corrected. All corrections of an
entry name the same root, so that its document (delivery, preparation, session) stays one step away.
"""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from inventory import texts
from inventory.access import Act, Permission
from inventory.errors import (
    AmountHasGoneOn,
    MoveAlreadyReversed,
    NotCorrectable,
    NotEnoughInContainer,
    RecordNotFound,
    ReversalNotReversible,
)
from inventory.evidence import audit
from inventory.evidence.canonical import amount_text
from inventory.rules.amounts import checked_amount
from inventory.stock import ledger, usability
from inventory.stock.usability import Judgement, Use
from models.care import Administration, CompoundingComponent, TreatmentSession
from models.stock import Container, StockEntry, StockMove
from models.vocabulary import EntryPurpose, MovePurpose

_USES = frozenset({MovePurpose.COMPOUNDED, MovePurpose.ADMINISTERED})
_WHOLE = frozenset({MovePurpose.MOVED, MovePurpose.SPLIT})


@dataclass(frozen=True)
class CorrectedMove:
    """`amount` empty: it never took place. `container_code`: it was another container."""

    move_id: int
    amount: Decimal | None = None
    container_code: str | None = None


@dataclass(frozen=True)
class CorrectEntry:
    entry_id: int
    moves: tuple[CorrectedMove, ...]
    reason: str


@dataclass
class _Correction:
    """One correction on its way: its entry, the root it corrects, and the net per container so far."""

    entry: StockEntry
    root: StockEntry
    judgement: Judgement
    net: dict[Container, Decimal]


def correct_entry(session: Session, act: Act, command: CorrectEntry) -> StockEntry:
    """Reverse and replace moves of one entry. Raises `AmountHasGoneOn` and names the later moves."""
    act.require(Permission.CORRECT_ENTRY)
    root = _root(session, act, command.entry_id)
    originals = _originals(session, root, command)
    entry = ledger.open_entry(
        session,
        act,
        EntryPurpose.CORRECTED,
        occurred_at=root.occurred_at,
        reason=texts.reason(command.reason),
        corrects_id=root.id,
    )
    correction = _Correction(entry, root, Judgement(is_past=True), defaultdict(Decimal))
    for original, wanted in originals:
        _undo(session, correction, original)
        if wanted.amount is not None:
            _redo(session, act, correction, original, wanted)
    _apply(session, correction, originals)
    correction.judgement.write_deviations(session, act, entry)
    audit.record(session, act, "entry corrected", entry, root, *correction.net, reason=entry.reason)
    return entry


def _root(session: Session, act: Act, entry_id: int) -> StockEntry:
    entry = session.get(StockEntry, entry_id)
    if entry is not None and entry.corrects_id is not None:
        entry = session.get_one(StockEntry, entry.corrects_id)
    if entry is None or entry.site_id != act.site_id:
        raise RecordNotFound("entry", str(entry_id))
    return entry


def _originals(session: Session, root: StockEntry, command: CorrectEntry) -> list[tuple[StockMove, CorrectedMove]]:
    """The moves to correct, checked: of this entry, each once, not reversed, not a reversal."""
    if not command.moves or len({wanted.move_id for wanted in command.moves}) != len(command.moves):
        raise NotCorrectable(root.id, "each line is corrected once, and at least one must be")
    checked = []
    for wanted in command.moves:
        move = session.get(StockMove, wanted.move_id)
        if move is None or root.id not in (move.entry_id, move.entry.corrects_id):
            raise RecordNotFound(f"line of entry {root.id}", str(wanted.move_id))
        if move.reverses_id is not None:
            raise ReversalNotReversible(move.entry_id)
        if session.scalar(select(StockMove.id).where(StockMove.reverses_id == move.id)) is not None:
            raise MoveAlreadyReversed(move.entry_id)
        if move.purpose in _WHOLE and wanted.amount is not None:
            raise NotCorrectable(root.id, "a move of the whole container can only be undone")
        checked.append((move, wanted))
    _refuse_half_a_split(root, checked)
    return checked


def _refuse_half_a_split(root: StockEntry, checked: list[tuple[StockMove, CorrectedMove]]) -> None:
    if root.purpose is EntryPurpose.SPLIT and len(checked) != len(root.moves):
        raise NotCorrectable(root.id, "a split is undone on both sides")


def _undo(session: Session, correction: _Correction, original: StockMove) -> None:
    ledger.reverse(session, correction.entry, original)
    container = original.container
    if original.purpose is MovePurpose.MOVED:
        _move_back(session, correction.root, original)
        correction.net[container] += 0
        return
    correction.net[container] += -original.amount if _came_in(original) else original.amount
    if original.purpose is MovePurpose.FOUND:
        container.found -= original.amount


def _came_in(move: StockMove) -> bool:
    into_new_pack = move.purpose is MovePurpose.SPLIT and move.to_location_id == move.container.location_id
    return move.purpose in ledger.COMES_IN or into_new_pack


def _move_back(session: Session, root: StockEntry, original: StockMove) -> None:
    later = later_moves(session, original)
    if later:
        raise AmountHasGoneOn(root.id, later)
    original.container.location_id = original.from_location_id
    session.expire(original.container, ["location"])


def _redo(session: Session, act: Act, correction: _Correction, original: StockMove, wanted: CorrectedMove) -> None:
    container = original.container
    if wanted.container_code is not None:
        container = usability.get_container(session, act, wanted.container_code)
    amount = checked_amount(wanted.amount)
    move = ledger.repeat(session, correction.entry, original, container, amount)
    if container is not original.container and original.purpose in _USES:
        usability.judge_use(session, correction.judgement, container, _use(session, correction.root))
    correction.net[container] += amount if _came_in(original) else -amount
    if original.purpose is MovePurpose.FOUND:
        container.found += amount
    _repeat_document(session, original, move)


def _use(session: Session, root: StockEntry) -> Use:
    if root.treatment_session_id is None:
        return Use(at=root.occurred_at)
    treatment = session.get_one(TreatmentSession, root.treatment_session_id)
    return Use(at=root.occurred_at, patient_id=treatment.patient_id, session_id=treatment.id)


def _repeat_document(session: Session, original: StockMove, move: StockMove) -> None:
    """The replacing move takes the place of the original in its preparation or session."""
    session.flush()  # the document names the new move
    component = session.scalars(
        select(CompoundingComponent).where(CompoundingComponent.move_id == original.id)
    ).one_or_none()
    if component is not None:
        last = select(func.max(CompoundingComponent.position)).where(
            CompoundingComponent.record_id == component.record_id
        )
        unit = move.container.lot.product.unit.value
        session.add(
            CompoundingComponent(
                record_id=component.record_id,
                position=(session.scalar(last) or 0) + 1,
                move_id=move.id,
                entered=f"{amount_text(move.amount)} {unit}",
            )
        )
    given = session.scalars(select(Administration).where(Administration.move_id == original.id)).one_or_none()
    if given is not None:
        session.add(
            Administration(
                session_id=given.session_id,
                move_id=move.id,
                area=given.area,
                technique=given.technique,
                depth_mm=given.depth_mm,
                needle=given.needle,
                points=given.points,
            )
        )


def _apply(session: Session, correction: _Correction, originals: list[tuple[StockMove, CorrectedMove]]) -> None:
    root = correction.root
    for container, change in correction.net.items():
        after = container.remaining + change
        touched = [move for move, _ in originals if move.container_id == container.id]
        if after < 0 and not touched:
            unit = container.lot.product.unit.value
            raise NotEnoughInContainer(container.code, -change, container.remaining, unit)
        if after < 0:
            raise AmountHasGoneOn(root.id, tuple(sorted({i for move in touched for i in later_moves(session, move)})))
        if after > container.content + container.found:
            raise NotCorrectable(root.id, f"{container.code} would hold more than it can")
        container.remaining = after
        ledger.settle(container, correction.entry, _closing_purpose(originals, container))


def _closing_purpose(originals: list[tuple[StockMove, CorrectedMove]], container: Container) -> MovePurpose:
    own = [move.purpose for move, _ in originals if move.container_id == container.id]
    return own[0] if own else originals[0][0].purpose


def later_moves(session: Session, move: StockMove) -> tuple[int, ...]:
    """Moves of the same container after `move` that still stand."""
    reversal = aliased(StockMove)
    query = (
        select(StockMove.id)
        .outerjoin(reversal, reversal.reverses_id == StockMove.id)
        .where(
            StockMove.container_id == move.container_id,
            StockMove.id > move.id,
            StockMove.entry_id != move.entry_id,
            StockMove.reverses_id.is_(None),
            reversal.id.is_(None),
        )
        .order_by(StockMove.id)
    )
    return tuple(session.scalars(query))
