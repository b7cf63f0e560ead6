"""A count is judged against the books of its instant, and booked against the books of now."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.rules.counting import LaterMove, judge, tolerance
from models.vocabulary import Unit

COUNTED_AT = datetime(2031, 3, 3, 10, tzinfo=UTC)
LIVE = COUNTED_AT + timedelta(minutes=30)
D = Decimal


def live(net):
    return LaterMove(D(net), LIVE, LIVE)


def late(net, at=COUNTED_AT - timedelta(hours=1)):
    """Happened at `at`, entered half an hour after the count."""
    return LaterMove(D(net), at, LIVE)


@pytest.mark.parametrize(
    ("unit", "content", "draws", "is_opened", "allowed"),
    [
        (Unit.ML, "10", 0, False, "0"),
        (Unit.ML, "10", 0, True, "0.2"),
        (Unit.ML, "10", 1, True, "0.2"),
        (Unit.ML, "10", 2, True, "0.2"),
        (Unit.ML, "10", 3, True, "0.3"),
        (Unit.ML, "2", 1, True, "0.1"),
        (Unit.ML, "2", 0, True, "0.04"),
        (Unit.IU, "1000", 9, True, "20"),
        (Unit.MG, "50", 9, True, "1"),
        (Unit.PIECE, "100", 9, True, "0"),
    ],
)
def test_measuring_may_be_off_by_two_per_cent_or_a_tenth_a_draw(unit, content, draws, is_opened, allowed):
    assert tolerance(unit, D(content), draws, is_opened=is_opened) == D(allowed)


@pytest.mark.parametrize(
    ("counted", "then", "later", "difference", "booked"),
    [
        ("3", "3", (), "0", "0"),
        ("2.5", "3", (), "-0.5", "-0.5"),
        ("3.4", "3", (), "0.4", "0.4"),
        # What is used after the count changes nothing about it.
        ("2.5", "3", (live("-1"),), "-0.5", "-0.5"),
        ("3", "3", (live("-3"),), "0", "0"),
        # What was used before and entered after explains it.
        ("2", "3", (late("-1"),), "0", "0"),
        ("2", "3", (late("-1"), live("-2")), "0", "0"),
        ("2", "3", (late("-1", COUNTED_AT),), "0", "0"),
        # Entered late, and it was after the count: it does not.
        ("2", "3", (late("-1", COUNTED_AT + timedelta(minutes=1)),), "-1", "-1"),
        # There is less left than is missing: it never goes below zero.
        ("1", "3", (live("-2.5"),), "-2", "-0.5"),
        ("0", "3", (live("-3"),), "-3", "0"),
        ("0", "0", (), "0", "0"),
        ("4", "0", (), "4", "4"),
    ],
)
def test_a_difference_is_booked_against_what_the_books_have_now(counted, then, later, difference, booked):
    judged = judge(D(counted), D(then), D(0), later, COUNTED_AT)
    assert (judged.difference, judged.booked) == (D(difference), D(booked))


@pytest.mark.parametrize(("counted", "is_within"), [("2.8", True), ("2.79", False), ("3.2", True), ("3.21", False)])
def test_the_tolerance_itself_is_within(counted, is_within):
    assert judge(D(counted), D(3), D("0.2"), (), COUNTED_AT).is_within is is_within


AMOUNTS = st.decimals(min_value=0, max_value=50, places=3)


@given(counted=AMOUNTS, then=AMOUNTS, uses=st.lists(st.tuples(AMOUNTS, st.booleans()), max_size=6))
def test_after_booking_the_books_hold_what_was_counted_and_what_came_later(counted, then, uses):
    later, books, after_count = [], then, D(0)
    for amount, is_late in uses:
        taken = min(amount, books)
        books -= taken
        later.append(late(-taken) if is_late else live(-taken))
        after_count -= D(0) if is_late else taken
    judged = judge(counted, then, D(0), later, COUNTED_AT)
    assert books + judged.booked == max(D(0), counted + after_count)
