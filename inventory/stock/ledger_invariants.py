"""What must hold of the ledger, checked row by row: each function names every row that breaks its sentence.

The services keep these; the database cannot. Nothing here trusts `remaining`, which is what is compared.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from inventory.evidence.canonical import amount_text
from inventory.evidence.problems import Problem
from models.care import Administration, CompoundingComponent, CompoundingRecord, TreatmentSession
from models.organisation import Location
from models.stock import Container, Delivery, StockEntry, StockMove
from models.transfers import Transfer
from models.vocabulary import EntryPurpose, LocationKind, MovePurpose

REAL = "a real place"
# purpose -> from which kind of location to which; a reversal goes the other way.
DIRECTIONS: Mapping[MovePurpose, frozenset[tuple[str, str]]] = {
    MovePurpose.OPENING: frozenset({(LocationKind.EXTERNAL, REAL)}),
    MovePurpose.RECEIVED: frozenset({(LocationKind.SUPPLIER, REAL)}),
    MovePurpose.FOUND: frozenset({(LocationKind.ADJUSTMENT, REAL), (LocationKind.ADJUSTMENT, LocationKind.TRANSIT)}),
    MovePurpose.PREPARED: frozenset({(LocationKind.COMPOUNDING, REAL)}),
    # Used before it was booked as received: that it was on the way is a deviation, and the truth all the same.
    MovePurpose.COMPOUNDED: frozenset(
        {(REAL, LocationKind.COMPOUNDING), (LocationKind.TRANSIT, LocationKind.COMPOUNDING)}
    ),
    MovePurpose.ADMINISTERED: frozenset({(REAL, LocationKind.PATIENT), (LocationKind.TRANSIT, LocationKind.PATIENT)}),
    MovePurpose.WASTED: frozenset({(REAL, LocationKind.WASTE), (LocationKind.TRANSIT, LocationKind.WASTE)}),
    MovePurpose.DESTROYED: frozenset({(REAL, LocationKind.WASTE)}),
    MovePurpose.RETURNED: frozenset({(REAL, LocationKind.SUPPLIER)}),
    MovePurpose.SAMPLED: frozenset({(REAL, LocationKind.EXTERNAL)}),
    MovePurpose.TRANSFERRED: frozenset({(REAL, LocationKind.TRANSIT), (LocationKind.TRANSIT, REAL)}),
    MovePurpose.LOST: frozenset({(REAL, LocationKind.ADJUSTMENT), (LocationKind.TRANSIT, LocationKind.ADJUSTMENT)}),
    MovePurpose.MOVED: frozenset({(REAL, REAL)}),
    MovePurpose.SPLIT: frozenset({(REAL, LocationKind.ADJUSTMENT), (LocationKind.ADJUSTMENT, REAL)}),
}
# What else an entry may hold than moves of its own purpose.
BESIDES: Mapping[EntryPurpose, frozenset[MovePurpose]] = {
    EntryPurpose.COMPOUNDED: frozenset({MovePurpose.PREPARED, MovePurpose.WASTED, MovePurpose.FOUND}),
    EntryPurpose.ADMINISTERED: frozenset({MovePurpose.FOUND}),
    EntryPurpose.CORRECTED: frozenset(MovePurpose),
}
_AT_ONCE = 5000


@dataclass
class _Books:
    """What a container's moves come to."""

    held: Decimal = Decimal(0)
    found: Decimal = Decimal(0)
    place: int | None = None
    worst: str | None = None


def containers_match_their_moves(session: Session) -> list[Problem]:
    """Remaining, found and place of each container are what its moves come to; none held too much or too little.

    On the way to another site a container keeps what it holds.
    """
    inside = _inside(session)
    containers = session.execute(
        select(
            Container.id,
            Container.content,
            Container.found,
            Container.remaining,
            Container.location_id,
            Container.closed_at,
        )
        .order_by(Container.id)
        .execution_options(yield_per=_AT_ONCE)
    )
    histories = groupby(_moves_by_container(session), key=lambda move: move.container_id)
    history = next(histories, None)
    problems: list[Problem] = []
    for container in containers:
        books = _Books()
        if history is not None and history[0] == container.id:
            books = _add_up(container, history[1], inside)
            history = next(histories, None)
        problems += [_of("container", container.id, said) for said in _differences(container, books)]
    return problems


