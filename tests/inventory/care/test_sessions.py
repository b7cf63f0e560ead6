"""One visit of one patient: begun, ended, at its own site."""

from datetime import UTC, datetime, timedelta

import pytest

from inventory.care import sessions
from inventory.care.sessions import EndSession, StartSession
from inventory.errors import (
    EndsBeforeStart,
    InFuture,
    NotAllowed,
    PlaceNotOfThisSite,
    RecordNotFound,
    SessionEnded,
    SessionOfAnotherSite,
)
from models.care import TreatmentSession
from models.vocabulary import SessionEnding

STOPPED = SessionEnding.STOPPED


@pytest.fixture
def end(do, practitioner):
    def stop(session_id, by=practitioner, **facts):
        return do(by, sessions.end_session, EndSession(session_id, STOPPED, **facts))

    return stop


def test_a_session_is_begun_for_a_patient_and_ended_somehow(start_session, end, read, clinic, clock, practitioner):
    began = clock.at
    session_id = start_session(room_id=clinic.places.room, started_at=began)
    end(session_id)
    row = read(lambda session: session.get_one(TreatmentSession, session_id))
    assert (row.site_id, row.room_id, row.practitioner_id) == (
        clinic.site_id,
        clinic.places.room,
        practitioner.user_id,
    )
    assert (row.started_at, row.ended_at, row.ending) == (began, clock.at, STOPPED)


def test_a_session_that_cannot_be_is_refused(
    start_session, make_patient, do, assistant, auditor, administrator, refused, clinic, clock
):
    reference = make_patient()
    with refused(RecordNotFound, kind="person", key="99"):
        start_session(reference, practitioner_id=99)
    with refused(PlaceNotOfThisSite, place="Treatment room") as refusal:
        start_session(reference, room_id=clinic.other_places.room)
    assert refusal.said.remedy == "Choose a place of this site; to another site a transfer is sent."
    with refused(InFuture, field="Time"):
        start_session(reference, started_at=clock.at + timedelta(hours=1))
    for by in (auditor, administrator):
        with refused(NotAllowed, permission="compound"):
            do(by, sessions.start_session, StartSession(reference))
    do(assistant, sessions.start_session, StartSession(reference, practitioner_id=clinic.user_ids["peter"]))


def test_an_end_that_cannot_be_is_refused(start_session, end, refused, stranger, assistant, clock):
    session_id = start_session()
    with refused(NotAllowed, permission="administer"):
        end(session_id, assistant)
    with refused(RecordNotFound, kind="session", key="99"):
        end(99)
    with refused(SessionOfAnotherSite, session_id=session_id) as refusal:
        end(session_id, stranger)
    assert refusal.said.remedy == "Switch to that site."
    before = datetime(2031, 3, 3, 8, tzinfo=UTC)
    with refused(EndsBeforeStart, session_id=session_id, ended_at="2031-03-03 08:00 UTC") as refusal:
        end(session_id, ended_at=before)
    assert (
        refusal.said.what
        == f"Session {session_id} began at 2031-03-03 09:02 UTC and cannot have ended at 2031-03-03 08:00 UTC."
    )
    with refused(InFuture):
        end(session_id, ended_at=clock.at + timedelta(hours=1))
    end(session_id)
    with refused(SessionEnded, session_id=session_id) as refusal:
        end(session_id)
    assert refusal.said.remedy == "Start a new session, or record what happened as a late entry."
