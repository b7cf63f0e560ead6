"""What a patient is asked, when, and by whom; and that it goes with the identity."""

from datetime import date

import pytest
from sqlalchemy import select

from inventory.care import health, patients
from inventory.care.errors import AskedInFuture, NoSuchSkinType
from inventory.care.health import Answer, ChangeHealth, Health, RecordAnswers
from inventory.care.patients import EraseIdentity
from inventory.errors import NotAllowed, PatientErased, RecordChanged, RecordNotFound
from inventory.evidence.verifying import verify
from inventory.rules.codes import CodeKind, make_code
from models.care import Patient, PatientFlag, PatientHealthVersion, PatientSearch
from models.evidence import AuditEntry
from models.vocabulary import PatientFlagKind, ProductFlagKind

SOY, ASTHMA = PatientFlagKind.SOY, PatientFlagKind.ASTHMA


@pytest.fixture
def reference(make_patient):
    return make_patient("Nadia Example")


@pytest.fixture
def patient_id(read, reference):
    return read(lambda session: session.scalar(select(Patient.id).where(Patient.reference == reference)))


@pytest.fixture
def ask(do, practitioner, reference):
    def say(*answers, asked_on=None, by=practitioner, of=reference):
        return do(by, health.record_answers, RecordAnswers(of, answers, asked_on))

    return say


@pytest.fixture
def flags(read, patient_id):
    return lambda: [(f.kind, f.is_present, f.asked_on, f.note) for f in read(health.flags_of, patient_id=patient_id)]


def test_every_allergen_of_a_product_can_be_asked_for():
    about_patients = {flag.value for flag in ProductFlagKind if not flag.is_about_mixing}
    assert about_patients == {kind.value for kind in PatientFlagKind if kind.is_allergy}


def test_answers_keep_their_day_and_the_newest_holds(ask, flags):
    ask(Answer(ASTHMA, is_present=True), Answer(SOY, True, " hives\r\n2019 "), asked_on=date(2031, 2, 1))
    assert flags() == [(SOY, True, date(2031, 2, 1), "hives\n2019"), (ASTHMA, True, date(2031, 2, 1), None)]
    ask(Answer(SOY, is_present=False))
    assert flags()[0] == (SOY, False, date(2031, 3, 3), None)


def test_the_last_of_two_answers_to_one_question_counts(ask, flags):
    ask(Answer(SOY, is_present=True), Answer(SOY, is_present=False))
    assert [flag[:2] for flag in flags()] == [(SOY, False)]


def test_the_day_is_the_sites(ask, flags, clock):
    clock.at = clock.at.replace(hour=23, minute=30)  # past midnight in Paris
    ask(Answer(SOY, is_present=True))
    assert flags()[0][2] == date(2031, 3, 4)


def test_health_is_kept_by_versions(do, practitioner, reference, patient_id, read, refused):
    def change(version, **facts):
        do(practitioner, health.change_health, ChangeHealth(reference, Health(**facts), version))

    assert read(health.health_of, patient_id=patient_id).version == 0
    change(0, skin_type=3, history="acne", medicines="none")
    change(1, skin_type=4)
    facts = read(health.health_of, patient_id=patient_id)
    assert (facts.health, facts.version, facts.recorded_by) == (Health(4), 2, "Peter Practitioner")
    with refused(RecordChanged, kind="patient", key=reference):
        change(1, skin_type=5)
    for wrong in (0, 7):
        with refused(NoSuchSkinType, skin_type=wrong):
            change(2, skin_type=wrong)


def test_what_cannot_be_recorded_is_refused(ask, refused, auditor):
    with refused(AskedInFuture, asked_on="2031-03-04"):
        ask(Answer(SOY, is_present=True), asked_on=date(2031, 3, 4))
    with refused(NotAllowed, permission="register_patient"):
        ask(Answer(SOY, is_present=True), by=auditor)
    with refused(RecordNotFound, kind="patient"):
        ask(Answer(SOY, is_present=True), of=make_code(CodeKind.PATIENT, lambda bits: 7))


def test_health_enters_the_chain_only_under_the_key_and_goes_with_the_identity(
    ask, do, practitioner, administrator, reference, patient_id, read, refused
):
    ask(Answer(SOY, True, "hives"))
    do(practitioner, health.change_health, ChangeHealth(reference, Health(3, "acne", "warfarin"), 0))
    bodies = read(lambda session: " ".join(session.scalars(select(AuditEntry.body))))
    assert not any(word in bodies for word in ("soy", "hives", "acne", "warfarin"))

    do(administrator, patients.erase_identity, EraseIdentity(reference, "asked for it"))

    for table in (PatientFlag, PatientHealthVersion, PatientSearch):
        assert read(lambda session, table=table: list(session.scalars(select(table)))) == []
    assert read(verify, None) == []
    with refused(PatientErased, reference=reference):
        ask(Answer(SOY, is_present=True))
