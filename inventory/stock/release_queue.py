"""What waits for release at a site, line by line of each delivery: how much, what it lacks, what was decided.

Everything is derived. The line's containers are those its incoming holds are written onto and that still hold
something. Of these are *aside*: those with another hold of the same line (damaged, kept aside), and *rejected*: those
whose rejection still stands. The rest can be released. A question counts by its latest answer.
"""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from inventory.access import Actor
from inventory.errors import RecordNotFound
from inventory.evidence import attachments
from inventory.stock import release_checks
from models.catalogue import Product, Supplier
from models.evidence import Attachment, Signature
from models.people import User
from models.releasing import ReleaseAnswer, ReleaseCheck, ReleaseDecision, ReleaseDecisionContainer
from models.stock import IS_NOT_EMPTY, Container, Delivery, DeliveryLine, Hold, Lot, StockEntry
from models.vocabulary import (
    AttachmentKind,
    CheckOutcome,
    DeliveryLineKind,
    EntryPurpose,
    HoldKind,
    IngredientClass,
    RejectedGoes,
    ReleaseVerdict,
)


class Lack(StrEnum):
    """Why a question still stands in the way."""

    ANSWER = "answer"
    CERTIFICATE = "certificate"
    PASS = "pass"  # noqa: S105  # it was answered, and the answer was no


@dataclass(frozen=True)
class CheckState:
    """A question that is asked, or was answered, of a line; with its latest answer."""

    id: int
    question: str
    needs_certificate: bool
    source: str | None
    is_verified: bool
    outcome: CheckOutcome | None
    note: str | None
    answered_by: str | None
    answered_at: datetime | None
    lack: Lack | None


@dataclass(frozen=True)
class Decided:
    """One decision. `still_here`: how many of its containers hold something and are blocked by it."""

    id: int
    verdict: ReleaseVerdict
    goes: RejectedGoes | None
    reason: str | None
    decided_at: datetime
    decided_by: str
    containers: int
    still_here: int
    signed_text: str | None
    is_single_handed: bool


@dataclass(frozen=True)
class Certificate:
    """A file that counts as the maker's certificate. `sha256` in hexadecimal digits."""

    attachment_id: int
    name: str
    sha256: str


@dataclass(frozen=True)
class WaitingLine:
    """`free`, `aside` and `rejected`: codes of containers that wait, by what can be done with them."""

    id: int
    delivery_id: int
    reference: str
    supplier: str
    received_at: datetime
    received_by_id: int
    received_by: str
    kind: DeliveryLineKind
    lot_id: int
    lot_number: str
    expires_on: date | None
    is_month_only: bool
    product_id: int
    product_name: str
    free: tuple[str, ...]
    aside: tuple[str, ...]
    rejected: tuple[str, ...]
    checks: tuple[CheckState, ...]
    certificates: tuple[Certificate, ...]
    decisions: tuple[Decided, ...] = ()

    @property
    def waiting(self) -> int:
        """How many wait for a decision."""
        return len(self.free) + len(self.aside)

    @property
    def lacking(self) -> tuple[CheckState, ...]:
        return tuple(check for check in self.checks if check.lack is not None)

    @property
    def is_ready(self) -> bool:
        return bool(self.free) and not self.lacking

    @property
    def text(self) -> str:
        """What the release is signed for."""
        expiry = "without expiry" if self.expires_on is None else f"expiring {self.expires_on.isoformat()}"
        told = [f"{check.question} {_told(check)}" for check in self.checks]
        return "\n".join(
            [
                f"Release of {len(self.free)} of {self.product_name}, lot {self.lot_number}, {expiry}.",
                f"Delivery {self.reference} of {self.supplier}.",
                *(told or ["No question is on the list for it."]),
                *(f"Certificate {file.name}, SHA-256 {file.sha256}." for file in self.certificates),
                f"Codes: {', '.join(self.free)}",
            ]
        )

    @property
    def version(self) -> str:
        """Names the text, so that nobody signs another than they read."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:16]


def _told(check: CheckState) -> str:
    if check.outcome is None or check.answered_at is None:
        return "Not answered."
    said = check.outcome.value.replace("_", " ").capitalize()
    return (
        f"{said}, {check.answered_by}, {check.answered_at:%Y-%m-%d %H:%M} UTC.{f' {check.note}' if check.note else ''}"
    )


@dataclass
class _Parts:
    """Codes of one line's containers, by what can be done with them."""

    free: list[str] = field(default_factory=list)
    aside: list[str] = field(default_factory=list)
    rejected: list[str] = field(default_factory=list)
    lot_ids: set[int] = field(default_factory=set)


