"""What is done to one container: open, move, split, sample, lose, find, discard, return.

Opening sets the in-use deadline by the site's rule pack, unless the product's label has its own. Disposal
is never blocked, but for evidence. Each command is one entry and says what it was for.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from inventory import texts
from inventory.access import Act, Permission
from inventory.errors import (
    InvalidText,
    NotSplittable,
    OpenInSession,
    OverfillBeyondLimit,
    PlaceHeld,
    RecordNotFound,
    SamePlace,
    SessionEnded,
)
from inventory.evidence import audit
from inventory.rules.amounts import checked_amount
from inventory.stock import holds, ledger, opening, places, receiving, usability
from inventory.stock.ledger import Taking
from inventory.stock.usability import Judgement, Use
from models.care import TreatmentSession
from models.stock import Container, StockEntry
from models.vocabulary import EntryPurpose, IdentifiedBy, MovePurpose, Tracking, WasteReason


@dataclass(frozen=True)
class OpenContainer:
    code: str
    session_id: int | None = None
    opened_at: datetime | None = None


@dataclass(frozen=True)
class MoveContainer:
    code: str
    location_id: int


@dataclass(frozen=True)
class SplitPack:
    """Take `pieces` whole pieces out of a pack, into a pack of their own."""

    code: str
    pieces: Decimal


@dataclass(frozen=True)
class WithdrawAmount:
    """For a quality sample, or because it is lost. `amount` empty: all that remains."""

    code: str
    purpose: MovePurpose
    reason: str
    amount: Decimal | None = None
    identified_by: IdentifiedBy = IdentifiedBy.OUR_CODE


@dataclass(frozen=True)
class DiscardContainer:
    """`amount` empty: all that remains. `is_destroyed`: under control, for instance after a recall."""

    code: str
    waste_reason: WasteReason
    amount: Decimal | None = None
    note: str | None = None
    is_destroyed: bool = False
    occurred_at: datetime | None = None
    identified_by: IdentifiedBy = IdentifiedBy.OUR_CODE


@dataclass(frozen=True)
class ReturnContainer:
    code: str
    reason: str


@dataclass(frozen=True)
class RecordFound:
    """The container held `amount` more than the books say."""

    code: str
    amount: Decimal
    reason: str


def open_container(session: Session, act: Act, command: OpenContainer) -> Container:
    """First puncture, on purpose. Raises the use refusals, `OpenInSession` and those of `opening.mark_opened`."""
    act.require(Permission.OPEN_CONTAINER)
    container = usability.get_container(session, act, command.code)
    use = _opening_use(session, act, command)
    # Opening what is kept for a patient is part of treating that patient; the use itself is judged later.
    patient_id = use.patient_id or container.kept_for_patient_id
    usability.judge_use(session, Judgement(), container, replace(use, patient_id=patient_id))
    in_use = opening.mark_opened(container, use)
    if use.session_id is None and (in_use.is_session_only or in_use.is_single_patient):
        raise OpenInSession(container.code)
    audit.record(session, act, "container opened", container)
    return container


def _opening_use(session: Session, act: Act, command: OpenContainer) -> Use:
    opened_at = ledger.happened_at(act, command.opened_at)
    if command.session_id is None:
        return Use(at=opened_at)
    treatment = session.get(TreatmentSession, command.session_id)
    if treatment is None or treatment.site_id != act.site_id:
        raise RecordNotFound("session", str(command.session_id))
    if treatment.ended_at is not None:
        raise SessionEnded(treatment.id)
    return Use(at=opened_at, patient_id=treatment.patient_id, session_id=treatment.id)


def move_container(session: Session, act: Act, command: MoveContainer) -> StockEntry:
    """To another place of the site. What is held goes only to quarantine; evidence stays."""
    act.require(Permission.MOVE_STOCK)
    container = usability.get_container(session, act, command.code)
    usability.refuse_empty(container)
    place = places.get_place(session, act.site_id, command.location_id)
    if place.id == container.location_id:
        raise SamePlace(container.code, place.name)
    current = usability.state(session, container)
    usability.refuse_evidence(current)
    if current.holds and not place.is_quarantine:
        raise usability.held(current)
    causes = holds.causes_at_place(session, place)
    if causes and not place.is_quarantine:
        raise PlaceHeld(place.name, "; ".join(causes))
    entry = ledger.open_entry(session, act, EntryPurpose.MOVED)
    ledger.relocate(session, entry, container, place)
    holds.hold_arrivals(session, act, [container], place)
    audit.record(session, act, "container moved", container)
    return entry


def split_pack(session: Session, act: Act, command: SplitPack) -> Container:
    """The new pack has its own code and the same lot, place, receipt and holds."""
    act.require(Permission.SPLIT_PACK)
    parent = usability.get_container(session, act, command.code)
    usability.refuse_empty(parent)
    pieces = checked_amount(command.pieces)
    if parent.lot.product.tracking is not Tracking.PACK or pieces >= parent.remaining:
        raise NotSplittable(parent.code)
    current = usability.state(session, parent)
    usability.refuse_evidence(current)
    entry = ledger.open_entry(session, act, EntryPurpose.SPLIT)
    ledger.take(session, entry, parent, Taking(pieces, MovePurpose.SPLIT, IdentifiedBy.OUR_CODE))
    child = receiving.make_containers(session, entry, parent.lot, parent.location, 1)[0]
    child.content = pieces
    child.pack_id = parent.pack_id
    child.received_at = parent.received_at
    child.split_from_id = parent.id
    ledger.bring_in(session, entry, child, pieces, MovePurpose.SPLIT)
    holds.copy_holds(session, act, parent, child)
    audit.record(session, act, "pack split", parent, child)
    return child


_WITHDRAWALS = {MovePurpose.SAMPLED: EntryPurpose.SAMPLED, MovePurpose.LOST: EntryPurpose.LOST}


def withdraw_amount(session: Session, act: Act, command: WithdrawAmount) -> StockEntry:
    """Take a quality sample, or admit a loss. A loss is never `accounted` (mass balance)."""
    act.require(Permission.DISCARD_STOCK)
    if command.purpose not in _WITHDRAWALS:
        raise InvalidText("Purpose", f"{command.purpose.value!r} is not sampled or lost")
    container = _to_dispose_of(session, act, command.code)
    entry = ledger.open_entry(session, act, _WITHDRAWALS[command.purpose], reason=texts.reason(command.reason))
    amount = container.remaining if command.amount is None else command.amount
    ledger.take(session, entry, container, Taking(amount, command.purpose, command.identified_by))
    _mark_pierced(container, entry)
    audit.record(session, act, f"amount {command.purpose.value}", container, reason=entry.reason)
    return entry


def discard(session: Session, act: Act, command: DiscardContainer) -> StockEntry:
    """Waste or destroy what remains, or a part. Never blocked by a hold, but by evidence."""
    act.require(Permission.DISCARD_STOCK)
    container = _to_dispose_of(session, act, command.code)
    note = texts.reason(command.note) if command.waste_reason is WasteReason.OTHER or command.note else None
    purpose = MovePurpose.DESTROYED if command.is_destroyed else MovePurpose.WASTED
    entry = ledger.open_entry(session, act, EntryPurpose(purpose.value), occurred_at=command.occurred_at, reason=note)
    amount = container.remaining if command.amount is None else command.amount
    ledger.take(session, entry, container, Taking(amount, purpose, command.identified_by, command.waste_reason))
    _mark_pierced(container, entry)
    audit.record(session, act, "container discarded", container, reason=note)
    return entry


def give_back(session: Session, act: Act, command: ReturnContainer) -> StockEntry:
    """Return all that remains to the supplier. Never blocked by a hold, but by evidence."""
    act.require(Permission.RETURN_STOCK)
    container = _to_dispose_of(session, act, command.code)
    reason = texts.reason(command.reason)
    entry = ledger.open_entry(session, act, EntryPurpose.RETURNED, reason=reason)
    ledger.take(session, entry, container, Taking(container.remaining, MovePurpose.RETURNED, IdentifiedBy.OUR_CODE))
    audit.record(session, act, "container returned", container, reason=reason)
    return entry


def record_found(session: Session, act: Act, command: RecordFound) -> StockEntry:
    """Overfill, up to the product's limit (RCL-02). Raises `OverfillBeyondLimit`."""
    act.require(Permission.OPEN_CONTAINER)
    container = usability.get_container(session, act, command.code)
    amount = checked_amount(command.amount)
    refuse_large_overfill(container, amount, Judgement())
    entry = ledger.open_entry(session, act, EntryPurpose.FOUND, reason=texts.reason(command.reason))
    ledger.add_found(session, entry, container, amount)
    audit.record(session, act, "amount found", container, reason=entry.reason)
    return entry


def refuse_large_overfill(container: Container, amount: Decimal, judgement: Judgement) -> None:
    product = container.lot.product
    if container.found + amount > product.overfill:
        judgement.against(
            OverfillBeyondLimit(container.code, container.found + amount, product.overfill, product.unit.value),
            container,
        )


def _mark_pierced(container: Container, entry: StockEntry) -> None:
    """What a part was taken from is no longer sealed, whatever the part was taken for."""
    if container.remaining > 0:
        opening.mark_first_use(Judgement(is_past=True), container, Use(at=entry.occurred_at))


def _to_dispose_of(session: Session, act: Act, code: str) -> Container:
    container = usability.get_container(session, act, code)
    usability.refuse_empty(container)
    usability.refuse_evidence(usability.state(session, container))
    return container
