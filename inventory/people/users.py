"""Accounts: who works here, with which roles at which site, and who may change that.

- An account is the person's at all sites; roles are held per site. An administrator gives roles only at
  sites where they are administrator, and touches the account itself only when that covers all its sites.
- Each site keeps one active administrator who can sign in.
- Deactivation ends sign-ins, tokens and open links in the same unit.
"""

import hashlib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from inventory.access import Act, Actor, Permission
from inventory.errors import InvalidText, RecordChanged, RecordNotFound, WrongSigner
from inventory.evidence import audit
from inventory.evidence.signatures import ConfirmedIdentity
from inventory.people.errors import (
    AccountInactive,
    LastAdministrator,
    NoRoleAtSite,
    NoRolesChosen,
    NotYourPersons,
    SignInNameTaken,
)
from inventory.texts import line, note
from models.organisation import Site
from models.people import ApiToken, Membership, OneTimeLink, SignIn, User
from models.vocabulary import Role

LONGEST_SIGN_IN_NAME = 100


@dataclass(frozen=True)
class AddPerson:
    """`password_hash` is empty for who is invited: the link sets it."""

    full_name: str
    sign_in_name: str
    site_id: int
    roles: frozenset[Role]
    password_hash: str | None = None


@dataclass(frozen=True)
class ChangeRoles:
    """The roles that a person has from now on at the sites named; other sites stay as they are.

    `seen` is `roles_version` as it was when the form was shown.
    """

    user_id: int
    roles: Mapping[int, frozenset[Role]]
    seen: str


@dataclass(frozen=True)
class Deactivate:
    user_id: int
    version: int
    reason: str


@dataclass(frozen=True)
class SetPassword:
    """From the console, by whoever runs the installation. The password was checked and hashed before."""

    user_id: int
    password_hash: str


@dataclass(frozen=True)
class ChangeOwnPassword:
    """`confirmed` by the present password; the sign-in `present_visit_id` goes on."""

    confirmed: ConfirmedIdentity
    password_hash: str
    present_visit_id: int


@dataclass(frozen=True)
class Activate:
    user_id: int
    version: int


def sign_in_name_of(text: str) -> str:
    """As it is kept and compared: composed, trimmed, case-folded, without spaces."""
    name = folded(line("Sign-in name", text, LONGEST_SIGN_IN_NAME))
    if any(character.isspace() for character in name):
        raise InvalidText("Sign-in name", "contains a space")
    return name


def folded(sign_in_name: str) -> str:
    """However the name was typed, as it is compared."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", sign_in_name).strip().casefold())


def find_user_by_name(session: Session, name: str) -> User | None:
    """By the folded name. What cannot be kept as text is nobody's name."""
    if "\x00" in name or not name.isprintable():
        return None
    return session.scalar(select(User).where(User.sign_in_name == name))


def get_user(session: Session, user_id: int) -> User:
    user = session.get(User, user_id)
    if user is None:
        raise RecordNotFound("account", str(user_id))
    return user


def add_person(session: Session, act: Act, command: AddPerson) -> User:
    """An account with its roles at one site. Raises `SignInNameTaken`."""
    require_administrator(session, act, command.site_id)
    name = sign_in_name_of(command.sign_in_name)
    if find_user_by_name(session, name) is not None:
        raise SignInNameTaken(name)
    if not command.roles:
        raise NoRolesChosen
    user = User(
        sign_in_name=name,
        full_name=line("Name", command.full_name),
        password_hash=command.password_hash,
        created_at=act.now,
    )
    session.add(user)
    session.flush()  # the roles need the account's id
    _set_roles(session, user.id, command.site_id, command.roles)
    audit.record(session, act, "account added", user)
    return user


def change_roles(session: Session, act: Act, command: ChangeRoles) -> User:
    """Set a person's roles at the sites named; none at all takes the person off that site."""
    user = get_user(session, command.user_id)
    for site_id in command.roles:
        require_administrator(session, act, site_id)
    if roles_version(session, user.id) != command.seen:
        raise RecordChanged("roles of", user.full_name)
    administered = _administered_by(session, user.id)
    for site_id, roles in command.roles.items():
        _set_roles(session, user.id, site_id, roles)
    session.flush()  # the question who is left asks the database
    _require_administrator_left(session, user, administered)
    _end_visits_without_role(session, user.id, act.now)
    audit.record(session, act, "roles changed", user)
    return user


def roles_version(session: Session, user_id: int) -> str:
    """Differs whenever the person's roles differ: roles are rows of their own and have no version."""
    query = select(Membership.site_id, Membership.role).where(Membership.user_id == user_id)
    held = sorted(f"{site_id}:{role.value}" for site_id, role in session.execute(query))
    return hashlib.sha256(",".join(held).encode()).hexdigest()[:16]


def deactivate(session: Session, act: Act, command: Deactivate) -> User:
    """Close the account: nobody signs in with it, and what is signed in ends now."""
    user = require_own_person(session, act, command.user_id, command.version)
    if not user.is_active:
        raise AccountInactive(user.full_name)
    user.is_active = False
    session.flush()  # the question who is left asks the database
    _require_administrator_left(session, user, _administered_by(session, user.id))
    end_everything(session, user.id, act.now)
    audit.record(session, act, "account deactivated", user, reason=note("Reason", command.reason))
    return user


