"""The deviations of a site as they are read: what happened, with which container, who recorded it, what came of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from models.care import Deviation
from models.evidence import Signature
from models.people import User
from models.stock import Container, Lot, StockEntry
from models.vocabulary import EntryPurpose

MOST = 100


@dataclass(frozen=True)
class Review:
    text: str
    signed_at: datetime
    signed_by: str


@dataclass(frozen=True)
class DeviationLine:
    """`rule` is the code of the refusal that a plan would have met; `facts` are its sentences."""

    id: int
    rule: str
    facts: str
    purpose: EntryPurpose
    occurred_at: datetime
    recorded_at: datetime
    recorded_by: str
    session_id: int | None
    container_code: str | None
    lot_id: int | None
    lot_number: str | None
    review: Review | None


def waiting_deviations(session: Session, *, site_id: int) -> list[DeviationLine]:
    """At most `MOST` that wait for review, the oldest first: they have waited longest."""
    query = _deviations(site_id).where(Deviation.reviewed_at.is_(None)).order_by(Deviation.id)
    return [_line(row) for row in session.execute(query.limit(MOST))]


def reviewed_deviations(session: Session, *, site_id: int, before_id: int | None = None) -> list[DeviationLine]:
    """At most `MOST` reviewed ones, the newest first, from one on back."""
    query = _deviations(site_id).where(Deviation.reviewed_at.is_not(None)).order_by(Deviation.id.desc())
    if before_id is not None:
        query = query.where(Deviation.id < before_id)
    return [_line(row) for row in session.execute(query.limit(MOST))]


def _deviations(site_id: int) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Deviation, StockEntry.purpose, StockEntry.occurred_at, User.full_name, StockEntry.treatment_session_id,
            Container.code, Lot.id, Lot.lot_number, Signature.signed_at, Signature.printed_name,
        )
        .join(StockEntry, StockEntry.id == Deviation.entry_id)
        .join(User, User.id == StockEntry.user_id)
        .outerjoin(Container, Container.id == Deviation.container_id)
        .outerjoin(Lot, Lot.id == Container.lot_id)
        .outerjoin(Signature, Signature.id == Deviation.signature_id)
        .where(Deviation.site_id == site_id)
    )  # fmt: skip


def _line(row: Row[*tuple[Any, ...]]) -> DeviationLine:
    deviation, purpose, occurred_at, recorded_by, session_id, container_code, lot_id, lot_number, *signed = row
    signed_at, signed_by = signed
    return DeviationLine(
        id=deviation.id,
        rule=deviation.rule,
        facts=deviation.facts,
        purpose=purpose,
        occurred_at=occurred_at,
        recorded_at=deviation.recorded_at,
        recorded_by=recorded_by,
        session_id=session_id,
        container_code=container_code,
        lot_id=lot_id,
        lot_number=lot_number,
        review=None if signed_at is None else Review(deviation.review, signed_at, signed_by),
    )
