"""How many days to its expiry stock must come in with: the product's own policy, else the site's, else none.

What has fewer, is expired or bears no date comes in only under a hold (LOT-02, LOT-05).
"""

from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from inventory.access import Act
from inventory.errors import InvalidCount
from inventory.rules.expiry import is_expired
from models.catalogue import Product
from models.organisation import Site

MOST_DAYS = 3650


def checked_days(days: int | None) -> int | None:
    if days is not None and not 0 <= days <= MOST_DAYS:
        raise InvalidCount("Days to expiry", days, 0, MOST_DAYS)
    return days


def today_at(session: Session, act: Act) -> date:
    """The local day of the act at its site."""
    zone = ZoneInfo(session.get_one(Site, act.site_id).time_zone)
    return act.now.astimezone(zone).date()


def problem(session: Session, act: Act, product: Product, expires_on: date | None) -> str | None:
    """Why stock with this expiry is kept from use when it comes in; none where it is not."""
    site = session.get_one(Site, act.site_id)
    least = product.least_days_left if product.least_days_left is not None else site.least_days_left
    return problem_of(expires_on, today_at(session, act), least)


def problem_of(expires_on: date | None, today: date, least_days_left: int | None) -> str | None:
    if expires_on is None:
        return "has no expiry date"
    if is_expired(expires_on, today):
        return f"expired on {expires_on.isoformat()}"
    left = (expires_on - today).days
    if least_days_left is not None and left < least_days_left:
        return f"is short-dated: {left} days left of the {least_days_left} asked for"
    return None
