"""Who looked at which patient. A patient's page is sent only once its row here is stored.

Rows are appended in a short unit of their own, beside the audit chains; each checkpoint hashes those since
the last one into the chain. So that no row can slip in below a checkpoint already taken, appending shares
a lock on PostgreSQL that taking a checkpoint holds alone. On SQLite there is one writer at a time anyway.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from inventory.access import Actor
from inventory.errors import NotAllowed
from inventory.evidence.canonical import canonical
from inventory.evidence.stored_rows import StoredTable
from inventory.units import Units
from models.evidence import AccessLog
from models.organisation import Site
from models.people import User
from models.tables import Base

FIRST_DIGEST = bytes(32)
_LOCK = 0x56_69_61_6C  # any number that nothing else in this database locks


@dataclass(frozen=True)
class Access:
    """One look at a patient's records."""

    at: datetime
    full_name: str
    site: str
    page: str


def log_access(units: Units, actor: Actor, page: str, patient_id: int | None = None) -> int:
    """Store that `actor` is about to see `page`; the id of the row. Send the page only after this returns.

    `page` names the page and the record by id, never a person. Raises `NotAllowed` for the installation.
    """
    return log_accesses(units, actor, page, [patient_id])[0]


def log_accesses(units: Units, actor: Actor, page: str, patient_ids: Sequence[int | None]) -> list[int]:
    """The same for a page that names several patients: a row for each."""
    user_id, site_id = actor.user_id, actor.site_id
    if user_id is None or site_id is None:
        raise NotAllowed(permission="a personal account at a site")

    def append(session: Session, now: datetime) -> list[int]:
        _lock(session, "pg_advisory_xact_lock_shared")
        rows = [
            AccessLog(at=now, user_id=user_id, site_id=site_id, patient_id=patient_id, page=page)
            for patient_id in patient_ids
        ]
        session.add_all(rows)
        session.flush()  # the caller is told which rows they are
        return [row.id for row in rows]

    return units.append_apart(append)


def who_saw_patient(
    session: Session, *, patient_id: int, before_id: int | None = None, limit: int = 200
) -> list[Access]:
    """Each look at this patient's records, the newest first."""
    query = (
        select(AccessLog.at, User.full_name, Site.name, AccessLog.page)
        .join(User, User.id == AccessLog.user_id)
        .join(Site, Site.id == AccessLog.site_id)
        .where(AccessLog.patient_id == patient_id)
        .order_by(AccessLog.id.desc())
        .limit(limit)
    )
    if before_id is not None:
        query = query.where(AccessLog.id < before_id)
    return [Access(*row) for row in session.execute(query)]


def newest_row(session: Session) -> int:
    """The last row, 0 without one, once every row before it is stored too. Until the unit ends none is added."""
    _lock(session, "pg_advisory_xact_lock")
    return session.scalar(select(func.max(AccessLog.id))) or 0


def digest(session: Session, previous: bytes, *, after: int, up_to: int) -> bytes:
    """SHA-256 over the digest before and the rows after `after`, up to and with `up_to`."""
    rows = StoredTable(Base.metadata.tables["access_log"], session.get_bind().dialect.name)
    total = hashlib.sha256(previous)
    for values in rows.read_all(session, after=after, up_to=up_to):
        total.update(canonical(values).encode())
        total.update(b"\n")
    return total.digest()


def _lock(session: Session, function: str) -> None:
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text(f"SELECT {function}(:number)"), {"number": _LOCK})
