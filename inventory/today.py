"""What needs a person today at one site: opened vials, lots that expire next, and counts of what waits.

Reads only what is on hand and what is still open, so its cost does not grow with history.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inventory.care.deviations import list_open_deviations
from inventory.stock import expiring, holds, release_queue
from inventory.stock.expiring import by_last_day
from inventory.stock.opened_board import OpenedContainer, opened_containers
from inventory.stock.reordering import below_point
from inventory.stock.stock_list import EXPIRES_SOON_DAYS, Wanted, Window, stock_list
from models.organisation import Site
from models.people import Membership, User
from models.receiving import DeliveryDraft
from models.vocabulary import HoldKind, Unit

MOST_LINES = 20


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

    A delivery's line waits for release as a whole, although each of its containers is held. `expiring_lots` by
    horizon: a lot is counted in the nearest alone.
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
    expiring_lots: dict[Window, int]
    below_point: int
    deliveries_in_progress: int
    deviations: int
    open_invitations: int


def today(session: Session, *, site_id: int, now: datetime) -> Today:
    site = session.get_one(Site, site_id)
    day = now.astimezone(ZoneInfo(site.time_zone)).date()
    opened = opened_containers(session, site_id=site_id, now=now)
    stock = stock_list(session, site_id=site_id, wanted=Wanted(), now=now)
    by_day = by_last_day(stock, day)
    active = holds.active_holds(session, site_id=site_id)
    incoming = [hold for hold in active if hold.kind is HoldKind.INCOMING]
    waiting = release_queue.waiting_lines(session, site_id=site_id)
    return Today(
        day=day,
        opened=opened[:MOST_LINES],
        expiring=[_expiring_lot(each) for each in by_day if each.days_left <= EXPIRES_SOON_DAYS][:MOST_LINES],
        opened_too_long=sum(container.is_over for container in opened),
        opened_due=sum(container.is_due_today for container in opened),
        waiting_for_release=sum(line.waiting > 0 for line in waiting),
        ready_for_release=sum(line.is_ready for line in waiting),
        rejected_here=sum(bool(line.rejected) for line in waiting),
        expired_lots=sum(each.days_left < 0 for each in by_day),
        other_holds=len(active) - len(incoming),
        expiring_lots=_by_horizon(by_day),
        below_point=len(below_point(session, site_id, stock)),
        deliveries_in_progress=_deliveries_in_progress(session, site_id),
        deviations=len(list_open_deviations(session, site_id=site_id)),
        open_invitations=_open_invitations(session, site_id),
    )


def _expiring_lot(each: expiring.ExpiringLot) -> ExpiringLot:
    lot, product = each.lot, each.product
    until = lot.until or lot.expires_on
    assert until is not None  # noqa: S101  # only lots with a last day are asked for
    is_over = each.days_left < 0
    return ExpiringLot(
        lot.id, lot.lot_number, product.name, until, lot.is_month_only, lot.on_hand, product.unit, is_over
    )


def _by_horizon(lots: list[expiring.ExpiringLot]) -> dict[Window, int]:
    found = dict.fromkeys(expiring.HORIZONS, 0)
    for each in lots:
        if each.days_left >= 0:
            found[next(window for window in expiring.HORIZONS if each.days_left <= int(window.value))] += 1
    return found


def _deliveries_in_progress(session: Session, site_id: int) -> int:
    query = select(func.count(DeliveryDraft.id)).where(
        DeliveryDraft.site_id == site_id, DeliveryDraft.delivery_id.is_(None), DeliveryDraft.discarded_at.is_(None)
    )
    return session.scalar(query) or 0


def _open_invitations(session: Session, site_id: int) -> int:
    members = select(Membership.user_id).where(Membership.site_id == site_id)
    query = select(func.count(User.id)).where(User.id.in_(members), User.is_active, User.password_hash.is_(None))
    return session.scalar(query) or 0
