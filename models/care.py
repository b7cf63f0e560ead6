"""Care: patients by reference, sessions, what was compounded and what was given.

Identity (name, birth date, contact) lives apart, in versions beside a key; deleting both makes a patient
unreadable while the trace, which holds only the reference, stays whole.
"""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import APART, IDENTITY, IMMUTABLE, Base, strict
from models.stock import Lot, StockMove
from models.types import Amount, Choice, Count, Day, Flag, RecordId, Secret, UtcDateTime, Words, choice_check
from models.vocabulary import Lane, Method, PatientFlagKind, RecordKind, SessionEnding, Storage


class Patient(Base):
    __tablename__ = "patient"
    __table_args__ = (UniqueConstraint("reference"), UniqueConstraint("clinic_number"), strict())

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    reference: Mapped[str] = mapped_column(Words)
    clinic_number: Mapped[str | None] = mapped_column(Words, info={"audit": IDENTITY})
    registered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PatientIdentityVersion(Base):
    __tablename__ = "patient_identity_version"
    __table_args__ = (UniqueConstraint("patient_id", "version"), strict())

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"))
    version: Mapped[int] = mapped_column(Count)
    full_name: Mapped[str] = mapped_column(Words, info={"audit": IDENTITY})
    born_on: Mapped[date | None] = mapped_column(Day, info={"audit": IDENTITY})
    contact: Mapped[str | None] = mapped_column(Words, info={"audit": IDENTITY})
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PatientKey(Base):
    """The key under which this patient's identity enters the chain as an HMAC."""

    __tablename__ = "patient_key"
    __table_args__ = (strict(APART),)

    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), primary_key=True)
    key: Mapped[bytes] = mapped_column(Secret)


class PatientSearch(Base):
    """What a patient is found by, folded: made from the newest identity, gone with it."""

    __tablename__ = "patient_search"
    __table_args__ = (Index(None, "name"), Index(None, "born_on"), strict(APART))

    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), primary_key=True)
    name: Mapped[str] = mapped_column(Words)
    born_on: Mapped[date | None] = mapped_column(Day)
    words: Mapped[str] = mapped_column(Words)


_IN_FORCE = text("replaced_at IS NULL")


class PatientFlag(Base):
    """An allergy or condition that was asked for, and the answer. A later answer replaces it."""

    __tablename__ = "patient_flag"
    __table_args__ = (
        choice_check("kind", PatientFlagKind),
        Index(
            "uq_patient_flag_in_force",
            "patient_id",
            "kind",
            unique=True,
            sqlite_where=_IN_FORCE,
            postgresql_where=_IN_FORCE,
        ),
        Index(None, "patient_id"),
        strict(),
    )

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"))
    kind: Mapped[PatientFlagKind] = mapped_column(Choice(PatientFlagKind), info={"audit": IDENTITY})
    is_present: Mapped[bool] = mapped_column(Flag, info={"audit": IDENTITY})
    asked_on: Mapped[date] = mapped_column(Day)
    note: Mapped[str | None] = mapped_column(Words, info={"audit": IDENTITY})
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    replaced_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PatientHealthVersion(Base):
    """Skin type (Fitzpatrick 1 to 6), medical history and medicines, as known from `recorded_at` on."""

    __tablename__ = "patient_health_version"
    __table_args__ = (
        UniqueConstraint("patient_id", "version"),
        CheckConstraint("skin_type >= 1 AND skin_type <= 6", name="skin_type_known"),
        strict(),
    )

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"))
    version: Mapped[int] = mapped_column(Count)
    skin_type: Mapped[int | None] = mapped_column(Count, info={"audit": IDENTITY})
    history: Mapped[str | None] = mapped_column(Words, info={"audit": IDENTITY})
    medicines: Mapped[str | None] = mapped_column(Words, info={"audit": IDENTITY})
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))


class TreatmentSession(Base):
    __tablename__ = "treatment_session"
    __table_args__ = (
        CheckConstraint("(ended_at IS NULL) = (ending IS NULL)", name="ended_somehow"),
        choice_check("ending", SessionEnding),
        Index(None, "patient_id"),
        Index(None, "site_id", "started_at"),
        strict(),
    )

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"))
    practitioner_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    room_id: Mapped[int | None] = mapped_column(ForeignKey("location.id"))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ending: Mapped[SessionEnding | None] = mapped_column(Choice(SessionEnding))

    patient: Mapped[Patient] = relationship()


