"""Serves one of two applications under the same server, for the benchmarks: ours, or the bare inserts.

    python benchmarks/serving.py ours|bare DATABASE

Prints the port when it listens. `bare` does what anybody would write first: look up the ids, insert the rows,
take the amounts, commit. It checks nothing, proves nothing and does it twice when asked twice.
"""

import gc
import itertools
import logging
import secrets
import socket
import sys
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import history
import waitress
from flask import Flask, jsonify, request
from sqlalchemy import func, select

from config.application import create_app
from config.settings import Settings
from inventory.clock import MovedClock
from inventory.rules.codes import CodeKind, make_code
from inventory.units import Units
from models.database import Database
from models.evidence import AuditEntry
from models.types import instant_text
from models.vocabulary import LocationKind

THREADS = 8


def clock_for(database: Database) -> MovedClock:
    """A clock of the history's time: past everything recorded, and moving."""
    with database.reader() as session:
        newest = session.scalar(select(func.max(AuditEntry.at)))
    start = max(newest or history.NOW, history.NOW) + timedelta(seconds=1)
    return MovedClock(start, ticks=timedelta(milliseconds=1))


def ours(database: Database, folder: Path) -> Flask:
    settings = Settings.from_values(
        {"data": str(folder), "secret_key": secrets.token_hex(32), "database": str(database.url)}
    )
    return create_app(settings, Units(database, clock_for(database)))


class Bare:
    """The rows of one treatment, inserted."""

    def __init__(self, database: Database, places: history.Places, now: datetime) -> None:
        self.database = database
        self.places = places
        self.at: Any = instant_text(now) if database.is_sqlite else now
        self.numbers = itertools.count()

    def __call__(self) -> Any:
        body = request.get_json()
        connection = self.database.engine.raw_connection()
        try:
            cursor = connection.cursor()
            if self.database.is_sqlite:
                cursor.execute("BEGIN IMMEDIATE")
            session_id = self._record(self._ask(cursor), body)
            connection.commit()
        finally:
            connection.close()
        return jsonify({"session_id": session_id}), 201

    def _ask(self, cursor: Any) -> Callable[..., Any]:
        def ask(statement: str, *given: Any) -> Any:
            cursor.execute(statement if self.database.is_sqlite else statement.replace("?", "%s"), given)
            return cursor.fetchone()[0] if cursor.description else None

        return ask

    def _amount(self, text: str) -> Any:
        return int(Decimal(text) * history.ML) if self.database.is_sqlite else Decimal(text)

    def _record(self, ask: Callable[..., Any], body: dict[str, Any]) -> int:
        places, at, kinds = self.places, self.at, self.places.by_kind
        here, mixing = kinds[LocationKind.STORAGE], kinds[LocationKind.COMPOUNDING]
        patient_id = ask("SELECT id FROM patient WHERE reference = ?", body["start"]["patient_reference"])
        session_id = ask(
            "INSERT INTO treatment_session (site_id, patient_id, practitioner_id, started_at, ended_at, ending) "
            "VALUES (?, ?, ?, ?, ?, 'completed') RETURNING id",
            places.site_id, patient_id, places.user_id, at, at,
        )  # fmt: skip
        no = False if not self.database.is_sqlite else 0
        lot_id = ask(
            "INSERT INTO lot (product_id, lot_number, is_month_only, origin) VALUES (?, ?, ?, 'compounded') "
            "RETURNING id",
            places.cocktail_id, make_code(CodeKind.RECORD, secrets.randbits), no,
        )  # fmt: skip
        drawn = [(draw["code"], self._amount(draw["amount"])) for draw in body["compound"]["draws"]]
        whole = sum(amount for _, amount in drawn)
        record_id = ask(
            "INSERT INTO compounding_record (site_id, lot_id, kind, lane, is_sterility_tested, patient_id, "
            "treatment_session_id, started_at, binding_limit, theoretical_amount, yield_amount, prepared_by_id) "
            "VALUES (?, ?, 'cocktail', 'immediate_use', ?, ?, ?, ?, '', ?, ?, ?) RETURNING id",
            places.site_id, lot_id, no, patient_id, session_id, at, whole, whole, places.user_id,
        )  # fmt: skip
        mixed = self._entry(ask, "compounded", "compounding_record_id", record_id)
        for position, (code, amount) in enumerate(drawn, start=1):
            container_id = ask("SELECT id FROM container WHERE code = ?", code)
            move_id = self._move(ask, mixed, container_id, here, mixing, amount, "compounded")
            ask(
                "INSERT INTO compounding_component (record_id, position, move_id, entered) VALUES (?, ?, ?, ?)",
                record_id, position, move_id, f"{amount} mL",
            )  # fmt: skip
            ask("UPDATE container SET remaining = remaining - ? WHERE id = ?", amount, container_id)
        nothing = self._amount("0")
        syringe = ask(
            "INSERT INTO container (code, lot_id, location_id, content, found, remaining, received_at, opened_at, "
            "closed_at, closed_why) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'administered') RETURNING id",
            make_code(CodeKind.CONTAINER, secrets.randbits), lot_id, here, whole, nothing, nothing, at, at, at,
        )  # fmt: skip
        self._move(ask, mixed, syringe, mixing, here, whole, "prepared")
        given = self._entry(ask, "administered", "treatment_session_id", session_id)
        move_id = self._move(ask, given, syringe, here, kinds[LocationKind.PATIENT], whole, "administered")
        ask(
            "INSERT INTO administration (session_id, move_id, area) VALUES (?, ?, ?)", session_id, move_id, body["area"]
        )
        return session_id

    def _entry(self, ask: Callable[..., Any], purpose: str, document: str, document_id: int) -> int:
        return ask(
            f"INSERT INTO stock_entry (site_id, purpose, occurred_at, recorded_at, user_id, {document}) "
            "VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
            self.places.site_id, purpose, self.at, self.at, self.places.user_id, document_id,
        )  # fmt: skip

    def _move(self, ask: Callable[..., Any], entry_id: int, container_id: int, *facts: Any) -> int:
        return ask(
            "INSERT INTO stock_move (entry_id, container_id, from_location_id, to_location_id, amount, purpose, "
            "identified_by) VALUES (?, ?, ?, ?, ?, ?, 'our_code') RETURNING id",
            entry_id, container_id, *facts,
        )  # fmt: skip


def bare(database: Database, _folder: Path) -> Flask:
    app = Flask("bare")
    places = history.find_clinic(database)
    app.add_url_rule("/treatments", "record", Bare(database, places, clock_for(database).now()), methods=["POST"])
    return app


def main() -> None:
    which, url = sys.argv[1:]
    database = Database(url)
    with tempfile.TemporaryDirectory() as folder:
        app = {"ours": ours, "bare": bare}[which](database, Path(folder))
        listening = socket.create_server(("127.0.0.1", 0))
        print(listening.getsockname()[1], flush=True)
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a short wait is no news
        gc.freeze()  # as our server does when it starts
        waitress.serve(app, sockets=[listening], threads=THREADS, _quiet=True)


if __name__ == "__main__":
    main()
