"""The receiving screen: begun, scanned, asked, completed, saved once, or put away."""

import io
import re
from datetime import date

import pytest
from PIL import Image
from sqlalchemy import func, select

from models.evidence import Attachment
from models.stock import Container, Delivery, Hold

UNKNOWN = "04012345678901"


def _words(page) -> str:
    main = page.text.partition("<main")[2]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main).replace("&nbsp;", " ").replace("&#39;", "'"))


def _focused(page) -> str:
    """The name of the field with the cursor."""
    main = page.text.partition("<main")[2]
    found = re.findall(r"<(?:input|button|select)[^>]*\bautofocus[^>]*>", main)
    assert len(found) == 1, found
    return re.search(r'name="([^"]+)"', found[0]).group(1)


@pytest.fixture
def begin(signed_in, supplier_id, clinic, product_id, learn, symbol):
    """A browser of the pharmacist with a delivery begun, and its address."""
    learn(product_id, per_pack=10)

    def start(name="paula"):
        browser = signed_in(name)
        form = {"supplier_id": supplier_id, "reference": "DN-7", "location_id": clinic.places.storage}
        answer = browser.send("/receiving/", form)
        assert answer.status_code == 303, answer.text
        return browser, answer.location

    return start


def _version(page) -> str:
    return re.search(r'/saving".*?name="version" value="(\d+)"', page.text, re.DOTALL).group(1)


def test_a_delivery_is_begun_scanned_and_saved(begin, symbol, read):
    paula, url = begin()
    page = paula.get(url)
    assert "Nothing is scanned yet." in _words(page)
    assert _focused(page) == "text"
    assert paula.send(f"{url}/scans", {"text": symbol(serial="S1")}).location == url
    page = paula.get(url)
    assert "Scanned: Lidocaine 20 mg/mL, lot L1, use by 2032-01-31, box of 10." in _words(page)
    assert _focused(page) == "text"
    paula.send(f"{url}/scans", {"text": "3"})
    page = paula.get(url)
    assert "3 boxes of 10" in _words(page)

    answer = paula.send(f"{url}/saving", {"version": _version(page)})

    assert answer.location == "/deliveries/1"
    shown = _words(paula.get("/deliveries/1"))
    assert "The delivery is saved." in shown
    assert "]d20109506000134352" in shown
    assert len(read(lambda session: session.scalars(select(Container.id)).all())) == 30
    assert paula.get(url).location == "/deliveries/1"


def test_the_same_delivery_saved_from_two_tabs_is_booked_once(begin, symbol, read):
    paula, url = begin()
    paula.send(f"{url}/scans", {"text": symbol()})
    version = _version(paula.get(url))
    first = paula.send(f"{url}/saving", {"version": version})
    second = paula.send(f"{url}/saving", {"version": version})
    assert (first.location, second.location) == ("/deliveries/1", "/deliveries/1")
    assert read(lambda session: session.scalars(select(Delivery.id)).all()) == [1]


def test_the_second_of_two_tabs_is_told_what_changed(begin, symbol, signed_in, read):
    paula, url = begin()
    paula.send(f"{url}/scans", {"text": symbol()})
    page = paula.get(url)
    version = _version(page)
    anna = signed_in("anna")
    anna.send(f"{url}/scans", {"text": symbol("L2")})
    answer = paula.send(f"{url}/saving", {"version": version})
    assert answer.status_code == 409
    assert "was changed meanwhile: Anna Assistant: scanned: Lidocaine 20 mg/mL, lot L2" in _words(answer)
    assert read(lambda session: session.scalars(select(Delivery.id)).all()) == []
    paula.send(f"{url}/scans", {"text": symbol("L3"), "seen": version})
    assert "Meanwhile, newest first: Anna Assistant: scanned" in _words(paula.get(url))


