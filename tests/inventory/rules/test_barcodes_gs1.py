"""Elements of GS1, as scanned and in brackets. G1 to G25 are the vectors that GS1's own engine was asked about."""

import itertools
from datetime import date, datetime

import biip
import pytest
from biip.gs1_messages import GS1Message

from inventory.errors import (
    ElementOutOfPlace,
    ElementsConflict,
    InvalidElement,
    ProductMissing,
    UnknownElement,
    UnreadableCode,
    WrongCheckDigit,
)
from inventory.rules.barcodes import DEFAULT_SEPARATORS, ScanWarning, Scheme, read_code, read_second_code
from inventory.rules.barcodes.elements import find_identifier

IN_2026 = date(2026, 6, 1)
GS = "\x1d"
GTIN = "09506000134352"
OTHER_GTIN = "04150123456782"

READ = {
    "G1": (
        f"]d2010950600013435221SN000123{GS}1728123110LOT-A1",
        {"gtin": GTIN, "serial": "SN000123", "expires_on": date(2028, 12, 31), "lot_number": "LOT-A1"},
    ),
    "G2": (
        f"]d2010950600013435210LOT-A1{GS}1728123121SN000123",
        {"gtin": GTIN, "serial": "SN000123", "expires_on": date(2028, 12, 31), "lot_number": "LOT-A1"},
    ),
    "G3": (
        "]d201095060001343521728020010B7",
        {
            "gtin": GTIN,
            "expires_on": date(2028, 2, 29),
            "is_month_only": True,
            "lot_number": "B7",
            "warnings": (ScanWarning.DAY_00,),
        },
    ),
    "G4": (
        "]d201095060001343521727020010B7",
        {
            "gtin": GTIN,
            "expires_on": date(2027, 2, 28),
            "is_month_only": True,
            "lot_number": "B7",
            "warnings": (ScanWarning.DAY_00,),
        },
    ),
    "G5": (
        f"]C101095060001343521728063010HA2406{GS}240REF-55",
        {"gtin": GTIN, "expires_on": date(2028, 6, 30), "lot_number": "HA2406", "also": {"240": "REF-55"}},
    ),
    "G6": (
        "(01)09506000134352(17)281231(10)LOT/7_b(21)0001",
        {"gtin": GTIN, "expires_on": date(2028, 12, 31), "lot_number": "LOT/7_b", "serial": "0001"},
    ),
    "G7": (
        "010950600013435210ABC12317281231",
        {"gtin": GTIN, "lot_number": "ABC12317281231", "warnings": (ScanWarning.LOST_SEPARATOR,)},
    ),
    "G8": (
        f"010950600013435210ABC123{GS}17281231{GS}",
        {"gtin": GTIN, "lot_number": "ABC123", "expires_on": date(2028, 12, 31)},
    ),
    "G10": (
        f"]d2010950600013435270032812311530{GS}10C9",
        {
            "gtin": GTIN,
            "lot_number": "C9",
            "expires_on": date(2028, 12, 31),
            "expires_at": datetime(2028, 12, 31, 15, 30),  # noqa: DTZ001  # as printed, in no zone
            "warnings": (ScanWarning.EXPIRY_TIME,),
        },
    ),
    "G11": (
        f"]C10009506000000000012102095060001343523724{GS}10BX1",
        {"gtin": GTIN, "count": 24, "lot_number": "BX1", "also": {"00": "095060000000000121", "02": GTIN}},
    ),
    "G11b": (
        f"]C102095060001343523724{GS}10BX1",
        {"gtin": GTIN, "count": 24, "lot_number": "BX1", "warnings": (ScanWarning.COUNT_WITHOUT_SSCC,)},
    ),
    "G17": (
        f"]d2010415012345678210CH1{GS}1728043071012345678",
        {
            "gtin": OTHER_GTIN,
            "lot_number": "CH1",
            "expires_on": date(2028, 4, 30),
            "also": {"710": "12345678"},
        },
    ),
    "G18": (
        f"]d2010950600013435210PT1{GS}172804307145440987{GS}21S1",
        {
            "gtin": GTIN,
            "lot_number": "PT1",
            "expires_on": date(2028, 4, 30),
            "serial": "S1",
            "also": {"714": "5440987"},
        },
    ),
    "G23": (
        f"]d20109506000134352172812313010{GS}10L3",
        {"gtin": GTIN, "count": 10, "lot_number": "L3", "expires_on": date(2028, 12, 31)},
    ),
    "G24": (
        f"{GS}01095060001343521728123110LEADGS",
        {"gtin": GTIN, "expires_on": date(2028, 12, 31), "lot_number": "LEADGS"},
    ),
    "FDA": (
        "(01)51022222233336(11)141231(17)150707(10)A213B1(21)1234",
        {
            "gtin": "51022222233336",
            "manufactured_on": date(2014, 12, 31),
            "expires_on": date(2015, 7, 7),
            "lot_number": "A213B1",
            "serial": "1234",
        },
    ),
}

