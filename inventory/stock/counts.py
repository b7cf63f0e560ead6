"""Counting a place: begin, count by scanner, by number or by measuring, finish, count again, discard.

- Several people may count at once, and a count outlives the browser: each reading is a row of its own.
- A reading keeps what the books said at its instant. Nothing is booked before the count is approved.
- What is found and does not belong here is named and kept as evidence; it is never added to the books.
- After finishing, a difference is counted again by somebody else (rule CNT-02).
"""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory import texts
from inventory.access import Act, Permission
from inventory.errors import InvalidCount, RecordNotFound
from inventory.evidence import audit
from inventory.evidence.audit import id_ranges
from inventory.evidence.signatures import ConfirmedIdentity, refuse_other_signer, sign
from inventory.rules.amounts import checked_amount_or_zero
from inventory.stock import count_readings, places, usability
from inventory.stock.count_readings import Counted
from inventory.stock.errors import (
    AlreadyCounted,
    AmountToMeasure,
    CountInProgress,
    CountNotFinished,
    CountOver,
    LotNotByNumber,
    NothingCounted,
    SecondCounterNeeded,
)
from inventory.stock.ledger import refuse_part_of_a_piece
from models.counts import CountReading, StockCount
from models.organisation import Site
from models.people import User
from models.stock import IS_NOT_EMPTY, Container, Lot, StockMove
from models.vocabulary import CountMethod, IdentifiedBy, MovePurpose, SignatureMeaning, Tracking

MOST_PIECES = 100_000
LONGEST_SCAN = 400
_GROUP_SEPARATOR = "\x1d"
_ARRIVES = (
    MovePurpose.MOVED,
    MovePurpose.TRANSFERRED,
    MovePurpose.RECEIVED,
    MovePurpose.OPENING,
    MovePurpose.PREPARED,
    MovePurpose.SPLIT,
)


@dataclass(frozen=True)
class StartCount:
    """`is_blind`: who counts does not see what the books say."""

    location_id: int
    is_blind: bool = True


@dataclass(frozen=True)
class CountContainer:
    """`amount`: what is left, where it was measured. `again`: replaces an earlier reading of the same container.

    `alone_reason` and `signed`: at a single-handed site one person counts again alone, and says why.
    """

    count_id: int
    code: str
    amount: Decimal | None = None
    again: bool = False
    identified_by: IdentifiedBy = IdentifiedBy.OUR_CODE
    raw: str | None = None
    alone_reason: str | None = None
    signed: ConfirmedIdentity | None = None


@dataclass(frozen=True)
class CountLot:
    """How many sealed ones of a lot are there besides those scanned by our code. It replaces an earlier number."""

    count_id: int
    lot_id: int
    pieces: int
    identified_by: IdentifiedBy = IdentifiedBy.MAKERS_CODE
    raw: str | None = None
    alone_reason: str | None = None
    signed: ConfirmedIdentity | None = None


@dataclass(frozen=True)
class CountAbsent:
    """Looked for again, and not there."""

    count_id: int
    code: str
    alone_reason: str | None = None
    signed: ConfirmedIdentity | None = None


@dataclass(frozen=True)
class WithdrawReading:
    count_id: int
    reading_id: int


@dataclass(frozen=True)
class FinishCount:
    count_id: int


@dataclass(frozen=True)
class DiscardCount:
    count_id: int
    reason: str


def start_count(session: Session, act: Act, command: StartCount) -> StockCount:
    """Begin to count a storage place or room. Raises `CountInProgress`."""
    act.require(Permission.COUNT_STOCK)
    place = places.get_place(session, act.site_id, command.location_id)
    going_on = find_count_in_progress(session, location_id=place.id)
    if going_on is not None:
        raise CountInProgress(place.name, going_on.id)
    count = StockCount(
        site_id=act.site_id,
        location_id=place.id,
        location=place,
        is_blind=command.is_blind,
        first_move_id=count_readings.newest_move_id(session),
        started_at=act.now,
        started_by_id=act.user_id,
    )
    session.add(count)
    audit.record(session, act, "count begun", count, place)
    return count


