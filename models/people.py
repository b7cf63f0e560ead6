"""Who may come in: accounts, roles per site, sign-ins, tokens and one-time links.

Passwords, sign-in and API tokens are stored only as hashes. A sign-in lives on the server, so that
signing out, deactivation and the idle lock hold at once and everywhere.
"""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import APART, SECRET, Base, strict
from models.types import Choice, Count, Day, Digest, Flag, RecordId, UtcDateTime, Words, choice_check
from models.vocabulary import CredentialKind, Role


class User(Base):
    """`sign_in_name` is kept case-folded."""

    __tablename__ = "user_account"
    __table_args__ = (UniqueConstraint("sign_in_name"), strict())

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    sign_in_name: Mapped[str] = mapped_column(Words)
    full_name: Mapped[str] = mapped_column(Words)
    password_hash: Mapped[str | None] = mapped_column(Words, info={"audit": SECRET})
    is_active: Mapped[bool] = mapped_column(Flag, default=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(Count, default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  # SQLAlchemy reads it as a class attribute


class Membership(Base):
    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("user_id", "site_id", "role"), choice_check("role", Role), strict())

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    role: Mapped[Role] = mapped_column(Choice(Role))


class ResponsiblePerson(Base):
    """Who releases, approves and overrides at a site, from when until when. `until` is the last day."""

    __tablename__ = "responsible_person"
    __table_args__ = (Index(None, "site_id", "user_id"), strict())

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    from_on: Mapped[date] = mapped_column(Day)
    until_on: Mapped[date | None] = mapped_column(Day)


class Credential(Base):
    __tablename__ = "credential"
    __table_args__ = (Index(None, "user_id"), choice_check("kind", CredentialKind), strict())

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    kind: Mapped[CredentialKind] = mapped_column(Choice(CredentialKind))
    licence: Mapped[str] = mapped_column(Words)
    from_on: Mapped[date] = mapped_column(Day)
    until_on: Mapped[date | None] = mapped_column(Day)


class SignIn(Base):
    """One browser's visit. `locked_at`: idle; the password opens it again. `ended_at`: never again."""

    __tablename__ = "sign_in"
    __table_args__ = (UniqueConstraint("token_hash"), Index(None, "user_id"), strict(APART))

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    site_id: Mapped[int | None] = mapped_column(ForeignKey("site.id"))
    token_hash: Mapped[bytes] = mapped_column(Digest)
    address: Mapped[str] = mapped_column(Words)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    locked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SignInAttempt(Base):
    """For throttling, per account and per address. The name as typed is kept only as a hash."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (Index(None, "name_hash", "at"), Index(None, "address", "at"), strict(APART))

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    name_hash: Mapped[bytes] = mapped_column(Digest)
    address: Mapped[str] = mapped_column(Words)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    is_success: Mapped[bool] = mapped_column(Flag)


class ApiToken(Base):
    """Made by its owner, shown once. `scopes` are permission names, separated by spaces."""

    __tablename__ = "api_token"
    __table_args__ = (UniqueConstraint("token_hash"), Index(None, "user_id"), strict())

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    name: Mapped[str] = mapped_column(Words)
    token_hash: Mapped[bytes] = mapped_column(Digest, info={"audit": SECRET})
    scopes: Mapped[str] = mapped_column(Words)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class OneTimeLink(Base):
    """Sets a password: an invitation or a reset. Works once, until it expires."""

    __tablename__ = "one_time_link"
    __table_args__ = (UniqueConstraint("token_hash"), Index(None, "user_id"), strict())

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    token_hash: Mapped[bytes] = mapped_column(Digest, info={"audit": SECRET})
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
