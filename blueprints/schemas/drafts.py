"""Deliveries in progress: begun, scanned, typed, asked about, booked or put away."""

from marshmallow import Schema, fields, validate

from blueprints.schemas import Makes
from blueprints.schemas.attachments import UploadedFile
from blueprints.schemas.values import (
    ChoiceOf,
    Day,
    DecimalString,
    Instant,
    Line,
    MoneyString,
    Note,
    WholeNumber,
    YesNo,
)
from inventory.catalogue.codes import MOST_IN_PACK
from inventory.stock.draft_attaching import AddDraftFile, RemoveDraftFile
from inventory.stock.draft_lines import MOST_PACKS, AddLine, ChangeLine, RemoveLine
from inventory.stock.draft_scans import AddScan, UndoScan
from inventory.stock.drafts import ChangeDraft, DiscardDraft, SaveDraft, StartDraft
from inventory.stock.lots import LONGEST_LOT_NUMBER
from inventory.stock.receiving import LONGEST_SCAN, MOST_CONTAINERS
from inventory.stock.scan_answers import AnswerScan
from inventory.stock.scan_products import MakeProductForScan, NameScan
from models.vocabulary import (
    AttachmentKind,
    CodeScheme,
    ContainerKind,
    DeliveryLineKind,
    DraftScanState,
    FileType,
    RegulatoryClass,
    Tracking,
    Unit,
)

LONGEST_DATE = 40


class StartDraftSchema(Makes):
    command = StartDraft

    supplier_id = WholeNumber(required=True)
    reference = Line("Reference", required=True)
    location_id = WholeNumber(required=True)


class ChangeDraftSchema(Makes):
    command = ChangeDraft

    version = WholeNumber(required=True)
    supplier_id = WholeNumber(required=True)
    reference = Line("Reference", required=True)
    location_id = WholeNumber(required=True)


class DiscardDraftSchema(Makes):
    command = DiscardDraft

    version = WholeNumber(required=True)


class SaveDraftSchema(Makes):
    command = SaveDraft

    version = WholeNumber(required=True)


class AddScanSchema(Makes):
    command = AddScan

    text = fields.String(required=True, validate=validate.Length(1, LONGEST_SCAN))  # as the scanner sent it
    kind = ChoiceOf(DeliveryLineKind)


class AnswerScanSchema(Makes):
    command = AnswerScan

    answer = fields.String(required=True, validate=validate.Length(1, 40))


class UndoScanSchema(Makes):
    command = UndoScan

    scan_id = WholeNumber(required=True)


class LineContentSchema(Makes):
    """`expires`: as printed or short, or `none` where no date is printed."""

    lot_number = Line("Lot number", longest=LONGEST_LOT_NUMBER)
    expires = Line("Expiry", longest=LONGEST_DATE)
    packs = WholeNumber(most=MOST_PACKS)
    per_pack = WholeNumber(most=MOST_CONTAINERS)
    kind = ChoiceOf(DeliveryLineKind)
    damaged = WholeNumber(least=0, most=MOST_CONTAINERS)
    damage_reason = Line("What is damaged")
    unit_cost = MoneyString()
    is_another_lot = YesNo()


class AddLineSchema(LineContentSchema):
    command = AddLine

    product = Line("Product", required=True)


class ChangeLineSchema(LineContentSchema):
    command = ChangeLine

    version = WholeNumber(required=True)


class RemoveLineSchema(Makes):
    command = RemoveLine

    version = WholeNumber(required=True)


class AddDraftFileSchema(Makes):
    command = AddDraftFile

    file = UploadedFile(required=True)
    kind = ChoiceOf(AttachmentKind, required=True)
    line_id = WholeNumber()
    note = Note("Note")


class RemoveDraftFileSchema(Makes):
    command = RemoveDraftFile


class NameScanSchema(Makes):
    command = NameScan

    product_id = WholeNumber(required=True)
    containers_per_pack = WholeNumber(most=MOST_IN_PACK)


