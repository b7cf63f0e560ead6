"""What a person says of the vials that stand on the shelf when the clinic starts, and what follows from it.

- Of an opened vial: what is left, as a part or an amount, and since when. Where nobody knows since when, it comes in
  under a hold and its in-use time is over, even once the hold is lifted (rule OPN-02).
- What cannot be read is held as unidentified: counted and discarded like the rest, never used, and let go only by the
  correction that says which lot it is (rule OPN-01). A number that can be read stays findable, also without its expiry.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory import texts
from inventory.access import Act
from inventory.catalogue.products import get_product
from inventory.errors import InvalidText, PackNotOpenable
from inventory.rules.amounts import format_number
from inventory.rules.parts import SIGNS, Part, amount_of
from inventory.rules.standins import STANDIN_BEGINS
from inventory.stock import ledger, lots, opening
from inventory.stock.errors import PackAlreadyRecorded
from inventory.stock.holds import Cause
from inventory.stock.usability import Use
from models.catalogue import Product
from models.organisation import Location
from models.stock import IS_NOT_EMPTY, Container, Hold, Lot, OpeningStockLine, Pack, StockEntry
from models.vocabulary import HoldKind, Tracking


@dataclass(frozen=True)
class OpeningLine:
    """Containers that stood in the cupboard already. Of opened ones: what is left in each, and since when.

    `part` says what is left where `remaining` does not. `is_opening_unknown`: opened, and nobody knows when.
    What cannot be read is said so; `can_be_read` is what a person still makes out of it. `is_another_lot`: really
    another than the known one that looks like it.
    """

    product_id: int
    lot_number: str | None
    expires_on: date | None
    containers: int = 1
    is_month_only: bool = False
    remaining: Decimal | None = None
    hold_cause: str | None = None
    opened_at: datetime | None = None
    part: Part | None = None
    is_opening_unknown: bool = False
    is_lot_unreadable: bool = False
    is_expiry_unreadable: bool = False
    can_be_read: str | None = None
    raw_scan: str | None = None
    gtin: str | None = None
    serial: str | None = None
    is_another_lot: bool = False


@dataclass(frozen=True)
class RecordOpeningStock:
    location_id: int
    lines: tuple[OpeningLine, ...]


def lot_of(session: Session, line: OpeningLine) -> Lot:
    """The lot as known, made known now, or one of its own. Raises the refusals of `lots.known_or_new`."""
    product = get_product(session, line.product_id)
    if line.lot_number is not None and not line.is_another_lot:
        lots.refuse_new_lookalike(session, product.id, line.lot_number)
    if line.is_expiry_unreadable and line.expires_on is not None:
        raise InvalidText("Expiry", "is both given and said to be unreadable")
    if line.is_lot_unreadable:
        if line.lot_number is not None:
            raise InvalidText("Lot number", "is both given and said to be unreadable")
        return lots.unreadable(session, product, line.expires_on, is_month_only=line.is_month_only)
    if line.lot_number is None:
        raise InvalidText("Lot number", "is missing: enter it, or say that it cannot be read")
    return lots.known_or_new(session, product, line.lot_number, line.expires_on, is_month_only=line.is_month_only)


def causes_of(line: OpeningLine) -> list[Cause]:
    """Why these containers are kept from use from the beginning."""
    causes = []
    unreadable = [
        name
        for name, is_unreadable in (("lot number", line.is_lot_unreadable), ("expiry", line.is_expiry_unreadable))
        if is_unreadable
    ]
    if unreadable:
        said = f"{' and '.join(unreadable)} cannot be read"
        if line.can_be_read is not None:
            said = f"{said}; to be seen: {texts.reason(line.can_be_read)}"
        causes.append(Cause(HoldKind.UNIDENTIFIED, said))
    if line.is_opening_unknown:
        causes.append(Cause(HoldKind.QUALITY, "opened, and nobody knows when"))
    if line.hold_cause is not None:
        causes.append(Cause(HoldKind.QUALITY, texts.reason(line.hold_cause)))
    return causes


def amount_left(line: OpeningLine, product: Product) -> Decimal | None:
    """What each container holds; None for a full one."""
    if line.part is None:
        return line.remaining
    if line.remaining is not None:
        raise InvalidText("Left", "is given twice, as a part and as an amount")
    return amount_of(line.part, product.content)


def mark_opened(act: Act, made: Sequence[Container], line: OpeningLine) -> None:
    """A vial of which a part is gone was opened: its in-use time has been running since.

    Where nobody knows since when, it comes in only under a hold, and its time is over even once that is lifted.
    """
    if line.opened_at is not None:
        opened_at = ledger.happened_at(act, line.opened_at)
        for container in made:
            opening.mark_opened(container, Use(at=opened_at))
        return
    is_said = line.part is not None or line.is_opening_unknown
    for container in made:
        if is_said and container.lot.product.tracking is Tracking.PACK:
            raise PackNotOpenable(container.code)
        if not is_said and not _is_begun(container):
            continue
        if not line.is_opening_unknown and line.hold_cause is None:
            raise InvalidText("Opened at", "is needed for what is no longer full")
        container.opened_at = container.discard_at = act.now


def _is_begun(container: Container) -> bool:
    return container.lot.product.tracking is Tracking.EACH and container.remaining < container.content


def find_pack(session: Session, gtin: str, serial: str) -> Pack | None:
    """A box known of old, of which nothing is left in the books. Raises `PackAlreadyRecorded`.

    A box with a serial number is counted once, however many people count (rule OPN-03).
    """
    query = select(Location.name).join(Container, Container.location_id == Location.id)
    query = query.join(Pack, Pack.id == Container.pack_id)
    place = session.scalar(query.where(Pack.gtin == gtin, Pack.serial == serial, IS_NOT_EMPTY).limit(1))
    if place is not None:
        raise PackAlreadyRecorded(serial, place)
    return session.scalars(select(Pack).where(Pack.gtin == gtin, Pack.serial == serial)).one_or_none()


def unidentified_of(session: Session, *, product_id: int, site_id: int | None) -> list[str]:
    """The codes of containers whose lot number nobody can read: they may be of any lot of their product."""
    query = (
        select(Container.code)
        .join(Lot, Lot.id == Container.lot_id)
        .join(Hold, Hold.container_id == Container.id)
        .where(
            Lot.product_id == product_id,
            Lot.lot_number.startswith(STANDIN_BEGINS),
            Hold.kind == HoldKind.UNIDENTIFIED,
            Hold.lifted_at.is_(None),
            IS_NOT_EMPTY,
        )
        .order_by(Container.id)
    )
    if site_id is not None:
        query = query.join(Location, Location.id == Container.location_id).where(Location.site_id == site_id)
    return list(session.scalars(query))


def line_record(
    entry: StockEntry, place: Location, lot: Lot, line: OpeningLine, raw_scan: str | None
) -> OpeningStockLine:
    """What was said and scanned, kept as it was. The entry must have its id."""
    return OpeningStockLine(
        entry_id=entry.id,
        location_id=place.id,
        lot_id=lot.id,
        containers=line.containers,
        left_entered=entered(line, lot.product),
        raw_scan=raw_scan,
        can_be_read=None if line.can_be_read is None else texts.reason(line.can_be_read),
    )


def entered(line: OpeningLine, product: Product) -> str | None:
    if line.part is not None:
        return f"{SIGNS[line.part]} of {format_number(product.content)} {product.unit.value}"
    return None if line.remaining is None else f"{format_number(line.remaining)} {product.unit.value}"
