"""The stock of one site as people look for it: product, lot, place, sealed and opened apart, usable or not.

Sums over what still holds something; sealed containers are never fetched one by one. The number of statements is
the same for every stock and every filter. The stock of a past day is the same question to what stood then
(`standing`), with the blocks and the times of that evening.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from inventory.errors import InFuture
from inventory.rules.expiry import end_of_day, is_expired, usable_until
from inventory.stock.container_facts import Condition
from inventory.stock.standing import Standing, standing_at, standing_now
from models.care import CompoundingRecord
from models.catalogue import Product
from models.folding import folded
from models.organisation import Location, Site
from models.stock import Delivery, DeliveryLine, Hold, Lot
from models.vocabulary import ContainerKind, HoldKind, IngredientClass, LocationKind, RegulatoryClass, Unit

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


def totals(found: Iterable[ProductLine]) -> Totals:
    """How many of each. Amounts of different products do not add up to anything."""
    products = list(found)
    lots = [lot for product in products for lot in product.lots]
    places = [place for lot in lots for place in lot.places]
    return Totals(
        len(products), len(lots), sum(each.sealed_count for each in places), sum(len(each.opened) for each in places)
    )


def stock_list(session: Session, *, site_id: int, wanted: Wanted, now: datetime) -> list[ProductLine]:
    """Products by name, their lots by what must be used first, each with its places.

    Raises `InFuture` for the end of a day that is not over.
    """
    zone = ZoneInfo(session.get_one(Site, site_id).time_zone)
    places = _places(session, site_id)
    here = [wanted.location_id] if wanted.location_id in places else list(places if wanted.location_id is None else ())
    at, standing = now, standing_now(here)
    if wanted.as_of is not None:
        at = end_of_day(wanted.as_of, zone)
        if at >= now:
            raise InFuture("Day", f"the end of {wanted.as_of}", f"{now.astimezone(zone):%Y-%m-%d %H:%M}")
        standing = standing_at(at, site_id, here)
    lists = _Lists(_LotStates(session, site_id, standing, at, zone), places)
    if wanted.show is not Show.OPENED:
        for row in session.execute(_sealed(standing, wanted)):
            lists.add_sealed(row)
        for lot_id, place_id, amount in session.execute(_sealed_held(standing)):
            lists.add_held(lot_id, place_id, amount)
    if wanted.show is not Show.SEALED:
        for row in session.execute(_opened(standing, wanted)):
            lists.add_opened(row)
    return [product for product in lists.products() if _is_wanted(product, wanted, lists)]


def _is_wanted(product: ProductLine, wanted: Wanted, lists: "_Lists") -> bool:
    """Keeps only the lots asked for; whether any are left."""
    if wanted.text.strip() and not lists.is_called(product, wanted.text):
        text = wanted.text.strip().casefold()  # here, because SQLite's lower() knows only the letters of English
        product.lots = [lot for lot in product.lots if text in lot.lot_number.casefold()]
    if wanted.show is Show.USABLE:
        product.lots = [lot for lot in product.lots if lot.usable]
    elif wanted.show is Show.BLOCKED:
        product.lots = [lot for lot in product.lots if lot.blocked]
    if wanted.window is not Window.ANY:
        product.lots = [lot for lot in product.lots if is_in_window(lot.until, wanted.window, lists.lot_states.today)]
    return bool(product.lots)


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
        self.lot_holds = _kinds_by_lot(session.execute(_lot_holds(site_id, standing.at)))
        self.container_holds = _kinds_by_lot(session.execute(_container_holds(standing)))

    def of(self, lot_id: int, expires_on: date | None, beyond_use_at: datetime | None) -> tuple[tuple[str, ...], bool]:
        """The words for the lot, and whether none of it can be used."""
        times = self._times(expires_on, beyond_use_at)
        holds = self.lot_holds[lot_id]
        words = (*times, *sorted(holds | self.container_holds[lot_id]))
        return words, bool(holds) or any(word != SOON for word in times)

    def until(self, expires_on: date | None, beyond_use_at: datetime | None) -> date | None:
        return expires_on if beyond_use_at is None else beyond_use_at.astimezone(self.zone).date()

    def _times(self, expires_on: date | None, beyond_use_at: datetime | None) -> list[str]:
        if beyond_use_at is not None:
            return [Condition.BEYOND_USE] if self.at > beyond_use_at else []
        if expires_on is None:
            return []
        if is_expired(expires_on, self.today):
            return [Condition.EXPIRED]
        return [SOON] if expires_on <= self.today + timedelta(days=EXPIRES_SOON_DAYS) else []


class _Lists:
    """Builds the lines: each product, lot and place once."""

    def __init__(self, lot_states: _LotStates, place_names: dict[int, str]) -> None:
        self.lot_states = lot_states
        self._place_names = place_names
        self._products: dict[int, ProductLine] = {}
        self._lots: dict[int, LotLine] = {}
        self._places: dict[tuple[int, int], PlaceLine] = {}
        self._search_words: dict[int, str] = {}

    def add_sealed(self, row: Row[*tuple[Any, ...]]) -> None:
        place_id, count, amount, *lot = row
        line = self._place(place_id, lot)
        line.sealed_count += count
        line.sealed += amount

    def add_held(self, lot_id: int, place_id: int, amount: Decimal) -> None:
        """Of what was added as sealed."""
        known = self._places.get((lot_id, place_id))
        if known is not None:
            known.sealed_held += amount

    def add_opened(self, row: Row[*tuple[Any, ...]]) -> None:
        place_id, code, remaining, discard_at, is_held, *lot = row
        line = self._place(place_id, lot)
        _, _, expires_on, _, beyond_use_at, *_ = lot
        limit = usable_until(expires_on, self.lot_states.zone, in_use_until=discard_at, beyond_use_at=beyond_use_at)
        until = None if limit is None else limit.at
        is_usable = until is not None and self.lot_states.at <= until and not is_held
        line.opened.append(OpenedLine(code, remaining, until, is_usable))

    def is_called(self, product: ProductLine, text: str) -> bool:
        """By its name as written, or by its words however they are accented."""
        words = folded(text).strip()
        is_named = text.strip().casefold() in product.name.casefold()
        return is_named or (bool(words) and words in self._search_words[product.id])

    def _place(self, place_id: int, lot: list[Any]) -> PlaceLine:
        known = self._places.get((lot[0], place_id))
        if known is None:
            known = self._places[lot[0], place_id] = PlaceLine(place_id, self._place_names[place_id])
            self._lot(lot).places.append(known)
        return known

    def _lot(self, lot: list[Any]) -> LotLine:
        lot_id, lot_number, expires_on, is_month_only, beyond_use_at, *product = lot
        known = self._lots.get(lot_id)
        if known is None:
            states, is_blocked = self.lot_states.of(lot_id, expires_on, beyond_use_at)
            until = self.lot_states.until(expires_on, beyond_use_at)
            known = LotLine(lot_id, lot_number, expires_on, is_month_only, states, is_blocked, until)
            self._lots[lot_id] = known
            self._product(product).lots.append(known)
        return known

    def _product(self, product: list[Any]) -> ProductLine:
        product_id, search_words, *facts = product
        self._search_words[product_id] = search_words
        return self._products.setdefault(product_id, ProductLine(product_id, *facts))

    def products(self) -> list[ProductLine]:
        found = sorted(self._products.values(), key=lambda product: (product.name.casefold(), product.id))
        for product in found:
            product.lots.sort(key=lambda lot: (lot.until is None, lot.until or date.max, lot.id))
            for lot in product.lots:
                lot.places.sort(key=lambda place: place.name)
        return found


_OF_LOT = (
    Lot.id,
    Lot.lot_number,
    Lot.expires_on,
    Lot.is_month_only,
    CompoundingRecord.beyond_use_at,
    Product.id,
    Product.search_words,
    Product.name,
    Product.container_kind,
    Product.unit,
    Product.ingredient_class,
    Product.regulatory_class,
)


def _sealed(standing: Standing, wanted: Wanted) -> Select[*tuple[Any, ...]]:
    # Names join the sums, not the containers: there are ten or a hundred times as many of those.
    each = standing.c
    sums = (
        select(
            each.lot_id,
            each.location_id,
            func.count().label("count"),
            func.sum(each.remaining).label("amount"),
        )
        .where(*standing.where, standing.is_sealed)
        .group_by(each.location_id, each.lot_id)
        .subquery()
    )
    columns = (sums.c.location_id, sums.c["count"], sums.c.amount, *_OF_LOT)
    return _narrowed(select(*columns).join(Lot, Lot.id == sums.c.lot_id), wanted)


def _opened(standing: Standing, wanted: Wanted) -> Select[*tuple[Any, ...]]:
    each = standing.c
    held = each.id.in_(_held_containers(standing.at)).label("is_held")
    columns = (each.location_id, each.code, each.remaining, each.discard_at, held, *_OF_LOT)
    query = select(*columns).join(Lot, Lot.id == each.lot_id).where(*standing.where, ~standing.is_sealed)
    return _narrowed(query, wanted).order_by(each.id)


def _narrowed(query: Select[*tuple[Any, ...]], wanted: Wanted) -> Select[*tuple[Any, ...]]:
    query = query.join(Product, Product.id == Lot.product_id).outerjoin(
        CompoundingRecord, CompoundingRecord.lot_id == Lot.id
    )
    if wanted.product_id is not None:
        query = query.where(Product.id == wanted.product_id)
    if wanted.ingredient_class is not None:
        query = query.where(Product.ingredient_class == wanted.ingredient_class)
    if wanted.regulatory_class is not None:
        query = query.where(Product.regulatory_class == wanted.regulatory_class)
    if wanted.supplier_id is not None:
        query = query.where(Lot.id.in_(_lots_from(wanted.supplier_id)))
    return query


def _lots_from(supplier_id: int) -> Select[int]:
    return (
        select(DeliveryLine.lot_id)
        .join(Delivery, Delivery.id == DeliveryLine.delivery_id)
        .where(Delivery.supplier_id == supplier_id)
    )


def _sealed_held(standing: Standing) -> Select[*tuple[Any, ...]]:
    each = standing.c
    return (
        select(each.lot_id, each.location_id, func.sum(each.remaining))
        .where(*standing.where, standing.is_sealed, each.id.in_(_held_containers(standing.at)))
        .group_by(each.lot_id, each.location_id)
    )


def _held_containers(at: datetime | None) -> Select[int | None]:
    return select(Hold.container_id).where(_in_force(at), Hold.container_id.is_not(None))


def _in_force(at: datetime | None) -> ColumnElement[bool]:
    """Now a block counts whatever its time: a clock that went wrong must not free what is blocked."""
    if at is None:
        return Hold.lifted_at.is_(None)
    return and_(Hold.placed_at <= at, or_(Hold.lifted_at.is_(None), Hold.lifted_at > at))


def _lot_holds(site_id: int, at: datetime | None) -> Select[int, HoldKind]:
    here = or_(Hold.site_id.is_(None), Hold.site_id == site_id)
    return select(Hold.lot_id, Hold.kind).where(_in_force(at), Hold.lot_id.is_not(None), here)  # type: ignore[return-value]  # without a lot it is left out


def _container_holds(standing: Standing) -> Select[int, HoldKind]:
    each = standing.c
    held = select(Hold.container_id, Hold.kind).where(_in_force(standing.at), Hold.container_id.is_not(None)).subquery()
    return select(each.lot_id, held.c.kind).join(held, held.c.container_id == each.id).where(*standing.where).distinct()


def _kinds_by_lot(rows: Iterable[Row[int, HoldKind]]) -> defaultdict[int, set[str]]:
    found: defaultdict[int, set[str]] = defaultdict(set)
    for lot_id, kind in rows:
        found[lot_id].add(kind)
    return found


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
