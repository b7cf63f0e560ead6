"""The declarative base: constraint names, STRICT tables, and how each table enters the audit chain.

`info` keys that `inventory.evidence.audit` reads:

- on a table, `audit`: `RECORDED` (values when made, old and new when changed; the default),
  `IMMUTABLE` (a digest of the whole row when made; a guard refuses change) or `APART` (not in the chain);
- on a column, `audit`: `IDENTITY` (an HMAC under the patient's key), `BY_MOVES` (explained by stock
  moves, so not repeated), `DERIVED` (made again from other columns at any time, so not repeated) or `SECRET`
  (only that it changed).
"""

from typing import Any

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

RECORDED = "recorded"
IMMUTABLE = "immutable"
APART = "apart"
IDENTITY = "identity"
BY_MOVES = "by_moves"
DERIVED = "derived"
SECRET = "secret"  # noqa: S105  # an audit mode, not a password


def strict(audit: str = RECORDED) -> dict[str, Any]:
    """The last item of every `__table_args__`."""
    return {"sqlite_strict": True, "info": {"audit": audit}}


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={  # batch migrations need names
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    __table_args__: Any = strict()