def find_count_in_progress(session: Session, *, location_id: int) -> StockCount | None:
    query = select(StockCount).where(
        StockCount.location_id == location_id, StockCount.approved_at.is_(None), StockCount.discarded_at.is_(None)
    )
    return session.scalars(query).one_or_none()


def get_count(session: Session, site_id: int, count_id: int) -> StockCount:
    count = session.get(StockCount, count_id)
    if count is None or count.site_id != site_id:
        raise RecordNotFound("count", str(count_id))
    return count


def get_open_count(session: Session, act: Act, count_id: int) -> StockCount:
    """One that is neither approved nor discarded. Raises `CountOver`."""
    count = get_count(session, act.site_id, count_id)
    if count.approved_at is not None:
        raise CountOver(count.id, "approved")
    if count.discarded_at is not None:
        raise CountOver(count.id, "discarded")
    return count


def count_container(session: Session, act: Act, command: CountContainer) -> CountReading:
    """One container that was found. Of another site or on the way, it is named and changes nothing.

    Raises `AlreadyCounted`, `AmountToMeasure`, `SecondCounterNeeded` and the code's refusals.
    """
    act.require(Permission.COUNT_STOCK)
    count = get_open_count(session, act, command.count_id)
    container = usability.get_container_anywhere(session, command.code)
    raw = scanned_text(command.raw)
    if container.location.site_id != act.site_id or not container.location.kind.is_real:
        return add_stranger(session, act, count, container, raw or container.code)
    earlier = count_readings.of_container(session, count.id, container.id)
    if count.finished_at is None and earlier is not None and not command.again:
        raise AlreadyCounted(container.code, _name(session, earlier.counted_by_id), f"{earlier.counted_at:%H:%M} UTC")
    amount = _amount(container, command.amount)
    method = CountMethod.SEEN if amount is None else CountMethod.MEASURED
    reading = count_readings.of_books(session, act, count, container, method)
    reading.amount = amount
    reading.identified_by, reading.raw = command.identified_by, raw
    _second_look(session, act, count, earlier, reading, Alone(container.code, command.alone_reason, command.signed))
    session.add(reading)
    audit.record(session, act, "container counted", count)
    return reading


def count_lot(session: Session, act: Act, command: CountLot) -> CountReading:
    """So many sealed ones without our sticker. Raises `LotNotByNumber`, `SecondCounterNeeded`."""
    act.require(Permission.COUNT_STOCK)
    count = get_open_count(session, act, command.count_id)
    if not 0 <= command.pieces <= MOST_PIECES:
        raise InvalidCount("How many", command.pieces, 0, MOST_PIECES)
    lot = session.get(Lot, command.lot_id)
    if lot is None:
        raise RecordNotFound("lot", str(command.lot_id))
    _refuse_by_number(lot)
    earlier = count_readings.of_lot(session, count.id, lot.id) or _absent_of_lot(session, count, lot)
    inside = select(Container.id).where(
        Container.location_id == count.location_id,
        Container.lot_id == lot.id,
        IS_NOT_EMPTY,
        Container.opened_at.is_(None),
    )
    reading = count_readings.blank(session, act, count, CountMethod.NUMBER)
    reading.lot_id, reading.lot, reading.pieces = lot.id, lot, command.pieces
    reading.books_ids = id_ranges(session.scalars(inside))
    reading.identified_by, reading.raw = command.identified_by, scanned_text(command.raw)
    alone = Alone(f"Lot {lot.lot_number}", command.alone_reason, command.signed)
    _second_look(session, act, count, earlier, reading, alone)
    session.add(reading)
    audit.record(session, act, "lot counted", count)
    return reading


def _refuse_by_number(lot: Lot) -> None:
    if lot.merged_into_id is not None:
        raise LotNotByNumber(lot.lot_number, "it was corrected to another lot")
    if lot.product.tracking is Tracking.PACK:
        raise LotNotByNumber(lot.lot_number, "each pack holds pieces of its own")


