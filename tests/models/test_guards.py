"""Each forbidden statement is tried on each guarded table, through every door the file or the server has."""

# ruff: noqa: S608  # the statements are made of our own tables' names

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import create_engine, select, text
from sqlalchemy.exc import DatabaseError

from models import guards
from models.database import Database
from models.migrating import upgrade
from models.tables import Base

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"
IMMUTABLE = guards.immutable_tables()
UNDELETABLE = guards.undeletable_tables()
RAISED = r"only ever added to|never deleted|keep their key|refuses|UNIQUE constraint failed"

pytestmark = pytest.mark.usefixtures("two_rows_in_each_table")


def key_of(table):
    return table.primary_key.columns.values()[0].name


def unique_rules(table):
    """The columns of each unique rule besides the key that no empty value escapes."""
    return [
        columns
        for columns, predicate in guards._unique_keys(table)[1:]
        if not predicate and not any(table.columns[column].nullable for column in columns)
    ]


def forbidden(table, dialect):
    """Statements that would change, replace or lose a row of this table."""
    name, key = table.name, key_of(table)
    columns = ", ".join(column.name for column in table.columns)
    yield f"DELETE FROM {name}"
    yield f"DELETE FROM {name} WHERE {key} = 1"
    yield f"UPDATE {name} SET {key} = {key} + 100"
    if table in IMMUTABLE:
        for column in table.columns:
            yield f"UPDATE {name} SET {column.name} = {column.name}"
    if dialect == "postgresql":
        yield f"TRUNCATE {name} CASCADE"
        if table in IMMUTABLE:
            conflict = ", ".join(column.name for column in table.primary_key.columns)
            insert = f"INSERT INTO {name} SELECT * FROM {name}"
            yield f"{insert} ON CONFLICT ({conflict}) DO UPDATE SET {key} = excluded.{key}"
        return
    yield f"INSERT OR REPLACE INTO {name} SELECT * FROM {name}"
    yield f"REPLACE INTO {name} SELECT * FROM {name} WHERE {key} = 1"
    yield f"UPDATE OR REPLACE {name} SET {key} = 3 - {key}"
    for kept in unique_rules(table):
        others = ", ".join(
            "990" if column.primary_key and column.name not in kept else column.name for column in table.columns
        )
        yield f"INSERT OR REPLACE INTO {name} ({columns}) SELECT {others} FROM {name} WHERE {key} = 1"
        # The second row takes the unique values of the first, which OR REPLACE would then delete.
        assigned = ", ".join(f"{column} = (SELECT {column} FROM {name} WHERE {key} = 1)" for column in kept)
        yield f"UPDATE OR REPLACE {name} SET {assigned} WHERE {key} = 2"


def contents(connection):
    return {table.name: sorted(map(repr, connection.execute(select(table)))) for table in (*IMMUTABLE, *UNDELETABLE)}


@pytest.fixture
def engine(owner_url):
    made = create_engine(owner_url)
    yield made
    made.dispose()


def assert_refused(engine, statement, how):
    with engine.connect() as connection, pytest.raises(DatabaseError) as refused:
        connection.execute(text(statement))
    assert re.search(how, str(refused.value.orig)), statement


def assert_all_refused(engine, how=RAISED):
    dialect = engine.dialect.name
    with engine.connect() as connection:
        before = contents(connection)
    assert all(before.values())
    tried = 0
    for table in (*IMMUTABLE, *UNDELETABLE):
        for statement in forbidden(table, dialect):
            assert_refused(engine, statement, how)
            tried += 1
    assert tried > 5 * len(before)
    with engine.connect() as connection:
        assert contents(connection) == before


def test_every_forbidden_statement_is_refused(engine):
    assert_all_refused(engine)


def test_through_the_application_too(database):
    assert_all_refused(database.engine, rf"{RAISED}|permission denied")


