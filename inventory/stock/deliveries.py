"""Deliveries that were booked: found again, shown with everything that came of them, and their costs told later.

A line of a delivery never changes. What it cost may be learnt with the invoice: each cost is a row of its own, and the
newest counts.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inventory.access import Act, Actor, Permission
from inventory.errors import RecordNotFound
from inventory.evidence import audit
from inventory.stock import receiving
from models.catalogue import Product, Supplier
from models.people import User
from models.receiving import DeliveryLineCost, DeliveryScan
from models.stock import Container, Delivery, DeliveryLine, Hold, Lot, StockEntry, StockMove
from models.vocabulary import DeliveryLineKind, HoldKind, Unit

MOST = 50
LONGEST = 200


@dataclass(frozen=True)
class RecordCost:
    """What one container of a line cost."""

    delivery_id: int
    line_id: int
    unit_cost: Decimal


def record_cost(session: Session, act: Act, command: RecordCost) -> Delivery:
    """Learnt after the delivery was booked, or corrected. What was written before stays."""
    act.require(Permission.RECEIVE_STOCK)
    delivery = _get(session, act.site_id, command.delivery_id)
    line = session.get(DeliveryLine, command.line_id)
    if line is None or line.delivery_id != delivery.id:
        raise RecordNotFound("line", str(command.line_id))
    cost = DeliveryLineCost(
        delivery_line_id=line.id,
        unit_cost=receiving.checked_cost(command.unit_cost),
        recorded_at=act.now,
        recorded_by_id=act.user_id,
    )
    session.add(cost)
    audit.record(session, act, "cost recorded", delivery)
    return delivery


def _get(session: Session, site_id: int | None, delivery_id: int) -> Delivery:
    delivery = session.get(Delivery, delivery_id)
    if delivery is None or delivery.site_id != site_id:
        raise RecordNotFound("delivery", str(delivery_id))
    return delivery


@dataclass(frozen=True)
class WantedDeliveries:
    """`since`, `until`: the first instant of a period and the first after it. `text`: in the reference."""

    supplier_id: int | None = None
    text: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class DeliverySummary:
    id: int
    supplier: str
    reference: str
    received_at: datetime
    lines: int
    containers: int


def list_deliveries(
    session: Session, *, site_id: int, wanted: WantedDeliveries, before: int | None = None
) -> tuple[list[DeliverySummary], int | None]:
    """One part of a site's deliveries, the newest first, and the id to ask the next part with."""
    sums = (
        select(
            DeliveryLine.delivery_id, func.count().label("lines"), func.sum(DeliveryLine.containers).label("containers")
        )
        .group_by(DeliveryLine.delivery_id)
        .subquery()
    )
    query = (
        select(Delivery.id, Supplier.name, Delivery.reference, Delivery.received_at, sums.c.lines, sums.c.containers)
        .join(Supplier, Supplier.id == Delivery.supplier_id)
        .join(sums, sums.c.delivery_id == Delivery.id)
        .where(Delivery.site_id == site_id, *_conditions(wanted))
    )
    if before is not None:
        query = query.where(Delivery.id < before)
    rows = session.execute(query.order_by(Delivery.id.desc()).limit(MOST + 1)).all()
    found = [DeliverySummary(row[0], row[1], row[2], row[3], int(row[4]), int(row[5])) for row in rows[:MOST]]
    return found, found[-1].id if len(rows) > MOST else None


def _conditions(wanted: WantedDeliveries) -> list[Any]:
    conditions: list[Any] = []
    if wanted.supplier_id is not None:
        conditions.append(Delivery.supplier_id == wanted.supplier_id)
    if wanted.text.strip():
        conditions.append(Delivery.reference.icontains(wanted.text.strip()[:LONGEST], autoescape=True))
    if wanted.since is not None:
        conditions.append(Delivery.received_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(Delivery.received_at < wanted.until)
    return conditions


@dataclass(frozen=True)
class Cost:
    unit_cost: Decimal
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True)
class ShownScan:
    """`raw`: as it came, with what cannot be seen written out."""

    raw: str
    scanned_at: datetime
    scanned_by: str


@dataclass(frozen=True)
class DeliveredLine:
    """`unit_cost`: the newest that was told. `costs`: those told later, the newest first."""

    id: int
    lot_id: int
    lot_number: str
    product_id: int
    product_name: str
    expires_on: date | None
    is_month_only: bool
    kind: DeliveryLineKind
    containers: int
    damaged: int
    unit_cost: Decimal | None
    costs: tuple[Cost, ...]
    scans: tuple[ShownScan, ...]
    raw_scan: str | None


@dataclass(frozen=True)
class DeliveredContainer:
    """`holds`: the kinds of block in force on it."""

    code: str
    lot_id: int
    content: Decimal
    unit: Unit
    holds: tuple[HoldKind, ...]


