"""What expires: each lot with what to do, and the same as a file."""

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from blueprints.access import requires
from blueprints.arguments import read_arguments
from blueprints.exports import Column, FileKind, handed_out
from blueprints.forms import blank, load_form
from blueprints.frame import units
from blueprints.schemas.stock_pages import ExpiringAsked, ExpiringExportAsked
from blueprints.visitor import current_actor, current_site_id
from inventory.access import Permission
from inventory.stock.expiring import Advice, ExpiringLot, expiring_lots, today_at

bp = Blueprint("expiring", __name__)

LOTS_A_PAGE = 100
ADVICE = {
    Advice.LEAVE: "Leave it where it is until the case is closed",
    Advice.DISCARD: "Discard or return what is left",
    Advice.SETTLE_BLOCK: "Settle the block in time",
    Advice.USE_FIRST: "Use it first",
}
COLUMNS: list[Column[ExpiringLot]] = [
    Column("Product", lambda each: each.product.name, 32),
    Column("Lot", lambda each: each.lot.lot_number, 20),
    Column("Last day", lambda each: each.lot.until, 12),
    Column("Days left", lambda each: each.days_left, 10),
    Column("On hand", lambda each: each.lot.on_hand, 12),
    Column("Usable", lambda each: each.lot.usable, 12),
    Column("Unit", lambda each: each.product.unit.value, 8),
    Column("Places", lambda each: ", ".join(place.name for place in each.lot.places), 28),
    Column("What to do", lambda each: ADVICE[each.advice], 36),
]


@bp.get("/stock/expiring")
@requires(Permission.VIEW_STOCK)
def show() -> ResponseReturnValue:
    asked = read_arguments(ExpiringAsked())
    site_id, now = current_site_id(), units().clock.now()
    with units().reading() as session:
        found = expiring_lots(session, site_id=site_id, now=now, window=asked["window"])
    start = asked.get("start", 0)
    window = asked["window"].value
    has_more = len(found) > start + LOTS_A_PAGE
    return render_template(
        "stock/expiring.html",
        lots=found[start : start + LOTS_A_PAGE],
        count=len(found),
        filters={"window": window},
        advice=ADVICE,
        can_discard=Permission.DISCARD_STOCK in current_actor().permissions,
        older_url=url_for("expiring.show", window=window, start=start + LOTS_A_PAGE) if has_more else None,
        export=blank("export"),
    )


@bp.post("/stock/expiring/export")
@requires(Permission.VIEW_STOCK)
def export() -> ResponseReturnValue:
    asked = load_form(ExpiringExportAsked())
    kind: FileKind = asked["kind"]
    site_id, now = current_site_id(), units().clock.now()
    with units().reading() as session:
        found = expiring_lots(session, site_id=site_id, now=now, window=asked["window"])
        day = today_at(session, site_id, now)
    return handed_out(f"expiring-{day}", COLUMNS, found, kind)
