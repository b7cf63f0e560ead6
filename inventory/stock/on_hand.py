"""What is on hand: sums over containers that still hold something, never over moves.

Each query reads the partial index of non-empty containers, so its cost follows the stock, not its history.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, Subquery, func, select, tuple_
from sqlalchemy.orm import Session

from models.catalogue import Product
from models.organisation import Location
from models.stock import IS_NOT_EMPTY, Container, Lot
from models.vocabulary import Unit

_ORDER = (Product.name, Lot.lot_number, Lot.id, Location.id)


class OnHand(NamedTuple):
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
    query = _by_lot_and_place(lot_id, location_id).where(Location.site_id == site_id)
    if product_id is not None:
        query = query.where(Product.id == product_id)
    if after is not None:
        query = query.where(tuple_(*_ORDER) > after)
    return _as_values(session.execute(query.order_by(*_ORDER).limit(limit)).all())


def on_hand_of_lot(session: Session, *, lot_id: int) -> list[OnHand]:
    """At every site of the organisation."""
    return _as_values(session.execute(_by_lot_and_place(lot_id).order_by(Location.id)).all())


# Written out: a parameter would keep the database from the partial index of what is not empty.


def _by_lot_and_place(lot_id: int | None = None, location_id: int | None = None) -> Select[*tuple[Any, ...]]:
    sums = (
        select(
            Container.lot_id,
            Container.location_id,
            func.sum(Container.remaining).label("amount"),
            func.count(Container.id).label("containers"),
            func.count(Container.opened_at).label("opened"),
        )
        .where(IS_NOT_EMPTY)
        .group_by(Container.location_id, Container.lot_id)
    )
    if lot_id is not None:
        sums = sums.where(Container.lot_id == lot_id)
    if location_id is not None:
        sums = sums.where(Container.location_id == location_id)
    return _with_names(sums.subquery())


def _with_names(sums: Subquery) -> Select[*tuple[Any, ...]]:
    # Names join the sums, not the containers: there are ten or a hundred times as many of those.
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
            sums.c.amount,
            sums.c.containers,
            sums.c.opened,
        )
        .select_from(sums)
        .join(Lot, Lot.id == sums.c.lot_id)
        .join(Product, Product.id == Lot.product_id)
        .join(Location, Location.id == sums.c.location_id)
    )


def _as_values(rows: Sequence[Row[*tuple[Any, ...]]]) -> list[OnHand]:
    return [OnHand._make(row) for row in rows]
