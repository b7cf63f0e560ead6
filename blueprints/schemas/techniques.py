"""Areas and techniques that a session offers."""

from blueprints.schemas import Makes
from blueprints.schemas.values import Line, Note, YesNo
from inventory.catalogue.techniques import AddArea, AddTechnique, OfferArea, OfferTechnique


class AddAreaSchema(Makes):
    command = AddArea

    name = Line("Name", longest=100, required=True)


class AddTechniqueSchema(Makes):
    command = AddTechnique

    name = Line("Name", longest=100, required=True)
    depth = Line("Depth")
    geometry = Line("Pattern")
    source = Note("Source")


class OfferAreaSchema(Makes):
    command = OfferArea

    is_active = YesNo(required=True)


class OfferTechniqueSchema(Makes):
    command = OfferTechnique

    is_active = YesNo(required=True)
