"""Opening stock at the shelf

What was read at the shelf is kept with its entry, and each place is declared done by a person. A container whose lot or
expiry nobody can read is held as unidentified.

Rows that exist are not touched: no hold is of the new kind, and both tables begin empty. A site keeps its "complete
since" date until somebody reopens one of its places.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "opening_declaration",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("location_id", sa.BigInteger(), nullable=False),
        sa.Column("is_reopened", sa.Boolean(), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=False),
        sa.Column("declared_by_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "is_reopened = (reason IS NOT NULL)", name=op.f("ck_opening_declaration_reopened_with_reason")
        ),
        sa.ForeignKeyConstraint(
            ["declared_by_id"], ["user_account.id"], name=op.f("fk_opening_declaration_declared_by_id")
        ),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name=op.f("fk_opening_declaration_location_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opening_declaration")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_opening_declaration_location_id"), "opening_declaration", ["location_id"])
    op.create_table(
        "opening_stock_line",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("location_id", sa.BigInteger(), nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=False),
        sa.Column("containers", sa.BigInteger(), nullable=False),
        sa.Column("left_entered", sa.Text(), nullable=True),
        sa.Column("raw_scan", sa.Text(), nullable=True),
        sa.Column("can_be_read", sa.Text(), nullable=True),
        sa.CheckConstraint("containers > 0", name=op.f("ck_opening_stock_line_containers_positive")),
        sa.ForeignKeyConstraint(["entry_id"], ["stock_entry.id"], name=op.f("fk_opening_stock_line_entry_id")),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name=op.f("fk_opening_stock_line_location_id")),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_opening_stock_line_lot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opening_stock_line")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_opening_stock_line_entry_id"), "opening_stock_line", ["entry_id"])
    op.create_index(op.f("ix_opening_stock_line_location_id"), "opening_stock_line", ["location_id"])
    with op.batch_alter_table("hold", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_hold_kind_known"), type_="check")
        batch_op.create_check_constraint(
            batch_op.f("ck_hold_kind_known"),
            "kind IN ('incoming', 'quality', 'excursion', 'recall', 'evidence', 'unidentified')",
        )
