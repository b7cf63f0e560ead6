"""A trace as it is read: lines for a table, each with the way the amount took and its exact share.

The lines say the same as the trace and decide nothing. Amounts are exact fractions; who shows them rounds.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import NamedTuple

from inventory.access import Actor, Permission
from inventory.tracing.answers import Certainty, Draw, Trace, TracedLot
from inventory.tracing.elsewhere import restricted_to_site
from models.vocabulary import LotOrigin, RecordKind, Unit


class Step(NamedTuple):
    """One stop on the way: a mixture, by its lot, or the container that was used."""

    label: str
    lot_id: int | None
    is_here: bool


@dataclass(frozen=True, slots=True)
class UseLine:
    """One use of a container that held something of the lot; `amount` is the lot's part of it."""

    at: datetime
    session_id: int
    patient_id: int
    patient: str
    certainty: Certainty
    site: str
    through: tuple[Step, ...]
    amount: Fraction


@dataclass(frozen=True, slots=True)
class MixtureLine:
    """A preparation made with the lot; both amounts are the lot's part."""

    record_id: int
    lot_id: int
    lot_number: str
    kind: RecordKind
    at: datetime
    site: str
    amount: Fraction
    on_hand: Fraction


@dataclass(frozen=True, slots=True)
class IngredientLine:
    """What a mixture holds. `depth` 0 went in directly, 1 through one mixture, and so on."""

    lot_id: int
    lot_number: str
    product_name: str
    expires_on: date | None
    origin: LotOrigin
    unit: Unit
    amount: Fraction
    depth: int


def seen_by(trace: Trace, actor: Actor) -> Trace:
    """All of it for who may see the organisation; else the present site in full and others in figures."""
    if Permission.TRACE_ORGANISATION in actor.permissions or actor.site_id is None:
        return trace
    return restricted_to_site(trace, actor.site_id)


def coverage(trace: Trace) -> str:
    """What the answer covers, for its heading."""
    if trace.elsewhere:
        return "this site, others in figures"
    return "this site" if len(trace.sites) == 1 else f"all {len(trace.sites)} sites"


def use_lines(trace: Trace, here: int | None = None) -> list[UseLine]:
    """Every use, by time. `here`: the site whose containers have a page for the reader."""
    ways = _Ways(trace, here)
    sites = {site.id: site.name for site in trace.sites}
    lines = []
    for use in trace.uses:
        treatment = trace.sessions[use.session_id]
        patient = trace.patients[treatment.patient_id]
        part = _part(trace, use.container_id)
        lines.append(
            UseLine(
                at=use.occurred_at,
                session_id=use.session_id,
                patient_id=patient.id,
                patient=patient.reference,
                certainty=patient.certainty,
                site=sites[treatment.site_id],
                through=ways.to(use.container_id),
                amount=part * Fraction(use.amount),
            )
        )
    return sorted(lines, key=lambda line: (line.at, line.session_id))


def mixture_lines(trace: Trace) -> list[MixtureLine]:
    """Every preparation the lot went into, by time."""
    sites = {site.id: site.name for site in trace.sites}
    went_in: defaultdict[int, Fraction] = defaultdict(Fraction)
    for draw in trace.draws:
        went_in[draw.record_id] += _part(trace, draw.container_id) * Fraction(draw.amount)
    left: defaultdict[int, Fraction] = defaultdict(Fraction)
    for container in trace.containers.values():
        left[container.lot_id] += _part(trace, container.id) * Fraction(container.remaining)
    return [
        MixtureLine(
            record_id=made.id,
            lot_id=made.lot_id,
            lot_number=trace.lots[made.lot_id].lot_number,
            kind=made.kind,
            at=made.started_at,
            site=sites[made.site_id],
            amount=went_in[made.id],
            on_hand=left[made.lot_id],
        )
        for made in sorted(trace.records.values(), key=lambda made: (made.started_at, made.id))
    ]


def ingredient_lines(trace: Trace, container_id: int) -> list[IngredientLine]:
    """What one filled container was made of, through every mixture. `trace` leads back from the container."""
    return _ingredients(trace, container_id, Fraction(trace.containers[container_id].prepared or 0))


