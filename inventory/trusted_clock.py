"""An administrator says that the clock is right after it leapt, and that is recorded.

It cannot be said of a clock that is before the newest record: that one must be set right.
"""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inventory.access import Act, Actor, Permission
from inventory.errors import ClockWrong
from inventory.evidence import audit
from inventory.units import ORGANISATION, Units
from models.evidence import AuditChain


def confirm_clock(units: Units, actor: Actor) -> None:
    """Measure leaps from now on. Raises `ClockWrong` while the newest record is later than the clock."""

    def confirm(session: Session, act: Act) -> None:
        act.require(Permission.CONFIRM_CLOCK)
        newest = session.scalar(select(func.max(AuditChain.at)))
        if newest is not None and act.now < newest:
            now, later = f"{act.now:%Y-%m-%d %H:%M} UTC", f"{newest:%Y-%m-%d %H:%M} UTC"
            raise ClockWrong(now, later, "the newest record is later")
        audit.record(session, act, "clock confirmed")

    units.run(actor, ORGANISATION, confirm, at_any_time=True)
    units.trust_clock()
