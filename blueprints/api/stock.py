"""What is on hand, what to take next, and the names of places, products and suppliers."""

from decimal import Decimal
from typing import Any, cast

from blueprints.api.operations import Operations
from blueprints.cursors import cursor, key_of
from blueprints.frame import units
from blueprints.schemas.stock import (
    MOST_ROWS,
    ExpiringAnswer,
    ExpiringListAsked,
    OnHandAnswer,
    OnHandAsked,
    PlacesAnswer,
    ProductsAnswer,
    ProductsToOrderAnswer,
    ProposalAnswer,
    ProposalAsked,
    StockListAnswer,
    StockListAsked,
    SuppliersAnswer,
)
from blueprints.visitor import current_actor, current_site_id
from inventory.access import Permission
from inventory.care import treatment_facts
from inventory.catalogue import products, suppliers
from inventory.rules.fefo import Proposal
from inventory.stock import places, proposing
from inventory.stock.expiring import expiring_lots
from inventory.stock.on_hand import on_hand
from inventory.stock.proposing import Wanted
from inventory.stock.reordering import products_to_order
from inventory.stock.stock_list import Wanted as StockWanted
from inventory.stock.stock_list import Window, find_stock
from inventory.stock.stock_parts import part_of

operations = Operations("stock", "Stock", "What is on hand at the token's site.")

_KEY = (str, str, int, int)
_Key = tuple[str, str, int, int]


@operations.query("/stock", Permission.VIEW_STOCK, OnHandAnswer, OnHandAsked)
def list_on_hand(*, cursor: str | None = None, limit: int = MOST_ROWS, **wanted: int) -> dict[str, Any]:
    """What is on hand, by product, lot and place."""
    after = None if cursor is None else cast(_Key, key_of(cursor, _KEY))
    with units().reading() as session:
        rows = on_hand(session, site_id=current_site_id(), after=after, limit=limit + 1, **wanted)
    return {"on_hand": rows[:limit], "next_cursor": _next(rows[limit - 1]) if len(rows) > limit else None}


def _next(last: Any) -> str:
    return cursor(last.product, last.lot_number, last.lot_id, last.location_id)


@operations.query("/stock/products", Permission.VIEW_STOCK, StockListAnswer, StockListAsked)
def list_stock(wanted: StockWanted, after: int | None = None) -> dict[str, Any]:
    """Stock by product and lot in the order of use, sealed and opened apart; now, or at the end of a past day."""
    with units().reading() as session:
        found = find_stock(session, site_id=current_site_id(), wanted=wanted, now=units().clock.now())
    part = part_of(found, after)
    return {"products": part.products, "totals": found.totals(), "next_after": part.next_after}


@operations.query("/stock/expiring", Permission.VIEW_STOCK, ExpiringAnswer, ExpiringListAsked)
def list_expiring(window: Window) -> dict[str, Any]:
    """Lots on hand that have expired or expire within 90 days, and what to do with each."""
    with units().reading() as session:
        now = units().clock.now()
        return {"lots": expiring_lots(session, site_id=current_site_id(), now=now, window=window)}


@operations.query("/stock/ordering", Permission.VIEW_STOCK, ProductsToOrderAnswer)
def list_products_to_order() -> dict[str, Any]:
    """Products of which less is usable here than their reorder point."""
    with units().reading() as session:
        return {"products": products_to_order(session, site_id=current_site_id(), now=units().clock.now())}


@operations.query("/stock/proposal", Permission.VIEW_STOCK, ProposalAnswer, ProposalAsked)
def propose_containers(product_id: int, amount: Decimal, session_id: int | None = None) -> Proposal:
    """Which containers to take first, and why the others are skipped.

    First expired, first out. For a session also what is kept or opened for its patient.
    """
    with units().reading() as session:
        products.get_product(session, product_id)
        patient_id = None
        if session_id is not None:
            patient_id = treatment_facts.get_session_here(session, current_actor(), session_id).patient_id
        wanted = Wanted(current_site_id(), product_id, amount, units().clock.now(), patient_id, session_id)
        return proposing.propose_containers(session, wanted)


@operations.query("/places", Permission.VIEW_STOCK, PlacesAnswer)
def list_places() -> dict[str, Any]:
    """The storage places and rooms of this site."""
    with units().reading() as session:
        return {"places": places.list_places(session, site_id=current_site_id())}


@operations.query("/products", Permission.VIEW_STOCK, ProductsAnswer)
def list_products() -> dict[str, Any]:
    """What can be stocked."""
    with units().reading() as session:
        return {"products": products.list_products(session)}


@operations.query("/suppliers", Permission.VIEW_STOCK, SuppliersAnswer)
def list_suppliers() -> dict[str, Any]:
    """From whom stock is received."""
    with units().reading() as session:
        return {"suppliers": suppliers.list_suppliers(session)}
