"""Adoption of rule packs

A responsible person's signature under the body of rules that a site works by. A site keeps the pack chosen at its
set-up; it has no row here until somebody signs, and the pages say so.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rule_pack_adoption",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("rule_pack", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("adopted_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=False),
        sa.Column("signature_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "rule_pack IN ('us_797', 'eu_generic', 'uk_hmr2012')", name=op.f("ck_rule_pack_adoption_rule_pack_known")
        ),
        sa.ForeignKeyConstraint(["signature_id"], ["signature.id"], name=op.f("fk_rule_pack_adoption_signature_id")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_rule_pack_adoption_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_pack_adoption")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_rule_pack_adoption_site_id"), "rule_pack_adoption", ["site_id"], unique=False)
