"""What is stocked or made: substances, products with strengths, codes and flags, suppliers; what must not be mixed.

Amounts of a product are in its `unit`; `content` is what one full container holds. `label_in_use_hours`
or `label_in_use_days` is the maker's own statement on an opened container and wins over generic limits.

- A sourced fact says where it comes from; while a `doubt` is written on it, it counts as verified only once a
  person has verified it. What a person of the clinic enters carries no doubt.
- Nothing is deleted: what was taken off or is no longer used keeps its row and the time.
- `search_words` are derived: folded names and synonyms, for finding only.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, UniqueConstraint, or_
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import DERIVED, IMMUTABLE, Base, strict
from models.folding import folded
from models.types import (
    Amount,
    Choice,
    Count,
    Flag,
    RecordId,
    Strength,
    UtcDateTime,
    Words,
    choice_check,
)
from models.vocabulary import (
    CodeScheme,
    ContainerKind,
    IncompatibilityLevel,
    IngredientClass,
    ProductFlagKind,
    RegulatoryClass,
    SelectorKind,
    Storage,
    StrengthUnit,
    Tracking,
    Unit,
)


def _folded_name(context: Any) -> str:
    return folded(context.get_current_parameters()["name"])


def _verified_by_somebody() -> CheckConstraint:
    return CheckConstraint("(verified_at IS NULL) = (verified_by_id IS NULL)", name="verified_by_somebody")


class Sourced:
    """A fact with its origin. `seed_key` names it in the data that Vialtrace ships."""

    source: Mapped[str | None] = mapped_column(Words)
    doubt: Mapped[str | None] = mapped_column(Words)
    verified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    verified_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    seed_key: Mapped[str | None] = mapped_column(Words)

    @hybrid_property
    def is_verified(self) -> bool:
        return self.doubt is None or self.verified_at is not None

    @is_verified.inplace.expression
    @classmethod
    def _is_verified(cls) -> ColumnElement[bool]:
        return or_(cls.doubt.is_(None), cls.verified_at.is_not(None))


class Retired:
    """Kept for what refers to it, and offered no more since `deactivated_at`."""

    deactivated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @hybrid_property
    def is_active(self) -> bool:
        return self.deactivated_at is None

    @is_active.inplace.expression
    @classmethod
    def _is_active(cls) -> ColumnElement[bool]:
        return cls.deactivated_at.is_(None)


class Supplier(Base):
    __tablename__ = "supplier"
    __table_args__ = (UniqueConstraint("name"), strict())

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    name: Mapped[str] = mapped_column(Words)
    contact: Mapped[str | None] = mapped_column(Words)
    is_active: Mapped[bool] = mapped_column(Flag, default=True)
    version: Mapped[int] = mapped_column(Count, default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  # SQLAlchemy reads it as a class attribute


class Substance(Sourced, Base):
    """`synonyms`: one a line."""

    __tablename__ = "substance"
    __table_args__ = (
        UniqueConstraint("name"),
        UniqueConstraint("seed_key"),
        choice_check("ingredient_class", IngredientClass),
        _verified_by_somebody(),
        strict(),
    )

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    name: Mapped[str] = mapped_column(Words)
    ingredient_class: Mapped[IngredientClass | None] = mapped_column(Choice(IngredientClass))
    synonyms: Mapped[str | None] = mapped_column(Words)
    search_words: Mapped[str] = mapped_column(Words, default=_folded_name, info={"audit": DERIVED})
    version: Mapped[int] = mapped_column(Count, default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  # as above


class Product(Sourced, Retired, Base):
    """`synonyms`: one a line. `may_be_kept`: an opened one may be kept for the patient it was opened for.

    `least_days_left`: the days to expiry with which it must come in, where its site's own policy does not fit it.
    """

    __tablename__ = "product"
    __table_args__ = (
        UniqueConstraint("name"),
        UniqueConstraint("seed_key"),
        choice_check("regulatory_class", RegulatoryClass),
        choice_check("container_kind", ContainerKind),
        choice_check("unit", Unit),
        choice_check("tracking", Tracking),
        choice_check("ingredient_class", IngredientClass),
        choice_check("storage", Storage),
        CheckConstraint("content > 0", name="content_positive"),
        CheckConstraint("overfill >= 0", name="overfill_not_negative"),
        CheckConstraint("label_in_use_hours IS NULL OR label_in_use_days IS NULL", name="one_label_in_use"),
        CheckConstraint("ph_min IS NULL OR ph_max IS NULL OR ph_min <= ph_max", name="ph_in_order"),
        CheckConstraint("reorder_point >= 0", name="reorder_point_not_negative"),
        _verified_by_somebody(),
        strict(),
    )

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    name: Mapped[str] = mapped_column(Words)
    brand: Mapped[str | None] = mapped_column(Words)
    synonyms: Mapped[str | None] = mapped_column(Words)
    ingredient_class: Mapped[IngredientClass | None] = mapped_column(Choice(IngredientClass))
    search_words: Mapped[str] = mapped_column(Words, default=_folded_name, info={"audit": DERIVED})
    regulatory_class: Mapped[RegulatoryClass] = mapped_column(Choice(RegulatoryClass))
    container_kind: Mapped[ContainerKind] = mapped_column(Choice(ContainerKind))
    unit: Mapped[Unit] = mapped_column(Choice(Unit))
    content: Mapped[Decimal] = mapped_column(Amount)
    tracking: Mapped[Tracking] = mapped_column(Choice(Tracking), default=Tracking.EACH)
    is_injectable: Mapped[bool] = mapped_column(Flag, default=True)
    is_mix_never: Mapped[bool] = mapped_column(Flag, default=False)
    is_preserved: Mapped[bool] = mapped_column(Flag, default=False)
    is_sterile: Mapped[bool] = mapped_column(Flag, default=True)
    may_be_kept: Mapped[bool | None] = mapped_column(Flag)
    label_in_use_hours: Mapped[int | None] = mapped_column(Count)
    label_in_use_days: Mapped[int | None] = mapped_column(Count)
    storage: Mapped[Storage | None] = mapped_column(Choice(Storage))
    storage_words: Mapped[str | None] = mapped_column(Words)
    is_light_sensitive: Mapped[bool | None] = mapped_column(Flag)
    ph_min: Mapped[Decimal | None] = mapped_column(Amount)  # exact, as every number that a rule compares
    ph_max: Mapped[Decimal | None] = mapped_column(Amount)
    overfill: Mapped[Decimal] = mapped_column(Amount, default=Decimal(0))
    reorder_point: Mapped[Decimal | None] = mapped_column(Amount)
    least_days_left: Mapped[int | None] = mapped_column(Count)
    is_free_cocktail: Mapped[bool] = mapped_column(Flag, default=False)
    version: Mapped[int] = mapped_column(Count, default=1)

    strengths: Mapped[list["ProductStrength"]] = relationship(
        primaryjoin="and_(Product.id == ProductStrength.product_id, ProductStrength.removed_at.is_(None))",
        order_by="ProductStrength.id",
    )
    flags: Mapped[list["ProductFlag"]] = relationship(
        primaryjoin="and_(Product.id == ProductFlag.product_id, ProductFlag.removed_at.is_(None))",
        order_by="ProductFlag.id",
        viewonly=True,
    )

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  # as above


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
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    substance: Mapped[Substance] = relationship()


class ProductCode(Base):
    """A code names one product. Taken off, it may be learnt for another."""

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
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ProductFlag(Sourced, Base):
    """What a product contains, or is, that a patient or a mixture may not bear."""

    __tablename__ = "product_flag"
    __table_args__ = (
        UniqueConstraint("product_id", "kind"),
        choice_check("kind", ProductFlagKind),
        _verified_by_somebody(),
        strict(),
    )

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    kind: Mapped[ProductFlagKind] = mapped_column(Choice(ProductFlagKind))
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ProductDose(Sourced, Base):
    """No more than `maximum` of the substance out of this product in one session, or in `interval_days` days.

    `interval_days` is 0 for one session. `source` says where it is written.
    """

    __tablename__ = "product_dose"
    __table_args__ = (
        UniqueConstraint("product_id", "substance_id", "interval_days"),
        choice_check("unit", StrengthUnit),
        CheckConstraint("maximum > 0", name="maximum_positive"),
        CheckConstraint("interval_days >= 0", name="interval_not_negative"),
        _verified_by_somebody(),
        strict(),
    )

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    substance_id: Mapped[int] = mapped_column(ForeignKey("substance.id"))
    interval_days: Mapped[int] = mapped_column(Count, default=0)
    maximum: Mapped[Decimal] = mapped_column(Strength)
    unit: Mapped[StrengthUnit] = mapped_column(Choice(StrengthUnit))
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    substance: Mapped[Substance] = relationship()


class IncompatibilityRule(Sourced, Retired, Base):
    """What of the first side meets what of the second side in one mixture, and what happens then.

    A side is met by any of its selectors; they never change. `unless`: the intent under which it does not hold.
    """

    __tablename__ = "incompatibility_rule"
    __table_args__ = (
        UniqueConstraint("code"),
        UniqueConstraint("seed_key"),
        choice_check("level", IncompatibilityLevel),
        _verified_by_somebody(),
        strict(),
    )

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    code: Mapped[str] = mapped_column(Words)
    level: Mapped[IncompatibilityLevel] = mapped_column(Choice(IncompatibilityLevel))
    what_happens: Mapped[str] = mapped_column(Words)
    unless: Mapped[str | None] = mapped_column(Words)
    version: Mapped[int] = mapped_column(Count, default=1)

    selectors: Mapped[list["IncompatibilitySelector"]] = relationship(order_by="IncompatibilitySelector.id")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  # as above


class IncompatibilitySelector(Base):
    """One way in which a product meets a side of a rule: by a substance, a class or a flag."""

    __tablename__ = "incompatibility_selector"
    __table_args__ = (
        Index(None, "rule_id"),
        choice_check("kind", SelectorKind),
        choice_check("ingredient_class", IngredientClass),
        choice_check("flag", ProductFlagKind),
        CheckConstraint("side IN (1, 2)", name="side_known"),
        CheckConstraint("(kind = 'substance') = (substance_id IS NOT NULL)", name="substance_named"),
        CheckConstraint("(kind = 'ingredient_class') = (ingredient_class IS NOT NULL)", name="class_named"),
        CheckConstraint("(kind = 'flag') = (flag IS NOT NULL)", name="flag_named"),
        strict(IMMUTABLE),
    )

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    rule_id: Mapped[int] = mapped_column(ForeignKey("incompatibility_rule.id"))
    side: Mapped[int] = mapped_column(Count)
    kind: Mapped[SelectorKind] = mapped_column(Choice(SelectorKind))
    substance_id: Mapped[int | None] = mapped_column(ForeignKey("substance.id"))
    ingredient_class: Mapped[IngredientClass | None] = mapped_column(Choice(IngredientClass))
    flag: Mapped[ProductFlagKind | None] = mapped_column(Choice(ProductFlagKind))

    substance: Mapped[Substance | None] = relationship()


class TreatmentArea(Sourced, Retired, Base):
    """Where on the body. Lists offer them by `position`."""

    __tablename__ = "treatment_area"
    __table_args__ = (UniqueConstraint("name"), UniqueConstraint("seed_key"), _verified_by_somebody(), strict())

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    name: Mapped[str] = mapped_column(Words)
    position: Mapped[int] = mapped_column(Count)


class Technique(Sourced, Retired, Base):
    """How it is injected. Depth and geometry are words for people: published depths differ."""

    __tablename__ = "technique"
    __table_args__ = (UniqueConstraint("name"), UniqueConstraint("seed_key"), _verified_by_somebody(), strict())

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    name: Mapped[str] = mapped_column(Words)
    depth: Mapped[str | None] = mapped_column(Words)
    geometry: Mapped[str | None] = mapped_column(Words)
    position: Mapped[int] = mapped_column(Count)
