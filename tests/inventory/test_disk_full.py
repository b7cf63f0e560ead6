"""A full disk refuses in words, lets people read on, and is over as soon as there is room again."""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from cast import Clinic
from clinic_databases import ClinicDatabase
from psycopg import sql
from sqlalchemy import func, select

from inventory import invariants
from inventory.access import Actor
from inventory.errors import StorageFull
from inventory.stock import receiving
from inventory.units import Units, one_site
from models.database import Database
from models.stock import Container

SMALL, LARGE = "size=24m", "size=96m"
IS_ROOT_ON_LINUX = sys.platform == "linux" and os.geteuid() == 0


def mounted(folder: Path, size: str, owner: str | None) -> None:
    options = f"{size},mode=0700" + (f",uid={owner}" if owner else "")
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode != 0 and not os.environ.get("CI"):
        pytest.skip(f"no small disk can be mounted here: {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[str | None], Path]]:
    """Mounts a small disk; it is large once `grow` is called on its folder."""
    if not IS_ROOT_ON_LINUX:
        pytest.skip("a small disk is mounted, which takes root on Linux")
    folder = Path("/tmp") / f"small-{os.getpid()}"  # short, and reachable for the database's own user

    def mount(owner: str | None = None) -> Path:
        folder.mkdir()
        mounted(folder, SMALL, owner)
        return folder

    yield mount
    if folder.exists():
        subprocess.run(["umount", "--lazy", folder], check=False, capture_output=True)
        folder.rmdir()


def grow(folder: Path) -> None:
    subprocess.run(["mount", "-o", f"remount,{LARGE}", folder], check=True)


@pytest.fixture
def database(  # the cast's clinic is set up in this one
    clinic_database: ClinicDatabase, small_disk: Callable[..., Path], postgres_address: Any
) -> Iterator[tuple[Database, Path]]:
    if clinic_database.url.startswith("sqlite"):
        folder = small_disk()
        path = folder / "clinic.sqlite"
        shutil.copyfile(clinic_database.url.removeprefix("sqlite:///"), path)
        url, leave = f"sqlite:///{path}", contextlib.nullcontext()
    else:
        folder = small_disk("nobody")
        url, leave = clinic_database.url, _in_tablespace(clinic_database, folder, postgres_address)
    with leave, contextlib.closing(Database(url)) as database:
        database.folder = folder  # type: ignore[attr-defined]  # the test makes it larger
        yield database


@contextlib.contextmanager
def _in_tablespace(clinic_database: ClinicDatabase, folder: Path, address: Any) -> Iterator[None]:
    """Put the whole database, but not the server's log, on the small disk; take it off again."""
    name = sql.Identifier(clinic_database.name)
    with psycopg.connect(**address.parameters("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE TABLESPACE small LOCATION {}").format(sql.Literal(str(folder))))
        connection.execute(sql.SQL("ALTER DATABASE {} SET TABLESPACE small").format(name))
        try:
            yield
        finally:
            connection.execute(sql.SQL("ALTER DATABASE {} SET TABLESPACE pg_default").format(name))
            connection.execute("DROP TABLESPACE small")


def _receive(units: Units, actor: Actor, clinic: Clinic, product_id: int, number: int) -> int:
    line = receiving.OpeningLine(product_id, f"L{number}", None, 100, hold_cause="no date " + "x" * 1900)
    command = receiving.RecordOpeningStock(clinic.places.storage, (line,))
    return units.run(
        actor,
        one_site(clinic.site_id),
        lambda session, act: receiving.record_opening_stock(session, act, command).id,
    )


def _receive_until_full(units: Units, actor: Actor, clinic: Clinic, product_id: int) -> tuple[int, StorageFull]:
    """How many deliveries were stored, and how the next was refused."""
    for number in range(2000):
        try:
            _receive(units, actor, clinic, product_id, number)
        except StorageFull as refusal:
            return number, refusal
    raise AssertionError("the small disk took everything")


def _count(units: Units) -> int:
    with units.reading() as session:
        return session.scalar(select(func.count(Container.id))) or 0


@pytest.mark.timeout(600)
def test_a_full_disk_refuses_in_words_reads_on_and_recovers(
    units: Units, database: Any, clinic: Clinic, pharmacist: Actor, product_id: int
) -> None:
    stored, refused = _receive_until_full(units, pharmacist, clinic, product_id)

    assert "disk is full" in refused.what
    assert "Reading and tracing go on" in refused.remedy
    assert _count(units) == 100 * stored
    with pytest.raises(StorageFull):
        _receive(units, pharmacist, clinic, product_id, stored)

    grow(database.folder)

    _receive(units, pharmacist, clinic, product_id, stored)
    assert _count(units) == 100 * (stored + 1)
    with units.reading() as session:
        assert invariants.check(session, revision=None, newest_revision=None) == []
