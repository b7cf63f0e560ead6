"""One container as a page or a program reads it: what it is, until when it may be used and why, what holds it.

Everything is derived at `now` and nothing is stored. The number of statements does not depend on its history.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from inventory.access import Actor
from inventory.errors import BelongsToAnotherSite, OpenInSession, Refusal
from inventory.rules.expiry import InUse, UseLimit, end_of_day
from inventory.stock import history, holds, usability
from inventory.stock.history import MoveLine
from inventory.stock.usability import ContainerState, Use
from models.care import CompoundingRecord, Patient
from models.people import User
from models.stock import Container, Hold
from models.vocabulary import ContainerKind, HoldKind, LocationKind, MovePurpose, Tracking, Unit


class Condition(StrEnum):
    """What a container is at a moment, beside the kinds of its holds. Derived, never stored."""

    SEALED = "sealed"
    OPENED = "opened"
    EMPTY = "empty"
    KEPT = "kept"
    EXPIRED = "expired"
    IN_USE_OVER = "in_use_over"
    BEYOND_USE = "beyond_use"
    USABLE = "usable"
    ON_THE_WAY = "on_the_way"


_OVER = {
    UseLimit.PRINTED_EXPIRY: Condition.EXPIRED,
    UseLimit.IN_USE: Condition.IN_USE_OVER,
    UseLimit.BEYOND_USE: Condition.BEYOND_USE,
}


class HoldTarget(StrEnum):
    CONTAINER = "container"
    LOT_HERE = "lot_here"
    LOT_EVERYWHERE = "lot_everywhere"
    PLACE = "place"


@dataclass(frozen=True)
class HoldLine:
    """`is_liftable`: by a person with a reason; the others are lifted with their place or recall, or by release.

    `release_line_id`: the line of a delivery that waits for release.
    """

    id: int
    kind: HoldKind
    cause: str
    target: HoldTarget
    placed_at: datetime
    placed_by: str
    is_liftable: bool
    release_line_id: int | None


@dataclass(frozen=True)
class Limit:
    """One of the three limits of use. `source` names the rule or statement that set it."""

    name: UseLimit
    until: datetime
    is_binding: bool
    source: str


@dataclass(frozen=True)
class Opening:
    """What opening it now would set, or why it cannot be opened."""

    in_use: InUse | None
    refusal: Refusal | None


@dataclass(frozen=True)
class ContainerFacts:
    id: int
    code: str
    kind: ContainerKind
    tracking: Tracking
    product_id: int
    product_name: str
    lot_id: int
    lot_number: str
    site_id: int
    site: str
    location_id: int
    place: str
    content: Decimal
    found: Decimal
    remaining: Decimal
    unit: Unit
    conditions: tuple[Condition, ...]
    received_at: datetime
    opened_at: datetime | None
    usable_until: datetime | None
    limits: tuple[Limit, ...]
    holds: tuple[HoldLine, ...]
    kept_for: str | None
    kept_for_patient_id: int | None
    closed_at: datetime | None
    closed_why: MovePurpose | None
    split_from: str | None
    moves: tuple[MoveLine, ...]
    opening: Opening | None

    @property
    def states(self) -> tuple[str, ...]:
        """Its conditions and the kinds of its holds, as one list of words."""
        return tuple(dict.fromkeys((*self.conditions, *(hold.kind for hold in self.holds))))


def container_facts(session: Session, *, actor: Actor, code: str, now: datetime) -> ContainerFacts:
    """Raises the code's refusals, and `BelongsToAnotherSite`."""
    container = usability.get_container_anywhere(session, code)
    site = container.location.site
    if site.id != actor.site_id:
        raise BelongsToAnotherSite(container.code, site.name)
    current = usability.state(session, container)
    lot, product = container.lot, container.lot.product
    return ContainerFacts(
        id=container.id,
        code=container.code,
        kind=product.container_kind,
        tracking=product.tracking,
        product_id=product.id,
        product_name=product.name,
        lot_id=lot.id,
        lot_number=lot.lot_number,
        site_id=site.id,
        site=site.name,
        location_id=container.location_id,
        place=container.location.name,
        content=container.content,
        found=container.found,
        remaining=container.remaining,
        unit=product.unit,
        conditions=conditions(current, now),
        received_at=container.received_at,
        opened_at=container.opened_at,
        usable_until=current.usable_until.at if current.usable_until else None,
        limits=_limits(session, current),
        holds=tuple(holds_on(session, container_id=container.id, lot_id=lot.id, site_id=site.id)),
        kept_for=_reference(session, container.kept_for_patient_id),
        kept_for_patient_id=container.kept_for_patient_id,
        closed_at=container.closed_at,
        closed_why=container.closed_why,
        split_from=_code(session, container.split_from_id),
        moves=tuple(history.moves_of_container(session, container_id=container.id)),
        opening=_opening(session, current, now),
    )