@dataclass(frozen=True)
class DeliveryPage:
    id: int
    supplier: str
    reference: str
    received_at: datetime
    entry_id: int
    by: str
    lines: tuple[DeliveredLine, ...]
    containers: tuple[DeliveredContainer, ...]

    @property
    def held(self) -> int:
        return sum(bool(container.holds) for container in self.containers)

    @property
    def cost(self) -> Decimal | None:
        """What all of it cost, once every line that was bought has a cost."""
        costs = [(line.unit_cost, line.containers) for line in self.lines if line.kind is DeliveryLineKind.BOUGHT]
        known = [cost * count for cost, count in costs if cost is not None]
        return sum(known, Decimal(0)) if known and len(known) == len(costs) else None


def delivery_page(session: Session, *, actor: Actor, delivery_id: int) -> DeliveryPage:
    """A delivery to the present site with its lines, containers and blocks. Raises `RecordNotFound`."""
    delivery = _get(session, actor.site_id, delivery_id)
    entry = session.scalars(select(StockEntry).where(StockEntry.delivery_id == delivery.id)).one()
    return DeliveryPage(
        id=delivery.id,
        supplier=session.get_one(Supplier, delivery.supplier_id).name,
        reference=delivery.reference,
        received_at=delivery.received_at,
        entry_id=entry.id,
        by=session.get_one(User, entry.user_id).full_name,
        lines=_lines(session, delivery.id),
        containers=_containers(session, entry.id),
    )


def _lines(session: Session, delivery_id: int) -> tuple[DeliveredLine, ...]:
    query = (
        select(DeliveryLine, Lot, Product)
        .join(Lot, Lot.id == DeliveryLine.lot_id)
        .join(Product, Product.id == Lot.product_id)
        .where(DeliveryLine.delivery_id == delivery_id)
        .order_by(DeliveryLine.id)
    )
    costs, scans = _costs(session, delivery_id), _scans(session, delivery_id)
    return tuple(
        DeliveredLine(
            id=line.id,
            lot_id=lot.id,
            lot_number=lot.lot_number,
            product_id=product.id,
            product_name=product.name,
            expires_on=lot.expires_on,
            is_month_only=lot.is_month_only,
            kind=line.kind,
            containers=line.containers,
            damaged=line.damaged,
            unit_cost=costs[line.id][0].unit_cost if costs[line.id] else line.unit_cost,
            costs=tuple(costs[line.id]),
            scans=tuple(scans[line.id]),
            raw_scan=None if line.raw_scan is None else _visible(line.raw_scan),
        )
        for line, lot, product in session.execute(query)
    )


def _visible(raw: str) -> str:
    return raw.encode("unicode_escape").decode("ascii")


def _costs(session: Session, delivery_id: int) -> dict[int, list[Cost]]:
    query = (
        select(DeliveryLineCost, User.full_name)
        .join(DeliveryLine, DeliveryLine.id == DeliveryLineCost.delivery_line_id)
        .join(User, User.id == DeliveryLineCost.recorded_by_id)
        .where(DeliveryLine.delivery_id == delivery_id)
        .order_by(DeliveryLineCost.id.desc())
    )
    found: defaultdict[int, list[Cost]] = defaultdict(list)
    for cost, name in session.execute(query):
        found[cost.delivery_line_id].append(Cost(cost.unit_cost, cost.recorded_at, name))
    return found


def newest_costs(session: Session, *, delivery_id: int) -> dict[int, Decimal]:
    """What was told later of the lines of a delivery, by line."""
    return {line_id: costs[0].unit_cost for line_id, costs in _costs(session, delivery_id).items()}


def _scans(session: Session, delivery_id: int) -> dict[int, list[ShownScan]]:
    query = (
        select(DeliveryScan, User.full_name)
        .join(DeliveryLine, DeliveryLine.id == DeliveryScan.delivery_line_id)
        .join(User, User.id == DeliveryScan.scanned_by_id)
        .where(DeliveryLine.delivery_id == delivery_id)
        .order_by(DeliveryScan.id)
    )
    found: defaultdict[int, list[ShownScan]] = defaultdict(list)
    for scan, name in session.execute(query):
        found[scan.delivery_line_id].append(ShownScan(_visible(scan.raw), scan.scanned_at, name))
    return found


def _containers(session: Session, entry_id: int) -> tuple[DeliveredContainer, ...]:
    received = select(StockMove.container_id).where(StockMove.entry_id == entry_id)
    query = (
        select(Container.id, Container.code, Container.lot_id, Container.content, Product.unit)
        .join(Lot, Lot.id == Container.lot_id)
        .join(Product, Product.id == Lot.product_id)
        .where(Container.id.in_(received))
        .order_by(Container.id)
    )
    kinds: defaultdict[int, list[HoldKind]] = defaultdict(list)
    holds = select(Hold.container_id, Hold.kind).where(Hold.container_id.in_(received), Hold.lifted_at.is_(None))
    for container_id, kind in session.execute(holds.order_by(Hold.id)):
        kinds[container_id or 0].append(kind)
    return tuple(
        DeliveredContainer(code, lot_id, content, unit, tuple(dict.fromkeys(kinds[container_id])))
        for container_id, code, lot_id, content, unit in session.execute(query)
    )