def test_the_cursor_is_on_the_one_missing_field(begin, symbol):
    paula, url = begin()
    paula.send(f"{url}/scans", {"text": symbol(None, None)})
    page = paula.get(url)
    assert _focused(page) == "lot_number"
    line = re.search(r'action="(/receiving/\d+/lines/\d+)".*?name="version" value="(\d+)"', page.text, re.DOTALL)
    form = {"version": line.group(2), "lot_number": "L1", "packs": "2", "per_pack": "10", "kind": "bought"}
    paula.send(line.group(1), form)
    page = paula.get(url)
    assert _focused(page) == "expires"
    version = re.search(r'/lines/\d+".*?name="version" value="(\d+)"', page.text, re.DOTALL).group(1)
    paula.send(line.group(1), form | {"version": version, "expires": "0232"})
    page = paula.get(url)
    assert _focused(page) == "text"
    assert "lot L1, use by 2032-02-29 (month only), 2 boxes of 10" in _words(page)


def test_a_question_is_answered_by_its_button(begin, symbol):
    paula, url = begin()
    paula.send(f"{url}/scans", {"text": symbol(None, None)})
    paula.send(f"{url}/scans", {"text": "10L1\x1d17320131"})
    page = paula.get(url)
    assert "Lot L1, use by 2032-01-31: is it the same box as" in _words(page)
    assert "The last scan asks something first." in _words(page)
    answer = re.search(r'action="(/receiving/\d+/scans/\d+/answer)"', page.text).group(1)
    paula.send(answer, {"answer": "same_box"})
    assert "use by 2032-01-31, box of 10 (both symbols)" in _words(paula.get(url))
    assert paula.send(answer, {"answer": "same_box"}).status_code == 409


def test_an_unknown_code_is_learnt_and_the_line_is_there(begin, symbol, signed_in):
    paula, url = begin()
    paula.send(f"{url}/scans", {"text": symbol("HA1", gtin=UNKNOWN)})
    page = paula.get(url)
    assert f"The code {UNKNOWN} is not known here. What is it?" in _words(page)
    where = re.search(r'href="(/receiving/\d+/scans/\d+)"', page.text).group(1)
    anna = signed_in("anna")
    assert "Paula Pharmacist can: this delivery and the scan wait here" in _words(anna.get(where))
    assert anna.send(f"{where}/product", {"product_id": 2}).status_code == 403
    assert "No product is called that." in _words(paula.get(where, query_string={"text": "zzz"}))
    product = {
        "name": "Hyaluronic acid 18 mg/mL", "regulatory_class": "device_iii", "container_kind": "prefilled_syringe",
        "unit": "mL", "content": "1", "containers_per_pack": "2",
    }  # fmt: skip
    refused = paula.send(f"{where}/new-product", product | {"content": "0"})
    assert refused.status_code == 422
    answer = paula.send(f"{where}/new-product", product)
    assert answer.location == url
    assert "Hyaluronic acid 18 mg/mL, lot HA1, use by 2032-01-31, box of 2" in _words(paula.get(url))
    assert paula.get(where).status_code == 404


def test_what_the_code_says_of_the_box_is_filled_in(begin, symbol):
    paula, url = begin()
    paula.send(f"{url}/scans", {"text": symbol("HA1", gtin=UNKNOWN) + "\x1d305"})
    where = re.search(r'href="(/receiving/\d+/scans/\d+)"', paula.get(url).text).group(1)
    page = paula.get(where, query_string={"text": "Lidocaine"})
    filled = re.findall(r'<input[^>]*name="containers_per_pack"[^>]*value="([^"]*)"', page.text)
    assert filled == ["5", "5"]
    assert "The code says 5. Compare with the print." in _words(page)
    product_id = re.search(r'name="product_id" value="(\d+)"', page.text).group(1)
    paula.send(f"{where}/product", {"product_id": product_id, "containers_per_pack": filled[0]})
    assert "lot HA1, use by 2032-01-31, box of 5" in _words(paula.get(url))


def test_too_many_and_a_wrong_check_digit_are_said_at_the_scan_box(begin, symbol):
    paula, url = begin()
    paula.send(f"{url}/scans", {"text": symbol()})
    for text, said in (
        ("1000000", "Boxes: 1000000 is not a number from 1 to 1000."),
        ("0", "Boxes: 0 is not a number from 1 to 1000."),
        ("4012345678900", "The check digit of the product number (GTIN) '4012345678900' (character 1) does not fit."),
    ):
        page = paula.send(f"{url}/scans", {"text": text})
        assert page.status_code == 422
        assert said in _words(page).replace("&#34;", '"')
        assert _focused(page) == "text"


