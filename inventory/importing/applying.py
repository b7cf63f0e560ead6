"""Importing a file, whole or not at all, and undoing it.

What was checked before the lock is written under it by a few statements, if the records it rests on are still the same
(rule IMP-02). Undoing reverses: stock by moves, and what the catalogue gained is offered no more (rule IMP-04).
"""

import json
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from inventory import texts
from inventory.access import Act, Permission
from inventory.catalogue import codes
from inventory.catalogue.codes import LearnCode
from inventory.evidence import audit, bulk
from inventory.importing.catalogue_rows import NewProduct, product_facts
from inventory.importing.checking import PERMISSIONS, Checked, check, state_now
from inventory.importing.errors import ImportGoneOn, ImportHasProblems, ImportHasQuestions, ImportOutdated, ImportOver
from inventory.importing.staging import ImportState, get_import, open_import, rows_of, state_of
from inventory.importing.stock_rows import NewLine
from inventory.rules.codes import CodeKind, make_code
from inventory.stock import completeness, ledger, places
from inventory.stock.opening_stock import WRITTEN_WITH_IT
from models.catalogue import Product, ProductCode, Supplier
from models.importing import ImportFile
from models.organisation import Location
from models.stock import Container, Hold, Lot, OpeningStockLine, StockEntry, StockMove
from models.vocabulary import (
    CodeScheme,
    EntryPurpose,
    IdentifiedBy,
    ImportKind,
    LocationKind,
    LotOrigin,
    MovePurpose,
)

_SHOWN_GONE_ON = 20
_DONE = {
    ImportKind.SUPPLIERS: "suppliers imported",
    ImportKind.PRODUCTS: "products imported",
    ImportKind.OPENING_STOCK: "opening stock imported",
}


@dataclass(frozen=True)
class ApplyImport:
    """`are_questions_answered`: a person looked at what is asked, and it is right as it stands."""

    import_id: int
    version: int
    checked: Checked
    are_questions_answered: bool = False


@dataclass(frozen=True)
class UndoImport:
    import_id: int
    reason: str


def prepared(
    session: Session, act: Act, import_id: int, version: int, *, are_questions_answered: bool = False
) -> ApplyImport:
    """The file as it was previewed, checked anew without the lock. Whether it is still open is asked under it."""
    file = get_import(session, act.actor, import_id)
    if state_of(file) is not ImportState.CHECKED:
        return ApplyImport(file.id, version, Checked((), (), None), are_questions_answered)
    columns, headings = tuple(json.loads(file.columns)), json.loads(file.headings)
    checked = check(session, act, file.kind, headings, columns, rows_of(session, import_id=file.id))
    return ApplyImport(file.id, version, checked, are_questions_answered)


def apply_import(session: Session, act: Act, command: ApplyImport) -> ImportFile:
    """Raises `ImportHasProblems`, `ImportHasQuestions`, `ImportOutdated`, and what `open_import` does."""
    file = open_import(session, act, command.import_id, command.version)
    act.require(PERMISSIONS[file.kind])
    checked = command.checked
    if checked.problem_count:
        raise ImportHasProblems(checked.problem_count)
    if checked.question_count and not command.are_questions_answered:
        raise ImportHasQuestions(checked.question_count)
    if state_now(session, act, file.kind) != checked.state:
        raise ImportOutdated
    made = _WRITERS[file.kind](session, act, checked.made)
    file.applied_at, file.applied_by_id = act.now, act.user_id
    file.made = audit.id_ranges(made)
    audit.record(session, act, _DONE[file.kind], file=file.file_name, sha256=file.sha256, rows=file.rows)
    return file


def _write_suppliers(session: Session, act: Act, made: Sequence[Mapping[str, Any]]) -> list[int]:  # noqa: ARG001  # asked as the others are
    ids = bulk.add_rows(session, Supplier, made)
    audit.tell_about(session, "supplier", ids)
    return ids


