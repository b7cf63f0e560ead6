"""The door of every page and API call: denied unless the view says who may come in.

A view declares exactly one of `@requires(Permission.X)`, `@public` (before the sign-in) or `@even_locked` (signed
in, locked or not). One hook looks at the declaration before anything else runs; a view without one is refused, and
a test walks the URL map. Rules about a record are the service's.
"""

from collections.abc import Callable
from typing import TypeVar

from flask import Flask, Response, current_app, g, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import CSRFProtect
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized

from blueprints.frame import frame, units
from blueprints.visitor import Visitor, is_api, load_program, login_manager
from inventory.access import Permission
from inventory.errors import NotAllowed
from inventory.people import sign_ins

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])

_DECLARED = "declared_access"
PUBLIC = "public"
LARGEST_FORM = 1_000_000
EVEN_LOCKED = "even_locked"
RENEWED_PARTS = frozenset({"opened-lines"})  # their ids on the page
WITHOUT_DECLARATION = frozenset({"static"})  # our own files, the same for everybody

csrf = CSRFProtect()


class AccessNotDeclared(Exception):
    """A programming error: a view that does not say who may come in."""


def requires(permission: Permission) -> Callable[[View], View]:
    """Let in who holds `permission` at the present site."""
    return _declare(permission)


def public(view: View) -> View:
    """Let everybody in. For what comes before the sign-in."""
    return _declare(PUBLIC)(view)


def even_locked(view: View) -> View:
    """Let in who is signed in, also while the screen is locked."""
    return _declare(EVEN_LOCKED)(view)


def _declare(access: Permission | str) -> Callable[[View], View]:
    def declare(view: View) -> View:
        setattr(view, _DECLARED, access)
        return view

    return declare


def declared_access(view: Callable[..., object]) -> Permission | str | None:
    found: Permission | str | None = getattr(view, _DECLARED, None)
    return found


def install(app: Flask) -> None:
    login_manager.init_app(app, add_context_processor=False)  # an error page must not ask who is there again
    app.before_request(limit_form)
    app.before_request(check_access)
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False  # checked below, after the question who it is
    csrf.init_app(app)
    app.before_request(check_form_token)


def limit_form() -> None:
    """A form without files is small; only an upload may be as large as the installation allows."""
    if request.mimetype == "application/x-www-form-urlencoded":
        request.max_content_length = LARGEST_FORM


def check_access() -> ResponseReturnValue | None:
    if request.endpoint in WITHOUT_DECLARATION:
        return None
    if request.endpoint is None:  # there is no such page; Flask says so, inside the frame for who is signed in
        return None if is_api() else _check_person(PUBLIC)
    declared = declared_access(current_app.view_functions[request.endpoint])
    if declared is None:
        raise AccessNotDeclared(request.endpoint)
    if is_api():
        _check_program(declared)
        return None
    return _check_person(declared)


def check_form_token() -> None:
    """An API call is opened by its token alone, so no other site can have a browser send it."""
    if not is_api():
        csrf.protect()


def _check_program(declared: Permission | str) -> None:
    if declared == PUBLIC:
        return
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    actor = load_program(secret.strip()) if scheme.lower() == "bearer" else None
    if actor is None:
        raise Unauthorized("This call needs a valid API token.", www_authenticate=WWWAuthenticate("bearer"))
    g.actor = actor
    _require(declared)


def _check_person(declared: Permission | str) -> ResponseReturnValue | None:
    found: Visitor | None = current_user._get_current_object()  # noqa: SLF001  # the proxy would always be true
    if found is None or not found.is_authenticated:
        return None if declared == PUBLIC else _to_sign_in()
    g.visitor, g.actor = found, found.actor
    if declared in (PUBLIC, EVEN_LOCKED):
        return None
    if found.actor is None:
        return _elsewhere(url_for("sign_in.unlock", next=_this_page()))
    _require(declared)
    if not _asks_by_itself():
        sign_ins.touch(units(), found.visit)
    return None


def _asks_by_itself() -> bool:
    """A part of a page that renews itself says nothing of a person, so it keeps no sign-in awake."""
    return request.headers.get("HX-Trigger") in RENEWED_PARTS


def _require(declared: Permission | str) -> None:
    if declared not in g.actor.permissions:
        raise NotAllowed(declared)


def _to_sign_in() -> ResponseReturnValue:
    with units().reading() as session:
        is_initialised = frame().is_initialised(session)
    if not is_initialised:
        return _elsewhere(url_for("sign_in.first_run"))
    return _elsewhere(url_for("sign_in.sign_in", next=_this_page()))


def _elsewhere(url: str) -> Response:
    """A redirect; for a part of a page the whole page is sent elsewhere."""
    if request.headers.get("HX-Request") == "true":
        answer = make_response("", 200)
        answer.headers["HX-Redirect"] = url
        return answer
    return make_response(redirect(url, 303))


def _this_page() -> str | None:
    """Where to come back to. Only what was asked for by GET can be asked for again."""
    if request.method != "GET" or request.path == "/" or request.headers.get("HX-Request"):
        return None
    return request.full_path.rstrip("?")


def safe_next(text: str) -> str:
    """A path of ours to go on to, or the first page. Other addresses, however written, are not followed."""
    is_ours = text.startswith("/") and not text.startswith(("//", "/\\")) and text.isprintable() and "\\" not in text
    return text if is_ours else url_for("today.show")
