"""What is done to one container. Its code is in the address."""

from blueprints.schemas import Makes, MakesSigned
from blueprints.schemas.values import ChoiceOf, Day, DecimalString, Instant, Line, Note, Pieces, WholeNumber, YesNo
from inventory.stock.containers import (
    DiscardContainer,
    MoveContainer,
    OpenContainer,
    RecordFound,
    ReturnContainer,
    SplitPack,
    WithdrawAmount,
)
from inventory.stock.identifying import IdentifyContainer
from inventory.stock.lots import LONGEST_LOT_NUMBER
from models.vocabulary import IdentifiedBy, MovePurpose, WasteReason


class OpenContainerSchema(Makes):
    command = OpenContainer

    session_id = WholeNumber()
    opened_at = Instant()


class MoveContainerSchema(Makes):
    command = MoveContainer

    location_id = WholeNumber(required=True)


class SplitPackSchema(Makes):
    command = SplitPack

    pieces = Pieces(required=True)


class WithdrawAmountSchema(Makes):
    command = WithdrawAmount

    purpose = ChoiceOf(MovePurpose, required=True)
    reason = Note("Reason", required=True)
    amount = DecimalString()
    identified_by = ChoiceOf(IdentifiedBy)


class DiscardContainerSchema(Makes):
    command = DiscardContainer

    waste_reason = ChoiceOf(WasteReason, required=True)
    amount = DecimalString()
    note = Note("Note")
    is_destroyed = YesNo()
    occurred_at = Instant()
    identified_by = ChoiceOf(IdentifiedBy)


class ReturnContainerSchema(Makes):
    command = ReturnContainer

    reason = Note("Reason", required=True)


class RecordFoundSchema(Makes):
    command = RecordFound

    amount = DecimalString(required=True)
    reason = Note("Reason", required=True)


class IdentifyContainerSchema(MakesSigned):
    command = IdentifyContainer

    lot_number = Line("Lot number", longest=LONGEST_LOT_NUMBER, required=True)
    expires_on = Day(required=True)
    is_month_only = YesNo()
    reason = Note("Reason", required=True)
