"""The part of the records that a trace walks over, as it was fetched, and walking over it.

Draws and uses that were reversed are kept apart from those that stand. The output of a preparation is what
stands in its lot and was filled by one: a container that was merely corrected into that lot is not.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property, partial
from typing import Any, TypeVar

from inventory.errors import IntegrityProblem, TraceHasCycle
from inventory.rules import shares
from inventory.tracing.answers import Draw, Received, TracedContainer, TracedRecord, TracedSession, Use
from models.vocabulary import IdentifiedBy

Edge = TypeVar("Edge", Draw, Use)
Value = TypeVar("Value", bound=tuple[Any, ...])
Columns = Sequence[Sequence[Any]]

# The columns of a fetched edge: the edge itself, its reversal if there is one, and what lies beyond it.
_EDGE = slice(0, 7)
_LEADS_TO = 3
_REVERSAL = 7
_BEYOND = slice(8, None)

SURE, LESS_SURE, LEAST_SURE = range(3)


def rank_of(identified_by: IdentifiedBy) -> int:
    # Compared, not looked up: hashing a member costs more than all of this.
    if identified_by is IdentifiedBy.OUR_CODE or identified_by is IdentifiedBy.SERIAL:
        return SURE
    return LESS_SURE if identified_by is IdentifiedBy.MAKERS_CODE else LEAST_SURE


@dataclass
class Edges:
    containers: dict[int, TracedContainer] = field(default_factory=dict)
    records: dict[int, TracedRecord] = field(default_factory=dict)
    sessions: dict[int, TracedSession] = field(default_factory=dict)
    references: dict[int, str] = field(default_factory=dict)  # patient -> reference
    draws: list[Draw] = field(default_factory=list)
    uses: list[Use] = field(default_factory=list)
    reversed_draws: list[Draw] = field(default_factory=list)
    reversed_uses: list[Use] = field(default_factory=list)

    def add_containers(self, columns: Columns) -> None:
        found = sorted(_values(TracedContainer, columns))
        self.containers = {container.id: container for container in found}

    def add_draws(self, columns: Columns) -> None:
        self.draws, self.reversed_draws = _by_reversal(Draw, columns)
        made = _values(TracedRecord, columns[_BEYOND])
        self.records = dict(zip(columns[_LEADS_TO], made, strict=True))

    def add_uses(self, columns: Columns) -> None:
        self.uses, self.reversed_uses = _by_reversal(Use, columns)
        *visits, references = columns[_BEYOND]
        self.sessions = dict(zip(columns[_LEADS_TO], _values(TracedSession, visits), strict=True))
        patient_ids = visits[TracedSession._fields.index("patient_id")]
        self.references = dict(zip(patient_ids, references, strict=True))

    @cached_property
    def outputs(self) -> dict[int, list[int]]:
        """Record -> the containers it filled. Asked for when all has been added."""
        by_lot: defaultdict[int, list[int]] = defaultdict(list)
        for container in self.containers.values():
            if container.prepared is not None:
                by_lot[container.lot_id].append(container.id)
        return {made.id: by_lot[made.lot_id] for made in self.records.values() if made.lot_id in by_lot}

    def reach(self, start_ids: Iterable[int]) -> dict[int, int]:
        """Container -> how surely what it holds stems from the start: the weakest link of the surest way."""
        draws_from: defaultdict[int, list[Draw]] = defaultdict(list)
        for draw in self.draws:
            draws_from[draw.container_id].append(draw)
        reached: dict[int, int] = {}
        waiting: list[list[int]] = [list(start_ids), [], []]
        for rank, stack in enumerate(waiting):
            while stack:
                container_id = stack.pop()
                if container_id not in reached:
                    reached[container_id] = rank
                    for draw in draws_from.get(container_id, ()):
                        waiting[max(rank, rank_of(draw.identified_by))] += self.outputs.get(draw.record_id, ())
        return reached

    def only(self, is_wanted: Callable[[Draw | Use], bool]) -> "Edges":
        """The same, with the wanted edges alone."""
        return replace(
            self,
            draws=list(filter(is_wanted, self.draws)),
            uses=list(filter(is_wanted, self.uses)),
            reversed_draws=list(filter(is_wanted, self.reversed_draws)),
            reversed_uses=list(filter(is_wanted, self.reversed_uses)),
        )

    def origins(self, end_ids: Iterable[int]) -> set[int]:
        """The containers that went into these, through every mixture, and these."""
        maker = {output: record_id for record_id, made in self.outputs.items() for output in made}
        drawn: defaultdict[int, list[int]] = defaultdict(list)
        for draw in self.draws:
            drawn[draw.record_id].append(draw.container_id)
        found: set[int] = set()
        stack = list(end_ids)
        while stack:
            container_id = stack.pop()
            if container_id not in found:
                found.add(container_id)
                stack += drawn.get(maker.get(container_id, 0), ())
        return found

    def within(self, container_ids: Collection[int]) -> "Edges":
        """The part of these containers: what stands, and what it leads to."""
        if len(container_ids) == len(self.containers) and not (self.reversed_draws or self.reversed_uses):
            return self
        draws = [draw for draw in self.draws if draw.container_id in container_ids]
        uses = [use for use in self.uses if use.container_id in container_ids]
        record_ids = {draw.record_id for draw in draws}
        session_ids = {use.session_id for use in uses}
        return replace(
            self,
            containers={key: found for key, found in self.containers.items() if key in container_ids},
            records={key: made for key, made in self.records.items() if key in record_ids},
            sessions={key: visit for key, visit in self.sessions.items() if key in session_ids},
            draws=draws,
            uses=uses,
        )


def _values(kind: type[Value], columns: Columns) -> list[Value]:
    # What `_make` does, but for its look at the length, which the statement has settled.
    return list(map(partial(tuple.__new__, kind), zip(*columns, strict=True)))


def _by_reversal(kind: type[Edge], columns: Columns) -> tuple[list[Edge], list[Edge]]:
    """Those that stand, and those that were reversed."""
    edges, reversals = _values(kind, columns[_EDGE]), columns[_REVERSAL]
    if not any(reversals):
        return edges, []
    standing = [edge for edge, reversal in zip(edges, reversals, strict=True) if reversal is None]
    return standing, [edge for edge, reversal in zip(edges, reversals, strict=True) if reversal is not None]


LotShares = dict[int, dict[int, Fraction]]
_NOTHING: dict[int, Fraction] = {}


def lot_shares(edges: Edges, start_ids: Collection[int]) -> tuple[LotShares, tuple[IntegrityProblem, ...]]:
    """Container -> lot of a start -> its share, and what contradicts itself. Shares that rest on it are left out."""
    outputs = edges.outputs
    lot_of = {container.id: container.lot_id for container in edges.containers.values()}
    cycle = shares.find_lot_cycle(lot_of, edges.draws, outputs)
    problems = () if cycle is None else (TraceHasCycle(kind="lots", ids=cycle),)
    whole = {lot_id: {lot_id: shares.WHOLE} for lot_id in {lot_of[start] for start in start_ids}}
    own = {start: whole[lot_of[start]] for start in start_ids}
    wholes = {made.id: made.total for made in edges.records.values()}
    try:
        return shares.carried_shares(own, edges.draws, wholes, outputs), problems
    except IntegrityProblem as problem:
        return own, (*problems, problem)


def received(edges: Edges, by_container: LotShares) -> tuple[Received, ...]:
    """What each session gave of each lot, by session and lot."""
    sums: dict[tuple[int, int], Fraction] = {}
    for use in edges.uses:
        for lot_id, share in by_container.get(use.container_id, _NOTHING).items():
            key = (use.session_id, lot_id)
            amount = shares.amount_from(share, use.amount)
            sums[key] = sums[key] + amount if key in sums else amount
    return tuple(
        Received(session_id, edges.sessions[session_id].patient_id, lot_id, sums[session_id, lot_id])
        for session_id, lot_id in sorted(sums)
    )
