"""What was done for a patient as it is read: one session, one preparation.

Both show one patient's doings: the caller stores the access first (`evidence.access_log`).
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, aliased

from inventory.access import Actor
from inventory.errors import RecordNotFound, SessionOfAnotherSite
from models.care import Administration, CompoundingComponent, CompoundingRecord, Patient, TreatmentSession
from models.catalogue import Product
from models.organisation import Location
from models.people import User
from models.stock import Container, Lot, StockEntry, StockMove
from models.vocabulary import Lane, LotOrigin, Method, RecordKind, SessionEnding, Storage, Unit

_reversal = aliased(StockMove)


@dataclass(frozen=True)
class GivenLine:
    """An amount given. `is_reversed`: it was recorded in error, or corrected by another line."""

    id: int
    entry_id: int
    container_code: str
    lot_id: int
    lot_number: str
    product_name: str
    amount: Decimal
    unit: Unit
    area: str
    technique: str | None
    depth_mm: Decimal | None
    needle: str | None
    points: int | None
    given_at: datetime
    by: str
    is_reversed: bool


@dataclass(frozen=True)
class PreparationName:
    record_id: int
    lot_id: int
    lot_number: str


@dataclass(frozen=True)
class SessionFacts:
    id: int
    site_id: int
    patient_id: int
    patient_reference: str
    practitioner: str
    room: str | None
    started_at: datetime
    ended_at: datetime | None
    ending: SessionEnding | None
    preparations: tuple[PreparationName, ...]
    given: tuple[GivenLine, ...]


@dataclass(frozen=True)
class ComponentLine:
    """What went in. `entered` is the amount as the person gave it."""

    position: int
    container_code: str
    lot_id: int
    lot_number: str
    origin: LotOrigin
    product_name: str
    amount: Decimal
    unit: Unit
    entered: str
    is_reversed: bool


@dataclass(frozen=True)
class OutputLine:
    code: str
    content: Decimal
    remaining: Decimal
    place: str


@dataclass(frozen=True)
class PreparationFacts:
    id: int
    site_id: int
    entry_id: int
    lot_id: int
    lot_number: str
    kind: RecordKind
    lane: Lane
    method: Method | None
    storage: Storage | None
    is_sterility_tested: bool
    patient_id: int | None
    patient_reference: str | None
    session_id: int | None
    started_at: datetime
    beyond_use_at: datetime | None
    binding_limit: str
    theoretical_amount: Decimal
    yield_amount: Decimal
    prepared_by: str
    checked_by: str | None
    checked_at: datetime | None
    components: tuple[ComponentLine, ...]
    containers: tuple[OutputLine, ...]


def session_facts(session: Session, *, actor: Actor, session_id: int) -> SessionFacts:
    """A session of the present site. Raises `RecordNotFound`, `SessionOfAnotherSite`."""
    treatment = get_session_here(session, actor, session_id)
    return SessionFacts(
        id=treatment.id,
        site_id=treatment.site_id,
        patient_id=treatment.patient_id,
        patient_reference=treatment.patient.reference,
        practitioner=session.get_one(User, treatment.practitioner_id).full_name,
        room=None if treatment.room_id is None else session.get_one(Location, treatment.room_id).name,
        started_at=treatment.started_at,
        ended_at=treatment.ended_at,
        ending=treatment.ending,
        preparations=_preparations(session, treatment.id),
        given=tuple(_given(*row) for row in session.execute(_administrations(treatment.id))),
    )


def get_session_here(session: Session, actor: Actor, session_id: int) -> TreatmentSession:
    treatment = session.get(TreatmentSession, session_id)
    if treatment is None:
        raise RecordNotFound("session", str(session_id))
    if treatment.site_id != actor.site_id:
        raise SessionOfAnotherSite(session_id)
    return treatment


def _preparations(session: Session, session_id: int) -> tuple[PreparationName, ...]:
    query = (
        select(CompoundingRecord.id, Lot.id, Lot.lot_number)
        .join(Lot, Lot.id == CompoundingRecord.lot_id)
        .where(CompoundingRecord.treatment_session_id == session_id)
        .order_by(CompoundingRecord.id)
    )
    return tuple(PreparationName(*row) for row in session.execute(query))


def _administrations(session_id: int) -> Select[*tuple[Any, ...]]:
    return (
        select(Administration, StockMove, StockEntry, Container.code, Lot, Product, User.full_name, _reversal.id)
        .join(StockMove, StockMove.id == Administration.move_id)
        .join(StockEntry, StockEntry.id == StockMove.entry_id)
        .join(Container, Container.id == StockMove.container_id)
        .join(Lot, Lot.id == Container.lot_id)
        .join(Product, Product.id == Lot.product_id)
        .join(User, User.id == StockEntry.user_id)
        .outerjoin(_reversal, _reversal.reverses_id == StockMove.id)
        .where(Administration.session_id == session_id)
        .order_by(Administration.id)
    )


def _given(  # noqa: PLR0913, PLR0917  # the columns of one row
    given: Administration,
    move: StockMove,
    entry: StockEntry,
    code: str,
    lot: Lot,
    product: Product,
    by: str,
    reversal_id: int | None,
) -> GivenLine:
    return GivenLine(
        id=given.id,
        entry_id=entry.id,
        container_code=code,
        lot_id=lot.id,
        lot_number=lot.lot_number,
        product_name=product.name,
        amount=move.amount,
        unit=product.unit,
        area=given.area,
        technique=given.technique,
        depth_mm=given.depth_mm,
        needle=given.needle,
        points=given.points,
        given_at=entry.occurred_at,
        by=by,
        is_reversed=reversal_id is not None,
    )


def preparation_facts(session: Session, *, actor: Actor, record_id: int) -> PreparationFacts:
    """A preparation of the present site. Raises `RecordNotFound`."""
    record = session.get(CompoundingRecord, record_id)
    if record is None or record.site_id != actor.site_id:
        raise RecordNotFound("preparation", str(record_id))
    entry_id = session.scalars(select(StockEntry.id).where(StockEntry.compounding_record_id == record.id)).one()
    return PreparationFacts(
        id=record.id,
        site_id=record.site_id,
        entry_id=entry_id,
        lot_id=record.lot_id,
        lot_number=record.lot.lot_number,
        kind=record.kind,
        lane=record.lane,
        method=record.method,
        storage=record.storage,
        is_sterility_tested=record.is_sterility_tested,
        patient_id=record.patient_id,
        patient_reference=_reference(session, record.patient_id),
        session_id=record.treatment_session_id,
        started_at=record.started_at,
        beyond_use_at=record.beyond_use_at,
        binding_limit=record.binding_limit,
        theoretical_amount=record.theoretical_amount,
        yield_amount=record.yield_amount,
        prepared_by=_name(session, record.prepared_by_id) or "",
        checked_by=_name(session, record.checked_by_id),
        checked_at=record.checked_at,
        components=tuple(_component(*row) for row in session.execute(_components(record.id))),
        containers=_outputs(session, record.lot_id),
    )


def _components(record_id: int) -> Select[*tuple[Any, ...]]:
    return (
        select(CompoundingComponent, StockMove, Container.code, Lot, Product, _reversal.id)
        .join(StockMove, StockMove.id == CompoundingComponent.move_id)
        .join(Container, Container.id == StockMove.container_id)
        .join(Lot, Lot.id == Container.lot_id)
        .join(Product, Product.id == Lot.product_id)
        .outerjoin(_reversal, _reversal.reverses_id == StockMove.id)
        .where(CompoundingComponent.record_id == record_id)
        .order_by(CompoundingComponent.position)
    )


def _component(  # the columns of one row
    component: CompoundingComponent, move: StockMove, code: str, lot: Lot, product: Product, reversal_id: int | None
) -> ComponentLine:
    return ComponentLine(
        position=component.position,
        container_code=code,
        lot_id=lot.id,
        lot_number=lot.lot_number,
        origin=lot.origin,
        product_name=product.name,
        amount=move.amount,
        unit=product.unit,
        entered=component.entered,
        is_reversed=reversal_id is not None,
    )


def _outputs(session: Session, lot_id: int) -> tuple[OutputLine, ...]:
    query = (
        select(Container.code, Container.content, Container.remaining, Location.name)
        .join(Location, Location.id == Container.location_id)
        .where(Container.lot_id == lot_id)
        .order_by(Container.id)
    )
    return tuple(OutputLine(*row) for row in session.execute(query))


def _reference(session: Session, patient_id: int | None) -> str | None:
    return None if patient_id is None else session.get_one(Patient, patient_id).reference


def _name(session: Session, user_id: int | None) -> str | None:
    return None if user_id is None else session.get_one(User, user_id).full_name
