"""Checkpoints: the heads of the audit chains at a time, stored, and exported to be kept elsewhere.

An export holds each chain's last hash and, as its trail, the first 16 characters of every hash before it.
Whoever re-hashes a chain after changing it can be shown the first number that differs. An export holds no
patient's identity, and no text but the organisation's name.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.access import Act, Permission
from inventory.errors import IntegrityProblem, InvalidInput
from inventory.evidence import access_log, audit
from inventory.evidence.canonical import canonical
from models.evidence import AuditChain, AuditCheckpoint, AuditEntry
from models.organisation import Installation
from models.types import instant_text

FORMAT = "vialtrace-checkpoint"
FORMAT_VERSION = 1
TRAIL_STEP = 16
_HASH = re.compile(r"[0-9a-f]{64}")
_TRAIL = re.compile(r"[0-9a-f]*")


@dataclass(eq=False)
class ExportUnreadable(InvalidInput):
    """The checkpoint file cannot be compared with: cut off, garbled, or another kind of file."""

    problem: str

    says = "This is not a whole checkpoint export: {problem}."
    do = "Copy the file again from where it is kept, or take another export."


@dataclass(eq=False)
class ChainIncomplete(IntegrityProblem):
    """A chain that is already broken makes no checkpoint worth keeping."""

    chain: int
    found: int
    seq: int

    says = "Audit chain {chain} has {found} entries where its head says {seq}."
    why = "A checkpoint of a broken chain would prove nothing."


@dataclass(frozen=True)
class ExportedChain:
    """How one chain stood when it was exported."""

    id: int
    seq: int
    hash: bytes
    trail: str

    def step(self, seq: int) -> str:
        """The beginning of the hash of entry `seq`."""
        return self.trail[(seq - 1) * TRAIL_STEP : seq * TRAIL_STEP]


@dataclass(frozen=True)
class Export:
    installation: str
    exported_at: str
    chains: Mapping[int, ExportedChain]


def take_checkpoint(session: Session, act: Act) -> list[AuditCheckpoint]:
    """Store the head of each chain as it was before this unit, with the access log since the last time.

    Runs in the scope of everything. The digest enters the chain as a fact of this unit's own entry.
    """
    act.require(Permission.EXPORT_AUDIT)
    audit.require_everything(session)
    heads = list(session.scalars(select(AuditChain).order_by(AuditChain.id)))
    last = session.scalar(select(AuditCheckpoint).order_by(AuditCheckpoint.id.desc()).limit(1))
    after, previous = (0, access_log.FIRST_DIGEST) if last is None else (last.access_log_id, last.access_log_hash)
    up_to = access_log.newest_row(session)
    digest = access_log.digest(session, previous, after=after, up_to=up_to)
    checkpoints = [
        AuditCheckpoint(
            chain_id=head.id, seq=head.seq, hash=head.hash, at=act.now, access_log_id=up_to, access_log_hash=digest
        )
        for head in heads
    ]
    session.add_all(checkpoints)
    audit.record(session, act, "checkpoint taken", access_log_id=up_to, access_log_digest=digest.hex())
    return checkpoints


def export_checkpoint(session: Session, *, exported_at: datetime) -> dict[str, Any]:
    """Every chain as it stands, as a JSON document to be kept outside this machine. Raises `ChainIncomplete`."""
    installation = session.get_one(Installation, 1)
    document: dict[str, Any] = {
        "format": FORMAT,
        "version": FORMAT_VERSION,
        "installation": installation.organisation,
        "exported_at": instant_text(exported_at),
        "chains": [
            {"chain": head.id, "seq": head.seq, "hash": head.hash.hex(), "trail": _trail(session, head)}
            for head in session.scalars(select(AuditChain).order_by(AuditChain.id))
        ],
    }
    return document | {"digest": _digest(document)}


def _trail(session: Session, head: AuditChain) -> str:
    query = select(AuditEntry.hash).where(AuditEntry.chain_id == head.id).order_by(AuditEntry.seq)
    hashes = session.scalars(query.execution_options(yield_per=10_000))
    trail = "".join(found.hex()[:TRAIL_STEP] for found in hashes)
    if len(trail) != head.seq * TRAIL_STEP:
        raise ChainIncomplete(head.id, len(trail) // TRAIL_STEP, head.seq)
    return trail


def _digest(document: Mapping[str, Any]) -> str:
    """Tells a garbled file from a whole one. It proves nothing about who wrote it."""
    rest = {name: value for name, value in document.items() if name != "digest"}
    return hashlib.sha256(canonical(rest).encode()).hexdigest()


def read_export(content: bytes) -> dict[str, Any]:
    """The document in a file. Raises `ExportUnreadable`."""
    try:
        document = json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ExportUnreadable("it is cut off or is not a JSON file") from error
    if not isinstance(document, dict):
        raise ExportUnreadable("it holds no document")
    checked_export(document)
    return document


def checked_export(document: Mapping[str, Any]) -> Export:
    """The document as values that can be compared with. Raises `ExportUnreadable`."""
    if document.get("format") != FORMAT:
        raise ExportUnreadable("it is another kind of file")
    if document.get("version") != FORMAT_VERSION:
        raise ExportUnreadable("it was written by a version of Vialtrace that this one does not know")
    try:
        garbled = document.get("digest") != _digest(document)
    except (TypeError, ValueError, RecursionError) as error:
        raise ExportUnreadable("it was garbled") from error
    if garbled:
        raise ExportUnreadable("its content does not fit its own digest")
    try:
        chains = [_chain(found) for found in document["chains"]]
        exported_at = instant_text(datetime.fromisoformat(document["exported_at"]).astimezone(UTC))
        export = Export(str(document["installation"]), exported_at, {chain.id: chain for chain in chains})
    except (KeyError, TypeError, ValueError) as error:
        raise ExportUnreadable("a part of it is missing") from error
    if len(export.chains) != len(chains):
        raise ExportUnreadable("it names a chain twice")
    return export


def _chain(found: Mapping[str, Any]) -> ExportedChain:
    chain_id, seq, last, trail = (found[name] for name in ("chain", "seq", "hash", "trail"))
    numbers_fit = all(type(number) is int and number >= 0 for number in (chain_id, seq))
    if not (numbers_fit and _HASH.fullmatch(last) and _TRAIL.fullmatch(trail)):
        raise ValueError("not a chain")
    if len(trail) != seq * TRAIL_STEP:
        raise ValueError("a trail of another length")
    return ExportedChain(chain_id, seq, bytes.fromhex(last), trail)
