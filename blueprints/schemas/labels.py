"""Which labels are asked for, on what they are printed, and a site's own label stock."""

from typing import Any

from marshmallow import Schema, fields, post_load

from blueprints.schemas import CommandSchema, Makes
from blueprints.schemas.values import (
    ChoiceOf,
    Code,
    DecimalString,
    DecimalStringOrZero,
    Line,
    Note,
    Several,
    WholeNumber,
)
from inventory.labelling.media import AddMedium, ChooseLanguage
from inventory.labelling.prints import PrintLabels
from inventory.labelling.selecting import MOST_AT_ONCE, LabelsAsked
from models.vocabulary import LabelKind, LabelLanguage

_ASKED = ("kind", "codes", "delivery_id", "entry_id", "lot_id", "place_ids")
MOST_TYPED = 1_000_000


class _Printing(CommandSchema):
    kind = ChoiceOf(LabelKind, load_default=LabelKind.CONTAINER)
    delivery_id = WholeNumber()
    entry_id = WholeNumber()
    lot_id = WholeNumber()
    medium = Line("Label", longest=40)
    # Larger numbers are refused by the service, which knows the sheet.
    start = WholeNumber(most=MOST_TYPED)
    copies = WholeNumber(most=MOST_TYPED)


def _command(data: dict[str, Any]) -> PrintLabels:
    asked = LabelsAsked(**{name: data.pop(name) for name in _ASKED if name in data})
    return PrintLabels(asked, **data)


class LabelsAskedSchema(_Printing):
    """In an address, where `code` and `place_id` may stand several times."""

    code = Several(Code(), most=MOST_AT_ONCE)
    place_id = Several(WholeNumber(), most=MOST_AT_ONCE)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> PrintLabels:
        several = {"codes": data.pop("code", ()), "place_ids": data.pop("place_id", ())}
        return _command(data | several)


class PrintPageSchema(LabelsAskedSchema):
    """The same in a form. `is_by_hand`: there is no printer."""

    reason = Note("Reason", longest=200)


class PrintLabelsSchema(_Printing, Makes):
    """Print labels; the answer leads to the PDF."""

    command = PrintLabels

    codes = Several(Code(), most=MOST_AT_ONCE)
    place_ids = Several(WholeNumber(), most=MOST_AT_ONCE)
    medium = Line("Label", longest=40, required=True)
    reason = Note("Reason", longest=200)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> PrintLabels:
        return _command(data)


class AddMediumSchema(Makes):
    """Lengths in millimetres."""

    command = AddMedium

    name = Line("Name", longest=80, required=True)
    page_width = DecimalString(required=True)
    page_height = DecimalString(required=True)
    width = DecimalString(required=True)
    height = DecimalString(required=True)
    columns = WholeNumber(most=500)
    rows = WholeNumber(most=500)
    left_margin = DecimalStringOrZero()
    top_margin = DecimalStringOrZero()
    pitch_x = DecimalStringOrZero()
    pitch_y = DecimalStringOrZero()
    inset = DecimalStringOrZero()
    dpi = WholeNumber(most=2400)


class ChooseLanguageSchema(Makes):
    command = ChooseLanguage

    language = ChoiceOf(LabelLanguage, required=True)


class SheetAnswer(Schema):
    """`pdf`: its bytes in Base64. To be had for a few minutes, by who printed it."""

    sheet_id = fields.Integer(required=True)
    medium = fields.String(required=True)
    labels = fields.Integer(required=True)
    copies = fields.Integer(required=True)
    pdf = fields.String(required=True)
