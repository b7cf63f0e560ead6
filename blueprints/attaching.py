"""The files of a record as its page shows them, and a file as it is handed out.

A record's page passes `attached_to(…)` to its template, which includes `attachments/_card.html`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO

from flask import Response, send_file
from sqlalchemy.orm import Session

from blueprints.forms import Form, blank
from blueprints.visitor import current_actor
from inventory.access import Permission
from inventory.evidence.attachments import AttachedFile, KeptFile, attachments_of
from models.vocabulary import AttachmentKind

# Whatever a file holds, the browser that opens it may run, load and send nothing.
FILE_POLICY = "default-src 'none'; sandbox"


@dataclass(frozen=True)
class Attached:
    """`form` adds a file; `withdrawing` is the form of each file that can be withdrawn, by its number."""

    record_kind: str
    record_id: int
    files: Sequence[AttachedFile]
    can_attach: bool
    form: Form
    withdrawing: dict[int, Form] = field(default_factory=dict)
    kinds: Sequence[str] = tuple(kind.value for kind in AttachmentKind)


def attached_to(session: Session, record_kind: str, record_id: int, refused: Form | None = None) -> Attached:
    """Raises `RecordNotFound` where this person does not see the record."""
    actor = current_actor()
    files = attachments_of(session, actor=actor, record_kind=record_kind, record_id=record_id)
    can_withdraw = Permission.WITHDRAW_FILE in actor.permissions
    return Attached(
        record_kind,
        record_id,
        files,
        Permission.ATTACH_FILE in actor.permissions,
        refused if refused is not None and refused.name == "attach" else blank("attach"),
        {file.id: blank(f"withdraw-{file.id}") for file in files if can_withdraw and file.withdrawn_at is None},
    )


def handed_out(file: KeptFile) -> Response:
    """To be saved, under its own name and type, and never taken for anything else."""
    answer = send_file(
        BytesIO(file.content),
        mimetype=file.file_type.value,
        as_attachment=True,
        download_name=file.name,
        etag=False,
        conditional=False,
    )
    answer.headers["Content-Security-Policy"] = FILE_POLICY
    return answer
