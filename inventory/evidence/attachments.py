"""Files that belong to a record: certificates, photos, letters.

They are evidence. What is attached stays; what was attached by mistake is withdrawn with a reason and no longer counts.
The bytes of a file are kept once and compared with their digest by `inventory.invariants`; the digest of each
attachment is in the audit chain. Who may see a record may see its files, and at the record's site alone.

A file passes `inventory.evidence.files.check_file` before the unit of work begins.
"""

import hashlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session, aliased

from inventory import texts
from inventory.access import Act, Actor, Permission
from inventory.errors import RecordNotFound
from inventory.evidence import audit
from inventory.evidence.errors import AttachmentAlreadyWithdrawn, CannotCarryFiles
from inventory.evidence.files import CheckedFile
from models.base import Base
from models.evidence import Attachment, AttachmentWithdrawal, FileContent
from models.organisation import Location
from models.people import User
from models.stock import Container, Delivery, DeliveryLine, Lot
from models.vocabulary import AttachmentKind, FileType

MOST_SHOWN = 200


@dataclass(frozen=True)
class Attach:
    """`record_kind` is one of `CARRIERS`."""

    record_kind: str
    record_id: int
    file: CheckedFile
    kind: AttachmentKind
    note: str | None = None


@dataclass(frozen=True)
class WithdrawAttachment:
    attachment_id: int
    reason: str


@dataclass(frozen=True)
class AttachedFile:
    """`withdrawn_why`: it was attached by mistake, and does not count."""

    id: int
    record_kind: str
    record_id: int
    kind: AttachmentKind
    name: str
    file_type: FileType
    size: int
    sha256: bytes
    note: str | None
    attached_at: datetime
    attached_by: str
    withdrawn_at: datetime | None
    withdrawn_by: str | None
    withdrawn_why: str | None


@dataclass(frozen=True)
class KeptFile:
    name: str
    file_type: FileType
    content: bytes


# A record that a person of this site may see, by the number it has; nothing for another site's.
Carrier = Callable[[Session, int | None, int], Base | None]


def _container(session: Session, site_id: int | None, record_id: int) -> Container | None:
    here = select(Container).join(Location, Location.id == Container.location_id)
    return session.scalars(here.where(Container.id == record_id, Location.site_id == site_id)).one_or_none()


def _lot(session: Session, site_id: int | None, record_id: int) -> Lot | None:
    """Lots are the organisation's, and so are their files."""
    return None if site_id is None else session.get(Lot, record_id)


def _delivery(session: Session, site_id: int | None, record_id: int) -> Delivery | None:
    here = select(Delivery).where(Delivery.id == record_id, Delivery.site_id == site_id)
    return session.scalars(here).one_or_none()


def _delivery_line(session: Session, site_id: int | None, record_id: int) -> DeliveryLine | None:
    here = select(DeliveryLine).join(Delivery, Delivery.id == DeliveryLine.delivery_id)
    return session.scalars(here.where(DeliveryLine.id == record_id, Delivery.site_id == site_id)).one_or_none()


# By the name of the record's table. To let another kind of record carry files, add it here.
CARRIERS: Mapping[str, Carrier] = {
    "container": _container,
    "lot": _lot,
    "delivery": _delivery,
    "delivery_line": _delivery_line,
}


def attach(session: Session, act: Act, command: Attach) -> Attachment:
    """Keep a file with a record. Raises `CannotCarryFiles`, `RecordNotFound`."""
    act.require(Permission.ATTACH_FILE)
    return attach_brought(session, act, command, brought_at=act.now, brought_by_id=act.user_id)


def attach_brought(
    session: Session, act: Act, command: Attach, *, brought_at: datetime, brought_by_id: int
) -> Attachment:
    """A file that somebody brought before its record was there, when the permission was asked for."""
    row = _carrier(session, act.site_id, command.record_kind, command.record_id)
    attachment = Attachment(
        site_id=act.site_id,
        record_kind=command.record_kind,
        record_id=command.record_id,
        kind=command.kind,
        name=command.file.name,
        file_type=command.file.file_type,
        sha256=_keep(session, command.file.content),
        note=texts.note("Note", command.note) if command.note else None,
        attached_at=brought_at,
        attached_by_id=brought_by_id,
    )
    session.add(attachment)
    audit.record(session, act, "file attached", row, attachment)
    return attachment


def attach_also(session: Session, act: Act, attachment_id: int, record_kind: str, record_id: int) -> Attachment:
    """The same file with another record too; its bytes are not kept twice."""
    act.require(Permission.ATTACH_FILE)
    known = get_attachment(session, site_id=act.site_id, attachment_id=attachment_id)
    row = _carrier(session, act.site_id, record_kind, record_id)
    attachment = Attachment(
        site_id=act.site_id,
        record_kind=record_kind,
        record_id=record_id,
        kind=known.kind,
        name=known.name,
        file_type=known.file_type,
        sha256=known.sha256,
        note=known.note,
        attached_at=act.now,
        attached_by_id=act.user_id,
    )
    session.add(attachment)
    audit.record(session, act, "file attached", row, attachment)
    return attachment


