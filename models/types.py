"""The only column types in use; a test refuses others.

- `Amount`, `Strength`: exact, at most 6 decimals, finite: NUMERIC(18, 6) on PostgreSQL, millionths in
  an INTEGER on SQLite, so that SUM is exact on both. SQL only adds, subtracts, sums and compares them.
- `Money`: the same with 4 decimals.
- `UtcDateTime`: aware in, UTC out; on SQLite text of one width, so that text order is time order.
- `Day`: a calendar date. `Words`: text. `Choice`: one of a closed list, with a CHECK.
- `Flag`, `Count`, `RecordId`, `Digest`, `Secret`, `Bytes`: true or false, whole number, key, bytes.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.types import TypeDecorator, TypeEngine

# A STRICT table of SQLite takes only INTEGER, REAL, TEXT, BLOB and ANY.
_STRICT_NAMES: tuple[tuple[type[TypeEngine[Any]], str], ...] = (
    (sa.String, "TEXT"),
    (sa.Text, "TEXT"),
    (sa.BigInteger, "INTEGER"),
    (sa.Boolean, "INTEGER"),
    (sa.LargeBinary, "BLOB"),
)


def _compiled_as(name: str) -> Callable[..., str]:
    return lambda element, compiler, **options: name


for _kind, _name in _STRICT_NAMES:
    compiles(_kind, "sqlite")(_compiled_as(_name))


class _Exact(TypeDecorator[Decimal]):
    """A decimal of `places` decimals, kept as a whole number of its smallest part on SQLite."""

    impl = sa.Numeric
    cache_ok = True
    places = 6
    digits = 18

    def __init__(self) -> None:
        super().__init__(self.digits, self.places)

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(sa.BigInteger())
        return dialect.type_descriptor(sa.Numeric(self.digits, self.places))

    def process_bind_param(self, value: Decimal | int | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if type(value) is int:  # 0 in a comparison; exact as it is
            value = Decimal(value)
        if not isinstance(value, Decimal):
            raise TypeError(f"an exact column takes a Decimal, not {type(value).__name__}")
        scaled = value.scaleb(self.places) if value.is_finite() else None
        if scaled is None or scaled != scaled.to_integral_value():
            raise ValueError(f"{value} is not a decimal with at most {self.places} decimals")
        if abs(scaled) >= 10**self.digits:
            raise ValueError(f"{value} has more than {self.digits - self.places} digits before the point")
        return int(scaled) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        if value is None:
            return None
        # SUM over NUMERIC stays NUMERIC, over INTEGER stays INTEGER: both come back exact.
        return Decimal(value).scaleb(-self.places) if dialect.name == "sqlite" else Decimal(value)


class Amount(_Exact):
    """How much, in the product's unit."""

    cache_ok = True


class Strength(_Exact):
    """How much of a substance in one unit of the product."""

    cache_ok = True


class Money(_Exact):
    """A price in the installation's currency."""

    cache_ok = True
    places = 4
    digits = 14


class UtcDateTime(TypeDecorator[datetime]):
    """An instant. Refuses a naive datetime; SQLite keeps `2031-03-03T09:30:00.000000Z`."""

    impl = sa.DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(sa.Text())
        return dialect.type_descriptor(sa.DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        utc = value.astimezone(UTC)
        return instant_text(utc) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if isinstance(value, str):
            return datetime.fromisoformat(value)
        instant: datetime = value
        return instant.astimezone(UTC)


def instant_text(utc: datetime) -> str:
    """The one way an instant is written where text is needed: UTC, microseconds, `Z`."""
    return utc.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Day(TypeDecorator[date]):
    """A calendar date without a zone."""

    impl = sa.Date
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(sa.Text())
        return dialect.type_descriptor(sa.Date())

    def process_bind_param(self, value: date | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if isinstance(value, datetime):
            raise TypeError("a day is a date, not an instant")
        return value.isoformat() if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> date | None:
        if isinstance(value, str):
            return date.fromisoformat(value)
        day: date | None = value
        return day


class Words(TypeDecorator[str]):
    """Text as a person or a scanner gave it. NUL cannot be kept by PostgreSQL and is refused on both."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is not None and "\x00" in value:
            raise ValueError("text may not contain the NUL character")
        return value


class Choice(TypeDecorator[StrEnum]):
    """A member of a closed list, stored as its value. `choice_check` makes the CHECK beside it."""

    impl = sa.Text
    cache_ok = True

    def __init__(self, members: type[StrEnum]) -> None:
        super().__init__()
        self.members = members

    def process_bind_param(self, value: StrEnum | None, dialect: Dialect) -> str | None:
        return None if value is None else self.members(value).value

    def process_result_value(self, value: Any, dialect: Dialect) -> StrEnum | None:
        return None if value is None else self.members(value)


def choice_check(column: str, members: type[StrEnum]) -> sa.CheckConstraint:
    """The CHECK that keeps a `Choice` column to its list, named after the column."""
    values = ", ".join(f"'{member.value}'" for member in members)
    return sa.CheckConstraint(f"{column} IN ({values})", name=f"{column}_known")


class Flag(TypeDecorator[bool]):
    """True or false; 1 or 0 on SQLite."""

    impl = sa.Boolean
    cache_ok = True

    def __init__(self) -> None:
        super().__init__(create_constraint=False)


class Count(TypeDecorator[int]):
    """A whole number."""

    impl = sa.BigInteger
    cache_ok = True


class RecordId(TypeDecorator[int]):
    """A surrogate key, given by the database in order of writing."""

    impl = sa.BigInteger
    cache_ok = True


class Digest(TypeDecorator[bytes]):
    """SHA-256: 32 bytes."""

    impl = sa.LargeBinary
    cache_ok = True


class Bytes(TypeDecorator[bytes]):
    """A file as it is kept."""

    impl = sa.LargeBinary
    cache_ok = True


class Secret(TypeDecorator[bytes]):
    """Key material: never leaves the database but for the one service that uses it."""

    impl = sa.LargeBinary
    cache_ok = True