@pytest.mark.only_on("sqlite", reason="another program opens the file")
def test_another_program_with_its_own_settings_is_refused(database):
    with closing(sqlite3.connect(database.path, isolation_level=None)) as stranger:
        for pragma in ("recursive_triggers = OFF", "foreign_keys = OFF"):
            stranger.execute(f"PRAGMA {pragma}")
        counted = {table.name: _count(stranger, table) for table in (*IMMUTABLE, *UNDELETABLE)}
        for table in (*IMMUTABLE, *UNDELETABLE):
            for statement in forbidden(table, "sqlite"):
                with pytest.raises(sqlite3.IntegrityError, match=RAISED):
                    stranger.execute(statement)
        assert {table.name: _count(stranger, table) for table in (*IMMUTABLE, *UNDELETABLE)} == counted


def _count(connection, table):
    return connection.execute(f"SELECT count(*) FROM {table.name}").fetchone()[0]


@pytest.mark.only_on("sqlite", reason="PostgreSQL alters a table in place and keeps its triggers")
def test_after_every_table_was_rebuilt(database):
    with database.engine.connect() as connection:
        connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")
        with connection.begin():
            operations = Operations(MigrationContext.configure(connection))
            for table in Base.metadata.sorted_tables:
                # A reflected STRICT table would lose its types; ours are given.
                with operations.batch_alter_table(table.name, recreate="always", copy_from=table):
                    pass
        assert guards.installed(connection) == set()
        assert guards.faults(connection) == sorted(guards.expected("sqlite"))
        connection.connection.driver_connection.execute("PRAGMA foreign_keys=ON")
    upgrade(database, MIGRATIONS)
    assert_all_refused(database.engine)


def test_installing_twice_changes_nothing(engine):
    with engine.begin() as connection:
        before = guards._found(connection)
        guards.install(connection)
        assert guards._found(connection) == before
        assert guards.faults(connection) == []
        assert guards.installed(connection) == guards.expected(engine.dialect.name)


def test_what_is_allowed_stays_allowed(engine):
    with engine.begin() as connection:
        connection.execute(text("UPDATE container SET code = 'C1', content = content WHERE id = 1"))
        connection.execute(text("UPDATE lot SET product_id = product_id, lot_number = 'L 1' WHERE id = 1"))
        connection.execute(text("DELETE FROM patient_identity_version WHERE patient_id = 1"))
        connection.execute(text("DELETE FROM patient_key WHERE patient_id = 1"))
        connection.execute(text("DELETE FROM idempotency_key"))
        connection.execute(text("DELETE FROM membership"))


def test_a_unique_rule_is_named_as_ever(engine):
    statement = text("INSERT INTO supplier (id, name, is_active, version) VALUES (50, 'text 1', :yes, 1)")
    with engine.connect() as connection, pytest.raises(DatabaseError, match=r"supplier\.name|uq_supplier_name"):
        connection.execute(statement, {"yes": True})


# Guards that are not as we installed them


@pytest.mark.parametrize(
    ("sqlite", "postgresql", "named"),
    [
        (
            ["DROP TRIGGER guard_stock_move_update"],
            ["DROP TRIGGER guard_change ON stock_move"],
            ("guard_stock_move_update", "guard_change stock_move"),
        ),
        (
            [
                "DROP TRIGGER guard_audit_entry_delete",
                "CREATE TRIGGER guard_audit_entry_delete BEFORE DELETE ON audit_entry BEGIN SELECT 1; END",
            ],
            ["ALTER TABLE audit_entry DISABLE TRIGGER guard_change"],
            ("guard_audit_entry_delete", "guard_change audit_entry"),
        ),
        (
            [
                "DROP TRIGGER guard_container_delete",
                "CREATE TRIGGER guard_container_delete BEFORE DELETE ON supplier BEGIN SELECT RAISE(ABORT, 'x'); END",
            ],
            [
                "CREATE FUNCTION mine() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$",
                "DROP TRIGGER guard_delete ON container",
                "CREATE TRIGGER guard_delete BEFORE DELETE ON container FOR EACH STATEMENT EXECUTE FUNCTION mine()",
            ],
            ("guard_container_delete", "guard_delete container"),
        ),
    ],
)
def test_a_guard_that_is_not_as_installed_is_named(engine, sqlite, postgresql, named):
    is_sqlite = engine.dialect.name == "sqlite"
    with engine.begin() as connection:
        for statement in sqlite if is_sqlite else postgresql:
            connection.execute(text(statement))
        assert guards.faults(connection) == [named[0] if is_sqlite else named[1]]
        guards.install(connection)
        assert guards.faults(connection) == []


