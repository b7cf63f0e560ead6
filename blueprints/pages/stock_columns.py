"""The columns of the stock list as a file, declared once for CSV and XLSX."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask import current_app

from blueprints.exports import Column
from inventory.stock.stock_list import StockRow


def stock_columns(zone: ZoneInfo, as_of: date | datetime) -> list[Column[StockRow]]:
    """`as_of`: the past day whose evening is shown, or the present time at the site."""
    words = current_app.jinja_env.get_template("macros/words.html").module
    states = current_app.jinja_env.get_template("macros/states.html").module
    classes = current_app.jinja_env.get_template("macros/catalogue_words.html").module
    kinds, state_words = words.CONTAINER_KINDS, states.STATES  # type: ignore[attr-defined]  # set in the template
    inside, legal = classes.INGREDIENT_CLASSES, classes.REGULATORY_CLASSES  # type: ignore[attr-defined]  # as above
    return [
        Column("Product", lambda row: row.product.name, 32),
        Column("Kind", lambda row: kinds[row.product.kind]),
        Column("Class", lambda row: inside[row.product.ingredient_class] if row.product.ingredient_class else None, 24),
        Column("Legal class", lambda row: legal[row.product.regulatory_class], 24),
        Column("Lot", lambda row: row.lot.lot_number, 20),
        Column("Last day", lambda row: row.lot.expires_on, 12),
        Column("Month only", lambda row: row.lot.is_month_only, 11),
        Column("State", lambda row: ", ".join(state_words[state][2] for state in row.lot.states), 28),
        Column("Place", lambda row: row.place.name, 20),
        Column("Sealed or opened", lambda row: "sealed" if row.opened is None else "opened"),
        Column("Code", lambda row: None if row.opened is None else row.opened.code, 14),
        Column("Number", lambda row: row.place.sealed_count if row.opened is None else 1, 9),
        Column("Amount", lambda row: row.amount, 12),
        Column("Usable", lambda row: row.usable, 12),
        Column("Unit", lambda row: row.product.unit.value, 8),
        Column("Use before", lambda row: _use_before(row, zone), 18),
        Column("Stock of", lambda _: as_of, 18),
    ]


def _use_before(row: StockRow, zone: ZoneInfo) -> datetime | None:
    until = None if row.opened is None else row.opened.usable_until
    return None if until is None else until.astimezone(zone)
