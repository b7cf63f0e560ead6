"""Transfers as the API answers them."""

from marshmallow import Schema, fields

from blueprints.schemas.values import ChoiceOf, Code, DecimalString, Instant
from inventory.stock.transfer_facts import LineState, TransferState
from models.vocabulary import TransferAsk, Unit


class TransferInListAnswer(Schema):
    id = fields.Integer(required=True)
    is_incoming = fields.Boolean(required=True)
    other_site = fields.String(required=True)
    state = ChoiceOf(TransferState, required=True)
    ask = ChoiceOf(TransferAsk, required=True, allow_none=True)
    at = Instant(required=True)
    containers = fields.Integer(required=True)
    waiting = fields.Integer(required=True)


class TransfersAnswer(Schema):
    transfers = fields.List(fields.Nested(TransferInListAnswer), required=True)


class WishAnswer(Schema):
    code = Code(required=True, allow_none=True)
    product_id = fields.Integer(required=True, allow_none=True)
    product = fields.String(required=True)
    pieces = fields.Integer(required=True)


class TransferLineAnswer(Schema):
    """`causes`: why it is held, if it is. `is_here`: the present site has it now."""

    code = Code(required=True)
    product = fields.String(required=True)
    lot_id = fields.Integer(required=True)
    lot_number = fields.String(required=True)
    remaining = DecimalString(required=True)
    unit = ChoiceOf(Unit, required=True)
    state = ChoiceOf(LineState, required=True)
    causes = fields.List(fields.String(), required=True)
    note = fields.String(required=True, allow_none=True)
    at = Instant(required=True, allow_none=True)
    by = fields.String(required=True, allow_none=True)
    is_here = fields.Boolean(required=True)


class TransferAnswer(Schema):
    id = fields.Integer(required=True)
    is_incoming = fields.Boolean(required=True)
    from_site = fields.String(required=True)
    to_site = fields.String(required=True)
    state = ChoiceOf(TransferState, required=True)
    ask = ChoiceOf(TransferAsk, required=True, allow_none=True)
    asked_at = Instant(required=True, allow_none=True)
    asked_by = fields.String(required=True, allow_none=True)
    note = fields.String(required=True, allow_none=True)
    sent_at = Instant(required=True, allow_none=True)
    sent_by = fields.String(required=True, allow_none=True)
    cancelled_at = Instant(required=True, allow_none=True)
    cancelled_by = fields.String(required=True, allow_none=True)
    cancel_reason = fields.String(required=True, allow_none=True)
    wishes = fields.List(fields.Nested(WishAnswer), required=True)
    lines = fields.List(fields.Nested(TransferLineAnswer), required=True)


class SavedTransfer(Schema):
    transfer_id = fields.Integer(required=True)
