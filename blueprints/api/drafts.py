"""Deliveries in progress: begun, scanned, asked about, booked or put away, by the services that the screen uses."""

from flask import Response, url_for
from sqlalchemy.orm import Session

from blueprints.api.operations import Operations
from blueprints.attaching import handed_out
from blueprints.frame import units
from blueprints.schemas.drafts import (
    AddDraftFileSchema,
    AddLineSchema,
    AddScanSchema,
    AnswerScanSchema,
    ChangeDraftSchema,
    ChangeLineSchema,
    DiscardDraftSchema,
    DraftAnswer,
    DraftsAnswer,
    MakeProductForScanSchema,
    NameScanSchema,
    RemoveDraftFileSchema,
    RemoveLineSchema,
    SaveDraftSchema,
    StartDraftSchema,
    UndoScanSchema,
)
from blueprints.schemas.saved import SavedDelivery, SavedDraft, SavedDraftFile, SavedDraftLine
from blueprints.unit_of_work import at_site, in_unit
from blueprints.visitor import current_actor, current_site_id
from inventory.access import Act, Permission
from inventory.evidence.audit import ORGANISATION_CHAIN
from inventory.stock import draft_attaching, draft_lines, draft_scans, drafts, scan_answers, scan_products
from inventory.stock.draft_attaching import AddDraftFile, RemoveDraftFile
from inventory.stock.draft_facts import DraftFacts, DraftSummary, draft_facts, list_drafts
from inventory.stock.draft_lines import AddLine, ChangeLine, RemoveLine
from inventory.stock.draft_scans import AddScan, UndoScan
from inventory.stock.drafts import ChangeDraft, DiscardDraft, SaveDraft, StartDraft
from inventory.stock.scan_answers import AnswerScan
from inventory.stock.scan_products import MakeProductForScan, NameScan
from inventory.units import Answer, Scope
from models.receiving import DeliveryDraft, DraftLine

operations = Operations(
    "drafts",
    "Deliveries in progress",
    "Entered scan by scan. They touch no stock until they are saved as one delivery.",
)
ONE = "/deliveries-in-progress/<int:draft_id>"


def _saved(draft: DeliveryDraft, status: int = 201) -> Answer:
    where = url_for("api_drafts.show_draft", draft_id=draft.id)
    return Answer(status, where, {"draft_id": draft.id, "version": draft.version})


def _saved_line(line: DraftLine) -> Answer:
    where = url_for("api_drafts.show_draft", draft_id=line.draft_id)
    return Answer(201, where, {"draft_id": line.draft_id, "line_id": line.id, "version": line.version})


def _with_catalogue() -> Scope:
    """A code is learnt for the organisation, and the draft is the site's: both are locked."""
    return Scope(frozenset({ORGANISATION_CHAIN, current_site_id()}))


@operations.query("/deliveries-in-progress", Permission.RECEIVE_STOCK, DraftsAnswer)
def list_deliveries_in_progress() -> dict[str, list[DraftSummary]]:
    """Those of the present site, the one touched last first."""
    with units().reading() as session:
        return {"drafts": list_drafts(session, site_id=current_site_id())}


@operations.command("/deliveries-in-progress", StartDraftSchema, Permission.RECEIVE_STOCK, SavedDraft)
def start_draft(command: StartDraft) -> Answer:
    """Begin a delivery."""
    return at_site(lambda session, act: _saved(drafts.start_draft(session, act, command)))


@operations.query(ONE, Permission.RECEIVE_STOCK, DraftAnswer)
def show_draft(draft_id: int) -> DraftFacts:
    """A delivery in progress with its lines, what its scans ask, and the scan that is undone next."""
    with units().reading() as session:
        return draft_facts(session, actor=current_actor(), draft_id=draft_id, now=units().clock.now())


@operations.command(f"{ONE}/address", ChangeDraftSchema, Permission.RECEIVE_STOCK, SavedDraft)
def change_draft(command: ChangeDraft) -> Answer:
    """Change supplier, reference or place."""
    return at_site(lambda session, act: _saved(drafts.change_draft(session, act, command)))


@operations.command(f"{ONE}/scans", AddScanSchema, Permission.RECEIVE_STOCK, SavedDraft)
def add_scan(command: AddScan) -> Answer:
    """Take a scan.

    It makes a line or adds a box to one, or asks something first. A plain number of at most four digits is how many
    boxes the line has that was changed last.
    """
    return at_site(lambda session, act: _saved(draft_scans.add_scan(session, act, command)))


@operations.command(f"{ONE}/scans/<int:scan_id>/answer", AnswerScanSchema, Permission.RECEIVE_STOCK, SavedDraft)
def answer_scan(command: AnswerScan) -> Answer:
    """Answer what a scan asks, with one of its `answers`."""
    return at_site(lambda session, act: _saved(scan_answers.answer_scan(session, act, command)))


