"""Products with what belongs to them: strengths, codes, flags, and a person's word on a fact."""

from typing import Any

from marshmallow import ValidationError, fields, validate

from blueprints.schemas import CommandSchema, Makes
from blueprints.schemas.values import (
    ChoiceOf,
    DecimalString,
    DecimalStringOrZero,
    Line,
    Note,
    WholeNumber,
    YesNo,
    in_words,
)
from inventory import texts
from inventory.catalogue.codes import LONGEST_CODE, MOST_IN_PACK, LearnCode
from inventory.catalogue.finding import ShownProducts
from inventory.catalogue.flags import RemoveFlag, SetFlag
from inventory.catalogue.maximum_doses import LONGEST_INTERVAL, SetMaximumDose
from inventory.catalogue.products import (
    LONGEST_LABEL_DAYS,
    LONGEST_LABEL_HOURS,
    MOST_DAYS_LEFT,
    ActivateProduct,
    AddProduct,
    ChangeMeasure,
    ChangeProduct,
    DeactivateProduct,
)
from inventory.catalogue.strengths import SetStrength
from inventory.catalogue.words import LONGEST_SYNONYM, MOST_SYNONYMS
from models.vocabulary import (
    CodeScheme,
    ContainerKind,
    IngredientClass,
    ProductFlagKind,
    RegulatoryClass,
    Storage,
    StrengthUnit,
    Tracking,
    Unit,
)


class Names(fields.Field[tuple[str, ...]]):
    """Several names; on a form one a line."""

    def __init__(self, **options: Any) -> None:
        super().__init__(metadata={"type": "array", "items": {"type": "string"}, "maxItems": MOST_SYNONYMS}, **options)

    def from_text(self, text: str) -> list[str]:
        return [line for line in text.splitlines() if line.strip()]

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> tuple[str, ...]:  # noqa: ARG002  # marshmallow's signature
        if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
            raise ValidationError("Enter names, each by itself.")
        if len(value) > MOST_SYNONYMS:
            raise ValidationError(f"Enter at most {MOST_SYNONYMS} names.")
        with in_words():
            return tuple(texts.line("Name", name, LONGEST_SYNONYM) for name in value)


class DescriptionSchema(Makes):
    brand = Line("Brand")
    synonyms = Names()
    ingredient_class = ChoiceOf(IngredientClass)
    is_injectable = YesNo()
    is_mix_never = YesNo()
    is_preserved = YesNo()
    is_sterile = YesNo()
    may_be_kept = YesNo()
    label_in_use_hours = WholeNumber(most=LONGEST_LABEL_HOURS)
    label_in_use_days = WholeNumber(most=LONGEST_LABEL_DAYS)
    storage = ChoiceOf(Storage)
    storage_words = Line("Storage")
    is_light_sensitive = YesNo()
    ph_min = DecimalStringOrZero()
    ph_max = DecimalStringOrZero()
    overfill = DecimalStringOrZero()
    reorder_point = DecimalStringOrZero()
    least_days_left = WholeNumber(least=0, most=MOST_DAYS_LEFT)
    source = Note("Source")


class NewProductSchema(DescriptionSchema):
    name = Line("Name", required=True)
    regulatory_class = ChoiceOf(RegulatoryClass, required=True)
    container_kind = ChoiceOf(ContainerKind, required=True)
    unit = ChoiceOf(Unit, required=True)
    content = DecimalString(required=True)
    tracking = ChoiceOf(Tracking)
    containers_per_pack = WholeNumber(most=MOST_IN_PACK)


class AddProductSchema(NewProductSchema):
    command = AddProduct

    gtin = Line("GTIN", longest=14)


class ChangeProductSchema(DescriptionSchema):
    command = ChangeProduct

    version = WholeNumber(required=True)
    name = Line("Name", required=True)
    regulatory_class = ChoiceOf(RegulatoryClass, required=True)
    container_kind = ChoiceOf(ContainerKind, required=True)


class ChangeProductFormSchema(ChangeProductSchema):
    """A browser leaves out a box that is not ticked."""

    is_injectable = YesNo(load_default=False)
    is_sterile = YesNo(load_default=False)


class ChangeMeasureSchema(Makes):
    command = ChangeMeasure

    version = WholeNumber(required=True)
    unit = ChoiceOf(Unit, required=True)
    content = DecimalString(required=True)
    tracking = ChoiceOf(Tracking)


class DeactivateProductSchema(Makes):
    command = DeactivateProduct

    version = WholeNumber(required=True)
    reason = Note("Reason", required=True)


class ActivateProductSchema(Makes):
    command = ActivateProduct

    version = WholeNumber(required=True)


class SetStrengthSchema(Makes):
    command = SetStrength

    substance = Line("Ingredient", required=True)
    strength = DecimalString(required=True)
    unit = ChoiceOf(StrengthUnit)


class SetMaximumDoseSchema(Makes):
    command = SetMaximumDose

    substance_id = WholeNumber(required=True)
    maximum = DecimalString(required=True)
    unit = ChoiceOf(StrengthUnit, required=True)
    source = Note("Source", required=True)
    interval_days = WholeNumber(least=0, most=LONGEST_INTERVAL)


class LearnCodeSchema(Makes):
    command = LearnCode

    scheme = ChoiceOf(CodeScheme, required=True)
    code = Line("Code", longest=LONGEST_CODE, required=True)
    containers_per_pack = WholeNumber(most=MOST_IN_PACK)


class SetFlagSchema(Makes):
    command = SetFlag

    kind = ChoiceOf(ProductFlagKind, required=True)
    source = Note("Source")


class RemoveFlagSchema(Makes):
    command = RemoveFlag

    reason = Note("Reason", required=True)


class ProductsAsked(CommandSchema):
    text = fields.String(validate=validate.Length(max=200), load_default="")
    ingredient_class = ChoiceOf(IngredientClass)
    show = ChoiceOf(ShownProducts, load_default=ShownProducts.OFFERED)
    after = fields.String(validate=validate.Length(max=200))
