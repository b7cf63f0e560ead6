"""What the first count of a place has recorded so far, and taking a line of it back.

Each confirmed line is an entry of its own and booked at once. So the count can be left and gone on with, by anybody,
and several people count one place together. A mistake is taken back by an entry that reverses it.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session, aliased

from inventory import texts
from inventory.access import Act, Permission
from inventory.errors import RecordNotFound
from inventory.evidence import attachments
from inventory.evidence.attachments import Attach
from inventory.evidence.files import CheckedFile
from inventory.stock import completeness, corrections, places, receiving
from inventory.stock.corrections import CorrectedMove, CorrectEntry
from inventory.stock.errors import AlreadyTakenBack, NotOpeningStock
from inventory.stock.shelf import RecordOpeningStock
from models.catalogue import Product
from models.organisation import Location
from models.people import User
from models.stock import Container, Hold, Lot, StockEntry, StockMove
from models.vocabulary import AttachmentKind, EntryPurpose, HoldKind, Unit

ENTRIES_A_PAGE = 30
_WITHOUT_REASON = "taken back while counting"
WRITTEN_WITH_IT = frozenset({HoldKind.QUALITY, HoldKind.UNIDENTIFIED})

_reversal = aliased(StockMove)


@dataclass(frozen=True)
class TakeBack:
    entry_id: int
    reason: str | None = None


@dataclass(frozen=True)
class RecordWithPhoto:
    """`photo`: of the label, where it cannot be read; kept with the container, of several with their lot."""

    stock: RecordOpeningStock
    photo: CheckedFile | None = None


class RecordedLine(NamedTuple):
    """Containers of one lot that hold the same. `code`: of the only one. The lot is the one they have now."""

    product_name: str
    lot_id: int
    lot_number: str
    expires_on: date | None
    is_month_only: bool
    containers: int
    amount: Decimal
    unit: Unit
    opened: int
    held: int
    unidentified: int
    code: str | None


@dataclass(frozen=True)
class RecordedEntry:
    """`taken_back_by`: the number of the entry that reversed it."""

    id: int
    recorded_at: datetime
    by: str
    user_id: int
    lines: tuple[RecordedLine, ...]
    taken_back_by: int | None


@dataclass(frozen=True)
class Recorded:
    """A part of the list, the newest first. `older_before`: where the next part begins."""

    entries: tuple[RecordedEntry, ...]
    older_before: int | None


def record_with_photo(session: Session, act: Act, command: RecordWithPhoto) -> StockEntry:
    """Raises the refusals of `receiving.record_opening_stock` and `attachments.attach`."""
    entry = receiving.record_opening_stock(session, act, command.stock)
    session.flush()  # the containers get their ids
    if command.photo is not None:
        first = entry.moves[0].container
        kind, record_id = ("container", first.id) if len(entry.moves) == 1 else ("lot", first.lot_id)
        attachments.attach(session, act, Attach(kind, record_id, command.photo, AttachmentKind.PHOTO))
    return entry


def take_back(session: Session, act: Act, command: TakeBack) -> StockEntry:
    """Reverse one entry of the first count, with the holds that came with it.

    Whoever counts takes back what they recorded themselves; what others recorded is corrected by who may correct.
    Raises `AmountHasGoneOn` where something was taken from it since.
    """
    act.require(Permission.RECEIVE_STOCK)
    entry = _entry_here(session, act, command.entry_id)
    if entry.user_id != act.user_id:
        act.require(Permission.CORRECT_ENTRY)
    completeness.refuse_done(session, _place_of(session, entry))
    reversed_ids = _reversed(session, entry)
    moves = [move for move in entry.moves if move.id not in reversed_ids]
    if not moves:
        raise AlreadyTakenBack(entry.id)
    reason = _WITHOUT_REASON if command.reason is None else texts.reason(command.reason)
    wanted = tuple(CorrectedMove(move.id) for move in moves)
    reversing = corrections.correct(session, act, CorrectEntry(entry.id, wanted, reason))
    _lift_what_came_with_it(session, act, entry, [move.container_id for move in moves], reason)
    return reversing


def _entry_here(session: Session, act: Act, entry_id: int) -> StockEntry:
    entry = session.get(StockEntry, entry_id)
    if entry is None or entry.site_id != act.site_id:
        raise RecordNotFound("entry", str(entry_id))
    if entry.purpose is not EntryPurpose.OPENING:
        raise NotOpeningStock(entry.id)
    return entry


def _place_of(session: Session, entry: StockEntry) -> Location:
    return session.get_one(Location, entry.moves[0].to_location_id)


def _reversed(session: Session, entry: StockEntry) -> set[int]:
    """The moves of the entry that something took back."""
    own = select(StockMove.id).where(StockMove.entry_id == entry.id)
    query = select(StockMove.reverses_id).where(StockMove.reverses_id.in_(own))
    return {move_id for move_id in session.scalars(query) if move_id is not None}


def _lift_what_came_with_it(
    session: Session, act: Act, entry: StockEntry, container_ids: Sequence[int], reason: str
) -> None:
    """There is no such container after all, so nothing is kept from use."""
    query = select(Hold).where(
        Hold.container_id.in_(container_ids),
        Hold.placed_at == entry.recorded_at,
        Hold.kind.in_(WRITTEN_WITH_IT),
        Hold.lifted_at.is_(None),
    )
    for hold in session.scalars(query):
        hold.lifted_at, hold.lifted_by_id, hold.lift_reason = act.now, act.user_id, reason


def recorded_at_place(
    session: Session, *, site_id: int, location_id: int, before: int | None = None, limit: int = ENTRIES_A_PAGE
) -> Recorded:
    """What was recorded there so far, by whom; what was taken back stays readable."""
    place = places.get_place(session, site_id, location_id)
    into_place = exists().where(StockMove.entry_id == StockEntry.id, StockMove.to_location_id == place.id)
    query = (
        select(StockEntry, User.full_name)
        .join(User, User.id == StockEntry.user_id)
        .where(StockEntry.site_id == site_id, StockEntry.purpose == EntryPurpose.OPENING, into_place)
    )
    if before is not None:
        query = query.where(StockEntry.id < before)
    found = session.execute(query.order_by(StockEntry.id.desc()).limit(limit + 1)).all()
    entries, rest = found[:limit], found[limit:]
    lines, reversals = _lines_of(session, [entry.id for entry, _ in entries])
    return Recorded(
        tuple(
            RecordedEntry(
                entry.id, entry.recorded_at, by, entry.user_id, tuple(lines[entry.id]), reversals.get(entry.id)
            )
            for entry, by in entries
        ),
        entries[-1][0].id if rest else None,
    )


def _lines_of(
    session: Session, entry_ids: Sequence[int]
) -> tuple[defaultdict[int, list[RecordedLine]], dict[int, int]]:
    """The lines by entry, and of each entry that was taken back whole the one that did it."""
    lines: defaultdict[int, list[RecordedLine]] = defaultdict(list)
    standing: defaultdict[int, int] = defaultdict(int)
    reversals: dict[int, int] = {}
    for entry_id, count, reversed_count, reversing, *facts in session.execute(_grouped(entry_ids)):
        lines[entry_id].append(_line(count, facts))
        standing[entry_id] += count - reversed_count
        if reversing is not None:
            reversals[entry_id] = reversing
    return lines, {entry_id: by for entry_id, by in reversals.items() if standing[entry_id] == 0}


def _line(count: int, facts: Sequence[Any]) -> RecordedLine:
    name, lot_id, number, expires_on, is_month_only, amount, unit, opened, held, unidentified, code = facts
    only = code if count == 1 else None
    return RecordedLine(
        name, lot_id, number, expires_on, is_month_only, count, amount, unit, opened, held, unidentified, only
    )


def _grouped(entry_ids: Sequence[int]) -> Select[*tuple[Any, ...]]:
    held = exists().where(Hold.container_id == Container.id, Hold.lifted_at.is_(None))
    unidentified = held.where(Hold.kind == HoldKind.UNIDENTIFIED)
    each = (
        select(
            StockMove.entry_id,
            StockMove.id.label("move_id"),
            StockMove.amount,
            _reversal.id.label("reversal_id"),
            _reversal.entry_id.label("reversing"),
            Container.lot_id,
            Container.code,
            Container.opened_at,
            held.label("is_held"),
            unidentified.label("is_unidentified"),
        )
        .join(Container, Container.id == StockMove.container_id)
        .outerjoin(_reversal, _reversal.reverses_id == StockMove.id)
        .where(StockMove.entry_id.in_(entry_ids))
        .subquery()
    )
    ones = [func.count().filter(flag) for flag in (each.c.is_held, each.c.is_unidentified)]
    return (
        select(
            each.c.entry_id,
            func.count(),
            func.count(each.c.reversal_id),
            func.max(each.c.reversing),
            Product.name,
            Lot.id,
            Lot.lot_number,
            Lot.expires_on,
            Lot.is_month_only,
            each.c.amount,
            Product.unit,
            func.count(each.c.opened_at),
            *ones,
            func.max(each.c.code),
        )
        .join(Lot, Lot.id == each.c.lot_id)
        .join(Product, Product.id == Lot.product_id)
        .group_by(
            each.c.entry_id,
            Product.name,
            Lot.id,
            Lot.lot_number,
            Lot.expires_on,
            Lot.is_month_only,
            each.c.amount,
            Product.unit,
        )
        .order_by(each.c.entry_id.desc(), func.min(each.c.move_id))
    )
