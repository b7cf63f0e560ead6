"""An expiry typed from the print: short forms are read in full, and what could be two dates is refused."""

import contextlib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.errors import InvalidExpiry
from inventory.rules.expiry import PrintedExpiry
from inventory.rules.typed_expiry import typed_expiry

TODAY = date(2026, 1, 31)
MONTHS = {
    "0517": (2017, 5, 31),
    "1228": (2028, 12, 31),
    "0228": (2028, 2, 29),
    "202607": (2026, 7, 31),
    "203012": (2030, 12, 31),
    "12/28": (2028, 12, 31),
    "12/2028": (2028, 12, 31),
    "5.2027": (2027, 5, 31),
    "2028-02": (2028, 2, 29),
    "2027/02": (2027, 2, 28),
    "DEC 2028": (2028, 12, 31),
    "dec28": (2028, 12, 31),
    "December 2028": (2028, 12, 31),
    "2028-12-00": (2028, 12, 31),
    " 0517 ": (2017, 5, 31),
}
DAYS = {
    "31.12.28": (2028, 12, 31),
    "1.2.2028": (2028, 2, 1),
    "01. 02. 28": (2028, 2, 1),
    "31/12/28": (2028, 12, 31),
    "12/31/2028": (2028, 12, 31),
    "05-05-28": (2028, 5, 5),
    "2028-12-31": (2028, 12, 31),
    "2028.12.31": (2028, 12, 31),
    "20281231": (2028, 12, 31),
    "31122028": (2028, 12, 31),
    "20122028": (2028, 12, 20),
    "31 DEC 2028": (2028, 12, 31),
    "31-DEC-28": (2028, 12, 31),
    "+6m": (2026, 7, 31),
    "+1m": (2026, 2, 28),
    "+ 2 y": (2028, 1, 31),
    "+30d": (2026, 3, 2),
    "+2W": (2026, 2, 14),
}
NO_DATES = (
    "",
    "x",
    "13",
    "1328",
    "0028",
    "202613",
    "31.02.28",
    "30022028",
    "2028-13-01",
    "+m",
    "+9999m",
    "1.2",
    "٠٥١٧",
)
TWO_DATES = {
    "281231": "'281231' may be 2028-12-31 or 2031-12-28",
    "05/06/28": "'05/06/28' may be 2028-06-05 or 2028-05-06",
    "010203": "'010203' may be 2001-02-03 or 2003-02-01",
}


@pytest.mark.parametrize(("text", "expected"), MONTHS.items())
def test_a_month_means_its_last_day(text, expected):
    assert typed_expiry(text, TODAY) == PrintedExpiry(date(*expected), is_month_only=True)


@pytest.mark.parametrize(("text", "expected"), DAYS.items())
def test_a_day_is_read_in_full(text, expected):
    assert typed_expiry(text, TODAY) == PrintedExpiry(date(*expected), is_month_only=False)


@pytest.mark.parametrize("text", NO_DATES)
def test_what_is_no_date_is_refused_with_how_to_type_one(text):
    with pytest.raises(InvalidExpiry):
        typed_expiry(text, TODAY)


@pytest.mark.parametrize(("text", "said"), TWO_DATES.items())
def test_what_could_be_two_dates_is_refused_and_both_are_named(text, said):
    with pytest.raises(InvalidExpiry) as refused:
        typed_expiry(text, TODAY)
    assert said in refused.value.what
    assert "four digits" in refused.value.what


def test_long_nonsense_is_refused_shortly():
    with pytest.raises(InvalidExpiry) as refused:
        typed_expiry("9" * 10_000, TODAY)
    assert len(refused.value.what) < 200


@given(st.dates(date(2026, 1, 1), date(2075, 12, 31)))
def test_every_day_is_read_as_it_is_written(day):
    for form in ("%Y-%m-%d", "%Y%m%d", "%d.%m.%Y", "%d.%m.%y", "%d %b %Y"):
        assert typed_expiry(day.strftime(form), TODAY).expires_on == day


@given(st.text(max_size=20))
def test_whatever_is_typed_is_a_date_or_a_refusal(text):
    with contextlib.suppress(InvalidExpiry):
        assert isinstance(typed_expiry(text, TODAY), PrintedExpiry)
