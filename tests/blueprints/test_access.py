"""The door: every address declares who may come in, and the hook keeps it."""

import pytest

from blueprints.access import WITHOUT_DECLARATION, declared_access, safe_next
from blueprints.navigation import MENU
from config.access_document import DOCUMENT, bare_app, document
from inventory.access import ROLE_PERMISSIONS, Permission
from inventory.people.tokens import MakeToken, make_token, new_api_token, secret_hash
from inventory.units import ORGANISATION


@pytest.fixture(scope="module")
def bare():
    return bare_app()


def test_every_view_declares_who_may_come_in(bare):
    undeclared = {
        rule.endpoint
        for rule in bare.url_map.iter_rules()
        if rule.endpoint not in WITHOUT_DECLARATION and declared_access(bare.view_functions[rule.endpoint]) is None
    }
    assert undeclared == set()


def test_the_document_says_what_the_code_declares(bare):
    assert DOCUMENT.read_text(encoding="utf-8") == document(bare), "run `make access`"


def test_the_menu_asks_for_what_its_pages_demand(bare):
    entries = [entry for _title, entries in MENU for entry in entries if entry.endpoint in bare.view_functions]
    assert entries
    for entry in entries:
        assert declared_access(bare.view_functions[entry.endpoint]) == entry.permission


def test_every_role_may_sign_in_and_look_at_stock():
    for permissions in ROLE_PERMISSIONS.values():
        assert {Permission.SIGNED_IN, Permission.VIEW_STOCK} <= permissions
        assert Permission.RESPONSIBLE_PERSON not in permissions


def test_a_view_that_declares_nothing_is_an_incident_and_does_not_run(own_app, clinic):
    ran = []
    own_app.add_url_rule("/forgotten", "forgotten", lambda: ran.append("it ran") or "")
    answer = own_app.test_client().get("/forgotten")
    assert answer.status_code == 500
    assert ran == []


@pytest.mark.only_on("sqlite", reason="nothing is asked of the database")
def test_only_our_own_paths_are_followed(app, clinic):
    with app.test_request_context():
        assert safe_next("/people/?x=1") == "/people/?x=1"
        for text in (
            "",
            "//elsewhere.example",
            "https://elsewhere.example",
            "/\\elsewhere",
            "/a\nb",
            "javascript:1",
            "people",
        ):
            assert safe_next(text) == "/"


def test_without_a_sign_in_every_page_leads_to_the_sign_in(client, clinic, bare):
    for rule in bare.url_map.iter_rules():
        declared = declared_access(bare.view_functions[rule.endpoint])
        if not isinstance(declared, Permission) or rule.rule.startswith("/api/") or "GET" not in rule.methods:
            continue
        address = rule.rule.replace("<int:user_id>", "1")
        if "<" in address:
            continue
        answer = client.get(address)
        assert (answer.status_code, answer.location.partition("?")[0]) == (303, "/sign-in"), address


def test_after_the_sign_in_one_is_where_one_wanted_to_go(client, clinic, password):
    to_sign_in = client.get("/people/?by=name").location
    assert to_sign_in == "/sign-in?next=/people/?by%3Dname"
    answer = client.send("/sign-in", {"sign_in_name": "ada", "password": password, "next": "/people/?by=name"})
    assert answer.location == "/people/?by=name"


def test_a_part_of_a_page_is_sent_elsewhere_as_a_whole(client, clinic):
    answer = client.get("/people/", headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert answer.headers["HX-Redirect"] == "/sign-in"


def test_without_the_permission_the_page_says_so(signed_in):
    for name in ("paula", "peter", "anna", "otto"):
        browser = signed_in(name)
        for answer in (browser.get("/people/"), browser.send("/people/invitation"), browser.send("/clock")):
            assert answer.status_code == 403
            assert "Your account may not do this here" in answer.text


def test_a_form_from_elsewhere_is_refused(signed_in, units):
    browser = signed_in("ada")
    answer = browser.post("/people/invitation", data={"full_name": "X", "sign_in_name": "x", "roles": "auditor"})
    assert answer.status_code == 400
    assert "too old or came from elsewhere" in answer.text
    answer = browser.post("/sign-out")
    assert answer.status_code == 400
    assert browser.get("/").status_code == 200


def test_a_page_is_not_opened_by_an_api_token(client, clinic, units, pharmacist):
    secret = new_api_token()
    command = MakeToken("scanner", frozenset({Permission.VIEW_STOCK}), 1, secret_hash(secret))
    units.run(pharmacist, ORGANISATION, lambda session, act: make_token(session, act, command).id)
    assert client.get("/", headers={"Authorization": f"Bearer {secret}"}).status_code == 303


def test_the_headers_are_strict_everywhere(signed_in, client):
    for answer in (signed_in("paula").get("/"), client.get("/sign-in"), client.get("/nowhere"), client.get("/people/")):
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"
    with client.get("/static/img/vialtrace.svg") as own_file:
        assert own_file.status_code == 200
        assert "Content-Security-Policy" in own_file.headers
        assert "no-store" not in own_file.headers.get("Cache-Control", "")
        assert "Set-Cookie" not in own_file.headers
