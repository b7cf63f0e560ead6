"""The first count of a place: scan, confirm, next; what is confirmed is in the books at once."""

import re
from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import select

from inventory.catalogue import codes
from inventory.catalogue.codes import LearnCode
from inventory.stock import completeness
from inventory.stock.completeness import DeclarePlaceDone
from inventory.units import ORGANISATION
from models.stock import Container, OpeningStockLine
from models.vocabulary import CodeScheme

GTIN = "09506000134352"
SCAN = f"]d201{GTIN}1732013110L1"
WITHOUT_LOT = "9506000134352"


def _words(page) -> str:
    main = page.text.partition("<main")[2]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main).replace("&nbsp;", " "))


def _value(page, name) -> str | None:
    found = re.search(rf'name="{name}"[^>]*?value="([^"]*)"', page.text)
    return found and found[1]


@pytest.fixture
def known_box(do, pharmacist, product_id):
    command = LearnCode(product_id, CodeScheme.GTIN, GTIN, 10)
    do(pharmacist, codes.learn_code, command, scope=ORGANISATION)
    return product_id


@pytest.fixture
def at(clinic):
    return f"/first-count/places/{clinic.places.storage}"


@pytest.fixture
def line(product_id):
    return {"product_id": product_id, "lot_number": "L1", "expires": "0132", "packs": "1", "in_each": "1"}


@pytest.fixture
def booked(read):
    """What each container holds, in order."""
    query = select(Container.remaining).order_by(Container.id)
    return lambda: read(lambda session: list(session.scalars(query)))


def test_a_known_box_costs_a_scan_and_enter(signed_in, known_box, at, booked, read):
    anna = signed_in("anna")
    page = anna.send(f"{at}/scan", {"scan": SCAN})
    assert "lot L1 , expires 2032-01-31, 10 in the box" in _words(page)
    assert re.search(r'name="packs"[^>]*autofocus', page.text)
    names = ("product_id", "lot_number", "expires", "scanned_times", "in_each", "raw_scan", "gtin")
    filled = {name: _value(page, name) for name in names if name != "product_id"} | {"product_id": known_box}
    answer = anna.send(f"{at}/lines", filled)
    assert (answer.status_code, answer.location) == (303, at)
    assert booked() == [10] * 10
    words = _words(anna.get(at))
    assert "Recorded: 10." in words
    assert "Lidocaine 20 mg/mL lot L1 10 10 mL 2032-01-31 Anna Assistant" in words
    assert read(lambda session: session.scalars(select(OpeningStockLine.raw_scan)).one()) == SCAN


def test_the_same_code_again_is_one_more_and_another_one_says_what_was_left(signed_in, known_box, at):
    anna = signed_in("anna")
    again = anna.send(f"{at}/scan", {"scan": SCAN, "before": SCAN, "scanned_times": "2"})
    assert _value(again, "scanned_times") == "3"
    other = anna.send(f"{at}/scan", {"scan": SCAN + "X", "before": SCAN, "scanned_times": "2"})
    assert _value(other, "scanned_times") == "1"
    assert "The code before this one was not recorded." in _words(other)


def test_a_code_scanned_into_the_number_is_read_as_a_code(signed_in, known_box, at, line, booked):
    anna = signed_in("anna")
    again = anna.send(f"{at}/lines", line | {"packs": SCAN, "raw_scan": SCAN, "scanned_times": "2"})
    assert _value(again, "scanned_times") == "3"
    digits = anna.send(f"{at}/lines", line | {"packs": GTIN, "raw_scan": SCAN})
    assert "The code before this one was not recorded." in _words(digits)
    assert booked() == []
    assert anna.send(f"{at}/lines", line | {"packs": "", "scanned_times": "3"}).status_code == 303
    assert booked() == [10] * 3


