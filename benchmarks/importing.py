"""Importing 20,000 rows of opening stock, products or suppliers: time, time under the lock, and memory.

The yardstick writes the same rows of the same tables by `executemany`, without checks, preview or audit, into a copy of
the same SQLite file. `python benchmarks/importing.py [--rows 20000] [--kind opening_stock]`
"""

import argparse
import resource
import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from config.paths import MIGRATIONS
from inventory.access import INSTALLATION, Act, Actor, Door
from inventory.clock import SystemClock
from inventory.importing import applying, staging
from inventory.importing.tables import read_table
from inventory.people import memberships
from inventory.setting_up import AddSite, FirstPerson, SetUpInstallation, set_up
from inventory.units import ORGANISATION, Scope, Units, one_site
from models.database import Database
from models.migrating import upgrade
from models.organisation import Site
from models.people import User
from models.vocabulary import ImportKind

TABLES = {
    ImportKind.SUPPLIERS: ("supplier",),
    ImportKind.PRODUCTS: ("product", "product_code"),
    ImportKind.OPENING_STOCK: ("lot", "container", "stock_move", "opening_stock_line"),
}
PRODUCTS = 50
MOST_SECONDS = 60
MOST_MB = 300


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--kind", choices=[kind.value for kind in ImportKind], default=ImportKind.OPENING_STOCK.value)
    asked = parser.parse_args()
    rows, kind = asked.rows, ImportKind(asked.kind)
    with tempfile.TemporaryDirectory() as folder, closing(Database(f"sqlite:///{Path(folder) / 'a.sqlite3'}")) as made:
        units, actor = _clinic(made)
        _import(units, actor, ImportKind.PRODUCTS, _products(PRODUCTS, "P"))
        texts = {
            ImportKind.SUPPLIERS: _suppliers,
            ImportKind.PRODUCTS: lambda count: _products(count, "Q"),
            ImportKind.OPENING_STOCK: _stock,
        }
        _measure(units, actor, kind, texts[kind](rows), made.path)


def _clinic(database: Database) -> tuple[Units, Actor]:
    upgrade(database, MIGRATIONS)
    units = Units(database, SystemClock())
    site = AddSite("Harbour", "Europe/Paris", holds_incoming=False)
    set_up(units, INSTALLATION, SetUpInstallation("Clinic", "FR", site, FirstPerson("Ada", "ada", "x")))
    with units.reading() as session:
        here, user = session.query(Site).one(), session.query(User).one()
        actor = memberships.actor_at(session, user, here, units.clock.now(), Door.COMMAND_LINE)
    return units, replace(actor, permissions=INSTALLATION.permissions)


def _measure(units: Units, actor: Actor, kind: ImportKind, text: str, path: Path) -> None:
    before = _highest(path, kind)
    seconds, locked, busy = _import(units, actor, kind, text)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"memory at its highest: {peak:.0f} MB of {MOST_MB}")
    bare = _bare(path, kind, before)
    count = text.count("\n") - 1
    print(
        f"{kind.value}: {count} rows in {seconds:.1f} s of {MOST_SECONDS}; under the lock {locked:.2f} s,"
        f" of which {busy:.2f} s of work, {locked / bare:.1f} times the bare inserts ({bare:.2f} s)"
    )


def _import(units: Units, actor: Actor, kind: ImportKind, text: str) -> tuple[float, float, float]:
    """Seconds from the bytes to the last commit, those of the unit that imports, and what the processor had of them."""
    here = one_site(actor.site_id or 0)
    scope: Scope = here if kind is ImportKind.OPENING_STOCK else ORGANISATION
    start = time.perf_counter()
    table = read_table("list.csv", text.encode())
    staged = _ask(units, actor, lambda session, act: staging.checked_file(session, act, kind, table))
    if staged.checked.problems:
        raise SystemExit(staged.checked.problems[0].sentence)
    import_id = units.run(actor, here, lambda session, act: _id(session, staging.stage_file(session, act, staged)))
    command = _ask(units, actor, lambda session, act: applying.prepared(session, act, import_id, 1))
    locked, busy = time.perf_counter(), time.process_time()
    units.run(actor, scope, lambda session, act: _id(session, applying.apply_import(session, act, command)))
    end = time.perf_counter()
    return end - start, end - locked, time.process_time() - busy


def _id(session: Any, row: Any) -> int:
    session.flush()  # a new row gets its id
    return int(row.id)


def _ask(units: Units, actor: Actor, question: Callable[[Any, Act], Any]) -> Any:
    with units.reading() as session:
        return question(session, Act(actor, units.clock.now(), "benchmark"))


def _highest(path: Path, kind: ImportKind) -> dict[str, int]:
    with closing(sqlite3.connect(path)) as connection:
        return {
            name: connection.execute(f"SELECT coalesce(max(id), 0) FROM {name}").fetchone()[0] for name in TABLES[kind]
        }  # names of ours


def _bare(path: Path, kind: ImportKind, before: dict[str, int]) -> float:
    """Seconds to write the same rows into a copy from which they were taken."""
    copy = path.with_name("copy.sqlite3")
    with closing(sqlite3.connect(path)) as connection, closing(sqlite3.connect(copy)) as other:
        connection.backup(other)
    with closing(sqlite3.connect(copy)) as connection:
        connection.execute("PRAGMA synchronous=FULL")
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        rows = {
            name: connection.execute(f"SELECT * FROM {name} WHERE id > ?", (first,)).fetchall()  # as above
            for name, first in before.items()
        }
        for name in reversed(TABLES[kind]):
            connection.execute(f"DELETE FROM {name} WHERE id > ?", (before[name],))  # as above
        connection.commit()
        start = time.perf_counter()
        for name, values in rows.items():
            if values:
                connection.executemany(
                    f"INSERT INTO {name} VALUES ({', '.join('?' * len(values[0]))})", values
                )  # as above
        connection.commit()
        seconds = time.perf_counter() - start
    copy.unlink()
    return seconds


def _suppliers(rows: int) -> str:
    return "Name,Contact\n" + "".join(f"Supplier {number},orders{number}@supply.example\n" for number in range(rows))


def _products(rows: int, letter: str) -> str:
    head = "Name,Container,Unit,Content,Regulatory class,Storage,Order at\n"
    return head + "".join(
        f"{letter} {number},ampoule,mL,5,medicine authorised,refrigerator,10\n" for number in range(rows)
    )


def _stock(rows: int) -> str:
    head = "Product,Place,Lot,Expiry,Vials\n"
    first = SystemClock().now().date() + timedelta(days=400)
    return head + "".join(
        f"P {number % PRODUCTS},Storage,LOT{number}X,{first + timedelta(days=number % 300)},1\n"
        for number in range(rows)
    )


if __name__ == "__main__":
    main()
