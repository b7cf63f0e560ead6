"""Places of a site: added, named, taken out of use."""

from blueprints.schemas import Makes
from blueprints.schemas.values import ChoiceOf, Line, YesNo
from inventory.stock.places import LONGEST_NAME, AddPlace, ClosePlace, OpenPlaceAgain, RenamePlace
from models.vocabulary import LocationKind


class AddPlaceSchema(Makes):
    command = AddPlace

    name = Line("Name", longest=LONGEST_NAME, required=True)
    kind = ChoiceOf(LocationKind)
    is_quarantine = YesNo()


class RenamePlaceSchema(Makes):
    command = RenamePlace

    name = Line("Name", longest=LONGEST_NAME, required=True)


class ClosePlaceSchema(Makes):
    command = ClosePlace


class OpenPlaceAgainSchema(Makes):
    command = OpenPlaceAgain
