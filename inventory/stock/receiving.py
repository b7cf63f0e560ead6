"""Stock comes in: by delivery, or found on the shelf when the clinic starts.

One line makes one lot known and its containers real, each with a code of its own. The same lot with
another expiry is refused; what is expired or has no expiry comes in only under a hold.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

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
from inventory.rules.barcodes.check_digits import find_gtin
from inventory.rules.codes import CodeKind, make_code
from inventory.rules.expiry import is_expired
from inventory.stock import completeness, dating, holds, ledger, lots, places, shelf
from inventory.stock.errors import ProductNotOffered, SerialAlreadyReceived
from inventory.stock.holds import Cause
from inventory.stock.shelf import OpeningLine, RecordOpeningStock
from models.catalogue import Product, Supplier
from models.organisation import Location, Site
from models.receiving import DeliveryScan
from models.stock import Container, Delivery, DeliveryLine, Lot, Pack, StockEntry
from models.vocabulary import DeliveryLineKind, EntryPurpose, HoldKind, MovePurpose, Tracking

MOST_CONTAINERS = 5000
DEAREST = Decimal(10**9)
COST_DECIMALS = 4
LONGEST_GTIN = 100  # or the number of a box in another scheme
LONGEST_SERIAL = 40
LONGEST_SCAN = 500
GROUP_SEPARATOR = "\x1d"


@dataclass(frozen=True)
class SerialPack:
    """A maker's box: the number of its product, and its own."""

    gtin: str
    serial: str


@dataclass(frozen=True)
class KeptScan:
    """The text of a scan as it came, and who scanned it when."""

    raw: str
    scanned_at: datetime
    scanned_by_id: int


@dataclass(frozen=True)
class ReceiveLine:
    """`containers` of one lot; `damaged` of them go to hold. `hold_cause`: keep all of them from use.

    `packs` of `per_pack` containers are known by their serial numbers; `gtin` with `serial` names one that holds all.
    `is_another_lot`: really another than the known one that looks like it.
    """

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
    damage_reason: str | None = None
    packs: tuple[SerialPack, ...] = ()
    per_pack: int = 1
    is_another_lot: bool = False


@dataclass(frozen=True)
class ScannedLine(ReceiveLine):
    """A line of a delivery that was entered scan by scan: its scans are kept with it."""

    scans: tuple[KeptScan, ...] = ()


@dataclass(frozen=True)
class ReceiveDelivery:
    supplier_id: int
    reference: str
    location_id: int
    lines: tuple[ReceiveLine, ...]
    received_at: datetime | None = None


def receive_delivery(session: Session, act: Act, command: ReceiveDelivery) -> Delivery:
    """Book a delivery: lots, containers, moves and holds.

    Raises `LotLooksLike`, `ExpiryDiffers`, `OnlyIntoHold`, `PlaceHeld`, `SerialAlreadyReceived`.
    """
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
    """Book what is on the shelf when the clinic starts. Raises `PlaceDeclaredDone`, `PackAlreadyRecorded`."""
    act.require(Permission.RECEIVE_STOCK)
    place = _place_to_fill(session, act, command.location_id, command.lines)
    completeness.refuse_done(session, place)
    entry = ledger.open_entry(session, act, EntryPurpose.OPENING)
    known = [_record_shelf_line(session, act, entry, place, line) for line in command.lines]
    audit.record(session, act, "opening stock recorded", entry, *known)
    return entry


def _record_shelf_line(session: Session, act: Act, entry: StockEntry, place: Location, line: OpeningLine) -> Lot:
    lot = shelf.lot_of(session, line)
    causes = shelf.causes_of(line)
    refuse_unusable(lot, dating.today_at(session, act), is_held=bool(causes))
    made = make_containers(session, entry, lot, place, line.containers, _shelf_packs(session, lot, line))
    _fill(session, entry, made, MovePurpose.OPENING, shelf.amount_left(line, lot.product))
    shelf.mark_opened(act, made, line)
    for cause in causes:
        holds.hold_containers(session, act, made, cause)
    holds.hold_arrivals(session, act, made, place)
    session.add(shelf.line_record(entry, place, lot, line, _scanned_lines(line.raw_scan)))
    return lot