def waiting_lines(session: Session, *, site_id: int) -> list[WaitingLine]:
    """The longest waiting first, by a bounded number of queries. What is only rejected waits to leave the house."""
    waiting = session.scalars(_incoming(site_id).with_only_columns(Hold.delivery_line_id).distinct())
    line_ids = {line_id for line_id in waiting if line_id is not None}
    return _lines(session, site_id, line_ids) if line_ids else []


def release_line_facts(session: Session, *, actor: Actor, line_id: int) -> WaitingLine:
    """One line of a delivery to this site, with what was decided of it. Raises `RecordNotFound`."""
    found = _lines(session, actor.site_id or 0, {line_id})
    if not found:
        raise RecordNotFound("line of a delivery", str(line_id))
    return found[0]


def rejected_here(session: Session, *, decision_id: int) -> list[Container]:
    """Containers of a rejection that still stand here, blocked by it."""
    query = (
        select(Container)
        .join(ReleaseDecisionContainer, ReleaseDecisionContainer.container_id == Container.id)
        .join(Hold, Hold.id == ReleaseDecisionContainer.hold_id)
        .where(ReleaseDecisionContainer.decision_id == decision_id, Hold.lifted_at.is_(None), IS_NOT_EMPTY)
        .options(joinedload(Container.lot).joinedload(Lot.product), joinedload(Container.location))
    )
    return list(session.scalars(query.order_by(Container.id)))


def incoming_holds(session: Session, *, site_id: int, line_id: int) -> list[tuple[Hold, Container]]:
    """The holds of a line that wait for release, each with its container that still holds something."""
    query = _incoming(site_id).where(Hold.delivery_line_id == line_id).order_by(Hold.id)
    return [(hold, container) for hold, container in session.execute(query)]


def _incoming(site_id: int) -> Select[*tuple[Any, ...]]:
    return (
        select(Hold, Container)
        .join(Container, Container.id == Hold.container_id)
        .where(
            Hold.kind == HoldKind.INCOMING,
            Hold.lifted_at.is_(None),
            Hold.delivery_line_id.is_not(None),
            Hold.site_id == site_id,
            IS_NOT_EMPTY,
        )
    )


def _lines(session: Session, site_id: int, line_ids: Collection[int]) -> list[WaitingLine]:
    query = (
        select(DeliveryLine, Delivery, Supplier.name, Lot, Product, StockEntry.user_id, User.full_name)
        .join(Delivery, Delivery.id == DeliveryLine.delivery_id)
        .join(Supplier, Supplier.id == Delivery.supplier_id)
        .join(Lot, Lot.id == DeliveryLine.lot_id)
        .join(Product, Product.id == Lot.product_id)
        .join(StockEntry, (StockEntry.delivery_id == Delivery.id) & (StockEntry.purpose == EntryPurpose.RECEIVED))
        .join(User, User.id == StockEntry.user_id)
        .where(DeliveryLine.id.in_(line_ids), Delivery.site_id == site_id)
        .order_by(Delivery.received_at, DeliveryLine.id)
    )
    rows = session.execute(query).all()
    ids = [row[0].id for row in rows]
    checks = release_checks.list_checks(session, are_all=True)
    classes = release_checks.ingredient_classes(session, product_ids={row[4].id for row in rows})
    answers = _answers(session, ids)
    parts = _parts(session, site_id, ids)
    decisions = _decisions(session, ids)
    corrected = _lots(session, {lot_id for found in parts.values() for lot_id in found.lot_ids})
    lots = {row[0].id: _only(corrected, parts[row[0].id].lot_ids) or row[3] for row in rows}
    certificates = _certificates(session, [row[0] for row in rows], lots)
    return [
        WaitingLine(
            id=line.id,
            delivery_id=delivery.id,
            reference=delivery.reference,
            supplier=supplier,
            received_at=delivery.received_at,
            received_by_id=user_id,
            received_by=by,
            kind=line.kind,
            lot_id=lot.id,
            lot_number=lot.lot_number,
            expires_on=lot.expires_on,
            is_month_only=lot.is_month_only,
            product_id=product.id,
            product_name=product.name,
            free=tuple(parts[line.id].free),
            aside=tuple(parts[line.id].aside),
            rejected=tuple(parts[line.id].rejected),
            checks=_states(
                checks, product, classes[product.id], answers[line.id], is_certified=bool(certificates[line.id])
            ),
            certificates=certificates[line.id],
            decisions=tuple(decisions[line.id]),
        )
        for line, delivery, supplier, _, product, user_id, by in rows
        for lot in [lots[line.id]]
    ]


