"""Dates of codes: six digits in several orders, days of the year, and hours (rules SCN-03, SCN-04).

Each function takes the element that it reads from, so that a refusal says which date is wrong, and where.
"""

from calendar import monthrange
from datetime import date, datetime, time, timedelta

from inventory.rules.barcodes.scans import Element
from inventory.rules.expiry import PrintedExpiry, full_year

_MONTHS = 12


def yymmdd(element: Element, digits: str, today: date) -> PrintedExpiry:
    """A day of 00 is the last of its month."""
    _check_digits(element, digits, "YYMMDD")
    return _day_or_month(element, full_year(int(digits[:2]), today), digits[2:4], digits[4:])


def yyyymmdd(element: Element, digits: str) -> PrintedExpiry:
    _check_digits(element, digits, "YYYYMMDD")
    return _day_or_month(element, int(digits[:4]), digits[4:6], digits[6:])


def yyjjj(element: Element, digits: str, today: date) -> PrintedExpiry:
    """A year and a day of it, 001 to 366."""
    _check_digits(element, digits, "YYJJJ")
    return day_of_year(element, full_year(int(digits[:2]), today), digits[2:])


def day_of_year(element: Element, year: int, day: str) -> PrintedExpiry:
    try:
        found = date(year, 1, 1) + timedelta(days=int(day) - 1)
    except (ValueError, OverflowError):
        raise element.refused(f"has the year {year}, which no calendar has") from None
    if found.year != year:
        raise element.refused(f"has the day {day}, which the year {year} does not have")
    return PrintedExpiry(found, is_month_only=False)


def at_hour(element: Element, day: date, hour: str, minute: str = "00") -> datetime:
    """The hour as printed, in no zone: the print does not name one."""
    try:
        return datetime.combine(day, time(int(hour), int(minute)))
    except ValueError:
        raise element.refused(f"has the time {hour}:{minute}, which no day has") from None


def _day_or_month(element: Element, year: int, month: str, day: str) -> PrintedExpiry:
    if not 1 <= int(month) <= _MONTHS:
        raise element.refused(f"has the month {month}, which no year has")
    last = monthrange(year, int(month))[1]
    if int(day) > last:
        raise element.refused(f"has the day {day}, which its month does not have")
    try:
        return PrintedExpiry(date(year, int(month), int(day) or last), is_month_only=int(day) == 0)
    except ValueError:
        raise element.refused(f"has the year {year}, which no calendar has") from None


def _check_digits(element: Element, digits: str, form: str) -> None:
    if len(digits) != len(form) or not (digits.isascii() and digits.isdigit()):
        raise element.refused(f"is not a date of the form {form}")
