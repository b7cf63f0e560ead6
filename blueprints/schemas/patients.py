"""Patients: who they are, what they were asked, and how they are found."""

from typing import Any

from marshmallow import Schema, fields, pre_load, validate

from blueprints.schemas import CommandSchema, Makes, Text
from blueprints.schemas.values import (
    ChoiceOf,
    Code,
    Day,
    DecimalString,
    Instant,
    Line,
    Note,
    Several,
    WholeNumber,
    YesNo,
)
from inventory.care import finding
from inventory.care.health import LARGEST_SKIN_TYPE, LONGEST_FLAG_NOTE, Answer, ChangeHealth, Health, RecordAnswers
from inventory.care.patients import ChangeIdentity, EraseIdentity, Identity, RegisterPatient
from models.vocabulary import LotOrigin, PatientFlagKind, SessionEnding, StrengthUnit, Unit

MOST_ALIKE = 20


def _registered(
    full_name: str, clinic_number: str | None = None, distinct_from: tuple[str, ...] = (), **identity: Any
) -> RegisterPatient:
    return RegisterPatient(Identity(full_name, **identity), clinic_number, distinct_from)


def _changed(reference: str, version: int, **identity: Any) -> ChangeIdentity:
    return ChangeIdentity(reference, Identity(**identity), version)


def _health(reference: str, version: int, **health: Any) -> ChangeHealth:
    return ChangeHealth(reference, Health(**health), version)


class IdentitySchema(Makes):
    full_name = Line("Name", required=True)
    born_on = Day()
    contact = Note("Contact")


class RegisterPatientSchema(IdentitySchema):
    """`distinct_from`: references of those who look the same and are other people."""

    command = staticmethod(_registered)

    clinic_number = Line("Clinic number")
    distinct_from = Several(Code(validate=validate.Length(1, 40)), least=0, most=MOST_ALIKE)


class ChangeIdentitySchema(IdentitySchema):
    command = staticmethod(_changed)

    version = WholeNumber(required=True)


class EraseIdentitySchema(Makes):
    command = EraseIdentity

    reference = Code(required=True, validate=validate.Length(1, 40))
    reason = Note("Reason", required=True)


class FindPatientsSchema(CommandSchema):
    text = Text(required=True, validate=validate.Length(1, finding.LONGEST))


class AnswerSchema(Makes):
    command = Answer

    kind = ChoiceOf(PatientFlagKind, required=True)
    is_present = YesNo(required=True)
    note = Note("Note", longest=LONGEST_FLAG_NOTE)


class RecordAnswersSchema(Makes):
    command = RecordAnswers

    answers = Several(fields.Nested(AnswerSchema), most=len(PatientFlagKind), required=True)
    asked_on = Day()


class RecordAnswersFormSchema(Makes):
    """The same from a page: a field for each question (`has-soy`: yes, no or nothing) and one for its note.

    `others`: whether what was left open was asked too, and the answer was no.
    """

    command = RecordAnswers

    asked_on = Day()
    answers = Several(fields.Nested(AnswerSchema), most=len(PatientFlagKind), required=True)

    @pre_load
    def gather(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        given = {name: value for name, value in data.items() if not name.startswith(("has-", "note-", "others"))}
        answers = []
        for kind in PatientFlagKind:
            said = data.get(f"has-{kind.value}", data.get("others"))
            if said in ("yes", "no"):
                note = data.get(f"note-{kind.value}")
                answer = {"kind": kind.value, "is_present": said == "yes"}
                answers.append(answer | ({"note": note} if note else {}))
        return given | ({"answers": answers} if answers else {})


class ChangeHealthSchema(Makes):
    """`version` 0: nothing was recorded yet."""

    command = staticmethod(_health)

    version = WholeNumber(least=0, required=True)
    skin_type = WholeNumber(most=LARGEST_SKIN_TYPE)
    history = Note("Medical history")
    medicines = Note("Medicines")


class FoundPatientAnswer(Schema):
    reference = Code(required=True)
    full_name = fields.String(required=True)
    born_on = fields.Date(required=True, allow_none=True)
    clinic_number = fields.String(required=True, allow_none=True)


class FoundPatientsAnswer(Schema):
    patients = fields.List(fields.Nested(FoundPatientAnswer), required=True)


class FlagAnswer(Schema):
    kind = ChoiceOf(PatientFlagKind, required=True)
    is_present = fields.Boolean(required=True)
    asked_on = fields.Date(required=True)
    note = fields.String(required=True, allow_none=True)
    recorded_at = Instant(required=True)
    recorded_by = fields.String(required=True)


class SubstanceAmountAnswer(Schema):
    substance = fields.String(required=True)
    amount = DecimalString(required=True)
    unit = ChoiceOf(StrengthUnit, required=True)


class PatientLotAnswer(Schema):
    lot_id = fields.Integer(required=True, attribute="lot.id")
    lot_number = fields.String(required=True, attribute="lot.lot_number")
    product = fields.String(required=True, attribute="lot.product")
    origin = ChoiceOf(LotOrigin, required=True, attribute="lot.origin")
    amount = DecimalString(required=True)
    unit = ChoiceOf(Unit, required=True, attribute="lot.unit")
    substances = fields.List(fields.Nested(SubstanceAmountAnswer), required=True)


class PastSessionAnswer(Schema):
    id = fields.Integer(required=True)
    site = fields.String(required=True)
    practitioner = fields.String(required=True)
    started_at = Instant(required=True)
    ended_at = Instant(required=True, allow_none=True)
    ending = ChoiceOf(SessionEnding, required=True, allow_none=True)
    areas = fields.List(fields.String(), required=True)
    lots = fields.List(fields.Nested(PatientLotAnswer), required=True)


class PatientAnswer(Schema):
    """`identity_version` and `health_version`: what a change must name. An erased patient has no name."""

    reference = Code(required=True)
    full_name = fields.String(required=True, allow_none=True)
    born_on = fields.Date(required=True, allow_none=True)
    contact = fields.String(required=True, allow_none=True)
    clinic_number = fields.String(required=True, allow_none=True)
    identity_version = fields.Integer(required=True)
    is_erased = fields.Boolean(required=True)
    skin_type = fields.Integer(required=True, allow_none=True)
    history = fields.String(required=True, allow_none=True)
    medicines = fields.String(required=True, allow_none=True)
    health_version = fields.Integer(required=True)
    flags = fields.List(fields.Nested(FlagAnswer), required=True)
    sessions = fields.List(fields.Nested(PastSessionAnswer), required=True)
