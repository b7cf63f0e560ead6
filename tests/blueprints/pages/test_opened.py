"""The board of opened vials: seen by all, narrowed by place, and one tap for what is over."""

import re
from datetime import timedelta

import pytest

from blueprints.formats import time_left
from inventory.stock import containers


def _words(page) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text.partition("<main")[2] or page.text))


@pytest.fixture
def opened(make_lot, make_product, do, practitioner, clinic):
    """Codes of two opened vials, in the room and in storage: one with four hours, one with days."""
    (short,) = make_lot(make_product("Ascorbic acid", label_in_use_hours=4), "A1", place=clinic.places.room)
    (long,) = make_lot(make_product(), "L1")
    for code in (short, long):
        do(practitioner, containers.open_container, containers.OpenContainer(code))
    return short, long


def test_each_says_how_long_it_has(signed_in, opened, clock, clinic):
    words = _words(signed_in("otto").get("/opened"))
    assert words.index("Ascorbic acid") < words.index("Lidocaine")
    assert "3 h 5" in words
    assert "Discard" not in words
    here = _words(signed_in("anna").get("/opened", query_string={"place_id": clinic.places.storage}))
    assert "Lidocaine" in here
    assert "Ascorbic" not in here


def test_what_is_over_is_discarded_by_one_tap(signed_in, opened, clock, look):
    short, long = opened
    clock.pass_time(timedelta(hours=5))
    anna = signed_in("anna")
    assert "over for" in _words(anna.get("/opened/lines"))
    answer = anna.send(f"/opened/{short}/disposal")
    assert (answer.status_code, answer.location) == (303, "/opened")
    assert look(short).remaining == 0
    early = anna.send(f"/opened/{long}/disposal")
    assert early.status_code == 409
    assert "may still be used" in _words(early)
    assert signed_in("otto").send(f"/opened/{long}/disposal").status_code == 403


def test_today_leads_to_it(signed_in, opened, clock):
    due = _words(signed_in("anna").get("/"))
    assert "1 opened vial is due today" in due
    clock.pass_time(timedelta(hours=5))
    assert "1 opened vial is past its time" in _words(signed_in("anna").get("/"))
    assert 'href="/opened"' in signed_in("anna").get("/").text


def test_a_program_reads_the_same(program, opened, clinic):
    answer = program("otto").ask("/opened-containers")
    assert [line["code"] for line in answer.json["opened"]] == list(opened)
    assert answer.json["opened"][0]["is_due_today"] is True
    narrowed = program("otto").ask("/opened-containers", place_id=clinic.places.storage)
    assert [line["code"] for line in narrowed.json["opened"]] == [opened[1]]


def test_the_part_that_renews_itself_keeps_no_sign_in_awake(signed_in, opened, clock):
    anna = signed_in("anna")
    for _ in range(4):
        clock.pass_time(timedelta(minutes=4))
        anna.get("/opened/lines", headers={"HX-Request": "true", "HX-Trigger": "opened-lines"})
    answer = anna.get("/opened")
    assert answer.status_code == 303
    assert "/locked" in answer.location or "unlock" in answer.location


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(0, "0 min"), (59.9, "59 min"), (60, "1 h 0 min"), (130, "2 h 10 min"), (1440, "1 d"), (1600, "1 d 2 h")],
)
def test_time_left_is_rounded_down(minutes, said):
    assert time_left(timedelta(minutes=minutes)) == said
