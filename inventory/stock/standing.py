"""What stands at a site: now, or at the end of a past day.

Now is what the containers say. Then is worked out from the moves: a container that nothing has happened to since
stands as it does now; of every other one the moves until then are added up. A move counts at the time it happened,
not when somebody wrote it down, and a correction counts at the time of what it corrects: the answer is what is known
today about that evening. The cost follows the stock and what has happened since, not the whole ledger.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, Subquery, cast, func, literal_column, or_, select, union_all

from models.organisation import Location
from models.stock import IS_NOT_EMPTY, Container, StockEntry, StockMove
from models.vocabulary import LocationKind

_INSIDE = [kind for kind in LocationKind if kind.is_inside]


@dataclass(frozen=True)
class Standing:
    """Containers that hold something: columns `id, lot_id, location_id, remaining, opened_at`.

    `at` is empty for now. `parts` are the same containers, each in one part: columns and conditions of each. `only`
    makes the same of fewer containers, those for which these conditions on `Container` are true, and costs as much
    less: the database would find what stands first and look at the conditions later.
    """

    at: datetime | None
    c: Any
    where: tuple[ColumnElement[bool], ...]
    parts: tuple[tuple[Any, tuple[ColumnElement[bool], ...]], ...]
    only: Callable[..., "Standing"]

    @property
    def is_sealed(self) -> ColumnElement[bool]:
        return self._is_sealed(self.c)

    def sealed_sums(self) -> Subquery:
        """`lot_id, location_id, count, amount` of what is sealed. Each part is summed by itself, in the order of the
        index, and the sums are added up: all at once takes SQLite three times as long.
        """
        sums = [
            select(c.lot_id, c.location_id, func.count().label("count"), func.sum(c.remaining).label("amount"))
            .where(*where, self._is_sealed(c))
            .group_by(c.location_id, c.lot_id)
            for c, where in self.parts
        ]
        if len(sums) == 1:
            return sums[0].subquery()
        each = union_all(*sums).subquery().c
        return (
            select(
                each.lot_id,
                each.location_id,
                cast(func.sum(each["count"]), BigInteger).label("count"),
                func.sum(each.amount).label("amount"),
            )
            .group_by(each.location_id, each.lot_id)
            .subquery()
        )

    def _is_sealed(self, c: Any) -> ColumnElement[bool]:
        is_closed: ColumnElement[bool] = c.opened_at.is_(None)
        return is_closed if self.at is None else or_(is_closed, c.opened_at > self.at)


def standing_now(location_ids: Collection[int], *only: ColumnElement[bool]) -> Standing:
    """In these places."""
    where = (IS_NOT_EMPTY, Container.location_id.in_(location_ids), *only)
    return Standing(None, Container, where, ((Container, where),), partial(standing_now, location_ids, *only))


def standing_at(at: datetime, site_id: int, location_ids: Collection[int], *only: ColumnElement[bool]) -> Standing:
    """In these places of the site, after everything that had happened until `at`."""
    unchanged, changed = _unchanged(at, site_id, location_ids, only), _changed(at, site_id, location_ids, only)
    rows = union_all(unchanged, changed).subquery().c
    parts = ((unchanged.subquery().c, ()), (changed.subquery().c, ()))
    return Standing(at, rows, (), parts, partial(standing_at, at, site_id, location_ids, *only))


def _since(at: datetime, site_id: int) -> Select[int]:
    """Containers that anything has happened to. Who has left the site since, has left it by an entry of the site."""
    return (
        select(StockMove.container_id)
        .join(StockEntry, StockEntry.id == StockMove.entry_id)
        .where(StockEntry.site_id == site_id, StockEntry.occurred_at > at)
    )


def _unchanged(
    at: datetime, site_id: int, location_ids: Collection[int], only: tuple[ColumnElement[bool], ...]
) -> Select[*tuple[Any, ...]]:
    return select(
        Container.id, Container.lot_id, Container.location_id, Container.remaining, Container.opened_at
    ).where(IS_NOT_EMPTY, Container.location_id.in_(location_ids), Container.id.not_in(_since(at, site_id)), *only)


def _changed(
    at: datetime, site_id: int, location_ids: Collection[int], only: tuple[ColumnElement[bool], ...]
) -> Select[*tuple[Any, ...]]:
    """A use that was written down after its container had been moved on names the later place: what a container
    holds is its sum over all places, and it stands where the most of it is.
    """
    sums = _sums(at, site_id)
    of_container = {"partition_by": sums.c.container_id}
    ranked = select(
        sums.c.container_id,
        sums.c.location_id,
        func.sum(sums.c.amount).over(**of_container).label("remaining"),  # type: ignore[arg-type]  # one argument of it
        func.row_number().over(**of_container, order_by=(sums.c.amount.desc(), sums.c.location_id)).label("place"),  # type: ignore[arg-type]  # as above
    ).subquery()
    return (
        select(Container.id, Container.lot_id, ranked.c.location_id, ranked.c.remaining, Container.opened_at)
        .join(Container, Container.id == ranked.c.container_id)
        .where(
            ranked.c.place == literal_column("1"),
            ranked.c.remaining > literal_column("0"),
            ranked.c.location_id.in_(location_ids),
            *only,
        )
    )


def _sums(at: datetime, site_id: int) -> Subquery:
    """What came to each inside place less what left it, by container."""
    changed = _since(at, site_id)
    sides = union_all(
        *(
            select(StockMove.container_id, place.label("location_id"), amount.label("amount"))
            .join(StockEntry, StockEntry.id == StockMove.entry_id)
            .join(Location, Location.id == place)
            .where(StockEntry.occurred_at <= at, Location.kind.in_(_INSIDE), StockMove.container_id.in_(changed))
            for place, amount in (
                (StockMove.to_location_id, StockMove.amount),
                (StockMove.from_location_id, -StockMove.amount),
            )
        )
    ).subquery()
    return (
        select(sides.c.container_id, sides.c.location_id, func.sum(sides.c.amount).label("amount"))
        .group_by(sides.c.container_id, sides.c.location_id)
        .subquery()
    )
