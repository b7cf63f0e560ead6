"""Which containers to take next: the FEFO rules applied to what is on hand at a site."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from inventory.errors import (
    ContainerHasNoExpiry,
    ContainerPastUse,
    KeptForAnotherPatient,
    OpenedForAnotherSession,
    Refusal,
)
from inventory.rules.expiry import UseLimit
from inventory.rules.fefo import Block, BlockKind, ContainerOnHand, Proposal, propose
from inventory.stock import usability
from inventory.stock.usability import ContainerState, Use
from models.organisation import Location
from models.stock import IS_NOT_EMPTY, Container, Lot
from models.vocabulary import HoldKind, LocationKind

_REAL = [kind for kind in LocationKind if kind.is_real]

_PAST_USE = {
    UseLimit.PRINTED_EXPIRY: BlockKind.EXPIRED,
    UseLimit.IN_USE: BlockKind.IN_USE_OVER,
    UseLimit.BEYOND_USE: BlockKind.BEYOND_USE,
}


@dataclass(frozen=True)
class Wanted:
    """How much of a product, where, and for whom it is to be used."""

    site_id: int
    product_id: int
    amount: Decimal
    at: datetime
    patient_id: int | None = None
    session_id: int | None = None


def propose_containers(session: Session, wanted: Wanted) -> Proposal:
    """What to take first, what is skipped and why, and what is short (FEF-01)."""
    use = Use(wanted.at, wanted.patient_id, wanted.session_id)
    states = usability.states(session, _on_hand(session, wanted))
    return propose([_as_fefo_sees_it(session, each, use) for each in states], wanted.amount)


def _on_hand(session: Session, wanted: Wanted) -> list[Container]:
    query = (
        select(Container)
        .join(Container.lot)
        .join(Container.location)
        .where(
            IS_NOT_EMPTY,
            Lot.product_id == wanted.product_id,
            Location.site_id == wanted.site_id,
            Location.kind.in_(_REAL),
        )
        .options(
            joinedload(Container.lot).joinedload(Lot.product),
            joinedload(Container.location).joinedload(Location.site),
        )
        .order_by(Container.id)
    )
    return list(session.scalars(query))


def _as_fefo_sees_it(session: Session, current: ContainerState, use: Use) -> ContainerOnHand:
    container = current.container
    blocks = [Block(_held_as(hold.kind), hold.kind, hold.cause) for hold in current.holds]
    others = (_block(refusal, current) for refusal in usability.broken_rules(session, current, use))
    return ContainerOnHand(
        id=container.id,
        code=container.code,
        lot_number=container.lot.lot_number,
        remaining=container.remaining,
        usable_until=None if current.usable_until is None else current.usable_until.at,
        is_opened=container.opened_at is not None,
        received_at=container.received_at,
        blocks=(*blocks, *(block for block in others if block is not None)),
    )


def _held_as(kind: HoldKind) -> BlockKind:
    return BlockKind.UNIDENTIFIED if kind is HoldKind.UNIDENTIFIED else BlockKind.HELD


def _block(refusal: Refusal, current: ContainerState) -> Block | None:
    """The block for one broken rule; holds are listed one by one elsewhere."""
    match refusal:
        case ContainerPastUse() if current.usable_until is not None:
            return Block(_PAST_USE[current.usable_until.limit], detail=refusal.usable_until)
        case ContainerHasNoExpiry():
            return Block(BlockKind.NO_EXPIRY)
        case KeptForAnotherPatient():
            return Block(BlockKind.KEPT_FOR_ANOTHER_PATIENT, detail=refusal.patient_reference)
        case OpenedForAnotherSession():
            return Block(BlockKind.OPENED_FOR_ANOTHER_SESSION)
    return None
