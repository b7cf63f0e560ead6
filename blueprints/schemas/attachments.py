"""Files that belong to a record."""

from typing import Any

from marshmallow import Schema, ValidationError, fields
from werkzeug.datastructures import FileStorage

from blueprints.schemas import Makes
from blueprints.schemas.values import ChoiceOf, Instant, Note, in_words
from inventory.evidence.attachments import Attach, WithdrawAttachment
from inventory.evidence.files import MOST_BYTES, CheckedFile, check_file
from models.vocabulary import AttachmentKind, FileType


class UploadedFile(fields.Raw):
    """A file that came with a form, checked and ready to be kept. Read no further than what may be kept."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.metadata = {"type": "string", "format": "binary", **self.metadata}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> CheckedFile:  # noqa: ARG002  # marshmallow's signature
        if not isinstance(value, FileStorage):
            raise ValidationError("Choose a file.")
        content = value.stream.read(MOST_BYTES + 1)
        value.stream.seek(0)  # the digest of the request reads it again
        with in_words():
            return check_file(value.filename or "", content)


class AttachSchema(Makes):
    command = Attach

    file = UploadedFile(required=True)
    kind = ChoiceOf(AttachmentKind, required=True)
    note = Note("Note")


class WithdrawAttachmentSchema(Makes):
    command = WithdrawAttachment

    reason = Note("Reason", required=True)


class SavedAttachment(Schema):
    attachment_id = fields.Integer(required=True)


class AttachmentAnswer(Schema):
    """A file of a record. `withdrawn_why`: it was attached by mistake, and does not count."""

    id = fields.Integer(required=True)
    record_kind = fields.String(required=True)
    record_id = fields.Integer(required=True)
    kind = ChoiceOf(AttachmentKind, required=True)
    name = fields.String(required=True)
    file_type = ChoiceOf(FileType, required=True)
    size = fields.Integer(required=True)
    sha256 = fields.Function(lambda file: file.sha256.hex(), required=True, metadata={"type": "string"})
    note = fields.String(required=True, allow_none=True)
    attached_at = Instant(required=True)
    attached_by = fields.String(required=True)
    withdrawn_at = Instant(required=True, allow_none=True)
    withdrawn_by = fields.String(required=True, allow_none=True)
    withdrawn_why = fields.String(required=True, allow_none=True)


class AttachmentsAnswer(Schema):
    attachments = fields.List(fields.Nested(AttachmentAnswer), required=True)