def _receive_line(session: Session, act: Act, entry: StockEntry, place: Location, line: ReceiveLine) -> Lot:
    product = get_product(session, line.product_id)
    if not product.is_active:
        raise ProductNotOffered(product.name)
    if not line.is_another_lot:
        lots.refuse_new_lookalike(session, product.id, line.lot_number)
    lot = lots.known_or_new(session, product, line.lot_number, line.expires_on, is_month_only=line.is_month_only)
    _refuse_by_date(session, act, product, lot, line)
    _refuse_count("Containers", line.containers, 1, MOST_CONTAINERS)
    _refuse_count("Damaged", line.damaged, 0, line.containers)
    record = DeliveryLine(
        delivery_id=entry.delivery_id,
        lot_id=lot.id,
        kind=line.kind,
        containers=line.containers,
        damaged=line.damaged,
        unit_cost=checked_cost(line.unit_cost),
        raw_scan=checked_scan(line.raw_scan),
    )
    session.add(record)
    made = make_containers(session, entry, lot, place, line.containers, _packs(session, lot, line))
    _fill(session, entry, made, MovePurpose.RECEIVED, None)
    if isinstance(line, ScannedLine):
        _keep_scans(session, record, line)
    _hold_line(session, act, line, record, made)
    holds.hold_arrivals(session, act, made, place)
    return lot


def _hold_line(session: Session, act: Act, line: ReceiveLine, record: DeliveryLine, made: Sequence[Container]) -> None:
    if session.get_one(Site, act.site_id).holds_incoming:
        session.flush()  # the hold names the line it came with
        holds.hold_containers(session, act, made, Cause(HoldKind.INCOMING, "waiting for release", record.id))
    if line.damaged:
        damaged = Cause(HoldKind.QUALITY, _damage(line), record.id)
        holds.hold_containers(session, act, made[: line.damaged], damaged)
    if line.hold_cause is not None:
        kept = Cause(HoldKind.QUALITY, texts.reason(line.hold_cause), record.id)
        holds.hold_containers(session, act, made, kept)


def _damage(line: ReceiveLine) -> str:
    return f"damaged on arrival: {texts.reason(line.damage_reason)}" if line.damage_reason else "damaged on arrival"


