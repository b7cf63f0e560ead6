"""Every opened container of a site with the time it has left, what is over first; and discarding what is over.

What may serve one session only has no time of its own: it is over when its session is. The board asks the same rules as
use does, so that what it calls usable is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from inventory.access import Act, Permission
from inventory.errors import BulkPackageNeedsHood
from inventory.rules.expiry import UseLimit, end_of_day
from inventory.stock import containers, usability
from inventory.stock.containers import DiscardContainer
from inventory.stock.errors import NotOpened, NotYetOver
from inventory.stock.usability import ContainerState
from models.care import TreatmentSession
from models.organisation import Location
from models.stock import IS_NOT_EMPTY, Container, Lot, StockEntry
from models.vocabulary import HoldKind, IdentifiedBy, Unit, WasteReason

NEAR = timedelta(hours=1)

_REASONS = {
    UseLimit.PRINTED_EXPIRY: WasteReason.EXPIRED,
    UseLimit.IN_USE: WasteReason.IN_USE_OVER,
    UseLimit.BEYOND_USE: WasteReason.BEYOND_USE,
}


@dataclass(frozen=True)
class OpenedContainer:
    """`limit` is what ends its use. `is_session_only`: its session ends it; `is_over`: nobody may use it any more."""

    code: str
    product_name: str
    lot_id: int
    lot_number: str
    place_id: int
    place: str
    remaining: Decimal
    unit: Unit
    opened_at: datetime
    usable_until: datetime | None
    limit: UseLimit | None
    is_session_only: bool
    is_near: bool
    is_due_today: bool
    is_over: bool
    holds: tuple[HoldKind, ...]
    is_evidence: bool


@dataclass(frozen=True)
class DiscardOver:
    code: str


def opened_containers(
    session: Session, *, site_id: int, now: datetime, location_id: int | None = None
) -> list[OpenedContainer]:
    """What is over first, then what is over soonest. The number of statements is the same for any number."""
    query = (
        select(Container)
        .join(Location, Location.id == Container.location_id)
        .where(Location.site_id == site_id, IS_NOT_EMPTY, Container.opened_at.is_not(None))
        .options(
            joinedload(Container.lot).joinedload(Lot.product),
            joinedload(Container.location).joinedload(Location.site),
        )
    )
    if location_id is not None:
        query = query.where(Container.location_id == location_id)
    current = usability.states(session, list(session.scalars(query)))
    running = _running_sessions(session, [state.container for state in current])
    lines = [_line(state, now, running) for state in current]
    return sorted(lines, key=_order)


def _order(line: OpenedContainer) -> tuple[bool, bool, datetime, str]:
    return (not line.is_over, line.usable_until is None, line.usable_until or line.opened_at, line.code)


def discard_over(session: Session, act: Act, command: DiscardOver) -> StockEntry:
    """Throw away all that is left of what must not be used any more. Raises `NotYetOver`, `NotOpened`."""
    act.require(Permission.DISCARD_STOCK)
    container = usability.get_container(session, act, command.code)
    usability.refuse_empty(container)
    if container.opened_at is None:
        raise NotOpened(container.code)
    state = usability.state(session, container)
    line = _line(state, act.now, _running_sessions(session, [container]))
    if not line.is_over:
        until = "its session ends" if line.is_session_only else f"{line.usable_until:%Y-%m-%d %H:%M} UTC"
        raise NotYetOver(container.code, until)
    is_past = line.usable_until is not None and act.now > line.usable_until
    reason = _REASONS[line.limit] if is_past and line.limit is not None else WasteReason.IN_USE_OVER
    wanted = DiscardContainer(container.code, reason, identified_by=IdentifiedBy.BY_HAND)
    return containers.discard(session, act, wanted)


def _running_sessions(session: Session, opened: Sequence[Container]) -> frozenset[int]:
    ids = {each.opened_for_session_id for each in opened} - {None}
    query = select(TreatmentSession.id).where(TreatmentSession.id.in_(ids), TreatmentSession.ended_at.is_(None))
    return frozenset(session.scalars(query)) if ids else frozenset()


def _line(state: ContainerState, now: datetime, running: frozenset[int]) -> OpenedContainer:
    container = state.container
    until = state.usable_until.at if state.usable_until is not None else None
    is_session_only = _is_session_only(container)
    is_over = (until is not None and until < now) or (
        is_session_only and container.opened_for_session_id not in running
    )
    ends_today = end_of_day(now.astimezone(state.zone).date(), state.zone)
    return OpenedContainer(
        code=container.code,
        product_name=container.lot.product.name,
        lot_id=container.lot_id,
        lot_number=container.lot.lot_number,
        place_id=container.location_id,
        place=container.location.name,
        remaining=container.remaining,
        unit=container.lot.product.unit,
        opened_at=container.opened_at or now,
        usable_until=until,
        limit=state.usable_until.limit if state.usable_until is not None else None,
        is_session_only=is_session_only,
        is_near=not is_over and until is not None and until <= now + NEAR,
        is_due_today=not is_over and (is_session_only or (until is not None and until <= ends_today)),
        is_over=is_over,
        holds=tuple(dict.fromkeys(hold.kind for hold in state.holds)),
        is_evidence=any(hold.kind is HoldKind.EVIDENCE for hold in state.holds),
    )


def _is_session_only(container: Container) -> bool:
    try:
        return usability.in_use_when_opened(container, container.opened_at or container.received_at).is_session_only
    except BulkPackageNeedsHood:  # entered where it must not be: nobody may plan with what is left
        return True
