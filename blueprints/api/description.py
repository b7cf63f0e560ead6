"""The OpenAPI description: made from the operations, served with a page for people, kept in docs/api."""

import json
from typing import Any

from flask import Blueprint, Flask, current_app, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_smorest import Api

from blueprints.access import requires
from blueprints.api.operations import Operations
from blueprints.schemas.problems import ProblemSchema
from inventory.access import Permission

bp = Blueprint("api_docs", __name__, url_prefix="/api")

_EXTENSION = "vialtrace-api"
_TITLE = "Vialtrace"
_VERSION = "1"
_ABOUT = """\
The ledger of one installation, for programs of the clinic.

Each call carries a bearer token that a person made for one site, with a part of that person's own permissions. Each
change carries an `Idempotency-Key`: sent again with the same key and content it is answered from what was stored, with
`Idempotency-Replayed: true`; with other content it is refused. Amounts are text, exact, in the product's unit. Times
have an offset and are answered in UTC.
"""
_REFUSALS = {
    "Unreadable": "What was sent is not the JSON it should be.",
    "NotSignedIn": "There is no token, or it works no longer.",
    "NotAllowed": "The token's person or scopes do not include this here.",
    "NotFound": "There is no such record.",
    "Conflict": "What is recorded speaks against it; the refusal says which rule.",
    "InvalidInput": "A value is wrong in itself.",
    "TooMany": "Too many wrong passwords; `Retry-After` says how long to wait.",
    "NotNow": "Not now, and `Retry-After` says when: busy, disk full or clock in doubt.",
}


class LedgerApi(Api):  # type: ignore[misc]  # flask-smorest ships no types
    """flask-smorest for the description alone: refusals are answered by the one table of `blueprints.errors`."""

    DEFAULT_ERROR_RESPONSE_NAME = None
    ERROR_SCHEMA = ProblemSchema

    def __init__(self, app: Flask) -> None:
        app.config |= {"API_TITLE": _TITLE, "API_VERSION": _VERSION, "OPENAPI_VERSION": "3.1.0"}
        super().__init__(app, spec_kwargs={"info": {"description": _ABOUT}, "security": [{"token": []}]})
        app.extensions[_EXTENSION] = self
        self.spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
        for name, sentence in _REFUSALS.items():
            content = {"application/problem+json": {"schema": ProblemSchema}}
            self.spec.components.response(name, {"description": sentence, "content": content})

    def _register_error_handlers(self) -> None:
        """None of its own: it would answer every page's error, and drop the `Allow` of a 405."""

    def _register_pagination_header(self) -> None:
        """None: cursors are in the body."""

    def add(self, operations: Operations) -> None:
        app = self._app
        app.extensions["flask-smorest"]["blp_name_to_api"][operations.name] = self
        app.register_blueprint(operations)
        operations.register_views_in_doc(self, app, self.spec, name=operations.name, parameters=None)
        self.spec.tag({"name": operations.title, "description": operations.description})


def describe(app: Flask) -> dict[str, Any]:
    description: dict[str, Any] = app.extensions[_EXTENSION].spec.to_dict()
    return description


def as_text(description: dict[str, Any]) -> str:
    """As it is kept in docs/api/openapi.json."""
    return json.dumps(description, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


@bp.get("/openapi.json")
@requires(Permission.SIGNED_IN)
def show_description() -> ResponseReturnValue:
    return as_text(describe(current_app)), {"Content-Type": "application/json"}


@bp.get("/docs")
@requires(Permission.SIGNED_IN)
def show() -> ResponseReturnValue:
    return render_template("api/docs.html", description_url=url_for("api_docs.show_description"))
