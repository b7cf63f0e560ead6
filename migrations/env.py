"""How Alembic compares and runs migrations. Called by `models.migrating`; there is no ini file.

A migration may not import application types, so `render_item` writes each of ours as plain SQLAlchemy.
"""

from typing import Any

from alembic import context

from models.tables import Base
from models.types import Amount, Choice, Count, Day, Digest, Flag, Money, RecordId, Secret, Strength, UtcDateTime, Words

_PLAIN: dict[type[Any], str] = {
    Amount: "sa.Numeric(18, 6).with_variant(sa.BigInteger(), 'sqlite')",
    Strength: "sa.Numeric(18, 6).with_variant(sa.BigInteger(), 'sqlite')",
    Money: "sa.Numeric(14, 4).with_variant(sa.BigInteger(), 'sqlite')",
    UtcDateTime: "sa.DateTime(timezone=True).with_variant(sa.Text(), 'sqlite')",
    Day: "sa.Date().with_variant(sa.Text(), 'sqlite')",
    Words: "sa.Text()",
    Choice: "sa.Text()",
    Flag: "sa.Boolean()",
    Count: "sa.BigInteger()",
    RecordId: "sa.BigInteger()",
    Digest: "sa.LargeBinary()",
    Secret: "sa.LargeBinary()",
}


def render_item(kind: str, item: Any, autogen_context: Any) -> Any:
    return _PLAIN.get(type(item), False) if kind == "type" else False


def compare_type(ctx: Any, column: Any, meta_column: Any, found: Any, wanted: Any) -> bool | None:
    if ctx.dialect.name != "sqlite":
        return None
    return bool(wanted.compile(ctx.dialect) != found.compile(ctx.dialect))


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    transactional_ddl=True,
    render_item=render_item,
    compare_type=compare_type,
)
with context.begin_transaction():
    context.run_migrations()
