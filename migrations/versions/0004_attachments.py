"""Attached files

Certificates, photos and the like belong to a delivery, a lot or a vial. The bytes of a file are kept once, however
often it is attached; an attachment that was a mistake is withdrawn by a row of its own. All three tables are new and
only ever added to.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "file_content",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("size > 0", name=op.f("ck_file_content_size_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file_content")),
        sa.UniqueConstraint("sha256", name=op.f("uq_file_content_sha256")),
        sqlite_strict=True,
    )
    _add_attachment()
    op.create_table(
        "attachment_withdrawal",
        sa.Column("attachment_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        _instant("withdrawn_at"),
        sa.Column("withdrawn_by_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachment.id"], name=op.f("fk_attachment_withdrawal_attachment_id")
        ),
        sa.ForeignKeyConstraint(
            ["withdrawn_by_id"], ["user_account.id"], name=op.f("fk_attachment_withdrawal_withdrawn_by_id")
        ),
        sa.PrimaryKeyConstraint("attachment_id", name=op.f("pk_attachment_withdrawal")),
        sqlite_strict=True,
    )


def _add_attachment() -> None:
    op.create_table(
        "attachment",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("record_kind", sa.Text(), nullable=False),
        sa.Column("record_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("file_type", sa.Text(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        _instant("attached_at"),
        sa.Column("attached_by_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('certificate', 'photo', 'delivery_note', 'letter', 'other')",
            name=op.f("ck_attachment_kind_known"),
        ),
        sa.CheckConstraint(
            "file_type IN ('application/pdf', 'image/jpeg', 'image/png', 'image/webp')",
            name=op.f("ck_attachment_file_type_known"),
        ),
        sa.ForeignKeyConstraint(["attached_by_id"], ["user_account.id"], name=op.f("fk_attachment_attached_by_id")),
        sa.ForeignKeyConstraint(["sha256"], ["file_content.sha256"], name=op.f("fk_attachment_sha256")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_attachment_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_attachment_record_kind_record_id"), ["record_kind", "record_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_attachment_sha256"), ["sha256"], unique=False)


def _instant(name):
    return sa.Column(name, sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=False)