def activate(session: Session, act: Act, command: Activate) -> User:
    """Open a closed account again. Its old tokens and links stay ended."""
    user = require_own_person(session, act, command.user_id, command.version)
    user.is_active = True
    audit.record(session, act, "account activated", user)
    return user


def set_password(session: Session, act: Act, command: SetPassword) -> User:
    """Replace a password, use up the person's links and end what was signed in."""
    user = require_own_person(session, act, command.user_id)
    require_active(user)
    user.password_hash = command.password_hash
    use_up_links(session, user.id, act.now)
    end_visits(session, user.id, act.now)
    audit.record(session, act, "password set for the person", user)
    return user


def change_own_password(session: Session, act: Act, command: ChangeOwnPassword) -> User:
    """Replace one's own password and end one's other sign-ins. Raises `WrongSigner` when another confirmed."""
    user = get_user(session, act.user_id)
    if command.confirmed.user_id != user.id:
        raise WrongSigner("password", "somebody else confirmed it")
    user.password_hash = command.password_hash
    use_up_links(session, user.id, act.now)
    end_visits(session, user.id, act.now, but=command.present_visit_id)
    audit.record(session, act, "own password changed", user)
    return user


def end_everything(session: Session, user_id: int, now: datetime) -> None:
    """End sign-ins and use up open links; revoke tokens."""
    end_visits(session, user_id, now)
    use_up_links(session, user_id, now)
    for token in session.scalars(select(ApiToken).where(ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None))):
        token.revoked_at = now


def use_up_links(session: Session, user_id: int, now: datetime) -> None:
    """No earlier link of this person works any more."""
    open_links = select(OneTimeLink).where(OneTimeLink.user_id == user_id, OneTimeLink.used_at.is_(None))
    for link in session.scalars(open_links):
        link.used_at = now


def end_visits(session: Session, user_id: int, now: datetime, *, but: int = 0) -> None:
    running = update(SignIn).where(SignIn.user_id == user_id, SignIn.ended_at.is_(None), SignIn.id != but)
    session.execute(running.values(ended_at=now))


def require_administrator(session: Session, act: Act, site_id: int) -> None:
    """Refuse unless the act may manage people at that very site."""
    act.require(Permission.MANAGE_USERS)
    if session.get(Site, site_id) is None:
        raise RecordNotFound("site", str(site_id))
    administered = administered_site_ids(session, act.actor)
    if administered is not None and site_id not in administered:
        raise NoRoleAtSite


def require_own_person(session: Session, act: Act, user_id: int, version: int | None = None) -> User:
    """The account, if the act's administrator has the say at all its sites. Raises `NotYourPersons`."""
    act.require(Permission.MANAGE_USERS)
    user = get_user(session, user_id)
    administered = administered_site_ids(session, act.actor)
    if administered is not None:
        theirs = site_ids_of(session, user_id)
        if not theirs & administered:
            raise RecordNotFound("account", str(user_id))
        if foreign := theirs - administered:
            names = session.scalars(select(Site.name).where(Site.id.in_(foreign)).order_by(Site.name))
            raise NotYourPersons(user.full_name, tuple(names))
    if version is not None and user.version != version:
        raise RecordChanged("account", user.full_name)
    return user


def require_active(user: User) -> None:
    if not user.is_active:
        raise AccountInactive(user.full_name)


def administered_site_ids(session: Session, actor: Actor) -> set[int] | None:
    """The sites where the actor manages people; `None` for the installation, which is everywhere."""
    if actor.user_id is None:
        return None
    return _administered_by(session, actor.user_id)


def _administered_by(session: Session, user_id: int) -> set[int]:
    query = select(Membership.site_id).where(Membership.user_id == user_id, Membership.role == Role.ADMINISTRATOR)
    return set(session.scalars(query))


def site_ids_of(session: Session, user_id: int) -> set[int]:
    return set(session.scalars(select(Membership.site_id).where(Membership.user_id == user_id)))


def _set_roles(session: Session, user_id: int, site_id: int, roles: frozenset[Role]) -> None:
    query = select(Membership).where(Membership.user_id == user_id, Membership.site_id == site_id)
    held = {membership.role: membership for membership in session.scalars(query)}
    for role, membership in held.items():
        if role not in roles:
            session.delete(membership)
    for role in sorted(roles - held.keys()):
        session.add(Membership(user_id=user_id, site_id=site_id, role=role))


def _require_administrator_left(session: Session, user: User, site_ids: Iterable[int]) -> None:
    """Each of the sites must keep an active administrator with a password."""
    for site_id in sorted(site_ids):
        query = (
            select(User.id)
            .join(Membership, Membership.user_id == User.id)
            .where(Membership.site_id == site_id, Membership.role == Role.ADMINISTRATOR)
            .where(User.is_active, User.password_hash.is_not(None))
            .limit(1)
        )
        if session.scalar(query) is None:
            site = session.get_one(Site, site_id)
            raise LastAdministrator(user.full_name, site.name)


def _end_visits_without_role(session: Session, user_id: int, now: datetime) -> None:
    """A sign-in at a site that the person was taken off ends."""
    kept = site_ids_of(session, user_id)
    session.execute(
        update(SignIn)
        .where(SignIn.user_id == user_id, SignIn.ended_at.is_(None), SignIn.site_id.not_in(kept))
        .values(ended_at=now)
    )
