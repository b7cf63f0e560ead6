"""Places: what is in one, and the clinic's own changes to them."""

from collections.abc import Callable
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from blueprints.api.operations import Operations
from blueprints.schemas.opening_answers import SavedPlace
from blueprints.schemas.places import AddPlaceSchema, ClosePlaceSchema, OpenPlaceAgainSchema, RenamePlaceSchema
from blueprints.unit_of_work import at_site
from inventory.access import Act, Permission
from inventory.stock import places
from inventory.stock.places import AddPlace, ClosePlace, OpenPlaceAgain, RenamePlace
from inventory.units import Answer
from models.organisation import Location

operations = Operations("places", "Places", "Where stock is kept at the token's site.")


@operations.command("/places", AddPlaceSchema, Permission.MANAGE_SITE, SavedPlace)
def add_place(command: AddPlace) -> Answer:
    """Add a storage place or a room, with a code of its own."""
    return _changed(places.add_place, command)


@operations.command("/places/<int:location_id>/name", RenamePlaceSchema, Permission.MANAGE_SITE, SavedPlace)
def rename_place(command: RenamePlace) -> Answer:
    """Give a place another name. Its code stays."""
    return _changed(places.rename_place, command)


@operations.command("/places/<int:location_id>/closing", ClosePlaceSchema, Permission.MANAGE_SITE, SavedPlace)
def close_place(command: ClosePlace) -> Answer:
    """Take an empty place out of use."""
    return _changed(places.close_place, command)


@operations.command("/places/<int:location_id>/opening", OpenPlaceAgainSchema, Permission.MANAGE_SITE, SavedPlace)
def open_place_again(command: OpenPlaceAgain) -> Answer:
    """Use a place again."""
    return _changed(places.open_place_again, command)


def _changed(service: Callable[[Session, Act, Any], Location], command: Any) -> Answer:
    def work(session: Session, act: Act) -> Answer:
        place = service(session, act, command)
        session.flush()  # the answer names the place
        return Answer(201, url_for("api_stock.list_places"), {"location_id": place.id})

    return at_site(work)
