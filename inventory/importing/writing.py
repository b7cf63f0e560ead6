"""What a checked table writes: prepared without the lock, written under it by one statement for each table."""

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.access import Act
from inventory.evidence import audit, bulk
from inventory.evidence.bulk import Prepared
from inventory.importing.catalogue_rows import NewProduct, RemovedCode
from inventory.importing.checking import Checked
from inventory.importing.stock_rows import NewLine
from inventory.rules.codes import CodeKind, make_code
from inventory.stock import ledger, places
from models.catalogue import Product, ProductCode, Supplier
from models.stock import Container, Hold, Lot, OpeningStockLine, StockMove
from models.vocabulary import (
    CodeScheme,
    EntryPurpose,
    IdentifiedBy,
    ImportKind,
    LocationKind,
    LotOrigin,
    MovePurpose,
)


class Written(Protocol):
    """Rows that wait for the lock."""

    def write(self, session: Session, act: Act) -> list[int]:
        """Answers the ids by which the import can be undone."""


@dataclass(frozen=True)
class _Suppliers:
    rows: Prepared

    def write(self, session: Session, act: Act) -> list[int]:  # noqa: ARG002  # asked as the others are
        ids = bulk.write(session, self.rows)
        audit.tell_about(session, "supplier", ids)
        return ids


def _suppliers(session: Session, act: Act, checked: Checked) -> Written:  # noqa: ARG001  # asked as the others are
    return _Suppliers(bulk.prepare(session, Supplier, checked.made))


@dataclass(frozen=True)
class _Products:
    """`coded`: the place of the product of each row of `codes`; `learnt_anew`: codes that were taken off another."""

    rows: Prepared
    codes: Prepared
    coded: tuple[int, ...]
    learnt_anew: tuple[tuple[int, NewProduct, RemovedCode], ...]

    def write(self, session: Session, act: Act) -> list[int]:  # noqa: ARG002  # as above
        ids = bulk.write(session, self.rows)
        bulk.write(session, self.codes, {"product_id": [ids[place] for place in self.coded]})
        bulk.change_each(
            session,
            ProductCode,
            {
                code.id: {
                    "product_id": (code.product_id, ids[place]),
                    "containers_per_pack": (code.containers_per_pack, new.containers_per_pack),
                    "removed_at": (code.removed_at, None),
                }
                for place, new, code in self.learnt_anew
            },
        )
        audit.tell_about(session, "product", ids)
        return ids


def _products(session: Session, act: Act, checked: Checked) -> Written:  # noqa: ARG001  # as above
    made: Sequence[NewProduct] = checked.made
    removed: Mapping[str, RemovedCode] = checked.state.removed
    fresh = [(place, new) for place, new in enumerate(made) if new.gtin is not None and new.gtin not in removed]
    codes = [
        {"scheme": CodeScheme.GTIN, "code": new.gtin, "containers_per_pack": new.containers_per_pack}
        for _, new in fresh
    ]
    return _Products(
        rows=bulk.prepare(session, Product, [new.values for new in made]),
        codes=bulk.prepare(session, ProductCode, codes, later=("product_id",)),
        coded=tuple(place for place, _ in fresh),
        learnt_anew=tuple(
            (place, new, removed[new.gtin]) for place, new in enumerate(made) if new.gtin and new.gtin in removed
        ),
    )


@dataclass(frozen=True)
class _Stock:
    """One entry for each place, as a count at the shelf makes it.

    `known_lots` and then the new `lots` are counted through; `lot_of` a line is its place among them, as `place_of` a
    line is among the places, `line_of` a container among the lines, and `held` the container of each hold.
    """

    places: int
    known_lots: tuple[int, ...]
    lots: Prepared
    lines: Prepared
    lot_of: tuple[int, ...]
    place_of: tuple[int, ...]
    containers: Prepared
    moves: Prepared
    line_of: tuple[int, ...]
    holds: Prepared
    held: tuple[int, ...]

    def write(self, session: Session, act: Act) -> list[int]:
        entries = [ledger.open_entry(session, act, EntryPurpose.OPENING) for _ in range(self.places)]
        session.flush()  # lines and moves name them
        lots = [*self.known_lots, *bulk.write(session, self.lots)]
        lot_ids = [lots[place] for place in self.lot_of]
        entry_ids = [entries[place].id for place in self.place_of]
        containers: dict[str, Sequence[Any]] = {
            "lot_id": [lot_ids[line] for line in self.line_of],
            "received_at": [act.now] * len(self.containers),
        }
        container_ids = bulk.write(session, self.containers, containers)
        moves = {"entry_id": [entry_ids[line] for line in self.line_of], "container_id": container_ids}
        bulk.write(session, self.moves, moves)
        bulk.write(session, self.lines, {"entry_id": entry_ids, "lot_id": lot_ids})
        holds: dict[str, Sequence[Any]] = {
            "container_id": [container_ids[place] for place in self.held],
            "placed_at": [act.now] * len(self.holds),
        }
        bulk.write(session, self.holds, holds)
        made = [entry.id for entry in entries]
        audit.tell_about(session, "stock_entry", made)
        audit.tell_about(session, "lot", sorted(set(lots)))
        return made