def _write_products(session: Session, act: Act, made: Sequence[NewProduct]) -> list[int]:  # noqa: ARG001  # as above
    ids = bulk.add_rows(session, Product, [new.values for new in made])
    removed = product_facts(session).removed
    coded = [(product_id, new) for product_id, new in zip(ids, made, strict=True) if new.gtin is not None]
    fresh = [
        {
            "product_id": product_id,
            "scheme": CodeScheme.GTIN,
            "code": new.gtin,
            "containers_per_pack": new.containers_per_pack,
        }
        for product_id, new in coded
        if new.gtin not in removed
    ]
    bulk.add_rows(session, ProductCode, fresh)
    for product_id, new in coded:
        if new.gtin is not None and new.gtin in removed:
            learn = LearnCode(product_id, CodeScheme.GTIN, new.gtin, new.containers_per_pack)
            codes.learn(session, session.get_one(Product, product_id), learn)
    audit.tell_about(session, "product", ids)
    return ids


def _write_stock(session: Session, act: Act, made: Sequence[NewLine]) -> list[int]:
    """One entry for each place, as a count at the shelf makes it."""
    lot_ids = _lot_ids(session, made)
    by_place: dict[int, list[NewLine]] = {}
    for line in made:
        by_place.setdefault(line.location_id, []).append(_dated(line, act))
    entries = []
    for location_id, lines in by_place.items():
        entry = ledger.open_entry(session, act, EntryPurpose.OPENING)
        session.flush()  # its lines and moves name it
        _write_place(session, act, entry, session.get_one(Location, location_id), lines, lot_ids)
        audit.tell_about(session, "stock_entry", [entry.id])
        entries.append(entry.id)
    audit.tell_about(session, "lot", sorted(set(lot_ids.values())))
    return entries


def _dated(line: NewLine, act: Act) -> NewLine:
    """Opened, and nobody knows when: its time is over (rule OPN-02)."""
    return replace(line, opened_at=act.now, discard_at=act.now) if line.is_opening_unknown else line


def _lot_ids(session: Session, made: Sequence[NewLine]) -> dict[tuple[int, str], int]:
    """Of every lot in the file; those not known yet are made known."""
    wanted = {line.lot: line for line in reversed(made)}
    product_ids = sorted({product_id for product_id, _ in wanted})
    known: dict[tuple[int, str], int] = {}
    for start in range(0, len(product_ids), 500):
        part = product_ids[start : start + 500]
        rows = session.execute(select(Lot.product_id, Lot.lot_number, Lot.id).where(Lot.product_id.in_(part)))
        known |= {(product_id, number): lot_id for product_id, number, lot_id in rows}
    new = [line for key, line in wanted.items() if key not in known]
    rows_to_add = [
        {
            "product_id": line.lot[0],
            "lot_number": line.lot[1],
            "expires_on": line.expires_on,
            "is_month_only": line.is_month_only,
            "origin": LotOrigin.RECEIVED,
        }
        for line in new
    ]
    ids = bulk.add_rows(session, Lot, rows_to_add)
    return {key: known[key] for key in wanted if key in known} | {
        line.lot: lot_id for line, lot_id in zip(new, ids, strict=True)
    }


def _write_place(
    session: Session,
    act: Act,
    entry: StockEntry,
    place: Location,
    lines: Sequence[NewLine],
    lot_ids: dict[tuple[int, str], int],
) -> None:
    each = [line for line in lines for _ in range(line.containers)]
    container_ids = bulk.add_rows(
        session,
        Container,
        [
            {
                "code": make_code(CodeKind.CONTAINER, secrets.randbits),
                "lot_id": lot_ids[line.lot],
                "location_id": place.id,
                "content": line.content,
                "found": ledger.NOTHING,
                "remaining": line.amount,
                "received_at": entry.occurred_at,
                "opened_at": line.opened_at,
                "discard_at": line.discard_at,
            }
            for line in each
        ],
    )
    source_id = places.boundary_id(session, act.site_id, LocationKind.EXTERNAL)
    bulk.add_rows(
        session,
        StockMove,
        [
            {
                "entry_id": entry.id,
                "container_id": container_id,
                "from_location_id": source_id,
                "to_location_id": place.id,
                "amount": line.amount,
                "purpose": MovePurpose.OPENING,
                "identified_by": IdentifiedBy.BY_HAND,
            }
            for container_id, line in zip(container_ids, each, strict=True)
        ],
    )
    bulk.add_rows(
        session,
        OpeningStockLine,
        [
            {
                "entry_id": entry.id,
                "location_id": place.id,
                "lot_id": lot_ids[line.lot],
                "containers": line.containers,
                "left_entered": line.left_entered,
            }
            for line in lines
        ],
    )
    _write_holds(session, act, place, list(zip(container_ids, each, strict=True)))