def make_containers(
    session: Session, entry: StockEntry, lot: Lot, place: Location, count: int, pack_ids: Sequence[int] = ()
) -> list[Container]:
    """New empty containers of a lot at a place, ready to be filled; the first ones in the packs of `pack_ids`."""
    _refuse_count("Containers", count, 1, MOST_CONTAINERS)
    made = [
        Container(
            code=make_code(CodeKind.CONTAINER, secrets.randbits),
            lot=lot,
            pack_id=pack_ids[number] if number < len(pack_ids) else None,
            location=place,
            location_id=place.id,
            content=lot.product.content,
            found=ledger.NOTHING,
            remaining=ledger.NOTHING,
            received_at=entry.occurred_at,
        )
        for number in range(count)
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
        ledger.bring_in(session, entry, container, amount_to_fill(container.lot.product, remaining), purpose)


def amount_to_fill(product: Product, remaining: Decimal | None) -> Decimal:
    """What comes in with one container: all it can hold, unless said. Raises `InvalidAmount`."""
    amount = product.content if remaining is None else checked_amount(remaining)
    if amount > product.content:
        raise InvalidAmount(f"{amount:f}", f"is more than one container holds ({format_number(product.content)})")
    if product.tracking is Tracking.PACK and amount != amount.to_integral_value():
        raise InvalidAmount(f"{amount:f}", "is not a whole number of pieces")
    return amount


def _packs(session: Session, lot: Lot, line: ReceiveLine) -> list[int]:
    """The pack of each container that comes in one known by its serial number, in order."""
    if line.gtin is not None and line.serial is not None:
        return [_new_pack(session, lot, SerialPack(line.gtin, line.serial))] * line.containers
    _refuse_count("Containers in a box", line.per_pack, 1, MOST_CONTAINERS)
    made = [_new_pack(session, lot, pack) for pack in line.packs]
    return [pack_id for pack_id in made for _ in range(line.per_pack)]


def _shelf_packs(session: Session, lot: Lot, line: OpeningLine) -> list[int]:
    """As `_packs`. A box that was recorded and taken back is recorded again, perhaps with another lot."""
    if line.gtin is None or line.serial is None:
        return []
    known = shelf.find_pack(session, pack_number(line.gtin), texts.line("Serial number", line.serial, LONGEST_SERIAL))
    if known is None:
        return [_new_pack(session, lot, SerialPack(line.gtin, line.serial))] * line.containers
    known.lot_id = lot.id
    return [known.id] * line.containers


def _new_pack(session: Session, lot: Lot, pack: SerialPack) -> int:
    """Raises `SerialAlreadyReceived`: a box comes in once."""
    gtin = pack_number(pack.gtin)
    serial = texts.line("Serial number", pack.serial, LONGEST_SERIAL)
    known = find_pack_lot(session, gtin=gtin, serial=serial)
    if known is not None:
        raise SerialAlreadyReceived(serial, known)
    row = Pack(gtin=gtin, serial=serial, lot_id=lot.id)
    session.add(row)
    session.flush()  # the containers name their pack
    return row.id


def pack_number(gtin: str) -> str:
    """The number on a box as packs keep it: a GTIN with 14 digits, so that all its lengths meet (SCN-02)."""
    given = texts.line("GTIN", gtin, LONGEST_GTIN)
    return find_gtin(given) or given


def find_pack_lot(session: Session, *, gtin: str, serial: str) -> str | None:
    """The lot with which a box came in, if it did."""
    query = select(Lot.lot_number).join(Pack, Pack.lot_id == Lot.id).where(Pack.gtin == gtin, Pack.serial == serial)
    return session.scalars(query).one_or_none()


def _keep_scans(session: Session, record: DeliveryLine, line: ScannedLine) -> None:
    session.flush()  # the scans name the line
    for scan in line.scans:
        kept = DeliveryScan(delivery_line_id=record.id, raw=scan.raw)
        kept.scanned_at, kept.scanned_by_id = scan.scanned_at, scan.scanned_by_id
        session.add(kept)


def checked_cost(cost: Decimal | None) -> Decimal | None:
    if cost is None:
        return None
    checked = checked_amount_or_zero(cost)
    if checked > DEAREST or checked != round(checked, COST_DECIMALS):
        raise InvalidText("Unit cost", f"is not a price up to {DEAREST} with at most {COST_DECIMALS} decimals")
    return checked


def checked_scan(raw: str | None) -> str | None:
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


def _scanned_lines(raw: str | None) -> str | None:
    """Two codes of one box are kept a line each, as they came."""
    if raw is None:
        return None
    return "\n".join(filter(None, (checked_scan(each) for each in raw.replace("\r\n", "\n").split("\n"))))


def _place_to_fill(session: Session, act: Act, location_id: int, lines: Sequence[object]) -> Location:
    place = places.get_place(session, act.site_id, location_id)
    if not lines:
        raise NothingToReceive
    causes = holds.causes_at_place(session, place)
    if causes and not place.is_quarantine:
        raise PlaceHeld(place.name, "; ".join(causes))
    return place


def refuse_unusable(lot: Lot, today: date, *, is_held: bool) -> None:
    """LOT-02: expired or without expiry only into a hold."""
    if is_held:
        return
    if lot.expires_on is None:
        raise OnlyIntoHold(lot.lot_number, "has no expiry date")
    if is_expired(lot.expires_on, today):
        raise OnlyIntoHold(lot.lot_number, f"expired on {lot.expires_on.isoformat()}")


def _refuse_by_date(session: Session, act: Act, product: Product, lot: Lot, line: ReceiveLine) -> None:
    """LOT-02, LOT-05: expired, without expiry or short-dated only into a hold."""
    problem = dating.problem(session, act, product, lot.expires_on)
    if problem is not None and line.hold_cause is None:
        raise OnlyIntoHold(lot.lot_number, problem)
