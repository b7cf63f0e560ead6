"""The people an administrator sees: those with a role at a site that the administrator manages."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inventory.access import Actor
from inventory.errors import RecordNotFound
from inventory.people import memberships, users
from models.organisation import Site
from models.people import Membership, SignIn, User
from models.vocabulary import Role


@dataclass(frozen=True)
class RolesAtSite:
    site: str
    names: tuple[Role, ...]


@dataclass(frozen=True)
class Person:
    """`state` is active, invited (no password yet) or deactivated."""

    id: int
    full_name: str
    sign_in_name: str
    roles: tuple[RolesAtSite, ...]
    state: str
    seen_at: datetime | None


@dataclass(frozen=True)
class SiteRoles:
    """A site that the administrator manages, and the roles held there."""

    id: int
    name: str
    chosen: tuple[Role, ...]


@dataclass(frozen=True)
class Responsibility:
    """`can_end`: it still holds or is to come, at a site that the administrator manages."""

    id: int
    site: str
    from_on: date
    until_on: date | None
    can_end: bool


@dataclass(frozen=True)
class PersonPage:
    id: int
    full_name: str
    sign_in_name: str
    is_active: bool
    is_me: bool
    created_at: datetime
    seen_at: datetime | None
    version: int
    roles_version: str
    roles_by_site: tuple[SiteRoles, ...]
    responsibilities: tuple[Responsibility, ...]


def people_of(session: Session, actor: Actor) -> list[Person]:
    """Everybody with a role at one of the actor's sites, with all their roles, by name."""
    query = select(User).order_by(User.full_name, User.id)
    managed = users.administered_site_ids(session, actor)
    if managed is not None:
        query = query.where(User.id.in_(select(Membership.user_id).where(Membership.site_id.in_(managed))))
    found = list(session.scalars(query))
    roles, seen = _roles(session, found), last_seen(session, [user.id for user in found])
    return [
        Person(user.id, user.full_name, user.sign_in_name, roles.get(user.id, ()), _state(user), seen.get(user.id))
        for user in found
    ]


def get_person(session: Session, actor: Actor, user_id: int, now: datetime) -> PersonPage:
    """Raises `RecordNotFound` also for somebody who works only where the actor has no say."""
    user = users.get_user(session, user_id)
    managed = users.administered_site_ids(session, actor)
    if managed is not None and not managed & users.site_ids_of(session, user_id):
        raise RecordNotFound("account", str(user_id))
    sites = list(session.scalars(select(Site).order_by(Site.name)))
    return PersonPage(
        id=user.id,
        full_name=user.full_name,
        sign_in_name=user.sign_in_name,
        is_active=user.is_active,
        is_me=user.id == actor.user_id,
        created_at=user.created_at,
        seen_at=last_seen(session, [user.id]).get(user.id),
        version=user.version,
        roles_version=users.roles_version(session, user.id),
        roles_by_site=tuple(
            SiteRoles(site.id, site.name, memberships.roles_at(session, user.id, site.id))
            for site in sites
            if managed is None or site.id in managed
        ),
        responsibilities=_responsibilities(session, user.id, sites, managed, now),
    )


def _responsibilities(
    session: Session, user_id: int, sites: list[Site], managed: set[int] | None, now: datetime
) -> tuple[Responsibility, ...]:
    by_id = {site.id: site for site in sites}
    found = []
    for row in memberships.responsibilities_of(session, user_id):
        site = by_id[row.site_id]
        today = now.astimezone(ZoneInfo(site.time_zone)).date()
        can_end = (managed is None or site.id in managed) and (row.until_on is None or row.until_on >= today)
        found.append(Responsibility(row.id, site.name, row.from_on, row.until_on, can_end))
    return tuple(found)


def last_seen(session: Session, user_ids: Iterable[int]) -> dict[int, datetime]:
    """When each of these people was last there; who never was is left out."""
    query = select(SignIn.user_id, func.max(SignIn.seen_at)).where(SignIn.user_id.in_(list(user_ids)))
    return dict(list(session.execute(query.group_by(SignIn.user_id))))


def _roles(session: Session, found: Iterable[User]) -> dict[int, tuple[RolesAtSite, ...]]:
    query = (
        select(Membership.user_id, Site.name, Membership.role)
        .join(Site, Site.id == Membership.site_id)
        .where(Membership.user_id.in_([user.id for user in found]))
        .order_by(Site.name, Membership.role)
    )
    held: dict[int, dict[str, list[Role]]] = defaultdict(lambda: defaultdict(list))
    for user_id, site, role in session.execute(query):
        held[user_id][site].append(role)
    return {
        user_id: tuple(RolesAtSite(site, tuple(roles)) for site, roles in by_site.items())
        for user_id, by_site in held.items()
    }


def _state(user: User) -> str:
    if not user.is_active:
        return "deactivated"
    return "invited" if user.password_hash is None else "active"
