"""Mass balance: where every amount of a lot went, by purpose, against what is on hand.

What came in, less what went out, is expected on hand. `accounted` is what went out for a known purpose and
what is on hand; `lost` is never accounted for. More than came in is a defect too (rule RCL-04). Amounts are
in the lot's one unit; the percentage is an exact fraction and is rounded only to be shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

from models.vocabulary import MovePurpose

SEALED_TOLERANCE = Decimal(0)
OPENED_TOLERANCE_SHARE = Decimal("0.02")
TOLERANCE_A_DRAW = Decimal("0.1")

_WIDE = Context(prec=60, rounding=ROUND_HALF_EVEN)
_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Flows:
    """One column of the balance per purpose, net of reversals. Moving and splitting stay within the lot."""

    opening: Decimal = _NOTHING
    received: Decimal = _NOTHING
    found: Decimal = _NOTHING
    prepared: Decimal = _NOTHING

    compounded: Decimal = _NOTHING
    administered: Decimal = _NOTHING
    wasted: Decimal = _NOTHING
    destroyed: Decimal = _NOTHING
    returned: Decimal = _NOTHING
    sampled: Decimal = _NOTHING
    transferred: Decimal = _NOTHING
    lost: Decimal = _NOTHING


def flows_of(sums: Mapping[MovePurpose, Decimal]) -> Flows:
    """The columns from sums by purpose; what only changed place or container is no flow of the lot."""
    columns = {field.name for field in fields(Flows)}
    return Flows(**{purpose.value: amount for purpose, amount in sums.items() if purpose.value in columns})


@dataclass(frozen=True, slots=True)
class MassBalance:
    """`percent` is None where nothing came in. `unaccounted` is negative where more is accounted for."""

    in_: Decimal
    out: Decimal
    expected: Decimal
    variance: Decimal
    accounted: Decimal
    percent: Fraction | None
    unaccounted: Decimal
    is_over: bool

    @property
    def shown_percent(self) -> Decimal | None:
        """To 2 decimals, half-even: `98.50`."""
        if self.percent is None:
            return None
        return Decimal(round(self.percent * 100)).scaleb(-2, _WIDE)


def balance(flows: Flows, on_hand: Decimal) -> MassBalance:
    """Compare what came in with what went out and what is on hand."""
    came_in = flows.opening + flows.received + flows.found + flows.prepared
    went_out = (
        flows.compounded
        + flows.administered
        + flows.wasted
        + flows.destroyed
        + flows.returned
        + flows.sampled
        + flows.transferred
    )
    accounted = went_out + on_hand
    return MassBalance(
        in_=came_in,
        out=went_out,
        expected=came_in - went_out,
        variance=accounted - came_in,
        accounted=accounted,
        percent=Fraction(accounted) * 100 / Fraction(came_in) if came_in else None,
        unaccounted=came_in - accounted,
        is_over=accounted > came_in,
    )


def nominal_amount(containers: int, content: Decimal) -> Decimal:
    """Whole containers count at what is printed on them (rule RCL-02)."""
    return containers * content


def overfill(drawn: Decimal, content: Decimal) -> Decimal:
    """What was drawn beyond the printed content, to be recorded as found (rule RCL-02)."""
    return max(_NOTHING, drawn - content)


def opened_tolerance(content: Decimal, draws: int) -> Decimal:
    """For opened liquids: 2 % of their content or 0.1 mL a draw, the larger (rule RCL-03)."""
    return max(content * OPENED_TOLERANCE_SHARE, draws * TOLERANCE_A_DRAW)


def needs_deviation(variance: Decimal, tolerance: Decimal) -> bool:
    """Whether a variance, either way, is outside what measuring explains (rule RCL-03)."""
    return abs(variance) > tolerance