def test_two_codes_of_one_box_complete_one_line(signed_in, known_box, at, line, read):
    anna = signed_in("anna")
    first = anna.send(f"{at}/scan", {"scan": WITHOUT_LOT})
    assert re.search(r'id="line-lot_number"[^>]*autofocus', first.text)
    both = anna.send(f"{at}/scan", {"scan": "(17)320131(10)L1", "before": WITHOUT_LOT})
    assert "Two codes of one box are put together" in _words(both)
    assert _value(both, "lot_number") == "L1"
    assert anna.send(f"{at}/lines", line | {"raw_scan": f"{WITHOUT_LOT}\r\n(17)320131(10)L1"}).status_code == 303
    kept = read(lambda session: session.scalars(select(OpeningStockLine.raw_scan)).one())
    assert kept == f"{WITHOUT_LOT}\n(17)320131(10)L1"


def test_a_code_nobody_knows_leads_to_the_product(signed_in, at):
    page = signed_in("paula").send(f"{at}/scan", {"scan": SCAN})
    assert "No product has this code yet" in _words(page)
    assert re.search(r'id="line-product_id"[^>]*autofocus', page.text)
    assert "Say once what it is" in page.text
    assert "Say once what it is" not in signed_in("anna").send(f"{at}/scan", {"scan": SCAN}).text


def test_our_own_label_says_that_it_is_in_the_books(signed_in, at, vial):
    page = signed_in("anna").send(f"{at}/scan", {"scan": vial})
    assert page.status_code == 409
    assert f"{vial} is in the books already: Lidocaine 20 mg/mL, in Storage." in _words(page)


def test_a_bad_code_is_refused_by_place_and_nothing_is_lost(signed_in, at):
    page = signed_in("anna").send(f"{at}/scan", {"scan": "]d20109506000134353"})
    assert page.status_code == 422
    assert "check digit" in _words(page)
    assert 'value="]d20109506000134353"' in page.text


@pytest.mark.parametrize(
    ("entries", "sentence"),
    [
        ({"lot_number": ""}, "Enter the lot number, or say that it cannot be read."),
        ({"expires": ""}, "Enter the expiry, or say that it cannot be read."),
        ({"expires": "05/06/28"}, "may be 2028-06-05 or 2028-05-06"),
        ({"expires": "1332"}, "is no day of the calendar"),
        ({"packs": "0"}, "Enter a whole number, 1 to 5000."),
        ({"packs": "9999"}, "Enter a whole number, 1 to 5000."),
        ({"packs": "a few"}, "No product has this code yet"),
        ({"packs": "5000", "in_each": "2"}, "10000"),
        ({"product_id": ""}, "Please fill this in."),
        ({"fullness": "half"}, "Enter when it was opened, or say that nobody knows."),
        ({"fullness": "amount", "opened": "today"}, "Enter how much is left in it."),
        ({"fullness": "amount", "opened": "today", "remaining": "11"}, "more than one container holds"),
        ({"fullness": "half", "opened": "soon"}, "is not read as a day"),
        ({"fullness": "half", "opened": "today", "is_opening_unknown": "yes"}, "Either the day"),
        ({"opened": "today"}, "Say how much is left in it, if it was opened."),
        ({"is_lot_unreadable": "yes"}, "is both given and said to be unreadable"),
        ({"fullness": "half", "opened": "2031-03-04"}, "2031-03-03 23:00"),
    ],
)
def test_what_is_not_right_is_said_at_its_field_and_nothing_is_recorded(signed_in, at, line, booked, entries, sentence):
    page = signed_in("anna").send(f"{at}/lines", line | entries)
    assert page.status_code in (200, 409, 422), page.text
    assert sentence in _words(page)
    assert booked() == []


def test_an_opened_one_takes_what_is_left_and_when(signed_in, at, line, booked, read):
    opened = line | {"fullness": "quarter", "opened": "1.3.31"}
    signed_in("anna").send(f"{at}/lines", opened)
    assert booked() == [2.5]
    assert read(lambda session: session.scalars(select(OpeningStockLine.left_entered)).one()) == "¼ of 10 mL"


def test_an_expired_one_is_recorded_blocked_by_one_more_enter(signed_in, at, line, booked):
    anna = signed_in("anna")
    page = anna.send(f"{at}/lines", line | {"expires": "0117", "idempotency_key": "the very same form"})
    assert page.status_code == 409
    assert "expired on 2017-01-31" in _words(page)
    assert re.search(r'id="line-hold_cause"[^>]*autofocus', page.text)
    assert _value(page, "hold_cause") == "expired on 2017-01-31"
    assert booked() == []
    anna.send(f"{at}/lines", line | {"expires": "0117", "hold_cause": "expired on 2017-01-31"})
    assert booked() == [10]
    assert "blocked" in _words(anna.get(at))


