"""The catalogue

Products and substances gain what they are found by, where their facts come from and who verified them; products also
how they are kept. Flags, incompatibility rules, areas and techniques are new.

Rows that exist keep all they have. The clinic entered them itself, so they carry no doubt and count as verified; they
are in use; their search words are made from their names. Whatever else is new is empty in them, because the audit
chain tells how they were made and knows nothing of it.
"""

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _add_tables()
    for table in ("product", "substance"):
        _extend(table, _sourced())
    for table, columns in _more_columns().items():
        _extend(table, columns)
    _fill_in()
    _demand_what_is_filled_in()


def _instant(name):
    return sa.Column(name, sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=True)


def _amount(name):
    return sa.Column(name, sa.Numeric(18, 6).with_variant(sa.BigInteger(), "sqlite"), nullable=True)


def _text(name):
    return sa.Column(name, sa.Text(), nullable=True)


def _sourced():
    return [
        _text("source"),
        _text("doubt"),
        _instant("verified_at"),
        sa.Column("verified_by_id", sa.BigInteger(), nullable=True),
        _text("seed_key"),
        _text("ingredient_class"),
        _text("synonyms"),
        _text("search_words"),
    ]


def _more_columns():
    return {
        "product": [
            _instant("deactivated_at"),
            _text("brand"),
            _text("storage"),
            _text("storage_words"),
            sa.Column("may_be_kept", sa.Boolean(), nullable=True),
            sa.Column("is_light_sensitive", sa.Boolean(), nullable=True),
            _amount("ph_min"),
            _amount("ph_max"),
            _amount("reorder_point"),
        ],
        "product_code": [_instant("removed_at")],
        "product_strength": [_instant("removed_at")],
        "substance": [sa.Column("version", sa.BigInteger(), nullable=True)],
        "supplier": [_text("contact"), sa.Column("version", sa.BigInteger(), nullable=True)],
    }


def _extend(table, columns) -> None:
    for column in columns:
        op.add_column(table, column)


def _fill_in() -> None:
    """The names are folded as the application folds them (models/folding.py)."""
    connection = op.get_bind()
    for name in ("product", "substance"):
        table = sa.table(name, sa.column("id"), sa.column("name"), sa.column("search_words"))
        for row in connection.execute(sa.select(table.c.id, table.c.name)).all():
            connection.execute(sa.update(table).where(table.c.id == row.id).values(search_words=_folded(row.name)))
    for name in ("substance", "supplier"):
        table = sa.table(name, sa.column("version"))
        connection.execute(sa.update(table).values(version=1))


def _folded(text):
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    kept = (letter if letter.isalnum() else " " for letter in decomposed if not unicodedata.combining(letter))
    return " ".join("".join(kept).split())


def _demand_what_is_filled_in() -> None:
    with op.batch_alter_table("product", schema=None) as batch_op:
        batch_op.alter_column("search_words", existing_type=sa.Text(), nullable=False)
        batch_op.create_check_constraint(batch_op.f("ck_product_ingredient_class_known"), INGREDIENT_CLASS_KNOWN)
        batch_op.create_check_constraint(
            batch_op.f("ck_product_storage_known"), "storage IN ('room_temperature', 'refrigerator', 'freezer')"
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_product_ph_in_order"), "ph_min IS NULL OR ph_max IS NULL OR ph_min <= ph_max"
        )
        batch_op.create_check_constraint(batch_op.f("ck_product_reorder_point_not_negative"), "reorder_point >= 0")
        batch_op.create_check_constraint(
            batch_op.f("ck_product_verified_by_somebody"), "(verified_at IS NULL) = (verified_by_id IS NULL)"
        )
        batch_op.create_unique_constraint(batch_op.f("uq_product_seed_key"), ["seed_key"])
        batch_op.create_foreign_key(batch_op.f("fk_product_verified_by_id"), "user_account", ["verified_by_id"], ["id"])

    with op.batch_alter_table("substance", schema=None) as batch_op:
        batch_op.alter_column("search_words", existing_type=sa.Text(), nullable=False)
        batch_op.alter_column("version", existing_type=sa.BigInteger(), nullable=False)
        batch_op.create_check_constraint(batch_op.f("ck_substance_ingredient_class_known"), INGREDIENT_CLASS_KNOWN)
        batch_op.create_check_constraint(
            batch_op.f("ck_substance_verified_by_somebody"), "(verified_at IS NULL) = (verified_by_id IS NULL)"
        )
        batch_op.create_unique_constraint(batch_op.f("uq_substance_seed_key"), ["seed_key"])
        batch_op.create_foreign_key(
            batch_op.f("fk_substance_verified_by_id"), "user_account", ["verified_by_id"], ["id"]
        )

    with op.batch_alter_table("supplier", schema=None) as batch_op:
        batch_op.alter_column("version", existing_type=sa.BigInteger(), nullable=False)


