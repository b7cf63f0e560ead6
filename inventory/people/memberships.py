"""What a person may do where: roles at a site, and the responsible person's dates.

`actor_at` is the one place that turns rows into an `Actor`. Responsibility begins and ends by date at the
site, so the day is an argument.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from inventory.access import RESPONSIBLE, ROLE_PERMISSIONS, Act, Actor, Door, Permission
from inventory.errors import RecordNotFound
from inventory.evidence import audit
from inventory.people import users
from inventory.people.errors import DatesTurned, NoRoleAtSite
from models.organisation import Site
from models.people import Membership, ResponsiblePerson, User
from models.vocabulary import Role


@dataclass(frozen=True)
class SiteChoice:
    id: int
    name: str
    time_zone: str


@dataclass(frozen=True)
class MakeResponsible:
    """`until_on` is the last day; without it the responsibility lasts until it is ended."""

    user_id: int
    site_id: int
    from_on: date
    until_on: date | None


@dataclass(frozen=True)
class EndResponsibility:
    responsible_person_id: int


def permissions_of(roles: Iterable[Role], *, is_responsible: bool) -> frozenset[Permission]:
    granted = frozenset[Permission]().union(*(ROLE_PERMISSIONS[role] for role in roles))
    return granted | RESPONSIBLE if is_responsible else granted


def people_who_may(session: Session, permission: Permission, *, site_id: int) -> list[str]:
    """Who holds a permission at a site by role, by name: whom somebody without it can ask."""
    roles = [role for role, held in ROLE_PERMISSIONS.items() if permission in held]
    query = (
        select(User.full_name)
        .join(Membership, Membership.user_id == User.id)
        .where(User.is_active, Membership.site_id == site_id, Membership.role.in_(roles))
        .distinct()
        .order_by(User.full_name)
    )
    return list(session.scalars(query))


def actor_at(session: Session, user: User, site: Site, now: datetime, door: Door, address: str = "") -> Actor:
    """The person at one site, with what they may do there now. Raises `NoRoleAtSite`."""
    roles = roles_at(session, user.id, site.id)
    if not roles or not user.is_active:
        raise NoRoleAtSite
    today = now.astimezone(ZoneInfo(site.time_zone)).date()
    permissions = permissions_of(roles, is_responsible=is_responsible(session, user.id, site.id, today))
    return Actor(user.id, user.full_name, site.id, permissions, door, roles, address)


def roles_at(session: Session, user_id: int, site_id: int) -> tuple[Role, ...]:
    query = select(Membership.role).where(Membership.user_id == user_id, Membership.site_id == site_id)
    return tuple(sorted(session.scalars(query)))


def sites_of(session: Session, user_id: int) -> list[SiteChoice]:
    """The sites where the person has a role, by name."""
    query = (
        select(Site.id, Site.name, Site.time_zone)
        .where(Site.id.in_(select(Membership.site_id).where(Membership.user_id == user_id)))
        .order_by(Site.name)
    )
    return [SiteChoice(*row) for row in session.execute(query)]


def is_responsible(session: Session, user_id: int, site_id: int, today: date) -> bool:
    query = select(ResponsiblePerson.id).where(
        ResponsiblePerson.user_id == user_id,
        ResponsiblePerson.site_id == site_id,
        ResponsiblePerson.from_on <= today,
        or_(ResponsiblePerson.until_on.is_(None), ResponsiblePerson.until_on >= today),
    )
    return session.scalar(query.limit(1)) is not None


def responsible_names(session: Session, *, site_id: int, now: datetime) -> list[str]:
    """Who is responsible at a site today, by name."""
    today = now.astimezone(ZoneInfo(session.get_one(Site, site_id).time_zone)).date()
    query = (
        select(User.full_name)
        .join(ResponsiblePerson, ResponsiblePerson.user_id == User.id)
        .where(
            User.is_active,
            ResponsiblePerson.site_id == site_id,
            ResponsiblePerson.from_on <= today,
            or_(ResponsiblePerson.until_on.is_(None), ResponsiblePerson.until_on >= today),
        )
        .distinct()
    )
    return sorted(session.scalars(query))


def responsibilities_of(session: Session, user_id: int) -> list[ResponsiblePerson]:
    query = select(ResponsiblePerson).where(ResponsiblePerson.user_id == user_id)
    return list(session.scalars(query.order_by(ResponsiblePerson.from_on, ResponsiblePerson.id)))


def make_responsible(session: Session, act: Act, command: MakeResponsible) -> ResponsiblePerson:
    """Let a person release, approve and override at a site between two dates."""
    users.require_administrator(session, act, command.site_id)
    user = users.get_user(session, command.user_id)
    users.require_active(user)
    if not roles_at(session, user.id, command.site_id):
        raise NoRoleAtSite
    if command.until_on is not None and command.until_on < command.from_on:
        raise DatesTurned(command.from_on.isoformat(), command.until_on.isoformat())
    responsible = ResponsiblePerson(
        user_id=user.id, site_id=command.site_id, from_on=command.from_on, until_on=command.until_on
    )
    session.add(responsible)
    audit.record(session, act, "made responsible person", responsible, user)
    return responsible


def end_responsibility(session: Session, act: Act, command: EndResponsibility) -> ResponsiblePerson:
    """From today on the person is no longer responsible; the days before stay on record."""
    responsible = session.get(ResponsiblePerson, command.responsible_person_id)
    if responsible is None:
        raise RecordNotFound("responsibility", str(command.responsible_person_id))
    users.require_administrator(session, act, responsible.site_id)
    site = session.get_one(Site, responsible.site_id)
    yesterday = date.fromordinal(act.now.astimezone(ZoneInfo(site.time_zone)).date().toordinal() - 1)
    if responsible.until_on is None or responsible.until_on > yesterday:
        responsible.until_on = yesterday
    audit.record(session, act, "responsibility ended", responsible, users.get_user(session, responsible.user_id))
    return responsible
