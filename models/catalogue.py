"""What is stocked or made: substances, products with their strengths and codes, suppliers.

Amounts of a product are in its `unit`; `content` is what one full container holds. `label_in_use_hours`
or `label_in_use_days` is the maker's own statement on an opened container and wins over generic limits.
"""

from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, strict
from models.types import Amount, Choice, Count, Flag, RecordId, Strength, Words, choice_check
from models.vocabulary import CodeScheme, ContainerKind, RegulatoryClass, StrengthUnit, Tracking, Unit


class Supplier(Base):
    __tablename__ = "supplier"
    __table_args__ = (UniqueConstraint("name"), strict())

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    name: Mapped[str] = mapped_column(Words)
    is_active: Mapped[bool] = mapped_column(Flag, default=True)


class Substance(Base):
    __tablename__ = "substance"
    __table_args__ = (UniqueConstraint("name"), strict())

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    name: Mapped[str] = mapped_column(Words)


class Product(Base):
    __tablename__ = "product"
    __table_args__ = (
        UniqueConstraint("name"),
        choice_check("regulatory_class", RegulatoryClass),
        choice_check("container_kind", ContainerKind),
        choice_check("unit", Unit),
        choice_check("tracking", Tracking),
        CheckConstraint("content > 0", name="content_positive"),
        CheckConstraint("overfill >= 0", name="overfill_not_negative"),
        CheckConstraint("label_in_use_hours IS NULL OR label_in_use_days IS NULL", name="one_label_in_use"),
        strict(),
    )

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    name: Mapped[str] = mapped_column(Words)
    regulatory_class: Mapped[RegulatoryClass] = mapped_column(Choice(RegulatoryClass))
    container_kind: Mapped[ContainerKind] = mapped_column(Choice(ContainerKind))
    unit: Mapped[Unit] = mapped_column(Choice(Unit))
    content: Mapped[Decimal] = mapped_column(Amount)
    tracking: Mapped[Tracking] = mapped_column(Choice(Tracking), default=Tracking.EACH)
    is_injectable: Mapped[bool] = mapped_column(Flag, default=True)
    is_mix_never: Mapped[bool] = mapped_column(Flag, default=False)
    is_preserved: Mapped[bool] = mapped_column(Flag, default=False)
    is_sterile: Mapped[bool] = mapped_column(Flag, default=True)
    label_in_use_hours: Mapped[int | None] = mapped_column(Count)
    label_in_use_days: Mapped[int | None] = mapped_column(Count)
    overfill: Mapped[Decimal] = mapped_column(Amount, default=Decimal(0))
    is_free_cocktail: Mapped[bool] = mapped_column(Flag, default=False)
    version: Mapped[int] = mapped_column(Count, default=1)

    strengths: Mapped[list["ProductStrength"]] = relationship(order_by="ProductStrength.id")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  # SQLAlchemy reads it as a class attribute


class ProductStrength(Base):
    """`strength` of the substance, in `strength_unit`, in one unit of the product: 20 mg per mL."""

    __tablename__ = "product_strength"
    __table_args__ = (
        UniqueConstraint("product_id", "substance_id"),
        choice_check("strength_unit", StrengthUnit),
        CheckConstraint("strength > 0", name="strength_positive"),
        strict(),
    )

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    substance_id: Mapped[int] = mapped_column(ForeignKey("substance.id"))
    strength: Mapped[Decimal] = mapped_column(Strength)
    strength_unit: Mapped[StrengthUnit] = mapped_column(Choice(StrengthUnit))

    substance: Mapped[Substance] = relationship()


class ProductCode(Base):
    __tablename__ = "product_code"
    __table_args__ = (
        UniqueConstraint("scheme", "code"),
        Index(None, "product_id"),
        choice_check("scheme", CodeScheme),
        CheckConstraint("containers_per_pack > 0", name="containers_positive"),
        strict(),
    )

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    scheme: Mapped[CodeScheme] = mapped_column(Choice(CodeScheme))
    code: Mapped[str] = mapped_column(Words)
    containers_per_pack: Mapped[int] = mapped_column(Count, default=1)
