"""The same questions in SQL by hand, straight through the driver: what our services are measured against.

Each fetches the rows that the service's answer holds, without making anything of them.
"""

import itertools
import json
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from models.database import Database
from models.types import Amount, Choice, Day, RecordId, UtcDateTime, Words, instant_text
from models.vocabulary import HoldKind, IdentifiedBy, LotOrigin, RecordKind, StrengthUnit, Unit

ML = 1_000_000  # millionths, as SQLite keeps an amount

_DOWNSTREAM = """
WITH RECURSIVE reached(id) AS (
    SELECT id FROM container WHERE lot_id = {lot}
    UNION
    SELECT output.id
    FROM reached
    JOIN stock_move m ON m.container_id = reached.id AND m.purpose = 'compounded'
    JOIN compounding_component part ON part.move_id = m.id
    JOIN compounding_record r ON r.id = part.record_id
    JOIN container output ON output.lot_id = r.lot_id
    WHERE NOT EXISTS (SELECT 1 FROM stock_move x WHERE x.reverses_id = m.id)
)
SELECT id FROM reached
"""
_UPSTREAM = """
WITH RECURSIVE reached(id) AS (
    SELECT m.container_id
    FROM treatment_session s
    JOIN administration a ON a.session_id = s.id
    JOIN stock_move m ON m.id = a.move_id
    WHERE s.patient_id = {patient} AND NOT EXISTS (SELECT 1 FROM stock_move x WHERE x.reverses_id = m.id)
    UNION
    SELECT m.container_id
    FROM reached
    JOIN container output ON output.id = reached.id
    JOIN compounding_record r ON r.lot_id = output.lot_id
    JOIN compounding_component part ON part.record_id = r.id
    JOIN stock_move m ON m.id = part.move_id
    WHERE NOT EXISTS (SELECT 1 FROM stock_move x WHERE x.reverses_id = m.id)
)
SELECT id FROM reached
"""
_CONTAINERS = """
SELECT c.id, c.code, c.lot_id, l.site_id, c.remaining, c.split_from_id,
       (SELECT sum(CASE WHEN f.reverses_id IS NULL THEN f.amount ELSE -f.amount END)
        FROM stock_move f WHERE f.container_id = c.id AND f.purpose = 'prepared')
FROM container c JOIN location l ON l.id = c.location_id
WHERE c.id {among}
"""
_DRAWS = """
SELECT m.id, coalesce(e.corrects_id, e.id), m.container_id, part.record_id, m.amount, e.occurred_at,
       m.identified_by, x.id, r.lot_id, r.kind, r.site_id, r.started_at,
       (SELECT sum(pm.amount) FROM compounding_component p JOIN stock_move pm ON pm.id = p.move_id
        WHERE p.record_id = r.id AND NOT EXISTS (SELECT 1 FROM stock_move px WHERE px.reverses_id = pm.id))
FROM stock_move m
JOIN compounding_component part ON part.move_id = m.id
JOIN compounding_record r ON r.id = part.record_id
JOIN stock_entry e ON e.id = m.entry_id
LEFT JOIN stock_move x ON x.reverses_id = m.id
"""
_USES = """
SELECT m.id, coalesce(e.corrects_id, e.id), m.container_id, a.session_id, m.amount, e.occurred_at,
       m.identified_by, x.id, s.site_id, s.patient_id, s.started_at, p.reference
FROM stock_move m
JOIN administration a ON a.move_id = m.id
JOIN treatment_session s ON s.id = a.session_id
JOIN patient p ON p.id = s.patient_id
JOIN stock_entry e ON e.id = m.entry_id
LEFT JOIN stock_move x ON x.reverses_id = m.id
"""
_LOTS = """
SELECT l.id, l.product_id, p.name, p.unit, l.lot_number, l.expires_on, l.origin
FROM lot l JOIN product p ON p.id = l.product_id
WHERE l.id {among}
"""
_STRENGTHS = """
SELECT l.id, s.name, ps.strength, ps.strength_unit
FROM lot l JOIN product_strength ps ON ps.product_id = l.product_id JOIN substance s ON s.id = ps.substance_id
WHERE l.id {among}
"""
_SPELLINGS = """
SELECT c.from_lot_id, w.lot_number, c.to_lot_id, r.lot_number, c.reason, c.corrected_at
FROM lot_correction c JOIN lot w ON w.id = c.from_lot_id JOIN lot r ON r.id = c.to_lot_id
WHERE c.from_lot_id {among} OR c.to_lot_id {among}
"""
_SITES = "SELECT id, name, complete_since FROM site ORDER BY id"
_ON_HAND = """
SELECT p.id, p.name, p.unit, l.id, l.lot_number, l.expires_on, o.id, o.name,
       sum(c.remaining), count(c.id), count(c.opened_at)
FROM container c
JOIN lot l ON l.id = c.lot_id
JOIN product p ON p.id = l.product_id
JOIN location o ON o.id = c.location_id
WHERE c.remaining > 0 AND o.site_id = {site}
GROUP BY p.id, p.name, p.unit, l.id, l.lot_number, l.expires_on, o.id, o.name
ORDER BY p.name, l.lot_number, l.id, o.id
"""
_FEFO = """
SELECT c.id, c.code, l.lot_number, c.remaining, l.expires_on, c.discard_at, r.beyond_use_at, c.opened_at,
       c.received_at, c.kept_for_patient_id, c.opened_for_session_id, h.kind, h.cause
FROM container c
JOIN lot l ON l.id = c.lot_id
JOIN location o ON o.id = c.location_id
LEFT JOIN compounding_record r ON r.lot_id = l.id
LEFT JOIN hold h ON h.lifted_at IS NULL AND (h.container_id = c.id OR h.lot_id = l.id)
WHERE c.remaining > 0 AND l.product_id = {product} AND o.site_id = {site} AND o.kind IN ('storage', 'room')
  AND (c.discard_at IS NULL OR c.discard_at >= {now}) AND l.expires_on >= {today}
ORDER BY c.opened_at IS NULL, l.expires_on, c.received_at, c.id
"""


