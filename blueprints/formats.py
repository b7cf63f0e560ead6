"""How values are written on pages: the filters `amount`, `moment` and `day`."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from flask import Flask

from blueprints.visitor import visitor
from inventory.evidence.canonical import amount_text
from inventory.rules.amounts import rounded


def install(app: Flask) -> None:
    app.add_template_filter(amount)
    app.add_template_filter(moment)
    app.add_template_filter(day)


def amount(value: Decimal | Fraction) -> str:
    """Plain digits, no exponent, no trailing zeros. An exact share is rounded only here."""
    return amount_text(rounded(value) if isinstance(value, Fraction) else value)


def moment(at: datetime) -> str:
    """`2031-03-03 13:30` in the site's zone; where nobody is signed in, in UTC and saying so."""
    found = visitor()
    if found is None or found.site is None:
        return f"{at:%Y-%m-%d %H:%M} UTC"
    return f"{at.astimezone(ZoneInfo(found.site.time_zone)):%Y-%m-%d %H:%M}"


def day(on: date) -> str:
    return on.isoformat()


def time_left(span: timedelta) -> str:
    """`3 d 4 h`, `2 h 10 min`, `9 min`: the two largest parts, rounded down."""
    minutes = int(span.total_seconds()) // 60
    days, hours, rest = minutes // 1440, minutes % 1440 // 60, minutes % 60
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    return f"{hours} h {rest} min" if hours else f"{rest} min"