REFUSED = {
    "G9": ("]d201095060001343531728123110X", WrongCheckDigit, {"value": "09506000134353", "position": 4}),
    "G15": (
        f"]d2010950600013435210ABCDEFGHIJKLMNOPQRSTU{GS}17281231",
        InvalidElement,
        {"element": "10", "problem": "has 21 characters; 20 is the most", "position": 20},
    ),
    "G16": (
        "]d201095060001343521728130110X1",
        InvalidElement,
        {"element": "17", "value": "281301", "problem": "has the month 13, which no year has", "position": 20},
    ),
    "G19": (f"10LOT1{GS}17281231", ProductMissing, {"found": ("lot number", "expiry date")}),
    "G20": (
        f"]d2010950600013435217281231{GS}10L1{GS}10L2",
        ElementsConflict,
        {"element": "10", "first": "L1", "second": "L2"},
    ),
}

NOTHING = {
    "gtin": None,
    "code": None,
    "lot_number": None,
    "serial": None,
    "expires_on": None,
    "is_month_only": False,
    "expires_at": None,
    "manufactured_on": None,
    "count": None,
    "warnings": (),
}


def read(text):
    return read_code(text, IN_2026)


@pytest.mark.parametrize("vector", READ)
def test_a_vector_says_this_and_no_more(vector):
    text, said = READ[vector]
    also = said.get("also", {})
    expected = {field: value for field, value in said.items() if field != "also"}

    scan = read(text)

    assert scan.scheme == Scheme.GS1
    assert {field: getattr(scan, field) for field in NOTHING} == NOTHING | expected
    assert {name: scan.element(name) for name in also} == also
    assert scan.raw == text


@pytest.mark.parametrize("vector", REFUSED)
def test_a_vector_is_refused_by_place_and_reason(vector):
    text, refusal, facts = REFUSED[vector]

    with pytest.raises(refusal) as refused:
        read(text)

    assert {name: refused.value.facts[name] for name in facts} == facts
    assert all((refused.value.what, refused.value.remedy, refused.value.rule))


@pytest.mark.parametrize(("two_digits", "year"), [("75", 2075), ("76", 2076), ("77", 1977), ("99", 1999), ("00", 2000)])
def test_the_century_is_the_nearest_to_the_day_that_is_given(two_digits, year):  # G25
    assert read(f"]d201{GTIN}17{two_digits}0101").expires_on == date(year, 1, 1)


def test_the_century_follows_the_given_day_and_not_the_machine():
    assert read_code(f"]d201{GTIN}17000101", date(2090, 1, 1)).expires_on == date(2100, 1, 1)
    assert read_code(f"]d201{GTIN}17770101", date(2090, 1, 1)).expires_on == date(2077, 1, 1)


# Separators


@pytest.mark.parametrize("separator", DEFAULT_SEPARATORS)
@pytest.mark.parametrize("prefix", ["", "]d2", "]C1", "]Q3", "]e0", "]J1"])
def test_every_usual_sign_stands_for_the_separator(separator, prefix):
    scan = read(f"{prefix}01{GTIN}10AB1{separator}17281231{separator}21S9{separator}")

    assert (scan.lot_number, scan.expires_on, scan.serial) == ("AB1", date(2028, 12, 31), "S9")
    assert scan.warnings == ()


