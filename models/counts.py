"""Stock counts: what a person found in a place, reading by reading, and what came of it.

A reading is never edited; a wrong one is withdrawn. Each keeps what the books said at its instant, so that moves
recorded afterwards can be told from a difference. A result is frozen when the count is approved.
"""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import IMMUTABLE, Base, strict
from models.organisation import Location
from models.stock import Container, Lot
from models.types import Amount, Choice, Count, Flag, RecordId, UtcDateTime, Words, choice_check
from models.vocabulary import CountMethod, IdentifiedBy

_IN_PROGRESS = text("approved_at IS NULL AND discarded_at IS NULL")


class StockCount(Base):
    """One count of one place. `first_move_id`: the newest move when it began; what came later has arrived meanwhile."""

    __tablename__ = "stock_count"
    __table_args__ = (
        Index(None, "site_id", "started_at"),
        Index(
            "uq_stock_count_in_progress",
            "location_id",
            unique=True,
            sqlite_where=_IN_PROGRESS,
            postgresql_where=_IN_PROGRESS,
        ),
        CheckConstraint("(finished_at IS NULL) = (finished_by_id IS NULL)", name="finished_by_someone"),
        CheckConstraint("(approved_at IS NULL) = (signature_id IS NULL)", name="approved_with_signature"),
        CheckConstraint("(discarded_at IS NULL) = (discard_reason IS NULL)", name="discarded_with_reason"),
        CheckConstraint("approved_at IS NULL OR finished_at IS NOT NULL", name="approved_when_finished"),
        CheckConstraint("approved_at IS NULL OR discarded_at IS NULL", name="one_end"),
        strict(),
    )

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    location_id: Mapped[int] = mapped_column(ForeignKey("location.id"))
    is_blind: Mapped[bool] = mapped_column(Flag)
    first_move_id: Mapped[int] = mapped_column(Count)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    started_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    approved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    signature_id: Mapped[int | None] = mapped_column(ForeignKey("signature.id"))
    discarded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    discarded_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    discard_reason: Mapped[str | None] = mapped_column(Words)

    location: Mapped[Location] = relationship()


class CountReading(Base):
    """What one person saw at one instant: a container, a number of one lot, or something that does not belong here.

    `books_*`: what the books said then. `books_ids`: of a number, the containers it stands for, as `1-4,7`.
    """

    __tablename__ = "count_reading"
    __table_args__ = (
        Index(None, "count_id"),
        Index(None, "container_id"),
        choice_check("method", CountMethod),
        choice_check("identified_by", IdentifiedBy),
        CheckConstraint("amount IS NULL OR amount >= 0", name="amount_not_negative"),
        CheckConstraint("pieces IS NULL OR pieces >= 0", name="pieces_not_negative"),
        CheckConstraint("(lot_id IS NOT NULL) = (method = 'number')", name="number_of_a_lot"),
        CheckConstraint("(pieces IS NOT NULL) = (method = 'number')", name="number_has_pieces"),
        CheckConstraint(
            "container_id IS NOT NULL OR method IN ('number', 'stranger')", name="container_when_it_is_one"
        ),
        CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_by_id IS NULL)", name="withdrawn_by_someone"),
        strict(),
    )

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    count_id: Mapped[int] = mapped_column(ForeignKey("stock_count.id"))
    method: Mapped[CountMethod] = mapped_column(Choice(CountMethod))
    is_recount: Mapped[bool] = mapped_column(Flag)
    container_id: Mapped[int | None] = mapped_column(ForeignKey("container.id"))
    lot_id: Mapped[int | None] = mapped_column(ForeignKey("lot.id"))
    amount: Mapped[Decimal | None] = mapped_column(Amount)
    pieces: Mapped[int | None] = mapped_column(Count)
    identified_by: Mapped[IdentifiedBy] = mapped_column(Choice(IdentifiedBy))
    raw: Mapped[str | None] = mapped_column(Words)
    note: Mapped[str | None] = mapped_column(Words)
    books_amount: Mapped[Decimal | None] = mapped_column(Amount)
    books_location_id: Mapped[int | None] = mapped_column(ForeignKey("location.id"))
    books_opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    books_draws: Mapped[int] = mapped_column(Count, default=0)
    books_ids: Mapped[str | None] = mapped_column(Words)
    books_move_id: Mapped[int] = mapped_column(Count)
    counted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    counted_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    alone_reason: Mapped[str | None] = mapped_column(Words)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))

    container: Mapped[Container | None] = relationship()
    lot: Mapped[Lot | None] = relationship()


class CountExplanation(Base):
    """Why a difference came about, in a person's words. The newest one counts; the others stay."""

    __tablename__ = "count_explanation"
    __table_args__ = (
        Index(None, "count_id"),
        CheckConstraint("(container_id IS NULL) <> (lot_id IS NULL)", name="of_one_line"),
        strict(IMMUTABLE),
    )

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    count_id: Mapped[int] = mapped_column(ForeignKey("stock_count.id"))
    container_id: Mapped[int | None] = mapped_column(ForeignKey("container.id"))
    lot_id: Mapped[int | None] = mapped_column(ForeignKey("lot.id"))
    reason: Mapped[str] = mapped_column(Words)
    explained_at: Mapped[datetime] = mapped_column(UtcDateTime)
    explained_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))


class CountResult(Base):
    """One line of an approved count, as it was approved. `move_id`: what was booked, if anything was."""

    __tablename__ = "count_result"
    __table_args__ = (
        Index(None, "count_id"),
        Index(None, "container_id"),
        UniqueConstraint("move_id"),
        strict(IMMUTABLE),
    )

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    count_id: Mapped[int] = mapped_column(ForeignKey("stock_count.id"))
    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"))
    container_id: Mapped[int | None] = mapped_column(ForeignKey("container.id"))
    counted: Mapped[Decimal] = mapped_column(Amount)
    books_then: Mapped[Decimal] = mapped_column(Amount)
    booked: Mapped[Decimal] = mapped_column(Amount)
    tolerance: Mapped[Decimal] = mapped_column(Amount)
    explanation: Mapped[str | None] = mapped_column(Words)
    move_id: Mapped[int | None] = mapped_column(ForeignKey("stock_move.id"))
