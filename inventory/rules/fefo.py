"""FEFO: which containers to take, and why the others are not offered.

Opened containers come before sealed ones, then the earliest usable-until, then the oldest receipt, then the
id: the same stock always gives the same picks, so that a printed pick list and the later issue name the same
vials. What is blocked is never picked and is listed with every reason. `propose` takes what there is and says
what is short; `pick_containers` refuses rather than take less (rule FEF-01).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from inventory.errors import NotEnoughStock
from inventory.rules.amounts import checked_amount
from inventory.rules.expiry import in_utc
from models.vocabulary import HoldKind


class BlockKind(StrEnum):
    HELD = "held"
    EXPIRED = "expired"
    IN_USE_OVER = "in_use_over"
    BEYOND_USE = "beyond_use"
    KEPT_FOR_ANOTHER_PATIENT = "kept_for_another_patient"
    OPENED_FOR_ANOTHER_SESSION = "opened_for_another_session"
    NO_EXPIRY = "no_expiry"
    UNIDENTIFIED = "unidentified"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Block:
    """One reason why a container is not offered. `hold` and `detail` are facts for the sentence."""

    kind: BlockKind
    hold: HoldKind | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ContainerOnHand:
    """What FEFO needs to know of a container. Without `usable_until` nothing ends its use."""

    id: int
    code: str
    lot_number: str
    remaining: Decimal
    usable_until: datetime | None
    is_opened: bool
    received_at: datetime
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True)
class Pick:
    """Take `amount` from `container`."""

    container: ContainerOnHand
    amount: Decimal

    @property
    def lot_number(self) -> str:
        return self.container.lot_number


@dataclass(frozen=True, slots=True)
class Skipped:
    """A container that is on hand and not offered, with every reason."""

    container: ContainerOnHand
    reasons: tuple[Block, ...]

    @property
    def lot_number(self) -> str:
        return self.container.lot_number


@dataclass(frozen=True, slots=True)
class Proposal:
    """`short` is what the picks lack of what was wanted; 0 where they suffice."""

    picks: tuple[Pick, ...]
    skipped: tuple[Skipped, ...]
    short: Decimal


def propose(containers: Sequence[ContainerOnHand], wanted: Decimal) -> Proposal:
    """Take from what must be used first; say what is skipped and why, and what is short."""
    short = checked_amount(wanted)
    picks: list[Pick] = []
    skipped: list[Skipped] = []
    for container in sorted(containers, key=_order):
        reasons = _reasons(container)
        if reasons:
            skipped.append(Skipped(container, reasons))
        elif short > 0:
            picks.append(Pick(container, min(short, container.remaining)))
            short -= picks[-1].amount
    return Proposal(tuple(picks), tuple(skipped), short)


def pick_containers(containers: Sequence[ContainerOnHand], wanted: Decimal, *, product: str) -> tuple[Pick, ...]:
    """As `propose`, but refuse rather than take less."""
    proposal = propose(containers, wanted)
    if proposal.short > 0:
        raise NotEnoughStock(product=product, wanted=wanted, available=wanted - proposal.short)
    return proposal.picks


def _reasons(container: ContainerOnHand) -> tuple[Block, ...]:
    empty = () if container.remaining > 0 else (Block(BlockKind.EMPTY),)
    return container.blocks + empty


def _order(container: ContainerOnHand) -> tuple[bool, bool, datetime, datetime, int]:
    received_at = in_utc(container.received_at)
    usable_until = None if container.usable_until is None else in_utc(container.usable_until)
    return (not container.is_opened, usable_until is None, usable_until or received_at, received_at, container.id)
