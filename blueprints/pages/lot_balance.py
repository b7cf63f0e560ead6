"""The mass balance as the lot page draws it: columns in words, a bar placed on the server, and a verdict."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from inventory.evidence.canonical import amount_text
from inventory.rules.amounts import rounded
from inventory.tracing.balances import LotBalance
from models.vocabulary import MovePurpose, Unit

BAR = 1000

LABELS = {
    MovePurpose.OPENING: "first count",
    MovePurpose.RECEIVED: "received",
    MovePurpose.FOUND: "found",
    MovePurpose.PREPARED: "made by mixing",
    MovePurpose.COMPOUNDED: "mixed",
    MovePurpose.ADMINISTERED: "injected",
    MovePurpose.WASTED: "wasted",
    MovePurpose.DESTROYED: "destroyed",
    MovePurpose.RETURNED: "returned",
    MovePurpose.SAMPLED: "sampled",
    MovePurpose.TRANSFERRED: "sent to another site",
    MovePurpose.LOST: "lost",
}
_IN = (MovePurpose.OPENING, MovePurpose.RECEIVED, MovePurpose.FOUND, MovePurpose.PREPARED)
_OUT = (
    MovePurpose.COMPOUNDED,
    MovePurpose.ADMINISTERED,
    MovePurpose.WASTED,
    MovePurpose.DESTROYED,
    MovePurpose.RETURNED,
    MovePurpose.SAMPLED,
    MovePurpose.TRANSFERRED,
)


@dataclass(frozen=True)
class Line:
    label: str
    amount: Decimal


@dataclass(frozen=True)
class Segment:
    """`offset` and `width` are thousandths of the bar."""

    kind: str
    label: str
    amount: Decimal
    offset: int
    width: int


@dataclass(frozen=True)
class BalanceView:
    segments: list[Segment]
    alternative: str
    came_in: list[Line]
    went_out: list[Line]
    became: list[Line]
    left: list[Line]
    total_in: Decimal
    total_out: Decimal
    total_left: Decimal
    lost: Decimal
    percent: str | None
    unaccounted: Decimal
    verdict: str
    is_sound: bool


def balance_view(found: LotBalance, unit: Unit) -> BalanceView:
    segments = _segments(found)
    balance = found.balance
    return BalanceView(
        segments=segments,
        alternative=", ".join(f"{part.label} {amount_text(part.amount)} {unit}" for part in segments) or "Nothing.",
        came_in=_lines(found, _IN),
        went_out=_lines(found, _OUT),
        became=_became(found),
        left=[Line("in its own containers", found.on_hand)] if found.on_hand else [],
        total_in=balance.in_,
        total_out=balance.out,
        total_left=found.on_hand,
        lost=found.flows.lost,
        percent=None if balance.shown_percent is None else f"{balance.shown_percent:f}",
        unaccounted=balance.unaccounted,
        verdict=_verdict(found, unit),
        is_sound=balance.unaccounted == 0,
    )


def _lines(found: LotBalance, purposes: tuple[MovePurpose, ...]) -> list[Line]:
    amounts = ((purpose, getattr(found.flows, purpose.value)) for purpose in purposes)
    return [Line(LABELS[purpose], amount) for purpose, amount in amounts if amount]


def _became(found: LotBalance) -> list[Line]:
    """What the mixtures did with it, by exact share."""
    parts = [Line(LABELS[purpose], rounded(amount)) for purpose, amount in found.compounded.went.items()]
    left = found.compounded.on_hand
    return [*parts, Line("still in mixtures", rounded(left))] if left else parts


def _segments(found: LotBalance) -> list[Segment]:
    """Every amount by where it ended, mixtures followed to their ends. More than came in fills the bar all the same."""
    parts = _ends(found)
    whole = max(Fraction(found.balance.in_), sum((amount for _, _, amount in parts), Fraction(0)))
    segments, before = [], Fraction(0)
    for kind, label, amount in parts:
        offset = round(before / whole * BAR)
        before += amount
        segments.append(Segment(kind, label, rounded(amount), offset, round(before / whole * BAR) - offset))
    return segments


def _ends(found: LotBalance) -> list[tuple[str, str, Fraction]]:
    ends = [("on_hand", "on hand", Fraction(found.on_hand)), ("compounded", "in mixtures", found.compounded.on_hand)]
    for purpose in (*_OUT[1:], MovePurpose.LOST):
        direct = Fraction(getattr(found.flows, purpose.value))
        ends.append((purpose.value, LABELS[purpose], direct + found.compounded.went.get(purpose, Fraction(0))))
    missing = Fraction(found.balance.unaccounted) - Fraction(found.flows.lost)
    ends.append(("unaccounted", "not accounted for", max(missing, Fraction(0))))
    return [end for end in ends if end[2] > 0]


def _verdict(found: LotBalance, unit: Unit) -> str:
    missing = found.balance.unaccounted
    if found.balance.percent is None:
        return "Nothing of it ever came in."
    if missing == 0:
        return f"Every {unit} of it is somewhere."
    if missing < 0:
        return f"{amount_text(-missing)} {unit} more are accounted for than came in."
    if missing == found.flows.lost:
        return f"{amount_text(missing)} {unit} are recorded as lost."
    return f"{amount_text(missing)} {unit} are not accounted for."
