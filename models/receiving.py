"""Deliveries on their way in: the draft with its lines and scans, and what is added to a delivery afterwards.

A draft is a working paper, not a record: nothing of stock, trace or balance rests on it, so its tables stand apart
from the audit chain. What becomes of it enters the chain when it is begun, put away, or booked. `version` counts the
changes of a draft; a line and a scan carry the version at which they were last changed, and `DraftChange` says in
words what each version was. What was scanned is kept: with the draft as long as it lasts, then with the delivery.
"""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import APART, IMMUTABLE, Base, strict
from models.catalogue import Product
from models.types import Bytes, Choice, Count, Day, Flag, Money, RecordId, UtcDateTime, Words, choice_check
from models.vocabulary import AttachmentKind, CodeScheme, DeliveryLineKind, DraftScanState, FileType


class DeliveryDraft(Base):
    """A delivery in progress at a site, until it is booked as `delivery_id` or put away."""

    __tablename__ = "delivery_draft"
    __table_args__ = (
        Index(None, "site_id"),
        UniqueConstraint("delivery_id"),
        CheckConstraint("delivery_id IS NULL OR discarded_at IS NULL", name="ended_once"),
        strict(APART),
    )

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    supplier_id: Mapped[int] = mapped_column(ForeignKey("supplier.id"))
    reference: Mapped[str] = mapped_column(Words)
    location_id: Mapped[int] = mapped_column(ForeignKey("location.id"))
    version: Mapped[int] = mapped_column(Count, default=1)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    started_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    delivery_id: Mapped[int | None] = mapped_column(ForeignKey("delivery.id"))
    discarded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class DraftLine(Base):
    """`packs` boxes of `per_pack` containers of one lot. A number or date not known yet is empty.

    `has_no_expiry`: a person says that none is printed, which is not the same as not known yet.
    `confirmed_number`: the number of which a person says that it is no misread spelling of a known one.
    """

    __tablename__ = "draft_line"
    __table_args__ = (
        Index(None, "draft_id"),
        choice_check("kind", DeliveryLineKind),
        CheckConstraint("packs > 0", name="packs_positive"),
        CheckConstraint("per_pack > 0", name="per_pack_positive"),
        CheckConstraint("damaged >= 0", name="damaged_not_negative"),
        CheckConstraint("expires_on IS NULL OR NOT has_no_expiry", name="expiry_or_none"),
        strict(APART),
    )

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    draft_id: Mapped[int] = mapped_column(ForeignKey("delivery_draft.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    lot_number: Mapped[str | None] = mapped_column(Words)
    confirmed_number: Mapped[str | None] = mapped_column(Words)
    expires_on: Mapped[date | None] = mapped_column(Day)
    is_month_only: Mapped[bool] = mapped_column(Flag, default=False)
    has_no_expiry: Mapped[bool] = mapped_column(Flag, default=False)
    kind: Mapped[DeliveryLineKind] = mapped_column(Choice(DeliveryLineKind), default=DeliveryLineKind.BOUGHT)
    packs: Mapped[int] = mapped_column(Count)
    per_pack: Mapped[int] = mapped_column(Count, default=1)
    damaged: Mapped[int] = mapped_column(Count, default=0)
    damage_reason: Mapped[str | None] = mapped_column(Words)
    unit_cost: Mapped[Decimal | None] = mapped_column(Money)
    version: Mapped[int] = mapped_column(Count)

    product: Mapped[Product] = relationship()


class DraftScan(Base):
    """One scan: the text as it came, what it was read as, and what it did to which line, so that it can be undone.

    `filled`: the fields of the line that it filled; `answered`: the questions about it that a person has answered.
    """

    __tablename__ = "draft_scan"
    __table_args__ = (
        Index(None, "draft_id"),
        Index(None, "line_id"),
        choice_check("state", DraftScanState),
        choice_check("scheme", CodeScheme),
        choice_check("kind", DeliveryLineKind),
        CheckConstraint("packs_added >= 0", name="packs_added_not_negative"),
        strict(APART),
    )

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    draft_id: Mapped[int] = mapped_column(ForeignKey("delivery_draft.id"))
    line_id: Mapped[int | None] = mapped_column(ForeignKey("draft_line.id"))
    product_id: Mapped[int | None] = mapped_column(ForeignKey("product.id"))
    raw: Mapped[str] = mapped_column(Words)
    kind: Mapped[DeliveryLineKind] = mapped_column(Choice(DeliveryLineKind))
    scheme: Mapped[CodeScheme | None] = mapped_column(Choice(CodeScheme))
    code: Mapped[str | None] = mapped_column(Words)
    lot_number: Mapped[str | None] = mapped_column(Words)
    expires_on: Mapped[date | None] = mapped_column(Day)
    is_month_only: Mapped[bool] = mapped_column(Flag, default=False)
    serial: Mapped[str | None] = mapped_column(Words)
    warnings: Mapped[str] = mapped_column(Words, default="")
    state: Mapped[DraftScanState] = mapped_column(Choice(DraftScanState))
    answered: Mapped[str] = mapped_column(Words, default="")
    made_line: Mapped[bool] = mapped_column(Flag, default=False)
    packs_added: Mapped[int] = mapped_column(Count, default=0)
    filled: Mapped[str] = mapped_column(Words, default="")
    said: Mapped[str] = mapped_column(Words)
    version: Mapped[int] = mapped_column(Count)
    scanned_at: Mapped[datetime] = mapped_column(UtcDateTime)
    scanned_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))


