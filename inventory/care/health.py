"""What is asked of a patient before treatment: allergies, conditions, skin type, history and medicines.

- Each answer keeps the day on which it was asked; a later one replaces it, and the older stays readable.
- It enters the audit chain only under the patient's key, and goes when the identity is erased.
Source of the list: domain 6.4 (product labels and professional pages named there).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inventory import texts
from inventory.access import Act, Permission
from inventory.care import patients
from inventory.care.errors import AskedInFuture, NoSuchSkinType
from inventory.errors import RecordChanged
from inventory.evidence import audit
from models.care import Patient, PatientFlag, PatientHealthVersion
from models.organisation import Site
from models.people import User
from models.vocabulary import PatientFlagKind

LARGEST_SKIN_TYPE = 6
LONGEST_FLAG_NOTE = 500


@dataclass(frozen=True)
class Answer:
    """What the patient said of one allergy or condition."""

    kind: PatientFlagKind
    is_present: bool
    note: str | None = None


@dataclass(frozen=True)
class RecordAnswers:
    """`asked_on` empty: today, at the site."""

    reference: str
    answers: tuple[Answer, ...]
    asked_on: date | None = None


@dataclass(frozen=True)
class Health:
    skin_type: int | None = None
    history: str | None = None
    medicines: str | None = None


@dataclass(frozen=True)
class ChangeHealth:
    """`version`: the one the form was opened with; 0 where nothing was recorded yet."""

    reference: str
    health: Health
    version: int


@dataclass(frozen=True)
class FlagFacts:
    kind: PatientFlagKind
    is_present: bool
    asked_on: date
    note: str | None
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True)
class HealthFacts:
    health: Health
    version: int
    recorded_at: datetime | None = None
    recorded_by: str | None = None


def record_answers(session: Session, act: Act, command: RecordAnswers) -> Patient:
    """Replace what was answered before to the same questions. Raises `PatientErased`, `AskedInFuture`."""
    act.require(Permission.REGISTER_PATIENT)
    patient = patients.get_known_patient(session, command.reference)
    asked_on = _checked_day(session, act, command.asked_on)
    in_force = {flag.kind: flag for flag in _in_force(session, patient.id)}
    for answer in {each.kind: each for each in command.answers}.values():
        before = in_force.get(answer.kind)
        if before is not None:
            before.replaced_at = act.now
            session.flush()  # only one may be in force
        session.add(
            PatientFlag(
                patient_id=patient.id,
                kind=answer.kind,
                is_present=answer.is_present,
                asked_on=asked_on,
                note=texts.note("Note", answer.note, LONGEST_FLAG_NOTE) if answer.note else None,
                recorded_at=act.now,
                recorded_by_id=act.user_id,
            )
        )
    audit.record(session, act, "patient asked", patient)
    return patient


def change_health(session: Session, act: Act, command: ChangeHealth) -> PatientHealthVersion:
    """A new version; the old one stays. Raises `RecordChanged`, `NoSuchSkinType`, `PatientErased`."""
    act.require(Permission.REGISTER_PATIENT)
    patient = patients.get_known_patient(session, command.reference)
    newest = session.scalar(
        select(func.max(PatientHealthVersion.version)).where(PatientHealthVersion.patient_id == patient.id)
    )
    if (newest or 0) != command.version:
        raise RecordChanged("patient", patient.reference)
    health = command.health
    if health.skin_type is not None and not 1 <= health.skin_type <= LARGEST_SKIN_TYPE:
        raise NoSuchSkinType(health.skin_type)
    version = PatientHealthVersion(
        patient_id=patient.id,
        version=command.version + 1,
        skin_type=health.skin_type,
        history=texts.note("Medical history", health.history) if health.history else None,
        medicines=texts.note("Medicines", health.medicines) if health.medicines else None,
        recorded_at=act.now,
        recorded_by_id=act.user_id,
    )
    session.add(version)
    audit.record(session, act, "patient's history changed", patient)
    return version


def flags_of(session: Session, *, patient_id: int) -> list[FlagFacts]:
    """The answers in force, in the order of the questions."""
    query = (
        select(PatientFlag, User.full_name)
        .join(User, User.id == PatientFlag.recorded_by_id)
        .where(PatientFlag.patient_id == patient_id, PatientFlag.replaced_at.is_(None))
    )
    order = list(PatientFlagKind)
    found = [
        FlagFacts(flag.kind, flag.is_present, flag.asked_on, flag.note, flag.recorded_at, by)
        for flag, by in session.execute(query)
    ]
    return sorted(found, key=lambda flag: order.index(flag.kind))


def health_of(session: Session, *, patient_id: int) -> HealthFacts:
    query = (
        select(PatientHealthVersion, User.full_name)
        .join(User, User.id == PatientHealthVersion.recorded_by_id)
        .where(PatientHealthVersion.patient_id == patient_id)
        .order_by(PatientHealthVersion.version.desc())
        .limit(1)
    )
    row = session.execute(query).one_or_none()
    if row is None:
        return HealthFacts(Health(), 0)
    version, by = row
    return HealthFacts(
        Health(version.skin_type, version.history, version.medicines), version.version, version.recorded_at, by
    )


def _in_force(session: Session, patient_id: int) -> Sequence[PatientFlag]:
    query = select(PatientFlag).where(PatientFlag.patient_id == patient_id, PatientFlag.replaced_at.is_(None))
    return session.scalars(query).all()


def _checked_day(session: Session, act: Act, asked_on: date | None) -> date:
    today = act.now.astimezone(ZoneInfo(session.get_one(Site, act.site_id).time_zone)).date()
    if asked_on is not None and asked_on > today:
        raise AskedInFuture(asked_on.isoformat())
    return asked_on or today
