"""Counts and transfers

Stock counts with their readings, explanations and results; transfers between sites with what was asked for, sent and
received. An entry may now be of a transfer, and then names it.

Rows that exist keep all they have: no entry before this was of a transfer, so the new column is empty in them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

PURPOSE_KNOWN = "purpose IN ('opening', 'received', 'found', 'compounded', 'administered', 'wasted', 'destroyed', 'returned', 'sampled', 'lost', 'moved', 'split', 'corrected', 'transferred')"


def upgrade() -> None:
    op.create_table(
        "transfer",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("from_site_id", sa.BigInteger(), nullable=False),
        sa.Column("to_site_id", sa.BigInteger(), nullable=False),
        sa.Column("ask", sa.Text(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=True),
        sa.Column("asked_by_id", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=True),
        sa.Column("sent_by_id", sa.BigInteger(), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=True),
        sa.Column("cancelled_by_id", sa.BigInteger(), nullable=True),
        sa.Column("cancel_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("ask IN ('please_send', 'it_is_here')", name=op.f("ck_transfer_ask_known")),
        sa.CheckConstraint("(asked_at IS NULL) = (ask IS NULL)", name=op.f("ck_transfer_asked_how")),
        sa.CheckConstraint("(asked_at IS NULL) = (asked_by_id IS NULL)", name=op.f("ck_transfer_asked_by_someone")),
        sa.CheckConstraint(
            "(cancelled_at IS NULL) = (cancel_reason IS NULL)", name=op.f("ck_transfer_cancelled_with_reason")
        ),
        sa.CheckConstraint("(sent_at IS NULL) = (sent_by_id IS NULL)", name=op.f("ck_transfer_sent_by_someone")),
        sa.CheckConstraint("asked_at IS NOT NULL OR sent_at IS NOT NULL", name=op.f("ck_transfer_has_a_beginning")),
        sa.CheckConstraint("from_site_id <> to_site_id", name=op.f("ck_transfer_goes_somewhere")),
        sa.CheckConstraint("sent_at IS NULL OR cancelled_at IS NULL", name=op.f("ck_transfer_sent_or_cancelled")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["user_account.id"], name=op.f("fk_transfer_asked_by_id")),
        sa.ForeignKeyConstraint(["cancelled_by_id"], ["user_account.id"], name=op.f("fk_transfer_cancelled_by_id")),
        sa.ForeignKeyConstraint(["from_site_id"], ["site.id"], name=op.f("fk_transfer_from_site_id")),
        sa.ForeignKeyConstraint(["sent_by_id"], ["user_account.id"], name=op.f("fk_transfer_sent_by_id")),
        sa.ForeignKeyConstraint(["to_site_id"], ["site.id"], name=op.f("fk_transfer_to_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer")),
        info={"audit": "recorded"},
        sqlite_strict=True,
    )
    with op.batch_alter_table("transfer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_transfer_from_site_id_sent_at"), ["from_site_id", "sent_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_transfer_to_site_id_sent_at"), ["to_site_id", "sent_at"], unique=False)

    op.create_table(
        "stock_count",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("location_id", sa.BigInteger(), nullable=False),
        sa.Column("is_blind", sa.Boolean(), nullable=False),
        sa.Column("first_move_id", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=False),
        sa.Column("started_by_id", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=True),
        sa.Column("finished_by_id", sa.BigInteger(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=True),
        sa.Column("signature_id", sa.BigInteger(), nullable=True),
        sa.Column("discarded_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=True),
        sa.Column("discarded_by_id", sa.BigInteger(), nullable=True),
        sa.Column("discard_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(approved_at IS NULL) = (signature_id IS NULL)", name=op.f("ck_stock_count_approved_with_signature")
        ),
        sa.CheckConstraint(
            "(discarded_at IS NULL) = (discard_reason IS NULL)", name=op.f("ck_stock_count_discarded_with_reason")
        ),
        sa.CheckConstraint(
            "(finished_at IS NULL) = (finished_by_id IS NULL)", name=op.f("ck_stock_count_finished_by_someone")
        ),
        sa.CheckConstraint("approved_at IS NULL OR discarded_at IS NULL", name=op.f("ck_stock_count_one_end")),
        sa.CheckConstraint(
            "approved_at IS NULL OR finished_at IS NOT NULL", name=op.f("ck_stock_count_approved_when_finished")
        ),
        sa.ForeignKeyConstraint(["discarded_by_id"], ["user_account.id"], name=op.f("fk_stock_count_discarded_by_id")),
        sa.ForeignKeyConstraint(["finished_by_id"], ["user_account.id"], name=op.f("fk_stock_count_finished_by_id")),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name=op.f("fk_stock_count_location_id")),
        sa.ForeignKeyConstraint(["signature_id"], ["signature.id"], name=op.f("fk_stock_count_signature_id")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_stock_count_site_id")),
        sa.ForeignKeyConstraint(["started_by_id"], ["user_account.id"], name=op.f("fk_stock_count_started_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_count")),
        info={"audit": "recorded"},
        sqlite_strict=True,
    )
    with op.batch_alter_table("stock_count", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stock_count_site_id_started_at"), ["site_id", "started_at"], unique=False)
        batch_op.create_index(
            "uq_stock_count_in_progress",
            ["location_id"],
            unique=True,
            sqlite_where=sa.text("approved_at IS NULL AND discarded_at IS NULL"),
            postgresql_where=sa.text("approved_at IS NULL AND discarded_at IS NULL"),
        )

    op.create_table(
        "count_explanation",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("count_id", sa.BigInteger(), nullable=False),
        sa.Column("container_id", sa.BigInteger(), nullable=True),
        sa.Column("lot_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("explained_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=False),
        sa.Column("explained_by_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("(container_id IS NULL) <> (lot_id IS NULL)", name=op.f("ck_count_explanation_of_one_line")),
        sa.ForeignKeyConstraint(["container_id"], ["container.id"], name=op.f("fk_count_explanation_container_id")),
        sa.ForeignKeyConstraint(["count_id"], ["stock_count.id"], name=op.f("fk_count_explanation_count_id")),
        sa.ForeignKeyConstraint(
            ["explained_by_id"], ["user_account.id"], name=op.f("fk_count_explanation_explained_by_id")
        ),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_count_explanation_lot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_count_explanation")),
        info={"audit": "immutable"},
        sqlite_strict=True,
    )
    with op.batch_alter_table("count_explanation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_count_explanation_count_id"), ["count_id"], unique=False)

    op.create_table(
        "count_reading",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("count_id", sa.BigInteger(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("is_recount", sa.Boolean(), nullable=False),
        sa.Column("container_id", sa.BigInteger(), nullable=True),
        sa.Column("lot_id", sa.BigInteger(), nullable=True),
        sa.Column("amount", sa.Numeric(18, 6).with_variant(sa.BigInteger(), "sqlite"), nullable=True),
        sa.Column("pieces", sa.BigInteger(), nullable=True),
        sa.Column("identified_by", sa.Text(), nullable=False),
        sa.Column("raw", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("books_amount", sa.Numeric(18, 6).with_variant(sa.BigInteger(), "sqlite"), nullable=True),
        sa.Column("books_location_id", sa.BigInteger(), nullable=True),
        sa.Column("books_opened_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=True),
        sa.Column("books_draws", sa.BigInteger(), nullable=False),
        sa.Column("books_ids", sa.Text(), nullable=True),
        sa.Column("books_move_id", sa.BigInteger(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=False),
        sa.Column("counted_by_id", sa.BigInteger(), nullable=False),
        sa.Column("alone_reason", sa.Text(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=True),
        sa.Column("withdrawn_by_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("(lot_id IS NOT NULL) = (method = 'number')", name=op.f("ck_count_reading_number_of_a_lot")),
        sa.CheckConstraint(
            "(pieces IS NOT NULL) = (method = 'number')", name=op.f("ck_count_reading_number_has_pieces")
        ),
        sa.CheckConstraint(
            "container_id IS NOT NULL OR method IN ('number', 'stranger')",
            name=op.f("ck_count_reading_container_when_it_is_one"),
        ),
        sa.CheckConstraint(
            "identified_by IN ('our_code', 'makers_code', 'serial', 'by_hand')",
            name=op.f("ck_count_reading_identified_by_known"),
        ),
        sa.CheckConstraint(
            "method IN ('seen', 'measured', 'number', 'absent', 'stranger')", name=op.f("ck_count_reading_method_known")
        ),
        sa.CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_by_id IS NULL)", name=op.f("ck_count_reading_withdrawn_by_someone")
        ),
        sa.CheckConstraint("amount IS NULL OR amount >= 0", name=op.f("ck_count_reading_amount_not_negative")),
        sa.CheckConstraint("pieces IS NULL OR pieces >= 0", name=op.f("ck_count_reading_pieces_not_negative")),
        sa.ForeignKeyConstraint(
            ["books_location_id"], ["location.id"], name=op.f("fk_count_reading_books_location_id")
        ),
        sa.ForeignKeyConstraint(["container_id"], ["container.id"], name=op.f("fk_count_reading_container_id")),
        sa.ForeignKeyConstraint(["count_id"], ["stock_count.id"], name=op.f("fk_count_reading_count_id")),
        sa.ForeignKeyConstraint(["counted_by_id"], ["user_account.id"], name=op.f("fk_count_reading_counted_by_id")),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_count_reading_lot_id")),
        sa.ForeignKeyConstraint(
            ["withdrawn_by_id"], ["user_account.id"], name=op.f("fk_count_reading_withdrawn_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_count_reading")),
        info={"audit": "recorded"},
        sqlite_strict=True,
    )
    with op.batch_alter_table("count_reading", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_count_reading_container_id"), ["container_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_count_reading_count_id"), ["count_id"], unique=False)

    op.create_table(
        "transfer_line",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("transfer_id", sa.BigInteger(), nullable=False),
        sa.Column("container_id", sa.BigInteger(), nullable=False),
        sa.Column("identified_by", sa.Text(), nullable=False),
        sa.Column("raw", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "identified_by IN ('our_code', 'makers_code', 'serial', 'by_hand')",
            name=op.f("ck_transfer_line_identified_by_known"),
        ),
        sa.ForeignKeyConstraint(["container_id"], ["container.id"], name=op.f("fk_transfer_line_container_id")),
        sa.ForeignKeyConstraint(["transfer_id"], ["transfer.id"], name=op.f("fk_transfer_line_transfer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer_line")),
        sa.UniqueConstraint("transfer_id", "container_id", name=op.f("uq_transfer_line_transfer_id_container_id")),
        info={"audit": "immutable"},
        sqlite_strict=True,
    )
    with op.batch_alter_table("transfer_line", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_transfer_line_container_id"), ["container_id"], unique=False)

    op.create_table(
        "transfer_wish",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("transfer_id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=True),
        sa.Column("container_id", sa.BigInteger(), nullable=True),
        sa.Column("pieces", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(container_id IS NULL) = (product_id IS NOT NULL)", name=op.f("ck_transfer_wish_one_thing")
        ),
        sa.CheckConstraint("pieces > 0", name=op.f("ck_transfer_wish_pieces_positive")),
        sa.ForeignKeyConstraint(["container_id"], ["container.id"], name=op.f("fk_transfer_wish_container_id")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_transfer_wish_product_id")),
        sa.ForeignKeyConstraint(["transfer_id"], ["transfer.id"], name=op.f("fk_transfer_wish_transfer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer_wish")),
        info={"audit": "immutable"},
        sqlite_strict=True,
    )
    with op.batch_alter_table("transfer_wish", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_transfer_wish_container_id"), ["container_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_transfer_wish_transfer_id"), ["transfer_id"], unique=False)

    op.create_table(
        "count_result",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("count_id", sa.BigInteger(), nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=False),
        sa.Column("container_id", sa.BigInteger(), nullable=True),
        sa.Column("counted", sa.Numeric(18, 6).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("books_then", sa.Numeric(18, 6).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("booked", sa.Numeric(18, 6).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("tolerance", sa.Numeric(18, 6).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("explanation", sa.Text(), nullable=True),
        sa.Column("move_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["container_id"], ["container.id"], name=op.f("fk_count_result_container_id")),
        sa.ForeignKeyConstraint(["count_id"], ["stock_count.id"], name=op.f("fk_count_result_count_id")),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_count_result_lot_id")),
        sa.ForeignKeyConstraint(["move_id"], ["stock_move.id"], name=op.f("fk_count_result_move_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_count_result")),
        sa.UniqueConstraint("move_id", name=op.f("uq_count_result_move_id")),
        info={"audit": "immutable"},
        sqlite_strict=True,
    )
    with op.batch_alter_table("count_result", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_count_result_container_id"), ["container_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_count_result_count_id"), ["count_id"], unique=False)

    op.create_table(
        "transfer_arrival",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("line_id", sa.BigInteger(), nullable=False),
        sa.Column("arrival", sa.Text(), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("identified_by", sa.Text(), nullable=False),
        sa.Column("raw", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("arrived_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=False),
        sa.Column("arrived_by_id", sa.BigInteger(), nullable=False),
        sa.Column("signature_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(arrival = 'arrived') = (note IS NULL)", name=op.f("ck_transfer_arrival_says_what_is_wrong")
        ),
        sa.CheckConstraint(
            "(arrival = 'lost') = (signature_id IS NOT NULL)", name=op.f("ck_transfer_arrival_lost_with_signature")
        ),
        sa.CheckConstraint("arrival IN ('arrived', 'damaged', 'lost')", name=op.f("ck_transfer_arrival_arrival_known")),
        sa.CheckConstraint(
            "identified_by IN ('our_code', 'makers_code', 'serial', 'by_hand')",
            name=op.f("ck_transfer_arrival_identified_by_known"),
        ),
        sa.ForeignKeyConstraint(["arrived_by_id"], ["user_account.id"], name=op.f("fk_transfer_arrival_arrived_by_id")),
        sa.ForeignKeyConstraint(["entry_id"], ["stock_entry.id"], name=op.f("fk_transfer_arrival_entry_id")),
        sa.ForeignKeyConstraint(["line_id"], ["transfer_line.id"], name=op.f("fk_transfer_arrival_line_id")),
        sa.ForeignKeyConstraint(["signature_id"], ["signature.id"], name=op.f("fk_transfer_arrival_signature_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer_arrival")),
        sa.UniqueConstraint("line_id", name=op.f("uq_transfer_arrival_line_id")),
        info={"audit": "immutable"},
        sqlite_strict=True,
    )
    with op.batch_alter_table("transfer_arrival", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_transfer_arrival_entry_id"), ["entry_id"], unique=False)

    with op.batch_alter_table("stock_entry", schema=None) as batch_op:
        batch_op.add_column(sa.Column("transfer_id", sa.BigInteger(), nullable=True))
        batch_op.drop_constraint(batch_op.f("ck_stock_entry_purpose_known"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_stock_entry_purpose_known"), PURPOSE_KNOWN)
        batch_op.create_check_constraint(
            batch_op.f("ck_stock_entry_transfer_id_when_due"), "(transfer_id IS NOT NULL) = (purpose = 'transferred')"
        )
        batch_op.create_index(batch_op.f("ix_stock_entry_transfer_id"), ["transfer_id"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_stock_entry_transfer_id"), "transfer", ["transfer_id"], ["id"])
