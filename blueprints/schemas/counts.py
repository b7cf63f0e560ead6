"""Counting a place: what is scanned, counted, looked for again, explained and approved."""

from typing import Any

from marshmallow import fields, post_load, validate

from blueprints.schemas import Makes, MakesSigned, ToSign
from blueprints.schemas.values import ChoiceOf, Code, DecimalStringOrZero, Note, Password, WholeNumber, YesNo
from inventory.stock.count_approval import LONGEST_SUMMARY, ApproveCount, ExplainDifference, MoveFound
from inventory.stock.count_scans import ScanInCount
from inventory.stock.counts import (
    LONGEST_SCAN,
    MOST_PIECES,
    CountAbsent,
    CountContainer,
    CountLot,
    DiscardCount,
    FinishCount,
    StartCount,
    WithdrawReading,
)
from models.vocabulary import IdentifiedBy


class MakesAlone(MakesSigned):
    """A second look. Where one person takes it alone, it comes with a reason and that person's password."""

    alone_reason = Note("Reason")
    password = Password(required=False)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> ToSign:
        password = data.pop("password", "")
        return ToSign(self.command(**self.known, **data, signed=None), password)


class StartCountSchema(Makes):
    command = StartCount

    location_id = WholeNumber(required=True)
    is_blind = YesNo(load_default=False)


class ScanInCountSchema(Makes):
    command = ScanInCount

    text = fields.String(required=True, validate=validate.Length(1, LONGEST_SCAN))


class CountContainerSchema(MakesAlone):
    command = CountContainer

    code = Code(required=True)
    amount = DecimalStringOrZero()
    again = YesNo()
    identified_by = ChoiceOf(IdentifiedBy)
    raw = fields.String(validate=validate.Length(1, LONGEST_SCAN))


class CountLotSchema(MakesAlone):
    command = CountLot

    lot_id = WholeNumber(required=True)
    pieces = WholeNumber(required=True, least=0, most=MOST_PIECES)
    identified_by = ChoiceOf(IdentifiedBy)
    raw = fields.String(validate=validate.Length(1, LONGEST_SCAN))


class CountAbsentSchema(MakesAlone):
    command = CountAbsent

    code = Code(required=True)


class WithdrawReadingSchema(Makes):
    command = WithdrawReading

    reading_id = WholeNumber(required=True)


class FinishCountSchema(Makes):
    command = FinishCount


class ExplainDifferenceSchema(Makes):
    command = ExplainDifference

    reason = Note("Explanation", required=True)
    code = Code()
    lot_id = WholeNumber()


class MoveFoundSchema(Makes):
    command = MoveFound

    code = Code(required=True)


class ApproveCountSchema(MakesSigned):
    command = ApproveCount

    seen = fields.String(validate=validate.Length(1, LONGEST_SUMMARY))


class DiscardCountSchema(Makes):
    command = DiscardCount

    reason = Note("Reason", required=True)
