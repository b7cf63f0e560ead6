"""Counting a place on a phone: scan, say how much, finish, look again, explain, approve."""

import re

import pytest
from sqlalchemy import select

from inventory.stock import containers
from inventory.stock.containers import OpenContainer
from models.counts import CountReading

HOSTILE = "<script>a()</script> =1+1 ../../x"


def _words(page) -> str:
    main = page.text.partition("<main")[2]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main).replace("&nbsp;", " "))


@pytest.fixture
def anna(signed_in):
    return signed_in("anna")


@pytest.fixture
def count_url(anna, clinic):
    """A count of the storage, begun by the assistant."""
    return anna.send("/counts", {"location_id": clinic.places.storage}).location


def test_a_place_is_counted_from_the_first_scan_to_the_signature(
    anna, signed_in, make_lot, product_id, clinic, do, assistant, look, password
):
    sealed, opened, gone = make_lot(product_id, count=3)
    do(assistant, containers.open_container, OpenContainer(opened))
    url = anna.send("/counts", {"location_id": clinic.places.storage}).location
    page = anna.get(url)
    assert "Not found yet 3 by the books" in _words(page)
    assert "data-scan-here" in page.text
    assert "data-scan-input" in page.text

    assert anna.send(f"{url}/scans", {"text": sealed}).status_code == 303
    assert f"Counted: {sealed}, Lidocaine 20 mg/mL, lot L1." in _words(anna.get(url))
    asked = anna.send(f"{url}/scans", {"text": opened}).location
    assert f"How much is left: {opened}" in _words(anna.get(asked))
    assert anna.send(f"{url}/containers", {"code": opened, "amount": "9,9", "raw": opened}).status_code == 303
    anna.send(f"{url}/finishing", {})
    words = _words(anna.get(url))
    assert "Differences 2 agree" in words
    assert f"{gone} of lot L1 Lidocaine 20 mg/mL Not found." in words

    refused = anna.send(f"{url}/absences", {"code": gone})
    assert refused.status_code == 409
    assert "must be counted again by somebody else" in _words(refused)
    paula = signed_in("paula")
    assert "Approve and book" not in _words(paula.get(url))
    assert paula.send(f"{url}/absences", {"code": gone}).status_code == 303
    assert paula.send(f"{url}/explanations", {"code": gone, "reason": HOSTILE}).status_code == 303
    page = paula.get(url)
    assert "<script>a()" not in page.text
    assert "Approve and book" in _words(page)
    assert paula.send(f"{url}/approval", {"password": "wrong"}).status_code in (403, 409, 422)
    assert paula.send(f"{url}/approval", {"password": password}).status_code == 303
    assert look(gone).remaining == 0
    assert str(look(opened).remaining.normalize()) == "9.9"
    booked = _words(paula.get(url))
    assert "-10 mL" in booked
    assert HOSTILE.replace("<", "&lt;").replace(">", "&gt;") in paula.get(url).text


def test_a_wrong_password_signs_nothing(signed_in, anna, count_url, vial):
    anna.send(f"{count_url}/scans", {"text": vial})
    anna.send(f"{count_url}/finishing", {})
    answer = signed_in("paula").send(f"{count_url}/approval", {"password": "wrong"})
    assert answer.status_code in (403, 409, 422)
    assert "being checked" in _words(signed_in("paula").get("/counts"))


def test_a_scan_sent_twice_counts_once(anna, count_url, vial, read):
    form = {"text": vial, "idempotency_key": "the-same-sending"}
    first, second = anna.send(f"{count_url}/scans", form), anna.send(f"{count_url}/scans", form)
    assert (first.status_code, second.status_code) == (303, 303)
    assert len(read(lambda s: s.scalars(select(CountReading)).all())) == 1


def test_the_same_vial_scanned_twice_is_a_question(anna, count_url, vial):
    anna.send(f"{count_url}/scans", {"text": vial})
    answer = anna.send(f"{count_url}/scans", {"text": vial})
    assert answer.status_code == 409
    words = _words(answer)
    assert "was counted already, by Anna Assistant" in words
    assert f"Counted again: {vial}" in words
    assert anna.send(f"{count_url}/containers", {"code": vial, "again": "true"}).status_code == 303


