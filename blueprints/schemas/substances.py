"""What products contain."""

from blueprints.schemas import Makes
from blueprints.schemas.products import Names
from blueprints.schemas.values import ChoiceOf, Line, Note, WholeNumber
from inventory.catalogue.substances import AddSubstance, ChangeSubstance
from models.vocabulary import IngredientClass


class SubstanceSchema(Makes):
    name = Line("Ingredient", required=True)
    ingredient_class = ChoiceOf(IngredientClass)
    synonyms = Names()
    source = Note("Source")


class AddSubstanceSchema(SubstanceSchema):
    command = AddSubstance


class ChangeSubstanceSchema(SubstanceSchema):
    command = ChangeSubstance

    version = WholeNumber(required=True)
