"""The stock of one site as people look for it: product, lot, place, sealed and opened apart, usable or not.

Sums over what still holds something; sealed containers are never fetched one by one. The number of statements is
the same for every stock and every filter.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Select, func, or_, select
from sqlalchemy.orm import Session, joinedload

from inventory.rules.expiry import is_expired
from inventory.stock import usability
from inventory.stock.container_facts import Condition, conditions
from models.care import CompoundingRecord
from models.catalogue import Product
from models.organisation import Location, Site
from models.stock import IS_NOT_EMPTY, Container, Hold, Lot
from models.vocabulary import ContainerKind, HoldKind, LocationKind, Unit

EXPIRES_SOON_DAYS = 60
SOON = "expires_soon"
NOTHING = Decimal(0)

Query = TypeVar("Query", bound=Select[*tuple[Any, ...]])


class Show(StrEnum):
    ALL = "all"
    USABLE = "usable"
    BLOCKED = "blocked"


@dataclass(frozen=True)
class Wanted:
    """What to look for. `text`: part of a product's name or of a lot number."""

    text: str = ""
    location_id: int | None = None
    show: Show = Show.ALL


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
    """`is_blocked`: by its own hold or its time, whatever its containers are."""

    id: int
    lot_number: str
    expires_on: date | None
    is_month_only: bool
    states: tuple[str, ...]
    is_blocked: bool
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


def stock_list(session: Session, *, site_id: int, wanted: Wanted, now: datetime) -> list[ProductLine]:
    """Products by name, their lots by what must be used first, each with its places."""
    site = session.get_one(Site, site_id)
    today = now.astimezone(ZoneInfo(site.time_zone)).date()
    lists = _Lists(_LotStates(session, site_id, today, now))
    for row in session.execute(_sealed(site_id, wanted)):
        lists.add_sealed(row)
    opened = list(session.scalars(_opened(site_id, wanted)))
    for current in usability.states(session, opened):
        lists.add_opened(current, now)
    return [product for product in lists.products() if _is_wanted(product, wanted)]


def _is_wanted(product: ProductLine, wanted: Wanted) -> bool:
    """Keeps only the lots asked for; whether any are left."""
    text = wanted.text.strip().casefold()  # here, because SQLite's lower() knows only the letters of English
    if text not in product.name.casefold():
        product.lots = [lot for lot in product.lots if text in lot.lot_number.casefold()]
    if wanted.show is Show.USABLE:
        product.lots = [lot for lot in product.lots if lot.usable]
    elif wanted.show is Show.BLOCKED:
        product.lots = [lot for lot in product.lots if lot.blocked]
    return bool(product.lots)


class _LotStates:
    """What holds for a whole lot at the site: its holds, its time."""

    def __init__(self, session: Session, site_id: int, today: date, now: datetime) -> None:
        self.today = today
        self.now = now
        self.lot_holds = _kinds_by_lot(session.execute(_lot_holds(site_id)))
        self.container_holds = _kinds_by_lot(session.execute(_container_holds(site_id)))
        self.beyond_use = dict(session.execute(_beyond_use(site_id)).all())

    def of(self, lot_id: int, expires_on: date | None) -> tuple[tuple[str, ...], bool]:
        """The words for the lot, and whether none of it can be used."""
        times = self._times(lot_id, expires_on)
        holds = self.lot_holds[lot_id]
        words = (*times, *sorted(holds | self.container_holds[lot_id]))
        return words, bool(holds) or any(word != SOON for word in times)

    def _times(self, lot_id: int, expires_on: date | None) -> list[str]:
        beyond_use_at = self.beyond_use.get(lot_id)
        if beyond_use_at is not None:
            return [Condition.BEYOND_USE] if self.now > beyond_use_at else []
        if expires_on is None:
            return []
        if is_expired(expires_on, self.today):
            return [Condition.EXPIRED]
        return [SOON] if expires_on <= self.today + timedelta(days=EXPIRES_SOON_DAYS) else []


