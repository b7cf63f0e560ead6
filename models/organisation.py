"""The installation, its sites and their places.

One installation is one organisation. Each site has real places (storage, room) and one of each boundary
location; amounts enter and leave the ledger only through a boundary. A site's zone is fixed once used.
"""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import APART, IMMUTABLE, Base, strict
from models.types import Choice, Count, Day, Flag, RecordId, UtcDateTime, Words, choice_check
from models.vocabulary import LocationKind, MixingPlace, RulePack


class Installation(Base):
    __tablename__ = "installation"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"), strict())

    id: Mapped[int] = mapped_column(RecordId, primary_key=True, autoincrement=False)
    organisation: Mapped[str] = mapped_column(Words)
    country: Mapped[str] = mapped_column(Words)
    is_demo: Mapped[bool] = mapped_column(Flag)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Site(Base):
    """`least_days_left`: what comes in with fewer days to its expiry is kept from use; empty asks for none."""

    __tablename__ = "site"
    __table_args__ = (
        UniqueConstraint("name"),
        choice_check("rule_pack", RulePack),
        choice_check("mixing_place", MixingPlace),
        strict(),
    )

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    name: Mapped[str] = mapped_column(Words)
    time_zone: Mapped[str] = mapped_column(Words)
    rule_pack: Mapped[RulePack] = mapped_column(Choice(RulePack))
    rule_pack_version: Mapped[str] = mapped_column(Words)
    mixing_place: Mapped[MixingPlace] = mapped_column(Choice(MixingPlace))
    holds_incoming: Mapped[bool] = mapped_column(Flag, default=True)
    demands_second_person: Mapped[bool] = mapped_column(Flag, default=False)
    is_single_handed: Mapped[bool] = mapped_column(Flag, default=False)
    in_use_caps_beyond_use: Mapped[bool] = mapped_column(Flag, default=True)
    least_days_left: Mapped[int | None] = mapped_column(Count)
    complete_since: Mapped[date | None] = mapped_column(Day)
    version: Mapped[int] = mapped_column(Count, default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  # SQLAlchemy reads it as a class attribute


class RulePackAdoption(Base):
    """A responsible person put the site under a rule pack, and signed."""

    __tablename__ = "rule_pack_adoption"
    __table_args__ = (Index(None, "site_id"), choice_check("rule_pack", RulePack), strict(IMMUTABLE))

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    rule_pack: Mapped[RulePack] = mapped_column(Choice(RulePack))
    version: Mapped[str] = mapped_column(Words)
    adopted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    signature_id: Mapped[int] = mapped_column(ForeignKey("signature.id"))


_BOUNDARY = ", ".join(f"'{kind.value}'" for kind in LocationKind if not kind.is_real)


class Location(Base):
    __tablename__ = "location"
    __table_args__ = (
        UniqueConstraint("site_id", "name"),
        UniqueConstraint("code"),
        choice_check("kind", LocationKind),
        Index(
            "uq_location_boundary",
            "site_id",
            "kind",
            unique=True,
            sqlite_where=text(f"kind IN ({_BOUNDARY})"),
            postgresql_where=text(f"kind IN ({_BOUNDARY})"),
        ),
        strict(),
    )

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    kind: Mapped[LocationKind] = mapped_column(Choice(LocationKind))
    name: Mapped[str] = mapped_column(Words)
    code: Mapped[str] = mapped_column(Words)
    is_quarantine: Mapped[bool] = mapped_column(Flag, default=False)
    is_active: Mapped[bool] = mapped_column(Flag, default=True)

    site: Mapped[Site] = relationship()


class OpeningDeclaration(Base):
    """Somebody said that all that stands in a place is recorded, or, with a reason, that it is not after all."""

    __tablename__ = "opening_declaration"
    __table_args__ = (
        CheckConstraint("is_reopened = (reason IS NOT NULL)", name="reopened_with_reason"),
        Index(None, "location_id"),
        strict(IMMUTABLE),
    )

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    location_id: Mapped[int] = mapped_column(ForeignKey("location.id"))
    is_reopened: Mapped[bool] = mapped_column(Flag)
    declared_at: Mapped[datetime] = mapped_column(UtcDateTime)
    declared_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    reason: Mapped[str | None] = mapped_column(Words)


class IdempotencyKey(Base):
    """One saved change, so that the same request sent again is answered and not done again."""

    __tablename__ = "idempotency_key"
    __table_args__ = (
        UniqueConstraint("user_id", "endpoint", "key"),
        Index(None, "created_at"),
        strict(APART),
    )

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    endpoint: Mapped[str] = mapped_column(Words)
    key: Mapped[str] = mapped_column(Words)
    content_hash: Mapped[str] = mapped_column(Words)
    status: Mapped[int] = mapped_column(Count)
    location: Mapped[str | None] = mapped_column(Words)
    ids: Mapped[str] = mapped_column(Words)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
