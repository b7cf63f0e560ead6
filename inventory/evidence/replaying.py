"""Compares the tables with what the audit chains say was done to them.

The entries are read from the newest back to the oldest. So the first value met for a column is the one that
must stand in the table now, and a row is settled as soon as the entry that made it is met: nothing but rows
still waiting for that entry is kept in memory. Compared are

- rows of recorded tables: every column but those that moves explain (`inventory.invariants` compares them);
  identity by its HMAC while the patient's key exists, secrets only by being there or not;
- rows of immutable tables: by the digest of each entry;
- rows that no entry made, and rows that an entry made and that are gone;
- which records an entry is about, because a record's history is looked up there.

Bodies are taken for hostile: what cannot be read is a problem, never an error.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import Table
from sqlalchemy.orm import Session

from inventory.evidence.audit import identity_hmac, subjects_text
from inventory.evidence.bodies import ENTRY_COLUMNS, Body, BodyReader, UnreadableBody
from inventory.evidence.problems import Problem
from inventory.evidence.stored_rows import Key, Keys, StoredTable, Values, compared_columns
from models.base import APART, IDENTITY, IMMUTABLE, SECRET
from models.care import PatientKey
from models.evidence import AuditSubject
from models.tables import Base

_PAGE = 500
_LONGEST_SHOWN = 60
_GONE = "The row is gone."


class Where(NamedTuple):
    """An audit entry: the chain and the number in it."""

    chain: int
    seq: int


class _Last(NamedTuple):
    """What a column must hold, which entry said so, and what the oldest entry met so far found in it."""

    value: Any
    said_by: Where
    found: Any
    found_by: Where


class _SettledRow(NamedTuple):
    """A row of a recorded table from the entry that made it to the last that changed it."""

    key: Key
    made: Values
    changed: Mapping[str, _Last]
    made_by: Where

    def wanted(self) -> Values:
        """What the table must hold; what is empty is not named, as in the body of an entry."""
        if not self.changed:
            return self.made
        last = self.made | {name: last.value for name, last in self.changed.items()}
        return {name: value for name, value in last.items() if value is not None}

    def newest(self) -> Where:
        """The entry of its chain that last spoke of it."""
        spoken = (last.said_by for last in self.changed.values() if last.said_by.chain == self.made_by.chain)
        return max(spoken, default=self.made_by)


@dataclass
class _Fate:
    """What is known of one table's rows while going back in time."""

    settled: Keys = field(default_factory=Keys)
    removed: dict[Key, Where] = field(default_factory=dict)
    changed: dict[Key, dict[str, _Last]] = field(default_factory=dict)
    to_compare: list[_SettledRow] = field(default_factory=list)


@dataclass(frozen=True)
class AccessDigest:
    """What a checkpoint's entry says of the access log."""

    access_log_id: int
    digest: str
    said_by: Where


