"""IFA's PPN in ISO 15434 format 06, as on German packs (rule PPN-01).

`[)>` RS `06` GS, then fields parted by GS, each behind its data identifier: 9N the PPN, 1T the lot, D the expiry,
S the serial number, 8P a GTIN, 16D the production date, Q a quantity. RS and EOT end it, if the scanner sends them.
"""

import re

from inventory.errors import UnreadableCode, WrongCheckDigit, WrongPpnCheck
from inventory.rules.barcodes import dates
from inventory.rules.barcodes.check_digits import GTIN_LENGTH, find_gtin, has_pzn_check, ppn_check
from inventory.rules.barcodes.gs1 import distinct
from inventory.rules.barcodes.scans import Element, Scan, ScanWarning, Scheme, Symbol, shown
from inventory.rules.expiry import PrintedExpiry

START = "[)>"

_ENVELOPE = re.compile(r"\[\)>(?:\x1e|\{RS\}|<RS>)?06")
_END = re.compile(r"(?:\x1e|\{RS\}|<RS>)?(?:\x04|\{EOT\}|<EOT>)?$")
_FIELD = re.compile(r"([0-9]{0,2}[A-Z])(.*)")
_PZN = re.compile(r"11([0-9]{8})[0-9]{2}")
_NUMBER = re.compile(r"[\x21-\x7e]{1,20}")
_NAMES = {
    "9N": "product number (PPN)",
    "1T": "lot number",
    "D": "expiry date",
    "S": "serial number",
    "8P": "product number (GTIN)",
    "16D": "production date",
    "Q": "quantity",
}


def read_ppn(symbol: Symbol) -> Scan:
    envelope = _ENVELOPE.match(symbol.text)
    if envelope is None:
        raise UnreadableCode(shown(symbol.text), "is of another format of ISO 15434 than 06")
    fields = distinct(list(_fields(symbol, envelope.end())))
    by_id = {field.id: field for field in fields}
    expiry, made = _expiry(symbol, by_id.get("D")), _made(symbol, by_id.get("16D"))
    unread = [ScanWarning.UNREAD_PART] if by_id.keys() - _NAMES.keys() else []
    return Scan(
        scheme=Scheme.PPN,
        raw=symbol.raw,
        gtin=_gtin(by_id.get("8P")),
        code=_ppn(by_id.get("9N")),
        lot_number=_number(by_id.get("1T")),
        serial=_number(by_id.get("S")),
        expires_on=expiry.expires_on if expiry else None,
        is_month_only=expiry is not None and expiry.is_month_only,
        manufactured_on=made.expires_on if made else None,
        count=_count(by_id.get("Q")),
        elements=tuple(fields),
        warnings=tuple(_warnings(by_id, expiry) + unread),
    )


def _fields(symbol: Symbol, begin: int) -> list[Element]:
    end = _END.search(symbol.text)
    body = symbol.text[: end.start() if end else None]
    fields, index = [], begin
    while index < len(body):
        separator = symbol.separators.search(body, index)
        text = body[index : separator.start() if separator else None]
        if text:
            fields.append(_field(symbol, text, index))
        index = separator.end() if separator else len(body)
    return fields


def _field(symbol: Symbol, text: str, index: int) -> Element:
    match = _FIELD.fullmatch(text)
    if match is None:
        raise symbol.element("?", "field", text, index).refused("begins with no data identifier")
    return symbol.element(match[1], _NAMES.get(match[1], "unknown part"), match[2], index)


def _ppn(field: Element | None) -> str | None:
    if field is None:
        return None
    if not re.fullmatch(r"[0-9A-Z]{2,20}[0-9]{2}", field.value):
        raise field.refused("has not the form of a PPN")
    if ppn_check(field.value[:-2]) != field.value[-2:]:
        raise WrongPpnCheck(field.name, shown(field.value), field.position)
    if (pzn := _PZN.fullmatch(field.value)) and not has_pzn_check(pzn[1]):
        raise WrongPpnCheck("PZN", pzn[1], field.position)
    return field.value


def _gtin(field: Element | None) -> str | None:
    if field is None:
        return None
    if not re.fullmatch(rf"[0-9]{{{GTIN_LENGTH}}}", field.value):
        raise field.refused(f"has not {GTIN_LENGTH} digits")
    gtin = find_gtin(field.value)
    if gtin is None:
        raise WrongCheckDigit(field.name, field.value, field.position)
    return gtin


def _number(field: Element | None) -> str | None:
    if field is None:
        return None
    if not _NUMBER.fullmatch(field.value):
        raise field.refused(f"has {len(field.value)} characters where 1 to 20 may stand, none of them a space")
    return field.value


def _count(field: Element | None) -> int | None:
    if field is None:
        return None
    if not re.fullmatch(r"[0-9]{1,8}", field.value):
        raise field.refused("is not a number of 1 to 8 digits")
    return int(field.value)


def _expiry(symbol: Symbol, field: Element | None) -> PrintedExpiry | None:
    return dates.yymmdd(field, field.value, symbol.today) if field else None


def _made(symbol: Symbol, field: Element | None) -> PrintedExpiry | None:
    if field is None:
        return None
    is_short = len(field.value) == len("YYMMDD")
    return dates.yymmdd(field, field.value, symbol.today) if is_short else dates.yyyymmdd(field, field.value)


def _warnings(by_id: dict[str, Element], expiry: PrintedExpiry | None) -> list[ScanWarning]:
    names_product = "9N" in by_id or "8P" in by_id
    return [
        *([ScanWarning.DAY_00] if expiry and expiry.is_month_only else []),
        *([ScanWarning.NO_LOT] if names_product and "1T" not in by_id else []),
    ]
