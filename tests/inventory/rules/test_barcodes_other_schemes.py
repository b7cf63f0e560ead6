"""ISBT 128, PPN, bare numbers, our own codes, internal ones, and how they are told apart."""

from datetime import date

import pytest

from inventory.errors import (
    ElementsConflict,
    InvalidElement,
    ProductMissing,
    UnknownElement,
    UnreadableCode,
    WrongCheckDigit,
    WrongPpnCheck,
)
from inventory.rules import codes
from inventory.rules.barcodes import ScanWarning, Scheme, read_code, read_second_code
from inventory.rules.barcodes.check_digits import has_gs1_check, has_pzn_check, ppn_check
from inventory.rules.codes import CodeKind

IN_2026 = date(2026, 6, 1)
GS, RS, EOT = "\x1d", "\x1e", "\x04"
GTIN = "09506000134352"
CONTAINER = codes.make_code(CodeKind.CONTAINER, lambda _: 987_654_321)


def read(text):
    return read_code(text, IN_2026)


# Bare numbers


def test_the_check_digit_of_the_standards_example():
    assert has_gs1_check("09506000134352")
    assert [digit for digit in "0123456789" if has_gs1_check("0950600013435" + digit)] == ["2"]


@pytest.mark.parametrize(
    ("text", "gtin"),
    [
        ("]E09506000134352", GTIN),  # G14
        ("9506000134352", GTIN),
        ("09506000134352", GTIN),
        ("036000291452", "00036000291452"),
        ("]E00036000291452", "00036000291452"),
        ("]E496385074", "00000096385074"),
        ("96385074", "00000096385074"),
        ("19506000134359", "19506000134359"),
        (" 9506000134352\r\n", GTIN),
    ],
)
def test_every_length_meets_in_fourteen_digits(text, gtin):
    scan = read(text)
    assert (scan.scheme, scan.gtin, scan.code) == (Scheme.GTIN, gtin, None)
    assert scan.warnings == (ScanWarning.NO_LOT,)


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("]E09506000134353", WrongCheckDigit),
        ("]E496385075", WrongCheckDigit),
        ("]E0950600013435", InvalidElement),
        ("]E0036000291452", InvalidElement),
        ("]E096385074", InvalidElement),
        ("]E49506000134352", InvalidElement),
        ("]E0950600013435X", InvalidElement),
        ("]E00000000000000", InvalidElement),
        ("]E400000000", InvalidElement),
    ],
)
def test_behind_the_prefix_of_an_ean_only_an_ean_may_stand(text, refusal):
    with pytest.raises(refusal) as refused:
        read(text)
    assert refused.value.position == 4


@pytest.mark.parametrize(
    "text",
    [
        *("9506000134353", "036000291453", "19506000134352", "00000000000000"),
        *("0109506000134353", "00095060000000000122"),  # with their identifiers 01 and 00 before them
    ],
)
def test_a_number_whose_check_digit_does_not_fit_is_never_taken_for_a_product(text):
    scan = read(text)
    assert (scan.scheme, scan.code, scan.gtin) == (Scheme.INTERNAL, text, None)
    assert scan.warnings == (ScanWarning.CHECK_DIGIT,)


@pytest.mark.parametrize(
    "text", [f"01{GTIN[:-1]}317281231", f"01{GTIN[:-1]}3{GS}10L1", f"02{GTIN[:-1]}33724", "0009506000000000012210A"]
)
def test_a_makers_code_with_a_wrong_check_digit_is_refused_without_prefix_too(text):
    with pytest.raises(WrongCheckDigit):
        read(text)


# Which is which


def test_something_plain_is_an_internal_code():  # G22
    scan = read("]d1HELLO")
    assert (scan.scheme, scan.code, scan.warnings) == (Scheme.INTERNAL, "HELLO", ())
    assert scan.raw == "]d1HELLO"


@pytest.mark.parametrize("prefix", ["]d1", "]Q1", "]C0", "]A0", "]L0"])
@pytest.mark.parametrize(
    ("text", "scheme"),
    [
        (f"https://id.gs1.org/01/{GTIN}", Scheme.DIGITAL_LINK),
        ("+B123HAMESO51/$$3281231HA2406C", Scheme.HIBC),
        ("=/1AB370000007JC89=,000000=1234567890ABC00=>030329=}025226", Scheme.ISBT_128),
        (f"[)>{RS}06{GS}9N110375286414{GS}1T12345ABCD{RS}{EOT}", Scheme.PPN),
        (f"(01){GTIN}", Scheme.GS1),
        (f"01{GTIN}10L1", Scheme.GS1),
        ("9506000134352", Scheme.GTIN),
        (CONTAINER, Scheme.OURS),
        ("REF-123", Scheme.INTERNAL),
    ],
)
def test_a_plain_prefix_leaves_it_to_the_looks(prefix, text, scheme):
    assert read(prefix + text).scheme == scheme
    assert read(text).scheme == scheme


