"""Amounts: what may be one, how it is read, rounded, converted and written.

- An amount is an exact `Decimal`, finite, with at most 6 decimals and 12 digits before the point. Floats
  never become amounts: they have already lost what the person wrote.
- Conversions are exact `Fraction`s until they are kept, then rounded half-even to 0.001 of the product's unit.
- Activity (IU) and mass are never converted into one another without the product's own factor.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from types import MappingProxyType

from inventory.errors import InvalidAmount, UnitsNotConvertible
from models.vocabulary import RulePack, StrengthUnit, Unit

SMALLEST = Decimal("0.000001")
LARGEST = Decimal("999999999999.999999")
ROUNDING_STEPS = 1000  # conversions are kept to a thousandth of the product's unit

# Wide enough for every amount and product of two; the caller's own context may be narrower.
_WIDE = Context(prec=60)
_LONGEST_TEXT = 40
_PLAIN_NUMBER = re.compile(r"-?([0-9]+([.,][0-9]+)?|[.,][0-9]+)")
_THOUSANDS_OR_DECIMALS = re.compile(r"-?[1-9][0-9]{0,2},[0-9]{3}")
_OR_ZERO = "of 0 or more"

EnteredUnit = Unit | StrengthUnit


def checked_amount(value: object) -> Decimal:
    """The amount without idle zeros. Refuse all but an exact number greater than 0 (rule AMT-01)."""
    amount = _exact(value)
    if amount == 0:
        raise InvalidAmount("0", "is not greater than 0")
    return amount


def checked_amount_or_zero(value: object) -> Decimal:
    """As `checked_amount`, where nothing is a good answer: what is left in a vial, what a batch yielded."""
    try:
        return _exact(value)
    except InvalidAmount as refusal:
        raise InvalidAmount(refusal.text, refusal.problem, bound=_OR_ZERO) from None


def parse_amount(text: object) -> Decimal:
    """Read what a person typed. A decimal comma is read, unless it could part thousands: `1,500`."""
    return _as_typed(text, checked_amount)


def parse_amount_or_zero(text: object) -> Decimal:
    """As `parse_amount`, where 0 is a good answer."""
    try:
        return _as_typed(text, checked_amount_or_zero)
    except InvalidAmount as refusal:
        raise InvalidAmount(refusal.text, refusal.problem, bound=_OR_ZERO) from None


def rounded(amount: Decimal | Fraction) -> Decimal:
    """Half-even to 0.001 (rule AMT-02)."""
    thousandths = round(Fraction(amount) * ROUNDING_STEPS)
    return _without_idle_zeros(Decimal(thousandths).scaleb(-3, _WIDE))


@dataclass(frozen=True, slots=True)
class ActivityFactor:
    """The product's own statement of how much mass its activity is: `iu` weigh `mg`."""

    iu: Decimal
    mg: Decimal

    @property
    def mg_per_iu(self) -> Fraction:
        return Fraction(checked_amount(self.mg)) / Fraction(checked_amount(self.iu))


@dataclass(frozen=True, slots=True)
class Strength:
    """`value` of `unit` in one `per` of the product: 20 mg in 1 mL."""

    value: Fraction
    unit: StrengthUnit
    per: Unit = Unit.ML

    def in_unit(self, unit: StrengthUnit) -> "Strength":
        """The same strength, said in another unit of mass."""
        return Strength(convert(self.value, self.unit, unit), unit, self.per)


_MCG: Mapping[StrengthUnit, int] = MappingProxyType(
    {StrengthUnit.G: 1_000_000, StrengthUnit.MG: 1_000, StrengthUnit.MCG: 1}
)


def convert(
    amount: Decimal | Fraction, unit: StrengthUnit, to: StrengthUnit, factor: ActivityFactor | None = None
) -> Fraction:
    """The amount in another unit of the substance, exactly. IU and mass need the product's factor (AMT-04)."""
    if unit == to:
        return Fraction(amount)
    if unit in _MCG and to in _MCG:
        return Fraction(amount) * _MCG[unit] / _MCG[to]
    if factor is None:
        raise UnitsNotConvertible(from_unit=unit, to_unit=to)
    if unit == StrengthUnit.IU:
        return convert(Fraction(amount) * factor.mg_per_iu, StrengthUnit.MG, to)
    return convert(amount, unit, StrengthUnit.MG) / factor.mg_per_iu


def percent_strength(percent: Decimal) -> Strength:
    """1 % w/v is 1 g in 100 mL: 10 mg/mL."""
    return Strength(Fraction(checked_amount(percent)) * 10, StrengthUnit.MG)


def ratio_strength(millilitres: Decimal) -> Strength:
    """1 : 100 000 is 1 g in 100 000 mL: 10 mcg/mL."""
    return Strength(1_000_000 / Fraction(checked_amount(millilitres)), StrengthUnit.MCG)


def reconstituted_strength(amount: Decimal, unit: StrengthUnit, final_volume: Decimal) -> Strength:
    """What the powder holds by the volume that results, which is not the volume added (rule AMT-05)."""
    return Strength(Fraction(checked_amount(amount)) / Fraction(checked_amount(final_volume)), unit)