INGREDIENT_CLASS_KNOWN = "ingredient_class IN ('hyaluronic_acid_free', 'hyaluronic_acid_crosslinked', 'polynucleotide', 'vitamin_c', 'vitamin_e', 'vitamin_other', 'zinc', 'selenium', 'mineral_other', 'amino_acid', 'antioxidant', 'phosphatidylcholine_deoxycholate', 'caffeine', 'lipolytic_other', 'plant_extract', 'hair_restoration', 'depigmenting', 'anaesthetic', 'enzyme', 'toxin', 'diluent', 'other')"


def _add_tables() -> None:
    op.create_table(
        "incompatibility_rule",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("what_happens", sa.Text(), nullable=False),
        sa.Column("unless", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("doubt", sa.Text(), nullable=True),
        sa.Column("verified_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=True),
        sa.Column("verified_by_id", sa.BigInteger(), nullable=True),
        sa.Column("seed_key", sa.Text(), nullable=True),
        sa.Column("deactivated_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=True),
        sa.CheckConstraint("level IN ('block', 'warn', 'info')", name=op.f("ck_incompatibility_rule_level_known")),
        sa.CheckConstraint(
            "(verified_at IS NULL) = (verified_by_id IS NULL)",
            name=op.f("ck_incompatibility_rule_verified_by_somebody"),
        ),
        sa.ForeignKeyConstraint(
            ["verified_by_id"], ["user_account.id"], name=op.f("fk_incompatibility_rule_verified_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incompatibility_rule")),
        sa.UniqueConstraint("code", name=op.f("uq_incompatibility_rule_code")),
        sa.UniqueConstraint("seed_key", name=op.f("uq_incompatibility_rule_seed_key")),
        sqlite_strict=True,
    )
    op.create_table(
        "technique",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("depth", sa.Text(), nullable=True),
        sa.Column("geometry", sa.Text(), nullable=True),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("doubt", sa.Text(), nullable=True),
        sa.Column("verified_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=True),
        sa.Column("verified_by_id", sa.BigInteger(), nullable=True),
        sa.Column("seed_key", sa.Text(), nullable=True),
        sa.Column("deactivated_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=True),
        sa.CheckConstraint(
            "(verified_at IS NULL) = (verified_by_id IS NULL)", name=op.f("ck_technique_verified_by_somebody")
        ),
        sa.ForeignKeyConstraint(["verified_by_id"], ["user_account.id"], name=op.f("fk_technique_verified_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_technique")),
        sa.UniqueConstraint("name", name=op.f("uq_technique_name")),
        sa.UniqueConstraint("seed_key", name=op.f("uq_technique_seed_key")),
        sqlite_strict=True,
    )
    op.create_table(
        "treatment_area",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("doubt", sa.Text(), nullable=True),
        sa.Column("verified_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=True),
        sa.Column("verified_by_id", sa.BigInteger(), nullable=True),
        sa.Column("seed_key", sa.Text(), nullable=True),
        sa.Column("deactivated_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=True),
        sa.CheckConstraint(
            "(verified_at IS NULL) = (verified_by_id IS NULL)", name=op.f("ck_treatment_area_verified_by_somebody")
        ),
        sa.ForeignKeyConstraint(["verified_by_id"], ["user_account.id"], name=op.f("fk_treatment_area_verified_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_treatment_area")),
        sa.UniqueConstraint("name", name=op.f("uq_treatment_area_name")),
        sa.UniqueConstraint("seed_key", name=op.f("uq_treatment_area_seed_key")),
        sqlite_strict=True,
    )
    op.create_table(
        "incompatibility_selector",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("rule_id", sa.BigInteger(), nullable=False),
        sa.Column("side", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("substance_id", sa.BigInteger(), nullable=True),
        sa.Column("ingredient_class", sa.Text(), nullable=True),
        sa.Column("flag", sa.Text(), nullable=True),
        sa.CheckConstraint("(kind = 'flag') = (flag IS NOT NULL)", name=op.f("ck_incompatibility_selector_flag_named")),
        sa.CheckConstraint(
            "(kind = 'ingredient_class') = (ingredient_class IS NOT NULL)",
            name=op.f("ck_incompatibility_selector_class_named"),
        ),
        sa.CheckConstraint(
            "(kind = 'substance') = (substance_id IS NOT NULL)",
            name=op.f("ck_incompatibility_selector_substance_named"),
        ),
        sa.CheckConstraint(
            "flag IN ('soy', 'egg', 'fish', 'benzyl_alcohol', 'sulfite', 'paraben', 'amide_anaesthetic', 'ester_anaesthetic', 'salicylate', 'bovine', 'ovine', 'human_derived', 'thiomersal', 'latex', 'gram_positive_protein', 'hyaluronidase', 'nickel', 'asteraceae', 'acidic', 'alkaline', 'oxidiser', 'reducer', 'quaternary_ammonium', 'copper_or_iron', 'calcium', 'phosphate_or_bicarbonate')",
            name=op.f("ck_incompatibility_selector_flag_known"),
        ),
        sa.CheckConstraint(
            "ingredient_class IN ('hyaluronic_acid_free', 'hyaluronic_acid_crosslinked', 'polynucleotide', 'vitamin_c', 'vitamin_e', 'vitamin_other', 'zinc', 'selenium', 'mineral_other', 'amino_acid', 'antioxidant', 'phosphatidylcholine_deoxycholate', 'caffeine', 'lipolytic_other', 'plant_extract', 'hair_restoration', 'depigmenting', 'anaesthetic', 'enzyme', 'toxin', 'diluent', 'other')",
            name=op.f("ck_incompatibility_selector_ingredient_class_known"),
        ),
        sa.CheckConstraint(
            "kind IN ('substance', 'ingredient_class', 'flag')", name=op.f("ck_incompatibility_selector_kind_known")
        ),
        sa.CheckConstraint("side IN (1, 2)", name=op.f("ck_incompatibility_selector_side_known")),
        sa.ForeignKeyConstraint(
            ["rule_id"], ["incompatibility_rule.id"], name=op.f("fk_incompatibility_selector_rule_id")
        ),
        sa.ForeignKeyConstraint(
            ["substance_id"], ["substance.id"], name=op.f("fk_incompatibility_selector_substance_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incompatibility_selector")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("incompatibility_selector", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_incompatibility_selector_rule_id"), ["rule_id"], unique=False)

    op.create_table(
        "product_flag",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("doubt", sa.Text(), nullable=True),
        sa.Column("verified_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=True),
        sa.Column("verified_by_id", sa.BigInteger(), nullable=True),
        sa.Column("seed_key", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('soy', 'egg', 'fish', 'benzyl_alcohol', 'sulfite', 'paraben', 'amide_anaesthetic', 'ester_anaesthetic', 'salicylate', 'bovine', 'ovine', 'human_derived', 'thiomersal', 'latex', 'gram_positive_protein', 'hyaluronidase', 'nickel', 'asteraceae', 'acidic', 'alkaline', 'oxidiser', 'reducer', 'quaternary_ammonium', 'copper_or_iron', 'calcium', 'phosphate_or_bicarbonate')",
            name=op.f("ck_product_flag_kind_known"),
        ),
        sa.CheckConstraint(
            "(verified_at IS NULL) = (verified_by_id IS NULL)", name=op.f("ck_product_flag_verified_by_somebody")
        ),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_product_flag_product_id")),
        sa.ForeignKeyConstraint(["verified_by_id"], ["user_account.id"], name=op.f("fk_product_flag_verified_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_flag")),
        sa.UniqueConstraint("product_id", "kind", name=op.f("uq_product_flag_product_id_kind")),
        sqlite_strict=True,
    )
