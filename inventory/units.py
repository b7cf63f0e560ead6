"""Units of work: the one place that commits.

`in_unit` takes the write lock, asks the clock, calls the work, writes the audit entries and commits. It
calls again when a race was lost, and answers a request it has already served without calling. `work`
closes over ids and frozen values only, because it may run more than once.

The write lock is the audit-chain head of each site in the unit's scope (docs/decisions/0004).
"""

import contextlib
import json
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import delete, select
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from inventory.access import Act, Actor
from inventory.clock import Clock
from inventory.errors import (
    AlreadySaved,
    Busy,
    ClockWrong,
    ConstraintRefused,
    NotInitialised,
    RecordChanged,
    Refusal,
    StorageFull,
)
from inventory.evidence import audit
from inventory.evidence.canonical import canonical
from models import tables  # noqa: F401  # foreign keys are found by name: every table must be known
from models.database import Database, DatabaseBusy
from models.evidence import AuditChain
from models.organisation import IdempotencyKey

T = TypeVar("T")

MOST_CALLS = 3
KEPT_FOR = timedelta(days=7)
LEAP = timedelta(days=1)


@dataclass(frozen=True)
class Scope:
    """Which chains a unit locks: the sites named, or all chains."""

    site_ids: frozenset[int] = frozenset()
    is_everything: bool = False


def one_site(site_id: int) -> Scope:
    return Scope(frozenset({site_id}))


ORGANISATION = Scope()
EVERYTHING = Scope(is_everything=True)


@dataclass(frozen=True)
class RequestKey:
    """Names one request of one person: sent again, it is answered from what was stored."""

    user_id: int
    endpoint: str
    key: str
    content_hash: str


@dataclass(frozen=True)
class Answer:
    """What a changing request answers, now and when it is sent again: no body, only where to look."""

    status: int = 200
    location: str | None = None
    ids: dict[str, int | str] = field(default_factory=dict)
    is_replay: bool = False


class _Again(Exception):
    """A race was lost; the unit is called again."""


