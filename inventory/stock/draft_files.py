"""What becomes of the files of a delivery in progress, when a line goes and when the delivery ends.

They are working papers like the draft: nobody's evidence yet, and apart from the audit chain. Booked, they become
attachments of the delivery and its lines, of whoever brought them; put away, they are gone.
"""

from collections.abc import Sequence

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from inventory.access import Act
from inventory.evidence import attachments
from inventory.evidence.attachments import Attach
from inventory.evidence.files import CheckedFile
from models.receiving import DraftFile, DraftFileContent
from models.stock import Delivery, DeliveryLine


def files_of(session: Session, draft_id: int) -> Sequence[DraftFile]:
    """In the order in which they were brought."""
    return session.scalars(select(DraftFile).where(DraftFile.draft_id == draft_id).order_by(DraftFile.id)).all()


def content_of(session: Session, file: DraftFile) -> bytes:
    return session.scalars(select(DraftFileContent.content).where(DraftFileContent.file_id == file.id)).one()


def let_go_of_line(session: Session, line_id: int) -> None:
    """The line goes, and what was photographed stays with the delivery until somebody removes it."""
    session.execute(update(DraftFile).where(DraftFile.line_id == line_id).values(line_id=None))


def hand_over(
    session: Session, act: Act, draft_id: int, delivery: Delivery, booked: Sequence[tuple[int, DeliveryLine]]
) -> None:
    """Each file to the delivery, or to what its line became. `booked`: the draft's lines and what they became."""
    lines = dict(booked)
    for file in files_of(session, draft_id):
        kind, record_id = ("delivery", delivery.id)
        if file.line_id is not None:
            kind, record_id = ("delivery_line", lines[file.line_id].id)
        kept = CheckedFile(file.name, file.file_type, content_of(session, file))
        attachments.attach_brought(
            session,
            act,
            Attach(kind, record_id, kept, file.kind, file.note),
            brought_at=file.added_at,
            brought_by_id=file.added_by_id,
        )
    drop(session, [file.id for file in files_of(session, draft_id)])


def drop(session: Session, file_ids: Sequence[int]) -> None:
    session.execute(delete(DraftFileContent).where(DraftFileContent.file_id.in_(file_ids)))
    session.execute(delete(DraftFile).where(DraftFile.id.in_(file_ids)))
