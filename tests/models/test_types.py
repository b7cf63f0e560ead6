"""The column types: exact, aware, and refusing what they cannot keep, on both databases."""

import inspect
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import DBAPIError, StatementError

from models import types
from models.base import APART, BY_MOVES, DERIVED, IDENTITY, IMMUTABLE, RECORDED, SECRET
from models.tables import Base
from models.types import Amount, Choice, Count, Day, Digest, Flag, Money, RecordId, UtcDateTime, Words

OURS = {
    kind
    for kind in vars(types).values()
    if inspect.isclass(kind) and issubclass(kind, sa.types.TypeDecorator) and kind.__module__ == "models.types"
}
COLUMNS = [column for table in Base.metadata.sorted_tables for column in table.columns]


def test_only_our_types_are_in_use():
    assert {type(column.type) for column in COLUMNS} <= OURS - {types._Exact}


def test_every_table_is_strict_and_says_how_it_enters_the_chain():
    for table in Base.metadata.sorted_tables:
        assert table.dialect_options["sqlite"]["strict"], table.name
        assert table.info["audit"] in {RECORDED, IMMUTABLE, APART}, table.name


def test_every_column_enters_the_chain_in_a_known_way():
    assert {column.info.get("audit") for column in COLUMNS} <= {None, IDENTITY, BY_MOVES, DERIVED, SECRET}


def test_every_choice_has_its_check():
    for column in COLUMNS:
        if isinstance(column.type, Choice):
            checks = {str(each.sqltext) for each in column.table.constraints if isinstance(each, sa.CheckConstraint)}
            values = ", ".join(f"'{member.value}'" for member in column.type.members)
            assert f"{column.name} IN ({values})" in checks, f"{column.table.name}.{column.name}"


def test_every_constraint_has_a_name():
    for table in Base.metadata.sorted_tables:
        assert all(constraint.name for constraint in table.constraints), table.name


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


tried = sa.Table(
    "tried",
    sa.MetaData(),
    sa.Column("id", RecordId, primary_key=True),
    sa.Column("amount", Amount),
    sa.Column("money", Money),
    sa.Column("at", UtcDateTime),
    sa.Column("day", Day),
    sa.Column("words", Words),
    sa.Column("colour", Choice(Colour)),
    sa.Column("flag", Flag),
    sa.Column("count", Count),
    sa.Column("digest", Digest),
    types.choice_check("colour", Colour),
    sqlite_strict=True,
)


@pytest.fixture
def connection(empty_database_url):
    engine = sa.create_engine(empty_database_url)
    with engine.connect() as opened:
        tried.create(opened)
        yield opened
    engine.dispose()


def keep(connection, **values: Any):
    """Store a row and read it back."""
    (key,) = connection.execute(tried.insert().values(**values)).inserted_primary_key
    row = connection.execute(sa.select(tried).where(tried.c.id == key)).one()
    return [getattr(row, name) for name in values]


MOST = Decimal("999999999999.999999")


@pytest.mark.parametrize("amount", ["0", "0.000001", "-0.000001", "2.5", "2.500000", "1E+3", str(MOST), str(-MOST)])
def test_amounts_are_kept_exactly(connection, amount):
    (found,) = keep(connection, amount=Decimal(amount))
    assert found == Decimal(amount)
    assert isinstance(found, Decimal)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(st.lists(st.decimals(-(10**9), 10**9, places=6, allow_nan=False), min_size=1, max_size=5))
def test_sums_and_comparisons_are_exact(connection, amounts):
    connection.execute(tried.delete())
    connection.execute(tried.insert(), [{"amount": amount} for amount in amounts])
    assert connection.scalar(sa.select(sa.func.sum(tried.c.amount))) == sum(amounts)
    least = connection.scalars(sa.select(tried.c.amount).order_by(tried.c.amount).limit(1)).one()
    assert least == min(amounts)
    equal = sa.select(sa.func.count()).where(tried.c.amount == amounts[0])
    assert connection.scalar(equal) == amounts.count(amounts[0])


@pytest.mark.parametrize(
    "value",
    [
        Decimal("0.0000001"),
        Decimal("NaN"),
        Decimal("sNaN"),
        Decimal("Infinity"),
        Decimal("1E+12"),
        -10 * MOST,
        10**12,
        1.5,
        "2",
        True,
    ],
    ids=str,
)
def test_what_is_no_exact_amount_is_refused(connection, value):
    with pytest.raises((StatementError, ArithmeticError)):
        keep(connection, amount=value)


def test_a_whole_number_is_exact_as_it_is(connection):
    assert keep(connection, amount=2) == [Decimal(2)]


def test_money_has_four_decimals(connection):
    assert keep(connection, money=Decimal("12.3456")) == [Decimal("12.3456")]
    with pytest.raises(StatementError):
        keep(connection, money=Decimal("12.34567"))


NEPAL = timezone(timedelta(hours=5, minutes=45))


def test_an_instant_comes_back_in_utc(connection):
    at = datetime(2031, 3, 3, 9, 30, 0, 1, tzinfo=NEPAL)
    (found,) = keep(connection, at=at)
    assert found == at
    assert found.tzinfo is UTC


def test_the_order_of_instants_is_that_of_time(connection):
    instants = [
        datetime(2031, 3, 3, 9, 30, tzinfo=UTC),
        datetime(2031, 3, 3, 9, 30, 0, 1, tzinfo=UTC),
        datetime(2031, 3, 3, 15, 14, tzinfo=NEPAL),
        datetime(1999, 12, 31, tzinfo=UTC),
    ]
    connection.execute(tried.insert(), [{"at": at} for at in instants])
    assert connection.scalars(sa.select(tried.c.at).order_by(tried.c.at)).all() == sorted(instants)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("at", datetime(2031, 3, 3)),  # noqa: DTZ001  # naive is what is refused
        ("day", datetime(2031, 3, 3, tzinfo=UTC)),
        ("words", "a\x00b"),
        ("words", "\ud800"),
        ("colour", "green"),
        ("colour", "RED"),
    ],
)
def test_what_cannot_be_kept_is_refused(connection, column, value):
    with pytest.raises((StatementError, ValueError)):
        keep(connection, **{column: value})


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("day", date(1, 1, 1)),
        ("day", date(9999, 12, 31)),
        ("words", ""),
        ("words", " <script>'\"; DROP TABLE tried; -- é\u0301 \n\t🧪 "),
        ("words", "x" * 100_000),
        ("colour", Colour.BLUE),
        ("flag", True),
        ("flag", False),
        ("count", 2**63 - 1),
        ("count", -(2**63)),
        ("digest", bytes(range(256))),
    ],
)
def test_values_come_back_as_they_were(connection, column, value):
    (found,) = keep(connection, **{column: value})
    assert found == value
    assert type(found) is type(value)


def test_nothing_is_nothing(connection):
    names = [column.name for column in tried.columns if not column.primary_key]
    assert keep(connection, **dict.fromkeys(names)) == [None] * len(names)


def test_the_database_itself_refuses_another_choice(connection):
    with pytest.raises(DBAPIError):
        connection.execute(sa.text("INSERT INTO tried (colour) VALUES ('green')"))


@pytest.mark.parametrize(("column", "value"), [("amount", "two"), ("flag", "maybe"), ("count", "many")])
def test_the_database_itself_refuses_another_type(connection, column, value):
    with pytest.raises(DBAPIError):
        connection.execute(sa.text(f"INSERT INTO tried ({column}) VALUES (:value)"), {"value": value})  # noqa: S608  # our own names
