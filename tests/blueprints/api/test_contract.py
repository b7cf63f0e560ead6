"""What holds for every operation of the API, whatever it does.

The ledger's commands are driven from one table: each works, demands its token, permission and key, refuses what is
almost right, and does nothing twice.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from blueprints.access import declared_access
from inventory.access import Permission
from inventory.care import administering
from inventory.stock import containers, holds
from inventory.units import EVERYTHING
from models.care import Deviation
from models.stock import StockMove
from models.vocabulary import HoldKind, Tracking, Unit, WasteReason

API = "/api/v1"
# They have tests of their own.
ELSEWHERE = {
    "api_attachments",
    "api_catalogue",
    "api_counts",
    "api_incompatibilities",
    "api_deliveries",
    "api_drafts",
    "api_importing",
    "api_opening_stock",
    "api_places",
    "api_products",
    "api_releasing",
    "api_scanning",
    "api_sites",
    "api_suppliers",
    "api_transfers",
}


@dataclass(frozen=True)
class World:
    """Ids and codes of everything a command can be tried on."""

    places: Any
    product_id: int
    supplier_id: int
    vials: tuple[str, ...]
    pack: str
    opened: str
    lot_id: int
    entry_id: int
    move_id: int
    hold_id: int
    patient: str
    session_id: int
    record_id: int
    syringe: str
    deviation_id: int
    password: str


@dataclass(frozen=True)
class Command:
    """A command that works: who sends it, where, what, and what is almost right in it."""

    name: str
    person: str
    path: Callable[[World], str]
    body: Callable[[World], dict[str, Any]]
    wrong: dict[str, Any] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    missing: str = ""


def _nothing(_: World) -> dict[str, Any]:
    return {}


COMMANDS = (
    Command(
        "receive_delivery",
        "paula",
        lambda w: "/deliveries",
        lambda w: {
            "supplier_id": w.supplier_id,
            "reference": "DN 1",
            "location_id": w.places.storage,
            "lines": [{"product_id": w.product_id, "lot_number": "N1", "expires_on": "2032-01-31", "containers": 2}],
        },
        {"supplier_id": "1", "location_id": True, "lines": {}, "reference": 7, "received_at": "2031-03-03"},
        ("supplier_id", "reference", "location_id", "lines"),
    ),
    Command(
        "record_opening_stock",
        "paula",
        lambda w: "/opening-stock",
        lambda w: {
            "location_id": w.places.storage,
            "lines": [{"product_id": w.product_id, "lot_number": "O1", "expires_on": "2032-01-31", "containers": 3}],
        },
        {"location_id": [1], "lines": []},
        ("location_id", "lines"),
    ),
    Command(
        "open_container",
        "anna",
        lambda w: f"/containers/{w.vials[0]}/opening",
        _nothing,
        {"session_id": "1", "opened_at": "2031-03-03T09:00:00"},
        missing="/containers/C86FQCZ25E/opening",
    ),
    Command(
        "move_container",
        "anna",
        lambda w: f"/containers/{w.vials[0]}/move",
        lambda w: {"location_id": w.places.room},
        {"location_id": "2"},
        ("location_id",),
        "/containers/C86FQCZ25E/move",
    ),
    Command(
        "split_pack",
        "anna",
        lambda w: f"/containers/{w.pack}/split",
        lambda w: {"pieces": 30},
        {"pieces": "30"},
        ("pieces",),
        "/containers/C86FQCZ25E/split",
    ),
    Command(
        "withdraw_amount",
        "paula",
        lambda w: f"/containers/{w.vials[0]}/withdrawal",
        lambda w: {"purpose": "sampled", "amount": "1", "reason": "laboratory"},
        {"purpose": "stolen", "amount": 1, "reason": ["x"], "identified_by": "guess"},
        ("purpose", "reason"),
        "/containers/C86FQCZ25E/withdrawal",
    ),
    Command(
        "discard_container",
        "anna",
        lambda w: f"/containers/{w.vials[0]}/disposal",
        lambda w: {"waste_reason": "spilled", "amount": "1.5"},
        {"waste_reason": True, "amount": 1.5, "is_destroyed": "false", "note": 0},
        ("waste_reason",),
        "/containers/C86FQCZ25E/disposal",
    ),
    Command(
        "return_container",
        "paula",
        lambda w: f"/containers/{w.vials[0]}/return",
        lambda w: {"reason": "wrong product"},
        {"reason": None},
        ("reason",),
        "/containers/C86FQCZ25E/return",
    ),
    Command(
        "record_found",
        "anna",
        lambda w: f"/containers/{w.opened}/found",
        lambda w: {"amount": "0.25", "reason": "overfilled"},
        {"amount": "0,25"},
        ("amount", "reason"),
        "/containers/C86FQCZ25E/found",
    ),
    Command(
        "correct_entry",
        "paula",
        lambda w: f"/entries/{w.entry_id}/correction",
        lambda w: {"moves": [{"move_id": w.move_id, "amount": "0.5"}], "reason": "typed wrong"},
        {"moves": [{"move_id": "1"}]},
        ("moves", "reason"),
        "/entries/999/correction",
    ),
    Command(
        "correct_lot",
        "paula",
        lambda w: f"/lots/{w.lot_id}/correction",
        lambda w: {"lot_number": "L10", "expires_on": "2032-01-31", "reason": "read wrong", "password": w.password},
        {"lot_number": 10, "expires_on": "31.01.2032", "is_month_only": 0, "container_codes": "C", "password": ""},
        ("lot_number", "expires_on", "reason", "password"),
        "/lots/999/correction",
    ),
    Command(
        "place_hold",
        "anna",
        lambda w: "/holds",
        lambda w: {"kind": "quality", "cause": "cloudy", "container_code": w.vials[0]},
        {"kind": "doubt", "at_all_sites": "no", "lot_id": "1"},
        ("kind", "cause"),
    ),
    Command(
        "lift_hold",
        "paula",
        lambda w: f"/holds/{w.hold_id}/lifting",
        lambda w: {"reason": "clear"},
        {"reason": 1},
        ("reason",),
        "/holds/999/lifting",
    ),
    Command(
        "register_patient",
        "anna",
        lambda w: "/patients",
        lambda w: {"full_name": "Nadia Example", "born_on": "1990-02-03", "clinic_number": "A-1"},
        {"full_name": " ", "born_on": "1990-02-30", "clinic_number": 1},
        ("full_name",),
    ),
    Command(
        "change_identity",
        "anna",
        lambda w: f"/patients/{w.patient}/identity",
        lambda w: {"full_name": "Nadia New", "version": 1},
        {"full_name": 1, "born_on": "2031", "version": "1"},
        ("full_name", "version"),
        "/patients/P2SSY023SH/identity",
    ),
    Command(
        "record_answers",
        "anna",
        lambda w: f"/patients/{w.patient}/answers",
        lambda w: {"answers": [{"kind": "sulfite", "is_present": True, "note": "hives"}], "asked_on": "2031-03-03"},
        {"answers": [{"kind": "sulfite", "is_present": "yes"}], "asked_on": "yesterday"},
        ("answers",),
        "/patients/P2SSY023SH/answers",
    ),
    Command(
        "change_health",
        "anna",
        lambda w: f"/patients/{w.patient}/health",
        lambda w: {"skin_type": 3, "history": "acne", "version": 0},
        {"skin_type": 7, "history": ["acne"], "version": True},
        ("version",),
        "/patients/P2SSY023SH/health",
    ),
    Command(
        "erase_identity",
        "ada",
        lambda w: "/patient-erasures",
        lambda w: {"reference": w.patient, "reason": "asked for it"},
        {"reference": 1, "reason": ""},
        ("reference", "reason"),
    ),
    Command(
        "start_session",
        "peter",
        lambda w: "/sessions",
        lambda w: {"patient_reference": w.patient, "room_id": w.places.room},
        {"patient_reference": 1, "room_id": "3"},
        ("patient_reference",),
    ),
    Command(
        "end_session",
        "peter",
        lambda w: f"/sessions/{w.session_id}/ending",
        lambda w: {"ending": "completed"},
        {"ending": "done", "ended_at": 0},
        ("ending",),
        "/sessions/999/ending",
    ),
    Command(
        "compound",
        "anna",
        lambda w: "/preparations",
        lambda w: {
            "draws": [{"code": w.vials[0], "amount": "2"}, {"code": w.vials[1], "amount": "1"}],
            "location_id": w.places.room,
            "session_id": w.session_id,
            "syringes": ["3"],
        },
        {"draws": [{"code": "C", "amount": 2}], "location_id": "3", "syringes": [3], "lane": "fast"},
        ("draws", "location_id"),
    ),
    Command(
        "record_past_compounding",
        "peter",
        lambda w: "/preparations/past",
        lambda w: {
            "draws": [{"code": w.vials[0], "amount": "2"}],
            "location_id": w.places.room,
            "session_id": w.session_id,
            "started_at": "2031-03-03T09:30:00+01:00",
        },
        {"draws": "C", "location_id": None, "started_at": "yesterday"},
        ("draws", "location_id"),
    ),
    Command(
        "verify_compounding",
        "paula",
        lambda w: f"/preparations/{w.record_id}/verification",
        lambda w: {"password": w.password},
        {"password": 1},
        ("password",),
        "/preparations/999/verification",
    ),
    Command(
        "administer",
        "peter",
        lambda w: "/administrations",
        lambda w: {"session_id": w.session_id, "code": w.syringe, "area": "face", "amount": "0.5", "points": 12},
        {"session_id": "1", "area": "", "amount": -1, "points": 0, "depth_mm": 4},
        ("session_id", "code", "area"),
    ),
    Command(
        "record_past_administration",
        "peter",
        lambda w: "/administrations/past",
        lambda w: {"session_id": w.session_id, "code": w.vials[2], "area": "neck", "amount": "1"},
        {"session_id": True, "code": [], "area": None},
        ("session_id", "code", "area"),
    ),
    Command(
        "record_treatment",
        "peter",
        lambda w: "/treatments",
        lambda w: {
            "start": {"patient_reference": w.patient},
            "compound": {"draws": [{"code": w.vials[0], "amount": "2.5"}], "location_id": w.places.room},
            "area": "face",
        },
        {"start": [], "compound": {"draws": [], "location_id": 1, "session_id": 1}, "area": 1},
        ("start", "compound", "area"),
    ),
    Command(
        "review_deviation",
        "paula",
        lambda w: f"/deviations/{w.deviation_id}/review",
        lambda w: {"review": "the patient is well", "password": w.password},
        {"review": {}, "password": None},
        ("review", "password"),
        "/deviations/999/review",
    ),
    Command(
        "print_labels",
        "anna",
        lambda w: "/labels",
        lambda w: {"codes": [w.vials[0], w.opened], "medium": "l7160", "start": 2},
        {"kind": "flag", "codes": "C", "start": "1", "copies": 0, "lot_id": True},
        ("medium",),
    ),
)
BY_NAME = {command.name: command for command in COMMANDS}
every_command = pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)


@pytest.fixture
def world(
    clinic, do, read, make_product, make_lot, supplier_id, make_patient, start_session, mix, give, pharmacist,
    practitioner, password, look,
) -> World:  # fmt: skip
    product_id = make_product("Vitamin C", overfill=Decimal("0.5"))
    vials = make_lot(product_id, "L1", 6)
    needles = make_product("Needles", unit=Unit.PIECE, content=Decimal(100), tracking=Tracking.PACK)
    (pack,) = make_lot(needles, "P1")
    do(practitioner, containers.open_container, containers.OpenContainer(vials[3]))
    entry_id = do(
        pharmacist, containers.discard, containers.DiscardContainer(vials[4], WasteReason.SPILLED, Decimal(1))
    )
    hold_id = do(pharmacist, holds.place_hold, holds.PlaceHold(HoldKind.QUALITY, "doubt", container_code=vials[5]))
    patient = make_patient()
    session_id = start_session(patient)
    mixture = mix((vials[4], "2"), session_id=session_id)
    give(session_id, vials[5], "1", service=administering.record_past_administration, scope=EVERYTHING)
    return World(
        places=clinic.places,
        product_id=product_id,
        supplier_id=supplier_id,
        vials=tuple(vials),
        pack=pack,
        opened=vials[3],
        lot_id=look(vials[0]).lot_id,
        entry_id=entry_id,
        move_id=read(lambda s: s.scalar(select(StockMove.id).where(StockMove.entry_id == entry_id))),
        hold_id=hold_id,
        patient=patient,
        session_id=session_id,
        record_id=mixture.record_id,
        syringe=mixture.codes[0],
        deviation_id=read(lambda s: s.scalar(select(Deviation.id).order_by(Deviation.id).limit(1))),
        password=password,
    )


def _operations(app) -> list[tuple[str, str, str]]:
    """Method, rule and endpoint of every operation."""
    return [
        (next(iter(rule.methods - {"HEAD", "OPTIONS"})), rule.rule, rule.endpoint)
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(f"{API}/")
    ]


QUESTIONS = {"find_patients"}  # what is asked may be a name, so it comes in a body


def test_every_command_of_the_ledger_is_in_the_table(shared_app):
    posted = [endpoint.split(".") for method, _, endpoint in _operations(shared_app) if method == "POST"]
    commands = [(area, name) for area, name in posted if name not in QUESTIONS]
    assert {name for area, name in commands if area not in ELSEWHERE} == set(BY_NAME)


@pytest.mark.only_on("sqlite", reason="no statement differs before the permission is known")
def test_without_a_token_nothing_is_answered(client, clinic, shared_app):
    for method, rule, _ in _operations(shared_app):
        address = rule.replace("<code>", "C86FQCZ25E").replace("<reference>", "P")
        address = "/".join("1" if part.startswith("<int:") else part for part in address.split("/"))
        answer = client.open(address, method=method, json={} if method == "POST" else None)
        assert answer.status_code == 401, address
        assert answer.mimetype == "application/problem+json"
        assert answer.headers["WWW-Authenticate"].lower().startswith("bearer")


@pytest.mark.only_on("sqlite", reason="no statement differs before the permission is known")
def test_a_token_without_the_scope_is_refused(program, app, shared_app):
    nothing = program("stella", only={Permission.SIGNED_IN})
    for method, rule, endpoint in _operations(shared_app):
        needed = declared_access(shared_app.view_functions[endpoint])
        address = rule.removeprefix(API).replace("<code>", "C86FQCZ25E").replace("<reference>", "P")
        address = "/".join("1" if part.startswith("<int:") else part for part in address.split("/"))
        answer = nothing.ask(address) if method == "GET" else nothing.change(address)
        assert answer.status_code == 403, address
        assert answer.json["code"] == "not_allowed"
        assert answer.json["facts"] == {"permission": needed.value}


@every_command
def test_it_works_and_is_done_once(command, world, program, everything):
    caller, body, path = program(command.person), command.body(world), command.path(world)
    key = secrets.token_urlsafe(12)
    answer = caller.change(path, body, key=key)
    assert answer.status_code == 201, answer.text
    assert answer.json
    assert caller.ask(answer.headers["Location"].removeprefix(API)).status_code in (200, 403)
    saved = _ledger(everything())

    again = caller.change(path, body, key=key)
    other = caller.change(path, body | _another(command, world), key=key)

    assert (again.status_code, again.json) == (201, answer.json)
    assert again.headers["Location"] == answer.headers["Location"]
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in answer.headers
    assert other.status_code == 409, other.text
    assert other.json["code"] == "already_saved"
    assert other.json["detail"] == "This form was already saved, with other entries than these."
    assert _ledger(everything()) == saved


def _another(command: Command, world: World) -> dict[str, Any]:
    """A change of one entry that keeps the command in shape."""
    changes = {
        "open_container": {"session_id": world.session_id},
        "change_identity": {"full_name": "Nadia Other"},
        "record_answers": {"asked_on": "2031-03-02"},
        "change_health": {"history": "eczema"},
        "move_container": {"location_id": world.places.quarantine},
        "split_pack": {"pieces": 31},
        "end_session": {"ending": "stopped"},
        "start_session": {"room_id": world.places.storage},
        "register_patient": {"full_name": "Somebody Else"},
        "verify_compounding": {"single_handed_reason": "alone"},
        "record_treatment": {"area": "neck"},
        "review_deviation": {"review": "other words"},
        "place_hold": {"cause": "other words"},
        "receive_delivery": {"reference": "DN 2"},
        "record_opening_stock": {"location_id": world.places.room},
        "compound": {"location_id": world.places.storage},
        "record_past_compounding": {"location_id": world.places.storage},
        "administer": {"area": "neck"},
        "record_past_administration": {"area": "face"},
    }
    return changes.get(command.name, {"reason": "other words"} if "note" not in command.wrong else {"note": "other"})


@pytest.mark.only_on("sqlite", reason="all of it is refused before a unit begins")
@every_command
def test_what_is_refused_changes_nothing(command, world, program, app, shared_app, everything):
    caller, body, path = program(command.person), command.body(world), command.path(world)
    auditor = program("otto")
    before = _ledger(everything())

    _refuses_what_is_almost_right(caller, command, path, body)
    _refuses_without_key_or_json(caller, path, body)
    _refuses_who_may_not(auditor, command, shared_app, path, body)
    if command.missing:
        answer = caller.change(command.missing, body)
        assert (answer.status_code, answer.json["code"]) == (404, "record_not_found"), answer.text
        assert set(answer.json["facts"]) == {"kind", "key"}

    assert _ledger(everything()) == before


def _refuses_what_is_almost_right(caller, command: Command, path: str, body: dict[str, Any]) -> None:
    tries = [(name, body | {name: value}) for name, value in command.wrong.items()]
    tries += [(name, {key: part for key, part in body.items() if key != name}) for name in command.required]
    tries += [("unheard_of", body | {"unheard_of": 1})]
    for name, wrong in tries:
        answer = caller.change(path, wrong)
        assert answer.status_code == 422, (name, answer.text)
        assert answer.mimetype == "application/problem+json"
        assert answer.json["code"] == "invalid"
        assert list(answer.json["errors"]) == [name]
    for whole in ([], "text", 1, [body]):
        answer = caller.change(path, whole)
        assert (answer.status_code, list(answer.json["errors"])) == (422, ["_schema"])


def _refuses_without_key_or_json(caller, path: str, body: dict[str, Any]) -> None:
    headers = {"Authorization": f"Bearer {caller.token}"}
    client = caller.app.test_client()
    without = client.post(f"{API}{path}", json=body, headers=headers)
    assert (without.status_code, without.json["code"]) == (422, "invalid_text")
    assert without.json["facts"]["field"] == "Idempotency-Key"
    for key in ("short", "x" * 101, "a key with an é"):
        assert caller.change(path, body, key=key).status_code == 422
    for content, kind in ((b"{", "application/json"), (b"null", "application/json"), (b"a=1", "text/plain")):
        keyed = headers | {"Idempotency-Key": "a-fresh-key-1"}
        answer = client.post(f"{API}{path}", data=content, content_type=kind, headers=keyed)
        assert (answer.status_code, answer.json["code"]) == (400, "unreadable_request"), answer.text


def _refuses_who_may_not(auditor, command: Command, app, path: str, body: dict[str, Any]) -> None:
    (endpoint,) = [found for method, _, found in _operations(app) if found.partition(".")[2] == command.name]
    needed = declared_access(app.view_functions[endpoint])
    answer = auditor.change(path, body)
    assert (answer.status_code, answer.json["facts"]) == (403, {"permission": needed.value})


def _ledger(rows: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """Everything but the bookkeeping of calls: tokens made for the test, attempts, who looked."""
    apart = {"api_token", "audit_entry", "audit_subject", "audit_chain", "sign_in_attempt", "access_log"}
    return {table: found for table, found in rows.items() if table not in apart}
