"""Prints: every label that was printed, with its copy number, by whom and why again (PRN-02).

A sheet keeps what its labels said, without names, so that the same sheet can be drawn again to the byte while its
printer may still fetch it. A label that says the same as the last one of its kind on the same thing is a reprint and
needs a reason; one that says something new replaces it and needs none.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inventory import texts
from inventory.access import Act, Actor, Permission
from inventory.care import patients
from inventory.errors import RecordNotFound
from inventory.evidence import audit
from inventory.evidence.canonical import canonical
from inventory.labelling import media, wording
from inventory.labelling.errors import ReprintNeedsReason, SheetClosed, StartNotOnSheet, TooManyLabels
from inventory.labelling.selecting import MOST_AT_ONCE, LabelsAsked
from inventory.labelling.wording import Labelled
from labels.contents import (
    BatchLabel,
    ContainerLabel,
    Content,
    HoldLabel,
    Ingredient,
    OpenedLabel,
    PlaceLabel,
    RecallLabel,
    SyringeLabel,
)
from labels.media import Medium
from models.base import Base
from models.organisation import Location, Site
from models.printing import LabelPrint, LabelSheet
from models.stock import Container, Lot
from models.vocabulary import LabelKind

MOST_COPIES = 100
FETCHED_FOR = timedelta(minutes=15)
_CONTENTS: Mapping[LabelKind, type] = {
    LabelKind.CONTAINER: ContainerLabel,
    LabelKind.OPENED: OpenedLabel,
    LabelKind.SYRINGE: SyringeLabel,
    LabelKind.BATCH: BatchLabel,
    LabelKind.PLACE: PlaceLabel,
    LabelKind.HOLD: HoldLabel,
    LabelKind.RECALL: RecallLabel,
}
_NOT_KEPT = ("patient_name", "born")

Target = tuple[LabelKind, str, int]


@dataclass(frozen=True)
class PrintLabels:
    """`medium` and `start` are not used for what is written by hand."""

    asked: LabelsAsked
    medium: str | None = None
    start: int = 1
    copies: int = 1
    reason: str | None = None
    is_by_hand: bool = False


@dataclass(frozen=True)
class Sheet:
    """What is drawn. `patient_ids`: whose names it shows."""

    contents: tuple[Content, ...]
    medium: Medium
    start: int
    copies: int
    patient_ids: frozenset[int]


@dataclass(frozen=True)
class Earlier:
    """What was printed of one label before: how many copies, and what the last one said and when."""

    copies: int
    says: str
    printed_at: datetime
    is_by_hand: bool


def proposed_sheet(session: Session, actor: Actor, command: PrintLabels) -> Sheet:
    """What would be printed, before anything is recorded. Raises what `print_labels` refuses, but for the reason."""
    medium = media.get_medium(session, site_id=actor.site_id or 0, code=command.medium or "")
    found = wording.labels_asked(session, actor, command.asked)
    _refuse_counts(found, command, medium)
    return _sheet(found, medium, command.start, command.copies)


def print_labels(session: Session, act: Act, command: PrintLabels) -> LabelSheet:
    """Record a print of what the labels say now. Raises `ReprintNeedsReason`, `StartNotOnSheet`, `TooManyLabels`."""
    act.require(Permission.PRINT_LABELS)
    medium = None
    if not command.is_by_hand:
        medium = media.get_medium(session, site_id=act.site_id, code=command.medium or "")
    found = wording.labels_asked(session, act.actor, command.asked)
    _refuse_counts(found, command, medium)
    before = earlier_prints(session, found)
    again = [before[target(each)] for each in found if _is_again(each, before)]
    reason = None if not command.reason else texts.reason(command.reason)
    if again and reason is None and not command.is_by_hand:
        last = max(each.printed_at for each in again)
        zone = ZoneInfo(session.get_one(Site, act.site_id).time_zone)
        raise ReprintNeedsReason(len(again), f"{last.astimezone(zone):%Y-%m-%d %H:%M}")
    sheet = LabelSheet(
        site_id=act.site_id,
        printed_at=act.now,
        printed_by_id=act.user_id,
        medium=None if medium is None else medium.code,
        start_at=1 if command.is_by_hand else command.start,
        copies=1 if command.is_by_hand else command.copies,
        is_by_hand=command.is_by_hand,
        reason=reason,
    )
    session.add(sheet)
    session.flush()  # its labels name it
    session.add_all(_row(sheet, position, each, before) for position, each in enumerate(found, 1))
    said = "labels written by hand" if command.is_by_hand else "labels printed"
    audit.record(session, act, said, sheet, *_subjects(session, found), reason=reason)
    return sheet


def _refuse_counts(found: Sequence[Labelled], command: PrintLabels, medium: Medium | None) -> None:
    if not 1 <= command.copies <= MOST_COPIES:
        raise TooManyLabels("copies of each label", command.copies, MOST_COPIES)
    if len(found) * command.copies > MOST_AT_ONCE:
        raise TooManyLabels("labels at once", len(found) * command.copies, MOST_AT_ONCE)
    if medium is not None and not 1 <= command.start <= medium.labels_a_page:
        raise StartNotOnSheet(command.start, medium.labels_a_page)


def _is_again(each: Labelled, before: Mapping[Target, Earlier]) -> bool:
    """By hand was only until a printer is there: the first print of it is none again."""
    found = before.get(target(each))
    return found is not None and not found.is_by_hand and found.says == says(each)


def _row(sheet: LabelSheet, position: int, each: Labelled, before: Mapping[Target, Earlier]) -> LabelPrint:
    earlier = before.get(target(each))
    return LabelPrint(
        sheet_id=sheet.id,
        position=position,
        kind=each.kind,
        container_id=each.container_id,
        lot_id=each.lot_id,
        location_id=each.location_id,
        patient_id=each.patient_id,
        copy_number=1 if earlier is None else earlier.copies + 1,
        shows_identity=each.shows_identity,
        says=says(each),
    )


def says(each: Labelled) -> str:
    """What the label says, written down in one way, without who the patient is."""
    facts = asdict(each.content)
    return canonical({name: value for name, value in facts.items() if name not in _NOT_KEPT})


def target(each: Labelled) -> Target:
    """Which label of which thing it is. Copies are counted by it."""
    if each.container_id is not None:
        return each.kind, "container", each.container_id
    if each.lot_id is not None:
        return each.kind, "lot", each.lot_id
    return each.kind, "location", each.location_id or 0


def earlier_prints(session: Session, found: Iterable[Labelled]) -> dict[Target, Earlier]:
    """What was printed of these labels before, by two questions a kind of thing, whatever their number."""
    wanted = {target(each) for each in found}
    known: dict[Target, Earlier] = {}
    for name in ("container", "lot", "location"):
        ids = {number for _, kind, number in wanted if kind == name}
        if ids:
            known |= {key: each for key, each in _earlier(session, name, ids) if key in wanted}
    return known


def _earlier(session: Session, name: str, ids: set[int]) -> Iterable[tuple[Target, Earlier]]:
    column = {"container": LabelPrint.container_id, "lot": LabelPrint.lot_id, "location": LabelPrint.location_id}[name]
    counted = (
        select(LabelPrint.kind, column, func.sum(LabelSheet.copies), func.max(LabelPrint.id))
        .join(LabelSheet, LabelSheet.id == LabelPrint.sheet_id)
        .where(column.in_(ids))
        .group_by(LabelPrint.kind, column)
    )
    rows = session.execute(counted).all()
    newest = (
        select(LabelPrint.id, LabelPrint.says, LabelSheet.printed_at, LabelSheet.is_by_hand)
        .join(LabelSheet, LabelSheet.id == LabelPrint.sheet_id)
        .where(LabelPrint.id.in_([row[3] for row in rows]))
    )
    last = {print_id: (text, at, by_hand) for print_id, text, at, by_hand in session.execute(newest)}
    for kind, number, copies, print_id in rows:
        yield (kind, name, number or 0), Earlier(int(copies), *last[print_id])


def _subjects(session: Session, found: Sequence[Labelled]) -> list[Base]:
    """Each thing in whose history the print is read."""
    subjects: list[Base] = []
    for kind, ids in (
        (Container, [each.container_id for each in found if each.container_id is not None]),
        (Lot, [each.lot_id for each in found if each.lot_id is not None]),
        (Location, [each.location_id for each in found if each.location_id is not None]),
    ):
        if ids:
            subjects += session.scalars(select(kind).where(kind.id.in_(ids)).order_by(kind.id))
    return subjects


def fetched_sheet(session: Session, *, actor: Actor, sheet_id: int, now: datetime) -> Sheet:
    """A sheet as it was printed, for who printed it, while it may be fetched. Raises `SheetClosed`."""
    sheet = session.get(LabelSheet, sheet_id)
    if sheet is None or sheet.site_id != actor.site_id or sheet.medium is None:
        raise RecordNotFound("print", str(sheet_id))
    if sheet.printed_by_id != actor.user_id or now > sheet.printed_at + FETCHED_FOR:
        raise SheetClosed(sheet_id, int(FETCHED_FOR.total_seconds() // 60))
    medium = media.get_medium(session, site_id=sheet.site_id, code=sheet.medium)
    may_reveal = Permission.REVEAL_IDENTITY in actor.permissions
    found = [_read(session, row, may_reveal=may_reveal) for row in sheet.labels]
    return _sheet(found, medium, sheet.start_at, sheet.copies)


def _read(session: Session, row: LabelPrint, *, may_reveal: bool) -> Labelled:
    """A label as it was printed, the name put in again. An identity erased meanwhile stays away."""
    facts = json.loads(row.says)
    if "ingredients" in facts:
        facts["ingredients"] = tuple(Ingredient(**each) for each in facts["ingredients"])
        facts["allergens"] = tuple(facts["allergens"])
    shows = row.shows_identity and may_reveal
    if row.kind is LabelKind.SYRINGE:
        facts |= dict.fromkeys(_NOT_KEPT)
    content = _CONTENTS[row.kind](**facts)
    if shows and row.patient_id is not None:
        content = named(session, content, row.patient_id)
    patient_id = row.patient_id if shows else None
    return Labelled(row.kind, content, row.container_id, row.lot_id, row.location_id, patient_id, shows)


def named(session: Session, content: SyringeLabel, patient_id: int) -> SyringeLabel:
    identity = patients.find_identity(session, patient_id=patient_id)
    if identity is None:
        return content
    born = None if identity.born_on is None else identity.born_on.isoformat()
    return replace(content, patient_name=identity.full_name, born=born)


def _sheet(found: Sequence[Labelled], medium: Medium, start: int, copies: int) -> Sheet:
    shown = frozenset(each.patient_id for each in found if each.shows_identity and each.patient_id is not None)
    return Sheet(tuple(each.content for each in found), medium, start, copies, shown)
