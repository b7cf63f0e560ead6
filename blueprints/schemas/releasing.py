"""Checklist, release and rejection of what came in."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validates_schema

from blueprints.schemas import CommandSchema, Makes, MakesSigned
from blueprints.schemas.values import ChoiceOf, Code, Day, Instant, Line, Note, Several, WholeNumber, YesNo
from inventory.stock.release_checks import AddReleaseCheck, OfferReleaseCheck
from inventory.stock.release_queue import Lack
from inventory.stock.releasing import AnswerChecks, CheckAnswer, DisposeOfRejected, RejectLine, ReleaseLine
from models.vocabulary import (
    CheckOutcome,
    DeliveryLineKind,
    IngredientClass,
    RegulatoryClass,
    RejectedGoes,
    ReleaseVerdict,
)

MOST_QUESTIONS = 50


class AddReleaseCheckSchema(Makes):
    command = AddReleaseCheck

    question = Line("Question", required=True)
    regulatory_class = ChoiceOf(RegulatoryClass)
    ingredient_class = ChoiceOf(IngredientClass)
    needs_certificate = YesNo()
    source = Note("Source")


class OfferReleaseCheckSchema(Makes):
    command = OfferReleaseCheck

    is_active = YesNo(required=True)


class CheckAnswerSchema(Makes):
    command = CheckAnswer

    check_id = WholeNumber(required=True)
    outcome = ChoiceOf(CheckOutcome, required=True)
    note = Note("Note")


class AnswerChecksSchema(Makes):
    command = AnswerChecks

    answers = Several(fields.Nested(CheckAnswerSchema), required=True, most=MOST_QUESTIONS)


class AnsweredFormSchema(CommandSchema):
    """The checklist as a form sends it: one entry a question in each of three lists; what is left open is skipped."""

    check_id = fields.List(WholeNumber(), required=True)
    outcome = fields.List(fields.String(), required=True)
    note = fields.List(fields.String(), required=True)

    @validates_schema(skip_on_field_errors=True)
    def check_answered(self, data: dict[str, Any], **_: Any) -> None:
        if not len(data["check_id"]) == len(data["outcome"]) == len(data["note"]) <= MOST_QUESTIONS:
            raise ValidationError("The list does not fit the questions. Load the page again.")
        if not any(data["outcome"]):
            raise ValidationError("Answer at least one question.")

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> tuple[CheckAnswer, ...]:
        rows = zip(data["check_id"], data["outcome"], data["note"], strict=True)
        given = [
            {"check_id": check_id, "outcome": outcome} | ({"note": note} if note.strip() else {})
            for check_id, outcome, note in rows
            if outcome
        ]
        answers: list[CheckAnswer] = [CheckAnswerSchema().load(each) for each in given]
        return tuple(answers)


class ReleaseLineSchema(MakesSigned):
    command = ReleaseLine

    note = Note("Note")
    version = Line("Version", longest=64)
    single_handed_reason = Note("Reason")


class RejectLineSchema(Makes):
    command = RejectLine

    reason = Note("Reason", required=True)
    goes = ChoiceOf(RejectedGoes, required=True)
    only_aside = YesNo()


class DisposeOfRejectedSchema(Makes):
    command = DisposeOfRejected

    note = Note("Note")


class SavedCheck(Schema):
    check_id = fields.Integer(required=True)


class SavedAnswers(Schema):
    line_id = fields.Integer(required=True)
    answers = fields.Integer(required=True)


class SavedDecision(Schema):
    decision_id = fields.Integer(required=True)
    line_id = fields.Integer(required=True)


class ReleaseCheckAnswer(Schema):
    id = fields.Integer(required=True)
    question = fields.String(required=True)
    regulatory_class = ChoiceOf(RegulatoryClass, required=True, allow_none=True)
    ingredient_class = ChoiceOf(IngredientClass, required=True, allow_none=True)
    needs_certificate = fields.Boolean(required=True)
    source = fields.String(required=True, allow_none=True)
    is_verified = fields.Boolean(required=True)
    is_active = fields.Boolean(required=True)


class ReleaseChecksAnswer(Schema):
    checks = fields.List(fields.Nested(ReleaseCheckAnswer), required=True)


class CheckStateAnswer(Schema):
    """`lack`: why it still stands in the way of a release."""

    id = fields.Integer(required=True)
    question = fields.String(required=True)
    needs_certificate = fields.Boolean(required=True)
    outcome = ChoiceOf(CheckOutcome, required=True, allow_none=True)
    note = fields.String(required=True, allow_none=True)
    answered_by = fields.String(required=True, allow_none=True)
    answered_at = Instant(required=True, allow_none=True)
    lack = ChoiceOf(Lack, required=True, allow_none=True)


class CertificateAnswer(Schema):
    attachment_id = fields.Integer(required=True)
    name = fields.String(required=True)
    sha256 = fields.String(required=True)


class DecidedAnswer(Schema):
    id = fields.Integer(required=True)
    verdict = ChoiceOf(ReleaseVerdict, required=True)
    goes = ChoiceOf(RejectedGoes, required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)
    decided_at = Instant(required=True)
    decided_by = fields.String(required=True)
    containers = fields.Integer(required=True)
    still_here = fields.Integer(required=True)
    signed_text = fields.String(required=True, allow_none=True)
    is_single_handed = fields.Boolean(required=True)


class WaitingLineAnswer(Schema):
    """`free`, `aside` and `rejected` are codes of what waits. A release signs `text`; `version` names it."""

    id = fields.Integer(required=True)
    delivery_id = fields.Integer(required=True)
    reference = fields.String(required=True)
    supplier = fields.String(required=True)
    received_at = Instant(required=True)
    received_by = fields.String(required=True)
    kind = ChoiceOf(DeliveryLineKind, required=True)
    lot_id = fields.Integer(required=True)
    lot_number = fields.String(required=True)
    expires_on = Day(required=True, allow_none=True)
    product_id = fields.Integer(required=True)
    product_name = fields.String(required=True)
    free = fields.List(Code(), required=True)
    aside = fields.List(Code(), required=True)
    rejected = fields.List(Code(), required=True)
    checks = fields.List(fields.Nested(CheckStateAnswer), required=True)
    certificates = fields.List(fields.Nested(CertificateAnswer), required=True)
    is_ready = fields.Boolean(required=True)
    decisions = fields.List(fields.Nested(DecidedAnswer), required=True)
    text = fields.String(required=True)
    version = fields.String(required=True)


class WaitingLinesAnswer(Schema):
    lines = fields.List(fields.Nested(WaitingLineAnswer), required=True)
