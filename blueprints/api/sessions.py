"""Treatment sessions: begun, shown, ended."""

from flask import url_for
from sqlalchemy.orm import Session

from blueprints.api.operations import Operations
from blueprints.frame import units
from blueprints.schemas.care_answers import SessionAnswer
from blueprints.schemas.saved import SavedSession
from blueprints.schemas.sessions import EndSessionSchema, StartSessionSchema
from blueprints.seeing import note_access
from blueprints.unit_of_work import at_site
from blueprints.visitor import current_actor
from inventory.access import Act, Permission
from inventory.care import sessions
from inventory.care.sessions import EndSession, StartSession
from inventory.care.treatment_facts import SessionFacts, session_facts
from inventory.units import Answer
from models.care import TreatmentSession

operations = Operations("sessions", "Sessions", "One visit of one patient each.")


@operations.query("/sessions/<int:session_id>", Permission.TRACE_LOT, SessionAnswer)
def show_session(session_id: int) -> SessionFacts:
    """A session with what was mixed and given in it."""
    with units().reading() as session:
        facts = session_facts(session, actor=current_actor(), session_id=session_id)
    note_access(f"session {session_id}", facts.patient_id)
    return facts


@operations.command("/sessions", StartSessionSchema, Permission.COMPOUND, SavedSession)
def start_session(command: StartSession) -> Answer:
    """Start a session for a patient. Without a practitioner it is the token's owner."""
    return at_site(lambda session, act: _saved(sessions.start_session(session, act, command)))


@operations.command("/sessions/<int:session_id>/ending", EndSessionSchema, Permission.ADMINISTER, SavedSession)
def end_session(command: EndSession) -> Answer:
    """End a session."""

    def work(session: Session, act: Act) -> Answer:
        return _saved(sessions.end_session(session, act, command))

    return at_site(work)


def _saved(treatment: TreatmentSession) -> Answer:
    where = url_for("api_sessions.show_session", session_id=treatment.id)
    return Answer(201, where, {"session_id": treatment.id})
