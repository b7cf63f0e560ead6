"""What needs a person today at one site: opened vials, lots that expire next, and counts of what waits.

Reads only what is on hand and what is still open, so its cost does not grow with history.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inventory.care.deviations import list_open_deviations
from inventory.stock import holds, release_queue
from inventory.stock.opened_board import OpenedContainer, opened_containers
from models.catalogue import Product
from models.organisation import Location, Site
from models.people import Membership, User
from models.stock import IS_NOT_EMPTY, Container, Lot
from models.vocabulary import HoldKind, Unit

MOST_LINES = 20
EXPIRES_SOON = timedelta(days=60)


@dataclass(frozen=True)
class ExpiringLot:
    id: int
    lot_number: str
    product_name: str
    expires_on: date
    is_month_only: bool
    on_hand: Decimal
    unit: Unit
    is_expired: bool

    @property
    def states(self) -> tuple[str, ...]:
        return ("expired",) if self.is_expired else ("expires_soon",)


@dataclass(frozen=True)
class Today:
    """`opened` are the soonest to run out; the counts are over everything.

    A delivery's line waits for release as a whole, although each of its containers is held.
    """

    day: date
    opened: list[OpenedContainer]
    expiring: list[ExpiringLot]
    opened_too_long: int
    opened_due: int
    expired_lots: int
    waiting_for_release: int
    ready_for_release: int
    rejected_here: int
    other_holds: int
    deviations: int
    open_invitations: int


def today(session: Session, *, site_id: int, now: datetime) -> Today:
    site = session.get_one(Site, site_id)
    day = now.astimezone(ZoneInfo(site.time_zone)).date()
    opened = opened_containers(session, site_id=site_id, now=now)
    expiring = _expiring(session, site_id, day)
    active = holds.active_holds(session, site_id=site_id)
    incoming = [hold for hold in active if hold.kind is HoldKind.INCOMING]
    waiting = release_queue.waiting_lines(session, site_id=site_id)
    return Today(
        day=day,
        opened=opened[:MOST_LINES],
        expiring=expiring[:MOST_LINES],
        opened_too_long=sum(container.is_over for container in opened),
        opened_due=sum(container.is_due_today for container in opened),
        expired_lots=sum(lot.is_expired for lot in expiring),
        waiting_for_release=sum(line.waiting > 0 for line in waiting),
        ready_for_release=sum(line.is_ready for line in waiting),
        rejected_here=sum(bool(line.rejected) for line in waiting),
        other_holds=len(active) - len(incoming),
        deviations=len(list_open_deviations(session, site_id=site_id)),
        open_invitations=_open_invitations(session, site_id),
    )


def _expiring(session: Session, site_id: int, day: date) -> list[ExpiringLot]:
    query = (
        select(
            Lot.id,
            Lot.lot_number,
            Product.name,
            Lot.expires_on,
            Lot.is_month_only,
            func.sum(Container.remaining),
            Product.unit,
        )
        .join(Container, Container.lot_id == Lot.id)
        .join(Product, Product.id == Lot.product_id)
        .join(Location, Location.id == Container.location_id)
        .where(Location.site_id == site_id, IS_NOT_EMPTY, Lot.expires_on <= day + EXPIRES_SOON)
        .group_by(Lot.id, Lot.lot_number, Product.name, Lot.expires_on, Lot.is_month_only, Product.unit)
        .order_by(Lot.expires_on, Lot.id)
    )
    return [ExpiringLot(*row, is_expired=row[3] < day) for row in session.execute(query)]  # type: ignore[arg-type,operator]  # the query leaves out lots without a date


def _open_invitations(session: Session, site_id: int) -> int:
    members = select(Membership.user_id).where(Membership.site_id == site_id)
    query = select(func.count(User.id)).where(User.id.in_(members), User.is_active, User.password_hash.is_(None))
    return session.scalar(query) or 0
