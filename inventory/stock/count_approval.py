"""The end of a count: differences explained, what was found elsewhere moved, the rest approved and booked.

- What is missing is booked as lost, which is never accounted for; what is too much as found.
- Differences were judged at the instant of counting and are booked against the books of now. Nothing goes below zero.
- What nobody knew of comes in under a hold: where it was kept meanwhile is not known (rule CNT-03).
"""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.orm import Session

from inventory import texts
from inventory.access import Act, Permission
from inventory.errors import PlaceHeld
from inventory.evidence import audit
from inventory.evidence.canonical import amount_text
from inventory.evidence.signatures import ConfirmedIdentity, refuse_other_signer, sign
from inventory.stock import count_results, counts, holds, ledger, opening, receiving, usability
from inventory.stock.count_results import ContainerLine, CountOutcome, LotLine, Since
from inventory.stock.errors import (
    CountChanged,
    CountDiffers,
    CountNotFinished,
    CountNotReady,
    NoSuchDifference,
    NotFoundHere,
)
from inventory.stock.holds import Cause
from inventory.stock.ledger import Taking
from inventory.stock.usability import Judgement, Use
from models.counts import CountExplanation, CountResult, StockCount
from models.stock import Container, StockEntry, StockMove
from models.vocabulary import CountMethod, EntryPurpose, HoldKind, MovePurpose, SignatureMeaning, Tracking

LONGEST_SUMMARY = 200_000
_NOTHING = Decimal(0)


@dataclass(frozen=True)
class ExplainDifference:
    """Of one container by its code, or of the sealed ones of a lot."""

    count_id: int
    reason: str
    code: str | None = None
    lot_id: int | None = None


@dataclass(frozen=True)
class MoveFound:
    """A container that was found here and that the books have elsewhere: now the books have it here."""

    count_id: int
    code: str


@dataclass(frozen=True)
class ApproveCount:
    """`seen`: the text that the person read. Another one by now is not signed."""

    count_id: int
    signed: ConfirmedIdentity | None
    seen: str | None = None


def explain_difference(session: Session, act: Act, command: ExplainDifference) -> CountExplanation:
    """How a difference came about, as far as it is known. Raises `NoSuchDifference`."""
    act.require(Permission.COUNT_STOCK)
    count = _finished(session, act, command.count_id)
    found = count_results.outcome(session, count)
    container_id, lot_id = _line_to_explain(session, found, command)
    explanation = CountExplanation(
        count_id=count.id,
        container_id=container_id,
        lot_id=lot_id,
        reason=texts.reason(command.reason),
        explained_at=act.now,
        explained_by_id=act.user_id,
    )
    session.add(explanation)
    audit.record(session, act, "difference explained", count, reason=explanation.reason)
    return explanation


def _line_to_explain(
    session: Session, found: CountOutcome, command: ExplainDifference
) -> tuple[int | None, int | None]:
    if command.code is not None:
        container = usability.get_container_anywhere(session, command.code)
        lines = [line for line in found.containers if line.container.id == container.id]
        if any(line.differs or line.found_at is not None for line in lines):
            return container.id, None
        raise NoSuchDifference(container.code)
    if any(line.lot.id == command.lot_id and line.differs for line in found.lots):
        return None, command.lot_id
    raise NoSuchDifference("this lot")


def move_found(session: Session, act: Act, command: MoveFound) -> StockEntry:
    """Where it is, is a fact: a hold does not keep the books from saying so, but is written down as a deviation."""
    act.require(Permission.COUNT_STOCK)
    act.require(Permission.MOVE_STOCK)
    count = counts.get_open_count(session, act, command.count_id)
    container = usability.get_container(session, act, command.code)
    found = count_results.outcome(session, count)
    if not any(line.container.id == container.id and line.found_at is not None for line in found.containers):
        raise NotFoundHere(container.code)
    judgement = Judgement(is_past=True)
    current = usability.state(session, container)
    if current.holds and not count.location.is_quarantine:
        judgement.against(usability.held(current), container)
    causes = holds.causes_at_place(session, count.location)
    if causes and not count.location.is_quarantine:
        judgement.against(PlaceHeld(count.location.name, "; ".join(causes)), container)
    entry = ledger.open_entry(session, act, EntryPurpose.MOVED, reason=f"found there by count {count.id}")
    ledger.relocate(session, entry, container, count.location)
    holds.hold_arrivals(session, act, [container], count.location)
    judgement.write_deviations(session, act, entry)
    audit.record(session, act, "container found elsewhere", count, container)
    return entry


