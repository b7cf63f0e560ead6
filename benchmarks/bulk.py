"""Writes rows by the hundred thousand, past the services, into a migrated database.

SQLite takes them by `executemany` without journal, PostgreSQL by COPY. Amounts are given in millionths and
instants as text, which is how SQLite keeps them; PostgreSQL reads both.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import psycopg

from models import guards
from models.base import Base
from models.database import Database
from models.tables import Base as AllTables
from models.types import Amount, Digest, Secret

BUFFERED_ROWS = 200_000


class Sink(Protocol):
    def write(self, table: str, columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None: ...

    def run(self, statement: str) -> None: ...


class Bulk:
    """Collects rows by table and hands them on in large pieces. The columns of a table are always the same."""

    def __init__(self, sink: Sink) -> None:
        self.sink = sink
        self.columns: dict[str, tuple[str, ...]] = {}
        self.rows: defaultdict[str, list[tuple[Any, ...]]] = defaultdict(list)
        self.waiting = 0

    def table(self, model: type[Base], *columns: str) -> Any:
        """A function that adds one row."""
        name = model.__tablename__
        self.columns[name] = columns
        rows = self.rows[name]

        def add(*values: Any) -> None:
            rows.append(values)
            self.waiting += 1

        return add

    def flush_when_full(self) -> None:
        if self.waiting >= BUFFERED_ROWS:
            self.flush()

    def flush(self) -> None:
        for table in AllTables.metadata.sorted_tables:  # parents first
            if self.rows[table.name]:
                self.sink.write(table.name, self.columns[table.name], self.rows[table.name])
                self.rows[table.name].clear()
        self.waiting = 0


class SqliteSink:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def write(self, table: str, columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
        places = ", ".join("?" * len(columns))
        self.connection.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})", rows)

    def run(self, statement: str) -> None:
        self.connection.execute(statement)


class PostgresSink:
    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection

    def write(self, table: str, columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
        types = [AllTables.metadata.tables[table].c[name].type for name in columns]
        amounts = {index for index, kind in enumerate(types) if isinstance(kind, Amount)}
        digests = {index for index, kind in enumerate(types) if isinstance(kind, Digest | Secret)}

        def shown(index: int, value: Any) -> str:
            if value is None:
                return r"\N"
            if index in amounts:
                return f"{value}e-6"
            return rf"\\x{value.hex()}" if index in digests else str(value)

        with self.connection.cursor().copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
            copy.write("".join("\t".join(map(shown, range(len(row)), row)) + "\n" for row in rows))

    def run(self, statement: str) -> None:
        self.connection.execute(statement.encode())


@contextmanager
def bulk_writing(database: Database) -> Iterator[Bulk]:
    """Everything written inside is there afterwards, with guards, statistics and sequences in order."""
    writing = _on_sqlite(database) if database.is_sqlite else _on_postgres(database)
    with writing as sink:
        bulk = Bulk(sink)
        yield bulk
        bulk.flush()
    with database.engine.begin() as connection:
        guards.install(connection)


@contextmanager
def _on_sqlite(database: Database) -> Iterator[SqliteSink]:
    database.close()
    connection = sqlite3.connect(database.path, isolation_level=None)
    for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-500000", "foreign_keys=OFF"):
        connection.execute(f"PRAGMA {pragma}")
    # The guards look up every key of every row; they come back at the end.
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    connection.execute("BEGIN")
    yield SqliteSink(connection)
    connection.execute("COMMIT")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.close()


@contextmanager
def _on_postgres(database: Database) -> Iterator[PostgresSink]:
    raw = database.engine.raw_connection()
    connection: psycopg.Connection[Any] = raw.driver_connection  # type: ignore[assignment]
    connection.execute("SET session_replication_role = replica")  # no look-up of each foreign key
    yield PostgresSink(connection)
    for table in AllTables.metadata.sorted_tables:
        if "id" in table.c:
            connection.execute(
                f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), greatest(max(id), 1)) FROM {table.name} "  # type: ignore[arg-type]
                f"WHERE pg_get_serial_sequence('{table.name}', 'id') IS NOT NULL"
            )
    connection.execute("SET session_replication_role = origin")
    connection.commit()
    connection.autocommit = True
    connection.execute("VACUUM ANALYZE")  # as its daemon does in a clinic
    connection.autocommit = False
    raw.close()
