"""Entries of the ledger, and their corrections."""

from flask import url_for
from sqlalchemy.orm import Session

from blueprints.api.operations import Operations
from blueprints.frame import units
from blueprints.schemas.corrections import CorrectEntrySchema
from blueprints.schemas.history import EntryAnswer
from blueprints.schemas.saved import SavedEntry
from blueprints.unit_of_work import in_unit
from blueprints.visitor import current_actor
from inventory.access import Act, Permission
from inventory.stock import corrections, entry_facts
from inventory.stock.corrections import CorrectEntry
from inventory.stock.entry_facts import EntryFacts
from inventory.units import EVERYTHING, Answer

operations = Operations("corrections", "Entries", "What was recorded in the ledger, and how it is corrected.")


@operations.query("/entries/<int:entry_id>", Permission.VIEW_STOCK, EntryAnswer)
def show_entry(entry_id: int) -> EntryFacts:
    """An entry with its moves."""
    with units().reading() as session:
        return entry_facts.entry_facts(session, actor=current_actor(), entry_id=entry_id)


@operations.command("/entries/<int:entry_id>/correction", CorrectEntrySchema, Permission.CORRECT_ENTRY, SavedEntry)
def correct_entry(command: CorrectEntry) -> Answer:
    """Reverse moves of an entry, and say what they should have been.

    Nothing is edited: the correction is an entry of its own, judged on the net of each container.
    """

    def work(session: Session, act: Act) -> Answer:
        entry = corrections.correct_entry(session, act, command)
        return Answer(201, url_for("api_corrections.show_entry", entry_id=entry.id), {"entry_id": entry.id})

    return in_unit(EVERYTHING, work)  # what is corrected may be at another site by now
