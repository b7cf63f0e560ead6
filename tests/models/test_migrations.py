"""Models, migrations and guards agree on both databases, in all that the database itself can say.

Alembic compares neither CHECKs nor partial predicates, so a database made by the migrations is compared
with one made from the models, rule by rule.
"""

import shutil
import sys
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from models import guards, migrating
from models.database import Database
from models.migrating import BrokenReferences, current_revision, differences, newest_revision, upgrade
from models.tables import Base

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"


def described(connection):
    """Everything the database knows of our tables: table or index -> its rules."""
    if connection.dialect.name == "sqlite":
        return _described_by_sqlite(connection)
    return _described_by_postgres(connection)


def _described_by_sqlite(connection):
    query = text("SELECT name, sql FROM sqlite_master WHERE type IN ('table', 'index') AND sql IS NOT NULL")
    return {
        name: _clauses(sql) for name, sql in connection.execute(query) if not name.startswith(("alembic", "sqlite_"))
    }


def _clauses(sql):
    """The parts of a CREATE statement between its outer commas, whatever their order and spacing."""
    words = " ".join(sql.replace('"', "").split()).replace("( ", "(").replace(" )", ")")
    start, end = words.index("("), words.rindex(")")
    parts, depth = [""], 0
    for character in words[start + 1 : end]:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "," and not depth:
            parts.append("")
        else:
            parts[-1] += character
    return {words[:start].strip(), words[end + 1 :].strip(), *map(str.strip, parts)}


def _described_by_postgres(connection):
    columns = text(
        "SELECT table_name, column_name || ' ' || data_type || ' ' || coalesce(numeric_precision::text, '')"
        " || ' ' || coalesce(numeric_scale::text, '') || ' ' || is_nullable || ' ' || coalesce(column_default, '')"
        " FROM information_schema.columns WHERE table_schema = 'public'"
    )
    constraints = text(
        "SELECT conrelid::regclass::text, conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE connamespace = 'public'::regnamespace"
    )
    indexes = text("SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'")
    found: dict[str, set[str]] = {}
    for query in (columns, constraints, indexes):
        for name, rule in connection.execute(query):
            if not name.startswith("alembic"):
                found.setdefault(name, set()).add(rule)
    return found


@pytest.fixture
def empty(empty_database_url):
    with closing(Database(empty_database_url)) as database:
        yield database


def test_an_empty_database_is_brought_to_the_newest_schema(empty):
    assert current_revision(empty) is None
    upgrade(empty, MIGRATIONS)
    assert current_revision(empty) == newest_revision(MIGRATIONS)
    assert differences(empty) == []
    with empty.engine.connect() as connection:
        assert guards.faults(connection) == []


def test_upgrading_again_changes_nothing(empty):
    upgrade(empty, MIGRATIONS)
    with empty.engine.connect() as connection:
        before = described(connection)
    upgrade(empty, MIGRATIONS)
    with empty.engine.connect() as connection:
        assert described(connection) == before


def test_migrations_make_what_the_models_say(empty):
    with empty.engine.begin() as connection:
        Base.metadata.create_all(connection)
        of_models = described(connection)
        Base.metadata.drop_all(connection)
    upgrade(empty, MIGRATIONS)
    with empty.engine.connect() as connection:
        of_migrations = described(connection)
    assert {table.name for table in Base.metadata.sorted_tables} <= of_migrations.keys()
    for name in sorted(of_models.keys() | of_migrations.keys()):
        assert of_migrations.get(name) == of_models.get(name), name


def test_the_comparison_sees_what_alembic_does_not(empty):
    upgrade(empty, MIGRATIONS)
    is_sqlite = empty.is_sqlite
    with empty.engine.begin() as connection:
        before = described(connection)
        connection.execute(text("DROP INDEX ix_container_on_hand_lot"))
        connection.execute(text("CREATE INDEX ix_container_on_hand_lot ON container (lot_id) WHERE remaining > 1"))
        if not is_sqlite:
            connection.execute(text("ALTER TABLE stock_move DROP CONSTRAINT ck_stock_move_amount_positive"))
        else:
            connection.exec_driver_sql("PRAGMA writable_schema=ON")
            connection.exec_driver_sql(
                "UPDATE sqlite_master SET sql = replace(sql, 'CHECK (amount > 0)', 'CHECK (amount >= 0)')"
                " WHERE name = 'stock_move'"
            )
        after = described(connection)
    assert differences(empty) == []
    assert {name for name in before if before[name] != after.get(name)} == {"ix_container_on_hand_lot", "stock_move"}


def test_a_migration_imports_nothing_of_the_application():
    for migration in (MIGRATIONS / "versions").glob("*.py"):
        lines = migration.read_text().splitlines()
        imported = {line.split()[1].split(".")[0] for line in lines if line.startswith(("import ", "from "))}
        assert imported <= {"sqlalchemy", "alembic"} | sys.stdlib_module_names, migration.name


@pytest.fixture
def broken_migrations(tmp_path):
    """Ours, and one more that fails after it has changed something."""
    folder = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / "9999_broken.py").write_text(
        f'''"""Broken"""
import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{newest_revision(MIGRATIONS)}"


def upgrade():
    op.add_column("lot", sa.Column("half_way", sa.Text()))
    op.create_table("half_way", sa.Column("id", sa.BigInteger(), primary_key=True))
    op.execute("SELECT no_such_thing")
'''
    )
    return folder


def test_a_migration_that_fails_leaves_nothing_behind(database, owner_url, broken_migrations):
    with closing(Database(owner_url)) as owner:
        with owner.engine.connect() as connection:
            before = described(connection)
        with pytest.raises(Exception, match="no_such_thing"):
            upgrade(owner, broken_migrations)
        with owner.engine.connect() as connection:
            assert described(connection) == before
            assert guards.faults(connection) == []
            if owner.is_sqlite:
                assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        assert current_revision(owner) == newest_revision(MIGRATIONS)


@pytest.mark.only_on("sqlite", reason="PostgreSQL never lets go of a reference")
def test_rows_that_point_nowhere_stop_an_upgrade(database):
    with database.engine.connect() as connection:
        connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")
        connection.execute(text("INSERT INTO audit_chain (id, site_id, seq, hash) VALUES (9, 9, 0, zeroblob(32))"))
        connection.commit()
        connection.connection.driver_connection.execute("PRAGMA foreign_keys=ON")
    with pytest.raises(BrokenReferences, match="audit_chain"):
        upgrade(database, MIGRATIONS)


def test_every_type_of_ours_is_rendered_as_plain_sqlalchemy():
    in_use = {type(column.type) for table in Base.metadata.sorted_tables for column in table.columns}
    assert in_use <= migrating._PLAIN.keys()
