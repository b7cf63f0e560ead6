"""What the catalogue's lists answer."""

from marshmallow import Schema, fields

from blueprints.schemas import Makes
from blueprints.schemas.values import ChoiceOf, DecimalString
from models.vocabulary import ContainerKind, IngredientClass, RegulatoryClass, Unit


class SavedSubstance(Schema):
    substance_id = fields.Integer(required=True)


class SavedArea(Schema):
    area_id = fields.Integer(required=True)


class SavedTechnique(Schema):
    technique_id = fields.Integer(required=True)


class VerifiedFact(Schema):
    fact_id = fields.Integer(required=True)


class FoundProductAnswer(Schema):
    id = fields.Integer(required=True)
    name = fields.String(required=True)
    brand = fields.String(required=True, allow_none=True)
    ingredient_class = ChoiceOf(IngredientClass, required=True, allow_none=True)
    regulatory_class = ChoiceOf(RegulatoryClass, required=True)
    container_kind = ChoiceOf(ContainerKind, required=True)
    unit = ChoiceOf(Unit, required=True)
    content = DecimalString(required=True)
    contents = fields.List(fields.String(), required=True)
    is_verified = fields.Boolean(required=True)
    is_active = fields.Boolean(required=True)


class FoundProductsAnswer(Schema):
    """`next_after`: what to ask the next part with."""

    products = fields.List(fields.Nested(FoundProductAnswer), required=True)
    next_after = fields.String(required=True, allow_none=True)


class SourcedAnswer(Schema):
    id = fields.Integer(required=True)
    name = fields.String(required=True)
    source = fields.String(required=True, allow_none=True)
    doubt = fields.String(required=True, allow_none=True)
    is_verified = fields.Boolean(required=True)


class ListedSubstance(SourcedAnswer):
    version = fields.Integer(required=True)
    ingredient_class = ChoiceOf(IngredientClass, required=True, allow_none=True)


class SubstancesAnswer(Schema):
    substances = fields.List(fields.Nested(ListedSubstance), required=True)


class ListedArea(SourcedAnswer):
    is_active = fields.Boolean(required=True)


class ListedTechnique(ListedArea):
    depth = fields.String(required=True, allow_none=True)
    geometry = fields.String(required=True, allow_none=True)


class TechniquesAnswer(Schema):
    areas = fields.List(fields.Nested(ListedArea), required=True)
    techniques = fields.List(fields.Nested(ListedTechnique), required=True)


class VerifyFactSchema(Makes):
    """Kind and number stand in the address."""

    @staticmethod
    def command(*, kind: str, fact_id: int) -> tuple[str, int]:
        return kind, fact_id
