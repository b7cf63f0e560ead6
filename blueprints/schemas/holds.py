"""Keeping something from use, and letting it be used again."""

from blueprints.schemas import Makes
from blueprints.schemas.values import ChoiceOf, Code, Note, WholeNumber, YesNo
from inventory.stock.holds import LiftHold, PlaceHold
from models.vocabulary import HoldKind


class PlaceHoldSchema(Makes):
    command = PlaceHold

    kind = ChoiceOf(HoldKind, required=True)
    cause = Note("Cause", required=True)
    container_code = Code()
    lot_id = WholeNumber()
    location_id = WholeNumber()
    at_all_sites = YesNo()


class LiftHoldSchema(Makes):
    command = LiftHold

    reason = Note("Reason", required=True)