_ID, _TEXT, _COUNT = RecordId(), Words(), sa.Integer()
_EDGE_TYPES = (_ID, _ID, _ID, _ID, Amount(), UtcDateTime(), Choice(IdentifiedBy), _ID)
_TYPES: dict[str, tuple[TypeEngine[Any], ...]] = {
    _DOWNSTREAM: (_ID,),
    _UPSTREAM: (_ID,),
    _CONTAINERS: (_ID, _TEXT, _ID, _ID, Amount(), _ID, Amount()),
    _DRAWS: (*_EDGE_TYPES, _ID, Choice(RecordKind), _ID, UtcDateTime(), Amount()),
    _USES: (*_EDGE_TYPES, _ID, _ID, UtcDateTime(), _TEXT),
    _LOTS: (_ID, _ID, _TEXT, Choice(Unit), _TEXT, Day(), Choice(LotOrigin)),
    _STRENGTHS: (_ID, _TEXT, Amount(), Choice(StrengthUnit)),
    _SPELLINGS: (_ID, _TEXT, _ID, _TEXT, _TEXT, UtcDateTime()),
    _SITES: (_ID, _TEXT, Day()),
    _ON_HAND: (_ID, _TEXT, Choice(Unit), _ID, _TEXT, Day(), _ID, _TEXT, Amount(), _COUNT, _COUNT),
    _FEFO: (
        _ID, _TEXT, _TEXT, Amount(), Day(), UtcDateTime(), UtcDateTime(), UtcDateTime(), UtcDateTime(), _ID, _ID,
        Choice(HoldKind), _TEXT,
    ),
}  # fmt: skip