def _write_holds(session: Session, act: Act, place: Location, filled: Sequence[tuple[int, NewLine]]) -> None:
    """Of the rows themselves, and of the place where it is held (as `holds.hold_arrivals`)."""
    query = select(Hold).where(Hold.location_id == place.id, Hold.lifted_at.is_(None)).order_by(Hold.id)
    placed = list(session.scalars(query))
    common = {"site_id": act.site_id, "placed_at": act.now, "placed_by_id": act.user_id}
    rows = [
        common | {"kind": cause.kind, "cause": cause.text, "container_id": container_id}
        for container_id, line in filled
        for cause in line.causes
    ]
    rows += [
        common | {"kind": hold.kind, "cause": hold.cause, "container_id": container_id, "parent_id": hold.id}
        for hold in placed
        for container_id, _ in filled
    ]
    bulk.add_rows(session, Hold, rows)


_WRITERS: Mapping[ImportKind, Callable[[Session, Act, Sequence[Any]], list[int]]] = {
    ImportKind.SUPPLIERS: _write_suppliers,
    ImportKind.PRODUCTS: _write_products,
    ImportKind.OPENING_STOCK: _write_stock,
}


def undo_import(session: Session, act: Act, command: UndoImport) -> ImportFile:
    """Raises `ImportGoneOn` with the vials and what was done to them, `ImportOver`, `PlaceDeclaredDone`."""
    file = get_import(session, act.actor, command.import_id)
    act.require(PERMISSIONS[file.kind])
    state = state_of(file)
    if state is not ImportState.IMPORTED:
        raise ImportOver(state.value)
    reason = texts.reason(command.reason)
    made = _ids(file.made or "")
    if file.kind is ImportKind.OPENING_STOCK:
        if file.applied_by_id != act.user_id:
            act.require(Permission.CORRECT_ENTRY)
        _reverse_stock(session, act, made, reason)
    elif file.kind is ImportKind.PRODUCTS:
        offered = [row for row in made if row in set(_offered(session, made))]
        bulk.change_rows(session, Product, offered, {"deactivated_at": (None, act.now)})
        audit.tell_about(session, "product", offered)
    else:
        active = set(session.scalars(select(Supplier.id).where(Supplier.is_active)))
        used = [row for row in made if row in active]
        bulk.change_rows(session, Supplier, used, {"is_active": (True, False)})
        audit.tell_about(session, "supplier", used)
    file.undone_at = act.now
    audit.record(session, act, "import undone", reason=reason, file=file.file_name, sha256=file.sha256)
    return file


def _offered(session: Session, made: Sequence[int]) -> Iterator[int]:
    known = set(made)
    for product_id in session.scalars(select(Product.id).where(Product.deactivated_at.is_(None))):
        if product_id in known:
            yield product_id


def _ids(ranges: str) -> list[int]:
    """The ids of `audit.id_ranges`."""
    ids: list[int] = []
    for part in filter(None, ranges.split(",")):
        first, _, last = part.partition("-")
        ids += range(int(first), int(last or first) + 1)
    return ids


