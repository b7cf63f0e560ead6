"""Transfers between sites: asked for, sent into transit, and each container received, or lost on the way.

What was sent and what became of it are rows that are only added to. Where a transfer stands is derived from them.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import IMMUTABLE, Base, strict
from models.catalogue import Product
from models.organisation import Site
from models.stock import Container
from models.types import Choice, Count, RecordId, UtcDateTime, Words, choice_check
from models.vocabulary import Arrival, IdentifiedBy, TransferAsk


class Transfer(Base):
    """From one site to another. Sent at once or after it was asked for, received piece by piece."""

    __tablename__ = "transfer"
    __table_args__ = (
        Index(None, "from_site_id", "sent_at"),
        Index(None, "to_site_id", "sent_at"),
        choice_check("ask", TransferAsk),
        CheckConstraint("from_site_id <> to_site_id", name="goes_somewhere"),
        CheckConstraint("(asked_at IS NULL) = (asked_by_id IS NULL)", name="asked_by_someone"),
        CheckConstraint("(asked_at IS NULL) = (ask IS NULL)", name="asked_how"),
        CheckConstraint("(sent_at IS NULL) = (sent_by_id IS NULL)", name="sent_by_someone"),
        CheckConstraint("(cancelled_at IS NULL) = (cancel_reason IS NULL)", name="cancelled_with_reason"),
        CheckConstraint("asked_at IS NOT NULL OR sent_at IS NOT NULL", name="has_a_beginning"),
        CheckConstraint("sent_at IS NULL OR cancelled_at IS NULL", name="sent_or_cancelled"),
        strict(),
    )

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    from_site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    to_site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    ask: Mapped[TransferAsk | None] = mapped_column(Choice(TransferAsk))
    asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    note: Mapped[str | None] = mapped_column(Words)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sent_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cancelled_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    cancel_reason: Mapped[str | None] = mapped_column(Words)

    from_site: Mapped[Site] = relationship(foreign_keys=from_site_id)
    to_site: Mapped[Site] = relationship(foreign_keys=to_site_id)


class TransferWish(Base):
    """What was asked for: so many of a product, or one container by its code."""

    __tablename__ = "transfer_wish"
    __table_args__ = (
        Index(None, "transfer_id"),
        Index(None, "container_id"),
        CheckConstraint("(container_id IS NULL) = (product_id IS NOT NULL)", name="one_thing"),
        CheckConstraint("pieces > 0", name="pieces_positive"),
        strict(IMMUTABLE),
    )

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    transfer_id: Mapped[int] = mapped_column(ForeignKey("transfer.id"))
    product_id: Mapped[int | None] = mapped_column(ForeignKey("product.id"))
    container_id: Mapped[int | None] = mapped_column(ForeignKey("container.id"))
    pieces: Mapped[int] = mapped_column(Count)

    product: Mapped[Product | None] = relationship()
    container: Mapped[Container | None] = relationship()


class TransferLine(Base):
    """One container that was sent."""

    __tablename__ = "transfer_line"
    __table_args__ = (
        UniqueConstraint("transfer_id", "container_id"),
        Index(None, "container_id"),
        choice_check("identified_by", IdentifiedBy),
        strict(IMMUTABLE),
    )

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    transfer_id: Mapped[int] = mapped_column(ForeignKey("transfer.id"))
    container_id: Mapped[int] = mapped_column(ForeignKey("container.id"))
    identified_by: Mapped[IdentifiedBy] = mapped_column(Choice(IdentifiedBy))
    raw: Mapped[str | None] = mapped_column(Words)

    container: Mapped[Container] = relationship()
    transfer: Mapped[Transfer] = relationship()


class TransferArrival(Base):
    """What became of one container that was sent. `signature_id`: under the word that it is lost."""

    __tablename__ = "transfer_arrival"
    __table_args__ = (
        UniqueConstraint("line_id"),
        Index(None, "entry_id"),
        choice_check("arrival", Arrival),
        choice_check("identified_by", IdentifiedBy),
        CheckConstraint("(arrival = 'lost') = (signature_id IS NOT NULL)", name="lost_with_signature"),
        CheckConstraint("(arrival = 'arrived') = (note IS NULL)", name="says_what_is_wrong"),
        strict(IMMUTABLE),
    )

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("transfer_line.id"))
    arrival: Mapped[Arrival] = mapped_column(Choice(Arrival))
    entry_id: Mapped[int] = mapped_column(ForeignKey("stock_entry.id"))
    identified_by: Mapped[IdentifiedBy] = mapped_column(Choice(IdentifiedBy))
    raw: Mapped[str | None] = mapped_column(Words)
    note: Mapped[str | None] = mapped_column(Words)
    arrived_at: Mapped[datetime] = mapped_column(UtcDateTime)
    arrived_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    signature_id: Mapped[int | None] = mapped_column(ForeignKey("signature.id"))

    line: Mapped[TransferLine] = relationship()
