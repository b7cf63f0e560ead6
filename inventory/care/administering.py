"""Administering: an amount from one container, given to the patient of a session.

What is planned is held against every rule at the time of the use; what was already given is recorded with
its deviations. Each use is one entry with its session as document.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from inventory import texts
from inventory.access import Act, Permission
from inventory.care import compounding, sessions, using
from inventory.errors import InvalidCount, NotYetVerified
from inventory.evidence import audit
from inventory.rules.amounts import checked_amount
from inventory.stock import ledger, opening
from inventory.stock.ledger import Taking
from inventory.stock.usability import Judgement, Use
from models.care import Administration, TreatmentSession
from models.organisation import Site
from models.stock import Container
from models.vocabulary import EntryPurpose, IdentifiedBy, LotOrigin, MovePurpose

MOST_POINTS = 10_000


@dataclass(frozen=True)
class Administer:
    """`amount` empty: all that remains in the container."""

    session_id: int
    code: str
    area: str
    amount: Decimal | None = None
    identified_by: IdentifiedBy = IdentifiedBy.OUR_CODE
    technique: str | None = None
    depth_mm: Decimal | None = None
    needle: str | None = None
    points: int | None = None
    given_at: datetime | None = None


def administer(session: Session, act: Act, command: Administer) -> Administration:
    """Give what is planned. Raises every refusal of the container and the session."""
    act.require(Permission.ADMINISTER)
    return _administer(session, act, command, Judgement())


def record_past_administration(session: Session, act: Act, command: Administer) -> Administration:
    """Record what was already given, whatever rule it broke. The unit's scope must be everything."""
    act.require(Permission.RECORD_PAST)
    audit.require_everything(session)
    return _administer(session, act, command, Judgement(is_past=True))


def _administer(session: Session, act: Act, command: Administer, judgement: Judgement) -> Administration:
    find = sessions.get_session if judgement.is_past else sessions.get_open_session
    treatment = find(session, act, command.session_id)
    given_at = ledger.happened_at(act, command.given_at)
    current = using.states_for_use(session, act, judgement, [command.code])[0]
    container = current.container
    use = Use(at=given_at, patient_id=treatment.patient_id, session_id=treatment.id)
    using.judge_use(session, judgement, current, use)
    _judge_verification(session, judgement, container)
    opening.mark_first_use(judgement, container, use)
    entry = ledger.open_entry(
        session, act, EntryPurpose.ADMINISTERED, occurred_at=given_at, treatment_session_id=treatment.id
    )
    amount = container.remaining if command.amount is None else command.amount
    move = using.take_for_use(
        session, entry, judgement, container, Taking(amount, MovePurpose.ADMINISTERED, command.identified_by)
    )
    session.flush()  # the administration names its move
    given = _administration(command, treatment, move.id)
    session.add(given)
    judgement.write_deviations(session, act, entry)
    said = "past administration recorded" if judgement.is_past else "administered"
    audit.record(session, act, said, treatment, treatment.patient, container)
    return given


def _administration(command: Administer, treatment: TreatmentSession, move_id: int) -> Administration:
    if command.points is not None and not 1 <= command.points <= MOST_POINTS:
        raise InvalidCount("Points", command.points, 1, MOST_POINTS)
    return Administration(
        session_id=treatment.id,
        move_id=move_id,
        area=texts.line("Area", command.area),
        technique=_line("Technique", command.technique),
        depth_mm=None if command.depth_mm is None else checked_amount(command.depth_mm),
        needle=_line("Needle", command.needle),
        points=command.points,
    )


def _line(field: str, text: str | None) -> str | None:
    return texts.line(field, text) if text else None


def _judge_verification(session: Session, judgement: Judgement, container: Container) -> None:
    """A site that demands a second person gives no mixture that was not checked."""
    if container.lot.origin is not LotOrigin.COMPOUNDED:
        return
    record = compounding.find_record_of_lot(session, lot_id=container.lot_id)
    if record is None or record.checked_at is not None:
        return
    if session.get_one(Site, record.site_id).demands_second_person:
        judgement.against(NotYetVerified(record.id), container)
