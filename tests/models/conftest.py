"""Two rows in every table, whatever rules the tables have, for tests of the schema itself."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Column, create_engine

from models import types
from models.tables import Base

DAY_ONE = datetime(2031, 3, 3, 9, tzinfo=UTC)
OF_TYPE: dict[type, Callable[[int], Any]] = {
    types.RecordId: lambda number: number,
    types.Count: lambda number: number,
    types.Amount: Decimal,
    types.Strength: Decimal,
    types.Money: Decimal,
    types.UtcDateTime: lambda _number: DAY_ONE,
    types.Day: lambda number: date(2031, 3, number),
    types.Words: lambda number: f"text {number}",
    types.Flag: lambda _number: False,
    types.Digest: lambda number: bytes([number]) * 32,
    types.Secret: lambda number: bytes([number]) * 32,
    types.Bytes: lambda number: bytes([number]) * 5,
}
# What a table's own rule demands beyond its types.
DEMANDED: dict[tuple[str, str], Callable[[int], Any]] = {
    ("stock_move", "to_location_id"): lambda number: 3 - number,
    ("hold", "container_id"): lambda number: number,
    ("release_answer", "outcome"): lambda _number: "passed",
    ("release_decision", "signature_id"): lambda number: number,
    ("attachment", "sha256"): lambda number: bytes([number]) * 32,
    ("label_sheet", "medium"): lambda _number: "l7160",
    ("label_print", "container_id"): lambda number: number,
    ("incompatibility_selector", "substance_id"): lambda number: number,
    ("count_reading", "container_id"): lambda number: number,
    ("count_explanation", "container_id"): lambda number: number,
    ("transfer", "to_site_id"): lambda number: 3 - number,
    ("transfer", "sent_at"): lambda _number: DAY_ONE,
    ("transfer", "sent_by_id"): lambda number: number,
    ("transfer_wish", "product_id"): lambda number: number,
}


def _value(column: Column[Any], number: int) -> Any:
    demanded = DEMANDED.get((column.table.name, column.name))
    if demanded is not None:
        return demanded(number)
    if column.nullable:
        return None
    if column.foreign_keys:
        return number
    if isinstance(column.type, types.Choice):
        return next(iter(column.type.members))
    return OF_TYPE[type(column.type)](number)


@pytest.fixture
def two_rows_in_each_table(owner_url: str) -> None:
    engine = create_engine(owner_url)
    with engine.begin() as connection:
        for table in Base.metadata.sorted_tables:
            for number in (1,) if table.name == "installation" else (1, 2):
                values = {column.name: _value(column, number) for column in table.columns}
                connection.execute(table.insert(), values)
    engine.dispose()
