"""Traces: where a lot or container went, and what went into a container, a session, a patient."""

from collections import defaultdict
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from sqlalchemy.orm import Session

from blueprints.api.operations import Operations
from blueprints.frame import units
from blueprints.schemas.tracing import BackAnswer, BalanceAnswer, ForwardAnswer, IngredientsAnswer
from blueprints.seeing import note_access, note_look_at
from blueprints.visitor import current_actor
from inventory.access import Permission
from inventory.care import treatment_facts
from inventory.errors import BelongsToAnotherSite
from inventory.stock import lots, usability
from inventory.tracing import lines
from inventory.tracing.answers import LotAmount, Trace
from inventory.tracing.balances import LotBalance, lot_balance
from inventory.tracing.graph import trace_back, trace_forward
from models.stock import Container
from models.vocabulary import MovePurpose

operations = Operations("tracing", "Tracing", "Where every amount went, and to whom.")

_IN = (MovePurpose.OPENING, MovePurpose.RECEIVED, MovePurpose.FOUND, MovePurpose.PREPARED)
_OUT = (
    MovePurpose.COMPOUNDED,
    MovePurpose.ADMINISTERED,
    MovePurpose.WASTED,
    MovePurpose.DESTROYED,
    MovePurpose.RETURNED,
    MovePurpose.SAMPLED,
    MovePurpose.TRANSFERRED,
)


@operations.query("/lots/<int:lot_id>/trace", Permission.TRACE_LOT, ForwardAnswer)
def trace_lot(lot_id: int) -> dict[str, Any]:
    """Everyone who received anything from a lot, through every mixture."""
    with units().reading() as session:
        lots.get_lot(session, lot_id)
        answer = _forward(trace_forward(session, lot_ids=[lot_id]))
    note_access(f"trace of lot {lot_id}")
    return answer


@operations.query("/lots/<int:lot_id>/balance", Permission.TRACE_LOT, BalanceAnswer)
def show_balance(lot_id: int) -> dict[str, Any]:
    """Where every amount of a lot went, at all sites."""
    with units().reading() as session:
        lots.get_lot(session, lot_id)
        return _balance(lot_balance(session, lot_id=lot_id))


@operations.query("/containers/<code>/trace", Permission.TRACE_LOT, ForwardAnswer)
def trace_container(code: str) -> dict[str, Any]:
    """Everyone who received anything from one container."""
    with units().reading() as session:
        container_id = usability.get_container_anywhere(session, code).id
        answer = _forward(trace_forward(session, container_ids=[container_id]))
    note_access(f"trace of container {container_id}")
    return answer


@operations.query("/containers/<code>/ingredients", Permission.TRACE_LOT, IngredientsAnswer)
def list_ingredients(code: str) -> dict[str, Any]:
    """What a mixed container was made of, through every mixture."""
    with units().reading() as session:
        container = usability.get_container_anywhere(session, code)
        _refuse_elsewhere(container)
        trace = trace_back(session, container_id=container.id)
        answer = {
            "ingredients": lines.ingredient_lines(trace, container.id),
            "problems": [str(problem) for problem in trace.problems],
        }
        container_id, patient_id = container.id, container.kept_for_patient_id
    if patient_id is not None:
        note_access(f"ingredients of container {container_id}", patient_id)
    return answer


@operations.query("/sessions/<int:session_id>/trace", Permission.TRACE_LOT, BackAnswer)
def trace_session(session_id: int) -> dict[str, Any]:
    """Every lot that went into a session of this site."""
    with units().reading() as session:
        treatment = treatment_facts.get_session_here(session, current_actor(), session_id)
        patient_id = treatment.patient_id
        answer = _back(session, session_id=session_id)
    note_access(f"trace of session {session_id}", patient_id)
    return answer


@operations.query("/patients/<reference>/trace", Permission.TRACE_LOT, BackAnswer)
def trace_patient(reference: str) -> dict[str, Any]:
    """Every lot that a patient received."""
    patient_id = note_look_at(reference, "trace of patient")
    with units().reading() as session:
        return _back(session, patient_id=patient_id)


