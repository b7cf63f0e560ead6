"""HIBC. H1 to H7 are the vectors with known check characters; the others get theirs from the rule."""

from datetime import date, datetime

import pytest

from inventory.errors import ElementsConflict, InvalidElement, ProductMissing, WrongHibcCheck
from inventory.rules.barcodes import ScanWarning, Scheme, read_code, read_second_code
from inventory.rules.barcodes.check_digits import HIBC_ALPHABET, hibc_check

IN_2026 = date(2026, 6, 1)
MAY_15 = date(2019, 5, 15)

VECTORS = {
    "H1": ("+X999123ABC0/$$05191234AB/S5678EDFG/16D20151001A", date(2019, 5, 31), True),
    "H2": ("+X999123ABC0/$$20515191234AB/S5678EDFG/16D20151001I", MAY_15, False),
    "H3": ("+X999123ABC0/$$31905151234AB/S5678EDFG/16D20151001J", MAY_15, False),
    "H4": ("+X999123ABC0/$$4190515211234AB/S5678EDFG/16D20151001N", MAY_15, False),
    "H5": ("+X999123ABC0/$$5191351234AB/S5678EDFG/16D20151001J", MAY_15, False),
    "H6": ("+X999123ABC0/$1234AB/S5678EDFG/16D20151001/14D20190515.", MAY_15, False),
}


def read(text):
    return read_code(text, IN_2026)


def with_check(body):
    return body + hibc_check(body)


@pytest.mark.parametrize("vector", VECTORS)
def test_a_vector_says_product_lot_serial_and_dates(vector):
    text, expires_on, is_month_only = VECTORS[vector]

    scan = read(text)

    assert (scan.scheme, scan.gtin, scan.code) == (Scheme.HIBC, None, "X999123ABC0")
    assert (scan.lot_number, scan.serial, scan.manufactured_on) == ("1234AB", "5678EDFG", date(2015, 10, 1))
    assert (scan.expires_on, scan.is_month_only) == (expires_on, is_month_only)
    parts = [scan.element(name) for name in ("LIC", "PCN", "U/M", "check")]
    assert parts == ["X999", "123ABC", "0", text[-1]]
    assert scan.raw == text


def test_an_hour_is_kept_and_told():  # H4
    scan = read(VECTORS["H4"][0])
    assert scan.expires_at == datetime(2019, 5, 15, 21)  # noqa: DTZ001  # as printed, in no zone
    assert scan.warnings == (ScanWarning.EXPIRY_TIME,)


def test_our_own_vector():  # H7
    scan = read("+B123HAMESO51/$$3281231HA2406C")
    assert (scan.code, scan.lot_number, scan.expires_on) == ("B123HAMESO51", "HA2406", date(2028, 12, 31))
    assert (scan.element("PCN"), scan.element("U/M"), scan.warnings) == ("HAMESO5", "1", ())


@pytest.mark.parametrize(
    ("second", "said"),
    [
        ("$$7LOT1", {"lot_number": "LOT1"}),
        ("$$+3281231SER1", {"serial": "SER1", "expires_on": date(2028, 12, 31)}),
        ("$$+7SER1", {"serial": "SER1"}),
        ("$+SER1", {"serial": "SER1"}),
        ("$$8123281231LOT1", {"count": 12, "expires_on": date(2028, 12, 31), "lot_number": "LOT1"}),
        ("$$9000500528LOT1", {"count": 50, "expires_on": date(2028, 5, 31), "lot_number": "LOT1"}),
        ("$$812", {"count": 12}),
        ("$$8127LOT1", {"count": 12, "lot_number": "LOT1"}),
        ("$$62836614LOT1", {"expires_on": date(2028, 12, 31), "lot_number": "LOT1"}),
        ("$$3280229", {"expires_on": date(2028, 2, 29)}),
        ("28366LOT1", {"expires_on": date(2028, 12, 31), "lot_number": "LOT1"}),
        ("$LOT1/Q24", {"lot_number": "LOT1", "count": 24}),
        ("$LOT1/$+SER1", {"lot_number": "LOT1", "serial": "SER1"}),
        ("$A.B-C", {"lot_number": "A.B-C"}),
    ],
)
def test_each_form_of_the_second_part_is_read(second, said):
    scan = read(with_check(f"+X999123ABC0/{second}"))
    fields = ("lot_number", "serial", "expires_on", "count")
    assert {field: getattr(scan, field) for field in fields} == dict.fromkeys(fields) | said