@pytest.mark.parametrize(
    "text",
    [
        "REF 12",
        "10",
        "1017",
        "10A",
        "17281231",  # eight digits, no GTIN, no lot behind the date
        "10-2~5-3",  # a sign that may be a separator, and no element behind it
        "17281331A",
        "0195060001343",
        "0109506000134353",
        "01-95",
        "(A)",
        "()",
        "]",
        "]d",
        "]]]",
        "<script>alert(1)</script>",
        "' OR 1=1 --",
        "12345678901",
        "Z" * 100,
    ],
)
def test_what_looks_like_no_scheme_is_internal(text):
    scan = read(text)
    assert (scan.scheme, scan.code, scan.gtin) == (Scheme.INTERNAL, text, None)


def test_what_is_too_long_for_an_internal_code_is_refused():
    with pytest.raises(UnreadableCode):
        read("Z" * 101)


def test_brackets_with_digits_are_elements():
    with pytest.raises(UnknownElement):
        read("(09)A")


# Our own codes


@pytest.mark.parametrize("kind", CodeKind)
@pytest.mark.parametrize("prefix", ["", "]d1", "]Q1"])
def test_our_codes_are_recognised(kind, prefix):
    code = codes.make_code(kind, lambda _: 123_456_789_012)
    grouped = f"{code[0]}-{code[1:5]}-{code[5:]}".lower()
    for text in (code, grouped):
        scan = read(prefix + text)
        assert (scan.scheme, scan.code, scan.elements, scan.warnings) == (Scheme.OURS, code, (), ())


def test_a_code_that_is_almost_ours_is_told():
    wrong = CONTAINER[:-1] + ("A" if CONTAINER[-1] != "A" else "B")
    scan = read(wrong)
    assert (scan.scheme, scan.code, scan.warnings) == (Scheme.INTERNAL, wrong, (ScanWarning.CHECK_DIGIT,))


def test_a_number_is_never_one_of_our_places():
    """`1` may be a misread L when somebody types; a supplier's number begins with 1 by itself."""
    code = next(
        code for bits in range(1000) if (code := codes.make_code(CodeKind.LOCATION, lambda _, b=bits: b))[1:].isdigit()
    )
    assert codes.check_code("1" + code[1:]) == code
    assert read("1" + code[1:]).scheme == Scheme.INTERNAL


# ISBT 128


def test_human_tissue_says_product_serial_donation_and_dates():
    scan = read("=/1AB370000007JC89=,000000=1234567890ABC00=>030329=}025226")

    assert (scan.scheme, scan.code, scan.serial) == (Scheme.ISBT_128, "1AB370000007JC89", "000000")
    assert scan.element("=") == scan.lot_number == "1234567890ABC00"
    assert scan.expires_on == date(2030, 11, 25)  # day 329
    assert scan.manufactured_on == date(2025, 8, 14)  # day 226
    assert scan.warnings == ()


def test_human_tissue_with_a_lot_of_its_own():
    scan = read("=/A9999XYZ100T0944=,000025=A99971312345600=>014032=}013032&,1000000000000XYZ123")
    assert (scan.lot_number, scan.element("=")) == ("000000000000XYZ123", "A99971312345600")


@pytest.mark.parametrize(
    ("digits", "day"), [("999001", date(1999, 1, 1)), ("100366", None), ("104366", date(2104, 12, 31))]
)
def test_the_century_of_a_date_of_human_tissue_is_its_first_digit(digits, day):
    text = f"=/1AB370000007JC89=>{digits}"
    if day is None:  # 2100 is no leap year
        with pytest.raises(InvalidElement):
            read(text)
    else:
        assert read(text).expires_on == day


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("=/1AB370000007JC8", 1),
        ("=/1AB370000007JC89=,00000", 19),
        ("=/1AB370000007JC89=>03032A", 19),
        ("=/1AB370000007JC89=>030000", 19),
        ("=/1AB370000007JC89=A12", 19),
        ("=/1AB370000007jc89", 1),
    ],
)
def test_a_structure_that_is_not_of_its_form_is_refused(text, position):
    with pytest.raises(InvalidElement) as refused:
        read(text)
    assert refused.value.position == position


