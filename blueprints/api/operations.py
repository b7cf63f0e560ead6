"""How an operation of the API is declared: its permission, what it takes, what it answers.

A command takes JSON and demands an Idempotency-Key; sent again, it is answered from what was stored, which is ids and
never a body. An upload is a command with a file. A query takes the address alone; a question too long or too private
for an address takes JSON and changes nothing. The description is made from the same declaration.
"""

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from flask import Response, jsonify, request
from flask_smorest import Blueprint
from marshmallow import Schema

from blueprints.access import requires
from blueprints.arguments import read_arguments
from blueprints.errors import UnreadableRequest
from blueprints.forms import load_form
from blueprints.schemas import CommandSchema, Makes, MakesSigned
from blueprints.unit_of_work import HEADER, LONGEST_KEY, SHORTEST_KEY
from inventory.access import Permission
from inventory.units import Answer

View = TypeVar("View", bound=Callable[..., Any])

REPLAYED = "Idempotency-Replayed"
LARGEST_BODY = 2_000_000  # a delivery of 200 lines with all their texts

KEY_PARAMETER = {
    "in": "header",
    "name": HEADER,
    "required": True,
    "description": "New for each change, and the same when the same change is sent again.",
    "schema": {"type": "string", "minLength": SHORTEST_KEY, "maxLength": LONGEST_KEY},
}
_HEADERS = {
    "Location": {"description": "Where to read what was saved.", "schema": {"type": "string"}},
    REPLAYED: {"description": "`true` when it was saved before.", "schema": {"type": "string"}},
}
_REFUSALS = {
    401: "NotSignedIn",
    403: "NotAllowed",
    404: "NotFound",
    422: "InvalidInput",
    503: "NotNow",
}
_REFUSED_CHANGES = _REFUSALS | {400: "Unreadable", 409: "Conflict"}
_REFUSED_SIGNATURES = _REFUSED_CHANGES | {429: "TooMany"}


class Operations(Blueprint):  # type: ignore[misc]  # flask-smorest ships no types
    """The operations of one area, under its title in the description."""

    PAGINATION_HEADER_NAME = None  # cursors are in the body: JSON in a header cannot be described

    def __init__(self, area: str, title: str, description: str) -> None:
        super().__init__(f"api_{area}", __name__, url_prefix="/api/v1", description=description)
        self.title = title

    def command(
        self, rule: str, schema: type[Makes], permission: Permission, answer: type[Schema]
    ) -> Callable[[View], View]:
        """Declare a change. The view takes the frozen command and returns the `Answer` of its unit."""

        def declare(view: View) -> View:
            @functools.wraps(view)
            def served(**where: Any) -> Response:
                return _saved(view(schema(where).load(read_body())))

            body = {"in": "json", "required": True, "schema": schema}
            served._apidoc = {"arguments": {"parameters": [body]}}  # type: ignore[attr-defined]  # noqa: SLF001  # where flask-smorest looks
            described = self.response(201, answer, description="Saved.", headers=_HEADERS)(served)
            refusals = _REFUSED_SIGNATURES if issubclass(schema, MakesSigned) else _REFUSED_CHANGES
            self._add(rule, "POST", permission, described, view, refusals, parameters=[KEY_PARAMETER])
            return view

        return declare

    def upload(
        self, rule: str, schema: type[Makes], permission: Permission, answer: type[Schema]
    ) -> Callable[[View], View]:
        """Declare a change that brings a file: multipart/form-data in place of JSON, else as a command."""

        def declare(view: View) -> View:
            @functools.wraps(view)
            def served(**where: Any) -> Response:
                if request.mimetype != "multipart/form-data":
                    raise UnreadableRequest("it is not multipart/form-data")
                return _saved(view(load_form(schema(where))))

            body = {"in": "files", "required": True, "schema": schema}
            served._apidoc = {"arguments": {"parameters": [body]}}  # type: ignore[attr-defined]  # noqa: SLF001  # as above
            described = self.response(201, answer, description="Saved.", headers=_HEADERS)(served)
            self._add(rule, "POST", permission, described, view, _REFUSED_CHANGES, parameters=[KEY_PARAMETER])
            return view

        return declare

    def file(self, rule: str, permission: Permission) -> Callable[[View], View]:
        """Declare a question that a file answers. The view returns the response itself."""

        def declare(view: View) -> View:
            content = {"type": "string", "format": "binary"}
            described = self.response(200, content, content_type="application/octet-stream")(view)
            self._add(rule, "GET", permission, described, view, _REFUSALS)
            return view

        return declare

    def query(
        self, rule: str, permission: Permission, answer: type[Schema], arguments: type[CommandSchema] | None = None
    ) -> Callable[[View], View]:
        """Declare a question. The view takes the parts of the address, and `arguments` by name."""

        def declare(view: View) -> View:
            @functools.wraps(view)
            def served(**where: Any) -> Any:
                return view(**where, **(read_arguments(arguments()) if arguments else {}))

            if arguments:
                wanted = {"in": "query", "required": False, "schema": arguments}
                served._apidoc = {"arguments": {"parameters": [wanted]}}  # type: ignore[attr-defined]  # noqa: SLF001  # as above
            described = self.response(200, answer)(served)
            self._add(rule, "GET", permission, described, view, _REFUSALS)
            return view

        return declare

    def question(
        self, rule: str, schema: type[CommandSchema], permission: Permission, answer: type[Schema]
    ) -> Callable[[View], View]:
        """Declare a question that comes as JSON. The view takes the loaded body."""

        def declare(view: View) -> View:
            @functools.wraps(view)
            def served(**where: Any) -> Any:
                return view(schema().load(read_body()), **where)

            body = {"in": "json", "required": True, "schema": schema}
            served._apidoc = {"arguments": {"parameters": [body]}}  # type: ignore[attr-defined]  # noqa: SLF001  # as above
            described = self.response(200, answer)(served)
            refusals = _REFUSALS | {400: "Unreadable"}
            self._add(rule, "POST", permission, described, view, refusals, **{"x-changes-nothing": True})
            return view

        return declare

    def _add(  # all that a declaration says
        self,
        rule: str,
        method: str,
        permission: Permission,
        described: Callable[..., Any],
        view: Callable[..., Any],
        refusals: dict[int, str],
        **more: Any,
    ) -> None:
        name = view.__name__
        documented = self.doc(
            operationId=name,
            responses={str(status): {"$ref": f"#/components/responses/{known}"} for status, known in refusals.items()},
            **{"x-permission": permission.value},
            **more,
        )(described)
        self.add_url_rule(rule, name, requires(permission)(documented), tags=[self.title], methods=[method])


def read_body() -> Any:
    """The JSON that was sent; nothing at all is an empty object. Raises `UnreadableRequest`."""
    request.max_content_length = LARGEST_BODY
    if not request.content_length and not request.headers.get("Transfer-Encoding"):
        return {}
    if not request.is_json:
        raise UnreadableRequest("it is not JSON")
    try:
        body = request.get_json(silent=True)
    except RecursionError:
        raise UnreadableRequest("it is nested too deeply") from None
    if body is None:
        raise UnreadableRequest("it is not JSON, or only null")
    return body


def _saved(answer: Answer) -> Response:
    response = jsonify(answer.ids)
    response.status_code = answer.status
    if answer.location is not None:
        response.headers["Location"] = answer.location
    if answer.is_replay:
        response.headers[REPLAYED] = "true"
    return response
