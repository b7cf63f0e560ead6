"""The same questions in SQL by hand, straight through the driver: what our services are measured against.

Each fetches the rows that the service's answer holds, without making anything of them.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from models.database import Database
from models.types import instant_text

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


class Yardstick:
    def __init__(self, database: Database) -> None:
        self.raw = database.reading_engine.raw_connection()
        self.is_sqlite = database.is_sqlite
        self.cursor = self.raw.cursor()

    def close(self) -> None:
        self.raw.close()

    def _all(self, statement: str, *given: Any) -> list[Any]:
        place = "?" if self.is_sqlite else "%s"
        among = f"IN (SELECT value FROM json_each({place}))" if self.is_sqlite else f"= ANY({place})"
        shown = dict.fromkeys(("lot", "patient", "site", "product", "now", "today"), place)
        self.cursor.execute(statement.format(among=among, **shown), given)
        return list(self.cursor.fetchall())

    def _ids(self, found: Iterable[int]) -> Any:
        return json.dumps(list(found)) if self.is_sqlite else list(found)

    def forward(self, lot_id: int) -> int:
        """The number of uses reached."""
        reached = self._ids(row[0] for row in self._all(_DOWNSTREAM, lot_id))
        containers = self._all(_CONTAINERS, reached)
        among = "{among}"
        draws = self._all(f"{_DRAWS} WHERE m.container_id {among} AND m.purpose = 'compounded'", reached)
        uses = self._all(f"{_USES} WHERE m.container_id {among} AND m.purpose = 'administered'", reached)
        lots = self._ids({row[2] for row in containers} | {row[8] for row in draws})
        self._about_lots(lots, self._ids([lot_id]))
        return len(uses)

    def back(self, patient_id: int) -> int:
        """The number of lots that went into a patient."""
        self._all(f"{_USES} WHERE s.patient_id = {'{patient}'}", patient_id)
        reached = self._ids(row[0] for row in self._all(_UPSTREAM, patient_id))
        containers = self._all(_CONTAINERS, reached)
        lots = {row[2] for row in containers}
        self._all(f"{_DRAWS} WHERE r.lot_id {'{among}'}", self._ids(lots))
        self._about_lots(self._ids(lots), self._ids(lots))
        return len(lots)

    def _about_lots(self, lots: Any, followed: Any) -> None:
        self._all(_LOTS, lots)
        self._all(_STRENGTHS, followed)
        self._all(_SPELLINGS, followed, followed)
        self._all("SELECT id, name, complete_since FROM site ORDER BY id")

    def on_hand(self, site_id: int) -> int:
        return len(self._all(_ON_HAND, site_id))

    def fefo(self, product_id: int, site_id: int, millilitres: int, now: datetime) -> int:
        """How many containers the amount is taken from."""
        wanted = millilitres * ML if self.is_sqlite else millilitres
        picks = 0
        for row in self._all(_FEFO, product_id, site_id, instant_text(now), now.date().isoformat()):
            if wanted <= 0:
                break
            wanted -= row[3]
            picks += 1
        return picks
