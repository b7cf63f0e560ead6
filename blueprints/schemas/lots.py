"""Correcting a lot that was entered wrong. Signed."""

from blueprints.schemas import MakesSigned
from blueprints.schemas.values import Code, Day, Line, Note, Several, YesNo
from inventory.stock.lots import LONGEST_LOT_NUMBER, CorrectLot

MOST_CONTAINERS = 500


class CorrectLotSchema(MakesSigned):
    command = CorrectLot

    lot_number = Line("Lot number", longest=LONGEST_LOT_NUMBER, required=True)
    expires_on = Day(required=True, allow_none=True)
    reason = Note("Reason", required=True)
    is_month_only = YesNo()
    container_codes = Several(Code(), least=0, most=MOST_CONTAINERS)