def _refuse_elsewhere(container: Container) -> None:
    """What another site mixed is for who may see the organisation."""
    site, actor = container.location.site, current_actor()
    if site.id != actor.site_id and Permission.TRACE_ORGANISATION not in actor.permissions:
        raise BelongsToAnotherSite(container.code, site.name)


def _forward(whole: Trace) -> dict[str, Any]:
    trace = lines.seen_by(whole, current_actor())
    return {
        "covers": lines.coverage(trace),
        "lots": lines.followed_lots(trace),
        "patients": list(trace.patients.values()),
        "uses": [_use(line) for line in lines.use_lines(trace)],
        "mixtures": lines.mixture_lines(trace),
        "on_hand": sum((trace.on_hand().get(lot_id, Fraction(0)) for lot_id in trace.lot_ids), Fraction(0)),
        "elsewhere": [_elsewhere(other) for other in trace.elsewhere],
        "spellings": trace.spellings,
    } | _around(trace)


def _back(session: Session, **start: int) -> dict[str, Any]:
    trace = lines.seen_by(trace_back(session, **start), current_actor())
    return {
        "covers": lines.coverage(trace),
        "received": [{"lot": lot, "amount": amount} for lot, amount in lines.received_by_lot(trace)],
        "substances": _substances(trace),
    } | _around(trace)


def _around(trace: Trace) -> dict[str, Any]:
    return {
        "apart": trace.apart,
        "sites": trace.sites,
        "problems": [str(problem) for problem in trace.problems],
    }


def _use(line: lines.UseLine) -> dict[str, Any]:
    return {
        "at": line.at,
        "session_id": line.session_id,
        "patient": line.patient,
        "certainty": line.certainty,
        "site": line.site,
        "through": [step.label for step in line.through],
        "amount": line.amount,
    }


def _elsewhere(other: Any) -> dict[str, Any]:
    return {
        "site": other.site,
        "containers": other.containers,
        "preparations": other.preparations,
        "sessions": other.sessions,
        "patients": other.patients,
        "received": _sum(other.received),
        "on_hand": _sum(other.on_hand),
    }


def _sum(amounts: tuple[LotAmount, ...]) -> Fraction:
    return sum((each.amount for each in amounts), Fraction(0))


def _substances(trace: Trace) -> list[dict[str, Any]]:
    sums: defaultdict[tuple[str, str], Fraction] = defaultdict(Fraction)
    for part in trace.substances():
        sums[part.substance, part.unit.value] += part.amount
    return [
        {"substance": substance, "unit": unit, "amount": amount} for (substance, unit), amount in sorted(sums.items())
    ]


def _balance(found: LotBalance) -> dict[str, Any]:
    percent = found.balance.shown_percent
    return {
        "lot_id": found.lot_id,
        "came_in": _columns(found, _IN),
        "went_out": _columns(found, _OUT),
        "lost": found.flows.lost,
        "on_hand": found.on_hand,
        "total_in": found.balance.in_,
        "total_out": found.balance.out,
        "expected": found.balance.expected,
        "unaccounted": found.balance.unaccounted,
        "accounted_percent": percent,
        "compounded_became": _parts(found.compounded.went),
        "compounded_on_hand": found.compounded.on_hand,
        "problems": [str(problem) for problem in found.problems],
    }


def _columns(found: LotBalance, purposes: tuple[MovePurpose, ...]) -> list[dict[str, Any]]:
    amounts = ((purpose, getattr(found.flows, purpose.value)) for purpose in purposes)
    return [{"purpose": purpose, "amount": amount} for purpose, amount in amounts if amount]


def _parts(parts: Mapping[MovePurpose, Fraction]) -> list[dict[str, Any]]:
    return [{"purpose": purpose, "amount": amount} for purpose, amount in parts.items()]
