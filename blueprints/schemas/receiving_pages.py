"""What the receiving pages ask for in their addresses, and a scan as their form sends it."""

from marshmallow import fields, validate

from blueprints.schemas import CommandSchema
from blueprints.schemas.values import ChoiceOf, WholeNumber
from inventory.stock.receiving import LONGEST_SCAN
from models.vocabulary import DeliveryLineKind


class ReceivingAsked(CommandSchema):
    """`line`: the line to change. `kind`: of the next scans."""

    line = WholeNumber()
    kind = ChoiceOf(DeliveryLineKind)


class UnknownAsked(CommandSchema):
    text = fields.String(validate=validate.Length(max=200))


class ScanFormSchema(CommandSchema):
    """`seen`: the version of the draft that the person saw, to tell what others did meanwhile."""

    text = fields.String(required=True, validate=validate.Length(1, LONGEST_SCAN))  # as the scanner sent it
    kind = ChoiceOf(DeliveryLineKind, load_default=DeliveryLineKind.BOUGHT)
    seen = WholeNumber(load_default=None)
