"""The first sheet of an XLSX as lines of text, in bounded memory (rule IMP-01).

openpyxl reads the sheet as a stream and knows the two calendars of Excel. It is imported only here and late.
"""

import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from inventory.importing.errors import TableRefused, TableTooLarge
from inventory.importing.limits import LIMITS

_MADE_FOR = "xl/workbook.xml"
_TEXTS = "xl/sharedStrings.xml"
_CHUNK = 1 << 16
_DECLARATIONS = (b"<!DOCTYPE", b"<!ENTITY")
_SMALL = 1_000_000  # a part below this may shrink as well as it likes
_LONGEST_DECLARATION = max(map(len, _DECLARATIONS))
_ENCRYPTED = 0x1
_ERRORS = frozenset({"#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!"})


def lines(name: str, content: bytes) -> Iterator[list[str]]:
    """Raises `TableRefused`, `TableTooLarge`."""
    _judge(name, content)
    from openpyxl import load_workbook  # noqa: PLC0415  # a start need not wait for it

    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    except Exception:  # noqa: BLE001  # whatever a damaged file does to the reader
        raise TableRefused(name, "is damaged, or not a workbook of Excel") from None
    try:
        sheet = book.worksheets[0] if book.worksheets else None
        if sheet is None:
            raise TableRefused(name, "has no sheet with a table")
        sheet.reset_dimensions()  # what a sheet says of its size is not believed
        yield from _sheet_lines(name, sheet)
    finally:
        book.close()


def _sheet_lines(name: str, sheet: Any) -> Iterator[list[str]]:
    most = LIMITS.columns + 1
    rows = sheet.iter_rows(max_row=LIMITS.rows * 2, max_col=most, values_only=True)
    number = 0
    while True:
        number += 1
        try:
            values = next(rows, None)
        except Exception:  # noqa: BLE001  # as above
            raise TableRefused(name, f"is damaged in row {number}") from None
        if values is None:
            return
        if len(values) == most and values[-1] is not None:
            raise TableTooLarge(name, f"has more than {LIMITS.columns} columns in row {number}")
        yield [_text(name, number, value) for value in values]


def _text(name: str, row: int, value: Any) -> str:  # a type a line
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time.min else value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, str) and value in _ERRORS:
        raise TableRefused(name, f"has the error {value} in row {row}")
    return str(value)


def _number(value: float) -> str:
    """As the spreadsheet shows it: 15 digits, no exponent."""
    exact = Decimal(f"{value:.15g}")
    text = f"{exact:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _judge(name: str, content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            parts = packed.infolist()
            if _MADE_FOR not in packed.namelist():
                raise TableRefused(name, "is a packed file and not a workbook of Excel")
            _judge_sizes(name, parts)
            for part in parts:
                _judge_part(name, packed, part)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, OSError, ValueError):
        raise TableRefused(name, "is damaged, or not a workbook of Excel") from None


def _judge_sizes(name: str, parts: list[zipfile.ZipInfo]) -> None:
    if len(parts) > LIMITS.parts or len({part.filename for part in parts}) != len(parts):
        raise TableRefused(name, "is not packed as Excel does it")
    if any(part.flag_bits & _ENCRYPTED for part in parts):
        raise TableRefused(name, "has a password")
    unpacked = sum(part.file_size for part in parts)
    texts = sum(part.file_size for part in parts if part.filename == _TEXTS)
    if unpacked > LIMITS.unpacked or texts > LIMITS.unpacked_texts:
        raise TableTooLarge(name, f"grows to {unpacked // 1_000_000} MB when it is unpacked")
    if any(part.file_size > max(_SMALL, LIMITS.ratio * part.compress_size) for part in parts):
        raise TableTooLarge(name, f"grows more than {LIMITS.ratio} times when it is unpacked")


def _judge_part(name: str, packed: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """No part declares entities: they could grow without end, or fetch other files."""
    if not part.filename.endswith((".xml", ".rels", ".vml")):
        return
    with packed.open(part) as stream:
        tail = b""
        is_first = True
        while chunk := stream.read(_CHUNK):
            if is_first and chunk.startswith((b"\xff\xfe", b"\xfe\xff", b"\x00", b"<\x00")):
                raise TableRefused(name, "is not written as Excel does it")
            is_first = False
            seen = tail + chunk
            if any(declaration in seen for declaration in _DECLARATIONS):
                raise TableRefused(name, "declares entities, as no workbook of Excel does")
            tail = seen[-_LONGEST_DECLARATION:]
