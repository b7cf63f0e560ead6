"""What must not meet in one mixture."""

from typing import Any

from marshmallow import Schema, fields, post_load

from blueprints.schemas import Makes
from blueprints.schemas.products import Names
from blueprints.schemas.values import ChoiceOf, Line, Note, Several, WholeNumber, YesNo
from inventory.catalogue.incompatibilities import LONGEST_CODE, AddRule, ChangeRule, Side
from models.vocabulary import IncompatibilityLevel, IngredientClass, ProductFlagKind

MOST_OF_A_KIND = 30


class SideSchema(Makes):
    command = Side

    substances = Names()
    classes = Several(ChoiceOf(IngredientClass), most=MOST_OF_A_KIND, least=0)
    flags = Several(ChoiceOf(ProductFlagKind), most=MOST_OF_A_KIND, least=0)


class AddRuleSchema(Makes):
    command = AddRule

    code = Line("Short name", longest=LONGEST_CODE, required=True)
    first = fields.Nested(SideSchema, required=True)
    second = fields.Nested(SideSchema, required=True)
    level = ChoiceOf(IncompatibilityLevel, required=True)
    what_happens = Note("What happens", required=True)
    unless = Line("Unless")
    source = Note("Source")


class AddRuleFormSchema(Makes):
    """On a page each side is ingredients, a line each, and at most one class and one warning."""

    command = AddRule

    code = Line("Short name", longest=LONGEST_CODE, required=True)
    first_substances = Names()
    first_class = ChoiceOf(IngredientClass)
    first_flag = ChoiceOf(ProductFlagKind)
    second_substances = Names()
    second_class = ChoiceOf(IngredientClass)
    second_flag = ChoiceOf(ProductFlagKind)
    level = ChoiceOf(IncompatibilityLevel, required=True)
    what_happens = Note("What happens", required=True)
    unless = Line("Unless")
    source = Note("Source")

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> AddRule:
        return AddRule(first=_side(data, "first"), second=_side(data, "second"), **data)


def _side(data: dict[str, Any], name: str) -> Side:
    ingredient_class, flag = data.pop(f"{name}_class", None), data.pop(f"{name}_flag", None)
    return Side(
        data.pop(f"{name}_substances", ()),
        () if ingredient_class is None else (ingredient_class,),
        () if flag is None else (flag,),
    )


class SavedRule(Schema):
    rule_id = fields.Integer(required=True)


class SideAnswer(Schema):
    """Met by any of these."""

    substances = fields.List(fields.String(), required=True)
    classes = fields.List(ChoiceOf(IngredientClass), required=True)
    flags = fields.List(ChoiceOf(ProductFlagKind), required=True)


class RuleAnswer(Schema):
    id = fields.Integer(required=True)
    version = fields.Integer(required=True)
    code = fields.String(required=True)
    level = ChoiceOf(IncompatibilityLevel, required=True)
    what_happens = fields.String(required=True)
    unless = fields.String(required=True, allow_none=True)
    source = fields.String(required=True, allow_none=True)
    doubt = fields.String(required=True, allow_none=True)
    is_verified = fields.Boolean(required=True)
    is_active = fields.Boolean(required=True)
    first = fields.Nested(SideAnswer, required=True)
    second = fields.Nested(SideAnswer, required=True)


class RulesAnswer(Schema):
    rules = fields.List(fields.Nested(RuleAnswer), required=True)


class ChangeRuleSchema(Makes):
    command = ChangeRule

    version = WholeNumber(required=True)
    level = ChoiceOf(IncompatibilityLevel, required=True)
    what_happens = Note("What happens", required=True)
    unless = Line("Unless")
    source = Note("Source")
    is_active = YesNo()


class ChangeRuleFormSchema(ChangeRuleSchema):
    """A browser leaves out a box that is not ticked."""

    is_active = YesNo(load_default=False)