def approve_count(session: Session, act: Act, command: ApproveCount) -> StockCount:
    """Book what differs, and sign for it. Raises `CountNotReady`, `CountChanged`, `NotSigned`, `WrongSigner`."""
    act.require(Permission.APPROVE_COUNT)
    count = _finished(session, act, command.count_id)
    found = count_results.outcome(session, count)
    if not found.is_ready:
        raise CountNotReady(found.recounts or ("nothing",), found.explanations or ("nothing",))
    refuse_other_signer(act, command.signed, SignatureMeaning.APPROVED)
    text = summary(count, found)
    if command.seen is not None and command.seen != text:
        raise CountChanged(count.id)
    signature = sign(session, act, command.signed, SignatureMeaning.APPROVED, count, text)
    count.approved_at = act.now
    count.signature_id = signature.id
    booking = _Booking(session, act, count)
    for line in found.containers:
        booking.book_container(line)
    for lot_line in found.lots:
        booking.book_lot(lot_line)
    booking.close()
    entries = [entry for entry in (booking.found_entry, booking.lost_entry) if entry is not None]
    audit.record(session, act, "count approved", count, count.location, *entries)
    return count


def summary(count: StockCount, found: CountOutcome) -> str:
    """The text that is signed: every difference, and what is booked for it."""
    parts = [f"Count {count.id} of {count.location.name}: {len(found.containers)} counted one by one."]
    for line in found.containers:
        if line.judged.difference or line.found_at is not None:
            parts.append(f"{line.container.code}: {_container_words(line)}.")
    for lot in found.lots:
        words = f"{lot.reading.pieces} by number, {len(lot.expected)} by the books"
        parts.append(f"Lot {lot.lot.lot_number}: {words}.")
    if found.strangers:
        parts.append(f"{len(found.strangers)} found that do not belong here or are unknown.")
    return " ".join(parts)


def _container_words(line: ContainerLine) -> str:
    unit = line.container.lot.product.unit.value
    judged = line.judged
    words = f"counted {amount_text(judged.counted)}, by the books {amount_text(judged.books_then)} {unit}"
    if line.since is not None:
        return f"{words}; {_SINCE[line.since]} since, nothing booked"
    return f"{words}; found where the books have it elsewhere" if line.found_at is not None else words


_SINCE = {Since.SEEN: "seen", Since.ENDED: "used up", Since.GONE: "sent to another site"}


def _finished(session: Session, act: Act, count_id: int) -> StockCount:
    count = counts.get_open_count(session, act, count_id)
    if count.finished_at is None:
        raise CountNotFinished(count.id)
    return count


