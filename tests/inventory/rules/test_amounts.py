from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.errors import InvalidAmount, UnitsNotConvertible
from inventory.rules import amounts
from inventory.rules.amounts import ActivityFactor, Strength
from models.vocabulary import RulePack, StrengthUnit, Unit

D = Decimal
LONGEST_ECHO = 40
stored_amounts = st.integers(min_value=1, max_value=10**18 - 1).map(lambda millionths: D(millionths).scaleb(-6))


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1", "1"),
        ("0.5", "0.5"),
        (".5", "0.5"),
        ("0,5", "0.5"),
        ("12,25", "12.25"),
        ("0,500", "0.5"),  # nothing is grouped behind a leading zero
        ("1.500", "1.5"),
        ("  2.0 ", "2"),
        ("0.000001", "0.000001"),
        ("1.0000000", "1"),
        ("999999999999.999999", "999999999999.999999"),
        ("007", "7"),
    ],
)
def test_what_a_person_types_is_read_exactly(text, amount):
    assert amounts.parse_amount(text) == D(amount)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("0", "is not greater than 0"),
        ("-0", "is not greater than 0"),
        ("0.000", "is not greater than 0"),
        ("-1", "is negative"),
        ("-0.5", "is negative"),
        ("NaN", "is not a plain number"),
        ("sNaN", "is not a plain number"),
        ("Infinity", "is not a plain number"),
        ("-inf", "is not a plain number"),
        ("1e3", "is not a plain number"),
        ("1E-9999999", "is not a plain number"),
        ("1_000", "is not a plain number"),
        ("1 000", "is not a plain number"),
        ("1.2.3", "is not a plain number"),
        ("+1", "is not a plain number"),
        ("0x10", "is not a plain number"),
        ("5.", "is not a plain number"),
        ("٣", "is not a plain number"),  # Decimal would read it as 3
        ("\uff15", "is not a plain number"),
        ("", "is not a plain number"),
        ("   ", "is not a plain number"),
        ("1\x00", "is not a plain number"),
        ("=1+1", "is not a plain number"),
        ("<script>alert(1)</script>", "is not a plain number"),
        ("' OR 1=1 --", "is not a plain number"),
        ("1\n2", "is not a plain number"),
        ("1,500", "could mean thousands or decimals"),
        ("0.0000001", "has more than 6 decimals"),
        ("1.2345678", "has more than 6 decimals"),
        ("1000000000000", "is too large"),
        ("999999999999.9999991", "is too large"),
        ("9" * 10_000, "is too long"),
        ("1." + "0" * 10_000, "is too long"),
        (1, "is not text"),
        (None, "is not text"),
        (["1"], "is not text"),
        (True, "is not text"),
        (D(1), "is not text"),
        (b"1", "is not text"),
    ],
)
def test_what_is_no_amount_is_refused_in_words(text, problem):
    with pytest.raises(InvalidAmount) as refused:
        amounts.parse_amount(text)

    assert refused.value.problem == problem
    assert len(refused.value.text) <= LONGEST_ECHO
    assert refused.value.remedy == "Enter an amount greater than 0 with at most 6 decimals."


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (0, "is not greater than 0"),
        (D(0), "is not greater than 0"),
        (D("-0"), "is not greater than 0"),
        (D("-0.001"), "is negative"),
        (D("NaN"), "is not a number"),
        (D("sNaN"), "is not a number"),
        (D("Infinity"), "is not a number"),
        (D("-Infinity"), "is not a number"),
        (D("0.0000001"), "has more than 6 decimals"),
        (D("1E-1000000"), "has more than 6 decimals"),
        (D("1." + "1" * 10_000), "has more than 6 decimals"),
        (D("1E+1000000"), "is too large"),
        (10**12, "is too large"),
        (0.5, "is not an exact number"),
        (1.0, "is not an exact number"),
        (float("nan"), "is not an exact number"),
        (True, "is not an exact number"),
        (False, "is not an exact number"),
        ("1", "is not an exact number"),
        ([1], "is not an exact number"),
        ({"amount": 1}, "is not an exact number"),
        (None, "is not an exact number"),
        (Fraction(1, 2), "is not an exact number"),
        (1j, "is not an exact number"),
    ],
)
def test_types_that_are_almost_right_are_refused(value, problem):
    with pytest.raises(InvalidAmount) as refused:
        amounts.checked_amount(value)

    assert refused.value.problem == problem
    assert len(refused.value.text) <= LONGEST_ECHO
    assert str(refused.value)


def test_a_number_too_long_for_python_to_print_is_refused_in_words():
    for value in (10**100_000, -(10**100_000)):
        with pytest.raises(InvalidAmount) as refused:
            amounts.checked_amount(value)
        assert refused.value.text == "a whole number too long to show"


def test_a_hostile_object_is_named_by_its_type_and_its_code_is_never_called():
    class Hostile:
        def __str__(self):
            raise AssertionError("called")

        __repr__ = __str__

    with pytest.raises(InvalidAmount) as refused:
        amounts.checked_amount(Hostile())

    assert refused.value.text == "Hostile"


