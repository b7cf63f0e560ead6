"""Who is asking: the person behind a browser's cookie or a program's token, at their present site.

A page is opened by the cookie and an API call by its bearer token, never the other way round; so an API call needs
no CSRF token, and a page cannot be driven by a leaked API token.
"""

from dataclasses import dataclass
from datetime import datetime

from flask import g, request
from flask_login import LoginManager
from sqlalchemy.orm import Session

from blueprints.frame import frame
from inventory.access import Actor, Door
from inventory.people import memberships, sign_ins, tokens, users
from inventory.people.errors import NoRoleAtSite, SignInEnded
from inventory.people.memberships import SiteChoice
from inventory.people.sign_ins import Visit
from models.organisation import Site

API_PREFIX = "/api/v1/"

login_manager = LoginManager()
login_manager.session_protection = None  # an address may change during a visit; the row on the server decides


@dataclass(frozen=True)
class Visitor:
    """Somebody signed in. `actor` and `site` are empty while the screen is locked."""

    token: str
    visit: Visit
    actor: Actor | None
    site: SiteChoice | None

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        """What the cookie carries: the opaque token, not the account."""
        return self.token


@login_manager.user_loader  # type: ignore[untyped-decorator]  # Flask-Login ships no types
def load_visitor(token: str) -> Visitor | None:
    now = frame().units.clock.now()
    with frame().units.reading() as session:
        frame().is_initialised(session)
        visit = sign_ins.find_visit(session, token, now, frame().limits)
        if visit is None:
            return None
        if visit.is_locked or visit.site_id is None:
            return Visitor(token, visit, None, None)
        return _at_site(session, token, visit, visit.site_id, now)


def _at_site(session: Session, token: str, visit: Visit, site_id: int, now: datetime) -> Visitor | None:
    site = session.get_one(Site, site_id)
    user = users.get_user(session, visit.user_id)
    try:
        actor = memberships.actor_at(session, user, site, now, Door.PAGE, address())
    except NoRoleAtSite:
        return None
    return Visitor(token, visit, actor, SiteChoice(site.id, site.name, site.time_zone))


def load_program(secret: str) -> Actor | None:
    """The actor of an API call."""
    with frame().units.reading() as session:
        return tokens.actor_of_token(session, secret, frame().units.clock.now(), address())


def is_api() -> bool:
    """Whether a program calls. The description of the API is a page for people."""
    return request.path.startswith(API_PREFIX)


def address() -> str:
    return request.remote_addr or ""


def visitor() -> Visitor | None:
    """The signed-in person of this request, locked or not; set by the access hook."""
    found: Visitor | None = g.get("visitor")
    return found


def current_visit() -> Visit:
    found = visitor()
    if found is None:
        raise SignInEnded
    return found.visit


def current_actor() -> Actor:
    """Who acts in this request, page or API."""
    found: Actor | None = g.get("actor")
    if found is None:
        raise SignInEnded
    return found


def current_site_id() -> int:
    site_id = current_actor().site_id
    if site_id is None:
        raise NoRoleAtSite
    return site_id
