"""Which scheme a scanned text is of: by its AIM prefix, else by how it looks (rules SCN-06, SCN-07).

What looks like none is an internal code: an unknown one leads to "what is this?". A GS1 code whose check digit is
wrong is refused even so where more elements follow it: it must never be learnt as a code of its own.
"""

import re
from collections.abc import Callable, Sequence
from datetime import date

from inventory.errors import EmptyCode, ProductMissing, Refusal, UnreadableCode
from inventory.rules import codes
from inventory.rules.barcodes import check_digits, digital_link, elements, gs1, hibc, isbt128, ppn
from inventory.rules.barcodes.scans import Element, Scan, ScanWarning, Scheme, Symbol, shown
from inventory.rules.barcodes.separators import (
    DEFAULT_SEPARATORS,
    GROUP_SEPARATOR,
    check_characters,
    separator_pattern,
    separators_in,
)

LONGEST_TEXT = 4296  # the most letters that the largest QR code holds
LONGEST_INTERNAL = 100

_AROUND = " \t\r\n"  # what scanners and people add
_AIM_PREFIX = re.compile(r"\][A-Za-z][0-9A-Za-z]")
_GS1_PREFIXES = frozenset({"]d2", "]C1", "]Q3", "]e0", "]J1"})
_GTIN_PREFIXES = {"]E0": 13, "]E4": 8}
_NUMBERED = re.compile(r"(?:0[12][0-9]{14}|00[0-9]{18})")
_LOT_WITH_DATE = re.compile(r"(?:1[157][0-9]{6})+(?:10|21).+")
_NOT_PLAIN = re.compile(r"[^\x20-\x7e]")
_CHECKED_LENGTHS = (12, 13, 14)


def read_code(text: str, today: date, separators: Sequence[str] = DEFAULT_SEPARATORS) -> Scan:
    """What the code says, or a `Refusal`. It must name a product, or be one of our own (rule SCN-10)."""
    scan = read_second_code(text, today, separators)
    if not scan.names_product:
        raise ProductMissing(tuple(dict.fromkeys(element.name for element in scan.elements)))
    return scan


def read_second_code(text: str, today: date, separators: Sequence[str] = DEFAULT_SEPARATORS) -> Scan:
    """As `read_code`, where a symbol may also say only what another one on the same box leaves out (SCN-15)."""
    if len(text) > LONGEST_TEXT:
        raise UnreadableCode(shown(text), f"has {len(text)} characters; {LONGEST_TEXT} is the most")
    if not text.strip(_AROUND):
        raise EmptyCode
    start = len(text) - len(text.lstrip(_AROUND))
    body = text[start:].rstrip("\t\r\n")
    between = separators_in(body, separators)
    whole = Symbol(text, body, start, today, separator_pattern(between))
    check_characters(body, between, start)
    prefix = _AIM_PREFIX.match(whole.text)
    if prefix is None:
        return _sniff(whole)
    rest = whole.beyond(prefix.end())
    if not rest.text.strip(" "):
        raise UnreadableCode(prefix[0], "is only the prefix of a scanner")
    return _read_prefixed(prefix[0], rest)


def refuse_slip(scan: Scan) -> None:
    """A bare number as long as a GTIN that is none, where no product is known by it: it must not be learnt.

    Raises `WrongCheckDigit`, or `InvalidElement` for one that is all zeros.
    """
    number = scan.code or ""
    if scan.scheme is not Scheme.INTERNAL or not number.isdigit() or len(number) not in check_digits.GTIN_LENGTHS:
        return
    element = Element("01", elements.NAMES["01"], number, 1)
    if not int(number):
        raise element.refused("is all zeros")
    raise elements.wrong_check_digit(element)


def _read_prefixed(prefix: str, symbol: Symbol) -> Scan:
    if prefix in _GS1_PREFIXES:
        return gs1.read_element_strings(_without_spaces(symbol))
    if prefix in _GTIN_PREFIXES:
        return _read_gtin(_without_spaces(symbol), _GTIN_PREFIXES[prefix])
    return _sniff(symbol)


def _sniff(symbol: Symbol) -> Scan:
    if symbol.text.startswith("+"):  # its check character may be a space
        return hibc.read_hibc(symbol)
    trimmed = _without_spaces(symbol)
    for looks_like, read in _SCHEMES:
        if looks_like(trimmed):
            return read(trimmed)
    return _read_other(trimmed)