def test_a_whole_number_is_exact_and_accepted():
    assert amounts.checked_amount(3) == D(3)


@pytest.mark.parametrize("nothing", [0, D("0.000000"), D("-0")])
def test_nothing_is_a_good_answer_where_it_was_asked_for(nothing):
    assert amounts.checked_amount_or_zero(nothing) == 0
    assert str(amounts.checked_amount_or_zero(nothing)) == "0"


def test_zero_typed_is_read_where_it_was_asked_for():
    assert amounts.parse_amount_or_zero("0.0") == 0


@pytest.mark.parametrize("text", ["-1", "NaN", "", "9" * 50, None])
def test_where_zero_is_allowed_the_remedy_says_so(text):
    with pytest.raises(InvalidAmount) as refused:
        amounts.parse_amount_or_zero(text)

    assert refused.value.remedy == "Enter an amount of 0 or more with at most 6 decimals."


@given(stored_amounts)
def test_every_amount_the_database_holds_is_accepted_unchanged(amount):
    assert amounts.checked_amount(amount) == amount
    assert amounts.parse_amount(amounts.format_number(amount)) == amount


def amount_or_refusal(read, value):
    try:
        return read(value)
    except InvalidAmount as refusal:
        return refusal


@given(st.text(max_size=60))
def test_any_text_is_read_as_an_amount_or_refused(text):
    answer = amount_or_refusal(amounts.parse_amount, text)
    if isinstance(answer, InvalidAmount):
        assert str(answer)
        assert len(answer.text) <= LONGEST_ECHO
    else:
        assert amounts.SMALLEST <= answer <= amounts.LARGEST


@given(st.decimals(allow_nan=True, allow_infinity=True))
def test_any_decimal_is_accepted_exactly_or_refused(value):
    answer = amount_or_refusal(amounts.checked_amount, value)
    assert str(answer) if isinstance(answer, InvalidAmount) else answer == value


@pytest.mark.parametrize(
    ("amount", "kept"),
    [
        (D("0.0005"), "0"),
        (D("0.0015"), "0.002"),
        (D("0.0025"), "0.002"),
        (D("0.00250001"), "0.003"),
        (D("-0.0015"), "-0.002"),
        (Fraction(8, 9), "0.889"),
        (Fraction(1, 3), "0.333"),
        (D("5.000000"), "5"),
        (D("999999999999.9995"), "1000000000000"),
    ],
)
def test_amounts_are_rounded_half_even_to_a_thousandth(amount, kept):
    assert amounts.rounded(amount) == D(kept)


@pytest.mark.parametrize(
    ("amount", "unit", "to", "converted"),
    [
        ("1", "g", "mg", "1000"),
        ("1", "g", "mcg", "1000000"),
        ("500", "mcg", "mg", "0.5"),
        ("2500", "mg", "g", "2.5"),
        ("1500", "IU", "IU", "1500"),
    ],
)
def test_mass_is_converted_exactly(amount, unit, to, converted):
    assert amounts.convert(D(amount), StrengthUnit(unit), StrengthUnit(to)) == Fraction(converted)


@pytest.mark.parametrize("mass", [StrengthUnit.MG, StrengthUnit.MCG, StrengthUnit.G])
def test_activity_and_mass_are_not_converted_without_the_products_factor(mass):
    for unit, to in [(mass, StrengthUnit.IU), (StrengthUnit.IU, mass)]:
        with pytest.raises(UnitsNotConvertible) as refused:
            amounts.convert(D(1), unit, to)
        assert refused.value.facts == {"from_unit": unit, "to_unit": to}


def test_the_products_factor_relates_activity_and_mass_both_ways():
    vitamin_a = ActivityFactor(iu=D(50_000), mg=D("27.5"))  # as palmitate

    assert amounts.convert(D(100_000), StrengthUnit.IU, StrengthUnit.MG, vitamin_a) == 55
    assert amounts.convert(D(55), StrengthUnit.MG, StrengthUnit.IU, vitamin_a) == 100_000
    assert amounts.convert(D(1), StrengthUnit.IU, StrengthUnit.MCG, vitamin_a) == Fraction(55, 100)


def test_a_factor_of_nothing_is_refused():
    with pytest.raises(InvalidAmount):
        amounts.convert(D(1), StrengthUnit.IU, StrengthUnit.MG, ActivityFactor(iu=D(0), mg=D(1)))


@given(stored_amounts, st.sampled_from(["g", "mg", "mcg"]), st.sampled_from(["g", "mg", "mcg"]))
def test_a_conversion_and_its_return_lose_nothing(amount, unit, to):
    there = amounts.convert(amount, StrengthUnit(unit), StrengthUnit(to))
    assert amounts.convert(there, StrengthUnit(to), StrengthUnit(unit)) == Fraction(amount)


