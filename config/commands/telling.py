"""What `check` and `verify` share: the installation's records opened to be read, and problems told."""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from typing import Any

import click

from config.commands.saying import IS_JSON
from config.settings import Settings, SettingsProblem
from config.upgrading import present_revision
from inventory.clock import SystemClock
from inventory.evidence.problems import Problem
from inventory.units import Units
from models.database import Database


@contextmanager
def opened_records() -> Iterator[Units]:
    """The database as it is: it is neither made nor upgraded. Raises `SettingsProblem` where there is none."""
    settings = Settings.from_environment()
    with closing(Database(settings.database_url)) as database:
        # Opening a SQLite file that is not there would make it.
        if (database.is_sqlite and not database.path.exists()) or present_revision(database) is None:
            raise SettingsProblem("There are no records yet: run `vialtrace init`, or correct VIALTRACE_DATA.")
        yield Units(database, SystemClock())


def tell(ctx: click.Context, problems: list[Problem], all_is_well: str, **facts: Any) -> None:
    """Each problem on a line of its own, and status 1; or that all is well."""
    if ctx.meta.get(IS_JSON):
        click.echo(json.dumps({"problems": [asdict(problem) for problem in problems], **facts}))
    elif not problems:
        click.echo(all_is_well)
    else:
        for problem in problems:
            click.echo(f"{problem.place}: {problem.sentence}" if problem.place else problem.sentence)
        click.echo("1 problem." if len(problems) == 1 else f"{len(problems)} problems.")
    if problems:
        ctx.exit(1)
