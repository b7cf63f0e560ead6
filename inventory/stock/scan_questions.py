"""What a scan of a delivery in progress asks before it is taken, in words, and what may be answered.

A lot that looks like a known one (LOT-04), another expiry of one lot (LOT-01), a second symbol of a box (SCN-15).
Nothing is decided here, and an answered question is not asked again.
"""

from sqlalchemy.orm import Session

from inventory.access import Act
from inventory.errors import RecordNotFound
from inventory.rules.barcodes import Scan, merge, read_second_code
from inventory.rules.lookalikes import find_lookalike
from inventory.stock import dating, draft_lines, drafts
from inventory.stock.draft_lines import KnownExpiry, known_expiry, shown
from models.catalogue import Product
from models.receiving import DeliveryDraft, DraftLine, DraftScan
from models.vocabulary import DraftScanState

S = DraftScanState

FORGET, SAME_BOX, ANOTHER_BOX, TAKE, KNOWN, AS_READ = "forget", "same_box", "another_box", "take", "known", "as_read"
ANSWERS = {
    S.ASKS_PRODUCT: (FORGET,),
    S.ASKS_SAME_BOX: (SAME_BOX, ANOTHER_BOX, FORGET),
    S.ASKS_CONFLICT: (TAKE, FORGET),
    S.ASKS_LOT: (KNOWN, AS_READ, FORGET),
    S.ASKS_EXPIRY: (KNOWN, AS_READ, FORGET),
}

Asked = tuple[DraftScanState, str]


def asks_lot(session: Session, draft: DeliveryDraft, product: Product, row: DraftScan) -> Asked | None:
    known = lookalike(session, draft, product, row)
    if known is None or has_answered(row, "lot"):
        return None
    return S.ASKS_LOT, f"{product.name}: is it the known lot {known}, or really {row.lot_number}?"


def lookalike_of(session: Session, draft: DeliveryDraft, row: DraftScan) -> str | None:
    """The known lot that a scanned one looks like."""
    return lookalike(session, draft, named_product(session, row), row)


def lookalike(session: Session, draft: DeliveryDraft, product: Product, row: DraftScan) -> str | None:
    if row.lot_number is None:
        return None
    return find_lookalike(row.lot_number, draft_lines.known_numbers(session, draft.id, product.id))


def asks_same_box(session: Session, draft: DeliveryDraft, product: Product, row: DraftScan) -> Asked | None:
    if has_answered(row, SAME_BOX) or has_answered(row, ANOTHER_BOX) or has_answered(row, TAKE):
        return None
    for line in reversed(drafts.lines_of(session, draft.id)):
        if line.product_id == product.id and _would_complete(line, row):
            row.line_id = line.id
            return S.ASKS_SAME_BOX, same_box(line, row)
    return None


def _would_complete(line: DraftLine, row: DraftScan) -> bool:
    """Whether the scan says what the line lacks, and nothing else than it says."""
    fits = line.expires_on in (None, row.expires_on) or row.expires_on is None
    if line.lot_number is None:
        return fits and row.lot_number is not None
    lacks_date = line.expires_on is None and not line.has_no_expiry
    return line.lot_number == row.lot_number and lacks_date and row.expires_on is not None


def same_box(line: DraftLine, row: DraftScan) -> str:
    says = [f"lot {row.lot_number}"] if row.lot_number else []
    says += [f"use by {row.expires_on.isoformat()}"] if row.expires_on else []
    says += [f"serial number {row.serial}"] if row.serial else []
    what = ", ".join(says) or "nothing new"
    return f"{what[0].upper()}{what[1:]}: is it the same box as {draft_lines.words(line)}?"


def asks_expiry(session: Session, draft: DeliveryDraft, product: Product, row: DraftScan) -> Asked | None:
    if row.expires_on is None or has_answered(row, "expiry"):
        return None
    known = known_expiry(session, draft.id, product.id, row.lot_number, row.line_id)
    if known is None or known.expires_on == row.expires_on:
        return None
    where = "on file" if known.lot_id is not None else "on another line"
    said = (
        f"{product.name}, lot {row.lot_number}: use by {shown(known.expires_on)} {where},"
        f" {shown(row.expires_on)} on this box. One lot has one expiry date: which is right?"
    )
    return S.ASKS_EXPIRY, said


def known_expiry_of(session: Session, draft: DeliveryDraft, row: DraftScan) -> KnownExpiry | None:
    """What is known already of the expiry of the lot that was scanned."""
    return known_expiry(session, draft.id, named_product(session, row).id, row.lot_number, row.line_id)


def contradictions_of(session: Session, act: Act, line: DraftLine, row: DraftScan, scan: Scan) -> list[str]:
    """Where the line, or its own symbol, says something else than the second symbol."""
    found = []
    if row.lot_number and line.lot_number and row.lot_number != line.lot_number:
        found.append(f"lot {line.lot_number} there, lot {row.lot_number} here")
    if row.expires_on and line.expires_on and row.expires_on != line.expires_on:
        found.append(f"use by {line.expires_on.isoformat()} there, {row.expires_on.isoformat()} here")
    taken = drafts.scans_of_line(session, line.id)
    if taken and taken[-1].code is not None:
        first = read_second_code(taken[-1].raw, dating.today_at(session, act))
        found += [
            "the two symbols do not belong together" for each in merge(first, scan).conflicts if each.field == "link"
        ]
    return found


def named_product(session: Session, row: DraftScan) -> Product:
    if row.product_id is not None:
        return session.get_one(Product, row.product_id)
    return product_of(session.get(DraftLine, row.line_id))


def product_of(line: DraftLine | None) -> Product:
    if line is None:
        raise RecordNotFound("line", "of this scan")
    return line.product


def mark_answered(row: DraftScan, question: str) -> None:
    row.answered = ",".join(filter(None, [row.answered, question]))


def has_answered(row: DraftScan, question: str) -> bool:
    return question in row.answered.split(",")
