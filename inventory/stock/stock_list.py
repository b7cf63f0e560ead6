"""The stock of one site as people look for it: product, lot, place, sealed and opened apart, usable or not.

Sums over what still holds something; sealed containers are never fetched one by one. The number of statements is
the same for every stock and every filter. Lines are made only of what is looked at: `find_stock` counts, `Stock.lines`
lays out. The stock of a past day is the same question to what stood then (`standing`), with the blocks and the times
of that evening.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Row, Select, select
from sqlalchemy.orm import Session

from inventory.errors import InFuture
from inventory.rules.expiry import end_of_day, is_expired, usable_until
from inventory.stock.container_facts import Condition
from inventory.stock.standing import Standing, standing_at, standing_now
from inventory.stock.stock_rows import OpenedRow, StandingLot, container_holds, lot_holds, standing_lots
from models.catalogue import Product
from models.folding import folded
from models.organisation import Location, Site
from models.stock import Delivery, DeliveryLine, Lot
from models.vocabulary import ContainerKind, IngredientClass, LocationKind, RegulatoryClass, Unit

EXPIRES_SOON_DAYS = 60
SOON = "expires_soon"
NOTHING = Decimal(0)


class Show(StrEnum):
    ALL = "all"
    USABLE = "usable"
    BLOCKED = "blocked"
    SEALED = "sealed"
    OPENED = "opened"


class Window(StrEnum):
    """Which lots by their last day. The days are counted from the day that is looked at, and hold that day too."""

    ANY = "any"
    EXPIRED = "expired"
    DAYS_30 = "30"
    DAYS_60 = "60"
    DAYS_90 = "90"


@dataclass(frozen=True)
class Wanted:
    """What to look for. `text`: words of a product or part of a lot number. `as_of`: at the end of that past day."""

    text: str = ""
    location_id: int | None = None
    show: Show = Show.ALL
    product_id: int | None = None
    ingredient_class: IngredientClass | None = None
    regulatory_class: RegulatoryClass | None = None
    supplier_id: int | None = None
    window: Window = Window.ANY
    as_of: date | None = None


class OpenedLine(NamedTuple):
    code: str
    remaining: Decimal
    usable_until: datetime | None
    is_usable: bool


@dataclass
class PlaceLine:
    id: int
    name: str
    sealed_count: int = 0
    sealed: Decimal = NOTHING
    sealed_held: Decimal = NOTHING
    opened: list[OpenedLine] = field(default_factory=list)

    @property
    def on_hand(self) -> Decimal:
        return sum((each.remaining for each in self.opened), self.sealed)


@dataclass
class LotLine:
    """`is_blocked`: by its own hold or its time, whatever its containers are. `until`: its last day of use."""

    id: int
    lot_number: str
    expires_on: date | None
    is_month_only: bool
    states: tuple[str, ...]
    is_blocked: bool
    until: date | None = None
    places: list[PlaceLine] = field(default_factory=list)

    @property
    def on_hand(self) -> Decimal:
        return sum((place.on_hand for place in self.places), NOTHING)

    @property
    def usable(self) -> Decimal:
        if self.is_blocked:
            return NOTHING
        opened = (each for place in self.places for each in place.opened if each.is_usable)
        sealed = sum((place.sealed - place.sealed_held for place in self.places), NOTHING)
        return sum((each.remaining for each in opened), sealed)

    @property
    def blocked(self) -> Decimal:
        return self.on_hand - self.usable


@dataclass
class ProductLine:
    id: int
    name: str
    kind: ContainerKind
    unit: Unit
    ingredient_class: IngredientClass | None = None
    regulatory_class: RegulatoryClass | None = None
    lots: list[LotLine] = field(default_factory=list)

    @property
    def on_hand(self) -> Decimal:
        return sum((lot.on_hand for lot in self.lots), NOTHING)

    @property
    def usable(self) -> Decimal:
        return sum((lot.usable for lot in self.lots), NOTHING)

    @property
    def blocked(self) -> Decimal:
        return self.on_hand - self.usable


@dataclass(frozen=True)
class Totals:
    products: int
    lots: int
    sealed: int
    opened: int


class Stock:
    """What matches at a site: products by name, their lots by what must be used first."""

    def __init__(self, found: Iterable[tuple[Row[Any], list[StandingLot]]], maker: "_LineMaker") -> None:
        self._lots = {product.id: (product, lots) for product, lots in found}
        self._maker = maker

    @property
    def product_ids(self) -> list[int]:
        return list(self._lots)

    @property
    def today(self) -> date:
        """The day at the site."""
        return self._maker.today

    def totals(self) -> Totals:
        """How many of each. Amounts of different products do not add up to anything."""
        lots = [lot for _, of_product in self._lots.values() for lot in of_product]
        sealed = sum(count for lot in lots for _, count, _ in lot.sealed)
        return Totals(len(self._lots), len(lots), sealed, sum(len(lot.opened) for lot in lots))

    def lines(self, product_ids: Collection[int] | None = None) -> list[ProductLine]:
        """Of these products, or of all."""
        shown = self._lots.values() if product_ids is None else [self._lots[key] for key in product_ids]
        return [self._maker.product(product, lots) for product, lots in shown]

    def lines_in(self, windows: Collection[Window]) -> list[ProductLine]:
        """Only lots whose last day is in one of the windows; the amounts of their products are of them alone."""
        within = (
            (product, [lot for lot in lots if self._maker.is_in_one_of(windows, lot)])
            for product, lots in self._lots.values()
        )
        return [self._maker.product(product, lots) for product, lots in within if lots]


def stock_list(session: Session, *, site_id: int, wanted: Wanted, now: datetime) -> list[ProductLine]:
    """All lines of what matches. Raises `InFuture` for the end of a day that is not over."""
    return find_stock(session, site_id=site_id, wanted=wanted, now=now).lines()


def find_stock(session: Session, *, site_id: int, wanted: Wanted, now: datetime) -> Stock:
    """Raises `InFuture` for the end of a day that is not over."""
    zone = ZoneInfo(session.get_one(Site, site_id).time_zone)
    places = _places(session, site_id)
    here = [wanted.location_id] if wanted.location_id in places else list(places if wanted.location_id is None else ())
    at, standing = now, standing_now(here)
    if wanted.as_of is not None:
        at = end_of_day(wanted.as_of, zone)
        if at >= now:
            raise InFuture("Day", f"the end of {wanted.as_of}", f"{now.astimezone(zone):%Y-%m-%d %H:%M}")
        standing = standing_at(at, site_id, here)
    lots = standing_lots(
        session,
        standing,
        _lot_ids(wanted),
        sealed=wanted.show is not Show.OPENED,
        opened=wanted.show is not Show.SEALED,
    )
    maker = _LineMaker(places, _LotStates(session, site_id, standing, at, zone))
    by_product = defaultdict(list)
    for lot in lots:
        by_product[lot.product_id].append(lot)
    products = [product for product in session.execute(_products(wanted)) if product.id in by_product]
    products.sort(key=lambda product: (product.name.casefold(), product.id))
    narrowed = ((product, _narrowed(product, by_product[product.id], wanted, maker)) for product in products)
    return Stock((each for each in narrowed if each[1]), maker)


def _products(wanted: Wanted) -> Select[*tuple[Any, ...]]:
    columns = (
        Product.id,
        Product.name,
        Product.container_kind,
        Product.unit,
        Product.ingredient_class,
        Product.regulatory_class,
        Product.search_words,
    )
    return select(*columns).where(*_of_product(wanted))


def _of_product(wanted: Wanted) -> list[ColumnElement[bool]]:
    asked = (
        (Product.id, wanted.product_id),
        (Product.ingredient_class, wanted.ingredient_class),
        (Product.regulatory_class, wanted.regulatory_class),
    )
    return [column == value for column, value in asked if value is not None]


def _lot_ids(wanted: Wanted) -> Select[int] | None:
    """Of the lots that what the database can tell leaves, or nothing where it leaves all."""
    of_product = _of_product(wanted)
    if not of_product and wanted.supplier_id is None:
        return None
    query = select(Lot.id).join(Product, Product.id == Lot.product_id).where(*of_product)
    return query if wanted.supplier_id is None else query.where(Lot.id.in_(_lots_from(wanted.supplier_id)))


def _lots_from(supplier_id: int) -> Select[int]:
    return (
        select(DeliveryLine.lot_id)
        .join(Delivery, Delivery.id == DeliveryLine.delivery_id)
        .where(Delivery.supplier_id == supplier_id)
    )


def _narrowed(product: Row[Any], lots: list[StandingLot], wanted: Wanted, maker: "_LineMaker") -> list[StandingLot]:
    """The lots asked for."""
    if wanted.text.strip() and not _is_called(product, wanted.text):
        text = wanted.text.strip().casefold()  # here, because SQLite's lower() knows only the letters of English
        lots = [lot for lot in lots if text in lot.lot_number.casefold()]
    if wanted.window is not Window.ANY:
        lots = [lot for lot in lots if maker.is_in_one_of((wanted.window,), lot)]
    if wanted.show is Show.USABLE:
        return [lot for lot in lots if maker.lot(lot).usable]
    if wanted.show is Show.BLOCKED:
        return [lot for lot in lots if maker.lot(lot).blocked]
    return lots


def _is_called(product: Row[Any], text: str) -> bool:
    """By its name as written, or by its words however they are accented."""
    words = folded(text).strip()
    is_named = text.strip().casefold() in product.name.casefold()
    return is_named or (bool(words) and words in product.search_words)


def is_in_window(until: date | None, window: Window, today: date) -> bool:
    if until is None or window is Window.ANY:
        return window is Window.ANY
    if window is Window.EXPIRED:
        return is_expired(until, today)
    return today <= until <= today + timedelta(days=int(window.value))


def _places(session: Session, site_id: int) -> dict[int, str]:
    """The real places of the site: what is on its way stands nowhere."""
    real = [kind for kind in LocationKind if kind.is_real]
    query = select(Location.id, Location.name).where(Location.site_id == site_id, Location.kind.in_(real))
    return {key: name for key, name in session.execute(query)}  # noqa: C416  # rows are not pairs to a type checker


class _LotStates:
    """What holds for a whole lot at the site at one instant: its holds, its time."""

    def __init__(self, session: Session, site_id: int, standing: Standing, at: datetime, zone: ZoneInfo) -> None:
        self.today = at.astimezone(zone).date()
        self.at = at
        self.zone = zone
        self._soon = self.today + timedelta(days=EXPIRES_SOON_DAYS)
        self._lot_holds = lot_holds(session, site_id, standing.at)
        self._container_holds = container_holds(session, standing)

    def of(self, lot: StandingLot) -> tuple[tuple[str, ...], bool]:
        """The words for the lot, and whether none of it can be used."""
        times = self._times(lot)
        holds = self._lot_holds[lot.id]
        words = (*times, *sorted(holds | self._container_holds[lot.id]))
        return words, bool(holds) or any(word != SOON for word in times)

    def until(self, lot: StandingLot) -> date | None:
        return lot.expires_on if lot.beyond_use_at is None else lot.beyond_use_at.astimezone(self.zone).date()

    def _times(self, lot: StandingLot) -> list[str]:
        if lot.beyond_use_at is not None:
            return [Condition.BEYOND_USE] if self.at > lot.beyond_use_at else []
        if lot.expires_on is None:
            return []
        if is_expired(lot.expires_on, self.today):
            return [Condition.EXPIRED]
        return [SOON] if lot.expires_on <= self._soon else []


class _LineMaker:
    """Makes lines of what stands."""

    def __init__(self, place_names: dict[int, str], lot_states: _LotStates) -> None:
        self._place_names = place_names
        self._lot_states = lot_states
        self.today = lot_states.today

    def is_in_one_of(self, windows: Collection[Window], lot: StandingLot) -> bool:
        until = self._lot_states.until(lot)
        return any(is_in_window(until, window, self.today) for window in windows)

    def product(self, product: Row[Any], lots: Iterable[StandingLot]) -> ProductLine:
        lines = [self.lot(lot) for lot in lots]
        lines.sort(key=lambda lot: (lot.until is None, lot.until or date.max, lot.id))
        return ProductLine(
            product.id,
            product.name,
            product.container_kind,
            product.unit,
            product.ingredient_class,
            product.regulatory_class,
            lines,
        )

    def lot(self, lot: StandingLot) -> LotLine:
        states, is_blocked = self._lot_states.of(lot)
        return LotLine(
            lot.id,
            lot.lot_number,
            lot.expires_on,
            lot.is_month_only,
            states,
            is_blocked,
            self._lot_states.until(lot),
            self._places(lot),
        )

    def _places(self, lot: StandingLot) -> list[PlaceLine]:
        found: dict[int, PlaceLine] = {}
        for place_id, count, amount in lot.sealed:
            held = lot.sealed_held.get(place_id, NOTHING)
            found[place_id] = PlaceLine(place_id, self._place_names[place_id], count, amount, held)
        for row in lot.opened:
            place_id = row[0]
            if place_id not in found:
                found[place_id] = PlaceLine(place_id, self._place_names[place_id])
            found[place_id].opened.append(self._opened(row, lot))
        return sorted(found.values(), key=lambda place: place.name)

    def _opened(self, row: OpenedRow, lot: StandingLot) -> OpenedLine:
        _, code, remaining, discard_at, is_held = row
        zone = self._lot_states.zone
        limit = usable_until(lot.expires_on, zone, in_use_until=discard_at, beyond_use_at=lot.beyond_use_at)
        until = None if limit is None else limit.at
        is_usable = until is not None and self._lot_states.at <= until and not is_held
        return OpenedLine(code, remaining, until, is_usable)


class StockRow(NamedTuple):
    """One line of the list written flat: what is sealed of a lot in a place, or one opened container."""

    product: ProductLine
    lot: LotLine
    place: PlaceLine
    opened: OpenedLine | None

    @property
    def amount(self) -> Decimal:
        return self.place.sealed if self.opened is None else self.opened.remaining

    @property
    def usable(self) -> Decimal:
        if self.lot.is_blocked:
            return NOTHING
        if self.opened is None:
            return self.place.sealed - self.place.sealed_held
        return self.opened.remaining if self.opened.is_usable else NOTHING


def flat(products: Iterable[ProductLine]) -> Iterator[StockRow]:
    for product in products:
        for lot in product.lots:
            for place in lot.places:
                if place.sealed_count:
                    yield StockRow(product, lot, place, None)
                for opened in place.opened:
                    yield StockRow(product, lot, place, opened)
