"""Between two sites: ask, send by scanning, receive by scanning, and say what is lost."""

import re

import pytest

HOSTILE = "<script>a()</script> =1+1 ../../x"


def _words(page) -> str:
    main = page.text.partition("<main")[2]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main).replace("&nbsp;", " "))


@pytest.fixture
def anna(signed_in):
    return signed_in("anna")


@pytest.fixture
def stella(signed_in):
    return signed_in("stella")


@pytest.fixture
def sent(anna, make_lot, product_id, clinic):
    """Two vials on the way to the other site: the address of their transfer, and their codes."""
    codes = make_lot(product_id, count=2)
    form = {"to_site_id": clinic.other_site_id, "codes": "\r\n".join(codes), "note": HOSTILE}
    answer = anna.send("/transfers", form)
    assert answer.status_code == 303
    return answer.location.partition("?")[0], codes


def test_what_is_sent_by_scanning_is_received_by_scanning(sent, anna, stella, clinic, look, signed_in, password):
    url, (first, second) = sent
    page = anna.get(url)
    assert "2 of 2 on the way" in _words(page)
    assert "<script>a()" not in page.text
    page = stella.get(url)
    assert "Scan what has arrived" in _words(page)
    assert "data-scan-input" in page.text
    place = clinic.other_places.storage
    answer = stella.send(f"{url}/arrivals", {"location_id": place, "codes": first})
    assert answer.status_code == 303
    page = stella.get(answer.location)
    assert f"{first} received." in _words(page)
    assert re.search(rf'<option value="{place}" selected>', page.text)
    answer = stella.send(f"{url}/arrivals", {"location_id": place, "codes": first})
    assert answer.status_code == 409
    assert "is arrived already" in _words(answer)
    assert "1 of 2 on the way" in _words(stella.get(url))
    assert anna.send(f"{url}/losses", {"codes": second, "reason": "gone", "password": "x"}).status_code == 403
    paula = signed_in("paula")
    assert paula.send(f"{url}/losses", {"codes": second, "reason": HOSTILE, "password": password}).status_code == 303
    assert look(second).remaining == 0
    assert "lost on the way" in _words(stella.get(url))


def test_damaged_ones_are_blocked_and_all_at_once_is_one_button(sent, stella, clinic, look):
    url, (first, second) = sent
    form = {"location_id": clinic.other_places.storage, "codes": first, "damage": HOSTILE}
    assert stella.send(f"{url}/arrivals", form).status_code == 303
    page = stella.get(url)
    assert "arrived damaged" in _words(page)
    assert "<script>a()" not in page.text
    assert "All of them have arrived" in _words(page)
    form = {"location_id": clinic.other_places.storage, "codes": [second]}
    assert stella.send(f"{url}/arrivals", form).status_code == 303
    assert look(second).location_id == clinic.other_places.storage


def test_it_is_here_is_asked_sent_and_received(anna, stella, vial, clinic, look):
    page = stella.get(f"/transfers?code={vial}")
    assert vial in page.text
    form = {"from_site_id": clinic.site_id, "ask": "it_is_here", "codes": vial, "note": HOSTILE}
    url = stella.send("/transfers/requests", form).location.partition("?")[0]
    assert "it is here already: please book it" in _words(anna.get("/transfers"))
    page = anna.get(url)
    assert f">{vial}</textarea>" in page.text
    assert anna.send(f"{url}/sending", {"codes": vial}).status_code == 303
    form = {"location_id": clinic.other_places.room, "codes": vial}
    assert stella.send(f"{url}/arrivals", form).status_code == 303
    assert look(vial).location_id == clinic.other_places.room


def test_a_request_is_cancelled(anna, stella, vial, clinic):
    form = {"from_site_id": clinic.site_id, "ask": "please_send", "codes": vial}
    url = stella.send("/transfers/requests", form).location.partition("?")[0]
    assert anna.send(f"{url}/cancelling", {"reason": "needed here"}).status_code == 303
    assert "cancelled" in _words(stella.get("/transfers"))
    assert anna.send(f"{url}/sending", {"codes": vial}).status_code == 409


def test_what_cannot_be_sent_comes_back_with_the_list(anna, vial, clinic):
    form = {"to_site_id": clinic.other_site_id, "codes": f"{vial}\n{vial}"}
    answer = anna.send("/transfers", form)
    assert answer.status_code == 422
    assert "was scanned twice" in _words(answer)
    assert vial in answer.text
    assert anna.send("/transfers", {"to_site_id": clinic.site_id, "codes": vial}).status_code == 422
    assert anna.send("/transfers", {"to_site_id": 999, "codes": vial}).status_code == 404
    assert anna.send("/transfers", {"codes": "nothing of ours"}).status_code == 422


def test_a_form_sent_twice_sends_once(anna, vial, clinic):
    form = {"to_site_id": clinic.other_site_id, "codes": vial, "idempotency_key": "the-same-sending"}
    assert anna.send("/transfers", form).location == anna.send("/transfers", form).location


def test_who_may_not(sent, signed_in, clinic, vial):
    url, _codes = sent
    otto = signed_in("otto")
    assert otto.get(url).status_code == 200
    assert 'action="/transfers' not in otto.get(url).text
    assert otto.send("/transfers", {"to_site_id": clinic.other_site_id, "codes": vial}).status_code == 403
    assert otto.send(f"{url}/arrivals", {"location_id": 1, "codes": vial}).status_code == 403
    assert signed_in("anna").send(f"{url}/arrivals", {"location_id": 1, "codes": vial}).status_code == 404


def test_a_vial_on_the_way_says_so_on_its_page(sent, anna):
    _url, codes = sent
    assert "on the way to another site" in _words(anna.get(f"/containers/{codes[0]}"))
