"""What a scan or a few words may mean: one of our codes of any kind, a lot number, a product's name.

Maker's barcodes are read when receiving is (docs/glossary.md); here they are looked up as plain words.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import islice

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.care import patients
from inventory.errors import InvalidCode, RecordNotFound
from inventory.rules.codes import CodeKind, check_code, kind_of
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
    """`code`: what one of our codes stands for. Otherwise at most `MOST` of each, or nothing at all."""

    code: CodeMeaning | None = None
    lots: tuple[FoundLot, ...] = ()
    products: tuple[str, ...] = ()


def search(session: Session, *, text: str) -> Found:
    """Raises `WrongCheckCharacter` for one of our codes with a slip, and `RecordNotFound` for a code never given."""
    words = text.replace("\x00", "").strip()[:LONGEST]  # what no text of ours holds, and no database looks for
    try:
        code = check_code(words)
    except InvalidCode:
        return Found(None, _lots(session, words), _products(session, words))
    try:
        return Found(_MEANINGS[kind_of(code)](session, code))
    except RecordNotFound:
        lots = _lots(session, words)  # a maker's lot number may happen to look like one of our codes
        if not lots:
            raise
        return Found(None, lots)


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
    """Lots whose number begins so; the very number first."""
    query = (
        select(Lot.id, Lot.lot_number, Product.name, Lot.expires_on)
        .join(Product, Product.id == Lot.product_id)
        .where(Lot.lot_number.startswith(words, autoescape=True))
        .order_by(Lot.lot_number, Lot.id)
    )
    return tuple(FoundLot(*row) for row in session.execute(query.limit(MOST)))


def _products(session: Session, words: str) -> tuple[str, ...]:
    """Compared here, because SQLite's lower() knows only the letters of English."""
    wanted = words.casefold()
    names = session.scalars(select(Product.name).order_by(Product.name))
    return tuple(islice((name for name in names if wanted in name.casefold()), MOST))
