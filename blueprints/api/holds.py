"""Holds: what is kept from use, and why."""

from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from blueprints.api.operations import Operations
from blueprints.frame import units
from blueprints.holding import scope_of
from blueprints.schemas.hold_answers import HoldsAnswer
from blueprints.schemas.holds import LiftHoldSchema, PlaceHoldSchema
from blueprints.schemas.saved import SavedHold
from blueprints.unit_of_work import at_site, in_unit
from blueprints.visitor import current_site_id
from inventory.access import Act, Permission
from inventory.stock import holds
from inventory.stock.hold_list import holds_in_force
from inventory.stock.holds import LiftHold, PlaceHold
from inventory.units import Answer

operations = Operations("holds", "Holds", "What is kept from use. Holds add up; each is lifted by its own cause.")


@operations.query("/holds", Permission.VIEW_STOCK, HoldsAnswer)
def list_holds() -> dict[str, Any]:
    """The holds in force at this site, the newest first."""
    with units().reading() as session:
        return {"holds": holds_in_force(session, site_id=current_site_id())}


@operations.command("/holds", PlaceHoldSchema, Permission.PLACE_HOLD, SavedHold)
def place_hold(command: PlaceHold) -> Answer:
    """Hold a container, a lot or a place.

    Exactly one of `container_code`, `lot_id` and `location_id`. A lot can be held at all sites.
    """

    def work(session: Session, act: Act) -> Answer:
        hold = holds.place_hold(session, act, command)
        return Answer(201, url_for("api_holds.list_holds"), {"hold_id": hold.id})

    return in_unit(scope_of(command), work)


@operations.command("/holds/<int:hold_id>/lifting", LiftHoldSchema, Permission.LIFT_HOLD, SavedHold)
def lift_hold(command: LiftHold) -> Answer:
    """Lift a hold, with a reason."""

    def work(session: Session, act: Act) -> Answer:
        hold = holds.lift_hold(session, act, command)
        return Answer(201, url_for("api_holds.list_holds"), {"hold_id": hold.id})

    return at_site(work)