def test_strengths_are_read_from_percent_and_ratio():
    assert amounts.percent_strength(D(2)) == Strength(Fraction(20), StrengthUnit.MG)
    assert amounts.percent_strength(D("0.05")).value == Fraction(1, 2)
    assert amounts.ratio_strength(D(100_000)) == Strength(Fraction(10), StrengthUnit.MCG)
    assert amounts.ratio_strength(D(100_000)).in_unit(StrengthUnit.MG).value == Fraction(1, 100)


def test_a_reconstituted_strength_goes_by_the_volume_that_results():
    # 600 mg of powder in 4 mL of water give 4.3 mL, not 4.
    strength = amounts.reconstituted_strength(D(600), StrengthUnit.MG, D("4.3"))
    assert strength == Strength(Fraction(6000, 43), StrengthUnit.MG, Unit.ML)


@pytest.mark.parametrize(("amount", "volume"), [("600", "0"), ("0", "4"), ("-1", "4"), ("600", "-4")])
def test_a_reconstitution_of_or_into_nothing_is_refused(amount, volume):
    with pytest.raises(InvalidAmount):
        amounts.reconstituted_strength(D(amount), StrengthUnit.MG, D(volume))


LIDOCAINE = Strength(Fraction(20), StrengthUnit.MG, Unit.ML)
HYALURONIDASE = Strength(Fraction(150), StrengthUnit.IU, Unit.ML)


@pytest.mark.parametrize(
    ("amount", "entered", "unit", "strength", "kept"),
    [
        ("0.123456", Unit.ML, Unit.ML, LIDOCAINE, "0.123456"),  # as entered: nothing was converted
        ("10", StrengthUnit.MG, Unit.ML, LIDOCAINE, "0.5"),
        ("10000", StrengthUnit.MCG, Unit.ML, LIDOCAINE, "0.5"),
        ("1", StrengthUnit.MG, Unit.ML, Strength(Fraction(3), StrengthUnit.MG), "0.333"),
        ("3", StrengthUnit.IU, Unit.ML, HYALURONIDASE, "0.02"),
        ("1.5", StrengthUnit.G, Unit.MG, None, "1500"),
        ("2", Unit.ML, Unit.MG, Strength(Fraction(150), StrengthUnit.MG), "300"),
        ("2", Unit.PIECE, Unit.PIECE, None, "2"),
    ],
)
def test_what_was_entered_is_kept_in_the_products_unit(amount, entered, unit, strength, kept):
    assert amounts.product_amount(D(amount), entered, unit, strength) == D(kept)


@pytest.mark.parametrize(
    ("entered", "unit", "strength"),
    [
        (StrengthUnit.MG, Unit.ML, None),
        (StrengthUnit.IU, Unit.ML, LIDOCAINE),
        (StrengthUnit.IU, Unit.MG, None),
        (Unit.PIECE, Unit.ML, LIDOCAINE),
        (Unit.ML, Unit.PIECE, LIDOCAINE),
        (Unit.ML, Unit.IU, LIDOCAINE),
    ],
)
def test_units_that_nothing_relates_are_refused(entered, unit, strength):
    with pytest.raises(UnitsNotConvertible) as refused:
        amounts.product_amount(D(1), entered, unit, strength)
    assert unit.value in refused.value.remedy


def test_an_entry_that_rounds_to_nothing_is_refused():
    with pytest.raises(InvalidAmount):
        amounts.product_amount(D("0.1"), StrengthUnit.MCG, Unit.ML, LIDOCAINE)


@pytest.mark.parametrize(
    ("amount", "unit", "pack", "shown"),
    [
        ("1.0", "mL", None, "1 mL"),
        (".5", "mL", None, "0.5 mL"),
        ("0.50", "mg/mL", None, "0.5 mg/mL"),
        ("5.000000", "mL", None, "5 mL"),
        ("100", "mL", None, "100 mL"),
        ("1E+2", "mL", None, "100 mL"),
        ("0.000001", "mL", None, "0.000001 mL"),
        ("-0.000", "mL", None, "0 mL"),
        ("-1.50", "mL", None, "-1.5 mL"),
        ("1500", "IU", None, "1500 IU"),
        ("1500", "IU", RulePack.US_797, "1,500 units"),
        ("1500", "IU", RulePack.EU_GENERIC, "1\u00a0500 IU"),
        ("1500", "IU", RulePack.UK_HMR2012, "1\u00a0500 IU"),
        ("1234567.50", "mL", RulePack.US_797, "1,234,567.5 mL"),
        ("999.5", "mL", RulePack.US_797, "999.5 mL"),
        ("-1500", "mL", RulePack.US_797, "-1,500 mL"),
    ],
)
def test_amounts_are_written_as_the_label_rules_ask(amount, unit, pack, shown):
    assert amounts.format_amount(D(amount), unit, pack) == shown


def test_a_fraction_is_rounded_only_when_shown():
    assert amounts.format_amount(Fraction(8, 9), "mL") == "0.889 mL"
