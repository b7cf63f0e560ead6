"""What is on hand: sums over containers that still hold something, never over moves.

Each query reads the partial index of non-empty containers, so its cost follows the stock, not its history.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, Select, func, select, tuple_
from sqlalchemy.orm import Session

from models.catalogue import Product
from models.organisation import Location
from models.stock import Container, Lot
from models.vocabulary import Unit

_ORDER = (Product.name, Lot.lot_number, Lot.id, Location.id)


@dataclass(frozen=True)
class OnHand:
    """Of one lot in one place: how much, in how many containers, how many of them opened."""

    product_id: int
    product: str
    unit: Unit
    lot_id: int
    lot_number: str
    expires_on: date | None
    location_id: int
    location: str
    amount: Decimal
    containers: int
    opened: int


def on_hand(  # noqa: PLR0913  # filters, all by keyword
    session: Session,
    *,
    site_id: int,
    product_id: int | None = None,
    lot_id: int | None = None,
    location_id: int | None = None,
    after: tuple[str, str, int, int] | None = None,
    limit: int = 1000,
) -> list[OnHand]:
    """By product, lot and place, in that order. `after`: the sort key of the last row of the page before."""
    query = _grouped().where(Location.site_id == site_id)
    if product_id is not None:
        query = query.where(Product.id == product_id)
    if lot_id is not None:
        query = query.where(Lot.id == lot_id)
    if location_id is not None:
        query = query.where(Location.id == location_id)
    if after is not None:
        query = query.where(tuple_(*_ORDER) > after)
    return _as_values(session.execute(query.order_by(*_ORDER).limit(limit)).all())


def on_hand_of_lot(session: Session, *, lot_id: int) -> list[OnHand]:
    """At every site of the organisation."""
    return _as_values(session.execute(_grouped().where(Lot.id == lot_id).order_by(Location.id)).all())


def _grouped() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Product.id,
            Product.name,
            Product.unit,
            Lot.id,
            Lot.lot_number,
            Lot.expires_on,
            Location.id,
            Location.name,
            func.sum(Container.remaining),
            func.count(Container.id),
            func.count(Container.opened_at),
        )
        .select_from(Container)
        .join(Lot, Lot.id == Container.lot_id)
        .join(Product, Product.id == Lot.product_id)
        .join(Location, Location.id == Container.location_id)
        .where(Container.remaining > 0)
        .group_by(
            Product.id, Product.name, Product.unit, Lot.id, Lot.lot_number, Lot.expires_on, Location.id, Location.name
        )
    )


def _as_values(rows: Sequence[Row[*tuple[Any, ...]]]) -> list[OnHand]:
    return [OnHand(*row) for row in map(tuple, rows)]
