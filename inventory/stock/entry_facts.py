"""What was recorded in the cupboard: one entry with its moves, one delivery with its lots."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from inventory.access import Actor
from inventory.errors import RecordNotFound
from inventory.stock import history
from inventory.stock.deliveries import newest_costs
from inventory.stock.history import MoveLine
from models.catalogue import Product, Supplier
from models.people import User
from models.stock import Delivery, DeliveryLine, Lot, StockEntry
from models.vocabulary import DeliveryLineKind, EntryPurpose


@dataclass(frozen=True)
class EntryFacts:
    """`corrected_by`: entries that correct this one, oldest first."""

    id: int
    site_id: int
    purpose: EntryPurpose
    occurred_at: datetime
    recorded_at: datetime
    by: str
    reason: str | None
    delivery_id: int | None
    record_id: int | None
    session_id: int | None
    corrects_id: int | None
    corrected_by: tuple[int, ...]
    moves: tuple[MoveLine, ...]


@dataclass(frozen=True)
class ReceivedLot:
    """`unit_cost`: the newest that was told, of one container."""

    line_id: int
    lot_id: int
    lot_number: str
    product_id: int
    product_name: str
    expires_on: date | None
    kind: DeliveryLineKind
    containers: int
    damaged: int
    unit_cost: Decimal | None


@dataclass(frozen=True)
class DeliveryFacts:
    id: int
    site_id: int
    supplier_id: int
    supplier: str
    reference: str
    received_at: datetime
    entry_id: int
    lines: tuple[ReceivedLot, ...]
    container_codes: tuple[str, ...]


def entry_facts(session: Session, *, actor: Actor, entry_id: int) -> EntryFacts:
    """An entry of the present site. Raises `RecordNotFound`."""
    entry = session.get(StockEntry, entry_id)
    if entry is None or entry.site_id != actor.site_id:
        raise RecordNotFound("entry", str(entry_id))
    corrections = select(StockEntry.id).where(StockEntry.corrects_id == entry.id).order_by(StockEntry.id)
    return EntryFacts(
        id=entry.id,
        site_id=entry.site_id,
        purpose=entry.purpose,
        occurred_at=entry.occurred_at,
        recorded_at=entry.recorded_at,
        by=session.get_one(User, entry.user_id).full_name,
        reason=entry.reason,
        delivery_id=entry.delivery_id,
        record_id=entry.compounding_record_id,
        session_id=entry.treatment_session_id,
        corrects_id=entry.corrects_id,
        corrected_by=tuple(session.scalars(corrections)),
        moves=tuple(history.moves_of_entry(session, entry_id=entry.id)),
    )


def delivery_facts(session: Session, *, actor: Actor, delivery_id: int) -> DeliveryFacts:
    """A delivery to the present site. Raises `RecordNotFound`."""
    delivery = session.get(Delivery, delivery_id)
    if delivery is None or delivery.site_id != actor.site_id:
        raise RecordNotFound("delivery", str(delivery_id))
    entry_id = session.scalars(select(StockEntry.id).where(StockEntry.delivery_id == delivery.id)).one()
    moves = history.moves_of_entry(session, entry_id=entry_id)
    return DeliveryFacts(
        id=delivery.id,
        site_id=delivery.site_id,
        supplier_id=delivery.supplier_id,
        supplier=session.get_one(Supplier, delivery.supplier_id).name,
        reference=delivery.reference,
        received_at=delivery.received_at,
        entry_id=entry_id,
        lines=_lines(session, delivery.id),
        container_codes=tuple(move.container_code for move in moves),
    )


def _lines(session: Session, delivery_id: int) -> tuple[ReceivedLot, ...]:
    query: Select[*tuple[Any, ...]] = (
        select(
            DeliveryLine.id,
            Lot.id,
            Lot.lot_number,
            Product.id,
            Product.name,
            Lot.expires_on,
            DeliveryLine.kind,
            DeliveryLine.containers,
            DeliveryLine.damaged,
            DeliveryLine.unit_cost,
        )
        .select_from(DeliveryLine)
        .join(Lot, Lot.id == DeliveryLine.lot_id)
        .join(Product, Product.id == Lot.product_id)
        .where(DeliveryLine.delivery_id == delivery_id)
        .order_by(DeliveryLine.id)
    )
    later = newest_costs(session, delivery_id=delivery_id)
    found = [ReceivedLot(*row) for row in session.execute(query)]
    return tuple(replace(line, unit_cost=later.get(line.line_id, line.unit_cost)) for line in found)
