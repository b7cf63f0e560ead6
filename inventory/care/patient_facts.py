"""A patient's page as it is read: identity, answers, history. The caller stores the access first."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inventory.care import health, patients
from inventory.care.health import FlagFacts, HealthFacts
from inventory.care.patients import Identity
from inventory.tracing.patient_history import PastSession, history_of
from models.care import PatientIdentityVersion


@dataclass(frozen=True)
class PatientFacts:
    """`identity` is empty once it is erased; `identity_version` is what a change of it must name."""

    id: int
    reference: str
    clinic_number: str | None
    registered_at: datetime
    erased_at: datetime | None
    identity: Identity | None
    identity_version: int
    flags: tuple[FlagFacts, ...]
    health: HealthFacts
    sessions: tuple[PastSession, ...]

    @property
    def alerts(self) -> tuple[FlagFacts, ...]:
        """What the patient has."""
        return tuple(flag for flag in self.flags if flag.is_present)


def patient_facts(session: Session, *, reference: str) -> PatientFacts:
    """Raises `RecordNotFound`, `InvalidCode`."""
    patient = patients.get_patient(session, reference)
    newest = select(func.max(PatientIdentityVersion.version)).where(PatientIdentityVersion.patient_id == patient.id)
    return PatientFacts(
        id=patient.id,
        reference=patient.reference,
        clinic_number=patient.clinic_number,
        registered_at=patient.registered_at,
        erased_at=patient.erased_at,
        identity=patients.find_identity(session, patient_id=patient.id),
        identity_version=session.scalar(newest) or 0,
        flags=tuple(health.flags_of(session, patient_id=patient.id)),
        health=health.health_of(session, patient_id=patient.id),
        sessions=tuple(history_of(session, patient_id=patient.id)),
    )
