"""Evidence: audit chains, checkpoints, the access log, signatures and attached files. Only ever added to.

Chain 0 is the organisation; each site has its own. The chain's row is also the write lock (docs/decisions/0004).
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import APART, IMMUTABLE, Base, strict
from models.types import Bytes, Choice, Count, Digest, Flag, RecordId, UtcDateTime, Words, choice_check
from models.vocabulary import AttachmentKind, FileType, SignatureMeaning


class AuditChain(Base):
    """The head of one chain: the last number, its hash and its time."""

    __tablename__ = "audit_chain"
    __table_args__ = (UniqueConstraint("site_id"), strict(APART))

    id: Mapped[int] = mapped_column(RecordId, primary_key=True, autoincrement=False)
    site_id: Mapped[int | None] = mapped_column(ForeignKey("site.id"))
    seq: Mapped[int] = mapped_column(Count)
    hash: Mapped[bytes] = mapped_column(Digest)
    at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AuditEntry(Base):
    """`hash` is SHA-256 over the previous hash and `body`; the other columns repeat the body for search."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        UniqueConstraint("chain_id", "seq"),
        Index(None, "at"),
        strict(APART),
    )

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    chain_id: Mapped[int] = mapped_column(ForeignKey("audit_chain.id"))
    seq: Mapped[int] = mapped_column(Count)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    action: Mapped[str] = mapped_column(Words)
    body: Mapped[str] = mapped_column(Words)
    hash: Mapped[bytes] = mapped_column(Digest)


class AuditSubject(Base):
    """Which records an entry is about, so that a record's history is one look-up."""

    __tablename__ = "audit_subject"
    __table_args__ = (
        Index(None, "kind", "record_id", "entry_id"),
        {**strict(APART), "sqlite_with_rowid": False},
    )

    entry_id: Mapped[int] = mapped_column(ForeignKey("audit_entry.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(Words, primary_key=True)
    record_id: Mapped[int] = mapped_column(RecordId, primary_key=True)


class AuditCheckpoint(Base):
    """A chain's head at a time, with a digest of the access log up to a row. Exported, it leaves the machine."""

    __tablename__ = "audit_checkpoint"
    __table_args__ = (Index(None, "chain_id", "seq"), strict(APART))

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    chain_id: Mapped[int] = mapped_column(ForeignKey("audit_chain.id"))
    seq: Mapped[int] = mapped_column(Count)
    hash: Mapped[bytes] = mapped_column(Digest)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    access_log_id: Mapped[int] = mapped_column(RecordId)
    access_log_hash: Mapped[bytes] = mapped_column(Digest)


class AccessLog(Base):
    """Who looked at which patient, when, through which page."""

    __tablename__ = "access_log"
    __table_args__ = (Index(None, "patient_id", "at"), Index(None, "user_id", "at"), strict(APART))

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    patient_id: Mapped[int | None] = mapped_column(ForeignKey("patient.id"))
    page: Mapped[str] = mapped_column(Words)


class Signature(Base):
    """A person's word on a record: the very text signed is kept (21 CFR 11.50, 11.70)."""

    __tablename__ = "signature"
    __table_args__ = (
        CheckConstraint("NOT is_single_handed OR reason IS NOT NULL", name="single_handed_says_why"),
        choice_check("meaning", SignatureMeaning),
        Index(None, "record_kind", "record_id"),
        strict(IMMUTABLE),
    )

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    printed_name: Mapped[str] = mapped_column(Words)
    meaning: Mapped[SignatureMeaning] = mapped_column(Choice(SignatureMeaning))
    signed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    record_kind: Mapped[str] = mapped_column(Words)
    record_id: Mapped[int] = mapped_column(RecordId)
    text: Mapped[str] = mapped_column(Words)
    is_single_handed: Mapped[bool] = mapped_column(Flag, default=False)
    reason: Mapped[str | None] = mapped_column(Words)


class FileContent(Base):
    """The bytes of a file, once however often it is attached. Not in the chain: its digest is, with each attachment."""

    __tablename__ = "file_content"
    __table_args__ = (
        UniqueConstraint("sha256"),
        CheckConstraint("size > 0", name="size_positive"),
        strict(APART),
    )

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    sha256: Mapped[bytes] = mapped_column(Digest)
    size: Mapped[int] = mapped_column(Count)
    content: Mapped[bytes] = mapped_column(Bytes)


class Attachment(Base):
    """A file that belongs to a record. `record_kind` is the record's table; `name` is cleaned and ends rightly."""

    __tablename__ = "attachment"
    __table_args__ = (
        choice_check("kind", AttachmentKind),
        choice_check("file_type", FileType),
        Index(None, "record_kind", "record_id"),
        Index(None, "sha256"),
        strict(IMMUTABLE),
    )

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    record_kind: Mapped[str] = mapped_column(Words)
    record_id: Mapped[int] = mapped_column(RecordId)
    kind: Mapped[AttachmentKind] = mapped_column(Choice(AttachmentKind))
    name: Mapped[str] = mapped_column(Words)
    file_type: Mapped[FileType] = mapped_column(Choice(FileType))
    sha256: Mapped[bytes] = mapped_column(ForeignKey("file_content.sha256"))
    note: Mapped[str | None] = mapped_column(Words)
    attached_at: Mapped[datetime] = mapped_column(UtcDateTime)
    attached_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))


class AttachmentWithdrawal(Base):
    """The attachment was a mistake. The file is kept, and no longer counts."""

    __tablename__ = "attachment_withdrawal"
    __table_args__ = (strict(IMMUTABLE),)

    attachment_id: Mapped[int] = mapped_column(ForeignKey("attachment.id"), primary_key=True)
    reason: Mapped[str] = mapped_column(Words)
    withdrawn_at: Mapped[datetime] = mapped_column(UtcDateTime)
    withdrawn_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
