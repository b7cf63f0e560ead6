"""The readings of a count: new ones with what the books say now, and which of them stand.

The newest reading of a container stands. A number given for a lot stands for all its sealed containers of the place
that were not found by their own code, and against any earlier word that one of them was missing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from inventory.access import Act
from models.counts import CountReading, StockCount
from models.stock import Container, Lot, StockMove
from models.vocabulary import CountMethod, IdentifiedBy, MovePurpose

_DRAWS = (MovePurpose.COMPOUNDED, MovePurpose.ADMINISTERED, MovePurpose.SAMPLED, MovePurpose.WASTED)


@dataclass(frozen=True)
class Counted:
    """The readings that stand, by what they are of."""

    by_container: dict[int, CountReading]
    by_lot: dict[int, CountReading]
    strangers: tuple[CountReading, ...]

    @property
    def is_empty(self) -> bool:
        return not self.by_container and not self.by_lot and not self.strangers

    def in_numbers(self) -> set[int]:
        """The containers that a number stands for, whatever became of them since."""
        return {each for reading in self.by_lot.values() for each in numbers(reading)}


def numbers(reading: CountReading) -> set[int]:
    """`1-4,7`, as `audit.id_ranges` writes it, as numbers."""
    found: set[int] = set()
    for part in filter(None, (reading.books_ids or "").split(",")):
        first, _, last = part.partition("-")
        found.update(range(int(first), int(last or first) + 1))
    return found


def in_effect(session: Session, count_id: int) -> Counted:
    """Which readings of a count stand now."""
    of_lot = joinedload(CountReading.lot).joinedload(Lot.product)
    of_container = joinedload(CountReading.container)
    query = (
        select(CountReading)
        .where(CountReading.count_id == count_id, CountReading.withdrawn_at.is_(None))
        .options(
            of_lot,
            of_container.joinedload(Container.lot).joinedload(Lot.product),
            of_container.joinedload(Container.location),
        )
        .order_by(CountReading.id)
    )
    by_container: dict[int, CountReading] = {}
    by_lot: dict[int, CountReading] = {}
    strangers = []
    for reading in session.scalars(query):
        if reading.method is CountMethod.STRANGER:
            strangers.append(reading)
        elif reading.lot_id is not None:
            by_lot[reading.lot_id] = reading
        elif reading.container_id is not None:
            by_container[reading.container_id] = reading
    numbered = {key: each for key, each in by_container.items() if not _is_in_number(each, by_lot)}
    return Counted(numbered, by_lot, tuple(strangers))


def _is_in_number(reading: CountReading, by_lot: dict[int, CountReading]) -> bool:
    """Called missing, and then somebody counted the sealed ones of its lot."""
    if reading.method is not CountMethod.ABSENT or reading.container is None or reading.books_opened_at is not None:
        return False
    number = by_lot.get(reading.container.lot_id)
    return number is not None and number.id > reading.id


def of_container(session: Session, count_id: int, container_id: int) -> CountReading | None:
    """The reading of a container that stands, whoever has numbers of its lot."""
    return _newest(session, count_id, CountReading.container_id == container_id)


def of_lot(session: Session, count_id: int, lot_id: int) -> CountReading | None:
    return _newest(session, count_id, CountReading.lot_id == lot_id)


def _newest(session: Session, count_id: int, is_of: object) -> CountReading | None:
    query = (
        select(CountReading)
        .where(
            CountReading.count_id == count_id,
            is_of,  # type: ignore[arg-type]  # a condition on a column
            CountReading.withdrawn_at.is_(None),
            CountReading.method != CountMethod.STRANGER,
        )
        .order_by(CountReading.id.desc())
    )
    return session.scalars(query.limit(1)).one_or_none()


def blank(session: Session, act: Act, count: StockCount, method: CountMethod) -> CountReading:
    """A reading of this instant, of nothing yet."""
    return _made(act, count, method, newest_move_id(session))


def of_books(session: Session, act: Act, count: StockCount, container: Container, method: CountMethod) -> CountReading:
    """A reading of a container, with what the books say of it now."""
    reading = reading_of(act, count, container, method, newest_move_id(session))
    reading.books_draws = draws_of(session, [container]).get(container.id, 0)
    return reading


def reading_of(
    act: Act, count: StockCount, container: Container, method: CountMethod, newest_move: int
) -> CountReading:
    """The same where the newest move is known already."""
    reading = _made(act, count, method, newest_move)
    reading.container_id, reading.container = container.id, container
    reading.books_amount = container.remaining
    reading.books_location_id = container.location_id
    reading.books_opened_at = container.opened_at
    return reading


def _made(act: Act, count: StockCount, method: CountMethod, newest_move: int) -> CountReading:
    return CountReading(
        count_id=count.id,
        method=method,
        is_recount=False,
        identified_by=IdentifiedBy.BY_HAND,
        books_draws=0,
        books_move_id=newest_move,
        counted_at=act.now,
        counted_by_id=act.user_id,
    )


def newest_move_id(session: Session) -> int:
    """Whatever is booked at this site from now on has a greater one, because the site is locked."""
    return session.scalar(select(func.max(StockMove.id))) or 0


def draws_of(session: Session, containers: Sequence[Container]) -> dict[int, int]:
    """How often something was drawn from each, so far: each draw may be a little off (rule RCL-03)."""
    taken_back = select(StockMove.reverses_id).where(StockMove.reverses_id.is_not(None))
    opened = [container.id for container in containers if container.opened_at is not None]
    if not opened:
        return {}
    query = (
        select(StockMove.container_id, func.count())
        .where(
            StockMove.container_id.in_(opened),
            StockMove.purpose.in_(_DRAWS),
            StockMove.reverses_id.is_(None),
            StockMove.id.not_in(taken_back),
        )
        .group_by(StockMove.container_id)
    )
    return dict(list(session.execute(query)))
