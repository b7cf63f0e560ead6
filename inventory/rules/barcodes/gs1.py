"""What GS1 elements mean together: product, lot, serial number, dates and count of one scan.

The same element twice must say the same (rule SCN-09); some exclude or demand another (rule SCN-17). A value that
seems to have swallowed the next element is told, never divided (rule SCN-08).
"""

import re
from calendar import monthrange
from datetime import date

from inventory.errors import ElementOutOfPlace, UnreadableCode
from inventory.rules.barcodes import dates
from inventory.rules.barcodes.elements import checked, split, split_brackets
from inventory.rules.barcodes.scans import (
    Element,
    Expiry,
    Scan,
    ScanWarning,
    Scheme,
    Symbol,
    conflict,
    one_expiry,
    shown,
)

_EXPIRIES = ("17", "7003")
_PAYMENT_SLIP = "8020"
_EXCLUDED = (("01", "02"), ("01", "37"), ("01", "255"), ("21", "235"))
_DEMANDED = (("02", "37"), ("37", "02"))
_SWALLOWED_DATE = re.compile(r"(?<=.)(?=1[157][0-9]{2}([0-9]{2})([0-9]{2})(?:$|10|21))")
_LEAP_YEAR = 2028
_SWALLOWED_NUMBER = {"10": re.compile(r".21.{3}"), "21": re.compile(r".10.{3}")}


def read_element_strings(symbol: Symbol) -> Scan:
    """A code as the scanner sends it, without brackets."""
    elements = distinct(split(symbol))
    if not elements:
        raise UnreadableCode(shown(symbol.raw), "holds nothing but separators")
    has_separator = symbol.separators.search(symbol.text) is not None
    return combine(Scheme.GS1, symbol, elements, _swallowed(elements, has_separator=has_separator))


def read_brackets(symbol: Symbol) -> Scan:
    """The text under a symbol, as people read and type it."""
    return combine(Scheme.GS1, symbol, distinct(split_brackets(symbol)), [])


def combine(scheme: Scheme, symbol: Symbol, elements: list[Element], warnings: list[ScanWarning]) -> Scan:
    """The scan that the elements make together. Each is checked first, then all of them against each other."""
    by_id = {element.id: element for element in checked(elements)}
    _check_places(by_id)
    made = {element.id: _DATES[element.id](element, symbol.today) for element in elements if element.id in _DATES}
    expiry = one_expiry([made[name] for name in _EXPIRIES if name in made]) or made.get("15")
    product = by_id.get("01") or by_id.get("02")
    production = made.get("11") or made.get("8008")
    return Scan(
        scheme=scheme,
        raw=symbol.raw,
        gtin=product.value if product else None,
        lot_number=_value(by_id, "10"),
        serial=_value(by_id, "21"),
        expires_on=expiry.printed.expires_on if expiry else None,
        is_month_only=bool(expiry and expiry.printed.is_month_only),
        expires_at=expiry.at if expiry else None,
        manufactured_on=production.printed.expires_on if production else None,
        count=_count(by_id),
        elements=tuple(elements),
        warnings=(*_warnings(by_id, expiry), *warnings),
    )


def distinct(elements: list[Element]) -> list[Element]:
    """Each element once. The same one with two values is refused (rule SCN-09)."""
    first: dict[str, Element] = {}
    for element in elements:
        earlier = first.setdefault(element.id, element)
        if earlier.value != element.value:
            raise conflict(earlier, element)
    return list(first.values())


def _value(by_id: dict[str, Element], identifier: str) -> str | None:
    return by_id[identifier].value if identifier in by_id else None


def _count(by_id: dict[str, Element]) -> int | None:
    counted = by_id.get("37") or by_id.get("30")
    return int(counted.value) if counted else None


def _check_places(by_id: dict[str, Element]) -> None:
    for identifier, excluded in _EXCLUDED:
        if identifier in by_id and excluded in by_id:
            raise _out_of_place(by_id[excluded], f"never stands beside element {identifier}")
    for identifier, demanded in _DEMANDED:
        if identifier in by_id and demanded not in by_id:
            raise _out_of_place(by_id[identifier], f"needs element {demanded} beside it")
    if _PAYMENT_SLIP in by_id:
        raise _out_of_place(by_id[_PAYMENT_SLIP], "belongs on a payment slip, not on stock")


def _out_of_place(element: Element, problem: str) -> ElementOutOfPlace:
    return ElementOutOfPlace(element.id, element.name, problem)


def _warnings(by_id: dict[str, Element], expiry: Expiry | None) -> list[ScanWarning]:
    told = {
        ScanWarning.DAY_00: bool(expiry and expiry.printed.is_month_only),
        ScanWarning.BEST_BEFORE: bool(expiry and expiry.element.id == "15"),
        ScanWarning.EXPIRY_TIME: bool(expiry and expiry.at),
        ScanWarning.COUNT_WITHOUT_SSCC: "37" in by_id and "00" not in by_id,
        ScanWarning.NO_LOT: "10" not in by_id and not {"01", "02"}.isdisjoint(by_id),
    }
    return [warning for warning, is_told in told.items() if is_told]


def _date(element: Element, today: date) -> Expiry:
    return Expiry(element, dates.yymmdd(element, element.value[:6], today))


def _date_and_hour(element: Element, today: date) -> Expiry:
    """(7003): a day of 00 is not allowed where an hour follows."""
    day = dates.yymmdd(element, element.value[:6], today)
    if day.is_month_only:
        raise element.refused("has the day 00, which no month has")
    return Expiry(element, day, dates.at_hour(element, day.expires_on, element.value[6:8], element.value[8:10]))


_DATES = dict.fromkeys(("11", "12", "13", "15", "16", "17", "8008"), _date) | {"7003": _date_and_hour}


def _swallowed(elements: list[Element], *, has_separator: bool) -> list[ScanWarning]:
    last = elements[-1]
    if last.id not in _SWALLOWED_NUMBER:
        return []
    if any(_is_day(match) for match in _SWALLOWED_DATE.finditer(last.value)):
        return [ScanWarning.LOST_SEPARATOR]
    names_both = {"10", "21"} <= {element.id for element in elements}
    if not has_separator and not names_both and _SWALLOWED_NUMBER[last.id].search(last.value):
        return [ScanWarning.UNSURE_SEPARATOR]
    return []


def _is_day(match: re.Match[str]) -> bool:
    month, day = int(match[1]), int(match[2])
    return 1 <= month <= 12 and day <= monthrange(_LEAP_YEAR, month)[1]
