"""The balance of a lot at each site: what came in, went out, was sent to or received from other sites, and is left.

A site's stock is what its real places hold. What is on the way is in nobody's places and belongs to the sending site.
The columns of each site add up to what it has, and all sites with what is on the way to the lot's own balance.
"""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from inventory.rules.mass_balance import Flows, flows_of
from models.organisation import Location, Site
from models.stock import IS_NOT_EMPTY, Container, StockEntry, StockMove
from models.vocabulary import LocationKind, MovePurpose

_NOTHING = Decimal(0)
_WITHIN = (MovePurpose.MOVED, MovePurpose.SPLIT)


@dataclass(frozen=True)
class SiteBalance:
    """`transferred_in`, `transferred_out`: between sites; `on_the_way`: sent from here and not yet received."""

    site_id: int
    site: str
    flows: Flows
    transferred_in: Decimal
    transferred_out: Decimal
    on_hand: Decimal
    on_the_way: Decimal

    @property
    def came_in(self) -> Decimal:
        flows = self.flows
        return flows.opening + flows.received + flows.found + flows.prepared + self.transferred_in

    @property
    def went_out(self) -> Decimal:
        """For a known purpose, or to another site; what is lost is not among it."""
        flows = self.flows
        used = flows.compounded + flows.administered + flows.wasted + flows.destroyed
        return used + flows.returned + flows.sampled + self.transferred_out

    @property
    def unaccounted(self) -> Decimal:
        return self.came_in - self.went_out - self.on_hand


@dataclass
class _Sums:
    flows: defaultdict[MovePurpose, Decimal]
    came: Decimal = _NOTHING
    sent: Decimal = _NOTHING


def balances_by_site(session: Session, *, lot_id: int) -> list[SiteBalance]:
    """One for each site that ever had something of the lot, by name."""
    sums: defaultdict[int, _Sums] = defaultdict(lambda: _Sums(defaultdict(Decimal)))
    for row in session.execute(_moves(lot_id)):
        _add(sums, row)
    on_hand, on_the_way = _left(session, lot_id)
    names = dict(list(session.execute(select(Site.id, Site.name).order_by(Site.name))))
    return [
        SiteBalance(
            site_id=site_id,
            site=name,
            flows=flows_of(sums[site_id].flows),
            transferred_in=sums[site_id].came,
            transferred_out=sums[site_id].sent,
            on_hand=on_hand.get(site_id, _NOTHING),
            on_the_way=on_the_way.get(site_id, _NOTHING),
        )
        for site_id, name in names.items()
        if site_id in sums
    ]


def _moves(lot_id: int) -> Any:
    start, end = aliased(Location), aliased(Location)
    parts = (
        StockEntry.site_id,
        StockMove.purpose,
        StockMove.reverses_id.is_not(None),
        start.kind,
        start.site_id,
        end.kind,
        end.site_id,
    )
    return (
        select(*parts, func.sum(StockMove.amount))
        .join(Container, Container.id == StockMove.container_id)
        .join(StockEntry, StockEntry.id == StockMove.entry_id)
        .join(start, start.id == StockMove.from_location_id)
        .join(end, end.id == StockMove.to_location_id)
        .where(Container.lot_id == lot_id, StockMove.purpose.not_in(_WITHIN))
        .group_by(*parts)
    )


def _add(sums: defaultdict[int, _Sums], row: Any) -> None:
    """The column is of the entry's site; where the stock of another site changed, that went from one to the other."""
    entry_site, purpose, is_reversal, from_kind, from_site, to_kind, to_site, amount = row
    change: defaultdict[int, Decimal] = defaultdict(Decimal)
    if to_kind.is_real:
        change[to_site] += amount
    if from_kind.is_real:
        change[from_site] -= amount
    if purpose is not MovePurpose.TRANSFERRED:
        sums[entry_site].flows[purpose] += -amount if is_reversal else amount
        change[entry_site] -= amount if to_kind.is_inside else -amount
    for site_id, difference in change.items():
        if difference > 0:
            sums[site_id].came += difference
        elif difference < 0:
            sums[site_id].sent -= difference


def _left(session: Session, lot_id: int) -> tuple[dict[int, Decimal], dict[int, Decimal]]:
    is_on_the_way = Location.kind == LocationKind.TRANSIT
    query = (
        select(Location.site_id, is_on_the_way, func.sum(Container.remaining))
        .join(Container, Container.location_id == Location.id)
        .where(Container.lot_id == lot_id, IS_NOT_EMPTY)
        .group_by(Location.site_id, is_on_the_way)
    )
    on_hand: dict[int, Decimal] = {}
    on_the_way: dict[int, Decimal] = {}
    for site_id, is_away, amount in session.execute(query):
        (on_the_way if is_away else on_hand)[site_id] = amount
    return on_hand, on_the_way
