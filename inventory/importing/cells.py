"""Cells as values: what stands in one column of one row, read as the forms read it. Pure."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from inventory.errors import InvalidCount, InvalidText
from inventory.rules.amounts import parse_amount, parse_amount_or_zero
from inventory.rules.expiry import PrintedExpiry
from inventory.rules.typed_expiry import typed_expiry
from inventory.rules.typed_openings import typed_opening

_WHOLE = re.compile(r"[0-9]{1,9}")
_YES = frozenset({"yes", "y", "true", "1", "x", "ja", "oui", "si", "sí"})
_NO = frozenset({"no", "n", "false", "0", "nein", "non"})
_LARGEST = 999_999_999

Chosen = TypeVar("Chosen", bound=StrEnum)


class Cells:
    """One row by field. An empty cell is a missing one."""

    def __init__(self, by_field: Mapping[str, str]) -> None:
        self.by_field = by_field

    def text(self, name: str) -> str | None:
        return self.by_field.get(name) or None

    def needed(self, name: str, heading: str) -> str:
        text = self.text(name)
        if text is None:
            raise InvalidText(heading, "is empty")
        return text

    def whole(self, name: str, heading: str) -> int | None:
        text = self.text(name)
        if text is None:
            return None
        if not _WHOLE.fullmatch(text):
            raise InvalidText(heading, f"is not a whole number: {_short(text)}")
        return int(text)

    def count(self, name: str, heading: str, least: int, most: int) -> int:
        count = self.whole(name, heading)
        if count is None:
            raise InvalidText(heading, "is empty")
        if not least <= count <= most:
            raise InvalidCount(heading, count, least, most)
        return count

    def amount(self, name: str) -> Decimal | None:
        text = self.text(name)
        return None if text is None else parse_amount(text)

    def amount_or_zero(self, name: str) -> Decimal | None:
        text = self.text(name)
        return None if text is None else parse_amount_or_zero(text)

    def truth(self, name: str, heading: str) -> bool | None:
        text = self.text(name)
        if text is None:
            return None
        if text.casefold() not in _YES | _NO:
            raise InvalidText(heading, f"is neither yes nor no: {_short(text)}")
        return text.casefold() in _YES

    def choice(self, name: str, heading: str, members: type[Chosen]) -> Chosen | None:
        text = self.text(name)
        if text is None:
            return None
        look = _plain(text)
        for member in members:
            if look == _plain(member.value):
                return member
        known = ", ".join(member.value.replace("_", " ") for member in members)
        raise InvalidText(heading, f"is not one of {known}: {_short(text)}")

    def expiry(self, name: str, today: date) -> PrintedExpiry | None:
        text = self.text(name)
        return None if text is None else typed_expiry(text, today)

    def opening(self, name: str, today: date, zone: ZoneInfo) -> datetime | None:
        text = self.text(name)
        return None if text is None else typed_opening(text, today, zone)


def _plain(text: str) -> str:
    return " ".join(text.casefold().replace("_", " ").replace("-", " ").split())


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:39] + "…")  # as much as tells which entry is meant
