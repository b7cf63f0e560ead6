"""Deliveries that were booked: the list, and costs that are learnt later."""

from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from blueprints.api.operations import Operations
from blueprints.frame import units
from blueprints.schemas.deliveries import DeliveriesAnswer, DeliveriesAskedOfApi, RecordCostSchema
from blueprints.schemas.saved import SavedDelivery
from blueprints.unit_of_work import at_site
from blueprints.visitor import current_site_id
from inventory.access import Act, Permission
from inventory.stock import deliveries
from inventory.stock.deliveries import RecordCost
from inventory.units import Answer

operations = Operations("deliveries", "Deliveries", "What came in, and what it cost.")


@operations.query("/deliveries", Permission.VIEW_STOCK, DeliveriesAnswer, DeliveriesAskedOfApi)
def list_deliveries(**asked: Any) -> dict[str, Any]:
    """Deliveries to the present site, the newest first, by supplier, reference and time."""
    before = asked.pop("before", None)
    with units().reading() as session:
        wanted = deliveries.WantedDeliveries(**asked)
        found, following = deliveries.list_deliveries(session, site_id=current_site_id(), wanted=wanted, before=before)
    return {"deliveries": found, "next_before": following}


@operations.command(
    "/deliveries/<int:delivery_id>/lines/<int:line_id>/cost", RecordCostSchema, Permission.RECEIVE_STOCK, SavedDelivery
)
def record_cost(command: RecordCost) -> Answer:
    """What one container of a line cost, learnt later. What was written before stays."""

    def work(session: Session, act: Act) -> Answer:
        delivery = deliveries.record_cost(session, act, command)
        where = url_for("api_receiving.show_delivery", delivery_id=delivery.id)
        return Answer(201, where, {"delivery_id": delivery.id})

    return at_site(work)
