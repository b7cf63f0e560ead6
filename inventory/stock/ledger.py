"""The ledger's own verbs. Every amount leaves one location and enters another, in one immutable row.

`remaining`, `location_id`, `found` and `closed_at` of a container change only here, with the move that
explains them. Nothing here asks whether a container may be used: that is `usability`'s business.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from inventory.access import Act
from inventory.errors import InFuture, NotEnoughInContainer, WholePiecesOnly
from inventory.rules.amounts import checked_amount
from inventory.stock import places
from models.organisation import Location
from models.stock import Container, StockEntry, StockMove
from models.vocabulary import EntryPurpose, IdentifiedBy, LocationKind, MovePurpose, Tracking, WasteReason

NOTHING = Decimal(0)


def open_entry(
    session: Session,
    act: Act,
    purpose: EntryPurpose,
    *,
    occurred_at: datetime | None = None,
    reason: str | None = None,
    **document: int,
) -> StockEntry:
    """Begin an entry at the act's site. `document` is the id column that `purpose` demands."""
    entry = StockEntry(
        site_id=act.site_id,
        purpose=purpose,
        occurred_at=happened_at(act, occurred_at),
        recorded_at=act.now,
        user_id=act.user_id,
        reason=reason,
        **document,
    )
    session.add(entry)
    return entry


def happened_at(act: Act, occurred_at: datetime | None) -> datetime:
    """When it happened: now, unless said. Raises `InFuture`."""
    if occurred_at is None:
        return act.now
    if occurred_at > act.now:
        raise InFuture("Time", f"{occurred_at:%Y-%m-%d %H:%M %Z}", f"{act.now:%Y-%m-%d %H:%M} UTC")
    return occurred_at


def bring_in(session: Session, entry: StockEntry, container: Container, amount: Decimal, purpose: MovePurpose) -> None:
    """Fill a new container, which stands at its place and holds nothing yet."""
    source_id = places.boundary_id(session, entry.site_id, _SOURCES[purpose])
    _move(session, entry, container, amount, purpose, (source_id, container.location_id))
    container.remaining += amount


@dataclass(frozen=True)
class Taking:
    """How much is taken out, what for, and how the container was identified."""

    amount: Decimal
    purpose: MovePurpose
    identified_by: IdentifiedBy
    waste_reason: WasteReason | None = None


def take(session: Session, entry: StockEntry, container: Container, taking: Taking) -> StockMove:
    """Take an amount out of a container. Raises `NotEnoughInContainer`, `WholePiecesOnly`."""
    amount, purpose = checked_amount(taking.amount), taking.purpose
    refuse_part_of_a_piece(container, amount)
    if amount > container.remaining:
        unit = container.lot.product.unit.value
        raise NotEnoughInContainer(container.code, amount, container.remaining, unit)
    target_id = places.boundary_id(session, entry.site_id, _TARGETS[purpose])
    move = _move(session, entry, container, amount, purpose, (container.location_id, target_id))
    move.identified_by = taking.identified_by
    move.waste_reason = taking.waste_reason
    container.remaining -= amount
    _close_if_empty(container, entry, purpose)
    return move


def add_found(session: Session, entry: StockEntry, container: Container, amount: Decimal) -> StockMove:
    """Book what a container held beyond its content (RCL-02). Raises `WholePiecesOnly`."""
    checked = checked_amount(amount)
    refuse_part_of_a_piece(container, checked)
    source_id = places.boundary_id(session, entry.site_id, LocationKind.ADJUSTMENT)
    move = _move(session, entry, container, checked, MovePurpose.FOUND, (source_id, container.location_id))
    container.found += move.amount
    container.remaining += move.amount
    container.closed_at = container.closed_why = None
    return move


def relocate(
    session: Session,
    entry: StockEntry,
    container: Container,
    place: Location,
    purpose: MovePurpose = MovePurpose.MOVED,
) -> StockMove:
    """Between real places, and on the way to another site, the whole remaining amount moves."""
    move = _move(session, entry, container, container.remaining, purpose, (container.location_id, place.id))
    container.location = place
    container.location_id = place.id
    return move


