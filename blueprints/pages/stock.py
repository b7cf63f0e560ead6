"""The stock list: product, lot, place, sealed and opened apart."""

from typing import Any

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from blueprints.access import requires
from blueprints.arguments import read_arguments
from blueprints.frame import units
from blueprints.schemas.pages import StockAsked
from blueprints.visitor import current_site_id
from inventory.access import Permission
from inventory.stock import places
from inventory.stock.stock_list import ProductLine, Wanted, stock_list

bp = Blueprint("stock", __name__)

PRODUCTS_A_PAGE = 25


@bp.get("/stock")
@requires(Permission.VIEW_STOCK)
def show() -> ResponseReturnValue:
    asked = read_arguments(StockAsked())
    wanted = Wanted(asked["text"], asked.get("place_id"), asked["show"])
    with units().reading() as session:
        site_id = current_site_id()
        found = stock_list(session, site_id=site_id, wanted=wanted, now=units().clock.now())
        known = [(place.id, place.name) for place in places.list_places(session, site_id=site_id)]
    shown, rest = _part(found, asked.get("after"))
    filters: dict[str, Any] = {"text": wanted.text, "place_id": wanted.location_id, "show": wanted.show.value}
    older_url = url_for("stock.show", **filters, after=shown[-1].id) if rest else None
    return render_template("stock/list.html", products=shown, places=known, filters=filters, older_url=older_url)


def _part(found: list[ProductLine], after: int | None) -> tuple[list[ProductLine], bool]:
    """The products after the one named, and whether there are more. One no longer there begins the list anew."""
    ids = [product.id for product in found]
    start = ids.index(after) + 1 if after in ids else 0
    return found[start : start + PRODUCTS_A_PAGE], len(found) > start + PRODUCTS_A_PAGE
