"""One lot as a page or a program reads it: what it is, how it came, what is left of it, what holds it.

Who may not see the whole organisation gets the containers and deliveries of the present site; what other sites hold
is told by the trace, in figures.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from inventory.access import Actor, Permission
from inventory.errors import RecordNotFound
from inventory.rules.expiry import is_expired
from inventory.stock import usability
from inventory.stock.container_facts import Condition, HoldLine, conditions, holds_on
from inventory.stock.stock_list import EXPIRES_SOON_DAYS, SOON
from models.care import CompoundingRecord
from models.catalogue import Supplier
from models.organisation import Location, Site
from models.stock import IS_NOT_EMPTY, Container, Delivery, DeliveryLine, Lot, LotCorrection, StockMove
from models.vocabulary import ContainerKind, DeliveryLineKind, LotOrigin, MovePurpose, Unit

MOST_CONTAINERS = 500


@dataclass(frozen=True)
class Received:
    delivery_id: int
    received_at: datetime
    site: str
    supplier: str
    reference: str
    kind: DeliveryLineKind
    containers: int
    damaged: int


@dataclass(frozen=True)
class ContainerLine:
    """A container that still holds something."""

    code: str
    site_id: int
    site: str
    place: str
    remaining: Decimal
    content: Decimal
    states: tuple[str, ...]
    usable_until: datetime | None


@dataclass(frozen=True)
class LotName:
    id: int
    lot_number: str


@dataclass(frozen=True)
class LotFacts:
    """`containers` are at most `MOST_CONTAINERS`; `container_count` counts all that hold something.

    `filled_container_id`: of a mixture, the first container it was poured into.
    """

    id: int
    lot_number: str
    product_id: int
    product_name: str
    kind: ContainerKind
    unit: Unit
    expires_on: date | None
    is_month_only: bool
    origin: LotOrigin
    record_id: int | None
    filled_container_id: int | None
    beyond_use_at: datetime | None
    states: tuple[str, ...]
    merged_into: LotName | None
    known_as: tuple[str, ...]
    received: tuple[Received, ...]
    holds: tuple[HoldLine, ...]
    containers: tuple[ContainerLine, ...]
    container_count: int
    closed_count: int

    @property
    def suppliers(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(line.supplier for line in self.received))


def lot_facts(session: Session, *, actor: Actor, lot_id: int, now: datetime) -> LotFacts:
    """Raises `RecordNotFound`."""
    lot = session.get(Lot, lot_id, options=[joinedload(Lot.product)])
    if lot is None or actor.site_id is None:
        raise RecordNotFound("lot", str(lot_id))
    seen_site_id = None if Permission.TRACE_ORGANISATION in actor.permissions else actor.site_id
    record = session.scalars(select(CompoundingRecord).where(CompoundingRecord.lot_id == lot.id)).one_or_none()
    beyond_use_at = None if record is None else record.beyond_use_at
    holds = tuple(holds_on(session, container_id=None, lot_id=lot.id, site_id=actor.site_id))
    not_empty, closed = _counts(session, lot.id, seen_site_id)
    times = _times(lot, beyond_use_at, _today(session, actor.site_id, now), now)
    return LotFacts(
        id=lot.id,
        lot_number=lot.lot_number,
        product_id=lot.product_id,
        product_name=lot.product.name,
        kind=lot.product.container_kind,
        unit=lot.product.unit,
        expires_on=lot.expires_on,
        is_month_only=lot.is_month_only,
        origin=lot.origin,
        record_id=None if record is None else record.id,
        filled_container_id=None if record is None else _filled(session, lot.id),
        beyond_use_at=beyond_use_at,
        states=tuple(dict.fromkeys((*times, *(hold.kind for hold in holds)))),
        merged_into=_lot_name(session, lot.merged_into_id),
        known_as=_known_as(session, lot.id),
        received=_received(session, lot.id, seen_site_id),
        holds=holds,
        containers=_containers(session, lot.id, seen_site_id, now),
        container_count=not_empty,
        closed_count=closed,
    )


def lot_states(session: Session, lot: Lot, *, site_id: int, now: datetime) -> tuple[str, ...]:
    """The words for a whole lot at a site: its time, and the kinds of its holds."""
    made = select(CompoundingRecord.beyond_use_at).where(CompoundingRecord.lot_id == lot.id)
    times = _times(lot, session.scalar(made), _today(session, site_id, now), now)
    holds = holds_on(session, container_id=None, lot_id=lot.id, site_id=site_id)
    return tuple(dict.fromkeys((*times, *(hold.kind for hold in holds))))


def list_lots(session: Session, *, lot_number: str, product_id: int | None = None) -> list[LotName]:
    """Lots of exactly this number, as printed; several products may use the same."""
    query = select(Lot.id, Lot.lot_number).where(Lot.lot_number == lot_number)
    if product_id is not None:
        query = query.where(Lot.product_id == product_id)
    return [LotName(*row) for row in session.execute(query.order_by(Lot.id))]


def suppliers_of(session: Session, *, lot_ids: Collection[int]) -> dict[int, str]:
    """Lot -> the names of those it was received from."""
    query = (
        select(DeliveryLine.lot_id, Supplier.name)
        .join(Delivery, Delivery.id == DeliveryLine.delivery_id)
        .join(Supplier, Supplier.id == Delivery.supplier_id)
        .where(DeliveryLine.lot_id.in_(lot_ids))
        .distinct()
        .order_by(DeliveryLine.lot_id, Supplier.name)
    )
    names: defaultdict[int, list[str]] = defaultdict(list)
    for lot_id, name in session.execute(query):
        names[lot_id].append(name)
    return {lot_id: ", ".join(found) for lot_id, found in names.items()}


def _filled(session: Session, lot_id: int) -> int | None:
    query = (
        select(StockMove.container_id)
        .join(Container, Container.id == StockMove.container_id)
        .where(Container.lot_id == lot_id, StockMove.purpose == MovePurpose.PREPARED)
    )
    return session.scalar(query.order_by(StockMove.id).limit(1))


def _today(session: Session, site_id: int, now: datetime) -> date:
    return now.astimezone(ZoneInfo(session.get_one(Site, site_id).time_zone)).date()


def _times(lot: Lot, beyond_use_at: datetime | None, today: date, now: datetime) -> list[str]:
    if lot.merged_into_id is not None:
        return ["merged"]
    if beyond_use_at is not None:
        return [Condition.BEYOND_USE] if now > beyond_use_at else []
    if lot.expires_on is None:
        return []
    if is_expired(lot.expires_on, today):
        return [Condition.EXPIRED]
    return [SOON] if lot.expires_on <= today + timedelta(days=EXPIRES_SOON_DAYS) else []


def _counts(session: Session, lot_id: int, site_id: int | None) -> tuple[int, int]:
    """How many of its containers hold something, and how many hold nothing any more."""
    is_empty = Container.remaining == 0
    query = select(is_empty, func.count(Container.id)).where(Container.lot_id == lot_id).group_by(is_empty)
    if site_id is not None:
        query = query.join(Location, Location.id == Container.location_id).where(Location.site_id == site_id)
    counts = {bool(empty): count for empty, count in session.execute(query)}
    return counts.get(False, 0), counts.get(True, 0)


def _lot_name(session: Session, lot_id: int | None) -> LotName | None:
    if lot_id is None:
        return None
    return LotName(lot_id, session.get_one(Lot, lot_id).lot_number)


def _known_as(session: Session, lot_id: int) -> tuple[str, ...]:
    """Numbers under which containers of this lot were entered before they were corrected."""
    query = (
        select(Lot.lot_number)
        .join(LotCorrection, LotCorrection.from_lot_id == Lot.id)
        .where(LotCorrection.to_lot_id == lot_id, Lot.id != lot_id)
        .distinct()
        .order_by(Lot.lot_number)
    )
    return tuple(session.scalars(query))


def _received(session: Session, lot_id: int, site_id: int | None) -> tuple[Received, ...]:
    query = (
        select(
            Delivery.id,
            Delivery.received_at,
            Site.name,
            Supplier.name,
            Delivery.reference,
            DeliveryLine.kind,
            DeliveryLine.containers,
            DeliveryLine.damaged,
        )
        .select_from(DeliveryLine)
        .join(Delivery, Delivery.id == DeliveryLine.delivery_id)
        .join(Supplier, Supplier.id == Delivery.supplier_id)
        .join(Site, Site.id == Delivery.site_id)
        .where(DeliveryLine.lot_id == lot_id)
        .order_by(DeliveryLine.id)
    )
    if site_id is not None:
        query = query.where(Delivery.site_id == site_id)
    return tuple(Received(*row) for row in session.execute(query))


def _containers(session: Session, lot_id: int, site_id: int | None, now: datetime) -> tuple[ContainerLine, ...]:
    current = usability.states(session, list(session.scalars(_not_empty(lot_id, site_id))))
    return tuple(_container_line(each, now) for each in current)


def _not_empty(lot_id: int, site_id: int | None) -> Select[Container]:
    query = (
        select(Container)
        .join(Location, Location.id == Container.location_id)
        .where(Container.lot_id == lot_id, IS_NOT_EMPTY)
        .options(
            joinedload(Container.lot).joinedload(Lot.product),
            joinedload(Container.location).joinedload(Location.site),
        )
        .order_by(Container.opened_at.is_(None), Container.id)
        .limit(MOST_CONTAINERS)
    )
    return query if site_id is None else query.where(Location.site_id == site_id)


def _container_line(current: usability.ContainerState, now: datetime) -> ContainerLine:
    container = current.container
    kinds = (hold.kind for hold in current.holds)
    return ContainerLine(
        code=container.code,
        site_id=current.site.id,
        site=current.site.name,
        place=container.location.name,
        remaining=container.remaining,
        content=container.content,
        states=tuple(dict.fromkeys((*conditions(current, now), *kinds))),
        usable_until=current.usable_until.at if current.usable_until else None,
    )
