"""How fast the ledger answers and records, against SQL by hand on the same database, in one run.

    python benchmarks/ledger.py --moves 1e5|1e6|1e7 [--database URL] [--smaller URL] [--json FILE]

Without a database it makes SQLite files and removes them afterwards. A database that already holds a history is
measured as it is. `--smaller` is a second empty database: recording is compared with itself on a hundredth of
the history. Prints a table, then JSON.

`raw SQL` is the driver alone, which leaves amounts and instants of SQLite as numbers and text; `Core` is the
same SQL through a SQLAlchemy connection with our column types. Neither computes a share.
"""

import argparse
import gc
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import history
import recording
from recording import Recorded
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from yardstick import Yardstick

from inventory.stock.on_hand import on_hand
from inventory.stock.proposing import Wanted, propose_containers
from inventory.tracing.graph import trace_back, trace_forward
from models.care import TreatmentSession
from models.database import Database
from models.migrating import upgrade
from models.organisation import Site
from models.stock import Lot, StockMove

MIGRATIONS = Path(__file__).resolve().parents[1] / "migrations"
SMALLER = 100
SMALLEST = 2_000
MOST_LOTS = 100_000
WANTED = Decimal(25)


@dataclass(frozen=True)
class Measured:
    """Medians in milliseconds. `size` is what the answer holds."""

    what: str
    size: int
    service_ms: float
    raw_ms: float
    core_ms: float


def measure(what: str, *calls: Callable[[], int], seconds: float = 5.0) -> Measured:
    """Service, raw and Core take turns, so that a busy machine is unfair to none."""
    sizes = {call() for call in calls}
    if len(sizes) != 1:
        raise AssertionError(f"{what}: the answers differ: {sizes}")
    timings: list[list[float]] = [[] for _ in calls]
    give_up_at = time.perf_counter() + seconds
    while len(timings[0]) < 7 or (time.perf_counter() < give_up_at and len(timings[0]) < 200):
        for kept, call in zip(timings, calls, strict=True):
            began = time.perf_counter()
            call()
            kept.append((time.perf_counter() - began) * 1000)
    return Measured(what, sizes.pop(), *(round(statistics.median(kept), 3) for kept in timings))


@contextmanager
def ledger(url: str | None, moves: int) -> Iterator[Database]:
    """A database with a history of about `moves` moves; one of its own where no address is given."""
    with ExitStack() as stack:
        if url is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            url = f"sqlite:///{folder / 'ledger'}"
        database = Database(url)
        stack.callback(database.close)
        with database.engine.connect() as connection:
            is_new = not connection.dialect.has_table(connection, "stock_move")
        if is_new:
            upgrade(database, MIGRATIONS)
            began = time.perf_counter()
            history.build(database, moves)
            say(f"{moves} moves built in {time.perf_counter() - began:.0f} s")
        yield database


def answers(database: Database) -> Iterator[Measured]:
    gc.collect()
    gc.freeze()  # as our server does when it starts
    with database.reader() as session:
        yardsticks = (Yardstick(database), Yardstick(database, session))
        questions = [*_traces(session), *_stock(session)]
        for what, service, by_hand in questions:
            yield measure(what, service, *(partial(by_hand, yardstick) for yardstick in yardsticks))
        yardsticks[0].close()


Question = tuple[str, Callable[[], int], Callable[[Yardstick], int]]


def _traces(session: Session) -> Iterator[Question]:
    for uses in history.PROBES:
        lot_id = session.scalars(select(Lot.id).where(Lot.lot_number == f"PROBE-{uses}")).one()
        yield (
            f"forward trace, {uses} uses",
            lambda lot_id=lot_id: len(trace_forward(session, lot_ids=[lot_id]).uses),
            lambda by_hand, lot_id=lot_id: by_hand.forward(lot_id),
        )
    newest = select(TreatmentSession.patient_id).order_by(TreatmentSession.id.desc()).limit(1)
    patient_id = session.scalars(newest).one()
    yield (
        "back trace of a patient",
        lambda: len(trace_back(session, patient_id=patient_id).lot_ids),
        lambda by_hand: by_hand.back(patient_id),
    )


def _stock(session: Session) -> Iterator[Question]:
    site_id = session.scalars(select(func.min(Site.id))).one()
    yield (
        "on hand of all lots",
        lambda: len(on_hand(session, site_id=site_id, limit=MOST_LOTS)),
        lambda by_hand: by_hand.on_hand(site_id),
    )
    product_id = session.scalars(select(Lot.product_id).where(Lot.lot_number == "SHELF-0").order_by(Lot.id)).all()[-1]
    wanted = Wanted(site_id, product_id, WANTED, history.NOW)
    yield (
        "FEFO proposal",
        lambda: _fefo(session, wanted),
        lambda by_hand: by_hand.fefo(product_id, site_id, WANTED, history.NOW),
    )


def _fefo(session: Session, wanted: Wanted) -> int:
    session.expunge_all()  # a request starts with an empty session
    return len(propose_containers(session, wanted).picks)


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def answers_table(found: list[Measured]) -> str:
    lines = [f"{'':26}{'answer':>8}{'service':>12}{'raw SQL':>12}{'Core':>12}{'÷ raw':>8}{'÷ Core':>8}"]
    lines += [
        f"{each.what:26}{each.size:>8}{each.service_ms:>9.2f} ms{each.raw_ms:>9.2f} ms{each.core_ms:>9.2f} ms"
        f"{each.service_ms / each.raw_ms:>8.2f}{each.service_ms / each.core_ms:>8.2f}"
        for each in found
    ]
    return "\n".join(lines)


def recording_table(sides: dict[str, Recorded]) -> str:
    ours = sides["ours"]
    lines = [f"{'recording a treatment':26}{'median':>12}{'p95':>12}{'bytes':>12}{'ours ÷':>8}{'bytes ÷':>8}"]
    lines += [
        f"{name:26}{side.median_ms:>9.2f} ms{side.p95_ms:>9.2f} ms{side.bytes_each:>12.0f}"
        f"{ours.median_ms / side.median_ms:>8.2f}{ours.bytes_each / side.bytes_each:>8.2f}"
        for name, side in sides.items()
    ]
    return "\n".join(lines)


def _record(database: Database, given: argparse.Namespace) -> dict[str, Recorded]:
    if given.database and not given.smaller:
        return recording.record(database, given.requests)
    with ledger(given.smaller, max(int(given.moves) // SMALLER, SMALLEST)) as smaller:
        return recording.record(database, given.requests, smaller)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--moves", type=float, default=1e5, help="how many moves the ledger has (1e5, 1e6, 1e7)")
    parser.add_argument("--database", help="an empty database, or one that an earlier run filled")
    parser.add_argument("--smaller", help="the same, for a hundredth of the history")
    parser.add_argument("--requests", type=int, default=400, help="treatments to record; 0 leaves recording out")
    parser.add_argument("--json", type=Path, help="write the JSON here instead of after the table")
    given = parser.parse_args()
    answer: dict[str, Any] = {}
    with ledger(given.database, int(given.moves)) as database:
        with database.reader() as session:
            answer["moves"] = session.scalar(select(func.count(StockMove.id)))
        found = list(answers(database))
        print(answers_table(found), flush=True)
        answer["answers"] = [asdict(each) for each in found]
        if given.requests:
            sides = _record(database, given)
            print(recording_table(sides))
            answer["recording"] = {name: asdict(side) for name, side in sides.items()}
    if given.json:
        given.json.write_text(json.dumps(answer, indent=2))
    else:
        print(json.dumps(answer, indent=2))


if __name__ == "__main__":
    main()
