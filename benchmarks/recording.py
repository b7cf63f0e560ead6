"""Recording a four-component cocktail with its injection, as one HTTP request: time, and bytes on disk.

Ours comes with a token, permission, every check of the vials, the audit chain and an idempotency key; the
yardstick is a minimal Flask route with the bare inserts, under the same server on the same database.
"""

import contextlib
import http.client
import itertools
import json
import math
import secrets
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import history
import serving
from sqlalchemy import select, text

from inventory.access import Door, Permission
from inventory.people import memberships
from inventory.people.tokens import MakeToken, make_token, new_api_token, secret_hash
from inventory.units import Units, one_site
from models.care import Patient
from models.database import Database
from models.organisation import Site
from models.people import User
from models.stock import Container, Lot

BLOCKS = 4
WARM_UP = 20
COMPONENTS = 4
DRAWN = "0.05"
PATHS = {"ours": "/api/v1/treatments", "bare": "/treatments"}
COCKTAILS_A_VIAL = 150


@dataclass(frozen=True)
class Cast:
    """What the requests name: a token, sealed vials of four products, patients, a place."""

    token: str
    vials: tuple[tuple[str, ...], ...]
    patients: tuple[str, ...]
    location_id: int


def make_cast(database: Database) -> Cast:
    places = history.find_clinic(database)
    clock = serving.clock_for(database)
    token = new_api_token()
    with database.reader() as session:
        user, site = session.get_one(User, places.user_id), session.get_one(Site, places.site_id)
        actor = memberships.actor_at(session, user, site, clock.at, Door.API)
        patients = tuple(session.scalars(select(Patient.reference).order_by(Patient.id).limit(100)))
        vials = tuple(_sealed_vials(session, product_id) for product_id in places.product_ids[:COMPONENTS])
    command = MakeToken("benchmark", frozenset({Permission.ADMINISTER, Permission.COMPOUND}), 1, secret_hash(token))
    units = Units(database, clock)
    units.run(actor, one_site(places.site_id), lambda session, act: make_token(session, act, command))
    return Cast(token, vials, patients, places.by_kind[history.LocationKind.STORAGE])


def _sealed_vials(session, product_id: int) -> tuple[str, ...]:
    query = (
        select(Container.code)
        .join(Lot, Lot.id == Container.lot_id)
        .where(Lot.product_id == product_id, Lot.lot_number.like("SHELF-%"), Container.opened_at.is_(None))
        .order_by(Container.id)
    )
    return tuple(session.scalars(query))


def treatment(cast: Cast, number: int) -> bytes:
    """The body of one request. A vial serves many, as a stock of 10 mL does at 0.05 mL each."""
    vial = number // COCKTAILS_A_VIAL
    draws = [{"code": of_product[vial], "amount": DRAWN} for of_product in cast.vials]
    return json.dumps(
        {
            "start": {"patient_reference": cast.patients[number % len(cast.patients)]},
            "compound": {"draws": draws, "location_id": cast.location_id},
            "area": "scalp",
        }
    ).encode()


class Client:
    """One connection, kept open as a browser keeps it."""

    def __init__(self, which: str, port: int, token: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.path = PATHS[which]
        self.token = token

    def send(self, body: bytes) -> tuple[int, float, bytes]:
        """Status, milliseconds and answer."""
        headers = {
            "Content-Type": "application/json",
            "Authorization": f"Bearer {self.token}",
            "Idempotency-Key": secrets.token_hex(8),
        }
        began = time.perf_counter()
        self.connection.request("POST", self.path, body, headers)
        response = self.connection.getresponse()
        answer = response.read()
        return response.status, (time.perf_counter() - began) * 1000, answer


@contextlib.contextmanager
def served(which: str, database: Database) -> Iterator[int]:
    """The port of the application, in a process of its own."""
    url = database.url.render_as_string(hide_password=False)
    command = [sys.executable, str(Path(serving.__file__)), which, url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None  # noqa: S101  # it was asked for
            yield int(process.stdout.readline())
        finally:
            process.terminate()


@dataclass(frozen=True)
class Recorded:
    """Of one application: milliseconds, and bytes on disk for each request."""

    median_ms: float
    p95_ms: float
    bytes_each: float


def record(database: Database, requests: int) -> dict[str, Recorded]:
    """Both applications in turns on the same database, `requests` each."""
    cast = make_cast(database)
    numbers = itertools.count()
    timings: dict[str, list[float]] = {which: [] for which in PATHS}
    grown = dict.fromkeys(PATHS, 0)
    with contextlib.ExitStack() as stack:
        clients = {which: Client(which, stack.enter_context(served(which, database)), cast.token) for which in PATHS}
        for client in clients.values():
            _block(client, cast, numbers, WARM_UP)
        for _ in range(BLOCKS):
            for which, client in clients.items():
                before = size_on_disk(database)
                timings[which] += _block(client, cast, numbers, requests // BLOCKS)
                grown[which] += size_on_disk(database) - before
    return {
        which: Recorded(statistics.median(kept), percentile(kept, 95), grown[which] / len(kept))
        for which, kept in timings.items()
    }


def _block(client: Client, cast: Cast, numbers: Iterator[int], requests: int) -> list[float]:
    timings = []
    for number in itertools.islice(numbers, requests):
        status, milliseconds, answer = client.send(treatment(cast, number))
        if status != 201:
            raise AssertionError(f"{status}: {answer.decode()}")
        timings.append(milliseconds)
    return timings


def percentile(values: list[float], share: int) -> float:
    return sorted(values)[math.ceil(len(values) * share / 100) - 1]


def size_on_disk(database: Database) -> int:
    """Tables and indexes, without the log that is folded into them."""
    if not database.is_sqlite:
        with database.engine.connect() as connection:
            sizes = text("SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relkind = 'r'")
            return int(connection.scalar(sizes) or 0)
    raw = database.engine.raw_connection()
    try:
        cursor = raw.cursor()
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        pages, free, size = (cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in _PAGES)
        return int((pages - free) * size)
    finally:
        raw.close()


_PAGES = ("page_count", "freelist_count", "page_size")
