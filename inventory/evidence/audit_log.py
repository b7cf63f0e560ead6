"""The audit log as it is read: newest first, by person, record, kind and time, with old and new values.

A reader sees the chain of the present site and that of the organisation. Values come from the entries' own text;
names of records are looked up for the entries shown, kind by kind, so the number of statements is bounded.
"""

import json
import operator
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Select, exists, or_, select
from sqlalchemy.orm import Session

from inventory.access import Actor
from inventory.errors import InvalidCode, WrongCheckCharacter
from inventory.evidence.audit import ORGANISATION_CHAIN
from inventory.rules.codes import CodeKind, check_code, kind_of
from models.base import IDENTITY, RECORDED, SECRET
from models.care import CompoundingRecord, Patient
from models.catalogue import Product, Supplier
from models.evidence import AuditEntry, AuditSubject
from models.organisation import Location, Site
from models.people import Membership, User
from models.stock import Container, Delivery, Lot, StockEntry
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
    lines = tuple(_line(entry, subjects[entry.id]) for entry in shown)
    return Page(lines, shown[-1].id if len(found) > limit else None)


def people_at(session: Session, *, site_id: int) -> list[tuple[int, str]]:
    """Who has a role at the site, by name: for the choice of a person."""
    members = select(Membership.user_id).where(Membership.site_id == site_id)
    query = select(User.id, User.full_name).where(User.id.in_(members)).order_by(User.full_name, User.id)
    return [(user_id, name) for user_id, name in session.execute(query)]


def kinds() -> tuple[str, ...]:
    """The kinds of record that entries are about."""
    recorded = {table.name for table in Base.metadata.tables.values() if table.info["audit"] == RECORDED}
    return tuple(sorted(recorded | {StockEntry.__tablename__}))


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
    text = wanted.record.strip()
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


def _subjects(session: Session, entry_ids: list[int]) -> defaultdict[int, list[Subject]]:
    found: defaultdict[int, list[Subject]] = defaultdict(list)
    query = select(AuditSubject.entry_id, AuditSubject.kind, AuditSubject.record_id)
    rows = session.execute(query.where(AuditSubject.entry_id.in_(entry_ids))).all()
    labels = _labels(session, {(kind, record_id) for _, kind, record_id in rows})
    for entry_id, kind, record_id in rows:
        found[entry_id].append(Subject(kind, record_id, labels.get((kind, record_id), str(record_id))))
    return found


_LABELS: Mapping[str, Select[int, str]] = {
    "container": select(Container.id, Container.code),
    "lot": select(Lot.id, Lot.lot_number),
    "patient": select(Patient.id, Patient.reference),
    "product": select(Product.id, Product.name),
    "supplier": select(Supplier.id, Supplier.name),
    "location": select(Location.id, Location.name),
    "site": select(Site.id, Site.name),
    "user_account": select(User.id, User.full_name),
    "delivery": select(Delivery.id, Delivery.reference),
    "compounding_record": select(CompoundingRecord.id, Lot.lot_number).join(Lot, Lot.id == CompoundingRecord.lot_id),
}


def _labels(session: Session, subjects: set[tuple[str, int]]) -> dict[tuple[str, int], str]:
    by_kind: defaultdict[str, list[int]] = defaultdict(list)
    for kind, record_id in subjects:
        by_kind[kind].append(record_id)
    labels: dict[tuple[str, int], str] = {}
    for kind, ids in by_kind.items():
        if kind in _LABELS:
            key = _LABELS[kind].selected_columns[0]
            rows = session.execute(_LABELS[kind].where(key.in_(ids)))
            labels.update({(kind, record_id): label for record_id, label in rows})
    return labels


def _line(entry: AuditEntry, subjects: list[Subject]) -> EntryLine:
    text = _read(entry, subjects)
    return EntryLine(
        id=entry.id,
        chain_id=entry.chain_id,
        seq=entry.seq,
        at=entry.at,
        person=text.person,
        door=text.door,
        action=entry.action,
        reason=text.reason,
        subjects=tuple(subjects[:MOST_SUBJECTS]),
        more_subjects=max(0, len(subjects) - MOST_SUBJECTS),
        changes=tuple(text.changes[:MOST_VALUES]),
        more_changes=max(0, len(text.changes) - MOST_VALUES),
        recorded=tuple(text.recorded[:MOST_VALUES]),
        more_recorded=max(0, len(text.recorded) - MOST_VALUES),
        hash=entry.hash.hex(),
        body=entry.body,
    )


@dataclass
class _Text:
    """What an entry's own text says: who, through which door, why, and the values."""

    person: str
    door: str = ""
    reason: str | None = None
    changes: list[Change] = field(default_factory=list)
    recorded: list[Change] = field(default_factory=list)


def _read(entry: AuditEntry, subjects: list[Subject]) -> _Text:
    """An altered text may be anything and still gets its line."""
    labels = {(subject.kind, str(subject.id)): subject.label for subject in subjects}
    try:
        body = json.loads(entry.body)
        return _Text(
            person=str(body["by"][1]),
            door=str(body["door"]).partition(" ")[0],
            reason=body.get("reason"),
            changes=[*_changed(body, labels), *_removed(body, labels)],
            recorded=[*_made(body, labels)],
        )
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return _Text(UNREADABLE)


def _changed(body: dict[str, Any], labels: dict[tuple[str, str], str]) -> Iterator[Change]:
    for table, rows in body.get("changed", {}).items():
        for key, values in rows.items():
            for name, (old, new) in values.items():
                record = labels.get((table, key), key)
                yield Change(table, record, name, _shown(table, name, old), _shown(table, name, new))


def _removed(body: dict[str, Any], labels: dict[tuple[str, str], str]) -> Iterator[Change]:
    for table, keys in body.get("removed", {}).items():
        for key in keys:
            yield Change(table, labels.get((table, key), key), "", "recorded", None)


def _made(body: dict[str, Any], labels: dict[tuple[str, str], str]) -> Iterator[Change]:
    for table, rows in body.get("made", {}).items():
        for key, values in rows.items():
            for name, value in values.items():
                yield Change(table, labels.get((table, key), key), name, None, _shown(table, name, value))


def _shown(table: str, name: str, value: Any) -> Any:
    """A value as it stands in the entry; an identity is there only as a digest and says nothing."""
    known = Base.metadata.tables.get(table)
    column = None if known is None else known.columns.get(name)
    is_hidden = column is not None and column.info.get("audit") in (IDENTITY, SECRET)
    return HIDDEN if is_hidden and value is not None else value
