"""Holds: a container, a lot or a place kept from use. They add up; each is lifted by its own cause.

A held place writes a hold onto each container inside and lets nothing in; what gets there all the same, because
it is quarantine or because it happened, is held with it. A held container moves only to quarantine, to waste or back
to the supplier; `evidence` blocks those too.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from inventory import texts
from inventory.access import Act, Permission
from inventory.errors import HoldAlreadyLifted, LiftedByItsCause, LotWasMerged, RecordNotFound, WrongHoldTarget
from inventory.evidence import audit
from inventory.stock import places, usability
from inventory.stock.errors import ReleasedBySignature
from models.organisation import Location
from models.releasing import ReleaseDecisionContainer
from models.stock import IS_NOT_EMPTY, Container, Hold, Lot
from models.vocabulary import HoldKind

_BY_A_PERSON = frozenset({HoldKind.QUALITY, HoldKind.EXCURSION, HoldKind.EVIDENCE})
# No person lifts these: the recall's closing does, and the correction that says which lot it is (rule OPN-01).
BY_CAUSE_ALONE = frozenset({HoldKind.RECALL, HoldKind.UNIDENTIFIED})

# What is empty or gone needs nobody any more; its hold stays, should a correction bring something back.
IS_OF_USE = or_(
    Hold.container_id.is_(None),
    select(Container.id).where(Container.id == Hold.container_id, IS_NOT_EMPTY).correlate(Hold).exists(),
)


@dataclass(frozen=True)
class PlaceHold:
    """Exactly one of `container_code`, `lot_id` and `location_id`. `at_all_sites` goes with a lot."""

    kind: HoldKind
    cause: str
    container_code: str | None = None
    lot_id: int | None = None
    location_id: int | None = None
    at_all_sites: bool = False


@dataclass(frozen=True)
class LiftHold:
    hold_id: int
    reason: str


def place_hold(session: Session, act: Act, command: PlaceHold) -> Hold:
    """Keep something from use. For a lot at all sites the unit's scope must be everything."""
    act.require(Permission.PLACE_HOLD)
    if command.kind not in _BY_A_PERSON:
        raise WrongHoldTarget(f"a hold of kind {command.kind.value} comes only with its delivery or recall")
    cause = texts.reason(command.cause)
    targets = [command.container_code, command.lot_id, command.location_id]
    if sum(target is not None for target in targets) != 1:
        raise WrongHoldTarget("it needs exactly one target")
    if command.at_all_sites and command.lot_id is None:
        raise WrongHoldTarget("only a lot is held at all sites")
    if command.at_all_sites:
        audit.require_everything(session)
    if command.container_code is not None:
        container = usability.get_container_here_or_on_the_way(session, act, command.container_code)
        hold = hold_containers(session, act, [container], Cause(command.kind, cause))[0]
    elif command.lot_id is not None:
        hold = _hold_lot(session, act, command, cause)
    else:
        hold = _hold_place(session, act, command, cause)
    session.flush()  # the audit entry names the hold
    audit.record(session, act, "hold placed", hold, *_target_rows(session, hold), reason=cause)
    return hold


@dataclass(frozen=True)
class Cause:
    """Why containers are held, and what the hold came with."""

    kind: HoldKind
    text: str
    delivery_line_id: int | None = None
    parent_id: int | None = None


def hold_containers(session: Session, act: Act, containers: Iterable[Container], cause: Cause) -> list[Hold]:
    """Write the same hold onto each container."""
    session.flush()  # new containers need their ids
    written = [
        Hold(
            kind=cause.kind,
            cause=cause.text,
            container_id=container.id,
            site_id=act.site_id,
            parent_id=cause.parent_id,
            delivery_line_id=cause.delivery_line_id,
            placed_at=act.now,
            placed_by_id=act.user_id,
        )
        for container in containers
    ]
    session.add_all(written)
    return written


def hold_arrivals(session: Session, act: Act, containers: Sequence[Container], place: Location) -> None:
    """Write the holds of a place onto containers that have come into it; nothing where it is not held."""
    session.flush()  # new containers need their ids
    query = select(Hold).where(Hold.location_id == place.id, Hold.lifted_at.is_(None)).order_by(Hold.id)
    for placed in session.scalars(query).all():
        written = select(Hold.container_id).where(Hold.parent_id == placed.id, Hold.lifted_at.is_(None))
        known = set(session.scalars(written))
        arrived = [container for container in containers if container.id not in known]
        hold_containers(session, act, arrived, Cause(placed.kind, placed.cause, parent_id=placed.id))


