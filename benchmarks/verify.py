"""How long `verify` takes: N audit entries as the services write them, built in bulk, then proven.

Each entry is a withdrawal (one stock entry, one move, by digest); every tenth makes a container and every
fifth opens one. `python benchmarks/verify.py --entries 1e6 [--database URL] [--json FILE]`: prints a table
and JSON. Without --database a SQLite file in a temporary folder is used. The aim is 60 s for a million.
"""

import argparse
import hashlib
import itertools
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bulk import Bulk, bulk_writing
from history import Places, make_clinic
from sqlalchemy import text
from sqlalchemy.orm import Session

from inventory.clock import SystemClock
from inventory.evidence.audit import entry_hash
from inventory.evidence.canonical import canonical, digest_of
from inventory.evidence.checkpoints import export_checkpoint
from inventory.evidence.problems import Problem
from inventory.evidence.verifying import verify
from inventory.units import Units
from models.database import Database
from models.evidence import AuditEntry, AuditSubject
from models.migrating import upgrade
from models.stock import Container, Lot, StockEntry, StockMove
from models.types import instant_text
from models.vocabulary import LocationKind

MIGRATIONS = Path(__file__).resolve().parents[1] / "migrations"
START = datetime(2027, 1, 4, 8, 0, tzinfo=UTC)
CHAIN = 1
ML = 1_000_000
DRAWS_A_CONTAINER = 10


def main() -> None:
    arguments = _arguments()
    with tempfile.TemporaryDirectory() as folder:
        url = arguments.database or f"sqlite:///{folder}/verify.sqlite"
        with closing(Database(url)) as database:
            upgrade(database, MIGRATIONS)
            built, seconds = _timed(lambda: build(database, int(arguments.entries)))
            print(f"built {built} entries in {seconds:.1f} s", file=sys.stderr)
            report = measure(database)
    _print_table(report)
    text_of = json.dumps(report)
    if arguments.json is not None:
        arguments.json.write_text(text_of + "\n")
    else:
        print(text_of)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=float, default=1e5)
    parser.add_argument("--database", help="an empty database of the owner; else a temporary SQLite file")
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