def _lots(session: Session, lot_ids: Collection[int]) -> dict[int, Lot]:
    return {lot.id: lot for lot in session.scalars(select(Lot).where(Lot.id.in_(lot_ids)))}


def _only(lots: dict[int, Lot], lot_ids: Collection[int]) -> Lot | None:
    """The one lot that the containers belong to, should it have been corrected since."""
    return lots[next(iter(lot_ids))] if len(lot_ids) == 1 else None


def _states(
    checks: Sequence[ReleaseCheck],
    product: Product,
    classes: Collection[IngredientClass],
    answers: dict[int, tuple[ReleaseAnswer, str]],
    *,
    is_certified: bool,
) -> tuple[CheckState, ...]:
    """Questions asked now; what was hidden meanwhile stays where it was answered."""
    asked = [check for check in checks if check.is_active]
    wanted = release_checks.asked_of(asked, product, classes)
    answered = [check for check in checks if check not in wanted and check.id in answers]
    return tuple(_state(check, answers.get(check.id), is_certified=is_certified) for check in [*wanted, *answered])


def _state(check: ReleaseCheck, answer: tuple[ReleaseAnswer, str] | None, *, is_certified: bool) -> CheckState:
    given, by = answer if answer is not None else (None, None)
    outcome = given.outcome if given is not None else None
    lack: Lack | None = None
    if outcome is None:
        lack = Lack.ANSWER if check.is_active else None
    elif outcome is CheckOutcome.FAILED:
        lack = Lack.PASS
    if check.needs_certificate and not is_certified and outcome in (None, CheckOutcome.PASSED):
        lack = Lack.CERTIFICATE
    return CheckState(
        id=check.id,
        question=check.question,
        needs_certificate=check.needs_certificate,
        source=check.source,
        is_verified=check.is_verified,
        outcome=outcome,
        note=given.note if given is not None else None,
        answered_by=by,
        answered_at=given.answered_at if given is not None else None,
        lack=lack,
    )


def _certificates(
    session: Session, lines: Sequence[DeliveryLine], lot_of: Mapping[int, Lot]
) -> dict[int, tuple[Certificate, ...]]:
    """Line -> the maker's certificates attached to it, to its lot or to its delivery."""

    def of(kind: str, ids: set[int]) -> dict[int, list[Attachment]]:
        wanted = AttachmentKind.CERTIFICATE
        return attachments.files_in_force(session, record_kind=kind, record_ids=ids, kind=wanted)

    own = of("delivery_line", {line.id for line in lines})
    lots = of("lot", {lot.id for lot in lot_of.values()})
    deliveries = of("delivery", {line.delivery_id for line in lines})
    return {
        line.id: tuple(
            Certificate(file.id, file.name, file.sha256.hex())
            for files in (own.get(line.id), lots.get(lot_of[line.id].id), deliveries.get(line.delivery_id))
            for file in files or ()
        )
        for line in lines
    }


