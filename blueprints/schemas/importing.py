"""Tables to be imported, and what stands in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate
from werkzeug.datastructures import FileStorage

from blueprints.schemas import Makes
from blueprints.schemas.values import ChoiceOf, Instant, Note, WholeNumber, YesNo
from inventory.importing.limits import LIMITS
from inventory.importing.staging import DiscardImport, ImportState
from inventory.importing.tables import Encoding
from models.vocabulary import ImportKind


@dataclass(frozen=True)
class RawFile:
    name: str
    content: bytes


@dataclass(frozen=True)
class Upload:
    kind: ImportKind
    file: RawFile
    encoding: Encoding = Encoding.AUTO


@dataclass(frozen=True)
class MatchAsked:
    """`columns` empty: the same, checked anew."""

    import_id: int
    version: int
    columns: Sequence[str] | None = None


@dataclass(frozen=True)
class ApplyAsked:
    import_id: int
    version: int
    are_questions_answered: bool = False


@dataclass(frozen=True)
class UndoAsked:
    import_id: int
    reason: str


class UploadedTable(fields.Raw):
    """The bytes that came with a form, no more than may be imported and one."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.metadata = {"type": "string", "format": "binary", **self.metadata}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> RawFile:  # noqa: ARG002  # marshmallow's signature
        if not isinstance(value, FileStorage):
            raise ValidationError("Choose a file.")
        content = value.stream.read(LIMITS.bytes + 1)
        value.stream.seek(0)  # the digest of the request reads it again
        return RawFile(value.filename or "", content)


class UploadSchema(Makes):
    command = Upload

    kind = ChoiceOf(ImportKind, required=True)
    file = UploadedTable(required=True)
    encoding = ChoiceOf(Encoding)


class MatchColumnsSchema(Makes):
    command = MatchAsked

    version = WholeNumber(required=True)
    columns = fields.List(fields.String(), validate=validate.Length(max=LIMITS.columns))


class ApplyImportSchema(Makes):
    command = ApplyAsked

    version = WholeNumber(required=True)
    are_questions_answered = YesNo()


class UndoImportSchema(Makes):
    command = UndoAsked

    reason = Note("Reason", required=True)


class DiscardImportSchema(Makes):
    command = DiscardImport


class SavedImport(Schema):
    import_id = fields.Integer(required=True)


class ProblemAnswer(Schema):
    row_number = fields.Integer(required=True)
    heading = fields.String(required=True, allow_none=True)
    sentence = fields.String(required=True)
    is_question = fields.Boolean(required=True)


class ImportAnswer(Schema):
    """`columns`: the field of each heading. `next_after`: where the next part of the problems begins."""

    id = fields.Integer(required=True)
    kind = ChoiceOf(ImportKind, required=True)
    file_name = fields.String(required=True)
    sha256 = fields.String(required=True)
    state = ChoiceOf(ImportState, required=True)
    version = fields.Integer(required=True)
    rows = fields.Integer(required=True)
    headings = fields.List(fields.String(), required=True)
    columns = fields.List(fields.String(), required=True)
    problem_count = fields.Integer(required=True)
    question_count = fields.Integer(required=True)
    problems = fields.List(fields.Nested(ProblemAnswer), required=True)
    next_after = fields.Integer(required=True, allow_none=True)
    sent_at = Instant(required=True)
    sent_by = fields.String(required=True)
    checked_at = Instant(required=True)
    applied_at = Instant(required=True, allow_none=True)
    undone_at = Instant(required=True, allow_none=True)
