"""Stock: deliveries, lots, containers, holds, and the ledger of entries and moves.

Invariants, kept by services and compared by `inventory.invariants`:

- every amount is in a container; it enters and leaves only by a move, and moves are never edited;
- `Container.remaining` and `location_id` are the sum and the last place of its moves;
- moves carry no lot: the lot is the container's, so a corrected lot takes its history along;
- nothing here is a status: sealed, open, closed, held and expired are derived.
"""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, literal_column, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import BY_MOVES, IMMUTABLE, Base, strict
from models.catalogue import Product
from models.organisation import Location
from models.types import Amount, Choice, Count, Day, Flag, Money, RecordId, UtcDateTime, Words, choice_check
from models.vocabulary import (
    DeliveryLineKind,
    EntryPurpose,
    HoldKind,
    IdentifiedBy,
    LotOrigin,
    MovePurpose,
    WasteReason,
)


class Delivery(Base):
    __tablename__ = "delivery"
    __table_args__ = (Index(None, "site_id", "received_at"), strict())

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    supplier_id: Mapped[int] = mapped_column(ForeignKey("supplier.id"))
    reference: Mapped[str] = mapped_column(Words)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)


class DeliveryLine(Base):
    __tablename__ = "delivery_line"
    __table_args__ = (
        Index(None, "delivery_id"),
        Index(None, "lot_id"),
        choice_check("kind", DeliveryLineKind),
        CheckConstraint("containers > 0", name="containers_positive"),
        CheckConstraint("damaged >= 0 AND damaged <= containers", name="damaged_within"),
        strict(IMMUTABLE),
    )

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    delivery_id: Mapped[int] = mapped_column(ForeignKey("delivery.id"))
    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"))
    kind: Mapped[DeliveryLineKind] = mapped_column(Choice(DeliveryLineKind))
    containers: Mapped[int] = mapped_column(Count)
    damaged: Mapped[int] = mapped_column(Count, default=0)
    unit_cost: Mapped[Decimal | None] = mapped_column(Money)
    raw_scan: Mapped[str | None] = mapped_column(Words)


class Lot(Base):
    """One identified quantity of a product. Lot numbers compare exactly, case and zeros included (SCN-12)."""

    __tablename__ = "lot"
    __table_args__ = (
        UniqueConstraint("product_id", "lot_number"),
        Index(None, "lot_number"),
        choice_check("origin", LotOrigin),
        strict(),
    )

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    lot_number: Mapped[str] = mapped_column(Words)
    expires_on: Mapped[date | None] = mapped_column(Day)
    is_month_only: Mapped[bool] = mapped_column(Flag, default=False)
    origin: Mapped[LotOrigin] = mapped_column(Choice(LotOrigin))
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("lot.id"))

    product: Mapped[Product] = relationship()


class LotCorrection(Base):
    """A lot typed wrong: these containers belong to another lot. The old spelling stays findable."""

    __tablename__ = "lot_correction"
    __table_args__ = (Index(None, "from_lot_id"), Index(None, "to_lot_id"), strict(IMMUTABLE))

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    from_lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"))
    to_lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"))
    reason: Mapped[str] = mapped_column(Words)
    corrected_at: Mapped[datetime] = mapped_column(UtcDateTime)
    signature_id: Mapped[int] = mapped_column(ForeignKey("signature.id"))


class LotCorrectionContainer(Base):
    __tablename__ = "lot_correction_container"
    __table_args__ = (Index(None, "container_id"), strict(IMMUTABLE))

    correction_id: Mapped[int] = mapped_column(ForeignKey("lot_correction.id"), primary_key=True)
    container_id: Mapped[int] = mapped_column(ForeignKey("container.id"), primary_key=True)


class Pack(Base):
    """A maker's serialised box: AI 21 names the pack, which may hold ten ampoules."""

    __tablename__ = "pack"
    __table_args__ = (UniqueConstraint("gtin", "serial"), Index(None, "lot_id"), strict())

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    gtin: Mapped[str] = mapped_column(Words)
    serial: Mapped[str] = mapped_column(Words)
    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"))


_NOT_EMPTY = text("remaining > 0")
_IS_OPEN = text("remaining > 0 AND opened_at IS NOT NULL")
_SPLIT_OFF = text("split_from_id IS NOT NULL")


