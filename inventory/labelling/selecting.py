"""Which labels are asked for: codes, a delivery, an entry, a lot, a mixture or places of the present site."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.access import Actor
from inventory.errors import BelongsToAnotherSite, RecordNotFound
from inventory.labelling.errors import NoSuchLabel, NothingToLabel, TooManyLabels
from inventory.rules.codes import CodeKind, check_code
from inventory.stock import places, usability
from models.care import CompoundingRecord
from models.organisation import Location
from models.stock import IS_NOT_EMPTY, Container, Lot, StockEntry, StockMove
from models.vocabulary import LabelKind, LotOrigin

T = TypeVar("T")

MOST_AT_ONCE = 2_000


@dataclass(frozen=True)
class LabelsAsked:
    """`CONTAINER`: the label of a container as it stands, sealed, opened or a prepared syringe."""

    kind: LabelKind = LabelKind.CONTAINER
    codes: tuple[str, ...] = ()
    delivery_id: int | None = None
    entry_id: int | None = None
    lot_id: int | None = None
    place_ids: tuple[int, ...] = ()


def places_asked(session: Session, actor: Actor, asked: LabelsAsked) -> list[Location]:
    """The places named by number or code, or all of the site. Raises `PlaceNotOfThisSite`."""
    site_id = actor.site_id or 0
    if asked.codes:
        return [_place_by_code(session, site_id, code) for code in dict.fromkeys(asked.codes)]
    if asked.place_ids:
        return [places.get_place(session, site_id, place_id) for place_id in dict.fromkeys(asked.place_ids)]
    return _some(places.list_places(session, site_id=site_id))


def _place_by_code(session: Session, site_id: int, code: str) -> Location:
    place = session.scalars(select(Location).where(Location.code == check_code(code))).one_or_none()
    if place is None:
        raise RecordNotFound("place", code)
    return places.get_place(session, site_id, place.id)


def records_asked(session: Session, actor: Actor, asked: LabelsAsked) -> list[CompoundingRecord]:
    """The preparations of a lot, by their own codes or those of their syringes. Raises `NoSuchLabel`."""
    if asked.lot_id is not None:
        lot = session.get(Lot, asked.lot_id)
        if lot is None:
            raise RecordNotFound("lot", str(asked.lot_id))
        return [_record(session, actor, lot)]
    codes = [check_code(code) for code in asked.codes]
    numbers = [code for code in codes if code.startswith(CodeKind.RECORD.value)]
    lots = {lot.id: lot for lot in session.scalars(select(Lot).where(Lot.lot_number.in_(numbers)).order_by(Lot.id))}
    others = tuple(code for code in codes if code not in {lot.lot_number for lot in lots.values()})
    if others or not codes:
        found = containers_asked(session, actor, replace(asked, codes=others))
        lots |= {container.lot_id: container.lot for container in found}
    return [_record(session, actor, lot) for lot in lots.values()]


def _record(session: Session, actor: Actor, lot: Lot) -> CompoundingRecord:
    if lot.origin is not LotOrigin.COMPOUNDED:
        raise NoSuchLabel(f"Lot {lot.lot_number}", "was not prepared here")
    record = session.scalars(select(CompoundingRecord).where(CompoundingRecord.lot_id == lot.id)).one()
    if record.site_id != actor.site_id:
        raise RecordNotFound("preparation", str(record.id))
    return record


def containers_asked(session: Session, actor: Actor, asked: LabelsAsked) -> list[Container]:
    """By code whatever is left in them; by delivery, entry or lot those with something left."""
    if asked.codes:
        found = usability.get_containers_anywhere(session, list(dict.fromkeys(asked.codes)))
        for container in found:
            if container.location.site_id != actor.site_id:
                raise BelongsToAnotherSite(container.code, container.location.site.name)
        return _some(list({container.id: container for container in found}.values()))
    query = select(Container).join(Location, Location.id == Container.location_id).options(*usability.WITH_FACTS)
    query = query.where(Location.site_id == actor.site_id, IS_NOT_EMPTY)
    if asked.lot_id is not None:
        query = query.where(Container.lot_id == asked.lot_id)
    else:
        query = query.where(
            Container.id.in_(select(StockMove.container_id).where(StockMove.entry_id == _entry(session, actor, asked)))
        )
    return _some(list(session.scalars(query.order_by(Container.id).limit(MOST_AT_ONCE + 1))))


def _entry(session: Session, actor: Actor, asked: LabelsAsked) -> int:
    query = select(StockEntry.id).where(StockEntry.site_id == actor.site_id)
    if asked.delivery_id is not None:
        found = session.scalar(query.where(StockEntry.delivery_id == asked.delivery_id))
        kind, key = "delivery", asked.delivery_id
    elif asked.entry_id is not None:
        found = session.scalar(query.where(StockEntry.id == asked.entry_id))
        kind, key = "entry", asked.entry_id
    else:
        raise NothingToLabel
    if found is None:
        raise RecordNotFound(kind, str(key))
    return found


def _some(found: Sequence[T]) -> list[T]:
    if not found:
        raise NothingToLabel
    if len(found) > MOST_AT_ONCE:
        raise TooManyLabels("labels at once", len(found), MOST_AT_ONCE)
    return list(found)