class Replay:
    """One comparison. `problems()` may be asked once."""

    def __init__(self, session: Session) -> None:
        self.session = session
        dialect = session.get_bind().dialect.name
        tables = [table for table in Base.metadata.sorted_tables if table.info["audit"] != APART]
        self.stored = {table.name: StoredTable(table, dialect) for table in tables}
        self.fates: dict[str, _Fate] = {table.name: _Fate() for table in tables}
        self.recorded = {table.name: _RecordedTable(table) for table in tables if table.info["audit"] != IMMUTABLE}
        fixed = frozenset(table.name for table in tables if table.info["audit"] == IMMUTABLE)
        self.bodies = BodyReader(self.stored, fixed)
        self.access_digests: list[AccessDigest] = []
        self._found: list[Problem] = []

    def problems(self) -> list[Problem]:
        for page in self._pages():
            fixed: list[tuple[Where, Body]] = []
            subjects = self._subjects([row[0] for row in page])
            for row in page:
                where = Where(row[1], row[2])
                body = self._body(where, row)
                if body is None:
                    continue
                if subjects_text(subjects.get(row[0], ())) != body.head.get("about", {}):
                    self._say("It is not about the records it was about.", where, "audit_subject", row[0])
                self._go_back(where, body)
                if body.fixed:
                    fixed.append((where, body))
            self._compare_fixed(fixed)
            self._compare_recorded()
        self._leftovers()
        self._extra_rows()
        self.access_digests.reverse()
        return self._found

    def _pages(self) -> Iterator[list[Any]]:
        entry = sa.table("audit_entry", *map(sa.column, ENTRY_COLUMNS))
        newest_first = sa.select(entry).order_by(entry.c.id.desc()).limit(_PAGE)
        page = list(self.session.execute(newest_first))
        while page:
            yield page
            page = list(self.session.execute(newest_first.where(entry.c.id < page[-1].id)))

    def _subjects(self, entry_ids: list[int]) -> Mapping[int, list[tuple[str, int]]]:
        subjects: dict[int, list[tuple[str, int]]] = defaultdict(list)
        query = sa.select(AuditSubject.entry_id, AuditSubject.kind, AuditSubject.record_id)
        for entry_id, kind, record_id in self.session.execute(query.where(AuditSubject.entry_id.in_(entry_ids))):
            subjects[entry_id].append((kind, record_id))
        return subjects

    def _body(self, where: Where, row: Any) -> Body | None:
        try:
            body = self.bodies.read(row[-1])
        except UnreadableBody as error:
            self._found.append(Problem(f"Its body cannot be read: {error}.", *where, "audit_entry"))
            return None
        wrong = body.columns_that_differ(row)
        if wrong:
            self._found.append(Problem(f"Its {', '.join(wrong)} differs from its body.", *where, "audit_entry"))
        if body.access_digest is not None:
            self.access_digests.append(AccessDigest(*body.access_digest, where))
        return body

    def _go_back(self, where: Where, body: Body) -> None:
        """Undo one entry: its changes come last, and a key both removed and made was given anew."""
        for table, changes in body.changed.items():
            for key, columns in changes.items():
                self._changed(where, table, key, columns)
        for table, rows in body.made.items():
            for key, values in rows.items():
                self._made(where, table, key, values)
        for table, keys in body.removed.items():
            for key in keys:
                self._removed(where, table, key)

    def _removed(self, where: Where, table: str, key: Key) -> None:
        fate = self.fates[table]
        if key in fate.removed:
            self._say("The row was removed twice.", where, table, key)
        fate.removed[key] = where

    def _changed(self, where: Where, table: str, key: Key, columns: Mapping[str, list[Any]]) -> None:
        fate = self.fates[table]
        if key in fate.removed:
            return  # whatever it held, it is gone
        if key in fate.settled:
            self._say("The row was changed before it was made.", where, table, key)
            return
        waiting = fate.changed.setdefault(key, {})
        for name, (old, new) in columns.items():
            later = waiting.get(name)
            if later is None:
                waiting[name] = _Last(new, where, old, where)
                continue
            self._compare_step(table, key, name, later, new, where)
            waiting[name] = later._replace(found=old, found_by=where)

    def _made(self, where: Where, table: str, key: Key, values: Values) -> None:
        fate = self.fates[table]
        if fate.removed.pop(key, None) is not None:
            return
        if not fate.settled.add(key):
            self._say("The row was made twice.", where, table, key)
            return
        changed = fate.changed.pop(key, {})
        for name, later in changed.items():
            self._compare_step(table, key, name, later, values.get(name), where)
        fate.to_compare.append(_SettledRow(key, values, changed, where))

    def _compare_step(self, table: str, key: Key, name: str, later: _Last, left: Any, where: Where) -> None:
        """What an entry found must be what the entry before had left.

        Only within one chain, whose units follow one another; and only where the unit had looked.
        """
        if later.found is None or later.found == left or later.found_by.chain != where.chain:
            return
        if name in self.recorded[table].identity or name in self.recorded[table].secret:
            return
        said = f"{name} was {_shown(left)} after entry {where.seq} and {_shown(later.found)} before this one."
        self._say(said, later.found_by, table, key)

    def _compare_recorded(self) -> None:
        for name, fate in self.fates.items():
            if not fate.to_compare:
                continue
            kind = self.recorded[name]
            stored = self.stored[name].read(self.session, [key for key, *_ in fate.to_compare])
            patient_keys = _patient_keys(self.session, kind, stored.values())
            for row in fate.to_compare:
                if row.key not in stored:
                    self._say(_GONE, row.newest(), name, row.key)
                else:
                    self._compare_row(kind, row, kind.as_recorded(stored[row.key], patient_keys))
            fate.to_compare.clear()

    def _compare_row(self, kind: "_RecordedTable", row: "_SettledRow", found: Values) -> None:
        wanted = row.wanted()
        if found == wanted:
            return
        for name in kind.columns:
            if found.get(name) != wanted.get(name):
                said_by = row.changed[name].said_by if name in row.changed else row.made_by
                self._say(kind.difference(name, found, wanted), said_by, kind.name, row.key)

    def _compare_fixed(self, entries: list[tuple[Where, Body]]) -> None:
        wanted: dict[str, set[Key]] = defaultdict(set)
        for _, body in entries:
            for table, keys in body.fixed.items():
                wanted[table].update(keys)
        stored = {table: self.stored[table].read_lines(self.session, keys) for table, keys in wanted.items()}
        for where, body in entries:
            self._compare_digest(where, body, stored)

    def _compare_digest(self, where: Where, body: Body, stored: Mapping[str, Mapping[Key, bytes]]) -> None:
        digest = hashlib.sha256()  # as `canonical.digest_of` makes it
        is_whole = True
        for table in sorted(body.fixed):
            settled, lines = self.fates[table].settled, stored[table]
            for key in body.fixed[table]:
                if not settled.add(key):
                    self._say("The row was made twice.", where, table, key)
                line = lines.get(key)
                if line is None:
                    is_whole = False
                    self._say(_GONE, where, table, key)
                else:
                    digest.update(line)
        if is_whole and digest.hexdigest() != body.head.get("digest"):
            self._found.append(_differs(where, body.fixed))

    def _leftovers(self) -> None:
        for table, fate in self.fates.items():
            for key, where in fate.removed.items():
                self._say("The row was removed, but no entry made it.", where, table, key)
            for key, columns in fate.changed.items():
                where = max(last.said_by for last in columns.values()) if columns else Where(0, 0)
                self._say("The row was changed, but no entry made it.", where, table, key)

    def _extra_rows(self) -> None:
        """Every settled row was looked for, so the numbers tell whether there are others."""
        gone: dict[str, int] = defaultdict(int)
        for problem in self._found:
            if problem.sentence == _GONE and problem.table is not None:
                gone[problem.table] += 1
        for name, stored in self.stored.items():
            settled = self.fates[name].settled
            if stored.count(self.session) == len(settled) - gone[name]:
                continue
            for key in stored.all_keys(self.session):
                if key not in settled:
                    self._found.append(Problem("No audit entry made this row.", table=name, key=str(key)))

    def _say(self, sentence: str, where: Where, table: str, key: Key) -> None:
        self._found.append(Problem(sentence, where.chain, where.seq, table, str(key)))