class _Lists:
    """Builds the lines: each product, lot and place once."""

    def __init__(self, lot_states: _LotStates) -> None:
        self.lot_states = lot_states
        self._products: dict[int, ProductLine] = {}
        self._lots: dict[int, LotLine] = {}
        self._places: dict[tuple[int, int], PlaceLine] = {}

    def add_sealed(self, row: Row[*tuple[Any, ...]]) -> None:
        product, lot, place_id, place, is_held, count, amount = row
        line = self._place(product, lot, place_id, place)
        line.sealed_count += count
        line.sealed += amount
        line.sealed_held += amount if is_held else NOTHING

    def add_opened(self, current: usability.ContainerState, now: datetime) -> None:
        container = current.container
        line = self._place(container.lot.product, container.lot, container.location_id, container.location.name)
        until = current.usable_until.at if current.usable_until else None
        is_usable = Condition.USABLE in conditions(current, now)
        line.opened.append(OpenedLine(container.code, container.remaining, until, is_usable))

    def _place(self, product: Product, lot: Lot, place_id: int, place: str) -> PlaceLine:
        known = self._places.get((lot.id, place_id))
        if known is None:
            known = self._places[lot.id, place_id] = PlaceLine(place_id, place)
            self._lot(product, lot).places.append(known)
        return known

    def _lot(self, product: Product, lot: Lot) -> LotLine:
        known = self._lots.get(lot.id)
        if known is None:
            states, is_blocked = self.lot_states.of(lot.id, lot.expires_on)
            known = LotLine(lot.id, lot.lot_number, lot.expires_on, lot.is_month_only, states, is_blocked)
            self._lots[lot.id] = known
            self._product(product).lots.append(known)
        return known

    def _product(self, product: Product) -> ProductLine:
        line = ProductLine(product.id, product.name, product.container_kind, product.unit)
        return self._products.setdefault(product.id, line)

    def products(self) -> list[ProductLine]:
        found = sorted(self._products.values(), key=lambda product: (product.name.casefold(), product.id))
        for product in found:
            product.lots.sort(key=lambda lot: (lot.expires_on is None, lot.expires_on or date.max, lot.id))
            for lot in product.lots:
                lot.places.sort(key=lambda place: place.name)
        return found


def _sealed(site_id: int, wanted: Wanted) -> Select[*tuple[Any, ...]]:
    held = select(Hold.container_id).where(Hold.lifted_at.is_(None), Hold.container_id.is_not(None))
    each = (
        _filtered(
            select(
                Container.lot_id,
                Container.location_id,
                Container.id.in_(held).label("is_held"),
                Container.remaining,
            ),
            site_id,
            wanted,
        )
        .where(Container.opened_at.is_(None))
        .subquery()
    )
    sums = (
        select(
            each.c.lot_id,
            each.c.location_id,
            each.c.is_held,
            func.count().label("count"),
            func.sum(each.c.remaining).label("amount"),
        )
        .group_by(each.c.lot_id, each.c.location_id, each.c.is_held)
        .subquery()
    )
    return (
        select(Product, Lot, Location.id, Location.name, sums.c.is_held, sums.c["count"], sums.c.amount)
        .select_from(sums)
        .join(Lot, Lot.id == sums.c.lot_id)
        .join(Product, Product.id == Lot.product_id)
        .join(Location, Location.id == sums.c.location_id)
    )


def _opened(site_id: int, wanted: Wanted) -> Select[Container]:
    return (
        _filtered(select(Container), site_id, wanted)
        .where(Container.opened_at.is_not(None))
        .options(
            joinedload(Container.lot).joinedload(Lot.product),
            joinedload(Container.location).joinedload(Location.site),
        )
        .order_by(Container.id)
    )


def _filtered(query: Query, site_id: int, wanted: Wanted) -> Query:
    query = (
        query.join(Lot, Lot.id == Container.lot_id)
        .join(Product, Product.id == Lot.product_id)
        .join(Location, Location.id == Container.location_id)
        .where(IS_NOT_EMPTY, Location.site_id == site_id, Location.kind != LocationKind.TRANSIT)
    )
    if wanted.location_id is not None:
        query = query.where(Location.id == wanted.location_id)
    return query


def _lot_holds(site_id: int) -> Select[int, HoldKind]:
    here = or_(Hold.site_id.is_(None), Hold.site_id == site_id)
    return select(Hold.lot_id, Hold.kind).where(Hold.lifted_at.is_(None), Hold.lot_id.is_not(None), here)  # type: ignore[return-value]  # without a lot it is left out


def _container_holds(site_id: int) -> Select[int, HoldKind]:
    return (
        select(Container.lot_id, Hold.kind)
        .join(Container, Container.id == Hold.container_id)
        .join(Location, Location.id == Container.location_id)
        .where(Hold.lifted_at.is_(None), IS_NOT_EMPTY, Location.site_id == site_id)
        .distinct()
    )


def _beyond_use(site_id: int) -> Select[int, datetime]:
    return (
        select(CompoundingRecord.lot_id, CompoundingRecord.beyond_use_at)  # type: ignore[return-value]  # without a time it is left out
        .join(Container, Container.lot_id == CompoundingRecord.lot_id)
        .join(Location, Location.id == Container.location_id)
        .where(IS_NOT_EMPTY, Location.site_id == site_id, CompoundingRecord.beyond_use_at.is_not(None))
        .distinct()
    )


def _kinds_by_lot(rows: Iterable[Row[int, HoldKind]]) -> defaultdict[int, set[str]]:
    found: defaultdict[int, set[str]] = defaultdict(set)
    for lot_id, kind in rows:
        found[lot_id].add(kind)
    return found
