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
from collections.abc import Iterable, Iterator
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

BLOCKS = 8
WARM_UP = 20
COMPONENTS = 4
DRAWN = "0.05"
ON_SMALLER = "ours, 1 % of the history"
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


class Side:
    """One application on one database, asked in blocks."""

    def __init__(self, which: str, database: Database, cast: Cast, port: int) -> None:
        self.client = Client(which, port, cast.token)
        self.database = database
        self.cast = cast
        self.timings: list[float] = []
        self.grown = 0

    def block(self, numbers: Iterable[int]) -> None:
        before = size_on_disk(self.database)
        for number in numbers:
            status, milliseconds, answer = self.client.send(treatment(self.cast, number))
            if status != 201:
                raise AssertionError(f"{status}: {answer.decode()}")
            self.timings.append(milliseconds)
        self.grown += size_on_disk(self.database) - before

    def recorded(self) -> Recorded:
        kept = self.timings
        return Recorded(statistics.median(kept), percentile(kept, 95), self.grown / len(kept))


def record(database: Database, requests: int, smaller: Database | None = None) -> dict[str, Recorded]:
    """Ours and the bare route in turns on one database, and ours on a smaller one: `requests` each."""
    cast = make_cast(database)
    numbers = itertools.count()
    with contextlib.ExitStack() as stack:
        sides = {which: Side(which, database, cast, stack.enter_context(served(which, database))) for which in PATHS}
        if smaller is not None:
            port = stack.enter_context(served("ours", smaller))
            sides[ON_SMALLER] = Side("ours", smaller, make_cast(smaller), port)
        for side in sides.values():
            side.block(itertools.islice(numbers, WARM_UP))
            side.timings, side.grown = [], 0
        for _ in range(BLOCKS):
            for side in sides.values():
                side.block(itertools.islice(numbers, requests // BLOCKS))
    return {name: side.recorded() for name, side in sides.items()}


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