def _answers(session: Session, line_ids: Collection[int]) -> dict[int, dict[int, tuple[ReleaseAnswer, str]]]:
    """Line -> question -> the latest answer and who gave it."""
    query = select(ReleaseAnswer, User.full_name).join(User, User.id == ReleaseAnswer.answered_by_id)
    query = query.where(ReleaseAnswer.delivery_line_id.in_(line_ids)).order_by(ReleaseAnswer.id)
    latest: defaultdict[int, dict[int, tuple[ReleaseAnswer, str]]] = defaultdict(dict)
    for answer, by in session.execute(query):
        latest[answer.delivery_line_id][answer.check_id] = (answer, by)
    return latest


def _parts(session: Session, site_id: int, line_ids: Collection[int]) -> dict[int, _Parts]:
    """Waiting containers of each line, told apart by the other holds of the same line."""
    others: Select[*tuple[Any, ...]] = select(Hold.container_id, ReleaseDecisionContainer.decision_id).outerjoin(
        ReleaseDecisionContainer, ReleaseDecisionContainer.hold_id == Hold.id
    )
    others = others.where(Hold.delivery_line_id.in_(line_ids), Hold.kind != HoldKind.INCOMING, Hold.lifted_at.is_(None))
    aside: set[int] = set()
    rejected: set[int] = set()
    for container_id, decision_id in session.execute(others):
        (aside if decision_id is None else rejected).add(container_id)
    parts: defaultdict[int, _Parts] = defaultdict(_Parts)
    waiting: Select[*tuple[Any, ...]] = _incoming(site_id).with_only_columns(
        Hold.delivery_line_id, Container.id, Container.code, Container.lot_id
    )
    for line_id, container_id, code, lot_id in session.execute(
        waiting.where(Hold.delivery_line_id.in_(line_ids)).order_by(Hold.id)
    ):
        found = parts[line_id]
        found.lot_ids.add(lot_id)
        if container_id in rejected:
            found.rejected.append(code)
        else:
            (found.aside if container_id in aside else found.free).append(code)
    return parts


def _decisions(session: Session, line_ids: Collection[int]) -> dict[int, list[Decided]]:
    query: Select[*tuple[Any, ...]] = (
        select(ReleaseDecision, User.full_name, Signature)
        .join(User, User.id == ReleaseDecision.decided_by_id)
        .outerjoin(Signature, Signature.id == ReleaseDecision.signature_id)
        .where(ReleaseDecision.delivery_line_id.in_(line_ids))
        .order_by(ReleaseDecision.id)
    )
    found: defaultdict[int, list[Decided]] = defaultdict(list)
    rows = session.execute(query).all()
    counts = _counts(session, [row[0].id for row in rows])
    for decision, by, signature in rows:
        all_of_it, here = counts[decision.id]
        found[decision.delivery_line_id].append(
            Decided(
                id=decision.id,
                verdict=decision.verdict,
                goes=decision.goes,
                reason=decision.reason,
                decided_at=decision.decided_at,
                decided_by=by,
                containers=all_of_it,
                still_here=here if decision.verdict is ReleaseVerdict.REJECTED else 0,
                signed_text=None if signature is None else signature.text,
                is_single_handed=signature is not None and signature.is_single_handed,
            )
        )
    return found


def _counts(session: Session, decision_ids: Collection[int]) -> dict[int, tuple[int, int]]:
    """Decision -> its containers, and those that hold something and are still blocked by it."""
    query: Select[*tuple[Any, ...]] = (
        select(ReleaseDecisionContainer.decision_id, Container.remaining, Hold.lifted_at)
        .join(Container, Container.id == ReleaseDecisionContainer.container_id)
        .join(Hold, Hold.id == ReleaseDecisionContainer.hold_id)
        .where(ReleaseDecisionContainer.decision_id.in_(decision_ids))
    )
    counted: defaultdict[int, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for decision_id, remaining, lifted_at in session.execute(query):
        total, here = counted[decision_id]
        counted[decision_id] = (total + 1, here + (remaining > 0 and lifted_at is None))
    return counted