class Container(Base):
    """One vial, ampoule, syringe, bag or pack. `found` is what it held beyond its content (overfill)."""

    __tablename__ = "container"
    __table_args__ = (
        UniqueConstraint("code"),
        Index(None, "lot_id"),
        # Holds all that the sums of the stock list need, so that they never read a container.
        Index(
            "ix_container_on_hand",
            "location_id",
            "lot_id",
            "opened_at",
            "remaining",
            sqlite_where=_NOT_EMPTY,
            postgresql_where=_NOT_EMPTY,
        ),
        Index("ix_container_opened", "location_id", "lot_id", sqlite_where=_IS_OPEN, postgresql_where=_IS_OPEN),
        Index("ix_container_on_hand_lot", "lot_id", sqlite_where=_NOT_EMPTY, postgresql_where=_NOT_EMPTY),
        Index("ix_container_split_from", "split_from_id", sqlite_where=_SPLIT_OFF, postgresql_where=_SPLIT_OFF),
        CheckConstraint("content > 0", name="content_positive"),
        CheckConstraint("found >= 0", name="found_not_negative"),
        CheckConstraint("remaining >= 0 AND remaining <= content + found", name="remaining_within"),
        CheckConstraint("discard_at IS NULL OR opened_at IS NOT NULL", name="discard_when_opened"),
        CheckConstraint("(closed_at IS NULL) = (closed_why IS NULL)", name="closed_somehow"),
        choice_check("closed_why", MovePurpose),
        strict(),
    )

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    code: Mapped[str] = mapped_column(Words)
    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"))
    pack_id: Mapped[int | None] = mapped_column(ForeignKey("pack.id"))
    location_id: Mapped[int] = mapped_column(ForeignKey("location.id"), info={"audit": BY_MOVES})
    content: Mapped[Decimal] = mapped_column(Amount)
    found: Mapped[Decimal] = mapped_column(Amount, default=Decimal(0), info={"audit": BY_MOVES})
    remaining: Mapped[Decimal] = mapped_column(Amount, info={"audit": BY_MOVES})
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    discard_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    opened_for_session_id: Mapped[int | None] = mapped_column(ForeignKey("treatment_session.id"))
    kept_for_patient_id: Mapped[int | None] = mapped_column(ForeignKey("patient.id"))
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime, info={"audit": BY_MOVES})
    closed_why: Mapped[MovePurpose | None] = mapped_column(Choice(MovePurpose), info={"audit": BY_MOVES})
    split_from_id: Mapped[int | None] = mapped_column(ForeignKey("container.id"))

    lot: Mapped[Lot] = relationship()
    location: Mapped[Location] = relationship()


# A parameter would hide from SQLite that the partial indexes serve this question.
IS_NOT_EMPTY = Container.remaining > literal_column("0")


class Hold(Base):
    """A container, a lot (at one site or all) or a place kept from use. Holds add up.

    `parent_id`: written onto a container because its place is held; lifted with it.
    """

    __tablename__ = "hold"
    __table_args__ = (
        CheckConstraint(
            "(CASE WHEN container_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN lot_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN location_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="one_target",
        ),
        CheckConstraint("(lifted_at IS NULL) = (lifted_by_id IS NULL)", name="lifted_by_someone"),
        choice_check("kind", HoldKind),
        Index(
            "ix_hold_container",
            "container_id",
            sqlite_where=text("lifted_at IS NULL"),
            postgresql_where=text("lifted_at IS NULL"),
        ),
        Index(
            "ix_hold_lot", "lot_id", sqlite_where=text("lifted_at IS NULL"), postgresql_where=text("lifted_at IS NULL")
        ),
        Index(
            "ix_hold_location",
            "location_id",
            sqlite_where=text("lifted_at IS NULL"),
            postgresql_where=text("lifted_at IS NULL"),
        ),
        Index(None, "parent_id"),
        strict(),
    )

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    kind: Mapped[HoldKind] = mapped_column(Choice(HoldKind))
    cause: Mapped[str] = mapped_column(Words)
    container_id: Mapped[int | None] = mapped_column(ForeignKey("container.id"))
    lot_id: Mapped[int | None] = mapped_column(ForeignKey("lot.id"))
    location_id: Mapped[int | None] = mapped_column(ForeignKey("location.id"))
    site_id: Mapped[int | None] = mapped_column(ForeignKey("site.id"))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("hold.id"))
    delivery_line_id: Mapped[int | None] = mapped_column(ForeignKey("delivery_line.id"))
    placed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    placed_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    lifted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lifted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    lift_reason: Mapped[str | None] = mapped_column(Words)


