"""One database, SQLite or PostgreSQL: its engines, its readers and its one writer at a time.

- `reader()`: a read-only snapshot (PostgreSQL: REPEATABLE READ READ ONLY; SQLite: deferred, `query_only`).
- `writer()`: a transaction that may write. On SQLite writers queue behind a process lock and a lock file,
  because SQLite's own busy handler sleeps; on PostgreSQL they queue at the audit-chain head
  (`inventory.units`). The caller commits; leaving without a commit rolls back.
- SQLite checkpoints run only in `tidy`, while holding the write lock: versions before 3.51.3 can damage the
  file when a checkpoint meets a writer.
"""

import contextlib
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

try:
    import fcntl
except ImportError:  # Windows has another call for the same thing
    fcntl = None  # type: ignore[assignment]
    import msvcrt

WAIT_SECONDS = 10.0
CHECKPOINT_BYTES = 4 * 1024 * 1024
OLDEST_SQLITE = (3, 37)


class DatabaseBusy(Exception):
    """Another writer held the database for longer than `WAIT_SECONDS`."""


class UnsupportedDatabase(Exception):
    """The address or the library version is not one we run on."""


class _WriteQueue:
    """Lets one writer in at a time: across threads by a fair lock, across processes by a lock file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._turn = threading.Condition()
        self._next_ticket = 0
        self._serving = 0
        self._gone: set[int] = set()

    @contextlib.contextmanager
    def turn(self, wait_seconds: float) -> Iterator[None]:
        deadline = time.monotonic() + wait_seconds
        self._wait_in_line(deadline)
        try:
            with self._file_lock(deadline):
                yield
        finally:
            with self._turn:
                self._advance()

    def _wait_in_line(self, deadline: float) -> None:
        # threading.Lock lets a thread that just released it barge in; tickets keep the slowest request short.
        with self._turn:
            ticket = self._next_ticket
            self._next_ticket += 1
            while self._serving != ticket:
                if not self._turn.wait(max(0.0, deadline - time.monotonic())) and time.monotonic() >= deadline:
                    self._gone.add(ticket)
                    raise DatabaseBusy

    def _advance(self) -> None:
        self._serving += 1
        while self._serving in self._gone:
            self._gone.discard(self._serving)
            self._serving += 1
        self._turn.notify_all()

    @contextlib.contextmanager
    def _file_lock(self, deadline: float) -> Iterator[None]:
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            while not _try_lock(descriptor):
                if time.monotonic() >= deadline:
                    raise DatabaseBusy
                time.sleep(0.001)
            yield
        finally:
            os.close(descriptor)  # closing lets the lock go, also when the process is killed


def _try_lock(descriptor: int) -> bool:
    try:
        if fcntl is not None:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        else:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
    except OSError:
        return False
    return True


class Database:
    """`url` is a SQLAlchemy address: `sqlite:///…` (a file) or `postgresql+psycopg://…`."""

    def __init__(self, url: str, wait_seconds: float = WAIT_SECONDS) -> None:
        self.url = make_url(url)
        self.wait_seconds = wait_seconds
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            self.path = _sqlite_path(self.url.database)
            self._queue = _WriteQueue(self.path.with_name(self.path.name + "-writers"))
            self.engine = _sqlite_engine(url, "BEGIN IMMEDIATE", wait_seconds, read_only=False)
            self.reading_engine = _sqlite_engine(url, "BEGIN", wait_seconds, read_only=True)
        elif self.url.drivername == "postgresql+psycopg":
            self.engine = _postgres_engine(url, wait_seconds)
            self.reading_engine = self.engine.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
        else:
            raise UnsupportedDatabase(
                f"{self.url.drivername} is not supported: use sqlite:///FILE or postgresql+psycopg://…"
            )

    @contextlib.contextmanager
    def reader(self) -> Iterator[Session]:
        with Session(self.reading_engine, autoflush=False) as session:
            yield session

    @contextlib.contextmanager
    def turn_to_write(self) -> Iterator[None]:
        """Wait for the turn to write; nothing to wait for on PostgreSQL, where rows are locked."""
        if self.is_sqlite:
            with self._queue.turn(self.wait_seconds):
                yield
        else:
            yield

    @contextlib.contextmanager
    def writer(self) -> Iterator[Session]:
        with self.turn_to_write():
            with Session(self.engine) as session:
                yield session
            self.tidy()

    def tidy(self) -> None:
        """Checkpoint the write-ahead log when it has grown. The caller holds the turn to write."""
        if not self.is_sqlite:
            return
        log = self.path.with_name(self.path.name + "-wal")
        try:
            size = log.stat().st_size
        except FileNotFoundError:
            return
        if size < CHECKPOINT_BYTES:
            return
        # PASSIVE never waits for a reader; once the log is much too long, wait for them and start it anew.
        how = "PASSIVE" if size < 16 * CHECKPOINT_BYTES else "RESTART"
        raw = self.engine.raw_connection()
        try:
            raw.cursor().execute(f"PRAGMA wal_checkpoint({how})")
        except sqlite3.OperationalError:
            pass  # a full disk or a busy reader: the log stays, nothing is lost, the next writer tries again
        finally:
            raw.close()

    def close(self) -> None:
        self.engine.dispose()
        self.reading_engine.dispose()


def _sqlite_path(name: str | None) -> Path:
    if not name or name == ":memory:":
        raise UnsupportedDatabase("SQLite needs a file: a clinic's ledger is not kept in memory")
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise UnsupportedDatabase(f"SQLite 3.37 or newer is needed, this is {sqlite3.sqlite_version}")
    return Path(name)


def _sqlite_engine(url: str, begin: str, wait_seconds: float, *, read_only: bool) -> Engine:
    engine = create_engine(url, pool_size=16, max_overflow=16)

    @event.listens_for(engine, "connect")
    def connected(connection: sqlite3.Connection, _record: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # SQLAlchemy says BEGIN, not the driver
        pragmas = [
            f"busy_timeout={int(wait_seconds * 1000)}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "trusted_schema=OFF",
            "recursive_triggers=ON",
            "wal_autocheckpoint=0",
        ]
        if read_only:
            pragmas += ["query_only=ON", "cache_size=-16384"]
        else:  # in KiB: the default 2 MiB make a unit of many rows write its pages out again and again
            pragmas.append("cache_size=-65536")
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begun(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _postgres_engine(url: str, wait_seconds: float) -> Engine:
    milliseconds = int(wait_seconds * 1000)
    return create_engine(
        url,
        isolation_level="READ COMMITTED",
        pool_size=16,
        max_overflow=16,
        pool_pre_ping=True,
        connect_args={"options": f"-c lock_timeout={milliseconds} -c timezone=UTC"},
    )
