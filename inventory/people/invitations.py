"""One-time links: an invitation or a new password, without mail.

A link holds 256 random bits and is shown once; its hash is kept. It works once and for 72 hours; a newer link
replaces it. Using one sets the password and ends what was signed in before.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.access import Act, Actor, Door
from inventory.evidence import audit
from inventory.people import users
from inventory.people.errors import LinkNotValid
from inventory.people.tokens import secret_hash
from models.organisation import Installation
from models.people import OneTimeLink, User

VALID_FOR = timedelta(hours=72)


@dataclass(frozen=True)
class Invite:
    """`link_hash` is that of the secret which the caller shows."""

    person: users.AddPerson
    link_hash: bytes


@dataclass(frozen=True)
class MakeLink:
    user_id: int
    link_hash: bytes


@dataclass(frozen=True)
class UseLink:
    secret: str
    password_hash: str


@dataclass(frozen=True)
class LinkOwner:
    """Who a link is for. `is_invitation`: there is no password yet. `names` may not be the password."""

    user_id: int
    full_name: str
    sign_in_name: str
    is_invitation: bool
    names: tuple[str, ...]

    @property
    def actor(self) -> Actor:
        """The person, who may do nothing yet but use the link."""
        return Actor(self.user_id, self.full_name, None, frozenset(), Door.PAGE)


def invite(session: Session, act: Act, command: Invite) -> OneTimeLink:
    """An account without a password, and the link that sets one."""
    user = users.add_person(session, act, command.person)
    return _add_link(session, act, user, command.link_hash, "invited")


def make_link(session: Session, act: Act, command: MakeLink) -> OneTimeLink:
    """A link for a new password. The present one works until the link is used."""
    user = users.require_own_person(session, act, command.user_id)
    users.require_active(user)
    users.use_up_links(session, user.id, act.now)
    return _add_link(session, act, user, command.link_hash, "link for a new password made")


def find_owner(session: Session, secret: str, now: datetime) -> LinkOwner | None:
    """Who the link is for, while it works."""
    link = _find_link(session, secret, now)
    if link is None:
        return None
    user = session.get_one(User, link.user_id)
    organisation = session.get_one(Installation, 1).organisation
    names = (user.sign_in_name, user.full_name, organisation)
    return LinkOwner(user.id, user.full_name, user.sign_in_name, user.password_hash is None, names)


def use_link(session: Session, act: Act, command: UseLink) -> User:
    """Set the password, use up the person's links, end earlier sign-ins. Raises `LinkNotValid`."""
    link = _find_link(session, command.secret, act.now)
    if link is None or link.user_id != act.user_id:
        raise LinkNotValid
    user = session.get_one(User, link.user_id)
    user.password_hash = command.password_hash
    users.use_up_links(session, user.id, act.now)
    users.end_visits(session, user.id, act.now)
    audit.record(session, act, "password set by link", user)
    return user


def _add_link(session: Session, act: Act, user: User, link_hash: bytes, action: str) -> OneTimeLink:
    link = OneTimeLink(user_id=user.id, token_hash=link_hash, created_at=act.now, expires_at=act.now + VALID_FOR)
    session.add(link)
    audit.record(session, act, action, user)
    return link


def _find_link(session: Session, secret: str, now: datetime) -> OneTimeLink | None:
    """The link, unless it was used, is over, or its account is closed."""
    query = (
        select(OneTimeLink)
        .join(User, User.id == OneTimeLink.user_id)
        .where(OneTimeLink.token_hash == secret_hash(secret), OneTimeLink.used_at.is_(None))
        .where(OneTimeLink.expires_at > now, User.is_active)
    )
    return session.scalar(query)
