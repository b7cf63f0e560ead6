"""Labels that no longer say what is true, and those that were only written by hand: what to print again.

What can make a label wrong is looked for first (an opening, a block, a corrected lot); only those few labels are then
worded anew and compared with what was printed. The cost follows them, not the stock.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from inventory.access import Actor
from inventory.labelling import prints, wording
from inventory.labelling.prints import Earlier
from inventory.labelling.wording import Labelled
from inventory.stock import usability
from models.organisation import Location
from models.printing import LabelPrint, LabelSheet
from models.stock import IS_NOT_EMPTY, Container, Hold, LotCorrectionContainer
from models.vocabulary import LabelKind

MOST_LISTED = 500
# What is left in it changes with each use; no label is printed again for that.
_MAY_CHANGE = ("amount", "content", "checked_by")


class Why(StrEnum):
    OPENED = "opened"
    DEADLINE = "deadline"
    LOT = "lot"
    BLOCKED = "blocked"
    OTHER = "other"
    BY_HAND = "by_hand"


@dataclass(frozen=True)
class ToReplace:
    """One label to print. `printed_at`: when the one on it was."""

    kind: LabelKind
    code: str
    product: str
    lot_number: str
    place: str
    why: Why
    printed_at: datetime


def labels_to_replace(session: Session, *, actor: Actor) -> list[ToReplace]:
    """At the present site, by place and code. What was emptied needs no label."""
    containers = _candidates(session, actor.site_id or 0)
    found = wording.of_containers(session, actor, LabelKind.CONTAINER, containers)
    before = _last_labels(session, containers)
    wrong = []
    for container, each in zip(containers, found, strict=True):
        last = before.get(container.id)
        if last is not None and (why := _why(each, *last)) is not None:
            wrong.append(_line(container, each.kind, why, last[1].printed_at))
    return wrong + _blocked_without_sticker(session, actor, containers)


def _candidates(session: Session, site_id: int) -> list[Container]:
    labelled = select(LabelPrint.container_id).where(LabelPrint.container_id.is_not(None))
    by_hand = labelled.join(LabelSheet, LabelSheet.id == LabelPrint.sheet_id).where(LabelSheet.is_by_hand)
    in_force = Hold.lifted_at.is_(None)
    query = (
        select(Container)
        .join(Location, Location.id == Container.location_id)
        .where(
            Location.site_id == site_id,
            IS_NOT_EMPTY,
            Container.id.in_(labelled),
            or_(
                Container.opened_at.is_not(None),
                Container.id.in_(by_hand),
                Container.id.in_(select(LotCorrectionContainer.container_id)),
                Container.id.in_(select(Hold.container_id).where(in_force, Hold.container_id.is_not(None))),
                Container.lot_id.in_(select(Hold.lot_id).where(in_force, Hold.lot_id.is_not(None))),
            ),
        )
        .options(*usability.WITH_FACTS)
        .order_by(Location.name, Container.id)
        .limit(MOST_LISTED)
    )
    return list(session.scalars(query))


_MAIN = (LabelKind.CONTAINER, LabelKind.OPENED, LabelKind.SYRINGE)


def _last_labels(session: Session, containers: list[Container]) -> dict[int, tuple[LabelKind, Earlier]]:
    """The newest of the labels that say what a container is."""
    query = (
        select(LabelPrint, LabelSheet)
        .join(LabelSheet, LabelSheet.id == LabelPrint.sheet_id)
        .where(LabelPrint.container_id.in_([each.id for each in containers]), LabelPrint.kind.in_(_MAIN))
        .order_by(LabelPrint.id)
    )
    last: dict[int, tuple[LabelKind, Earlier]] = {}
    for label, sheet in session.execute(query):
        earlier = Earlier(sheet.copies, label.says, sheet.printed_at, sheet.is_by_hand)
        last[label.container_id or 0] = (label.kind, earlier)
    return last


def _why(now: Labelled, kind: LabelKind, last: Earlier) -> Why | None:
    if now.kind is not kind:
        return Why.OPENED
    old, new = json.loads(last.says), json.loads(prints.says(now))
    differing = {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}.difference(_MAY_CHANGE)
    if differing & {"discard_after", "use_before", "is_session_only", "kept_for"}:
        return Why.DEADLINE
    if differing & {"lot_number", "expires"}:
        return Why.LOT
    if differing.difference({"language", "is_demo"}):
        return Why.OTHER
    return Why.BY_HAND if last.is_by_hand else None


def _blocked_without_sticker(session: Session, actor: Actor, containers: list[Container]) -> list[ToReplace]:
    """What got a label and was blocked since, and has no sticker that says so."""
    states = {state.container.id: state for state in usability.states(session, containers) if state.holds}
    held = [each for each in containers if each.id in states]
    if not held:
        return []
    stickers = wording.of_containers(session, actor, LabelKind.HOLD, held)
    before = prints.earlier_prints(session, stickers)
    return [
        _line(container, LabelKind.HOLD, Why.BLOCKED, _placed_at(session, states[container.id].holds[-1].hold_id))
        for container, sticker in zip(held, stickers, strict=True)
        if prints.target(sticker) not in before
    ]


def _placed_at(session: Session, hold_id: int) -> datetime:
    return session.get_one(Hold, hold_id).placed_at


def _line(container: Container, kind: LabelKind, why: Why, at: datetime) -> ToReplace:
    lot = container.lot
    return ToReplace(kind, container.code, lot.product.name, lot.lot_number, container.location.name, why, at)