def reverse(session: Session, entry: StockEntry, original: StockMove) -> StockMove:
    """Undo one move in the books. The caller judges the net per container and closes or reopens it.

    What comes back comes to where the container is now, and what never came in leaves from there: it may have
    been moved meanwhile, and a container is never in two places.
    """
    container = original.container
    from_location_id, to_location_id = original.to_location_id, original.from_location_id
    if came_in(session, original):
        from_location_id = container.location_id
    elif original.purpose is not MovePurpose.MOVED:
        to_location_id = container.location_id
    move = StockMove(
        entry=entry,
        container=container,
        from_location_id=from_location_id,
        to_location_id=to_location_id,
        amount=original.amount,
        purpose=original.purpose,
        reverses_id=original.id,
        identified_by=original.identified_by,
        waste_reason=original.waste_reason,
    )
    session.add(move)
    return move


def repeat(
    session: Session, entry: StockEntry, original: StockMove, container: Container, amount: Decimal
) -> StockMove:
    """The move as it should have been: another amount, another container, or both. Raises `WholePiecesOnly`."""
    comes_in = came_in(session, original)
    refuse_part_of_a_piece(container, checked_amount(amount))
    move = StockMove(
        entry=entry,
        container=container,
        from_location_id=original.from_location_id if comes_in else container.location_id,
        to_location_id=container.location_id if comes_in else original.to_location_id,
        amount=checked_amount(amount),
        purpose=original.purpose,
        identified_by=original.identified_by,
        waste_reason=original.waste_reason,
    )
    session.add(move)
    return move


def came_in(session: Session, move: StockMove) -> bool:
    """Whether a move filled its container: then it came from the boundary."""
    return not session.get_one(Location, move.from_location_id).kind.is_inside


def settle(container: Container, entry: StockEntry, purpose: MovePurpose) -> None:
    """Close an emptied container, reopen the books of one that holds something again."""
    if container.remaining > 0:
        container.closed_at = container.closed_why = None
    else:
        _close_if_empty(container, entry, purpose)


def _move(
    session: Session,
    entry: StockEntry,
    container: Container,
    amount: Decimal,
    purpose: MovePurpose,
    route: tuple[int, int],
) -> StockMove:
    from_location_id, to_location_id = route
    move = StockMove(
        entry=entry,
        container=container,
        from_location_id=from_location_id,
        to_location_id=to_location_id,
        amount=amount,
        purpose=purpose,
        identified_by=IdentifiedBy.BY_HAND,
    )
    session.add(move)
    return move


def _close_if_empty(container: Container, entry: StockEntry, purpose: MovePurpose) -> None:
    if container.remaining == NOTHING and container.closed_at is None:
        container.closed_at = entry.occurred_at
        container.closed_why = purpose


def refuse_part_of_a_piece(container: Container, amount: Decimal) -> None:
    """A pack of pieces holds whole ones. Raises `WholePiecesOnly`."""
    if container.lot.product.tracking is Tracking.PACK and amount != amount.to_integral_value():
        raise WholePiecesOnly(container.code, amount)


_SOURCES = {
    MovePurpose.OPENING: LocationKind.EXTERNAL,
    MovePurpose.RECEIVED: LocationKind.SUPPLIER,
    MovePurpose.PREPARED: LocationKind.COMPOUNDING,
    MovePurpose.SPLIT: LocationKind.ADJUSTMENT,
    MovePurpose.FOUND: LocationKind.ADJUSTMENT,
}

_TARGETS = {
    MovePurpose.COMPOUNDED: LocationKind.COMPOUNDING,
    MovePurpose.ADMINISTERED: LocationKind.PATIENT,
    MovePurpose.WASTED: LocationKind.WASTE,
    MovePurpose.DESTROYED: LocationKind.WASTE,
    MovePurpose.RETURNED: LocationKind.SUPPLIER,
    MovePurpose.SAMPLED: LocationKind.EXTERNAL,
    MovePurpose.LOST: LocationKind.ADJUSTMENT,
    MovePurpose.SPLIT: LocationKind.ADJUSTMENT,
}
