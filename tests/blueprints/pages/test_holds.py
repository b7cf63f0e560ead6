"""What is blocked: single containers, lots, places, and whole deliveries waiting for release."""

import re
from datetime import date

import pytest
from sqlalchemy import select

from inventory.stock import holds, receiving
from models.stock import Hold
from models.vocabulary import HoldKind


def _words(page) -> str:
    main = page.text.partition("<main")[2]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main).replace("&nbsp;", " "))


@pytest.fixture
def waiting(do, change_site, clinic, pharmacist, supplier_id, product_id):
    """A delivery of three vials that waits for release, one of them damaged."""
    change_site(holds_incoming=True)
    line = receiving.ReceiveLine(product_id, "NEW-1", date(2032, 1, 31), 3, damaged=1)
    command = receiving.ReceiveDelivery(supplier_id, "DN 9", clinic.places.storage, (line,))
    do(pharmacist, receiving.receive_delivery, command)


def test_nothing_blocked_says_so(signed_in):
    assert "Nothing is blocked." in _words(signed_in("otto").get("/holds"))


def test_a_delivery_waits_as_one_and_leads_to_its_release(signed_in, waiting):
    paula = signed_in("paula")
    page = paula.get("/holds")
    words = _words(page)
    assert "4 in force" in words
    assert "blocked: waiting for release 3 of lot NEW-1" in words
    assert re.search(r"blocked: quality doubt C\w{9} of lot NEW-1 damaged on arrival", words)
    assert paula.get(re.search(r'href="(/release/\d+)">Check and release all 3', page.text).group(1)).status_code == 200


def test_what_waits_for_release_is_not_lifted_here(signed_in, waiting, read):
    hold_id = read(lambda session: session.scalars(select(Hold.id).where(Hold.kind == HoldKind.INCOMING)).first())
    answer = signed_in("paula").send(f"/holds/{hold_id}/lifting", {"reason": "in a hurry"})
    assert answer.status_code == 409
    assert "is released with its checklist and a signature" in _words(answer)


def test_what_came_with_one_line_for_one_cause_is_lifted_as_one(
    signed_in, do, clinic, pharmacist, supplier_id, product_id
):
    line = receiving.ReceiveLine(product_id, "NEW-1", date(2032, 1, 31), 3, hold_cause="came warm")
    command = receiving.ReceiveDelivery(supplier_id, "DN 9", clinic.places.storage, (line,))
    do(pharmacist, receiving.receive_delivery, command)
    paula = signed_in("paula")
    lift = re.search(r"Lift all 3.*?action=\"(/holds/\d+/lifting)\"", paula.get("/holds").text, re.DOTALL).group(1)
    assert paula.send(lift, {"reason": "the logger says no"}).status_code == 303
    assert "3 blocks are lifted." in _words(paula.get("/holds"))
    again = paula.send(lift, {"reason": "the logger says no"})
    assert again.status_code == 409
    assert "was already lifted" in _words(again)


def test_a_place_is_blocked_with_everything_in_it_and_released(signed_in, vial, clinic, look):
    paula = signed_in("paula")
    form = {"location_id": clinic.places.storage, "kind": "excursion", "cause": "fridge was off"}
    assert paula.send("/holds/place", form).status_code == 303
    page = paula.get("/holds")
    assert "Storage and everything in it fridge was off" in _words(page)
    assert look(vial).causes == ("fridge was off",)
    lift = re.search(r"/holds/\d+/lifting", page.text).group(0)
    assert paula.send(lift, {"reason": "it was on"}).status_code == 303
    assert look(vial).causes == ()


def test_a_refused_form_comes_back_where_it_was_filled_in(signed_in, vial, do, pharmacist, clinic):
    do(pharmacist, holds.place_hold, holds.PlaceHold(HoldKind.QUALITY, "cloudy", container_code=vial))
    paula = signed_in("paula")
    lift = re.search(r"/holds/\d+/lifting", paula.get("/holds").text).group(0)
    answer = paula.send(lift, {"reason": "x" * 2001})
    assert answer.status_code == 422
    assert "Reason: is longer than 2000 characters." in _words(answer)
    assert '<details class="action" open>' in answer.text
    answer = paula.send("/holds/place", {"location_id": clinic.other_places.storage, "kind": "quality", "cause": "x"})
    assert answer.status_code == 422
    assert "is not a storage place or room of this site" in _words(answer)


def test_a_hold_at_all_sites_is_seen_at_each(signed_in, do, pharmacist, vial, look):
    from inventory.units import EVERYTHING  # noqa: PLC0415

    command = holds.PlaceHold(HoldKind.QUALITY, "maker's letter", lot_id=look(vial).lot_id, at_all_sites=True)
    do(pharmacist, holds.place_hold, command, scope=EVERYTHING)
    assert "lot L1 , at all sites" in _words(signed_in("stella").get("/holds")).replace("L1,", "L1 ,")


def test_a_stranger_neither_sees_nor_lifts_ours(signed_in, vial, do, pharmacist, read):
    hold_id = do(pharmacist, holds.place_hold, holds.PlaceHold(HoldKind.QUALITY, "cloudy", container_code=vial))
    stella = signed_in("stella")
    assert "cloudy" not in stella.get("/holds").text
    assert stella.send(f"/holds/{hold_id}/lifting", {"reason": "mine now"}).status_code == 404


def test_who_may_not_lift_or_block_is_refused_and_not_offered(signed_in, vial, do, pharmacist, clinic):
    hold_id = do(pharmacist, holds.place_hold, holds.PlaceHold(HoldKind.QUALITY, "cloudy", container_code=vial))
    anna, otto = signed_in("anna"), signed_in("otto")
    assert anna.send(f"/holds/{hold_id}/lifting", {"reason": "x"}).status_code == 403
    assert "/lifting" not in anna.get("/holds").text
    form = {"location_id": clinic.places.storage, "kind": "quality", "cause": "x"}
    assert otto.send("/holds/place", form).status_code == 403
    assert "/holds/place" not in otto.get("/holds").text


def test_a_place_is_blocked_and_released_on_its_own_page(signed_in, vial, clinic, look):
    paula, address = signed_in("paula"), f"/places/{clinic.places.storage}"
    empty = paula.send(f"{address}/hold", {"kind": "excursion"})
    assert (empty.status_code, "Please fill this in." in _words(empty)) == (422, True)
    assert paula.send(f"{address}/hold", {"kind": "excursion", "cause": "fridge was off"}).status_code == 303
    assert look(vial).causes == ("fridge was off",)
    page = paula.get(address)
    assert "fridge was off" in _words(page)
    lift = re.search(r"/places/\d+/holds/\d+/lifting", page.text).group(0)
    refused = paula.send(lift, {"reason": " "})
    assert (refused.status_code, "<details open>" in refused.text) == (422, True)
    assert paula.send(lift, {"reason": "it was on"}).status_code == 303
    assert look(vial).causes == ()
    otto, stella = signed_in("otto"), signed_in("stella")
    assert "/hold" not in otto.get(address).text.partition("<main")[2]
    assert otto.send(f"{address}/hold", {"kind": "quality", "cause": "x"}).status_code == 403
    assert stella.send(f"{address}/hold", {"kind": "quality", "cause": "x"}).status_code in (404, 422)
