"""Ground

The tables of the ground: organisation, people, catalogue, stock, care and evidence. No rows exist before it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "installation",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_installation_only_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation")),
        sqlite_strict=True,
    )
    op.create_table(
        "patient",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("clinic_number", sa.Text(), nullable=True),
        sa.Column("registered_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient")),
        sa.UniqueConstraint("clinic_number", name=op.f("uq_patient_clinic_number")),
        sa.UniqueConstraint("reference", name=op.f("uq_patient_reference")),
        sqlite_strict=True,
    )
    op.create_table(
        "product",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("regulatory_class", sa.Text(), nullable=False),
        sa.Column("container_kind", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("content", sa.Numeric(18, 6).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("tracking", sa.Text(), nullable=False),
        sa.Column("is_injectable", sa.Boolean(), nullable=False),
        sa.Column("is_mix_never", sa.Boolean(), nullable=False),
        sa.Column("is_preserved", sa.Boolean(), nullable=False),
        sa.Column("is_sterile", sa.Boolean(), nullable=False),
        sa.Column("label_in_use_hours", sa.BigInteger(), nullable=True),
        sa.Column("label_in_use_days", sa.BigInteger(), nullable=True),
        sa.Column("overfill", sa.Numeric(18, 6).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("is_free_cocktail", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "container_kind IN ('ampoule', 'single_dose_vial', 'multi_dose_vial', 'pharmacy_bulk_package', 'prefilled_syringe', 'bag', 'powder_vial', 'compounded_single', 'compounded_multi', 'kit')",
            name=op.f("ck_product_container_kind_known"),
        ),
        sa.CheckConstraint(
            "regulatory_class IN ('medicine_authorised', 'medicine_unlicensed', 'device_iii', 'device_other', 'device_annex_xvi', 'cosmetic', 'homeopathic', 'human_derived', 'consumable', 'compounded_here')",
            name=op.f("ck_product_regulatory_class_known"),
        ),
        sa.CheckConstraint("tracking IN ('each', 'pack')", name=op.f("ck_product_tracking_known")),
        sa.CheckConstraint("unit IN ('mL', 'mg', 'IU', 'piece')", name=op.f("ck_product_unit_known")),
        sa.CheckConstraint("content > 0", name=op.f("ck_product_content_positive")),
        sa.CheckConstraint(
            "label_in_use_hours IS NULL OR label_in_use_days IS NULL", name=op.f("ck_product_one_label_in_use")
        ),
        sa.CheckConstraint("overfill >= 0", name=op.f("ck_product_overfill_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product")),
        sa.UniqueConstraint("name", name=op.f("uq_product_name")),
        sqlite_strict=True,
    )
    op.create_table(
        "sign_in_attempt",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("name_hash", sa.LargeBinary(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=False),
        sa.Column("is_success", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_attempt")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("sign_in_attempt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_attempt_address_at"), ["address", "at"], unique=False)
        batch_op.create_index(batch_op.f("ix_sign_in_attempt_name_hash_at"), ["name_hash", "at"], unique=False)

    op.create_table(
        "site",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("rule_pack", sa.Text(), nullable=False),
        sa.Column("rule_pack_version", sa.Text(), nullable=False),
        sa.Column("mixing_place", sa.Text(), nullable=False),
        sa.Column("holds_incoming", sa.Boolean(), nullable=False),
        sa.Column("demands_second_person", sa.Boolean(), nullable=False),
        sa.Column("is_single_handed", sa.Boolean(), nullable=False),
        sa.Column("in_use_caps_beyond_use", sa.Boolean(), nullable=False),
        sa.Column("complete_since", sa.Date().with_variant(sa.Text(), "sqlite"), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "mixing_place IN ('treatment_room', 'hood', 'clean_room')", name=op.f("ck_site_mixing_place_known")
        ),
        sa.CheckConstraint("rule_pack IN ('us_797', 'eu_generic', 'uk_hmr2012')", name=op.f("ck_site_rule_pack_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site")),
        sa.UniqueConstraint("name", name=op.f("uq_site_name")),
        sqlite_strict=True,
    )
    op.create_table(
        "substance",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_substance")),
        sa.UniqueConstraint("name", name=op.f("uq_substance_name")),
        sqlite_strict=True,
    )
    op.create_table(
        "supplier",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supplier")),
        sa.UniqueConstraint("name", name=op.f("uq_supplier_name")),
        sqlite_strict=True,
    )
    op.create_table(
        "user_account",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("sign_in_name", sa.Text(), nullable=False),
        sa.Column("full_name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("sign_in_name", name=op.f("uq_user_account_sign_in_name")),
        sqlite_strict=True,
    )
    op.create_table(
        "access_log",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=True),
        sa.Column("page", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_access_log_patient_id")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_access_log_site_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_access_log_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_log")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("access_log", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_access_log_patient_id_at"), ["patient_id", "at"], unique=False)
        batch_op.create_index(batch_op.f("ix_access_log_user_id_at"), ["user_id", "at"], unique=False)

    op.create_table(
        "api_token",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_api_token_site_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_api_token_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_token_token_hash")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("api_token", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_api_token_user_id"), ["user_id"], unique=False)

    op.create_table(
        "audit_chain",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("site_id", sa.BigInteger(), nullable=True),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_audit_chain_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_chain")),
        sa.UniqueConstraint("site_id", name=op.f("uq_audit_chain_site_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "credential",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("licence", sa.Text(), nullable=False),
        sa.Column("from_on", sa.Date().with_variant(sa.Text(), "sqlite"), nullable=False),
        sa.Column("until_on", sa.Date().with_variant(sa.Text(), "sqlite"), nullable=True),
        sa.CheckConstraint(
            "kind IN ('physician', 'pharmacist', 'nurse', 'prescriber', 'other')", name=op.f("ck_credential_kind_known")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_credential_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credential")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("credential", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_credential_user_id"), ["user_id"], unique=False)

    op.create_table(
        "delivery",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("supplier_id", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_delivery_site_id")),
        sa.ForeignKeyConstraint(["supplier_id"], ["supplier.id"], name=op.f("fk_delivery_supplier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_delivery_site_id_received_at"), ["site_id", "received_at"], unique=False)

    op.create_table(
        "idempotency_key",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("status", sa.BigInteger(), nullable=False),
        sa.Column("location", sa.Text(), nullable=True),
        sa.Column("ids", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_idempotency_key_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotency_key")),
        sa.UniqueConstraint("user_id", "endpoint", "key", name=op.f("uq_idempotency_key_user_id_endpoint_key")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("idempotency_key", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_idempotency_key_created_at"), ["created_at"], unique=False)

    op.create_table(
        "location",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("is_quarantine", sa.Boolean(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('storage', 'room', 'transit', 'supplier', 'compounding', 'patient', 'waste', 'external', 'adjustment')",
            name=op.f("ck_location_kind_known"),
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_location_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_location")),
        sa.UniqueConstraint("code", name=op.f("uq_location_code")),
        sa.UniqueConstraint("site_id", "name", name=op.f("uq_location_site_id_name")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("location", schema=None) as batch_op:
        batch_op.create_index(
            "uq_location_boundary",
            ["site_id", "kind"],
            unique=True,
            sqlite_where=sa.text(
                "kind IN ('transit', 'supplier', 'compounding', 'patient', 'waste', 'external', 'adjustment')"
            ),
            postgresql_where=sa.text(
                "kind IN ('transit', 'supplier', 'compounding', 'patient', 'waste', 'external', 'adjustment')"
            ),
        )

    op.create_table(
        "lot",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("lot_number", sa.Text(), nullable=False),
        sa.Column("expires_on", sa.Date().with_variant(sa.Text(), "sqlite"), nullable=True),
        sa.Column("is_month_only", sa.Boolean(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("merged_into_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("origin IN ('received', 'compounded')", name=op.f("ck_lot_origin_known")),
        sa.ForeignKeyConstraint(["merged_into_id"], ["lot.id"], name=op.f("fk_lot_merged_into_id")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_lot_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lot")),
        sa.UniqueConstraint("product_id", "lot_number", name=op.f("uq_lot_product_id_lot_number")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("lot", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_lot_lot_number"), ["lot_number"], unique=False)

    op.create_table(
        "membership",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "role IN ('administrator', 'pharmacist', 'practitioner', 'assistant', 'auditor')",
            name=op.f("ck_membership_role_known"),
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_membership_site_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_membership_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
        sa.UniqueConstraint("user_id", "site_id", "role", name=op.f("uq_membership_user_id_site_id_role")),
        sqlite_strict=True,
    )
    op.create_table(
        "one_time_link",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_one_time_link_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_one_time_link_token_hash")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("one_time_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_one_time_link_user_id"), ["user_id"], unique=False)

    op.create_table(
        "patient_identity_version",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("full_name", sa.Text(), nullable=False),
        sa.Column("born_on", sa.Date().with_variant(sa.Text(), "sqlite"), nullable=True),
        sa.Column("contact", sa.Text(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_patient_identity_version_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient_identity_version")),
        sa.UniqueConstraint("patient_id", "version", name=op.f("uq_patient_identity_version_patient_id_version")),
        sqlite_strict=True,
    )
    op.create_table(
        "patient_key",
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_patient_key_patient_id")),
        sa.PrimaryKeyConstraint("patient_id", name=op.f("pk_patient_key")),
        sqlite_strict=True,
    )
    op.create_table(
        "product_code",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("containers_per_pack", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("scheme IN ('gtin', 'hibc', 'national')", name=op.f("ck_product_code_scheme_known")),
        sa.CheckConstraint("containers_per_pack > 0", name=op.f("ck_product_code_containers_positive")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_product_code_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_code")),
        sa.UniqueConstraint("scheme", "code", name=op.f("uq_product_code_scheme_code")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("product_code", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_product_code_product_id"), ["product_id"], unique=False)

    op.create_table(
        "product_strength",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("substance_id", sa.BigInteger(), nullable=False),
        sa.Column("strength", sa.Numeric(18, 6).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("strength_unit", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "strength_unit IN ('mg', 'mcg', 'g', 'IU')", name=op.f("ck_product_strength_strength_unit_known")
        ),
        sa.CheckConstraint("strength > 0", name=op.f("ck_product_strength_strength_positive")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_product_strength_product_id")),
        sa.ForeignKeyConstraint(["substance_id"], ["substance.id"], name=op.f("fk_product_strength_substance_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_strength")),
        sa.UniqueConstraint("product_id", "substance_id", name=op.f("uq_product_strength_product_id_substance_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "responsible_person",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("from_on", sa.Date().with_variant(sa.Text(), "sqlite"), nullable=False),
        sa.Column("until_on", sa.Date().with_variant(sa.Text(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_responsible_person_site_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_responsible_person_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_responsible_person")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("responsible_person", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_responsible_person_site_id_user_id"), ["site_id", "user_id"], unique=False)

    op.create_table(
        "sign_in",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("site_id", sa.BigInteger(), nullable=True),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=False),
        sa.Column("locked_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_sign_in_site_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_sign_in_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_in_token_hash")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_user_id"), ["user_id"], unique=False)

    op.create_table(
        "signature",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("printed_name", sa.Text(), nullable=False),
        sa.Column("meaning", sa.Text(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=False),
        sa.Column("record_kind", sa.Text(), nullable=False),
        sa.Column("record_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("is_single_handed", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "meaning IN ('authored', 'prepared', 'checked', 'approved', 'released', 'administered', 'witnessed', 'reviewed')",
            name=op.f("ck_signature_meaning_known"),
        ),
        sa.CheckConstraint(
            "NOT is_single_handed OR reason IS NOT NULL", name=op.f("ck_signature_single_handed_says_why")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_signature_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signature")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("signature", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_signature_record_kind_record_id"), ["record_kind", "record_id"], unique=False
        )

    op.create_table(
        "audit_checkpoint",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("chain_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=False),
        sa.Column("access_log_id", sa.BigInteger(), nullable=False),
        sa.Column("access_log_hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["chain_id"], ["audit_chain.id"], name=op.f("fk_audit_checkpoint_chain_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_checkpoint")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("audit_checkpoint", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_checkpoint_chain_id_seq"), ["chain_id", "seq"], unique=False)

    op.create_table(
        "audit_entry",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("chain_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["chain_id"], ["audit_chain.id"], name=op.f("fk_audit_entry_chain_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_audit_entry_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
        sa.UniqueConstraint("chain_id", "seq", name=op.f("uq_audit_entry_chain_id_seq")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_entry_at"), ["at"], unique=False)

    op.create_table(
        "delivery_line",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("delivery_id", sa.BigInteger(), nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("containers", sa.BigInteger(), nullable=False),
        sa.Column("damaged", sa.BigInteger(), nullable=False),
        sa.Column("unit_cost", sa.Numeric(14, 4).with_variant(sa.BigInteger(), "sqlite"), nullable=True),
        sa.Column("raw_scan", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('bought', 'free', 'sample', 'consignment', 'loan')", name=op.f("ck_delivery_line_kind_known")
        ),
        sa.CheckConstraint("containers > 0", name=op.f("ck_delivery_line_containers_positive")),
        sa.CheckConstraint("damaged >= 0 AND damaged <= containers", name=op.f("ck_delivery_line_damaged_within")),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name=op.f("fk_delivery_line_delivery_id")),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_delivery_line_lot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_line")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("delivery_line", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_delivery_line_delivery_id"), ["delivery_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_delivery_line_lot_id"), ["lot_id"], unique=False)

    op.create_table(
        "lot_correction",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("from_lot_id", sa.BigInteger(), nullable=False),
        sa.Column("to_lot_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("corrected_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=False),
        sa.Column("signature_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["from_lot_id"], ["lot.id"], name=op.f("fk_lot_correction_from_lot_id")),
        sa.ForeignKeyConstraint(["signature_id"], ["signature.id"], name=op.f("fk_lot_correction_signature_id")),
        sa.ForeignKeyConstraint(["to_lot_id"], ["lot.id"], name=op.f("fk_lot_correction_to_lot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lot_correction")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("lot_correction", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_lot_correction_from_lot_id"), ["from_lot_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_lot_correction_to_lot_id"), ["to_lot_id"], unique=False)

    op.create_table(
        "pack",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("gtin", sa.Text(), nullable=False),
        sa.Column("serial", sa.Text(), nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_pack_lot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pack")),
        sa.UniqueConstraint("gtin", "serial", name=op.f("uq_pack_gtin_serial")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("pack", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pack_lot_id"), ["lot_id"], unique=False)

    op.create_table(
        "treatment_session",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("practitioner_id", sa.BigInteger(), nullable=False),
        sa.Column("room_id", sa.BigInteger(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=True),
        sa.Column("ending", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "ending IN ('completed', 'stopped', 'cancelled', 'no_show')", name=op.f("ck_treatment_session_ending_known")
        ),
        sa.CheckConstraint("(ended_at IS NULL) = (ending IS NULL)", name=op.f("ck_treatment_session_ended_somehow")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_treatment_session_patient_id")),
        sa.ForeignKeyConstraint(
            ["practitioner_id"], ["user_account.id"], name=op.f("fk_treatment_session_practitioner_id")
        ),
        sa.ForeignKeyConstraint(["room_id"], ["location.id"], name=op.f("fk_treatment_session_room_id")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_treatment_session_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_treatment_session")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("treatment_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_treatment_session_patient_id"), ["patient_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_treatment_session_site_id_started_at"), ["site_id", "started_at"], unique=False
        )

    op.create_table(
        "audit_subject",
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("record_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["audit_entry.id"], name=op.f("fk_audit_subject_entry_id")),
        sa.PrimaryKeyConstraint("entry_id", "kind", "record_id", name=op.f("pk_audit_subject")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("audit_subject", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_audit_subject_kind_record_id_entry_id"), ["kind", "record_id", "entry_id"], unique=False
        )

    op.create_table(
        "compounding_record",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=True),
        sa.Column("storage", sa.Text(), nullable=True),
        sa.Column("is_sterility_tested", sa.Boolean(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=True),
        sa.Column("treatment_session_id", sa.BigInteger(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=False),
        sa.Column("beyond_use_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=True),
        sa.Column("binding_limit", sa.Text(), nullable=False),
        sa.Column("theoretical_amount", sa.Numeric(18, 6).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("yield_amount", sa.Numeric(18, 6).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("prepared_by_id", sa.BigInteger(), nullable=False),
        sa.Column("checked_by_id", sa.BigInteger(), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=True),
        sa.CheckConstraint(
            "kind IN ('cocktail', 'reconstitution', 'stock_batch')", name=op.f("ck_compounding_record_kind_known")
        ),
        sa.CheckConstraint(
            "lane IN ('administer_only', 'immediate_use', 'category_1', 'category_2', 'category_3')",
            name=op.f("ck_compounding_record_lane_known"),
        ),
        sa.CheckConstraint("method IN ('aseptic', 'terminal')", name=op.f("ck_compounding_record_method_known")),
        sa.CheckConstraint(
            "storage IN ('room_temperature', 'refrigerator', 'freezer')",
            name=op.f("ck_compounding_record_storage_known"),
        ),
        sa.CheckConstraint("theoretical_amount > 0", name=op.f("ck_compounding_record_theoretical_positive")),
        sa.CheckConstraint("yield_amount >= 0", name=op.f("ck_compounding_record_yield_not_negative")),
        sa.ForeignKeyConstraint(
            ["checked_by_id"], ["user_account.id"], name=op.f("fk_compounding_record_checked_by_id")
        ),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_compounding_record_lot_id")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_compounding_record_patient_id")),
        sa.ForeignKeyConstraint(
            ["prepared_by_id"], ["user_account.id"], name=op.f("fk_compounding_record_prepared_by_id")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_compounding_record_site_id")),
        sa.ForeignKeyConstraint(
            ["treatment_session_id"], ["treatment_session.id"], name=op.f("fk_compounding_record_treatment_session_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_compounding_record")),
        sa.UniqueConstraint("lot_id", name=op.f("uq_compounding_record_lot_id")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("compounding_record", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_compounding_record_site_id_started_at"), ["site_id", "started_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_compounding_record_treatment_session_id"), ["treatment_session_id"], unique=False
        )

    op.create_table(
        "container",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=False),
        sa.Column("pack_id", sa.BigInteger(), nullable=True),
        sa.Column("location_id", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.Numeric(18, 6).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("found", sa.Numeric(18, 6).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("remaining", sa.Numeric(18, 6).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=True),
        sa.Column("discard_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=True),
        sa.Column("opened_for_session_id", sa.BigInteger(), nullable=True),
        sa.Column("kept_for_patient_id", sa.BigInteger(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=True),
        sa.Column("closed_why", sa.Text(), nullable=True),
        sa.Column("split_from_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "closed_why IN ('opening', 'received', 'found', 'prepared', 'compounded', 'administered', 'wasted', 'destroyed', 'returned', 'sampled', 'transferred', 'lost', 'moved', 'split')",
            name=op.f("ck_container_closed_why_known"),
        ),
        sa.CheckConstraint("(closed_at IS NULL) = (closed_why IS NULL)", name=op.f("ck_container_closed_somehow")),
        sa.CheckConstraint("content > 0", name=op.f("ck_container_content_positive")),
        sa.CheckConstraint(
            "discard_at IS NULL OR opened_at IS NOT NULL", name=op.f("ck_container_discard_when_opened")
        ),
        sa.CheckConstraint("found >= 0", name=op.f("ck_container_found_not_negative")),
        sa.CheckConstraint(
            "remaining >= 0 AND remaining <= content + found", name=op.f("ck_container_remaining_within")
        ),
        sa.ForeignKeyConstraint(["kept_for_patient_id"], ["patient.id"], name=op.f("fk_container_kept_for_patient_id")),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name=op.f("fk_container_location_id")),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_container_lot_id")),
        sa.ForeignKeyConstraint(
            ["opened_for_session_id"], ["treatment_session.id"], name=op.f("fk_container_opened_for_session_id")
        ),
        sa.ForeignKeyConstraint(["pack_id"], ["pack.id"], name=op.f("fk_container_pack_id")),
        sa.ForeignKeyConstraint(["split_from_id"], ["container.id"], name=op.f("fk_container_split_from_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_container")),
        sa.UniqueConstraint("code", name=op.f("uq_container_code")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("container", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_container_lot_id"), ["lot_id"], unique=False)
        batch_op.create_index(
            "ix_container_on_hand",
            ["location_id", "lot_id"],
            unique=False,
            sqlite_where=sa.text("remaining > 0"),
            postgresql_where=sa.text("remaining > 0"),
        )
        batch_op.create_index(
            "ix_container_on_hand_lot",
            ["lot_id"],
            unique=False,
            sqlite_where=sa.text("remaining > 0"),
            postgresql_where=sa.text("remaining > 0"),
        )
        batch_op.create_index(
            "ix_container_split_from",
            ["split_from_id"],
            unique=False,
            sqlite_where=sa.text("split_from_id IS NOT NULL"),
            postgresql_where=sa.text("split_from_id IS NOT NULL"),
        )

    op.create_table(
        "hold",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("container_id", sa.BigInteger(), nullable=True),
        sa.Column("lot_id", sa.BigInteger(), nullable=True),
        sa.Column("location_id", sa.BigInteger(), nullable=True),
        sa.Column("site_id", sa.BigInteger(), nullable=True),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("delivery_line_id", sa.BigInteger(), nullable=True),
        sa.Column("placed_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=False),
        sa.Column("placed_by_id", sa.BigInteger(), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=True),
        sa.Column("lifted_by_id", sa.BigInteger(), nullable=True),
        sa.Column("lift_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('incoming', 'quality', 'excursion', 'recall', 'evidence')", name=op.f("ck_hold_kind_known")
        ),
        sa.CheckConstraint(
            "(CASE WHEN container_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN lot_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN location_id IS NULL THEN 0 ELSE 1 END) = 1",
            name=op.f("ck_hold_one_target"),
        ),
        sa.CheckConstraint("(lifted_at IS NULL) = (lifted_by_id IS NULL)", name=op.f("ck_hold_lifted_by_someone")),
        sa.ForeignKeyConstraint(["container_id"], ["container.id"], name=op.f("fk_hold_container_id")),
        sa.ForeignKeyConstraint(["delivery_line_id"], ["delivery_line.id"], name=op.f("fk_hold_delivery_line_id")),
        sa.ForeignKeyConstraint(["lifted_by_id"], ["user_account.id"], name=op.f("fk_hold_lifted_by_id")),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name=op.f("fk_hold_location_id")),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_hold_lot_id")),
        sa.ForeignKeyConstraint(["parent_id"], ["hold.id"], name=op.f("fk_hold_parent_id")),
        sa.ForeignKeyConstraint(["placed_by_id"], ["user_account.id"], name=op.f("fk_hold_placed_by_id")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_hold_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hold")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("hold", schema=None) as batch_op:
        batch_op.create_index(
            "ix_hold_container",
            ["container_id"],
            unique=False,
            sqlite_where=sa.text("lifted_at IS NULL"),
            postgresql_where=sa.text("lifted_at IS NULL"),
        )
        batch_op.create_index(
            "ix_hold_location",
            ["location_id"],
            unique=False,
            sqlite_where=sa.text("lifted_at IS NULL"),
            postgresql_where=sa.text("lifted_at IS NULL"),
        )
        batch_op.create_index(
            "ix_hold_lot",
            ["lot_id"],
            unique=False,
            sqlite_where=sa.text("lifted_at IS NULL"),
            postgresql_where=sa.text("lifted_at IS NULL"),
        )
        batch_op.create_index(batch_op.f("ix_hold_parent_id"), ["parent_id"], unique=False)

    op.create_table(
        "lot_correction_container",
        sa.Column("correction_id", sa.BigInteger(), nullable=False),
        sa.Column("container_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["container_id"], ["container.id"], name=op.f("fk_lot_correction_container_container_id")
        ),
        sa.ForeignKeyConstraint(
            ["correction_id"], ["lot_correction.id"], name=op.f("fk_lot_correction_container_correction_id")
        ),
        sa.PrimaryKeyConstraint("correction_id", "container_id", name=op.f("pk_lot_correction_container")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("lot_correction_container", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_lot_correction_container_container_id"), ["container_id"], unique=False)

    op.create_table(
        "stock_entry",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("delivery_id", sa.BigInteger(), nullable=True),
        sa.Column("compounding_record_id", sa.BigInteger(), nullable=True),
        sa.Column("treatment_session_id", sa.BigInteger(), nullable=True),
        sa.Column("corrects_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(compounding_record_id IS NOT NULL) = (purpose = 'compounded')",
            name=op.f("ck_stock_entry_compounding_record_id_when_due"),
        ),
        sa.CheckConstraint(
            "(corrects_id IS NOT NULL) = (purpose = 'corrected')", name=op.f("ck_stock_entry_corrects_id_when_due")
        ),
        sa.CheckConstraint(
            "(delivery_id IS NOT NULL) = (purpose = 'received')", name=op.f("ck_stock_entry_delivery_id_when_due")
        ),
        sa.CheckConstraint(
            "(treatment_session_id IS NOT NULL) = (purpose = 'administered')",
            name=op.f("ck_stock_entry_treatment_session_id_when_due"),
        ),
        sa.CheckConstraint(
            "purpose IN ('opening', 'received', 'found', 'compounded', 'administered', 'wasted', 'destroyed', 'returned', 'sampled', 'lost', 'moved', 'split', 'corrected')",
            name=op.f("ck_stock_entry_purpose_known"),
        ),
        sa.CheckConstraint("occurred_at <= recorded_at", name=op.f("ck_stock_entry_not_ahead")),
        sa.ForeignKeyConstraint(
            ["compounding_record_id"], ["compounding_record.id"], name=op.f("fk_stock_entry_compounding_record_id")
        ),
        sa.ForeignKeyConstraint(["corrects_id"], ["stock_entry.id"], name=op.f("fk_stock_entry_corrects_id")),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name=op.f("fk_stock_entry_delivery_id")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_stock_entry_site_id")),
        sa.ForeignKeyConstraint(
            ["treatment_session_id"], ["treatment_session.id"], name=op.f("fk_stock_entry_treatment_session_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_stock_entry_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_entry")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("stock_entry", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_stock_entry_compounding_record_id"), ["compounding_record_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_stock_entry_corrects_id"), ["corrects_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_stock_entry_delivery_id"), ["delivery_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_stock_entry_site_id_occurred_at"), ["site_id", "occurred_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_stock_entry_treatment_session_id"), ["treatment_session_id"], unique=False)

    op.create_table(
        "deviation",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("container_id", sa.BigInteger(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=False),
        sa.Column("reviewed_at", sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=True),
        sa.Column("review", sa.Text(), nullable=True),
        sa.Column("signature_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(reviewed_at IS NULL) = (signature_id IS NULL)", name=op.f("ck_deviation_reviewed_with_signature")
        ),
        sa.ForeignKeyConstraint(["container_id"], ["container.id"], name=op.f("fk_deviation_container_id")),
        sa.ForeignKeyConstraint(["entry_id"], ["stock_entry.id"], name=op.f("fk_deviation_entry_id")),
        sa.ForeignKeyConstraint(["signature_id"], ["signature.id"], name=op.f("fk_deviation_signature_id")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_deviation_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deviation")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("deviation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_deviation_entry_id"), ["entry_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_deviation_site_id_reviewed_at"), ["site_id", "reviewed_at"], unique=False)

    op.create_table(
        "stock_move",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("container_id", sa.BigInteger(), nullable=False),
        sa.Column("from_location_id", sa.BigInteger(), nullable=False),
        sa.Column("to_location_id", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.Numeric(18, 6).with_variant(sa.BigInteger(), "sqlite"), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("reverses_id", sa.BigInteger(), nullable=True),
        sa.Column("identified_by", sa.Text(), nullable=False),
        sa.Column("waste_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(waste_reason IS NOT NULL) = (purpose IN ('wasted', 'destroyed'))",
            name=op.f("ck_stock_move_waste_has_reason"),
        ),
        sa.CheckConstraint(
            "identified_by IN ('our_code', 'makers_code', 'serial', 'by_hand')",
            name=op.f("ck_stock_move_identified_by_known"),
        ),
        sa.CheckConstraint(
            "purpose IN ('opening', 'received', 'found', 'prepared', 'compounded', 'administered', 'wasted', 'destroyed', 'returned', 'sampled', 'transferred', 'lost', 'moved', 'split')",
            name=op.f("ck_stock_move_purpose_known"),
        ),
        sa.CheckConstraint(
            "waste_reason IN ('residual', 'dead_volume', 'broken', 'expired', 'in_use_over', 'beyond_use', 'contaminated', 'excursion', 'recalled', 'training', 'preparation_error', 'session_cancelled', 'refused', 'spilled', 'lost', 'demonstration', 'qc_sample', 'other')",
            name=op.f("ck_stock_move_waste_reason_known"),
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_stock_move_amount_positive")),
        sa.CheckConstraint("from_location_id <> to_location_id", name=op.f("ck_stock_move_goes_somewhere")),
        sa.ForeignKeyConstraint(["container_id"], ["container.id"], name=op.f("fk_stock_move_container_id")),
        sa.ForeignKeyConstraint(["entry_id"], ["stock_entry.id"], name=op.f("fk_stock_move_entry_id")),
        sa.ForeignKeyConstraint(["from_location_id"], ["location.id"], name=op.f("fk_stock_move_from_location_id")),
        sa.ForeignKeyConstraint(["reverses_id"], ["stock_move.id"], name=op.f("fk_stock_move_reverses_id")),
        sa.ForeignKeyConstraint(["to_location_id"], ["location.id"], name=op.f("fk_stock_move_to_location_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_move")),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_stock_move_reverses_id")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("stock_move", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stock_move_container_id"), ["container_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_stock_move_entry_id"), ["entry_id"], unique=False)

    op.create_table(
        "administration",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("session_id", sa.BigInteger(), nullable=False),
        sa.Column("move_id", sa.BigInteger(), nullable=False),
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("technique", sa.Text(), nullable=True),
        sa.Column("depth_mm", sa.Numeric(18, 6).with_variant(sa.BigInteger(), "sqlite"), nullable=True),
        sa.Column("needle", sa.Text(), nullable=True),
        sa.Column("points", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["move_id"], ["stock_move.id"], name=op.f("fk_administration_move_id")),
        sa.ForeignKeyConstraint(["session_id"], ["treatment_session.id"], name=op.f("fk_administration_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_administration")),
        sa.UniqueConstraint("move_id", name=op.f("uq_administration_move_id")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("administration", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_administration_session_id"), ["session_id"], unique=False)

    op.create_table(
        "compounding_component",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("record_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("move_id", sa.BigInteger(), nullable=False),
        sa.Column("entered", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["move_id"], ["stock_move.id"], name=op.f("fk_compounding_component_move_id")),
        sa.ForeignKeyConstraint(
            ["record_id"], ["compounding_record.id"], name=op.f("fk_compounding_component_record_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_compounding_component")),
        sa.UniqueConstraint("move_id", name=op.f("uq_compounding_component_move_id")),
        sa.UniqueConstraint("record_id", "position", name=op.f("uq_compounding_component_record_id_position")),
        sqlite_strict=True,
    )
