"""Beginning and ending a treatment session."""

from blueprints.schemas import Makes
from blueprints.schemas.values import ChoiceOf, Code, Instant, WholeNumber
from inventory.care.sessions import EndSession, StartSession
from models.vocabulary import SessionEnding


class StartSessionSchema(Makes):
    command = StartSession

    patient_reference = Code(required=True)
    practitioner_id = WholeNumber()
    room_id = WholeNumber()
    started_at = Instant()


class EndSessionSchema(Makes):
    command = EndSession

    ending = ChoiceOf(SessionEnding, required=True)
    ended_at = Instant()
