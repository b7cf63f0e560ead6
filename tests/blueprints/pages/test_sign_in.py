"""Pages before and around the sign-in."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from config.application import create_app
from inventory.people import throttling
from models.organisation import Installation, Site
from models.people import SignIn, User


def cookie_of(browser):
    return browser.get_cookie("vialtrace")


def test_signing_in_opens_the_first_page_in_a_fresh_session(client, clinic, sign_in):
    client.get("/sign-in")
    before = cookie_of(client).value
    answer = sign_in(client, "paula")
    assert (answer.status_code, answer.location) == (303, "/")
    assert cookie_of(client).value != before
    assert cookie_of(client).http_only
    assert cookie_of(client).same_site == "Lax"
    page = client.get("/")
    assert page.status_code == 200
    assert "Paula Pharmacist" in page.text
    assert "Harbour" in page.text


def test_unknown_and_wrong_look_the_same_and_keep_the_name(client, clinic):
    answers = [
        client.send("/sign-in", {"sign_in_name": name, "password": word})
        for name, word in [("paula", "a wrong guess"), ("nobody", "a wrong guess")]
    ]
    texts = [re.sub(r'value="[^"]*"', "", answer.text) for answer in answers]
    assert [answer.status_code for answer in answers] == [422, 422]
    assert texts[0] == texts[1]
    assert 'value="nobody"' in answers[1].text
    assert "a wrong guess" not in answers[1].text


def test_an_empty_form_says_what_is_missing(client, clinic):
    answer = client.send("/sign-in", {"sign_in_name": "", "password": ""})
    assert answer.status_code == 422
    assert answer.text.count("Please fill this in.") >= 2


def test_too_many_guesses_wait_and_say_how_long(client, clinic, sign_in):
    for _ in range(throttling.MOST_BY_NAME):
        assert sign_in(client, "paula", "a wrong guess").status_code == 422
    answer = sign_in(client, "paula")
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "900"
    assert "waits 15 minutes" in answer.text


def test_hostile_text_is_shown_as_text(client, clinic):
    answer = client.send("/sign-in", {"sign_in_name": '"><script>alert(1)</script>', "password": "x" * 11})
    assert answer.status_code == 422
    assert "<script>alert" not in answer.text
    for name in ("x" * 10_000, "a\x00b", "\u202e", "=1+1", "'; DROP TABLE site; --"):
        assert client.send("/sign-in", {"sign_in_name": name, "password": "some password"}).status_code == 422


def test_signing_out_ends_it_on_the_server(client, clinic, sign_in):
    sign_in(client, "paula")
    kept = cookie_of(client).value
    answer = client.send("/sign-out")
    assert answer.status_code == 303
    assert "cache" in answer.headers["Clear-Site-Data"]
    client.set_cookie("vialtrace", kept)  # a copy of the cookie opens nothing
    assert client.get("/").status_code == 303


def test_signing_in_again_ends_what_was_signed_in_here(client, clinic, sign_in, units):
    sign_in(client, "paula")
    sign_in(client, "peter")
    with units.reading() as session:
        rows = list(session.scalars(select(SignIn).order_by(SignIn.id)))
    assert [row.ended_at is None for row in rows] == [False, True]
    assert "Peter Practitioner" in client.get("/").text


def test_a_forged_cookie_opens_nothing(client, clinic, app):
    client.set_cookie("vialtrace", "eyJfdXNlcl9pZCI6IjEifQ.aaaaaa.bbbbbbbbbbbbbbbbbbbb")
    assert client.get("/").status_code == 303


def test_an_idle_screen_locks_shows_nothing_and_opens_by_password(client, clinic, sign_in, clock, password):
    sign_in(client, "ada")
    clock.pass_time(timedelta(minutes=15))
    answer = client.get("/people/")
    assert answer.location == "/unlock?next=/people/"
    page = client.get(answer.location)
    assert "Ada Administrator" in page.text
    assert "Paula" not in page.text
    assert client.send("/people/invitation").location.startswith("/unlock")

    wrong = client.send("/unlock", {"password": "a wrong guess", "next": "/people/"})
    assert wrong.status_code == 422
    assert "The password is not right" in wrong.text
    right = client.send("/unlock", {"password": password, "next": "/people/"})
    assert right.location == "/people/"
    assert client.get("/people/").status_code == 200


def test_locking_by_hand_holds_in_every_tab(client, clinic, sign_in, password):
    sign_in(client, "paula")
    assert client.send("/lock", {"next": "/account/tokens"}).location == "/unlock?next=/account/tokens"
    assert client.send("/lock").status_code == 303
    assert client.get("/stay").status_code == 204
    assert client.get("/").location == "/unlock"
    assert client.send("/unlock", {"password": password, "next": "//elsewhere"}).location == "/"
    assert client.get("/unlock").location == "/"


def test_a_locked_screen_can_be_left(client, clinic, sign_in):
    sign_in(client, "paula")
    client.send("/lock")
    assert client.send("/sign-out").location == "/sign-in"
    assert client.get("/unlock").location.startswith("/sign-in")


def test_staying_keeps_the_screen_open(client, clinic, sign_in, clock):
    sign_in(client, "paula")
    for _ in range(4):
        clock.pass_time(timedelta(minutes=10))
        assert client.get("/stay").status_code == 204
    assert client.get("/").status_code == 200


def test_after_twelve_hours_one_signs_in_again(client, clinic, sign_in, clock):
    sign_in(client, "paula")
    for _ in range(72):
        clock.pass_time(timedelta(minutes=10))
        client.get("/stay")
    assert client.get("/").location == "/sign-in"


def test_over_tls_the_cookie_is_for_tls_only(settings, units, clinic):
    app = create_app(replace(settings, public_url="https://vials.example"), units)
    answer = app.test_client().get("/sign-in", base_url="https://vials.example")
    assert "Secure" in answer.headers["Set-Cookie"]
    assert "__Host-vialtrace" in answer.headers["Set-Cookie"]
    assert "max-age" in answer.headers["Strict-Transport-Security"]


# The first set-up


@pytest.fixture
def entries(app):
    secret = app.extensions["vialtrace"].set_up_secret
    return {
        "secret": secret,
        "organisation": "Clinic <b>of</b> the Harbour",
        "country": "FR",
        "site_name": "Harbour",
        "time_zone": "Europe/Paris",
        "rule_pack": "eu_generic",
        "mixing_place": "treatment_room",
        "full_name": "Ada Administrator",
        "sign_in_name": "Ada",
        "password": "rain over the old harbour",
    }


def test_an_empty_installation_leads_to_its_first_page(client):
    assert client.get("/").location == "/first-run"
    assert client.get("/sign-in").location == "/first-run"
    page = client.get("/first-run")
    assert page.status_code == 200
    assert "Set up your clinic" in page.text


def test_the_first_page_makes_the_clinic_and_signs_its_administrator_in(client, entries, units):
    answer = client.send("/first-run", entries)
    assert (answer.status_code, answer.location) == (303, "/")
    page = client.get("/")
    assert "Ada Administrator" in page.text
    with units.reading() as session:
        assert session.get_one(Installation, 1).organisation == "Clinic <b>of</b> the Harbour"
        assert session.scalars(select(Site)).one().name == "Harbour"
    assert client.get("/first-run").status_code == 404
    assert client.send("/first-run", entries).status_code == 404


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"secret": "guessed"}, "This is not the set-up secret."),
        ({"password": "password1234"}, "everybody tries first"),
        ({"password": "harbour2031"}, "hardly more than the name"),
        ({"password": "short"}, "fewer than 10 characters"),
        ({"time_zone": "Mars/Base"}, "is not known"),
        ({"rule_pack": "none"}, "Must be one of"),
        ({"organisation": ""}, "Please fill this in."),
        ({"organisation": "x\u202ey"}, "hidden characters"),
        ({"sign_in_name": "two words"}, "contains a space"),
    ],
    ids=["secret", "common", "name", "short", "zone", "rules", "empty", "hidden", "space"],
)
def test_a_refused_first_page_is_shown_again_without_its_secrets(client, entries, units, change, sentence):
    answer = client.send("/first-run", entries | change)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'value="Ada Administrator"' in answer.text
    assert entries["password"] not in answer.text
    assert entries["secret"] not in answer.text
    with units.reading() as session:
        assert session.scalar(select(func.count()).select_from(User)) == 0
