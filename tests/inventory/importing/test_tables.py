"""What files are read as, and which are refused in words."""

import io
import zipfile
from datetime import date, datetime

import pytest
from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from inventory.importing.errors import TableRefused, TableTooLarge, TextNotUtf8
from inventory.importing.limits import LIMITS
from inventory.importing.tables import Encoding, read_table


def workbook(*rows, epoch=None):
    book = Workbook()
    if epoch is not None:
        book.epoch = epoch
    for row in rows:
        book.active.append(row)
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def repacked(content, **changed):
    """The same workbook with other parts."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, changed.get(name, old.read(name)))
        for name in changed.keys() - set(old.namelist()):
            new.writestr(name, changed[name])
    return made.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


@pytest.mark.parametrize(
    "content",
    [
        "Name;Contact\nHé;a,b\n".encode(),
        "Name;Contact\nHé;a,b\n".encode("utf-8-sig"),
        "Name\tContact\r\nHé\ta,b\r\n".encode("utf-16"),
        'Name,Contact\n\n"Hé","a,b"\n'.encode(),
    ],
)
def test_a_csv_is_read_whatever_program_saved_it(content):
    table = read_table("list.csv", content)

    assert table.headings == ("Name", "Contact")
    assert [row.cells for row in table.rows] == [("Hé", "a,b")]


def test_a_line_break_within_quotation_marks_belongs_to_its_cell_and_rows_keep_their_numbers():
    table = read_table("list.csv", b'Name,Contact\nA,"1\n2"\n\nB,3\n')

    assert [(row.number, row.cells) for row in table.rows] == [(2, ("A", "1\n2")), (4, ("B", "3"))]


def test_letters_that_are_not_utf8_are_refused_with_their_rows_unless_a_person_says_what_they_are():
    lines = ["Name", *(f"Supplier {number}" for number in range(2, 20_001))]
    for number in (17, 400, 19_000):
        lines[number - 1] += " é"
    content = "\n".join(lines).encode("latin-1")

    with pytest.raises(TextNotUtf8) as refusal:
        read_table("list.csv", content)

    assert refusal.value.rows == (17, 400, 19_000)
    assert "row 17, 400, 19000" in refusal.value.what
    table = read_table("list.csv", content, Encoding.WESTERN_EUROPEAN)
    assert table.rows[15].cells == ("Supplier 17 é",)


@pytest.mark.parametrize("epoch", [None, CALENDAR_MAC_1904])
def test_dates_and_numbers_of_a_spreadsheet_are_read_in_both_calendars(epoch):
    content = workbook(
        ["Date", "Hour", "Number", "Whole", "Truth", "Text", "Nothing", "End"],
        [date(2031, 3, 1), datetime(2031, 3, 1, 9, 30), 0.1, 12.0, True, "007", None, "=1+1x"],  # noqa: DTZ001  # spreadsheets know no zone
        epoch=epoch,
    )

    (row,) = read_table("list.xlsx", content).rows

    assert row.cells[:7] == ("2031-03-01", "2031-03-01 09:30", "0.1", "12", "yes", "007", "")


def test_a_formula_is_not_calculated():
    (row,) = read_table("list.xlsx", workbook(["Name", "Contact"], ["A", "=1+1"])).rows

    assert row.cells == ("A", "")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\xd0\xcf\x11\xe0rest", "old Excel file"),
        (b"%PDF-1.7", "PDF"),
        (b"PK\x03\x04 broken", "damaged"),
        (b"Name\n", "no rows"),
        (b"\n\n", "no headings"),
        (b'Name\n"open\n', "quotation mark in row 2"),
        (b"Name\nA,B\n", "more entries than headings in row 2"),
        (b"Na\0me\nA\n", "neither CSV nor XLSX"),
    ],
)
def test_what_is_no_table_is_refused_with_what_it_is(content, words):
    with pytest.raises(TableRefused, match=words):
        read_table("../../x\x00<script>.csv", content)


def test_a_packed_file_that_is_no_workbook_is_refused():
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        packed.writestr("word/document.xml", "<a/>")

    with pytest.raises(TableRefused, match="not a workbook"):
        read_table("letter.docx", made.getvalue())


def test_a_workbook_that_grows_without_measure_is_refused_before_it_is_unpacked():
    bomb = repacked(workbook(["Name"], ["A"]), **{SHEET: b" " * (LIMITS.unpacked + 1)})
    assert len(bomb) < 1_000_000

    with pytest.raises(TableTooLarge, match="unpacked"):
        read_table("bomb.xlsx", bomb)


def test_a_workbook_that_shrinks_too_well_is_refused():
    bomb = repacked(workbook(["Name"], ["A"]), **{SHEET: b" " * 20_000_000})

    with pytest.raises(TableTooLarge, match="times"):
        read_table("bomb.xlsx", bomb)


@pytest.mark.parametrize(
    "xml",
    [
        b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        b" " * 65_530 + b"<!DOCTYPE a><a/>",
    ],
)
def test_a_workbook_that_declares_entities_is_refused(xml):
    with pytest.raises(TableRefused, match="entities"):
        read_table("list.xlsx", repacked(workbook(["Name"], ["A"]), **{SHEET: xml}))


def test_a_sheet_is_not_believed_about_its_own_size():
    content = workbook(["Name"], ["A"])
    sheet = zipfile.ZipFile(io.BytesIO(content)).read(SHEET).replace(b'ref="A1:A2"', b'ref="A1:XFD1048576"')

    assert [row.cells for row in read_table("list.xlsx", repacked(content, **{SHEET: sheet})).rows] == [("A",)]


def test_too_many_rows_and_columns_are_refused():
    with pytest.raises(TableTooLarge, match="rows"):
        read_table("list.csv", b"Name\n" + b"A\n" * (LIMITS.rows + 1))
    with pytest.raises(TableTooLarge, match="columns"):
        read_table("list.csv", b"," * LIMITS.columns + b"Name\nA\n")
    with pytest.raises(TableTooLarge, match="columns"):
        read_table("list.xlsx", workbook(["Name"] * (LIMITS.columns + 1), ["A"]))
