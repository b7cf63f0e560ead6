"""Deliveries in progress: begun, continued by anybody at the site, then booked as one unit or put away.

- A draft reserves nothing and touches no stock. It is booked once: whoever saves it again is led to what was booked.
- Each change counts the draft's version up and says in words what it was. Who saves, or puts away, with an older
  version than the newest is told what was changed meanwhile.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory import texts
from inventory.access import Act, Permission
from inventory.catalogue.suppliers import get_supplier
from inventory.errors import NothingToReceive, RecordNotFound
from inventory.evidence import audit
from inventory.stock import dating, draft_files, places, receiving
from inventory.stock.errors import DraftAsks, DraftChanged, DraftEnded, LineIncomplete
from inventory.stock.receiving import KeptScan, ReceiveDelivery, ScannedLine, SerialPack
from models.people import User
from models.receiving import DeliveryDraft, DraftChange, DraftLine, DraftScan
from models.stock import Delivery, DeliveryLine
from models.vocabulary import DraftScanState

MOST_TOLD = 5


@dataclass(frozen=True)
class StartDraft:
    supplier_id: int
    reference: str
    location_id: int


@dataclass(frozen=True)
class ChangeDraft:
    draft_id: int
    version: int
    supplier_id: int
    reference: str
    location_id: int


@dataclass(frozen=True)
class DiscardDraft:
    draft_id: int
    version: int


@dataclass(frozen=True)
class SaveDraft:
    draft_id: int
    version: int


def start_draft(session: Session, act: Act, command: StartDraft) -> DeliveryDraft:
    act.require(Permission.RECEIVE_STOCK)
    draft = DeliveryDraft(
        site_id=act.site_id,
        version=0,
        started_at=act.now,
        started_by_id=act.user_id,
        supplier_id=0,
        reference="",
        location_id=0,
        changed_at=act.now,
        changed_by_id=act.user_id,
    )
    _address(session, act, draft, command)
    session.add(draft)
    session.flush()  # what is noted names the draft
    note(session, act, draft, f"begun with reference {draft.reference}")
    audit.record(session, act, "delivery begun", draft=draft.id, reference=draft.reference)
    return draft


def change_draft(session: Session, act: Act, command: ChangeDraft) -> DeliveryDraft:
    """Supplier, reference and place."""
    draft = draft_to_change(session, act, command.draft_id)
    refuse_older(session, draft, command.version)
    _address(session, act, draft, command)
    note(session, act, draft, f"supplier, reference or place changed (reference {draft.reference})")
    return draft


def _address(session: Session, act: Act, draft: DeliveryDraft, given: StartDraft | ChangeDraft) -> None:
    supplier = get_supplier(session, given.supplier_id)
    if not supplier.is_active and supplier.id != draft.supplier_id:
        raise RecordNotFound("supplier", supplier.name)
    draft.supplier_id = supplier.id
    draft.reference = texts.line("Reference", given.reference)
    draft.location_id = places.get_place(session, act.site_id, given.location_id).id


def discard_draft(session: Session, act: Act, command: DiscardDraft) -> DeliveryDraft:
    """It is put away with its files, and nothing of it is booked."""
    draft = draft_to_change(session, act, command.draft_id)
    refuse_older(session, draft, command.version)
    draft.discarded_at = act.now
    draft_files.drop(session, [file.id for file in draft_files.files_of(session, draft.id)])
    note(session, act, draft, "put away")
    audit.record(session, act, "delivery in progress put away", draft=draft.id, reference=draft.reference)
    return draft


def save_draft(session: Session, act: Act, command: SaveDraft) -> Delivery:
    """Book all lines as one delivery, once, with the files.

    Raises `DraftChanged`, `DraftAsks`, `LineIncomplete`, `LotLooksLike`.
    """
    draft = get_draft(session, act, command.draft_id)
    if draft.delivery_id is not None:
        return session.get_one(Delivery, draft.delivery_id)
    refuse_ended(draft)
    refuse_older(session, draft, command.version)
    waiting = [scan for scan in scans_of(session, draft.id) if scan.state.is_waiting]
    if waiting:
        raise DraftAsks(len(waiting))
    lines = lines_of(session, draft.id)
    if not lines:
        raise NothingToReceive
    booked = tuple(_booked(session, act, line) for line in lines)
    delivery = receiving.receive_delivery(
        session, act, ReceiveDelivery(draft.supplier_id, draft.reference, draft.location_id, booked)
    )
    session.flush()  # the files name the lines
    became = session.scalars(
        select(DeliveryLine).where(DeliveryLine.delivery_id == delivery.id).order_by(DeliveryLine.id)
    )
    booked_as = [(line.id, row) for line, row in zip(lines, became, strict=True)]
    draft_files.hand_over(session, act, draft.id, delivery, booked_as)
    draft.delivery_id = delivery.id
    note(session, act, draft, "saved")
    return delivery


def _booked(session: Session, act: Act, line: DraftLine) -> ScannedLine:
    lacking = missing(line)
    if lacking or line.lot_number is None:
        raise LineIncomplete(line.product.name, tuple(FIELD_WORDS[name] for name in lacking))
    scans = scans_of_line(session, line.id)
    return ScannedLine(
        product_id=line.product_id,
        lot_number=line.lot_number,
        expires_on=line.expires_on,
        containers=line.packs * line.per_pack,
        is_month_only=line.is_month_only,
        kind=line.kind,
        damaged=line.damaged,
        damage_reason=line.damage_reason if line.damaged else None,
        hold_cause=dating.problem(session, act, line.product, line.expires_on),
        unit_cost=line.unit_cost,
        packs=_packs(scans),
        per_pack=line.per_pack,
        is_another_lot=line.confirmed_number == line.lot_number,
        scans=tuple(KeptScan(scan.raw, scan.scanned_at, scan.scanned_by_id) for scan in scans),
    )


def _packs(scans: Sequence[DraftScan]) -> tuple[SerialPack, ...]:
    """The boxes known by their serial numbers. One whose product was typed has no number to go with its serial."""
    number = next((scan.code for scan in scans if scan.code is not None), None)
    known = ((scan.code or number, scan.serial) for scan in scans)
    return tuple(SerialPack(code, serial) for code, serial in known if code is not None and serial is not None)


FIELD_WORDS = {"lot_number": "the lot number", "expires_on": "the expiry date", "damage_reason": "what is damaged"}


def missing(line: DraftLine) -> list[str]:
    """The fields that must be filled before the line can be booked, in the order of the form."""
    lacks = {
        "lot_number": line.lot_number is None,
        "expires_on": line.expires_on is None and not line.has_no_expiry,
        "damage_reason": line.damaged > 0 and line.damage_reason is None,
    }
    return [name for name, is_missing in lacks.items() if is_missing]


def get_draft(session: Session, act: Act, draft_id: int) -> DeliveryDraft:
    """A draft of the act's site, also one that has ended."""
    act.require(Permission.RECEIVE_STOCK)
    draft = session.get(DeliveryDraft, draft_id)
    if draft is None or draft.site_id != act.site_id:
        raise RecordNotFound("delivery in progress", str(draft_id))
    return draft


