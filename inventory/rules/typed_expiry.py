"""An expiry as a person types it from a box: short, and never guessed.

- Where only a month is typed, its last day counts (SCN-03); two digits of a year mean the century around today.
- What could be two dates is refused, and both are named: `281231` may be in December or in the year 2031.
- Dots put the day first, as Europe does. Slashes and dashes do so only where no other reading is possible.
"""

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta

from inventory.errors import InvalidExpiry
from inventory.rules.expiry import PrintedExpiry, full_year, month_only_expiry

_MONTHS = 12
_LONGEST = 40
_NAMES = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_HOW = "is not read as a date: type 2028-12-31, 31.12.28, 12/2028, 1228 or +6m"

Reader = Callable[[re.Match[str], date], PrintedExpiry]


def typed_expiry(text: str, today: date) -> PrintedExpiry:
    """`0517`, `202607`, `+6m`, `31.12.28` and what people write otherwise. Raises `InvalidExpiry`."""
    given = " ".join(text.upper().split())
    for pattern, read in _FORMS:
        match = pattern.fullmatch(given)
        if match is not None:
            return _checked(text, match, read, today)
    raise _refused(text, _HOW)


def _checked(text: str, match: re.Match[str], read: Reader, today: date) -> PrintedExpiry:
    try:
        return read(match, today)
    except (ValueError, OverflowError):
        raise _refused(text, "is no day of the calendar") from None


def _refused(text: str, problem: str) -> InvalidExpiry:
    shown = text.strip()
    return InvalidExpiry(shown if len(shown) <= _LONGEST else shown[: _LONGEST - 1] + "…", problem)


def _year(digits: str, today: date) -> int:
    return int(digits) if len(digits) > 2 else full_year(int(digits), today)  # a year has two digits or four


def _month(year: int, month: int) -> PrintedExpiry:
    if not 1 <= month <= _MONTHS:
        raise ValueError(month)
    return month_only_expiry(year, month)


def _day(year: int, month: int, day: int) -> PrintedExpiry:
    """Day 00 is the last of its month, as on a box."""
    return _month(year, month) if day == 0 else PrintedExpiry(date(year, month, day), is_month_only=False)


def _year_first(match: re.Match[str], today: date) -> PrintedExpiry:
    return _day(_year(match[1], today), int(match[2]), int(match[3]))


def _day_first(match: re.Match[str], today: date) -> PrintedExpiry:
    return _day(_year(match[3], today), int(match[2]), int(match[1]))


def _either_first(match: re.Match[str], today: date) -> PrintedExpiry:
    """31/12/28 is read; 05/06/28 is May or June."""
    first, second = int(match[1]), int(match[2])
    if first == second or first > _MONTHS or second > _MONTHS:
        day, month = (second, first) if second > _MONTHS else (first, second)
        return _day(_year(match[3], today), month, day)
    readings = (_day(_year(match[3], today), second, first), _day(_year(match[3], today), first, second))
    raise _ambiguous(match[0], *readings)


def _month_and_year(match: re.Match[str], today: date) -> PrintedExpiry:
    return _month(_year(match[2], today), int(match[1]))


def _year_and_month(match: re.Match[str], today: date) -> PrintedExpiry:
    return _month(_year(match[1], today), int(match[2]))


def _six_digits(match: re.Match[str], today: date) -> PrintedExpiry:
    """202607 is July 2026: as year, month and day it would have a month 26. All others may be several dates."""
    text = match[0]
    if text.startswith("20") and 1 <= int(text[4:]) <= _MONTHS:
        return _month(int(text[:4]), int(text[4:]))
    readings = []
    for year, month, day in ((text[:2], text[2:4], text[4:]), (text[4:], text[2:4], text[:2])):
        try:
            readings.append(_day(_year(year, today), int(month), int(day)))
        except (ValueError, InvalidExpiry):
            continue
    if len({each.expires_on for each in readings}) == 1:
        return readings[0]
    if not readings:
        raise ValueError(text)
    raise _ambiguous(text, *readings)


def _eight_digits(match: re.Match[str], today: date) -> PrintedExpiry:  # noqa: ARG001  # asked as the others are
    """With 20 in the middle it ends with its year, because no month is the twentieth."""
    text = match[0]
    if text[4:6] == "20":
        return _day(int(text[4:]), int(text[2:4]), int(text[:2]))
    return _day(int(text[:4]), int(text[4:6]), int(text[6:]))


def _from_today(match: re.Match[str], today: date) -> PrintedExpiry:
    count = int(match[1])
    if match[2] in ("D", "W"):
        return PrintedExpiry(today + timedelta(days=count * (7 if match[2] == "W" else 1)), is_month_only=False)
    months = today.year * _MONTHS + today.month - 1 + count * (_MONTHS if match[2] == "Y" else 1)
    year, month = months // _MONTHS, months % _MONTHS + 1
    return PrintedExpiry(date(year, month, min(today.day, monthrange(year, month)[1])), is_month_only=False)


def _named_month(match: re.Match[str], today: date) -> PrintedExpiry:
    month = _NAMES.index(match[2][:3]) + 1
    return _day(_year(match[3], today), month, int(match[1] or 0))


def _ambiguous(text: str, *readings: PrintedExpiry) -> InvalidExpiry:
    dates = " or ".join(each.expires_on.isoformat() for each in readings)
    return _refused(text, f"may be {dates}: type it with the year in four digits")


_D, _M, _Y = r"([0-9]{1,2})", r"([0-9]{1,2})", r"([0-9]{4}|[0-9]{2})"
_FORMS: tuple[tuple[re.Pattern[str], Reader], ...] = tuple(
    (re.compile(pattern), read)
    for pattern, read in (
        (r"([0-9]{4})[-/. ]([0-9]{1,2})[-/. ]([0-9]{1,2})", _year_first),
        (rf"{_D}\. ?{_M}\. ?{_Y}", _day_first),
        (rf"{_D}[-/ ]{_M}[-/ ]{_Y}", _either_first),
        (r"([0-9]{4})[-/.]([0-9]{1,2})", _year_and_month),
        (rf"{_M}[-/. ]{_Y}", _month_and_year),
        (r"([0-9]{2})([0-9]{2})", _month_and_year),
        (r"[0-9]{6}", _six_digits),
        (r"[0-9]{8}", _eight_digits),
        (r"\+ ?([0-9]{1,3}) ?(D|W|M|Y)", _from_today),
        (rf"(?:{_D}[-. ]?)?({'|'.join(_NAMES)})[A-Z]{{0,6}}[-. ]*{_Y}", _named_month),
    )
)
