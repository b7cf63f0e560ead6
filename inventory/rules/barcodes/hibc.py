"""HIBC, the health industry's own code (rules HIB-01, HIB-02).

`+` labeller (4) catalogue number (1 to 18) unit of measure (1) `/` lot, dates, serial number, quantity, each behind
its sign, and a check character over all of it. The second part may be a symbol of its own: it then ends with the
check character of the first, which links the two. A check character may be a space: trailing ones are tried first.
"""

import re
from dataclasses import dataclass, field
from datetime import date

from inventory.errors import WrongHibcCheck
from inventory.rules.barcodes import dates
from inventory.rules.barcodes.check_digits import HIBC_ALPHABET, hibc_check
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
from inventory.rules.expiry import PrintedExpiry

CHECK = "check"
LINK = "link"

_PRIMARY = re.compile(r"([A-Z][A-Z0-9]{3})([A-Z0-9]{1,18})([0-9])")
_SECONDARY = re.compile(r"(\$\$\+|\$\$|\$\+|\$|(?=[0-9]{5}))(.*)")
_DAY_OF_YEAR = "YYJJJ"  # has no sign before it
_SUPPLEMENT = re.compile(r"(S|16D|14D|Q)(.*)")
_NUMBER = re.compile(r"[A-Z0-9. $%+-]{1,18}")
_QUANTITY_DIGITS = {"8": 2, "9": 5}
_DATE_DIGITS = {"0": 4, "1": 4, "2": 6, "3": 6, "4": 8, "5": 5, "6": 7, "7": 0}
_MONTH_FORMATS = "01"  # no sign of a format, but the first digit of the month
_NAMES = {
    "LIC": "labeller",
    "PCN": "catalogue number",
    "U/M": "unit of measure",
    "$": "lot number",
    "$+": "serial number",
    "$$": "expiry and lot number",
    "$$+": "expiry and serial number",
    _DAY_OF_YEAR: "expiry and lot number",
    "S": "serial number",
    "16D": "production date",
    "14D": "expiry date",
    "Q": "quantity",
    LINK: "link character",
    CHECK: "check character",
}


@dataclass(slots=True)
class _Collected:
    """What the parts of one code say, each value with the element that says it."""

    today: date
    elements: list[Element] = field(default_factory=list)
    values: dict[str, tuple[str, Element]] = field(default_factory=dict)
    expiries: list[Expiry] = field(default_factory=list)
    warnings: list[ScanWarning] = field(default_factory=list)

    def keep(self, name: str, value: str, element: Element) -> None:
        """Two parts that say the same agree, or the code is refused."""
        earlier, where = self.values.setdefault(name, (value, element))
        if earlier != value:
            raise conflict(where, element)

    def find(self, name: str) -> str | None:
        return self.values[name][0] if name in self.values else None


def read_hibc(symbol: Symbol) -> Scan:
    body = _without_check(symbol)
    collected = _Collected(symbol.today)
    is_secondary = body[1:2] == "$" or body[1:2].isdigit()
    pieces = [(match[0], match.start()) for match in re.finditer(r"[^/]+", body[:-1] if is_secondary else body)]
    code = None if is_secondary else _read_primary(symbol, pieces, collected)
    if is_secondary:
        _read_part(symbol, pieces[0][0][1:], 1, collected)
    for piece, index in pieces[1:]:
        _read_part(symbol, piece, index, collected)
    _keep_check(symbol, body, collected, is_secondary=is_secondary)
    return _scan(symbol, collected, code)


def _without_check(symbol: Symbol) -> str:
    for index, character in enumerate(symbol.text):
        if character not in HIBC_ALPHABET:
            element = symbol.element("+", "HIBC code", symbol.text, index)
            raise element.refused(f"has the character {shown(character)!r}, which HIBC does not allow")
    for text in (symbol.text, symbol.text.rstrip(" ")):
        if len(text) > len("+$A") and hibc_check(text[:-1]) == text[-1]:
            return text[:-1]
    raise WrongHibcCheck("HIBC code", shown(symbol.text), symbol.position(0))


def _read_primary(symbol: Symbol, pieces: list[tuple[str, int]], collected: _Collected) -> str:
    text = pieces[0][0][1:]
    match = _PRIMARY.fullmatch(text)
    if not match:
        element = symbol.element("+", "HIBC code", text, 1)
        raise element.refused("is not a labeller of 4 characters, a catalogue number of 1 to 18 and a unit of measure")
    for group, name in enumerate(("LIC", "PCN", "U/M"), 1):
        collected.elements.append(symbol.element(name, _NAMES[name], match[group], 1 + match.start(group)))
    return text


