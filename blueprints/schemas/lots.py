"""Correcting a lot that was entered wrong. Signed."""

from typing import Any

from marshmallow import pre_load

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


class CorrectLotPageSchema(CorrectLotSchema):
    """The same from a page: codes in one text, and a box to tick where no expiry is printed."""

    @pre_load
    def gather(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        given = {name: value for name, value in data.items() if name not in ("has_no_expiry", "codes")}
        if data.get("has_no_expiry") and "expires_on" not in given:
            given["expires_on"] = None
        codes = str(data.get("codes", "")).split()
        return given | ({"container_codes": codes} if codes else {})