def test_one_form_sent_twice_records_once(signed_in, at, line, booked):
    anna = signed_in("anna")
    for _ in range(2):
        assert anna.send(f"{at}/lines", line | {"idempotency_key": "the very same form"}).status_code == 303
    assert booked() == [10]
    assert "This was already saved." in _words(anna.get(at))


def test_a_hostile_lot_is_text(signed_in, at, line):
    anna = signed_in("anna")
    for lot in ("<script>a()</script>", "=1+1", "../../x"):
        assert anna.send(f"{at}/lines", line | {"lot_number": lot}).status_code == 303
    page = anna.get(at)
    assert "<script>a()" not in page.text
    assert "&lt;script&gt;a()&lt;/script&gt;" in page.text


def test_a_mistake_is_taken_back_and_stays_readable(signed_in, at, line, booked):
    anna, paula = signed_in("anna"), signed_in("paula")
    anna.send(f"{at}/lines", line)
    back = re.search(r"/first-count/places/\d+/entries/\d+/taking-back", anna.get(at).text)[0]
    assert anna.send(back).status_code == 303
    assert booked() == [0]
    words = _words(paula.get(at))
    assert "taken back by no." in words
    refused = anna.send(back)
    assert refused.status_code == 409
    assert "already taken back" in _words(refused)


def test_who_only_reads_sees_the_list_and_no_form(signed_in, at, line, booked):
    otto = signed_in("otto")
    page = otto.get(at)
    assert page.status_code == 200
    assert "Record it" not in page.text
    assert otto.send(f"{at}/lines", line).status_code == 403
    assert booked() == []


def test_a_place_of_another_site_is_not_counted(signed_in, clinic, line, booked):
    elsewhere = f"/first-count/places/{clinic.other_places.storage}"
    anna = signed_in("anna")
    assert anna.get(elsewhere).status_code == 422
    assert anna.send(f"{elsewhere}/lines", line).status_code in (404, 422)
    assert booked() == []


def test_places_are_done_one_by_one_and_then_the_site_is_complete(signed_in, clinic, at):
    anna, ada = signed_in("anna"), signed_in("ada")
    assert "Still open: Quarantine, Storage, Treatment room." in _words(ada.get("/first-count"))
    for place in (clinic.places.storage, clinic.places.quarantine, clinic.places.room):
        answer = anna.send(f"/first-count/places/{place}/done")
        assert (answer.status_code, answer.location) == (303, "/first-count")
    assert "The responsible person or an administrator can now say" in _words(anna.get("/first-count"))
    assert anna.send("/first-count/complete", {"since_on": "2031-03-03"}).status_code == 403
    early = ada.send("/first-count/complete", {"since_on": "2031-03-01"})
    assert early.status_code == 422
    assert ada.send("/first-count/complete", {"since_on": "2031-03-03"}).status_code == 303
    assert "Complete since 2031-03-03" in _words(ada.get("/first-count"))
    assert "Something was overlooked" not in _words(anna.get(at))
    assert "Something was overlooked" in _words(ada.get(at))
    assert ada.send(f"{at}/reopening", {"reason": "the upper shelf"}).status_code == 303
    assert "Still open: Storage." in _words(ada.get("/first-count"))