def _moves_by_container(session: Session) -> Iterator[Any]:
    query = select(
        StockMove.container_id,
        StockMove.id,
        StockMove.entry_id,
        StockMove.amount,
        StockMove.purpose,
        StockMove.reverses_id,
        StockMove.from_location_id,
        StockMove.to_location_id,
    ).order_by(StockMove.container_id, StockMove.id)
    yield from session.execute(query.execution_options(yield_per=_AT_ONCE))


def _add_up(container: Any, moves: Iterable[Any], inside: frozenset[int]) -> _Books:
    """Within an entry only the end counts: a correction reverses before it repeats."""
    books = _Books()
    for entry_id, of_entry in groupby(moves, key=lambda move: move.entry_id):
        for move in of_entry:
            _add(books, move, inside)
        if books.worst is None and not 0 <= books.held <= container.content + books.found:
            books.worst = f"after entry {entry_id} it held {amount_text(books.held)}"
    return books


def _add(books: _Books, move: Any, inside: frozenset[int]) -> None:
    comes, goes = move.to_location_id in inside, move.from_location_id in inside
    if move.reverses_id is None:
        books.worst = books.worst or _misplaced(books, move, comes=comes, goes=goes)
    if comes and goes:
        books.place = move.to_location_id
    elif comes:
        books.held += move.amount
        books.place = move.to_location_id
    elif goes:
        books.held -= move.amount
    if move.purpose is MovePurpose.FOUND:
        books.found += move.amount if comes else -move.amount


def _misplaced(books: _Books, move: Any, *, comes: bool, goes: bool) -> str | None:
    if goes and books.place is not None and move.from_location_id != books.place:
        return f"move {move.id} takes it from a place where it was not"
    if comes and goes and move.amount != books.held:
        return f"move {move.id} took {amount_text(move.amount)} of {amount_text(books.held)} to another place"
    return None


def _differences(container: Any, books: _Books) -> Iterator[str]:
    if books.place is None:
        yield "it has no moves"
    elif books.place != container.location_id:
        yield f"it stands in place {container.location_id}; its moves end in {books.place}"
    if books.held != container.remaining:
        yield f"remaining is {amount_text(container.remaining)}; its moves come to {amount_text(books.held)}"
    if books.found != container.found:
        yield f"found is {amount_text(container.found)}; its moves come to {amount_text(books.found)}"
    if (container.remaining == 0) != (container.closed_at is not None):
        yield "it is closed although something remains" if container.remaining else "it is empty and not closed"
    if books.worst is not None:
        yield books.worst


def moves_fit_their_purpose(session: Session) -> list[Problem]:
    """Each purpose has its direction, through the boundary of the entry's own site."""
    start, end = aliased(Location), aliased(Location)
    kinds = (
        select(StockMove.purpose, start.kind, end.kind, StockMove.reverses_id.is_not(None))
        .join(start, start.id == StockMove.from_location_id)
        .join(end, end.id == StockMove.to_location_id)
    )
    problems = []
    for purpose, from_kind, to_kind, is_reversal in session.execute(kinds.distinct()):
        ends = (_kind(from_kind), _kind(to_kind))
        if (ends[::-1] if is_reversal else ends) in DIRECTIONS[purpose]:
            continue
        wrong = kinds.with_only_columns(StockMove.id).where(
            StockMove.purpose == purpose,
            start.kind == from_kind,
            end.kind == to_kind,
            StockMove.reverses_id.is_not(None) if is_reversal else StockMove.reverses_id.is_(None),
        )
        said = f"{purpose.value} does not go from {from_kind.value} to {to_kind.value}"
        problems += [_of("stock_move", move_id, said) for move_id in session.scalars(wrong.order_by(StockMove.id))]
    return problems + _foreign_boundaries(session)


def _foreign_boundaries(session: Session) -> list[Problem]:
    """Only what is on its way passes from the boundary of one site to another site."""
    boundary = [kind for kind in LocationKind if not kind.is_real and kind is not LocationKind.TRANSIT]
    query = (
        select(StockMove.id)
        .join(StockEntry)
        .join(Location, Location.id.in_([StockMove.from_location_id, StockMove.to_location_id]))
        .where(Location.kind.in_(boundary), Location.site_id != StockEntry.site_id)
        .order_by(StockMove.id)
    )
    return [_of("stock_move", move_id, "it crosses the boundary of another site") for move_id in session.scalars(query)]


