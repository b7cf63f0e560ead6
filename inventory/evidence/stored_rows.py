"""Rows as they stand in the tables, in the form in which they entered the audit chain.

A verifier reads every row of a clinic's history. So values are taken from the driver as they are and turned
into their canonical form in one step, without a Decimal or a datetime in between. The result is that of
`canonical.plain`, on both databases; a test compares the two for every column type.
"""

import json
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Table
from sqlalchemy.orm import Session

from inventory.evidence.canonical import amount_text, canonical
from models.base import BY_MOVES, DERIVED
from models.types import (
    Amount,
    Bytes,
    Count,
    Day,
    Digest,
    Flag,
    Money,
    RecordId,
    Secret,
    Strength,
    UtcDateTime,
    instant_text,
)

Key = int | str
Values = dict[str, Any]

# Few enough for the variables of one statement on any SQLite.
_KEYS_AT_ONCE = 500
_quoted: Callable[[str], str] = json.encoder.encode_basestring
_PAGE = 5000


class Keys:
    """A set of keys of one table. Numbers, which lie close together, take a byte each."""

    _SIZE = 1 << 14

    def __init__(self) -> None:
        self._parts: dict[int, bytearray] = {}
        self._texts: set[str] = set()
        self._count = 0

    def __len__(self) -> int:
        return self._count + len(self._texts)

    def __contains__(self, key: Key) -> bool:
        if isinstance(key, str):
            return key in self._texts
        part = self._parts.get(key // self._SIZE)
        return part is not None and part[key % self._SIZE] == 1

    def add(self, key: Key) -> bool:
        """Whether it was not there yet."""
        if isinstance(key, str):
            is_new = key not in self._texts
            self._texts.add(key)
            return is_new
        number, place = divmod(key, self._SIZE)
        part = self._parts.get(number)
        if part is None:
            part = self._parts[number] = bytearray(self._SIZE)
        if part[place]:
            return False
        part[place] = 1
        self._count += 1
        return True


class StoredTable:
    """Reads one table. A key of several columns is their text, joined by `/`, as the chain writes it."""

    def __init__(self, table: Table, dialect: str) -> None:
        self.name = table.name
        self.table = table
        self._keys = [column.name for column in table.primary_key.columns]
        self._is_single = len(self._keys) == 1
        self._names = frozenset(table.columns.keys())
        in_order = sorted(table.columns, key=lambda column: column.name)  # as canonical text has them
        self._readers = [(column.name, _reader(column, dialect)) for column in in_order]
        self._writers = [(f'"{name}":', write) for name, write in text_writers(table, dialect)]
        # Without our types, so that the driver's values come through.
        self._raw = sa.table(table.name, *(sa.column(column.name) for column in in_order))
        self._key_columns = [self._raw.c[name] for name in self._keys]
        self._key_places = [list(self._raw.c.keys()).index(name) for name in self._keys]

    def read(self, session: Session, keys: Collection[Key]) -> dict[Key, Values]:
        """The rows of these keys that exist; of each the columns that are not empty."""
        return {self._key(row): self._values(row) for row in self._rows(session, keys)}

    def read_lines(self, session: Session, keys: Collection[Key]) -> dict[Key, bytes]:
        """The rows of these keys that exist, each as the line of canonical text that a digest takes in."""
        start = f'["{self.name}",{{'
        found: dict[Key, bytes] = {}
        for row in self._rows(session, keys):
            parts = [
                name + write(value)
                for (name, write), value in zip(self._writers, row, strict=True)
                if value is not None
            ]
            found[self._key(row)] = f"{start}{','.join(parts)}}}]\n".encode()
        return found

    def _rows(self, session: Session, keys: Collection[Key]) -> Iterator[Any]:
        for some in _in_parts(keys, _KEYS_AT_ONCE):
            yield from session.execute(sa.select(self._raw).where(self._is_one_of(some))).all()

    def read_all(self, session: Session, *, after: int = 0, up_to: int | None = None) -> Iterator[Values]:
        """All rows of a table with one numeric key, in its order, `after` and `up_to` a key."""
        key = self._key_columns[0]
        while True:
            query = sa.select(self._raw).where(key > after).order_by(key).limit(_PAGE)
            if up_to is not None:
                query = query.where(key <= up_to)
            rows = session.execute(query).all()
            for row in rows:
                yield self._values(row)
            if len(rows) < _PAGE:
                return
            after = getattr(rows[-1], self._keys[0])

    def count(self, session: Session) -> int:
        return session.execute(sa.select(sa.func.count()).select_from(self._raw)).scalar_one()

    def all_keys(self, session: Session) -> Iterator[Key]:
        query = sa.select(*self._key_columns).order_by(*self._key_columns).execution_options(yield_per=_PAGE)
        for row in session.execute(query):
            yield row[0] if self._is_single else "/".join(map(str, row))

    def key_from_text(self, text: str) -> Key:
        """Raises ValueError for a text that is no key of this table."""
        if not self._is_single:
            _parts_of(text, len(self._keys))
            return text
        return whole_number(text)

    def known_columns(self, values: dict[str, Any]) -> dict[str, Any]:
        """The same values. Raises ValueError when one belongs to no column of this table."""
        if not values.keys() <= self._names:
            raise ValueError("names a column that is none")
        return values

    def _is_one_of(self, keys: list[Key]) -> sa.ColumnElement[bool]:
        if self._is_single:
            return self._key_columns[0].in_(keys)
        return sa.tuple_(*self._key_columns).in_([_parts_of(str(key), len(self._keys)) for key in keys])

    def _key(self, row: Any) -> Key:
        if self._is_single:
            key: Key = row[self._key_places[0]]
            return key
        return "/".join(str(row[place]) for place in self._key_places)

    def _values(self, row: Iterable[Any]) -> Values:
        return {
            name: value if read is None else read(value)
            for (name, read), value in zip(self._readers, row, strict=True)
            if value is not None
        }


def text_writers(table: Table, dialect: str) -> list[tuple[str, Callable[[Any], str]]]:
    """How a value of each column, as the driver gives or takes it, is written in canonical text; in its order."""
    in_order = sorted(table.columns, key=lambda column: column.name)
    return [(column.name, _json_writer(column, dialect)) for column in in_order]


def insertion(session: Session, table: Table, columns: Collection[str], rows: list[tuple[Any, ...]]) -> None:
    """Write rows whose values have the form of the database, by one statement of the driver."""
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    places = ", ".join(["?" if is_sqlite else "%s"] * len(columns))
    statement = f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({places})"  # noqa: S608  # names of ours
    session.connection().exec_driver_sql(statement, rows)


def compared_columns(table: Table, version_column: str | None) -> list[str]:
    """The columns whose last value the chain knows: not the key, the version, or what is told otherwise."""
    explained = (BY_MOVES, DERIVED)
    return [
        column.name
        for column in table.columns
        if not column.primary_key and column.name != version_column and column.info.get("audit") not in explained
    ]


def whole_number(text: str) -> int:
    """A key as the chain writes it: `7`, and neither `07` nor `+7`. Raises ValueError."""
    number = int(text)
    if str(number) != text or not 0 <= number < 2**63:
        raise ValueError(f"{text[:30]!r} is not a key")
    return number


def _parts_of(text: str, parts: int) -> tuple[int, ...]:
    numbers = tuple(whole_number(part) for part in text.split("/"))
    if len(numbers) != parts:
        raise ValueError(f"{text[:30]!r} is not a key of {parts} parts")
    return numbers


def _in_parts(keys: Collection[Key], size: int) -> Iterator[list[Key]]:
    remaining = iter(keys)
    while part := list(islice(remaining, size)):
        yield part


def _json_writer(column: sa.Column[Any], dialect: str) -> Callable[[Any], str]:
    """How the driver's value becomes a part of canonical text."""
    read = _reader(column, dialect)
    if isinstance(column.type, RecordId | Count):
        return str
    if isinstance(column.type, Flag):
        return lambda value: canonical(bool(value) if value in (0, 1) else value)
    if read is None:
        return _quoted
    return lambda value: f'"{read(value)}"'  # digits, dates and hexadecimal need no escape


def _reader(column: sa.Column[Any], dialect: str) -> Callable[[Any], Any] | None:
    """How the driver's value becomes its canonical form; `None` where it already is that."""
    return (_SQLITE if dialect == "sqlite" else _POSTGRES).get(type(column.type))


def _millionths(places: int) -> Callable[[int], str]:
    one = 10**places

    def text(value: int) -> str:
        whole, part = divmod(abs(value), one)
        sign = "-" if value < 0 else ""
        return f"{sign}{whole}.{part:0{places}d}".rstrip("0") if part else f"{sign}{whole}"

    return text


def _truth(value: int) -> bool | int:
    return bool(value) if value in (0, 1) else value


def utc_text(value: datetime) -> str:
    """An instant as the driver gives it, as it is written."""
    return instant_text(value.astimezone(UTC))


_SQLITE: dict[type[Any], Callable[[Any], Any]] = {
    Amount: _millionths(Amount.places),
    Strength: _millionths(Strength.places),
    Money: _millionths(Money.places),
    Flag: _truth,
    Digest: bytes.hex,
    Secret: bytes.hex,
    Bytes: bytes.hex,
}
_POSTGRES: dict[type[Any], Callable[[Any], Any]] = {
    Amount: amount_text,
    Strength: amount_text,
    Money: amount_text,
    UtcDateTime: utc_text,
    Day: date.isoformat,
    Digest: bytes.hex,
    Secret: bytes.hex,
    Bytes: bytes.hex,
}