def product_amount(
    amount: Decimal, entered: EnteredUnit, product_unit: Unit, strength: Strength | None = None
) -> Decimal:
    """What was entered in any unit, in the product's own, kept to 0.001 if it had to be converted."""
    checked = checked_amount(amount)
    if entered.value == product_unit.value:
        return checked
    try:
        converted = _converted(checked, entered, product_unit, strength)
    except UnitsNotConvertible:  # name the units the person knows, not those of a step between
        raise UnitsNotConvertible(from_unit=entered, to_unit=product_unit) from None
    return checked_amount(rounded(converted))


def format_amount(amount: Decimal | Fraction, unit: str, pack: RulePack | None = None) -> str:
    """`0.5 mL`, `5 mL`; for a label of `pack` also its thousands and its word for IU (rule LBL-05)."""
    number = format_number(amount)
    if pack is None:
        return f"{number} {unit}"
    style = _STYLES[pack]
    whole, point, decimals = number.partition(".")
    grouped = f"{int(whole):,}".replace(",", style.thousands) if abs(int(whole)) >= ROUNDING_STEPS else whole
    return f"{grouped}{point}{decimals} {style.activity_unit if unit == StrengthUnit.IU else unit}"


def format_number(amount: Decimal | Fraction) -> str:
    """With the leading zero, without trailing zeros, never with an exponent. A fraction is rounded first."""
    exact = rounded(amount) if isinstance(amount, Fraction) else amount
    text = f"{exact:f}"
    if "." in text:
        text = text.rstrip("0").removesuffix(".")
    return "0" if text == "-0" else text


@dataclass(frozen=True, slots=True)
class _Style:
    thousands: str
    activity_unit: str


_NO_BREAK_SPACE = "\u00a0"
_EUROPEAN = _Style(_NO_BREAK_SPACE, "IU")
_STYLES: Mapping[RulePack, _Style] = MappingProxyType(
    {RulePack.US_797: _Style(",", "units"), RulePack.EU_GENERIC: _EUROPEAN, RulePack.UK_HMR2012: _EUROPEAN}
)


def _exact(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise InvalidAmount(_echo(value), "is not an exact number")
    number = Decimal(value)
    if not number.is_finite():
        raise InvalidAmount(_echo(value), "is not a number")
    if number < 0:
        raise InvalidAmount(_echo(value), "is negative")
    if number > LARGEST:
        raise InvalidAmount(_echo(value), "is too large")
    exact = number.quantize(SMALLEST, context=_WIDE)
    if exact != number:
        raise InvalidAmount(_echo(value), "has more than 6 decimals")
    return _without_idle_zeros(abs(exact))  # -0 is 0


def _without_idle_zeros(number: Decimal) -> Decimal:
    short = number.normalize(_WIDE)
    return short.quantize(Decimal(1), context=_WIDE) if short.as_tuple().exponent > 0 else short  # type: ignore[operator]  # finite, so the exponent is a number


def _as_typed(text: object, check: Callable[[object], Decimal]) -> Decimal:
    number = _number(text)
    try:
        return check(number)
    except InvalidAmount as refusal:
        raise InvalidAmount(_echo(text), refusal.problem, bound=refusal.bound) from None


def _number(text: object) -> Decimal:
    if not isinstance(text, str):
        raise InvalidAmount(_echo(text), "is not text")
    plain = text.strip()
    if len(plain) > _LONGEST_TEXT:
        raise InvalidAmount(_echo(plain), "is too long")
    if _THOUSANDS_OR_DECIMALS.fullmatch(plain):
        raise InvalidAmount(plain, "could mean thousands or decimals")
    # Decimal itself would also read 1e3, 1_000, NaN and the digits of every script.
    if not _PLAIN_NUMBER.fullmatch(plain):
        raise InvalidAmount(plain, "is not a plain number")
    return Decimal(plain.replace(",", "."))


def _echo(value: object) -> str:
    """What to show of a hostile value: short, and never by calling its own code."""
    if isinstance(value, int) and abs(value) > LARGEST:
        return "a whole number too long to show"
    if not isinstance(value, str | int | float | Decimal):
        return type(value).__name__
    text = str(value)
    return text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"


def _converted(amount: Decimal, entered: EnteredUnit, product_unit: Unit, strength: Strength | None) -> Fraction:
    substance, kept_as = _substance_unit(entered), _substance_unit(product_unit)
    if substance and kept_as:
        return convert(amount, substance, kept_as)
    if strength and substance and strength.per == product_unit:
        return convert(amount, substance, strength.unit) / strength.value
    if strength and kept_as and strength.per.value == entered.value:
        return convert(Fraction(amount) * strength.value, strength.unit, kept_as)
    raise UnitsNotConvertible(from_unit=entered, to_unit=product_unit)


def _substance_unit(unit: EnteredUnit) -> StrengthUnit | None:
    return next((known for known in StrengthUnit if known.value == unit.value), None)
