"""Units of work: once, all or nothing, in turn, and only while the clock can be trusted.

The long races, killed processes and full disks have tests of their own.
"""

import threading
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from inventory.access import INSTALLATION
from inventory.clock import MovedClock
from inventory.errors import (
    AlreadySaved,
    Busy,
    ClockWrong,
    ConstraintRefused,
    NotAllowed,
    NotInitialised,
    RecordChanged,
    RecordNotFound,
    UnitNamesNoAction,
)
from inventory.evidence import audit
from inventory.evidence.verifying import verify
from inventory.units import (
    EVERYTHING,
    KEPT_FOR,
    MOST_CALLS,
    ORGANISATION,
    Answer,
    RequestKey,
    Units,
    forget_old_keys,
    one_site,
)
from models.catalogue import Supplier
from models.database import Database
from models.evidence import AuditChain, AuditEntry
from models.organisation import IdempotencyKey, Location, Site

KEY = RequestKey(1, "suppliers.add", "key-1", "hash-1")


def add_supplier(name="Pharma Nord"):
    """A unit's work that adds one supplier and counts how often it was called."""

    def work(session, act):
        work.calls += 1
        supplier = Supplier(name=name)
        session.add(supplier)
        audit.record(session, act, "supplier added", supplier)
        return Answer(201, f"/suppliers/{supplier.id}", {"supplier": supplier.id})

    work.calls = 0
    return work


@pytest.fixture
def count(units):
    """How many rows a table has."""

    def rows(table):
        with units.reading() as session:
            return session.scalar(select(func.count()).select_from(table))

    return rows


@pytest.fixture
def problems(units):
    def find():
        with units.reading() as session:
            return verify(session, None)

    return find


# Once


def test_a_request_sent_again_is_answered_and_not_done_again(units, clinic, pharmacist, count):
    work = add_supplier()
    first = units.in_unit(pharmacist, ORGANISATION, KEY, work)
    entries = count(AuditEntry)
    again = units.in_unit(pharmacist, ORGANISATION, KEY, work)
    assert not first.is_replay
    assert again == replace(first, is_replay=True)
    assert (work.calls, count(Supplier), count(AuditEntry)) == (1, 1, entries)


def test_the_same_key_with_other_content_is_refused(units, clinic, pharmacist, count):
    units.in_unit(pharmacist, ORGANISATION, KEY, add_supplier())
    work = add_supplier("Pharma Sud")
    with pytest.raises(AlreadySaved) as refused:
        units.in_unit(pharmacist, ORGANISATION, replace(KEY, content_hash="hash-2"), work)
    assert refused.value.key == "key-1"
    assert (work.calls, count(Supplier)) == (0, 1)


@pytest.mark.parametrize("other", [{"user_id": 2}, {"endpoint": "suppliers.change"}, {"key": "key-2"}])
def test_another_person_endpoint_or_key_is_another_request(units, clinic, pharmacist, count, other):
    units.in_unit(pharmacist, ORGANISATION, KEY, add_supplier())
    answer = units.in_unit(pharmacist, ORGANISATION, replace(KEY, **other), add_supplier("Pharma Sud"))
    assert not answer.is_replay
    assert count(Supplier) == 2


def test_what_was_refused_leaves_no_key(units, clinic, pharmacist, count):
    def refuse(session, act):
        session.add(Supplier(name="Never"))
        session.flush()
        raise RecordNotFound("supplier", "7")

    with pytest.raises(RecordNotFound):
        units.in_unit(pharmacist, ORGANISATION, KEY, refuse)
    assert (count(Supplier), count(IdempotencyKey)) == (0, 0)
    assert not units.in_unit(pharmacist, ORGANISATION, KEY, add_supplier()).is_replay


