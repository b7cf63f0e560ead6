"""A patient is a random reference; who it is lives apart and can be erased."""

from datetime import date

import pytest
from sqlalchemy import select

from inventory.care import patients
from inventory.care.patients import ChangeIdentity, EraseIdentity, Identity, RegisterPatient
from inventory.errors import (
    ClinicNumberTaken,
    InvalidCode,
    InvalidText,
    NotAllowed,
    PatientErased,
    ReasonMissing,
    RecordChanged,
    RecordNotFound,
)
from inventory.evidence.verifying import verify
from inventory.rules.codes import CodeKind, kind_of, make_code
from models.care import Patient, PatientIdentityVersion, PatientKey

HOSTILE = '<script>alert(\'x\')</script> "=HYPERLINK("http://x")"; DROP TABLE patient;-- O\'Brien 😀 مريم {0} %s'


@pytest.fixture
def register(do, practitioner):
    def make(name="Nadia Example", number=None, by=practitioner, **facts):
        return do(by, patients.register_patient, RegisterPatient(Identity(name, **facts), number))

    return make


@pytest.fixture
def reference_of(read):
    return lambda patient_id: read(lambda session: session.get_one(Patient, patient_id).reference)


def test_a_patient_is_known_by_reference_and_by_who_it_is(register, reference_of, read):
    patient_id = register(HOSTILE, " N-1 ", born_on=date(1980, 2, 29), contact="line one\r\nline two")
    reference = reference_of(patient_id)
    assert kind_of(reference) is CodeKind.PATIENT
    assert read(patients.find_identity, patient_id=patient_id) == Identity(
        HOSTILE, date(1980, 2, 29), "line one\nline two"
    )
    found = read(patients.get_patient, f" {reference[:4].lower()} {reference[4:]} ")
    assert (found.id, found.clinic_number) == (patient_id, "N-1")


def test_an_identity_is_changed_from_what_the_person_saw(register, reference_of, do, practitioner, read, refused):
    patient_id = register()
    reference = reference_of(patient_id)

    def change(version, name="Nadia New"):
        do(practitioner, patients.change_identity, ChangeIdentity(reference, Identity(name), version))

    change(1)
    with refused(RecordChanged, kind="patient", key=reference) as refusal:
        change(1, "Nadia Other")
    assert refusal.said.remedy == "Look at what changed, then make your change again."
    change(2, "Nadia Third")
    assert read(patients.find_identity, patient_id=patient_id).full_name == "Nadia Third"
    names = select(PatientIdentityVersion.full_name).order_by(PatientIdentityVersion.version)
    assert read(lambda session: list(session.scalars(names))) == ["Nadia Example", "Nadia New", "Nadia Third"]


def test_an_erased_patient_leaves_the_reference_and_a_chain_that_verifies(
    register, reference_of, do, administrator, practitioner, read, refused
):
    patient_id = register(number="N-1")
    reference = reference_of(patient_id)
    do(practitioner, patients.change_identity, ChangeIdentity(reference, Identity("Nadia New"), 1))
    do(administrator, patients.erase_identity, EraseIdentity(reference, "asked to be forgotten"))
    found = read(patients.get_patient, reference)
    assert found.clinic_number is None
    assert found.erased_at is not None
    assert read(patients.find_identity, patient_id=patient_id) is None
    for table in (PatientIdentityVersion, PatientKey):
        assert read(lambda session, table=table: session.scalars(select(table)).first()) is None
    assert read(verify, None) == []
    for service, command in (
        (patients.erase_identity, EraseIdentity(reference, "again")),
        (patients.change_identity, ChangeIdentity(reference, Identity("Back"), 2)),
    ):
        by = administrator if service is patients.erase_identity else practitioner
        with refused(PatientErased, reference=reference) as refusal:
            do(by, service, command)
        assert refusal.said.remedy == "The record stays traceable by its reference."
    register(number="N-1")


def test_what_cannot_be_a_patient_is_refused(
    register, reference_of, do, practitioner, administrator, auditor, refused, read
):
    patient_id = register(number="N-1")
    reference = reference_of(patient_id)
    with refused(ClinicNumberTaken, clinic_number="N-1") as refusal:
        register("Another", "N-1")
    assert refusal.said.what == "Another patient has the clinic number 'N-1'."
    with refused(InvalidText, field="Birth date", problem="is in the future"):
        register(born_on=date(2031, 3, 4))
    for name in ("", " ", "x" * 201, "x" * 10_000, "Nadia\u202e", "Na\x00dia", "Na\ndia", "\ud800"):
        with refused(InvalidText, field="Name"):
            register(name)
    with refused(InvalidText, field="Contact", problem="is longer than 2000 characters"):
        register(contact="x" * 10_000)
    with refused(InvalidText, field="Clinic number"):
        register(number="x" * 201)
    with refused(NotAllowed, permission="register_patient"):
        register(by=auditor)
    with refused(NotAllowed, permission="erase_identity"):
        do(practitioner, patients.erase_identity, EraseIdentity(reference, "asked"))
    with refused(ReasonMissing):
        do(administrator, patients.erase_identity, EraseIdentity(reference, " "))
    with refused(InvalidCode):
        do(practitioner, patients.change_identity, ChangeIdentity("Nadia", Identity("N"), 1))
    unknown = make_code(CodeKind.PATIENT, lambda bits: 7)
    with refused(RecordNotFound, kind="patient", key=unknown):
        do(practitioner, patients.change_identity, ChangeIdentity(unknown, Identity("N"), 1))
    assert read(patients.find_identity, patient_id=999) is None
