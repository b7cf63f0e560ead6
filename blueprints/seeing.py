"""What shows a patient's doings is sent only once it is stored who asked for it."""

from collections.abc import Iterable

from blueprints.frame import units
from blueprints.visitor import current_actor
from inventory.care import finding, patients
from inventory.care.finding import FoundPatient
from inventory.evidence.access_log import log_access, log_accesses


def note_access(page: str, patient_id: int | None = None) -> None:
    """`page` names the page and the record by number, never a person. Without a patient: a list of several."""
    log_access(units(), current_actor(), page, patient_id)


def note_look_at(reference: str, page: str = "patient") -> int:
    """Store that this patient's page is asked for. Answers the patient's id. Raises `RecordNotFound`, `InvalidCode`."""
    with units().reading() as session:
        patient_id = patients.get_patient(session, reference).id
    note_access(f"{page} {patient_id}", patient_id)
    return patient_id


def found_patients(text: str) -> list[FoundPatient]:
    """The patients that what was typed finds, once it is stored that each was seen."""
    with units().reading() as session:
        found = finding.find_patients(session, text=text)
    note_accesses("list of patients found", [each.id for each in found])
    return found


def note_accesses(page: str, patient_ids: Iterable[int]) -> None:
    """The same for a page that names several patients: a row for each, and one for a list that found nobody."""
    log_accesses(units(), current_actor(), page, list(patient_ids) or [None])
