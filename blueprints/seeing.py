"""What shows a patient's doings is sent only once it is stored who asked for it."""

from blueprints.frame import units
from blueprints.visitor import current_actor
from inventory.evidence.access_log import log_access


def note_access(page: str, patient_id: int | None = None) -> None:
    """`page` names the page and the record by number, never a person. Without a patient: a list of several."""
    log_access(units(), current_actor(), page, patient_id)
