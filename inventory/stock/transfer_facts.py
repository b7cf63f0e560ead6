"""Transfers as a page or a program of either site reads them. Where one stands is derived from what became of it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from inventory.stock import transfers, usability
from models.organisation import Location, Site
from models.people import User
from models.stock import Container, Lot
from models.transfers import Transfer, TransferArrival, TransferLine, TransferWish
from models.vocabulary import Arrival, LocationKind, TransferAsk, Unit

MOST_TRANSFERS = 200


class TransferState(StrEnum):
    ASKED = "asked"
    ON_THE_WAY = "on_the_way"
    PARTLY_ARRIVED = "partly_arrived"
    OVER = "over"
    CANCELLED = "cancelled"


class LineState(StrEnum):
    ON_THE_WAY = "on_the_way"
    ARRIVED = "arrived"
    DAMAGED = "damaged"
    LOST = "lost"
    USED = "used"  # used up before anybody booked it in


@dataclass(frozen=True)
class TransferInList:
    id: int
    is_incoming: bool
    other_site: str
    state: TransferState
    ask: TransferAsk | None
    at: datetime
    containers: int
    waiting: int


@dataclass(frozen=True)
class WishFacts:
    code: str | None
    product_id: int | None
    product: str
    pieces: int


@dataclass(frozen=True)
class TransferLineFacts:
    """`is_here`: the present site has it now, so that its page can be opened."""

    code: str
    product: str
    lot_id: int
    lot_number: str
    remaining: Decimal
    unit: Unit
    state: LineState
    causes: tuple[str, ...]
    note: str | None
    at: datetime | None
    by: str | None
    is_here: bool


@dataclass(frozen=True)
class TransferFacts:
    id: int
    is_incoming: bool
    from_site: str
    to_site: str
    state: TransferState
    ask: TransferAsk | None
    asked_at: datetime | None
    asked_by: str | None
    note: str | None
    sent_at: datetime | None
    sent_by: str | None
    cancelled_at: datetime | None
    cancelled_by: str | None
    cancel_reason: str | None
    wishes: tuple[WishFacts, ...]
    lines: tuple[TransferLineFacts, ...]

    @property
    def waiting(self) -> tuple[TransferLineFacts, ...]:
        return tuple(line for line in self.lines if line.state is LineState.ON_THE_WAY)


def list_transfers(session: Session, *, site_id: int) -> list[TransferInList]:
    """What this site sends, receives or asks for, the newest first."""
    lines = select(TransferLine.transfer_id, func.count().label("sent")).group_by(TransferLine.transfer_id).subquery()
    query = (
        select(Transfer, lines.c.sent)
        .outerjoin(lines, lines.c.transfer_id == Transfer.id)
        .where((Transfer.from_site_id == site_id) | (Transfer.to_site_id == site_id))
        .options(joinedload(Transfer.from_site), joinedload(Transfer.to_site))
        .order_by(Transfer.id.desc())
        .limit(MOST_TRANSFERS)
    )
    found = list(session.execute(query))
    waiting = _waiting(session, [transfer.id for transfer, _ in found])
    return [_in_list(transfer, sent or 0, waiting.get(transfer.id, 0), site_id) for transfer, sent in found]


def _waiting(session: Session, transfer_ids: list[int]) -> dict[int, int]:
    over = select(TransferArrival.line_id)
    query = (
        select(TransferLine.transfer_id, func.count())
        .join(Container, Container.id == TransferLine.container_id)
        .join(Location, Location.id == Container.location_id)
        .where(
            TransferLine.transfer_id.in_(transfer_ids),
            TransferLine.id.not_in(over),
            Location.kind == LocationKind.TRANSIT,
            Container.remaining > 0,
        )
        .group_by(TransferLine.transfer_id)
    )
    return dict(list(session.execute(query)))


def _in_list(transfer: Transfer, sent: int, waiting: int, site_id: int) -> TransferInList:
    is_incoming = transfer.to_site_id == site_id
    return TransferInList(
        id=transfer.id,
        is_incoming=is_incoming,
        other_site=(transfer.from_site if is_incoming else transfer.to_site).name,
        state=_state(transfer, sent, waiting),
        ask=transfer.ask,
        at=_began_at(transfer),
        containers=sent,
        waiting=waiting,
    )


def _began_at(transfer: Transfer) -> datetime:
    began = transfer.sent_at or transfer.asked_at
    assert began is not None  # noqa: S101  # the table demands one of them
    return began


def _state(transfer: Transfer, sent: int, waiting: int) -> TransferState:
    if transfer.cancelled_at is not None:
        return TransferState.CANCELLED
    if transfer.sent_at is None:
        return TransferState.ASKED
    if waiting == 0:
        return TransferState.OVER
    return TransferState.ON_THE_WAY if waiting == sent else TransferState.PARTLY_ARRIVED


def transfer_facts(session: Session, *, site_id: int, transfer_id: int) -> TransferFacts:
    """Raises `RecordNotFound`, also where neither end is this site."""
    transfer = transfers.get_transfer(session, site_id, transfer_id)
    lines = tuple(_lines(session, transfer, site_id))
    waiting = sum(line.state is LineState.ON_THE_WAY for line in lines)
    people = [transfer.asked_by_id, transfer.sent_by_id, transfer.cancelled_by_id]
    rows = session.execute(select(User.id, User.full_name).where(User.id.in_([each for each in people if each])))
    names: dict[int | None, str] = dict(list(rows))
    return TransferFacts(
        id=transfer.id,
        is_incoming=transfer.to_site_id == site_id,
        from_site=transfer.from_site.name,
        to_site=transfer.to_site.name,
        state=_state(transfer, len(lines), waiting),
        ask=transfer.ask,
        asked_at=transfer.asked_at,
        asked_by=names.get(transfer.asked_by_id),
        note=transfer.note,
        sent_at=transfer.sent_at,
        sent_by=names.get(transfer.sent_by_id),
        cancelled_at=transfer.cancelled_at,
        cancelled_by=names.get(transfer.cancelled_by_id),
        cancel_reason=transfer.cancel_reason,
        wishes=tuple(_wishes(session, transfer)),
        lines=lines,
    )


def _wishes(session: Session, transfer: Transfer) -> list[WishFacts]:
    query = (
        select(TransferWish)
        .where(TransferWish.transfer_id == transfer.id)
        .options(
            joinedload(TransferWish.product),
            joinedload(TransferWish.container).joinedload(Container.lot).joinedload(Lot.product),
        )
        .order_by(TransferWish.id)
    )
    return [_wish(wish) for wish in session.scalars(query)]


def _wish(wish: TransferWish) -> WishFacts:
    container, product = wish.container, wish.product
    if container is not None:
        return WishFacts(container.code, None, container.lot.product.name, wish.pieces)
    assert product is not None  # noqa: S101  # the table demands one of the two
    return WishFacts(None, product.id, product.name, wish.pieces)


def _lines(session: Session, transfer: Transfer, site_id: int) -> list[TransferLineFacts]:
    of_container = joinedload(TransferLine.container)
    query = (
        select(TransferLine, TransferArrival, User.full_name)
        .outerjoin(TransferArrival, TransferArrival.line_id == TransferLine.id)
        .outerjoin(User, User.id == TransferArrival.arrived_by_id)
        .where(TransferLine.transfer_id == transfer.id)
        .options(
            of_container.joinedload(Container.lot).joinedload(Lot.product),
            of_container.joinedload(Container.location).joinedload(Location.site),
        )
        .order_by(TransferLine.id)
    )
    rows = list(session.execute(query))
    states = usability.states(session, [line.container for line, _, _ in rows])
    return [
        _line(line.container, arrival, by, tuple(hold.cause for hold in state.holds), site_id)
        for (line, arrival, by), state in zip(rows, states, strict=True)
    ]


def _line(
    container: Container, arrival: TransferArrival | None, by: str | None, causes: tuple[str, ...], site_id: int
) -> TransferLineFacts:
    return TransferLineFacts(
        code=container.code,
        product=container.lot.product.name,
        lot_id=container.lot_id,
        lot_number=container.lot.lot_number,
        remaining=container.remaining,
        unit=container.lot.product.unit,
        state=_line_state(container, arrival),
        causes=causes,
        note=None if arrival is None else arrival.note,
        at=None if arrival is None else arrival.arrived_at,
        by=by,
        is_here=container.location.site_id == site_id,
    )


def _line_state(container: Container, arrival: TransferArrival | None) -> LineState:
    if arrival is not None:
        return _ARRIVALS[arrival.arrival]
    return LineState.ON_THE_WAY if container.remaining > 0 else LineState.USED


_ARRIVALS = {Arrival.ARRIVED: LineState.ARRIVED, Arrival.DAMAGED: LineState.DAMAGED, Arrival.LOST: LineState.LOST}


def other_sites(session: Session, *, site_id: int) -> list[tuple[int, str]]:
    """Where to send to and ask from, by name."""
    query = select(Site.id, Site.name).where(Site.id != site_id).order_by(Site.name)
    return [(key, name) for key, name in session.execute(query)]