_DOCUMENTS = {
    EntryPurpose.RECEIVED: "delivery_id",
    EntryPurpose.COMPOUNDED: "compounding_record_id",
    EntryPurpose.ADMINISTERED: "treatment_session_id",
    EntryPurpose.CORRECTED: "corrects_id",
    EntryPurpose.TRANSFERRED: "transfer_id",
}


class StockEntry(Base):
    """One happening in the cupboard. Order is by id, not by time: late entries are entered late."""

    __tablename__ = "stock_entry"
    __table_args__ = (
        *(
            CheckConstraint(f"({column} IS NOT NULL) = (purpose = '{purpose.value}')", name=f"{column}_when_due")
            for purpose, column in _DOCUMENTS.items()
        ),
        CheckConstraint("occurred_at <= recorded_at", name="not_ahead"),
        choice_check("purpose", EntryPurpose),
        Index(None, "delivery_id"),
        Index(None, "compounding_record_id"),
        Index(None, "treatment_session_id"),
        Index(None, "corrects_id"),
        Index(None, "transfer_id"),
        Index(None, "site_id", "occurred_at"),
        strict(IMMUTABLE),
    )

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    purpose: Mapped[EntryPurpose] = mapped_column(Choice(EntryPurpose))
    occurred_at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    reason: Mapped[str | None] = mapped_column(Words)
    delivery_id: Mapped[int | None] = mapped_column(ForeignKey("delivery.id"))
    compounding_record_id: Mapped[int | None] = mapped_column(ForeignKey("compounding_record.id"))
    treatment_session_id: Mapped[int | None] = mapped_column(ForeignKey("treatment_session.id"))
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("stock_entry.id"))
    transfer_id: Mapped[int | None] = mapped_column(ForeignKey("transfer.id"))

    moves: Mapped[list["StockMove"]] = relationship(back_populates="entry", order_by="StockMove.id")


class OpeningStockLine(Base):
    """What was said at the shelf when the clinic started: how much of one lot stood there, and how it was read."""

    __tablename__ = "opening_stock_line"
    __table_args__ = (
        CheckConstraint("containers > 0", name="containers_positive"),
        Index(None, "entry_id"),
        Index(None, "location_id"),
        strict(IMMUTABLE),
    )

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("stock_entry.id"))
    location_id: Mapped[int] = mapped_column(ForeignKey("location.id"))
    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"))
    containers: Mapped[int] = mapped_column(Count)
    left_entered: Mapped[str | None] = mapped_column(Words)
    raw_scan: Mapped[str | None] = mapped_column(Words)
    can_be_read: Mapped[str | None] = mapped_column(Words)


class StockMove(Base):
    """An amount of one container, from one location to another. Never edited: a mistake is reversed."""

    __tablename__ = "stock_move"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("from_location_id <> to_location_id", name="goes_somewhere"),
        CheckConstraint("(waste_reason IS NOT NULL) = (purpose IN ('wasted', 'destroyed'))", name="waste_has_reason"),
        UniqueConstraint("reverses_id"),
        choice_check("purpose", MovePurpose),
        choice_check("identified_by", IdentifiedBy),
        choice_check("waste_reason", WasteReason),
        Index(None, "container_id"),
        Index(None, "entry_id"),
        strict(IMMUTABLE),
    )

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("stock_entry.id"))
    container_id: Mapped[int] = mapped_column(ForeignKey("container.id"))
    from_location_id: Mapped[int] = mapped_column(ForeignKey("location.id"))
    to_location_id: Mapped[int] = mapped_column(ForeignKey("location.id"))
    amount: Mapped[Decimal] = mapped_column(Amount)
    purpose: Mapped[MovePurpose] = mapped_column(Choice(MovePurpose))
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("stock_move.id"))
    identified_by: Mapped[IdentifiedBy] = mapped_column(Choice(IdentifiedBy), default=IdentifiedBy.BY_HAND)
    waste_reason: Mapped[WasteReason | None] = mapped_column(Choice(WasteReason))

    entry: Mapped[StockEntry] = relationship(back_populates="moves")
    container: Mapped[Container] = relationship()
