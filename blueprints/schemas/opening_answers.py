"""The first count as the API answers it."""

from marshmallow import Schema, fields

from blueprints.schemas.values import ChoiceOf, Code, Day, DecimalString, Instant
from models.vocabulary import Unit


class DeclaredAnswer(Schema):
    is_done = fields.Boolean(required=True)
    at = Instant(required=True)
    by = fields.String(required=True)
    reason = fields.String(required=True, allow_none=True)


class PlaceStatusAnswer(Schema):
    id = fields.Integer(required=True)
    name = fields.String(required=True)
    is_done = fields.Boolean(required=True)
    declared = fields.Nested(DeclaredAnswer, required=True, allow_none=True)


class SiteStatusAnswer(Schema):
    """`earliest`: the first day that the site may be called complete from."""

    places = fields.List(fields.Nested(PlaceStatusAnswer), required=True)
    complete_since = Day(required=True, allow_none=True)
    earliest = Day(required=True, allow_none=True)


class RecordedLineAnswer(Schema):
    """`code`: of the only container of the line."""

    product_name = fields.String(required=True)
    lot_id = fields.Integer(required=True)
    lot_number = fields.String(required=True)
    expires_on = Day(required=True, allow_none=True)
    is_month_only = fields.Boolean(required=True)
    containers = fields.Integer(required=True)
    amount = DecimalString(required=True)
    unit = ChoiceOf(Unit, required=True)
    opened = fields.Integer(required=True)
    held = fields.Integer(required=True)
    unidentified = fields.Integer(required=True)
    code = Code(required=True, allow_none=True)


class RecordedEntryAnswer(Schema):
    id = fields.Integer(required=True)
    recorded_at = Instant(required=True)
    by = fields.String(required=True)
    lines = fields.List(fields.Nested(RecordedLineAnswer), required=True)
    taken_back_by = fields.Integer(required=True, allow_none=True)


class RecordedAnswer(Schema):
    entries = fields.List(fields.Nested(RecordedEntryAnswer), required=True)
    older_before = fields.Integer(required=True, allow_none=True)


class SavedPlace(Schema):
    location_id = fields.Integer(required=True)
