"""A part of the stock list that fits on a screen: some products, of each the lots that must be used first."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from inventory.stock.stock_list import LotLine, ProductLine, Stock

PRODUCTS_A_PART = 25
LOTS_SHOWN = 12  # of a product among others
LOTS_A_PART = 100  # of one product alone


@dataclass(frozen=True)
class StockPart:
    """`lots_left` by product: how many more it has. `next_after`, `next_lot`: what the next part is asked with."""

    products: Sequence[ProductLine]
    lots_left: dict[int, int]
    next_after: int | None = None
    next_lot: int | None = None


def part_of(stock: Stock, after: int | None = None) -> StockPart:
    """The products after the one named; one no longer there begins the list anew. Amounts are of all their lots."""
    ids = stock.product_ids
    start = _place_after(ids, after)
    shown = stock.lines(ids[start : start + PRODUCTS_A_PART])
    has_more = len(ids) > start + PRODUCTS_A_PART
    left = {each.id: len(each.lots) - LOTS_SHOWN for each in shown if len(each.lots) > LOTS_SHOWN}
    return StockPart(shown, left, next_after=shown[-1].id if has_more else None)


def part_of_product(product: ProductLine, after_lot: int | None = None) -> StockPart:
    """One product with the lots after the one named."""
    start = _place_after([lot.id for lot in product.lots], after_lot)
    shown = product.lots[start : start + LOTS_A_PART]
    left = len(product.lots) - start - len(shown)
    part = replace(product, lots=shown)
    return StockPart([part], {product.id: left} if left else {}, next_lot=shown[-1].id if left else None)


def shown_lots(part: StockPart, product: ProductLine) -> Sequence[LotLine]:
    is_cut = part.next_lot is None and product.id in part.lots_left
    return product.lots[:LOTS_SHOWN] if is_cut else product.lots


def _place_after(ids: Sequence[int], after: int | None) -> int:
    return ids.index(after) + 1 if after in ids else 0