def count_absent(session: Session, act: Act, command: CountAbsent) -> CountReading:
    """Somebody else looked for it too. Raises `CountNotFinished`, `SecondCounterNeeded`."""
    act.require(Permission.COUNT_STOCK)
    count = get_open_count(session, act, command.count_id)
    if count.finished_at is None:
        raise CountNotFinished(count.id)
    container = usability.get_container(session, act, command.code)
    earlier = count_readings.of_container(session, count.id, container.id)
    if earlier is None:
        raise RecordNotFound("difference", container.code)
    reading = count_readings.of_books(session, act, count, container, CountMethod.ABSENT)
    reading.amount = Decimal(0)
    _second_look(session, act, count, earlier, reading, Alone(container.code, command.alone_reason, command.signed))
    session.add(reading)
    audit.record(session, act, "container looked for again", count)
    return reading


def add_stranger(
    session: Session, act: Act, count: StockCount, container: Container | None, raw: str, note: str | None = None
) -> CountReading:
    """Found here, and unknown or of another site: named in the result, and never added to the books."""
    reading = count_readings.blank(session, act, count, CountMethod.STRANGER)
    reading.raw, reading.note = raw, note
    if container is not None:
        reading.container_id, reading.container = container.id, container
        reading.books_location_id = container.location_id
    session.add(reading)
    audit.record(session, act, "stranger counted", count)
    return reading


def withdraw_reading(session: Session, act: Act, command: WithdrawReading) -> CountReading:
    """It was a slip. Only until the count is finished: then a difference is counted again instead."""
    act.require(Permission.COUNT_STOCK)
    count = get_open_count(session, act, command.count_id)
    reading = session.get(CountReading, command.reading_id)
    if reading is None or reading.count_id != count.id or reading.withdrawn_at is not None:
        raise RecordNotFound("reading", str(command.reading_id))
    if count.finished_at is not None and reading.method is not CountMethod.STRANGER:
        raise CountOver(count.id, "finished")
    reading.withdrawn_at = act.now
    reading.withdrawn_by_id = act.user_id
    audit.record(session, act, "reading withdrawn", count)
    return reading


def finish_count(session: Session, act: Act, command: FinishCount) -> StockCount:
    """Everything that was there was counted. What the books have here and nobody found is missing from now on.

    What arrived after the count began may have been put where somebody had counted already; it is not missing.
    """
    act.require(Permission.COUNT_STOCK)
    count = get_open_count(session, act, command.count_id)
    if count.finished_at is not None:
        raise CountOver(count.id, "finished")
    known = count_readings.in_effect(session, count.id)
    missing = _not_found(session, count, known)
    if missing and known.is_empty:
        raise NothingCounted(count.location.name)
    count.finished_at = act.now
    count.finished_by_id = act.user_id
    draws = count_readings.draws_of(session, missing)
    move_id = count_readings.newest_move_id(session)
    for container in missing:
        reading = count_readings.reading_of(act, count, container, CountMethod.ABSENT, move_id)
        reading.books_draws = draws.get(container.id, 0)
        reading.amount = Decimal(0)
        session.add(reading)
    audit.record(session, act, "count finished", count)
    return count


def _not_found(session: Session, count: StockCount, known: Counted) -> list[Container]:
    arrived = select(StockMove.container_id).where(
        StockMove.id > count.first_move_id,
        StockMove.to_location_id == count.location_id,
        StockMove.purpose.in_(_ARRIVES),
    )
    query = (
        select(Container)
        .where(Container.location_id == count.location_id, IS_NOT_EMPTY, Container.id.not_in(arrived))
        .order_by(Container.id)
    )
    numbered = known.in_numbers()
    return [
        container
        for container in session.scalars(query)
        if container.id not in known.by_container and container.id not in numbered
    ]


