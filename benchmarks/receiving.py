"""How long saving a delivery of 500 containers takes, against bare inserts of the same rows in one transaction.

    python benchmarks/receiving.py [--lots 10] [--containers 500]

Makes a SQLite file and removes it. Ours saves a delivery in progress whose every container waits for release; the
yardstick inserts the rows that it left behind (lots, lines, containers, entry, moves, holds) through the driver.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import select

from inventory.access import INSTALLATION, Act, Actor, Door
from inventory.catalogue import products, suppliers
from inventory.clock import MovedClock
from inventory.people import memberships, users
from inventory.setting_up import AddSite, FirstPerson, SetUpInstallation, set_up
from inventory.stock import draft_lines, drafts
from inventory.units import ORGANISATION, Units, one_site
from models.database import Database
from models.migrating import upgrade
from models.organisation import Location, Site
from models.people import User
from models.vocabulary import ContainerKind, RegulatoryClass, Role, Unit

MIGRATIONS = Path(__file__).resolve().parents[1] / "migrations"
NOW = datetime(2031, 3, 3, 9, tzinfo=UTC)
ROUNDS = 7
COPIED = ("delivery", "lot", "delivery_line", "stock_entry", "container", "stock_move", "hold")


class Desk:
    """A clinic that waits for release, and the pharmacist with a delivery in progress."""

    def __init__(self, folder: Path, name: str) -> None:
        self.database = Database(f"sqlite:///{folder / name}")
        upgrade(self.database, MIGRATIONS)
        self.clock = MovedClock(NOW)
        self.units = Units(self.database, self.clock)
        first = FirstPerson("Ada Administrator", "ada", "not a hash")
        made = set_up(self.units, INSTALLATION, SetUpInstallation("Clinic", "FR", AddSite("Harbour", "UTC"), first))
        self.site = one_site(made.site_id)

        def invite(session: Any, act: Act) -> int:
            person = users.AddPerson("Paula", "paula", made.site_id, frozenset({Role.PHARMACIST}), "not a hash")
            return users.add_person(session, act, person).id

        user_id = self.units.run(INSTALLATION, ORGANISATION, invite)
        with self.units.reading() as session:
            user, site = session.get_one(User, user_id), session.get_one(Site, made.site_id)
            self.actor: Actor = memberships.actor_at(session, user, site, NOW, Door.PAGE)
            self.place = session.scalars(select(Location.id).where(Location.name == "Storage")).one()
        self.supplier = self.units.run(
            self.actor, ORGANISATION, lambda s, a: suppliers.add_supplier(s, a, _SUPPLIER).id
        )
        self.units.run(self.actor, ORGANISATION, lambda s, a: products.add_product(s, a, _PRODUCT).id)

    def run(self, service: Callable[..., Any], command: Any) -> Any:
        self.clock.pass_time(timedelta(seconds=1))

        def work(session: Any, act: Act) -> int:
            row = service(session, act, command)
            session.flush()
            return row.id

        return self.units.run(self.actor, self.site, work)

    def begin(self, number: int, lots: int, containers: int) -> drafts.SaveDraft:
        draft_id = self.run(drafts.start_draft, drafts.StartDraft(self.supplier, f"DN-{number}", self.place))
        for lot in range(lots):
            line = draft_lines.AddLine(
                draft_id=draft_id, product=_PRODUCT.name, lot_number=f"L{number}-{lot}X", expires="2033-01-31",
                packs=1, per_pack=containers // lots,
            )  # fmt: skip
            self.run(draft_lines.add_line, line)
        return drafts.SaveDraft(draft_id, version=lots + 1)


_SUPPLIER = suppliers.AddSupplier("Supplier of the benchmark")
_PRODUCT = products.AddProduct(
    "Ampoule",
    regulatory_class=RegulatoryClass.MEDICINE_AUTHORISED,
    container_kind=ContainerKind.AMPOULE,
    unit=Unit.ML,
    content=Decimal(10),
)


def save_all(desk: Desk, lots: int, containers: int) -> list[float]:
    timings = []
    for number in range(ROUNDS):
        command = desk.begin(number, lots, containers)
        began = time.perf_counter()
        desk.run(drafts.save_draft, command)
        timings.append((time.perf_counter() - began) * 1000)
    return timings


def insert_all(desk: Desk, folder: Path) -> list[float]:
    """The rows of each saved delivery again, into an empty copy of the tables with their indexes and guards."""
    other = Desk(folder, "bare")
    statements = []
    with desk.database.engine.connect() as connection:
        for table in COPIED:
            found = connection.exec_driver_sql(f"SELECT * FROM {table} ORDER BY id")  # our own names
            marks = ", ".join("?" * len(list(found.keys())))
            statements.append((f"INSERT INTO {table} VALUES ({marks})", found.fetchall()))  # as above
    timings = []
    with other.database.engine.connect() as connection:
        raw: Any = connection.connection.driver_connection
        for number in range(ROUNDS):
            began = time.perf_counter()
            raw.execute("BEGIN IMMEDIATE")
            for statement, rows in statements:
                size = len(rows) // ROUNDS
                raw.executemany(statement, [tuple(row) for row in rows[number * size : (number + 1) * size]])
            raw.execute("COMMIT")
            timings.append((time.perf_counter() - began) * 1000)
    other.database.close()
    return timings


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--lots", type=int, default=10)
    parser.add_argument("--containers", type=int, default=500)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(Path(folder), "ours")
        ours = statistics.median(save_all(desk, asked.lots, asked.containers))
        bare = statistics.median(insert_all(desk, Path(folder)))
        desk.database.close()
    print(f"{asked.containers} containers of {asked.lots} lots: {ours:.0f} ms, bare inserts {bare:.0f} ms")
    print(f"ratio {ours / bare:.1f}")


if __name__ == "__main__":
    main()
