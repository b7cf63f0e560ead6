"""Stock on hand, proposals, and the lists a program needs to name things."""

from marshmallow import Schema, fields

from blueprints.schemas import CommandSchema
from blueprints.schemas.values import ChoiceOf, Code, Day, DecimalString, Instant, WholeNumber
from inventory.rules.fefo import BlockKind
from models.vocabulary import ContainerKind, HoldKind, LocationKind, RegulatoryClass, Tracking, Unit

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
