"""What the stock list is asked for, by its page, as a file, and by programs."""

from typing import Any

from marshmallow import fields, post_load, validate

from blueprints.exports import FileKind
from blueprints.schemas import CommandSchema
from blueprints.schemas.values import ChoiceOf, Day, WholeNumber
from inventory.stock.stock_list import Show, Wanted, Window
from models.vocabulary import IngredientClass, RegulatoryClass


class StockFilters(CommandSchema):
    """Loads into the frozen `wanted` and what is left."""

    text = fields.String(validate=validate.Length(max=200), load_default="")
    place_id = WholeNumber()
    show = ChoiceOf(Show, load_default=Show.ALL)
    window = ChoiceOf(Window, load_default=Window.ANY)
    product_id = WholeNumber()
    ingredient_class = ChoiceOf(IngredientClass)
    regulatory_class = ChoiceOf(RegulatoryClass)
    supplier_id = WholeNumber()
    as_of = Day(metadata={"description": "Stock at the end of this past day, at the site."})

    @post_load
    def collect(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        names = StockFilters().fields.keys() & data.keys()
        given = {name: data.pop(name) for name in names}
        place = {"location_id": given.pop("place_id")} if "place_id" in given else {}
        return data | {"wanted": Wanted(**given, **place)}


class StockAsked(StockFilters):
    """`after`: the last product of the part before; `after_lot`: the last lot, of one product alone."""

    after = WholeNumber()
    after_lot = WholeNumber()


class StockExportAsked(StockFilters):
    kind = ChoiceOf(FileKind, required=True)


class ExportAsked(CommandSchema):
    kind = ChoiceOf(FileKind, required=True)


class ExpiringAsked(CommandSchema):
    """`start`: how many lots come before this part. The list is short, and anew with each day."""

    window = ChoiceOf(Window, load_default=Window.ANY)
    start = WholeNumber()


class ExpiringExportAsked(ExportAsked):
    window = ChoiceOf(Window, load_default=Window.ANY)
