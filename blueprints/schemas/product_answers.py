"""Products as the API answers them."""

from marshmallow import Schema, fields

from blueprints.schemas.values import ChoiceOf, DecimalString
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


class SavedProduct(Schema):
    product_id = fields.Integer(required=True)


class SavedSupplier(Schema):
    supplier_id = fields.Integer(required=True)


class DescribedProduct(Schema):
    id = fields.Integer(required=True)
    version = fields.Integer(required=True)
    name = fields.String(required=True)
    brand = fields.String(required=True, allow_none=True)
    ingredient_class = ChoiceOf(IngredientClass, required=True, allow_none=True)
    regulatory_class = ChoiceOf(RegulatoryClass, required=True)
    container_kind = ChoiceOf(ContainerKind, required=True)
    unit = ChoiceOf(Unit, required=True)
    content = DecimalString(required=True)
    tracking = ChoiceOf(Tracking, required=True)
    is_injectable = fields.Boolean(required=True)
    is_mix_never = fields.Boolean(required=True)
    is_preserved = fields.Boolean(required=True)
    is_sterile = fields.Boolean(required=True)
    may_be_kept = fields.Boolean(required=True, allow_none=True)
    is_light_sensitive = fields.Boolean(required=True, allow_none=True)
    label_in_use_hours = fields.Integer(required=True, allow_none=True)
    label_in_use_days = fields.Integer(required=True, allow_none=True)
    storage = ChoiceOf(Storage, required=True, allow_none=True)
    storage_words = fields.String(required=True, allow_none=True)
    ph_min = DecimalString(required=True, allow_none=True)
    ph_max = DecimalString(required=True, allow_none=True)
    overfill = DecimalString(required=True)
    reorder_point = DecimalString(required=True, allow_none=True)
    least_days_left = fields.Integer(required=True, allow_none=True)
    source = fields.String(required=True, allow_none=True)
    doubt = fields.String(required=True, allow_none=True)
    is_verified = fields.Boolean(required=True)
    is_active = fields.Boolean(required=True)


class ContainedSubstance(Schema):
    substance = fields.String(required=True, attribute="substance.name")
    strength = DecimalString(required=True)
    strength_unit = ChoiceOf(StrengthUnit, required=True)


class KnownCode(Schema):
    scheme = ChoiceOf(CodeScheme, required=True)
    code = fields.String(required=True)
    containers_per_pack = fields.Integer(required=True)


class KnownFlag(Schema):
    kind = ChoiceOf(ProductFlagKind, required=True)
    source = fields.String(required=True, allow_none=True)
    doubt = fields.String(required=True, allow_none=True)
    is_verified = fields.Boolean(required=True)


class KnownMaximumDose(Schema):
    """`interval_days` of 0 means in one session."""

    substance = fields.String(required=True, attribute="substance.name")
    maximum = DecimalString(required=True)
    unit = ChoiceOf(StrengthUnit, required=True)
    interval_days = fields.Integer(required=True)
    source = fields.String(required=True, allow_none=True)


class CatalogueProductAnswer(Schema):
    product = fields.Nested(DescribedProduct, required=True)
    synonyms = fields.List(fields.String(), required=True)
    strengths = fields.List(fields.Nested(ContainedSubstance), required=True)
    codes = fields.List(fields.Nested(KnownCode), required=True)
    flags = fields.List(fields.Nested(KnownFlag), required=True)
    doses = fields.List(fields.Nested(KnownMaximumDose), required=True)
