"""Mixing: planned, already done, checked."""

from flask import url_for
from sqlalchemy.orm import Session

from blueprints.api.operations import Operations
from blueprints.frame import units
from blueprints.schemas import ToSign
from blueprints.schemas.care_answers import PreparationAnswer
from blueprints.schemas.compounding import CompoundSchema, VerifyCompoundingSchema
from blueprints.schemas.saved import SavedPreparation
from blueprints.seeing import note_access
from blueprints.signing import signed
from blueprints.unit_of_work import at_site, in_unit
from blueprints.visitor import current_actor
from inventory.access import Act, Permission
from inventory.care import compounding
from inventory.care.compounding import Compound
from inventory.care.treatment_facts import PreparationFacts, preparation_facts
from inventory.units import EVERYTHING, Answer
from models.care import CompoundingRecord

operations = Operations("compounding", "Mixing", "Containers poured together into a lot of their own.")


@operations.query("/preparations/<int:record_id>", Permission.TRACE_LOT, PreparationAnswer)
def show_preparation(record_id: int) -> PreparationFacts:
    """A preparation: what went in, what came out, until when it may be used and why."""
    with units().reading() as session:
        facts = preparation_facts(session, actor=current_actor(), record_id=record_id)
    if facts.patient_id is not None:
        note_access(f"preparation {record_id}", facts.patient_id)
    return facts


@operations.command("/preparations", CompoundSchema, Permission.COMPOUND, SavedPreparation)
def compound(command: Compound) -> Answer:
    """Mix what is planned. Every rule of the components, the lane and the beyond-use time is held against it."""
    return at_site(lambda session, act: _saved(compounding.compound(session, act, command)))


@operations.command("/preparations/past", CompoundSchema, Permission.RECORD_PAST, SavedPreparation)
def record_past_compounding(command: Compound) -> Answer:
    """Record a mixture that was already made. Each rule it broke waits as a deviation for review."""

    def work(session: Session, act: Act) -> Answer:
        return _saved(compounding.record_past_compounding(session, act, command))

    return in_unit(EVERYTHING, work)


@operations.command(
    "/preparations/<int:record_id>/verification",
    VerifyCompoundingSchema,
    Permission.VERIFY_COMPOUNDING,
    SavedPreparation,
)
def verify_compounding(entered: ToSign) -> Answer:
    """Check a mixture as its second person. Signed with the password of the token's owner."""
    command = signed(entered)
    return at_site(lambda session, act: _saved(compounding.verify_compounding(session, act, command)))


def _saved(record: CompoundingRecord) -> Answer:
    where = url_for("api_compounding.show_preparation", record_id=record.id)
    made: dict[str, int | str] = {"record_id": record.id, "lot_id": record.lot_id, "lot_number": record.lot.lot_number}
    return Answer(201, where, made)
