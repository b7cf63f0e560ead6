from pathlib import Path

import click

from config.commands.saying import json_option
from config.commands.telling import opened_records, tell
from config.settings import SettingsProblem
from config.upgrading import newest_revision, present_revision
from inventory.evidence.checkpoints import checked_export, read_export
from inventory.evidence.verifying import verify as verify_records


@click.command()
@click.argument("export", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
@click.pass_context
def verify(ctx: click.Context, export: Path) -> None:
    """Compare chains and tables with EXPORT, a checkpoint kept elsewhere. Ends with status 1 where they differ."""
    document = read_export(export.read_bytes())
    kept = checked_export(document)
    with opened_records() as units:
        if present_revision(units.database) != newest_revision():
            raise SettingsProblem("The database is of another version: run `vialtrace database upgrade` first.")
        with units.reading() as session:
            problems = verify_records(session, document)
    entries = sum(chain.seq for chain in kept.chains.values())
    tell(
        ctx,
        problems,
        f"Nothing was altered: {entries} entries in {len(kept.chains)} chains are those exported {kept.exported_at}.",
        exported_at=kept.exported_at,
        entries=entries,
    )
