"""What pages take that the API takes otherwise: filters of lists, and forms whose facts the page already knows."""

from enum import StrEnum
from typing import Any

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from blueprints.schemas import CommandSchema, Makes
from blueprints.schemas.values import ChoiceOf, Code, Day, DecimalString, Note, WholeNumber, YesNo
from inventory.evidence.audit_log import kinds
from inventory.stock.holds import PlaceHold
from inventory.stock.move_corrections import CorrectMove
from inventory.stock.releasing import LiftTogether
from models.vocabulary import HoldKind


class ContainerAsked(CommandSchema):
    """`correct`: the move whose correction is being entered."""

    correct = WholeNumber()


class CountAsked(CommandSchema):
    """What the last scan left to be said, and what was scanned."""

    code = Code()
    lot_id = WholeNumber()
    raw = fields.String(validate=validate.Length(max=400))


class OpenedAsked(CommandSchema):
    place_id = WholeNumber()


class RecordedAsked(CommandSchema):
    before = WholeNumber()


class TransfersAsked(CommandSchema):
    """`code`: of a container of another site that is here."""

    code = Code()


class TransferAsked(CommandSchema):
    """`place_id`: where the last container was received, so that it need not be chosen again."""

    place_id = WholeNumber()


class HoldsAsked(CommandSchema):
    before = WholeNumber()


class DeviationsAsked(CommandSchema):
    before = WholeNumber()


class AuditPageAsked(CommandSchema):
    person_id = WholeNumber()
    kind = fields.String(validate=validate.OneOf(kinds()))
    record = fields.String(validate=validate.Length(max=100), load_default="")
    from_on = Day()
    until_on = Day()
    before_id = WholeNumber()


class HoldContainerSchema(Makes):
    command = PlaceHold

    kind = ChoiceOf(HoldKind, required=True)
    cause = Note("What happened", required=True)


class HoldLotSchema(HoldContainerSchema):
    at_all_sites = YesNo()


class HoldPlaceSchema(HoldContainerSchema):
    location_id = WholeNumber(required=True)


class LiftTogetherSchema(Makes):
    command = LiftTogether

    reason = Note("Reason", required=True)


class Happened(StrEnum):
    """What was wrong with a recorded move."""

    NEVER = "never"
    AMOUNT = "amount"
    CONTAINER = "container"


class CorrectMoveSchema(Makes):
    """`move_id` is in the address. What the choice does not need is not used."""

    command = CorrectMove

    happened = ChoiceOf(Happened, required=True)
    amount = DecimalString()
    container_code = Code()
    reason = Note("Reason", required=True)

    @validates_schema(skip_on_field_errors=True)
    def check_complete(self, data: dict[str, Any], **_: Any) -> None:
        if data["happened"] is Happened.AMOUNT and "amount" not in data:
            raise ValidationError("Say how much it really was.", "amount")
        if data["happened"] is Happened.CONTAINER and "container_code" not in data:
            raise ValidationError("Scan the one it really was.", "container_code")

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> CorrectMove:
        happened = data["happened"]
        return CorrectMove(
            move_id=self.known["move_id"],
            reason=data["reason"],
            amount=None if happened is Happened.NEVER else data.get("amount"),
            container_code=data["container_code"] if happened is Happened.CONTAINER else None,
        )
