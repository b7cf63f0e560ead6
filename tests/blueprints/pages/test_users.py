"""The pages of people: invite, roles, links, responsibility, end."""

import re

import pytest
from sqlalchemy import func, select

from inventory.people import users
from models.people import Membership, ResponsiblePerson, User
from models.vocabulary import Role

LINK = re.compile(r'value="(http://localhost/links/([^"]+))"')
KEY = re.compile(r'name="idempotency_key" value="([^"]+)"')


@pytest.fixture
def ada(signed_in):
    return signed_in("ada")


def person(units, user_id):
    with units.reading() as session:
        return users.get_user(session, user_id)


def roles(units, user_id):
    with units.reading() as session:
        return set(session.scalars(select(Membership.role).where(Membership.user_id == user_id)))


def roles_form(units, clinic, name, *chosen):
    with units.reading() as session:
        version = users.roles_version(session, clinic.user_ids[name])
    return {"version": version, "sites": [clinic.site_id], "roles": [f"{clinic.site_id}:{role}" for role in chosen]}


def test_the_list_shows_the_people_of_ones_sites(ada, signed_in):
    page = ada.get("/people/").text
    assert "Paula Pharmacist" in page
    assert "Stella Stranger" not in page
    assert "Paula Pharmacist" not in signed_in("stella").get("/people/").text


def test_an_invited_person_sets_a_password_and_is_in(ada, app, units):
    answer = ada.send("/people/invitation", {"full_name": "Nora <New>", "sign_in_name": "nora", "roles": ["assistant"]})
    assert answer.status_code == 200
    found = LINK.search(answer.text)
    assert "Nora &lt;New&gt;" in answer.text

    browser = app.test_client()
    page = browser.get(found.group(1))
    assert page.status_code == 200
    assert "Welcome to Vialtrace" in page.text
    weak = browser.send(found.group(1), {"password": "nora123456"})
    assert weak.status_code == 422
    assert "hardly more than the name" in weak.text
    done = browser.send(found.group(1), {"password": "wind in the tall pines"})
    assert (done.status_code, done.location) == (303, "/")
    assert "Nora" in browser.get("/").text
    for answer in (browser.get(found.group(1)), browser.send(found.group(1), {"password": "wind in the tall pines"})):
        assert answer.status_code == 410
        assert "does not work" in answer.text


def test_an_unknown_link_says_what_to_do(client, clinic):
    answer = client.get("/links/guessed")
    assert answer.status_code == 410
    assert "Ask an administrator for a new link." in answer.text


def test_an_invitation_sent_twice_makes_one_person_and_shows_no_second_link(ada, units):
    form = {
        "full_name": "Nora New",
        "sign_in_name": "nora",
        "roles": ["assistant"],
        "idempotency_key": "one-and-the-same",
    }
    first = ada.send("/people/invitation", form)
    second = ada.send("/people/invitation", form)
    assert (first.status_code, second.status_code) == (200, 303)
    assert "already made and shown" in ada.get(second.location).text
    with units.reading() as session:
        assert session.scalar(select(func.count()).select_from(User).where(User.sign_in_name == "nora")) == 1


def test_the_same_key_with_other_entries_is_told_and_gets_a_new_key(ada, units):
    form = {"full_name": "Nora", "sign_in_name": "nora", "roles": ["assistant"], "idempotency_key": "one-and-the-same"}
    ada.send("/people/invitation", form)
    answer = ada.send("/people/invitation", form | {"sign_in_name": "nina"})
    assert answer.status_code == 409
    assert 'value="nina"' in answer.text
    assert KEY.search(answer.text).group(1) != "one-and-the-same"
    with units.reading() as session:
        assert session.scalar(select(func.count()).select_from(User).where(User.sign_in_name == "nina")) == 0


def test_a_refused_invitation_keeps_its_entries_and_its_key(ada):
    answer = ada.send(
        "/people/invitation",
        {"full_name": "Nora", "sign_in_name": "paula", "roles": ["auditor"], "idempotency_key": "kept-for-later"},
    )
    assert answer.status_code == 422
    assert "is already in use" in answer.text
    assert 'value="Nora"' in answer.text
    assert KEY.search(answer.text).group(1) == "kept-for-later"
    assert re.search(r'value="auditor"\s+checked', answer.text)


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"full_name": "N", "sign_in_name": "n"},
        {"full_name": "N", "sign_in_name": "n", "roles": ["king"]},
        {"full_name": "x" * 201, "sign_in_name": "n", "roles": ["auditor"]},
        {"full_name": "a\x00b", "sign_in_name": "n", "roles": ["auditor"]},
        {"full_name": "N", "sign_in_name": "n", "roles": ["auditor"], "extra": "1"},
        {"full_name": "N", "sign_in_name": "n", "roles": ["auditor"], "idempotency_key": "short"},
    ],
    ids=["empty", "no roles", "unknown role", "long", "nul", "extra", "key"],
)
def test_bad_entries_come_back_with_a_sentence_and_change_nothing(ada, units, clinic, form):
    answer = ada.send("/people/invitation", form)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    with units.reading() as session:
        assert session.scalar(select(func.count()).select_from(User)) == 6


def test_roles_are_changed_at_ones_sites(ada, units, clinic):
    paula = clinic.user_ids["paula"]
    answer = ada.send(f"/people/{paula}/roles", roles_form(units, clinic, "paula", "auditor", "assistant"))
    assert answer.status_code == 303
    assert roles(units, paula) == {Role.AUDITOR, Role.ASSISTANT}


