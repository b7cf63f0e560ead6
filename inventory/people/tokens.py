"""Secrets that programs and links carry, and the API tokens that people make for programs.

Only the SHA-256 of a secret is kept: it has 256 random bits, so nothing slower is needed. A token acts at one
site, in its owner's name, with the scopes it was given as far as the owner still has them.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.access import Act, Actor, Door, Permission
from inventory.errors import RecordNotFound
from inventory.evidence import audit
from inventory.people import memberships
from inventory.people.errors import LastsTooLong, NoRoleAtSite, NoRolesChosen, UnknownScope
from inventory.texts import line
from models.organisation import Site
from models.people import ApiToken, User

MOST_DAYS = 365
API_PREFIX = "vialtrace_"  # lets people and secret scanners recognise one that leaked


@dataclass(frozen=True)
class MakeToken:
    name: str
    scopes: frozenset[Permission]
    days: int
    token_hash: bytes


@dataclass(frozen=True)
class RevokeToken:
    token_id: int


def new_secret() -> str:
    return secrets.token_urlsafe(32)


def new_api_token() -> str:
    return API_PREFIX + new_secret()


def secret_hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def make_token(session: Session, act: Act, command: MakeToken) -> ApiToken:
    """A token of the person who acts, for the present site. Raises `UnknownScope` for what they may not do."""
    if not 1 <= command.days <= MOST_DAYS:
        raise LastsTooLong(MOST_DAYS)
    if not command.scopes:
        raise NoRolesChosen
    for scope in sorted(command.scopes - act.actor.permissions):
        raise UnknownScope(scope.value)
    token = ApiToken(
        user_id=act.user_id,
        site_id=act.site_id,
        name=line("Name", command.name, 100),
        token_hash=command.token_hash,
        scopes=" ".join(sorted(command.scopes)),
        created_at=act.now,
        expires_at=act.now + timedelta(days=command.days),
    )
    session.add(token)
    audit.record(session, act, "API token made", token)
    return token


def revoke_token(session: Session, act: Act, command: RevokeToken) -> ApiToken:
    """End one of the person's own tokens. A token already ended stays as it is."""
    token = session.get(ApiToken, command.token_id)
    if token is None or token.user_id != act.user_id:
        raise RecordNotFound("token", str(command.token_id))
    if token.revoked_at is None:
        token.revoked_at = act.now
    audit.record(session, act, "API token revoked", token)
    return token


def list_tokens(session: Session, user_id: int) -> list[tuple[ApiToken, str]]:
    """A person's tokens, the newest first, each with the name of its site."""
    query = select(ApiToken, Site.name).join(Site, Site.id == ApiToken.site_id)
    return [
        (token, site)
        for token, site in session.execute(query.where(ApiToken.user_id == user_id).order_by(ApiToken.id.desc()))
    ]


def is_over(token: ApiToken, now: datetime) -> bool:
    return token.revoked_at is not None or token.expires_at <= now


def actor_of_token(session: Session, secret: str, now: datetime, address: str) -> Actor | None:
    """Who a bearer token speaks for, with no more than its scopes; `None` when it does not work."""
    found = session.execute(
        select(ApiToken, User, Site)
        .join(User, User.id == ApiToken.user_id)
        .join(Site, Site.id == ApiToken.site_id)
        .where(ApiToken.token_hash == secret_hash(secret))
    ).first()
    if found is None:
        return None
    token, user, site = found
    if is_over(token, now):
        return None
    try:
        actor = memberships.actor_at(session, user, site, now, Door.API, address)
    except NoRoleAtSite:
        return None
    scopes = frozenset(token.scopes.split())
    allowed = frozenset(permission for permission in actor.permissions if permission.value in scopes)
    return Actor(actor.user_id, actor.name, actor.site_id, allowed, Door.API, actor.roles, address)
