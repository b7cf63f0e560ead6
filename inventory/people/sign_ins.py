"""Signing in, the idle lock, and signing out: all on the server, by a row per browser.

- The browser holds an opaque token; only its hash is kept, and the row decides.
- A sign-in idle for `Limits.idle` is locked: the password opens it again. After `Limits.longest` it has ended.
- These rows are bookkeeping outside the audit chains (`Units.append_apart`); accounts and roles are inside.
- Passwords are checked between short units, never within one.
"""

import contextlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from inventory.access import Act, Actor, Door
from inventory.errors import Busy, ClockWrong, RecordChanged, StorageFull
from inventory.evidence import audit
from inventory.evidence.signatures import ConfirmedIdentity
from inventory.people import memberships, throttling, users
from inventory.people.errors import NoRoleAtSite, SignInEnded, SignInRefused, WrongPassword
from inventory.people.passwords import Passwords
from inventory.people.tokens import new_secret, secret_hash
from inventory.units import ORGANISATION, Units
from models.people import SignIn, User

TOUCHED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class Limits:
    idle: timedelta = timedelta(minutes=15)
    longest: timedelta = timedelta(hours=12)


@dataclass(frozen=True)
class Visit:
    """One sign-in as it stands now."""

    id: int
    user_id: int
    full_name: str
    sign_in_name: str
    site_id: int | None
    seen_at: datetime
    is_locked: bool


@dataclass(frozen=True)
class Credentials:
    sign_in_name: str
    password: str


def sign_in(units: Units, passwords: Passwords, credentials: Credentials, address: str) -> str:
    """A new sign-in's token. Raises `SignInRefused`, `TooManyAttempts` or `NoRoleAtSite`."""
    name = users.folded(credentials.sign_in_name)
    attempt_id = units.append_apart(lambda s, now: throttling.begin_attempt(s, now, name, address))
    with units.reading() as session:
        user = users.find_user_by_name(session, name)
        user_id, stored = (user.id, user.password_hash) if user is not None and user.is_active else (0, None)
    if not passwords.verify(stored, credentials.password):
        raise SignInRefused
    token = units.append_apart(lambda s, now: _begin(s, now, user_id, stored, attempt_id, address))
    if stored is not None and passwords.needs_rehash(stored):
        _renew_hash(units, user_id, stored, passwords.hash(credentials.password))
    return token


def find_visit(session: Session, token: str, now: datetime, limits: Limits) -> Visit | None:
    """The sign-in that a browser's token names, unless it has ended."""
    query = select(SignIn, User).join(User, User.id == SignIn.user_id).where(SignIn.token_hash == secret_hash(token))
    found = session.execute(query).first()
    if found is None:
        return None
    row, user = found
    if row.ended_at is not None or not user.is_active or now - row.started_at >= limits.longest:
        return None
    is_locked = row.locked_at is not None or now - row.seen_at >= limits.idle
    return Visit(row.id, user.id, user.full_name, user.sign_in_name, row.site_id, row.seen_at, is_locked)


def touch(units: Units, visit: Visit) -> None:
    """Note that the person is there, at most once a minute. A full disk or a long queue does not keep them out."""
    if units.clock.now() - visit.seen_at < TOUCHED_EVERY:
        return
    with contextlib.suppress(Busy, StorageFull):
        units.append_apart(lambda session, now: _change(session, visit.id, seen_at=now))


def lock(units: Units, visit: Visit) -> None:
    units.append_apart(lambda session, now: _change(session, visit.id, locked_at=now))


def unlock(units: Units, passwords: Passwords, visit: Visit, password: str, address: str) -> None:
    """Open a locked sign-in with its person's password. Raises `WrongPassword` or `TooManyAttempts`."""
    _confirm(units, passwords, visit.user_id, password, address)
    units.append_apart(lambda session, now: _change(session, visit.id, locked_at=None, seen_at=now))