@pytest.mark.parametrize("separator", DEFAULT_SEPARATORS)
def test_a_leading_separator_and_idle_ones_are_let_pass(separator):
    scan = read(f"{separator}01{GTIN}{separator}17281231{separator}{separator}10AB1{separator}")

    assert (scan.gtin, scan.lot_number, scan.expires_on) == (GTIN, "AB1", date(2028, 12, 31))


def test_a_separator_may_be_any_sign_the_clinic_names():
    text = f"01{GTIN}10AB1##17281231"
    assert read_code(text, IN_2026, ["##"]).lot_number == "AB1"
    with pytest.raises(InvalidElement) as refused:
        read(text)
    assert refused.value.problem == "has the character '#', which GS1 does not allow"


def test_where_the_real_separator_comes_nothing_else_stands_for_it():
    assert read(f"01{GTIN}10A<GS>B{GS}21S1").lot_number == "A<GS>B"


@pytest.mark.parametrize("separators", [[], [""], ["|", ""]])
def test_no_separator_is_a_mistake_of_the_program(separators):
    with pytest.raises(ValueError, match="a separator is at least one character"):
        read_code("]d2HELLO", IN_2026, separators)


# What a lost separator does


@pytest.mark.parametrize(
    "text",
    [
        f"01{GTIN}10ABC12311281231",
        f"01{GTIN}10ABC12315280200",
        f"01{GTIN}21S117281231",
        f"01{GTIN}10A117280229",
        f"01{GTIN}10A11728123121S1",
        f"]d201{GTIN}21S1{GS}10A117281231",
        f"01{GTIN}10A117281231{GS}",
    ],
)
def test_a_number_that_ends_with_a_date_is_told_and_not_divided(text):
    scan = read(text)
    assert ScanWarning.LOST_SEPARATOR in scan.warnings
    assert scan.expires_on is None


@pytest.mark.parametrize(
    "text",
    [
        f"01{GTIN}10A117281331",  # no month 13
        f"01{GTIN}10A117280231",  # no day 31 in February
        f"01{GTIN}1017281231",  # the lot is a date, and nothing is before it
        f"01{GTIN}10A117281231X",
        f"01{GTIN}10A117281231{GS}21S1",  # it is not the last
        f"(01){GTIN}(10)ABC17281231",  # brackets part
    ],
)
def test_what_only_looks_a_little_like_a_date_is_a_lot(text):
    assert ScanWarning.LOST_SEPARATOR not in read(text).warnings


def test_a_lot_that_may_hold_the_serial_number_is_asked_about_where_no_separator_came():
    scan = read(f"01{GTIN}10ABC21XYZ")
    assert scan.lot_number == "ABC21XYZ"
    assert scan.serial is None
    assert scan.warnings == (ScanWarning.UNSURE_SEPARATOR,)
    assert read(f"01{GTIN}17281231{GS}10ABC21XYZ").warnings == ()
    assert read(f"01{GTIN}10ABC2199").warnings == ()


def test_a_code_that_lost_a_separator_in_its_middle_is_refused_where_it_breaks():
    with pytest.raises(InvalidElement) as refused:
        read(f"]d201{GTIN}10ABCDEFGHIJKLMNOPQRST17281231")  # 20 characters, then the expiry
    assert refused.value.problem == "has 28 characters; 20 is the most"


# The pitfalls of the library below


def test_biip_divides_after_the_longest_value_and_we_do_not():
    text = f"01{GTIN}10ABCDEFGHIJKLMNOPQRST17281231"
    assert GS1Message.parse(text).element_strings.get(ai="17") is not None
    with pytest.raises(InvalidElement):
        read(text)


def test_biip_reads_an_ean_13_as_an_internal_element_too_and_we_do_not():
    assert biip.parse("9506000134352").gs1_message is not None
    scan = read("9506000134352")
    assert (scan.scheme, scan.gtin) == (Scheme.GTIN, GTIN)