def measure(database: Database) -> dict[str, Any]:
    units = Units(database, SystemClock())
    with units.reading() as session:
        entries = session.execute(text("SELECT count(*) FROM audit_entry")).scalar_one()
        export, export_seconds = _timed(lambda: export_checkpoint(session, exported_at=START))
        _, plain_seconds = _timed(lambda: _read_and_hash(session))
    answers: dict[str, float] = {}
    for name, against in (("alone", None), ("with export", export)):
        cpu = time.process_time()
        with units.reading() as session:
            found, answers[name] = _timed(lambda: verify(session, against))  # noqa: B023  # called at once
        _stop_at_problems(found)
        cpu = time.process_time() - cpu
    return {
        "database": "sqlite" if database.is_sqlite else "postgresql",
        "entries": entries,
        "export_s": round(export_seconds, 2),
        "export_mb": round(len(json.dumps(export)) / 1e6, 2),
        "verify_s": round(answers["alone"], 2),
        "verify_with_export_s": round(answers["with export"], 2),
        "read_parse_hash_s": round(plain_seconds, 2),
        "ratio": round(answers["with export"] / plain_seconds, 1),
        "verify_with_export_cpu_s": round(cpu, 2),
        "per_million_s": round(answers["with export"] / entries * 1e6, 1),
        "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def _read_and_hash(session: Session) -> bytes:
    """The yardstick: every body read, parsed and hashed, and nothing compared."""
    last = bytes(32)
    bodies = session.execute(text("SELECT body FROM audit_entry ORDER BY id"), execution_options={"yield_per": 2000})
    for (body,) in bodies:
        json.loads(body)
        last = entry_hash(last, body)
    return last


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    start = time.perf_counter()
    answer = work()
    return answer, time.perf_counter() - start


def _stop_at_problems(found: list[Problem]) -> None:
    if found:
        raise SystemExit(f"the benchmark's own history does not verify: {found[:3]}")


def build(database: Database, entries: int) -> int:
    places = make_clinic(database)
    with database.engine.connect() as connection:
        head = connection.execute(text(f"SELECT seq, hash FROM audit_chain WHERE id = {CHAIN}")).one()
        first_id = connection.execute(text("SELECT max(id) FROM audit_entry")).scalar_one() + 1
    with bulk_writing(database) as bulk:
        seq, last_hash, at = _write(bulk, places, entries, (head.seq, bytes(head.hash)), first_id)
    with database.engine.begin() as connection:
        shown = instant_text(at) if database.is_sqlite else at
        connection.execute(
            text("UPDATE audit_chain SET seq = :seq, hash = :hash, at = :at WHERE id = :id"),
            {"seq": seq, "hash": last_hash, "at": shown, "id": CHAIN},
        )
    return entries


def _write(
    bulk: Bulk, places: Places, entries: int, head: tuple[int, bytes], first_id: int
) -> tuple[int, bytes, datetime]:
    history = _History(bulk, places)
    (seq, last_hash), at = head, START
    for entry_id in itertools.islice(itertools.count(first_id), entries):
        seq += 1
        at += timedelta(seconds=7)
        body = history.next_body(at) | {
            "about": {"container": str(history.container_id)},
            "chain": CHAIN,
            "seq": seq,
            "at": instant_text(at),
        }
        written = canonical(body)
        last_hash = entry_hash(last_hash, written)
        history.audit(entry_id, CHAIN, seq, instant_text(at), places.user_id, body["action"], written, last_hash)
        history.subject(entry_id, "container", history.container_id)
        bulk.flush_when_full()
    return seq, last_hash, at


class _History:
    """Ten withdrawals a container: the first of them makes it, the second opens it."""

    def __init__(self, bulk: Bulk, places: Places) -> None:
        self.places = places
        self.audit = bulk.table(AuditEntry, "id", "chain_id", "seq", "at", "user_id", "action", "body", "hash")
        self.subject = bulk.table(AuditSubject, "entry_id", "kind", "record_id")
        self.entry = bulk.table(StockEntry, *ENTRY)
        self.move = bulk.table(StockMove, *MOVE)
        self.container = bulk.table(Container, *CONTAINER)
        self.lot = bulk.table(Lot, "id", "product_id", "lot_number", "expires_on", "is_month_only", "origin")
        self.entry_id = self.move_id = self.container_id = self.draw = 0
        self.unit = (hashlib.sha256(str(number).encode()).hexdigest()[:16] for number in itertools.count())

    def next_body(self, at: datetime) -> dict[str, Any]:
        self.draw = self.draw % DRAWS_A_CONTAINER + 1
        shown = instant_text(at)
        body: dict[str, Any] = {
            "v": 1,
            "unit": next(self.unit),
            "by": [self.places.user_id, "Petra Practitioner", "practitioner"],
            "door": "page 127.0.0.1",
            "action": "amount sampled",
            "reason": "Quality sample",
        }
        if self.draw == 1:
            body["made"] = self._make(shown)
        elif self.draw == 2:
            changes = {"opened_at": [None, self.opened_at], "discard_at": [None, self.discard_at]}
            body["changed"] = {"container": {str(self.container_id): changes}}
        rows = {"stock_entry": self._entry(shown), "stock_move": self._move()}
        body["fixed"] = {table: str(row["id"]) for table, row in rows.items()}
        body["digest"] = digest_of([table, row] for table, row in rows.items())
        return body

    def _make(self, received_at: str) -> dict[str, Any]:
        self.container_id += 1
        made_at = datetime.fromisoformat(received_at)
        self.opened_at = instant_text(made_at + timedelta(seconds=7))
        self.discard_at = instant_text(made_at + timedelta(days=28))
        code = f"C{self.container_id:09d}"
        lot = {
            "product_id": self.places.product_ids[0],
            "lot_number": f"L{self.container_id}",
            "expires_on": "2039-12-31",
            "is_month_only": False,
            "origin": "received",
        }
        self.lot(self.container_id, *lot.values())
        made = {"code": code, "lot_id": self.container_id, "content": "10", "received_at": received_at}
        place = self.places.by_kind[LocationKind.ROOM]
        # What is left is no concern of the chain: the check of the ledger is another command.
        self.container(
            self.container_id,
            code,
            self.container_id,
            place,
            10 * ML,
            0,
            0,
            received_at,
            self.opened_at,
            self.discard_at,
        )
        return {"lot": {str(self.container_id): lot}, "container": {str(self.container_id): made}}

    def _entry(self, at: str) -> dict[str, Any]:
        self.entry_id += 1
        row = {
            "id": self.entry_id,
            "site_id": self.places.site_id,
            "purpose": "sampled",
            "occurred_at": at,
            "recorded_at": at,
            "user_id": self.places.user_id,
            "reason": "Quality sample",
        }
        self.entry(*row.values())
        return row

    def _move(self) -> dict[str, Any]:
        self.move_id += 1
        millionths = 500_000 + self.draw
        row: dict[str, Any] = {
            "id": self.move_id,
            "entry_id": self.entry_id,
            "container_id": self.container_id,
            "from_location_id": self.places.by_kind[LocationKind.ROOM],
            "to_location_id": self.places.by_kind[LocationKind.EXTERNAL],
            "amount": millionths,
            "purpose": "sampled",
            "identified_by": "our_code",
        }
        self.move(*row.values())
        return row | {"amount": f"0.{millionths}".rstrip("0")}


ENTRY = ("id", "site_id", "purpose", "occurred_at", "recorded_at", "user_id", "reason")
MOVE = (
    *("id", "entry_id", "container_id", "from_location_id", "to_location_id"),
    *("amount", "purpose", "identified_by"),
)
CONTAINER = (
    *("id", "code", "lot_id", "location_id", "content", "found", "remaining"),
    *("received_at", "opened_at", "discard_at"),
)


def _print_table(report: dict[str, Any]) -> None:
    width = max(map(len, report))
    for name, value in report.items():
        print(f"{name:<{width}}  {value:>12}", file=sys.stderr)


if __name__ == "__main__":
    main()