class _Booking:
    """The two entries of an approval, begun when there is something to book in them."""

    def __init__(self, session: Session, act: Act, count: StockCount) -> None:
        self.session, self.act, self.count = session, act, count
        self.found_entry: StockEntry | None = None
        self.lost_entry: StockEntry | None = None
        self._judged: list[tuple[Judgement, StockEntry]] = []
        self._results: list[tuple[CountResult, StockMove | None]] = []

    def book_container(self, line: ContainerLine) -> None:
        judged = line.judged
        booked = _NOTHING if line.since is not None else judged.booked
        move = None
        if booked > 0:
            move = self._add(line.container, booked)
        elif booked < 0:
            move = self._take(line.container, -booked, line)
        if move is not None and not judged.is_within:
            self._deviate(move.entry, line.container.code, line.container, judged.counted, judged.books_then)
        if judged.difference or line.found_at is not None:
            self._result(line, booked, move)

    def book_lot(self, line: LotLine) -> None:
        if line.difference < 0:
            gone = line.losable[-min(-line.difference, len(line.losable)) :] if line.losable else ()
            moves = [self._lose(container, line) for container in gone]
        else:
            moves = self._discover(line)
        counted, books = Decimal(line.reading.pieces or 0), Decimal(len(line.expected))
        if moves:
            self._deviate(moves[0].entry, f"Lot {line.lot.lot_number}", None, counted, books)
        booked = Decimal(len(moves) if line.difference > 0 else -len(moves))
        if line.differs:
            self._keep(
                CountResult(
                    count_id=self.count.id,
                    lot_id=line.lot.id,
                    counted=counted,
                    books_then=books,
                    booked=booked,
                    tolerance=_NOTHING,
                    explanation=line.explanation,
                ),
                None,
            )
        for move in moves:
            self._keep(_of_number(self.count, line, move), move)

    def close(self) -> None:
        for judgement, entry in self._judged:
            judgement.write_deviations(self.session, self.act, entry)
        self.session.flush()  # the results name their moves
        for result, move in self._results:
            result.move_id = None if move is None else move.id
            self.session.add(result)

    def _add(self, container: Container, amount: Decimal) -> StockMove:
        was_empty = container.remaining == 0
        move = ledger.add_found(self.session, self._entry_of_found(), container, amount)
        if was_empty:
            self._hold([container])
        return move

    def _take(self, container: Container, amount: Decimal, line: ContainerLine) -> StockMove:
        entry = self._entry_of_lost()
        taking = Taking(amount, MovePurpose.LOST, line.reading.identified_by)
        move = ledger.take(self.session, entry, container, taking)
        is_punctured = line.reading.method is CountMethod.MEASURED and container.remaining > 0
        if is_punctured and container.opened_at is None and container.lot.product.tracking is Tracking.EACH:
            judgement = Judgement(is_past=True)
            opening.mark_first_use(judgement, container, Use(at=line.reading.counted_at))
            self._judged.append((judgement, entry))
            self._hold([container], "found opened in a count: nobody knows since when")
        return move

    def _lose(self, container: Container, line: LotLine) -> StockMove:
        taking = Taking(container.remaining, MovePurpose.LOST, line.reading.identified_by)
        return ledger.take(self.session, self._entry_of_lost(), container, taking)

    def _discover(self, line: LotLine) -> list[StockMove]:
        if line.difference == 0:
            return []
        entry = self._entry_of_found()
        made = receiving.make_containers(self.session, entry, line.lot, self.count.location, line.difference)
        moves = [ledger.add_found(self.session, entry, container, container.content) for container in made]
        self._hold(made)
        holds.hold_arrivals(self.session, self.act, made, self.count.location)
        return moves

    def _hold(self, containers: list[Container], why: str | None = None) -> None:
        text = why or f"found by count {self.count.id}: where it was kept meanwhile is not known"
        holds.hold_containers(self.session, self.act, containers, Cause(HoldKind.QUALITY, text))

    def _deviate(
        self, entry: StockEntry, what: str, container: Container | None, counted: Decimal, books: Decimal
    ) -> None:
        judgement = Judgement(is_past=True)
        judgement.against(CountDiffers(what, amount_text(counted), amount_text(books)), container)
        self._judged.append((judgement, entry))

    def _result(self, line: ContainerLine, booked: Decimal, move: StockMove | None) -> None:
        result = CountResult(
            count_id=self.count.id,
            lot_id=line.container.lot_id,
            container_id=line.container.id,
            counted=line.judged.counted,
            books_then=line.judged.books_then,
            booked=booked,
            tolerance=line.judged.tolerance,
            explanation=line.explanation,
        )
        self._keep(result, move)

    def _keep(self, result: CountResult, move: StockMove | None) -> None:
        self._results.append((result, move))

    def _entry_of_found(self) -> StockEntry:
        if self.found_entry is None:
            self.found_entry = self._entry(EntryPurpose.FOUND)
        return self.found_entry

    def _entry_of_lost(self) -> StockEntry:
        if self.lost_entry is None:
            self.lost_entry = self._entry(EntryPurpose.LOST)
        return self.lost_entry

    def _entry(self, purpose: EntryPurpose) -> StockEntry:
        reason = f"Count {self.count.id} of {self.count.location.name}"
        return ledger.open_entry(self.session, self.act, purpose, reason=reason)


def _of_number(count: StockCount, line: LotLine, move: StockMove) -> CountResult:
    """One container that a number found or lost."""
    is_new = move.purpose is MovePurpose.FOUND
    return CountResult(
        count_id=count.id,
        lot_id=line.lot.id,
        container_id=move.container.id,
        counted=move.amount if is_new else _NOTHING,
        books_then=_NOTHING if is_new else move.amount,
        booked=move.amount if is_new else -move.amount,
        tolerance=_NOTHING,
        explanation=line.explanation,
    )
