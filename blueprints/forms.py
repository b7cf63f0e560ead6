"""Forms on pages: what a template shows, what a schema loads, and the same form again after a refusal.

`shown_again` wraps a changing view: a refused entry comes back on its own page with the right status, what was
entered kept, and the same idempotency key, because nothing was saved. Passwords and secrets are never shown again.
"""

import functools
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from flask import make_response, request
from flask.typing import ResponseReturnValue
from marshmallow import Schema, ValidationError, fields

from blueprints import errors
from blueprints.schemas.values import from_text
from blueprints.unit_of_work import FIELD
from inventory.errors import AlreadySaved, InvalidInput, NotAllowed, RecordNotFound, Refusal

_OURS = frozenset({FIELD, "csrf_token"})
_NEVER_SHOWN = frozenset({"password", "new_password", "secret"})
_LONGEST_SHOWN = 4_000

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])


@dataclass(frozen=True)
class Form:
    """What `macros/forms.html` shows. `chosen` holds the values of ticked boxes, by field."""

    name: str
    entered: Mapping[str, str] = field(default_factory=dict)
    chosen: Mapping[str, Sequence[str]] = field(default_factory=dict)
    errors: Mapping[str, Sequence[str]] = field(default_factory=dict)
    idempotency_key: str = field(default_factory=lambda: secrets.token_urlsafe(18))
    version: int | str | None = None

    def named(self, name: str) -> "Form":
        """The same form under the name it has among others of its kind on one page."""
        return replace(self, name=name)


def blank(name: str, version: int | str | None = None, **entered: Any) -> Form:
    """A new form, with what is known already."""
    return Form(name, {key: str(value) for key, value in entered.items()}, version=version)


def again(name: str, refused: ValidationError | Refusal) -> Form:
    """The form as it was sent, with what is wrong with it."""
    shown = {key: values for key, values in request.form.lists() if key not in _OURS | _NEVER_SHOWN}
    key = "" if isinstance(refused, AlreadySaved) else request.form.get(FIELD, "")
    return Form(
        name,
        {field_name: values[0][:_LONGEST_SHOWN] for field_name, values in shown.items()},
        shown,
        _sentences(refused),
        key or secrets.token_urlsafe(18),
        request.form.get("version"),
    )


def shown_again(form_name: str, show: Callable[..., str]) -> Callable[[View], View]:
    """Answer a refused entry with its own page. What is not there or not allowed has no page to go back to.

    `show(refused=…, refusal=…, **view_arguments)` draws the page; `refusal` is what belongs above the form.
    """

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def wrapped(**view_arguments: Any) -> ResponseReturnValue:
            try:
                return view(**view_arguments)
            except (ValidationError, Refusal) as refused:
                if request.method != "POST" or isinstance(refused, RecordNotFound | NotAllowed):
                    raise
                is_in_form = isinstance(refused, ValidationError | InvalidInput)
                body = show(
                    refused=again(form_name, refused),
                    refusal=None if is_in_form else _refusal(refused),
                    **view_arguments,
                )
                return make_response(body, errors.status_of(refused), errors.headers_of(refused))

        return wrapped  # type: ignore[return-value]  # functools.wraps keeps the signature

    return decorate


def load_form(schema: Schema) -> Any:
    """The command in the form, its files among the values. Raises `ValidationError` with sentences by field.

    An empty field, or a file that was not chosen, counts as missing, because a browser sends it all the same.
    """
    given: dict[str, Any] = {}
    for name, values in request.form.lists():
        if name in _OURS:
            continue
        if isinstance(schema.fields.get(name), fields.List):
            given[name] = values
        elif values[0] != "":
            given[name] = values[0]
    given |= {name: file for name, file in request.files.items() if file.filename}
    return schema.load(from_text(schema, given))


def _refusal(refused: ValidationError | Refusal) -> Refusal | None:
    return refused if isinstance(refused, Refusal) else None


def _sentences(refused: ValidationError | Refusal) -> dict[str, list[str]]:
    if isinstance(refused, InvalidInput):
        return {"_schema": [str(refused)]}
    if isinstance(refused, Refusal):
        return {}
    return {str(name): _flat(messages) for name, messages in errors.messages_of(refused).items()}


def _flat(messages: Any) -> list[str]:
    """The sentences of a field, also those of its single entries."""
    if isinstance(messages, dict):
        return list(dict.fromkeys(sentence for part in messages.values() for sentence in _flat(part)))
    return [str(message) for message in messages] if isinstance(messages, list) else [str(messages)]
