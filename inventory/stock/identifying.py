"""Saying which lot a vial is that nobody could read before: the one way out of its block, under signature."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.access import Act, Permission
from inventory.evidence.signatures import ConfirmedIdentity
from inventory.rules.standins import is_standin
from inventory.stock import lots, usability
from inventory.stock.errors import LotNumberReserved, NotUnidentified
from inventory.stock.lots import CorrectedLot, CorrectLot
from models.stock import Hold
from models.vocabulary import HoldKind


@dataclass(frozen=True)
class IdentifyContainer:
    code: str
    lot_number: str
    expires_on: date
    reason: str
    signed: ConfirmedIdentity | None
    is_month_only: bool = False


def identify_container(session: Session, act: Act, command: IdentifyContainer) -> CorrectedLot:
    """Raises `NotUnidentified`, `LotNumberReserved` and the refusals of `lots.correct_lot`. In the scope of all sites.

    Where the number could be read all along, its expiry was missing for the whole lot, and the whole lot gets it.
    """
    act.require(Permission.CORRECT_LOT)
    container = usability.get_container(session, act, command.code)
    unidentified = select(Hold.id).where(
        Hold.container_id == container.id, Hold.kind == HoldKind.UNIDENTIFIED, Hold.lifted_at.is_(None)
    )
    if session.scalar(unidentified.limit(1)) is None:
        raise NotUnidentified(container.code, container.lot.lot_number)
    if is_standin(command.lot_number):
        raise LotNumberReserved(command.lot_number)
    is_same = command.lot_number.strip() == container.lot.lot_number
    correction = CorrectLot(
        lot_id=container.lot_id,
        lot_number=command.lot_number,
        expires_on=command.expires_on,
        reason=command.reason,
        signed=command.signed,
        is_month_only=command.is_month_only,
        container_codes=() if is_same else (container.code,),
    )
    return lots.correct_lot(session, act, correction)
