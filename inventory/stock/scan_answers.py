"""A person's answer to what a scan of a delivery in progress asked: the scan then goes on, or is forgotten."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from inventory.access import Act
from inventory.errors import ExpiryDiffers, RecordNotFound
from inventory.stock import drafts
from inventory.stock.draft_lines import known_expiry, shown
from inventory.stock.draft_scans import plain_day, proceed
from inventory.stock.errors import DraftChanged, NotAnAnswer, SymbolOfOneBox
from inventory.stock.scan_questions import (
    ANOTHER_BOX,
    ANSWERS,
    AS_READ,
    FORGET,
    KNOWN,
    SAME_BOX,
    TAKE,
    S,
    lookalike,
    mark_answered,
    named_product,
)
from models.catalogue import Product
from models.receiving import DeliveryDraft, DraftLine, DraftScan


@dataclass(frozen=True)
class AnswerScan:
    draft_id: int
    scan_id: int
    answer: str


def answer_scan(session: Session, act: Act, command: AnswerScan) -> DeliveryDraft:
    """A person's answer to what was asked of a scan. Raises `NotAnAnswer`, `DraftChanged` where it was answered."""
    draft = drafts.draft_to_change(session, act, command.draft_id)
    row = waiting_scan(session, draft, command.scan_id)
    if command.answer not in ANSWERS[row.state]:
        raise NotAnAnswer(command.answer[:40])
    _ANSWERED[command.answer](session, act, draft, row)
    return draft


def waiting_scan(session: Session, draft: DeliveryDraft, scan_id: int) -> DraftScan:
    row = session.get(DraftScan, scan_id)
    if row is None or row.draft_id != draft.id:
        raise RecordNotFound("scan", str(scan_id))
    if not row.state.is_waiting:
        raise DraftChanged(drafts.changes_since(session, draft.id, row.version - 1))
    return row


def _forget(session: Session, act: Act, draft: DeliveryDraft, row: DraftScan) -> None:
    row.state, row.line_id = S.UNDONE, None
    row.version = drafts.note(session, act, draft, f"forgotten: scan of {row.code or row.lot_number or 'a symbol'}")


def _same(session: Session, act: Act, draft: DeliveryDraft, row: DraftScan) -> None:
    mark_answered(row, SAME_BOX)
    proceed(session, act, draft, row)


def _another(session: Session, act: Act, draft: DeliveryDraft, row: DraftScan) -> None:
    """Of a symbol that names no product only its box's other symbol can say what it is."""
    if row.product_id is None:
        _forget(session, act, draft, row)
        return
    mark_answered(row, ANOTHER_BOX)
    row.line_id = None
    proceed(session, act, draft, row)


def _take(session: Session, act: Act, draft: DeliveryDraft, row: DraftScan) -> None:
    line = session.get(DraftLine, row.line_id)
    if line is not None and line.packs > 1:
        raise SymbolOfOneBox(line.packs, line.product.name)
    mark_answered(row, TAKE)
    proceed(session, act, draft, row)


def _is_known(session: Session, act: Act, draft: DeliveryDraft, row: DraftScan) -> None:
    product = named_product(session, row)
    if row.state is S.ASKS_LOT:
        row.lot_number = lookalike(session, draft, product, row) or row.lot_number
        mark_answered(row, "lot")
    else:
        known = known_expiry(session, draft.id, product.id, row.lot_number, row.line_id)
        if known is not None:
            row.expires_on, row.is_month_only = known.expires_on, known.is_month_only
        mark_answered(row, "expiry")
    proceed(session, act, draft, row)


def _is_as_read(session: Session, act: Act, draft: DeliveryDraft, row: DraftScan) -> None:
    if row.state is S.ASKS_LOT:
        mark_answered(row, "lot")
    else:
        _correct_others(session, draft, named_product(session, row), row)
        mark_answered(row, "expiry")
    proceed(session, act, draft, row)


def _correct_others(session: Session, draft: DeliveryDraft, product: Product, row: DraftScan) -> None:
    """The other lines of the draft take the date of this box. A lot on file is corrected only under signature."""
    known = known_expiry(session, draft.id, product.id, row.lot_number, row.line_id)
    if known is not None and known.lot_id is not None:
        raise ExpiryDiffers(row.lot_number or "", shown(known.expires_on), shown(row.expires_on))
    old = {}
    for line in drafts.lines_of(session, draft.id):
        if (line.product_id, line.lot_number) == (product.id, row.lot_number) and line.id != row.line_id:
            kept = {"expires_on": plain_day(line.expires_on), "is_month_only": line.is_month_only}
            old[str(line.id)] = kept | {"has_no_expiry": line.has_no_expiry}
            line.expires_on, line.is_month_only, line.has_no_expiry = row.expires_on, row.is_month_only, False
            line.version = draft.version + 1
    row.filled = json.dumps(old)


_ANSWERED: dict[str, Callable[[Session, Act, DeliveryDraft, DraftScan], None]] = {
    FORGET: _forget,
    SAME_BOX: _same,
    ANOTHER_BOX: _another,
    TAKE: _take,
    KNOWN: _is_known,
    AS_READ: _is_as_read,
}
