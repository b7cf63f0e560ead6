"""What the verifier reads of a row is what the recorder writes of it, on both databases."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from inventory.evidence.canonical import amount_text, canonical, plain
from inventory.evidence.stored_rows import Keys, StoredTable, _millionths, whole_number
from models import types
from models.tables import Base


def test_every_row_of_a_history_is_read_as_it_was_recorded(units, history):
    compared = 0
    with units.reading() as session:
        dialect = session.get_bind().dialect.name
        for mapper in Base.registry.mappers:
            if mapper.local_table.name == "audit_subject":
                continue  # its key holds a word; no verifier reads it
            table = StoredTable(mapper.local_table, dialect)
            for row in session.scalars(select(mapper.class_)):
                values = {column.name: getattr(row, column.name) for column in mapper.local_table.columns}
                keys = [values[column.name] for column in mapper.local_table.primary_key.columns]
                key = keys[0] if len(keys) == 1 else "/".join(map(str, keys))
                wanted = {name: plain(value) for name, value in values.items() if value is not None}
                assert table.read(session, [key]) == {key: wanted}
                line = f"{canonical([mapper.local_table.name, wanted])}\n".encode()
                assert table.read_lines(session, [key]) == {key: line}
                compared += 1
    assert compared > 100


class Word(StrEnum):
    YES = "yes"


VALUES = {
    types.Amount: [Decimal("0"), Decimal("0.000001"), Decimal("-2.50"), Decimal("999999999999.999999")],
    types.Strength: [Decimal("1E+3"), Decimal("0.100")],
    types.Money: [Decimal("12.3400"), Decimal("-0.0001"), Decimal("9999999999.9999")],
    types.UtcDateTime: [
        datetime(2031, 3, 3, 9, 30, tzinfo=UTC),
        datetime(2031, 3, 3, 9, 30, 0, 1, tzinfo=timezone(timedelta(hours=5, minutes=45))),
    ],
    types.Day: [date(2031, 3, 3), date(1, 1, 1), date(9999, 12, 31)],
    types.Words: ["", " é\u0301 ", '<script>"\\', "\n\t", "🧪", "1", "=1+1"],
    types.Choice: [Word.YES],
    types.Flag: [True, False],
    types.Count: [0, -1, 2**63 - 1],
    types.RecordId: [1, 2**62],
    types.Digest: [bytes(range(32))],
    types.Secret: [b"\x00\xff"],
    types.Bytes: [b"", b"%PDF-1.7\x00\xff"],
}


def test_every_column_type_of_ours_is_tried():
    ours = {
        kind for kind in vars(types).values() if isinstance(kind, type) and issubclass(kind, sa.types.TypeDecorator)
    }
    assert set(VALUES) == ours - {sa.types.TypeDecorator, types._Exact}


@pytest.mark.parametrize("kind", VALUES, ids=lambda kind: kind.__name__)
def test_every_column_type_is_read_as_it_is_recorded(empty_database_url, kind):
    engine = sa.create_engine(empty_database_url)
    with engine.connect() as connection:
        column_type: Any = kind(Word) if kind is types.Choice else kind()
        columns = (sa.Column("id", types.RecordId, primary_key=True), sa.Column("value", column_type))
        table = sa.Table("tried", sa.MetaData(), *columns, sqlite_strict=True)
        connection.exec_driver_sql("SET TIME ZONE 'UTC'") if engine.dialect.name == "postgresql" else None
        table.create(connection)
        connection.execute(table.insert(), [{"id": i, "value": v} for i, v in enumerate(VALUES[kind], start=1)])
        with sa.orm.Session(connection) as session:
            stored = StoredTable(table, engine.dialect.name)
            read, lines = stored.read(session, range(1, 99)), stored.read_lines(session, range(1, 99))
        assert lines == {i: f"{canonical(['tried', row])}\n".encode() for i, row in read.items()}
        assert {i: row["value"] for i, row in read.items()} == {
            i: plain(value) for i, value in enumerate(VALUES[kind], start=1)
        }
    engine.dispose()


@given(st.integers(-(10**18) + 1, 10**18 - 1), st.sampled_from([4, 6]))
def test_millionths_are_written_as_the_amount_they_are(millionths, places):
    assert _millionths(places)(millionths) == amount_text(Decimal(millionths).scaleb(-places))


@given(st.lists(st.one_of(st.integers(0, 2**63 - 1), st.from_regex(r"[0-9]{1,3}/[0-9]{1,3}", fullmatch=True))))
def test_keys_are_a_set(added):
    keys = Keys()
    for key in added:
        keys.add(key)
    assert len(keys) == len(set(added))
    assert all(key in keys for key in added)
    assert (5_000_000 in keys) == (5_000_000 in added)


@pytest.mark.parametrize("text", ["", "a", "01", "+1", "-1", " 1", "1 ", "1.0", "٧", "1e3", str(2**63), "9" * 5000])
def test_what_is_no_key_is_refused(text):
    with pytest.raises(ValueError, match=r".+"):
        whole_number(text)


def test_rows_are_read_in_pages(units, history):
    with units.reading() as session:
        table = StoredTable(Base.metadata.tables["stock_move"], session.get_bind().dialect.name)
        ids = [row["id"] for row in table.read_all(session)]
        assert ids == sorted(ids)
        assert len(ids) == table.count(session) > 10
        assert [row["id"] for row in table.read_all(session, after=ids[1], up_to=ids[4])] == ids[2:5]
