"""Many rows written by one statement, and in the audit as if each had been written alone.

A unit may hold the write lock for under a second, in which a session writes some hundred rows one by one. What is
written here enters the chain exactly as rows of the session do: by values when made, or by digest where the table is
immutable.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Table, func, insert, inspect, select, update
from sqlalchemy.orm import Mapper, Session

from inventory.evidence import audit
from inventory.evidence.canonical import plain
from models.base import APART, BY_MOVES, DERIVED, IDENTITY, IMMUTABLE, SECRET, Base

_AT_ONCE = 500  # SQLite takes some thousand values with one statement


def add_rows(session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Insert the rows and answer their ids, in order. A table with identities or secrets is not for this door."""
    if not rows:
        return []
    mapper: Mapper[Any] = inspect(model)
    table = mapper.local_table
    assert isinstance(table, Table)  # noqa: S101  # every mapped class of ours is one table
    assert not {column.info.get("audit") for column in table.columns} & {IDENTITY, SECRET}  # noqa: S101  # see above
    session.flush()  # what these rows name is written first
    defaults = {column.name: _default(column) for column in table.columns if not column.primary_key}
    ids = _new_ids(session, table, len(rows))
    complete = [{**defaults, **row, "id": key} for key, row in zip(ids, rows, strict=True)]
    session.connection().execute(insert(table), complete)
    _record(session, mapper, table, ids, complete)
    return ids


def _new_ids(session: Session, table: Table, count: int) -> list[int]:
    """The next keys. Asked for first, because rows that answer their keys are written one by one."""
    if session.connection().dialect.name == "sqlite":  # whose one writer we are
        last = session.connection().scalar(select(func.max(table.c.id))) or 0
        return list(range(last + 1, last + 1 + count))
    sequence = func.pg_get_serial_sequence(table.name, "id")
    drawn = select(func.nextval(sequence)).select_from(func.generate_series(1, count).alias("each"))
    return sorted(session.connection().scalars(drawn))


def _default(column: Column[Any]) -> Any:
    return column.default.arg if column.default is not None and column.default.is_scalar else None  # type: ignore[attr-defined]  # a scalar default has one


def _record(
    session: Session, mapper: Mapper[Any], table: Table, ids: Sequence[int], rows: Sequence[dict[str, Any]]
) -> None:
    recorder: audit.Recorder = session.info["recorder"]
    if table.info["audit"] == APART:
        return
    if table.info["audit"] == IMMUTABLE:
        for key, row in zip(ids, rows, strict=True):
            recorder.changes.fixed[table.name][key] = audit.fixed_values(table, row)
        return
    told = list(_told(mapper, table))
    for key, row in zip(ids, rows, strict=True):
        values = {column.name: plain(audit.as_stored(column, row[column.name])) for column in told}
        made = {name: value for name, value in values.items() if value is not None}
        recorder.changes.made[table.name][str(key)] = made


def _told(mapper: Mapper[Any], table: Table) -> Iterator[Column[Any]]:
    for column in table.columns:
        is_version = mapper.version_id_col is not None and column is mapper.version_id_col
        if not column.primary_key and not is_version and column.info.get("audit") not in (BY_MOVES, DERIVED):
            yield column


def change_rows(
    session: Session, model: type[Base], ids: Sequence[int], changed: Mapping[str, tuple[Any, Any]], **untold: Any
) -> None:
    """Give the same new values to all these rows. `changed`: column -> what all of them held, and now hold.

    `untold`: columns that moves explain. The version of a row goes up by one.
    """
    mapper: Mapper[Any] = inspect(model)
    table = mapper.local_table
    assert isinstance(table, Table)  # noqa: S101  # as above
    session.flush()  # what these rows name is written first
    values = {name: new for name, (_, new) in changed.items()} | untold
    if mapper.version_id_col is not None:
        values["version"] = table.c.version + 1
    for start in range(0, len(ids), _AT_ONCE):
        session.connection().execute(update(table).where(table.c.id.in_(ids[start : start + _AT_ONCE])).values(values))
    recorder: audit.Recorder = session.info["recorder"]
    told = {
        name: [plain(audit.as_stored(table.c[name], value)) for value in old_and_new]
        for name, old_and_new in changed.items()
    }
    for key in ids if told else ():
        recorder.changes.changed[table.name].setdefault(str(key), {}).update(told)
