"""What waits for release: its checklist, and the decision."""

from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from blueprints.api.operations import Operations
from blueprints.frame import units
from blueprints.schemas import ToSign
from blueprints.schemas.releasing import (
    AddReleaseCheckSchema,
    AnswerChecksSchema,
    DisposeOfRejectedSchema,
    OfferReleaseCheckSchema,
    RejectLineSchema,
    ReleaseChecksAnswer,
    ReleaseLineSchema,
    SavedAnswers,
    SavedCheck,
    SavedDecision,
    WaitingLineAnswer,
    WaitingLinesAnswer,
)
from blueprints.schemas.saved import SavedEntry
from blueprints.signing import signed
from blueprints.unit_of_work import at_site, in_unit
from blueprints.visitor import current_actor, current_site_id
from inventory.access import Act, Permission
from inventory.stock import release_checks, release_queue, releasing
from inventory.stock.release_checks import AddReleaseCheck, OfferReleaseCheck
from inventory.stock.release_queue import WaitingLine
from inventory.stock.releasing import AnswerChecks, DisposeOfRejected, RejectLine
from inventory.units import ORGANISATION, Answer
from models.releasing import ReleaseCheck, ReleaseDecision
from models.stock import StockEntry

operations = Operations(
    "releasing", "Release", "What came in waits until its checklist is answered and the responsible person signs."
)


@operations.query("/release", Permission.VIEW_STOCK, WaitingLinesAnswer)
def list_waiting() -> dict[str, Any]:
    """The lines of deliveries that wait at this site, the longest waiting first, with what each lacks."""
    with units().reading() as session:
        return {"lines": release_queue.waiting_lines(session, site_id=current_site_id())}


@operations.query("/release/<int:line_id>", Permission.VIEW_STOCK, WaitingLineAnswer)
def show_waiting(line_id: int) -> WaitingLine:
    """One line of a delivery: what waits, what it lacks, what was decided."""
    with units().reading() as session:
        return release_queue.release_line_facts(session, actor=current_actor(), line_id=line_id)


@operations.command("/release/<int:line_id>/answers", AnswerChecksSchema, Permission.RECEIVE_STOCK, SavedAnswers)
def answer_checks(command: AnswerChecks) -> Answer:
    """Answer questions of the checklist. The latest answer counts; what did not pass says why."""

    def work(session: Session, act: Act) -> Answer:
        answers = releasing.answer_checks(session, act, command)
        return Answer(201, _where(command.line_id), {"line_id": command.line_id, "answers": len(answers)})

    return at_site(work)


@operations.command("/release/<int:line_id>/release", ReleaseLineSchema, Permission.RESPONSIBLE_PERSON, SavedDecision)
def release_line(entered: ToSign) -> Answer:
    """Release what is not set aside. Signed with the password of the token's owner."""
    command = signed(entered)
    return at_site(lambda session, act: _decided(releasing.release_line(session, act, command)))


@operations.command("/release/<int:line_id>/rejection", RejectLineSchema, Permission.RESPONSIBLE_PERSON, SavedDecision)
def reject_line(command: RejectLine) -> Answer:
    """Reject what waits, or only what was set aside. It stays blocked until it is returned or destroyed."""
    return at_site(lambda session, act: _decided(releasing.reject_line(session, act, command)))


@operations.command(
    "/rejections/<int:decision_id>/return", DisposeOfRejectedSchema, Permission.RETURN_STOCK, SavedEntry
)
def return_rejected(command: DisposeOfRejected) -> Answer:
    """Return what was rejected to the supplier, in one entry."""
    return at_site(lambda session, act: _booked(session, releasing.return_rejected(session, act, command)))


@operations.command(
    "/rejections/<int:decision_id>/destruction", DisposeOfRejectedSchema, Permission.DISCARD_STOCK, SavedEntry
)
def destroy_rejected(command: DisposeOfRejected) -> Answer:
    """Hand over what was rejected for destruction, in one entry."""
    return at_site(lambda session, act: _booked(session, releasing.destroy_rejected(session, act, command)))


@operations.query("/release-checks", Permission.VIEW_STOCK, ReleaseChecksAnswer)
def list_release_checks() -> dict[str, Any]:
    """The checklist, the hidden questions too."""
    with units().reading() as session:
        return {"checks": release_checks.list_checks(session, are_all=True)}


@operations.command("/release-checks", AddReleaseCheckSchema, Permission.MANAGE_CATALOGUE, SavedCheck)
def add_release_check(command: AddReleaseCheck) -> Answer:
    """Add a question, of everything or of what is of one class."""
    return in_unit(ORGANISATION, lambda session, act: _check(release_checks.add_check(session, act, command)))


@operations.command(
    "/release-checks/<int:check_id>/offer", OfferReleaseCheckSchema, Permission.MANAGE_CATALOGUE, SavedCheck
)
def offer_release_check(command: OfferReleaseCheck) -> Answer:
    """Hide a question, or ask it again."""
    return in_unit(ORGANISATION, lambda session, act: _check(release_checks.offer_check(session, act, command)))


def _where(line_id: int) -> str:
    return url_for("api_releasing.show_waiting", line_id=line_id)


def _decided(decision: ReleaseDecision) -> Answer:
    line_id = decision.delivery_line_id
    return Answer(201, _where(line_id), {"decision_id": decision.id, "line_id": line_id})


def _booked(session: Session, entry: StockEntry) -> Answer:
    session.flush()  # the answer names the entry
    return Answer(201, url_for("api_corrections.show_entry", entry_id=entry.id), {"entry_id": entry.id})


def _check(check: ReleaseCheck) -> Answer:
    return Answer(201, url_for("api_releasing.list_release_checks"), {"check_id": check.id})
