"""How fast the stock page answers with 200,000 containers on file, against SQL by hand for the same sums, in one run.

    python benchmarks/stock.py [--containers 200000] [--products 500] [--database URL] [--json FILE]

Without a database it makes a SQLite file and removes it afterwards. One container in 500 is opened, one lot in 50
has a blocked container. Prints a table, then JSON. `raw SQL` sums the containers by lot and
place and reads the names of the lots, with the driver alone.
"""

import argparse
import gc
import json
import random
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import history
from bulk import bulk_writing
from sqlalchemy import event, func, select
from sqlalchemy.engine import Engine

from config.application import create_app
from config.settings import Settings
from inventory.clock import MovedClock
from inventory.rules.codes import CodeKind, make_code
from inventory.stock.stock_list import Wanted, stock_list
from inventory.units import Units
from models.catalogue import Product
from models.database import Database
from models.migrating import upgrade
from models.organisation import Site
from models.stock import Container, Hold, Lot, StockEntry, StockMove
from models.types import instant_text
from models.vocabulary import LocationKind

MIGRATIONS = Path(__file__).resolve().parents[1] / "migrations"
VIALS_A_LOT = 50
OPENED_ONE_IN = 500
HELD_ONE_IN = 50 * VIALS_A_LOT
SETTINGS: Any = {
    "secret_key": "of the benchmark, long enough to be taken",
    "public_url": "http://localhost",
    "argon2_memory_kib": 8,
    "argon2_passes": 1,
}
_RAW = """
SELECT s.location_id, s.n, s.amount, l.id, l.lot_number, l.expires_on, l.is_month_only,
       p.id, p.name, p.container_kind, p.unit
FROM (SELECT c.location_id, c.lot_id, count(*) AS n, sum(c.remaining) AS amount FROM container c
      WHERE c.remaining > 0 AND c.opened_at IS NULL AND c.location_id IN (
          SELECT id FROM location WHERE site_id = {site} AND kind IN ('storage', 'room'))
      GROUP BY c.location_id, c.lot_id) s
JOIN lot l ON l.id = s.lot_id JOIN product p ON p.id = l.product_id
"""


@dataclass(frozen=True)
class Measured:
    """Medians in milliseconds, and how many statements it took. `own_ms`: processor time of this process alone, which
    on SQLite is all of it and which a busy machine does not lengthen much.
    """

    what: str
    ms: float
    own_ms: float
    statements: int


def fill(database: Database, containers: int, products: int) -> None:
    """Lots of fifty vials, received by one entry, the products in turn."""
    places = history.make_clinic(database)
    chance = random.Random(5)
    storage, supplier = places.by_kind[LocationKind.STORAGE], places.by_kind[LocationKind.SUPPLIER]
    first_product = max(*places.product_ids, places.cocktail_id) + 1
    at = instant_text(history.NOW - timedelta(days=200))
    later = instant_text(history.NOW - timedelta(days=2))
    with bulk_writing(database) as bulk:
        product = bulk.table(
            Product, "id", "name", "search_words", "regulatory_class", "container_kind", "unit", "content", "tracking",
            "is_injectable", "is_mix_never", "is_preserved", "is_sterile", "is_light_sensitive", "overfill",
            "is_free_cocktail", "version",
        )  # fmt: skip
        lot = bulk.table(Lot, "id", "product_id", "lot_number", "expires_on", "is_month_only", "origin")
        container = bulk.table(
            Container, "id", "code", "lot_id", "location_id", "content", "found", "remaining", "received_at",
            "opened_at", "discard_at",
        )  # fmt: skip
        entry = bulk.table(StockEntry, "id", "site_id", "purpose", "occurred_at", "recorded_at", "user_id")
        move = bulk.table(
            StockMove, "id", "entry_id", "container_id", "from_location_id", "to_location_id", "amount", "purpose",
            "identified_by",
        )  # fmt: skip
        hold = bulk.table(Hold, "id", "kind", "cause", "container_id", "site_id", "placed_at", "placed_by_id")
        for number in range(products):
            product(
                first_product + number, f"Shelf {number:04}", f"shelf {number:04}", "medicine_authorised",
                "multi_dose_vial", "mL", history.CONTENT, "each", 1, 0, 1, 1, 0, 0, 0, 1,
            )  # fmt: skip
        for number in range(1, containers + 1):
            lot_id = (number - 1) // VIALS_A_LOT + 1
            if number % VIALS_A_LOT == 1:
                expires = date(2031, 6, 1) + timedelta(days=chance.randrange(600))
                lot(lot_id, first_product + lot_id % products, f"LOT-{lot_id}", expires.isoformat(), 0, "received")
                entry(lot_id, places.site_id, "opening", at, at, places.user_id)
            is_opened = number % OPENED_ONE_IN == 0
            left = history.CONTENT // 2 if is_opened else history.CONTENT
            container(
                number, make_code(CodeKind.CONTAINER, chance.getrandbits), lot_id, storage, history.CONTENT, 0, left,
                at, later if is_opened else None, history.IN_USE_UNTIL if is_opened else None,
            )  # fmt: skip
            move(number, lot_id, number, supplier, storage, left, "opening", "by_hand")
            if number % HELD_ONE_IN == 1:
                hold(number, "quality", "cloudy", number, places.site_id, later, places.user_id)
            bulk.flush_when_full()


