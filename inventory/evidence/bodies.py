"""Reads the body of an audit entry back, trusting nothing in it.

Whoever can write to the database can write a body. What is not of the shape that `audit` writes is refused
with a reason that can be shown: unknown tables and columns, keys that are none, ranges without end.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from inventory.evidence.stored_rows import Key, StoredTable, Values, utc_text

T = TypeVar("T")

# A unit writes some thousand rows; a forged range must not fill the memory.
_MOST_ROWS = 1_000_000


class UnreadableBody(Exception):
    """The text is a part of a sentence: what is wrong with the body."""


@dataclass(frozen=True)
class Body:
    """What one entry did to the rows of the tables."""

    head: Mapping[str, Any]
    made: Mapping[str, Mapping[Key, Values]]
    changed: Mapping[str, Mapping[Key, Mapping[str, list[Any]]]]
    removed: Mapping[str, list[Key]]
    fixed: Mapping[str, list[Key]]
    digest: str | None
    access_digest: tuple[int, str] | None

    def columns_that_differ(self, row: Any) -> list[str]:
        """Those columns of the entry that say something else than its body."""
        at = row.at if isinstance(row.at, str) else utc_text(row.at)
        said = {"chain": row.chain_id, "seq": row.seq, "at": at, "action": row.action}
        wrong = [name for name, value in said.items() if self.head.get(name) != value]
        by = self.head.get("by")
        if not isinstance(by, list) or not by or by[0] != row.user_id:
            wrong.append("user")
        return wrong


def read_body(text: str, tables: Mapping[str, StoredTable], fixed: frozenset[str]) -> Body:
    """Raises `UnreadableBody`."""
    try:
        body = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnreadableBody("it is not JSON") from error
    if not isinstance(body, dict):
        raise UnreadableBody("it is not an object")
    reader = _Reader(body, tables, fixed)
    return Body(
        head=body,
        made=reader.part("made", reader.made_rows),
        changed=reader.part("changed", reader.changed_rows),
        removed=reader.part("removed", reader.removed_keys),
        fixed=reader.part("fixed", reader.ranges),
        digest=body.get("digest"),
        access_digest=_access_digest(body.get("facts")),
    )


class _Reader:
    def __init__(self, body: dict[str, Any], tables: Mapping[str, StoredTable], fixed: frozenset[str]) -> None:
        self.body = body
        self.tables = tables
        self.fixed = fixed

    def part(self, name: str, read: Callable[[StoredTable, Any], T]) -> dict[str, T]:
        content = self.body.get(name, {})
        if not isinstance(content, dict):
            raise UnreadableBody(f"{name} is not as it is written")
        answer = {}
        for table_name, rows in content.items():
            table = self.tables.get(table_name)
            if table is None or (table_name in self.fixed) != (name == "fixed"):
                raise UnreadableBody(f"{name} names a table that does not belong there")
            try:
                answer[table_name] = read(table, rows)
            except (ValueError, TypeError) as error:
                raise UnreadableBody(f"{name} of {table_name} is not as it is written") from error
        return answer

    @staticmethod
    def made_rows(table: StoredTable, rows: Any) -> dict[Key, Values]:
        return {
            table.key_from_text(key): table.known_columns(_object(values, "row"))
            for key, values in _object(rows, "made").items()
        }

    @staticmethod
    def changed_rows(table: StoredTable, rows: Any) -> dict[Key, dict[str, list[Any]]]:
        answer = {}
        for key, changes in _object(rows, "changed").items():
            for pair in table.known_columns(_object(changes, "row")).values():
                if not isinstance(pair, list) or len(pair) != 2:
                    raise ValueError("a change is the old and the new value")
            answer[table.key_from_text(key)] = changes
        return answer

    @staticmethod
    def removed_keys(table: StoredTable, keys: Any) -> list[Key]:
        if not isinstance(keys, list):
            raise TypeError("removed keys are a list")
        return [table.key_from_text(str(key)) for key in keys]

    @staticmethod
    def ranges(table: StoredTable, text: Any) -> list[Key]:
        """The keys of `1-4,7`, in their order."""
        if not isinstance(text, str):
            raise TypeError("ranges are text")
        keys: list[Key] = []
        for part in text.split(","):
            keys += _range(table, part, _MOST_ROWS - len(keys))
        if keys != sorted(set(keys)):
            raise ValueError("ranges are in order")
        return keys


def _range(table: StoredTable, part: str, most: int) -> list[Key]:
    first, dash, last = part.partition("-")
    start = table.key_from_text(first)
    if not dash:
        return [start]
    end = table.key_from_text(last)
    if not isinstance(start, int) or not isinstance(end, int) or not 0 < end - start < most:
        raise ValueError("not a range")
    return list(range(start, end + 1))


def _object(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError(f"{name} is not an object")
    return value


def _access_digest(facts: Any) -> tuple[int, str] | None:
    if not isinstance(facts, dict) or "access_log_digest" not in facts:
        return None
    access_log_id, digest = facts.get("access_log_id"), facts["access_log_digest"]
    if type(access_log_id) is not int or not isinstance(digest, str):
        raise UnreadableBody("what it says of the access log is not as it is written")
    return access_log_id, digest
