"""Patients by anything typed: parts of the name, birth date, clinic number, reference, telephone number.

What is looked through is folded (case, accents and signs do not count) and made again with each identity. Two
registrations look like one person (rule PAT-01) when the names have the same words and no birth date speaks against
it, when birth dates are equal and one name is part of the other or nearly the same, or when a telephone number is.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models.care import Patient, PatientIdentityVersion, PatientSearch
from models.folding import folded

MOST = 20
LONGEST = 200
NEARLY_THE_SAME = 0.85
_FEWEST_DIGITS = 7  # shorter numbers are house numbers and years
_LAST_DIGITS = 8  # what is alike in a number written with and without the prefix of its country
_NUMBER = re.compile(r"\+?[0-9][0-9 ()./-]{5,}[0-9]")


@dataclass(frozen=True)
class FoundPatient:
    """Shown only to who may see patients; the caller records the access."""

    id: int
    reference: str
    full_name: str
    born_on: date | None
    clinic_number: str | None


def make_findable(session: Session, patient: Patient, version: PatientIdentityVersion) -> None:
    """Renew what a patient is found by."""
    row = session.get(PatientSearch, patient.id)
    if row is None:
        row = PatientSearch(patient_id=patient.id)
        session.add(row)
    row.name = name_words(version.full_name)
    row.born_on = version.born_on
    row.words = " ".join(
        [
            folded(version.full_name),
            *_dates(version.born_on),
            folded(patient.clinic_number or ""),
            folded(patient.reference),
            folded(version.contact or ""),
            *telephone_numbers(version.contact),
        ]
    )


def find_patients(session: Session, *, text: str) -> list[FoundPatient]:
    """At most `MOST`, by name, in whose words each typed word occurs. Nothing typed finds nobody."""
    wanted = folded(text[:LONGEST]).split()
    if not wanted:
        return []
    query = select(PatientSearch.patient_id).order_by(PatientSearch.name, PatientSearch.patient_id)
    for word in wanted:
        query = query.where(PatientSearch.words.contains(word))
    return _shown(session, list(session.scalars(query.limit(MOST))))


def find_similar(
    session: Session, *, full_name: str, born_on: date | None, contact: str | None, but: Iterable[str] = ()
) -> list[FoundPatient]:
    """Who may be the same person (PAT-01), leaving out those of whom it is known that they are not."""
    name = name_words(full_name)
    numbers = [number[-_LAST_DIGITS:] for number in telephone_numbers(contact)]
    near = [PatientSearch.name == name]
    if born_on is not None:
        near.append(PatientSearch.born_on == born_on)
    near += [PatientSearch.words.contains(number) for number in numbers]
    rows = session.scalars(select(PatientSearch).where(or_(*near)).order_by(PatientSearch.patient_id))
    alike = [row.patient_id for row in rows if _is_alike(row, name, born_on, numbers)]
    known_others = set(but)
    return [found for found in _shown(session, alike[:MOST]) if found.reference not in known_others]


def name_words(full_name: str) -> str:
    """The folded words of a name in alphabetical order: which one is the family's does not count."""
    return " ".join(sorted(folded(full_name).split()))


def telephone_numbers(contact: str | None) -> list[str]:
    """The digits of what looks like telephone numbers, without signs and leading zeros."""
    found = (re.sub(r"\D", "", each).lstrip("0") for each in _NUMBER.findall(contact or ""))
    return [number for number in found if len(number) >= _FEWEST_DIGITS]


def _is_alike(row: PatientSearch, name: str, born_on: date | None, numbers: list[str]) -> bool:
    if any(number in row.words for number in numbers):
        return True
    if row.name == name:
        return row.born_on is None or born_on is None or row.born_on == born_on
    if born_on is None or row.born_on != born_on:
        return False
    ours, theirs = set(name.split()), set(row.name.split())
    return ours <= theirs or theirs <= ours or SequenceMatcher(None, name, row.name).ratio() >= NEARLY_THE_SAME


def _dates(born_on: date | None) -> list[str]:
    """A birth date in the orders in which people type one, with and without signs."""
    if born_on is None:
        return []
    parts = [(f"{born_on:%Y}", f"{born_on:%m}", f"{born_on:%d}"), (f"{born_on:%d}", f"{born_on:%m}", f"{born_on:%Y}")]
    return [" ".join(each) for each in parts] + ["".join(each) for each in parts]


def _shown(session: Session, patient_ids: list[int]) -> list[FoundPatient]:
    newest = (
        select(PatientIdentityVersion)
        .where(PatientIdentityVersion.patient_id.in_(patient_ids))
        .order_by(PatientIdentityVersion.version)
    )
    identities = {version.patient_id: version for version in session.scalars(newest)}
    patients = {patient.id: patient for patient in session.scalars(select(Patient).where(Patient.id.in_(patient_ids)))}
    return [
        FoundPatient(
            patient_id,
            patients[patient_id].reference,
            identities[patient_id].full_name,
            identities[patient_id].born_on,
            patients[patient_id].clinic_number,
        )
        for patient_id in patient_ids
        if patient_id in identities
    ]