def discard_count(session: Session, act: Act, command: DiscardCount) -> StockCount:
    """Give a count up. Its readings stay; nothing is booked."""
    act.require(Permission.COUNT_STOCK)
    count = get_open_count(session, act, command.count_id)
    count.discard_reason = texts.reason(command.reason)
    count.discarded_at = act.now
    count.discarded_by_id = act.user_id
    audit.record(session, act, "count discarded", count, reason=count.discard_reason)
    return count


def scanned_text(raw: str | None) -> str | None:
    """The scan as it came, its group separators included; nothing else that is hidden."""
    if raw is None:
        return None
    for part in filter(None, raw.split(_GROUP_SEPARATOR)):
        texts.line("Scan", part, LONGEST_SCAN)
    return raw[:LONGEST_SCAN]


def _amount(container: Container, amount: Decimal | None) -> Decimal | None:
    """What was measured. A sealed container is counted by being there; the others must be looked into."""
    if amount is not None:
        checked = checked_amount_or_zero(amount)
        refuse_part_of_a_piece(container, checked)
        return checked
    if container.remaining == 0:
        raise AmountToMeasure(container.code, "empty by the books")
    if container.lot.product.tracking is Tracking.PACK:
        raise AmountToMeasure(container.code, "a pack of pieces")
    if container.opened_at is not None:
        raise AmountToMeasure(container.code, "opened")
    return None


def _absent_of_lot(session: Session, count: StockCount, lot: Lot) -> CountReading | None:
    """The newest word that one of its sealed containers is missing: a number given now stands against it."""
    query = (
        select(CountReading)
        .join(Container, Container.id == CountReading.container_id)
        .where(
            CountReading.count_id == count.id,
            CountReading.method == CountMethod.ABSENT,
            CountReading.withdrawn_at.is_(None),
            Container.lot_id == lot.id,
            CountReading.books_opened_at.is_(None),
        )
        .order_by(CountReading.id.desc())
    )
    return session.scalars(query.limit(1)).one_or_none()


@dataclass(frozen=True)
class Alone:
    """Of what the second look is, and why one person takes it alone."""

    what_it_is: str
    reason: str | None
    signed: ConfirmedIdentity | None


def _second_look(  # the reading before and the new one, and on whose word
    session: Session,
    act: Act,
    count: StockCount,
    earlier: CountReading | None,
    reading: CountReading,
    alone: Alone,
) -> None:
    """After finishing, whoever counted a thing first does not count it again (rule CNT-02)."""
    if count.finished_at is None or earlier is None:
        return
    reading.is_recount = True
    if act.user_id not in _first_counters(session, count, earlier):
        return
    is_single_handed = session.get_one(Site, act.site_id).is_single_handed
    if not (is_single_handed and alone.reason):
        raise SecondCounterNeeded(alone.what_it_is)
    reading.alone_reason = texts.reason(alone.reason)
    refuse_other_signer(act, alone.signed, SignatureMeaning.REVIEWED)
    session.add(reading)
    sign(
        session,
        act,
        alone.signed,
        SignatureMeaning.REVIEWED,
        reading,
        f"{alone.what_it_is} was counted again in count {count.id}.",
        single_handed_reason=reading.alone_reason,
    )


def _first_counters(session: Session, count: StockCount, earlier: CountReading) -> Collection[int]:
    """Who counted it first. What is missing was overlooked by whoever finished, and by whoever counted alone."""
    query = select(CountReading).where(
        CountReading.count_id == count.id, ~CountReading.is_recount, CountReading.withdrawn_at.is_(None)
    )
    first = list(session.scalars(query))
    if earlier.is_recount:
        same = [each for each in first if _is_same_line(each, earlier)]
        earlier = same[-1] if same else earlier
    people = {earlier.counted_by_id}
    if earlier.method is CountMethod.ABSENT:
        counters = {each.counted_by_id for each in first if each.method is not CountMethod.ABSENT}
        people |= counters if len(counters) == 1 else set()
    return people


def _is_same_line(one: CountReading, other: CountReading) -> bool:
    return (one.container_id, one.lot_id) == (other.container_id, other.lot_id)


def _name(session: Session, user_id: int) -> str:
    return session.get_one(User, user_id).full_name