def test_biip_keeps_a_wrong_check_digit_in_its_message_and_we_refuse():
    result = biip.parse("]d20109506000134353")
    assert result.gs1_message is not None
    assert result.gtin_error is not None
    with pytest.raises(WrongCheckDigit):
        read("]d20109506000134353")


def test_biip_does_not_read_brackets_unasked_nor_brackets_within_a_lot():
    assert biip.parse("(01)09506000134352").gtin is None
    assert GS1Message.parse_hri("(01)09506000134352(10)a()").element_strings.get(ai="10").value == "a"
    assert read("(01)09506000134352(10)a()").lot_number == "a()"


def test_biip_takes_missing_products_and_contradictions_and_we_do_not():
    assert biip.parse(f"10LOT1{GS}17281231").gs1_message is not None
    assert biip.parse(f"01{GTIN}10L1{GS}10L2").gs1_message is not None


def test_biip_computes_dates_by_the_machines_clock_and_we_do_not():
    ours = read_code(f"]d201{GTIN}17281231", date(2199, 1, 1))
    assert ours.expires_on == date(2228, 12, 31)


@pytest.mark.parametrize("vector", ["G1", "G2", "G3", "G4", "G5", "G7", "G8", "G10", "G11", "G17", "G18", "G23", "G24"])
def test_biip_finds_the_same_elements_in_what_is_valid(vector):
    text = READ[vector][0]
    message = biip.parse(text.lstrip(GS)).gs1_message
    assert {(each.ai.ai, each.value) for each in message.element_strings} == {
        (each.id, each.value) for each in read(text).elements
    }


# Elements


@pytest.mark.parametrize(
    ("rest", "element", "problem"),
    [
        (f"10{GS}17281231", "10", "is empty"),
        ("1728123", "17", "has 5 digits instead of 6"),
        ("17", "17", "is empty"),
        ("1728123A", "17", "has other characters than digits"),
        ("17280230", "17", "has the day 30, which its month does not have"),
        ("17280001", "17", "has the month 00, which no year has"),
        ("11261301", "11", "has the month 13, which no year has"),
        ("15261301", "15", "has the month 13, which no year has"),
        ("16261301", "16", "has the month 13, which no year has"),
        ("70032812001530", "7003", "has the day 00, which no month has"),
        ("70032812312430", "7003", "has the time 24:30, which no day has"),
        ("70032812311560", "7003", "has the time 15:60, which no day has"),
        ("7003281231153", "7003", "has 9 digits instead of 10"),
        ("30123456789", "30", "has 9 characters; 8 is the most"),
        ("30", "30", "is empty"),
        ("10A B", "10", "has the character ' ', which GS1 does not allow"),
        ("10A@B", "10", "has the character '@', which GS1 does not allow"),
        ("21" + "S" * 21, "21", "has 21 characters; 20 is the most"),
        ("240" + "R" * 31, "240", "has 31 characters; 30 is the most"),
        ("8008261301", "8008", "is not of the form N8[+N..4]"),
    ],
)
def test_a_value_that_its_element_cannot_have_is_refused(rest, element, problem):
    with pytest.raises(InvalidElement) as refused:
        read(f"]d201{GTIN}{rest}")

    assert (refused.value.element, refused.value.position, refused.value.problem) == (element, 20, problem)


def test_a_number_that_is_cut_is_refused_by_what_it_should_have():
    with pytest.raises(InvalidElement) as refused:
        read("]d2010950600013")
    assert refused.value.problem == "has 10 digits instead of 14"


@pytest.mark.parametrize(
    ("text", "position"),
    [(f"]d201{GTIN}XYZ", 20), (f"]d2HELLO{GS}", 4), (f"]d201{GTIN}1728123104", 28), (f"  01{GTIN}{GS}\x1e", 20)],
)
def test_what_begins_no_element_is_refused_by_its_place(text, position):
    with pytest.raises(UnknownElement) as refused:
        read(text)
    assert refused.value.position == position


