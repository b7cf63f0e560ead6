"""A vial received here, sent to the other site and injected there: the trace knows both, whoever asks."""

from decimal import Decimal

import pytest

from inventory.care import administering, patients, sessions
from inventory.invariants import INVARIANTS
from inventory.stock import containers, transfers
from inventory.tracing.balances import lot_balance
from inventory.tracing.graph import trace_forward
from inventory.tracing.site_balances import balances_by_site
from inventory.units import Scope

D = Decimal


@pytest.fixture
def both(clinic):
    return Scope(frozenset({clinic.site_id, clinic.other_site_id}))


def test_story(do, read, clinic, both, assistant, stranger, practitioner, vial, look, give, start_session):
    lot_id = look(vial).lot_id
    here = give(start_session(), vial, "2")

    send = transfers.SendContainers((vial,), clinic.other_site_id)
    transfer = do(assistant, transfers.send_containers, send, scope=both)
    on_the_way = read(trace_forward, lot_ids=[lot_id])
    assert [found.remaining for found in on_the_way.containers.values()] == [8]

    receive = transfers.ReceiveContainers(transfer, clinic.other_places.room, (vial,))
    do(stranger, transfers.receive_containers, receive, scope=both)
    register = patients.RegisterPatient(patients.Identity("Olga Other"))
    reference = do(stranger, lambda session, act: patients.register_patient(session, act, register).reference)
    session_id = do(stranger, sessions.start_session, sessions.StartSession(reference))
    command = administering.Administer(session_id, vial, amount=D(3), area="face")
    do(stranger, administering.administer, command)
    do(stranger, containers.discard, containers.DiscardContainer(vial, containers.WasteReason.RESIDUAL))

    trace = read(trace_forward, lot_ids=[lot_id])
    assert {visit.id for visit in trace.sessions.values()} == {here.session_id, session_id}
    assert sorted(part.amount for part in trace.received) == [2, 3]
    assert {visit.site_id for visit in trace.sessions.values()} == {clinic.site_id, clinic.other_site_id}

    whole = read(lot_balance, lot_id=lot_id)
    assert (whole.balance.shown_percent, whole.flows.administered, whole.flows.wasted) == (100, 5, 5)
    ours, theirs = read(balances_by_site, lot_id=lot_id)
    assert (ours.transferred_out, theirs.transferred_in, theirs.flows.administered) == (8, 8, 3)
    assert (ours.unaccounted, theirs.unaccounted) == (0, 0)
    assert [problem for check in INVARIANTS for problem in read(check)] == []
