"""Lots that were confirmed

A line of a delivery in progress keeps the lot number that a person confirmed as really another than the known one that
looks like it. Lines that exist have none: where it matters, they are asked about once more.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("draft_line", sa.Column("confirmed_number", sa.Text(), nullable=True))
