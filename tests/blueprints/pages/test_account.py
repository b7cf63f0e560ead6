"""API tokens on their owner's page."""

import re

import pytest
from sqlalchemy import select

from inventory.people.tokens import actor_of_token
from models.people import ApiToken

TOKEN = re.compile(r'id="new-token"[^>]*value="([^"]+)"|value="([^"]+)"[^>]*id="new-token"')


@pytest.fixture
def paula(signed_in):
    return signed_in("paula")


@pytest.fixture
def form():
    return {"name": "Scanner <1>", "days": "30", "scopes": ["view_stock"], "idempotency_key": "one-and-the-same"}


def works(units, secret):
    with units.reading() as session:
        return actor_of_token(session, secret, units.clock.now(), "") is not None


def test_a_token_is_shown_once_and_works(paula, form, units):
    answer = paula.send("/account/tokens", form)
    assert answer.status_code == 200
    secret = TOKEN.search(answer.text).group(1)
    assert works(units, secret)
    assert "Scanner &lt;1&gt;" in answer.text

    again = paula.send("/account/tokens", form)
    assert again.status_code == 303
    page = paula.get("/account/tokens")
    assert "already made and shown" in page.text
    assert secret not in page.text
    with units.reading() as session:
        assert len(list(session.scalars(select(ApiToken)))) == 1


def test_a_refused_token_keeps_its_entries(paula, form, units):
    for change in (
        {"scopes": []},
        {"scopes": ["manage_users"]},
        {"days": "0"},
        {"days": "9" * 30},
        {"days": "ten"},
        {"name": ""},
        {"name": "x" * 101},
    ):
        answer = paula.send("/account/tokens", form | change)
        assert answer.status_code == 422, change
        assert 'role="alert"' in answer.text
    assert "Scanner &lt;1&gt;" in paula.send("/account/tokens", form | {"days": "0"}).text
    with units.reading() as session:
        assert list(session.scalars(select(ApiToken))) == []


def test_a_token_is_revoked_by_its_owner_only(paula, signed_in, form, units):
    secret = TOKEN.search(paula.send("/account/tokens", form).text).group(1)
    with units.reading() as session:
        made = session.scalars(select(ApiToken.id)).one()
    peter = signed_in("peter")
    assert "Scanner" not in peter.get("/account/tokens").text
    assert peter.send(f"/account/tokens/{made}/revocation").status_code == 404
    assert works(units, secret)
    for _ in range(2):
        assert paula.send(f"/account/tokens/{made}/revocation").status_code == 303
    assert not works(units, secret)


NEW = "wind in the tall pines"


def test_one_changes_ones_own_password_and_other_sign_ins_end(paula, signed_in, app, password, sign_in):
    elsewhere = signed_in("paula")
    answer = paula.send("/account/password", {"password": password, "new_password": NEW})
    assert answer.status_code == 303
    assert "password is changed" in paula.get("/").text
    assert elsewhere.get("/").status_code == 303
    assert sign_in(app.test_client(), "paula", password).status_code == 422
    assert sign_in(app.test_client(), "paula", NEW).status_code == 303


def test_a_password_is_not_changed_without_the_present_one_or_to_a_weak_one(paula, app, password, sign_in):
    for form, sentence in (
        ({"password": "a wrong guess", "new_password": NEW}, "The password is not right"),
        ({"password": password, "new_password": "short"}, "fewer than 10"),
        ({"password": password, "new_password": "PaulaPharmacist1"}, "hardly more than the name"),
        ({"password": "", "new_password": ""}, "Please fill this in."),
    ):
        answer = paula.send("/account/password", form)
        assert answer.status_code == 422
        assert sentence in answer.text
        assert 'value="' + (form["new_password"] or "nothing") not in answer.text
    for _ in range(11):
        answer = paula.send("/account/password", {"password": "a wrong guess", "new_password": NEW})
    assert answer.status_code == 429
    assert "too many wrong passwords" in answer.text
