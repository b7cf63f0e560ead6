"""Correcting one line of a container's history: its entry is found, and a split is undone on both sides."""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.orm import Session

from inventory.access import Act, Permission
from inventory.errors import RecordNotFound
from inventory.stock import corrections
from inventory.stock.corrections import CorrectedMove, CorrectEntry
from models.stock import StockEntry, StockMove
from models.vocabulary import EntryPurpose


@dataclass(frozen=True)
class CorrectMove:
    """`amount` empty: it never took place; `container_code`: it was another container, with the same amount if none."""

    move_id: int
    reason: str
    amount: Decimal | None = None
    container_code: str | None = None


def correct_move(session: Session, act: Act, command: CorrectMove) -> StockEntry:
    """Raises `RecordNotFound`, and the refusals of `corrections.correct_entry`."""
    act.require(Permission.CORRECT_ENTRY)
    move = session.get(StockMove, command.move_id)
    if move is None:
        raise RecordNotFound("line", str(command.move_id))
    wanted = CorrectedMove(move.id, _amount(move, command), command.container_code)
    moves = [wanted, *_other_side(move)]
    return corrections.correct_entry(session, act, CorrectEntry(move.entry_id, tuple(moves), command.reason))


def _amount(move: StockMove, command: CorrectMove) -> Decimal | None:
    return move.amount if command.container_code is not None and command.amount is None else command.amount


def _other_side(move: StockMove) -> list[CorrectedMove]:
    entry: StockEntry = move.entry
    if entry.purpose is not EntryPurpose.SPLIT:
        return []
    return [CorrectedMove(other.id) for other in entry.moves if other.id != move.id]
