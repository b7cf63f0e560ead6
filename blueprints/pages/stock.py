"""The stock list: product, lot, place, sealed and opened apart, now or on a past evening; and the same as a file."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from blueprints.access import requires
from blueprints.arguments import read_arguments
from blueprints.exports import FileKind, handed_out
from blueprints.forms import blank, load_form
from blueprints.frame import units
from blueprints.pages.stock_columns import stock_columns
from blueprints.schemas.stock_pages import StockAsked, StockExportAsked
from blueprints.visitor import current_site_id
from inventory.access import Permission
from inventory.catalogue import suppliers
from inventory.stock import places
from inventory.stock.stock_list import Wanted, find_stock, flat, stock_list
from inventory.stock.stock_parts import part_of, part_of_product, shown_lots
from models.organisation import Site

bp = Blueprint("stock", __name__)


@bp.get("/stock")
@requires(Permission.VIEW_STOCK)
def show() -> ResponseReturnValue:
    asked = read_arguments(StockAsked())
    wanted: Wanted = asked["wanted"]
    site_id, now = current_site_id(), units().clock.now()
    with units().reading() as session:
        found = find_stock(session, site_id=site_id, wanted=wanted, now=now)
        choices = _choices(session, site_id)
        complete_since = session.get_one(Site, site_id).complete_since
    is_alone = wanted.product_id is not None and len(found.product_ids) == 1
    part = part_of_product(found.lines()[0], asked.get("after_lot")) if is_alone else part_of(found, asked.get("after"))
    filters = _filters(wanted)
    return render_template(
        "stock/list.html",
        products=[(product, shown_lots(part, product), part.lots_left.get(product.id, 0)) for product in part.products],
        totals=found.totals(),
        filters=filters,
        is_narrowed=_is_narrowed(wanted),
        choices=choices,
        not_complete_until=_not_complete_until(wanted.as_of, complete_since),
        older_url=_older_url(filters, part.next_after, part.next_lot),
        export=blank("export"),
        product_url=lambda product: url_for("stock.show", **(filters | {"product_id": product.id})),
    )


@bp.post("/stock/export")
@requires(Permission.VIEW_STOCK)
def export() -> ResponseReturnValue:
    asked = load_form(StockExportAsked())
    wanted: Wanted = asked["wanted"]
    kind: FileKind = asked["kind"]
    site_id, now = current_site_id(), units().clock.now()
    with units().reading() as session:
        found = stock_list(session, site_id=site_id, wanted=wanted, now=now)
        zone = session.get_one(Site, site_id).time_zone
    here = now.astimezone(ZoneInfo(zone))
    columns = stock_columns(ZoneInfo(zone), wanted.as_of or here)
    return handed_out(f"stock-{wanted.as_of or here.date()}", columns, flat(found), kind)


def _choices(session: Session, site_id: int) -> dict[str, Any]:
    return {
        "places": [(place.id, place.name) for place in places.list_places(session, site_id=site_id)],
        "suppliers": [(each.id, each.name) for each in suppliers.list_suppliers(session, are_all=True)],
    }


def _filters(wanted: Wanted) -> dict[str, Any]:
    """As an address and a form carry them; what was not asked for is left out."""
    return {
        "text": wanted.text,
        "place_id": wanted.location_id,
        "show": wanted.show.value,
        "window": wanted.window.value,
        "product_id": wanted.product_id,
        "ingredient_class": wanted.ingredient_class and wanted.ingredient_class.value,
        "regulatory_class": wanted.regulatory_class and wanted.regulatory_class.value,
        "supplier_id": wanted.supplier_id,
        "as_of": wanted.as_of and wanted.as_of.isoformat(),
    }


def _is_narrowed(wanted: Wanted) -> bool:
    """By what stands behind "More filters"."""
    more = (wanted.ingredient_class, wanted.regulatory_class, wanted.supplier_id, wanted.as_of)
    return any(each is not None for each in more)


def _not_complete_until(as_of: date | None, complete_since: date | None) -> str | None:
    """From when the records of the site are whole, where the day is before."""
    if as_of is None or (complete_since is not None and complete_since <= as_of):
        return None
    return "" if complete_since is None else complete_since.isoformat()


def _older_url(filters: dict[str, Any], after: int | None, after_lot: int | None) -> str | None:
    if after is None and after_lot is None:
        return None
    return url_for("stock.show", **filters, after=after, after_lot=after_lot)
