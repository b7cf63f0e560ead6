"""Triggers that keep rows from being changed or lost, whoever asks, and the rights of the application's role.

Installed after every migration, idempotently: a batch rebuild on SQLite drops triggers silently.

- On immutable tables UPDATE, DELETE and TRUNCATE are refused; on those whose rows may change but never go,
  DELETE, TRUNCATE and a change of the primary key.
- On SQLite also an INSERT or UPDATE that would take the place of another row: OR REPLACE deletes without firing
  delete triggers where `recursive_triggers` is off, as it is in any other program that opens the file.
"""

import re

from sqlalchemy import Connection, Table, UniqueConstraint, text

from models.base import IMMUTABLE
from models.tables import Base

_APPEND_ONLY_APART = ("audit_entry", "audit_subject", "audit_checkpoint", "access_log", "file_content")
_NEVER_DELETED_APART = ("audit_chain",)
# Erasing an identity deletes these; everything else a person recorded stays.
_DELETABLE = ("patient_identity_version", "patient_health_version", "patient_flag")


class UnsafeRoleName(Exception):
    """A role name that would need quoting is refused rather than quoted."""


def immutable_tables() -> list[Table]:
    """Tables whose rows are never changed or deleted once written."""
    return [
        table
        for table in Base.metadata.sorted_tables
        if table.info.get("audit") == IMMUTABLE or table.name in _APPEND_ONLY_APART
    ]


def undeletable_tables() -> list[Table]:
    """Tables whose rows may change but never go: all recorded ones but a patient's identity."""
    fixed = {table.name for table in immutable_tables()}
    return [
        table
        for table in Base.metadata.sorted_tables
        if table.name not in fixed
        and (table.info.get("audit") == "recorded" or table.name in _NEVER_DELETED_APART)
        and table.name not in (*_DELETABLE, "membership")
    ]


def install(connection: Connection) -> None:
    names = (("update", "delete", "replace", "rekey"), ("change", "delete", "rekey", "truncate"))
    is_sqlite = connection.dialect.name == "sqlite"
    if not is_sqlite:
        connection.exec_driver_sql(_POSTGRES_FUNCTION)
    for table in Base.metadata.sorted_tables:
        for name in names[0] if is_sqlite else names[1]:
            old = f"guard_{table.name}_{name}" if is_sqlite else f"guard_{name} ON {table.name}"
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {old}")
    for statement in _triggers(connection.dialect.name).values():
        connection.exec_driver_sql(statement)


def installed(connection: Connection) -> set[str]:
    """The names of the guards that are there and not switched off, whatever they do."""
    return set(_found(connection))


def expected(dialect: str) -> set[str]:
    """The names of the guards that must be there."""
    return set(_triggers(dialect))


def faults(connection: Connection) -> list[str]:
    """The names of guards that are missing, switched off or not as we install them."""
    found = _found(connection)
    wanted = _triggers(connection.dialect.name)
    wrong = [name for name, statement in wanted.items() if found.get(name) != statement]
    if connection.dialect.name != "sqlite":
        source = connection.execute(text("SELECT prosrc FROM pg_proc WHERE proname = 'guard_refuse'"))
        if [row[0] for row in source] != [_REFUSE]:
            wrong.append("guard_refuse")
    return sorted(wrong)


def _found(connection: Connection) -> dict[str, str]:
    """Name -> the statement that makes the trigger."""
    if connection.dialect.name == "sqlite":
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'guard%'"
    else:
        query = (
            "SELECT tgname || ' ' || tgrelid::regclass, pg_get_triggerdef(oid, true) FROM pg_trigger"
            " WHERE tgname LIKE 'guard%' AND tgenabled IN ('O', 'A')"
        )
    return {row[0]: row[1] for row in connection.execute(text(query))}


def _triggers(dialect: str) -> dict[str, str]:
    return _sqlite_triggers() if dialect == "sqlite" else _postgres_triggers()


def _sqlite_triggers() -> dict[str, str]:
    triggers = {}

    def add(table: Table, name: str, when: str, body: str) -> None:
        full = f"guard_{table.name}_{name}"
        triggers[full] = f"CREATE TRIGGER {full} BEFORE {when} ON {table.name} BEGIN {body} END"

    for table in immutable_tables():
        for what in ("UPDATE", "DELETE"):
            add(table, what.lower(), what, f"SELECT RAISE(ABORT, '{table.name} is only ever added to');")
        add(table, "replace", "INSERT", _refuse_taken_keys(table))
    for table in undeletable_tables():
        add(table, "delete", "DELETE", f"SELECT RAISE(ABORT, '{table.name} rows are never deleted');")
        add(table, "replace", "INSERT", _refuse_taken_keys(table))
        columns = dict.fromkeys(column for columns, _ in _unique_keys(table) for column in columns)
        add(
            table,
            "rekey",
            f"UPDATE OF {', '.join(columns)}",
            _refuse_new_key(table) + _refuse_taken_keys(table, is_update=True),
        )
    return triggers


