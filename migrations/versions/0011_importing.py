"""Tables on their way in

A file with products, suppliers or opening stock is kept as it was read, with its rows and what is wrong with them, until it
is imported whole or put away.

Rows that exist are not touched: all three tables begin empty.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "import_file",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("headings", sa.Text(), nullable=False),
        sa.Column("columns", sa.Text(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("problems", sa.BigInteger(), nullable=False),
        sa.Column("questions", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", _INSTANT, nullable=False),
        sa.Column("sent_by_id", sa.BigInteger(), nullable=False),
        sa.Column("checked_at", _INSTANT, nullable=False),
        sa.Column("discarded_at", _INSTANT, nullable=True),
        sa.Column("applied_at", _INSTANT, nullable=True),
        sa.Column("applied_by_id", sa.BigInteger(), nullable=True),
        sa.Column("made", sa.Text(), nullable=True),
        sa.Column("undone_at", _INSTANT, nullable=True),
        sa.CheckConstraint(
            "kind IN ('suppliers', 'products', 'opening_stock')", name=op.f("ck_import_file_kind_known")
        ),
        sa.CheckConstraint("discarded_at IS NULL OR applied_at IS NULL", name=op.f("ck_import_file_ended_once")),
        sa.CheckConstraint(
            "undone_at IS NULL OR applied_at IS NOT NULL", name=op.f("ck_import_file_undone_when_applied")
        ),
        sa.CheckConstraint("(applied_at IS NULL) = (made IS NULL)", name=op.f("ck_import_file_applied_made_something")),
        sa.ForeignKeyConstraint(["applied_by_id"], ["user_account.id"], name=op.f("fk_import_file_applied_by_id")),
        sa.ForeignKeyConstraint(["sent_by_id"], ["user_account.id"], name=op.f("fk_import_file_sent_by_id")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_import_file_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_file")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_import_file_site_id_sha256"), "import_file", ["site_id", "sha256"])
    op.create_table(
        "import_row",
        sa.Column("import_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("cells", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["import_id"], ["import_file.id"], name=op.f("fk_import_row_import_id")),
        sa.PrimaryKeyConstraint("import_id", "number", name=op.f("pk_import_row")),
        sqlite_strict=True,
    )
    op.create_table(
        "import_problem",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("import_id", sa.BigInteger(), nullable=False),
        sa.Column("row_number", sa.BigInteger(), nullable=False),
        sa.Column("heading", sa.Text(), nullable=True),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("is_question", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["import_id"], ["import_file.id"], name=op.f("fk_import_problem_import_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_problem")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_import_problem_import_id_is_question_row_number"),
        "import_problem",
        ["import_id", "is_question", "row_number"],
    )