class DraftFile(Base):
    """A certificate or photo brought while the delivery is in progress; without `line_id` it is of the delivery whole.

    When the draft is booked it becomes an attachment; when it is put away it goes.
    """

    __tablename__ = "draft_file"
    __table_args__ = (
        Index(None, "draft_id"),
        Index(None, "line_id"),
        choice_check("kind", AttachmentKind),
        choice_check("file_type", FileType),
        strict(APART),
    )

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    draft_id: Mapped[int] = mapped_column(ForeignKey("delivery_draft.id"))
    line_id: Mapped[int | None] = mapped_column(ForeignKey("draft_line.id"))
    kind: Mapped[AttachmentKind] = mapped_column(Choice(AttachmentKind))
    name: Mapped[str] = mapped_column(Words)
    file_type: Mapped[FileType] = mapped_column(Choice(FileType))
    size: Mapped[int] = mapped_column(Count)
    note: Mapped[str | None] = mapped_column(Words)
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    added_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))


class DraftFileContent(Base):
    """The bytes of one file of a draft, apart from what lists show of it."""

    __tablename__ = "draft_file_content"
    __table_args__ = (strict(APART),)

    file_id: Mapped[int] = mapped_column(ForeignKey("draft_file.id"), primary_key=True)
    content: Mapped[bytes] = mapped_column(Bytes)


class DraftChange(Base):
    """What one version of a draft was, in words, for whoever has an older one on the screen."""

    __tablename__ = "draft_change"
    __table_args__ = (UniqueConstraint("draft_id", "version"), strict(APART))

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    draft_id: Mapped[int] = mapped_column(ForeignKey("delivery_draft.id"))
    version: Mapped[int] = mapped_column(Count)
    said: Mapped[str] = mapped_column(Words)
    line_number: Mapped[int | None] = mapped_column(Count)  # the id of a line, which may be gone by now
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))


class DeliveryScan(Base):
    """The text of one scan as it came (SCN-11), kept with the line it was booked in."""

    __tablename__ = "delivery_scan"
    __table_args__ = (Index(None, "delivery_line_id"), strict(IMMUTABLE))

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    delivery_line_id: Mapped[int] = mapped_column(ForeignKey("delivery_line.id"))
    raw: Mapped[str] = mapped_column(Words)
    scanned_at: Mapped[datetime] = mapped_column(UtcDateTime)
    scanned_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))


class DeliveryLineCost(Base):
    """What one container of a line cost, learnt after it was booked. The newest counts; none is changed."""

    __tablename__ = "delivery_line_cost"
    __table_args__ = (
        Index(None, "delivery_line_id"),
        CheckConstraint("unit_cost >= 0", name="unit_cost_not_negative"),
        strict(IMMUTABLE),
    )

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    delivery_line_id: Mapped[int] = mapped_column(ForeignKey("delivery_line.id"))
    unit_cost: Mapped[Decimal] = mapped_column(Money)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