@dataclass(frozen=True)
class _Standing:
    """A move of the import that nobody reversed, and how its container stands now."""

    id: int
    container_id: int
    code: str
    from_location_id: int
    location_id: int
    amount: Any
    remaining: Any


def _reverse_stock(session: Session, act: Act, entry_ids: Sequence[int], reason: str) -> None:
    for entry_id in entry_ids:
        root = session.get_one(StockEntry, entry_id)
        standing = _standing(session, root)
        if not standing:
            continue
        counted_at = session.scalar(select(StockMove.to_location_id).where(StockMove.entry_id == root.id).limit(1))
        completeness.refuse_done(session, session.get_one(Location, counted_at))
        _refuse_gone_on(session, root, standing)
        entry = ledger.open_entry(
            session, act, EntryPurpose.CORRECTED, occurred_at=root.occurred_at, reason=reason, corrects_id=root.id
        )
        session.flush()  # its moves name it
        bulk.add_rows(session, StockMove, [_reversal(entry, move) for move in standing])
        container_ids = [move.container_id for move in standing]
        emptied = {"remaining": ledger.NOTHING, "closed_at": entry.occurred_at, "closed_why": MovePurpose.OPENING}
        bulk.change_rows(session, Container, container_ids, {}, **emptied)
        _lift_holds(session, act, root, set(container_ids), reason)
        audit.tell_about(session, "stock_entry", [entry.id, root.id])


def _standing(session: Session, root: StockEntry) -> list[_Standing]:
    reversal = aliased(StockMove)
    query = (
        select(
            StockMove.id,
            StockMove.container_id,
            Container.code,
            StockMove.from_location_id,
            Container.location_id,
            StockMove.amount,
            Container.remaining,
        )
        .join(Container, Container.id == StockMove.container_id)
        .outerjoin(reversal, reversal.reverses_id == StockMove.id)
        .where(StockMove.entry_id == root.id, reversal.id.is_(None))
        .order_by(StockMove.id)
    )
    return [_Standing(*row) for row in session.execute(query)]


def _refuse_gone_on(session: Session, root: StockEntry, standing: Sequence[_Standing]) -> None:
    gone = [move for move in standing if move.remaining != move.amount]
    if not gone:
        return
    shown = {move.container_id: move.code for move in gone[:_SHOWN_GONE_ON]}
    query = select(StockMove.container_id, StockMove.purpose).where(
        StockMove.container_id.in_(shown), StockMove.entry_id != root.id, StockMove.reverses_id.is_(None)
    )
    later: dict[int, list[str]] = {}
    for container_id, purpose in session.execute(query.order_by(StockMove.id)):
        later.setdefault(container_id, []).append(purpose.value)
    told = tuple(f"{code} ({', '.join(later.get(key, ['corrected']))})" for key, code in shown.items())
    raise ImportGoneOn(told, len(gone) - len(shown))


def _reversal(entry: StockEntry, move: _Standing) -> dict[str, Any]:
    """As `ledger.reverse`: what never came in leaves from where it is now."""
    return {
        "entry_id": entry.id,
        "container_id": move.container_id,
        "from_location_id": move.location_id,
        "to_location_id": move.from_location_id,
        "amount": move.amount,
        "purpose": MovePurpose.OPENING,
        "reverses_id": move.id,
        "identified_by": IdentifiedBy.BY_HAND,
    }


def _lift_holds(session: Session, act: Act, root: StockEntry, container_ids: set[int], reason: str) -> None:
    """There are no such containers after all, so nothing is kept from use."""
    query = select(Hold.id, Hold.container_id).where(
        Hold.placed_at == root.recorded_at,
        Hold.container_id.is_not(None),
        Hold.kind.in_(WRITTEN_WITH_IT),
        Hold.lifted_at.is_(None),
    )
    ids = [hold_id for hold_id, container_id in session.execute(query) if container_id in container_ids]
    changed = {"lifted_at": (None, act.now), "lifted_by_id": (None, act.user_id), "lift_reason": (None, reason)}
    bulk.change_rows(session, Hold, ids, changed)