def test_keys_are_forgotten_after_seven_days(units, clinic, pharmacist, clock, count):
    units.in_unit(pharmacist, ORGANISATION, KEY, add_supplier())
    for passed, left in ((KEPT_FOR, 1), (timedelta(seconds=1), 0)):
        clock.pass_time(passed)
        units.append_apart(forget_old_keys)
        assert count(IdempotencyKey) == left


def test_two_sending_the_same_request_at_once_store_it_once(units, clinic, pharmacist, count):
    answers, together = [], threading.Barrier(2)

    def send():
        together.wait()
        answers.append(units.in_unit(pharmacist, ORGANISATION, KEY, add_supplier()))

    threads = [threading.Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.is_replay for answer in answers) == [False, True]
    assert len({answer.location for answer in answers}) == 1
    assert count(Supplier) == 1


# All or nothing


def test_an_error_undoes_everything(units, clinic, pharmacist, count, problems):
    entries = count(AuditEntry)

    def break_down(session, act):
        add_supplier()(session, act)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        units.run(pharmacist, ORGANISATION, break_down)
    assert (count(Supplier), count(AuditEntry)) == (0, entries)
    assert problems() == []


def test_a_unit_that_changes_rows_and_names_no_action_is_undone(units, clinic, pharmacist, count):
    with pytest.raises(UnitNamesNoAction) as refused:
        units.run(pharmacist, ORGANISATION, lambda session, _: session.add(Supplier(name="Silent")))
    assert refused.value.tables == ("supplier",)
    assert count(Supplier) == 0


def test_the_recorder_listens_to_its_own_unit_only(units, clinic, pharmacist, count):
    with pytest.raises(ZeroDivisionError):
        units.run(pharmacist, ORGANISATION, lambda *_: 1 / 0)
    entries = count(AuditEntry)
    units.append_apart(lambda session, _: session.execute(text("SELECT 1")).scalar())
    assert count(AuditEntry) == entries


def test_what_is_read_cannot_be_changed(units, clinic):
    with units.reading() as session, pytest.raises(Exception, match=r"readonly|read-only"):
        session.execute(text("UPDATE site SET name = 'Elsewhere'"))


def test_a_reader_sees_one_state_from_first_to_last(units, clinic, pharmacist):
    counted = select(func.count()).select_from(Supplier)
    with units.reading() as session:
        assert session.scalar(counted) == 0
        units.run(pharmacist, ORGANISATION, add_supplier())
        assert session.scalar(counted) == 0
    with units.reading() as session:
        assert session.scalar(counted) == 1


# Again, when a race was lost


def test_a_lost_race_is_run_again(units, clinic, pharmacist, count, problems):
    """The name is taken once, as by somebody faster, and free the next time."""
    work = add_supplier()

    def lose_the_first(session, act):
        if lose_the_first.calls == 0:
            session.add(Supplier(name="Pharma Nord"))
            session.flush()
        lose_the_first.calls += 1
        return work(session, act)

    lose_the_first.calls = 0
    assert units.run(pharmacist, ORGANISATION, lose_the_first).status == 201
    assert (lose_the_first.calls, count(Supplier)) == (2, 1)
    assert problems() == []


def test_what_is_always_taken_is_refused_after_some_calls(units, clinic, pharmacist, count):
    units.run(pharmacist, ORGANISATION, add_supplier())
    work = add_supplier()
    with pytest.raises(ConstraintRefused) as refused:
        units.run(pharmacist, ORGANISATION, work)
    assert "supplier" in refused.value.constraint
    assert (work.calls, count(Supplier)) == (MOST_CALLS, 1)


def test_a_rule_of_the_database_is_refused_at_once(units, clinic, pharmacist):
    def work(session, act):
        work.calls += 1
        session.add(Location(site_id=clinic.site_id, kind="room", name="Room 2", code=None))
        session.flush()

    work.calls = 0
    with pytest.raises(ConstraintRefused):
        units.run(pharmacist, ORGANISATION, work)
    assert work.calls == 1


