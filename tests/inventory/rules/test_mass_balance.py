from dataclasses import fields
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.rules import mass_balance
from inventory.rules.mass_balance import Flows
from models.vocabulary import MovePurpose

D = Decimal


def flows(**amounts):
    return Flows(**{purpose: D(amount) for purpose, amount in amounts.items()})


@pytest.mark.parametrize(
    ("moved", "on_hand", "percent", "variance", "unaccounted", "is_over"),
    [
        pytest.param(
            flows(received="100", administered="61.5", wasted="8.5"), "30", "100.00", "0", "0", False, id="M1"
        ),
        pytest.param(
            flows(received="100", administered="72.4", wasted="6.1"), "20", "98.50", "-1.5", "1.5", False, id="M2"
        ),
        pytest.param(
            flows(received="24", administered="24.6", wasted="0.3"), "0", "103.75", "0.9", "-0.9", True, id="M3"
        ),
        pytest.param(
            flows(received="100", administered="41.2", wasted="2.8", destroyed="2", returned="54"),
            "0",
            "100.00",
            "0",
            "0",
            False,
            id="M4",
        ),
        pytest.param(
            flows(opening="15", received="50", administered="33.25", wasted="1.75", transferred="10", sampled="5"),
            "15",
            "100.00",
            "0",
            "0",
            False,
            id="M5",
        ),
        pytest.param(
            flows(received="30", administered="12", wasted="0.5"), "20", "108.33", "2.5", "-2.5", True, id="M6"
        ),
    ],
)
def test_the_balance_of_a_lot(moved, on_hand, percent, variance, unaccounted, is_over):
    answer = mass_balance.balance(moved, D(on_hand))

    assert str(answer.shown_percent) == percent
    assert (answer.variance, answer.unaccounted, answer.is_over) == (D(variance), D(unaccounted), is_over)


def test_m2_expects_what_came_in_less_what_went_out():
    answer = mass_balance.balance(flows(received="100", administered="72.4", wasted="6.1"), D(20))
    assert (answer.in_, answer.out, answer.expected, answer.accounted) == (D(100), D("78.5"), D("21.5"), D("98.5"))


def test_what_was_lost_is_never_accounted_for():
    answer = mass_balance.balance(flows(received="100", lost="10"), D(90))
    assert (str(answer.shown_percent), answer.unaccounted, answer.variance) == ("90.00", D(10), D(-10))


def test_what_was_found_and_prepared_came_in_and_what_was_compounded_went_out():
    answer = mass_balance.balance(flows(prepared="4.5", found="0.1", compounded="1.6"), D(3))
    assert (answer.in_, answer.out, str(answer.shown_percent)) == (D("4.6"), D("1.6"), "100.00")


@pytest.mark.parametrize(("on_hand", "is_over"), [("0", False), ("2", True)])
def test_of_a_lot_that_never_came_in_there_is_no_percentage(on_hand, is_over):
    answer = mass_balance.balance(Flows(), D(on_hand))
    assert (answer.percent, answer.shown_percent, answer.is_over) == (None, None, is_over)


def test_the_percentage_is_exact_and_rounded_half_even_only_when_shown():
    answer = mass_balance.balance(flows(received="30", administered="12.5"), D(20))
    assert answer.percent == Fraction(325, 3)

    for administered, shown in [("0.00125", "0.12"), ("0.00135", "0.14"), ("0.001250001", "0.13")]:
        assert str(mass_balance.balance(flows(received="1", administered=administered), D(0)).shown_percent) == shown


def test_every_purpose_is_a_column_but_those_that_stay_within_the_lot():
    columns = {field.name for field in fields(Flows)}
    assert columns == {purpose.value for purpose in MovePurpose} - {"moved", "split"}


def test_sums_by_purpose_become_columns():
    sums = {purpose: D(number) for number, purpose in enumerate(MovePurpose, start=1)}
    moved = mass_balance.flows_of(sums)
    assert all(getattr(moved, field.name) == sums[MovePurpose(field.name)] for field in fields(Flows))
    assert mass_balance.flows_of({}) == Flows()


def test_whole_containers_count_at_their_printed_content():
    assert mass_balance.nominal_amount(12, D("2.0")) == D(24)


@pytest.mark.parametrize(("drawn", "found"), [("2.1", "0.1"), ("2.0", "0"), ("1.5", "0")])
def test_what_was_drawn_beyond_the_content_is_found(drawn, found):
    assert mass_balance.overfill(D(drawn), D("2.0")) == D(found)


@pytest.mark.parametrize(
    ("content", "draws", "tolerance"),
    [("100", 4, "2"), ("100", 30, "3"), ("2", 1, "0.1"), ("5", 1, "0.1"), ("0", 0, "0")],
)
def test_opened_liquids_may_differ_by_two_percent_or_a_tenth_a_draw(content, draws, tolerance):
    assert mass_balance.opened_tolerance(D(content), draws) == D(tolerance)


@pytest.mark.parametrize(
    ("variance", "tolerance", "expected"),
    [
        ("0", mass_balance.SEALED_TOLERANCE, False),
        ("0.000001", mass_balance.SEALED_TOLERANCE, True),
        ("-0.1", D("0.1"), False),
        ("-0.101", D("0.1"), True),
        ("0.101", D("0.1"), True),
    ],
)
def test_outside_the_tolerance_a_deviation_is_due_either_way(variance, tolerance, expected):
    assert mass_balance.needs_deviation(D(variance), tolerance) is expected


amounts_moved = st.integers(0, 10**12).map(lambda millionths: D(millionths).scaleb(-6))
all_flows = st.builds(Flows, **{field.name: amounts_moved for field in fields(Flows)})


@given(all_flows, amounts_moved)
def test_the_parts_always_add_up(moved, on_hand):
    answer = mass_balance.balance(moved, on_hand)

    assert answer.accounted + answer.unaccounted == answer.in_
    assert answer.variance == on_hand - answer.expected == -answer.unaccounted
    assert answer.is_over == (answer.unaccounted < 0)
    assert answer.percent is None or answer.is_over == (answer.percent > 100)


@given(all_flows)
def test_a_ledger_that_explains_everything_lacks_exactly_what_was_lost(moved):
    """On hand by the ledger is what came in less every way out, so only `lost` is unaccounted for."""
    answer = mass_balance.balance(moved, D(0))
    on_hand = answer.expected - moved.lost
    if on_hand >= 0:
        assert mass_balance.balance(moved, on_hand).unaccounted == moved.lost
