"""Importing tables: sending a file, matching its columns, looking at what is wrong, importing, undoing."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from blueprints import importing
from blueprints.access import requires
from blueprints.background import background
from blueprints.exports import FileKind
from blueprints.forms import Form, blank, load_form, shown_again
from blueprints.frame import units
from blueprints.schemas.importing import (
    ApplyImportSchema,
    DiscardImportSchema,
    MatchColumnsSchema,
    UndoImportSchema,
    UploadSchema,
)
from blueprints.visitor import current_actor
from inventory.access import Permission
from inventory.errors import RecordNotFound, Refusal
from inventory.importing import staging
from inventory.importing.checking import PERMISSIONS
from inventory.importing.columns import COLUMNS
from inventory.units import Answer
from models.importing import ImportFile
from models.vocabulary import ImportKind

bp = Blueprint("importing", __name__, url_prefix="/imports")
_TEMPLATES = {"csv": FileKind.CSV_EXCEL, "xlsx": FileKind.XLSX}


def _kinds() -> list[ImportKind]:
    """What this person may import."""
    return [kind for kind, permission in PERMISSIONS.items() if permission in current_actor().permissions]


def _show_all(*, refused: Form | None = None, refusal: Refusal | None = None) -> str:
    with units().reading() as session:
        files = staging.list_imports(session, actor=current_actor())
    form = refused or blank("upload", kind=request.args.get("kind", ""), encoding="auto")
    return render_template("importing/list.html", files=files, kinds=_kinds(), form=form, refusal=refusal)


def _show(
    *, import_id: int, refused: Form | None = None, refusal: Refusal | None = None, after: int | None = None
) -> str:
    with units().reading() as session:
        facts = staging.import_facts(session, actor=current_actor(), import_id=import_id, after=after or 0)
    progress = background().find(import_id)
    is_busy = progress is not None and not progress.is_over
    return render_template(
        "importing/show.html",
        facts=facts,
        progress=progress if is_busy else None,
        fields=[(column.name, column.heading, column.is_needed) for column in COLUMNS[facts.kind]],
        forms={name: _form(name, facts.version, refused) for name in ("columns", "apply", "discard", "undo")},
        refusal=refusal or (progress.refusal if progress and progress.version == facts.version else None),
    )


def _form(name: str, version: int, refused: Form | None) -> Form:
    if refused is not None and refused.name == name:
        return refused
    return blank(name, version=version if name in ("columns", "apply") else None)


def _answer(file: ImportFile) -> Answer:
    return Answer(location=url_for("importing.show", import_id=file.id))


def _go(answer: Answer) -> ResponseReturnValue:
    return redirect(answer.location or url_for("importing.show_all"), 303)


@bp.get("/")
@requires(Permission.VIEW_STOCK)
def show_all() -> ResponseReturnValue:
    return _show_all()


@bp.post("/")
@requires(Permission.VIEW_STOCK)
@shown_again("upload", _show_all)
def upload() -> ResponseReturnValue:
    return _go(importing.stage_apart(load_form(UploadSchema()), _answer))


@bp.get("/templates/<kind>.<ending>")
@requires(Permission.VIEW_STOCK)
def template(kind: str, ending: str) -> ResponseReturnValue:
    if kind not in list(ImportKind) or ending not in _TEMPLATES:
        raise RecordNotFound("table to fill in", f"{kind}.{ending}")
    return importing.template_file(ImportKind(kind), _TEMPLATES[ending])


@bp.get("/<int:import_id>")
@requires(Permission.VIEW_STOCK)
def show(import_id: int) -> ResponseReturnValue:
    return _show(import_id=import_id, after=request.args.get("after", type=int))


@bp.get("/<int:import_id>/problems")
@requires(Permission.VIEW_STOCK)
def problems(import_id: int) -> ResponseReturnValue:
    return importing.problems_file(import_id)


@bp.post("/<int:import_id>/columns")
@requires(Permission.VIEW_STOCK)
@shown_again("columns", _show)
def match(import_id: int) -> ResponseReturnValue:
    answer = importing.match(load_form(MatchColumnsSchema({"import_id": import_id})), _answer)
    flash("The file was checked again.", "success")
    return _go(answer)


@bp.post("/<int:import_id>/import")
@requires(Permission.VIEW_STOCK)
@shown_again("apply", _show)
def apply(import_id: int) -> ResponseReturnValue:
    answer = importing.apply_apart(load_form(ApplyImportSchema({"import_id": import_id})), _answer)
    if answer is None:
        return redirect(url_for("importing.show", import_id=import_id), 303)
    flash("Imported.", "success")
    return _go(answer)


@bp.post("/<int:import_id>/undo")
@requires(Permission.VIEW_STOCK)
@shown_again("undo", _show)
def undo(import_id: int) -> ResponseReturnValue:
    answer = importing.undo(load_form(UndoImportSchema({"import_id": import_id})), _answer)
    flash("The import is undone.", "success")
    return _go(answer)


@bp.post("/<int:import_id>/put-away")
@requires(Permission.VIEW_STOCK)
@shown_again("discard", _show)
def discard(import_id: int) -> ResponseReturnValue:
    importing.discard(load_form(DiscardImportSchema({"import_id": import_id})), _answer)
    flash("The file is put away. Nothing of it was imported.", "success")
    return redirect(url_for("importing.show_all"), 303)
