"""Products of which less is usable at a site than the point below which more is ordered.

The point is the product's, the same at every site. A site is asked about what it has or has ever had: it need not
order what only the others work with.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.stock.stock_list import NOTHING, Stock, Wanted, find_stock
from models.catalogue import Product
from models.organisation import Location
from models.stock import Container, Lot
from models.vocabulary import Unit


@dataclass(frozen=True)
class ProductToOrder:
    """`blocked`: on hand besides, but not usable."""

    id: int
    name: str
    unit: Unit
    usable: Decimal
    blocked: Decimal
    point: Decimal

    @property
    def short(self) -> Decimal:
        return self.point - self.usable


def products_to_order(session: Session, *, site_id: int, now: datetime) -> list[ProductToOrder]:
    """Those with nothing usable first, then by name."""
    return below_point(session, site_id, find_stock(session, site_id=site_id, wanted=Wanted(), now=now))


def below_point(session: Session, site_id: int, stock: Stock) -> list[ProductToOrder]:
    """`stock`: of now, all of the site."""
    was_here = (
        select(Container.id)
        .join(Lot, Lot.id == Container.lot_id)
        .join(Location, Location.id == Container.location_id)
        .where(Lot.product_id == Product.id, Location.site_id == site_id)
        .exists()
    )
    query = select(Product.id, Product.name, Product.unit, Product.reorder_point).where(
        Product.reorder_point.is_not(None), Product.is_active, was_here
    )
    asked = session.execute(query).all()
    on_hand = {line.id: line for line in stock.lines({row.id for row in asked}.intersection(stock.product_ids))}
    lines = []
    for product_id, name, unit, point in asked:
        here = on_hand.get(product_id)
        usable, blocked = (NOTHING, NOTHING) if here is None else (here.usable, here.blocked)
        if point is not None and usable < point:
            lines.append(ProductToOrder(product_id, name, unit, usable, blocked, point))
    return sorted(lines, key=lambda line: (line.usable > 0, line.name.casefold(), line.id))
