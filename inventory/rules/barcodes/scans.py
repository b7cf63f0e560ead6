"""What a scan says: the values that the readers of all schemes share.

`position` counts the characters as they were scanned, from 1, so that a refusal can point at them.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from inventory.errors import ElementsConflict, InvalidElement
from inventory.rules.expiry import PrintedExpiry

_LONGEST_SHOWN = 60


class Scheme(StrEnum):
    """Who gave the code its form."""

    GS1 = "gs1"
    DIGITAL_LINK = "digital_link"
    GTIN = "gtin"
    HIBC = "hibc"
    ISBT_128 = "isbt128"
    PPN = "ppn"
    OURS = "ours"
    INTERNAL = "internal"


class ScanWarning(StrEnum):
    """What a person must look at before the scan is believed."""

    DAY_00 = "W_DAY00"
    LOST_SEPARATOR = "W_LOST_SEPARATOR"
    UNSURE_SEPARATOR = "W_UNSURE_SEPARATOR"
    NO_LOT = "W_NO_LOT"
    COUNT_WITHOUT_SSCC = "W_COUNT_WITHOUT_SSCC"
    BEST_BEFORE = "W_BEST_BEFORE"
    EXPIRY_TIME = "W_EXPIRY_TIME"
    IN_QUERY = "W_IN_QUERY"
    CHECK_DIGIT = "W_CHECK_DIGIT"
    UNREAD_PART = "W_UNREAD_PART"

    @property
    def sentence(self) -> str:
        return _SENTENCES[self]


_SENTENCES = {
    ScanWarning.DAY_00: "No day is given: the last day of the month counts.",
    ScanWarning.LOST_SEPARATOR: "The lot or serial number seems to hold a date: confirm lot and expiry from the print.",
    ScanWarning.UNSURE_SEPARATOR: "No separator came: look whether the lot and the serial number are as printed.",
    ScanWarning.NO_LOT: "The code has no lot number: scan the other symbol, or type the lot from the print.",
    ScanWarning.COUNT_WITHOUT_SSCC: "The code of a carton comes without the carton's own number.",
    ScanWarning.BEST_BEFORE: "The date is a best-before date.",
    ScanWarning.EXPIRY_TIME: "It expires at an hour of the day, not at its end: see the print.",
    ScanWarning.IN_QUERY: "The link has the lot or serial number in an unusual place: compare with the print.",
    ScanWarning.CHECK_DIGIT: "It looks like a number with a check digit, which does not fit: compare with the print.",
    ScanWarning.UNREAD_PART: "A part of the code could not be read: compare with the print.",
}


@dataclass(frozen=True, slots=True)
class Element:
    """One piece of a code: (10) `lot number` LOT-A1."""

    id: str
    name: str
    value: str
    position: int

    def refused(self, problem: str) -> InvalidElement:
        return InvalidElement(self.id, self.name, shown(self.value), problem, self.position)


@dataclass(frozen=True, slots=True)
class Symbol:
    """What is to be read: `text` begins after `start` characters of what was scanned, `raw`."""

    raw: str
    text: str
    start: int
    today: date
    separators: re.Pattern[str]

    def element(self, identifier: str, name: str, value: str, index: int) -> Element:
        return Element(identifier, name, value, self.position(index))

    def position(self, index: int) -> int:
        return self.start + index + 1

    def beyond(self, index: int) -> "Symbol":
        """The rest of it from `index` of its text on."""
        return Symbol(self.raw, self.text[index:], self.start + index, self.today, self.separators)


@dataclass(frozen=True, slots=True)
class Scan:
    """What one scan says. What it does not say is None.

    `code` names the product in a scheme that has no GTIN, or is our own or an internal code. `expires_at` is an
    hour of the day as printed, in no zone; `expires_on` is then the day of that hour.
    """

    scheme: Scheme
    raw: str
    gtin: str | None = None
    code: str | None = None
    lot_number: str | None = None
    serial: str | None = None
    expires_on: date | None = None
    is_month_only: bool = False
    expires_at: datetime | None = None
    manufactured_on: date | None = None
    count: int | None = None
    elements: tuple[Element, ...] = ()
    warnings: tuple[ScanWarning, ...] = ()

    @property
    def names_product(self) -> bool:
        return self.gtin is not None or self.code is not None

    @property
    def escaped_raw(self) -> str:
        r"""As scanned, with what cannot be seen written out: `\\x1d`."""
        return self.raw.encode("unicode_escape").decode("ascii")

    def element(self, identifier: str) -> str | None:
        return next((element.value for element in self.elements if element.id == identifier), None)


@dataclass(frozen=True, slots=True)
class Expiry:
    """An expiry with the element that says it, and the hour where one is given."""

    element: Element
    printed: PrintedExpiry
    at: datetime | None = None


def one_expiry(expiries: list[Expiry]) -> Expiry | None:
    """All that a code says of its expiry must agree; the most exact is taken."""
    for other in expiries[1:]:
        if other.printed.expires_on != expiries[0].printed.expires_on:
            raise conflict(expiries[0].element, other.element)
    return min(expiries, key=lambda expiry: (expiry.at is None, expiry.printed.is_month_only), default=None)


def conflict(first: Element, second: Element) -> ElementsConflict:
    return ElementsConflict(second.id, second.name, shown(first.value), shown(second.value))


def shown(text: str) -> str:
    """The beginning of hostile text, in characters that every screen and log can show."""
    plain = re.sub(r"[^\x20-\x7e]", "?", text)
    return plain if len(plain) <= _LONGEST_SHOWN else plain[: _LONGEST_SHOWN - 3] + "..."
