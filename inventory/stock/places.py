"""Places: the real ones of a site, and the boundary locations through which amounts enter and leave."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.errors import PlaceNotOfThisSite
from models.organisation import Location
from models.vocabulary import LocationKind


def boundary_id(session: Session, site_id: int, kind: LocationKind) -> int:
    """The one location of `kind` at a site. Set-up made it and it never changes, so a unit asks once."""
    known: dict[tuple[int, LocationKind], int] = session.info.setdefault("boundaries", {})
    if not any(site == site_id for site, _ in known):
        rows = session.execute(
            select(Location.kind, Location.id).where(
                Location.site_id == site_id, Location.kind.in_([each for each in LocationKind if not each.is_real])
            )
        )
        known.update({(site_id, found): location_id for found, location_id in rows})
    return known[site_id, kind]


def get_place(session: Session, site_id: int, location_id: int) -> Location:
    """A storage place or room of the site. Raises `PlaceNotOfThisSite`."""
    place = session.get(Location, location_id)
    if place is None or place.site_id != site_id or not place.kind.is_real or not place.is_active:
        raise PlaceNotOfThisSite(place.name if place is not None else str(location_id))
    return place


def list_places(session: Session, *, site_id: int) -> list[Location]:
    real = [kind for kind in LocationKind if kind.is_real]
    query = select(Location).where(Location.site_id == site_id, Location.kind.in_(real), Location.is_active)
    return list(session.scalars(query.order_by(Location.name)))
