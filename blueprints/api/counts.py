"""Counting places, from the first scan to the signature."""

from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from blueprints.api.operations import Operations
from blueprints.frame import units
from blueprints.schemas import ToSign
from blueprints.schemas import counts as schemas
from blueprints.schemas.count_answers import CountAnswer, CountsAnswer, SavedCount, SavedReading
from blueprints.signing import signed, signed_if_said
from blueprints.unit_of_work import at_site
from blueprints.visitor import current_site_id
from inventory.access import Act, Permission
from inventory.stock import count_approval, count_facts, count_scans, counts
from inventory.stock.count_approval import ExplainDifference, MoveFound
from inventory.stock.count_scans import ScanInCount, Scanned
from inventory.stock.counts import DiscardCount, FinishCount, StartCount, WithdrawReading
from inventory.units import Answer
from models.counts import CountReading

operations = Operations("counts", "Counts", "What is really there, place by place, and what came of the differences.")


@operations.query("/counts", Permission.VIEW_STOCK, CountsAnswer)
def list_counts() -> dict[str, Any]:
    """The counts of this site: those in progress first, then the newest."""
    with units().reading() as session:
        return {"counts": count_facts.list_counts(session, site_id=current_site_id())}


@operations.query("/counts/<int:count_id>", Permission.VIEW_STOCK, CountAnswer)
def get_count(count_id: int) -> Any:
    """One count with its readings, its differences and what was booked."""
    with units().reading() as session:
        return count_facts.count_facts(session, site_id=current_site_id(), count_id=count_id)


@operations.command("/counts", schemas.StartCountSchema, Permission.COUNT_STOCK, SavedCount)
def start_count(command: StartCount) -> Answer:
    """Begin to count a place. Who counts blind is not told what the books have."""

    def work(session: Session, act: Act) -> Answer:
        count = counts.start_count(session, act, command)
        session.flush()  # the answer names it
        return _saved(count.id)

    return at_site(work)


@operations.command("/counts/<int:count_id>/scans", schemas.ScanInCountSchema, Permission.COUNT_STOCK, SavedReading)
def scan_in_count(command: ScanInCount) -> Answer:
    """Count what was scanned, or learn what must be said first."""

    def work(session: Session, act: Act) -> Answer:
        return _scanned(session, command.count_id, count_scans.count_scan(session, act, command))

    return at_site(work)


@operations.command(
    "/counts/<int:count_id>/containers", schemas.CountContainerSchema, Permission.COUNT_STOCK, SavedReading
)
def count_container(entered: ToSign) -> Answer:
    """Count one container, and say what is left in an opened one. After finishing: by another person."""
    command = signed_if_said(entered)
    return at_site(lambda session, act: _read(session, counts.count_container(session, act, command)))


@operations.command("/counts/<int:count_id>/lots", schemas.CountLotSchema, Permission.COUNT_STOCK, SavedReading)
def count_lot(entered: ToSign) -> Answer:
    """Count the sealed ones of a lot that were not scanned by our code. It replaces an earlier number."""
    command = signed_if_said(entered)
    return at_site(lambda session, act: _read(session, counts.count_lot(session, act, command)))


@operations.command("/counts/<int:count_id>/absences", schemas.CountAbsentSchema, Permission.COUNT_STOCK, SavedReading)
def count_absent(entered: ToSign) -> Answer:
    """Looked for again by another person, and not there."""
    command = signed_if_said(entered)
    return at_site(lambda session, act: _read(session, counts.count_absent(session, act, command)))


@operations.command(
    "/counts/<int:count_id>/withdrawals", schemas.WithdrawReadingSchema, Permission.COUNT_STOCK, SavedReading
)
def withdraw_reading(command: WithdrawReading) -> Answer:
    """Take back a reading that was a slip."""
    return at_site(lambda session, act: _read(session, counts.withdraw_reading(session, act, command)))


@operations.command("/counts/<int:count_id>/finishing", schemas.FinishCountSchema, Permission.COUNT_STOCK, SavedCount)
def finish_count(command: FinishCount) -> Answer:
    """Everything there was counted: what was not found is missing."""
    return at_site(lambda session, act: _saved(counts.finish_count(session, act, command).id))


@operations.command(
    "/counts/<int:count_id>/explanations", schemas.ExplainDifferenceSchema, Permission.COUNT_STOCK, SavedCount
)
def explain_difference(command: ExplainDifference) -> Answer:
    """Say how a difference came about, of a container (`code`) or of a lot (`lot_id`)."""
    return at_site(lambda session, act: _saved(count_approval.explain_difference(session, act, command).count_id))


@operations.command("/counts/<int:count_id>/moves", schemas.MoveFoundSchema, Permission.MOVE_STOCK, SavedCount)
def move_found(command: MoveFound) -> Answer:
    """Have the books say that what was found here is here."""

    def work(session: Session, act: Act) -> Answer:
        count_approval.move_found(session, act, command)
        return _saved(command.count_id)

    return at_site(work)


@operations.command("/counts/<int:count_id>/approval", schemas.ApproveCountSchema, Permission.APPROVE_COUNT, SavedCount)
def approve_count(entered: ToSign) -> Answer:
    """Sign, and book what differs as found or lost."""
    command = signed(entered)
    return at_site(lambda session, act: _saved(count_approval.approve_count(session, act, command).id))


@operations.command("/counts/<int:count_id>/discarding", schemas.DiscardCountSchema, Permission.COUNT_STOCK, SavedCount)
def discard_count(command: DiscardCount) -> Answer:
    """Give a count up, with a reason. Nothing is booked."""
    return at_site(lambda session, act: _saved(counts.discard_count(session, act, command).id))


def _saved(count_id: int) -> Answer:
    return Answer(201, url_for("api_counts.get_count", count_id=count_id), {"count_id": count_id})


def _read(session: Session, reading: CountReading) -> Answer:
    session.flush()  # the answer names it
    saved = _saved(reading.count_id)
    return Answer(saved.status, saved.location, {**saved.ids, "reading_id": reading.id})


def _scanned(session: Session, count_id: int, scanned: Scanned) -> Answer:
    if scanned.reading is not None:
        return _read(session, scanned.reading)
    saved = _saved(count_id)
    asked: dict[str, int | str] = {}
    if scanned.code is not None:
        asked["ask_amount_of"] = scanned.code
    if scanned.lot_id is not None:
        asked["ask_number_of"] = scanned.lot_id
    return Answer(saved.status, saved.location, saved.ids | asked)
