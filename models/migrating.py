"""Brings a database to the newest schema, installs the guards, and says how it differs from the models.

The migration runs in one transaction with the guards: either all of it is there or nothing is.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from models import guards
from models.database import Database
from models.tables import Base
from models.types import (
    Amount,
    Bytes,
    Choice,
    Count,
    Day,
    Digest,
    Flag,
    Money,
    RecordId,
    Secret,
    Strength,
    UtcDateTime,
    Words,
)

_PLAIN: dict[type[Any], str] = {
    Amount: "sa.Numeric(18, 6).with_variant(sa.BigInteger(), 'sqlite')",
    Strength: "sa.Numeric(18, 6).with_variant(sa.BigInteger(), 'sqlite')",
    Money: "sa.Numeric(14, 4).with_variant(sa.BigInteger(), 'sqlite')",
    UtcDateTime: "sa.DateTime(timezone=True).with_variant(sa.Text(), 'sqlite')",
    Day: "sa.Date().with_variant(sa.Text(), 'sqlite')",
    Words: "sa.Text()",
    Choice: "sa.Text()",
    Flag: "sa.Boolean()",
    Count: "sa.BigInteger()",
    RecordId: "sa.BigInteger()",
    Digest: "sa.LargeBinary()",
    Bytes: "sa.LargeBinary()",
    Secret: "sa.LargeBinary()",
}


def render_item(kind: str, item: Any, _context: Any) -> Any:
    """Write our types as plain SQLAlchemy: a migration may not import application types."""
    return _PLAIN.get(type(item), False) if kind == "type" else False


def compare_type(ctx: Any, _column: Any, _meta_column: Any, found: Any, wanted: Any) -> bool | None:
    """On SQLite a type is its name; elsewhere Alembic compares."""
    if ctx.dialect.name != "sqlite":
        return None
    return bool(wanted.compile(ctx.dialect) != found.compile(ctx.dialect))


class BrokenReferences(Exception):
    """After a migration some rows point nowhere; the migration was undone."""


def alembic_config(migrations: Path, connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def newest_revision(migrations: Path) -> str | None:
    return ScriptDirectory.from_config(alembic_config(migrations)).get_current_head()


def current_revision(database: Database) -> str | None:
    with database.reading_engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def upgrade(database: Database, migrations: Path, application_role: str | None = None) -> None:
    """Upgrade to head and install the guards. `application_role`: who may use the tables on PostgreSQL."""
    with database.turn_to_write(), _unchecked_references(database) as connection:
        command.upgrade(alembic_config(migrations, connection), "head")
        guards.install(connection)
        if application_role is not None:
            guards.grant(connection, application_role)


def differences(database: Database) -> list[Any]:
    """What autogenerate would still change; empty when models and migrations agree."""
    with database.reading_engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": compare_type})
        return list(compare_metadata(context, Base.metadata))


@contextlib.contextmanager
def _unchecked_references(database: Database) -> Iterator[Connection]:
    """A batch rebuild drops and renames tables: SQLite must not follow foreign keys meanwhile."""
    with database.engine.connect() as connection:
        raw: Any = connection.connection.driver_connection
        if database.is_sqlite:
            raw.execute("PRAGMA foreign_keys=OFF")  # only outside a transaction does SQLite heed it
        try:
            with connection.begin():
                yield connection
                if database.is_sqlite:
                    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
                    if broken:
                        raise BrokenReferences(f"rows that point nowhere: {broken[:5]}")
        finally:
            if database.is_sqlite:
                raw.execute("PRAGMA foreign_keys=ON")
