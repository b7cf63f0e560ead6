"""Opening a container: from the first puncture its in-use limit runs, and it is never sealed again.

The limit is that of the product's label, else of the site's rule pack. What may serve one session or one
patient only is bound to them here.
"""

from inventory.errors import ContainerAlreadyOpened, PackNotOpenable, Refusal
from inventory.rules.expiry import InUse
from inventory.stock import usability
from inventory.stock.usability import Judgement, Use
from models.stock import Container
from models.vocabulary import Tracking


def mark_opened(container: Container, use: Use) -> InUse:
    """Set the opening, its deadline and whom it serves. Raises `ContainerAlreadyOpened`, `PackNotOpenable`."""
    if container.lot.product.tracking is Tracking.PACK:
        raise PackNotOpenable(container.code)
    if container.opened_at is not None:
        raise ContainerAlreadyOpened(container.code, f"{container.opened_at:%Y-%m-%d %H:%M} UTC")
    in_use = usability.in_use_when_opened(container, use.at)
    container.opened_at = use.at
    container.discard_at = in_use.deadline
    if in_use.is_session_only:
        container.opened_for_session_id = use.session_id
    if in_use.is_single_patient and container.kept_for_patient_id is None:
        container.kept_for_patient_id = use.patient_id
    return in_use


def mark_first_use(judgement: Judgement, container: Container, use: Use) -> None:
    """Taking from a sealed container opens it. A pack of whole pieces has nothing to open."""
    if container.opened_at is not None or container.lot.product.tracking is Tracking.PACK:
        return
    try:
        mark_opened(container, use)
    except Refusal as refusal:
        judgement.against(refusal, container)
        container.opened_at = use.at  # it was opened all the same; no deadline is known