def test_of_two_tabs_the_second_is_told(ada, units, clinic):
    paula = clinic.user_ids["paula"]
    first, second = roles_form(units, clinic, "paula", "auditor"), roles_form(units, clinic, "paula", "assistant")
    ada.send(f"/people/{paula}/roles", first)
    answer = ada.send(f"/people/{paula}/roles", second)
    assert answer.status_code == 409
    assert "was changed by somebody else" in answer.text
    assert roles(units, paula) == {Role.AUDITOR}


def test_the_last_administrator_stays_and_the_page_says_why(ada, units, clinic):
    me = clinic.user_ids["ada"]
    answer = ada.send(f"/people/{me}/roles", roles_form(units, clinic, "ada", "auditor"))
    assert answer.status_code == 409
    assert "last active administrator of Harbour" in answer.text
    assert "Make somebody else an administrator first." in answer.text
    answer = ada.send(f"/people/{me}/deactivation", {"version": 1, "reason": "I leave"})
    assert answer.status_code == 409


def test_roles_elsewhere_are_refused_however_they_are_sent(ada, units, clinic):
    paula = clinic.user_ids["paula"]
    form = roles_form(units, clinic, "paula", "auditor")
    other = clinic.other_site_id
    answer = ada.send(f"/people/{paula}/roles", form | {"sites": [other], "roles": [f"{other}:administrator"]})
    assert answer.status_code == 403
    for wrong in ("x:auditor", f"{clinic.site_id}:king", f"{other}:auditor", ":", "9" * 30 + ":auditor"):
        assert ada.send(f"/people/{paula}/roles", form | {"roles": [wrong]}).status_code == 422
    assert ada.send(f"/people/{paula}/roles", form | {"sites": ["9" * 30]}).status_code == 422
    assert roles(units, paula) == {Role.PHARMACIST}


def test_a_deactivated_person_is_out_at_once(ada, signed_in, units, clinic):
    paula = clinic.user_ids["paula"]
    browser = signed_in("paula")
    answer = ada.send(f"/people/{paula}/deactivation", {"version": 1, "reason": "left the clinic"})
    assert answer.status_code == 303
    assert browser.get("/").location == "/sign-in"
    assert "deactivated" in ada.get("/people/").text

    assert ada.send(f"/people/{paula}/activation", {"version": 1}).status_code == 409  # an old page
    version = person(units, paula).version
    assert ada.send(f"/people/{paula}/activation", {"version": version}).status_code == 303
    assert person(units, paula).is_active


def test_deactivating_needs_a_reason(ada, units, clinic):
    paula = clinic.user_ids["paula"]
    answer = ada.send(f"/people/{paula}/deactivation", {"version": 1, "reason": "  "})
    assert answer.status_code == 422
    assert person(units, paula).is_active


def test_a_reset_link_sets_a_new_password(ada, app, clinic, password, sign_in):
    paula = clinic.user_ids["paula"]
    link = LINK.search(ada.send(f"/people/{paula}/link").text).group(1)
    browser = app.test_client()
    assert "Set a new password" in browser.get(link).text
    assert browser.send(link, {"password": "wind in the tall pines"}).status_code == 303
    assert sign_in(app.test_client(), "paula", password).status_code == 422


def test_responsibility_is_given_with_dates_and_ended(ada, units, clinic):
    paula = clinic.user_ids["paula"]
    form = {"site_id": clinic.site_id, "from_on": "2031-03-01", "until_on": "2031-03-31"}
    assert ada.send(f"/people/{paula}/responsibility", form).status_code == 303
    page = ada.get(f"/people/{paula}").text
    assert "2031-03-31" in page
    with units.reading() as session:
        made = session.scalars(select(ResponsiblePerson.id)).one()
    assert ada.send(f"/people/{paula}/responsibility/{made}/end").status_code == 303
    assert "2031-03-02" in ada.get(f"/people/{paula}").text
    turned = form | {"until_on": "2031-02-01"}
    answer = ada.send(f"/people/{paula}/responsibility", turned)
    assert answer.status_code == 422
    assert "comes before the first day" in answer.text
    for wrong in ({"from_on": "yesterday"}, {"from_on": ""}, {"site_id": "x"}, {"site_id": "9" * 30}):
        assert ada.send(f"/people/{paula}/responsibility", form | wrong).status_code == 422


def test_somebody_elses_person_is_not_found(ada, clinic):
    stella = clinic.user_ids["stella"]
    answers = [
        ada.get(f"/people/{stella}"),
        ada.get("/people/999"),
        ada.get("/people/" + "9" * 30),
        ada.send(f"/people/{stella}/link"),
        ada.send(f"/people/{stella}/deactivation", {"version": 1, "reason": "a whim"}),
    ]
    assert [answer.status_code for answer in answers] == [404] * 5


def test_who_does_not_manage_people_sees_none_of_it(signed_in, clinic):
    anna, paula = signed_in("anna"), clinic.user_ids["paula"]
    answers = [
        anna.get("/people/"),
        anna.get(f"/people/{paula}"),
        anna.get("/people/invitation"),
        anna.send(f"/people/{paula}/link"),
        anna.send(f"/people/{paula}/roles"),
        anna.send(f"/people/{paula}/deactivation"),
        anna.send(f"/people/{paula}/responsibility"),
    ]
    assert [answer.status_code for answer in answers] == [403] * 7
