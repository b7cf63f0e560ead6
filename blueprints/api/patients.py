"""Patients, by a random reference. The identity goes in and is never answered here."""

from flask import url_for
from sqlalchemy.orm import Session

from blueprints.api.operations import Operations
from blueprints.schemas.patients import RegisterPatientSchema
from blueprints.schemas.saved import SavedPatient
from blueprints.unit_of_work import at_site
from inventory.access import Act, Permission
from inventory.care import patients
from inventory.care.patients import RegisterPatient
from inventory.units import Answer

operations = Operations("patients", "Patients", "Known by a random reference alone.")


@operations.command("/patients", RegisterPatientSchema, Permission.REGISTER_PATIENT, SavedPatient)
def register_patient(command: RegisterPatient) -> Answer:
    """Register a patient. The answer is the reference that every record uses."""

    def work(session: Session, act: Act) -> Answer:
        reference = patients.register_patient(session, act, command).reference
        where = url_for("api_tracing.trace_patient", reference=reference)
        return Answer(201, where, {"patient_reference": reference})

    return at_site(work)
