"""Transfers between sites: asked for, sent, received piece by piece, or lost on the way.

- Sending is one entry into the transit of the sending site, receiving one entry out of it. A container keeps what it
  holds on the way; it is traceable, and nobody's to use (rule TRF-01).
- What was not sent is not received; what does not arrive stays on the way until it does, or is declared lost.
- Holds go along. What is held is sent and received only into quarantine, and evidence stays (rule TRF-03).
- Every unit locks both sites, so a hold or a second receipt comes before or after it, never between.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory import texts
from inventory.access import Act, Permission
from inventory.errors import InvalidCount, PlaceHeld, RecordNotFound
from inventory.evidence import audit
from inventory.evidence.signatures import ConfirmedIdentity, refuse_other_signer, sign
from inventory.stock import holds, ledger, places, usability
from inventory.stock.errors import (
    AlreadyArrived,
    NoQuarantineThere,
    NothingToSend,
    NotInTransfer,
    SameSite,
    ScannedTwice,
    TransferNotSent,
    TransferOver,
)
from inventory.stock.holds import Cause
from inventory.stock.ledger import Taking
from models.catalogue import Product
from models.organisation import Location, Site
from models.stock import Container, Hold, StockEntry
from models.transfers import Transfer, TransferArrival, TransferLine, TransferWish
from models.vocabulary import (
    Arrival,
    EntryPurpose,
    HoldKind,
    IdentifiedBy,
    LocationKind,
    MovePurpose,
    SignatureMeaning,
    TransferAsk,
)

MOST_CONTAINERS = 500
MOST_PIECES = 10_000


@dataclass(frozen=True)
class AskForTransfer:
    """`codes`: of containers that are here, or wanted. `product_id` and `pieces`: so many of a product, whichever."""

    from_site_id: int
    ask: TransferAsk
    codes: tuple[str, ...] = ()
    product_id: int | None = None
    pieces: int | None = None
    note: str | None = None


@dataclass(frozen=True)
class CancelTransfer:
    transfer_id: int
    reason: str


@dataclass(frozen=True)
class SendContainers:
    """`transfer_id`: what was asked for, if it was; then it says where to."""

    codes: tuple[str, ...]
    to_site_id: int | None = None
    transfer_id: int | None = None
    note: str | None = None
    identified_by: IdentifiedBy = IdentifiedBy.OUR_CODE


@dataclass(frozen=True)
class ReceiveContainers:
    """`damage`: what is wrong with all of these, if something is; then they are held."""

    transfer_id: int
    location_id: int
    codes: tuple[str, ...]
    damage: str | None = None
    identified_by: IdentifiedBy = IdentifiedBy.OUR_CODE


@dataclass(frozen=True)
class DeclareLost:
    transfer_id: int
    codes: tuple[str, ...]
    reason: str
    signed: ConfirmedIdentity | None


def ask_for_transfer(session: Session, act: Act, command: AskForTransfer) -> Transfer:
    """Please send it, or: it is here already. Raises `SameSite`, `NothingToSend`."""
    act.require(Permission.TRANSFER_STOCK)
    other = _other_site(session, act, command.from_site_id)
    audit.require_sites(session, act.site_id, other.id)
    containers = _distinct(session, command.codes)
    for container in containers:
        if container.location.site_id != other.id:
            raise RecordNotFound(f"container at {other.name}", container.code)
    if not containers and command.product_id is None:
        raise NothingToSend
    transfer = Transfer(
        from_site_id=other.id,
        to_site_id=act.site_id,
        ask=command.ask,
        asked_at=act.now,
        asked_by_id=act.user_id,
        note=_note(command.note),
    )
    session.add(transfer)
    session.flush()  # the wishes name it
    for container in containers:
        session.add(TransferWish(transfer_id=transfer.id, container_id=container.id, pieces=1))
    if command.product_id is not None:
        session.add(_wish(session, transfer, command.product_id, command.pieces or 1))
    audit.record(session, act, "transfer requested", transfer, *containers)
    return transfer


def _wish(session: Session, transfer: Transfer, product_id: int, pieces: int) -> TransferWish:
    if session.get(Product, product_id) is None:
        raise RecordNotFound("product", str(product_id))
    if not 1 <= pieces <= MOST_PIECES:
        raise InvalidCount("How many", pieces, 1, MOST_PIECES)
    return TransferWish(transfer_id=transfer.id, product_id=product_id, pieces=pieces)


def cancel_transfer(session: Session, act: Act, command: CancelTransfer) -> Transfer:
    """Before it is sent, by either site. Raises `TransferOver`."""
    act.require(Permission.TRANSFER_STOCK)
    transfer = get_transfer(session, act.site_id, command.transfer_id)
    audit.require_sites(session, transfer.from_site_id, transfer.to_site_id)
    _refuse_over(transfer)
    transfer.cancel_reason = texts.reason(command.reason)
    transfer.cancelled_at = act.now
    transfer.cancelled_by_id = act.user_id
    audit.record(session, act, "transfer cancelled", transfer, reason=transfer.cancel_reason)
    return transfer


def send_containers(session: Session, act: Act, command: SendContainers) -> Transfer:
    """They leave this site's books for the way. Raises `NoQuarantineThere`, `HeldAsEvidence`, `TransferOver`."""
    act.require(Permission.TRANSFER_STOCK)
    transfer = _to_send(session, act, command)
    audit.require_sites(session, transfer.from_site_id, transfer.to_site_id)
    containers = _distinct(session, command.codes)
    if not containers:
        raise NothingToSend
    for container in containers:
        _refuse_unsendable(session, act, container, transfer)
    transfer.sent_at = act.now
    transfer.sent_by_id = act.user_id
    session.flush()  # the entry and the lines name it
    entry = ledger.open_entry(session, act, EntryPurpose.TRANSFERRED, transfer_id=transfer.id, reason=transfer.note)
    way = session.get_one(Location, places.boundary_id(session, act.site_id, LocationKind.TRANSIT))
    for container in containers:
        move = ledger.relocate(session, entry, container, way, MovePurpose.TRANSFERRED)
        move.identified_by = command.identified_by
        line = TransferLine(
            transfer_id=transfer.id, container_id=container.id, identified_by=command.identified_by, raw=container.code
        )
        session.add(line)
    audit.record(session, act, "transfer sent", transfer, *containers)
    return transfer


