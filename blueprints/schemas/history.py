"""Moves and entries as the API answers them."""

from marshmallow import Schema, fields

from blueprints.schemas.values import ChoiceOf, Code, Day, DecimalString, Instant, MoneyString
from inventory.stock.history import DocumentKind
from models.vocabulary import DeliveryLineKind, EntryPurpose, IdentifiedBy, MovePurpose, Unit, WasteReason


class DocumentAnswer(Schema):
    kind = ChoiceOf(DocumentKind, required=True)
    id = fields.Integer(required=True)
    label = fields.String(required=True)


class MoveAnswer(Schema):
    id = fields.Integer(required=True)
    entry_id = fields.Integer(required=True)
    container_code = Code(required=True)
    occurred_at = Instant(required=True)
    recorded_at = Instant(required=True)
    is_late = fields.Boolean(required=True)
    purpose = ChoiceOf(MovePurpose, required=True)
    amount = DecimalString(required=True)
    unit = ChoiceOf(Unit, required=True)
    from_name = fields.String(required=True)
    to_name = fields.String(required=True)
    by = fields.String(required=True)
    reason = fields.String(required=True, allow_none=True)
    waste_reason = ChoiceOf(WasteReason, required=True, allow_none=True)
    identified_by = ChoiceOf(IdentifiedBy, required=True)
    reverses_id = fields.Integer(required=True, allow_none=True)
    reversed_by_id = fields.Integer(required=True, allow_none=True)
    document = fields.Nested(DocumentAnswer, required=True, allow_none=True)


class EntryAnswer(Schema):
    id = fields.Integer(required=True)
    site_id = fields.Integer(required=True)
    purpose = ChoiceOf(EntryPurpose, required=True)
    occurred_at = Instant(required=True)
    recorded_at = Instant(required=True)
    by = fields.String(required=True)
    reason = fields.String(required=True, allow_none=True)
    delivery_id = fields.Integer(required=True, allow_none=True)
    record_id = fields.Integer(required=True, allow_none=True)
    session_id = fields.Integer(required=True, allow_none=True)
    corrects_id = fields.Integer(required=True, allow_none=True)
    corrected_by = fields.List(fields.Integer(), required=True)
    moves = fields.List(fields.Nested(MoveAnswer), required=True)


class ReceivedLotAnswer(Schema):
    """`unit_cost`: the newest that was told, of one container."""

    line_id = fields.Integer(required=True)
    lot_id = fields.Integer(required=True)
    lot_number = fields.String(required=True)
    product_id = fields.Integer(required=True)
    product_name = fields.String(required=True)
    expires_on = Day(required=True, allow_none=True)
    kind = ChoiceOf(DeliveryLineKind, required=True)
    containers = fields.Integer(required=True)
    damaged = fields.Integer(required=True)
    unit_cost = MoneyString(required=True, allow_none=True)


class DeliveryAnswer(Schema):
    id = fields.Integer(required=True)
    site_id = fields.Integer(required=True)
    supplier_id = fields.Integer(required=True)
    supplier = fields.String(required=True)
    reference = fields.String(required=True)
    received_at = Instant(required=True)
    entry_id = fields.Integer(required=True)
    lines = fields.List(fields.Nested(ReceivedLotAnswer), required=True)
    container_codes = fields.List(Code(), required=True)