def test_the_product_alone_says_that_the_lot_is_missing():
    assert read(with_check("+X999123ABC0")).warnings == (ScanWarning.NO_LOT,)


def test_the_second_symbol_alone_names_no_product_but_completes_another():
    primary = read(with_check("+X999123ABC0"))
    text = with_check(f"+$$3281231LOT1{primary.element('check')}")

    with pytest.raises(ProductMissing):
        read(text)

    scan = read_second_code(text, IN_2026)
    assert (scan.code, scan.lot_number, scan.expires_on) == (None, "LOT1", date(2028, 12, 31))
    assert scan.element("link") == primary.element("check")


def test_a_check_character_may_be_a_space_and_the_scanner_may_add_some():
    text = next(text for lot in range(100) if (text := with_check(f"+X999123ABC0/$LOT{lot}")).endswith(" "))
    assert read(text).lot_number == read(text + "\r\n").lot_number
    assert read(VECTORS["H1"][0] + "  \r\n").lot_number == "1234AB"


def test_every_single_wrong_character_is_refused():
    text = VECTORS["H1"][0]
    for place in range(1, len(text)):
        for wrong in HIBC_ALPHABET:
            if wrong != text[place]:
                with pytest.raises(WrongHibcCheck):
                    read(text[:place] + wrong + text[place + 1 :])


@pytest.mark.parametrize(
    ("body", "element", "position"),
    [
        ("+999123ABC0X", "YYJJJ", 2),
        ("+X9", "+", 2),
        ("+X999", "+", 2),
        ("+X99910A", "+", 2),
        ("+X999" + "A" * 19 + "0", "+", 2),
        ("+X999A-B0", "+", 2),
        ("+X999123ABC0/$$1328LOT1", "$$", 14),
        ("+X999123ABC0/$$3281331LOT1", "$$", 14),
        ("+X999123ABC0/$$3281", "$$", 14),
        ("+X999123ABC0/$$428123124LOT1", "$$", 14),
        ("+X999123ABC0/$$4281231LOT1", "$$", 14),
        ("+X999123ABC0/$$528367LOT1", "$$", 14),
        ("+X999123ABC0/$$528000LOT1", "$$", 14),
        ("+X999123ABC0/$$XLOT1", "$$", 14),
        ("+X999123ABC0/$$8X1LOT1", "$$", 14),
        ("+X999123ABC0/$" + "L" * 19, "$", 14),
        ("+X999123ABC0/$L/S" + "S" * 19, "S", 17),
        ("+X999123ABC0/$L/S", "S", 17),
        ("+X999123ABC0/$L/Q123456", "Q", 17),
        ("+X999123ABC0/$L/16D20151301", "16D", 17),
        ("+X999123ABC0/$L/16D151001", "16D", 17),
        ("+X999123ABC0/$L/14D2019051", "14D", 17),
    ],
)
def test_what_is_wrong_is_named_by_its_place(body, element, position):
    with pytest.raises(InvalidElement) as refused:
        read_second_code(with_check(body), IN_2026)
    assert (refused.value.element, refused.value.position) == (element, position)


@pytest.mark.parametrize("text", ["+x999123abc0A", "+X999\x1d", "+X999123ABC0_"])
def test_characters_that_hibc_does_not_have_are_refused(text):
    with pytest.raises(InvalidElement) as refused:
        read(text)
    assert "which HIBC does not allow" in refused.value.problem


@pytest.mark.parametrize("text", ["+", "++", "+A", "+AB"])
def test_too_little_is_refused(text):
    with pytest.raises(WrongHibcCheck):
        read(text)


@pytest.mark.parametrize(
    "body",
    [
        "+X999123ABC0/$$3281231LOT1/14D20281230",
        "+X999123ABC0/$$+3281231SER1/SSER2",
        "+X999123ABC0/$LOT1/$LOT2",
        "+X999123ABC0/$$812/Q13",
    ],
)
def test_two_parts_that_say_different_things_are_refused(body):
    with pytest.raises(ElementsConflict):
        read(with_check(body))


def test_an_unknown_part_is_kept_and_told():
    scan = read(with_check("+X999123ABC0/$LOT1/ZZ9"))
    assert scan.lot_number == "LOT1"
    assert scan.warnings == (ScanWarning.UNREAD_PART,)
    assert scan.elements[-2].value == "Z9"
