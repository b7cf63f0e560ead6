"""Lots: made known when first received, never silently changed, corrected under signature.

Lot numbers compare exactly after trimming: case and leading zeros count (GS1, SCN-12). A corrected lot
keeps its old spelling, which points to the lot it was corrected to.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory import texts
from inventory.access import Act, Permission
from inventory.errors import ExpiryDiffers, LotMadeHere, LotWasMerged, ProductMadeHere, RecordNotFound, SameLot
from inventory.evidence import audit
from inventory.evidence.signatures import ConfirmedIdentity, refuse_other_signer, sign
from inventory.rules.lookalikes import find_lookalike
from inventory.rules.standins import is_standin, make_standin
from inventory.stock import usability
from inventory.stock.errors import LotLooksLike, LotNumberReserved
from models.care import CompoundingComponent, CompoundingRecord
from models.catalogue import Product
from models.stock import Container, Hold, Lot, LotCorrection, LotCorrectionContainer, StockMove
from models.vocabulary import HoldKind, LotOrigin, RegulatoryClass, SignatureMeaning

LONGEST_LOT_NUMBER = 40


@dataclass(frozen=True)
class CorrectLot:
    """These containers (all of the lot when empty) really belong to lot `lot_number` with `expires_on`."""

    lot_id: int
    lot_number: str
    expires_on: date | None
    reason: str
    signed: ConfirmedIdentity | None
    is_month_only: bool = False
    container_codes: tuple[str, ...] = ()


@dataclass(frozen=True)
class CorrectedLot:
    """What to look at after a correction: the holds that now apply, and the mixtures made with the lot."""

    lot_id: int
    container_ids: tuple[int, ...]
    holds_left_behind: tuple[int, ...]
    holds_now_applying: tuple[int, ...]
    record_ids: tuple[int, ...]


def known_or_new(
    session: Session, product: Product, lot_number: str, expires_on: date | None, *, is_month_only: bool = False
) -> Lot:
    """The lot as it is known, or made known now. Raises `ExpiryDiffers`, `LotWasMerged`, `ProductMadeHere`."""
    number = texts.line("Lot number", lot_number, LONGEST_LOT_NUMBER)
    if is_standin(number):
        raise LotNumberReserved(number)
    lot = find_lot(session, product_id=product.id, lot_number=number)
    if lot is None:
        return _new_lot(session, product, number, expires_on, is_month_only=is_month_only)
    if lot.merged_into_id is not None:
        raise LotWasMerged(number)
    _refuse_other_expiry(lot, expires_on)
    return lot


def unreadable(session: Session, product: Product, expires_on: date | None, *, is_month_only: bool = False) -> Lot:
    """A lot of its own for what nobody can read the number of (rule OPN-01). Raises `ProductMadeHere`."""
    return _new_lot(session, product, make_standin(secrets.randbits), expires_on, is_month_only=is_month_only)


def _new_lot(session: Session, product: Product, number: str, expires_on: date | None, *, is_month_only: bool) -> Lot:
    if product.regulatory_class is RegulatoryClass.COMPOUNDED_HERE:
        raise ProductMadeHere(product.name)
    lot = Lot(
        product=product,
        product_id=product.id,
        lot_number=number,
        expires_on=expires_on,
        is_month_only=is_month_only,
        origin=LotOrigin.RECEIVED,
    )
    session.add(lot)
    session.flush()  # containers and lines name the lot
    return lot


def is_identified(lot: Lot) -> bool:
    """Whether it is known which lot it is and until when it lasts."""
    return lot.expires_on is not None and not is_standin(lot.lot_number)


def _refuse_other_expiry(lot: Lot, expires_on: date | None) -> None:
    if lot.expires_on != expires_on:
        raise ExpiryDiffers(lot.lot_number, _shown(lot.expires_on), _shown(expires_on))


def find_lot(session: Session, *, product_id: int, lot_number: str) -> Lot | None:
    query = select(Lot).where(Lot.product_id == product_id, Lot.lot_number == lot_number)
    return session.scalars(query).one_or_none()


def numbers_on_file(session: Session, product_id: int) -> Sequence[str]:
    """The lot numbers of a product. Spellings that were corrected are not among them."""
    live = select(Lot.lot_number).where(Lot.product_id == product_id, Lot.merged_into_id.is_(None))
    return session.scalars(live.order_by(Lot.id)).all()


def refuse_lookalike(lot_number: str, known_numbers: Sequence[str]) -> None:
    """Two spellings of one lot hide it from a recall (LOT-04). Raises `LotLooksLike`."""
    known = find_lookalike(lot_number, known_numbers)
    if known is not None:
        raise LotLooksLike(lot_number, known)


def refuse_new_lookalike(session: Session, product_id: int, lot_number: str) -> None:
    """As `refuse_lookalike`, of a lot about to be booked. One on file, corrected or not, was asked about before."""
    number = texts.line("Lot number", lot_number, LONGEST_LOT_NUMBER)
    if find_lot(session, product_id=product_id, lot_number=number) is None:
        refuse_lookalike(number, numbers_on_file(session, product_id))


def get_lot(session: Session, lot_id: int) -> Lot:
    lot = session.get(Lot, lot_id)
    if lot is None:
        raise RecordNotFound("lot", str(lot_id))
    return lot


def correct_lot(session: Session, act: Act, command: CorrectLot) -> CorrectedLot:
    """Give containers the lot they really have. The unit's scope must be everything: lots have no site."""
    act.require(Permission.CORRECT_LOT)
    audit.require_everything(session)
    wrong = get_lot(session, command.lot_id)
    if wrong.origin is LotOrigin.COMPOUNDED:
        raise LotMadeHere(wrong.lot_number)
    if wrong.merged_into_id is not None:
        raise LotWasMerged(wrong.lot_number)
    refuse_other_signer(act, command.signed, SignatureMeaning.AUTHORED)
    containers = _containers_to_correct(session, wrong, command.container_codes)
    number = texts.line("Lot number", command.lot_number, LONGEST_LOT_NUMBER)
    if number == wrong.lot_number:
        right = _correct_expiry(wrong, command)
    else:
        right = _right_lot(session, wrong, number, command)
    _write_correction(session, act, command, wrong, right, containers)
    answer = _to_look_at(session, wrong, right, containers)
    audit.record(session, act, "lot corrected", right, wrong, *containers, reason=command.reason)
    return answer


