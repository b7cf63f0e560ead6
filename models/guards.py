"""Triggers that keep immutable rows immutable, whoever asks, and the rights of the application's role.

Installed after every migration, idempotently: a batch rebuild on SQLite drops triggers silently.
On the tables below UPDATE, DELETE and TRUNCATE are refused. An INSERT that names an existing key is refused
too, because SQLite's INSERT OR REPLACE deletes without firing delete triggers where `recursive_triggers`
is off, as it is in any other program that opens the file.
"""

import re

from sqlalchemy import Connection, Table, UniqueConstraint, text

from models.base import IMMUTABLE
from models.tables import Base

_APPEND_ONLY_APART = ("audit_entry", "audit_subject", "audit_checkpoint", "access_log")
_NEVER_DELETED_APART = ("audit_chain",)
# Erasing an identity deletes these two; everything else a person recorded stays.
_DELETABLE = ("patient_identity_version",)


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
    statements = _sqlite_statements() if connection.dialect.name == "sqlite" else _postgres_statements()
    for statement in statements:
        connection.exec_driver_sql(statement)


def installed(connection: Connection) -> set[str]:
    """The names of the guards found in the database."""
    if connection.dialect.name == "sqlite":
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'guard%'"
    else:
        query = "SELECT tgname || ' ' || tgrelid::regclass FROM pg_trigger WHERE tgname LIKE 'guard%'"
    return {row[0] for row in connection.execute(text(query))}


def expected(dialect: str) -> set[str]:
    """The names of the guards that must be there."""
    if dialect == "sqlite":
        fixed = {f"guard_{t.name}_{what}" for t in immutable_tables() for what in ("update", "delete", "replace")}
        return fixed | {f"guard_{t.name}_delete" for t in undeletable_tables()}
    fixed = {f"guard_{what} {t.name}" for t in immutable_tables() for what in ("change", "truncate")}
    return fixed | {f"guard_{what} {t.name}" for t in undeletable_tables() for what in ("delete", "truncate")}


def _unique_keys(table: Table) -> list[list[str]]:
    keys = [[column.name for column in table.primary_key.columns]]
    keys += [
        [column.name for column in constraint.columns]
        for constraint in table.constraints
        if isinstance(constraint, UniqueConstraint)
    ]
    return keys


def _sqlite_statements() -> list[str]:
    statements = []
    for table in [*immutable_tables(), *undeletable_tables()]:
        for what in ("update", "delete", "replace"):
            statements.append(f"DROP TRIGGER IF EXISTS guard_{table.name}_{what}")
    for table in immutable_tables():
        name = table.name
        for what in ("update", "delete"):
            statements.append(
                f"CREATE TRIGGER guard_{name}_{what} BEFORE {what.upper()} ON {name} "
                f"BEGIN SELECT RAISE(ABORT, '{name} is only ever added to'); END"
            )
        known = " OR ".join(
            f"EXISTS (SELECT 1 FROM {name} WHERE {' AND '.join(f'{c} = NEW.{c}' for c in key)})"
            for key in _unique_keys(table)
        )
        statements.append(
            f"CREATE TRIGGER guard_{name}_replace BEFORE INSERT ON {name} WHEN {known} "
            f"BEGIN SELECT RAISE(ABORT, 'UNIQUE constraint failed: {name} row is never replaced'); END"
        )
    for table in undeletable_tables():
        statements.append(
            f"CREATE TRIGGER guard_{table.name}_delete BEFORE DELETE ON {table.name} "
            f"BEGIN SELECT RAISE(ABORT, '{table.name} rows are never deleted'); END"
        )
    return statements


def _postgres_statements() -> list[str]:
    refuse = (
        "CREATE OR REPLACE FUNCTION guard_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '%% refuses %%: its rows are kept', TG_TABLE_NAME, TG_OP "
        "USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    statements = [refuse]

    def add(table: str, name: str, when: str) -> None:
        statements.append(f"DROP TRIGGER IF EXISTS {name} ON {table}")
        statements.append(f"CREATE TRIGGER {name} BEFORE {when} EXECUTE FUNCTION guard_refuse()")

    for table in immutable_tables():
        add(table.name, "guard_change", f"UPDATE OR DELETE ON {table.name} FOR EACH ROW")
        add(table.name, "guard_truncate", f"TRUNCATE ON {table.name} FOR EACH STATEMENT")
    for table in undeletable_tables():
        add(table.name, "guard_delete", f"DELETE ON {table.name} FOR EACH ROW")
        add(table.name, "guard_truncate", f"TRUNCATE ON {table.name} FOR EACH STATEMENT")
    return statements


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
