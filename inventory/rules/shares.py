"""Shares: how much of one container is in another, exactly, through any number of mixtures.

A preparation takes amounts out of containers and fills new ones. What a downstream container holds of an
input, per unit of its own amount, is the input's amount divided by the volume of the whole (rule TRC-04):
between millilitres a share of 1, for a powder milligrams per millilitre. Shares along a way multiply, and
those of different ways add up, so diamonds and cocktails of cocktails are exact. Nothing is rounded here.

Output containers are always new, so containers form no cycle. One in the records, a container made twice,
or amounts without a volume contradict that and are raised as integrity problems (rule TRC-02).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from graphlib import CycleError, TopologicalSorter
from typing import NamedTuple

from inventory.errors import ContainerMadeTwice, RecordWithoutVolume, TraceHasCycle


class Input(NamedTuple):
    """`amount` went out of a container into a record, net of corrections.

    `volume` is what it adds to the whole where that is not the amount: 0 for a powder kept in mg.
    """

    container_id: int
    record_id: int
    amount: Decimal
    volume: Decimal | None = None


class Record(NamedTuple):
    """What a record filled. `total` is the measured whole where it is not the sum of the volumes."""

    id: int
    output_ids: tuple[int, ...]
    total: Decimal | None = None


# container -> what it stems from -> how much of it one unit holds
Shares = dict[int, dict[int, Fraction]]
_NONE: dict[int, Fraction] = {}


def forward_shares(start_ids: Iterable[int], inputs: Iterable[Input], records: Sequence[Record]) -> Shares:
    """For each container that holds any of the starting ones: its share of each of them.

    The inputs must hold every component of a record that has no `total`: they make the whole.
    """
    return carried_shares({start: {start: Fraction(1)} for start in start_ids}, inputs, records)


def carried_shares(held: Shares, inputs: Iterable[Input], records: Sequence[Record]) -> Shares:
    """As `forward_shares`, from what the starting containers hold: shares of lots, for instance."""
    known = tuple(inputs)
    mixtures = _mixtures(known, records)
    held = dict(held)
    for record in _in_order(known, records):
        share = _blend(mixtures[record.id], held)
        for output in record.output_ids if share else ():
            # A starting container made here keeps its share of itself beside those of the others.
            held[output] = share | held[output] if output in held else share
    return held


def _blend(mixture: Mapping[int, Fraction], held: Shares) -> dict[int, Fraction]:
    share: dict[int, Fraction] = {}
    for container_id, part in mixture.items():
        for source, of_source in held.get(container_id, _NONE).items():
            more = part if of_source == 1 else part * of_source
            share[source] = share[source] + more if source in share else more
    return share


def back_shares(end_ids: Iterable[int], inputs: Sequence[Input], records: Sequence[Record]) -> Shares:
    """For each ending container: its share of every container it stems from, itself included."""
    mixtures = _mixtures(inputs, records)
    newest_first = list(reversed(_in_order(inputs, records)))
    return {end: _back_from(end, newest_first, mixtures) for end in end_ids}


def _back_from(
    end: int, newest_first: Sequence[Record], mixtures: Mapping[int, Mapping[int, Fraction]]
) -> dict[int, Fraction]:
    held: defaultdict[int, Fraction] = defaultdict(Fraction, {end: Fraction(1)})
    for record in newest_first:
        made_here = sum((held.get(output, Fraction(0)) for output in record.output_ids), Fraction(0))
        for container_id, part in mixtures[record.id].items() if made_here else ():
            held[container_id] += made_here * part
    return dict(held)


def amount_from(share: Fraction, amount: Decimal) -> Fraction:
    """How much of the source is in `amount` of the container; round it only to show it."""
    return share * Fraction(amount)


def find_lot_cycle(
    lot_of: Mapping[int, int], inputs: Iterable[Input], records: Iterable[Record]
) -> tuple[int, ...] | None:
    """Lots made from one another, though no container is: a lot corrected wrongly. None where there are none."""
    made_lots = {record.id: {lot_of[output] for output in record.output_ids} for record in records}
    all_made = set().union(*made_lots.values())
    made_from: defaultdict[int, set[int]] = defaultdict(set)
    for edge in inputs:
        # A lot that nothing made is on no cycle; leaving it out keeps the search short.
        if edge.amount and lot_of[edge.container_id] in all_made:
            for made in made_lots.get(edge.record_id, ()):
                made_from[made].add(lot_of[edge.container_id])
    return _cycle(made_from)


def _mixtures(inputs: Iterable[Input], records: Iterable[Record]) -> dict[int, dict[int, Fraction]]:
    """Each record's share of each of its inputs, per unit of the whole."""
    edges: dict[int, list[Input]] = {record.id: [] for record in records}
    for edge in inputs:
        if edge.amount:
            edges.setdefault(edge.record_id, []).append(edge)
    totals = {record.id: record.total for record in records}
    return {record_id: _mixture(record_id, parts, totals.get(record_id)) for record_id, parts in edges.items()}


def _mixture(record_id: int, parts: Sequence[Input], total: Decimal | None) -> dict[int, Fraction]:
    whole = sum((_volume(part) for part in parts), Fraction(0)) if total is None else total
    if parts and whole <= 0:
        raise RecordWithoutVolume(record_id=record_id)
    mixture: dict[int, Fraction] = {}
    for container_id, _, amount, _ in parts:
        share = _part(amount, whole)
        mixture[container_id] = mixture[container_id] + share if container_id in mixture else share
    return mixture


@lru_cache(maxsize=65_536)  # recipes repeat
def _part(amount: Decimal, whole: Decimal | Fraction) -> Fraction:
    return Fraction(amount) / Fraction(whole)


def _volume(part: Input) -> Fraction:
    return Fraction(part.amount if part.volume is None else part.volume)


def _in_order(inputs: Iterable[Input], records: Sequence[Record]) -> list[Record]:
    """The records, each after those that filled its inputs."""
    makers = _makers(records)
    known = {record.id for record in records}
    made_after: dict[int, set[int]] = {}
    for edge in inputs:
        maker = makers.get(edge.container_id)
        if maker is not None and edge.record_id in known and edge.amount:
            made_after.setdefault(edge.record_id, set()).add(maker)
    cycle = _cycle(made_after)
    if cycle is not None:
        raise TraceHasCycle(kind="preparations", ids=cycle)
    by_id = {record.id: record for record in records if record.id in made_after}
    first = [record for record in records if record.id not in made_after]
    later = (record_id for record_id in TopologicalSorter(made_after).static_order() if record_id in by_id)
    return first + [by_id[record_id] for record_id in later]


def _makers(records: Iterable[Record]) -> dict[int, int]:
    makers: dict[int, int] = {}
    for record in records:
        for output in record.output_ids:
            if makers.setdefault(output, record.id) != record.id:
                raise ContainerMadeTwice(container_id=output, record_ids=(makers[output], record.id))
    return makers


def _cycle(made_after: Mapping[int, Collection[int]]) -> tuple[int, ...] | None:
    try:
        TopologicalSorter(made_after).prepare()
    except CycleError as error:
        ids: Sequence[int] = error.args[1]
        return tuple(ids[:-1])  # the first comes again at the end
    return None