def test_the_second_of_two_editors_is_told(units, clinic, administrator):
    """The version was read before somebody else saved."""

    def stale(session, act):
        site = session.get_one(Site, clinic.site_id)
        session.execute(text("UPDATE site SET version = version + 1"))
        site.name = "Harbour 2"
        audit.record(session, act, "site renamed", site)

    with pytest.raises(RecordChanged):
        units.run(administrator, EVERYTHING, stale)


# In turn


def test_units_of_one_site_wait_for_one_another(units, clinic, pharmacist, problems):
    """Each reads what is there and adds one more: none is lost."""

    def add_one_more(session, act):
        number = session.scalar(select(func.count()).select_from(Supplier))
        add_supplier(f"Supplier {number}")(session, act)

    threads = [
        threading.Thread(target=lambda: units.run(pharmacist, one_site(clinic.site_id), add_one_more)) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with units.reading() as session:
        names = set(session.scalars(select(Supplier.name)))
    assert names == {f"Supplier {number}" for number in range(8)}
    assert problems() == []


@pytest.fixture
def impatient(database_url, clock):
    """Another server of the same clinic, which waits a short while only."""
    with closing(Database(database_url, wait_seconds=0.2)) as database:
        yield Units(database, clock)


def while_busy(units, actor, scope, meanwhile):
    """Call `meanwhile` while another thread is in the middle of a unit."""
    inside, finished = threading.Event(), threading.Event()

    def hold(session, act):
        inside.set()
        assert finished.wait(20)
        add_supplier()(session, act)

    thread = threading.Thread(target=lambda: units.run(actor, scope, hold))
    thread.start()
    assert inside.wait(20)
    try:
        meanwhile()
    finally:
        finished.set()
        thread.join()


def test_who_cannot_wait_longer_is_told_that_it_is_busy(units, clinic, pharmacist, impatient, count):
    def meanwhile():
        work = add_supplier("Late")
        with pytest.raises(Busy):
            impatient.run(pharmacist, one_site(clinic.site_id), work)
        assert work.calls == 0

    while_busy(units, pharmacist, one_site(clinic.site_id), meanwhile)
    impatient.run(pharmacist, one_site(clinic.site_id), add_supplier("Late"))
    assert count(Supplier) == 2


def test_reading_goes_on_while_another_writes(units, clinic, pharmacist, impatient):
    def meanwhile():
        with impatient.reading() as session:
            assert session.scalar(select(func.count()).select_from(Supplier)) == 0

    while_busy(units, pharmacist, one_site(clinic.site_id), meanwhile)


def test_everything_waits_for_a_site(units, clinic, pharmacist, impatient):
    def meanwhile():
        with pytest.raises(Busy):
            impatient.run(pharmacist, EVERYTHING, add_supplier("Late"))

    while_busy(units, pharmacist, one_site(clinic.site_id), meanwhile)


@pytest.mark.only_on("postgresql", reason="SQLite has one writer at a time")
def test_two_sites_do_not_wait_for_one_another(units, clinic, pharmacist, stranger, impatient, count, problems):
    def meanwhile():
        impatient.run(stranger, one_site(clinic.other_site_id), add_supplier("Elsewhere"))

    while_busy(units, pharmacist, one_site(clinic.site_id), meanwhile)
    assert count(Supplier) == 2
    assert problems() == []


# Chains


def heads(units):
    with units.reading() as session:
        return dict(list(session.execute(select(AuditChain.id, AuditChain.seq).order_by(AuditChain.id))))


@pytest.mark.parametrize(("scope", "written"), [(one_site(1), {1}), (ORGANISATION, {0}), (EVERYTHING, {0, 1, 2})])
def test_a_unit_writes_one_entry_into_each_chain_of_its_scope(units, clinic, pharmacist, scope, written):
    before = heads(units)
    units.run(pharmacist, scope, add_supplier())
    after = heads(units)
    assert {chain for chain in after if after[chain] == before[chain] + 1} == written
    assert {chain for chain in after if after[chain] == before[chain]} == after.keys() - written


def test_an_act_names_its_unit_and_its_time(units, clinic, pharmacist, clock):
    acts = [units.run(pharmacist, ORGANISATION, lambda _, act: act) for _ in range(2)]
    assert acts[0].unit != acts[1].unit
    assert {act.now for act in acts} == {clock.at}
    assert acts[0].user_id == pharmacist.user_id


def test_the_installation_has_no_account_and_no_site(units, clinic):
    act = units.run(INSTALLATION, ORGANISATION, lambda _, act: act)
    with pytest.raises(NotAllowed):
        _ = act.user_id
    with pytest.raises(NotAllowed):
        _ = act.site_id


def test_before_the_set_up_nothing_can_be_done(units):
    with pytest.raises(NotInitialised):
        units.run(INSTALLATION, ORGANISATION, add_supplier())


def test_a_site_that_does_not_exist_has_no_chain(units, clinic, pharmacist):
    with pytest.raises(NotInitialised):
        units.run(pharmacist, one_site(99), add_supplier())


# The clock


def problem_now(units):
    with units.reading() as session:
        return units.clock_problem(session)


def test_a_clock_before_the_newest_record_stops_changes(units, clinic, pharmacist, clock, count):
    clock.set_wall(clock.at - timedelta(seconds=1))
    with pytest.raises(ClockWrong) as refused:
        units.run(pharmacist, ORGANISATION, add_supplier())
    assert "newest record is later" in refused.value.what
    assert count(Supplier) == 0
    assert problem_now(units) is not None


@pytest.mark.parametrize("leap", [timedelta(days=1, seconds=1), timedelta(days=400)])
def test_a_clock_that_leaps_more_than_a_day_stops_changes(units, clinic, pharmacist, clock, leap):
    clock.set_wall(clock.at + leap)
    with pytest.raises(ClockWrong):
        units.run(pharmacist, ORGANISATION, add_supplier())


def test_a_clock_that_is_set_by_less_than_a_day_is_believed(units, clinic, pharmacist, clock):
    clock.set_wall(clock.at + timedelta(hours=23))
    assert units.run(pharmacist, ORGANISATION, add_supplier()).status == 201


def test_a_week_end_that_really_passed_is_no_leap(units, clinic, pharmacist, clock):
    clock.pass_time(timedelta(days=3))
    assert units.run(pharmacist, ORGANISATION, add_supplier()).status == 201


def test_a_confirmed_clock_is_believed_from_there(units, clinic, pharmacist, clock):
    clock.set_wall(clock.at + timedelta(days=30))
    assert problem_now(units) is not None
    units.trust_clock()
    assert problem_now(units) is None
    assert units.run(pharmacist, ORGANISATION, add_supplier()).status == 201
    clock.set_wall(clock.at - timedelta(days=2))
    with pytest.raises(ClockWrong):
        units.run(pharmacist, ORGANISATION, add_supplier("Second"))


def test_some_changes_are_possible_at_any_time(units, clinic, administrator, clock):
    clock.set_wall(clock.at - timedelta(days=2))
    answer = units.run(administrator, ORGANISATION, add_supplier(), at_any_time=True)
    assert answer.status == 201


def test_only_the_chains_of_the_unit_say_what_is_newest(units, database, clinic, stranger, pharmacist, clock):
    """On PostgreSQL two sites do not wait for one another, so one may be a moment ahead."""
    clock.pass_time(timedelta(minutes=5))
    units.run(stranger, one_site(clinic.other_site_id), add_supplier())
    behind = Units(database, MovedClock(clock.at - timedelta(minutes=1)))
    assert behind.run(pharmacist, one_site(clinic.site_id), add_supplier("Second")).status == 201
    with pytest.raises(ClockWrong):
        behind.run(stranger, one_site(clinic.other_site_id), add_supplier("Third"))
