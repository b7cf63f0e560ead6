"""One changing request, one unit of work: actor, key and content are taken from the request.

The key names one sending of one filled-in form. Its content hash leaves out the key itself, the CSRF token and
passwords; files enter by their SHA-256.
"""

import hashlib
from collections.abc import Callable
from typing import IO, Any

from flask import request
from sqlalchemy.orm import Session

from blueprints.frame import units
from blueprints.visitor import current_actor, current_site_id
from inventory.access import Act
from inventory.errors import InvalidText, NotAllowed
from inventory.evidence.canonical import canonical
from inventory.units import Answer, RequestKey, Scope, one_site

FIELD = "idempotency_key"
HEADER = "Idempotency-Key"
SHORTEST_KEY, LONGEST_KEY = 8, 100
_NOT_CONTENT = frozenset({FIELD, "csrf_token", "password", "new_password"})


def in_unit(scope: Scope, work: Callable[[Session, Act], Answer]) -> Answer:
    """Do `work` once, however often the request is sent. Raises any `Refusal` of the work."""
    return units().in_unit(current_actor(), scope, request_key(), work)


def request_key() -> RequestKey:
    """What names the present request, also for a unit that begins after it was answered."""
    actor = current_actor()
    if actor.user_id is None:
        raise NotAllowed("a personal account")
    return RequestKey(actor.user_id, str(request.endpoint), _key(), _content_hash())


def at_site(work: Callable[[Session, Act], Answer]) -> Answer:
    """The same at the present site alone, as most changes are."""
    return in_unit(one_site(current_site_id()), work)


def _key() -> str:
    key = request.form.get(FIELD) or request.headers.get(HEADER) or ""
    if not (SHORTEST_KEY <= len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
        raise InvalidText(HEADER, f"must be {SHORTEST_KEY} to {LONGEST_KEY} plain characters, new for each change")
    return key


def _content_hash() -> str:
    content: list[Any] = [request.path, request.query_string.decode("latin-1")]
    content += sorted([name, values] for name, values in request.form.lists() if name not in _NOT_CONTENT)
    for name, files in request.files.lists():
        for file in files:
            content.append([name, file.filename, _file_digest(file.stream)])
    if request.is_json:
        content.append(_without_secrets(request.get_json()))
    return hashlib.sha256(canonical(content).encode("utf-8", "surrogatepass")).hexdigest()


def _without_secrets(body: Any) -> Any:
    return {name: part for name, part in body.items() if name not in _NOT_CONTENT} if isinstance(body, dict) else body


def _file_digest(stream: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while part := stream.read(1 << 16):
        digest.update(part)
    stream.seek(0)  # the view reads it again
    return digest.hexdigest()