def test_an_expired_box_comes_in_blocked_and_says_so(begin, symbol, read):
    paula, url = begin()
    paula.send(f"{url}/scans", {"text": symbol("OLD", "310302")})
    page = paula.get(url)
    assert "comes in blocked: expired on 2031-03-02" in _words(page)
    paula.send(f"{url}/saving", {"version": _version(page)})
    causes = read(lambda session: session.scalars(select(Hold.cause).distinct()).all())
    assert causes == ["expired on 2031-03-02"]
    assert "10, of which 10 blocked" in _words(paula.get("/deliveries/1"))


def test_what_is_not_complete_is_not_saved(begin, symbol):
    paula, url = begin()
    paula.send(f"{url}/scans", {"text": symbol(None, None)})
    answer = paula.send(f"{url}/saving", {"version": _version(paula.get(url))})
    assert answer.status_code == 409
    assert "is not complete: the lot number, the expiry date is missing." in _words(answer)


def test_a_refused_scan_is_shown_again_with_the_cursor_on_it(begin, symbol):
    paula, url = begin()
    answer = paula.send(f"{url}/scans", {"text": "]d2010950600013435317320131"})
    assert answer.status_code == 422
    assert "check digit" in _words(answer)
    assert _focused(answer) == "text"


def test_it_is_put_away_after_a_question_and_is_gone_from_the_list(begin, symbol):
    paula, url = begin()
    assert "DN-7" in _words(paula.get("/receiving/"))
    page = paula.get(url)
    assert 'data-confirm="The lines and scans of this delivery are put away.' in page.text
    version = re.search(r'/discarding".*?name="version" value="(\d+)"', page.text, re.DOTALL).group(1)
    assert paula.send(f"{url}/discarding", {"version": version}).location == "/receiving/"
    assert "No delivery is in progress." in _words(paula.get("/receiving/"))
    assert paula.get(url).location == "/receiving/"
    answer = paula.send(f"{url}/scans", {"text": symbol()})
    assert answer.status_code == 409
    assert "it was put away" in _words(answer)


def test_it_is_refused_to_who_may_not_receive_and_to_other_sites(begin, symbol, signed_in):
    _paula, url = begin()
    for name, status in (("peter", 403), ("otto", 403), ("stella", 404)):
        other = signed_in(name)
        assert other.get(url).status_code == status
        assert other.send(f"{url}/scans", {"text": symbol()}).status_code == status
        assert other.send(f"{url}/saving", {"version": 1}).status_code == status


def test_another_person_goes_on_where_one_stopped(begin, symbol, signed_in):
    paula, url = begin()
    paula.send(f"{url}/scans", {"text": symbol()})
    anna = signed_in("anna")
    assert "Paula Pharmacist" in _words(anna.get("/receiving/"))
    page = anna.get(url)
    assert anna.send(f"{url}/saving", {"version": _version(page)}).location == "/deliveries/1"
    assert "received by Anna Assistant" in _words(anna.get("/deliveries/1"))


def test_the_cost_may_follow_and_what_was_written_stays(begin, symbol, signed_in):
    paula, url = begin()
    paula.send(f"{url}/scans", {"text": symbol()})
    paula.send(f"{url}/saving", {"version": _version(paula.get(url))})
    for cost in ("12.5", "13"):
        assert paula.send("/deliveries/1/lines/1/cost", {"unit_cost": cost}).status_code == 303
    words = _words(paula.get("/deliveries/1"))
    assert "13, Paula Pharmacist" in words
    assert "12.5, Paula Pharmacist" in words
    assert "Cost of what was bought 130" in words
    assert paula.send("/deliveries/1/lines/9/cost", {"unit_cost": "1"}).status_code == 404
    refused = paula.send("/deliveries/1/lines/1/cost", {"unit_cost": "-1"})
    assert refused.status_code == 422
    assert "is negative" in _words(refused)
    assert signed_in("otto").send("/deliveries/1/lines/1/cost", {"unit_cost": "1"}).status_code == 403
    assert signed_in("stella").get("/deliveries/1").status_code == 404


