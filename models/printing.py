"""Printed labels: which paper a site has, what was printed, how often and why again.

A sheet and its labels are never edited. `says` is what the label says without the patient's name and birth date, so
that nothing here has to be erased, and labels that no longer say what is true can be found.
"""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import IMMUTABLE, Base, strict
from models.types import Amount, Choice, Count, Flag, RecordId, UtcDateTime, Words, choice_check
from models.vocabulary import LabelKind, LabelLanguage


class LabelSheet(Base):
    """One print: labels on one medium, or written by hand where there was no printer."""

    __tablename__ = "label_sheet"
    __table_args__ = (
        CheckConstraint("is_by_hand OR medium IS NOT NULL", name="printed_on_something"),
        CheckConstraint("start_at >= 1 AND copies >= 1", name="counts_positive"),
        Index(None, "site_id", "printed_by_id"),
        strict(IMMUTABLE),
    )

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    printed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    printed_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    medium: Mapped[str | None] = mapped_column(Words)
    start_at: Mapped[int] = mapped_column(Count, default=1)
    copies: Mapped[int] = mapped_column(Count, default=1)
    is_by_hand: Mapped[bool] = mapped_column(Flag, default=False)
    reason: Mapped[str | None] = mapped_column(Words)

    labels: Mapped[list["LabelPrint"]] = relationship(back_populates="sheet", order_by="LabelPrint.position")


class LabelPrint(Base):
    """One label of a sheet. `copy_number`: the first of its copies on this sheet, counted over all sheets (PRN-02)."""

    __tablename__ = "label_print"
    __table_args__ = (
        UniqueConstraint("sheet_id", "position"),
        CheckConstraint(
            "(CASE WHEN container_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN lot_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN location_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="one_target",
        ),
        CheckConstraint("copy_number >= 1", name="copy_counted"),
        choice_check("kind", LabelKind),
        Index(None, "container_id"),
        Index(None, "lot_id"),
        Index(None, "location_id"),
        strict(IMMUTABLE),
    )

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    sheet_id: Mapped[int] = mapped_column(ForeignKey("label_sheet.id"))
    position: Mapped[int] = mapped_column(Count)
    kind: Mapped[LabelKind] = mapped_column(Choice(LabelKind))
    container_id: Mapped[int | None] = mapped_column(ForeignKey("container.id"))
    lot_id: Mapped[int | None] = mapped_column(ForeignKey("lot.id"))
    location_id: Mapped[int | None] = mapped_column(ForeignKey("location.id"))
    patient_id: Mapped[int | None] = mapped_column(ForeignKey("patient.id"))
    copy_number: Mapped[int] = mapped_column(Count)
    shows_identity: Mapped[bool] = mapped_column(Flag, default=False)
    says: Mapped[str] = mapped_column(Words)

    sheet: Mapped[LabelSheet] = relationship(back_populates="labels")


class LabelMedium(Base):
    """A site's own label stock, in millimetres (labels/media.py)."""

    __tablename__ = "label_medium"
    __table_args__ = (UniqueConstraint("site_id", "name"), strict())

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    name: Mapped[str] = mapped_column(Words)
    page_width: Mapped[Decimal] = mapped_column(Amount)
    page_height: Mapped[Decimal] = mapped_column(Amount)
    width: Mapped[Decimal] = mapped_column(Amount)
    height: Mapped[Decimal] = mapped_column(Amount)
    columns: Mapped[int] = mapped_column(Count)
    rows: Mapped[int] = mapped_column(Count)
    left_margin: Mapped[Decimal] = mapped_column(Amount)
    top_margin: Mapped[Decimal] = mapped_column(Amount)
    pitch_x: Mapped[Decimal] = mapped_column(Amount)
    pitch_y: Mapped[Decimal] = mapped_column(Amount)
    inset: Mapped[Decimal] = mapped_column(Amount)
    dpi: Mapped[int] = mapped_column(Count)
    is_active: Mapped[bool] = mapped_column(Flag, default=True)


class SiteLabels(Base):
    """In which language a site's labels are; English where it has chosen none."""

    __tablename__ = "site_labels"
    __table_args__ = (UniqueConstraint("site_id"), choice_check("language", LabelLanguage), strict())

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    language: Mapped[LabelLanguage] = mapped_column(Choice(LabelLanguage))