def measure(what: str, call: Callable[[], object], seconds: float = 4.0) -> Measured:
    asked: list[int] = []
    listener = lambda *_: asked.append(1)  # noqa: E731  # it is taken off again
    event.listen(Engine, "before_cursor_execute", listener)
    call()
    statements = len(asked)
    event.remove(Engine, "before_cursor_execute", listener)
    timings: list[float] = []
    own: list[float] = []
    give_up_at = time.perf_counter() + seconds
    while len(timings) < 7 or (time.perf_counter() < give_up_at and len(timings) < 200):
        began, own_began = time.perf_counter(), time.process_time()
        call()
        timings.append((time.perf_counter() - began) * 1000)
        own.append((time.process_time() - own_began) * 1000)
    return Measured(what, round(statistics.median(timings), 1), round(statistics.median(own), 1), statements)


def answers(database: Database) -> Iterator[Measured]:
    clock = MovedClock(history.NOW)
    units = Units(database, clock)
    with database.reader() as session:
        site_id = session.scalars(select(func.min(Site.id))).one()
    gc.collect()
    gc.freeze()  # as our server does when it starts

    def by_hand() -> object:
        with database.engine.connect() as connection:
            cursor = connection.connection.cursor()
            cursor.execute(_RAW.format(site=site_id))
            return cursor.fetchall()

    def service(wanted: Wanted) -> object:
        with units.reading() as session:
            return stock_list(session, site_id=site_id, wanted=wanted, now=history.NOW)

    yield measure("raw SQL", by_hand)
    yield measure("service, all", partial(service, Wanted()))
    day = (history.NOW - timedelta(days=1)).date()
    yield measure("service, yesterday", partial(service, Wanted(as_of=day)))
    yield measure("service, one product", partial(service, Wanted(product_id=database_product(database))))
    page = signed_in(units)
    for what, address in (
        ("page, all", "/stock"),
        ("page, by words", "/stock?text=shelf+00"),
        ("page, blocked", "/stock?show=blocked"),
        ("page, last day", "/stock?window=90"),
        ("page, yesterday", f"/stock?as_of={day}"),
        ("today", "/"),
    ):
        yield measure(what, partial(get, page, address))


def database_product(database: Database) -> int:
    with database.reader() as session:
        return session.scalars(select(func.max(Product.id))).one()


def signed_in(units: Units) -> Any:
    app = create_app(Settings(data=Path(tempfile.gettempdir()), **SETTINGS), units)
    browser = app.test_client()
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get("/sign-in").text)
    assert token is not None  # noqa: S101  # the page was ours
    form = {"sign_in_name": history.SIGN_IN, "password": history.PASSWORD, "csrf_token": token[1]}
    answer = browser.post("/sign-in", data=form)
    assert answer.status_code == 303, answer.text  # noqa: S101  # else nothing is measured
    return browser


def get(browser: Any, address: str) -> object:
    answer = browser.get(address)
    assert answer.status_code == 200, answer.text  # noqa: S101  # as above
    return answer


@contextmanager
def filled(url: str | None, containers: int, products: int) -> Iterator[Database]:
    with ExitStack() as stack:
        if url is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            url = f"sqlite:///{folder / 'stock'}"
        database = Database(url)
        stack.callback(database.close)
        with database.engine.connect() as connection:
            is_new = not connection.dialect.has_table(connection, "stock_move")
        if is_new:
            upgrade(database, MIGRATIONS)
            fill(database, containers, products)
        yield database


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--containers", type=int, default=200_000)
    parser.add_argument("--products", type=int, default=500)
    parser.add_argument("--database", help="an empty database, or one that an earlier run filled")
    parser.add_argument("--json", type=Path, help="write the JSON here instead of after the table")
    given = parser.parse_args()
    with filled(given.database, given.containers, given.products) as database:
        found = list(answers(database))
    raw, own_raw = found[0].ms, found[0].own_ms
    for each in found:
        own = f"{each.own_ms:>9.1f} ms own{each.own_ms / own_raw:>8.2f} ÷ raw"
        print(f"{each.what:24}{each.ms:>9.1f} ms{each.ms / raw:>8.2f} ÷ raw{own}{each.statements:>5} statements")
    answer = json.dumps([asdict(each) for each in found], indent=2)
    if given.json:
        given.json.write_text(answer)
    else:
        print(answer, file=sys.stdout)


if __name__ == "__main__":
    main()
