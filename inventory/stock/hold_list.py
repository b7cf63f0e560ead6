"""The holds in force at a site, each with what it holds.

What a place wrote onto its containers is left out, and so is what holds a container that is empty or gone: it would
hold it again, should a correction bring something back.

What came with one line of a delivery and is held for one cause is one group: it is looked at and released together.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, aliased

from inventory.stock.container_facts import HoldLine, hold_line
from inventory.stock.holds import IS_OF_USE
from models.organisation import Location
from models.people import User
from models.stock import Container, Hold, Lot

_lot_of_container = aliased(Lot)


@dataclass(frozen=True)
class Held:
    """A hold and its one target. Of a container, `lot_id` and `lot_number` are those it belongs to."""

    line: HoldLine
    container_code: str | None
    lot_id: int | None
    lot_number: str | None
    location_id: int | None
    place: str | None
    delivery_line_id: int | None


@dataclass(frozen=True)
class HeldGroup:
    """Holds of one delivery line and cause, or a single one."""

    holds: tuple[Held, ...]

    @property
    def first(self) -> Held:
        return self.holds[0]


def holds_in_force(session: Session, *, site_id: int) -> list[Held]:
    """The newest first; those for all sites are included."""
    return [
        Held(
            line=hold_line(hold, by),
            container_code=code,
            lot_id=lot.id if lot is not None else hold.lot_id,
            lot_number=lot.lot_number if lot is not None else lot_number,
            location_id=hold.location_id,
            place=place,
            delivery_line_id=hold.delivery_line_id,
        )
        for hold, by, code, lot, lot_number, place in session.execute(_holds(site_id))
    ]


def holds_on_place(session: Session, *, location_id: int) -> list[HoldLine]:
    """What blocks a place itself, the oldest first."""
    query = (
        select(Hold, User.full_name)
        .join(User, User.id == Hold.placed_by_id)
        .where(Hold.location_id == location_id, Hold.lifted_at.is_(None))
        .order_by(Hold.id)
    )
    return [hold_line(hold, by) for hold, by in session.execute(query)]


def grouped(held: Iterable[Held]) -> list[HeldGroup]:
    """In the order of the newest of each group."""
    groups: dict[tuple[Any, ...], list[Held]] = {}
    for each in held:
        line = each.line
        own = each.delivery_line_id if each.delivery_line_id is not None else -line.id
        groups.setdefault((own, line.kind, line.cause), []).append(each)
    return [HeldGroup(tuple(group)) for group in groups.values()]


def _holds(site_id: int) -> Select[*tuple[Any, ...]]:
    return (
        select(Hold, User.full_name, Container.code, _lot_of_container, Lot.lot_number, Location.name)
        .join(User, User.id == Hold.placed_by_id)
        .outerjoin(Container, Container.id == Hold.container_id)
        .outerjoin(_lot_of_container, _lot_of_container.id == Container.lot_id)
        .outerjoin(Lot, Lot.id == Hold.lot_id)
        .outerjoin(Location, Location.id == Hold.location_id)
        .where(
            Hold.lifted_at.is_(None),
            Hold.parent_id.is_(None),
            IS_OF_USE,
            or_(Hold.site_id.is_(None), Hold.site_id == site_id),
        )
        .order_by(Hold.id.desc())
    )
