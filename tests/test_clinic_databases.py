"""The databases that tests are lent: migrated, fresh for each, and on PostgreSQL not the application's own."""

from contextlib import closing

import pytest
from clinic_databases import kinds_for
from sqlalchemy import inspect, text
from sqlalchemy.exc import ProgrammingError

from models.catalogue import Supplier
from models.database import Database
from models.guards import expected, installed
from models.migrating import current_revision


def test_a_lent_database_is_migrated_and_guarded(database):
    assert current_revision(database) is not None
    with database.engine.connect() as connection:
        assert installed(connection) == expected(connection.dialect.name)


@pytest.mark.parametrize("turn", ["first", "second"])
def test_what_one_test_writes_the_next_does_not_see(database, turn):
    with database.writer() as session:
        assert session.query(Supplier).count() == 0
        session.add(Supplier(name=f"Supplier of the {turn} turn"))
        session.flush()
        session.connection().commit()
    with database.reader() as session:
        assert session.query(Supplier).count() == 1


def test_an_empty_database_has_no_table(empty_database_url):
    with closing(Database(empty_database_url)) as database:
        assert inspect(database.engine).get_table_names() == []


@pytest.mark.only_on("postgresql", reason="SQLite has no roles")
def test_the_application_may_not_change_the_schema(database):
    with database.engine.connect() as connection, pytest.raises(ProgrammingError, match="must be owner"):
        connection.execute(text("DROP TABLE supplier"))


@pytest.mark.only_on("postgresql", reason="SQLite has no roles")
def test_the_owner_may(owner_url):
    with closing(Database(owner_url)) as database, database.engine.connect() as connection:
        connection.execute(text("CREATE TABLE more (id INTEGER)"))


def test_a_marker_with_a_reason_keeps_to_one_database():
    assert kinds_for(pytest.mark.only_on("sqlite", reason="a file is damaged on purpose").mark) == ("sqlite",)


@pytest.mark.parametrize(
    "marker",
    [
        pytest.mark.only_on("sqlite"),
        pytest.mark.only_on("sqlite", reason=""),
        pytest.mark.only_on("oracle", reason="it is not there"),
        pytest.mark.only_on(reason="no database is named"),
    ],
)
def test_a_marker_without_a_reason_stops_the_run(marker):
    with pytest.raises(pytest.UsageError, match="reason="):
        kinds_for(marker.mark)
