"""What a count says about one container, or about the sealed ones of a lot.

- The difference is what was counted against what the books should have said at that instant: what they said then,
  with what had happened before and was only recorded later.
- It is booked against the books of now: what happened since stays as it is, and nothing ever goes below zero.
- Sealed containers have no tolerance; an opened liquid has 2 % of its content or 0.1 mL a draw, the larger
  (rule RCL-03).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from inventory.rules.mass_balance import OPENED_TOLERANCE_SHARE, SEALED_TOLERANCE, needs_deviation, opened_tolerance
from models.vocabulary import Unit

_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class LaterMove:
    """A move recorded after the reading. `net` is positive for what came in; a change of place is 0."""

    net: Decimal
    occurred_at: datetime
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Judged:
    """`difference`: counted less what the books should have said. `booked`: what is booked now because of it."""

    counted: Decimal
    books_then: Decimal
    difference: Decimal
    tolerance: Decimal
    booked: Decimal

    @property
    def is_within(self) -> bool:
        return not needs_deviation(self.difference, self.tolerance)


def was_before(move: LaterMove, counted_at: datetime) -> bool:
    """Entered late: it happened before the reading. What is entered as it happens came after."""
    return move.occurred_at < move.recorded_at and move.occurred_at <= counted_at


def judge(
    counted: Decimal, books_then: Decimal, tolerance: Decimal, later: Sequence[LaterMove], counted_at: datetime
) -> Judged:
    """Hold one reading against the books, as they should have been then and as they are now."""
    expected = books_then + sum((move.net for move in later if was_before(move, counted_at)), _NOTHING)
    books_now = books_then + sum((move.net for move in later), _NOTHING)
    difference = counted - expected
    return Judged(counted, expected, difference, tolerance, max(difference, -books_now))


def tolerance(unit: Unit, content: Decimal, draws: int, *, is_opened: bool) -> Decimal:
    """How far measuring alone may be off (rule RCL-03). A draw has its tenth only where it is a liquid."""
    if not is_opened or unit is Unit.PIECE:
        return SEALED_TOLERANCE
    if unit is Unit.ML:
        return opened_tolerance(content, draws)
    return content * OPENED_TOLERANCE_SHARE
