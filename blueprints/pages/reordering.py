"""What to order: products of which less is usable than their point, and the same as a file."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from blueprints.access import requires
from blueprints.exports import Column, FileKind, handed_out
from blueprints.forms import blank, load_form
from blueprints.frame import units
from blueprints.schemas.stock_pages import ExportAsked
from blueprints.visitor import current_actor, current_site_id
from inventory.access import Permission
from inventory.stock.expiring import today_at
from inventory.stock.reordering import ProductToOrder, products_to_order

bp = Blueprint("reordering", __name__)

COLUMNS: list[Column[ProductToOrder]] = [
    Column("Product", lambda each: each.name, 32),
    Column("Usable", lambda each: each.usable, 12),
    Column("Blocked or expired", lambda each: each.blocked, 18),
    Column("Order more below", lambda each: each.point, 16),
    Column("Short", lambda each: each.short, 12),
    Column("Unit", lambda each: each.unit.value, 8),
]


@bp.get("/stock/ordering")
@requires(Permission.VIEW_STOCK)
def show() -> ResponseReturnValue:
    with units().reading() as session:
        found = products_to_order(session, site_id=current_site_id(), now=units().clock.now())
    return render_template(
        "stock/reordering.html",
        products=found,
        filters={},
        can_change=Permission.MANAGE_CATALOGUE in current_actor().permissions,
        export=blank("export"),
    )


@bp.post("/stock/ordering/export")
@requires(Permission.VIEW_STOCK)
def export() -> ResponseReturnValue:
    kind: FileKind = load_form(ExportAsked())["kind"]
    site_id, now = current_site_id(), units().clock.now()
    with units().reading() as session:
        found = products_to_order(session, site_id=site_id, now=now)
        day = today_at(session, site_id, now)
    return handed_out(f"ordering-{day}", COLUMNS, found, kind)
