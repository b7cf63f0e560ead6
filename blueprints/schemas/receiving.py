"""Stock that comes in: deliveries, and what stands on the shelf when the clinic starts."""

from marshmallow import fields, validate

from blueprints.schemas import Makes
from blueprints.schemas.values import (
    ChoiceOf,
    Day,
    DecimalString,
    Instant,
    Line,
    MoneyString,
    Note,
    Several,
    WholeNumber,
    YesNo,
)
from inventory.rules.parts import Part
from inventory.stock.lots import LONGEST_LOT_NUMBER
from inventory.stock.receiving import (
    LONGEST_GTIN,
    LONGEST_SCAN,
    LONGEST_SERIAL,
    MOST_CONTAINERS,
    ReceiveDelivery,
    ReceiveLine,
    SerialPack,
)
from inventory.stock.shelf import OpeningLine, RecordOpeningStock
from models.vocabulary import DeliveryLineKind

MOST_LINES = 200


class SerialPackSchema(Makes):
    command = SerialPack

    gtin = Line("GTIN", longest=LONGEST_GTIN, required=True)
    serial = Line("Serial number", longest=LONGEST_SERIAL, required=True)


class ReceiveLineSchema(Makes):
    command = ReceiveLine

    product_id = WholeNumber(required=True)
    lot_number = Line("Lot number", longest=LONGEST_LOT_NUMBER, required=True)
    expires_on = Day(required=True, allow_none=True)
    containers = WholeNumber(required=True, most=MOST_CONTAINERS)
    is_month_only = YesNo()
    kind = ChoiceOf(DeliveryLineKind)
    damaged = WholeNumber(least=0, most=MOST_CONTAINERS)
    hold_cause = Note("Cause")
    unit_cost = MoneyString()
    raw_scan = fields.String(validate=validate.Length(1, LONGEST_SCAN))  # as the scanner sent it, separators and all
    gtin = Line("GTIN", longest=LONGEST_GTIN)
    serial = Line("Serial number", longest=LONGEST_SERIAL)
    damage_reason = Line("What is damaged")
    packs = Several(fields.Nested(SerialPackSchema), most=MOST_CONTAINERS, least=0)
    per_pack = WholeNumber(most=MOST_CONTAINERS)
    is_another_lot = YesNo()


class ReceiveDeliverySchema(Makes):
    command = ReceiveDelivery

    supplier_id = WholeNumber(required=True)
    reference = Line("Reference", required=True)
    location_id = WholeNumber(required=True)
    lines = Several(fields.Nested(ReceiveLineSchema), most=MOST_LINES, required=True)
    received_at = Instant()


class OpeningLineSchema(Makes):
    command = OpeningLine

    product_id = WholeNumber(required=True)
    lot_number = Line("Lot number", longest=LONGEST_LOT_NUMBER, required=True, allow_none=True)
    expires_on = Day(required=True, allow_none=True)
    containers = WholeNumber(most=MOST_CONTAINERS)
    is_month_only = YesNo()
    remaining = DecimalString()
    part = ChoiceOf(Part)
    hold_cause = Note("Cause")
    opened_at = Instant()
    is_opening_unknown = YesNo()
    is_lot_unreadable = YesNo()
    is_expiry_unreadable = YesNo()
    can_be_read = Note("What can be read")
    raw_scan = fields.String(validate=validate.Length(1, LONGEST_SCAN))
    gtin = Line("GTIN", longest=LONGEST_GTIN)
    serial = Line("Serial number", longest=LONGEST_SERIAL)
    is_another_lot = YesNo()


class RecordOpeningStockSchema(Makes):
    command = RecordOpeningStock

    location_id = WholeNumber(required=True)
    lines = Several(fields.Nested(OpeningLineSchema), most=MOST_LINES, required=True)