def test_unknown_structures_are_kept_and_told():
    scan = read("=/1AB370000007JC89=%5100&(ABC")
    assert scan.warnings == (ScanWarning.NO_LOT, ScanWarning.UNREAD_PART)
    assert [element.value for element in scan.elements] == ["1AB370000007JC89", "5100", "ABC"]


def test_a_donation_alone_names_no_product():
    with pytest.raises(ProductMissing):
        read("=A99971312345600")
    with pytest.raises(ElementsConflict):
        read("=/1AB370000007JC89=>030329=>030330")


# PPN


def ppn(*fields, end=RS + EOT, start=f"[)>{RS}06", separator=GS):
    return separator.join((start, *fields)) + end


def test_the_check_digits_of_the_published_example():
    assert ppn_check("1103752864") == "14"
    assert has_pzn_check("03752864")
    assert not has_pzn_check("03752865")


@pytest.mark.parametrize(
    "text",
    [
        ppn("9N110375286414", "1T12345ABCD", "D150617", "S12345ABCDEF98765"),
        ppn("9N110375286414", "1T12345ABCD", "D150617", "S12345ABCDEF98765", end=""),
        ppn("S12345ABCDEF98765", "D150617", "1T12345ABCD", "9N110375286414", end=GS + RS + EOT),
        ppn("9N110375286414", "1T12345ABCD", "D150617", "S12345ABCDEF98765", start="[)>06", separator="|", end=""),
        ppn(
            *("9N110375286414", "1T12345ABCD", "D150617", "S12345ABCDEF98765"),
            start="[)>{RS}06",
            separator="{GS}",
            end="{RS}{EOT}",
        ),
    ],
)
def test_a_german_pack_says_ppn_lot_serial_and_expiry(text):
    scan = read(text)

    assert (scan.scheme, scan.gtin, scan.code) == (Scheme.PPN, None, "110375286414")
    assert (scan.lot_number, scan.serial) == ("12345ABCD", "12345ABCDEF98765")
    assert (scan.expires_on, scan.is_month_only, scan.warnings) == (date(2015, 6, 17), False, ())


def test_a_german_pack_may_say_more():
    scan = read(ppn("9N110375286414", "8P04150123456782", "D280200", "16D20260115", "Q24", "27QX"))

    assert (scan.gtin, scan.code, scan.count) == ("04150123456782", "110375286414", 24)
    assert (scan.expires_on, scan.is_month_only, scan.manufactured_on) == (date(2028, 2, 29), True, date(2026, 1, 15))
    assert set(scan.warnings) == {ScanWarning.DAY_00, ScanWarning.NO_LOT, ScanWarning.UNREAD_PART}
    assert read(ppn("9N110375286414", "16D260115")).manufactured_on == date(2026, 1, 15)


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        (["9N110375286415"], WrongPpnCheck),
        (["9N1103752865" + ppn_check("1103752865")], WrongPpnCheck),
        (["9N"], InvalidElement),
        (["9N11037528641A"], InvalidElement),
        (["9N110375286414", "D281301"], InvalidElement),
        (["9N110375286414", "D28"], InvalidElement),
        (["9N110375286414", "1T" + "L" * 21], InvalidElement),
        (["9N110375286414", "1TA B"], InvalidElement),
        (["9N110375286414", "S"], InvalidElement),
        (["9N110375286414", "8P04150123456783"], WrongCheckDigit),
        (["9N110375286414", "8P415012345678"], InvalidElement),
        (["9N110375286414", "QX"], InvalidElement),
        (["9N110375286414", "Q123456789"], InvalidElement),
        (["9N110375286414", "12345"], InvalidElement),
        (["9N110375286414", "1TA", "1TB"], ElementsConflict),
        (["1TA", "D281231"], ProductMissing),
    ],
)
def test_what_is_wrong_on_a_german_pack_is_refused(fields, refusal):
    with pytest.raises(refusal):
        read(ppn(*fields))


def test_its_second_symbol_may_stand_alone():
    assert read_second_code(ppn("1TA", "D281231"), IN_2026).lot_number == "A"


@pytest.mark.parametrize("text", ["[)>", f"[)>{RS}05{GS}01{GTIN}", "[)>XX"])
def test_other_formats_of_iso_15434_are_refused(text):
    with pytest.raises(UnreadableCode):
        read(text)


def test_every_single_wrong_character_of_a_ppn_is_refused():
    """97 is a prime and larger than any difference of two characters, and no weight here is a multiple of it."""
    number = "110375286414"
    for place, wrong in ((place, wrong) for place in range(len(number)) for wrong in "0123456789"):
        if wrong != number[place]:
            with pytest.raises((WrongPpnCheck, InvalidElement)):
                read(ppn("9N" + number[:place] + wrong + number[place + 1 :]))
