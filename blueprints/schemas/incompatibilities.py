"""What must not meet in one mixture."""

from blueprints.schemas import Makes
from blueprints.schemas.values import ChoiceOf, Line, Note, WholeNumber, YesNo
from inventory.catalogue.incompatibilities import ChangeRule
from models.vocabulary import IncompatibilityLevel


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
