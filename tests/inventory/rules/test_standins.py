"""A stand-in lot number is never a maker's, and what a person types is never one."""

import secrets
from datetime import date

import pytest

from inventory.errors import Refusal
from inventory.rules.barcodes import read_code
from inventory.rules.standins import is_standin, make_standin


def test_a_standin_is_known_as_one_and_differs_each_time():
    made = {make_standin(secrets.randbits) for _ in range(200)}
    assert len(made) == 200
    assert all(is_standin(each) for each in made)


@pytest.mark.parametrize("typed", ["unreadable 7F3K2M9Q", " UNREADABLE", "Unreadable-1"])
def test_what_could_be_taken_for_one_is_known_too(typed):
    assert is_standin(typed)


@pytest.mark.parametrize("lot", ["L1", "READABLE 1", "UN READABLE", "LOT UNREADABLE"])
def test_other_numbers_are_makers(lot):
    assert not is_standin(lot)


def test_no_barcode_can_say_one():
    scan = f"]d20109506000134352\x1d10{make_standin(lambda _: 0)}"
    with pytest.raises(Refusal):
        read_code(scan, date(2031, 3, 3))
