"""What one of our codes stands for, and what words find: lots by how their number begins, products by any name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.care import patients
from inventory.catalogue.finding import FoundProduct, ShownProducts, WantedProducts, find_products
from inventory.errors import RecordNotFound
from inventory.rules.codes import CodeKind, kind_of
from inventory.stock import usability
from models.catalogue import Product
from models.organisation import Location, Site
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
class FoundPlace:
    id: int
    name: str
    code: str
    site_id: int
    site: str


@dataclass(frozen=True)
class FoundPatient:
    """A patient by reference. Who they are, and what was done for them, is not told by a search."""

    reference: str


@dataclass(frozen=True)
class FoundLot:
    id: int
    lot_number: str
    product_name: str
    expires_on: date | None


CodeMeaning = FoundContainer | FoundPlace | FoundPatient | FoundLot


@dataclass(frozen=True)
class Found:
    """At most `MOST` of each, or nothing at all."""

    lots: tuple[FoundLot, ...] = ()
    products: tuple[FoundProduct, ...] = ()


def by_words(session: Session, text: str) -> Found:
    """Lots whose number begins so, the very number first; products that are called so, or contain it."""
    if not text:
        return Found()
    offered, _ = find_products(session, wanted=WantedProducts(text), most=MOST)
    others = WantedProducts(text, show=ShownProducts.DEACTIVATED)  # there may be vials of them still
    retired, _ = find_products(session, wanted=others, most=MOST)
    return Found(_lots(session, text), (*offered, *retired)[:MOST])


def meaning_of_ours(session: Session, code: str) -> CodeMeaning:
    """Of a checked code. Raises `RecordNotFound` for one that was never given."""
    return _MEANINGS[kind_of(code)](session, code)


def _container(session: Session, code: str) -> FoundContainer:
    container = usability.get_container_anywhere(session, code)
    site = container.location.site
    return FoundContainer(container.code, site.id, site.name)


def _place(session: Session, code: str) -> FoundPlace:
    query = (
        select(Location.id, Location.name, Location.code, Site.id, Site.name)
        .join(Site, Site.id == Location.site_id)
        .where(Location.code == code)
    )
    row = session.execute(query).one_or_none()
    if row is None:
        raise RecordNotFound("place", code)
    return FoundPlace(*row)


def _patient(session: Session, code: str) -> FoundPatient:
    return FoundPatient(patients.get_patient(session, code).reference)


def _mixture(session: Session, code: str) -> FoundLot:
    found = _lots(session, code)
    if not found:
        raise RecordNotFound("preparation", code)
    return found[0]


_MEANINGS: Mapping[CodeKind, Callable[[Session, str], CodeMeaning]] = {
    CodeKind.CONTAINER: _container,
    CodeKind.LOCATION: _place,
    CodeKind.PATIENT: _patient,
    CodeKind.RECORD: _mixture,
}


def _lots(session: Session, words: str) -> tuple[FoundLot, ...]:
    query = (
        select(Lot.id, Lot.lot_number, Product.name, Lot.expires_on)
        .join(Product, Product.id == Lot.product_id)
        .where(Lot.lot_number.startswith(words, autoescape=True))
        .order_by(Lot.lot_number, Lot.id)
    )
    return tuple(FoundLot(*row) for row in session.execute(query.limit(MOST)))