def copy_holds(session: Session, act: Act, parent: Container, child: Container) -> None:
    """What is split off from a held pack is held for the same causes."""
    session.flush()  # the new pack needs its id
    query = select(Hold).where(Hold.container_id == parent.id, Hold.lifted_at.is_(None))
    for hold in session.scalars(query).all():
        session.add(
            Hold(
                kind=hold.kind,
                cause=hold.cause,
                container_id=child.id,
                site_id=hold.site_id,
                parent_id=hold.parent_id,
                delivery_line_id=hold.delivery_line_id,
                placed_at=act.now,
                placed_by_id=act.user_id,
            )
        )


def _hold_lot(session: Session, act: Act, command: PlaceHold, cause: str) -> Hold:
    lot = session.get(Lot, command.lot_id)
    if lot is None:
        raise RecordNotFound("lot", str(command.lot_id))
    if lot.merged_into_id is not None:
        raise LotWasMerged(lot.lot_number)
    hold = Hold(
        kind=command.kind,
        cause=cause,
        lot_id=lot.id,
        site_id=None if command.at_all_sites else act.site_id,
        placed_at=act.now,
        placed_by_id=act.user_id,
    )
    session.add(hold)
    return hold


def _hold_place(session: Session, act: Act, command: PlaceHold, cause: str) -> Hold:
    place = places.get_place(session, act.site_id, command.location_id or 0)
    hold = Hold(
        kind=command.kind,
        cause=cause,
        location_id=place.id,
        site_id=act.site_id,
        placed_at=act.now,
        placed_by_id=act.user_id,
    )
    session.add(hold)
    session.flush()  # the containers' holds name it
    inside = session.scalars(select(Container).where(Container.location_id == place.id, IS_NOT_EMPTY))
    hold_containers(session, act, inside, Cause(command.kind, cause, parent_id=hold.id))
    return hold


def lift_hold(session: Session, act: Act, command: LiftHold) -> Hold:
    """Lift one hold; a place's takes those of its containers along.

    Raises `LiftedByItsCause`, and `ReleasedBySignature` for what waits for release.
    """
    act.require(Permission.LIFT_HOLD)
    hold = session.get(Hold, command.hold_id)
    if hold is None or hold.site_id not in (None, act.site_id):
        raise RecordNotFound("hold", str(command.hold_id))
    if hold.lifted_at is not None:
        raise HoldAlreadyLifted(hold.id)
    if hold.kind is HoldKind.INCOMING:
        raise ReleasedBySignature(hold.id)
    if _is_rejection(session, hold):
        act.require(Permission.RESPONSIBLE_PERSON)
    if hold.kind in BY_CAUSE_ALONE or hold.parent_id is not None:
        raise LiftedByItsCause(hold.id, hold.cause)
    reason = texts.reason(command.reason)
    children = session.scalars(select(Hold).where(Hold.parent_id == hold.id, Hold.lifted_at.is_(None)))
    for each in [hold, *children]:
        mark_lifted(act, each, reason)
    audit.record(session, act, "hold lifted", hold, *_target_rows(session, hold), reason=reason)
    return hold


def mark_lifted(act: Act, hold: Hold, reason: str) -> None:
    hold.lifted_at = act.now
    hold.lifted_by_id = act.user_id
    hold.lift_reason = reason


def _is_rejection(session: Session, hold: Hold) -> bool:
    """Written when a delivery's line was rejected: only who decides on release takes that back."""
    query = select(ReleaseDecisionContainer.decision_id).where(ReleaseDecisionContainer.hold_id == hold.id)
    return session.scalar(query) is not None


def causes_at_place(session: Session, place: Location) -> list[str]:
    """Why nothing may be put into a place; empty when it may."""
    query = select(Hold.cause).where(Hold.location_id == place.id, Hold.lifted_at.is_(None)).order_by(Hold.id)
    return list(session.scalars(query))


def active_holds(session: Session, *, site_id: int) -> list[Hold]:
    """Every hold in force at a site, those for all sites included.

    Left out is what a place wrote, and what holds a container that is empty or gone.
    """
    query = (
        select(Hold)
        .where(
            Hold.lifted_at.is_(None),
            Hold.parent_id.is_(None),
            IS_OF_USE,
            (Hold.site_id == site_id) | Hold.site_id.is_(None),
        )
        .order_by(Hold.id.desc())
    )
    return list(session.scalars(query))


def _target_rows(session: Session, hold: Hold) -> Sequence[Container | Lot | Location]:
    if hold.container_id is not None:
        return [session.get_one(Container, hold.container_id)]
    if hold.lot_id is not None:
        return [session.get_one(Lot, hold.lot_id)]
    return [session.get_one(Location, hold.location_id)]