def withdraw_attachment(session: Session, act: Act, command: WithdrawAttachment) -> Attachment:
    """It was a mistake: it is kept, and counts no longer. Raises `AttachmentAlreadyWithdrawn`."""
    act.require(Permission.WITHDRAW_FILE)
    attachment = get_attachment(session, site_id=act.site_id, attachment_id=command.attachment_id)
    if session.get(AttachmentWithdrawal, attachment.id) is not None:
        raise AttachmentAlreadyWithdrawn(attachment.name)
    reason = texts.reason(command.reason)
    session.add(
        AttachmentWithdrawal(
            attachment_id=attachment.id, reason=reason, withdrawn_at=act.now, withdrawn_by_id=act.user_id
        )
    )
    row = _carrier(session, act.site_id, attachment.record_kind, attachment.record_id)
    audit.record(session, act, "file withdrawn", row, attachment, reason=reason)
    return attachment


def get_attachment(session: Session, *, site_id: int | None, attachment_id: int) -> Attachment:
    """One whose record is seen at this site. Raises `RecordNotFound`."""
    attachment = session.get(Attachment, attachment_id)
    carrier = CARRIERS.get(attachment.record_kind) if attachment is not None else None
    if attachment is None or carrier is None or carrier(session, site_id, attachment.record_id) is None:
        raise RecordNotFound("attached file", str(attachment_id))
    return attachment


def attachments_of(session: Session, *, actor: Actor, record_kind: str, record_id: int) -> list[AttachedFile]:
    """The files of one record, the oldest first, the withdrawn ones too. Raises as `attach` does."""
    _carrier(session, actor.site_id, record_kind, record_id)
    query = _shown().where(Attachment.record_kind == record_kind, Attachment.record_id == record_id)
    return [AttachedFile(*row) for row in session.execute(query.order_by(Attachment.id).limit(MOST_SHOWN))]


def kept_file(session: Session, *, actor: Actor, attachment_id: int) -> KeptFile:
    """The file itself. Raises `RecordNotFound`."""
    attachment = get_attachment(session, site_id=actor.site_id, attachment_id=attachment_id)
    content = session.scalars(select(FileContent.content).where(FileContent.sha256 == attachment.sha256)).one()
    return KeptFile(attachment.name, attachment.file_type, content)


def files_in_force(
    session: Session, *, record_kind: str, record_ids: Collection[int], kind: AttachmentKind
) -> dict[int, list[Attachment]]:
    """Record -> its files of this kind that were not withdrawn, the oldest first. Only records with any."""
    counts = ~exists().where(AttachmentWithdrawal.attachment_id == Attachment.id)
    query = select(Attachment).where(
        Attachment.record_kind == record_kind, Attachment.record_id.in_(record_ids), Attachment.kind == kind, counts
    )
    found: dict[int, list[Attachment]] = {}
    for attachment in session.scalars(query.order_by(Attachment.id)):
        found.setdefault(attachment.record_id, []).append(attachment)
    return found


def _carrier(session: Session, site_id: int | None, record_kind: str, record_id: int) -> Base:
    carrier = CARRIERS.get(record_kind)
    if carrier is None:
        raise CannotCarryFiles(record_kind, tuple(CARRIERS))
    row = carrier(session, site_id, record_id)
    if row is None:
        raise RecordNotFound(record_kind.replace("_", " "), str(record_id))
    return row


def _keep(session: Session, content: bytes) -> bytes:
    """The digest under which the bytes are kept. Two who bring the same file at once race for it; one calls again."""
    sha256 = hashlib.sha256(content).digest()
    if session.scalar(select(FileContent.size).where(FileContent.sha256 == sha256)) is None:
        session.add(FileContent(sha256=sha256, size=len(content), content=content))
        session.flush()  # the attachment names it
    return sha256


def _shown() -> Select[*tuple[Any, ...]]:
    by, withdrawer = aliased(User), aliased(User)
    return (
        select(
            Attachment.id,
            Attachment.record_kind,
            Attachment.record_id,
            Attachment.kind,
            Attachment.name,
            Attachment.file_type,
            FileContent.size,
            Attachment.sha256,
            Attachment.note,
            Attachment.attached_at,
            by.full_name,
            AttachmentWithdrawal.withdrawn_at,
            withdrawer.full_name,
            AttachmentWithdrawal.reason,
        )
        .join(FileContent, FileContent.sha256 == Attachment.sha256)
        .join(by, by.id == Attachment.attached_by_id)
        .outerjoin(AttachmentWithdrawal, AttachmentWithdrawal.attachment_id == Attachment.id)
        .outerjoin(withdrawer, withdrawer.id == AttachmentWithdrawal.withdrawn_by_id)
    )
