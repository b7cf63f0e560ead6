"""Many rows written by one statement, and in the audit as if each had been written alone.

A unit may hold the write lock for under a second, in which a session writes some hundred rows one by one. So rows are
prepared before the lock: every value in the form of the database, every row in the text by which the chain tells it.
Under the lock come the keys, what only the unit knows (`later`), and one statement. What is written here enters the
chain exactly as rows of the session do: by values when made, or by digest where the table is immutable.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Table, bindparam, func, inspect, select, update
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Mapper, Session

from inventory.evidence import audit
from inventory.evidence.canonical import plain
from inventory.evidence.stored_rows import insertion, text_writers
from models.base import APART, BY_MOVES, DERIVED, IDENTITY, IMMUTABLE, SECRET, Base

_AT_ONCE = 500  # SQLite takes some thousand values with one statement
_KEY = "id"


@dataclass(frozen=True)
class Prepared:
    """Rows of one table, ready but for `later`, the columns whose values only the unit knows.

    `values`: of each row, in the form of the database and the order of `columns`. `texts`: of each row, as the chain
    tells it, with a place for each of `told_later`; none where the table stands apart from the chain.
    """

    table: Table
    columns: tuple[str, ...]
    later: tuple[str, ...]
    told_later: tuple[str, ...]
    values: list[tuple[Any, ...]]
    texts: list[str] | None

    def __len__(self) -> int:
        return len(self.values)


def prepare(
    session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]], later: Sequence[str] = ()
) -> Prepared:
    """Asks nothing of the records. A table with identities or secrets is not for this door."""
    mapper: Mapper[Any] = inspect(model)
    table = _table(mapper)
    assert not {column.info.get("audit") for column in table.columns} & {IDENTITY, SECRET}  # noqa: S101  # see above
    dialect = session.get_bind().dialect
    columns = [column for column in table.columns if column.name not in (_KEY, *later)]
    takers = [_taker(column, dialect) for column in columns]
    values = [tuple(take(row) for take in takers) for row in rows]
    told = _told_names(mapper, table)
    places = {column.name: place for place, column in enumerate(columns)}
    writers = [(name, places.get(name), text) for name, text in text_writers(table, dialect.name) if name in told]
    return Prepared(
        table=table,
        columns=tuple(places),
        later=tuple(later),
        told_later=tuple(name for name, place, _ in writers if place is None),
        values=values,
        texts=[_told(writers, row) for row in values] if told else None,
    )


def write(session: Session, prepared: Prepared, later: Mapping[str, Sequence[Any]] | None = None) -> list[int]:
    """Insert the rows and answer their ids, in order. `later`: the values of each such column, row by row."""
    count = len(prepared)
    if not count:
        return []
    session.flush()  # what these rows name is written first
    table, dialect = prepared.table, session.get_bind().dialect
    ids = _new_ids(session, table, count)
    filled: dict[str, Sequence[Any]] = {_KEY: ids}
    for name in prepared.later:
        filled[name] = _bound(table.c[name], dialect, (later or {})[name])
    rows = [row + rest for row, rest in zip(prepared.values, zip(*filled.values(), strict=True), strict=True)]
    insertion(session, table, (*prepared.columns, *filled), rows)
    if prepared.texts is not None:
        _tell(session, prepared, ids, filled)
    return ids


def add_rows(session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Prepare and write in one, where there are few or the lock is not short of time."""
    return write(session, prepare(session, model, rows))


def _table(mapper: Mapper[Any]) -> Table:
    table = mapper.local_table
    assert isinstance(table, Table)  # noqa: S101  # every mapped class of ours is one table
    return table


def _taker(column: Column[Any], dialect: Dialect) -> Callable[[Mapping[str, Any]], Any]:
    """How a column takes its value from a row: in the form of the database, its default where the row has none."""
    name, default = column.name, _default(column)
    bind = column.type.dialect_impl(dialect).bind_processor(dialect)
    if bind is None:
        return lambda row: row.get(name, default)
    return lambda row: bind(row.get(name, default))


def _default(column: Column[Any]) -> Any:
    return column.default.arg if column.default is not None and column.default.is_scalar else None  # type: ignore[attr-defined]  # a scalar default has one


def _bound(column: Column[Any], dialect: Dialect, values: Sequence[Any]) -> Sequence[Any]:
    bind = column.type.dialect_impl(dialect).bind_processor(dialect)
    if bind is None:
        return values
    known = {value: bind(value) for value in set(values)}  # mostly one moment
    return [known[value] for value in values]


