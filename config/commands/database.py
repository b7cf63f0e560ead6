import click

from config import upgrading
from config.commands.saying import json_option, say
from config.settings import Settings


@click.group()
def database() -> None:
    """Look after the database."""


@database.command()
@json_option
def upgrade() -> None:
    """Bring the database to this version of Vialtrace. A SQLite file is copied before."""
    copy = upgrading.upgrade(Settings.from_environment())
    revision = upgrading.newest_revision()
    kept = f" The state before is kept in {copy}." if copy else ""
    say(f"The database is at revision {revision}.{kept}", revision=revision, copy=copy)
