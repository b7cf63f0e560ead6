"""Release of what comes in: what is to be checked, the answers, and what was decided of each delivery's line.

The line's containers are those that its incoming holds are written onto. An answer is never changed: a later one
counts instead. A decision keeps the text that was signed with its signature, and names each container with its hold.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import IMMUTABLE, Base, strict
from models.catalogue import Retired, Sourced
from models.types import Choice, Count, Flag, RecordId, UtcDateTime, Words, choice_check
from models.vocabulary import CheckOutcome, IngredientClass, RegulatoryClass, RejectedGoes, ReleaseVerdict


class ReleaseCheck(Sourced, Retired, Base):
    """One thing to check before release, of all products or of those of one class. Its question is never changed."""

    __tablename__ = "release_check"
    __table_args__ = (
        UniqueConstraint("seed_key"),
        choice_check("regulatory_class", RegulatoryClass),
        choice_check("ingredient_class", IngredientClass),
        CheckConstraint("(verified_at IS NULL) = (verified_by_id IS NULL)", name="verified_by_somebody"),
        strict(),
    )

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    question: Mapped[str] = mapped_column(Words)
    regulatory_class: Mapped[RegulatoryClass | None] = mapped_column(Choice(RegulatoryClass))
    ingredient_class: Mapped[IngredientClass | None] = mapped_column(Choice(IngredientClass))
    needs_certificate: Mapped[bool] = mapped_column(Flag, default=False)
    position: Mapped[int] = mapped_column(Count)


class ReleaseAnswer(Base):
    __tablename__ = "release_answer"
    __table_args__ = (
        Index(None, "delivery_line_id"),
        choice_check("outcome", CheckOutcome),
        CheckConstraint("outcome = 'passed' OR note IS NOT NULL", name="says_why_not"),
        strict(IMMUTABLE),
    )

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    delivery_line_id: Mapped[int] = mapped_column(ForeignKey("delivery_line.id"))
    check_id: Mapped[int] = mapped_column(ForeignKey("release_check.id"))
    outcome: Mapped[CheckOutcome] = mapped_column(Choice(CheckOutcome))
    note: Mapped[str | None] = mapped_column(Words)
    answered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answered_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))


class ReleaseDecision(Base):
    """`goes`: where what is rejected is to go."""

    __tablename__ = "release_decision"
    __table_args__ = (
        Index(None, "delivery_line_id"),
        choice_check("verdict", ReleaseVerdict),
        choice_check("goes", RejectedGoes),
        CheckConstraint("(verdict = 'released') = (signature_id IS NOT NULL)", name="release_is_signed"),
        CheckConstraint("(verdict = 'rejected') = (goes IS NOT NULL)", name="rejected_goes_somewhere"),
        CheckConstraint("verdict = 'released' OR reason IS NOT NULL", name="rejection_says_why"),
        strict(IMMUTABLE),
    )

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    delivery_line_id: Mapped[int] = mapped_column(ForeignKey("delivery_line.id"))
    verdict: Mapped[ReleaseVerdict] = mapped_column(Choice(ReleaseVerdict))
    goes: Mapped[RejectedGoes | None] = mapped_column(Choice(RejectedGoes))
    reason: Mapped[str | None] = mapped_column(Words)
    decided_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    signature_id: Mapped[int | None] = mapped_column(ForeignKey("signature.id"))


class ReleaseDecisionContainer(Base):
    """`hold_id`: the incoming hold that was lifted, or the hold that the rejection wrote."""

    __tablename__ = "release_decision_container"
    __table_args__ = (Index(None, "container_id"), UniqueConstraint("hold_id"), strict(IMMUTABLE))

    decision_id: Mapped[int] = mapped_column(ForeignKey("release_decision.id"), primary_key=True)
    container_id: Mapped[int] = mapped_column(ForeignKey("container.id"), primary_key=True)
    hold_id: Mapped[int] = mapped_column(ForeignKey("hold.id"))
