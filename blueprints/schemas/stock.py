"""Stock on hand, proposals, and the lists a program needs to name things."""

from marshmallow import Schema, fields

from blueprints.schemas import CommandSchema
from blueprints.schemas.stock_pages import StockFilters
from blueprints.schemas.values import ChoiceOf, Code, Day, DecimalString, Instant, WholeNumber
from inventory.rules.fefo import BlockKind
from inventory.stock.expiring import Advice
from inventory.stock.stock_list import Window
from models.vocabulary import ContainerKind, HoldKind, IngredientClass, LocationKind, RegulatoryClass, Tracking, Unit

MOST_ROWS = 1000


class OnHandAsked(CommandSchema):
    product_id = WholeNumber()
    lot_id = WholeNumber()
    location_id = WholeNumber()
    cursor = fields.String(metadata={"description": "`next_cursor` of the part before."})
    limit = WholeNumber(most=MOST_ROWS)


class OnHandRow(Schema):
    product_id = fields.Integer(required=True)
    product = fields.String(required=True)
    unit = ChoiceOf(Unit, required=True)
    lot_id = fields.Integer(required=True)
    lot_number = fields.String(required=True)
    expires_on = Day(required=True, allow_none=True)
    location_id = fields.Integer(required=True)
    location = fields.String(required=True)
    amount = DecimalString(required=True)
    containers = fields.Integer(required=True)
    opened = fields.Integer(required=True)


class OnHandAnswer(Schema):
    on_hand = fields.List(fields.Nested(OnHandRow), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class ProposalAsked(CommandSchema):
    product_id = WholeNumber(required=True)
    amount = DecimalString(required=True)
    session_id = WholeNumber()


class PickAnswer(Schema):
    container_code = Code(required=True, attribute="container.code")
    lot_number = fields.String(required=True)
    amount = DecimalString(required=True)
    usable_until = Instant(required=True, allow_none=True, attribute="container.usable_until")
    is_opened = fields.Boolean(required=True, attribute="container.is_opened")


class BlockAnswer(Schema):
    kind = ChoiceOf(BlockKind, required=True)
    hold = ChoiceOf(HoldKind, required=True, allow_none=True)
    detail = fields.String(required=True)


class SkippedAnswer(Schema):
    container_code = Code(required=True, attribute="container.code")
    lot_number = fields.String(required=True)
    reasons = fields.List(fields.Nested(BlockAnswer), required=True)


class ProposalAnswer(Schema):
    """`short`: what the picks lack of what was asked for."""

    picks = fields.List(fields.Nested(PickAnswer), required=True)
    skipped = fields.List(fields.Nested(SkippedAnswer), required=True)
    short = DecimalString(required=True)


class PlaceAnswer(Schema):
    id = fields.Integer(required=True)
    name = fields.String(required=True)
    kind = ChoiceOf(LocationKind, required=True)
    code = Code(required=True)
    is_quarantine = fields.Boolean(required=True)


class PlacesAnswer(Schema):
    places = fields.List(fields.Nested(PlaceAnswer), required=True)


class ProductAnswer(Schema):
    id = fields.Integer(required=True)
    name = fields.String(required=True)
    regulatory_class = ChoiceOf(RegulatoryClass, required=True)
    container_kind = ChoiceOf(ContainerKind, required=True)
    unit = ChoiceOf(Unit, required=True)
    content = DecimalString(required=True)
    tracking = ChoiceOf(Tracking, required=True)
    is_injectable = fields.Boolean(required=True)


class ProductsAnswer(Schema):
    products = fields.List(fields.Nested(ProductAnswer), required=True)


class SupplierAnswer(Schema):
    id = fields.Integer(required=True)
    name = fields.String(required=True)


class SuppliersAnswer(Schema):
    suppliers = fields.List(fields.Nested(SupplierAnswer), required=True)


class StockOpenedAnswer(Schema):
    code = Code(required=True)
    remaining = DecimalString(required=True)
    usable_until = Instant(required=True, allow_none=True)
    is_usable = fields.Boolean(required=True)


class StockPlaceAnswer(Schema):
    id = fields.Integer(required=True)
    name = fields.String(required=True)
    sealed_count = fields.Integer(required=True)
    sealed = DecimalString(required=True)
    sealed_held = DecimalString(required=True)
    opened = fields.List(fields.Nested(StockOpenedAnswer), required=True)


class StockLotAnswer(Schema):
    """`until`: the last day of use, printed or of a mixture."""

    id = fields.Integer(required=True)
    lot_number = fields.String(required=True)
    expires_on = Day(required=True, allow_none=True)
    is_month_only = fields.Boolean(required=True)
    until = Day(required=True, allow_none=True)
    states = fields.List(fields.String(), required=True)
    is_blocked = fields.Boolean(required=True)
    on_hand = DecimalString(required=True)
    usable = DecimalString(required=True)
    places = fields.List(fields.Nested(StockPlaceAnswer), required=True)


class StockProductAnswer(Schema):
    """Its lots by what must be used first."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)
    kind = ChoiceOf(ContainerKind, required=True)
    unit = ChoiceOf(Unit, required=True)
    ingredient_class = ChoiceOf(IngredientClass, required=True, allow_none=True)
    regulatory_class = ChoiceOf(RegulatoryClass, required=True)
    on_hand = DecimalString(required=True)
    usable = DecimalString(required=True)
    lots = fields.List(fields.Nested(StockLotAnswer), required=True)


class StockTotalsAnswer(Schema):
    products = fields.Integer(required=True)
    lots = fields.Integer(required=True)
    sealed = fields.Integer(required=True)
    opened = fields.Integer(required=True)


class StockListAnswer(Schema):
    """`totals` are of the whole list. `next_after`: ask the next part with it as `after`."""

    products = fields.List(fields.Nested(StockProductAnswer), required=True)
    totals = fields.Nested(StockTotalsAnswer, required=True)
    next_after = fields.Integer(required=True, allow_none=True)


class StockListAsked(StockFilters):
    after = WholeNumber()


class ExpiringLotAnswer(Schema):
    product_id = fields.Integer(required=True, attribute="product.id")
    product = fields.String(required=True, attribute="product.name")
    unit = ChoiceOf(Unit, required=True, attribute="product.unit")
    lot_id = fields.Integer(required=True, attribute="lot.id")
    lot_number = fields.String(required=True, attribute="lot.lot_number")
    until = Day(required=True, attribute="lot.until")
    days_left = fields.Integer(required=True)
    on_hand = DecimalString(required=True, attribute="lot.on_hand")
    usable = DecimalString(required=True, attribute="lot.usable")
    advice = ChoiceOf(Advice, required=True)


class ExpiringAnswer(Schema):
    lots = fields.List(fields.Nested(ExpiringLotAnswer), required=True)


class ExpiringListAsked(CommandSchema):
    window = ChoiceOf(Window, load_default=Window.ANY)


class ProductToOrderAnswer(Schema):
    id = fields.Integer(required=True)
    name = fields.String(required=True)
    unit = ChoiceOf(Unit, required=True)
    usable = DecimalString(required=True)
    blocked = DecimalString(required=True)
    point = DecimalString(required=True)
    short = DecimalString(required=True)


class ProductsToOrderAnswer(Schema):
    products = fields.List(fields.Nested(ProductToOrderAnswer), required=True)
