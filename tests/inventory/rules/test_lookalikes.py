"""Lot numbers that the eye takes for one another."""

import pytest

from inventory.rules.lookalikes import find_lookalike


@pytest.mark.parametrize(
    ("given", "known"),
    [
        ("ha2406", "HA2406"),
        ("HA24O6", "HA2406"),
        ("HA0024", "HA24"),
        ("0042", "42"),
        ("LOT-007", "LOT-7"),
        ("B1l", "BI1"),
        ("IO1", "1O1"),
        ("straße", "STRASSE"),
    ],
)
def test_they_look_alike_in_case_zeros_o_and_one(given, known):
    assert find_lookalike(given, ["X1", known]) == known
    assert find_lookalike(known, [given]) == given


@pytest.mark.parametrize(
    ("given", "known"), [("HA2406", "HA2407"), ("HA2406", "HA24060"), ("A-1", "A1"), ("42", "420"), ("A1", "A01B")]
)
def test_others_do_not(given, known):
    assert find_lookalike(given, [known]) is None


def test_the_known_number_itself_is_no_question():
    assert find_lookalike("HA2406", ["HA24O6", "HA2406"]) is None
    assert find_lookalike("HA2406", []) is None
