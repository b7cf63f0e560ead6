"""From refusals to HTTP: one table for pages and API.

A refusal is answered in words: what, why, what can be done now. Anything else is an incident: the answer carries its
number and nothing more, and the log carries the number and where it happened, never what was entered.
"""

import logging
import secrets
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, g, jsonify, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from marshmallow import ValidationError
from werkzeug.exceptions import HTTPException

from blueprints.visitor import is_api
from inventory.errors import (
    Busy,
    ClockWrong,
    InvalidInput,
    NotAllowed,
    NotInitialised,
    RecordNotFound,
    Refusal,
    StorageFull,
)
from inventory.evidence.canonical import plain
from inventory.people.errors import LinkNotValid, NoRoleAtSite, SignInEnded, TooManyAttempts

log = logging.getLogger(__name__)


@dataclass(eq=False)
class UnreadableRequest(InvalidInput):
    """What came is not what its content type says."""

    problem: str

    says = "The request cannot be read: {problem}."
    do = "Send one JSON object in UTF-8, with the content type application/json."


# The first that fits; a refusal that is not named is a conflict with what is recorded.
STATUSES: tuple[tuple[type[Exception], int], ...] = (
    (ValidationError, 422),
    (UnreadableRequest, 400),
    (InvalidInput, 422),
    (RecordNotFound, 404),
    (NotAllowed, 403),
    (NoRoleAtSite, 403),
    (SignInEnded, 401),
    (LinkNotValid, 410),
    (TooManyAttempts, 429),
    (Busy, 503),
    (StorageFull, 503),
    (ClockWrong, 503),
    (NotInitialised, 503),
    (Refusal, 409),
)
RETRY_AFTER: dict[type[Exception], int] = {Busy: 2, StorageFull: 60, ClockWrong: 60, NotInitialised: 60}

_WORDS = {
    400: ("Not understood", "The request was not complete. Go back, load the page again and try once more."),
    401: ("Not signed in", "Sign in first."),
    404: ("Not found", "There is no such page. It may have been moved, or the address has a mistake."),
    405: ("Not possible here", "This page cannot be used in this way. Go back and use its buttons."),
    413: ("Too large", "What was sent is larger than this installation accepts. Send a smaller file."),
    500: ("Something went wrong", "This was not foreseen and nothing was changed. It has been noted."),
}
_OLD_FORM = "This form is too old or came from elsewhere, so nothing was saved. Load the page again and send it anew."


def install(app: Flask) -> None:
    app.register_error_handler(ValidationError, answer_refusal)
    app.register_error_handler(Refusal, answer_refusal)
    app.register_error_handler(HTTPException, answer_http)
    app.register_error_handler(Exception, answer_incident)


def status_of(error: Exception) -> int:
    return next(status for kind, status in STATUSES if isinstance(error, kind))


def headers_of(error: Exception) -> dict[str, str]:
    """`Retry-After` where waiting helps."""
    if isinstance(error, TooManyAttempts):
        return {"Retry-After": str(error.retry_after)}
    return {"Retry-After": str(RETRY_AFTER[type(error)])} if type(error) in RETRY_AFTER else {}


def answer_refusal(error: Refusal | ValidationError) -> Response:
    status = status_of(error)
    if is_api():
        answer = _problem(status, problem_of(error))
    elif isinstance(error, RecordNotFound):
        answer = _page(status, "Not found", f"{error.what} {error.remedy}")
    elif isinstance(error, Refusal):
        body = _render("errors/refusal.html", refusal=error, source=None, back_url=_back())
        answer = make_response(body, status)
    else:
        answer = _page(status, "Not understood", " ".join(_sentences(error)))
    answer.headers.update(headers_of(error))
    return answer


def answer_http(error: HTTPException) -> Response:
    status = error.code or 500
    if error.response is not None:
        return make_response(error.response)
    heading, sentence = _WORDS.get(status, (error.name, error.description or ""))
    if isinstance(error, CSRFError):
        sentence = _OLD_FORM
    answer = (
        _problem(status, {"code": _code(error.name), "detail": sentence})
        if is_api()
        else _page(status, heading, sentence)
    )
    # Allow of a 405, WWW-Authenticate of a 401: all but the type of the body that is not sent.
    answer.headers.update({name: value for name, value in error.get_headers() if name != "Content-Type"})
    return answer


def answer_incident(error: Exception) -> Response:
    incident = secrets.token_hex(4)
    log.error("incident", extra={"incident": incident}, exc_info=error)
    heading, sentence = _WORDS[500]
    if is_api():
        return _problem(500, {"code": "internal_error", "detail": sentence, "incident": incident})
    return _page(500, heading, sentence, incident)


def problem_of(error: Refusal | ValidationError) -> dict[str, Any]:
    """A refusal as the API and `--json` say it."""
    if isinstance(error, ValidationError):
        return {"code": "invalid", "detail": "Some entries are not right.", "errors": messages_of(error)}
    parts = {"detail": error.what, "why": error.why, "remedy": error.remedy, "rule": error.rule}
    return {"code": error.code} | {name: text for name, text in parts.items() if text} | {"facts": _plain_facts(error)}


def _plain_facts(error: Refusal) -> dict[str, Any]:
    return {name: _plain(fact) for name, fact in error.facts.items()}


def _plain(fact: Any) -> Any:
    return [_plain(part) for part in fact] if isinstance(fact, tuple) else plain(fact)


def messages_of(error: ValidationError) -> dict[str, Any]:
    """Sentences by field; those of the whole under `_schema`."""
    messages = error.messages
    return {str(name): part for name, part in messages.items()} if isinstance(messages, dict) else {"_schema": messages}


def _sentences(error: ValidationError) -> list[str]:
    """Each sentence with the field it is about."""
    return [
        f"{name}: {sentence}" if name != "_schema" else str(sentence)
        for name, part in messages_of(error).items()
        for sentence in (part if isinstance(part, list) else [part])
    ]


def _problem(status: int, content: dict[str, Any]) -> Response:
    answer = make_response(jsonify({"status": status} | content), status)
    answer.mimetype = "application/problem+json"
    return answer


def _page(status: int, heading: str, sentence: str, incident: str | None = None) -> Response:
    body = _render("errors/error.html", status=status, heading=heading, sentence=sentence, incident=incident)
    return make_response(body, status)


def _render(template: str, **values: Any) -> str:
    """With the frame of who is signed in; without it when even that cannot be had."""
    try:
        return render_template(template, **values)
    except Exception:  # noqa: BLE001  # whatever broke the page may break its frame too
        g.visitor = None
        return render_template(template, **values)


def _back() -> str | None:
    """The page that sent this request, if it was one of ours."""
    referrer = request.referrer or ""
    if request.method == "GET" or not referrer.startswith(request.host_url):
        return None
    return referrer[len(request.host_url) - 1 :]


def _code(name: str) -> str:
    return name.lower().replace(" ", "_")
