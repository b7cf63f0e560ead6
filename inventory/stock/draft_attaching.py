"""Certificates and photos of a delivery in progress: brought, handed out, removed again.

A file passes the same check as an attachment before the unit of work begins, and needs the same permission.
"""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from inventory import texts
from inventory.access import Act, Actor, Permission
from inventory.errors import RecordNotFound
from inventory.evidence.attachments import KeptFile
from inventory.evidence.files import CheckedFile
from inventory.stock import draft_files, draft_lines, drafts
from inventory.stock.errors import TooManyDraftFiles
from models.receiving import DeliveryDraft, DraftFile, DraftFileContent, DraftLine
from models.vocabulary import AttachmentKind

MOST_FILES = 30  # all of them are written in one unit when the delivery is saved


@dataclass(frozen=True)
class AddDraftFile:
    """Without `line_id` it is of the delivery as a whole."""

    draft_id: int
    file: CheckedFile
    kind: AttachmentKind
    line_id: int | None = None
    note: str | None = None


@dataclass(frozen=True)
class RemoveDraftFile:
    draft_id: int
    file_id: int


def add_draft_file(session: Session, act: Act, command: AddDraftFile) -> DraftFile:
    """Raises `DraftEnded`, `TooManyDraftFiles`."""
    act.require(Permission.ATTACH_FILE)
    draft = drafts.draft_to_change(session, act, command.draft_id)
    line = _line(session, draft, command.line_id)
    if len(draft_files.files_of(session, draft.id)) >= MOST_FILES:
        raise TooManyDraftFiles(draft.reference, MOST_FILES)
    file = DraftFile(
        draft_id=draft.id,
        line_id=command.line_id,
        kind=command.kind,
        name=command.file.name,
        file_type=command.file.file_type,
        size=len(command.file.content),
        note=texts.note("Note", command.note) if command.note else None,
        added_at=act.now,
        added_by_id=act.user_id,
    )
    session.add(file)
    session.flush()  # the bytes name the file
    session.add(DraftFileContent(file_id=file.id, content=command.file.content))
    whose = "" if line is None else f" to {draft_lines.words(line)}"
    drafts.note(session, act, draft, f"file {file.name} attached{whose}", command.line_id)
    return file


def _line(session: Session, draft: DeliveryDraft, line_id: int | None) -> DraftLine | None:
    line = session.get(DraftLine, line_id) if line_id is not None else None
    if line_id is not None and (line is None or line.draft_id != draft.id):
        raise RecordNotFound("line", str(line_id))
    return line


def remove_draft_file(session: Session, act: Act, command: RemoveDraftFile) -> DeliveryDraft:
    """It was a mistake, and is nobody's evidence yet: it goes."""
    act.require(Permission.ATTACH_FILE)
    draft = drafts.draft_to_change(session, act, command.draft_id)
    file = _get(session, draft.id, command.file_id)
    drafts.note(session, act, draft, f"file {file.name} removed", file.line_id)
    draft_files.drop(session, [file.id])
    return draft


def kept_draft_file(session: Session, *, actor: Actor, draft_id: int, file_id: int) -> KeptFile:
    """The file itself, to whoever may see the delivery in progress. Raises `RecordNotFound`."""
    draft = session.get(DeliveryDraft, draft_id)
    if draft is None or draft.site_id != actor.site_id:
        raise RecordNotFound("delivery in progress", str(draft_id))
    file = _get(session, draft.id, file_id)
    return KeptFile(file.name, file.file_type, draft_files.content_of(session, file))


def _get(session: Session, draft_id: int, file_id: int) -> DraftFile:
    file = session.get(DraftFile, file_id)
    if file is None or file.draft_id != draft_id:
        raise RecordNotFound("attached file", str(file_id))
    return file
