"""The form of the first count, and what is declared of a place and a site.

The form takes what people type at the shelf: dates in short, packs times what is in each, how full an opened vial is.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Any

from marshmallow import ValidationError, fields, post_load, validate

from blueprints.schemas import CommandSchema, Makes, Text
from blueprints.schemas.attachments import UploadedFile
from blueprints.schemas.values import ChoiceOf, Day, DecimalString, Line, Note, WholeNumber, YesNo
from inventory.errors import InvalidInput
from inventory.rules.parts import Part
from inventory.rules.typed_expiry import typed_expiry
from inventory.rules.typed_openings import typed_opening
from inventory.stock.completeness import DeclareComplete, DeclarePlaceDone, ReopenPlace
from inventory.stock.lots import LONGEST_LOT_NUMBER
from inventory.stock.opening_stock import RecordWithPhoto, TakeBack
from inventory.stock.receiving import LONGEST_GTIN, LONGEST_SCAN, LONGEST_SERIAL, MOST_CONTAINERS
from inventory.stock.shelf import OpeningLine, RecordOpeningStock

LONGEST_DATE = 40


class Fullness(StrEnum):
    """Sealed, or how much of an opened one is left; `AMOUNT`: as typed."""

    SEALED = "sealed"
    QUARTER = Part.QUARTER.value
    HALF = Part.HALF.value
    THREE_QUARTERS = Part.THREE_QUARTERS.value
    WHOLE = Part.WHOLE.value
    AMOUNT = "amount"


class ScanOnShelfSchema(CommandSchema):
    """`before`: what was scanned just before and is not recorded yet; of two codes of one box both, a line each."""

    scan = fields.String(required=True, validate=validate.Length(1, LONGEST_SCAN))
    before = fields.String(validate=validate.Length(1, 2 * LONGEST_SCAN))
    scanned_times = WholeNumber(most=MOST_CONTAINERS, load_default=1)


class DateTypedSchema(CommandSchema):
    expires = Text(validate=validate.Length(max=LONGEST_DATE), load_default="")


@contextmanager
def _at(field: str) -> Iterator[None]:
    """A refusal of what was typed becomes the message of its field."""
    try:
        yield
    except InvalidInput as refusal:
        raise ValidationError(str(refusal), field) from None


class OpeningFormSchema(Makes):
    """`known`: location_id, and the day and zone of the site, by which short dates are read.

    `packs` left empty: as often as the code was scanned.
    """

    command = RecordWithPhoto

    product_id = WholeNumber(required=True)
    lot_number = Line("Lot number", longest=LONGEST_LOT_NUMBER)
    expires = Text(validate=validate.Length(max=LONGEST_DATE))
    packs = WholeNumber(most=MOST_CONTAINERS)
    scanned_times = WholeNumber(most=MOST_CONTAINERS, load_default=1)
    in_each = WholeNumber(most=MOST_CONTAINERS, load_default=1)
    fullness = ChoiceOf(Fullness, load_default=Fullness.SEALED)
    remaining = DecimalString()
    opened = Text(validate=validate.Length(max=LONGEST_DATE))
    is_opening_unknown = YesNo(load_default=False)
    is_lot_unreadable = YesNo(load_default=False)
    is_expiry_unreadable = YesNo(load_default=False)
    can_be_read = Note("What can be read")
    hold_cause = Note("Why it is blocked")
    raw_scan = fields.String(validate=validate.Length(1, 2 * LONGEST_SCAN))
    gtin = Line("GTIN", longest=LONGEST_GTIN)
    serial = Line("Serial number", longest=LONGEST_SERIAL)
    is_another_lot = YesNo(load_default=False)
    photo = UploadedFile()

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> RecordWithPhoto:
        packs = data.get("packs", data["scanned_times"])
        if packs > 1 and "serial" in data:
            raise ValidationError("A box with a serial number is one box: record it alone.", "packs")
        line = OpeningLine(
            product_id=data["product_id"],
            containers=packs * data["in_each"],
            hold_cause=data.get("hold_cause"),
            can_be_read=data.get("can_be_read"),
            raw_scan=data.get("raw_scan"),
            gtin=data.get("gtin"),
            serial=data.get("serial"),
            is_another_lot=data["is_another_lot"],
            **self._lot(data),
            **self._opening(data),
        )
        return RecordWithPhoto(RecordOpeningStock(self.known["location_id"], (line,)), data.get("photo"))

    def _lot(self, data: dict[str, Any]) -> dict[str, Any]:
        lot_number, expires = data.get("lot_number"), data.get("expires")
        facts = {name: data[name] for name in ("is_lot_unreadable", "is_expiry_unreadable")}
        if lot_number is None and not facts["is_lot_unreadable"]:
            raise ValidationError("Enter the lot number, or say that it cannot be read.", "lot_number")
        if expires is None:
            if not facts["is_expiry_unreadable"]:
                raise ValidationError("Enter the expiry, or say that it cannot be read.", "expires")
            return {"lot_number": lot_number, "expires_on": None, **facts}
        with _at("expires"):
            printed = typed_expiry(expires, self.known["today"])
        return {
            "lot_number": lot_number,
            "expires_on": printed.expires_on,
            "is_month_only": printed.is_month_only,
            **facts,
        }

    def _opening(self, data: dict[str, Any]) -> dict[str, Any]:
        fullness, opened = data["fullness"], data.get("opened")
        if fullness is Fullness.SEALED:
            if opened is not None or data["is_opening_unknown"] or "remaining" in data:
                raise ValidationError("Say how much is left in it, if it was opened.", "fullness")
            return {}
        if fullness is Fullness.AMOUNT and "remaining" not in data:
            raise ValidationError("Enter how much is left in it.", "remaining")
        if opened is None and not data["is_opening_unknown"]:
            raise ValidationError("Enter when it was opened, or say that nobody knows.", "opened")
        if opened is not None and data["is_opening_unknown"]:
            raise ValidationError("Either the day, or that nobody knows it.", "opened")
        left = {"remaining": data["remaining"]} if fullness is Fullness.AMOUNT else {"part": Part(fullness.value)}
        if opened is None:
            return {**left, "is_opening_unknown": True}
        with _at("opened"):
            return {**left, "opened_at": typed_opening(opened, self.known["today"], self.known["zone"])}


class TakeBackSchema(Makes):
    command = TakeBack

    reason = Note("Reason")


class DeclarePlaceDoneSchema(Makes):
    command = DeclarePlaceDone


class ReopenPlaceSchema(Makes):
    command = ReopenPlace

    reason = Note("Reason", required=True)


class DeclareCompleteSchema(Makes):
    command = DeclareComplete

    since_on = Day()
