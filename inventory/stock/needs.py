"""What the stock of a site asks for today: lots by their last day, products to order, deliveries in progress.

One stock list answers all of it, so its cost is that of the stock page.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inventory.stock.expiring import HORIZONS, ExpiringLot, by_last_day
from inventory.stock.reordering import below_point
from inventory.stock.stock_list import EXPIRES_SOON_DAYS, Wanted, Window, find_stock
from models.receiving import DeliveryDraft

MOST_LINES = 20


@dataclass(frozen=True)
class StockNeeds:
    """`expiring_lots` by horizon: a lot is counted in the nearest alone. `soonest`: those to look at first."""

    soonest: Sequence[ExpiringLot]
    expired_lots: int
    expiring_lots: Mapping[Window, int]
    below_point: int
    deliveries_in_progress: int


def stock_needs(session: Session, *, site_id: int, now: datetime) -> StockNeeds:
    stock = find_stock(session, site_id=site_id, wanted=Wanted(), now=now)
    lots = by_last_day(stock)
    return StockNeeds(
        soonest=[each for each in lots if each.days_left <= EXPIRES_SOON_DAYS][:MOST_LINES],
        expired_lots=sum(each.days_left < 0 for each in lots),
        expiring_lots=_by_horizon(lots),
        below_point=len(below_point(session, site_id, stock)),
        deliveries_in_progress=_deliveries_in_progress(session, site_id),
    )


def _by_horizon(lots: Iterable[ExpiringLot]) -> Mapping[Window, int]:
    found = dict.fromkeys(HORIZONS, 0)
    for each in lots:
        if each.days_left >= 0:
            found[next(window for window in HORIZONS if each.days_left <= int(window.value))] += 1
    return found


def _deliveries_in_progress(session: Session, site_id: int) -> int:
    query = select(func.count(DeliveryDraft.id)).where(
        DeliveryDraft.site_id == site_id, DeliveryDraft.delivery_id.is_(None), DeliveryDraft.discarded_at.is_(None)
    )
    return session.scalar(query) or 0
