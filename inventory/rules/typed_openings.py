"""When a vial was opened, as a person types it at the shelf: `today`, `yesterday`, a day, or a day and an hour.

A day alone counts from its beginning: the in-use time is never longer than it really was (rule OPN-02).
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from inventory.errors import InvalidExpiry, InvalidText
from inventory.rules.typed_expiry import typed_expiry

_HOUR = re.compile(r"(?P<day>.*?)[ T]+(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})")
_WORDS = {"today": timedelta(0), "yesterday": timedelta(days=1)}
_HOW = "is not read as a day: type 2031-03-01, 1.3.31, today or yesterday"


def typed_opening(text: str, today: date, zone: ZoneInfo) -> datetime:
    """The instant in UTC. Raises `InvalidText`."""
    given = " ".join(text.split())
    match = _HOUR.fullmatch(given)
    day = _day(match["day"] if match else given, today)
    try:
        at = time(int(match["hour"]), int(match["minute"])) if match else time.min
    except ValueError:
        raise InvalidText("Opened on", "has no such hour of the day") from None
    return datetime.combine(day, at, zone).astimezone(UTC)


def _day(text: str, today: date) -> date:
    if text.casefold() in _WORDS:
        return today - _WORDS[text.casefold()]
    try:
        read = typed_expiry(text, today)
    except InvalidExpiry:
        raise InvalidText("Opened on", _HOW) from None
    if read.is_month_only:
        raise InvalidText("Opened on", "is only a month: type the day, or say that nobody knows")
    return read.expires_on
