import click

from config.commands.saying import json_option
from config.commands.telling import opened_records, tell
from config.foreign_packages import foreign_packages
from config.upgrading import newest_revision, present_revision
from inventory import invariants
from inventory.evidence.problems import Problem


@click.command()
@json_option
@click.pass_context
def check(ctx: click.Context) -> None:
    """Look for contradictions in the records. Names each and ends with status 1. Changes nothing."""
    with opened_records() as units, units.reading() as session:
        problems = invariants.check(
            session,
            revision=present_revision(units.database),
            newest_revision=newest_revision(),
            foreign_packages=_foreign(),
        )
    tell(ctx, problems, "No contradictions were found.")


def _foreign() -> list[Problem]:
    return [
        Problem(f"The package {name!r} is also installed by {', '.join(distributions)}.", key=name)
        for name, distributions in foreign_packages().items()
    ]
