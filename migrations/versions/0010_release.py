"""Release of what comes in

A checklist by class, its answers for each line of a delivery, and what was decided. All four tables are new. The
checklist starts empty; loading the starting catalogue fills it.

What waits for release before this stays held, and is released with signature like everything after it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _add_check()
    _add_answer()
    _add_decision()
    _add_decided_containers()


def _instant(name, *, nullable=False):
    return sa.Column(name, sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite"), nullable=nullable)


def _number(name, *, nullable=False):
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _text(name, *, nullable=False):
    return sa.Column(name, sa.Text(), nullable=nullable)


def _key(table, column, target):
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"))


def _check(table, name, rule):
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def _index(table, column):
    with op.batch_alter_table(table, schema=None) as batch_op:
        batch_op.create_index(batch_op.f(f"ix_{table}_{column}"), [column], unique=False)


REGULATORY = "regulatory_class IN ('medicine_authorised', 'medicine_unlicensed', 'device_iii', 'device_other', 'device_annex_xvi', 'cosmetic', 'homeopathic', 'human_derived', 'consumable', 'compounded_here')"
INGREDIENT = "ingredient_class IN ('hyaluronic_acid_free', 'hyaluronic_acid_crosslinked', 'polynucleotide', 'vitamin_c', 'vitamin_e', 'vitamin_other', 'zinc', 'selenium', 'mineral_other', 'amino_acid', 'antioxidant', 'phosphatidylcholine_deoxycholate', 'caffeine', 'lipolytic_other', 'plant_extract', 'hair_restoration', 'depigmenting', 'anaesthetic', 'enzyme', 'toxin', 'diluent', 'other')"


def _add_check() -> None:
    op.create_table(
        "release_check",
        _number("id"),
        _text("question"),
        _text("regulatory_class", nullable=True),
        _text("ingredient_class", nullable=True),
        sa.Column("needs_certificate", sa.Boolean(), nullable=False),
        _number("position"),
        _text("source", nullable=True),
        _text("doubt", nullable=True),
        _instant("verified_at", nullable=True),
        _number("verified_by_id", nullable=True),
        _text("seed_key", nullable=True),
        _instant("deactivated_at", nullable=True),
        _check("release_check", "regulatory_class_known", REGULATORY),
        _check("release_check", "ingredient_class_known", INGREDIENT),
        _check("release_check", "verified_by_somebody", "(verified_at IS NULL) = (verified_by_id IS NULL)"),
        _key("release_check", "verified_by_id", "user_account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release_check")),
        sa.UniqueConstraint("seed_key", name=op.f("uq_release_check_seed_key")),
        sqlite_strict=True,
    )


def _add_answer() -> None:
    op.create_table(
        "release_answer",
        _number("id"),
        _number("delivery_line_id"),
        _number("check_id"),
        _text("outcome"),
        _text("note", nullable=True),
        _instant("answered_at"),
        _number("answered_by_id"),
        _check("release_answer", "outcome_known", "outcome IN ('passed', 'failed', 'not_applicable')"),
        _check("release_answer", "says_why_not", "outcome = 'passed' OR note IS NOT NULL"),
        _key("release_answer", "delivery_line_id", "delivery_line"),
        _key("release_answer", "check_id", "release_check"),
        _key("release_answer", "answered_by_id", "user_account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release_answer")),
        sqlite_strict=True,
    )
    _index("release_answer", "delivery_line_id")


def _add_decision() -> None:
    op.create_table(
        "release_decision",
        _number("id"),
        _number("delivery_line_id"),
        _text("verdict"),
        _text("goes", nullable=True),
        _text("reason", nullable=True),
        _instant("decided_at"),
        _number("decided_by_id"),
        _number("signature_id", nullable=True),
        _check("release_decision", "verdict_known", "verdict IN ('released', 'rejected')"),
        _check("release_decision", "goes_known", "goes IN ('back', 'destruction')"),
        _check("release_decision", "release_is_signed", "(verdict = 'released') = (signature_id IS NOT NULL)"),
        _check("release_decision", "rejected_goes_somewhere", "(verdict = 'rejected') = (goes IS NOT NULL)"),
        _check("release_decision", "rejection_says_why", "verdict = 'released' OR reason IS NOT NULL"),
        _key("release_decision", "delivery_line_id", "delivery_line"),
        _key("release_decision", "decided_by_id", "user_account"),
        _key("release_decision", "signature_id", "signature"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release_decision")),
        sqlite_strict=True,
    )
    _index("release_decision", "delivery_line_id")


def _add_decided_containers() -> None:
    op.create_table(
        "release_decision_container",
        _number("decision_id"),
        _number("container_id"),
        _number("hold_id"),
        _key("release_decision_container", "decision_id", "release_decision"),
        _key("release_decision_container", "container_id", "container"),
        _key("release_decision_container", "hold_id", "hold"),
        sa.PrimaryKeyConstraint("decision_id", "container_id", name=op.f("pk_release_decision_container")),
        sa.UniqueConstraint("hold_id", name=op.f("uq_release_decision_container_hold_id")),
        sqlite_strict=True,
    )
    _index("release_decision_container", "container_id")
