"""Deliveries in progress as pages and the API show them: one draft whole, or those of a site in a line each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inventory.access import Act, Actor
from inventory.errors import RecordNotFound
from inventory.stock import dating, draft_files, draft_lines, draft_scans, drafts, scan_questions
from models.catalogue import Supplier
from models.organisation import Location
from models.people import User
from models.receiving import DeliveryDraft, DraftLine, DraftScan
from models.vocabulary import AttachmentKind, CodeScheme, DeliveryLineKind, DraftScanState, FileType

MOST = 50


@dataclass(frozen=True)
class LineFacts:
    """`expires`: the date as it is typed. `missing`: what must still be filled. `hold_cause`: why it will be kept."""

    id: int
    version: int
    product_id: int
    product_name: str
    lot_number: str | None
    expires_on: date | None
    is_month_only: bool
    has_no_expiry: bool
    expires: str
    kind: DeliveryLineKind
    packs: int
    per_pack: int
    containers: int
    container_word: str
    damaged: int
    damage_reason: str | None
    unit_cost: Decimal | None
    serials: tuple[str, ...]
    words: str
    counted: str
    missing: tuple[str, ...]
    hold_cause: str | None


@dataclass(frozen=True)
class ScanFacts:
    """A scan that asks something, or the last one. `answers`: what may be answered. `lot_id`: the lot on file.

    `count`: how many vials the code says are in the box, while it is asked what product that is.
    """

    id: int
    state: DraftScanState
    said: str
    raw: str
    scheme: CodeScheme | None
    code: str | None
    lot_number: str | None
    expires_on: date | None
    serial: str | None
    count: int | None
    warnings: tuple[str, ...]
    answers: tuple[str, ...]
    known: str | None
    lot_id: int | None


@dataclass(frozen=True)
class FileFacts:
    """A certificate or photo brought already. `line_id`: of that line, else of the delivery as a whole."""

    id: int
    line_id: int | None
    kind: AttachmentKind
    name: str
    file_type: FileType
    size: int
    note: str | None
    added_at: datetime
    added_by: str


@dataclass(frozen=True)
class DraftFacts:
    """`current_line_id`: the line that was changed last. `last_scan`: the one that is undone next.

    `last_change`: what the newest version is, in words.
    """

    id: int
    version: int
    site_id: int
    supplier_id: int
    supplier: str
    reference: str
    location_id: int
    place: str
    started_at: datetime
    started_by: str
    changed_at: datetime
    changed_by: str
    delivery_id: int | None
    discarded_at: datetime | None
    lines: tuple[LineFacts, ...]
    files: tuple[FileFacts, ...]
    questions: tuple[ScanFacts, ...]
    last_scan: ScanFacts | None
    last_change: str
    current_line_id: int | None
    containers: int


@dataclass(frozen=True)
class DraftSummary:
    id: int
    supplier: str
    reference: str
    started_at: datetime
    started_by: str
    changed_at: datetime
    changed_by: str
    lines: int
    questions: int


def list_drafts(session: Session, *, site_id: int) -> list[DraftSummary]:
    """Those in progress, the one touched last first."""
    lines = select(func.count()).where(DraftLine.draft_id == DeliveryDraft.id).scalar_subquery()
    waiting = [state for state in DraftScanState if state.is_waiting]
    questions = (
        select(func.count())
        .where(DraftScan.draft_id == DeliveryDraft.id, DraftScan.state.in_(waiting))
        .scalar_subquery()
    )
    query = (
        select(DeliveryDraft, Supplier.name, lines, questions)
        .join(Supplier, Supplier.id == DeliveryDraft.supplier_id)
        .where(DeliveryDraft.site_id == site_id)
        .where(DeliveryDraft.delivery_id.is_(None), DeliveryDraft.discarded_at.is_(None))
        .order_by(DeliveryDraft.changed_at.desc(), DeliveryDraft.id.desc())
        .limit(MOST)
    )
    rows = session.execute(query).all()
    names = _names(session, {person for row in rows for person in (row[0].started_by_id, row[0].changed_by_id)})
    return [
        DraftSummary(
            draft.id,
            supplier,
            draft.reference,
            draft.started_at,
            names[draft.started_by_id],
            draft.changed_at,
            names[draft.changed_by_id],
            line_count,
            question_count,
        )
        for draft, supplier, line_count, question_count in rows
    ]


def draft_facts(session: Session, *, actor: Actor, draft_id: int, now: datetime) -> DraftFacts:
    """A draft of the present site, also one that has ended. Raises `RecordNotFound`."""
    draft = session.get(DeliveryDraft, draft_id)
    if draft is None or draft.site_id != actor.site_id:
        raise RecordNotFound("delivery in progress", str(draft_id))
    act = Act(actor, now, "")
    names = _names(session, {draft.started_by_id, draft.changed_by_id})
    scans = drafts.scans_of(session, draft.id)
    lines = drafts.lines_of(session, draft.id)
    shown = tuple(_line(session, act, line, scans) for line in lines)
    last = draft_lines.last_line(session, draft.id)
    today = dating.today_at(session, act)
    return DraftFacts(
        id=draft.id,
        version=draft.version,
        site_id=draft.site_id,
        supplier_id=draft.supplier_id,
        supplier=session.get_one(Supplier, draft.supplier_id).name,
        reference=draft.reference,
        location_id=draft.location_id,
        place=session.get_one(Location, draft.location_id).name,
        started_at=draft.started_at,
        started_by=names[draft.started_by_id],
        changed_at=draft.changed_at,
        changed_by=names[draft.changed_by_id],
        delivery_id=draft.delivery_id,
        discarded_at=draft.discarded_at,
        lines=shown,
        files=_files(session, draft),
        questions=tuple(_scan(session, draft, scan, today) for scan in scans if scan.state.is_waiting),
        last_scan=_scan(session, draft, scans[-1], today) if scans else None,
        last_change=drafts.last_change(session, draft.id),
        current_line_id=last.id if last is not None else None,
        containers=sum(line.containers for line in shown),
    )


def _names(session: Session, user_ids: set[int]) -> dict[int, str]:
    rows = session.execute(select(User.id, User.full_name).where(User.id.in_(user_ids)))
    return {user_id: name for user_id, name in rows}  # noqa: C416  # rows are not pairs to a type checker


def _files(session: Session, draft: DeliveryDraft) -> tuple[FileFacts, ...]:
    files = draft_files.files_of(session, draft.id)
    names = _names(session, {file.added_by_id for file in files})
    return tuple(
        FileFacts(
            file.id,
            file.line_id,
            file.kind,
            file.name,
            file.file_type,
            file.size,
            file.note,
            file.added_at,
            names[file.added_by_id],
        )
        for file in files
    )


def _line(session: Session, act: Act, line: DraftLine, scans: Sequence[DraftScan]) -> LineFacts:
    lacking = tuple(drafts.missing(line))
    is_dated = line.expires_on is not None or line.has_no_expiry
    problem = dating.problem(session, act, line.product, line.expires_on) if is_dated else None
    return LineFacts(
        id=line.id,
        version=line.version,
        product_id=line.product_id,
        product_name=line.product.name,
        lot_number=line.lot_number,
        expires_on=line.expires_on,
        is_month_only=line.is_month_only,
        has_no_expiry=line.has_no_expiry,
        expires=_as_typed(line),
        kind=line.kind,
        packs=line.packs,
        per_pack=line.per_pack,
        containers=line.packs * line.per_pack,
        container_word=draft_lines.container_word(line.product),
        damaged=line.damaged,
        damage_reason=line.damage_reason,
        unit_cost=line.unit_cost,
        serials=tuple(
            scan.serial
            for scan in scans
            if scan.line_id == line.id and scan.state is DraftScanState.TAKEN and scan.serial is not None
        ),
        words=draft_lines.words(line),
        counted=draft_lines.count_words(line),
        missing=lacking,
        hold_cause=problem,
    )


def _as_typed(line: DraftLine) -> str:
    if line.expires_on is None:
        return "none" if line.has_no_expiry else ""
    return f"{line.expires_on:%Y-%m}" if line.is_month_only else line.expires_on.isoformat()


def _scan(session: Session, draft: DeliveryDraft, scan: DraftScan, today: date) -> ScanFacts:
    known, lot_id = _known(session, draft, scan)
    return ScanFacts(
        id=scan.id,
        state=scan.state,
        said=scan.said,
        raw=scan.raw.encode("unicode_escape").decode("ascii"),
        scheme=scan.scheme,
        code=scan.code,
        lot_number=scan.lot_number,
        expires_on=scan.expires_on,
        serial=scan.serial,
        count=draft_scans.count_said(scan, today) if scan.state is DraftScanState.ASKS_PRODUCT else None,
        warnings=tuple(draft_scans.warnings_of(scan)),
        answers=scan_questions.ANSWERS.get(scan.state, ()),
        known=known,
        lot_id=lot_id,
    )


def _known(session: Session, draft: DeliveryDraft, scan: DraftScan) -> tuple[str | None, int | None]:
    """What is known already of what a scan asks about: the other lot number, or the other expiry."""
    if scan.state is DraftScanState.ASKS_LOT:
        return scan_questions.lookalike_of(session, draft, scan), None
    if scan.state is DraftScanState.ASKS_EXPIRY:
        expiry = scan_questions.known_expiry_of(session, draft, scan)
        return (None, None) if expiry is None else (draft_lines.shown(expiry.expires_on), expiry.lot_id)
    return None, None
