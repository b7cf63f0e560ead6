"""A medium is refused in words when it is made, so that no label is ever printed over another."""

from dataclasses import replace
from decimal import Decimal

import pytest

from labels.errors import MediumNotPossible
from labels.media import BY_CODE, STOCK

SHEET = BY_CODE["l7160"]


def test_stock_is_named_once():
    assert len(BY_CODE) == len(STOCK) == len({medium.name for medium in STOCK})


@pytest.mark.parametrize(
    ("facts", "problem"),
    [
        ({"pitch_x": Decimal(60)}, "labels overlap: the next one beside begins after 60 mm, but a label is 63.5 mm"),
        ({"pitch_y": Decimal(38)}, "labels overlap: the next one below begins after 38 mm, but a label is 38.1 mm"),
        (
            {"left": Decimal(20)},
            "labels leave the page: the last one ends at 215.58 mm, and the right edge is at 210 mm",
        ),
        ({"top": Decimal(40)}, "labels leave the page: the last one ends at 306.7 mm, and the lower edge is at 297 mm"),
        ({"left": Decimal(-1)}, "a length is negative"),
        ({"width": Decimal("NaN")}, "a length is not a number"),
        ({"pitch_y": Decimal("Infinity")}, "a length is not a number"),
        ({"width": Decimal(19)}, "its labels are smaller than 20 × 10 mm"),
        ({"inset": Decimal(10)}, "its white edge leaves too little of the label"),
        ({"columns": 0}, "it has not 1 to 500 labels on a page"),
        ({"columns": 60, "rows": 60}, "it has not 1 to 500 labels on a page"),
        ({"dpi": 72}, "the printer's dots are not one of 203, 300, 600 an inch"),
        ({"page_width": Decimal(10_000)}, "its page is larger than 500 mm"),
    ],
)  # fmt: skip
def test_what_cannot_be_printed_on_is_refused_with_the_figures(facts, problem):
    with pytest.raises(MediumNotPossible) as refused:
        replace(SHEET, **facts)
    assert refused.value.problem.removeprefix("its ") == problem.removeprefix("its ")