def _to_send(session: Session, act: Act, command: SendContainers) -> Transfer:
    if command.transfer_id is not None:
        transfer = get_transfer(session, act.site_id, command.transfer_id)
        if transfer.from_site_id != act.site_id:
            raise RecordNotFound("transfer to send from here", str(transfer.id))
        _refuse_over(transfer)
        return transfer
    if command.to_site_id is None:
        raise SameSite
    other = _other_site(session, act, command.to_site_id)
    transfer = Transfer(from_site_id=act.site_id, to_site_id=other.id, note=_note(command.note))
    transfer.sent_at, transfer.sent_by_id = act.now, act.user_id
    session.add(transfer)
    return transfer


def _refuse_unsendable(session: Session, act: Act, container: Container, transfer: Transfer) -> None:
    usability.get_container(session, act, container.code)
    usability.refuse_empty(container)
    current = usability.state(session, container)
    usability.refuse_evidence(current)
    if current.holds and not _has_quarantine(session, transfer.to_site_id):
        causes = "; ".join(hold.cause for hold in current.holds)
        raise NoQuarantineThere(container.code, causes, session.get_one(Site, transfer.to_site_id).name)


def receive_containers(session: Session, act: Act, command: ReceiveContainers) -> Transfer:
    """What has arrived. What is held goes into quarantine; what is damaged is held.

    Raises `NotInTransfer`, `AlreadyArrived`, `PlaceHeld`, `ContainerHeld`, `TransferNotSent`.
    """
    act.require(Permission.TRANSFER_STOCK)
    transfer = get_transfer(session, act.site_id, command.transfer_id)
    audit.require_sites(session, transfer.from_site_id, transfer.to_site_id)
    if transfer.to_site_id != act.site_id:
        raise RecordNotFound("transfer to receive here", str(transfer.id))
    if transfer.sent_at is None:
        raise TransferNotSent(transfer.id)
    place = places.get_place(session, act.site_id, command.location_id)
    lines = _lines_on_the_way(session, transfer, command.codes)
    for line in lines:
        _take_holds_along(session, act, line.container, transfer)
        _refuse_place(session, line.container, place)
    entry = ledger.open_entry(session, act, EntryPurpose.TRANSFERRED, transfer_id=transfer.id)
    containers = [line.container for line in lines]
    for container in containers:
        move = ledger.relocate(session, entry, container, place, MovePurpose.TRANSFERRED)
        move.identified_by = command.identified_by
    session.flush()  # the arrivals name their entry
    damage = None if not command.damage else texts.note("What is damaged", command.damage)
    arrival = Arrival.ARRIVED if damage is None else Arrival.DAMAGED
    session.add_all(_arrivals(act, lines, entry, arrival, damage, command.identified_by))
    if damage is not None:
        cause = Cause(HoldKind.QUALITY, f"damaged on the way: {damage}")
        holds.hold_containers(session, act, containers, cause)
    holds.hold_arrivals(session, act, containers, place)
    audit.record(session, act, f"transfer {arrival.value}", transfer, *containers, reason=damage)
    return transfer


def _take_holds_along(session: Session, act: Act, container: Container, transfer: Transfer) -> None:
    """A hold of the lot at the sending site alone would end at the border: it is written onto the container."""
    query = select(Hold).where(
        Hold.lot_id == container.lot_id, Hold.site_id == transfer.from_site_id, Hold.lifted_at.is_(None)
    )
    for hold in session.scalars(query.order_by(Hold.id)).all():
        kind = hold.kind if hold.kind in (HoldKind.EXCURSION, HoldKind.EVIDENCE) else HoldKind.QUALITY
        cause = Cause(kind, f"the lot is held at {transfer.from_site.name}: {hold.cause}")
        holds.hold_containers(session, act, [container], cause)
    session.flush()  # the place is judged by them


