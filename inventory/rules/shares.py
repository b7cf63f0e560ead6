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
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from graphlib import CycleError, TopologicalSorter

from inventory.errors import ContainerMadeTwice, RecordWithoutVolume, TraceHasCycle


@dataclass(frozen=True, slots=True)
class Input:
    """`amount` went out of a container into a record, net of corrections.

    `volume` is what it adds to the whole where that is not the amount: 0 for a powder kept in mg.
    """

    container_id: int
    record_id: int
    amount: Decimal
    volume: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """What a record filled. `total` is the measured whole where it is not the sum of the volumes."""

    id: int
    output_ids: tuple[int, ...]
    total: Decimal | None = None


# container -> the other container -> how much of it one unit holds
Shares = dict[int, dict[int, Fraction]]


def forward_shares(start_ids: Iterable[int], inputs: Sequence[Input], records: Sequence[Record]) -> Shares:
    """For each container that holds any of the starting ones: its share of each of them.

    The inputs must hold every component of each record, not only those on the way: they make the whole.
    """
    held: Shares = {start: {start: Fraction(1)} for start in start_ids}
    mixtures = _mixtures(inputs, records)
    for record in _in_order(inputs, records):
        share: defaultdict[int, Fraction] = defaultdict(Fraction)
        for container_id, part in mixtures[record.id].items():
            for start, of_start in held.get(container_id, {}).items():
                share[start] += part * of_start
        for output in record.output_ids if share else ():
            # A starting container made here keeps its share of itself beside those of the others.
            held[output] = held.get(output, {}) | dict(share)
    return held


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
    outputs = {record.id: record.output_ids for record in records}
    made_from: defaultdict[int, set[int]] = defaultdict(set)
    for edge in inputs:
        if edge.amount:
            for output in outputs.get(edge.record_id, ()):
                made_from[lot_of[output]].add(lot_of[edge.container_id])
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
    whole = sum((_volume(part) for part in parts), Fraction(0)) if total is None else Fraction(total)
    if parts and whole <= 0:
        raise RecordWithoutVolume(record_id=record_id)
    mixture: defaultdict[int, Fraction] = defaultdict(Fraction)
    for part in parts:
        mixture[part.container_id] += Fraction(part.amount) / whole
    return dict(mixture)


def _volume(part: Input) -> Fraction:
    return Fraction(part.amount if part.volume is None else part.volume)


def _in_order(inputs: Iterable[Input], records: Sequence[Record]) -> list[Record]:
    """The records, each after those that filled its inputs."""
    makers = _makers(records)
    made_after: dict[int, set[int]] = {record.id: set() for record in records}
    for edge in inputs:
        if edge.container_id in makers and edge.record_id in made_after and edge.amount:
            made_after[edge.record_id].add(makers[edge.container_id])
    cycle = _cycle(made_after)
    if cycle is not None:
        raise TraceHasCycle(kind="preparations", ids=cycle)
    by_id = {record.id: record for record in records}
    return [by_id[record_id] for record_id in TopologicalSorter(made_after).static_order()]


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
