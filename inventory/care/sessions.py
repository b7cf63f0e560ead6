"""Treatment sessions: one visit of one patient, begun and ended."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from inventory.access import Act, Permission
from inventory.care import patients
from inventory.errors import EndsBeforeStart, RecordNotFound, SessionEnded, SessionOfAnotherSite
from inventory.evidence import audit
from inventory.stock import ledger, places
from models.care import TreatmentSession
from models.people import User
from models.vocabulary import SessionEnding


@dataclass(frozen=True)
class StartSession:
    """`practitioner_id` empty: the person who acts."""

    patient_reference: str
    practitioner_id: int | None = None
    room_id: int | None = None
    started_at: datetime | None = None


@dataclass(frozen=True)
class EndSession:
    session_id: int
    ending: SessionEnding
    ended_at: datetime | None = None


def start_session(session: Session, act: Act, command: StartSession) -> TreatmentSession:
    act.require(Permission.COMPOUND)
    patient = patients.get_patient(session, command.patient_reference)
    practitioner = session.get(User, command.practitioner_id or act.user_id)
    if practitioner is None:
        raise RecordNotFound("person", str(command.practitioner_id))
    if command.room_id is not None:
        places.get_place(session, act.site_id, command.room_id)
    treatment = TreatmentSession(
        site_id=act.site_id,
        patient=patient,
        patient_id=patient.id,
        practitioner_id=practitioner.id,
        room_id=command.room_id,
        started_at=ledger.happened_at(act, command.started_at),
    )
    session.add(treatment)
    audit.record(session, act, "session started", treatment, patient)
    return treatment


def end_session(session: Session, act: Act, command: EndSession) -> TreatmentSession:
    act.require(Permission.ADMINISTER)
    treatment = get_open_session(session, act, command.session_id)
    ended_at = ledger.happened_at(act, command.ended_at)
    if ended_at < treatment.started_at:
        raise EndsBeforeStart(treatment.id, _shown(treatment.started_at), _shown(ended_at))
    treatment.ended_at = ended_at
    treatment.ending = command.ending
    audit.record(session, act, "session ended", treatment)
    return treatment


def _shown(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def get_session(session: Session, act: Act, session_id: int) -> TreatmentSession:
    treatment = session.get(TreatmentSession, session_id)
    if treatment is None:
        raise RecordNotFound("session", str(session_id))
    if treatment.site_id != act.site_id:
        raise SessionOfAnotherSite(session_id)
    return treatment


def get_open_session(session: Session, act: Act, session_id: int) -> TreatmentSession:
    treatment = get_session(session, act, session_id)
    if treatment.ended_at is not None:
        raise SessionEnded(session_id)
    return treatment