def draft_to_change(session: Session, act: Act, draft_id: int) -> DeliveryDraft:
    """Raises `DraftEnded`."""
    draft = get_draft(session, act, draft_id)
    refuse_ended(draft)
    return draft


def refuse_ended(draft: DeliveryDraft) -> None:
    if draft.delivery_id is not None:
        raise DraftEnded(draft.reference, "saved")
    if draft.discarded_at is not None:
        raise DraftEnded(draft.reference, "put away")


def refuse_older(session: Session, draft: DeliveryDraft, version: int) -> None:
    if draft.version != version:
        raise DraftChanged(changes_since(session, draft.id, version))


def note(session: Session, act: Act, draft: DeliveryDraft, said: str, line_id: int | None = None) -> int:
    """Count the version up and keep in words what it is. Answers the new version."""
    draft.version += 1
    draft.changed_at, draft.changed_by_id = act.now, act.user_id
    session.add(
        DraftChange(
            draft_id=draft.id,
            version=draft.version,
            said=said,
            line_number=line_id,
            changed_at=act.now,
            changed_by_id=act.user_id,
        )
    )
    return draft.version


def changes_since(session: Session, draft_id: int, version: int, line_id: int | None = None) -> tuple[str, ...]:
    """What was done after a version, by whom, the newest first."""
    query = (
        select(User.full_name, DraftChange.said)
        .join(User, User.id == DraftChange.changed_by_id)
        .where(DraftChange.draft_id == draft_id, DraftChange.version > version)
        .order_by(DraftChange.version.desc())
        .limit(MOST_TOLD)
    )
    if line_id is not None:
        query = query.where(DraftChange.line_number == line_id)
    return tuple(f"{name}: {said}" for name, said in session.execute(query))


def last_change(session: Session, draft_id: int) -> str:
    """The newest change in words."""
    query = select(DraftChange.said).where(DraftChange.draft_id == draft_id).order_by(DraftChange.version.desc())
    return session.scalars(query.limit(1)).one()


def lines_of(session: Session, draft_id: int) -> Sequence[DraftLine]:
    return session.scalars(select(DraftLine).where(DraftLine.draft_id == draft_id).order_by(DraftLine.id)).all()


def scans_of(session: Session, draft_id: int) -> Sequence[DraftScan]:
    """In the order in which they took effect, those undone left out."""
    query = select(DraftScan).where(DraftScan.draft_id == draft_id, DraftScan.state != DraftScanState.UNDONE)
    return session.scalars(query.order_by(DraftScan.version)).all()


def scans_of_line(session: Session, line_id: int) -> Sequence[DraftScan]:
    query = select(DraftScan).where(DraftScan.line_id == line_id, DraftScan.state == DraftScanState.TAKEN)
    return session.scalars(query.order_by(DraftScan.version)).all()
