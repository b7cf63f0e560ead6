"""Tracing: from a lot or a container to every patient, and back, through any number of mixtures.

- The trace walks what stands: a reversed draw or use is not walked, what replaced it is (TRC-01, TRC-02).
- A lot is followed by where its containers belong now; an old spelling leads to the right lot and is named.
- Amounts are exact: amount of the component, divided by the whole, through every mixture (TRC-04).
- The number of statements is the same for every answer, and their cost follows its size.
- A contradiction in the records is reported in the answer and never hides a patient.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.errors import RecordNotFound
from inventory.tracing import apart, queries
from inventory.tracing.answers import (
    Apart,
    Certainty,
    LotSpelling,
    LotStrength,
    Trace,
    TracedLot,
    TracedPatient,
    TracedSite,
)
from inventory.tracing.edges import LEAST_SURE, Edges, lot_shares, rank_of, received
from inventory.tracing.questions import asking
from models.base import Base
from models.care import Patient, TreatmentSession
from models.stock import Container, Lot

_CERTAINTIES = (Certainty.VIAL_SCANNED, Certainty.LOT_SCANNED, Certainty.TYPED)


@dataclass(frozen=True)
class _Walk:
    """What was walked, from which containers, for which lots. `ranks`: how surely each container was reached."""

    edges: Edges
    start_ids: Collection[int]
    lot_ids: frozenset[int]
    ranks: Mapping[int, int]
    apart: tuple[Apart, ...]
    asked_lot_ids: tuple[int, ...] = ()


def trace_forward(session: Session, *, lot_ids: Iterable[int] = (), container_ids: Iterable[int] = ()) -> Trace:
    """Where these lots and containers went. A lot that was corrected away is followed to the right one."""
    asked = tuple(sorted(set(lot_ids)))
    chosen = frozenset(container_ids)
    with asking(session):
        followed = _right_lots(session, asked)
        edges = _fetch_downstream(session, followed, chosen)
        return _answer(session, _forward(edges, _starts(edges, followed, chosen), followed, asked))


def trace_lot_number(session: Session, *, lot_number: str, product_id: int | None = None) -> Trace:
    """Forward from every lot of this number, old spellings included. Raises `RecordNotFound`."""
    query = select(Lot.id).where(Lot.lot_number == lot_number)
    if product_id is not None:
        query = query.where(Lot.product_id == product_id)
    found = list(session.scalars(query))
    if not found:
        raise RecordNotFound("lot", lot_number)
    return trace_forward(session, lot_ids=found)


def trace_container_since(session: Session, *, container_id: int, after: datetime) -> Trace:
    """Where what was drawn from one container went, from a time on: contamination is per vial (TRC-03)."""
    with asking(session):
        edges = _fetch_downstream(session, frozenset(), {container_id})
        starts = _starts(edges, frozenset(), {container_id})
        late = edges.only(lambda edge: edge.container_id not in starts or edge.occurred_at >= after)
        return _answer(session, _forward(late, starts))


def trace_back(
    session: Session, *, session_id: int | None = None, patient_id: int | None = None, container_id: int | None = None
) -> Trace:
    """What went into a session, into a patient or into a container: exactly one of the three.

    Every lot on the way is followed, mixtures and ingredients alike. Raises `RecordNotFound`.
    """
    edges = Edges()
    with asking(session):
        if session_id is not None:
            _get(session, TreatmentSession, "session", session_id)
            edges.add_uses(queries.USES_IN_SESSIONS.columns(session, session_ids=[session_id]))
        elif patient_id is not None:
            _get(session, Patient, "patient", patient_id)
            edges.add_uses(queries.USES_OF_PATIENTS.columns(session, patient_ids=[patient_id]))
        else:
            _get(session, Container, "container", container_id)
        ends = {use.container_id for use in edges.uses} if container_id is None else {container_id}
        _fetch_upstream(session, edges, ends)
        return _answer(session, _back(edges, ends))


def _get(session: Session, model: type[Base], kind: str, key: int | None) -> None:
    if key is None or session.get(model, key) is None:
        raise RecordNotFound(kind, str(key))


def _right_lots(session: Session, asked: tuple[int, ...]) -> frozenset[int]:
    """Each lot, or the one it was corrected to."""
    found = list(queries.MERGED.rows(session, lot_ids=asked))
    missing = set(asked) - {row[0] for row in found}
    if missing:
        raise RecordNotFound("lot", str(min(missing)))
    return frozenset(row[1] for row in found if row[2] is None)


def _fetch_downstream(session: Session, lot_ids: Collection[int], container_ids: Collection[int]) -> Edges:
    (reached,) = queries.DOWNSTREAM.columns(session, lot_ids=lot_ids, container_ids=container_ids)
    missing = set(container_ids).difference(reached)
    if missing:
        raise RecordNotFound("container", str(min(missing)))
    edges = Edges()
    edges.add_containers(queries.CONTAINERS.columns(session, container_ids=reached))
    edges.add_draws(queries.DRAWS_FROM.columns(session, container_ids=reached))
    edges.add_uses(queries.USES_FROM.columns(session, container_ids=reached))
    return edges


def _fetch_upstream(session: Session, edges: Edges, end_ids: Collection[int]) -> None:
    reached = set(queries.UPSTREAM.columns(session, container_ids=end_ids)[0])
    named_apart = {use.container_id for use in edges.reversed_uses}
    edges.add_containers(queries.CONTAINERS.columns(session, container_ids=reached | named_apart))
    lot_ids = {edges.containers[container_id].lot_id for container_id in reached}
    edges.add_draws(queries.DRAWS_INTO.columns(session, lot_ids=lot_ids))


def _starts(edges: Edges, lot_ids: Collection[int], container_ids: Collection[int]) -> frozenset[int]:
    """The containers of the lots, and the chosen ones with what was split off them."""
    family = set(container_ids)
    # A pack is made after the one it is split from, so its id is greater.
    for found in sorted(edges.containers.values()) if family else ():
        if found.split_from_id in family:
            family.add(found.id)
    return frozenset(found.id for found in edges.containers.values() if found.lot_id in lot_ids) | family


def _forward(fetched: Edges, starts: frozenset[int], lot_ids: Iterable[int] = (), asked: tuple[int, ...] = ()) -> _Walk:
    ranks = fetched.reach(starts)
    edges = fetched.within(ranks)
    followed = frozenset(edges.containers[start].lot_id for start in starts)
    return _Walk(edges, starts, followed.union(lot_ids), ranks, apart.forward(fetched, edges), asked)


def _back(fetched: Edges, ends: Iterable[int]) -> _Walk:
    edges = fetched.within(fetched.origins(ends))
    made = {output for outputs in edges.outputs.values() for output in outputs}
    ranks = edges.reach(container_id for container_id in edges.containers if container_id not in made)
    followed = frozenset(found.lot_id for found in edges.containers.values())
    return _Walk(edges, frozenset(edges.containers), followed, ranks, apart.back(fetched, edges))


def _answer(session: Session, walk: _Walk) -> Trace:
    edges = walk.edges
    by_container, problems = lot_shares(edges, walk.start_ids)
    lots = _lots(session, walk)
    named = walk.lot_ids.union(walk.asked_lot_ids)
    return Trace(
        asked_lot_ids=walk.asked_lot_ids,
        lot_ids=tuple(sorted(walk.lot_ids)),
        lots=lots,
        containers=edges.containers,
        records=edges.records,
        sessions=edges.sessions,
        patients=_patients(walk),
        draws=tuple(sorted(edges.draws)),
        uses=tuple(sorted(edges.uses)),
        shares=by_container,
        received=received(edges, by_container),
        strengths=tuple(map(LotStrength._make, queries.STRENGTHS.rows(session, lot_ids=walk.lot_ids))),
        apart=walk.apart,
        spellings=tuple(map(LotSpelling._make, queries.SPELLINGS.rows(session, lot_ids=named))),
        sites=tuple(map(TracedSite._make, queries.SITES.rows(session))),
        problems=problems,
    )


def _lots(session: Session, walk: _Walk) -> dict[int, TracedLot]:
    wanted = {found.lot_id for found in walk.edges.containers.values()}
    wanted.update(made.lot_id for made in walk.edges.records.values())
    wanted.update(each.record_lot_id for each in walk.apart if each.record_lot_id is not None)
    wanted.update(walk.lot_ids, walk.asked_lot_ids)
    return {found[0]: TracedLot._make(found) for found in queries.LOTS.rows(session, lot_ids=wanted)}


def _patients(walk: _Walk) -> dict[int, TracedPatient]:
    """Each patient with the surest way on which the lot came."""
    sessions, ranks = walk.edges.sessions, walk.ranks
    surest: dict[int, int] = {}
    for use in walk.edges.uses:
        patient_id = sessions[use.session_id].patient_id
        weakest = max(ranks.get(use.container_id, LEAST_SURE), rank_of(use.identified_by))
        if weakest < surest.get(patient_id, LEAST_SURE + 1):
            surest[patient_id] = weakest
    references = walk.edges.references
    return {key: TracedPatient(key, references[key], _CERTAINTIES[surest[key]]) for key in sorted(surest)}
