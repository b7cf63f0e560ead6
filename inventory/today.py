"""What needs a person today at one site: opened vials, and counts of what waits. Lots and orders are `stock.needs`.

Reads only what is on hand and what is still open, so its cost does not grow with history.
"""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inventory.care.deviations import list_open_deviations
from inventory.people import memberships
from inventory.stock import holds, release_queue
from inventory.stock.opened_board import OpenedContainer, opened_containers
from models.organisation import Site
from models.people import Membership, User
from models.vocabulary import HoldKind

MOST_LINES = 20


@dataclass(frozen=True)
class Today:
    """`opened` are the soonest to run out; the counts are over everything.

    A delivery's line waits for release as a whole, although each of its containers is held.
    """

    day: date
    opened: list[OpenedContainer]
    opened_too_long: int
    opened_due: int
    waiting_for_release: int
    ready_for_release: int
    rejected_here: int
    other_holds: int
    deviations: int
    open_invitations: int
    responsibles_missing: int


def today(session: Session, *, site_id: int, now: datetime) -> Today:
    site = session.get_one(Site, site_id)
    day = now.astimezone(ZoneInfo(site.time_zone)).date()
    opened = opened_containers(session, site_id=site_id, now=now)
    active = holds.active_holds(session, site_id=site_id)
    incoming = [hold for hold in active if hold.kind is HoldKind.INCOMING]
    waiting = release_queue.waiting_lines(session, site_id=site_id)
    return Today(
        day=day,
        opened=opened[:MOST_LINES],
        opened_too_long=sum(container.is_over for container in opened),
        opened_due=sum(container.is_due_today for container in opened),
        waiting_for_release=sum(line.waiting > 0 for line in waiting),
        ready_for_release=sum(line.is_ready for line in waiting),
        rejected_here=sum(bool(line.rejected) for line in waiting),
        other_holds=len(active) - len(incoming),
        deviations=len(list_open_deviations(session, site_id=site_id)),
        open_invitations=_open_invitations(session, site_id),
        responsibles_missing=_responsibles_missing(session, site, now),
    )


def _open_invitations(session: Session, site_id: int) -> int:
    members = select(Membership.user_id).where(Membership.site_id == site_id)
    query = select(func.count(User.id)).where(User.id.in_(members), User.is_active, User.password_hash.is_(None))
    return session.scalar(query) or 0


def _responsibles_missing(session: Session, site: Site, now: datetime) -> int:
    """One where what comes in waits for release and nobody may release it (decision 9)."""
    is_missing = site.holds_incoming and not memberships.responsible_names(session, site_id=site.id, now=now)
    return int(is_missing)
