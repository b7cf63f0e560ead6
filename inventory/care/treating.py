"""A whole treatment in one unit: start the session, mix the cocktail, give it, end the session."""

from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.access import Act
from inventory.care import administering, compounding, sessions
from models.care import CompoundingRecord, TreatmentSession
from models.stock import Container
from models.vocabulary import SessionEnding


@dataclass(frozen=True)
class RecordTreatment:
    """`compound.session_id` is filled in here. All of the cocktail is given, to one area."""

    start: sessions.StartSession
    compound: compounding.Compound
    area: str
    technique: str | None = None


@dataclass(frozen=True)
class Treatment:
    session_id: int
    record_id: int
    lot_number: str
    container_codes: tuple[str, ...]


def record_treatment(session: Session, act: Act, command: RecordTreatment) -> Treatment:
    """Raises every refusal of its parts; then nothing of it is kept."""
    treatment = sessions.start_session(session, act, command.start)
    record = compounding.compound(session, act, replace(command.compound, session_id=treatment.id))
    codes = _codes(session, record)
    for code in codes:
        administering.administer(
            session,
            act,
            administering.Administer(treatment.id, code, command.area, technique=command.technique),
        )
    _end(session, act, treatment)
    return Treatment(treatment.id, record.id, record.lot.lot_number, codes)


def _codes(session: Session, record: CompoundingRecord) -> tuple[str, ...]:
    session.flush()  # the syringes are asked for
    query = select(Container.code).where(Container.lot_id == record.lot_id).order_by(Container.id)
    return tuple(session.scalars(query))


def _end(session: Session, act: Act, treatment: TreatmentSession) -> None:
    sessions.end_session(session, act, sessions.EndSession(treatment.id, SessionEnding.COMPLETED))
