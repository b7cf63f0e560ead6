"""A list as a file: CSV or XLSX of the same columns and rows, to be saved.

A view that hands one out is a POST with the permission of its page. Who took it is in the access log before the first
byte leaves.

Some programs calculate a cell that begins like a formula. In CSV such a text gets one apostrophe in front, and so
does a text that begins with an apostrophe itself: taking exactly one away gives back what was stored. In XLSX it is
marked as text instead, and stands in the cell as it was stored. Numbers stay numbers in both.
"""

import csv
import io
import re
import tempfile
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, BinaryIO, Generic, TypeVar

from flask import Response

from blueprints.seeing import note_access
from inventory.evidence.canonical import amount_text

MOST_ROWS = 1_000_000  # of a sheet, with its head
LONGEST_TEXT = 32_767  # of a cell
_DIGITS = 15  # what a spreadsheet keeps of a number
_FIRST_DAY = date(1900, 3, 1)  # before it spreadsheets disagree which day it is
_CHUNK = 1 << 16
_ROWS_A_CHUNK = 200
_BOM = "\ufeff"
_UNSEEN = " \t\r\n\v\f\u00a0\u200b\u2060\u3000\ufeff"
_BREAKS = ("\t", "\r", "\n")
_SIGNS = ("=", "+", "-", "@", "\u2212", "'")
_DAY, _MOMENT = "yyyy-mm-dd", "yyyy-mm-dd hh:mm"

Row = TypeVar("Row")
Cell = str | int | Decimal | date | datetime | bool | None


class FileKind(StrEnum):
    """`csv_excel` begins with the mark by which older spreadsheets know that a file is UTF-8."""

    CSV = "csv"
    CSV_EXCEL = "csv_excel"
    XLSX = "xlsx"

    @property
    def ending(self) -> str:
        return "xlsx" if self is FileKind.XLSX else "csv"

    @property
    def media_type(self) -> str:
        if self is FileKind.XLSX:
            return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        return "text/csv; charset=utf-8; header=present"


@dataclass(frozen=True)
class Column(Generic[Row]):
    """`value` answers a cell; a time already in the zone of the site. `width` in characters, of the sheet."""

    title: str
    value: Callable[[Row], Cell]
    width: int = 16


def handed_out(name: str, columns: list[Column[Row]], rows: Iterable[Row], kind: FileKind) -> Response:
    """The file, once the look is logged."""
    note_access(f"export {name}.{kind.ending}")
    return as_file(name, columns, rows, kind)


def as_file(name: str, columns: list[Column[Row]], rows: Iterable[Row], kind: FileKind) -> Response:
    """The same of what is nobody's record. `name` is a word of ours and perhaps a day: never of what people typed."""
    if not re.fullmatch(r"[a-z0-9-]{1,60}", name):
        raise ValueError(f"{name!r} is no name for a file of ours")
    body = _pieces_of(xlsx(columns, rows)) if kind is FileKind.XLSX else csv_pieces(columns, rows, kind)
    answer = Response(body, content_type=kind.media_type)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.{kind.ending}"'
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


def harmless(text: str) -> str:
    """Begins like a formula, or with the apostrophe that says so: one apostrophe in front."""
    first = unicodedata.normalize("NFKC", text.strip(_UNSEEN)[:1])
    is_risky = first in _SIGNS or text[:1] in _BREAKS
    return f"'{text}" if is_risky and text else text


def csv_pieces(columns: list[Column[Row]], rows: Iterable[Row], kind: FileKind = FileKind.CSV) -> Iterator[bytes]:
    """RFC 4180 in UTF-8, in pieces: every text in quotation marks, lines that end in CR LF."""
    page = io.StringIO(newline="")
    writer = csv.writer(page, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    page.write(_BOM if kind is FileKind.CSV_EXCEL else "")
    writer.writerow([harmless(column.title) for column in columns])
    for number, row in enumerate(rows):
        writer.writerow([_in_csv(column.value(row)) for column in columns])
        if number % _ROWS_A_CHUNK == 0:
            yield _taken(page)
    yield _taken(page)


def _in_csv(value: Cell) -> str | int | Decimal:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case Decimal():
            return Decimal(amount_text(value))
        case int():
            return value
        case datetime():
            return f"{value:%Y-%m-%d %H:%M}"
        case date():
            return value.isoformat()
    return harmless(value)


def _taken(page: io.StringIO) -> bytes:
    piece = page.getvalue().encode("utf-8")
    page.seek(0)
    page.truncate()
    return piece


def xlsx(columns: list[Column[Row]], rows: Iterable[Row]) -> BinaryIO:
    """One sheet with a head that stays, written row by row so that its size costs no memory. The caller closes it."""
    import xlsxwriter  # type: ignore[import-untyped]  # noqa: PLC0415  # no stubs; heavy: only who asks for a sheet waits

    file = tempfile.TemporaryFile()  # noqa: SIM115  # closed by who reads it
    book = xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    try:
        _fill(book, columns, rows)
    except BaseException:
        book.close()  # it holds a file of its own
        file.close()
        raise
    book.close()
    file.seek(0)
    return file


def _fill(book: Any, columns: list[Column[Row]], rows: Iterable[Row]) -> None:
    sheet = book.add_worksheet("List")
    writer, bold = _Sheet(book, sheet), book.add_format({"bold": True})
    for place, column in enumerate(columns):
        sheet.set_column(place, place, column.width)
    sheet.freeze_panes(1, 0)
    for place, column in enumerate(columns):
        sheet.write_string(0, place, column.title, bold)
    for number, row in enumerate(rows, 1):
        if number > MOST_ROWS:
            raise ValueError("more rows than a sheet holds")
        for place, column in enumerate(columns):
            writer.write(number, place, column.value(row))


class _Sheet:
    def __init__(self, book: Any, sheet: Any) -> None:
        self._sheet = sheet
        self._text = book.add_format({"quote_prefix": True})
        self._day = book.add_format({"num_format": _DAY})
        self._moment = book.add_format({"num_format": _MOMENT})

    def write(self, row: int, place: int, value: Cell) -> None:
        match value:
            case None:
                pass
            case bool():
                self._write_text(row, place, "yes" if value else "no")
            case Decimal() | int() if len(Decimal(value).as_tuple().digits) <= _DIGITS:
                self._sheet.write_number(row, place, value)
            case Decimal() | int():
                self._write_text(row, place, amount_text(Decimal(value)))
            case datetime() if value.date() >= _FIRST_DAY:
                self._sheet.write_datetime(row, place, value.replace(tzinfo=None), self._moment)
            case date() if not isinstance(value, datetime) and value >= _FIRST_DAY:
                self._sheet.write_datetime(row, place, value, self._day)
            case date():
                self._write_text(row, place, str(_in_csv(value)))
            case _:
                self._write_text(row, place, value)

    def _write_text(self, row: int, place: int, text: str) -> None:
        if len(text) > LONGEST_TEXT:
            raise ValueError("a text longer than a cell holds")
        self._sheet.write_string(row, place, text, self._text)


def _pieces_of(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while piece := file.read(_CHUNK):
            yield piece
