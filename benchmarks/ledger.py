"""How fast the ledger answers, against SQL by hand on the same database, in one run.

    python benchmarks/ledger.py --moves 1e5 [--database URL] [--json FILE]

Without a database it makes a SQLite file and removes it afterwards. A database that already holds a history
is measured as it is. Prints a table, then JSON.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path

import history
from sqlalchemy import func, select
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


@dataclass(frozen=True)
class Measured:
    """Medians in milliseconds. `size` is what the answer holds."""

    what: str
    size: int
    service_ms: float
    raw_ms: float

    @property
    def ratio(self) -> float:
        return self.service_ms / self.raw_ms


def measure(what: str, service: Callable[[], int], raw: Callable[[], int], seconds: float = 4.0) -> Measured:
    """Take turns, so that a busy machine is unfair to neither."""
    size, expected = service(), raw()
    if size != expected:
        raise AssertionError(f"{what}: the service finds {size}, SQL by hand {expected}")
    timings: tuple[list[float], list[float]] = ([], [])
    give_up_at = time.perf_counter() + seconds
    while len(timings[0]) < 5 or (time.perf_counter() < give_up_at and len(timings[0]) < 200):
        for kept, call in zip(timings, (service, raw), strict=True):
            began = time.perf_counter()
            call()
            kept.append((time.perf_counter() - began) * 1000)
    return Measured(what, size, *(statistics.median(kept) for kept in timings))


@contextmanager
def ledger(url: str | None, moves: int) -> Iterator[Database]:
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
            say(f"built in {time.perf_counter() - began:.0f} s")
        yield database


def measurements(database: Database) -> Iterator[Measured]:
    yardstick = Yardstick(database)
    with database.reader() as session:
        site_id = session.scalar(select(func.min(Site.id))) or 0
        for uses in history.PROBES:
            lot_id = session.scalars(select(Lot.id).where(Lot.lot_number == f"PROBE-{uses}")).one()
            yield measure(
                f"forward trace, {uses} uses",
                lambda lot_id=lot_id: len(trace_forward(session, lot_ids=[lot_id]).uses),
                lambda lot_id=lot_id: yardstick.forward(lot_id),
            )
        patient_id = session.scalars(
            select(TreatmentSession.patient_id).order_by(TreatmentSession.id.desc()).limit(1)
        ).one()
        yield measure(
            "back trace of a patient",
            lambda: len(trace_back(session, patient_id=patient_id).lot_ids),
            lambda: yardstick.back(patient_id),
        )
        yield measure(
            "on hand of all lots",
            lambda: len(on_hand(session, site_id=site_id, limit=100_000)),
            lambda: yardstick.on_hand(site_id),
        )
        product_id = session.scalars(select(Lot.product_id).where(Lot.lot_number == "SHELF-0")).first() or 0
        wanted = Wanted(site_id, product_id, Decimal(25), history.NOW)
        yield measure(
            "FEFO proposal",
            lambda: _fefo(session, wanted),
            lambda: yardstick.fefo(product_id, site_id, 25, history.NOW),
        )
    yardstick.close()


def _fefo(session, wanted: Wanted) -> int:
    session.expunge_all()  # a request starts with an empty session
    return len(propose_containers(session, wanted).picks)


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def table(found: list[Measured]) -> str:
    lines = [f"{'':34}{'answer':>8}{'service':>12}{'raw SQL':>12}{'ratio':>8}"]
    lines += [
        f"{each.what:34}{each.size:>8}{each.service_ms:>9.2f} ms{each.raw_ms:>9.2f} ms{each.ratio:>8.2f}"
        for each in found
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--moves", type=float, default=1e5, help="how many moves the ledger has (1e5, 1e6, 1e7)")
    parser.add_argument("--database", help="an empty database, or one that an earlier run filled")
    parser.add_argument("--json", type=Path, help="write the JSON here instead of after the table")
    given = parser.parse_args()
    with ledger(given.database, int(given.moves)) as database:
        with database.reader() as session:
            moves = session.scalar(select(func.count(StockMove.id))) or 0
        say(f"{moves} moves")
        found = list(measurements(database))
    print(table(found))
    answer = {"moves": moves, "measured": [asdict(each) | {"ratio": round(each.ratio, 3)} for each in found]}
    if given.json:
        given.json.write_text(json.dumps(answer, indent=2))
    else:
        print(json.dumps(answer, indent=2))


if __name__ == "__main__":
    main()
