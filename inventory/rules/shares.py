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
from typing import NamedTuple, Protocol

from inventory.errors import ContainerMadeTwice, RecordWithoutVolume, TraceHasCycle


class Drawn(Protocol):
    """An amount that went out of a container into a record."""

    @property
    def container_id(self) -> int: ...
    @property
    def record_id(self) -> int: ...
    @property
    def amount(self) -> Decimal: ...


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
# record -> the containers it filled
Outputs = Mapping[int, Sequence[int]]
# record -> the whole of which each input is a part
Wholes = Mapping[int, Decimal | Fraction]

WHOLE = Fraction(1)
_NOTHING: dict[int, Fraction] = {}


def forward_shares(start_ids: Iterable[int], inputs: Sequence[Input], records: Sequence[Record]) -> Shares:
    """For each container that holds any of the starting ones: its share of each of them.

    The inputs must hold every component of each record, not only those on the way: they make the whole.
    """
    held = {start: {start: WHOLE} for start in start_ids}
    return carried_shares(held, inputs, _wholes(inputs, records), _outputs(records))


def carried_shares(held: Shares, draws: Iterable[Drawn], wholes: Wholes, outputs: Outputs) -> Shares:
    """As `forward_shares`, from what the starting containers hold: shares of their lots, for instance."""
    held = dict(held)
    mixtures = _mixtures(draws, wholes)
    for record_id in _in_order(mixtures, outputs):
        share = _blend(mixtures[record_id], held)
        for output in outputs.get(record_id, ()) if share else ():
            # A starting container made here keeps its share of itself beside those of the others.
            held[output] = share | held[output] if output in held else share
    return held


def _blend(mixture: Mapping[int, Fraction], held: Shares) -> dict[int, Fraction]:
    share: dict[int, Fraction] = {}
    for container_id, part in mixture.items():
        for source, of_source in held.get(container_id, _NOTHING).items():
            more = part if of_source is WHOLE else part * of_source
            share[source] = share[source] + more if source in share else more
    return share


def back_shares(end_ids: Iterable[int], inputs: Sequence[Input], records: Sequence[Record]) -> Shares:
    """For each ending container: its share of every container it stems from, itself included."""
    mixtures, outputs = _mixtures(inputs, _wholes(inputs, records)), _outputs(records)
    newest_first = [(outputs.get(record_id, ()), mixtures[record_id]) for record_id in _in_order(mixtures, outputs)]
    newest_first.reverse()
    return {end: _back_from(end, newest_first) for end in end_ids}


def _back_from(end: int, newest_first: Iterable[tuple[Sequence[int], Mapping[int, Fraction]]]) -> dict[int, Fraction]:
    held: defaultdict[int, Fraction] = defaultdict(Fraction, {end: Fraction(1)})
    for made, mixture in newest_first:
        made_here = sum((held.get(output, Fraction(0)) for output in made), Fraction(0))
        for container_id, part in mixture.items() if made_here else ():
            held[container_id] += made_here * part
    return dict(held)


def amount_from(share: Fraction, amount: Decimal) -> Fraction:
    """How much of the source is in `amount` of the container; round it only to show it."""
    return share * _exact(amount)


_exact = lru_cache(maxsize=65_536)(Fraction)  # amounts repeat


def find_lot_cycle(lot_of: Mapping[int, int], draws: Iterable[Drawn], outputs: Outputs) -> tuple[int, ...] | None:
    """Lots made from one another, though no container is: a lot corrected wrongly. None where there are none."""
    made_lots = {lot_of[output] for made in outputs.values() for output in made}
    made_from: defaultdict[int, set[int]] = defaultdict(set)
    for draw in draws:
        # A lot that nothing made is on no cycle; leaving it out keeps the search short.
        if lot_of[draw.container_id] in made_lots and draw.amount:
            for output in outputs.get(draw.record_id, ()):
                made_from[lot_of[output]].add(lot_of[draw.container_id])
    return _cycle(made_from)


def _wholes(inputs: Iterable[Input], records: Iterable[Record]) -> Wholes:
    sums: defaultdict[int, Fraction] = defaultdict(Fraction)
    for part in inputs:
        sums[part.record_id] += Fraction(part.amount if part.volume is None else part.volume)
    return {**sums, **{record.id: record.total for record in records if record.total is not None}}


def _outputs(records: Iterable[Record]) -> Outputs:
    makers: dict[int, int] = {}
    for record in records:
        for output in record.output_ids:
            if makers.setdefault(output, record.id) != record.id:
                raise ContainerMadeTwice(container_id=output, record_ids=(makers[output], record.id))
    return {record.id: record.output_ids for record in records}


def _mixtures(draws: Iterable[Drawn], wholes: Wholes) -> dict[int, dict[int, Fraction]]:
    """Each record's share of each of its inputs, per unit of the whole."""
    mixtures: defaultdict[int, dict[int, Fraction]] = defaultdict(dict)
    for draw in draws:
        if not draw.amount:
            continue
        mixture, container_id, whole = mixtures[draw.record_id], draw.container_id, wholes[draw.record_id]
        if whole <= 0:
            raise RecordWithoutVolume(record_id=draw.record_id)
        part = _part(draw.amount, whole)
        mixture[container_id] = mixture[container_id] + part if container_id in mixture else part
    return mixtures


@lru_cache(maxsize=65_536)  # recipes repeat
def _part(amount: Decimal, whole: Decimal | Fraction) -> Fraction:
    return Fraction(amount) / Fraction(whole)


def _in_order(mixtures: Mapping[int, Iterable[int]], outputs: Outputs) -> list[int]:
    """The records, each after those that filled its inputs."""
    maker = {output: record_id for record_id, made in outputs.items() for output in made}
    made_after: defaultdict[int, set[int]] = defaultdict(set)
    for record_id, mixture in mixtures.items():
        for container_id in mixture:
            if container_id in maker:
                made_after[record_id].add(maker[container_id])
    cycle = _cycle(made_after)
    if cycle is not None:
        raise TraceHasCycle(kind="preparations", ids=cycle)
    first = [record_id for record_id in mixtures if record_id not in made_after]
    return first + [later for later in TopologicalSorter(made_after).static_order() if later in made_after]


def _cycle(made_after: Mapping[int, Collection[int]]) -> tuple[int, ...] | None:
    try:
        TopologicalSorter(made_after).prepare()
    except CycleError as error:
        ids: Sequence[int] = error.args[1]
        return tuple(ids[:-1])  # the first comes again at the end
    return None
