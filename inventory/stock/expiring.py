"""Lots on hand by their last day of use, and what to do with each."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from inventory.rules.expiry import is_expired
from inventory.stock.stock_list import LotLine, ProductLine, Stock, Wanted, Window, find_stock
from models.organisation import Site
from models.vocabulary import HoldKind

HORIZONS = (Window.DAYS_30, Window.DAYS_60, Window.DAYS_90)
_NOT_TOUCHED = (HoldKind.EVIDENCE, HoldKind.RECALL)


class Advice(StrEnum):
    """What to do. What is recalled or kept as evidence is left where it is, expired or not."""

    LEAVE = "leave"
    DISCARD = "discard"
    SETTLE_BLOCK = "settle_block"
    USE_FIRST = "use_first"


@dataclass(frozen=True)
class ExpiringLot:
    """`days_left`: to its last day, that day not counted; below 0 it has expired."""

    product: ProductLine
    lot: LotLine
    days_left: int
    advice: Advice


def expiring_lots(session: Session, *, site_id: int, now: datetime, window: Window = Window.ANY) -> list[ExpiringLot]:
    """Expired or in the last 90 days, or those in the window; the earliest first."""
    return by_last_day(find_stock(session, site_id=site_id, wanted=Wanted(), now=now), window)


def today_at(session: Session, site_id: int, now: datetime) -> date:
    return now.astimezone(ZoneInfo(session.get_one(Site, site_id).time_zone)).date()


def by_last_day(stock: Stock, window: Window = Window.ANY) -> list[ExpiringLot]:
    """`stock`: of now, all of the site."""
    windows = (Window.EXPIRED, Window.DAYS_90) if window is Window.ANY else (window,)
    found = [
        ExpiringLot(product, lot, (lot.until - stock.today).days, _advice(lot, stock.today))
        for product in stock.lines_in(windows)
        for lot in product.lots
        if lot.until is not None
    ]
    return sorted(found, key=lambda each: (each.days_left, each.product.name.casefold(), each.lot.id))


def _advice(lot: LotLine, today: date) -> Advice:
    if any(kind in lot.states for kind in _NOT_TOUCHED):
        return Advice.LEAVE
    if lot.until is not None and is_expired(lot.until, today):
        return Advice.DISCARD
    return Advice.USE_FIRST if lot.usable else Advice.SETTLE_BLOCK
