"""What stands at a site as the database answers it: what is sealed summed by lot and place, what is opened, blocks.

Plain values, read without the ORM: of thousands of lots a screen shows a few dozen, and only those become lines.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from inventory.stock.standing import Standing
from models.care import CompoundingRecord
from models.stock import Container, Hold, Lot
from models.vocabulary import HoldKind

SealedSum = tuple[int, int, Decimal]  # place, how many, how much
OpenedRow = tuple[int, str, Decimal, datetime | None, bool]  # place, code, remaining, its deadline, is held


@dataclass(slots=True)
class StandingLot:
    """A lot with what stands of it. `sealed_held` by place: of what is sealed there."""

    id: int
    product_id: int
    lot_number: str
    expires_on: date | None
    is_month_only: bool
    beyond_use_at: datetime | None
    sealed: list[SealedSum] = field(default_factory=list)
    opened: list[OpenedRow] = field(default_factory=list)
    sealed_held: dict[int, Decimal] = field(default_factory=dict)


def standing_lots(
    session: Session, standing: Standing, lot_ids: Select[int] | None, *, sealed: bool = True, opened: bool = True
) -> list[StandingLot]:
    """`lot_ids`: only these. The same three statements for any number of lots; fewer for one half of them."""
    found: dict[int, StandingLot] = {}
    connection = session.connection()
    if lot_ids is not None:
        standing = standing.only(Container.lot_id.in_(lot_ids))
    if sealed:
        for place_id, count, amount, *facts in connection.execute(_sealed(standing)):
            _lot(found, facts).sealed.append((place_id, count, amount))
        for lot_id, place_id, amount in connection.execute(_sealed_held(standing)):
            found[lot_id].sealed_held[place_id] = amount
    if opened:
        for place_id, code, remaining, discard_at, is_held, *facts in connection.execute(_opened(standing)):
            _lot(found, facts).opened.append((place_id, code, remaining, discard_at, is_held))
    return list(found.values())


def _lot(found: dict[int, StandingLot], facts: list[Any]) -> StandingLot:
    known = found.get(facts[0])
    if known is None:
        known = found[facts[0]] = StandingLot(*facts)
    return known


_OF_LOT = (
    Lot.id,
    Lot.product_id,
    Lot.lot_number,
    Lot.expires_on,
    Lot.is_month_only,
    CompoundingRecord.beyond_use_at,
)


def _sealed(standing: Standing) -> Select[*tuple[Any, ...]]:
    # Names join the sums, not the containers: there are ten or a hundred times as many of those.
    sums = standing.sealed_sums()
    columns = (sums.c.location_id, sums.c["count"], sums.c.amount, *_OF_LOT)
    return _with_beyond_use(select(*columns).join(Lot, Lot.id == sums.c.lot_id))


def _opened(standing: Standing) -> Select[*tuple[Any, ...]]:
    opened = standing.only(Container.opened_at.is_not(None))
    each, named = opened.c, aliased(Container)
    held = each.id.in_(_held_containers(standing.at)).label("is_held")
    columns = (each.location_id, named.code, each.remaining, named.discard_at, held, *_OF_LOT)
    query = select(*columns).join(named, named.id == each.id).join(Lot, Lot.id == each.lot_id)
    return _with_beyond_use(query.where(*opened.where, ~opened.is_sealed)).order_by(each.id)


def _with_beyond_use(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return query.outerjoin(CompoundingRecord, CompoundingRecord.lot_id == Lot.id)


def _sealed_held(standing: Standing) -> Select[*tuple[Any, ...]]:
    held = standing.only(Container.id.in_(_held_containers(standing.at)))
    return (
        select(held.c.lot_id, held.c.location_id, func.sum(held.c.remaining))
        .where(*held.where, held.is_sealed)
        .group_by(held.c.lot_id, held.c.location_id)
    )


def lot_holds(session: Session, site_id: int, at: datetime | None) -> defaultdict[int, set[str]]:
    """Kinds by lot: of the lot as a whole, at this site or all."""
    here = or_(Hold.site_id.is_(None), Hold.site_id == site_id)
    query = select(Hold.lot_id, Hold.kind).where(_in_force(at), Hold.lot_id.is_not(None), here)
    return _kinds_by_lot(session.execute(query))


def container_holds(session: Session, standing: Standing) -> defaultdict[int, set[str]]:
    """Kinds by lot: of any of its containers."""
    held = standing.only(Container.id.in_(_held_containers(standing.at)))
    query = select(held.c.lot_id, Hold.kind).join(Hold, Hold.container_id == held.c.id).where(*held.where)
    query = query.where(_in_force(standing.at))
    return _kinds_by_lot(session.execute(query.distinct()))


def _held_containers(at: datetime | None) -> Select[int | None]:
    return select(Hold.container_id).where(_in_force(at), Hold.container_id.is_not(None))


def _in_force(at: datetime | None) -> ColumnElement[bool]:
    """Now a block counts whatever its time: a clock that went wrong must not free what is blocked."""
    if at is None:
        return Hold.lifted_at.is_(None)
    return and_(Hold.placed_at <= at, or_(Hold.lifted_at.is_(None), Hold.lifted_at > at))


def _kinds_by_lot(rows: Iterable[Row[int, HoldKind]]) -> defaultdict[int, set[str]]:
    found: defaultdict[int, set[str]] = defaultdict(set)
    for lot_id, kind in rows:
        found[lot_id].add(kind)
    return found
