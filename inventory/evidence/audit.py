"""The audit chains: what every unit of work changed, hashed one entry to the next.

- One entry per unit and chain, built from the rows that changed, not from what a service says.
- `body` is canonical text; `hash` is SHA-256 over the previous hash and `body`. The first hash is zeros.
- Rows of immutable tables enter by id under one digest; other rows by their values when made, and by
  [old, new] when changed. What stock moves explain is not repeated (`models.base.BY_MOVES`).
- Identity enters only as an HMAC under the patient's key (`IDENTITY`); secrets only as "changed".
- The records an entry is about are in its body and, for look-up, in `audit_subject`.
- A unit that changed rows but named no action is refused.
"""

import hashlib
import hmac
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, Table, event, inspect, select
from sqlalchemy.orm import InstanceState, Mapper, Session, UOWTransaction

from inventory.access import Act
from inventory.errors import ScopeTooNarrow, UnitNamesNoAction
from inventory.evidence.canonical import canonical, digest_of_lines, plain
from inventory.evidence.stored_rows import insertion
from models.base import APART, BY_MOVES, DERIVED, IDENTITY, IMMUTABLE, SECRET, Base
from models.care import PatientKey
from models.evidence import AuditChain, AuditEntry, AuditSubject
from models.types import Amount, Flag, Money, Strength, instant_text

ORGANISATION_CHAIN = 0
FIRST_HASH = bytes(32)
BODY_VERSION = 1


class _Written(str):
    """A part of canonical text that is written already."""

    __slots__ = ()


@dataclass
class _Changes:
    """What one unit did, gathered flush by flush: table -> id -> values.

    `made_texts`, `fixed_texts`: the same of rows that `bulk` wrote, each as its canonical text.
    """

    made: dict[str, dict[str, dict[str, Any]]] = field(default_factory=lambda: defaultdict(dict))
    changed: dict[str, dict[str, dict[str, list[Any]]]] = field(default_factory=lambda: defaultdict(dict))
    removed: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    fixed: dict[str, dict[int | str, dict[str, Any]]] = field(default_factory=lambda: defaultdict(dict))
    made_texts: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    fixed_texts: dict[str, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))

    def made_of(self, table: str) -> dict[str, dict[str, Any]]:
        """The rows made, to be looked up by key: those written in bulk become values again."""
        for key, text in self.made_texts.pop(table, {}).items():
            self.made[table][key] = json.loads(text)
        return self.made.get(table, {})

    def tables(self) -> tuple[str, ...]:
        parts: tuple[dict[str, Any], ...] = (
            self.made,
            self.changed,
            self.removed,
            self.fixed,
            self.made_texts,
            self.fixed_texts,
        )
        return tuple(sorted({table for part in parts for table, rows in part.items() if rows}))


@dataclass
class _Said:
    """What the services said: actions in order, the first reason, and the records they are about."""

    actions: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    subjects: dict[tuple[str, int], None] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)


