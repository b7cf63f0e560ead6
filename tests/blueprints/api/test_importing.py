"""Imports through the API: sent, looked at, imported, undone."""

import io
import secrets

from sqlalchemy import func, select

from models.catalogue import Supplier


def _table(text, kind="suppliers"):
    return {"data": {"file": (io.BytesIO(text.encode()), "list.csv"), "kind": kind}}


def test_a_table_is_sent_imported_once_and_undone(program, read):
    paula = program("paula")
    sent = paula.change("/imports", **_table("Name\nA\nB\n"))
    assert sent.status_code == 201, sent.text
    path = f"/imports/{sent.json['import_id']}"
    seen = paula.ask(path).json
    assert (seen["state"], seen["rows"], seen["columns"], seen["problems"]) == ("checked", 2, ["name"], [])

    key = secrets.token_urlsafe(12)
    for _ in range(2):
        done = paula.change(f"{path}/import", {"version": seen["version"]}, key=key)
        assert done.status_code == 201, done.text
    assert done.headers["Idempotency-Replayed"] == "true"
    assert read(lambda session: session.scalar(select(func.count(Supplier.id)))) == 2
    assert paula.change("/imports", **_table("Name\nA\nB\n")).json["code"] == "already_imported"
    assert paula.change(f"{path}/undo", {"reason": "wrong list"}).status_code == 201
    assert paula.ask(path).json["state"] == "undone"


def test_problems_are_answered_by_row_and_nothing_is_imported(program, read):
    paula = program("paula")
    sent = paula.change("/imports", **_table("Firm\nA\nA\n"))
    path = f"/imports/{sent.json['import_id']}"
    assert paula.ask(path).json["problem_count"] == 1
    matched = paula.change(f"{path}/columns", {"version": 1, "columns": ["name"]})
    assert matched.status_code == 201, matched.text

    seen = paula.ask(path).json
    assert [(each["row_number"], each["heading"]) for each in seen["problems"]] == [(3, "Firm")]
    answer = paula.change(f"{path}/import", {"version": seen["version"]})
    assert (answer.status_code, answer.json["code"]) == (409, "import_has_problems")
    assert paula.change(f"{path}/put-away").status_code == 201
    assert read(lambda session: session.scalar(select(func.count(Supplier.id)))) == 0
    assert b"Sentence" in paula.ask(f"{path}/problems").data


def test_it_needs_the_permission_of_its_kind(program):
    assert program("anna").change("/imports", **_table("Name\nA\n")).status_code == 403
