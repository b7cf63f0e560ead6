"""Files of deliveries in progress

A certificate or photo can be brought before the delivery is saved: what it is, and its bytes apart. Both tables are
new; nothing that exists changes.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "draft_file",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("draft_id", sa.BigInteger(), nullable=False),
        sa.Column("line_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("file_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=False),
        sa.Column("added_by_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('certificate', 'photo', 'delivery_note', 'letter', 'other')",
            name=op.f("ck_draft_file_kind_known"),
        ),
        sa.CheckConstraint(
            "file_type IN ('application/pdf', 'image/jpeg', 'image/png', 'image/webp')",
            name=op.f("ck_draft_file_file_type_known"),
        ),
        sa.ForeignKeyConstraint(["added_by_id"], ["user_account.id"], name=op.f("fk_draft_file_added_by_id")),
        sa.ForeignKeyConstraint(["draft_id"], ["delivery_draft.id"], name=op.f("fk_draft_file_draft_id")),
        sa.ForeignKeyConstraint(["line_id"], ["draft_line.id"], name=op.f("fk_draft_file_line_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft_file")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("draft_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_draft_file_draft_id"), ["draft_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_draft_file_line_id"), ["line_id"], unique=False)
    op.create_table(
        "draft_file_content",
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["draft_file.id"], name=op.f("fk_draft_file_content_file_id")),
        sa.PrimaryKeyConstraint("file_id", name=op.f("pk_draft_file_content")),
        sqlite_strict=True,
    )
