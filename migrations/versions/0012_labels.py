"""Labels that were printed

Sheets and the labels on them, a site's own label stock, and the language of its labels. Nothing that exists changes:
what was stuck on before nobody recorded, so the first print of a container counts as its first copy.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "label_medium",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("page_width", sa.Numeric(18, 6).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("page_height", sa.Numeric(18, 6).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("width", sa.Numeric(18, 6).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("height", sa.Numeric(18, 6).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("columns", sa.BigInteger(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("left_margin", sa.Numeric(18, 6).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("top_margin", sa.Numeric(18, 6).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("pitch_x", sa.Numeric(18, 6).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("pitch_y", sa.Numeric(18, 6).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("inset", sa.Numeric(18, 6).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("dpi", sa.BigInteger(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_label_medium_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label_medium")),
        sa.UniqueConstraint("site_id", "name", name=op.f("uq_label_medium_site_id_name")),
        sqlite_strict=True,
    )
    op.create_table(
        "label_sheet",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("printed_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=False),
        sa.Column("printed_by_id", sa.BigInteger(), nullable=False),
        sa.Column("medium", sa.Text(), nullable=True),
        sa.Column("start_at", sa.BigInteger(), nullable=False),
        sa.Column("copies", sa.BigInteger(), nullable=False),
        sa.Column("is_by_hand", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint("is_by_hand OR medium IS NOT NULL", name=op.f("ck_label_sheet_printed_on_something")),
        sa.CheckConstraint("start_at >= 1 AND copies >= 1", name=op.f("ck_label_sheet_counts_positive")),
        sa.ForeignKeyConstraint(["printed_by_id"], ["user_account.id"], name=op.f("fk_label_sheet_printed_by_id")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_label_sheet_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label_sheet")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_label_sheet_site_id_printed_by_id"), "label_sheet", ["site_id", "printed_by_id"], unique=False
    )
    op.create_table(
        "site_labels",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "language IN ('en', 'fr', 'es', 'it', 'de', 'pt')", name=op.f("ck_site_labels_language_known")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_site_labels_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_labels")),
        sa.UniqueConstraint("site_id", name=op.f("uq_site_labels_site_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "label_print",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("sheet_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("container_id", sa.BigInteger(), nullable=True),
        sa.Column("lot_id", sa.BigInteger(), nullable=True),
        sa.Column("location_id", sa.BigInteger(), nullable=True),
        sa.Column("patient_id", sa.BigInteger(), nullable=True),
        sa.Column("copy_number", sa.BigInteger(), nullable=False),
        sa.Column("shows_identity", sa.Boolean(), nullable=False),
        sa.Column("says", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('container', 'opened', 'syringe', 'batch', 'place', 'hold', 'recall')",
            name=op.f("ck_label_print_kind_known"),
        ),
        sa.CheckConstraint(
            "(CASE WHEN container_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN lot_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN location_id IS NULL THEN 0 ELSE 1 END) = 1",
            name=op.f("ck_label_print_one_target"),
        ),
        sa.CheckConstraint("copy_number >= 1", name=op.f("ck_label_print_copy_counted")),
        sa.ForeignKeyConstraint(["container_id"], ["container.id"], name=op.f("fk_label_print_container_id")),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name=op.f("fk_label_print_location_id")),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_label_print_lot_id")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_label_print_patient_id")),
        sa.ForeignKeyConstraint(["sheet_id"], ["label_sheet.id"], name=op.f("fk_label_print_sheet_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label_print")),
        sa.UniqueConstraint("sheet_id", "position", name=op.f("uq_label_print_sheet_id_position")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_label_print_container_id"), "label_print", ["container_id"], unique=False)
    op.create_index(op.f("ix_label_print_location_id"), "label_print", ["location_id"], unique=False)
    op.create_index(op.f("ix_label_print_lot_id"), "label_print", ["lot_id"], unique=False)
