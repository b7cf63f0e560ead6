"""What a scan means in a count: a container, a question about one, a number to give, or something unknown.

A code of ours counts its container. A maker's code names a lot, of which the sealed ones are counted by number. What
nobody knows is kept as it was scanned and named in the result.
"""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.access import Act, Permission
from inventory.catalogue.recognising import code_on_box, find_by_scan
from inventory.errors import InvalidCode, RecordNotFound, Refusal, WrongCheckCharacter
from inventory.rules.barcodes import Scan, Scheme, read_second_code
from inventory.rules.codes import CodeKind, check_code, kind_of
from inventory.stock import counts
from inventory.stock.counts import CountContainer
from inventory.stock.errors import AmountToMeasure, WrongPlaceScanned
from models.counts import CountReading, StockCount
from models.organisation import Location, Site
from models.stock import Container, Lot, Pack
from models.vocabulary import IdentifiedBy


@dataclass(frozen=True)
class ScanInCount:
    count_id: int
    text: str


@dataclass(frozen=True)
class Scanned:
    """`reading`: what was counted. Otherwise what must be said first: how much of `code`, or how many of `lot_id`."""

    reading: CountReading | None = None
    code: str | None = None
    lot_id: int | None = None


def count_scan(session: Session, act: Act, command: ScanInCount) -> Scanned:
    """Raises the refusals of `counts.count_container`, and `WrongCheckCharacter` for one of our codes with a slip."""
    act.require(Permission.COUNT_STOCK)
    count = counts.get_open_count(session, act, command.count_id)
    text = counts.scanned_text(command.text.strip()) or ""
    try:
        code = check_code(text)
    except InvalidCode:
        return _makers(session, act, count, text)
    except WrongCheckCharacter:
        if len(_lots(session, text)) == 1:  # a maker's lot number may happen to begin like a code of ours
            return _makers(session, act, count, text)
        raise
    return _ours(session, act, count, code, text)


def _ours(session: Session, act: Act, count: StockCount, code: str, raw: str) -> Scanned:
    kind = kind_of(code)
    if kind is CodeKind.LOCATION:
        place = session.scalars(select(Location).where(Location.code == code)).one_or_none()
        raise WrongPlaceScanned(code if place is None else place.name)
    try:
        return _container(session, act, count, code, IdentifiedBy.OUR_CODE, raw)
    except RecordNotFound:
        lots = _lots(session, raw)  # a maker's lot number may happen to look like one of our codes
        if len(lots) == 1:
            return Scanned(lot_id=lots[0].id)
        return Scanned(counts.add_stranger(session, act, count, None, raw, "no container has this code"))


def _container(
    session: Session, act: Act, count: StockCount, code: str, identified_by: IdentifiedBy, raw: str
) -> Scanned:
    command = CountContainer(count.id, code, identified_by=identified_by, raw=raw)
    try:
        return Scanned(counts.count_container(session, act, command))
    except AmountToMeasure:
        return Scanned(code=code)


def _makers(session: Session, act: Act, count: StockCount, text: str) -> Scanned:
    zone = ZoneInfo(session.get_one(Site, act.site_id).time_zone)
    try:
        scan = read_second_code(text, act.now.astimezone(zone).date())
    except Refusal as refusal:
        lots = _lots(session, text)
        if len(lots) == 1:
            return Scanned(lot_id=lots[0].id)
        return Scanned(counts.add_stranger(session, act, count, None, text, refusal.what))
    only = _only_of_pack(session, scan)
    if only is not None:
        return _container(session, act, count, only.code, IdentifiedBy.SERIAL, text)
    lot = _lot(session, scan)
    if lot is not None:
        return Scanned(lot_id=lot.id)
    return Scanned(counts.add_stranger(session, act, count, None, text, _unknown(session, scan)))


def _only_of_pack(session: Session, scan: Scan) -> Container | None:
    """A serial number names a pack; only a pack of one is a container."""
    if scan.gtin is None or scan.serial is None:
        return None
    query = (
        select(Container)
        .join(Pack, Pack.id == Container.pack_id)
        .where(Pack.gtin == scan.gtin, Pack.serial == scan.serial)
    )
    found = list(session.scalars(query.limit(2)))
    return found[0] if len(found) == 1 else None


def _lot(session: Session, scan: Scan) -> Lot | None:
    """The lot it names, of the product it names. A product that nobody knows by this code has no lot."""
    if _is_plain(scan):  # perhaps the number of a lot, typed from the print
        lots = _lots(session, scan.raw.strip())
    elif code_on_box(scan) is None:
        lots = _lots(session, scan.lot_number) if scan.lot_number is not None else []
    else:
        known = find_by_scan(session, scan)
        if known is None or scan.lot_number is None:
            return None
        lots = [lot for lot in _lots(session, scan.lot_number) if lot.product_id == known[0].id]
    return lots[0] if len(lots) == 1 else None


def _is_plain(scan: Scan) -> bool:
    return scan.scheme is Scheme.INTERNAL


def _lots(session: Session, lot_number: str) -> list[Lot]:
    """Lots of exactly this number. An old spelling stands for the lot it was corrected to."""
    found = session.scalars(select(Lot).where(Lot.lot_number == lot_number).order_by(Lot.id))
    return [lot if lot.merged_into_id is None else session.get_one(Lot, lot.merged_into_id) for lot in found]


def _unknown(session: Session, scan: Scan) -> str:
    wanted = code_on_box(scan)
    if wanted is not None and not _is_plain(scan) and find_by_scan(session, scan) is None:
        return f"no product is known by the code {wanted.code}"
    return "the code says no lot" if scan.lot_number is None else f"no lot {scan.lot_number} is known"