@pytest.mark.parametrize(
    ("rest", "element"),
    [
        ("3724", "37"),
        (f"02{OTHER_GTIN}3724", "02"),
        ("2559506000134352", "255"),
        (f"21S1{GS}235TPX", "235"),
        ("8020SLIP", "8020"),
    ],
)
def test_elements_that_exclude_each_other_are_refused(rest, element):
    with pytest.raises(ElementOutOfPlace) as refused:
        read(f"]d201{GTIN}{rest}")
    assert refused.value.element == element


@pytest.mark.parametrize("text", [f"]d202{GTIN}", "]d2000950600000000001213724"])
def test_content_and_its_count_come_together(text):
    with pytest.raises(ElementOutOfPlace):
        read(text)


def test_a_shipment_number_alone_names_no_product():
    with pytest.raises(ProductMissing) as refused:
        read("00095060000000000121")
    assert refused.value.found == ("shipment number (SSCC)",)


def test_a_shipment_number_has_a_check_digit():
    with pytest.raises(WrongCheckDigit):
        read("]d200095060000000000122")


def test_the_same_element_with_the_same_value_counts_once():
    scan = read(f"]d201{GTIN}10L1{GS}17281231{GS}10L1")
    assert [element.id for element in scan.elements] == ["01", "10", "17"]


def test_two_elements_for_the_expiry_must_agree():
    assert read(f"]d201{GTIN}1728123170032812311530").expires_at is not None
    with pytest.raises(ElementsConflict):
        read(f"]d201{GTIN}1728123070032812311530")


def test_a_best_before_date_stands_for_an_expiry_and_says_so():
    scan = read(f"]d201{GTIN}1528123110L1")
    assert (scan.expires_on, scan.warnings) == (date(2028, 12, 31), (ScanWarning.BEST_BEFORE,))
    both = read(f"]d201{GTIN}152810311728123110L1")
    assert (both.expires_on, both.warnings) == (date(2028, 12, 31), ())


def test_production_date_and_hour_give_the_day():
    assert read(f"]d201{GTIN}800826011523{GS}10L1").manufactured_on == date(2026, 1, 15)


def test_lots_keep_case_and_zeros():
    assert read(f"]d201{GTIN}10007aBc").lot_number == "007aBc"


def test_a_code_without_lot_says_so():
    assert read(f"]d201{GTIN}17281231").warnings == (ScanWarning.NO_LOT,)


@pytest.mark.parametrize("text", [f"]d2{GS}", f"]d2{GS}{GS}", f"]d2{GS} ", "]d2", "]d2  "])
def test_prefix_and_separators_alone_say_nothing(text):
    with pytest.raises(UnreadableCode):
        read(text)


def test_brackets_may_be_spaced():
    scan = read(" (01) 09506000134352 (17) 281231 (10) L1 ")
    assert (scan.gtin, scan.expires_on, scan.lot_number) == (GTIN, date(2028, 12, 31), "L1")


def test_brackets_that_hold_no_known_element_are_refused_and_others_are_no_gs1():
    with pytest.raises(UnknownElement):
        read("(04)1")
    assert {read(text).scheme for text in ("(99999)1", "(0)1", "(A)1")} == {Scheme.INTERNAL}


def test_a_lot_and_an_expiry_alone_are_read_only_as_a_second_code():
    for text in ("1728123110LOT-A1", f"]d210LOT-A1{GS}17281231", "(10)LOT-A1(17)281231", "10LOT-A1|17281231"):
        with pytest.raises(ProductMissing):
            read(text)
        scan = read_second_code(text, IN_2026)
        assert (scan.gtin, scan.lot_number, scan.expires_on) == (None, "LOT-A1", date(2028, 12, 31))


def test_no_identifier_begins_another():
    known = {identifier.ai for text in map("{:04d}".format, range(10_000)) if (identifier := find_identifier(text))}
    assert len(known) > 500
    assert not any(other.startswith(one) for one, other in itertools.permutations(known, 2))