class _RecordedTable:
    """How the columns of one recorded table enter the chain."""

    def __init__(self, table: Table) -> None:
        self.name = table.name
        version = next((m.version_id_col for m in Base.registry.mappers if m.local_table is table), None)
        self.columns = compared_columns(table, None if version is None else version.name)
        modes = {column.name: column.info.get("audit") for column in table.columns}
        self.identity = frozenset(name for name, mode in modes.items() if mode == IDENTITY)
        self.secret = frozenset(name for name, mode in modes.items() if mode == SECRET)
        self.patient_column = "patient_id" if "patient_id" in modes else "id"

    def as_recorded(self, stored: Values, patient_keys: Mapping[int, bytes]) -> Values:
        found = {name: stored[name] for name in self.columns if name in stored}
        for name in self.secret & found.keys():
            found[name] = "changed"
        for name in self.identity & found.keys():
            key = patient_keys.get(stored[self.patient_column])
            found[name] = identity_hmac(key, name, found[name]) or "unreadable"
        return found

    def difference(self, name: str, found: Values, wanted: Values) -> str:
        if found.get(name) == "unreadable" and name in self.identity:
            return f"{name} is there, but the patient's key is gone."
        if name in self.identity or name in self.secret:
            return f"{name} is not what was recorded."
        return f"{name} is {_shown(found.get(name))}; recorded was {_shown(wanted.get(name))}."


def _patient_keys(session: Session, kind: _RecordedTable, rows: Iterable[Values]) -> dict[int, bytes]:
    if not kind.identity:
        return {}
    patient_ids = {row[kind.patient_column] for row in rows}
    query = sa.select(PatientKey.patient_id, PatientKey.key).where(PatientKey.patient_id.in_(patient_ids))
    return {row.patient_id: row.key for row in session.execute(query)}


def _differs(where: Where, fixed: Mapping[str, Iterable[Key]]) -> Problem:
    named = [(table, str(key)) for table in sorted(fixed) for key in fixed[table]]
    if len(named) == 1:
        return Problem("The row is not what was recorded.", *where, *named[0])
    rows = ", ".join(f"{table} {key}" for table, key in named[:20])
    more = f" and {len(named) - 20} more" if len(named) > 20 else ""
    return Problem(f"One of these rows is not what was recorded: {rows}{more}.", *where)


def _shown(value: Any) -> str:
    if value is None:
        return "empty"
    text = repr(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
