"""Reviewing what was done against a rule. Signed."""

from blueprints.schemas import MakesSigned
from blueprints.schemas.values import Note
from inventory.care.deviations import ReviewDeviation


class ReviewDeviationSchema(MakesSigned):
    command = ReviewDeviation

    review = Note("Review", required=True)
