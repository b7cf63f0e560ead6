"""What was done against a rule, on its page: read, reviewed under signature, kept."""

import re

import pytest

from inventory.care import administering
from inventory.units import EVERYTHING

HOSTILE = "<script>a()</script> =1+1"


def _words(page) -> str:
    main = page.text.partition("<main")[2]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main).replace("&nbsp;", " "))


@pytest.fixture
def cream(make_product, make_lot):
    return make_lot(make_product("Cream <b>", is_injectable=False), HOSTILE)[0]


@pytest.fixture
def review_url(give, start_session, cream):
    """Where the one that waits is reviewed: a cream was injected."""
    give(start_session(), cream, "1", service=administering.record_past_administration, scope=EVERYTHING)
    return "/deviations/1/review"


def test_nothing_waiting_says_so(signed_in):
    assert "Nothing waits for review." in _words(signed_in("paula").get("/deviations"))


def test_a_deviation_is_found_from_today_reviewed_and_kept(signed_in, review_url, cream, password):
    paula = signed_in("paula")
    assert 'href="/deviations"' in paula.get("/").text
    page = paula.get("/deviations")
    assert f"/containers/{cream}" in page.text
    assert "<script>a()" not in page.text
    words = _words(page)
    assert "recorded by Peter Practitioner" in words
    assert "injected" in words

    answer = paula.send(review_url, {"review": "Patient told.\nNothing seen.", "password": password})

    assert answer.status_code == 303
    after = _words(paula.get("/deviations"))
    assert "The review is signed" in after
    assert "Nothing waits for review." in after
    assert "Patient told. Nothing seen. Paula Pharmacist" in after
    assert "deviation to review" not in _words(paula.get("/"))


def test_a_review_sent_twice_is_signed_once(signed_in, review_url, password):
    paula = signed_in("paula")
    form = {"review": "seen", "password": password, "idempotency_key": "one-filled-in-form"}
    assert [paula.send(review_url, form).status_code for _ in range(2)] == [303, 303]
    again = paula.send(review_url, {"review": "seen again", "password": password})
    assert again.status_code == 409
    assert "Nothing is left to do." in _words(again)


def test_a_wrong_password_or_an_empty_review_keeps_what_was_typed(signed_in, review_url, password):
    paula = signed_in("paula")
    wrong = paula.send(review_url, {"review": "patient told", "password": "not mine"})
    assert wrong.status_code == 422
    assert "patient told" in wrong.text
    assert "not mine" not in wrong.text
    empty = paula.send(review_url, {"review": "", "password": password})
    assert empty.status_code == 422
    assert "Please fill this in." in empty.text
    assert "Nothing waits" not in _words(paula.get("/deviations"))


def test_only_who_may_review_sees_the_page_and_only_of_their_site(signed_in, review_url, password):
    assert signed_in("peter").get("/deviations").status_code == 403
    assert signed_in("peter").send(review_url, {"review": "mine", "password": password}).status_code == 403
    stella = signed_in("stella")
    assert "Nothing waits for review." in _words(stella.get("/deviations"))
    assert stella.send(review_url, {"review": "not mine", "password": password}).status_code == 404
