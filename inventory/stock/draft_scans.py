"""Scans of a delivery in progress: what each means for which line, what must be asked first, and how it is undone.

- A scan makes a line, or adds a box to the line of the same product, lot, expiry and kind. What it does not say never
  overwrites what the line says.
- A second symbol of one box completes its line only once a person says that it is the same box (SCN-15).
- What contradicts is asked about, never decided: another expiry of one lot (LOT-01), a lot that looks like a known
  one (LOT-04), a code that no product has.
- The text stays as it came (SCN-11). The last scan that had an effect can be undone, and its effect alone.
"""

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.access import Act
from inventory.catalogue.codes import MOST_IN_PACK, checked_code, find_product_by_code
from inventory.catalogue.recognising import code_on_box
from inventory.errors import InvalidInput, ProductMissing
from inventory.rules.barcodes import Scan, ScanWarning, Scheme, read_second_code, refuse_slip
from inventory.stock import dating, draft_files, draft_lines, drafts, receiving
from inventory.stock.draft_lines import known_expiry
from inventory.stock.errors import (
    DraftAsks,
    DraftChanged,
    MadeAfterExpiry,
    NothingToUndo,
    OwnCodeScanned,
    SerialAlreadyReceived,
    SerialTwice,
)
from inventory.stock.scan_questions import (
    SAME_BOX,
    TAKE,
    asks_expiry,
    asks_lot,
    asks_same_box,
    contradictions_of,
    has_answered,
    product_of,
    same_box,
)
from models.catalogue import Product
from models.receiving import DeliveryDraft, DraftLine, DraftScan
from models.vocabulary import CodeScheme, DeliveryLineKind, DraftScanState

S = DraftScanState


@dataclass(frozen=True)
class AddScan:
    """`text`: as the scanner sent it. A plain number of at most four digits counts the boxes of the last line.

    After a line, so does one of up to seven digits that is no learnt code, and is refused where it is too many.
    """

    draft_id: int
    text: str
    kind: DeliveryLineKind = DeliveryLineKind.BOUGHT


@dataclass(frozen=True)
class UndoScan:
    """`scan_id`: the scan that the person saw as the last."""

    draft_id: int
    scan_id: int


def add_scan(session: Session, act: Act, command: AddScan) -> DeliveryDraft:
    """Take a scan into the draft, or keep it until what it asks is answered."""
    draft = drafts.draft_to_change(session, act, command.draft_id)
    text = command.text.strip()
    if _is_quantity(session, draft, text):
        draft_lines.set_packs(session, act, draft, int(text))
        return draft
    raw = receiving.checked_scan(command.text)
    scan = read_second_code(raw or "", dating.today_at(session, act))
    _refuse_impossible(scan)
    row = _row(draft, act, command, scan)
    session.add(row)
    _begin(session, act, draft, row, scan)
    return draft


def _is_quantity(session: Session, draft: DeliveryDraft, text: str) -> bool:
    if draft_lines.is_quantity(text):
        return True
    if not draft_lines.may_be_quantity(text) or draft_lines.last_line(session, draft.id) is None:
        return False
    return find_product_by_code(session, scheme=CodeScheme.OTHER, code=text) is None


def is_symbol(text: str, today: date) -> bool:
    """Whether what came into another field is a maker's symbol: a scanner types wherever the cursor is."""
    try:
        scan = read_second_code(text, today)
    except InvalidInput:
        return text.startswith("]")
    return bool(scan.elements)


def _refuse_impossible(scan: Scan) -> None:
    if scan.scheme is Scheme.OURS:
        raise OwnCodeScanned(scan.code or "")
    made, expires = scan.manufactured_on, scan.expires_on
    if made is not None and expires is not None and made > expires:
        raise MadeAfterExpiry(made.isoformat(), expires.isoformat())


def _row(draft: DeliveryDraft, act: Act, command: AddScan, scan: Scan) -> DraftScan:
    """What the code says. Where a separator was lost, nothing of lot, serial and expiry is believed (SCN-08)."""
    is_doubtful = ScanWarning.LOST_SEPARATOR in scan.warnings
    scheme, code = _code(scan)
    return DraftScan(
        draft_id=draft.id,
        raw=command.text,
        kind=command.kind,
        scheme=scheme,
        code=code,
        lot_number=None if is_doubtful else scan.lot_number,
        expires_on=None if is_doubtful else scan.expires_on,
        is_month_only=not is_doubtful and scan.is_month_only,
        serial=None if is_doubtful else scan.serial,
        warnings=",".join(scan.warnings),
        answered="",
        filled="",
        made_line=False,
        packs_added=0,
        state=S.TAKEN,
        said="",
        version=draft.version + 1,
        scanned_at=act.now,
        scanned_by_id=act.user_id,
    )


def _code(scan: Scan) -> tuple[CodeScheme | None, str | None]:
    """The number that names the product, as products keep it; what cannot be learnt has no scheme."""
    wanted = code_on_box(scan)
    if wanted is None or ScanWarning.CHECK_DIGIT in scan.warnings:
        return None, scan.code
    try:
        return wanted.scheme, checked_code(wanted.scheme, wanted.code)
    except InvalidInput:
        return None, scan.code


