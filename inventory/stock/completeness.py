"""When the books of a site are whole: each place counted once, declared done by a person, then a date for the site.

A trace says since when each site is complete. So nothing of the first count enters a place that was declared done, and
opening a place again takes the site's date back: what rested on the declaration falls with it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inventory import texts
from inventory.access import Act, Permission
from inventory.evidence import audit
from inventory.stock import places
from inventory.stock.errors import NotCompleteOn, PlaceDeclaredDone, PlaceNotDone, PlacesNotDone
from models.organisation import Location, OpeningDeclaration, Site
from models.people import User


@dataclass(frozen=True)
class DeclarePlaceDone:
    location_id: int


@dataclass(frozen=True)
class ReopenPlace:
    location_id: int
    reason: str


@dataclass(frozen=True)
class DeclareComplete:
    """`since_on`: the first day from which the records have no gap; empty: the day of the last declaration."""

    since_on: date | None = None


@dataclass(frozen=True)
class Declared:
    """The last word on a place. `reason`: why it was opened again."""

    is_done: bool
    at: datetime
    by: str
    reason: str | None


@dataclass(frozen=True)
class PlaceStatus:
    id: int
    name: str
    is_done: bool
    declared: Declared | None


@dataclass(frozen=True)
class SiteStatus:
    """`earliest`: the first day that the site may be called complete from; None while a place is open."""

    places: tuple[PlaceStatus, ...]
    complete_since: date | None
    earliest: date | None

    @property
    def open_places(self) -> tuple[PlaceStatus, ...]:
        return tuple(place for place in self.places if not place.is_done)


def declare_place_done(session: Session, act: Act, command: DeclarePlaceDone) -> Location:
    """All that stands there is recorded. Raises `PlaceDeclaredDone`."""
    act.require(Permission.RECEIVE_STOCK)
    place = places.get_place(session, act.site_id, command.location_id)
    refuse_done(session, place)
    _declare(session, act, place, reason=None)
    audit.record(session, act, "first count of a place done", place)
    return place


def reopen_place(session: Session, act: Act, command: ReopenPlace) -> Location:
    """Something was overlooked. Raises `PlaceNotDone`.

    Whoever counts may say so; once the site is complete, only who may declare it complete (OPN-04).
    """
    site = session.get_one(Site, act.site_id)
    act.require(Permission.RECEIVE_STOCK if site.complete_since is None else Permission.DECLARE_COMPLETE)
    place = places.get_place(session, act.site_id, command.location_id)
    if not is_done(session, place):
        raise PlaceNotDone(place.name)
    reason = texts.reason(command.reason)
    site.complete_since = None
    _declare(session, act, place, reason=reason)
    audit.record(session, act, "first count of a place opened again", place, site, reason=reason)
    return place


def declare_complete(session: Session, act: Act, command: DeclareComplete) -> Site:
    """From that day on the site's records have no gap. Raises `PlacesNotDone`, `NotCompleteOn`."""
    act.require(Permission.DECLARE_COMPLETE)
    status = site_status(session, site_id=act.site_id)
    site = session.get_one(Site, act.site_id)
    if status.earliest is None:
        raise PlacesNotDone(tuple(place.name for place in status.open_places))
    today = act.now.astimezone(ZoneInfo(site.time_zone)).date()
    since_on = command.since_on or status.earliest
    if not status.earliest <= since_on <= today:
        raise NotCompleteOn(since_on.isoformat(), status.earliest.isoformat(), today.isoformat())
    site.complete_since = since_on
    audit.record(session, act, "records declared complete", site)
    return site


def refuse_done(session: Session, place: Location) -> None:
    """Raises `PlaceDeclaredDone`: nothing of the first count enters any more (rule OPN-03)."""
    if is_done(session, place):
        raise PlaceDeclaredDone(place.name)


def is_done(session: Session, place: Location) -> bool:
    """By the last word on it; where nobody said anything, by whether the site is complete."""
    last = _last_words(session, place.site_id).get(place.id)
    return _is_done(last, session.get_one(Site, place.site_id))


def site_status(session: Session, *, site_id: int) -> SiteStatus:
    site = session.get_one(Site, site_id)
    words = _last_words(session, site_id)
    known = tuple(
        PlaceStatus(place.id, place.name, _is_done(words.get(place.id), site), words.get(place.id))
        for place in places.list_places(session, site_id=site_id)
    )
    return SiteStatus(known, site.complete_since, _earliest(known, site))


def _earliest(known: tuple[PlaceStatus, ...], site: Site) -> date | None:
    if not known or not all(place.is_done for place in known):
        return None
    days = [place.declared.at.astimezone(ZoneInfo(site.time_zone)).date() for place in known if place.declared]
    return max(days, default=site.complete_since)


def _is_done(last: Declared | None, site: Site) -> bool:
    return site.complete_since is not None if last is None else last.is_done


def _last_words(session: Session, site_id: int) -> Mapping[int, Declared]:
    newest = (
        select(func.max(OpeningDeclaration.id))
        .join(Location, Location.id == OpeningDeclaration.location_id)
        .where(Location.site_id == site_id)
        .group_by(OpeningDeclaration.location_id)
    )
    query = (
        select(OpeningDeclaration, User.full_name)
        .join(User, User.id == OpeningDeclaration.declared_by_id)
        .where(OpeningDeclaration.id.in_(newest))
    )
    return {
        word.location_id: Declared(not word.is_reopened, word.declared_at, by, word.reason)
        for word, by in session.execute(query)
    }


def _declare(session: Session, act: Act, place: Location, *, reason: str | None) -> None:
    session.add(
        OpeningDeclaration(
            location_id=place.id,
            is_reopened=reason is not None,
            declared_at=act.now,
            declared_by_id=act.user_id,
            reason=reason,
        )
    )
