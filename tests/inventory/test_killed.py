"""A process killed amid its writes loses nothing that it had acknowledged."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cast import Clinic
from sqlalchemy import select

from inventory import invariants
from inventory.units import Units
from models.organisation import IdempotencyKey
from models.stock import Container, Lot, StockEntry, StockMove

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 20


@pytest.fixture
def writer(database_url: str, clinic: Clinic, product_id: int) -> Iterator[subprocess.Popen[str]]:
    ids = (clinic.site_id, clinic.user_ids["paula"], clinic.places.storage, product_id)
    program = ROOT / "tests" / "programs" / "keep_receiving.py"
    with subprocess.Popen(
        [sys.executable, program, database_url, *map(str, ids)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as process:
        yield process
        process.kill()


def _kill_amid_writes(writer: subprocess.Popen[str], name: str, chance: random.Random) -> dict[str, int]:
    """Let it write for a moment, kill it, and answer what it had acknowledged: key and entry."""
    assert writer.stdin is not None
    assert writer.stdout is not None
    writer.stdin.write(f"{name}\n")
    writer.stdin.flush()
    child = int(writer.stdout.readline())
    said = [writer.stdout.readline()]  # the first is through; from here it is amid the next
    time.sleep(chance.uniform(0, 0.05))
    os.kill(child, signal.SIGKILL)
    for line in writer.stdout:
        if line == "gone\n":
            break
        said.append(line)
    # A line cut off by the kill was not acknowledged to anybody.
    whole = [line.split() for line in said if line.endswith("\n")]
    return {key: int(entry) for key, entry in whole}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork to kill many writers without waiting for imports")
@pytest.mark.timeout(900)
def test_what_was_acknowledged_outlives_the_process_and_every_record_is_whole(
    writer: subprocess.Popen[str], units: Units, clock: Any, read: Callable[..., Any]
) -> None:
    chance = random.Random(2031)
    acknowledged: dict[str, int] = {}
    for number in range(ROUNDS):
        acknowledged |= _kill_amid_writes(writer, f"round{number}", chance)

    stored = dict(
        read(
            lambda session: list(
                session.execute(
                    select(Lot.lot_number, StockEntry.id)
                    .join(Container, Container.lot_id == Lot.id)
                    .join(StockMove, StockMove.container_id == Container.id)
                    .join(StockEntry, StockEntry.id == StockMove.entry_id)
                )
            )
        )
    )
    keys = set(read(lambda session: list(session.scalars(select(IdempotencyKey.key)))))
    assert len(acknowledged) >= ROUNDS
    assert {key: stored.get(f"LOT-{key}") for key in acknowledged} == acknowledged
    assert set(acknowledged) <= keys
    assert len(stored) - len(acknowledged) <= ROUNDS  # at most the one amid which each was killed
    with units.reading() as session:
        assert invariants.check(session, revision=None, newest_revision=None) == []