def reversals_match(session: Session) -> list[Problem]:
    """A reversal is its original turned round, comes after it, corrects its entry, and is itself not reversed.

    What comes back through the boundary comes to where the container is by then; `containers_match_their_moves`
    says whether it does.
    """
    inside = _inside(session)
    original, corrected = aliased(StockMove), aliased(StockEntry)
    root = func.coalesce(corrected.corrects_id, corrected.id)
    pairs = (
        select(StockMove.id)
        .join(StockEntry, StockEntry.id == StockMove.entry_id)
        .join(original, original.id == StockMove.reverses_id)
        .join(corrected, corrected.id == original.entry_id)
    )
    rules: dict[str, ColumnElement[bool]] = {
        "it is of another container": StockMove.container_id == original.container_id,
        "it has another amount": StockMove.amount == original.amount,
        "it has another purpose": StockMove.purpose == original.purpose,
        "it is not turned round": or_(
            and_(
                StockMove.from_location_id == original.to_location_id,
                StockMove.to_location_id == original.from_location_id,
            ),
            and_(
                StockMove.from_location_id == original.to_location_id,
                StockMove.from_location_id.not_in(inside),
                StockMove.to_location_id.in_(inside),
            ),
            and_(
                StockMove.to_location_id == original.from_location_id,
                StockMove.to_location_id.not_in(inside),
                StockMove.from_location_id.in_(inside),
            ),
        ),
        "it comes before": StockMove.id > original.id,
        "that is itself a reversal": original.reverses_id.is_(None),
        "its entry corrects another": StockEntry.corrects_id == root,
    }
    problems = []
    for said, rule in rules.items():
        wrong = session.scalars(pairs.where(or_(~rule, rule.is_(None))).order_by(StockMove.id))
        problems += [_of("stock_move", move_id, f"it reverses a move, but {said}") for move_id in wrong]
    return problems


def entries_have_their_moves_and_documents(session: Session) -> list[Problem]:
    """No entry is empty, none holds what its purpose does not, and its document is of its own site."""
    empty = select(StockEntry.id).where(~exists().where(StockMove.entry_id == StockEntry.id))
    problems = [_of("stock_entry", entry_id, "it has no moves") for entry_id in session.scalars(empty)]
    is_reversal = StockMove.reverses_id.is_not(None)
    mixed = select(StockEntry.purpose, StockMove.purpose, is_reversal).join(StockMove).distinct()
    for entry_purpose, move_purpose, reverses in session.execute(mixed):
        if _may_hold(entry_purpose, move_purpose, reverses=reverses):
            continue
        wrong = select(StockMove.id).join(StockEntry)
        wrong = wrong.where(
            StockEntry.purpose == entry_purpose,
            StockMove.purpose == move_purpose,
            is_reversal if reverses else ~is_reversal,
        )
        said = f"{'a reversal of ' if reverses else ''}{move_purpose.value} in an entry of {entry_purpose.value}"
        problems += [_of("stock_move", move_id, said) for move_id in session.scalars(wrong.order_by(StockMove.id))]
    return problems + _foreign_documents(session)


def _may_hold(entry: EntryPurpose, move: MovePurpose, *, reverses: bool) -> bool:
    if reverses:
        return entry is EntryPurpose.CORRECTED
    return entry.value == move.value or move in BESIDES.get(entry, frozenset())


def _foreign_documents(session: Session) -> list[Problem]:
    corrected = aliased(StockEntry)
    documents: list[tuple[str, Any, ColumnElement[bool], ColumnElement[bool]]] = [
        ("delivery", Delivery, StockEntry.delivery_id == Delivery.id, Delivery.site_id == StockEntry.site_id),
        (
            "preparation",
            CompoundingRecord,
            StockEntry.compounding_record_id == CompoundingRecord.id,
            CompoundingRecord.site_id == StockEntry.site_id,
        ),
        (
            "session",
            TreatmentSession,
            StockEntry.treatment_session_id == TreatmentSession.id,
            TreatmentSession.site_id == StockEntry.site_id,
        ),
        (
            "transfer",
            Transfer,
            StockEntry.transfer_id == Transfer.id,
            StockEntry.site_id.in_([Transfer.from_site_id, Transfer.to_site_id]),
        ),
        (
            "corrected entry",
            corrected,
            StockEntry.corrects_id == corrected.id,
            and_(
                corrected.site_id == StockEntry.site_id,
                corrected.id < StockEntry.id,
                corrected.corrects_id.is_(None),
            ),
        ),
    ]
    problems = []
    for name, document, is_its_own, fits in documents:
        wrong = select(StockEntry.id).join(document, is_its_own).where(~fits).order_by(StockEntry.id)
        problems += [_of("stock_entry", entry_id, f"its {name} does not fit") for entry_id in session.scalars(wrong)]
    return problems