class Recorder:
    """Listens to one session from the start of a unit to its entry in the chains."""

    def __init__(self, session: Session, act: Act, chains: Sequence[AuditChain]) -> None:
        self.session = session
        self.act = act
        self.chains = chains
        self.changes = _Changes()
        self.said = _Said()
        session.info["recorder"] = self
        event.listen(session, "after_flush", self._after_flush)

    def _after_flush(self, session: Session, _context: UOWTransaction) -> None:
        for row in session.new:
            self._made(inspect(row))
        for row in session.dirty:
            if session.is_modified(row):
                self._changed(inspect(row))
        for row in session.deleted:
            self._removed(inspect(row))

    def _removed(self, state: InstanceState[Any]) -> None:
        if _mode(state.mapper) == APART:
            return
        table, key = _table(state.mapper).name, _key_text(state)
        # Made and removed in one unit: it never was. So a key both removed and made was given anew.
        if key in self.changes.made_of(table):
            del self.changes.made[table][key]
        else:
            self.changes.changed.get(table, {}).pop(key, None)
            self.changes.removed[table].append(key)

    def _made(self, state: InstanceState[Any]) -> None:
        mode = _mode(state.mapper)
        if mode == APART:
            return
        table = _table(state.mapper)
        if mode == IMMUTABLE:
            self.changes.fixed[table.name][_key(state)] = fixed_values(table, state.dict)
            return
        values = {name: self._shown(state, name, value) for name, value in _columns(state) if value is not None}
        self.changes.made[table.name][_key_text(state)] = values

    def _changed(self, state: InstanceState[Any]) -> None:
        if _mode(state.mapper) == APART:
            return
        table, key = _table(state.mapper).name, _key_text(state)
        for name, value in _columns(state):
            history = state.attrs[name].history
            old = history.deleted[0] if history.deleted else None
            if history.has_changes() and old != value:
                self._note_change(state, table, key, name, old, value)

    def _note_change(  # one changed column: where, which, from, to
        self, state: InstanceState[Any], table: str, key: str, name: str, old: Any, value: Any
    ) -> None:
        made = self.changes.made_of(table).get(key)
        if made is not None:  # made and changed in one unit: it was made like this
            made[name] = self._shown(state, name, value)
            return
        changes = self.changes.changed[table].setdefault(key, {})
        if name in changes:  # a second flush of one unit: keep the oldest value
            changes[name] = [changes[name][0], self._shown(state, name, value)]
        elif state.mapper.columns[name].info.get("audit") == IDENTITY:
            changes[name] = [None, self._shown(state, name, value)]  # the old HMAC is further up the chain
        else:
            changes[name] = [self._shown(state, name, old), self._shown(state, name, value)]

    def _shown(self, state: InstanceState[Any], name: str, value: Any) -> Any:
        mode = state.mapper.columns[name].info.get("audit")
        if value is None:
            return None
        if mode == SECRET:
            return "changed"
        if mode == IDENTITY:
            return identity_hmac(self._key_of(state), name, value)
        return plain(as_stored(state.mapper.columns[name], value))

    def _key_of(self, state: InstanceState[Any]) -> bytes | None:
        patient_id = state.dict.get("patient_id", state.dict.get("id"))
        found: bytes | None = self.session.connection().scalar(
            select(PatientKey.key).where(PatientKey.patient_id == patient_id)
        )
        return found

    def write(self) -> None:
        """Append one entry to each chain of the unit. Raises `UnitNamesNoAction`."""
        self.session.flush()  # the entry is built from what the flushes changed
        if not self.said.actions:
            if self.changes.tables():
                raise UnitNamesNoAction(self.changes.tables())
            return
        body = self._body()
        for chain in self.chains:
            entry = _append(self.session, chain, self.act, body if chain is self.chains[0] else self._echo())
            self.session.flush()  # the subjects need the entry's id
            if self.said.subjects:
                about = [(entry.id, kind, record_id) for kind, record_id in self.said.subjects]
                insertion(self.session, _table(inspect(AuditSubject)), ("entry_id", "kind", "record_id"), about)
        self.session.flush()  # nothing may be left to write when the recorder stops listening

    def _body(self) -> dict[str, Any]:
        changes = self.changes
        body = self._echo() | {
            "made": _made_text(changes),
            "changed": {table: rows for table, rows in changes.changed.items() if rows},
            "removed": dict(changes.removed),
            "facts": self.said.facts,
        }
        if changes.fixed or changes.fixed_texts:
            lines = _fixed_lines(changes)
            body["fixed"] = {table: id_ranges(rows) for table, rows in lines.items()}
            body["digest"] = digest_of_lines(
                line for table in sorted(lines) for _, line in sorted(lines[table].items())
            )
        return {name: value for name, value in body.items() if value not in ({}, [], None)}

    def _echo(self) -> dict[str, Any]:
        """What an entry of any chain says; a cross-site unit is told whole only in its first chain."""
        actor = self.act.actor
        about = {"about": subjects_text(self.said.subjects)} if self.said.subjects else {}
        return about | {
            "v": BODY_VERSION,
            "unit": self.act.unit,
            "by": [actor.user_id, actor.name, ",".join(role.value for role in actor.roles)],
            "door": f"{actor.door.value} {actor.address}".strip(),
            "action": "; ".join(dict.fromkeys(self.said.actions)),
            "reason": "; ".join(dict.fromkeys(self.said.reasons)) or None,
        }

    def stop(self) -> None:
        event.remove(self.session, "after_flush", self._after_flush)


def record(session: Session, act: Act, action: str, *rows: Base, reason: str | None = None, **facts: Any) -> None:
    """Say what a service did, in the field's words, and to which records. `facts` are plain values."""
    recorder: Recorder = session.info["recorder"]
    assert recorder.act is act  # noqa: S101  # a service never speaks for another unit
    session.flush()  # the records need their ids before they can be named
    recorder.said.actions.append(action)
    if reason:
        recorder.said.reasons.append(reason)
    for row in rows:
        recorder.said.subjects[(_table(inspect(row).mapper).name, int(_key(inspect(row))))] = None
    recorder.said.facts.update({name: plain(value) for name, value in facts.items()})


def tell_about(session: Session, kind: str, record_ids: Iterable[int]) -> None:
    """The entry is about these records too, which were written past the session."""
    recorder: Recorder = session.info["recorder"]
    recorder.said.subjects.update(dict.fromkeys((kind, record_id) for record_id in record_ids))


def require_everything(session: Session) -> None:
    """For what touches records of all sites: another unit could run beside one that locks less."""
    recorder: Recorder = session.info["recorder"]
    locked = {chain.id for chain in recorder.chains}
    missing = set(session.scalars(select(AuditChain.id))) - locked
    if missing:
        raise ScopeTooNarrow(tuple(sorted(missing)))


def require_sites(session: Session, *site_ids: int) -> None:
    """The same for what touches records of these sites only."""
    recorder: Recorder = session.info["recorder"]
    missing = set(site_ids) - {chain.id for chain in recorder.chains}
    if missing:
        raise ScopeTooNarrow(tuple(sorted(missing)))


