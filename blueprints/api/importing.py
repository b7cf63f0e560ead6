"""Tables to be imported: sent, looked at, imported whole, undone."""

from flask import Response, url_for

from blueprints import importing
from blueprints.api.operations import Operations
from blueprints.frame import units
from blueprints.schemas.importing import (
    ApplyAsked,
    ApplyImportSchema,
    DiscardImportSchema,
    ImportAnswer,
    MatchAsked,
    MatchColumnsSchema,
    SavedImport,
    UndoAsked,
    UndoImportSchema,
    Upload,
    UploadSchema,
)
from blueprints.visitor import current_actor
from inventory.access import Permission
from inventory.importing import staging
from inventory.importing.staging import DiscardImport, ImportFacts
from inventory.units import Answer
from models.importing import ImportFile

operations = Operations(
    "importing",
    "Imports",
    "Suppliers and products need manage_catalogue, opening stock receive_stock. All rows are imported or none.",
)


def _saved(file: ImportFile) -> Answer:
    return Answer(201, url_for("api_importing.show_import", import_id=file.id), {"import_id": file.id})


@operations.upload("/imports", UploadSchema, Permission.VIEW_STOCK, SavedImport)
def send_table(command: Upload) -> Answer:
    """Send a CSV or XLSX. It is read and checked; nothing is imported yet. The same file again is the same import."""
    return importing.stage(command, _saved)


@operations.query("/imports/<int:import_id>", Permission.VIEW_STOCK, ImportAnswer)
def show_import(import_id: int) -> ImportFacts:
    """How an import stands, with the first 200 problems by row and column."""
    with units().reading() as session:
        return staging.import_facts(session, actor=current_actor(), import_id=import_id)


@operations.file("/imports/<int:import_id>/problems", Permission.VIEW_STOCK)
def hand_out_problems(import_id: int) -> Response:
    """Every problem and question, as CSV."""
    return importing.problems_file(import_id)


@operations.command("/imports/<int:import_id>/columns", MatchColumnsSchema, Permission.VIEW_STOCK, SavedImport)
def match_columns(command: MatchAsked) -> Answer:
    """Say which field each column holds, empty for none; without columns the file is checked anew."""
    return importing.match(command, _saved)


@operations.command("/imports/<int:import_id>/import", ApplyImportSchema, Permission.VIEW_STOCK, SavedImport)
def apply_import(command: ApplyAsked) -> Answer:
    """Import the version that was looked at, whole or not at all."""
    return importing.apply(command, _saved)


@operations.command("/imports/<int:import_id>/undo", UndoImportSchema, Permission.VIEW_STOCK, SavedImport)
def undo_import(command: UndoAsked) -> Answer:
    """Reverse an import; refused with the vials that went on since."""
    return importing.undo(command, _saved)


@operations.command("/imports/<int:import_id>/put-away", DiscardImportSchema, Permission.VIEW_STOCK, SavedImport)
def discard_import(command: DiscardImport) -> Answer:
    """Put a file away that is not imported."""
    return importing.discard(command, _saved)