def uses_have_their_record(session: Session) -> list[Problem]:
    """What was administered has its administration in the entry's session, what was mixed its component."""
    root = aliased(StockEntry)
    moves = (
        select(StockMove.id)
        .join(StockEntry, StockEntry.id == StockMove.entry_id)
        .join(root, root.id == func.coalesce(StockEntry.corrects_id, StockEntry.id))
        .where(StockMove.reverses_id.is_(None))
        .order_by(StockMove.id)
    )
    given = exists().where(
        Administration.move_id == StockMove.id, Administration.session_id == root.treatment_session_id
    )
    mixed = exists().where(
        CompoundingComponent.move_id == StockMove.id, CompoundingComponent.record_id == root.compounding_record_id
    )
    problems = []
    for purpose, has_record in ((MovePurpose.ADMINISTERED, given), (MovePurpose.COMPOUNDED, mixed)):
        without = moves.where(StockMove.purpose == purpose, ~has_record)
        said = f"it was {purpose.value} without its record"
        problems += [_of("stock_move", move_id, said) for move_id in session.scalars(without)]
    for table, purpose in ((Administration, MovePurpose.ADMINISTERED), (CompoundingComponent, MovePurpose.COMPOUNDED)):
        other = select(table.id).join(StockMove, StockMove.id == table.move_id)
        other = other.where(or_(StockMove.purpose != purpose, StockMove.reverses_id.is_not(None))).order_by(table.id)
        said = f"its move was not {purpose.value}"
        problems += [_of(table.__tablename__, row_id, said) for row_id in session.scalars(other)]
    return problems


def preparations_add_up(session: Session) -> list[Problem]:
    """Components come to the theoretical amount, and so do the new containers; what they kept is the yield."""
    sums: dict[int, dict[MovePurpose, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    made = aliased(StockMove)
    is_output = exists().where(
        made.container_id == StockMove.container_id,
        made.entry_id == StockMove.entry_id,
        made.purpose == MovePurpose.PREPARED,
    )
    totals = (
        select(CompoundingRecord.id, StockMove.purpose, func.sum(StockMove.amount))
        .join(StockEntry, StockEntry.compounding_record_id == CompoundingRecord.id)
        .join(StockMove, StockMove.entry_id == StockEntry.id)
        .where(StockEntry.purpose == EntryPurpose.COMPOUNDED)
        .where(or_(StockMove.purpose == MovePurpose.COMPOUNDED, is_output))
        .group_by(CompoundingRecord.id, StockMove.purpose)
    )
    for record_id, purpose, total in session.execute(totals):
        sums[record_id][purpose] = total
    problems = []
    records = select(CompoundingRecord.id, CompoundingRecord.theoretical_amount, CompoundingRecord.yield_amount)
    for record in session.execute(records.order_by(CompoundingRecord.id)):
        of_record = sums.get(record.id, {})
        problems += [_of("compounding_record", record.id, said) for said in _does_not_add_up(record, of_record)]
    return problems


def _does_not_add_up(record: Any, sums: Mapping[MovePurpose, Decimal]) -> Iterator[str]:
    def total(purpose: MovePurpose) -> Decimal:
        return sums.get(purpose, Decimal(0))

    wanted = amount_text(record.theoretical_amount)
    if total(MovePurpose.COMPOUNDED) != record.theoretical_amount:
        yield f"its components come to {amount_text(total(MovePurpose.COMPOUNDED))}, not {wanted}"
    if total(MovePurpose.PREPARED) != record.theoretical_amount:
        yield f"its containers were filled with {amount_text(total(MovePurpose.PREPARED))}, not {wanted}"
    kept = total(MovePurpose.PREPARED) - total(MovePurpose.WASTED) + total(MovePurpose.FOUND)
    if kept != record.yield_amount:
        yield f"its yield is {amount_text(record.yield_amount)}; its containers kept {amount_text(kept)}"


def _inside(session: Session) -> frozenset[int]:
    """The places where a container keeps what it holds: the real ones, and the way to another site."""
    kinds = [kind for kind in LocationKind if kind.is_inside]
    return frozenset(session.scalars(select(Location.id).where(Location.kind.in_(kinds))))


def _kind(kind: LocationKind) -> str:
    return REAL if kind.is_real else kind.value


def _of(table: str, key: int, said: str) -> Problem:
    return Problem(f"{table.replace('_', ' ').capitalize()} {key}: {said}.", table=table, key=str(key))
