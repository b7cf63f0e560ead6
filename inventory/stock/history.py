"""The moves as they are read: each with its entry, who recorded it, between which places, and what undid it.

One statement, whatever the number of moves. Newest first, by id: late entries were entered late.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, aliased

from models.care import CompoundingRecord
from models.catalogue import Product
from models.organisation import Location
from models.people import User
from models.stock import Container, Delivery, Lot, StockEntry, StockMove
from models.vocabulary import EntryPurpose, IdentifiedBy, MovePurpose, Unit, WasteReason

MOST_MOVES = 500

_from = aliased(Location)
_to = aliased(Location)
_reversal = aliased(StockMove)
_mixture = aliased(Lot)


class DocumentKind(StrEnum):
    DELIVERY = "delivery"
    PREPARATION = "preparation"
    SESSION = "session"
    ENTRY = "entry"


@dataclass(frozen=True)
class Document:
    """What an entry rests on. `label` is its printed number; a mixture is found by its lot."""

    kind: DocumentKind
    id: int
    label: str
    lot_id: int | None = None


@dataclass(frozen=True)
class MoveLine:
    """`reverses_id` and `reversed_by_id` are moves. `site_id` is the entry's."""

    id: int
    entry_id: int
    entry_purpose: EntryPurpose
    site_id: int
    container_code: str
    lot_id: int
    occurred_at: datetime
    recorded_at: datetime
    purpose: MovePurpose
    amount: Decimal
    unit: Unit
    from_name: str
    to_name: str
    by: str
    reason: str | None
    waste_reason: WasteReason | None
    identified_by: IdentifiedBy
    reverses_id: int | None
    reversed_by_id: int | None
    document: Document | None

    @property
    def is_late(self) -> bool:
        return self.occurred_at < self.recorded_at

    @property
    def stands(self) -> bool:
        """Neither undone nor itself an undoing."""
        return self.reverses_id is None and self.reversed_by_id is None


def moves_of_container(session: Session, *, container_id: int, limit: int = MOST_MOVES) -> list[MoveLine]:
    query = _moves().where(StockMove.container_id == container_id).order_by(StockMove.id.desc()).limit(limit)
    return [_line(*row) for row in session.execute(query)]


def moves_of_entry(session: Session, *, entry_id: int) -> list[MoveLine]:
    """Of one entry, in the order in which they were written."""
    query = _moves().where(StockMove.entry_id == entry_id).order_by(StockMove.id)
    return [_line(*row) for row in session.execute(query)]


def _moves() -> Select[*tuple[Any, ...]]:
    return (
        select(
            StockMove,
            StockEntry,
            Container.code,
            Container.lot_id,
            Product.unit,
            _from.name,
            _to.name,
            User.full_name,
            _reversal.id,
            Delivery.reference,
            CompoundingRecord.lot_id,
            _mixture.lot_number,
        )
        .join(StockEntry, StockEntry.id == StockMove.entry_id)
        .join(Container, Container.id == StockMove.container_id)
        .join(Lot, Lot.id == Container.lot_id)
        .join(Product, Product.id == Lot.product_id)
        .join(_from, _from.id == StockMove.from_location_id)
        .join(_to, _to.id == StockMove.to_location_id)
        .join(User, User.id == StockEntry.user_id)
        .outerjoin(_reversal, _reversal.reverses_id == StockMove.id)
        .outerjoin(Delivery, Delivery.id == StockEntry.delivery_id)
        .outerjoin(CompoundingRecord, CompoundingRecord.id == StockEntry.compounding_record_id)
        .outerjoin(_mixture, _mixture.id == CompoundingRecord.lot_id)
    )


def _line(  # noqa: PLR0913, PLR0917  # the columns of one row
    move: StockMove,
    entry: StockEntry,
    code: str,
    lot_id: int,
    unit: Unit,
    from_name: str,
    to_name: str,
    by: str,
    reversed_by_id: int | None,
    *document: Any,
) -> MoveLine:
    return MoveLine(
        id=move.id,
        entry_id=entry.id,
        entry_purpose=entry.purpose,
        site_id=entry.site_id,
        container_code=code,
        lot_id=lot_id,
        occurred_at=entry.occurred_at,
        recorded_at=entry.recorded_at,
        purpose=move.purpose,
        amount=move.amount,
        unit=unit,
        from_name=from_name,
        to_name=to_name,
        by=by,
        reason=entry.reason,
        waste_reason=move.waste_reason,
        identified_by=move.identified_by,
        reverses_id=move.reverses_id,
        reversed_by_id=reversed_by_id,
        document=_document(entry, *document),
    )


def _document(
    entry: StockEntry, reference: str | None, mixture_id: int | None, mixture_number: str | None
) -> Document | None:
    if entry.delivery_id is not None:
        return Document(DocumentKind.DELIVERY, entry.delivery_id, reference or "")
    if entry.compounding_record_id is not None:
        return Document(DocumentKind.PREPARATION, entry.compounding_record_id, mixture_number or "", mixture_id)
    if entry.treatment_session_id is not None:
        return Document(DocumentKind.SESSION, entry.treatment_session_id, str(entry.treatment_session_id))
    if entry.corrects_id is not None:
        return Document(DocumentKind.ENTRY, entry.corrects_id, str(entry.corrects_id))
    return None
