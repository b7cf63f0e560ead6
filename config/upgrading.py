"""Is the database there and of this version? An empty one is made; an older one is upgraded only when asked for.

The newest revision is read from the file names, because starting the server need not load Alembic.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import inspect, text

from config.paths import MIGRATIONS
from config.settings import Settings, SettingsProblem
from inventory.clock import SystemClock
from models.database import Database

BACKUPS = "before-upgrades"


def newest_revision() -> str:
    return max(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*_*.py"))


def present_revision(database: Database) -> str | None:
    """`None` while there is no table of ours."""
    with database.reading_engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return revision


def make_ready(settings: Settings) -> None:
    """Make the tables of an empty database. Raises `SettingsProblem` for one that needs an upgrade."""
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    with closing(Database(settings.database_url)) as database:
        present = present_revision(database)
    if present is None:
        upgrade(settings)
    elif present != newest_revision():
        raise SettingsProblem(
            f"The database is of revision {present}, this version needs {newest_revision()}: "
            "run `vialtrace database upgrade`, or the version of Vialtrace that made it."
        )


def upgrade(settings: Settings) -> Path | None:
    """Bring the database to this version; give the copy that was made of a SQLite file before."""
    from models import migrating  # noqa: PLC0415  # slow, and needed only here

    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    with closing(Database(settings.owner_database or settings.database_url)) as database:
        present = present_revision(database)
        copy = None
        if present is not None and present != newest_revision() and database.is_sqlite:
            copy = _copy(database.path, settings.data / BACKUPS, present)
        migrating.upgrade(database, MIGRATIONS, settings.application_role or None)
        return copy


def _copy(path: Path, folder: Path, revision: str) -> Path:
    """A consistent copy, also while somebody reads or writes."""
    folder.mkdir(mode=0o700, exist_ok=True)
    target = folder / f"{SystemClock().now():%Y%m%dT%H%M%SZ}-{revision}.sqlite"
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
    return target
