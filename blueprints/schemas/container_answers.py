"""A container as the API answers it."""

from marshmallow import Schema, fields

from blueprints.schemas.history import MoveAnswer
from blueprints.schemas.values import ChoiceOf, Code, DecimalString, Instant
from inventory.rules.expiry import UseLimit
from inventory.stock.container_facts import HoldTarget
from models.vocabulary import ContainerKind, HoldKind, MovePurpose, Tracking, Unit


class HoldAnswer(Schema):
    id = fields.Integer(required=True)
    kind = ChoiceOf(HoldKind, required=True)
    cause = fields.String(required=True)
    target = ChoiceOf(HoldTarget, required=True)
    placed_at = Instant(required=True)
    placed_by = fields.String(required=True)
    is_liftable = fields.Boolean(required=True)
    release_line_id = fields.Integer(required=True, allow_none=True)


class LimitAnswer(Schema):
    name = ChoiceOf(UseLimit, required=True)
    until = Instant(required=True)
    is_binding = fields.Boolean(required=True)
    source = fields.String(required=True)


class ContainerAnswer(Schema):
    """`states` are derived at the time of the answer and are never stored."""

    code = Code(required=True)
    kind = ChoiceOf(ContainerKind, required=True)
    tracking = ChoiceOf(Tracking, required=True)
    product_id = fields.Integer(required=True)
    product_name = fields.String(required=True)
    lot_id = fields.Integer(required=True)
    lot_number = fields.String(required=True)
    site_id = fields.Integer(required=True)
    location_id = fields.Integer(required=True)
    place = fields.String(required=True)
    content = DecimalString(required=True)
    found = DecimalString(required=True)
    remaining = DecimalString(required=True)
    unit = ChoiceOf(Unit, required=True)
    states = fields.List(fields.String(), required=True)
    received_at = Instant(required=True)
    opened_at = Instant(required=True, allow_none=True)
    usable_until = Instant(required=True, allow_none=True)
    limits = fields.List(fields.Nested(LimitAnswer), required=True)
    holds = fields.List(fields.Nested(HoldAnswer), required=True)
    kept_for = Code(required=True, allow_none=True)
    closed_at = Instant(required=True, allow_none=True)
    closed_why = ChoiceOf(MovePurpose, required=True, allow_none=True)
    split_from = Code(required=True, allow_none=True)
    moves = fields.List(fields.Nested(MoveAnswer), required=True)


class OpenedLineAnswer(Schema):
    """`is_session_only`: its session ends its use. `is_over`: nobody may use it any more."""

    code = Code(required=True)
    product_name = fields.String(required=True)
    lot_id = fields.Integer(required=True)
    lot_number = fields.String(required=True)
    place_id = fields.Integer(required=True)
    place = fields.String(required=True)
    remaining = DecimalString(required=True)
    unit = ChoiceOf(Unit, required=True)
    opened_at = Instant(required=True)
    usable_until = Instant(required=True, allow_none=True)
    limit = ChoiceOf(UseLimit, required=True, allow_none=True)
    is_session_only = fields.Boolean(required=True)
    is_due_today = fields.Boolean(required=True)
    is_over = fields.Boolean(required=True)
    holds = fields.List(ChoiceOf(HoldKind), required=True)


class OpenedAnswer(Schema):
    opened = fields.List(fields.Nested(OpenedLineAnswer), required=True)
