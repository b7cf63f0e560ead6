"""Codes of every kind on boxes, and the maxima that a product's leaflet states

A box may carry a code that is neither a GTIN, nor HIBC, nor a national number: ISBT 128, or one that a supplier sticks
on. The codes that are known stay as they are.

`product_dose` is new and empty: how much of a substance one patient may get of a product in one session, or in so many
days, and where that is written.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("product_code", "draft_scan"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            name = batch_op.f(f"ck_{table}_scheme_known")
            batch_op.drop_constraint(name, type_="check")
            batch_op.create_check_constraint(name, "scheme IN ('gtin', 'hibc', 'national', 'isbt128', 'other')")
    op.create_table(
        "product_dose",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("substance_id", sa.BigInteger(), nullable=False),
        sa.Column("interval_days", sa.BigInteger(), nullable=False),
        sa.Column("maximum", sa.Numeric(18, 6).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("doubt", sa.Text(), nullable=True),
        sa.Column("verified_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=True),
        sa.Column("verified_by_id", sa.BigInteger(), nullable=True),
        sa.Column("seed_key", sa.Text(), nullable=True),
        sa.CheckConstraint("interval_days >= 0", name=op.f("ck_product_dose_interval_not_negative")),
        sa.CheckConstraint("maximum > 0", name=op.f("ck_product_dose_maximum_positive")),
        sa.CheckConstraint("unit IN ('mg', 'mcg', 'g', 'IU')", name=op.f("ck_product_dose_unit_known")),
        sa.CheckConstraint(
            "(verified_at IS NULL) = (verified_by_id IS NULL)", name=op.f("ck_product_dose_verified_by_somebody")
        ),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_product_dose_product_id")),
        sa.ForeignKeyConstraint(["substance_id"], ["substance.id"], name=op.f("fk_product_dose_substance_id")),
        sa.ForeignKeyConstraint(["verified_by_id"], ["user_account.id"], name=op.f("fk_product_dose_verified_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_dose")),
        sa.UniqueConstraint(
            "product_id",
            "substance_id",
            "interval_days",
            name=op.f("uq_product_dose_product_id_substance_id_interval_days"),
        ),
        sqlite_strict=True,
    )
