"""The audit log as it is read: newest first, by person, record, kind and time, with old and new values.

A reader sees the chain of the present site and that of the organisation. Values come from the entries' own text;
names of records are looked up for the entries shown, kind by kind, so the number of statements is bounded.
"""

import json
import operator
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, exists, or_, select
from sqlalchemy.orm import Session

from inventory.access import Actor
from inventory.errors import InvalidCode, WrongCheckCharacter
from inventory.evidence.audit import ORGANISATION_CHAIN
from inventory.evidence.record_names import Key, Names, names_of, target_of
from inventory.rules.codes import CodeKind, check_code, kind_of
from models.base import IDENTITY, RECORDED, SECRET
from models.care import Patient
from models.evidence import Attachment, AuditEntry, AuditSubject
from models.organisation import Location
from models.people import Membership, User
from models.stock import Container, Lot, StockEntry
from models.tables import Base

MOST_ENTRIES = 50
MOST_VALUES = 40  # of one entry on a page; the entry's own text has them all
MOST_SUBJECTS = 8
HIDDEN = "kept apart"
UNREADABLE = "this entry was altered and cannot be read"


@dataclass(frozen=True)
class Wanted:
    """`record`: a number, one of our codes, or a lot number. `until`: the first instant no longer wanted."""

    user_id: int | None = None
    kind: str | None = None
    record: str = ""
    since: datetime | None = None
    until: datetime | None = None
    before_id: int | None = None


@dataclass(frozen=True)
class Subject:
    """A record that an entry is about. `label` is its name, where it has one."""

    kind: str
    id: int
    label: str


@dataclass(frozen=True)
class Change:
    """One value. Without `old` the record was made with it."""

    kind: str
    record: str
    field: str
    old: Any
    new: Any


@dataclass(frozen=True)
class EntryLine:
    """`body` is the very text that was hashed. `changes` have an old value, `recorded` were made with theirs.

    `more_subjects`, `more_changes` and `more_recorded` count what is left out.
    """

    id: int
    chain_id: int
    seq: int
    at: datetime
    person: str
    door: str
    action: str
    reason: str | None
    subjects: tuple[Subject, ...]
    more_subjects: int
    changes: tuple[Change, ...]
    more_changes: int
    recorded: tuple[Change, ...]
    more_recorded: int
    hash: str
    body: str


@dataclass
class _Text:
    """What an entry's own text says: who, through which door, why, and the values by number of record."""

    person: str
    door: str = ""
    reason: str | None = None
    changes: list[Change] = field(default_factory=list)
    recorded: list[Change] = field(default_factory=list)


@dataclass(frozen=True)
class Page:
    entries: tuple[EntryLine, ...]
    next_before_id: int | None


def list_entries(session: Session, *, actor: Actor, wanted: Wanted, limit: int = MOST_ENTRIES) -> Page:
    """The newest entries that fit, and where the next part begins."""
    query = _filtered(session, actor, wanted)
    if query is None:
        return Page((), None)
    found = list(session.scalars(query.order_by(AuditEntry.id.desc()).limit(limit + 1)))
    shown = found[:limit]
    subjects = _subjects(session, [entry.id for entry in shown])
    texts = [_read(entry) for entry in shown]
    names = names_of(session, _shown_keys(texts, subjects.values()))
    lines = tuple(_line(entry, text, subjects[entry.id], names) for entry, text in zip(shown, texts, strict=True))
    return Page(lines, shown[-1].id if len(found) > limit else None)


def people_at(session: Session, *, site_id: int) -> list[tuple[int, str]]:
    """Who has a role at the site, by name: for the choice of a person."""
    members = select(Membership.user_id).where(Membership.site_id == site_id)
    query = select(User.id, User.full_name).where(User.id.in_(members)).order_by(User.full_name, User.id)
    return [(user_id, name) for user_id, name in session.execute(query)]


def kinds() -> tuple[str, ...]:
    """The kinds of record that entries are about."""
    recorded = {table.name for table in Base.metadata.tables.values() if table.info["audit"] == RECORDED}
    return tuple(sorted(recorded | {StockEntry.__tablename__, Attachment.__tablename__}))


def _filtered(session: Session, actor: Actor, wanted: Wanted) -> Select[AuditEntry] | None:
    """`None` when what was asked for names no record at all."""
    query = select(AuditEntry).where(AuditEntry.chain_id.in_({ORGANISATION_CHAIN, actor.site_id or 0}))
    bounds = (
        (AuditEntry.user_id, operator.eq, wanted.user_id),
        (AuditEntry.at, operator.ge, wanted.since),
        (AuditEntry.at, operator.lt, wanted.until),
        (AuditEntry.id, operator.lt, wanted.before_id),
    )
    query = query.where(*(compare(column, bound) for column, compare, bound in bounds if bound is not None))
    text = wanted.record.replace("\x00", "").strip()
    if not text and wanted.kind is None:
        return query
    about = select(AuditSubject.entry_id).where(AuditSubject.entry_id == AuditEntry.id)
    if wanted.kind is not None:
        about = about.where(AuditSubject.kind == wanted.kind)
    named = _named(session, text, wanted.kind) if text else {}
    if text and not named:
        return None
    if named:
        each = ((AuditSubject.kind == kind) & AuditSubject.record_id.in_(ids) for kind, ids in named.items())
        about = about.where(or_(*each))
    return query.where(exists(about))


