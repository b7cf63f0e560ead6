from datetime import date

import pytest

from inventory.rules.barcodes import Conflict, ScanWarning, Scheme, merge, read_second_code
from inventory.rules.barcodes.check_digits import hibc_check

IN_2026 = date(2026, 6, 1)
GS = "\x1d"
GTIN = "09506000134352"
EXPIRY = date(2028, 12, 31)


def read(text):
    return read_second_code(text, IN_2026)


def with_check(body):
    return body + hibc_check(body)


@pytest.mark.parametrize(
    ("first", "second"),
    [("]E09506000134352", "1728123110L1"), ("1728123110L1", "]E09506000134352")],
)
def test_two_symbols_make_one_line_in_either_order(first, second):
    merged = merge(read(first), read(second))

    assert merged.conflicts == ()
    assert merged.raws == (first, second)
    assert (merged.scan.gtin, merged.scan.lot_number, merged.scan.expires_on) == (GTIN, "L1", EXPIRY)
    assert merged.scan.scheme == Scheme.GTIN
    assert merged.scan.raw == f"{first}\n{second}"
    assert {element.id for element in merged.scan.elements} == {"01", "10", "17"}
    assert ScanWarning.NO_LOT not in merged.scan.warnings


def test_an_absent_field_never_overwrites():
    whole = read(f"]d201{GTIN}172812313010{GS}11260115{GS}10L1{GS}21S1")
    for bare in ("]E09506000134352", f"]d201{GTIN}"):
        for merged in (merge(whole, read(bare)), merge(read(bare), whole)):
            assert merged.conflicts == ()
            assert (merged.scan.lot_number, merged.scan.serial, merged.scan.expires_on) == ("L1", "S1", EXPIRY)
            assert (merged.scan.manufactured_on, merged.scan.count) == (date(2026, 1, 15), 10)


def test_a_code_scanned_twice_is_itself():
    scan = read(f"]d201{GTIN}1728123110L1")
    merged = merge(scan, scan)
    assert merged.conflicts == ()
    assert (merged.scan.elements, merged.scan.lot_number) == (scan.elements, "L1")


def test_what_the_two_say_differently_is_named_and_the_first_stays():
    first = read(f"]d201{GTIN}1728123110L1{GS}21S1")
    second = read(f"]d2010415012345678217271231300{GS}10l1{GS}21S1")

    merged = merge(first, second)

    assert merged.conflicts == (
        Conflict("gtin", GTIN, "04150123456782"),
        Conflict("lot_number", "L1", "l1"),
        Conflict("expires_on", EXPIRY, date(2027, 12, 31)),
    )
    assert (merged.scan.gtin, merged.scan.lot_number, merged.scan.expires_on) == (GTIN, "L1", EXPIRY)
    assert merged.scan.count == 0


@pytest.mark.parametrize("field", ["serial", "manufactured_on", "count"])
def test_serial_production_and_count_are_compared_too(field):
    values = {"serial": ("21S1", "21S2"), "manufactured_on": ("11260115", "11260116"), "count": ("3010", "3011")}[field]
    first, second = (read(f"]d201{GTIN}10L1{GS}{value}") for value in values)
    assert [conflict.field for conflict in merge(first, second).conflicts] == [field]


def test_the_hour_of_expiry_comes_with_its_day():
    first, second = read(f"]d201{GTIN}10L1"), read(f"]d201{GTIN}70032812311530")
    merged = merge(first, second)
    assert merged.scan.expires_at == second.expires_at
    assert merged.scan.expires_on == EXPIRY


def test_both_symbols_of_a_hibc_pair_are_linked_by_their_check_character():
    primary, other = read(with_check("+X999123ABC0")), read(with_check("+X999123ABD0"))
    secondary = read(with_check(f"+$$3281231L1{primary.element('check')}"))

    for merged in (merge(primary, secondary), merge(secondary, primary)):
        assert merged.conflicts == ()
        assert (merged.scan.code, merged.scan.lot_number) == ("X999123ABC0", "L1")

    assert [conflict.field for conflict in merge(other, secondary).conflicts] == ["link"]


def test_a_gtin_and_a_hibc_number_are_two_names_of_one_box():
    merged = merge(read("]E09506000134352"), read(with_check("+X999123ABC0/$L1")))
    assert merged.conflicts == ()
    assert (merged.scan.gtin, merged.scan.code, merged.scan.lot_number) == (GTIN, "X999123ABC0", "L1")


def test_two_products_of_one_scheme_are_not_one_box():
    first, second = read(with_check("+X999123ABC0/$L1")), read(with_check("+X999123ABD0/$L1"))
    assert merge(first, second).conflicts == (Conflict("code", "X999123ABC0", "X999123ABD0"),)
