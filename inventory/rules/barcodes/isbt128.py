"""ISBT 128, for products of human origin as ICCBBA writes them (rule ISB-01).

Structures follow one another, each behind `=` or `&` and the sign of its kind. Without a lot of its own, the
donation is the lot: a recall of such a product names the donation.
"""

import re
from datetime import date

from inventory.rules.barcodes import dates
from inventory.rules.barcodes.elements import unknown
from inventory.rules.barcodes.gs1 import distinct
from inventory.rules.barcodes.scans import Element, Scan, ScanWarning, Scheme, Symbol

PRODUCT, SERIAL, DONATION, EXPIRY, MADE, LOT = "=/", "=,", "=", "=>", "=}", "&,1"

_STRUCTURES = {
    PRODUCT: ("product code", re.compile(r"[A-Z0-9]{16}")),
    SERIAL: ("serial number", re.compile(r"[A-Z0-9]{6}")),
    EXPIRY: ("expiry date", re.compile(r"[0-9]{6}")),
    MADE: ("production date", re.compile(r"[0-9]{6}")),
    LOT: ("lot number", re.compile(r"[A-Z0-9]{18}")),
    DONATION: ("donation number", re.compile(r"[A-Z0-9]{15}")),  # last: the others begin with the same sign
}
_SIGNED = re.compile(r"=[/,>}]|&,1|=(?=[A-Z0-9])")


def read_isbt_128(symbol: Symbol) -> Scan:
    pieces = re.finditer(r"[=&][^=&]*", symbol.text)
    elements = {element.id: element for element in distinct([_element(symbol, piece) for piece in pieces])}
    values = {identifier: element.value for identifier, element in elements.items()}
    lot_number = values.get(LOT) or values.get(DONATION)
    unread = [ScanWarning.UNREAD_PART] if elements.keys() - _STRUCTURES.keys() else []
    return Scan(
        scheme=Scheme.ISBT_128,
        raw=symbol.raw,
        code=values.get(PRODUCT),
        lot_number=lot_number,
        serial=values.get(SERIAL),
        expires_on=_day(elements.get(EXPIRY)),
        manufactured_on=_day(elements.get(MADE)),
        elements=tuple(elements.values()),
        warnings=tuple(unread if lot_number else [ScanWarning.NO_LOT, *unread]),
    )


def _element(symbol: Symbol, piece: re.Match[str]) -> Element:
    sign = _SIGNED.match(piece[0])
    if strange := re.search(r"[^\x20-\x7e]", piece[0]):
        raise unknown(symbol, piece.start() + strange.start())
    if sign is None:
        return symbol.element(piece[0][:2], "unknown part", piece[0][2:], piece.start())
    name, form = _STRUCTURES[sign[0]]
    element = symbol.element(sign[0], name, piece[0][sign.end() :], piece.start())
    if not form.fullmatch(element.value):
        raise element.refused("is not of its form")
    return element


def _day(element: Element | None) -> date | None:
    """cYYJJJ: the last digit of the century, where 9 is the twentieth, the year, and its day."""
    if element is None:
        return None
    century = 1900 if element.value[0] == "9" else 2000 + 100 * int(element.value[0])
    year = century + int(element.value[1:3])
    return dates.day_of_year(element, year, element.value[3:]).expires_on
