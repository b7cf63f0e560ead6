"""Lifting holds that belong together: what came with one line of a delivery, held for one cause."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.access import Act, Permission
from inventory.errors import HoldAlreadyLifted, RecordNotFound
from inventory.stock import holds
from inventory.stock.holds import LiftHold
from models.stock import Hold


@dataclass(frozen=True)
class LiftTogether:
    """`hold_id`: any of them, lifted or not."""

    hold_id: int
    reason: str


def lift_together(session: Session, act: Act, command: LiftTogether) -> list[Hold]:
    """Lift a hold with those of its delivery line and cause. Raises the refusals of `holds.lift_hold`."""
    act.require(Permission.LIFT_HOLD)
    named = session.get(Hold, command.hold_id)
    if named is None or named.site_id not in (None, act.site_id):
        raise RecordNotFound("hold", str(command.hold_id))
    if named.delivery_line_id is None:
        return [holds.lift_hold(session, act, LiftHold(named.id, command.reason))]
    together = select(Hold.id).where(
        Hold.delivery_line_id == named.delivery_line_id,
        Hold.kind == named.kind,
        Hold.cause == named.cause,
        Hold.site_id == act.site_id,
        Hold.lifted_at.is_(None),
    )
    hold_ids = list(session.scalars(together.order_by(Hold.id)))
    if not hold_ids:
        raise HoldAlreadyLifted(named.id)
    return [holds.lift_hold(session, act, LiftHold(hold_id, command.reason)) for hold_id in hold_ids]