def test_deliveries_are_found_by_supplier_reference_and_time(begin, symbol, signed_in, supplier_id):
    paula, url = begin()
    paula.send(f"{url}/scans", {"text": symbol()})
    paula.send(f"{url}/saving", {"version": _version(paula.get(url))})
    otto = signed_in("otto")
    for asked, is_there in (
        ({}, True), ({"text": "dn-"}, True), ({"text": "dn%"}, False), ({"supplier_id": supplier_id}, True),
        ({"supplier_id": 99}, False), ({"from_on": "2031-03-03", "until_on": "2031-03-03"}, True),
        ({"from_on": "2031-03-04"}, False), ({"until_on": date(2031, 3, 2)}, False),
    ):  # fmt: skip
        assert ("DN-7" in _words(otto.get("/deliveries/", query_string=asked))) is is_there, asked
    assert "DN-7" not in _words(signed_in("stella").get("/deliveries/"))


def _picture() -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (30, 20), "red").save(written, "JPEG")
    return written.getvalue()


def test_a_photo_of_damage_and_a_certificate_are_attached_while_it_is_in_progress(begin, symbol, read, signed_in):
    paula, url = begin()
    paula.send(f"{url}/scans", {"text": symbol()})
    line_id = re.search(rf"{url}\?line=(\d+)", paula.get(url).text).group(1)
    page = paula.send(f"{url}/files", {"file": (io.BytesIO(b"%PDF-1.7\n%%EOF"), "crack.jpg"), "kind": "photo"})
    assert page.status_code == 422
    assert "crack.jpg" in _words(page)
    assert "No certificate, photo or letter yet." in _words(page)

    sent = {"file": (io.BytesIO(_picture()), "<crack>.jpg"), "kind": "photo", "line_id": line_id, "note": "<b>wet</b>"}
    assert paula.send(f"{url}/files", sent).location == url
    paula.send(f"{url}/files", {"file": (io.BytesIO(b"%PDF-1.7\n%%EOF"), "coa.pdf"), "kind": "certificate"})

    page = paula.get(url)
    assert "1 file attached" in _words(page)
    assert "&lt;b&gt;wet&lt;/b&gt;" in page.text
    assert "Of Lidocaine 20 mg/mL, lot L1, use by 2032-01-31, box of 10" in _words(page)
    files = re.findall(rf'href="({url}/files/\d+)"', page.text)
    assert len(files) == 2
    answer = signed_in("anna").get(files[1])
    assert (answer.mimetype, answer.headers["Content-Security-Policy"]) == (
        "application/pdf", "default-src 'none'; sandbox",
    )  # fmt: skip
    assert signed_in("stella").get(files[1]).status_code == 404

    version = _version(page)
    for _tab in range(2):
        assert paula.send(f"{url}/saving", {"version": version}).location == "/deliveries/1"
    assert "coa.pdf" in _words(paula.get("/deliveries/1"))
    assert read(lambda session: session.scalar(select(func.count(Attachment.id)))) == 2


def test_a_damaged_line_offers_its_photo(begin):
    paula, url = begin()
    line = {"product": "Lidocaine", "lot_number": "T1", "expires": "0333", "packs": "2", "per_pack": "1"}
    paula.send(f"{url}/lines", line | {"kind": "bought", "damaged": "1", "damage_reason": "cracked"})
    page = paula.get(url)
    assert "Attach a photo of the damage" in _words(page)
    address = re.search(r'href="([^"]+)#files"', page.text).group(1)
    page = paula.get(address)
    assert re.search(r'<option value="photo" selected>', page.text)
    line_id = address.partition("line=")[2]
    assert f'<option value="{line_id}" selected>' in page.text
    paula.send(f"{url}/files", {"file": (io.BytesIO(_picture()), "a.jpg"), "kind": "photo", "line_id": line_id})
    assert "Attach a photo of the damage" not in _words(paula.get(url))


def test_a_file_of_a_delivery_in_progress_is_removed_on_its_page(begin, symbol):
    paula, url = begin()
    paula.send(f"{url}/scans", {"text": symbol()})
    paula.send(f"{url}/files", {"file": (io.BytesIO(b"%PDF-1.7\n%%EOF"), "coa.pdf"), "kind": "certificate"})
    where = re.search(rf'href="({url}/files/\d+)"', paula.get(url).text).group(1)
    assert paula.send(f"{where}/removal", {}).location == url
    assert "No certificate, photo or letter yet." in _words(paula.get(url))
    assert paula.get(where).status_code == 404
