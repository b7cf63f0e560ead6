"""Rows that become opening stock, judged by the checks of a count at the shelf, row by row and against one another.

`StockFacts` is all that the records have a say in. Its `state` is compared under the lock: where it is the same as when
the file was checked, so is the answer.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory import texts
from inventory.access import Act
from inventory.errors import (
    ExpiryDiffers,
    LotWasMerged,
    PlaceHeld,
    ProductMadeHere,
    RecordNotFound,
)
from inventory.importing.cells import Cells
from inventory.importing.findings import Findings
from inventory.importing.limits import LIMITS
from inventory.rules.barcodes.check_digits import find_gtin
from inventory.rules.lookalikes import look_of
from inventory.rules.parts import Part
from inventory.rules.standins import is_standin
from inventory.stock import completeness, dating, holds, places, receiving, shelf
from inventory.stock.errors import LotNumberReserved, PlaceDeclaredDone
from inventory.stock.holds import Cause
from inventory.stock.lots import LONGEST_LOT_NUMBER
from inventory.stock.shelf import OpeningLine
from models.catalogue import Product, ProductCode
from models.organisation import Location, Site
from models.stock import Container, Hold, Lot
from models.vocabulary import CodeScheme, LotOrigin, RegulatoryClass

LotKey = tuple[int, str]
_PARTS = {"¼": Part.QUARTER, "1/4": Part.QUARTER, "½": Part.HALF, "1/2": Part.HALF, "¾": Part.THREE_QUARTERS} | {
    "3/4": Part.THREE_QUARTERS,
    "quarter": Part.QUARTER,
    "half": Part.HALF,
    "three quarters": Part.THREE_QUARTERS,
    "full": Part.WHOLE,
}


@dataclass(frozen=True)
class KnownLot:
    id: int
    expires_on: date | None
    is_merged: bool


@dataclass(frozen=True)
class StockFacts:
    """`places`: by name and by code, small letters. `refused`: why nothing may be put there, by place."""

    today: date
    zone: ZoneInfo
    products: Mapping[str, Product]
    by_code: Mapping[str, Product]
    places: Mapping[str, Location]
    refused: Mapping[int, str]
    lots: Mapping[LotKey, KnownLot]
    state: tuple[Any, ...]


@dataclass(frozen=True)
class NewLine:
    """Containers of one row, ready to be written. Where nobody knows the opening, it is the time of the last check."""

    row_number: int
    lot: LotKey
    expires_on: date | None
    is_month_only: bool
    location_id: int
    containers: int
    content: Decimal
    amount: Decimal
    opened_at: datetime | None
    discard_at: datetime | None
    causes: tuple[Cause, ...]
    left_entered: str | None


def stock_facts(session: Session, act: Act) -> StockFacts:
    site = session.get_one(Site, act.site_id)
    today = dating.today_at(session, act)
    products = list(session.scalars(select(Product).where(~Product.is_free_cocktail).order_by(Product.id)))
    by_id = {product.id: product for product in products}
    named = select(ProductCode.code, ProductCode.product_id).where(
        ProductCode.scheme == CodeScheme.GTIN, ProductCode.removed_at.is_(None)
    )
    codes = sorted((code, product_id) for code, product_id in session.execute(named))
    known_places = places.list_places(session, site_id=site.id)
    refused = _refused(session, site.id, known_places)
    known = session.execute(
        select(Lot.product_id, Lot.lot_number, Lot.id, Lot.expires_on, Lot.merged_into_id).order_by(Lot.id)
    ).all()
    state = (
        (today, site.time_zone, site.rule_pack, site.mixing_place),
        tuple((product.id, product.version) for product in products),
        tuple(codes),
        tuple((place.id, place.name, place.code, place.is_quarantine) for place in known_places),
        tuple(sorted(refused.items())),
        tuple(tuple(row) for row in known),
        _holds_of_places(session, known_places),
    )
    return StockFacts(
        today=today,
        zone=ZoneInfo(site.time_zone),
        products={product.name: product for product in products},
        by_code={code: by_id[product_id] for code, product_id in codes if product_id in by_id},
        places={name: place for place in known_places for name in _names(place)},
        refused=refused,
        lots={(row[0], row[1]): KnownLot(row[2], row[3], row[4] is not None) for row in known},
        state=state,
    )


def _names(place: Location) -> Iterable[str]:
    return (name.casefold() for name in (place.code, place.name) if name)


def _refused(session: Session, site_id: int, known: Iterable[Location]) -> dict[int, str]:
    done = {place.id for place in completeness.site_status(session, site_id=site_id).places if place.is_done}
    refused = {}
    for place in known:
        causes = holds.causes_at_place(session, place)
        if place.id in done:
            refused[place.id] = PlaceDeclaredDone(place.name).what
        elif causes and not place.is_quarantine:
            refused[place.id] = PlaceHeld(place.name, "; ".join(causes)).what
    return refused


def _holds_of_places(session: Session, known: Iterable[Location]) -> tuple[int, ...]:
    ids = [place.id for place in known]
    query = select(Hold.id).where(Hold.location_id.in_(ids), Hold.lifted_at.is_(None)).order_by(Hold.id)
    return tuple(session.scalars(query))


def check_stock(rows: Iterable[tuple[int, Cells]], facts: StockFacts, act: Act, findings: Findings) -> list[NewLine]:
    """`act`: whose time it is judged by."""
    checking = _Checking(facts, act, findings)
    made = [line for number, cells in rows if (line := checking.row(number, cells)) is not None]
    checking.refuse_too_many()
    return made


class _Checking:
    """One file on its way through the checks, with what its rows have said of lots so far."""

    def __init__(self, facts: StockFacts, act: Act, findings: Findings) -> None:
        self.facts = facts
        self.act = act
        self.findings = findings
        self.said: dict[LotKey, tuple[date | None, int]] = {}
        self.containers = 0
        self.looks: dict[tuple[int, str], dict[str, int | None]] = defaultdict(dict)
        for product_id, number in facts.lots:
            if not is_standin(number):
                self.looks[product_id, look_of(number)][number] = None

    def row(self, number: int, cells: Cells) -> NewLine | None:
        read, facts = self.findings.read, self.facts
        product = read(number, "product", lambda: self._product(cells))
        place = read(number, "place", lambda: self._place(cells))
        lot_number = read(number, "lot_number", lambda: _lot_number(cells))
        expiry = read(number, "expires_on", lambda: cells.expiry("expires_on", facts.today))
        most = receiving.MOST_CONTAINERS
        containers = read(number, "containers", lambda: cells.count("containers", "Vials", 1, most))
        left = read(number, "remaining", lambda: _left(cells))
        opened_at = read(number, "opened_on", lambda: cells.opening("opened_on", facts.today, facts.zone))
        hold_cause = read(number, "hold_cause", lambda: _hold_cause(cells))
        if place is not None and place.id in facts.refused:
            self.findings.refuse(number, "place", facts.refused[place.id])
        if product is None or lot_number is None or number in self.findings.bad_rows:
            return None
        assert place is not None  # noqa: S101  # else its row were bad
        part, remaining = left if left is not None else (None, None)
        line = OpeningLine(
            product_id=product.id,
            lot_number=lot_number,
            expires_on=None if expiry is None else expiry.expires_on,
            is_month_only=expiry is not None and expiry.is_month_only,
            containers=containers or 0,
            remaining=remaining,
            part=part,
            opened_at=opened_at,
            hold_cause=hold_cause,
        )
        self._judge_lot(number, product, line)
        return self._filled(number, product, place, line)

    def refuse_too_many(self) -> None:
        if self.containers > LIMITS.containers:
            sentence = f"The file has {self.containers} vials; {LIMITS.containers} fit into one."
            self.findings.refuse(1, "containers", sentence)

    def _product(self, cells: Cells) -> Product:
        text = cells.needed("product", "Product")
        found = self.facts.products.get(text) or self.facts.by_code.get(find_gtin(text) or "")
        if found is None:
            raise RecordNotFound("product", text)
        return found

    def _place(self, cells: Cells) -> Location:
        text = cells.needed("place", "Place")
        found = self.facts.places.get(text.casefold())
        if found is None:
            raise RecordNotFound("place", text)
        return found

    def _judge_lot(self, number: int, product: Product, line: OpeningLine) -> None:
        """As `lots.known_or_new`, against the records and against the rows above."""
        lot_number = line.lot_number or ""
        key = (product.id, lot_number)
        known = self.facts.lots.get(key)
        if known is not None and known.is_merged:
            self.findings.refuse(number, "lot_number", LotWasMerged(lot_number).what)
        elif known is not None and known.expires_on != line.expires_on:
            refusal = ExpiryDiffers(lot_number, _shown(known.expires_on), _shown(line.expires_on))
            self.findings.refuse(number, "expires_on", refusal.what)
        elif known is None and product.regulatory_class is RegulatoryClass.COMPOUNDED_HERE:
            self.findings.refuse(number, "product", ProductMadeHere(product.name).what)
        said_expiry, said_in = self.said.setdefault(key, (line.expires_on, number))
        if said_expiry != line.expires_on:
            refusal = ExpiryDiffers(lot_number, _shown(said_expiry), _shown(line.expires_on))
            self.findings.refuse(number, "expires_on", f"{refusal.what} See row {said_in}.")
        self._ask_of_lookalike(number, product, lot_number)

    def _ask_of_lookalike(self, number: int, product: Product, lot_number: str) -> None:
        """LOT-04, once for each spelling."""
        alike = self.looks[product.id, look_of(lot_number)]
        if lot_number not in alike and alike:
            other, said_in = next(iter(alike.items()))
            where = "is known" if said_in is None else f"is in row {said_in}"
            self.findings.ask(
                number, "lot_number", f"Lot {lot_number!r} looks like {other!r}, which {where}: one or two?"
            )
        alike.setdefault(lot_number, number)

    def _filled(self, number: int, product: Product, place: Location, line: OpeningLine) -> NewLine | None:
        """What comes of the row, made as the count at the shelf makes it, in records that no session knows."""
        read = self.findings.read
        causes = shelf.causes_of(line)
        lot = Lot(
            product=product,
            product_id=product.id,
            lot_number=line.lot_number,
            expires_on=line.expires_on,
            origin=LotOrigin.RECEIVED,
        )
        read(number, "expires_on", lambda: receiving.refuse_unusable(lot, self.facts.today, is_held=bool(causes)))
        amount = read(number, "remaining", lambda: receiving.amount_to_fill(product, shelf.amount_left(line, product)))
        if amount is None:
            return None
        container = Container(
            code=f"in row {number}", lot=lot, location=place, content=product.content, remaining=amount
        )
        read(number, "opened_on", lambda: shelf.mark_opened(self.act, [container], line))
        self.containers += line.containers
        if number in self.findings.bad_rows:
            return None
        record = shelf.entered(line, product)
        return NewLine(
            row_number=number,
            lot=(product.id, lot.lot_number),
            expires_on=line.expires_on,
            is_month_only=line.is_month_only,
            location_id=place.id,
            containers=line.containers,
            content=product.content,
            amount=amount,
            opened_at=container.opened_at,
            discard_at=container.discard_at,
            causes=tuple(causes),
            left_entered=record,
        )


def _lot_number(cells: Cells) -> str:
    number = texts.line("Lot number", cells.needed("lot_number", "Lot number"), LONGEST_LOT_NUMBER)
    if is_standin(number):
        raise LotNumberReserved(number)
    return number


def _left(cells: Cells) -> tuple[Part | None, Decimal | None]:
    text = cells.text("remaining")
    part = None if text is None else _PARTS.get(text.casefold())
    return (part, None) if part is not None else (None, cells.amount("remaining"))


def _hold_cause(cells: Cells) -> str | None:
    text = cells.text("hold_cause")
    return None if text is None else texts.reason(text)


def _shown(day: date | None) -> str:
    return "none" if day is None else day.isoformat()
