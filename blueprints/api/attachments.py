"""Files that belong to a record."""

from typing import Any

from flask import Response, url_for
from sqlalchemy.orm import Session

from blueprints.api.operations import Operations
from blueprints.attaching import handed_out
from blueprints.frame import units
from blueprints.schemas.attachments import (
    AttachmentsAnswer,
    AttachSchema,
    SavedAttachment,
    WithdrawAttachmentSchema,
)
from blueprints.unit_of_work import at_site
from blueprints.visitor import current_actor
from inventory.access import Act, Permission
from inventory.evidence import attachments
from inventory.evidence.attachments import Attach, WithdrawAttachment
from inventory.units import Answer
from models.evidence import Attachment

operations = Operations(
    "attachments",
    "Files",
    "Certificates, photos and letters of a record. `record_kind` is container, lot, delivery or delivery_line.",
)


def _saved(attachment: Attachment) -> Answer:
    kind, record_id = attachment.record_kind, attachment.record_id
    where = url_for("api_attachments.list_attachments", record_kind=kind, record_id=record_id)
    return Answer(201, where, {"attachment_id": attachment.id})


@operations.query("/attachments/<record_kind>/<int:record_id>", Permission.VIEW_STOCK, AttachmentsAnswer)
def list_attachments(record_kind: str, record_id: int) -> dict[str, Any]:
    """The files of a record, the oldest first; those withdrawn say why."""
    with units().reading() as session:
        actor = current_actor()
        found = attachments.attachments_of(session, actor=actor, record_kind=record_kind, record_id=record_id)
        return {"attachments": found}


@operations.upload("/attachments/<record_kind>/<int:record_id>", AttachSchema, Permission.ATTACH_FILE, SavedAttachment)
def attach_file(command: Attach) -> Answer:
    """Attach a file to a record.

    PDF, JPEG, PNG or WebP by content, at most 20 MB. Pictures are drawn anew without place, time and camera.
    """

    def work(session: Session, act: Act) -> Answer:
        return _saved(attachments.attach(session, act, command))

    return at_site(work)


@operations.file("/attachments/<int:attachment_id>/file", Permission.VIEW_STOCK)
def hand_out_file(attachment_id: int) -> Response:
    """The file itself."""
    with units().reading() as session:
        return handed_out(attachments.kept_file(session, actor=current_actor(), attachment_id=attachment_id))


@operations.command(
    "/attachments/<int:attachment_id>/withdrawal",
    WithdrawAttachmentSchema,
    Permission.WITHDRAW_FILE,
    SavedAttachment,
)
def withdraw_attachment(command: WithdrawAttachment) -> Answer:
    """Withdraw a file that was attached by mistake. It is kept, and counts no longer."""

    def work(session: Session, act: Act) -> Answer:
        return _saved(attachments.withdraw_attachment(session, act, command))

    return at_site(work)
