"""What is scanned or typed into a scan box, and "what is this?" for a code that nobody has learnt yet."""

from typing import Any

from marshmallow import Schema, fields, validate

from blueprints.schemas import CommandSchema, Makes
from blueprints.schemas.attachments import UploadedFile
from blueprints.schemas.products import NewProductSchema
from blueprints.schemas.values import ChoiceOf, Code, Day, DecimalString, Instant, WholeNumber
from inventory import scanning
from inventory.catalogue.codes import MOST_IN_PACK
from inventory.catalogue.recognising import AddScannedProduct, LearnScan
from inventory.rules.barcodes import Scheme
from models.vocabulary import CodeScheme, ContainerKind, Unit

LONGEST_WORDS = 200


class Scanned(fields.String):
    """The text as the scanner sent it: separators and spaces may be part of the code, so nothing is cleaned."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=True, validate=validate.Length(1, scanning.LONGEST), **options)


class ScanSchema(CommandSchema):
    text = Scanned()


class LearnScanSchema(Makes):
    command = LearnScan

    scan = Scanned()
    containers_per_pack = WholeNumber(most=MOST_IN_PACK)


class PickedProductSchema(LearnScanSchema):
    """On a page the product is picked from a list."""

    product_id = WholeNumber(required=True)


class AddScannedProductSchema(NewProductSchema):
    """A new product whose number is in the scan, whatever kind of number that is."""

    command = AddScannedProduct

    scan = Scanned()


class FindForScanSchema(CommandSchema):
    """Which product the code may be on."""

    scan = Scanned()
    words = fields.String(validate=validate.Length(max=LONGEST_WORDS), load_default="")


class PhotoSchema(CommandSchema):
    photo = UploadedFile(required=True)


class WarningAnswer(Schema):
    code = fields.String(required=True, attribute="value")
    sentence = fields.String(required=True)


class SaidAnswer(Schema):
    """What the code itself says. `raw` has what cannot be seen written out."""

    scheme = ChoiceOf(Scheme, required=True)
    raw = fields.String(required=True)
    gtin = fields.String(required=True, allow_none=True)
    code = fields.String(required=True, allow_none=True)
    lot_number = fields.String(required=True, allow_none=True)
    serial = fields.String(required=True, allow_none=True)
    expires_on = Day(required=True, allow_none=True)
    is_month_only = fields.Boolean(required=True)
    manufactured_on = Day(required=True, allow_none=True)
    count = fields.Integer(required=True, allow_none=True)
    warnings = fields.List(fields.Nested(WarningAnswer), required=True)


class CodeOnBoxAnswer(Schema):
    scheme = ChoiceOf(CodeScheme, required=True)
    code = fields.String(required=True)


class ContainerMeantAnswer(Schema):
    code = Code(required=True)
    site_id = fields.Integer(required=True)
    site = fields.String(required=True)


class PlaceMeantAnswer(Schema):
    id = fields.Integer(required=True)
    name = fields.String(required=True)
    code = Code(required=True)
    site_id = fields.Integer(required=True)
    site = fields.String(required=True)


class PatientMeantAnswer(Schema):
    reference = Code(required=True)


class KnownProductAnswer(Schema):
    id = fields.Integer(required=True)
    name = fields.String(required=True)
    kind = ChoiceOf(ContainerKind, required=True)
    unit = ChoiceOf(Unit, required=True)
    is_active = fields.Boolean(required=True)
    containers_per_pack = fields.Integer(required=True)


class SealedHereAnswer(Schema):
    place_id = fields.Integer(required=True)
    place = fields.String(required=True)
    count = fields.Integer(required=True)
    held = fields.Integer(required=True)
    next_code = Code(required=True, allow_none=True)


class OpenedHereAnswer(Schema):
    code = Code(required=True)
    place = fields.String(required=True)
    remaining = DecimalString(required=True)
    usable_until = Instant(required=True, allow_none=True)
    states = fields.List(fields.String(), required=True)
    is_usable = fields.Boolean(required=True)


class AtAnotherSiteAnswer(Schema):
    site = fields.String(required=True)
    count = fields.Integer(required=True)
    amount = DecimalString(required=True)


class LotAtHandAnswer(Schema):
    id = fields.Integer(required=True)
    lot_number = fields.String(required=True)
    product_id = fields.Integer(required=True)
    product_name = fields.String(required=True)
    kind = ChoiceOf(ContainerKind, required=True)
    unit = ChoiceOf(Unit, required=True)
    expires_on = Day(required=True, allow_none=True)
    is_month_only = fields.Boolean(required=True)
    states = fields.List(fields.String(), required=True)
    merged_into = fields.String(required=True, allow_none=True)
    sealed = fields.List(fields.Nested(SealedHereAnswer), required=True)
    opened = fields.List(fields.Nested(OpenedHereAnswer), required=True)
    elsewhere = fields.List(fields.Nested(AtAnotherSiteAnswer), required=True)


class LotMeantAnswer(Schema):
    id = fields.Integer(required=True)
    lot_number = fields.String(required=True)
    product_name = fields.String(required=True)
    expires_on = Day(required=True, allow_none=True)


class ProductMeantAnswer(Schema):
    id = fields.Integer(required=True)
    name = fields.String(required=True)
    brand = fields.String(required=True, allow_none=True)
    is_active = fields.Boolean(required=True)


class ScanAnswer(Schema):
    """What it meant. `lots` and `products` are what words found."""

    meaning = ChoiceOf(scanning.Meaning, required=True)
    said = fields.Nested(SaidAnswer, required=True, allow_none=True)
    on_box = fields.Nested(CodeOnBoxAnswer, required=True, allow_none=True)
    container = fields.Nested(ContainerMeantAnswer, required=True, allow_none=True)
    place = fields.Nested(PlaceMeantAnswer, required=True, allow_none=True)
    patient = fields.Nested(PatientMeantAnswer, required=True, allow_none=True)
    lot = fields.Nested(LotAtHandAnswer, required=True, allow_none=True)
    product = fields.Nested(KnownProductAnswer, required=True, allow_none=True)
    other_expiry = fields.Boolean(required=True)
    suggested = fields.List(fields.Nested(KnownProductAnswer), required=True)
    lots = fields.List(fields.Nested(LotMeantAnswer), required=True)
    products = fields.List(fields.Nested(ProductMeantAnswer), required=True)