class CompoundingRecord(Base):
    """One preparation. Its lot is new; `binding_limit` names what set the beyond-use time."""

    __tablename__ = "compounding_record"
    __table_args__ = (
        UniqueConstraint("lot_id"),
        CheckConstraint("theoretical_amount > 0", name="theoretical_positive"),
        CheckConstraint("yield_amount >= 0", name="yield_not_negative"),
        choice_check("kind", RecordKind),
        choice_check("lane", Lane),
        choice_check("method", Method),
        choice_check("storage", Storage),
        Index(None, "treatment_session_id"),
        Index(None, "site_id", "started_at"),
        strict(),
    )

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"))
    kind: Mapped[RecordKind] = mapped_column(Choice(RecordKind))
    lane: Mapped[Lane] = mapped_column(Choice(Lane))
    method: Mapped[Method | None] = mapped_column(Choice(Method))
    storage: Mapped[Storage | None] = mapped_column(Choice(Storage))
    is_sterility_tested: Mapped[bool] = mapped_column(Flag, default=False)
    patient_id: Mapped[int | None] = mapped_column(ForeignKey("patient.id"))
    treatment_session_id: Mapped[int | None] = mapped_column(ForeignKey("treatment_session.id"))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    beyond_use_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    binding_limit: Mapped[str] = mapped_column(Words)
    theoretical_amount: Mapped[Decimal] = mapped_column(Amount)
    yield_amount: Mapped[Decimal] = mapped_column(Amount)
    prepared_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    checked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    lot: Mapped[Lot] = relationship()
    components: Mapped[list["CompoundingComponent"]] = relationship(order_by="CompoundingComponent.position")


class CompoundingComponent(Base):
    """What went in. `entered` is the amount and unit as the person gave them."""

    __tablename__ = "compounding_component"
    __table_args__ = (UniqueConstraint("record_id", "position"), UniqueConstraint("move_id"), strict(IMMUTABLE))

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    record_id: Mapped[int] = mapped_column(ForeignKey("compounding_record.id"))
    position: Mapped[int] = mapped_column(Count)
    move_id: Mapped[int] = mapped_column(ForeignKey("stock_move.id"))
    entered: Mapped[str] = mapped_column(Words)

    move: Mapped[StockMove] = relationship()


class Administration(Base):
    """One amount from one container, given in a session: its move says how much."""

    __tablename__ = "administration"
    __table_args__ = (UniqueConstraint("move_id"), Index(None, "session_id"), strict(IMMUTABLE))

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("treatment_session.id"))
    move_id: Mapped[int] = mapped_column(ForeignKey("stock_move.id"))
    area: Mapped[str] = mapped_column(Words)
    technique: Mapped[str | None] = mapped_column(Words)
    depth_mm: Mapped[Decimal | None] = mapped_column(Amount)
    needle: Mapped[str | None] = mapped_column(Words)
    points: Mapped[int | None] = mapped_column(Count)

    move: Mapped[StockMove] = relationship()


class Deviation(Base):
    """A rule that what happened did not keep. It waits until a responsible person reviews it."""

    __tablename__ = "deviation"
    __table_args__ = (
        CheckConstraint("(reviewed_at IS NULL) = (signature_id IS NULL)", name="reviewed_with_signature"),
        Index(None, "site_id", "reviewed_at"),
        Index(None, "entry_id"),
        strict(),
    )

    id: Mapped[int] = mapped_column(RecordId, primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    rule: Mapped[str] = mapped_column(Words)
    facts: Mapped[str] = mapped_column(Words)
    entry_id: Mapped[int] = mapped_column(ForeignKey("stock_entry.id"))
    container_id: Mapped[int | None] = mapped_column(ForeignKey("container.id"))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reviewed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    review: Mapped[str | None] = mapped_column(Words)
    signature_id: Mapped[int | None] = mapped_column(ForeignKey("signature.id"))
