"""GS1 Digital Link: a web address that names a product (rule SCN-14).

`https://any.host/any/stem/01/{gtin}/22/{variant}/10/{lot}/21/{serial}?17=YYMMDD&…`. The right-most key of a product
or shipment begins it; what stands before is the host's own. Values are percent-decoded. What a query says in words
of its own is not ours to read. The old names (`/gtin/…/lot/…`) are still read.
"""

import itertools
import re
from urllib.parse import unquote_to_bytes

from inventory.errors import UnreadableCode, WrongPathOrder
from inventory.rules.barcodes.check_digits import GTIN_LENGTH, GTIN_LENGTHS
from inventory.rules.barcodes.elements import find_identifier, make_element, unknown
from inventory.rules.barcodes.gs1 import combine, distinct
from inventory.rules.barcodes.scans import Element, Scan, ScanWarning, Scheme, Symbol, shown

LINK = re.compile(r"https?://", re.IGNORECASE)

_KEYS = ("01", "00")
_ORDER = ("22", "10", "21")  # of what may follow the product in the path
_OLD_NAMES = {"gtin": "01", "sscc": "00", "cpv": "22", "lot": "10", "ser": "21", "exp": "17"}
_NUMBER = re.compile(r"[0-9]{8}|[0-9]{12,14}|[0-9]{18}")
_PARTS = re.compile(r"https?://[^/?#]+(?P<path>/[^?#]*)(?:\?(?P<query>[^#]*))?(?:#.*)?", re.IGNORECASE | re.DOTALL)


def read_digital_link(symbol: Symbol) -> Scan:
    parts = _PARTS.fullmatch(symbol.text)
    path = _path(symbol, parts["path"], parts.start("path")) if parts else []
    if not parts or not path:
        raise UnreadableCode(shown(symbol.text), "is a link that names no product")
    query = _query(symbol, parts["query"] or "", parts.start("query"))
    misplaced = [ScanWarning.IN_QUERY] if path[0].id == "01" and any(one.id in _ORDER for one in query) else []
    return combine(Scheme.DIGITAL_LINK, symbol, distinct([*path, *query]), misplaced)


def _path(symbol: Symbol, path: str, begin: int) -> list[Element]:
    """The pairs from the right-most key on; none where there is no key."""
    pieces = [(match[0], begin + match.start()) for match in re.finditer(r"[^/]+", path)]
    names = [_OLD_NAMES.get(piece.lower(), piece) for piece, _ in pieces]
    key = _find_key(names)
    if key is None:
        return []
    elements = [_element(symbol, names[place], *pieces[place + 1]) for place in range(key, len(names) - 1, 2)]
    if (len(names) - key) % 2:
        raise unknown(symbol, pieces[-1][1])
    _check_order(symbol, elements)
    return elements


def _find_key(names: list[str]) -> int | None:
    """The right-most key that a number follows: a lot may be called 01."""
    keys = [place for place, name in enumerate(names[:-1]) if name in _KEYS]
    numbered = [place for place in keys if _NUMBER.fullmatch(names[place + 1])]
    return max(numbered or keys, default=None)


def _check_order(symbol: Symbol, elements: list[Element]) -> None:
    place = -1
    for before, element in itertools.pairwise(elements):
        if element.id not in _ORDER:
            raise unknown(symbol, element.position - symbol.start - 1)
        if _ORDER.index(element.id) < place:
            raise WrongPathOrder(before.id, element.id)
        place = _ORDER.index(element.id)


def _query(symbol: Symbol, query: str, begin: int) -> list[Element]:
    elements = []
    for match in re.finditer(r"([^=&;]+)=([^&;]*)", query):
        name = _OLD_NAMES.get(match[1].lower(), match[1])
        if _is_identifier(name):
            elements.append(_element(symbol, name, match[2].replace("+", " "), begin + match.start(2)))
    return elements


def _is_identifier(name: str) -> bool:
    known = find_identifier(name)
    return known is not None and known.ai == name


def _element(symbol: Symbol, name: str, text: str, index: int) -> Element:
    identifier = find_identifier(name)
    if identifier is None or identifier.ai != name:
        raise unknown(symbol, index)
    value = _decoded(symbol, text, index)
    if name in {"01", "02"} and len(value) in GTIN_LENGTHS:
        value = value.zfill(GTIN_LENGTH)
    return make_element(identifier, value, symbol.position(index))


def _decoded(symbol: Symbol, text: str, index: int) -> str:
    try:
        return unquote_to_bytes(text).decode("ascii")
    except UnicodeDecodeError:
        raise unknown(symbol, index) from None
