"""What shows a patient's doings is sent only once it is stored who asked for it."""

from collections.abc import Iterable

from blueprints.frame import units
from blueprints.visitor import current_actor
from inventory.evidence.access_log import log_access, log_accesses


def note_access(page: str, patient_id: int | None = None) -> None:
    """`page` names the page and the record by number, never a person. Without a patient: a list of several."""
    log_access(units(), current_actor(), page, patient_id)


def note_accesses(page: str, patient_ids: Iterable[int]) -> None:
    """The same for a page that names several patients: a row for each, and one for a list that found nobody."""
    log_accesses(units(), current_actor(), page, list(patient_ids) or [None])