def _begin(session: Session, act: Act, draft: DeliveryDraft, row: DraftScan, scan: Scan) -> None:
    if row.code is None:
        _begin_second_symbol(session, act, draft, row, scan)
        return
    found = find_product_by_code(session, scheme=row.scheme, code=row.code) if row.scheme is not None else None
    if found is None:
        refuse_slip(scan)
        _refuse_known_serial(session, draft, row)
        _ask(session, act, draft, row, S.ASKS_PRODUCT, f"The code {row.code} is not known here. What is it?")
        return
    draft_lines.refuse_made_here(found[0])
    row.product_id = found[0].id
    proceed(session, act, draft, row)


def _begin_second_symbol(session: Session, act: Act, draft: DeliveryDraft, row: DraftScan, scan: Scan) -> None:
    line = draft_lines.last_line(session, draft.id)
    waiting = [each for each in drafts.scans_of(session, draft.id) if each.state is S.ASKS_PRODUCT]
    if waiting and (line is None or waiting[-1].version > line.version):
        raise DraftAsks(len(waiting))  # it is of the box whose first symbol nobody has explained yet
    if line is None:
        raise ProductMissing(tuple(element.name for element in scan.elements))
    row.line_id = line.id
    contradictions = contradictions_of(session, act, line, row, scan)
    if contradictions:
        said = f"This symbol does not fit {draft_lines.words(line)}: {'; '.join(contradictions)}. Which is right?"
        _ask(session, act, draft, row, S.ASKS_CONFLICT, said)
    else:
        _ask(session, act, draft, row, S.ASKS_SAME_BOX, same_box(line, row))


def proceed(session: Session, act: Act, draft: DeliveryDraft, row: DraftScan) -> None:
    """Ask what must be asked of a scan whose product is known, or take it into its line."""
    line = session.get(DraftLine, row.line_id) if row.line_id is not None else None
    product = session.get_one(Product, row.product_id) if row.product_id is not None else product_of(line)
    _refuse_known_serial(session, draft, row)
    _complete_by_known_lot(session, draft, product, row)
    for question in (asks_lot, asks_same_box, asks_expiry):
        asked = question(session, draft, product, row)
        if asked is not None:
            _ask(session, act, draft, row, *asked)
            return
    if line is not None and (has_answered(row, SAME_BOX) or has_answered(row, TAKE)):
        _complete(session, act, draft, line, row)
    else:
        _add_box(session, act, draft, product, row)


def _refuse_known_serial(session: Session, draft: DeliveryDraft, row: DraftScan) -> None:
    if row.serial is None:
        return
    number = _pack_number(session, row)
    if number is None:
        return
    for other in drafts.scans_of(session, draft.id):
        if other.id != row.id and other.serial == row.serial and _pack_number(session, other) == number:
            raise SerialTwice(row.serial)
    lot_number = receiving.find_pack_lot(session, gtin=number, serial=row.serial)
    if lot_number is not None:
        raise SerialAlreadyReceived(row.serial, lot_number)


def _pack_number(session: Session, row: DraftScan) -> str | None:
    """The number of the box: its own symbol's, or that of the symbol that made its line; none where it was typed."""
    if row.code is not None:
        return receiving.pack_number(row.code)
    first = select(DraftScan.code).where(DraftScan.line_id == row.line_id, DraftScan.code.is_not(None))
    code = session.scalars(first.order_by(DraftScan.id).limit(1)).one_or_none()
    return None if code is None else receiving.pack_number(code)


def _complete_by_known_lot(session: Session, draft: DeliveryDraft, product: Product, row: DraftScan) -> None:
    """A symbol with a lot and no date: the lot has its expiry already, if it is known."""
    if row.lot_number is None or row.expires_on is not None:
        return
    known = known_expiry(session, draft.id, product.id, row.lot_number)
    if known is not None and known.expires_on is not None:
        row.expires_on, row.is_month_only = known.expires_on, known.is_month_only


def _ask(session: Session, act: Act, draft: DeliveryDraft, row: DraftScan, state: DraftScanState, said: str) -> None:
    row.state, row.said = state, said
    row.version = drafts.note(session, act, draft, f"asked: {said}")


def _add_box(session: Session, act: Act, draft: DeliveryDraft, product: Product, row: DraftScan) -> None:
    line = _matching_line(session, draft, product, row)
    row.packs_added = 1
    if line is None:
        line = _new_line(session, draft, product, row)
        row.made_line = True
    else:
        line.packs += 1
        draft_lines.refuse_counts(session, line)
    _taken(session, act, draft, line, row, draft_lines.words(line))


def _matching_line(session: Session, draft: DeliveryDraft, product: Product, row: DraftScan) -> DraftLine | None:
    """A box whose lot is not known yet is a line of its own: it may be of any lot."""
    if row.lot_number is None:
        return None
    for line in reversed(drafts.lines_of(session, draft.id)):
        is_same = (line.product_id, line.lot_number, line.kind) == (product.id, row.lot_number, row.kind)
        if is_same and row.expires_on in (None, line.expires_on):
            return line
    return None


