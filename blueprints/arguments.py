"""What an address asks for, read by a schema like everything else that comes in."""

from typing import Any

from flask import request

from blueprints.schemas import CommandSchema
from blueprints.schemas.values import from_text


def read_arguments(schema: CommandSchema) -> dict[str, Any]:
    """Of a name given twice the first counts; an empty one was not asked for. Raises `ValidationError`."""
    given = {name: value for name, value in request.args.items() if value != ""}
    loaded: dict[str, Any] = schema.load(from_text(schema, given))
    return loaded
