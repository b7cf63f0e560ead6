"""What products contain."""

from blueprints.schemas import Makes
from blueprints.schemas.products import Names
from blueprints.schemas.values import ChoiceOf, Line, Note, WholeNumber
from inventory.catalogue.substances import AddSubstance, ChangeSubstance
from models.vocabulary import IngredientClass


class AddSubstanceSchema(Makes):
    command = AddSubstance

    name = Line("Ingredient", required=True)
    ingredient_class = ChoiceOf(IngredientClass)
    synonyms = Names()
    source = Note("Source")


class ChangeSubstanceSchema(AddSubstanceSchema):
    command = ChangeSubstance

    version = WholeNumber(required=True)
