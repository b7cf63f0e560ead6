from datetime import datetime
from pathlib import Path

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from blueprints.printing import drawn
from config.commands.export import FileNotWritten, refuse_existing
from config.commands.saying import json_option, say
from config.commands.user import opened
from inventory.access import Actor, Door
from inventory.errors import RecordNotFound
from inventory.evidence.access_log import log_access
from inventory.labelling import media, prints
from inventory.labelling.prints import PrintLabels
from inventory.labelling.selecting import LabelsAsked
from inventory.people import memberships
from inventory.people.errors import NoRoleAtSite
from inventory.units import one_site
from models.organisation import Site
from models.people import User
from models.vocabulary import LabelKind


@click.command()
@click.argument("kind", type=click.Choice([kind.value for kind in LabelKind]))
@click.argument("codes", nargs=-1, required=True)
@click.option("--medium", required=True, help="What it is printed on: l7160, 5160, brother-62x29, own-1 …")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The PDF; must be new.")
@click.option("--as", "sign_in_name", required=True, help="Whose print it is: a sign-in name.")
@click.option("--site", "site_name", help="Where that person has a role at several sites.")
@click.option("--start", default=1, show_default=True, help="The first free label of the sheet.")
@click.option("--copies", default=1, show_default=True, help="Of each label.")
@click.option("--reason", help="Why a label is printed once more.")
@json_option
def labels(  # noqa: PLR0913, PLR0917  # click passes each option
    kind: str,
    codes: tuple[str, ...],
    medium: str,
    out: Path,
    sign_in_name: str,
    site_name: str | None,
    start: int,
    copies: int,
    reason: str | None,
) -> None:
    """Print labels of KIND for CODES into a PDF, and record the print."""
    refuse_existing(out)
    _settings, units = opened()
    with units.reading() as session:
        actor = _actor(session, sign_in_name, site_name, units.clock.now())
        known = {each.code for each in media.known_media(session, site_id=actor.site_id or 0)}
        if medium not in known:
            raise RecordNotFound("label stock", medium)
        command = PrintLabels(LabelsAsked(LabelKind(kind), codes), medium, start, copies, reason)
        drawn(prints.proposed_sheet(session, actor, command))  # refused before anything is recorded
    sheet_id = units.run(
        actor,
        one_site(actor.site_id or 0),
        lambda session, act: prints.print_labels(session, act, command).id,
    )
    with units.reading() as session:
        sheet = prints.fetched_sheet(session, actor=actor, sheet_id=sheet_id, now=units.clock.now())
    for patient_id in sorted(sheet.patient_ids):
        log_access(units, actor, f"labels {sheet_id}", patient_id)
    _write(out, drawn(sheet))
    count = len(sheet.contents) * sheet.copies
    say(f"{out} holds {count} labels. It is print {sheet_id}.", file=str(out), sheet_id=sheet_id, labels=count)


def _actor(session: Session, sign_in_name: str, site_name: str | None, now: datetime) -> Actor:
    """The person at the only site where they work, or at the one that is named."""
    user = session.scalars(select(User).where(User.sign_in_name == sign_in_name)).one_or_none()
    if user is None:
        raise RecordNotFound("person", sign_in_name)
    sites = [site for site in memberships.sites_of(session, user.id) if site_name in (None, site.name)]
    if not sites:
        raise NoRoleAtSite
    if len(sites) > 1:
        raise click.UsageError(f"{sign_in_name} works at several sites: say which with --site.")
    site = session.get_one(Site, sites[0].id)
    return memberships.actor_at(session, user, site, now, Door.COMMAND_LINE)


def _write(path: Path, pdf: bytes) -> None:
    try:
        with path.open("xb") as file:
            file.write(pdf)
    except OSError as error:
        raise FileNotWritten(str(path), (error.strerror or "the system refused").lower()) from error
