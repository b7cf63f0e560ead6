"""The description of the API: kept, compared, and shown to people."""

import json

import pytest

from blueprints.access import declared_access
from config.access_document import bare_app
from config.api_document import DOCUMENT, document


@pytest.fixture(scope="module")
def described():
    return json.loads(document(bare_app()))


def test_the_file_says_what_the_code_declares():
    assert DOCUMENT.read_text(encoding="utf-8") == document(bare_app()), "run `make api`"


def test_it_is_openapi_with_one_operation_for_each_address(described, shared_app):
    assert described["openapi"].startswith("3.1.")
    operations = {(path, method): operation for path, method, operation in _operations(described)}
    served = [rule for rule in shared_app.url_map.iter_rules() if rule.rule.startswith("/api/v1/")]
    assert len(operations) == len(served)
    names = [operation["operationId"] for operation in operations.values()]
    assert len(set(names)) == len(names)
    views = {rule.endpoint.split(".")[1]: shared_app.view_functions[rule.endpoint] for rule in served}
    for operation in operations.values():
        assert operation["x-permission"] == declared_access(views[operation["operationId"]])
        assert operation["summary"]
        assert {"401", "403", "422", "503"} <= operation["responses"].keys()


def _operations(described):
    for path, methods in described["paths"].items():
        for method in methods.keys() - {"parameters"}:
            yield path, method, methods[method]


def test_every_change_demands_its_key(described):
    for path, method, operation in _operations(described):
        keys = [each for each in operation.get("parameters", ()) if each["name"] == "Idempotency-Key"]
        assert bool(keys) == (method == "post" and "x-changes-nothing" not in operation), path
        assert all(key["required"] for key in keys)


def _references(part):
    if isinstance(part, list):
        for each in part:
            yield from _references(each)
    if isinstance(part, dict):
        yield from [part["$ref"]] if "$ref" in part else []
        for each in part.values():
            yield from _references(each)


def test_every_reference_leads_somewhere(described):
    found = set(_references(described))
    assert found
    for reference in found:
        place = described
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]


def test_amounts_are_text_with_a_pattern(described):
    amounts = [
        (name, entry)
        for name, schema in described["components"]["schemas"].items()
        for entry, told in schema["properties"].items()
        if entry in ("amount", "remaining", "content", "on_hand", "found") and "string" in str(told.get("type"))
    ]
    assert len(amounts) > 20
    for name, entry in amounts:
        told = described["components"]["schemas"][name]["properties"][entry]
        assert told["pattern"] == r"^(0|[1-9][0-9]{0,11})(\.[0-9]{1,6})?$", name


def test_no_password_is_answered(described):
    schemas = described["components"]["schemas"]
    asking = {name for name, schema in schemas.items() if "password" in schema["properties"]}
    assert asking >= {"CorrectLot", "ReviewDeviation", "VerifyCompounding"}
    answered = {
        name
        for operations in described["paths"].values()
        for operation in operations.values()
        if isinstance(operation, dict)
        for name in schemas
        if f"/{name}'" in str(operation["responses"])
    }
    assert answered
    assert not asking & answered


@pytest.mark.only_on("sqlite", reason="nothing is asked of the database")
def test_people_read_it_on_a_page_and_programs_do_not(signed_in, client, program):
    paula = signed_in("paula")
    page = paula.get("/api/docs")
    assert page.status_code == 200
    assert 'data-description-url="/api/openapi.json"' in page.text
    assert paula.get("/api/openapi.json").json["info"]["title"] == "Vialtrace"
    for address in ("/api/docs", "/api/openapi.json"):
        assert client.get(address).location.startswith("/sign-in")