def _stock(session: Session, act: Act, checked: Checked) -> Written:
    place_ids = tuple(dict.fromkeys(line.location_id for line in checked.made))
    made: list[NewLine] = sorted(checked.made, key=lambda line: place_ids.index(line.location_id))
    known = dict(_known_lots(session, checked))
    wanted = {line.lot: line for line in reversed(checked.made)}  # the first of each
    new = [line for key, line in reversed(wanted.items()) if key not in known]
    used = [key for key in wanted if key in known]
    places_of_lots = {key: place for place, key in enumerate([*used, *(line.lot for line in new)])}
    line_of = tuple(number for number, line in enumerate(made) for _ in range(line.containers))
    each = [made[number] for number in line_of]
    holds = list(_holds(session, act, each))
    return _Stock(
        places=len(place_ids),
        known_lots=tuple(known[key] for key in used),
        lots=bulk.prepare(session, Lot, [_lot(line) for line in new]),
        lines=bulk.prepare(session, OpeningStockLine, [_line(line) for line in made], later=("entry_id", "lot_id")),
        lot_of=tuple(places_of_lots[line.lot] for line in made),
        place_of=tuple(place_ids.index(line.location_id) for line in made),
        containers=bulk.prepare(
            session, Container, [_container(line) for line in each], later=("lot_id", "received_at")
        ),
        moves=_moves(session, act, each),
        line_of=line_of,
        holds=bulk.prepare(session, Hold, [row for _, row in holds], later=("container_id", "placed_at")),
        held=tuple(place for place, _ in holds),
    )


def _known_lots(session: Session, checked: Checked) -> Iterator[tuple[tuple[int, str], int]]:
    """Those of the records that the check saw, and that are compared under the lock."""
    product_ids = sorted({line.lot[0] for line in checked.made})
    for start in range(0, len(product_ids), 500):
        part = product_ids[start : start + 500]
        rows = session.execute(select(Lot.product_id, Lot.lot_number, Lot.id).where(Lot.product_id.in_(part)))
        yield from (((product_id, number), lot_id) for product_id, number, lot_id in rows)


def _lot(line: NewLine) -> dict[str, Any]:
    return {
        "product_id": line.lot[0],
        "lot_number": line.lot[1],
        "expires_on": line.expires_on,
        "is_month_only": line.is_month_only,
        "origin": LotOrigin.RECEIVED,
    }


def _line(line: NewLine) -> dict[str, Any]:
    return {"location_id": line.location_id, "containers": line.containers, "left_entered": line.left_entered}


def _container(line: NewLine) -> dict[str, Any]:
    return {
        "code": make_code(CodeKind.CONTAINER, secrets.randbits),
        "location_id": line.location_id,
        "content": line.content,
        "found": ledger.NOTHING,
        "remaining": line.amount,
        "opened_at": line.opened_at,
        "discard_at": line.discard_at,
    }


def _moves(session: Session, act: Act, each: Sequence[NewLine]) -> Prepared:
    source_id = places.boundary_id(session, act.site_id, LocationKind.EXTERNAL)
    rows = [
        {
            "from_location_id": source_id,
            "to_location_id": line.location_id,
            "amount": line.amount,
            "purpose": MovePurpose.OPENING,
            "identified_by": IdentifiedBy.BY_HAND,
        }
        for line in each
    ]
    return bulk.prepare(session, StockMove, rows, later=("entry_id", "container_id"))


def _holds(session: Session, act: Act, each: Sequence[NewLine]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Of the rows themselves, and of the place where it is held (as `holds.hold_arrivals`), with their containers."""
    query = select(Hold).where(Hold.location_id.in_({line.location_id for line in each}), Hold.lifted_at.is_(None))
    placed: dict[int | None, list[Hold]] = {}
    for hold in session.scalars(query.order_by(Hold.id)):
        placed.setdefault(hold.location_id, []).append(hold)
    common = {"site_id": act.site_id, "placed_by_id": act.user_id}
    for place, line in enumerate(each):
        for cause in line.causes:
            yield place, common | {"kind": cause.kind, "cause": cause.text}
        for hold in placed.get(line.location_id, ()):
            yield place, common | {"kind": hold.kind, "cause": hold.cause, "parent_id": hold.id}


PREPARERS: Mapping[ImportKind, Callable[[Session, Act, Checked], Written]] = MappingProxyType(
    {
        ImportKind.SUPPLIERS: _suppliers,
        ImportKind.PRODUCTS: _products,
        ImportKind.OPENING_STOCK: _stock,
    }
)
