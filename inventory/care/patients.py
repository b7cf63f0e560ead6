"""Patients: a random reference in every record, the identity apart.

The identity is kept in versions under a key of the patient's own. Only its HMAC enters the audit chain, so
erasing the versions and the key leaves chain and ledger verifying (ER-20, ER-21; GDPR Art. 17).
"""

import secrets
from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from inventory import texts
from inventory.access import Act, Permission
from inventory.care import finding
from inventory.care.errors import PatientLooksKnown
from inventory.errors import ClinicNumberTaken, InvalidText, PatientErased, RecordChanged, RecordNotFound
from inventory.evidence import audit
from inventory.rules.codes import CodeKind, check_code, make_code
from models.care import (
    Patient,
    PatientFlag,
    PatientHealthVersion,
    PatientIdentityVersion,
    PatientKey,
    PatientSearch,
)

KEY_BYTES = 32


@dataclass(frozen=True)
class Identity:
    full_name: str
    born_on: date | None = None
    contact: str | None = None


@dataclass(frozen=True)
class RegisterPatient:
    """`distinct_from`: references of patients who look the same and are known to be other people."""

    identity: Identity
    clinic_number: str | None = None
    distinct_from: tuple[str, ...] = ()


@dataclass(frozen=True)
class ChangeIdentity:
    """`version`: the one the form was opened with."""

    reference: str
    identity: Identity
    version: int


@dataclass(frozen=True)
class EraseIdentity:
    reference: str
    reason: str


def register_patient(session: Session, act: Act, command: RegisterPatient) -> Patient:
    """A new patient with a random reference. Raises `ClinicNumberTaken`, `PatientLooksKnown`."""
    act.require(Permission.REGISTER_PATIENT)
    identity = _checked(command.identity, act)
    number = _free_number(session, command.clinic_number) if command.clinic_number else None
    _refuse_known(session, identity, command.distinct_from)
    patient = Patient(
        reference=make_code(CodeKind.PATIENT, secrets.randbits),
        registered_at=act.now,
    )
    session.add(patient)
    session.flush()  # the key and the identity name the patient
    session.add(PatientKey(patient_id=patient.id, key=secrets.token_bytes(KEY_BYTES)))
    session.flush()  # the key must be there before identity enters the chain
    patient.clinic_number = number
    _add_version(session, act, patient, identity, 1)
    audit.record(session, act, "patient registered", patient)
    return patient


def _free_number(session: Session, clinic_number: str) -> str:
    number = texts.line("Clinic number", clinic_number)
    if session.scalar(select(Patient.id).where(Patient.clinic_number == number)) is not None:
        raise ClinicNumberTaken(number)
    return number


def _refuse_known(session: Session, identity: Identity, distinct_from: tuple[str, ...]) -> None:
    similar = finding.find_similar(
        session,
        full_name=identity.full_name,
        born_on=identity.born_on,
        contact=identity.contact,
        but=distinct_from,
    )
    if similar:
        raise PatientLooksKnown(tuple(found.reference for found in similar))


def change_identity(session: Session, act: Act, command: ChangeIdentity) -> PatientIdentityVersion:
    """A new version; the old one stays. Raises `RecordChanged` when somebody else was faster."""
    act.require(Permission.REGISTER_PATIENT)
    patient = get_known_patient(session, command.reference)
    newest = _newest_version(session, patient)
    if newest != command.version:
        raise RecordChanged("patient", patient.reference)
    version = _add_version(session, act, patient, _checked(command.identity, act), newest + 1)
    audit.record(session, act, "patient identity changed", patient)
    return version


def erase_identity(session: Session, act: Act, command: EraseIdentity) -> Patient:
    """Delete who the patient is and what they told of their health; what was done stays traceable by the reference."""
    act.require(Permission.ERASE_IDENTITY)
    patient = get_known_patient(session, command.reference)
    reason = texts.reason(command.reason)
    patient.clinic_number = None
    patient.erased_at = act.now
    session.flush()  # written while the key is still there
    for table in (PatientIdentityVersion, PatientHealthVersion, PatientFlag, PatientSearch):
        for row in session.scalars(select(table).where(table.patient_id == patient.id)):
            session.delete(row)
    session.flush()  # their last values enter under the key
    session.execute(delete(PatientKey).where(PatientKey.patient_id == patient.id))
    audit.record(session, act, "patient identity erased", patient, reason=reason)
    return patient


def find_identity(session: Session, *, patient_id: int) -> Identity | None:
    """The newest identity; `None` once erased. The caller must have recorded the access."""
    query = (
        select(PatientIdentityVersion)
        .where(PatientIdentityVersion.patient_id == patient_id)
        .order_by(PatientIdentityVersion.version.desc())
        .limit(1)
    )
    row = session.scalars(query).one_or_none()
    return None if row is None else Identity(row.full_name, row.born_on, row.contact)


def get_known_patient(session: Session, reference: str) -> Patient:
    """One of whom it is known who they are. Raises `PatientErased`."""
    patient = get_patient(session, reference)
    if patient.erased_at is not None:
        raise PatientErased(patient.reference)
    return patient


def get_patient(session: Session, reference: str) -> Patient:
    patient = session.scalars(select(Patient).where(Patient.reference == check_code(reference))).one_or_none()
    if patient is None:
        raise RecordNotFound("patient", reference)
    return patient


def _newest_version(session: Session, patient: Patient) -> int:
    query = select(func.max(PatientIdentityVersion.version)).where(PatientIdentityVersion.patient_id == patient.id)
    return session.scalar(query) or 0


def _checked(identity: Identity, act: Act) -> Identity:
    if identity.born_on is not None and identity.born_on > act.now.date():
        raise InvalidText("Birth date", "is in the future")
    return Identity(
        texts.line("Name", identity.full_name),
        identity.born_on,
        texts.note("Contact", identity.contact) if identity.contact else None,
    )


def _add_version(
    session: Session, act: Act, patient: Patient, identity: Identity, version: int
) -> PatientIdentityVersion:
    row = PatientIdentityVersion(
        patient_id=patient.id,
        version=version,
        full_name=identity.full_name,
        born_on=identity.born_on,
        contact=identity.contact,
        recorded_at=act.now,
    )
    session.add(row)
    finding.make_findable(session, patient, row)
    return row
