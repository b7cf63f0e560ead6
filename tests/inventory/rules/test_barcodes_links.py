from datetime import date

import pytest

from inventory.errors import (
    ElementsConflict,
    InvalidElement,
    UnknownElement,
    UnreadableCode,
    WrongCheckDigit,
    WrongPathOrder,
)
from inventory.rules.barcodes import ScanWarning, Scheme, read_code

IN_2026 = date(2026, 6, 1)
GTIN = "09506000134352"


def read(text):
    return read_code(text, IN_2026)


def test_a_link_says_the_same_as_the_elements():  # G12
    scan = read("https://id.gs1.org/01/09506000134352/10/LOT-A1/21/SN0001?17=281231")

    assert scan.scheme == Scheme.DIGITAL_LINK
    assert (scan.gtin, scan.lot_number, scan.serial) == (GTIN, "LOT-A1", "SN0001")
    assert (scan.expires_on, scan.warnings) == (date(2028, 12, 31), ())


def test_any_host_and_stem_serve_and_foreign_questions_are_not_read():  # G13
    scan = read("https://clinic.example/p/01/09506000134352/10/A%2FB1?11=260115&17=280131&linkType=gs1:pip")

    assert (scan.gtin, scan.lot_number) == (GTIN, "A/B1")
    assert (scan.manufactured_on, scan.expires_on) == (date(2026, 1, 15), date(2028, 1, 31))
    assert {element.id for element in scan.elements} == {"01", "10", "11", "17"}


def test_lot_after_serial_is_refused():  # G21
    with pytest.raises(WrongPathOrder) as refused:
        read("https://id.gs1.org/01/09506000134352/21/S1/10/L1")
    assert refused.value.facts == {"first": "21", "second": "10"}


@pytest.mark.parametrize(
    "text",
    [
        f"HTTPS://ID.GS1.ORG/01/{GTIN}/10/L1",
        f"http://a.example/01/{GTIN}/10/L1",
        f"https://a.example:8443/x/y/01/{GTIN}/10/L1/",
        f"https://a.example/01/{GTIN}/10/L1#top",
        f"https://a.example/01/{GTIN}/10/L1?",
        f"https://a.example/01/{GTIN}/10/L1?utm=x&9999=1&=2&17",
        f"https://a.example/gtin/{GTIN}/lot/L1",
        f"https://a.example/GTIN/{GTIN}/LOT/L1",
        "https://a.example/01/9506000134352/10/L1",
        f"https://a.example/01/04150123456782/01/{GTIN}/10/L1",
        f"https://a.example//01/{GTIN}//10/L1",
        f"]Q1https://a.example/01/{GTIN}/10/L1",
        f"]d1https://a.example/01/{GTIN}/10/L1",
    ],
)
def test_these_links_name_the_same(text):
    scan = read(text)
    assert (scan.scheme, scan.gtin, scan.lot_number) == (Scheme.DIGITAL_LINK, GTIN, "L1")


@pytest.mark.parametrize(
    ("written", "lot_number"),
    [
        ("%3Cscript%3Ea()%3C%2Fscript%3E", "<script>a()</script>"),
        ("<script>a()<%2Fscript>", "<script>a()</script>"),
        ("%3D1%2B1", "=1+1"),
        ("=1+1", "=1+1"),
        ("..%2F..%2Fx", "../../x"),
        ("100%25", "100%"),
        ("%22'", "\"'"),
        ("01", "01"),
        ("00", "00"),
        ("gtin", "gtin"),
    ],
)
def test_a_hostile_lot_comes_out_of_a_link_as_it_is(written, lot_number):
    scan = read(f"https://a.example/01/{GTIN}/10/{written}/21/S1")
    assert (scan.lot_number, scan.serial) == (lot_number, "S1")


def test_lot_and_serial_in_the_query_are_read_and_told():
    scan = read(f"https://a.example/01/{GTIN}?10=L1&21=S1&17=281231")
    assert (scan.lot_number, scan.serial, scan.warnings) == ("L1", "S1", (ScanWarning.IN_QUERY,))


def test_a_shipment_names_its_content_in_the_query():
    scan = read(f"https://id.gs1.org/00/095060000000000121?02={GTIN}&37=24&10=BX1")
    assert (scan.gtin, scan.count, scan.lot_number, scan.warnings) == (GTIN, 24, "BX1", ())


def test_old_names_in_the_query_are_read():
    assert read(f"https://a.example/01/{GTIN}/10/L1?exp=281231").expires_on == date(2028, 12, 31)


@pytest.mark.parametrize(
    "text",
    [
        "https://example.com",
        "https://example.com/",
        "https://example.com/products/serum?id=01",
        "https://",
        "http:///01/09506000134352",
        "https://example.com/01",
        "https://example.com/10/L1",
        "https://[::1",
    ],
)
def test_a_link_without_product_is_refused(text):
    with pytest.raises(UnreadableCode) as refused:
        read(text)
    assert refused.value.problem == "is a link that names no product"


@pytest.mark.parametrize(
    ("text", "refusal", "position"),
    [
        ("https://a.example/01/09506000134353", WrongCheckDigit, 22),
        (f"https://a.example/01/{GTIN}/10/{'L' * 21}", InvalidElement, 40),
        (f"https://a.example/01/{GTIN}/10/L%00", InvalidElement, 40),
        (f"https://a.example/01/{GTIN}/10/L%20", InvalidElement, 40),
        (f"https://a.example/01/{GTIN}/10/L%C3%A9", UnknownElement, 40),
        (f"https://a.example/01/{GTIN}?17=281301", InvalidElement, 40),
        (f"https://a.example/01/{GTIN}?17=", InvalidElement, 40),
        (f"https://a.example/01/{GTIN}?10=A+B", InvalidElement, 40),
        (f"https://a.example/01/{GTIN}/10", UnknownElement, 37),
        (f"https://a.example/01/{GTIN}/17/281231", UnknownElement, 40),
        (f"https://a.example/01/{GTIN}/zz/1", UnknownElement, 40),
        ("https://a.example/01/serum", InvalidElement, 22),
    ],
)
def test_what_is_wrong_in_a_link_is_named_by_its_place(text, refusal, position):
    with pytest.raises(refusal) as refused:
        read(text)
    assert refused.value.position == position


def test_path_and_query_must_agree():
    with pytest.raises(ElementsConflict):
        read(f"https://a.example/01/{GTIN}/10/L1?10=L2")
