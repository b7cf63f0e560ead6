"""Correcting an entry: one entry that reverses moves and says what they should have been.

Nothing is edited. Each container is judged on the net of the correction: 0 <= remaining <= content + found.
A reversal is never reversed; what a correction put in place can itself be corrected. All corrections of an
entry name the same root, so that its document (delivery, preparation, session) stays one step away.

Another container may take the place of the one that was named: the rules it would have broken become
deviations, and it is opened by the use. What came in belongs to its container, and a preparation never
becomes its own ingredient.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from inventory import texts
from inventory.access import Act, Permission
from inventory.errors import (
    AmountHasGoneOn,
    MoveAlreadyReversed,
    NeverMixed,
    NotCorrectable,
    NotEnoughInContainer,
    RecordNotFound,
    ReversalNotReversible,
)
from inventory.evidence import audit
from inventory.evidence.canonical import amount_text
from inventory.rules.amounts import checked_amount
from inventory.stock import holds, ledger, opening, usability
from inventory.stock.usability import Judgement, Use
from models.care import Administration, CompoundingComponent, CompoundingRecord, TreatmentSession
from models.organisation import Location
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
    """One correction on its way: its entry, the root it corrects, and what it comes to for each container so far.

    A container changes only at the end, because half a correction may break what the table checks.
    """

    entry: StockEntry
    root: StockEntry
    use: Use
    originals: list[tuple[StockMove, CorrectedMove]]
    judgement: Judgement = field(default_factory=lambda: Judgement(is_past=True))
    net: dict[Container, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    found: dict[Container, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    taken: dict[Container, Decimal] = field(default_factory=lambda: defaultdict(Decimal))

    def touched(self, container: Container) -> list[StockMove]:
        return [move for move, _ in self.originals if move.container_id == container.id]


def correct_entry(session: Session, act: Act, command: CorrectEntry) -> StockEntry:
    """Reverse and replace moves of one entry. Raises `AmountHasGoneOn` and names the later moves."""
    act.require(Permission.CORRECT_ENTRY)
    return correct(session, act, command)


def correct(session: Session, act: Act, command: CorrectEntry) -> StockEntry:
    """As `correct_entry`, for a service that has said who may."""
    root = _root(session, act, command.entry_id)
    originals = _originals(session, act, root, command)
    entry = ledger.open_entry(
        session,
        act,
        EntryPurpose.CORRECTED,
        occurred_at=root.occurred_at,
        reason=texts.reason(command.reason),
        corrects_id=root.id,
    )
    correction = _Correction(entry, root, _use(session, root), originals)
    for original, wanted in originals:
        _undo(session, act, correction, original)
        if wanted.amount is not None:
            _redo(session, act, correction, original, wanted)
    for container in correction.net:
        _apply(session, act, correction, container)
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


def _originals(
    session: Session, act: Act, root: StockEntry, command: CorrectEntry
) -> list[tuple[StockMove, CorrectedMove]]:
    """The moves to correct, checked: of this entry, each once, not reversed, not a reversal."""
    if not command.moves or len({wanted.move_id for wanted in command.moves}) != len(command.moves):
        raise NotCorrectable(root.id, "each line is corrected once, and at least one must be")
    checked = []
    for wanted in command.moves:
        move = session.get(StockMove, wanted.move_id)
        if move is None or root.id not in (move.entry_id, move.entry.corrects_id):
            raise RecordNotFound(f"line of entry {root.id}", str(wanted.move_id))
        _refuse_uncorrectable(session, act, root, move, wanted)
        checked.append((move, wanted))
    _refuse_half_a_split(root, checked)
    return checked


def _refuse_uncorrectable(session: Session, act: Act, root: StockEntry, move: StockMove, wanted: CorrectedMove) -> None:
    if move.reverses_id is not None:
        raise ReversalNotReversible(move.entry_id)
    if session.scalar(select(StockMove.id).where(StockMove.reverses_id == move.id)) is not None:
        raise MoveAlreadyReversed(move.entry_id)
    if move.purpose is MovePurpose.TRANSFERRED:
        raise NotCorrectable(root.id, "what was sent to another site is sent back, not undone")
    audit.require_sites(session, act.site_id, move.container.location.site_id)  # it may be at another site by now
    if move.purpose in _WHOLE and wanted.amount is not None:
        raise NotCorrectable(root.id, "a move of the whole container can only be undone")
    if wanted.amount is not None and wanted.container_code is not None and ledger.came_in(session, move):
        raise NotCorrectable(root.id, "what came in belongs to its own container")


def _refuse_half_a_split(root: StockEntry, checked: list[tuple[StockMove, CorrectedMove]]) -> None:
    if root.purpose is EntryPurpose.SPLIT and len(checked) != len(root.moves):
        raise NotCorrectable(root.id, "a split is undone on both sides")


def _undo(session: Session, act: Act, correction: _Correction, original: StockMove) -> None:
    if original.purpose is MovePurpose.MOVED:
        _refuse_moved_on(session, correction, original)
    ledger.reverse(session, correction.entry, original)
    container = original.container
    if original.purpose is MovePurpose.MOVED:
        container.location = session.get_one(Location, original.from_location_id)
        container.location_id = original.from_location_id
        correction.net[container] += 0
        holds.hold_arrivals(session, act, [container], container.location)
        return
    correction.net[container] += -original.amount if ledger.came_in(session, original) else original.amount
    if original.purpose is MovePurpose.FOUND:
        correction.found[container] -= original.amount


def _refuse_moved_on(session: Session, correction: _Correction, original: StockMove) -> None:
    """The whole container goes back, so nothing of it may have gone or come since."""
    later = later_moves(session, original)
    if not later and original.container.remaining != original.amount:
        later = _moves_after(session, original)
    if later:
        raise AmountHasGoneOn(correction.root.id, later)


def _redo(session: Session, act: Act, correction: _Correction, original: StockMove, wanted: CorrectedMove) -> None:
    container = original.container
    if wanted.container_code is not None:
        container = usability.get_container(session, act, wanted.container_code)
    amount = checked_amount(wanted.amount)
    if container is not original.container:
        _judge_replacement(session, correction, original, container)
    move = ledger.repeat(session, correction.entry, original, container, amount)
    if ledger.came_in(session, original):
        correction.net[container] += amount
    else:
        correction.net[container] -= amount
        correction.taken[container] += amount
    if original.purpose is MovePurpose.FOUND:
        correction.found[container] += amount
    _repeat_document(session, original, move)


def _judge_replacement(session: Session, correction: _Correction, original: StockMove, container: Container) -> None:
    """What cannot have been is refused; a rule that was broken becomes a deviation."""
    root, judgement = correction.root, correction.judgement
    if container.lot.product.unit is not original.container.lot.product.unit:
        raise NotCorrectable(root.id, f"{container.code} is kept in another unit")
    if original.purpose not in _USES:
        return
    component = _component(session, original)
    if component is not None:
        _refuse_own_product(session, root, component.record_id, container)
        others = select(func.count()).where(CompoundingComponent.record_id == component.record_id)
        if container.lot.product.is_mix_never and (session.scalar(others) or 0) > 1:
            judgement.against(NeverMixed(container.lot.product.name), container)
    usability.judge_product(judgement, container)
    usability.judge_use(session, judgement, container, correction.use)


def _refuse_own_product(session: Session, root: StockEntry, record_id: int, container: Container) -> None:
    """TRC-02: the graph of containers has no cycle."""
    session.flush()  # what this correction has replaced already belongs to the graph
    walked: set[int] = set()
    next_ids = {record_id}
    while next_ids:
        walked |= next_ids
        made = select(Container.id).join(CompoundingRecord, CompoundingRecord.lot_id == Container.lot_id)
        made_ids = set(session.scalars(made.where(CompoundingRecord.id.in_(next_ids))))
        if container.id in made_ids:
            raise NotCorrectable(root.id, f"{container.code} was itself made with this preparation")
        next_ids = _made_from(session, made_ids) - walked


def _made_from(session: Session, container_ids: set[int]) -> set[int]:
    """The preparations that drew from these containers, by draws that stand."""
    reversal = aliased(StockMove)
    query = (
        select(CompoundingComponent.record_id)
        .join(StockMove, StockMove.id == CompoundingComponent.move_id)
        .outerjoin(reversal, reversal.reverses_id == StockMove.id)
        .where(StockMove.container_id.in_(container_ids), reversal.id.is_(None))
    )
    return set(session.scalars(query))


def _use(session: Session, root: StockEntry) -> Use:
    """For whom the entry took what it took."""
    if root.compounding_record_id is not None:
        record = session.get_one(CompoundingRecord, root.compounding_record_id)
        return Use(at=root.occurred_at, patient_id=record.patient_id, session_id=record.treatment_session_id)
    if root.treatment_session_id is not None:
        treatment = session.get_one(TreatmentSession, root.treatment_session_id)
        return Use(at=root.occurred_at, patient_id=treatment.patient_id, session_id=treatment.id)
    return Use(at=root.occurred_at)


def _component(session: Session, move: StockMove) -> CompoundingComponent | None:
    query = select(CompoundingComponent).where(CompoundingComponent.move_id == move.id)
    return session.scalars(query).one_or_none()


def _repeat_document(session: Session, original: StockMove, move: StockMove) -> None:
    """The replacing move takes the place of the original in its preparation or session."""
    session.flush()  # the document names the new move
    component = _component(session, original)
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


def _apply(session: Session, act: Act, correction: _Correction, container: Container) -> None:
    root, before = correction.root, container.remaining
    after = before + correction.net[container]
    if after < 0:
        _refuse_overdrawn(session, correction, container, after)
    found = container.found + correction.found[container]
    if after > container.content + found:
        raise NotCorrectable(root.id, f"{container.code} would hold more than it can")
    container.remaining, container.found = after, found
    purpose = next((move.purpose for move in correction.touched(container)), correction.originals[0][0].purpose)
    ledger.settle(container, correction.entry, purpose)
    if container in correction.taken and (after > 0 or purpose in _USES):
        opening.mark_first_use(correction.judgement, container, correction.use)
    if before == 0 and after > 0:  # a place does not hold what is empty
        holds.hold_arrivals(session, act, [container], container.location)


def _refuse_overdrawn(session: Session, correction: _Correction, container: Container, after: Decimal) -> None:
    """Another entry took what is missing, or the container never held as much."""
    own = {move.id for move, _ in correction.originals} | {move.id for move in correction.entry.moves}
    later = {each for move in correction.touched(container) for each in later_moves(session, move)} - own
    if later:
        raise AmountHasGoneOn(correction.root.id, tuple(sorted(later)))
    wanted = correction.taken[container]
    raise NotEnoughInContainer(container.code, wanted, wanted + after, container.lot.product.unit.value)


def later_moves(session: Session, move: StockMove) -> tuple[int, ...]:
    """Moves of the same container after `move` that still stand."""
    reversal = aliased(StockMove)
    query = (
        select(StockMove.id)
        .outerjoin(reversal, reversal.reverses_id == StockMove.id)
        .where(
            StockMove.container_id == move.container_id,
            StockMove.id > move.id,
            StockMove.reverses_id.is_(None),
            reversal.id.is_(None),
        )
        .order_by(StockMove.id)
    )
    return tuple(session.scalars(query))


def _moves_after(session: Session, move: StockMove) -> tuple[int, ...]:
    query = select(StockMove.id).where(StockMove.container_id == move.container_id, StockMove.id > move.id)
    return tuple(session.scalars(query.order_by(StockMove.id)))
