"""Giving an amount to the patient of a session."""

from blueprints.schemas import Makes
from blueprints.schemas.values import ChoiceOf, Code, DecimalString, Instant, Line, WholeNumber
from inventory.care.administering import MOST_POINTS, Administer
from models.vocabulary import IdentifiedBy


class AdministerSchema(Makes):
    command = Administer

    session_id = WholeNumber(required=True)
    code = Code(required=True)
    area = Line("Area", required=True)
    amount = DecimalString()
    identified_by = ChoiceOf(IdentifiedBy)
    technique = Line("Technique")
    depth_mm = DecimalString()
    needle = Line("Needle")
    points = WholeNumber(most=MOST_POINTS)
    given_at = Instant()
