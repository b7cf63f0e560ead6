"""A question to the database whose parameters are lists of ids, any number of them, and whose answer is long.

- A list of ids is one parameter: JSON text on SQLite, an array on PostgreSQL. No list is too long.
- The statement is compiled once for each kind of database: building one costs more than a small answer.
- The answer is read column by column, by the column's type: among thousands of rows are few distinct amounts,
  units and ways of identifying. What is read is what `models.types` would read.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, CursorResult, Select, Table, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

from models.base import Base
from models.types import Amount, Choice, Day, Strength, UtcDateTime

REMEMBERED = 65_536  # distinct values read, kept for the next answer

Reader = Callable[[Any], Any]


class among(FunctionElement[Any]):  # noqa: N801  # reads as a function in a statement
    """`among(column, ids("name"))`: the column is one of the ids given as `name`."""

    # Not Boolean: SQLAlchemy would write `… = 1` on SQLite, which no index answers.
    type: TypeEngine[Any] = sa.types.NullType()
    inherit_cache = True


@compiles(among, "sqlite")
def _among_on_sqlite(element: among, compiler: SQLCompiler, **options: Any) -> str:
    column, ids_given = (compiler.process(part, **options) for part in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({ids_given}))"  # noqa: S608  # both are what SQLAlchemy made


@compiles(among)
def _among_elsewhere(element: among, compiler: SQLCompiler, **options: Any) -> str:
    column, ids_given = (compiler.process(part, **options) for part in element.clauses)
    return f"{column} = ANY({ids_given})"


def ids(name: str) -> sa.BindParameter[Any]:
    return bindparam(name, type_=sa.ARRAY(sa.BigInteger))


def word(member: StrEnum) -> sa.ColumnElement[Any]:
    """A member of a closed list, written into the statement."""
    return sa.literal_column(f"'{member.value}'")


def table_of(model: type[Base]) -> Table:
    table = model.__table__
    assert isinstance(table, Table)  # noqa: S101  # every mapped class of ours is one table
    return table


@lru_cache(REMEMBERED)
def _from_millionths(value: int | None) -> Decimal | None:
    return None if value is None else Decimal(value).scaleb(-Amount.places)


@lru_cache(REMEMBERED)
def _instant(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)


def _day(value: str | None) -> date | None:
    return None if value is None else date.fromisoformat(value)


def _in_utc(value: datetime | None) -> datetime | None:
    return None if value is None else value.astimezone(UTC)


def _members(kind: Choice) -> dict[str | None, StrEnum | None]:
    members: dict[str | None, StrEnum | None] = {member.value: member for member in kind.members}
    return members | {None: None}


def _reader(kind: TypeEngine[Any], *, is_sqlite: bool) -> Reader | None:
    """How a value of a column type is read, as `models.types` would read it."""
    match kind:
        case Choice():
            return _members(kind).__getitem__
        case Amount() | Strength():
            return _from_millionths if is_sqlite else None
        case UtcDateTime():
            return _instant if is_sqlite else _in_utc
        case Day():
            return _day if is_sqlite else None
    return None


def _driver_rows(result: CursorResult[Any]) -> list[tuple[Any, ...]]:
    # As the driver gives them: a Row of SQLAlchemy for each would be garbage at once, by the ten thousand.
    assert result.cursor is not None  # noqa: S101  # every statement here is a SELECT
    found: list[tuple[Any, ...]] = list(result.cursor.fetchall())
    result.close()
    return found


@dataclass(frozen=True)
class _Compiled:
    text: str
    names: tuple[str, ...]  # in the order of the places, where places have no names
    readers: tuple[tuple[int, Reader], ...]


# What PostgreSQL may not choose while a trace asks.
_WAYS_ROUND = ("enable_hashjoin", "enable_mergejoin", "enable_seqscan", "jit")


@contextmanager
def asking(session: Session) -> Iterator[None]:
    """Around the questions of one answer, so that their cost follows the answer and not the ledger.

    PostgreSQL guesses that a recursion reaches a good part of the ledger and would rather read all of it;
    what is known here is that each step leads to a few rows. SQLite knows no other way. A refusal ends the
    transaction, and with it the settings.
    """
    session.flush()  # what this unit has changed belongs to the answer
    connection = session.connection()
    is_postgres = connection.dialect.name == "postgresql"
    if is_postgres:
        _set(connection, "'off'")
    yield
    if is_postgres:
        _set(connection, "NULL")  # as the server has it


def _set(connection: Connection, value: str) -> None:
    settings = ", ".join(f"set_config('{name}', {value}, true)" for name in _WAYS_ROUND)
    connection.exec_driver_sql(f"SELECT {settings}")  # our own words


class Question:
    """A statement whose parameters are lists of ids."""

    def __init__(self, statement: Select[*tuple[Any, ...]]) -> None:
        self.statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def columns(self, session: Session, **given: Iterable[int]) -> list[Sequence[Any]]:
        """The answer by columns; each is empty where no row was found."""
        connection = session.connection()
        compiled = self._compiled.get(connection.dialect.name) or self._compile(connection)
        lists = {name: sorted(given[name]) for name in given}
        parameters: Any = lists
        if compiled.names:
            parameters = tuple(json.dumps(lists[name]) for name in compiled.names)
        found = _driver_rows(connection.exec_driver_sql(compiled.text, parameters))
        columns: list[Sequence[Any]] = list(zip(*found, strict=True)) or [()] * len(self.statement.selected_columns)
        for index, reader in compiled.readers:
            columns[index] = list(map(reader, columns[index]))
        return columns

    def rows(self, session: Session, **given: Iterable[int]) -> Iterator[tuple[Any, ...]]:
        return zip(*self.columns(session, **given), strict=True)

    def _compile(self, connection: Connection) -> _Compiled:
        dialect = connection.dialect
        is_sqlite = dialect.name == "sqlite"
        compiled = self.statement.compile(dialect=dialect)
        readers = (_reader(column.type, is_sqlite=is_sqlite) for column in self.statement.selected_columns)
        made = self._compiled[dialect.name] = _Compiled(
            text=str(compiled),
            names=tuple(compiled.positiontup or ()) if is_sqlite else (),
            readers=tuple((index, reader) for index, reader in enumerate(readers) if reader is not None),
        )
        return made
