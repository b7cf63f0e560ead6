"""Labels: printed by a program, each print recorded like any other."""

import base64
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from blueprints.api.operations import Operations
from blueprints.frame import units
from blueprints.printing import drawn
from blueprints.schemas.labels import PrintLabelsSchema, SheetAnswer
from blueprints.schemas.saved import SavedLabels
from blueprints.seeing import note_access
from blueprints.unit_of_work import at_site
from blueprints.visitor import current_actor
from inventory.access import Act, Permission
from inventory.labelling import prints
from inventory.labelling.prints import PrintLabels
from inventory.units import Answer

operations = Operations("labels", "Labels", "Labels of vials, syringes, mixtures and places; every print is recorded.")


@operations.command("/labels", PrintLabelsSchema, Permission.PRINT_LABELS, SavedLabels)
def print_labels(command: PrintLabels) -> Answer:
    """Print labels.

    The answer leads to the PDF. What was printed before needs a reason.
    """
    with units().reading() as session:
        drawn(prints.proposed_sheet(session, current_actor(), command))  # refused before anything is recorded

    def work(session: Session, act: Act) -> Answer:
        sheet_id = prints.print_labels(session, act, command).id
        return Answer(201, url_for("api_labels.fetch_labels", sheet_id=sheet_id), {"sheet_id": sheet_id})

    return at_site(work)


@operations.query("/labels/sheets/<int:sheet_id>", Permission.PRINT_LABELS, SheetAnswer)
def fetch_labels(sheet_id: int) -> dict[str, Any]:
    """A print as PDF, for a few minutes and for who printed it."""
    with units().reading() as session:
        sheet = prints.fetched_sheet(session, actor=current_actor(), sheet_id=sheet_id, now=units().clock.now())
    pdf = drawn(sheet)
    for patient_id in sorted(sheet.patient_ids):
        note_access(f"labels {sheet_id}", patient_id)
    return {
        "sheet_id": sheet_id,
        "medium": sheet.medium.code,
        "labels": len(sheet.contents),
        "copies": sheet.copies,
        "pdf": base64.b64encode(pdf).decode("ascii"),
    }