class Units:
    """Runs units of work on one database by one clock."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database = database
        self.clock = clock
        self._anchor = (clock.now(), clock.elapsed())

    @contextlib.contextmanager
    def reading(self) -> Iterator[Session]:
        """A snapshot to read from; nothing can be changed through it."""
        with _in_words(), self.database.reader() as session:
            yield session

    def in_unit(self, actor: Actor, scope: Scope, key: RequestKey, work: Callable[[Session, Act], Answer]) -> Answer:
        """Do `work` once for `key`. Raises any `Refusal` of the work; `AlreadySaved`; `Busy`; `ClockWrong`."""

        def keyed(session: Session, act: Act) -> Answer:
            stored = _stored_answer(session, key)
            if stored is not None:
                return stored
            answer = work(session, act)
            session.add(_idempotency_row(key, answer, act.now))
            return answer

        return self.run(actor, scope, keyed)

    def run(self, actor: Actor, scope: Scope, work: Callable[[Session, Act], T], *, at_any_time: bool = False) -> T:
        """Do `work` in one unit, without a request key. `at_any_time`: also while the clock is in doubt."""
        return _called_again(lambda: self._once(actor, scope, work, at_any_time=at_any_time))

    def append_apart(self, work: Callable[[Session, datetime], T]) -> T:
        """A short unit for rows outside the chains (access log, sign-in, job): no lock on a chain head."""

        def append() -> T:
            with self.database.writer() as session:
                answer = work(session, self.clock.now())
                self._commit(session)
                return answer

        return _called_again(append)

    def _once(self, actor: Actor, scope: Scope, work: Callable[[Session, Act], T], *, at_any_time: bool) -> T:
        with self.database.writer() as session:
            chains = _locked_chains(session, scope)
            now = self.clock.now()
            if not at_any_time:
                self._refuse_wrong_clock(now, chains)
            act = Act(actor, now, secrets.token_hex(8))
            recorder = audit.Recorder(session, act, chains)
            try:
                answer = work(session, act)
                recorder.write()
                self._commit(session)
            finally:
                recorder.stop()
            return answer

    def _commit(self, session: Session) -> None:
        session.commit()

    def clock_problem(self, session: Session) -> ClockWrong | None:
        """What is wrong with the clock, for the banner; `None` while it can be trusted."""
        chains = list(session.scalars(select(AuditChain)))
        try:
            self._refuse_wrong_clock(self.clock.now(), chains)
        except ClockWrong as problem:
            return problem
        return None

    def trust_clock(self) -> None:
        """An administrator has confirmed the clock: leaps are measured from here."""
        self._anchor = (self.clock.now(), self.clock.elapsed())

    def _refuse_wrong_clock(self, now: datetime, chains: list[AuditChain]) -> None:
        newest = max((chain.at for chain in chains if chain.at is not None), default=None)
        if newest is not None and now < newest:
            raise ClockWrong(_shown(now), _shown(newest), "the newest record is later")
        wall, elapsed = self._anchor
        expected = wall + timedelta(seconds=self.clock.elapsed() - elapsed)
        if abs(now - expected) > LEAP:
            raise ClockWrong(_shown(now), _shown(expected), "by the time that passed it should be another day")


def _called_again(once: Callable[[], T]) -> T:
    """Call, and call again while a race is lost, as often as is worth it."""
    for call in range(1, MOST_CALLS + 1):
        try:
            with _in_words():
                return once()
        except _Again as lost:
            if call == MOST_CALLS:
                raise _last_word(lost.__cause__) from lost.__cause__
    raise AssertionError  # the loop returns or raises


def _shown(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _locked_chains(session: Session, scope: Scope) -> list[AuditChain]:
    query = select(AuditChain).order_by(AuditChain.id).with_for_update()
    if not scope.is_everything:
        wanted = scope.site_ids or {audit.ORGANISATION_CHAIN}
        query = query.where(AuditChain.id.in_(wanted))
    chains = list(session.scalars(query))
    if not chains:
        raise NotInitialised
    return chains


def _stored_answer(session: Session, key: RequestKey) -> Answer | None:
    row = session.scalar(
        select(IdempotencyKey).where(
            IdempotencyKey.user_id == key.user_id,
            IdempotencyKey.endpoint == key.endpoint,
            IdempotencyKey.key == key.key,
        )
    )
    if row is None:
        return None
    if row.content_hash != key.content_hash:
        raise AlreadySaved(key.key)
    return Answer(row.status, row.location, json.loads(row.ids), is_replay=True)


def _idempotency_row(key: RequestKey, answer: Answer, now: datetime) -> IdempotencyKey:
    return IdempotencyKey(
        user_id=key.user_id,
        endpoint=key.endpoint,
        key=key.key,
        content_hash=key.content_hash,
        status=answer.status,
        location=answer.location,
        ids=canonical(answer.ids),
        created_at=now,
    )


def forget_old_keys(session: Session, now: datetime) -> None:
    """Keys are kept for 7 days; a form older than that is new again."""
    session.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at < now - KEPT_FOR))


@contextlib.contextmanager
def _in_words() -> Iterator[None]:
    """Turn what the database says into a lost race, or a refusal a person can read."""
    try:
        yield
    except (DatabaseBusy, PoolTimeout) as error:
        raise Busy from error
    except StaleDataError as error:
        raise RecordChanged("record", "") from error
    except DBAPIError as error:
        raise _in_our_words(error) from error


def _in_our_words(error: DBAPIError) -> Exception:
    state = getattr(error.orig, "sqlstate", None)
    text = str(error.orig)
    if state in ("40001", "40P01", "23505") or "UNIQUE constraint failed" in text:
        return _Again()
    if state in ("55P03", "57014") or _sqlite_code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return Busy()
    if state == "53100" or _sqlite_code(error) in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
        return StorageFull()
    if isinstance(error, IntegrityError):
        return ConstraintRefused(_constraint_name(error))
    if isinstance(error, OperationalError) and error.connection_invalidated:
        return Busy()
    return error


def _sqlite_code(error: DBAPIError) -> int | None:
    code = getattr(error.orig, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF  # extended codes keep the primary one in the low byte


def _constraint_name(error: IntegrityError) -> str:
    diagnostics = getattr(error.orig, "diag", None)
    name = getattr(diagnostics, "constraint_name", None)
    return name or str(error.orig).partition("\n")[0]


def _last_word(cause: BaseException | None) -> Refusal:
    """Called again often enough: a unique rule that keeps refusing is no race."""
    if isinstance(cause, IntegrityError):
        return ConstraintRefused(_constraint_name(cause))
    if isinstance(cause, SQLAlchemyError):
        return Busy()
    return Busy()
