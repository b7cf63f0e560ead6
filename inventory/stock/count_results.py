"""What a count comes to: each reading held against the books of its instant, with what was recorded since.

Nothing is stored before the count is approved: what is recorded meanwhile changes the lines, and only rightly so.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from inventory.rules.counting import Judged, LaterMove, judge, tolerance, was_before
from inventory.stock import count_readings
from models.counts import CountExplanation, CountReading, StockCount
from models.organisation import Location
from models.stock import Container, Lot, StockEntry, StockMove
from models.vocabulary import CountMethod, LocationKind, MovePurpose

_NOTHING = Decimal(0)
_INSIDE = frozenset(kind for kind in LocationKind if kind.is_inside)


class Since(StrEnum):
    """What happened to a container after it was counted, so that nothing is booked for it."""

    SEEN = "seen"  # it was missing, and somebody has had it in their hands since
    ENDED = "ended"  # it is used up or discarded
    GONE = "gone"  # on its way to another site, or there


@dataclass(frozen=True)
class ContainerLine:
    """One container of the count, judged. `found_at`: where the books have it, if that is not this place."""

    container: Container
    reading: CountReading
    judged: Judged
    since: Since | None
    found_at: Location | None
    explanation: str | None

    @property
    def is_missing(self) -> bool:
        return self.reading.method is CountMethod.ABSENT

    @property
    def differs(self) -> bool:
        return self.since is None and not self.judged.is_within

    @property
    def waits_for_recount(self) -> bool:
        return self.differs and not self.reading.is_recount

    @property
    def waits_for_explanation(self) -> bool:
        return (self.differs or self.found_at is not None) and self.explanation is None


@dataclass(frozen=True)
class LotLine:
    """The sealed ones of a lot that were counted by number. `expected`: those the number stands for."""

    lot: Lot
    reading: CountReading
    by_code: int
    expected: tuple[Container, ...]
    losable: tuple[Container, ...]
    explanation: str | None

    @property
    def difference(self) -> int:
        return (self.reading.pieces or 0) - len(self.expected)

    @property
    def differs(self) -> bool:
        return self.difference != 0

    @property
    def waits_for_recount(self) -> bool:
        return self.differs and not self.reading.is_recount

    @property
    def waits_for_explanation(self) -> bool:
        return self.differs and self.explanation is None


@dataclass(frozen=True)
class CountOutcome:
    """All lines of a count, those with differences first."""

    containers: tuple[ContainerLine, ...]
    lots: tuple[LotLine, ...]
    strangers: tuple[CountReading, ...]

    @property
    def _lines(self) -> "tuple[ContainerLine | LotLine, ...]":
        return (*self.lots, *self.containers)

    @property
    def recounts(self) -> tuple[str, ...]:
        return tuple(_called(line) for line in self._lines if line.waits_for_recount)

    @property
    def explanations(self) -> tuple[str, ...]:
        return tuple(_called(line) for line in self._lines if line.waits_for_explanation)

    @property
    def is_ready(self) -> bool:
        return not self.recounts and not self.explanations


def _called(line: ContainerLine | LotLine) -> str:
    return line.container.code if isinstance(line, ContainerLine) else f"lot {line.lot.lot_number}"


def outcome(session: Session, count: StockCount) -> CountOutcome:
    """Hold every reading that stands against the books."""
    known = count_readings.in_effect(session, count.id)
    sealed_ids = {key: count_readings.numbers(reading) for key, reading in known.by_lot.items()}
    of_lots = _containers(session, {each for ids in sealed_ids.values() for each in ids})
    since = _LaterMoves(session, [*known.by_container, *of_lots])
    explained = _explanations(session, count.id)
    containers = [
        _container_line(session, count, reading, since, explained.get((key, None)))
        for key, reading in known.by_container.items()
    ]
    lots = [
        _lot_line(
            count,
            reading,
            [of_lots[each] for each in sorted(sealed_ids[key]) if each not in _found(known.by_container)],
            since,
            explained.get((None, key)),
        )
        for key, reading in known.by_lot.items()
    ]
    by_code = _by_code(known.by_container)
    lots = [_with_codes(line, by_code[line.lot.id]) for line in lots]
    return CountOutcome(
        tuple(sorted(containers, key=lambda line: (not _matters(line), line.container.id))),
        tuple(sorted(lots, key=lambda line: (not line.differs, line.lot.id))),
        known.strangers,
    )


def _matters(line: ContainerLine) -> bool:
    return line.differs or line.found_at is not None or line.since is not None


def _found(by_container: Mapping[int, CountReading]) -> set[int]:
    return {key for key, reading in by_container.items() if reading.method is not CountMethod.ABSENT}


def _by_code(by_container: Mapping[int, CountReading]) -> Mapping[int, int]:
    counts: defaultdict[int, int] = defaultdict(int)
    for reading in by_container.values():
        if reading.container is not None and reading.method is CountMethod.SEEN:
            counts[reading.container.lot_id] += 1
    return counts


def _with_codes(line: LotLine, by_code: int) -> LotLine:
    return LotLine(line.lot, line.reading, by_code, line.expected, line.losable, line.explanation)


class _LaterMoves:
    """The moves of these containers since their readings, fetched at once."""

    def __init__(self, session: Session, container_ids: Collection[int]) -> None:
        self.by_container: defaultdict[int, list[tuple[int, LaterMove, MovePurpose]]] = defaultdict(list)
        inside = set(session.scalars(select(Location.id).where(Location.kind.in_(_INSIDE))))
        query = (
            select(StockMove, StockEntry.occurred_at, StockEntry.recorded_at)
            .join(StockEntry, StockEntry.id == StockMove.entry_id)
            .where(StockMove.container_id.in_(container_ids))
            .order_by(StockMove.id)
        )
        for move, occurred_at, recorded_at in session.execute(query):
            came, went = move.to_location_id in inside, move.from_location_id in inside
            net = move.amount * (int(came) - int(went))
            later = LaterMove(net, occurred_at, recorded_at)
            self.by_container[move.container_id].append((move.id, later, move.purpose))

    def of(self, container_id: int, reading: CountReading) -> list[LaterMove]:
        return [later for move_id, later, _ in self.by_container[container_id] if move_id > reading.books_move_id]


def _container_line(
    session: Session, count: StockCount, reading: CountReading, since: _LaterMoves, explanation: str | None
) -> ContainerLine:
    container = reading.container
    assert container is not None  # noqa: S101  # a reading by container has one
    later = since.of(container.id, reading)
    books_then = reading.books_amount or _NOTHING
    counted = _counted(reading, later)
    product = container.lot.product
    is_opened = reading.books_opened_at is not None
    allowed = tolerance(product.unit, container.content, reading.books_draws, is_opened=is_opened)
    judged = judge(counted, books_then, allowed, later, reading.counted_at)
    return ContainerLine(
        container=container,
        reading=reading,
        judged=judged,
        since=_since(count, reading, container, later, judged),
        found_at=_found_at(session, count, reading, container),
        explanation=explanation,
    )


def _counted(reading: CountReading, later: Sequence[LaterMove]) -> Decimal:
    """What was measured. Only seen to be there, it holds what the books should have said."""
    if reading.amount is not None:
        return reading.amount
    before = sum((move.net for move in later if was_before(move, reading.counted_at)), _NOTHING)
    return (reading.books_amount or _NOTHING) + before


def _since(
    count: StockCount, reading: CountReading, container: Container, later: Sequence[LaterMove], judged: Judged
) -> Since | None:
    if judged.difference == 0:
        return None
    if container.location.site_id != count.site_id or not container.location.kind.is_real:
        return Since.GONE
    live = [move for move in later if not was_before(move, reading.counted_at)]
    was_opened = container.opened_at is not None and container.opened_at > reading.counted_at
    if reading.method is CountMethod.ABSENT:
        return Since.SEEN if live or was_opened else None
    return Since.ENDED if live and container.remaining == 0 else None


def _found_at(session: Session, count: StockCount, reading: CountReading, container: Container) -> Location | None:
    """Where the books have what was found here, as long as nobody has moved it since."""
    if reading.method is CountMethod.ABSENT or container.remaining == 0:
        return None
    if container.location_id == count.location_id or container.location_id != reading.books_location_id:
        return None
    return session.get_one(Location, container.location_id)


def _lot_line(
    count: StockCount,
    reading: CountReading,
    sealed: Sequence[Container],
    since: _LaterMoves,
    explanation: str | None,
) -> LotLine:
    """Those that the number stands for: sealed and here at its instant, also by what was recorded later."""
    lot = reading.lot
    assert lot is not None  # noqa: S101  # a number is of a lot
    expected, losable = [], []
    for container in sealed:
        later = since.of(container.id, reading)
        if any(was_before(move, reading.counted_at) for move in later):
            continue
        expected.append(container)
        is_untouched = container.location_id == count.location_id and container.opened_at is None
        if is_untouched and not later and container.remaining > 0:
            losable.append(container)
    return LotLine(lot, reading, 0, tuple(expected), tuple(losable), explanation)


def _containers(session: Session, ids: Collection[int]) -> dict[int, Container]:
    query = (
        select(Container)
        .where(Container.id.in_(ids))
        .options(joinedload(Container.lot).joinedload(Lot.product), joinedload(Container.location))
    )
    return {container.id: container for container in session.scalars(query)}


def _explanations(session: Session, count_id: int) -> dict[tuple[int | None, int | None], str]:
    query = select(CountExplanation).where(CountExplanation.count_id == count_id).order_by(CountExplanation.id)
    return {(each.container_id, each.lot_id): each.reason for each in session.scalars(query)}