@operations.command(f"{ONE}/scans/<int:scan_id>/product", NameScanSchema, Permission.MANAGE_CATALOGUE, SavedDraft)
def name_scan(command: NameScan) -> Answer:
    """Say which product an unknown code is; it is learnt, and the scan goes on."""
    return in_unit(_with_catalogue(), lambda session, act: _saved(scan_products.name_scan(session, act, command)))


@operations.command(
    f"{ONE}/scans/<int:scan_id>/new-product", MakeProductForScanSchema, Permission.MANAGE_CATALOGUE, SavedDraft
)
def make_product_for_scan(command: MakeProductForScan) -> Answer:
    """Make the product that an unknown code is."""
    return in_unit(
        _with_catalogue(), lambda session, act: _saved(scan_products.make_product_for_scan(session, act, command))
    )


@operations.command(f"{ONE}/undo", UndoScanSchema, Permission.RECEIVE_STOCK, SavedDraft)
def undo_scan(command: UndoScan) -> Answer:
    """Take back what the last scan did. Name the one that you saw as the last."""
    return at_site(lambda session, act: _saved(draft_scans.undo_scan(session, act, command)))


@operations.command(f"{ONE}/lines", AddLineSchema, Permission.RECEIVE_STOCK, SavedDraftLine)
def add_line(command: AddLine) -> Answer:
    """Type a line without a scan."""

    def work(session: Session, act: Act) -> Answer:
        return _saved_line(draft_lines.add_line(session, act, command))

    return at_site(work)


@operations.command(f"{ONE}/lines/<int:line_id>", ChangeLineSchema, Permission.RECEIVE_STOCK, SavedDraftLine)
def change_line(command: ChangeLine) -> Answer:
    """The whole line as it should be; `version` is the line's."""
    return at_site(lambda session, act: _saved_line(draft_lines.change_line(session, act, command)))


@operations.command(f"{ONE}/lines/<int:line_id>/removal", RemoveLineSchema, Permission.RECEIVE_STOCK, SavedDraft)
def remove_line(command: RemoveLine) -> Answer:
    """The line goes, with the scans that made it."""
    return at_site(lambda session, act: _saved(draft_lines.remove_line(session, act, command)))


@operations.upload(f"{ONE}/files", AddDraftFileSchema, Permission.ATTACH_FILE, SavedDraftFile)
def add_draft_file(command: AddDraftFile) -> Answer:
    """Bring a certificate or photo.

    It is checked as an attachment is, and becomes one of the delivery, or of its line, when the delivery is saved.
    """

    def work(session: Session, act: Act) -> Answer:
        file = draft_attaching.add_draft_file(session, act, command)
        draft = drafts.get_draft(session, act, file.draft_id)
        answer = _saved(draft)
        return Answer(answer.status, answer.location, {**answer.ids, "file_id": file.id})

    return at_site(work)


@operations.file(f"{ONE}/files/<int:file_id>", Permission.RECEIVE_STOCK)
def hand_out_draft_file(draft_id: int, file_id: int) -> Response:
    """The file itself."""
    with units().reading() as session:
        actor = current_actor()
        return handed_out(draft_attaching.kept_draft_file(session, actor=actor, draft_id=draft_id, file_id=file_id))


@operations.command(f"{ONE}/files/<int:file_id>/removal", RemoveDraftFileSchema, Permission.ATTACH_FILE, SavedDraft)
def remove_draft_file(command: RemoveDraftFile) -> Answer:
    """Remove a file that was brought by mistake. Nothing of it is kept."""
    return at_site(lambda session, act: _saved(draft_attaching.remove_draft_file(session, act, command)))


@operations.command(f"{ONE}/saving", SaveDraftSchema, Permission.RECEIVE_STOCK, SavedDelivery)
def save_draft(command: SaveDraft) -> Answer:
    """Book all lines as one delivery, once. Saved again, it answers the same delivery."""

    def work(session: Session, act: Act) -> Answer:
        delivery = drafts.save_draft(session, act, command)
        where = url_for("api_receiving.show_delivery", delivery_id=delivery.id)
        return Answer(201, where, {"delivery_id": delivery.id})

    return at_site(work)


@operations.command(f"{ONE}/discarding", DiscardDraftSchema, Permission.RECEIVE_STOCK, SavedDraft)
def discard_draft(command: DiscardDraft) -> Answer:
    """Put it away. Nothing of it is booked, and its files are not kept."""
    return at_site(lambda session, act: _saved(drafts.discard_draft(session, act, command)))
