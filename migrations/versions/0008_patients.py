"""Patients: what they are found by, what they were asked, their skin type, history and medicines

Patients that exist are made findable by their newest identity. Nobody has been asked anything yet.
"""

import re
import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def _instant(name, *, nullable=False):
    return sa.Column(name, sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=nullable)


def _day(name, *, nullable=False):
    return sa.Column(name, sa.Date().with_variant(sa.Text(), "sqlite"), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "patient_search",
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        _day("born_on", nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_patient_search_patient_id")),
        sa.PrimaryKeyConstraint("patient_id", name=op.f("pk_patient_search")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_patient_search_born_on"), "patient_search", ["born_on"], unique=False)
    op.create_index(op.f("ix_patient_search_name"), "patient_search", ["name"], unique=False)
    op.create_table(
        "patient_flag",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("is_present", sa.Boolean(), nullable=False),
        _day("asked_on"),
        sa.Column("note", sa.Text(), nullable=True),
        _instant("recorded_at"),
        sa.Column("recorded_by_id", sa.BigInteger(), nullable=False),
        _instant("replaced_at", nullable=True),
        sa.CheckConstraint(
            "kind IN ('soy', 'egg', 'fish', 'benzyl_alcohol', 'sulfite', 'paraben', 'amide_anaesthetic', 'ester_anaesthetic', 'salicylate', 'bovine', 'ovine', 'human_derived', 'thiomersal', 'latex', 'gram_positive_protein', 'hyaluronidase', 'nickel', 'asteraceae', 'pregnancy', 'lactation', 'under_18', 'infection_at_site', 'severe_illness', 'immunosuppression', 'anticoagulant_or_chemotherapy', 'cancer', 'diabetes', 'cardiac_disease_or_pacemaker', 'gallstones', 'body_mass_index_over_30', 'severe_allergies', 'bleeding_disorder', 'g6pd_deficiency', 'asthma', 'prior_filler_in_area')",
            name=op.f("ck_patient_flag_kind_known"),
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_patient_flag_patient_id")),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["user_account.id"], name=op.f("fk_patient_flag_recorded_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient_flag")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_patient_flag_patient_id"), "patient_flag", ["patient_id"], unique=False)
    op.create_index(
        "uq_patient_flag_in_force",
        "patient_flag",
        ["patient_id", "kind"],
        unique=True,
        sqlite_where=sa.text("replaced_at IS NULL"),
        postgresql_where=sa.text("replaced_at IS NULL"),
    )
    op.create_table(
        "patient_health_version",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("skin_type", sa.BigInteger(), nullable=True),
        sa.Column("history", sa.Text(), nullable=True),
        sa.Column("medicines", sa.Text(), nullable=True),
        _instant("recorded_at"),
        sa.Column("recorded_by_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("skin_type >= 1 AND skin_type <= 6", name=op.f("ck_patient_health_version_skin_type_known")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_patient_health_version_patient_id")),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["user_account.id"], name=op.f("fk_patient_health_version_recorded_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient_health_version")),
        sa.UniqueConstraint("patient_id", "version", name=op.f("uq_patient_health_version_patient_id_version")),
        sqlite_strict=True,
    )
    _make_findable()


def _make_findable() -> None:
    """As the application does (inventory/care/finding.py)."""
    connection = op.get_bind()
    search = sa.table("patient_search", *map(sa.column, ("patient_id", "name", "born_on", "words")))
    newest = connection.execute(
        sa.text(
            "SELECT p.id, p.reference, p.clinic_number, v.full_name, v.born_on, v.contact FROM patient p "
            "JOIN patient_identity_version v ON v.patient_id = p.id WHERE v.version = "
            "(SELECT max(w.version) FROM patient_identity_version w WHERE w.patient_id = p.id)"
        )
    ).all()
    for patient_id, reference, number, full_name, born_on, contact in newest:
        parts = [_folded(full_name), *_dates(born_on), _folded(number or ""), _folded(reference)]
        parts += [_folded(contact or ""), *_telephone_numbers(contact or "")]
        name = " ".join(sorted(_folded(full_name).split()))
        connection.execute(
            sa.insert(search).values(patient_id=patient_id, name=name, born_on=born_on, words=" ".join(parts))
        )


def _folded(text):
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    kept = (letter if letter.isalnum() else " " for letter in decomposed if not unicodedata.combining(letter))
    return " ".join("".join(kept).split())


def _dates(born_on):
    if born_on is None:
        return []
    year, month, day = str(born_on).split("-")
    return [f"{year} {month} {day}", f"{day} {month} {year}", f"{year}{month}{day}", f"{day}{month}{year}"]


def _telephone_numbers(contact):
    found = re.findall(r"\+?[0-9][0-9 ()./-]{5,}[0-9]", contact)
    digits = (re.sub(r"\D", "", each).lstrip("0") for each in found)
    return [number for number in digits if len(number) >= 7]