def _refuse_taken_keys(table: Table, *, is_update: bool = False) -> str:
    """Says what SQLite says of a unique rule, before OR REPLACE could act on it."""
    other_than = f" AND ({_tuple(table, '')}) <> ({_tuple(table, 'OLD.')})" if is_update else ""
    refusals = []
    for columns, predicate in _unique_keys(table):
        named = ", ".join(f"{table.name}.{column}" for column in columns)
        same = " AND ".join(f"{column} = NEW.{column}" for column in columns)
        taken = f"SELECT 1 FROM {table.name} WHERE {same}{predicate}{other_than}"
        refusals.append(f"SELECT RAISE(ABORT, 'UNIQUE constraint failed: {named}') WHERE EXISTS ({taken});")
    return " ".join(refusals)


def _refuse_new_key(table: Table) -> str:
    changed = f"({_tuple(table, 'NEW.')}) <> ({_tuple(table, 'OLD.')})"
    return f"SELECT RAISE(ABORT, '{table.name} rows keep their key') WHERE {changed}; "


def _tuple(table: Table, prefix: str) -> str:
    return ", ".join(f"{prefix}{column.name}" for column in table.primary_key.columns)


def _unique_keys(table: Table) -> list[tuple[list[str], str]]:
    """The columns of each unique rule, and its predicate over the row that is already there."""
    keys = [([column.name for column in table.primary_key.columns], "")]
    for constraint in sorted(table.constraints, key=lambda each: str(each.name)):
        if isinstance(constraint, UniqueConstraint):
            keys.append(([column.name for column in constraint.columns], ""))
    for index in sorted(table.indexes, key=lambda each: str(each.name)):
        if index.unique:
            predicate = index.dialect_options["sqlite"]["where"]
            keys.append(([column.name for column in index.columns], "" if predicate is None else f" AND {predicate}"))
    return keys


_REFUSE = (
    " BEGIN RAISE EXCEPTION '% refuses %: its rows are kept', TG_TABLE_NAME, TG_OP"
    " USING ERRCODE = 'integrity_constraint_violation'; END "
)
_POSTGRES_FUNCTION = (
    "CREATE OR REPLACE FUNCTION guard_refuse() RETURNS trigger LANGUAGE plpgsql AS $$"
    + _REFUSE.replace("%", "%%")  # the driver takes a single one for a parameter
    + "$$"
)


def _postgres_triggers() -> dict[str, str]:
    """Each statement is written as PostgreSQL gives it back, so that the two can be compared."""
    triggers = {}

    def add(table: Table, name: str, event: str, for_each: str) -> None:
        statement = f"CREATE TRIGGER {name} BEFORE {event} ON {table.name} FOR EACH {for_each}"
        triggers[f"{name} {table.name}"] = f"{statement} EXECUTE FUNCTION guard_refuse()"

    for table in immutable_tables():
        add(table, "guard_change", "DELETE OR UPDATE", "ROW")
        add(table, "guard_truncate", "TRUNCATE", "STATEMENT")
    for table in undeletable_tables():
        key = [column.name for column in table.primary_key.columns]
        differs = " OR ".join(f"old.{column} IS DISTINCT FROM new.{column}" for column in key)
        add(table, "guard_delete", "DELETE", "ROW")
        add(table, "guard_rekey", f"UPDATE OF {', '.join(key)}", f"ROW WHEN ({differs})")
        add(table, "guard_truncate", "TRUNCATE", "STATEMENT")
    return triggers


def grant(connection: Connection, role: str) -> None:
    """Give the application's role what it needs and no more. It must not own the tables."""
    if not re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", role):
        raise UnsafeRoleName(role)
    if connection.dialect.name == "sqlite":
        return
    fixed = {table.name for table in immutable_tables()}
    kept = {table.name for table in undeletable_tables()}
    connection.exec_driver_sql(f"GRANT USAGE ON SCHEMA public TO {role}")
    connection.exec_driver_sql(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}")
    connection.exec_driver_sql(f"GRANT SELECT ON alembic_version TO {role}")
    for table in Base.metadata.sorted_tables:
        rights = "SELECT, INSERT"
        if table.name not in fixed:
            rights += ", UPDATE"
        if table.name not in fixed | kept:
            rights += ", DELETE"
        connection.exec_driver_sql(f"REVOKE ALL ON {table.name} FROM {role}")
        connection.exec_driver_sql(f"GRANT {rights} ON {table.name} TO {role}")
