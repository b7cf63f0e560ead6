"""What an entry should have been, line by line."""

from marshmallow import fields

from blueprints.schemas import Makes
from blueprints.schemas.values import Code, DecimalString, Note, Several, WholeNumber
from inventory.stock.corrections import CorrectedMove, CorrectEntry

MOST_LINES = 500


class CorrectedMoveSchema(Makes):
    command = CorrectedMove

    move_id = WholeNumber(required=True)
    amount = DecimalString(allow_none=True)
    container_code = Code(allow_none=True)


class CorrectEntrySchema(Makes):
    command = CorrectEntry

    moves = Several(fields.Nested(CorrectedMoveSchema), most=MOST_LINES, required=True)
    reason = Note("Reason", required=True)