def _right_lot(session: Session, wrong: Lot, number: str, command: CorrectLot) -> Lot:
    """The lot that was really printed. One that was itself corrected away is in use again: that was the mistake."""
    if is_standin(number):
        raise LotNumberReserved(number)
    again = find_lot(session, product_id=wrong.product_id, lot_number=number)
    if again is None or again.merged_into_id is None:
        return known_or_new(session, wrong.product, number, command.expires_on, is_month_only=command.is_month_only)
    _refuse_other_expiry(again, command.expires_on)
    again.merged_into_id = None
    return again


def _containers_to_correct(session: Session, lot: Lot, codes: tuple[str, ...]) -> list[Container]:
    if not codes:
        return list(session.scalars(select(Container).where(Container.lot_id == lot.id).order_by(Container.id)))
    chosen = [usability.get_container_anywhere(session, code) for code in dict.fromkeys(codes)]
    for container in chosen:
        if container.lot_id != lot.id:
            raise RecordNotFound(f"container of lot {lot.lot_number}", container.code)
    return chosen


def _correct_expiry(lot: Lot, command: CorrectLot) -> Lot:
    """The number was right and the date was wrong: then it was wrong for the whole lot."""
    if lot.expires_on == command.expires_on or command.container_codes:
        raise SameLot(lot.lot_number)
    lot.expires_on = command.expires_on
    lot.is_month_only = command.is_month_only
    return lot


def _write_correction(
    session: Session, act: Act, command: CorrectLot, wrong: Lot, right: Lot, containers: list[Container]
) -> None:
    reason = texts.reason(command.reason)
    text = (
        f"{len(containers)} containers of lot {wrong.lot_number!r} belong to lot {right.lot_number!r},"
        f" expiry {_shown(right.expires_on)}. {reason}"
    )
    signature = sign(session, act, command.signed, SignatureMeaning.AUTHORED, right, text)
    correction = LotCorrection(
        from_lot_id=wrong.id,
        to_lot_id=right.id,
        reason=reason,
        corrected_at=act.now,
        signature_id=signature.id,
    )
    session.add(correction)
    session.flush()  # its containers name it
    for container in containers:
        session.add(LotCorrectionContainer(correction_id=correction.id, container_id=container.id))
        container.lot = right
        container.lot_id = right.id
    if is_identified(right):
        _end_unidentified(session, act, containers, reason)
    session.flush()  # what is left in the wrong lot is asked for
    if right is not wrong and not session.scalar(select(Container.id).where(Container.lot_id == wrong.id).limit(1)):
        wrong.merged_into_id = right.id


def _end_unidentified(session: Session, act: Act, containers: list[Container], reason: str) -> None:
    """Identifying the lot is what ends these holds, and nothing else does (rule OPN-01)."""
    query = select(Hold).where(
        Hold.kind == HoldKind.UNIDENTIFIED,
        Hold.lifted_at.is_(None),
        Hold.container_id.in_([container.id for container in containers]),
    )
    for hold in session.scalars(query):
        hold.lifted_at, hold.lifted_by_id, hold.lift_reason = act.now, act.user_id, reason


def _to_look_at(session: Session, wrong: Lot, right: Lot, containers: list[Container]) -> CorrectedLot:
    records = (
        select(CompoundingRecord.id)
        .join(CompoundingComponent, CompoundingComponent.record_id == CompoundingRecord.id)
        .join(StockMove, StockMove.id == CompoundingComponent.move_id)
        .where(StockMove.container_id.in_([container.id for container in containers]))
        .distinct()
        .order_by(CompoundingRecord.id)
    )
    return CorrectedLot(
        lot_id=right.id,
        container_ids=tuple(container.id for container in containers),
        holds_left_behind=_open_holds(session, wrong) if wrong is not right else (),
        holds_now_applying=_open_holds(session, right),
        record_ids=tuple(session.scalars(records)),
    )


def _open_holds(session: Session, lot: Lot) -> tuple[int, ...]:
    query = select(Hold.id).where(Hold.lot_id == lot.id, Hold.lifted_at.is_(None)).order_by(Hold.id)
    return tuple(session.scalars(query))


def _shown(day: date | None) -> str:
    return "none" if day is None else day.isoformat()