def _named(session: Session, text: str, kind: str | None) -> dict[str, list[int]]:
    """Which records the text may name: our code, a lot number, or a number of the kind asked for."""
    try:
        code = check_code(text)
    except (InvalidCode, WrongCheckCharacter):
        named = {"lot": list(session.scalars(select(Lot.id).where(Lot.lot_number == text)))}
    else:
        named = _by_code(session, code)
    if kind is not None and text.isascii() and text.isdecimal() and len(text) < 19:
        named.setdefault(kind, []).append(int(text))
    return {name: ids for name, ids in named.items() if ids}


_CODED: Mapping[CodeKind, tuple[str, Callable[[str], Select[int]]]] = {
    CodeKind.CONTAINER: ("container", lambda code: select(Container.id).where(Container.code == code)),
    CodeKind.LOCATION: ("location", lambda code: select(Location.id).where(Location.code == code)),
    CodeKind.PATIENT: ("patient", lambda code: select(Patient.id).where(Patient.reference == code)),
    CodeKind.RECORD: ("lot", lambda code: select(Lot.id).where(Lot.lot_number == code)),
}


def _by_code(session: Session, code: str) -> dict[str, list[int]]:
    kind, query = _CODED[kind_of(code)]
    return {kind: list(session.scalars(query(code)))}


def _subjects(session: Session, entry_ids: list[int]) -> defaultdict[int, list[Key]]:
    found: defaultdict[int, list[Key]] = defaultdict(list)
    query = select(AuditSubject.entry_id, AuditSubject.kind, AuditSubject.record_id)
    query = query.where(AuditSubject.entry_id.in_(entry_ids)).order_by(
        AuditSubject.entry_id, AuditSubject.kind, AuditSubject.record_id
    )
    for entry_id, kind, record_id in session.execute(query):
        found[entry_id].append((kind, record_id))
    return found


def _line(entry: AuditEntry, text: _Text, subjects: list[Key], names: Names) -> EntryLine:
    return EntryLine(
        id=entry.id,
        chain_id=entry.chain_id,
        seq=entry.seq,
        at=entry.at,
        person=text.person,
        door=text.door,
        action=entry.action,
        reason=text.reason,
        subjects=tuple(Subject(kind, key, names.of(kind, key)) for kind, key in subjects[:MOST_SUBJECTS]),
        more_subjects=max(0, len(subjects) - MOST_SUBJECTS),
        changes=tuple(_named_values(change, names) for change in text.changes[:MOST_VALUES]),
        more_changes=max(0, len(text.changes) - MOST_VALUES),
        recorded=tuple(_named_values(change, names) for change in text.recorded[:MOST_VALUES]),
        more_recorded=max(0, len(text.recorded) - MOST_VALUES),
        hash=entry.hash.hex(),
        body=entry.body,
    )


def _shown_keys(texts: Iterable[_Text], subjects: Iterable[list[Key]]) -> Iterator[Key]:
    """Every record that the lines will name: their subjects, whose values they are, and what the values point to."""
    for keys in subjects:
        yield from keys[:MOST_SUBJECTS]
    for text in texts:
        for change in (*text.changes[:MOST_VALUES], *text.recorded[:MOST_VALUES]):
            if change.record.isascii() and change.record.isdecimal():
                yield change.kind, int(change.record)
            target = target_of(change.kind, change.field)
            if target is not None:
                yield from ((target, value) for value in (change.old, change.new) if isinstance(value, int))


def _named_values(change: Change, names: Names) -> Change:
    target = target_of(change.kind, change.field)
    record = names.of(change.kind, change.record)
    if target is None:
        return replace(change, record=record)
    old, new = (None if value is None else names.of(target, value) for value in (change.old, change.new))
    return replace(change, record=record, old=old, new=new)


def _read(entry: AuditEntry) -> _Text:
    """An altered text may be anything and still gets its line."""
    try:
        body = json.loads(entry.body)
        return _Text(
            person=str(body["by"][1]),
            door=str(body["door"]).partition(" ")[0],
            reason=body.get("reason"),
            changes=[*_changed(body), *_removed(body)],
            recorded=[*_made(body)],
        )
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return _Text(UNREADABLE)


def _changed(body: dict[str, Any]) -> Iterator[Change]:
    for table, rows in body.get("changed", {}).items():
        for key, values in rows.items():
            for name, (old, new) in values.items():
                yield Change(table, key, name, _shown(table, name, old), _shown(table, name, new))


def _removed(body: dict[str, Any]) -> Iterator[Change]:
    for table, keys in body.get("removed", {}).items():
        for key in keys:
            yield Change(table, str(key), "", "recorded", None)


def _made(body: dict[str, Any]) -> Iterator[Change]:
    for table, rows in body.get("made", {}).items():
        for key, values in rows.items():
            for name, value in values.items():
                yield Change(table, key, name, None, _shown(table, name, value))


def _shown(table: str, name: str, value: Any) -> Any:
    """A value as it stands in the entry; an identity is there only as a digest and says nothing."""
    known = Base.metadata.tables.get(table)
    column = None if known is None else known.columns.get(name)
    is_hidden = column is not None and column.info.get("audit") in (IDENTITY, SECRET)
    return HIDDEN if is_hidden and value is not None else value
