"""Mixing, and the second person's check. The check is signed."""

from marshmallow import fields

from blueprints.schemas import Makes, MakesSigned
from blueprints.schemas.values import (
    ChoiceOf,
    Code,
    DecimalString,
    Instant,
    Line,
    Note,
    Several,
    WholeNumber,
    YesNo,
)
from inventory.care.compounding import Compound, Draw, VerifyCompounding
from models.vocabulary import IdentifiedBy, Lane, Method, RecordKind, Storage

MOST_DRAWS = 100
MOST_SYRINGES = 100


class DrawSchema(Makes):
    command = Draw

    code = Code(required=True)
    amount = DecimalString(required=True)
    identified_by = ChoiceOf(IdentifiedBy)
    entered = Line("Amount as entered")


class CompoundSchema(Makes):
    command = Compound

    draws = Several(fields.Nested(DrawSchema), most=MOST_DRAWS, required=True)
    location_id = WholeNumber(required=True)
    session_id = WholeNumber()
    syringes = Several(DecimalString(), least=0, most=MOST_SYRINGES)
    kind = ChoiceOf(RecordKind)
    lane = ChoiceOf(Lane)
    method = ChoiceOf(Method)
    storage = ChoiceOf(Storage)
    is_sterility_tested = YesNo()
    started_at = Instant()


class VerifyCompoundingSchema(MakesSigned):
    command = VerifyCompounding

    single_handed_reason = Note("Reason")
