"""What a scan or a few words may mean: one of our codes, a lot number, a product's name.

Maker's barcodes are read when receiving is (docs/glossary.md); here they are looked up as plain words.
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inventory.errors import InvalidCode
from inventory.rules.codes import CodeKind, check_code, kind_of
from inventory.stock import usability
from models.catalogue import Product
from models.stock import Lot

MOST = 20
LONGEST = 400


@dataclass(frozen=True)
class FoundContainer:
    """`site` is where it is now, which may be another site than the one that asks."""

    code: str
    site_id: int
    site: str


@dataclass(frozen=True)
class FoundLot:
    id: int
    lot_number: str
    product_name: str
    expires_on: date | None


@dataclass(frozen=True)
class Found:
    """At most `MOST` of each; nothing at all when the text means nothing here."""

    container: FoundContainer | None
    lots: tuple[FoundLot, ...] = ()
    products: tuple[str, ...] = ()


def search(session: Session, *, text: str) -> Found:
    """Raises `WrongCheckCharacter` for one of our codes with a slip, and `RecordNotFound` for a code never given."""
    words = text.strip()[:LONGEST]
    try:
        code = check_code(words)
    except InvalidCode:
        return Found(None, _lots(session, words), _products(session, words))
    if kind_of(code) is not CodeKind.CONTAINER:
        return Found(None)
    container = usability.get_container_anywhere(session, code)
    site = container.location.site
    return Found(FoundContainer(container.code, site.id, site.name))


def _lots(session: Session, words: str) -> tuple[FoundLot, ...]:
    """Lots whose number begins so; the very number first."""
    query = (
        select(Lot.id, Lot.lot_number, Product.name, Lot.expires_on)
        .join(Product, Product.id == Lot.product_id)
        .where(Lot.lot_number.startswith(words, autoescape=True))
        .order_by(Lot.lot_number, Lot.id)
    )
    return tuple(FoundLot(*row) for row in session.execute(query.limit(MOST)))


def _products(session: Session, words: str) -> tuple[str, ...]:
    query = select(Product.name).where(func.lower(Product.name).contains(words.lower(), autoescape=True))
    return tuple(session.scalars(query.order_by(Product.name).limit(MOST)))
