"""GS1 element strings, cut into their elements and checked one by one (rules SCN-01, SCN-05, SCN-16).

Elements of a fixed length need no separator after them; every other one ends with a separator or with the code.
Which identifiers there are, and what their values may hold, is biip's table; the patterns of dates are ours,
because day 00 and the century are.
"""

import re
from functools import lru_cache

from biip import ParseError
from biip.gs1_application_identifiers import GS1ApplicationIdentifier

from inventory.errors import UnknownElement, WrongCheckDigit
from inventory.rules.barcodes.check_digits import has_gs1_check
from inventory.rules.barcodes.scans import Element, Symbol, shown

LONGEST_IDENTIFIER = 4
DATES = frozenset({"11", "12", "13", "15", "16", "17"})

NAMES = {
    "00": "shipment number (SSCC)",
    "01": "product number (GTIN)",
    "02": "product number of the content (GTIN)",
    "10": "lot number",
    "11": "production date",
    "15": "best-before date",
    "17": "expiry date",
    "21": "serial number",
    "30": "count",
    "37": "count of the content",
    "7003": "expiry date and time",
    "8008": "production date and time",
}

_CHECKED = re.compile(r"0[0-3]|41[0-7]")
_STRANGE = re.compile(r'[^!"%-?A-Z_a-z]')  # all but GS1's character set 82


def split(symbol: Symbol) -> list[Element]:
    """The elements of a code without brackets. One leading separator, and any idle one, is let pass."""
    elements = []
    index = _after_separators(symbol, 0)
    while index < len(symbol.text):
        identifier = identifier_at(symbol, index)
        begin = index + len(identifier.ai)
        end = _end(symbol, identifier, begin)
        elements.append(_element(symbol, identifier, symbol.text[begin:end], index))
        index = _after_separators(symbol, end)
    return elements


def split_brackets(symbol: Symbol) -> list[Element]:
    """The elements of a text as people read it: `(01)…(17)…(10)…`.

    Brackets that hold no known identifier belong to the value: GS1 allows them there.
    """
    found = [
        (match, known)
        for match in re.finditer(r"\(([0-9]{2,4})\)", symbol.text)
        if (known := find_identifier(match[1])) and known.ai == match[1]
    ]
    if not found or found[0][0].start() > 0:
        raise unknown(symbol, 0)
    ends = [*(match.start() for match, _ in found[1:]), len(symbol.text)]
    return [
        _element(symbol, known, symbol.text[match.end() : end].strip(" "), match.start())
        for (match, known), end in zip(found, ends, strict=True)
    ]


def checked(elements: list[Element]) -> list[Element]:
    """The same, each value of the right form and with the right check digit, or refused by its place."""
    for element in elements:
        check_value(element)
    return elements


def check_value(element: Element) -> None:
    identifier = find_identifier(element.id)
    if identifier is None:
        raise element.refused("is not known")
    if not element.value.isascii() or not _has_form(element, identifier):
        raise element.refused(_problem(element.value, identifier))
    if _CHECKED.fullmatch(element.id) and not has_gs1_check(element.value):
        raise wrong_check_digit(element)
    if element.id in {"01", "02"} and not int(element.value):
        raise element.refused("is all zeros")


def wrong_check_digit(element: Element) -> WrongCheckDigit:
    return WrongCheckDigit(element.name, shown(element.value), element.position)


def make_element(identifier: GS1ApplicationIdentifier, value: str, position: int) -> Element:
    return Element(identifier.ai, NAMES.get(identifier.ai) or identifier.data_title or "element", value, position)


def identifier_at(symbol: Symbol, index: int) -> GS1ApplicationIdentifier:
    identifier = find_identifier(symbol.text[index : index + LONGEST_IDENTIFIER])
    if identifier is None:
        raise unknown(symbol, index)
    return identifier


@lru_cache(maxsize=4096)
def find_identifier(text: str) -> GS1ApplicationIdentifier | None:
    """The identifier that `text` begins with. None begins with another, so the first is the one."""
    try:
        return GS1ApplicationIdentifier.extract(text)
    except ParseError:
        return None


def fixed_length(identifier: GS1ApplicationIdentifier) -> int | None:
    """How many digits the value has where no separator need follow: `N2+N14` has 14."""
    return None if identifier.separator_required else int(identifier.format.rpartition("N")[2])


def unknown(symbol: Symbol, index: int) -> UnknownElement:
    return UnknownElement(shown(symbol.text[index : index + 20]), symbol.position(index))


def _element(symbol: Symbol, identifier: GS1ApplicationIdentifier, value: str, index: int) -> Element:
    return make_element(identifier, value, symbol.position(index))


def _after_separators(symbol: Symbol, index: int) -> int:
    match = symbol.separators.match(symbol.text, index)
    return match.end() if match else index


def _end(symbol: Symbol, identifier: GS1ApplicationIdentifier, begin: int) -> int:
    separator = symbol.separators.search(symbol.text, begin)
    end = separator.start() if separator else len(symbol.text)
    length = fixed_length(identifier)
    return end if length is None else min(begin + length, end)


def _has_form(element: Element, identifier: GS1ApplicationIdentifier) -> bool:
    if not element.value:  # the table lets a few counts be empty
        return False
    pattern = r"\d{6}" if element.id in DATES else r"\d{10}" if element.id == "7003" else _pattern(identifier)
    return re.fullmatch(pattern, element.value) is not None


@lru_cache(maxsize=1024)
def _pattern(identifier: GS1ApplicationIdentifier) -> str:
    return identifier.pattern.removeprefix(f"^{identifier.ai}").removesuffix("$")


def _problem(value: str, identifier: GS1ApplicationIdentifier) -> str:
    form = identifier.format.partition("+")[2]
    most = sum(int(number) for number in re.findall(r"\d+", form))
    if not value:
        return "is empty"
    if "X" not in form and not (value.isascii() and value.isdigit()):
        return "has other characters than digits"
    if strange := _STRANGE.search(value):
        return f"has the character {shown(strange[0])!r}, which GS1 does not allow"
    if re.fullmatch(r"N\d+", form) and len(value) != most:
        return f"has {len(value)} digits instead of {most}"
    if len(value) > most:
        return f"has {len(value)} characters; {most} is the most"
    return f"is not of the form {form}"
