"""Deliveries that were booked, and what they cost."""

from marshmallow import Schema, fields, validate

from blueprints.schemas import CommandSchema, Makes
from blueprints.schemas.values import Day, Instant, MoneyString, WholeNumber
from inventory.stock.deliveries import LONGEST, RecordCost


class RecordCostSchema(Makes):
    command = RecordCost

    unit_cost = MoneyString(required=True)


class DeliveriesAsked(CommandSchema):
    """`before`: the id with which the part before ended."""

    text = fields.String(validate=validate.Length(max=LONGEST), load_default="")
    supplier_id = WholeNumber()
    from_on = Day()
    until_on = Day()
    before = WholeNumber()


class DeliveriesAskedOfApi(CommandSchema):
    """`since`, `until`: the first instant of a period and the first after it. `before`: the id to go on from."""

    text = fields.String(validate=validate.Length(max=LONGEST), load_default="")
    supplier_id = WholeNumber()
    since = Instant()
    until = Instant()
    before = WholeNumber()


class DeliverySummaryAnswer(Schema):
    id = fields.Integer(required=True)
    supplier = fields.String(required=True)
    reference = fields.String(required=True)
    received_at = Instant(required=True)
    lines = fields.Integer(required=True)
    containers = fields.Integer(required=True)


class DeliveriesAnswer(Schema):
    deliveries = fields.List(fields.Nested(DeliverySummaryAnswer), required=True)
    next_before = fields.Integer(required=True, allow_none=True)
