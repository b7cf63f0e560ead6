from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from inventory.errors import InvalidText
from inventory.rules.typed_openings import typed_opening

TODAY = date(2031, 3, 3)
PARIS = ZoneInfo("Europe/Paris")


@pytest.mark.parametrize(
    ("typed", "at"),
    [
        ("today", datetime(2031, 3, 2, 23, tzinfo=UTC)),
        ("Yesterday", datetime(2031, 3, 1, 23, tzinfo=UTC)),
        ("2031-03-01", datetime(2031, 2, 28, 23, tzinfo=UTC)),
        ("1.3.31", datetime(2031, 2, 28, 23, tzinfo=UTC)),
        ("2031-03-01 14:30", datetime(2031, 3, 1, 13, 30, tzinfo=UTC)),
        (" today   8:05 ", datetime(2031, 3, 3, 7, 5, tzinfo=UTC)),
        ("2030-07-01", datetime(2030, 6, 30, 22, tzinfo=UTC)),  # summer time
    ],
)
def test_a_day_counts_from_its_beginning_where_the_clinic_is(typed, at):
    assert typed_opening(typed, TODAY, PARIS) == at


@pytest.mark.parametrize("typed", ["", "last week", "0331", "2031-02-30", "2031-03-01 25:00", "<script>", "today 9"])
def test_what_is_no_day_is_refused(typed):
    with pytest.raises(InvalidText):
        typed_opening(typed, TODAY, PARIS)