def sign_out(units: Units, visit: Visit) -> None:
    units.append_apart(lambda session, now: _change(session, visit.id, ended_at=now))


def switch_site(units: Units, visit: Visit, site_id: int) -> str:
    """Work at another of one's sites from now on, and say its name. Raises `NoRoleAtSite`."""

    def switch(session: Session, _now: datetime) -> str:
        names = {site.id: site.name for site in memberships.sites_of(session, visit.user_id)}
        if site_id not in names:
            raise NoRoleAtSite
        _change(session, visit.id, site_id=site_id)
        return names[site_id]

    return units.append_apart(switch)


def confirm_identity(
    units: Units, passwords: Passwords, user_id: int, password: str, address: str = ""
) -> ConfirmedIdentity:
    """Check the password of who signs a record, before its unit. Raises `WrongPassword` or `TooManyAttempts`."""
    return _confirm(units, passwords, user_id, password, address)


def open_visits_of(session: Session, user_id: int, now: datetime, limits: Limits) -> list[SignIn]:
    """A person's running sign-ins, the latest first."""
    query = select(SignIn).where(
        SignIn.user_id == user_id, SignIn.ended_at.is_(None), SignIn.started_at > now - limits.longest
    )
    return list(session.scalars(query.order_by(SignIn.id.desc())))


def _begin(session: Session, now: datetime, user_id: int, stored: str | None, attempt_id: int, address: str) -> str:
    user = session.get_one(User, user_id)
    if not user.is_active or user.password_hash != stored:  # changed while the password was checked
        raise SignInRefused
    throttling.mark_success(session, attempt_id)
    token = new_secret()
    session.add(
        SignIn(
            user_id=user_id,
            site_id=_first_site(session, user_id),
            token_hash=secret_hash(token),
            address=address,
            started_at=now,
            seen_at=now,
        )
    )
    return token


def _first_site(session: Session, user_id: int) -> int:
    """Where the person worked last, if they still do; otherwise the oldest of their sites."""
    sites = memberships.sites_of(session, user_id)
    if not sites:
        raise NoRoleAtSite
    last = session.scalar(select(SignIn.site_id).where(SignIn.user_id == user_id).order_by(SignIn.id.desc()).limit(1))
    ids = {site.id for site in sites}
    return last if last in ids else min(ids)


def _confirm(units: Units, passwords: Passwords, user_id: int, password: str, address: str) -> ConfirmedIdentity:
    with units.reading() as session:
        user = users.get_user(session, user_id)
        name, printed_name = user.sign_in_name, user.full_name
        stored = user.password_hash if user.is_active else None
    attempt_id = units.append_apart(lambda s, now: throttling.begin_attempt(s, now, name, address))
    if not passwords.verify(stored, password):
        raise WrongPassword

    def succeed(session: Session, now: datetime) -> ConfirmedIdentity:
        throttling.mark_success(session, attempt_id)
        return ConfirmedIdentity(user_id, printed_name, now)

    return units.append_apart(succeed)


def _change(session: Session, visit_id: int, **values: object) -> None:
    """Nothing is done to a sign-in that has ended."""
    query = update(SignIn).where(SignIn.id == visit_id, SignIn.ended_at.is_(None)).values(**values)
    if session.execute(query).rowcount == 0:  # type: ignore[attr-defined]  # an update has it
        raise SignInEnded


def _renew_hash(units: Units, user_id: int, stored: str, renewed: str) -> None:
    """The cost was changed since: keep the password at the present cost. Signing in does not wait on it."""

    def renew(session: Session, act: Act) -> None:
        user = users.get_user(session, user_id)
        if user.password_hash == stored:
            user.password_hash = renewed
            audit.record(session, act, "password hash renewed", user)

    with units.reading() as session:
        actor = Actor(user_id, users.get_user(session, user_id).full_name, None, frozenset(), Door.PAGE)
    with contextlib.suppress(Busy, StorageFull, RecordChanged, ClockWrong):
        units.run(actor, ORGANISATION, renew)