def _read_other(symbol: Symbol) -> Scan:
    gtin = check_digits.find_gtin(symbol.text)
    if gtin:
        return _gtin_scan(symbol, gtin)
    ours = _find_ours(symbol.text)
    if ours:
        return Scan(Scheme.OURS, symbol.raw, code=ours)
    return _internal(symbol)


def _read_gtin(symbol: Symbol, length: int) -> Scan:
    element = symbol.element("01", elements.NAMES["01"], symbol.text, 0)
    if not re.fullmatch(rf"[0-9]{{{length}}}", symbol.text):
        raise element.refused(f"has not {length} digits")
    if not int(symbol.text):
        raise element.refused("is all zeros")
    gtin = check_digits.find_gtin(symbol.text)
    if gtin is None:
        raise elements.wrong_check_digit(element)
    return _gtin_scan(symbol, gtin)


def _gtin_scan(symbol: Symbol, gtin: str) -> Scan:
    element = symbol.element("01", elements.NAMES["01"], gtin, 0)
    return Scan(Scheme.GTIN, symbol.raw, gtin=gtin, elements=(element,), warnings=(ScanWarning.NO_LOT,))


def _internal(symbol: Symbol) -> Scan:
    if strange := _NOT_PLAIN.search(symbol.text):
        raise elements.unknown(symbol, strange.start())
    if len(symbol.text) > LONGEST_INTERNAL:
        raise UnreadableCode(shown(symbol.text), "is of no known form, and too long to be an internal code")
    warnings = (ScanWarning.CHECK_DIGIT,) if _seems_mistyped(symbol.text) else ()
    return Scan(Scheme.INTERNAL, symbol.raw, code=symbol.text, warnings=warnings)


def _find_ours(text: str) -> str | None:
    """Only by its letter: a number of a supplier that begins with 1 is no place of ours."""
    if text[:1].upper() not in set(codes.CodeKind):
        return None
    try:
        return codes.check_code(text)
    except Refusal:
        return None


def _seems_mistyped(text: str) -> bool:
    if text.isdigit():
        return len(text) in _CHECKED_LENGTHS or _NUMBERED.fullmatch(text) is not None
    is_of_ours = len(text) == codes.CODE_LENGTH and text[0] in set(codes.CodeKind)
    return is_of_ours and set(text) <= set(codes.ALPHABET + "L") and any(map(str.isdigit, text))


def _is_link(symbol: Symbol) -> bool:
    return digital_link.LINK.match(symbol.text) is not None


def _is_isbt_128(symbol: Symbol) -> bool:
    return re.match(r"[=&]", symbol.text) is not None


def _is_ppn(symbol: Symbol) -> bool:
    return symbol.text.startswith(ppn.START)


def _is_in_brackets(symbol: Symbol) -> bool:
    return re.match(r"\([0-9]{2,4}\)", symbol.text) is not None


def _is_element_strings(symbol: Symbol) -> bool:
    text = symbol.text
    separator = symbol.separators.match(text)
    if separator:
        text = text[separator.end() :]
    if numbered := _NUMBERED.match(text):
        rest = symbol.separators.sub("", text[numbered.end() :], count=1)
        return check_digits.has_gs1_check(numbered[0][2:]) or elements.find_identifier(rest) is not None
    if elements.find_identifier(text) is None:
        return False
    if GROUP_SEPARATOR in text:
        return True
    looks_cut = symbol.separators.search(text) or _LOT_WITH_DATE.fullmatch(text)
    return bool(looks_cut) and _can_be_split(symbol)


def _can_be_split(symbol: Symbol) -> bool:
    """A sign that may stand for a separator, or digits that may be a date, are only that if all the rest fits."""
    try:
        gs1.read_element_strings(symbol)
    except Refusal:
        return False
    return True


def _without_spaces(symbol: Symbol) -> Symbol:
    return Symbol(symbol.raw, symbol.text.rstrip(" "), symbol.start, symbol.today, symbol.separators)


_SCHEMES: tuple[tuple[Callable[[Symbol], bool], Callable[[Symbol], Scan]], ...] = (
    (_is_link, digital_link.read_digital_link),
    (_is_isbt_128, isbt128.read_isbt_128),
    (_is_ppn, ppn.read_ppn),
    (_is_in_brackets, gs1.read_brackets),
    (_is_element_strings, gs1.read_element_strings),
)
