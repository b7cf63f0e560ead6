import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from config.commands.saying import IS_JSON, json_option, say
from config.commands.user import opened
from inventory.access import Act, Actor, Door
from inventory.errors import RecordNotFound
from inventory.importing import applying, staging
from inventory.importing.applying import ApplyImport
from inventory.importing.checking import PERMISSIONS
from inventory.importing.limits import LIMITS
from inventory.importing.staging import StageFile
from inventory.importing.tables import Encoding, TableFile, read_table
from inventory.people import memberships
from inventory.people.errors import NoRoleAtSite
from inventory.units import ORGANISATION, Scope, Units, one_site
from models.organisation import Site
from models.people import User
from models.vocabulary import ImportKind

T = TypeVar("T")


@click.command("import")
@click.argument("kind", type=click.Choice([kind.value for kind in ImportKind]))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--as", "sign_in_name", help="Who imports, by sign-in name; needed where several people may.")
@click.option("--site", "site_name", help="The name of the site; needed where there are several.")
@click.option("--dry-run", is_flag=True, help="Only say what is wrong; keep and change nothing.")
@click.option("--western-european", is_flag=True, help="The CSV was saved as Western European text (Windows-1252).")
@click.option("--sure", is_flag=True, help="All lots that look alike are right as they stand.")
@json_option
@click.pass_context
def import_file(  # noqa: PLR0913  # click gives each option by name
    ctx: click.Context,
    kind: str,
    file: Path,
    sign_in_name: str | None,
    site_name: str | None,
    *,
    dry_run: bool,
    western_european: bool,
    sure: bool,
) -> None:
    """Import suppliers, products or opening stock from CSV or XLSX: all rows or none."""
    _settings, units = opened()
    encoding = Encoding.WESTERN_EUROPEAN if western_european else Encoding.AUTO
    with file.open("rb") as stream:
        table = read_table(file.name, stream.read(LIMITS.bytes + 1), encoding)
    with units.reading() as session:
        actor = _actor(session, units, ImportKind(kind), sign_in_name, site_name)
    staged = _ask(units, actor, lambda session, act: staging.checked_file(session, act, ImportKind(kind), table))
    if staged.checked.problem_count or dry_run or (staged.checked.question_count and not sure):
        _tell(ctx, staged, is_dry=dry_run)
        return
    import_id = _import(units, actor, staged, is_sure=sure)
    say(f"Imported {len(table.rows)} rows.", import_id=import_id, **_facts(staged), is_imported=True)


def _import(units: Units, actor: Actor, staged: StageFile, *, is_sure: bool) -> int:
    here = one_site(actor.site_id or 0)
    scope: Scope = here if staged.kind is ImportKind.OPENING_STOCK else ORGANISATION

    def keep(session: Session, act: Act) -> tuple[int, int]:
        file = staging.stage_file(session, act, staged)
        session.flush()  # a file that was there before has a new version
        return file.id, file.version

    import_id, version = units.run(actor, here, keep)
    written = _ask(units, actor, lambda session, act: applying.made_ready(session, act, staged.kind, staged.checked))
    command = ApplyImport(import_id, version, staged.checked, written, is_sure)
    return units.run(actor, scope, lambda session, act: applying.apply_import(session, act, command).id)


def _ask(units: Units, actor: Actor, question: Callable[[Session, Act], T]) -> T:
    with units.reading() as session:
        return question(session, Act(actor, units.clock.now(), "check"))


def _actor(session: Session, units: Units, kind: ImportKind, name: str | None, site_name: str | None) -> Actor:
    """Who is named; else the one person who may import this at the site."""
    sites = session.scalars(select(Site).order_by(Site.id))
    found = [site for site in sites if site_name in (None, site.name)]
    if len(found) != 1:
        raise RecordNotFound("site", site_name or "(there are several: say which with --site)")
    people = session.scalars(select(User).where(User.sign_in_name == name) if name else select(User).order_by(User.id))
    able = [actor for user in people if (actor := _at(session, units, user, found[0])) is not None]
    if name is None:
        able = [actor for actor in able if PERMISSIONS[kind] in actor.permissions]
    if len(able) != 1:
        raise RecordNotFound("person", name or "(several or nobody may do this: say who with --as)")
    return able[0]


def _at(session: Session, units: Units, user: User, site: Site) -> Actor | None:
    try:
        return memberships.actor_at(session, user, site, units.clock.now(), Door.COMMAND_LINE)
    except NoRoleAtSite:
        return None


def _tell(ctx: click.Context, staged: StageFile, *, is_dry: bool) -> None:
    """What is wrong, a line each. Status 1 where it stands in the way."""
    checked = staged.checked
    if ctx.meta.get(IS_JSON):
        click.echo(json.dumps(_facts(staged) | {"is_imported": False}))
    else:
        for problem in checked.problems:
            column = f", {problem.heading}" if problem.heading else ""
            mark = "? " if problem.is_question else ""
            click.echo(f"{mark}Row {problem.row_number}{column}: {problem.sentence}")
        click.echo(
            f"{len(staged.table.rows)} rows, {checked.problem_count} problems, {checked.question_count} questions."
            " Nothing was imported."
        )
    if checked.problem_count or (checked.question_count and not is_dry):
        ctx.exit(1)


def _facts(staged: StageFile) -> dict[str, Any]:
    table: TableFile = staged.table
    return {
        "kind": staged.kind.value,
        "sha256": table.sha256.hex(),
        "rows": len(table.rows),
        "columns": dict(zip(table.headings, staged.columns, strict=True)),
        "problems": [asdict(problem) for problem in staged.checked.problems],
    }
