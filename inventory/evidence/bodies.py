"""Reads the body of an audit entry back, trusting nothing in it.

Whoever can write to the database can write a body. What is not of the shape that `audit` writes is refused
with a reason that can be shown: unknown tables and columns, keys that are none, ranges without end.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

from inventory.evidence.stored_rows import Key, StoredTable, Values, utc_text

T = TypeVar("T")

# In this order an entry is read, and unpacked below.
ENTRY_COLUMNS = ("id", "chain_id", "seq", "at", "user_id", "action", "body")
# A unit writes some thousand rows; a forged range must not fill the memory.
_MOST_ROWS = 1_000_000


class UnreadableBody(Exception):
    """The text is a part of a sentence: what is wrong with the body."""


class Body(NamedTuple):
    """What one entry did to the rows of the tables."""

    head: Mapping[str, Any]
    made: Mapping[str, Mapping[Key, Values]]
    changed: Mapping[str, Mapping[Key, Mapping[str, list[Any]]]]
    removed: Mapping[str, list[Key]]
    fixed: Mapping[str, list[Key]]
    access_digest: tuple[int, str] | None

    def columns_that_differ(self, row: Any) -> list[str]:
        """Those columns of the entry that say something else than its body."""
        _, chain_id, seq, at, user_id, action, _ = row
        by = self.head.get("by")
        found = (chain_id, seq, at if isinstance(at, str) else utc_text(at), action, user_id)
        said = (*map(self.head.get, _HEAD), by[0] if isinstance(by, list) and by else by)
        if found == said:
            return []
        return [name for name, one, other in zip((*_HEAD, "user"), found, said, strict=True) if one != other]


_HEAD = ("chain", "seq", "at", "action")


class BodyReader:
    """`tables` by name are those that enter the chain; the rows of `fixed` ones do so by a digest."""

    def __init__(self, tables: Mapping[str, StoredTable], fixed: frozenset[str]) -> None:
        self.tables = tables
        self.fixed = fixed

    def read(self, text: str) -> Body:
        """Raises `UnreadableBody`."""
        try:
            body = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise UnreadableBody("it is not JSON") from error
        if not isinstance(body, dict):
            raise UnreadableBody("it is not an object")
        return Body(
            head=body,
            made=self._part(body, "made", self.made_rows) if "made" in body else {},
            changed=self._part(body, "changed", self.changed_rows) if "changed" in body else {},
            removed=self._part(body, "removed", self.removed_keys) if "removed" in body else {},
            fixed=self._part(body, "fixed", self.ranges) if "fixed" in body else {},
            access_digest=_access_digest(body["facts"]) if "facts" in body else None,
        )

    def _part(self, body: dict[str, Any], name: str, read: Callable[[StoredTable, Any], T]) -> dict[str, T]:
        content = body[name]
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
        if "," not in text and "-" not in text:
            return [table.key_from_text(text)]
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
