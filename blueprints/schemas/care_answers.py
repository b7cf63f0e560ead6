"""Sessions, preparations and deviations as the API answers them."""

from marshmallow import Schema, fields

from blueprints.schemas.values import ChoiceOf, Code, DecimalString, Instant
from models.vocabulary import Lane, LotOrigin, Method, RecordKind, SessionEnding, Storage, Unit


class GivenAnswer(Schema):
    """An amount given. `is_reversed`: it was recorded in error, or corrected by another."""

    id = fields.Integer(required=True)
    entry_id = fields.Integer(required=True)
    container_code = Code(required=True)
    lot_id = fields.Integer(required=True)
    lot_number = fields.String(required=True)
    product_name = fields.String(required=True)
    amount = DecimalString(required=True)
    unit = ChoiceOf(Unit, required=True)
    area = fields.String(required=True)
    technique = fields.String(required=True, allow_none=True)
    depth_mm = DecimalString(required=True, allow_none=True)
    needle = fields.String(required=True, allow_none=True)
    points = fields.Integer(required=True, allow_none=True)
    given_at = Instant(required=True)
    by = fields.String(required=True)
    is_reversed = fields.Boolean(required=True)


class PreparationNameAnswer(Schema):
    record_id = fields.Integer(required=True)
    lot_id = fields.Integer(required=True)
    lot_number = fields.String(required=True)


class SessionAnswer(Schema):
    id = fields.Integer(required=True)
    site_id = fields.Integer(required=True)
    patient_reference = Code(required=True)
    practitioner = fields.String(required=True)
    room = fields.String(required=True, allow_none=True)
    started_at = Instant(required=True)
    ended_at = Instant(required=True, allow_none=True)
    ending = ChoiceOf(SessionEnding, required=True, allow_none=True)
    preparations = fields.List(fields.Nested(PreparationNameAnswer), required=True)
    given = fields.List(fields.Nested(GivenAnswer), required=True)


class ComponentAnswer(Schema):
    position = fields.Integer(required=True)
    container_code = Code(required=True)
    lot_id = fields.Integer(required=True)
    lot_number = fields.String(required=True)
    origin = ChoiceOf(LotOrigin, required=True)
    product_name = fields.String(required=True)
    amount = DecimalString(required=True)
    unit = ChoiceOf(Unit, required=True)
    entered = fields.String(required=True)
    is_reversed = fields.Boolean(required=True)


class OutputAnswer(Schema):
    code = Code(required=True)
    content = DecimalString(required=True)
    remaining = DecimalString(required=True)
    place = fields.String(required=True)


class PreparationAnswer(Schema):
    """`binding_limit` names what set `beyond_use_at`."""

    id = fields.Integer(required=True)
    site_id = fields.Integer(required=True)
    entry_id = fields.Integer(required=True)
    lot_id = fields.Integer(required=True)
    lot_number = fields.String(required=True)
    kind = ChoiceOf(RecordKind, required=True)
    lane = ChoiceOf(Lane, required=True)
    method = ChoiceOf(Method, required=True, allow_none=True)
    storage = ChoiceOf(Storage, required=True, allow_none=True)
    is_sterility_tested = fields.Boolean(required=True)
    patient_reference = Code(required=True, allow_none=True)
    session_id = fields.Integer(required=True, allow_none=True)
    started_at = Instant(required=True)
    beyond_use_at = Instant(required=True, allow_none=True)
    binding_limit = fields.String(required=True)
    theoretical_amount = DecimalString(required=True)
    yield_amount = DecimalString(required=True)
    prepared_by = fields.String(required=True)
    checked_by = fields.String(required=True, allow_none=True)
    checked_at = Instant(required=True, allow_none=True)
    components = fields.List(fields.Nested(ComponentAnswer), required=True)
    containers = fields.List(fields.Nested(OutputAnswer), required=True)


class DeviationAnswer(Schema):
    """`rule` is the code of the refusal that a plan would have met; `facts` are its sentences."""

    id = fields.Integer(required=True)
    rule = fields.String(required=True)
    facts = fields.String(required=True)
    entry_id = fields.Integer(required=True)
    recorded_at = Instant(required=True)


class DeviationsAnswer(Schema):
    deviations = fields.List(fields.Nested(DeviationAnswer), required=True)
