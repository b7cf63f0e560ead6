"""A lot as somebody meets it who has just scanned it: what of it is here and may be taken, and what other sites hold.

Sealed containers of one lot and place are interchangeable, so they are counted, and one is named to take. Opened ones
are each their own.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from inventory.stock import usability
from inventory.stock.container_facts import Condition, conditions
from inventory.stock.lot_facts import lot_states
from inventory.stock.stock_list import SOON
from models.organisation import Location, Site
from models.stock import IS_NOT_EMPTY, Container, Hold, Lot
from models.vocabulary import ContainerKind, Unit

MOST_OPENED = 20


@dataclass(frozen=True)
class SealedHere:
    """In one place: how many, how many of them are blocked, and the code of the next to take where one may be."""

    place_id: int
    place: str
    count: int
    held: int
    next_code: str | None


@dataclass(frozen=True)
class OpenedHere:
    code: str
    place: str
    remaining: Decimal
    usable_until: datetime | None
    states: tuple[str, ...]
    is_usable: bool


@dataclass(frozen=True)
class AtAnotherSite:
    site: str
    count: int
    amount: Decimal


@dataclass(frozen=True)
class LotAtHand:
    """`opened` are at most `MOST_OPENED`. `merged_into`: the lot that its containers were corrected to."""

    id: int
    lot_number: str
    product_id: int
    product_name: str
    kind: ContainerKind
    unit: Unit
    expires_on: date | None
    is_month_only: bool
    states: tuple[str, ...]
    merged_into: str | None
    sealed: tuple[SealedHere, ...]
    opened: tuple[OpenedHere, ...]
    elsewhere: tuple[AtAnotherSite, ...]

    @property
    def is_here(self) -> bool:
        return bool(self.sealed or self.opened)


def lot_at_hand(session: Session, *, lot: Lot, site_id: int, now: datetime) -> LotAtHand:
    """By six statements, whatever there is of it."""
    product = lot.product
    states = lot_states(session, lot, site_id=site_id, now=now)
    may_be_taken = set(states) <= {SOON}
    return LotAtHand(
        id=lot.id,
        lot_number=lot.lot_number,
        product_id=product.id,
        product_name=product.name,
        kind=product.container_kind,
        unit=product.unit,
        expires_on=lot.expires_on,
        is_month_only=lot.is_month_only,
        states=states,
        merged_into=session.scalar(select(Lot.lot_number).where(Lot.id == lot.merged_into_id)),
        sealed=tuple(
            one if may_be_taken else replace(one, next_code=None) for one in _sealed(session, lot.id, site_id)
        ),
        opened=_opened(session, lot.id, site_id, now),
        elsewhere=_elsewhere(session, lot.id, site_id),
    )


def _sealed(session: Session, lot_id: int, site_id: int) -> tuple[SealedHere, ...]:
    held = select(Hold.container_id).where(Hold.lifted_at.is_(None), Hold.container_id.is_not(None))
    is_held = Container.id.in_(held)
    free = func.min(Container.id).filter(~is_held)
    sums = (
        select(
            Container.location_id,
            func.count(Container.id).label("count"),
            func.count(Container.id).filter(is_held).label("held"),
            free.label("next_id"),
        )
        .join(Location, Location.id == Container.location_id)
        .where(Container.lot_id == lot_id, IS_NOT_EMPTY, Container.opened_at.is_(None), Location.site_id == site_id)
        .group_by(Container.location_id)
        .subquery()
    )
    query = (
        select(Location.id, Location.name, sums.c["count"], sums.c.held, Container.code)
        .select_from(sums)
        .join(Location, Location.id == sums.c.location_id)
        .outerjoin(Container, Container.id == sums.c.next_id)
        .order_by(Location.name)
    )
    return tuple(SealedHere(*row) for row in session.execute(query))


def _opened(session: Session, lot_id: int, site_id: int, now: datetime) -> tuple[OpenedHere, ...]:
    query = (
        select(Container)
        .join(Location, Location.id == Container.location_id)
        .where(Container.lot_id == lot_id, IS_NOT_EMPTY, Container.opened_at.is_not(None), Location.site_id == site_id)
        .options(
            joinedload(Container.lot).joinedload(Lot.product),
            joinedload(Container.location).joinedload(Location.site),
        )
        .order_by(Container.opened_at, Container.id)
        .limit(MOST_OPENED)
    )
    return tuple(_opened_here(current, now) for current in usability.states(session, list(session.scalars(query))))


def _opened_here(current: usability.ContainerState, now: datetime) -> OpenedHere:
    container = current.container
    now_is = conditions(current, now)
    return OpenedHere(
        container.code,
        container.location.name,
        container.remaining,
        current.usable_until.at if current.usable_until else None,
        tuple(dict.fromkeys((*now_is, *(hold.kind for hold in current.holds)))),
        Condition.USABLE in now_is,
    )


def _elsewhere(session: Session, lot_id: int, site_id: int) -> tuple[AtAnotherSite, ...]:
    query = (
        select(Site.name, func.count(Container.id), func.sum(Container.remaining))
        .select_from(Container)
        .join(Location, Location.id == Container.location_id)
        .join(Site, Site.id == Location.site_id)
        .where(Container.lot_id == lot_id, IS_NOT_EMPTY, Site.id != site_id)
        .group_by(Site.id, Site.name)
        .order_by(Site.name)
    )
    return tuple(AtAnotherSite(*row) for row in session.execute(query))