def _new_line(session: Session, draft: DeliveryDraft, product: Product, row: DraftScan) -> DraftLine:
    line = DraftLine(
        draft_id=draft.id,
        product_id=product.id,
        product=product,
        lot_number=row.lot_number,
        confirmed_number=row.lot_number if has_answered(row, "lot") else None,
        expires_on=row.expires_on,
        is_month_only=row.is_month_only,
        has_no_expiry=False,
        kind=row.kind,
        packs=1,
        per_pack=_per_pack(session, row),
        damaged=0,
        version=draft.version + 1,
    )
    session.add(line)
    session.flush()  # the scan names its line
    return line


def _per_pack(session: Session, row: DraftScan) -> int:
    if row.scheme is None or row.code is None:
        return 1
    found = find_product_by_code(session, scheme=row.scheme, code=row.code)
    return found[1].containers_per_pack if found is not None else 1


def _complete(session: Session, act: Act, draft: DeliveryDraft, line: DraftLine, row: DraftScan) -> None:
    """Fill what the line lacks; after `take`, also what the symbol contradicts."""
    old: dict[str, Any] = {}
    overwrites = has_answered(row, TAKE)
    if row.lot_number and (line.lot_number is None or overwrites) and row.lot_number != line.lot_number:
        old["lot_number"] = line.lot_number
        line.lot_number = row.lot_number
        line.confirmed_number = row.lot_number if has_answered(row, "lot") else line.confirmed_number
    if row.expires_on and (line.expires_on is None or overwrites) and row.expires_on != line.expires_on:
        old |= {"expires_on": plain_day(line.expires_on), "is_month_only": line.is_month_only}
        old["has_no_expiry"] = line.has_no_expiry
        line.expires_on, line.is_month_only, line.has_no_expiry = row.expires_on, row.is_month_only, False
    row.filled = json.dumps({str(line.id): old})
    _taken(session, act, draft, line, row, f"{draft_lines.words(line)} (both symbols)")


def _taken(session: Session, act: Act, draft: DeliveryDraft, line: DraftLine, row: DraftScan, said: str) -> None:
    row.state, row.line_id, row.said = S.TAKEN, line.id, said
    line.version = row.version = drafts.note(session, act, draft, f"scanned: {said}", line.id)


def warnings_of(row: DraftScan) -> list[str]:
    """What to look at on the print. That the lot is missing is seen where it is asked for."""
    return [ScanWarning(name).sentence for name in row.warnings.split(",") if name and name != ScanWarning.NO_LOT]


def count_said(row: DraftScan, today: date) -> int | None:
    """How many the code says are in the box, if it says so and so many can be."""
    try:
        count = read_second_code(row.raw, today).count
    except InvalidInput:  # read with another day in mind than when it was scanned
        return None
    return count if count is not None and 1 <= count <= MOST_IN_PACK else None


def plain_day(day: date | None) -> str | None:
    """As it is kept to be restored."""
    return None if day is None else day.isoformat()


def last_scan(session: Session, draft_id: int) -> DraftScan | None:
    """The scan that is undone next: the last that had an effect or asks something."""
    scans = drafts.scans_of(session, draft_id)
    return scans[-1] if scans else None


def undo_scan(session: Session, act: Act, command: UndoScan) -> DeliveryDraft:
    """Take back exactly what the last scan did. Raises `NothingToUndo`, `DraftChanged` where it is not the last."""
    draft = drafts.draft_to_change(session, act, command.draft_id)
    row = last_scan(session, draft.id)
    if row is None:
        raise NothingToUndo
    if row.id != command.scan_id:
        asked = session.get(DraftScan, command.scan_id)
        since = asked.version if asked is not None and asked.draft_id == draft.id else 0
        raise DraftChanged(drafts.changes_since(session, draft.id, since))
    said = f"undone: {row.said}"
    line_id, row.line_id = row.line_id, None
    was, row.state = row.state, S.UNDONE
    row.version = drafts.note(session, act, draft, said, line_id)
    session.flush()  # the scan lets go of its line before the line may go
    if was is S.TAKEN:
        _take_back(session, draft, row, line_id)
    return draft


def _take_back(session: Session, draft: DeliveryDraft, row: DraftScan, line_id: int | None) -> None:
    for number, old in json.loads(row.filled or "{}").items():
        _restore(session.get(DraftLine, int(number)), old, draft.version)
    line = session.get(DraftLine, line_id) if line_id is not None else None
    if line is None:
        return
    line.version = draft.version
    if row.made_line:
        draft_files.let_go_of_line(session, line.id)
        session.delete(line)
    else:
        line.packs = max(1, line.packs - row.packs_added)


def _restore(line: DraftLine | None, old: dict[str, Any], version: int) -> None:
    if line is None:
        return
    for name, value in old.items():
        is_day = name == "expires_on" and value is not None
        setattr(line, name, date.fromisoformat(value) if is_day else value)
    line.version = version
