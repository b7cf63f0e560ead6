"""Eight clients record treatments from the same vials at once.

    python benchmarks/load.py [--database URL] [--requests 400] [--clients 8] [--json FILE]

None may be refused for a lock, nothing acknowledged may be missing, and the slow requests should not be much
slower than the others: p95 at most 3 × p50.
"""

import argparse
import json
import sys
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import ledger
import recording
from recording import Cast, Client, percentile
from sqlalchemy import func, select

from inventory.stock.ledger_invariants import containers_match_their_moves
from models.care import TreatmentSession
from models.database import Database

MOVES = 20_000


@dataclass(frozen=True)
class Load:
    clients: int
    requests: int
    acknowledged: int
    refused: int
    lost: int
    wrong_containers: int
    requests_a_second: float
    p50_ms: float
    p95_ms: float
    worst_ms: float

    @property
    def ratio(self) -> float:
        return self.p95_ms / self.p50_ms


class Crowd:
    """Clients that share one counter, so that all draw from the same vials."""

    def __init__(self, port: int, cast: Cast, requests: int) -> None:
        self.port = port
        self.cast = cast
        self.numbers = iter(range(requests))
        self.turn = threading.Lock()
        self.timings: list[float] = []
        self.session_ids: list[int] = []
        self.refusals: list[str] = []

    def run(self, clients: int) -> float:
        threads = [threading.Thread(target=self._work) for _ in range(clients)]
        began = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return time.perf_counter() - began

    def _work(self) -> None:
        client = Client("ours", self.port, self.cast.token)
        while (number := self._next()) is not None:
            status, milliseconds, answer = client.send(recording.treatment(self.cast, number))
            with self.turn:
                self.timings.append(milliseconds)
                if status == 201:
                    self.session_ids.append(json.loads(answer)["session_id"])
                else:
                    self.refusals.append(answer.decode())

    def _next(self) -> int | None:
        with self.turn:
            return next(self.numbers, None)


def press(database: Database, clients: int, requests: int) -> Load:
    cast = recording.make_cast(database)
    with recording.served("ours", database) as port:
        warm = Crowd(port, cast, clients * 4)
        warm.run(clients)
        crowd = Crowd(port, cast, requests)
        seconds = crowd.run(clients)
    for refusal in crowd.refusals[:3]:
        print(refusal, file=sys.stderr)
    return Load(
        clients=clients,
        requests=requests,
        acknowledged=len(crowd.session_ids),
        refused=len(crowd.refusals),
        lost=_lost(database, crowd.session_ids),
        wrong_containers=_wrong_containers(database),
        requests_a_second=round(requests / seconds, 1),
        p50_ms=round(percentile(crowd.timings, 50), 2),
        p95_ms=round(percentile(crowd.timings, 95), 2),
        worst_ms=round(max(crowd.timings), 2),
    )


def _lost(database: Database, acknowledged: list[int]) -> int:
    """Acknowledged sessions that are not there."""
    with database.reader() as session:
        return sum(
            len(chunk) - (session.scalar(select(func.count()).where(TreatmentSession.id.in_(chunk))) or 0)
            for chunk in (acknowledged[start : start + 500] for start in range(0, len(acknowledged), 500))
        )


def _wrong_containers(database: Database) -> int:
    """Vials whose remaining amount is not what their moves leave."""
    with database.reader() as session:
        return len(containers_match_their_moves(session))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", help="an empty database, or one that ledger.py filled")
    parser.add_argument("--requests", type=int, default=400)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--json", type=Path, help="write the JSON here instead of after the table")
    given = parser.parse_args()
    with ledger.ledger(given.database, MOVES) as database:
        load = press(database, given.clients, given.requests)
    for name, value in asdict(load).items():
        print(f"{name:20}{value:>12}")
    print(f"{'p95 / p50':20}{load.ratio:>12.2f}")
    answer = json.dumps(asdict(load) | {"ratio": round(load.ratio, 3)}, indent=2)
    if given.json:
        given.json.write_text(answer)
    else:
        print(answer)


if __name__ == "__main__":
    main()
