"""Doses: how much of a substance an amount holds, and whether a maximum is exceeded.

Facts in, findings out: a finding informs the person who decides. Amounts of a substance stay exact fractions.
A dose whose unit cannot be compared with the maximum's is a finding too: silence would read as "fine".
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from inventory.errors import UnitsNotConvertible
from inventory.rules.amounts import Strength, checked_amount, convert, rounded
from inventory.rules.expiry import in_utc
from models.vocabulary import StrengthUnit


def substance_amount(amount: Decimal | Fraction, strength: Strength) -> Fraction:
    """What `amount` of the product holds, in the strength's unit (rule DOS-01)."""
    return Fraction(amount) * strength.value


def amount_for(dose: Decimal, unit: StrengthUnit, strength: Strength) -> Decimal:
    """The amount of product that holds a dose, to 0.001. Refuse units that nothing relates, and nothing."""
    return checked_amount(rounded(convert(checked_amount(dose), unit, strength.unit) / strength.value))


def diluted_strength(strength: Strength, amount: Decimal, final_volume: Decimal) -> Strength:
    """What a strength becomes when `amount` is brought to `final_volume`: C1 V1 = C2 V2."""
    held = substance_amount(checked_amount(amount), strength)
    return Strength(held / Fraction(checked_amount(final_volume)), strength.unit, strength.per)


@dataclass(frozen=True, slots=True)
class Dose:
    """An amount of one substance, given or planned in one session."""

    substance_id: int
    amount: Fraction
    unit: StrengthUnit
    given_at: datetime
    session_id: int | None = None


@dataclass(frozen=True, slots=True)
class MaximumDose:
    """No more than `amount` in one session, or within `interval`. Where it is written is `source`."""

    substance_id: int
    amount: Decimal
    unit: StrengthUnit
    source: str
    interval: timedelta | None = None  # None: in one session
    is_from_label: bool = False


@dataclass(frozen=True, slots=True)
class DoseFinding:
    """A maximum that the doses exceed. Without `total` their units cannot be compared with it."""

    maximum: MaximumDose
    total: Fraction | None


def excessive_doses(
    maxima: Iterable[MaximumDose], doses: Iterable[Dose], *, session_id: int, at: datetime
) -> tuple[DoseFinding, ...]:
    """The maxima exceeded by the doses of this session, or of the interval that ends at `at` (rule DOS-02)."""
    known = tuple(doses)
    findings = (_finding(maximum, known, session_id, at) for maximum in maxima)
    return tuple(finding for finding in findings if finding is not None)


def _finding(maximum: MaximumDose, doses: tuple[Dose, ...], session_id: int, at: datetime) -> DoseFinding | None:
    counted = [dose for dose in doses if _counts(dose, maximum, session_id, at)]
    try:
        total = sum((convert(dose.amount, dose.unit, maximum.unit) for dose in counted), Fraction(0))
    except UnitsNotConvertible:
        return DoseFinding(maximum, None)
    return DoseFinding(maximum, total) if total > Fraction(maximum.amount) else None


def _counts(dose: Dose, maximum: MaximumDose, session_id: int, at: datetime) -> bool:
    if dose.substance_id != maximum.substance_id:
        return False
    if maximum.interval is None:
        return dose.session_id == session_id
    # In UTC, because Python subtracts two times of one zone by the clock on the wall.
    elapsed = in_utc(at) - in_utc(dose.given_at)
    # Exactly one interval ago is over: "every 4 weeks" allows the same weekday.
    return timedelta(0) <= elapsed < maximum.interval
