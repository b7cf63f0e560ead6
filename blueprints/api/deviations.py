"""What was done against a rule, and its review."""

from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from blueprints.api.operations import Operations
from blueprints.frame import units
from blueprints.schemas import ToSign
from blueprints.schemas.care_answers import DeviationsAnswer
from blueprints.schemas.deviations import ReviewDeviationSchema
from blueprints.schemas.saved import SavedDeviation
from blueprints.signing import signed
from blueprints.unit_of_work import at_site
from blueprints.visitor import current_site_id
from inventory.access import Act, Permission
from inventory.care import deviations
from inventory.units import Answer

operations = Operations("deviations", "Deviations", "Done against a rule, recorded all the same, reviewed by a person.")


@operations.query("/deviations", Permission.REVIEW_DEVIATION, DeviationsAnswer)
def list_deviations() -> dict[str, Any]:
    """The deviations of this site that wait for review."""
    with units().reading() as session:
        return {"deviations": deviations.list_open_deviations(session, site_id=current_site_id())}


@operations.command(
    "/deviations/<int:deviation_id>/review", ReviewDeviationSchema, Permission.REVIEW_DEVIATION, SavedDeviation
)
def review_deviation(entered: ToSign) -> Answer:
    """Say what was found. Signed with the password of the token's owner."""
    command = signed(entered)

    def work(session: Session, act: Act) -> Answer:
        reviewed = deviations.review_deviation(session, act, command)
        return Answer(201, url_for("api_deviations.list_deviations"), {"deviation_id": reviewed.id})

    return at_site(work)
