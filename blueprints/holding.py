"""How far a hold reaches decides which chains its unit locks."""

from blueprints.visitor import current_site_id
from inventory.stock.holds import PlaceHold
from inventory.units import EVERYTHING, Scope, one_site


def scope_of(command: PlaceHold) -> Scope:
    return EVERYTHING if command.at_all_sites else one_site(current_site_id())