def _refuse_place(session: Session, container: Container, place: Location) -> None:
    usability.refuse_empty(container)
    if place.is_quarantine:
        return
    causes = holds.causes_at_place(session, place)
    if causes:
        raise PlaceHeld(place.name, "; ".join(causes))
    # Judged as it will stand: a hold of the lot at the receiving site counts too.
    current = usability.state_at(session, container, place)
    if current.holds and _has_quarantine(session, place.site_id):
        raise usability.held(current)


def declare_lost(session: Session, act: Act, command: DeclareLost) -> Transfer:
    """It did not arrive and will not: lost, by the word of the sending site. Never accounted for."""
    act.require(Permission.APPROVE_COUNT)
    transfer = get_transfer(session, act.site_id, command.transfer_id)
    audit.require_sites(session, transfer.from_site_id, transfer.to_site_id)
    if transfer.from_site_id != act.site_id:
        raise RecordNotFound("transfer sent from here", str(transfer.id))
    if transfer.sent_at is None:
        raise TransferNotSent(transfer.id)
    reason = texts.reason(command.reason)
    refuse_other_signer(act, command.signed, SignatureMeaning.APPROVED)
    lines = _lines_on_the_way(session, transfer, command.codes)
    codes = ", ".join(line.container.code for line in lines)
    text = f"Lost on the way in transfer {transfer.id}: {codes}. {reason}"
    signature = sign(session, act, command.signed, SignatureMeaning.APPROVED, transfer, text)
    entry = ledger.open_entry(session, act, EntryPurpose.LOST, reason=reason)
    for line in lines:
        usability.refuse_empty(line.container)
        taking = Taking(line.container.remaining, MovePurpose.LOST, IdentifiedBy.BY_HAND)
        ledger.take(session, entry, line.container, taking)
    session.flush()  # the arrivals name their entry
    for arrival in _arrivals(act, lines, entry, Arrival.LOST, reason, IdentifiedBy.BY_HAND):
        arrival.signature_id = signature.id
        session.add(arrival)
    audit.record(session, act, "transfer lost", transfer, *(line.container for line in lines), reason=reason)
    return transfer


def get_transfer(session: Session, site_id: int, transfer_id: int) -> Transfer:
    """One that this site takes part in. Raises `RecordNotFound`."""
    transfer = session.get(Transfer, transfer_id)
    if transfer is None or site_id not in (transfer.from_site_id, transfer.to_site_id):
        raise RecordNotFound("transfer", str(transfer_id))
    return transfer


def _other_site(session: Session, act: Act, site_id: int) -> Site:
    site = session.get(Site, site_id)
    if site is None:
        raise RecordNotFound("site", str(site_id))
    if site.id == act.site_id:
        raise SameSite
    return site


def _refuse_over(transfer: Transfer) -> None:
    if transfer.sent_at is not None:
        raise TransferOver(transfer.id, "sent")
    if transfer.cancelled_at is not None:
        raise TransferOver(transfer.id, "cancelled")


def _has_quarantine(session: Session, site_id: int) -> bool:
    return any(place.is_quarantine for place in places.list_places(session, site_id=site_id))


def _distinct(session: Session, codes: Sequence[str]) -> list[Container]:
    """Each container once, in the order scanned. Raises the codes' refusals and `ScannedTwice`."""
    if len(codes) > MOST_CONTAINERS:
        raise InvalidCount("Containers", len(codes), 1, MOST_CONTAINERS)
    containers = usability.get_containers_anywhere(session, codes) if codes else []
    known: set[int] = set()
    for container in containers:
        if container.id in known:
            raise ScannedTwice(container.code)
        known.add(container.id)
    return containers


def _lines_on_the_way(session: Session, transfer: Transfer, codes: Sequence[str]) -> list[TransferLine]:
    containers = _distinct(session, codes)
    if not containers:
        raise NothingToSend
    sent = session.scalars(select(TransferLine).where(TransferLine.transfer_id == transfer.id))
    by_container = {line.container_id: line for line in sent}
    arrived = select(TransferArrival).where(TransferArrival.line_id.in_([line.id for line in by_container.values()]))
    over = {arrival.line_id: arrival.arrival for arrival in session.scalars(arrived)}
    lines = []
    for container in containers:
        line = by_container.get(container.id)
        if line is None:
            raise NotInTransfer(container.code, transfer.id)
        if line.id in over:
            raise AlreadyArrived(container.code, over[line.id].value)
        lines.append(line)
    return lines


def _arrivals(  # the columns of one row
    act: Act,
    lines: Sequence[TransferLine],
    entry: StockEntry,
    arrival: Arrival,
    note: str | None,
    identified_by: IdentifiedBy,
) -> list[TransferArrival]:
    return [
        TransferArrival(
            line_id=line.id,
            arrival=arrival,
            entry_id=entry.id,
            identified_by=identified_by,
            raw=line.container.code,
            note=note,
            arrived_at=act.now,
            arrived_by_id=act.user_id,
        )
        for line in lines
    ]


def _note(text: str | None) -> str | None:
    return None if not text or not text.strip() else texts.note("Note", text)
