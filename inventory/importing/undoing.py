"""Undoing an import by reversing: stock by moves, and what the catalogue gained is offered no more (rule IMP-04).

A product or supplier that nothing names yet also gives back its name and its codes, so that the corrected file can be
imported: it is kept as "Name (import 12 undone)".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from inventory import texts
from inventory.access import Act, Permission
from inventory.catalogue import words
from inventory.evidence import audit, bulk
from inventory.importing.checking import PERMISSIONS
from inventory.importing.errors import ImportGoneOn, ImportOver
from inventory.importing.staging import ImportState, get_import, state_of
from inventory.stock import completeness, ledger
from inventory.stock.opening_stock import WRITTEN_WITH_IT
from models.base import Base
from models.catalogue import Product, ProductCode, Supplier
from models.importing import ImportFile
from models.organisation import Location
from models.stock import Container, Hold, StockEntry, StockMove
from models.vocabulary import EntryPurpose, IdentifiedBy, ImportKind, MovePurpose

_SHOWN_GONE_ON = 20


@dataclass(frozen=True)
class UndoImport:
    import_id: int
    reason: str


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
        _withdraw_products(session, act, file.id, frozenset(made))
    else:
        _withdraw_suppliers(session, file.id, frozenset(made))
    file.undone_at = act.now
    audit.record(session, act, "import undone", reason=reason, file=file.file_name, sha256=file.sha256)
    return file


def _withdraw_products(session: Session, act: Act, import_id: int, made: frozenset[int]) -> None:
    known = session.execute(
        select(Product.id, Product.name, Product.brand, Product.synonyms, Product.deactivated_at).order_by(Product.id)
    ).all()
    offered = [row.id for row in known if row.id in made and row.deactivated_at is None]
    bulk.change_rows(session, Product, offered, {"deactivated_at": (None, act.now)})
    unused = made - _named(session, "product", apart_from="product_code")
    names = _given_back({row.id: row.name for row in known}, unused, import_id)
    bulk.change_each(
        session,
        Product,
        {
            row.id: {
                "name": (row.name, names[row.id]),
                "search_words": (None, words.joined(names[row.id], row.brand, row.synonyms)),
            }
            for row in known
            if row.id in names
        },
    )
    codes = session.execute(select(ProductCode.id, ProductCode.product_id).where(ProductCode.removed_at.is_(None)))
    removed = [code_id for code_id, product_id in codes if product_id in unused]
    bulk.change_rows(session, ProductCode, removed, {"removed_at": (None, act.now)})
    audit.tell_about(session, "product", sorted({*offered, *unused}))


def _withdraw_suppliers(session: Session, import_id: int, made: frozenset[int]) -> None:
    known = session.execute(select(Supplier.id, Supplier.name, Supplier.is_active).order_by(Supplier.id)).all()
    active = [row.id for row in known if row.id in made and row.is_active]
    bulk.change_rows(session, Supplier, active, {"is_active": (True, False)})
    unused = made - _named(session, "supplier")
    names = _given_back({row.id: row.name for row in known}, unused, import_id)
    changes = {row.id: {"name": (row.name, names[row.id])} for row in known if row.id in names}
    bulk.change_each(session, Supplier, changes)
    audit.tell_about(session, "supplier", sorted({*active, *unused}))


def _named(session: Session, table: str, *, apart_from: str = "") -> set[int]:
    """The ids of the rows of `table` that rows of any other table name."""
    named: set[int] = set()
    for other in Base.metadata.sorted_tables:
        for key in other.foreign_keys:
            if key.column.table.name == table and other.name != apart_from:
                named |= set(session.scalars(select(key.parent).distinct().where(key.parent.is_not(None))))
    return named


def _given_back(names: Mapping[int, str], unused: frozenset[int], import_id: int) -> dict[int, str]:
    """The names under which they are kept from now on, each its own."""
    taken, kept = set(names.values()), {}
    for row_id in sorted(unused & names.keys()):
        name = f"{names[row_id]} (import {import_id} undone)"
        while name in taken:
            name += "*"
        taken.add(name)
        kept[row_id] = name
    return kept


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