class MakeProductForScanSchema(Makes):
    command = MakeProductForScan

    name = Line("Name", required=True)
    regulatory_class = ChoiceOf(RegulatoryClass, required=True)
    container_kind = ChoiceOf(ContainerKind, required=True)
    unit = ChoiceOf(Unit, required=True)
    content = DecimalString(required=True)
    tracking = ChoiceOf(Tracking)
    containers_per_pack = WholeNumber(most=MOST_IN_PACK)


class DraftLineAnswer(Schema):
    """`missing`: the fields to fill before it can be booked. `hold_cause`: why all of it will come in blocked."""

    id = fields.Integer(required=True)
    version = fields.Integer(required=True)
    product_id = fields.Integer(required=True)
    product_name = fields.String(required=True)
    lot_number = fields.String(required=True, allow_none=True)
    expires_on = Day(required=True, allow_none=True)
    is_month_only = fields.Boolean(required=True)
    has_no_expiry = fields.Boolean(required=True)
    kind = ChoiceOf(DeliveryLineKind, required=True)
    packs = fields.Integer(required=True)
    per_pack = fields.Integer(required=True)
    containers = fields.Integer(required=True)
    damaged = fields.Integer(required=True)
    damage_reason = fields.String(required=True, allow_none=True)
    unit_cost = MoneyString(required=True, allow_none=True)
    serials = fields.List(fields.String(), required=True)
    words = fields.String(required=True)
    missing = fields.List(fields.String(), required=True)
    hold_cause = fields.String(required=True, allow_none=True)


class DraftScanAnswer(Schema):
    """`said`: what it meant, or what it asks. `answers`: what may be answered. `known`: the other lot or expiry.

    `count`: how many vials the code says are in the box, while it is asked what product that is.
    """

    id = fields.Integer(required=True)
    state = ChoiceOf(DraftScanState, required=True)
    said = fields.String(required=True)
    raw = fields.String(required=True)
    scheme = ChoiceOf(CodeScheme, required=True, allow_none=True)
    code = fields.String(required=True, allow_none=True)
    lot_number = fields.String(required=True, allow_none=True)
    expires_on = Day(required=True, allow_none=True)
    serial = fields.String(required=True, allow_none=True)
    count = fields.Integer(required=True, allow_none=True)
    answers = fields.List(fields.String(), required=True)
    known = fields.String(required=True, allow_none=True)


class DraftFileAnswer(Schema):
    """A certificate or photo brought already. `line_id`: of that line, else of the delivery as a whole."""

    id = fields.Integer(required=True)
    line_id = fields.Integer(required=True, allow_none=True)
    kind = ChoiceOf(AttachmentKind, required=True)
    name = fields.String(required=True)
    file_type = ChoiceOf(FileType, required=True)
    size = fields.Integer(required=True)
    note = fields.String(required=True, allow_none=True)
    added_at = Instant(required=True)
    added_by = fields.String(required=True)


class DraftAnswer(Schema):
    id = fields.Integer(required=True)
    version = fields.Integer(required=True)
    site_id = fields.Integer(required=True)
    supplier_id = fields.Integer(required=True)
    supplier = fields.String(required=True)
    reference = fields.String(required=True)
    location_id = fields.Integer(required=True)
    started_at = Instant(required=True)
    started_by = fields.String(required=True)
    changed_at = Instant(required=True)
    changed_by = fields.String(required=True)
    delivery_id = fields.Integer(required=True, allow_none=True)
    discarded_at = Instant(required=True, allow_none=True)
    lines = fields.List(fields.Nested(DraftLineAnswer), required=True)
    files = fields.List(fields.Nested(DraftFileAnswer), required=True)
    questions = fields.List(fields.Nested(DraftScanAnswer), required=True)
    last_scan = fields.Nested(DraftScanAnswer, required=True, allow_none=True)


class DraftSummaryAnswer(Schema):
    id = fields.Integer(required=True)
    supplier = fields.String(required=True)
    reference = fields.String(required=True)
    started_at = Instant(required=True)
    started_by = fields.String(required=True)
    changed_at = Instant(required=True)
    changed_by = fields.String(required=True)
    lines = fields.Integer(required=True)
    questions = fields.Integer(required=True)


class DraftsAnswer(Schema):
    drafts = fields.List(fields.Nested(DraftSummaryAnswer), required=True)
