"""Where every amount of a lot went: its flows by purpose, what is on hand, and what became of its mixtures.

- A reversal subtracts from the column of what it reverses; moving and splitting stay within the lot.
- `compounded` is no end: by exact share it is expanded into what was given, wasted or lost out of the
  mixtures made with the lot, and what of it is still on hand in them. The parts add up to what went in.
- The number of statements is the same for every lot.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from sqlalchemy import Column, Select, case, func, select
from sqlalchemy.orm import Session

from inventory.errors import IntegrityProblem
from inventory.rules.mass_balance import Flows, MassBalance, balance, flows_of
from inventory.tracing.answers import Trace
from inventory.tracing.graph import trace_forward
from inventory.tracing.queries import container, move
from inventory.tracing.questions import Question, among, ids, word
from models.vocabulary import MovePurpose

# What goes to another site stays within the organisation, on its way too.
_WITHIN = (MovePurpose.MOVED, MovePurpose.SPLIT, MovePurpose.TRANSFERRED)
_ENDS = (
    MovePurpose.ADMINISTERED,
    MovePurpose.WASTED,
    MovePurpose.DESTROYED,
    MovePurpose.RETURNED,
    MovePurpose.SAMPLED,
    MovePurpose.TRANSFERRED,
    MovePurpose.LOST,
)


@dataclass(frozen=True, slots=True)
class Expansion:
    """What became of an amount that was compounded. `found` is a surplus over what went into the mixtures."""

    went: Mapping[MovePurpose, Fraction]
    found: Fraction
    on_hand: Fraction

    @property
    def total(self) -> Fraction:
        """What all parts come to: the amount compounded, unless the records contradict each other."""
        return sum(self.went.values(), Fraction(0)) + self.on_hand - self.found


@dataclass(frozen=True, slots=True)
class LotBalance:
    """A lot's columns, its balance (domain 5.3), and what became of what was compounded."""

    lot_id: int
    flows: Flows
    on_hand: Decimal
    balance: MassBalance
    compounded: Expansion
    problems: tuple[IntegrityProblem, ...]


def _net_amounts(by: Column[Any]) -> Select[*tuple[Any, ...]]:
    """Amounts by purpose. A reversal counts against the purpose of what it reverses."""
    net = func.sum(case((move.c.reverses_id.is_(None), move.c.amount), else_=-move.c.amount))
    return (
        select(by, move.c.purpose, net)
        .select_from(container)
        .join(move, move.c.container_id == container.c.id)
        .where(among(by, ids("given")), move.c.purpose.not_in([word(purpose) for purpose in _WITHIN]))
        .group_by(by, move.c.purpose)
    )


_FLOWS_BY_LOT = Question(_net_amounts(container.c.lot_id))
_FLOWS_BY_CONTAINER = Question(_net_amounts(container.c.id))
_ON_HAND_BY_LOT = Question(
    select(container.c.lot_id, func.sum(container.c.remaining))
    .where(among(container.c.lot_id, ids("given")))
    .group_by(container.c.lot_id)
)


def flows_by_lot(session: Session, *, lot_ids: Collection[int]) -> dict[int, Flows]:
    """The columns of each lot, by one statement."""
    sums = _by_key(_FLOWS_BY_LOT.rows(session, given=lot_ids))
    return {lot_id: flows_of(sums[lot_id]) for lot_id in lot_ids}


def on_hand_by_lot(session: Session, *, lot_ids: Collection[int]) -> dict[int, Decimal]:
    """What the containers of each lot hold, at all sites."""
    left: dict[int, Decimal] = dict(_ON_HAND_BY_LOT.rows(session, given=lot_ids))
    return {lot_id: left.get(lot_id, Decimal(0)) for lot_id in lot_ids}


def lot_balance(session: Session, *, lot_id: int) -> LotBalance:
    """The balance of one lot, at all sites. An old spelling is answered for the right lot."""
    return balance_of(session, trace_forward(session, lot_ids=[lot_id]))


def balance_of(session: Session, trace: Trace) -> LotBalance:
    """The balance of the one lot that `trace` follows, which must be unrestricted."""
    (followed,) = trace.lot_ids
    flows = flows_by_lot(session, lot_ids=[followed])[followed]
    on_hand = on_hand_by_lot(session, lot_ids=[followed])[followed]
    return LotBalance(
        lot_id=followed,
        flows=flows,
        on_hand=on_hand,
        balance=balance(flows, on_hand),
        compounded=_expansion(session, trace, followed),
        problems=trace.problems,
    )


def _expansion(session: Session, trace: Trace, lot_id: int) -> Expansion:
    """What left the mixtures, and what is left in them, each by the lot's share in its container."""
    shares = {
        container_id: parts[lot_id]
        for container_id, parts in trace.shares.items()
        if lot_id in parts and trace.containers[container_id].lot_id != lot_id
    }
    sums: defaultdict[MovePurpose, Fraction] = defaultdict(Fraction)
    for container_id, by_purpose in _by_key(_FLOWS_BY_CONTAINER.rows(session, given=shares)).items():
        for purpose, amount in by_purpose.items():
            sums[purpose] += shares[container_id] * Fraction(amount)
    left = (share * Fraction(trace.containers[key].remaining) for key, share in shares.items())
    return Expansion(
        went={purpose: sums[purpose] for purpose in MovePurpose if purpose in _ENDS and sums[purpose]},
        found=sums[MovePurpose.FOUND],
        on_hand=sum(left, Fraction(0)),
    )


def _by_key(found: Iterable[tuple[Any, ...]]) -> defaultdict[int, dict[MovePurpose, Decimal]]:
    sums: defaultdict[int, dict[MovePurpose, Decimal]] = defaultdict(dict)
    for key, purpose, amount in found:
        sums[key][purpose] = amount
    return sums
