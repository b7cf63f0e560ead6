"""Counts as a page or a program reads them. A blind one does not say what the books have before a second look."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased, joinedload

from inventory.stock import count_approval, count_readings, count_results, counts
from inventory.stock.count_results import ContainerLine, CountOutcome, LotLine, Since
from models.counts import CountReading, CountResult, StockCount
from models.evidence import Signature
from models.organisation import Location
from models.people import User
from models.stock import IS_NOT_EMPTY, Container, Lot
from models.vocabulary import CountMethod, Unit

MOST_COUNTS = 100
MOST_LINES = 500


class CountState(StrEnum):
    COUNTING = "counting"
    CHECKING = "checking"
    APPROVED = "approved"
    DISCARDED = "discarded"


@dataclass(frozen=True)
class CountInList:
    id: int
    place: str
    state: CountState
    started_at: datetime
    started_by: str
    readings: int


@dataclass(frozen=True)
class ReadingFacts:
    """One reading, the newest first. `name`: our code, the lot, or what was scanned."""

    id: int
    method: CountMethod
    name: str
    product: str | None
    lot_number: str | None
    amount: Decimal | None
    pieces: int | None
    unit: Unit | None
    by: str
    at: datetime
    raw: str | None
    note: str | None
    site: str | None
    is_recount: bool
    stands: bool


@dataclass(frozen=True)
class LineFacts:
    """A line of the result. `counted`, `books` and `difference` are empty while a blind count waits for another person.

    Of a lot counted by number they are numbers of containers, and `unit` is empty.
    """

    code: str | None
    lot_id: int
    lot_number: str
    product: str
    unit: Unit | None
    counted: Decimal | None
    books: Decimal | None
    difference: Decimal | None
    tolerance: Decimal
    is_missing: bool
    differs: bool
    since: Since | None
    found_at: str | None
    waits_for_recount: bool
    waits_for_explanation: bool
    explanation: str | None
    counted_by: str
    counted_at: datetime


@dataclass(frozen=True)
class ResultFacts:
    """One line of an approved count as it was booked."""

    code: str | None
    lot_id: int
    lot_number: str
    unit: Unit | None
    counted: Decimal
    books: Decimal
    booked: Decimal
    explanation: str | None


@dataclass(frozen=True)
class ExpectedFacts:
    """What the books have in the place and nobody has found yet."""

    code: str
    lot_id: int
    lot_number: str
    product: str
    remaining: Decimal
    unit: Unit
    is_opened: bool


@dataclass(frozen=True)
class CountFacts:
    id: int
    location_id: int
    place: str
    is_blind: bool
    state: CountState
    started_at: datetime
    started_by: str
    finished_at: datetime | None
    finished_by: str | None
    approved_at: datetime | None
    approved_by: str | None
    discarded_at: datetime | None
    discarded_by: str | None
    discard_reason: str | None
    readings: tuple[ReadingFacts, ...]
    expected: tuple[ExpectedFacts, ...]
    lines: tuple[LineFacts, ...]
    results: tuple[ResultFacts, ...]
    to_sign: str | None
    signed_text: str | None

    @property
    def differences(self) -> tuple[LineFacts, ...]:
        return tuple(line for line in self.lines if line.differs or line.since is not None or line.found_at is not None)

    @property
    def agreeing(self) -> int:
        return len(self.lines) - len(self.differences)

    @property
    def strangers(self) -> tuple[ReadingFacts, ...]:
        return tuple(each for each in self.readings if each.method is CountMethod.STRANGER and each.stands)


def list_counts(session: Session, *, site_id: int) -> list[CountInList]:
    """Those in progress first, then the newest."""
    seen = (
        select(func.count(CountReading.id))
        .where(CountReading.count_id == StockCount.id, CountReading.withdrawn_at.is_(None))
        .scalar_subquery()
    )
    is_over = StockCount.approved_at.is_not(None) | StockCount.discarded_at.is_not(None)
    query = (
        select(StockCount, Location.name, User.full_name, seen)
        .join(Location, Location.id == StockCount.location_id)
        .join(User, User.id == StockCount.started_by_id)
        .where(StockCount.site_id == site_id)
        .order_by(is_over, StockCount.id.desc())
        .limit(MOST_COUNTS)
    )
    return [
        CountInList(count.id, place, state_of(count), count.started_at, by, readings)
        for count, place, by, readings in session.execute(query)
    ]


def state_of(count: StockCount) -> CountState:
    if count.discarded_at is not None:
        return CountState.DISCARDED
    if count.approved_at is not None:
        return CountState.APPROVED
    return CountState.COUNTING if count.finished_at is None else CountState.CHECKING


def count_facts(session: Session, *, site_id: int, count_id: int) -> CountFacts:
    """Raises `RecordNotFound`, also for a count of another site."""
    count = counts.get_count(session, site_id, count_id)
    state = state_of(count)
    found = count_results.outcome(session, count) if state is CountState.CHECKING else None
    names = _names(session, [count.started_by_id, count.finished_by_id, count.discarded_by_id])
    signature = None if count.signature_id is None else session.get_one(Signature, count.signature_id)
    return CountFacts(
        id=count.id,
        location_id=count.location_id,
        place=count.location.name,
        is_blind=count.is_blind,
        state=state,
        started_at=count.started_at,
        started_by=names[count.started_by_id],
        finished_at=count.finished_at,
        finished_by=names.get(count.finished_by_id),
        approved_at=count.approved_at,
        approved_by=None if signature is None else signature.printed_name,
        discarded_at=count.discarded_at,
        discarded_by=names.get(count.discarded_by_id),
        discard_reason=count.discard_reason,
        readings=tuple(_readings(session, count)),
        expected=tuple(_expected(session, count)) if state is CountState.COUNTING and not count.is_blind else (),
        lines=() if found is None else tuple(_lines(session, count, found)),
        results=tuple(_results(session, count)) if state is CountState.APPROVED else (),
        to_sign=count_approval.summary(count, found) if found is not None and found.is_ready else None,
        signed_text=None if signature is None else signature.text,
    )


def _names(session: Session, user_ids: Sequence[int | None]) -> dict[int | None, str]:
    query = select(User.id, User.full_name).where(User.id.in_([each for each in user_ids if each is not None]))
    return dict(list(session.execute(query)))


def _readings(session: Session, count: StockCount) -> list[ReadingFacts]:
    known = count_readings.in_effect(session, count.id)
    stand = {each.id for each in (*known.by_container.values(), *known.by_lot.values(), *known.strangers)}
    own, site = aliased(Lot), aliased(Location)
    query = (
        select(CountReading, User.full_name, site)
        .join(User, User.id == CountReading.counted_by_id)
        .outerjoin(Container, Container.id == CountReading.container_id)
        .outerjoin(own, own.id == Container.lot_id)
        .outerjoin(site, site.id == CountReading.books_location_id)
        .where(CountReading.count_id == count.id, CountReading.withdrawn_at.is_(None))
        .options(
            joinedload(CountReading.container).joinedload(Container.lot).joinedload(Lot.product),
            joinedload(CountReading.lot).joinedload(Lot.product),
            joinedload(site.site),
        )
        .order_by(CountReading.id.desc())
        .limit(MOST_LINES)
    )
    return [_reading(reading, by, place, reading.id in stand) for reading, by, place in session.execute(query)]


def _reading(reading: CountReading, by: str, place: Location | None, stands: bool) -> ReadingFacts:  # noqa: FBT001  # a fact of the row
    container = reading.container
    is_stranger = reading.method is CountMethod.STRANGER
    lot = reading.lot if container is None else container.lot
    if container is not None:
        name = container.code
    elif reading.lot is not None:
        name = reading.lot.lot_number
    else:
        name = reading.raw or ""
    return ReadingFacts(
        id=reading.id,
        method=reading.method,
        name=name,
        product=None if lot is None or is_stranger else lot.product.name,
        lot_number=None if lot is None or is_stranger else lot.lot_number,
        amount=reading.amount,
        pieces=reading.pieces,
        unit=None if lot is None else lot.product.unit,
        by=by,
        at=reading.counted_at,
        raw=reading.raw,
        note=reading.note,
        site=place.site.name if is_stranger and place is not None else None,
        is_recount=reading.is_recount,
        stands=stands,
    )


def _expected(session: Session, count: StockCount) -> list[ExpectedFacts]:
    known = count_readings.in_effect(session, count.id)
    query = (
        select(Container)
        .where(Container.location_id == count.location_id, IS_NOT_EMPTY)
        .options(joinedload(Container.lot).joinedload(Lot.product))
        .order_by(Container.lot_id, Container.id)
    )
    numbered = known.in_numbers()
    waiting = (
        container
        for container in session.scalars(query)
        if container.id not in known.by_container and container.id not in numbered
    )
    return [
        ExpectedFacts(
            code=container.code,
            lot_id=container.lot_id,
            lot_number=container.lot.lot_number,
            product=container.lot.product.name,
            remaining=container.remaining,
            unit=container.lot.product.unit,
            is_opened=container.opened_at is not None,
        )
        for container, _ in zip(waiting, range(MOST_LINES), strict=False)
    ]


def _lines(session: Session, count: StockCount, found: CountOutcome) -> list[LineFacts]:
    people = {line.reading.counted_by_id for line in found.containers}
    names = _names(session, [*people, *(line.reading.counted_by_id for line in found.lots)])
    lots = [_lot_line(count, line, names) for line in found.lots]
    return lots + [_container_line(count, line, names) for line in found.containers]


def _container_line(count: StockCount, line: ContainerLine, names: dict[int | None, str]) -> LineFacts:
    container, judged = line.container, line.judged
    is_hidden = count.is_blind and line.waits_for_recount
    return LineFacts(
        code=container.code,
        lot_id=container.lot_id,
        lot_number=container.lot.lot_number,
        product=container.lot.product.name,
        unit=container.lot.product.unit,
        counted=None if is_hidden else judged.counted,
        books=None if is_hidden else judged.books_then,
        difference=None if is_hidden else judged.difference,
        tolerance=judged.tolerance,
        is_missing=line.is_missing,
        differs=line.differs,
        since=line.since,
        found_at=None if line.found_at is None else line.found_at.name,
        waits_for_recount=line.waits_for_recount,
        waits_for_explanation=line.waits_for_explanation,
        explanation=line.explanation,
        counted_by=names[line.reading.counted_by_id],
        counted_at=line.reading.counted_at,
    )


def _lot_line(count: StockCount, line: LotLine, names: dict[int | None, str]) -> LineFacts:
    is_hidden = count.is_blind and line.waits_for_recount
    return LineFacts(
        code=None,
        lot_id=line.lot.id,
        lot_number=line.lot.lot_number,
        product=line.lot.product.name,
        unit=None,
        counted=None if is_hidden else Decimal(line.reading.pieces or 0),
        books=None if is_hidden else Decimal(len(line.expected)),
        difference=None if is_hidden else Decimal(line.difference),
        tolerance=Decimal(0),
        is_missing=False,
        differs=line.differs,
        since=None,
        found_at=None,
        waits_for_recount=line.waits_for_recount,
        waits_for_explanation=line.waits_for_explanation,
        explanation=line.explanation,
        counted_by=names[line.reading.counted_by_id],
        counted_at=line.reading.counted_at,
    )


def _results(session: Session, count: StockCount) -> list[ResultFacts]:
    query = (
        select(CountResult, Lot, Container.code)
        .join(Lot, Lot.id == CountResult.lot_id)
        .outerjoin(Container, Container.id == CountResult.container_id)
        .where(CountResult.count_id == count.id)
        .options(joinedload(Lot.product))
        .order_by(CountResult.id)
    )
    return [_result(result, lot, code) for result, lot, code in session.execute(query)]


def _result(result: CountResult, lot: Lot, code: str | None) -> ResultFacts:
    return ResultFacts(
        code=code,
        lot_id=lot.id,
        lot_number=lot.lot_number,
        unit=None if code is None else lot.product.unit,
        counted=result.counted,
        books=result.books_then,
        booked=result.booked,
        explanation=result.explanation,
    )
