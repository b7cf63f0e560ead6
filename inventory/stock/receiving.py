"""Stock comes in: by delivery, or found on the shelf when the clinic starts.

One line makes one lot known and its containers real, each with a code of its own. The same lot with
another expiry is refused; what is expired or has no expiry comes in only under a hold.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory import texts
from inventory.access import Act, Permission
from inventory.catalogue.products import get_product
from inventory.errors import (
    InvalidAmount,
    InvalidCount,
    InvalidText,
    NothingToReceive,
    OnlyIntoHold,
    PlaceHeld,
    RecordNotFound,
)
from inventory.evidence import audit
from inventory.rules.amounts import checked_amount, checked_amount_or_zero, format_number
from inventory.rules.codes import CodeKind, make_code
from inventory.rules.expiry import is_expired
from inventory.stock import holds, ledger, lots, opening, places
from inventory.stock.holds import Cause
from inventory.stock.usability import Use
from models.catalogue import Supplier
from models.organisation import Location, Site
from models.stock import Container, Delivery, DeliveryLine, Lot, Pack, StockEntry
from models.vocabulary import DeliveryLineKind, EntryPurpose, HoldKind, MovePurpose, Tracking

MOST_CONTAINERS = 5000
DEAREST = Decimal(10**9)
COST_DECIMALS = 4
LONGEST_GTIN = 14
LONGEST_SERIAL = 40
LONGEST_SCAN = 500
GROUP_SEPARATOR = "\x1d"


@dataclass(frozen=True)
class ReceiveLine:
    """`containers` of one lot; `damaged` of them go to hold. `hold_cause`: keep all of them from use."""

    product_id: int
    lot_number: str
    expires_on: date | None
    containers: int
    is_month_only: bool = False
    kind: DeliveryLineKind = DeliveryLineKind.BOUGHT
    damaged: int = 0
    hold_cause: str | None = None
    unit_cost: Decimal | None = None
    raw_scan: str | None = None
    gtin: str | None = None
    serial: str | None = None


@dataclass(frozen=True)
class ReceiveDelivery:
    supplier_id: int
    reference: str
    location_id: int
    lines: tuple[ReceiveLine, ...]
    received_at: datetime | None = None


@dataclass(frozen=True)
class OpeningLine:
    """Containers that stood in the cupboard already. Of opened ones: what is left in each, and since when."""

    product_id: int
    lot_number: str
    expires_on: date | None
    containers: int = 1
    is_month_only: bool = False
    remaining: Decimal | None = None
    hold_cause: str | None = None
    opened_at: datetime | None = None


@dataclass(frozen=True)
class RecordOpeningStock:
    location_id: int
    lines: tuple[OpeningLine, ...]


def receive_delivery(session: Session, act: Act, command: ReceiveDelivery) -> Delivery:
    """Book a delivery: lots, containers, moves and holds. Raises `ExpiryDiffers`, `OnlyIntoHold`, `PlaceHeld`."""
    act.require(Permission.RECEIVE_STOCK)
    supplier = session.get(Supplier, command.supplier_id)
    if supplier is None:
        raise RecordNotFound("supplier", str(command.supplier_id))
    place = _place_to_fill(session, act, command.location_id, command.lines)
    delivery = Delivery(
        site_id=act.site_id,
        supplier_id=supplier.id,
        reference=texts.line("Reference", command.reference),
        received_at=ledger.happened_at(act, command.received_at),
    )
    session.add(delivery)
    session.flush()  # the entry names the delivery
    entry = ledger.open_entry(
        session, act, EntryPurpose.RECEIVED, occurred_at=command.received_at, delivery_id=delivery.id
    )
    received = [_receive_line(session, act, entry, place, line) for line in command.lines]
    audit.record(session, act, "delivery received", delivery, *received)
    return delivery


def record_opening_stock(session: Session, act: Act, command: RecordOpeningStock) -> StockEntry:
    """Book what is on the shelf when the clinic starts."""
    act.require(Permission.RECEIVE_STOCK)
    place = _place_to_fill(session, act, command.location_id, command.lines)
    entry = ledger.open_entry(session, act, EntryPurpose.OPENING)
    known = []
    for line in command.lines:
        product = get_product(session, line.product_id)
        lot = lots.known_or_new(session, product, line.lot_number, line.expires_on, is_month_only=line.is_month_only)
        _refuse_unusable(session, act, lot, is_held=line.hold_cause is not None)
        made = make_containers(session, entry, lot, place, line.containers)
        _fill(session, entry, made, MovePurpose.OPENING, line.remaining)
        _mark_opened(act, made, line)
        if line.hold_cause is not None:
            holds.hold_containers(session, act, made, Cause(HoldKind.QUALITY, texts.reason(line.hold_cause)))
        holds.hold_arrivals(session, act, made, place)
        known.append(lot)
    audit.record(session, act, "opening stock recorded", entry, *known)
    return entry


def _mark_opened(act: Act, made: Sequence[Container], line: OpeningLine) -> None:
    """A vial of which a part is gone was opened: its in-use time has been running since.

    Where nobody knows since when, it comes in only under a hold, and its time is over even once that is lifted.
    """
    if line.opened_at is None:
        begun = [container for container in made if _is_begun(container)]
        if begun and line.hold_cause is None:
            raise InvalidText("Opened at", "is needed for what is no longer full")
        for container in begun:
            container.opened_at = container.discard_at = act.now
        return
    opened_at = ledger.happened_at(act, line.opened_at)
    for container in made:
        opening.mark_opened(container, Use(at=opened_at))


def _is_begun(container: Container) -> bool:
    return container.lot.product.tracking is Tracking.EACH and container.remaining < container.content


def _receive_line(session: Session, act: Act, entry: StockEntry, place: Location, line: ReceiveLine) -> Lot:
    product = get_product(session, line.product_id)
    lot = lots.known_or_new(session, product, line.lot_number, line.expires_on, is_month_only=line.is_month_only)
    _refuse_unusable(session, act, lot, is_held=line.hold_cause is not None)
    _refuse_count("Containers", line.containers, 1, MOST_CONTAINERS)
    _refuse_count("Damaged", line.damaged, 0, line.containers)
    record = DeliveryLine(
        delivery_id=entry.delivery_id,
        lot_id=lot.id,
        kind=line.kind,
        containers=line.containers,
        damaged=line.damaged,
        unit_cost=_cost(line.unit_cost),
        raw_scan=_scanned(line.raw_scan),
    )
    session.add(record)
    made = make_containers(session, entry, lot, place, line.containers, _pack(session, lot, line))
    _fill(session, entry, made, MovePurpose.RECEIVED, None)
    _hold_line(session, act, line, record, made)
    holds.hold_arrivals(session, act, made, place)
    return lot


def _hold_line(session: Session, act: Act, line: ReceiveLine, record: DeliveryLine, made: Sequence[Container]) -> None:
    if session.get_one(Site, act.site_id).holds_incoming:
        session.flush()  # the hold names the line it came with
        holds.hold_containers(session, act, made, Cause(HoldKind.INCOMING, "waiting for release", record.id))
    if line.damaged:
        damaged = Cause(HoldKind.QUALITY, "damaged on arrival", record.id)
        holds.hold_containers(session, act, made[: line.damaged], damaged)
    if line.hold_cause is not None:
        kept = Cause(HoldKind.QUALITY, texts.reason(line.hold_cause), record.id)
        holds.hold_containers(session, act, made, kept)


def make_containers(
    session: Session, entry: StockEntry, lot: Lot, place: Location, count: int, pack: Pack | None = None
) -> list[Container]:
    """New empty containers of a lot at a place, ready to be filled."""
    _refuse_count("Containers", count, 1, MOST_CONTAINERS)
    made = [
        Container(
            code=make_code(CodeKind.CONTAINER, secrets.randbits),
            lot=lot,
            pack_id=None if pack is None else pack.id,
            location=place,
            location_id=place.id,
            content=lot.product.content,
            found=ledger.NOTHING,
            remaining=ledger.NOTHING,
            received_at=entry.occurred_at,
        )
        for _ in range(count)
    ]
    session.add_all(made)
    return made


def _refuse_count(counted: str, count: int, least: int, most: int) -> None:
    if not least <= count <= most:
        raise InvalidCount(counted, count, least, most)


def _fill(
    session: Session, entry: StockEntry, made: Sequence[Container], purpose: MovePurpose, remaining: Decimal | None
) -> None:
    for container in made:
        amount = container.content if remaining is None else checked_amount(remaining)
        if amount > container.content:
            raise InvalidAmount(f"{amount:f}", f"is more than one container holds ({format_number(container.content)})")
        if container.lot.product.tracking is Tracking.PACK and amount != amount.to_integral_value():
            raise InvalidAmount(f"{amount:f}", "is not a whole number of pieces")
        ledger.bring_in(session, entry, container, amount, purpose)


def _pack(session: Session, lot: Lot, line: ReceiveLine) -> Pack | None:
    if line.gtin is None or line.serial is None:
        return None
    gtin, serial = texts.line("GTIN", line.gtin, LONGEST_GTIN), texts.line("Serial number", line.serial, LONGEST_SERIAL)
    pack = session.scalars(select(Pack).where(Pack.gtin == gtin, Pack.serial == serial)).one_or_none()
    if pack is None:
        pack = Pack(gtin=gtin, serial=serial, lot_id=lot.id)
        session.add(pack)
        session.flush()  # the containers name their pack
    return pack


def _cost(cost: Decimal | None) -> Decimal | None:
    if cost is None:
        return None
    checked = checked_amount_or_zero(cost)
    if checked > DEAREST or checked != round(checked, COST_DECIMALS):
        raise InvalidText("Unit cost", f"is not a price up to {DEAREST} with at most {COST_DECIMALS} decimals")
    return checked


def _scanned(raw: str | None) -> str | None:
    """The scan as it came, its group separators included; nothing else that is hidden."""
    if raw is None:
        return None
    if not raw.strip():
        raise InvalidText("Scan", "is empty")
    for part in filter(None, raw.split(GROUP_SEPARATOR)):
        texts.line("Scan", part, LONGEST_SCAN)
    if len(raw) > LONGEST_SCAN:
        raise InvalidText("Scan", f"is longer than {LONGEST_SCAN} characters")
    return raw


def _place_to_fill(session: Session, act: Act, location_id: int, lines: Sequence[object]) -> Location:
    place = places.get_place(session, act.site_id, location_id)
    if not lines:
        raise NothingToReceive
    causes = holds.causes_at_place(session, place)
    if causes and not place.is_quarantine:
        raise PlaceHeld(place.name, "; ".join(causes))
    return place


def _refuse_unusable(session: Session, act: Act, lot: Lot, *, is_held: bool) -> None:
    """LOT-02: expired or without expiry only into a hold."""
    if is_held:
        return
    if lot.expires_on is None:
        raise OnlyIntoHold(lot.lot_number, "has no expiry date")
    zone = ZoneInfo(session.get_one(Site, act.site_id).time_zone)
    if is_expired(lot.expires_on, act.now.astimezone(zone).date()):
        raise OnlyIntoHold(lot.lot_number, f"expired on {lot.expires_on.isoformat()}")