def conditions(current: ContainerState, now: datetime) -> tuple[Condition, ...]:
    """What the container is now; its holds are told apart."""
    container = current.container
    if container.remaining == 0:
        return (Condition.EMPTY,)
    found = [Condition.SEALED if container.opened_at is None else Condition.OPENED]
    if container.kept_for_patient_id is not None:
        found.append(Condition.KEPT)
    is_on_the_way = container.location.kind is LocationKind.TRANSIT
    if is_on_the_way:
        found.append(Condition.ON_THE_WAY)
    until = current.usable_until
    if until is not None and now > until.at:
        found.append(_OVER[until.limit])
    elif until is not None and not current.holds and not is_on_the_way:
        found.append(Condition.USABLE)
    return tuple(found)


def holds_on(session: Session, *, container_id: int | None, lot_id: int, site_id: int) -> list[HoldLine]:
    """Holds in force on a container with those of its lot, or on a lot alone."""
    target = Hold.lot_id == lot_id
    if container_id is not None:
        target = or_(target, Hold.container_id == container_id)
    query = (
        select(Hold, User.full_name)
        .join(User, User.id == Hold.placed_by_id)
        .where(Hold.lifted_at.is_(None), target, or_(Hold.site_id.is_(None), Hold.site_id == site_id))
        .order_by(Hold.id)
    )
    return [hold_line(hold, by) for hold, by in session.execute(query)]


def hold_line(hold: Hold, placed_by: str) -> HoldLine:
    is_liftable = (
        hold.kind is not HoldKind.INCOMING and hold.kind not in holds.BY_CAUSE_ALONE and hold.parent_id is None
    )
    line_id = hold.delivery_line_id if hold.kind is HoldKind.INCOMING else None
    return HoldLine(hold.id, hold.kind, hold.cause, _target(hold), hold.placed_at, placed_by, is_liftable, line_id)


def _target(hold: Hold) -> HoldTarget:
    if hold.lot_id is not None:
        return HoldTarget.LOT_EVERYWHERE if hold.site_id is None else HoldTarget.LOT_HERE
    is_of_place = hold.location_id is not None or hold.parent_id is not None
    return HoldTarget.PLACE if is_of_place else HoldTarget.CONTAINER


def _limits(session: Session, current: ContainerState) -> tuple[Limit, ...]:
    container, zone = current.container, current.zone
    binding = current.usable_until.limit if current.usable_until else None
    known: list[tuple[UseLimit, datetime, str]] = []
    if container.lot.expires_on is not None:
        known.append((UseLimit.PRINTED_EXPIRY, end_of_day(container.lot.expires_on, zone), "BUD-09"))
    if container.discard_at is not None:
        known.append((UseLimit.IN_USE, container.discard_at, _in_use_rule(container)))
    if current.beyond_use_at is not None:
        known.append((UseLimit.BEYOND_USE, current.beyond_use_at, _binding_limit(session, container)))
    return tuple(Limit(name, until, name is binding, source) for name, until, source in known)


def _in_use_rule(container: Container) -> str:
    """The rule behind the stored deadline, read again. A product's label may have changed since."""
    try:
        return usability.in_use_when_opened(container, container.opened_at or container.received_at).rule
    except Refusal as refusal:
        return refusal.rule or ""


def _binding_limit(session: Session, container: Container) -> str:
    query = select(CompoundingRecord.binding_limit).where(CompoundingRecord.lot_id == container.lot_id)
    return session.scalar(query) or ""


def _reference(session: Session, patient_id: int | None) -> str | None:
    return None if patient_id is None else session.get_one(Patient, patient_id).reference


def _code(session: Session, container_id: int | None) -> str | None:
    return None if container_id is None else session.get_one(Container, container_id).code


def _opening(session: Session, current: ContainerState, now: datetime) -> Opening | None:
    """`None` where there is nothing to open: a pack, an opened or an empty container."""
    container = current.container
    if container.lot.product.tracking is Tracking.PACK or container.opened_at is not None or container.remaining == 0:
        return None
    broken = usability.broken_rules(session, current, Use(at=now, patient_id=container.kept_for_patient_id))
    if broken:
        return Opening(None, broken[0])
    try:
        in_use = usability.in_use_when_opened(container, now)
    except Refusal as refusal:
        return Opening(None, refusal)
    if in_use.is_session_only or in_use.is_single_patient:
        return Opening(in_use, OpenInSession(container.code))
    return Opening(in_use, None)
