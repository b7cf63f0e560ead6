"""Lots: found by their printed number, shown, corrected."""

from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from blueprints.api.operations import Operations
from blueprints.frame import units
from blueprints.schemas import ToSign
from blueprints.schemas.lot_answers import LotAnswer, LotsAnswer, LotsAsked
from blueprints.schemas.lots import CorrectLotSchema
from blueprints.schemas.saved import SavedLot
from blueprints.signing import signed
from blueprints.unit_of_work import in_unit
from blueprints.visitor import current_actor
from inventory.access import Act, Permission
from inventory.stock import lots
from inventory.stock.lot_facts import LotFacts, list_lots, lot_facts
from inventory.units import EVERYTHING, Answer

operations = Operations("lots", "Lots", "One identified quantity of a product each, received or mixed here.")


@operations.query("/lots", Permission.VIEW_STOCK, LotsAnswer, LotsAsked)
def find_lots(lot_number: str, product_id: int | None = None) -> dict[str, Any]:
    """Lots of exactly this number."""
    with units().reading() as session:
        return {"lots": list_lots(session, lot_number=lot_number, product_id=product_id)}


@operations.query("/lots/<int:lot_id>", Permission.VIEW_STOCK, LotAnswer)
def show_lot(lot_id: int) -> LotFacts:
    """A lot: how it came, what is left of it, what holds it."""
    with units().reading() as session:
        return lot_facts(session, actor=current_actor(), lot_id=lot_id, now=units().clock.now())


@operations.command("/lots/<int:lot_id>/correction", CorrectLotSchema, Permission.CORRECT_LOT, SavedLot)
def correct_lot(entered: ToSign) -> Answer:
    """Give containers the lot they really have.

    Signed with the password of the token's owner. The old spelling stays findable.
    """
    command = signed(entered)

    def work(session: Session, act: Act) -> Answer:
        corrected = lots.correct_lot(session, act, command)
        return Answer(201, url_for("api_lots.show_lot", lot_id=corrected.lot_id), {"lot_id": corrected.lot_id})

    return in_unit(EVERYTHING, work)
