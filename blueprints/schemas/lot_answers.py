"""Lots as the API answers them."""

from marshmallow import Schema, fields

from blueprints.schemas import CommandSchema
from blueprints.schemas.container_answers import HoldAnswer
from blueprints.schemas.values import ChoiceOf, Code, Day, DecimalString, Instant, Line, WholeNumber
from inventory.stock.lots import LONGEST_LOT_NUMBER
from models.vocabulary import ContainerKind, DeliveryLineKind, LotOrigin, Unit


class LotNameAnswer(Schema):
    id = fields.Integer(required=True)
    lot_number = fields.String(required=True)


class LotsAsked(CommandSchema):
    lot_number = Line("Lot number", longest=LONGEST_LOT_NUMBER, required=True)
    product_id = WholeNumber()


class LotsAnswer(Schema):
    lots = fields.List(fields.Nested(LotNameAnswer), required=True)


class LotDeliveryAnswer(Schema):
    delivery_id = fields.Integer(required=True)
    received_at = Instant(required=True)
    site = fields.String(required=True)
    supplier = fields.String(required=True)
    reference = fields.String(required=True)
    kind = ChoiceOf(DeliveryLineKind, required=True)
    containers = fields.Integer(required=True)
    damaged = fields.Integer(required=True)


class LotContainerAnswer(Schema):
    code = Code(required=True)
    site = fields.String(required=True)
    place = fields.String(required=True)
    remaining = DecimalString(required=True)
    content = DecimalString(required=True)
    states = fields.List(fields.String(), required=True)
    usable_until = Instant(required=True, allow_none=True)


class LotAnswer(Schema):
    """`containers` are the first 500 that hold something; `container_count` counts them all."""

    id = fields.Integer(required=True)
    lot_number = fields.String(required=True)
    product_id = fields.Integer(required=True)
    product_name = fields.String(required=True)
    kind = ChoiceOf(ContainerKind, required=True)
    unit = ChoiceOf(Unit, required=True)
    expires_on = Day(required=True, allow_none=True)
    is_month_only = fields.Boolean(required=True)
    origin = ChoiceOf(LotOrigin, required=True)
    record_id = fields.Integer(required=True, allow_none=True)
    beyond_use_at = Instant(required=True, allow_none=True)
    states = fields.List(fields.String(), required=True)
    merged_into = fields.Nested(LotNameAnswer, required=True, allow_none=True)
    known_as = fields.List(fields.String(), required=True)
    received = fields.List(fields.Nested(LotDeliveryAnswer), required=True)
    holds = fields.List(fields.Nested(HoldAnswer), required=True)
    containers = fields.List(fields.Nested(LotContainerAnswer), required=True)
    container_count = fields.Integer(required=True)
    closed_count = fields.Integer(required=True)
