"""Indexes that answer the stock list

The one of what is on hand holds all that its sums need; what is opened, a few of thousands, has its own.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_NOT_EMPTY = sa.text("remaining > 0")
_IS_OPEN = sa.text("remaining > 0 AND opened_at IS NOT NULL")


def upgrade() -> None:
    op.drop_index("ix_container_on_hand", "container")
    op.create_index(
        "ix_container_on_hand",
        "container",
        ["location_id", "lot_id", "opened_at", "remaining"],
        sqlite_where=_NOT_EMPTY,
        postgresql_where=_NOT_EMPTY,
    )
    op.create_index(
        "ix_container_opened",
        "container",
        ["location_id", "lot_id"],
        sqlite_where=_IS_OPEN,
        postgresql_where=_IS_OPEN,
    )
