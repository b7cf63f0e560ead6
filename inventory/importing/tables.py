"""Tables as they come in a file: CSV or XLSX in, headings and rows of text out. Reads no database.

- The content decides what a file is. What is no table of the two kinds is refused with what to do.
- Nothing is guessed of letters: text that is not UTF-8 (or UTF-16 with its mark) is refused with its rows, unless a
  person says that it is Western European.
- A cell is text: a date of a spreadsheet is `2031-03-01`, a number has no idle zeros. Of a formula its last result is
  read; nothing is calculated.
- An XLSX is judged by its directory before anything of it is unpacked, so that memory stays bounded (rule IMP-01).
"""

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from inventory.importing import workbooks
from inventory.importing.errors import TableRefused, TableTooLarge, TextNotUtf8
from inventory.importing.limits import LIMITS

_OLE = b"\xd0\xcf\x11\xe0"
_ZIP = b"PK\x03\x04"
_OTHERS = (
    (_OLE, "is an old Excel file (.xls) or has a password"),
    (b"%PDF", "is a PDF"),
    (b"{\\rtf", "is a text document"),
)
_SEPARATORS = ",;\t"
_SHOWN_ROWS = 10
_SHOWN_LETTERS = 30
_LONGEST_NAME = 100


class Encoding(StrEnum):
    AUTO = "auto"
    WESTERN_EUROPEAN = "western_european"


@dataclass(frozen=True)
class TableRow:
    """`number` as a spreadsheet counts: the headings are row 1."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class TableFile:
    file_name: str
    sha256: bytes
    headings: tuple[str, ...]
    rows: tuple[TableRow, ...]


def read_table(file_name: str, content: bytes, encoding: Encoding = Encoding.AUTO) -> TableFile:
    """Raises `TableRefused`, `TableTooLarge`, `TextNotUtf8`."""
    name = _shown_name(file_name)
    if not content:
        raise TableRefused(name, "is empty")
    if len(content) > LIMITS.bytes:
        raise TableTooLarge(name, f"has more than {LIMITS.bytes // 1_000_000} MB")
    for beginning, what in _OTHERS:
        if content.startswith(beginning):
            raise TableRefused(name, what)
    lines = workbooks.lines(name, content) if content.startswith(_ZIP) else _csv_lines(name, content, encoding)
    headings, rows = _gathered(name, lines)
    return TableFile(name, hashlib.sha256(content).digest(), headings, rows)


def _shown_name(file_name: str) -> str:
    """Only to be shown: the last part of what a browser says, without hidden signs."""
    last = file_name.replace("\\", "/").rpartition("/")[2]
    shown = "".join(letter for letter in last if letter.isprintable())[:_LONGEST_NAME].strip()
    return shown or "The file"


def _gathered(name: str, lines: Iterable[list[str]]) -> tuple[tuple[str, ...], tuple[TableRow, ...]]:
    """The headings and the rows that are not empty, each as wide as the headings."""
    numbered = ((number, _trimmed(cells)) for number, cells in enumerate(lines, start=1))
    filled = ((number, cells) for number, cells in numbered if cells)
    first = next(filled, None)
    if first is None:
        raise TableRefused(name, "has no headings")
    headings = tuple(first[1])
    if len(headings) > LIMITS.columns:
        raise TableTooLarge(name, f"has more than {LIMITS.columns} columns")
    rows: list[TableRow] = []
    for number, cells in filled:
        if len(rows) == LIMITS.rows:
            raise TableTooLarge(name, f"has more than {LIMITS.rows} rows")
        if len(cells) > len(headings):
            raise TableRefused(name, f"has more entries than headings in row {number}")
        rows.append(TableRow(number, tuple(cells) + ("",) * (len(headings) - len(cells))))
    if not rows:
        raise TableRefused(name, "has headings and no rows below them")
    return headings, tuple(rows)


def _trimmed(cells: list[str]) -> list[str]:
    cleaned = [cell.strip() for cell in cells]
    while cleaned and not cleaned[-1]:
        cleaned.pop()
    return cleaned


def _csv_lines(name: str, content: bytes, encoding: Encoding) -> Iterator[list[str]]:
    text = _decoded(name, content, encoding)
    if "\0" in text:
        raise TableRefused(name, "is neither CSV nor XLSX")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), strict=True)
    row = 0
    while True:
        row += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise TableRefused(
                name, f"has a quotation mark in row {row} that is not closed, or too long an entry"
            ) from None
        if len(cells) > LIMITS.columns:
            raise TableTooLarge(name, f"has more than {LIMITS.columns} columns in row {row}")
        yield cells


def _decoded(name: str, content: bytes, encoding: Encoding) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return content.decode("utf-16")
        except UnicodeDecodeError:
            raise TableRefused(name, "begins like UTF-16 and does not go on so") from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        if encoding is not Encoding.WESTERN_EUROPEAN:
            raise _not_utf8(content) from None
    try:
        return content.decode("cp1252")
    except UnicodeDecodeError:
        raise TableRefused(name, "is not Western European text either") from None


def _not_utf8(content: bytes) -> TextNotUtf8:
    wrong = [(number, line) for number, line in enumerate(content.split(b"\n"), start=1) if not _is_utf8(line)]
    shown = wrong[0][1].decode("cp1252", "replace").strip()[:_SHOWN_LETTERS]
    return TextNotUtf8(tuple(number for number, _ in wrong[:_SHOWN_ROWS]), max(0, len(wrong) - _SHOWN_ROWS), shown)


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _separator(text: str) -> str:
    """The sign that is most often in the headings, outside quotation marks."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    bare = "".join(first.split('"')[::2])
    return max(_SEPARATORS, key=bare.count)
