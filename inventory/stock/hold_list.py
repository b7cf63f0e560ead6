"""The holds in force at a site, each with what it holds. What a place wrote onto its containers is left out."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from inventory.stock.container_facts import HoldLine, hold_line
from models.organisation import Location
from models.people import User
from models.stock import Container, Hold, Lot


@dataclass(frozen=True)
class Held:
    """A hold and its one target."""

    line: HoldLine
    container_code: str | None
    lot_id: int | None
    lot_number: str | None
    location_id: int | None
    place: str | None


def holds_in_force(session: Session, *, site_id: int) -> list[Held]:
    """The newest first; those for all sites are included."""
    return [
        Held(hold_line(hold, by), code, hold.lot_id, lot_number, hold.location_id, place)
        for hold, by, code, lot_number, place in session.execute(_holds(site_id))
    ]


def _holds(site_id: int) -> Select[*tuple[Any, ...]]:
    return (
        select(Hold, User.full_name, Container.code, Lot.lot_number, Location.name)
        .join(User, User.id == Hold.placed_by_id)
        .outerjoin(Container, Container.id == Hold.container_id)
        .outerjoin(Lot, Lot.id == Hold.lot_id)
        .outerjoin(Location, Location.id == Hold.location_id)
        .where(
            Hold.lifted_at.is_(None),
            Hold.parent_id.is_(None),
            or_(Hold.site_id.is_(None), Hold.site_id == site_id),
        )
        .order_by(Hold.id.desc())
    )