def test_a_lot_asks_how_many(anna, count_url, make_lot, product_id):
    make_lot(product_id, HOSTILE[:20], count=3)
    asked = anna.send(f"{count_url}/scans", {"text": HOSTILE[:20]})
    page = anna.get(asked.location)
    assert "How many: Lidocaine 20 mg/mL" in _words(page)
    assert "<script>a" not in page.text
    lot_id = re.search(r'name="lot_id" value="(\d+)"', page.text).group(1)
    refused = anna.send(f"{count_url}/lots", {"lot_id": lot_id, "pieces": "1000001"})
    assert refused.status_code == 422
    assert "How many: Lidocaine" in _words(refused)
    assert anna.send(f"{count_url}/lots", {"lot_id": lot_id, "pieces": "3"}).status_code == 303
    assert "by number: 3" in _words(anna.get(count_url))


def test_a_blind_count_does_not_say_what_the_books_have(anna, signed_in, clinic, make_lot, product_id):
    here, _gone = make_lot(product_id, count=2)
    url = anna.send("/counts", {"location_id": clinic.places.storage, "is_blind": "true"}).location
    assert "Not found yet" not in _words(anna.get(url))
    anna.send(f"{url}/scans", {"text": here})
    anna.send(f"{url}/finishing", {})
    assert "By the books: not shown yet" in _words(anna.get(url))


def test_what_is_unknown_or_elsewhere_is_named(anna, count_url, make_lot, product_id):
    foreign = make_lot(product_id, "L2", at_other_site=True)[0]
    anna.send(f"{count_url}/scans", {"text": foreign})
    assert "is of" in _words(anna.get(count_url))
    anna.send(f"{count_url}/scans", {"text": HOSTILE})
    page = anna.get(count_url)
    assert "Not known here. It is noted, and nothing is added." in _words(page)
    assert "<script>a()" not in page.text


def test_a_wrong_scan_stays_in_the_field(anna, count_url, vial):
    wrong = vial[:-1] + ("0" if vial[-1] != "0" else "1")
    answer = anna.send(f"{count_url}/scans", {"text": wrong})
    assert answer.status_code == 422
    assert f'value="{wrong}"' in answer.text


def test_found_in_another_place_it_is_moved_with_one_button(anna, count_url, make_lot, product_id, clinic, look):
    other = make_lot(product_id, "L2", place=clinic.places.room)[0]
    anna.send(f"{count_url}/scans", {"text": other})
    assert "The books have it in another place." in _words(anna.get(count_url))
    anna.send(f"{count_url}/finishing", {})
    assert "It stays here: move it in the books" in _words(anna.get(count_url))
    assert anna.send(f"{count_url}/moves", {"code": other}).status_code == 303
    assert look(other).location_id == clinic.places.storage


def test_a_slip_is_taken_back_and_a_count_discarded(anna, count_url, vial, read):
    anna.send(f"{count_url}/scans", {"text": vial})
    reading_id = read(lambda s: s.scalars(select(CountReading.id)).one())
    assert anna.send(f"{count_url}/withdrawals", {"reading_id": reading_id}).status_code == 303
    assert anna.send(f"{count_url}/discarding", {"reason": "wrong shelf"}).status_code == 303
    assert "discarded" in _words(anna.get("/counts"))
    assert "wrong shelf" in _words(anna.get(count_url))


def test_who_may_not_and_who_is_of_another_site(anna, signed_in, count_url, vial, clinic):
    otto, stella = signed_in("otto"), signed_in("stella")
    assert otto.get(count_url).status_code == 200
    assert 'action="/counts' not in otto.get(count_url).text
    assert otto.send(f"{count_url}/scans", {"text": vial}).status_code == 403
    assert otto.send("/counts", {"location_id": clinic.places.storage}).status_code == 403
    assert anna.send(f"{count_url}/approval", {"password": "x"}).status_code == 403
    assert stella.get(count_url).status_code == 404
    assert stella.send(f"{count_url}/scans", {"text": vial}).status_code == 404
    assert stella.send("/counts", {"location_id": clinic.places.storage}).status_code == 422