def _read_part(symbol: Symbol, text: str, index: int, collected: _Collected) -> None:
    match = _SECONDARY.fullmatch(text) or _SUPPLEMENT.fullmatch(text)
    if not match:
        collected.elements.append(symbol.element(text[:1], "unknown part", text[1:], index))
        collected.warnings.append(ScanWarning.UNREAD_PART)
        return
    identifier = match[1] or _DAY_OF_YEAR
    element = symbol.element(identifier, _NAMES[identifier], match[2], index)
    collected.elements.append(element)
    if match.re is _SUPPLEMENT:
        _read_supplement(element, collected)
    else:
        _read_secondary(element, collected)


def _read_secondary(element: Element, collected: _Collected) -> None:
    rest = element.value
    if element.id == _DAY_OF_YEAR:
        rest = _read_expiry(element, "5", rest, collected)
    elif element.id.startswith("$$"):
        rest = _read_dated(element, _read_quantity(element, rest, collected), collected)
    if rest:
        _keep_number(element, "serial" if element.id.endswith("+") else "lot_number", rest, collected)


def _read_quantity(element: Element, rest: str, collected: _Collected) -> str:
    digits = _QUANTITY_DIGITS.get(rest[:1])
    if digits is None:
        return rest
    _keep_count(element, rest[1 : 1 + digits], collected)
    return rest[1 + digits :]


def _read_dated(element: Element, rest: str, collected: _Collected) -> str:
    if rest == "":
        return rest
    if rest[0] not in _DATE_DIGITS:
        raise element.refused(f"has {rest[0]!r} where the form of its date should stand")
    if rest[0] in _MONTH_FORMATS:
        return _read_expiry(element, rest[0], rest, collected)
    return _read_expiry(element, rest[0], rest[1:], collected)


def _read_expiry(element: Element, form: str, rest: str, collected: _Collected) -> str:
    length = _DATE_DIGITS[form]
    if length:
        collected.expiries.append(_expiry(element, form, rest[:length], collected.today))
    return rest[length:]


def _expiry(element: Element, form: str, digits: str, today: date) -> Expiry:
    hour = digits[-2:] if form in "46" else None
    day = _day(element, form, digits.removesuffix(hour) if hour else digits, today)
    if hour is None:
        return Expiry(element, day)
    if not hour.isdigit():
        raise element.refused(f"has the hour {hour!r}, which no day has")
    return Expiry(element, day, dates.at_hour(element, day.expires_on, hour))


def _day(element: Element, form: str, digits: str, today: date) -> PrintedExpiry:
    if form in _MONTH_FORMATS:  # MMYY
        return dates.yymmdd(element, f"{digits[2:]}{digits[:2]}00", today)
    if form == "2":  # MMDDYY
        return dates.yymmdd(element, digits[4:] + digits[:4], today)
    return dates.yyjjj(element, digits, today) if form in "56" else dates.yymmdd(element, digits, today)


def _read_supplement(element: Element, collected: _Collected) -> None:
    if element.id == "S":
        _keep_number(element, "serial", element.value, collected)
    elif element.id == "Q":
        _keep_count(element, element.value, collected)
    elif element.id == "14D":
        collected.expiries.append(Expiry(element, dates.yyyymmdd(element, element.value)))
    else:
        collected.keep("manufactured_on", dates.yyyymmdd(element, element.value).expires_on.isoformat(), element)


def _keep_number(element: Element, name: str, text: str, collected: _Collected) -> None:
    if not _NUMBER.fullmatch(text) or not text.strip(" "):
        raise element.refused(f"has {len(text)} characters where 1 to 18 may stand")
    collected.keep(name, text.strip(" "), element)


def _keep_count(element: Element, digits: str, collected: _Collected) -> None:
    if not re.fullmatch(r"[0-9]{1,5}", digits):
        raise element.refused("has no quantity of 1 to 5 digits")
    collected.keep("count", str(int(digits)), element)


def _keep_check(symbol: Symbol, body: str, collected: _Collected, *, is_secondary: bool) -> None:
    if is_secondary:
        collected.elements.append(symbol.element(LINK, _NAMES[LINK], body[-1], len(body) - 1))
    collected.elements.append(symbol.element(CHECK, _NAMES[CHECK], hibc_check(body), len(body)))


def _scan(symbol: Symbol, collected: _Collected, code: str | None) -> Scan:
    expiry = one_expiry(collected.expiries)
    made, count = collected.find("manufactured_on"), collected.find("count")
    told = [
        *([ScanWarning.EXPIRY_TIME] if expiry and expiry.at else []),
        *([ScanWarning.NO_LOT] if code and not collected.find("lot_number") else []),
        *dict.fromkeys(collected.warnings),
    ]
    return Scan(
        scheme=Scheme.HIBC,
        raw=symbol.raw,
        code=code,
        lot_number=collected.find("lot_number"),
        serial=collected.find("serial"),
        expires_on=expiry.printed.expires_on if expiry else None,
        is_month_only=bool(expiry and expiry.printed.is_month_only),
        expires_at=expiry.at if expiry else None,
        manufactured_on=date.fromisoformat(made) if made else None,
        count=int(count) if count else None,
        elements=tuple(collected.elements),
        warnings=tuple(told),
    )
