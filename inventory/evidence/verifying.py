"""Proves that nothing was altered, or names the first number where something was.

Three things are compared: each chain with itself (every hash, every number, its head), the chains with an
export that was kept elsewhere, and the tables with what the chains say (`replaying`). A chain that was cut
or re-hashed to its end fits itself; only the export shows it.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inventory.evidence import access_log, audit
from inventory.evidence.checkpoints import TRAIL_STEP, Export, ExportedChain, checked_export
from inventory.evidence.problems import Problem, in_order
from inventory.evidence.replaying import AccessDigest, Replay
from models.evidence import AuditCheckpoint, AuditEntry
from models.organisation import Installation

_PAGE = 2000


def verify(session: Session, export: Mapping[str, Any] | None) -> list[Problem]:
    """Every difference, by chain and number. Raises `ExportUnreadable` for an export that is not whole."""
    exported = None if export is None else checked_export(export)
    replay = Replay(session)
    problems = _chain_problems(session, exported)
    problems += replay.problems()
    problems += _access_log_problems(session, replay.access_digests)
    return in_order(problems)


def _chain_problems(session: Session, exported: Export | None) -> list[Problem]:
    heads = {row.id: row for row in session.execute(sa.text("SELECT id, seq, hash FROM audit_chain ORDER BY id"))}
    kept = _kept_hashes(session)
    problems: list[Problem] = [] if exported is None else _installation_problems(session, exported)
    known = {} if exported is None else dict(exported.chains)
    written = set(session.scalars(sa.select(AuditEntry.chain_id).distinct()))
    for chain in sorted(heads.keys() | known.keys() | written):
        walk = _Walk(chain, known.get(chain), kept[chain])
        for row in _entries(session, chain):
            walk.step(row)
        walk.end(heads.get(chain))
        problems += walk.problems
    return problems


def _entries(session: Session, chain: int) -> Iterator[Any]:
    entry = sa.table("audit_entry", *map(sa.column, ("id", "chain_id", "seq", "body", "hash")))
    query = sa.select(entry.c.id, entry.c.seq, entry.c.body, entry.c.hash).where(entry.c.chain_id == chain)
    last = None
    while True:
        further = query if last is None else query.where(entry.c.seq > last)
        page = list(session.execute(further.order_by(entry.c.seq, entry.c.id).limit(_PAGE)))
        yield from page
        if len(page) < _PAGE:
            return
        last = page[-1].seq


def _kept_hashes(session: Session) -> Mapping[int, dict[int, bytes]]:
    """What the checkpoints in the database say: chain -> number -> hash."""
    kept: dict[int, dict[int, bytes]] = defaultdict(dict)
    for chain, seq, found in session.execute(
        sa.select(AuditCheckpoint.chain_id, AuditCheckpoint.seq, AuditCheckpoint.hash)
    ):
        kept[chain][seq] = found
    return kept


@dataclass
class _Walk:
    """Goes through one chain from its first entry to its head."""

    chain: int
    exported: ExportedChain | None
    kept: Mapping[int, bytes]
    problems: list[Problem] = field(default_factory=list)
    seq: int = 0
    hash: bytes = audit.FIRST_HASH
    newest_id: int = 0
    has_parted: bool = False

    def step(self, row: Any) -> None:
        entry_id, seq, body, found = row
        follows = seq == self.seq + 1
        if not follows:
            self._say(*_gap(self.seq, seq))
        elif audit.entry_hash(self.hash, body) != found:
            self._say(seq, "Its hash does not follow from the entry before and its body.")
        if entry_id < self.newest_id:
            self._say(seq, "It was written before the entry that it follows.")
        if self.kept and self.kept.get(seq, found) != found:
            self._say(seq, "Its hash is not the one of the checkpoint in the database.")
        if self.exported is not None and not self.has_parted:
            self._compare_with_export(self.exported, seq, found)
        self.seq, self.hash, self.newest_id = seq, found, max(self.newest_id, entry_id)

    def _compare_with_export(self, exported: ExportedChain, seq: int, found: bytes) -> None:
        if not 1 <= seq <= exported.seq:
            return
        is_same = found.hex()[:TRAIL_STEP] == exported.step(seq)
        if seq == exported.seq:
            is_same = is_same and found == exported.hash
        if not is_same:
            self.has_parted = True
            self._say(seq, f"From here on the chain is not the one that was exported (up to {exported.seq}).")

    def end(self, head: Any | None) -> None:
        exported = self.exported
        if exported is not None and exported.seq > self.seq:
            self._say(self.seq + 1, f"{_missing(self.seq + 1, exported.seq)} The export has them.")
        if head is None:
            self.problems.append(Problem("The chain has no head.", self.chain, None, "audit_chain", str(self.chain)))
        elif (head.seq, bytes(head.hash)) != (self.seq, self.hash):
            said = f"The head of the chain says {head.seq}, the last entry is {self.seq}."
            if head.seq == self.seq:
                said = "The head of the chain has another hash than the last entry."
            self._say(min(head.seq, self.seq) + (head.seq != self.seq), said)

    def _say(self, seq: int, sentence: str) -> None:
        self.problems.append(Problem(sentence, self.chain, seq, "audit_entry"))


def _gap(before: int, seq: int) -> tuple[int, str]:
    return (before + 1, _missing(before + 1, seq - 1)) if seq > before else (seq, "The number stands there twice.")


def _missing(first: int, last: int) -> str:
    return f"Entry {first} is missing." if first == last else f"Entries {first} to {last} are missing."


def _installation_problems(session: Session, exported: Export) -> list[Problem]:
    here = session.scalar(sa.select(Installation.organisation))
    if here == exported.installation:
        return []
    return [Problem(f"The export is of {exported.installation!r}; this installation is {here!r}.")]


def _access_log_problems(session: Session, digests: list[AccessDigest]) -> list[Problem]:
    """Each checkpoint covers the rows since the one before, so each is compared on its own."""
    problems = []
    after, previous = 0, access_log.FIRST_DIGEST
    for said in digests:
        found = access_log.digest(session, previous, after=after, up_to=said.access_log_id)
        if found.hex() != said.digest:
            span = f"{after + 1} to {said.access_log_id}"
            sentence = f"The access log from row {span} is not what the checkpoint recorded."
            problems.append(Problem(sentence, *said.said_by, "access_log"))
        try:
            after, previous = said.access_log_id, bytes.fromhex(said.digest)
        except ValueError:
            problems.append(Problem("What it says of the access log is no digest.", *said.said_by))
    return problems
