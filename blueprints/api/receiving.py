"""Deliveries and opening stock."""

from flask import url_for
from sqlalchemy.orm import Session

from blueprints.api.operations import Operations
from blueprints.frame import units
from blueprints.schemas.history import DeliveryAnswer
from blueprints.schemas.receiving import ReceiveDeliverySchema, RecordOpeningStockSchema
from blueprints.schemas.saved import SavedDelivery, SavedEntry
from blueprints.unit_of_work import at_site
from blueprints.visitor import current_actor
from inventory.access import Act, Permission
from inventory.stock import entry_facts, receiving
from inventory.stock.entry_facts import DeliveryFacts
from inventory.stock.receiving import ReceiveDelivery
from inventory.stock.shelf import RecordOpeningStock
from inventory.units import Answer

operations = Operations("receiving", "Receiving", "Stock that comes in.")


@operations.command("/deliveries", ReceiveDeliverySchema, Permission.RECEIVE_STOCK, SavedDelivery)
def receive_delivery(command: ReceiveDelivery) -> Answer:
    """Book a delivery.

    Makes its lots known and its containers real, each with a code of its own.
    """

    def work(session: Session, act: Act) -> Answer:
        delivery = receiving.receive_delivery(session, act, command)
        where = url_for("api_receiving.show_delivery", delivery_id=delivery.id)
        return Answer(201, where, {"delivery_id": delivery.id})

    return at_site(work)


@operations.query("/deliveries/<int:delivery_id>", Permission.VIEW_STOCK, DeliveryAnswer)
def show_delivery(delivery_id: int) -> DeliveryFacts:
    """A delivery with its lots and the codes of its containers."""
    with units().reading() as session:
        return entry_facts.delivery_facts(session, actor=current_actor(), delivery_id=delivery_id)


@operations.command("/opening-stock", RecordOpeningStockSchema, Permission.RECEIVE_STOCK, SavedEntry)
def record_opening_stock(command: RecordOpeningStock) -> Answer:
    """Book what stands on the shelf when the clinic starts."""

    def work(session: Session, act: Act) -> Answer:
        entry = receiving.record_opening_stock(session, act, command)
        return Answer(201, url_for("api_corrections.show_entry", entry_id=entry.id), {"entry_id": entry.id})

    return at_site(work)
