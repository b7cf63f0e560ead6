"""A patient's page is only sent once it is stored who sees it."""

import threading

import pytest

from inventory.access import INSTALLATION
from inventory.errors import NotAllowed
from inventory.evidence import access_log
from inventory.evidence.access_log import Access, log_access, who_saw_patient
from inventory.evidence.checkpoints import take_checkpoint
from inventory.evidence.verifying import verify
from inventory.units import EVERYTHING


def test_who_saw_a_patient(units, history, practitioner, pharmacist, clock):
    log_access(units, practitioner, "patient 1", 1)
    log_access(units, pharmacist, "trace of lot 2")
    second = log_access(units, pharmacist, "session 1", 1)
    with units.reading() as session:
        assert who_saw_patient(session, patient_id=1) == [
            Access(clock.at, "Paula Pharmacist", "Harbour", "session 1"),
            Access(clock.at, "Peter Practitioner", "Harbour", "patient 1"),
        ]
        assert [seen.page for seen in who_saw_patient(session, patient_id=1, before_id=second)] == ["patient 1"]
        assert who_saw_patient(session, patient_id=1, limit=1)[0].page == "session 1"
        assert who_saw_patient(session, patient_id=99) == []


def test_the_installation_looks_at_no_patient(units, history):
    with pytest.raises(NotAllowed):
        log_access(units, INSTALLATION, "patient 1", 1)


def test_the_digest_follows_from_the_rows_and_the_digest_before(units, history, practitioner):
    ids = [log_access(units, practitioner, f"page {number}", 1) for number in range(3)]
    with units.reading() as session:
        whole = access_log.digest(session, access_log.FIRST_DIGEST, after=0, up_to=ids[2])
        first = access_log.digest(session, access_log.FIRST_DIGEST, after=0, up_to=ids[0])
        assert access_log.digest(session, first, after=ids[0], up_to=ids[2]) != whole
        assert access_log.digest(session, access_log.FIRST_DIGEST, after=0, up_to=ids[2]) == whole
        assert access_log.digest(session, access_log.FIRST_DIGEST, after=0, up_to=ids[1]) not in (whole, first)


def test_no_row_slips_in_below_a_checkpoint(units, history, practitioner, administrator):
    """Rows appended while checkpoints are taken: each is covered by exactly one of them."""
    failed = []

    def look_on():
        try:
            for number in range(25):
                log_access(units, practitioner, f"page {number}", 1)
        except Exception as error:  # noqa: BLE001  # shown in the thread that looks
            failed.append(error)

    threads = [threading.Thread(target=look_on) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(6):
        units.run(administrator, EVERYTHING, take_checkpoint_only)
    for thread in threads:
        thread.join()
    units.run(administrator, EVERYTHING, take_checkpoint_only)
    assert failed == []
    with units.reading() as session:
        assert len(who_saw_patient(session, patient_id=1)) == 75
        assert verify(session, None) == []


def take_checkpoint_only(session, act):
    return len(take_checkpoint(session, act))
