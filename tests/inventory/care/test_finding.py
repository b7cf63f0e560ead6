"""Patients by anything typed, and two registrations that may be one person (PAT-01)."""

from datetime import date

import pytest

from inventory.care import finding, patients
from inventory.care.errors import PatientLooksKnown
from inventory.care.patients import ChangeIdentity, Identity, RegisterPatient

BORN = date(1980, 2, 29)


@pytest.fixture
def find(read):
    return lambda text: [each.full_name for each in read(finding.find_patients, text=text)]


@pytest.fixture
def register(do, practitioner):
    def make(name, born_on=None, contact=None, distinct_from=()):
        command = RegisterPatient(Identity(name, born_on, contact), None, distinct_from)
        return do(practitioner, lambda session, act: patients.register_patient(session, act, command).reference)

    return make


@pytest.mark.parametrize(
    "typed",
    [
        "Élodie",
        "elodie",
        "DUPONT élo",
        "pont",
        "29.02.1980",
        "1980-02-29",
        "29021980",
        "612345678",
        "example",
        "dupont 80",
    ],
)
def test_parts_in_any_case_and_order_find_a_patient(make_patient, find, typed):
    make_patient("Élodie Dupont", born_on=BORN, contact="06 12 34 56 78, elodie@example.org")
    make_patient("Marc Other", born_on=date(1979, 1, 1))
    assert find(typed) == ["Élodie Dupont"]


@pytest.mark.parametrize("typed", ["", "  ", "%", "_", "'; --", "nobody", "elodie marc", "\x00"])
def test_what_is_in_no_patient_finds_nobody(make_patient, find, typed):
    make_patient("Élodie Dupont", born_on=BORN)
    assert find(typed) == []


def test_many_are_cut_by_name(make_patient, find):
    for number in range(finding.MOST + 3):
        make_patient(f"Nadia Number{number:02}")
    assert find("nadia") == [f"Nadia Number{number:02}" for number in range(finding.MOST)]


def test_a_changed_name_is_found_and_the_old_one_is_not(make_patient, find, do, practitioner):
    reference = make_patient("Élodie Dupont")
    do(practitioner, patients.change_identity, ChangeIdentity(reference, Identity("Élodie Martin"), 1))
    assert find("martin") == ["Élodie Martin"]
    assert find("dupont") == []


@pytest.mark.parametrize(
    ("name", "born_on", "contact"),
    [
        ("elodie DUPONT", None, None),
        ("Dupont, Élodie", BORN, None),
        ("Élodie Marie Dupont", BORN, None),
        ("Elodie Dupond", BORN, None),
        ("Somebody Else", None, "call +33 (0)6 12 34 56 78"),
    ],
)
def test_who_may_be_the_same_person_is_asked_about(register, refused, name, born_on, contact):
    known = register("Élodie Dupont", BORN, "06 12 34 56 78")
    with refused(PatientLooksKnown, references=(known,)) as refusal:
        register(name, born_on, contact)
    assert "Dupont" not in str(refusal.said)
    assert register(name, born_on, contact, (known,)) != known


@pytest.mark.parametrize(
    ("name", "born_on", "contact"),
    [
        ("Élodie Dupont", date(1981, 3, 1), None),
        ("Marc Dupont", BORN, None),
        ("Élodie Durand", None, "12 rue du Port, 75001"),
        ("Elodie Dupond", None, None),
    ],
)
def test_who_is_somebody_else_is_not(register, name, born_on, contact):
    known = register("Élodie Dupont", BORN, "12 rue du Port, 75001")
    assert register(name, born_on, contact) != known
