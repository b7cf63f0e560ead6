"""Counts as the API answers them."""

from marshmallow import Schema, fields

from blueprints.schemas.values import ChoiceOf, Code, DecimalString, Instant
from inventory.stock.count_facts import CountState
from inventory.stock.count_results import Since
from models.vocabulary import CountMethod, Unit


class CountInListAnswer(Schema):
    id = fields.Integer(required=True)
    place = fields.String(required=True)
    state = ChoiceOf(CountState, required=True)
    started_at = Instant(required=True)
    started_by = fields.String(required=True)
    readings = fields.Integer(required=True)


class CountsAnswer(Schema):
    counts = fields.List(fields.Nested(CountInListAnswer), required=True)


class ReadingAnswer(Schema):
    """`stands`: no later reading took its place. `site`: to which another site's container belongs."""

    id = fields.Integer(required=True)
    method = ChoiceOf(CountMethod, required=True)
    name = fields.String(required=True)
    product = fields.String(required=True, allow_none=True)
    lot_number = fields.String(required=True, allow_none=True)
    amount = DecimalString(required=True, allow_none=True)
    pieces = fields.Integer(required=True, allow_none=True)
    unit = ChoiceOf(Unit, required=True, allow_none=True)
    by = fields.String(required=True)
    at = Instant(required=True)
    raw = fields.String(required=True, allow_none=True)
    note = fields.String(required=True, allow_none=True)
    site = fields.String(required=True, allow_none=True)
    is_recount = fields.Boolean(required=True)
    stands = fields.Boolean(required=True)


class SignedDecimal(DecimalString):
    """A difference, which may be below zero."""

    def __init__(self, **options: object) -> None:
        super().__init__(**options)
        self.metadata = {"examples": ["-0.5"]}


class CountLineAnswer(Schema):
    """Of a lot counted by number the amounts are numbers of containers, and `code` and `unit` are empty."""

    code = Code(required=True, allow_none=True)
    lot_id = fields.Integer(required=True)
    lot_number = fields.String(required=True)
    product = fields.String(required=True)
    unit = ChoiceOf(Unit, required=True, allow_none=True)
    counted = DecimalString(required=True, allow_none=True)
    books = SignedDecimal(required=True, allow_none=True)
    difference = SignedDecimal(required=True, allow_none=True)
    tolerance = DecimalString(required=True)
    is_missing = fields.Boolean(required=True)
    differs = fields.Boolean(required=True)
    since = ChoiceOf(Since, required=True, allow_none=True)
    found_at = fields.String(required=True, allow_none=True)
    waits_for_recount = fields.Boolean(required=True)
    waits_for_explanation = fields.Boolean(required=True)
    explanation = fields.String(required=True, allow_none=True)
    counted_by = fields.String(required=True)
    counted_at = Instant(required=True)


class CountResultAnswer(Schema):
    code = Code(required=True, allow_none=True)
    lot_id = fields.Integer(required=True)
    lot_number = fields.String(required=True)
    unit = ChoiceOf(Unit, required=True, allow_none=True)
    counted = DecimalString(required=True)
    books = SignedDecimal(required=True)
    booked = SignedDecimal(required=True)
    explanation = fields.String(required=True, allow_none=True)


class ExpectedAnswer(Schema):
    code = Code(required=True)
    lot_id = fields.Integer(required=True)
    lot_number = fields.String(required=True)
    product = fields.String(required=True)
    remaining = DecimalString(required=True)
    unit = ChoiceOf(Unit, required=True)
    is_opened = fields.Boolean(required=True)


class CountAnswer(Schema):
    """`expected`: what nobody has found yet, unless the count is blind. `lines`: once it is finished."""

    id = fields.Integer(required=True)
    location_id = fields.Integer(required=True)
    place = fields.String(required=True)
    is_blind = fields.Boolean(required=True)
    state = ChoiceOf(CountState, required=True)
    started_at = Instant(required=True)
    started_by = fields.String(required=True)
    finished_at = Instant(required=True, allow_none=True)
    finished_by = fields.String(required=True, allow_none=True)
    approved_at = Instant(required=True, allow_none=True)
    approved_by = fields.String(required=True, allow_none=True)
    discarded_at = Instant(required=True, allow_none=True)
    discarded_by = fields.String(required=True, allow_none=True)
    discard_reason = fields.String(required=True, allow_none=True)
    readings = fields.List(fields.Nested(ReadingAnswer), required=True)
    expected = fields.List(fields.Nested(ExpectedAnswer), required=True)
    lines = fields.List(fields.Nested(CountLineAnswer), required=True)
    results = fields.List(fields.Nested(CountResultAnswer), required=True)
    to_sign = fields.String(required=True, allow_none=True)


class SavedCount(Schema):
    count_id = fields.Integer(required=True)


class SavedReading(Schema):
    """`reading_id`: what was counted. Else what to say first: what is left in a container, or how many of a lot."""

    count_id = fields.Integer(required=True)
    reading_id = fields.Integer()
    ask_amount_of = Code()
    ask_number_of = fields.Integer()
