"""Patients, by a random reference. Who they are is answered only to who may see patients, and each look is stored."""

from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from blueprints.api.operations import Operations
from blueprints.frame import units
from blueprints.schemas.patients import (
    ChangeHealthSchema,
    ChangeIdentitySchema,
    EraseIdentitySchema,
    FindPatientsSchema,
    FoundPatientsAnswer,
    PatientAnswer,
    RecordAnswersSchema,
    RegisterPatientSchema,
)
from blueprints.schemas.saved import SavedPatient
from blueprints.seeing import found_patients, note_look_at
from blueprints.unit_of_work import at_site
from inventory.access import Act, Permission
from inventory.care import health, patient_facts, patients
from inventory.care.health import ChangeHealth, RecordAnswers
from inventory.care.patients import ChangeIdentity, EraseIdentity, RegisterPatient
from inventory.units import Answer

operations = Operations("patients", "Patients", "Known by a random reference in every record.")


@operations.command("/patients", RegisterPatientSchema, Permission.REGISTER_PATIENT, SavedPatient)
def register_patient(command: RegisterPatient) -> Answer:
    """Register a patient. The answer is the reference that every record uses.

    Refused while somebody looks like the same person: name those references in `distinct_from` if they are others.
    """

    def work(session: Session, act: Act) -> Answer:
        return _saved(patients.register_patient(session, act, command).reference)

    return at_site(work)


@operations.question("/patients/search", FindPatientsSchema, Permission.VIEW_PATIENT, FoundPatientsAnswer)
def find_patients(asked: dict[str, Any]) -> dict[str, Any]:
    """Patients in whose name, birth date, numbers or contact each typed word occurs: at most 20.

    What is looked for may be a name, so it comes in the body. Each patient found has been seen, and that is stored.
    """
    return {"patients": found_patients(asked["text"])}


@operations.query("/patients/<reference>", Permission.VIEW_PATIENT, PatientAnswer)
def show_patient(reference: str) -> dict[str, Any]:
    """Who it is, what was asked, and what was received in each session."""
    note_look_at(reference)
    with units().reading() as session:
        facts = patient_facts.patient_facts(session, reference=reference)
    identity, known = facts.identity, facts.health.health
    return {
        "reference": facts.reference,
        "full_name": identity.full_name if identity else None,
        "born_on": identity.born_on if identity else None,
        "contact": identity.contact if identity else None,
        "clinic_number": facts.clinic_number,
        "identity_version": facts.identity_version,
        "is_erased": facts.erased_at is not None,
        "skin_type": known.skin_type,
        "history": known.history,
        "medicines": known.medicines,
        "health_version": facts.health.version,
        "flags": facts.flags,
        "sessions": facts.sessions,
    }


@operations.command("/patients/<reference>/identity", ChangeIdentitySchema, Permission.REGISTER_PATIENT, SavedPatient)
def change_identity(command: ChangeIdentity) -> Answer:
    """Change name, birth date and contact. `version` is the `identity_version` that was read."""

    def work(session: Session, act: Act) -> Answer:
        patients.change_identity(session, act, command)
        return _saved(patients.get_patient(session, command.reference).reference)

    return at_site(work)


@operations.command("/patients/<reference>/answers", RecordAnswersSchema, Permission.REGISTER_PATIENT, SavedPatient)
def record_answers(command: RecordAnswers) -> Answer:
    """Record what the patient said of allergies and conditions. A later answer replaces an earlier one."""

    def work(session: Session, act: Act) -> Answer:
        return _saved(health.record_answers(session, act, command).reference)

    return at_site(work)


@operations.command("/patients/<reference>/health", ChangeHealthSchema, Permission.REGISTER_PATIENT, SavedPatient)
def change_health(command: ChangeHealth) -> Answer:
    """Change skin type, history and medicines. `version` is the `health_version` that was read."""

    def work(session: Session, act: Act) -> Answer:
        health.change_health(session, act, command)
        return _saved(patients.get_patient(session, command.reference).reference)

    return at_site(work)


@operations.command("/patient-erasures", EraseIdentitySchema, Permission.ERASE_IDENTITY, SavedPatient)
def erase_identity(command: EraseIdentity) -> Answer:
    """Delete who the patient is and what they told of their health. What was done stays under the reference."""

    def work(session: Session, act: Act) -> Answer:
        return _saved(patients.erase_identity(session, act, command).reference)

    return at_site(work)


def _saved(reference: str) -> Answer:
    where = url_for("api_patients.show_patient", reference=reference)
    return Answer(201, where, {"patient_reference": reference})