def _append(session: Session, chain: AuditChain, act: Act, body: dict[str, Any]) -> AuditEntry:
    chain.seq += 1
    text = _object({**body, "chain": chain.id, "seq": chain.seq, "at": instant_text(act.now)})
    chain.hash = entry_hash(chain.hash, text)
    chain.at = act.now
    entry = AuditEntry(
        chain_id=chain.id,
        seq=chain.seq,
        at=act.now,
        user_id=act.actor.user_id,
        action=body["action"],
        body=text,
        hash=chain.hash,
    )
    session.add(entry)
    return entry


def entry_hash(previous: bytes, body: str) -> bytes:
    return hashlib.sha256(previous + body.encode()).digest()


def identity_hmac(key: bytes | None, field_name: str, value: Any) -> str | None:
    """How an identity field enters the chain; `None` once the key is deleted."""
    if key is None:
        return None
    return hmac.new(key, canonical([field_name, plain(value)]).encode(), hashlib.sha256).hexdigest()


def fixed_values(table: Table, values: Any) -> dict[str, Any]:
    """A row of an immutable table as it enters the digest: every column that is not empty."""
    shown = ((column, values.get(column.name)) for column in table.columns)
    return {column.name: plain(as_stored(column, value)) for column, value in shown if value is not None}


def as_stored(column: ColumnElement[Any], value: Any) -> Any:
    """As the database gives it back: exact and truth columns take a whole number too."""
    if type(value) is int:
        if isinstance(column.type, Amount | Strength | Money):
            return Decimal(value)
        if isinstance(column.type, Flag):
            return bool(value)
    return value


def subjects_text(subjects: Iterable[tuple[str, int]]) -> dict[str, str]:
    """The records an entry is about, kind by kind: whoever takes one from `audit_subject` is found out."""
    ids: dict[str, list[int]] = defaultdict(list)
    for kind, record_id in subjects:
        ids[kind].append(record_id)
    return {kind: id_ranges(of_kind) for kind, of_kind in sorted(ids.items())}


def id_ranges(keys: Iterable[int | str]) -> str:
    """`1-4,7` for whole-number keys; composite keys are listed."""
    numbers = sorted(key for key in keys if isinstance(key, int))
    parts = [str(key) for key in sorted(key for key in keys if isinstance(key, str))]
    start = previous = None
    for number in [*numbers, None]:
        if previous is not None and number == previous + 1:
            previous = number
            continue
        if start is not None:
            parts.append(str(start) if start == previous else f"{start}-{previous}")
        start = previous = number
    return ",".join(parts)


def _made_text(changes: _Changes) -> _Written | None:
    """What was made, table by table and row by row."""
    made = {}
    for table in {*changes.made, *changes.made_texts}:
        texts = dict(changes.made_texts.get(table, {}))
        for key, values in changes.made.get(table, {}).items():
            texts[key] = canonical({name: value for name, value in values.items() if value is not None})
        if texts:
            made[table] = _Written(f"{{{','.join(f'{canonical(key)}:{texts[key]}' for key in sorted(texts))}}}")
    return _object(made) if made else None


def _fixed_lines(changes: _Changes) -> dict[str, dict[Any, str]]:
    """Rows of immutable tables as the digest takes them in: table -> key -> line."""
    lines: dict[str, dict[Any, str]] = {}
    for table in {*changes.fixed, *changes.fixed_texts}:
        of_table = {key: canonical([table, values]) for key, values in changes.fixed.get(table, {}).items()}
        start = canonical(table)
        of_table |= {key: f"[{start},{text}]" for key, text in changes.fixed_texts.get(table, {}).items()}
        lines[table] = of_table
    return lines


def _object(values: dict[str, Any]) -> _Written:
    """As `canonical`, of values of which some are written already."""
    parts = (
        f"{canonical(name)}:{value if isinstance(value, _Written) else canonical(value)}"
        for name, value in sorted(values.items(), key=itemgetter(0))
    )
    return _Written(f"{{{','.join(parts)}}}")


def _table(mapper: Mapper[Any]) -> Table:
    table = mapper.local_table
    assert isinstance(table, Table)  # noqa: S101  # every mapped class of ours is one table
    return table


def _mode(mapper: Mapper[Any]) -> str:
    mode: str = _table(mapper).info["audit"]
    return mode


def _key(state: InstanceState[Any]) -> int | str:
    identity = [state.dict[column.name] for column in state.mapper.primary_key]
    return identity[0] if len(identity) == 1 else "/".join(map(str, identity))


def _key_text(state: InstanceState[Any]) -> str:
    return str(_key(state))


def _columns(state: InstanceState[Any]) -> Iterator[tuple[str, Any]]:
    """The columns that enter the chain with a value: not the key, the version, or what is told otherwise."""
    for column in _table(state.mapper).columns:
        is_version = state.mapper.version_id_col is not None and column is state.mapper.version_id_col
        if column.primary_key or is_version or column.info.get("audit") in (BY_MOVES, DERIVED):
            continue
        yield column.name, state.dict.get(column.name)
