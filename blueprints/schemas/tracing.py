"""Traces and balances as the API answers them. Amounts of a trace are exact shares, rounded here to 0.001."""

from marshmallow import Schema, fields

from blueprints.schemas.values import ChoiceOf, Code, Day, DecimalString, Instant
from inventory.tracing.answers import ApartKind, Certainty
from models.vocabulary import LotOrigin, MovePurpose, RecordKind, Unit


class TracedLotAnswer(Schema):
    id = fields.Integer(required=True)
    product_id = fields.Integer(required=True)
    product = fields.String(required=True)
    unit = ChoiceOf(Unit, required=True)
    lot_number = fields.String(required=True)
    expires_on = Day(required=True, allow_none=True)
    origin = ChoiceOf(LotOrigin, required=True)


class TracedPatientAnswer(Schema):
    reference = Code(required=True)
    certainty = ChoiceOf(Certainty, required=True)


class UseAnswer(Schema):
    """`amount` is the lots' part of what was given; `through`: the mixtures on the way, then the container."""

    at = Instant(required=True)
    session_id = fields.Integer(required=True)
    patient = Code(required=True)
    certainty = ChoiceOf(Certainty, required=True)
    site = fields.String(required=True)
    through = fields.List(fields.String(), required=True)
    amount = DecimalString(required=True)


class MixtureAnswer(Schema):
    record_id = fields.Integer(required=True)
    lot_id = fields.Integer(required=True)
    lot_number = fields.String(required=True)
    kind = ChoiceOf(RecordKind, required=True)
    at = Instant(required=True)
    site = fields.String(required=True)
    amount = DecimalString(required=True)
    on_hand = DecimalString(required=True)


class ApartAnswer(Schema):
    """A recorded use that never took place so."""

    kind = ChoiceOf(ApartKind, required=True)
    container_code = Code(required=True)
    amount = DecimalString(required=True)
    patient_reference = Code(required=True, allow_none=True)
    now_patient_references = fields.List(Code(), required=True)
    record_id = fields.Integer(required=True, allow_none=True)


class ElsewhereAnswer(Schema):
    """Another site, for who may see no more of it."""

    site = fields.String(required=True)
    containers = fields.Integer(required=True)
    preparations = fields.Integer(required=True)
    sessions = fields.Integer(required=True)
    patients = fields.Integer(required=True)
    received = DecimalString(required=True)
    on_hand = DecimalString(required=True)


class TracedSiteAnswer(Schema):
    name = fields.String(required=True)
    complete_since = Day(required=True, allow_none=True)


class SpellingAnswer(Schema):
    from_lot_number = fields.String(required=True)
    to_lot_number = fields.String(required=True)
    containers = fields.Integer(required=True)
    reason = fields.String(required=True)
    corrected_at = Instant(required=True)


class ForwardAnswer(Schema):
    """Where it went. `problems` are contradictions in the records; they never hide a patient."""

    covers = fields.String(required=True)
    lots = fields.List(fields.Nested(TracedLotAnswer), required=True)
    patients = fields.List(fields.Nested(TracedPatientAnswer), required=True)
    uses = fields.List(fields.Nested(UseAnswer), required=True)
    mixtures = fields.List(fields.Nested(MixtureAnswer), required=True)
    on_hand = DecimalString(required=True)
    apart = fields.List(fields.Nested(ApartAnswer), required=True)
    spellings = fields.List(fields.Nested(SpellingAnswer), required=True)
    elsewhere = fields.List(fields.Nested(ElsewhereAnswer), required=True)
    sites = fields.List(fields.Nested(TracedSiteAnswer), required=True)
    problems = fields.List(fields.String(), required=True)


class ReceivedAnswer(Schema):
    lot = fields.Nested(TracedLotAnswer, required=True)
    amount = DecimalString(required=True)


class SubstanceAnswer(Schema):
    substance = fields.String(required=True)
    amount = DecimalString(required=True)
    unit = fields.String(required=True)


class BackAnswer(Schema):
    """What went in: every lot on the way, mixtures and ingredients alike."""

    covers = fields.String(required=True)
    received = fields.List(fields.Nested(ReceivedAnswer), required=True)
    substances = fields.List(fields.Nested(SubstanceAnswer), required=True)
    apart = fields.List(fields.Nested(ApartAnswer), required=True)
    sites = fields.List(fields.Nested(TracedSiteAnswer), required=True)
    problems = fields.List(fields.String(), required=True)


class IngredientAnswer(Schema):
    lot_id = fields.Integer(required=True)
    lot_number = fields.String(required=True)
    product_name = fields.String(required=True)
    expires_on = Day(required=True, allow_none=True)
    origin = ChoiceOf(LotOrigin, required=True)
    unit = ChoiceOf(Unit, required=True)
    amount = DecimalString(required=True)
    depth = fields.Integer(required=True)


class IngredientsAnswer(Schema):
    """What one container was filled with."""

    ingredients = fields.List(fields.Nested(IngredientAnswer), required=True)
    problems = fields.List(fields.String(), required=True)


class BalanceLineAnswer(Schema):
    purpose = ChoiceOf(MovePurpose, required=True)
    amount = DecimalString(required=True)


class BalanceAnswer(Schema):
    """Columns by purpose, net of reversals. `compounded_became` follows what was mixed to its ends."""

    lot_id = fields.Integer(required=True)
    came_in = fields.List(fields.Nested(BalanceLineAnswer), required=True)
    went_out = fields.List(fields.Nested(BalanceLineAnswer), required=True)
    lost = DecimalString(required=True)
    on_hand = DecimalString(required=True)
    total_in = DecimalString(required=True)
    total_out = DecimalString(required=True)
    expected = DecimalString(required=True)
    unaccounted = DecimalString(required=True)
    accounted_percent = DecimalString(required=True, allow_none=True)
    compounded_became = fields.List(fields.Nested(BalanceLineAnswer), required=True)
    compounded_on_hand = DecimalString(required=True)
    problems = fields.List(fields.String(), required=True)
