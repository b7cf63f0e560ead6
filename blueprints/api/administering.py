"""Giving: planned, or already done."""

from flask import url_for
from sqlalchemy.orm import Session

from blueprints.api.operations import Operations
from blueprints.schemas.administering import AdministerSchema
from blueprints.schemas.saved import SavedAdministration
from blueprints.unit_of_work import at_site, in_unit
from inventory.access import Act, Permission
from inventory.care import administering
from inventory.care.administering import Administer
from inventory.units import EVERYTHING, Answer
from models.care import Administration

operations = Operations("administering", "Giving", "An amount from one container, to the patient of a session.")


@operations.command("/administrations", AdministerSchema, Permission.ADMINISTER, SavedAdministration)
def administer(command: Administer) -> Answer:
    """Give an amount from a container. Without an amount, all that remains in it."""
    return at_site(lambda session, act: _saved(administering.administer(session, act, command)))


@operations.command("/administrations/past", AdministerSchema, Permission.RECORD_PAST, SavedAdministration)
def record_past_administration(command: Administer) -> Answer:
    """Record what was already given. Each rule it broke waits as a deviation for review."""

    def work(session: Session, act: Act) -> Answer:
        return _saved(administering.record_past_administration(session, act, command))

    return in_unit(EVERYTHING, work)


def _saved(given: Administration) -> Answer:
    where = url_for("api_sessions.show_session", session_id=given.session_id)
    return Answer(201, where, {"administration_id": given.id, "session_id": given.session_id})
