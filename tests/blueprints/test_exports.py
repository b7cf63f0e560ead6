"""Lists as files: read back as they were, whatever people typed, and calculated by nobody."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blueprints.exports import Column, FileKind, csv_pieces, harmless, xlsx

HOSTILE = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "  =1+1",
    "\ufeff=1+1",
    "＝1+1",
    "＋1",
    "－1",
    "＠a",
    "−1",
    "'=1+1",
    "'",
    "<script>a()</script>",
    "../../x",
    'say "yes", or; no',
    "two\r\nlines",
    "http://example.invalid/x",
    "mailto:a@example.invalid",
    "0012",
    "1E5",
    "_x0041_",
    "",
]
TEXT = [Column[str]("=Lot", lambda text: text)]


def written(rows, columns=TEXT, kind=FileKind.CSV) -> bytes:
    return b"".join(csv_pieces(columns, rows, kind))


def read_csv(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8"), newline=""), strict=True))


def as_stored(cell: str) -> str:
    """How the documents say that a cell is read back: exactly one apostrophe less."""
    return cell.removeprefix("'")


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_of_a_csv_file_begins_like_a_formula_and_each_can_be_read_back(text):
    (_, (cell,)) = read_csv(written([text]))
    assert cell.strip()[:1] not in tuple("=+-@＝＋－＠−")
    assert cell[:1] not in tuple("\t\r\n")
    assert as_stored(cell) == text


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_every_text_can_be_read_back(text):
    assert as_stored(harmless(text)) == text


@pytest.mark.parametrize("text", ["L1", "<b>", "../x", "0012", "a=1", ""])
def test_an_ordinary_text_is_left_as_it_is(text):
    assert harmless(text) == text


def test_the_titles_are_held_to_the_same():
    assert read_csv(written([]))[0] == ["'=Lot"]


def test_lines_are_those_of_rfc_4180():
    assert written(['a "b"', "c"]) == b'"\'=Lot"\r\n"a ""b"""\r\n"c"\r\n'


def test_a_spreadsheet_of_old_is_told_that_the_file_is_utf_8():
    assert written(["é"], kind=FileKind.CSV_EXCEL).startswith(b'\xef\xbb\xbf"\'=Lot"')
    assert not written(["é"]).startswith(b"\xef\xbb\xbf")


def test_numbers_stay_numbers():
    columns = [Column[object]("Value", lambda value: value)]
    values = [Decimal("-2.500000"), Decimal("1E+1"), Decimal("0.000001"), 7, None, True, date(2031, 3, 3)]
    content = written([*values, datetime(2031, 3, 3, 9, 5, tzinfo=UTC)], columns).decode()
    assert content.split("\r\n")[1:-1] == [
        "-2.5", "10", "0.000001", "7", '""', '"yes"', '"2031-03-03"', '"2031-03-03 09:05"',
    ]  # fmt: skip


def test_a_long_list_leaves_in_pieces():
    assert len(list(csv_pieces(TEXT, (f"L{number}" for number in range(1000))))) > 4


def sheet_of(rows, columns=TEXT):
    with xlsx(columns, rows) as file:
        return openpyxl.load_workbook(file).active


def test_a_sheet_keeps_every_text_as_text():
    sheet = sheet_of(HOSTILE)
    cells = [row[0] for row in sheet.iter_rows(min_row=2)]
    found = ["" if cell.value is None else openpyxl.utils.escape.unescape(cell.value) for cell in cells]
    assert [text.replace("\r\n", "\n") for text in found] == [text.replace("\r\n", "\n") for text in HOSTILE]
    assert {cell.data_type for cell in cells} <= {"s", "n", "inlineStr"}
    assert all(cell.data_type != "f" and cell.hyperlink is None for cell in cells)
    assert all(cell.quotePrefix for cell in cells if cell.value is not None)


def test_a_sheet_keeps_numbers_and_days():
    columns = [Column[object]("Value", lambda value: value)]
    values = [
        Decimal("2.5"),
        7,
        date(2031, 3, 3),
        datetime(2031, 3, 3, 9, 5, tzinfo=UTC),
        Decimal("123456789012.345678"),
    ]
    sheet = sheet_of([*values, date(1899, 1, 1), True], columns)
    found = [row[0] for row in sheet.iter_rows(min_row=2)]
    assert [cell.value for cell in found] == [
        2.5, 7, datetime(2031, 3, 3), datetime(2031, 3, 3, 9, 5), "123456789012.345678", "1899-01-01", "yes",  # noqa: DTZ001  # a sheet knows no zone
    ]  # fmt: skip
    assert [cell.number_format for cell in found[2:4]] == ["yyyy-mm-dd", "yyyy-mm-dd hh:mm"]


def test_a_text_that_no_cell_holds_is_refused_and_not_cut():
    with pytest.raises(ValueError, match="longer than a cell"):
        xlsx(TEXT, ["x" * 32_768])
