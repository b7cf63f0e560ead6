"""A whole treatment in one request: session, cocktail, injection."""

from marshmallow import fields

from blueprints.schemas import Makes
from blueprints.schemas.compounding import CompoundSchema
from blueprints.schemas.sessions import StartSessionSchema
from blueprints.schemas.values import Line
from inventory.care.treating import RecordTreatment


class CocktailSchema(CompoundSchema):
    """The session is the one that this treatment starts."""

    class Meta(CompoundSchema.Meta):
        exclude = ("session_id",)


class RecordTreatmentSchema(Makes):
    command = RecordTreatment

    start = fields.Nested(StartSessionSchema, required=True)
    compound = fields.Nested(CocktailSchema, required=True)
    area = Line("Area", required=True)
    technique = Line("Technique")
