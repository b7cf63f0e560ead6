"""What a patient received, session by session: every lot, in its own unit, and what that holds of each substance.

Amounts are the exact shares of the trace. The caller stores the access first (`evidence.access_log`).
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.tracing.answers import Trace, TracedLot
from inventory.tracing.graph import trace_back
from models.care import Administration, TreatmentSession
from models.organisation import Site
from models.people import User
from models.stock import StockMove
from models.vocabulary import LotOrigin, SessionEnding, StrengthUnit


@dataclass(frozen=True)
class SubstanceAmount:
    substance: str
    amount: Fraction
    unit: StrengthUnit


@dataclass(frozen=True)
class ReceivedLot:
    """`substances`: what the amount holds by the strengths of its product; empty where none are known."""

    lot: TracedLot
    amount: Fraction
    substances: tuple[SubstanceAmount, ...]


@dataclass(frozen=True)
class PastSession:
    """`lots`: makers' lots; `mixtures`: the preparations through which they came."""

    id: int
    site: str
    practitioner: str
    started_at: datetime
    ended_at: datetime | None
    ending: SessionEnding | None
    areas: tuple[str, ...]
    lots: tuple[ReceivedLot, ...]
    mixtures: tuple[TracedLot, ...]


def history_of(session: Session, *, patient_id: int) -> list[PastSession]:
    """Every session of the patient, at all sites, the newest first."""
    trace = trace_back(session, patient_id=patient_id)
    lots = _lots_by_session(trace)
    areas = _areas(session, patient_id)
    query = (
        select(TreatmentSession, Site.name, User.full_name)
        .join(Site, Site.id == TreatmentSession.site_id)
        .join(User, User.id == TreatmentSession.practitioner_id)
        .where(TreatmentSession.patient_id == patient_id)
        .order_by(TreatmentSession.started_at.desc(), TreatmentSession.id.desc())
    )
    return [
        PastSession(
            id=visit.id,
            site=site,
            practitioner=practitioner,
            started_at=visit.started_at,
            ended_at=visit.ended_at,
            ending=visit.ending,
            areas=tuple(areas[visit.id]),
            lots=tuple(each for each in lots[visit.id] if each.lot.origin is not LotOrigin.COMPOUNDED),
            mixtures=tuple(each.lot for each in lots[visit.id] if each.lot.origin is LotOrigin.COMPOUNDED),
        )
        for visit, site, practitioner in session.execute(query)
    ]


def _lots_by_session(trace: Trace) -> defaultdict[int, list[ReceivedLot]]:
    inside: defaultdict[tuple[int, int], list[SubstanceAmount]] = defaultdict(list)
    for part in trace.substances():
        inside[part.session_id, part.lot_id].append(SubstanceAmount(part.substance, part.amount, part.unit))
    found: defaultdict[int, list[ReceivedLot]] = defaultdict(list)
    ordered = sorted(trace.received, key=lambda part: (trace.lots[part.lot_id].product, part.lot_id))
    for received in ordered:
        if received.amount:
            substances = tuple(inside[received.session_id, received.lot_id])
            found[received.session_id].append(ReceivedLot(trace.lots[received.lot_id], received.amount, substances))
    return found


def _areas(session: Session, patient_id: int) -> defaultdict[int, dict[str, None]]:
    """Session -> where something was given and stands, in the order of the injections."""
    query = (
        select(Administration.session_id, Administration.area)
        .join(TreatmentSession, TreatmentSession.id == Administration.session_id)
        .where(
            TreatmentSession.patient_id == patient_id,
            ~select(StockMove.id).where(StockMove.reverses_id == Administration.move_id).exists(),
        )
        .order_by(Administration.id)
    )
    areas: defaultdict[int, dict[str, None]] = defaultdict(dict)
    for session_id, area in session.execute(query):
        areas[session_id][area] = None
    return areas