def test_the_trace_says_since_when_the_records_are_complete(
    signed_in, do, vial, look, clinic, assistant, administrator
):
    lot = f"/lots/{look(vial).lot_id}"
    for place in (clinic.places.storage, clinic.places.quarantine, clinic.places.room):
        do(assistant, completeness.declare_place_done, DeclarePlaceDone(place))
    before = _words(signed_in("otto").get(lot))
    do(administrator, completeness.declare_complete, completeness.DeclareComplete())
    after = _words(signed_in("otto").get(lot))
    assert "Harbour: not yet declared complete" in before
    assert "Harbour: complete since 2031-03-03" in after


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("0528", "2028-05-31 month only"),
        ("31.5.28", "2028-05-31"),
        ("9/9", "is not read as a date"),
        ("0117", "expired"),
    ],
)
def test_a_short_date_is_said_in_full_before_it_counts(signed_in, typed, said):
    answer = signed_in("anna").get("/first-count/date", query_string={"expires": typed})
    assert said in re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def test_a_lot_that_looks_like_a_known_one_is_asked_about(signed_in, at, line, booked):
    anna = signed_in("anna")
    anna.send(f"{at}/lines", line | {"lot_number": "AB01"})
    page = anna.send(f"{at}/lines", line | {"lot_number": "ab1"})
    assert page.status_code == 409
    assert "known lot 'AB01'" in _words(page).replace("&#39;", "'")
    assert "it is really another lot" in page.text
    assert booked() == [10]
    assert anna.send(f"{at}/lines", line | {"lot_number": "ab1", "is_another_lot": "yes"}).status_code == 303


def test_an_unreadable_one_is_kept_with_its_photo_and_identified_later(signed_in, at, line, read, password):
    anna, paula = signed_in("anna"), signed_in("paula")
    picture = BytesIO()
    Image.new("RGB", (40, 30), "white").save(picture, "PNG")
    entries = line | {"lot_number": "", "expires": "", "is_lot_unreadable": "yes", "is_expiry_unreadable": "yes"}
    entries |= {"can_be_read": "7...", "photo": (BytesIO(picture.getvalue()), "label.png")}
    assert anna.send(f"{at}/lines", entries, content_type="multipart/form-data").status_code == 303
    code = read(lambda session: session.scalars(select(Container.code)).one())
    page = paula.get(f"/containers/{code}")
    assert "label.png" in page.text
    assert "Say which lot it is" in page.text
    assert "Say which lot it is" not in anna.get(f"/containers/{code}").text
    signed = {"lot_number": "L7", "expires_on": "2032-01-31", "reason": "box found", "password": password}
    assert paula.send(f"/containers/{code}/identification", signed | {"password": "wrong"}).status_code != 303
    answer = paula.send(f"/containers/{code}/identification", signed)
    assert answer.status_code == 303, _words(answer)
    after = _words(paula.get(f"/containers/{code}"))
    assert "It is of lot L7." in after
    assert "usable" in after


def test_each_lot_of_the_product_names_what_may_be_of_it(signed_in, at, line, vial, look):
    anna = signed_in("anna")
    lot = f"/lots/{look(vial).lot_id}"
    assert "may be of this lot" not in anna.get(lot).text
    anna.send(f"{at}/lines", line | {"lot_number": "", "is_lot_unreadable": "yes"})
    assert "1 vial of this product cannot be read and may be of this lot" in _words(anna.get(lot))


def test_the_same_serial_number_twice_is_one_box(signed_in, known_box, at, line, booked):
    anna, code = signed_in("anna"), SCAN + "\x1d21S-1"
    again = anna.send(f"{at}/scan", {"scan": code, "before": code, "scanned_times": "1"})
    assert _value(again, "scanned_times") == "1"
    assert "It is the same box" in _words(again)
    numbered = line | {"gtin": GTIN, "serial": "S-1", "in_each": "10"}
    assert anna.send(f"{at}/lines", numbered | {"packs": "2"}).status_code == 422
    assert anna.send(f"{at}/lines", numbered).status_code == 303
    second = anna.send(f"{at}/lines", numbered)
    assert second.status_code == 409
    assert "The box with serial number S-1 is already in the books, in Storage." in _words(second)
    assert booked() == [10] * 10
    back = re.search(r"/first-count/places/\d+/entries/\d+/taking-back", anna.get(at).text)[0]
    assert anna.send(back).status_code == 303
    assert anna.send(f"{at}/lines", numbered | {"lot_number": "L2"}).status_code == 303


def test_a_code_that_lost_a_separator_fills_in_neither_lot_nor_expiry(signed_in, known_box, at):
    page = signed_in("anna").send(f"{at}/scan", {"scan": f"]d201{GTIN}10AB12317320131"})
    assert "confirm lot and expiry from the print" in _words(page)
    assert _value(page, "lot_number") == ""
    assert re.search(r'id="line-lot_number"[^>]*autofocus', page.text)