def mixture_ingredient_lines(trace: Trace, container_id: int) -> list[IngredientLine]:
    """What the whole mixture was made of that filled the container. All its containers hold the same."""
    lot_id = trace.containers[container_id].lot_id
    totals = (Fraction(made.total) for made in trace.records.values() if made.lot_id == lot_id)
    return _ingredients(trace, container_id, sum(totals, Fraction(0)))


def _ingredients(trace: Trace, container_id: int, whole: Fraction) -> list[IngredientLine]:
    depths = _depths(trace, trace.containers[container_id].lot_id)
    shares = trace.shares.get(container_id, {})
    lines = [_ingredient(trace.lots[key], shares.get(key, Fraction(0)) * whole, depths[key]) for key in depths]
    return sorted(lines, key=lambda line: (line.depth, line.product_name, line.lot_id))


def followed_lots(trace: Trace) -> list[TracedLot]:
    return [trace.lots[lot_id] for lot_id in trace.lot_ids]


def received_by_lot(trace: Trace) -> list[tuple[TracedLot, Fraction]]:
    """Of a trace that leads back: how much of each lot was received in all, products in order."""
    sums: defaultdict[int, Fraction] = defaultdict(Fraction)
    for part in trace.received:
        sums[part.lot_id] += part.amount
    found = [(trace.lots[lot_id], amount) for lot_id, amount in sums.items()]
    return sorted(found, key=lambda each: (each[0].product, each[0].lot_number, each[0].id))


def _ingredient(lot: TracedLot, amount: Fraction, depth: int) -> IngredientLine:
    return IngredientLine(
        lot_id=lot.id,
        lot_number=lot.lot_number,
        product_name=lot.product,
        expires_on=lot.expires_on,
        origin=lot.origin,
        unit=lot.unit,
        amount=amount,
        depth=depth,
    )


def _part(trace: Trace, container_id: int) -> Fraction:
    """How much of the followed lots one unit of the container holds."""
    return sum((trace.shares.get(container_id, {}).get(lot_id, Fraction(0)) for lot_id in trace.lot_ids), Fraction(0))


def _depths(trace: Trace, lot_id: int) -> dict[int, int]:
    """Lot -> through how many mixtures it came into the lot, the shortest way."""
    drawn = _drawn_by_record(trace)
    maker = {made.lot_id: made.id for made in trace.records.values()}
    depths: dict[int, int] = {}
    waiting = [(lot_id, -1)]
    for current, depth in waiting:  # grows while it is walked: breadth first
        for draw in drawn.get(maker.get(current, 0), ()):
            source = trace.containers[draw.container_id].lot_id
            if source not in depths and source != lot_id:
                depths[source] = depth + 1
                waiting.append((source, depth + 1))
    return depths


def _drawn_by_record(trace: Trace) -> Mapping[int, list[Draw]]:
    drawn: defaultdict[int, list[Draw]] = defaultdict(list)
    for draw in trace.draws:
        drawn[draw.record_id].append(draw)
    return drawn


class _Ways:
    """The way from the lot to a container: the mixtures in between, then the container itself."""

    def __init__(self, trace: Trace, here: int | None) -> None:
        self.trace = trace
        self.here = here
        self.drawn = _drawn_by_record(trace)
        self.maker = {made.lot_id: made.id for made in trace.records.values()}

    def to(self, container_id: int) -> tuple[Step, ...]:
        container = self.trace.containers[container_id]
        mixtures = [Step(lot.lot_number, lot.id, is_here=True) for lot in self._mixtures(container.lot_id)]
        return (*reversed(mixtures), Step(container.code, None, container.site_id == self.here))

    def _mixtures(self, lot_id: int) -> Iterator[TracedLot]:
        """The nearest first. Where several ways meet, the first component's is shown."""
        seen: set[int] = set()
        while lot_id in self.maker and lot_id not in self.trace.lot_ids and lot_id not in seen:
            seen.add(lot_id)
            yield self.trace.lots[lot_id]
            sources = (self.trace.containers.get(draw.container_id) for draw in self.drawn[self.maker[lot_id]])
            lot_id = next((source.lot_id for source in sources if source is not None), lot_id)
