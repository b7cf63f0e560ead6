from decimal import Decimal

import pytest

from inventory.rules.parts import SIGNS, Part, amount_of


@pytest.mark.parametrize(
    ("part", "content", "amount"),
    [
        (Part.QUARTER, "10", "2.5"),
        (Part.HALF, "10", "5"),
        (Part.THREE_QUARTERS, "10", "7.5"),
        (Part.WHOLE, "10", "10"),
        (Part.QUARTER, "1.1", "0.275"),
        (Part.QUARTER, "0.01", "0.002"),  # half-even: 0.0025
        (Part.THREE_QUARTERS, "0.01", "0.008"),  # half-even: 0.0075
        (Part.WHOLE, "0.0001", "0.0001"),
    ],
)
def test_a_part_of_a_full_vial_is_an_exact_amount(part, content, amount):
    assert amount_of(part, Decimal(content)) == Decimal(amount)


def test_every_part_has_its_sign():
    assert set(SIGNS) == set(Part)
