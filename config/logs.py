"""One JSON object a line, to standard error. It says what happened and where, never what was entered.

An exception is logged by its type and the places it passed: its text may quote a form or a row.
"""

import json
import logging
import traceback
from typing import Any

_FACTS = ("incident", "endpoint", "method", "status", "milliseconds", "user_id")


class JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        content: dict[str, Any] = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "from": record.name,
            "says": record.getMessage(),
        }
        content |= {name: getattr(record, name) for name in _FACTS if hasattr(record, name)}
        if record.exc_info and record.exc_info[1] is not None:
            content["errors"] = [_told(error) for error in _chain(record.exc_info[1])]
        return json.dumps(content)  # ASCII only, so no character can end or forge a line


def to_standard_error(level: int = logging.INFO) -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.getLogger("alembic").setLevel(logging.WARNING)


def _chain(error: BaseException | None) -> list[BaseException]:
    """The error and what caused it, the cause last."""
    chain: list[BaseException] = []
    while error is not None and error not in chain:
        chain.append(error)
        error = error.__cause__ or error.__context__
    return chain


def _told(error: BaseException) -> dict[str, Any]:
    frames = traceback.extract_tb(error.__traceback__)
    return {
        "type": f"{type(error).__module__}.{type(error).__qualname__}",
        "at": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    }