def _told_names(mapper: Mapper[Any], table: Table) -> frozenset[str]:
    """The columns by which the chain tells a row of this table."""
    if table.info["audit"] == APART:
        return frozenset()
    if table.info["audit"] == IMMUTABLE:
        return frozenset(column.name for column in table.columns)
    return frozenset(_told_columns(mapper, table))


def _told_columns(mapper: Mapper[Any], table: Table) -> Iterator[str]:
    for column in table.columns:
        is_version = mapper.version_id_col is not None and column is mapper.version_id_col
        if not column.primary_key and not is_version and column.info.get("audit") not in (BY_MOVES, DERIVED):
            yield column.name


def _told(writers: Sequence[tuple[str, int | None, Callable[[Any], str]]], row: tuple[Any, ...]) -> str:
    """A row as canonical text; where a value comes later, a place for it."""
    parts = []
    for name, place, text in writers:
        if place is None:
            parts.append(f'"{name}":%s')
        elif row[place] is not None:
            parts.append(f'"{name}":{text(row[place]).replace("%", "%%")}')
    return f"{{{','.join(parts)}}}"


def _tell(session: Session, prepared: Prepared, ids: Sequence[int], filled: Mapping[str, Sequence[Any]]) -> None:
    assert prepared.texts is not None  # noqa: S101  # the caller asked
    texts = dict(text_writers(prepared.table, session.get_bind().dialect.name))
    said = [list(map(texts[name], filled[name])) for name in prepared.told_later]
    rest = zip(*said, strict=True) if said else [()] * len(ids)
    told = [text % more for text, more in zip(prepared.texts, rest, strict=True)]
    recorder: audit.Recorder = session.info["recorder"]
    if prepared.table.info["audit"] == IMMUTABLE:
        recorder.changes.fixed_texts[prepared.table.name].update(zip(ids, told, strict=True))
    else:
        recorder.changes.made_texts[prepared.table.name].update(zip(map(str, ids), told, strict=True))


def _new_ids(session: Session, table: Table, count: int) -> list[int]:
    """The next keys. Asked for first, because rows that answer their keys are written one by one."""
    if session.get_bind().dialect.name == "sqlite":  # whose one writer we are
        last = session.connection().scalar(select(func.max(table.c.id))) or 0
        return list(range(last + 1, last + 1 + count))
    sequence = func.pg_get_serial_sequence(table.name, _KEY)
    drawn = select(func.nextval(sequence)).select_from(func.generate_series(1, count).alias("each"))
    return sorted(session.connection().scalars(drawn))


def change_rows(
    session: Session, model: type[Base], ids: Sequence[int], changed: Mapping[str, tuple[Any, Any]], **untold: Any
) -> None:
    """Give the same new values to all these rows. `changed`: column -> what all of them held, and now hold.

    `untold`: columns that moves explain, or that follow from others. The version of a row goes up by one.
    """
    mapper: Mapper[Any] = inspect(model)
    table = _table(mapper)
    session.flush()  # what these rows name is written first
    values = {name: new for name, (_, new) in changed.items()} | untold
    if mapper.version_id_col is not None:
        values["version"] = table.c.version + 1
    for start in range(0, len(ids), _AT_ONCE):
        session.connection().execute(update(table).where(table.c.id.in_(ids[start : start + _AT_ONCE])).values(values))
    for key in ids if changed else ():
        _tell_change(session, table, key, changed)


def change_each(session: Session, model: type[Base], changes: Mapping[int, Mapping[str, tuple[Any, Any]]]) -> None:
    """The same where every row gets values of its own: id -> column -> (old, new). All change the same columns."""
    if not changes:
        return
    mapper: Mapper[Any] = inspect(model)
    table = _table(mapper)
    session.flush()  # what these rows name is written first
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in next(iter(changes.values()))}
    if mapper.version_id_col is not None:
        values["version"] = table.c.version + 1
    statement = update(table).where(table.c.id == bindparam("row_id")).values(values)
    rows = [
        {"row_id": key} | {f"new_{name}": new for name, (_, new) in changed.items()} for key, changed in changes.items()
    ]
    session.connection().execute(statement, rows)
    for key, changed in changes.items():
        _tell_change(session, table, key, changed)


def _tell_change(session: Session, table: Table, key: int, changed: Mapping[str, tuple[Any, Any]]) -> None:
    told = {
        name: [plain(audit.as_stored(table.c[name], value)) for value in old_and_new]
        for name, old_and_new in changed.items()
        if table.c[name].info.get("audit") not in (BY_MOVES, DERIVED)
    }
    recorder: audit.Recorder = session.info["recorder"]
    recorder.changes.changed[table.name].setdefault(str(key), {}).update(told)