class Yardstick:
    """Without a session straight through the driver; with one through SQLAlchemy Core, with our column types."""

    def __init__(self, database: Database, session: Session | None = None) -> None:
        self.is_sqlite = database.is_sqlite
        self.session = session
        self.raw = None if session else database.reading_engine.raw_connection()
        self.typed: dict[str, Any] = {}

    def close(self) -> None:
        if self.raw is not None:
            self.raw.close()

    def _all(self, statement: str, *given: Any, where: str = "") -> list[Any]:
        if self.session is not None:
            return self._typed(statement, given, where)
        assert self.raw is not None  # noqa: S101  # one of the two is there
        cursor = self.raw.cursor()
        cursor.execute(self._shown(statement + where, itertools.repeat("?" if self.is_sqlite else "%s")), given)
        return list(cursor.fetchall())

    def _typed(self, statement: str, given: tuple[Any, ...], where: str) -> list[Any]:
        names = [f"p{number}" for number in range(len(given))]
        made = self.typed.get(statement + where)
        if made is None:
            columns = [sa.column(f"c{index}", kind) for index, kind in enumerate(_TYPES[statement])]
            shown = self._shown(statement + where, iter([f":{name}" for name in names]))
            made = self.typed[statement + where] = sa.text(shown).columns(*columns)
        assert self.session is not None  # noqa: S101  # asked by the caller
        return list(self.session.connection().execute(made, dict(zip(names, given, strict=True))))

    def _shown(self, statement: str, places: Iterator[str]) -> str:
        among = "IN (SELECT value FROM json_each({}))" if self.is_sqlite else "= ANY({})"
        return re.sub(
            r"\{(\w+)\}",
            lambda found: among.format(next(places)) if found[1] == "among" else next(places),
            statement,
        )

    def _ids(self, found: Iterable[int]) -> Any:
        return json.dumps(list(found)) if self.is_sqlite else list(found)

    def forward(self, lot_id: int) -> int:
        """The number of uses reached."""
        reached = self._ids(row[0] for row in self._all(_DOWNSTREAM, lot_id))
        containers = self._all(_CONTAINERS, reached)
        draws = self._all(_DRAWS, reached, where=" WHERE m.container_id {among} AND m.purpose = 'compounded'")
        uses = self._all(_USES, reached, where=" WHERE m.container_id {among} AND m.purpose = 'administered'")
        lots = {row[2] for row in containers} | {row[8] for row in draws}
        self._about_lots(lots, [lot_id])
        return len(uses)

    def back(self, patient_id: int) -> int:
        """The number of lots that went into a patient."""
        self._all(_USES, patient_id, where=" WHERE s.patient_id = {patient}")
        reached = self._ids(row[0] for row in self._all(_UPSTREAM, patient_id))
        containers = self._all(_CONTAINERS, reached)
        lots = {row[2] for row in containers}
        self._all(_DRAWS, self._ids(lots), where=" WHERE r.lot_id {among}")
        self._about_lots(lots, lots)
        return len(lots)

    def _about_lots(self, lots: Iterable[int], followed: Iterable[int]) -> None:
        self._all(_LOTS, self._ids(lots))
        self._all(_STRENGTHS, self._ids(followed))
        self._all(_SPELLINGS, self._ids(followed), self._ids(followed))
        self._all(_SITES)

    def on_hand(self, site_id: int) -> int:
        return len(self._all(_ON_HAND, site_id))

    def fefo(self, product_id: int, site_id: int, millilitres: Decimal, now: datetime) -> int:
        """How many containers the amount is taken from."""
        in_millionths = self.is_sqlite and self.session is None
        wanted = int(millilitres * ML) if in_millionths else millilitres
        instant = instant_text(now) if self.is_sqlite else now
        day = now.date().isoformat() if self.is_sqlite else now.date()
        picks = 0
        for row in self._all(_FEFO, product_id, site_id, instant, day):
            if wanted <= 0:
                break
            wanted -= row[3]
            picks += 1
        return picks
