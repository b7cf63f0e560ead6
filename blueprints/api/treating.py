"""A whole treatment in one request."""

from flask import url_for
from sqlalchemy.orm import Session

from blueprints.api.operations import Operations
from blueprints.schemas.saved import SavedTreatment
from blueprints.schemas.treating import RecordTreatmentSchema
from blueprints.unit_of_work import at_site
from inventory.access import Act, Permission
from inventory.care import treating
from inventory.care.treating import RecordTreatment
from inventory.units import Answer

operations = Operations("treating", "Treatments", "Session, cocktail and injection in one unit.")


@operations.command("/treatments", RecordTreatmentSchema, Permission.ADMINISTER, SavedTreatment)
def record_treatment(command: RecordTreatment) -> Answer:
    """Start a session, mix a cocktail, give all of it and end the session. All of it is saved, or nothing."""

    def work(session: Session, act: Act) -> Answer:
        done = treating.record_treatment(session, act, command)
        where = url_for("api_sessions.show_session", session_id=done.session_id)
        return Answer(
            201,
            where,
            {"session_id": done.session_id, "record_id": done.record_id, "lot_number": done.lot_number},
        )

    return at_site(work)