@pytest.mark.only_on("postgresql", reason="SQLite's triggers call no function")
def test_a_hollow_function_is_named(engine):
    with engine.begin() as connection:
        connection.execute(
            text(
                "CREATE OR REPLACE FUNCTION guard_refuse() RETURNS trigger LANGUAGE plpgsql AS"
                " $$ BEGIN RETURN NULL; END $$"
            )
        )
        assert guards.faults(connection) == ["guard_refuse"]


# The application's role


FOR_THE_OWNER_ALONE = [
    "ALTER TABLE stock_move DISABLE TRIGGER guard_change",
    "ALTER TABLE stock_move DISABLE TRIGGER ALL",
    "ALTER TABLE stock_move DROP COLUMN amount",
    "ALTER TABLE stock_move DROP CONSTRAINT ck_stock_move_amount_positive",
    "ALTER TABLE stock_move OWNER TO vialtrace",
    "DROP TRIGGER guard_change ON audit_entry",
    "DROP TABLE audit_entry CASCADE",
    "DROP FUNCTION guard_refuse() CASCADE",
    "DROP INDEX uq_location_boundary",
    "CREATE OR REPLACE FUNCTION guard_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$",
    "CREATE TRIGGER mine BEFORE INSERT ON stock_move FOR EACH ROW EXECUTE FUNCTION guard_refuse()",
    "CREATE RULE mine AS ON INSERT TO stock_move DO INSTEAD NOTHING",
    "CREATE TABLE mine (id bigint)",
    "SET session_replication_role = replica",
    "SET ROLE vialtrace_owner",
    "UPDATE alembic_version SET version_num = '0'",
    "DELETE FROM alembic_version",
]


@pytest.mark.only_on("postgresql", reason="SQLite has no roles")
def test_the_applications_role_may_not(database):
    tables = [f"TRUNCATE {table.name} CASCADE" for table in Base.metadata.sorted_tables]
    deletes = [f"DELETE FROM {table.name}" for table in (*IMMUTABLE, *UNDELETABLE)]
    updates = [f"UPDATE {table.name} SET {key_of(table)} = {key_of(table)}" for table in IMMUTABLE]
    for statement in [*FOR_THE_OWNER_ALONE, *tables, *deletes, *updates]:
        assert_refused(database.engine, statement, "permission denied|must be owner|must be able to")


@pytest.mark.only_on("postgresql", reason="SQLite has no roles")
def test_the_applications_role_has_these_rights_and_no_more(engine):
    query = text(
        "SELECT table_name, privilege_type FROM information_schema.role_table_grants WHERE grantee = 'vialtrace'"
    )
    with engine.connect() as connection:
        granted = {(table, right) for table, right in connection.execute(query)}
    wanted = {("alembic_version", "SELECT")}
    for table in Base.metadata.sorted_tables:
        rights = {"SELECT", "INSERT"}
        rights |= set() if table in IMMUTABLE else {"UPDATE"}
        rights |= set() if table in (*IMMUTABLE, *UNDELETABLE) else {"DELETE"}
        wanted |= {(table.name, right) for right in rights}
    assert granted == wanted


@pytest.mark.parametrize("role", ["", "Clinic", "a b", "a;DROP TABLE lot", 'a"', "1a", "a" * 64, "a\n"])
def test_a_role_name_that_needs_quoting_is_refused(engine, role):
    with engine.connect() as connection, pytest.raises(guards.UnsafeRoleName):
        guards.grant(connection, role)


def test_the_second_upgrade_installs_what_was_lost(engine, owner_url):
    with engine.begin() as connection:
        on = "" if engine.dialect.name == "sqlite" else " ON stock_move"
        name = "guard_stock_move_update" if engine.dialect.name == "sqlite" else "guard_change"
        connection.execute(text(f"DROP TRIGGER {name}{on}"))
    with closing(Database(owner_url)) as database:
        upgrade(database, MIGRATIONS)
    with engine.connect() as connection:
        assert guards.faults(connection) == []
