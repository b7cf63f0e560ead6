"""Holds as the API lists them."""

from marshmallow import Schema, fields

from blueprints.schemas.container_answers import HoldAnswer
from blueprints.schemas.values import Code


class HeldAnswer(Schema):
    """A hold with what it holds: one of container, lot and place."""

    hold = fields.Nested(HoldAnswer, required=True, attribute="line")
    container_code = Code(required=True, allow_none=True)
    lot_id = fields.Integer(required=True, allow_none=True)
    lot_number = fields.String(required=True, allow_none=True)
    location_id = fields.Integer(required=True, allow_none=True)
    place = fields.String(required=True, allow_none=True)


class HoldsAnswer(Schema):
    holds = fields.List(fields.Nested(HeldAnswer), required=True)
