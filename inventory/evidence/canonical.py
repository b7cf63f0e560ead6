"""One way to write values down, so that the same content always has the same digest.

Text is JSON with sorted keys and no white space. Amounts lose trailing zeros, instants are UTC with
microseconds, days are ISO dates, choices are their stored value. What two databases return for one row
is written alike.
"""

import hashlib
import json
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from models.types import instant_text


def plain(value: Any) -> Any:
    """The JSON form of one column value. Raises TypeError for a type no column has."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, str):
        return value
    if isinstance(value, Decimal):
        return amount_text(value)
    if isinstance(value, datetime):
        return instant_text(value.astimezone(UTC))  # a time in the clinic's zone is the same instant
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    raise TypeError(f"no canonical form for {type(value).__name__}")


def amount_text(value: Decimal) -> str:
    """`2.50` and `2.5` are one amount and have one text; never an exponent."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


# One encoder for all: json.dumps would make a new one each time, and a verifier writes millions of rows.
canonical: Callable[[Any], str] = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, check_circular=False
).encode


def digest_of(rows: Iterable[Any]) -> str:
    """SHA-256 over rows in the order given, each on a line of its own."""
    return digest_of_lines(canonical(row) for row in rows)


def digest_of_lines(lines: Iterable[str]) -> str:
    """The same of rows that are written already."""
    total = hashlib.sha256()
    for line in lines:
        total.update(f"{line}\n".encode())
    return total.hexdigest()
