"""Places: the real ones of a site, and the boundary locations through which amounts enter and leave.

Real places are added, named and taken out of use by the clinic. One that is out of use keeps its name, code and
history; it is empty, and nothing enters it.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inventory import texts
from inventory.access import Act, Permission
from inventory.errors import InvalidText, PlaceHeld, PlaceNotOfThisSite
from inventory.evidence import audit
from inventory.rules.codes import CodeKind, make_code
from inventory.stock.errors import LastPlace, PlaceNameTaken, PlaceNotEmpty
from models.organisation import Location
from models.stock import IS_NOT_EMPTY, Container, Hold
from models.vocabulary import LocationKind

LONGEST_NAME = 60


@dataclass(frozen=True)
class AddPlace:
    name: str
    kind: LocationKind = LocationKind.STORAGE
    is_quarantine: bool = False


@dataclass(frozen=True)
class RenamePlace:
    location_id: int
    name: str


@dataclass(frozen=True)
class ClosePlace:
    location_id: int


@dataclass(frozen=True)
class OpenPlaceAgain:
    location_id: int


def add_place(session: Session, act: Act, command: AddPlace) -> Location:
    """Somewhere to keep stock, with a code of its own. Raises `PlaceNameTaken`."""
    act.require(Permission.MANAGE_SITE)
    if not command.kind.is_real or (command.is_quarantine and command.kind is not LocationKind.STORAGE):
        raise InvalidText("Kind", "is a storage place or a room; only a storage place is quarantine")
    place = Location(
        site_id=act.site_id,
        kind=command.kind,
        name=_free_name(session, act, command.name),
        code=make_code(CodeKind.LOCATION, secrets.randbits),
        is_quarantine=command.is_quarantine,
    )
    session.add(place)
    audit.record(session, act, "place added", place)
    return place


def rename_place(session: Session, act: Act, command: RenamePlace) -> Location:
    """The code on its label stays. Raises `PlaceNameTaken`."""
    act.require(Permission.MANAGE_SITE)
    place = get_place_of(session, act.site_id, command.location_id)
    place.name = _free_name(session, act, command.name, but=place)
    audit.record(session, act, "place renamed", place)
    return place


def close_place(session: Session, act: Act, command: ClosePlace) -> Location:
    """Take an empty place out of use. Raises `PlaceNotEmpty`, `PlaceHeld`, `LastPlace`."""
    act.require(Permission.MANAGE_SITE)
    place = get_place(session, act.site_id, command.location_id)
    held = select(func.count()).where(Container.location_id == place.id, IS_NOT_EMPTY)
    count = session.scalar(held) or 0
    if count:
        raise PlaceNotEmpty(place.name, count)
    causes = session.scalars(select(Hold.cause).where(Hold.location_id == place.id, Hold.lifted_at.is_(None))).all()
    if causes:
        raise PlaceHeld(place.name, "; ".join(causes))
    if not _has_another(session, place):
        raise LastPlace(place.name)
    place.is_active = False
    audit.record(session, act, "place taken out of use", place)
    return place


def open_place_again(session: Session, act: Act, command: OpenPlaceAgain) -> Location:
    act.require(Permission.MANAGE_SITE)
    place = get_place_of(session, act.site_id, command.location_id)
    place.is_active = True
    audit.record(session, act, "place in use again", place)
    return place


def _has_another(session: Session, place: Location) -> bool:
    """Another place for stock, or of a quarantine another quarantine."""
    query = select(Location.id).where(
        Location.site_id == place.site_id,
        Location.id != place.id,
        Location.kind == LocationKind.STORAGE,
        Location.is_quarantine == place.is_quarantine,
        Location.is_active,
    )
    return place.kind is LocationKind.ROOM or session.scalar(query.limit(1)) is not None


def _free_name(session: Session, act: Act, given: str, but: Location | None = None) -> str:
    """Compared as people read it, so that two places never differ by a capital letter alone."""
    name = texts.line("Name", given, LONGEST_NAME)
    query = select(Location.id, Location.name).where(Location.site_id == act.site_id)
    taken = {known.casefold() for known_id, known in session.execute(query) if but is None or known_id != but.id}
    if name.casefold() in taken:
        raise PlaceNameTaken(name)
    return name


def get_place_of(session: Session, site_id: int, location_id: int) -> Location:
    """A storage place or room of the site, in use or not. Raises `PlaceNotOfThisSite`."""
    place = session.get(Location, location_id)
    if place is None or place.site_id != site_id or not place.kind.is_real:
        raise PlaceNotOfThisSite(place.name if place is not None and place.site_id == site_id else str(location_id))
    return place


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
    """A storage place or room of the site that is in use. Raises `PlaceNotOfThisSite`."""
    place = session.get(Location, location_id)
    if place is None or place.site_id != site_id or not place.kind.is_real or not place.is_active:
        raise PlaceNotOfThisSite(place.name if place is not None else str(location_id))
    return place


def list_places(session: Session, *, site_id: int) -> list[Location]:
    real = [kind for kind in LocationKind if kind.is_real]
    query = select(Location).where(Location.site_id == site_id, Location.kind.in_(real), Location.is_active)
    return list(session.scalars(query.order_by(Location.name)))


def list_all_places(session: Session, *, site_id: int) -> list[Location]:
    """Those out of use too, at the end."""
    real = [kind for kind in LocationKind if kind.is_real]
    query = select(Location).where(Location.site_id == site_id, Location.kind.in_(real))
    return list(session.scalars(query.order_by(Location.is_active.desc(), Location.name)))


def containers_by_place(session: Session, *, site_id: int) -> Mapping[int, int]:
    """How many containers hold something, by place; a place without any is left out."""
    query = (
        select(Container.location_id, func.count())
        .join(Location, Location.id == Container.location_id)
        .where(Location.site_id == site_id, IS_NOT_EMPTY)
        .group_by(Container.location_id)
    )
    return dict(session.execute(query).all())
