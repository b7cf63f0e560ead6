"""What went from site to site adds up: at each site, and over all of them."""

from decimal import Decimal

import pytest

from inventory.care import administering
from inventory.stock import containers, corrections, transfers
from inventory.stock.containers import DiscardContainer
from inventory.stock.corrections import CorrectedMove, CorrectEntry
from inventory.stock.transfers import DeclareLost, ReceiveContainers, SendContainers
from inventory.tracing.balances import lot_balance
from inventory.tracing.site_balances import balances_by_site
from inventory.units import EVERYTHING, Scope
from models.vocabulary import WasteReason

D = Decimal


@pytest.fixture
def both(clinic):
    return Scope(frozenset({clinic.site_id, clinic.other_site_id}))


@pytest.fixture
def adds_up(read, look):
    """The balance of each site by name, after everything was added up."""

    def check(code):
        lot_id = look(code).lot_id
        sites, whole = read(balances_by_site, lot_id=lot_id), read(lot_balance, lot_id=lot_id)
        for each in sites:
            assert each.unaccounted == each.flows.lost, each
        left = sum((each.on_hand + each.on_the_way for each in sites), D(0))
        assert left == whole.on_hand
        assert sum((each.transferred_out - each.transferred_in for each in sites), D(0)) == sum(
            (each.on_the_way for each in sites), D(0)
        )
        for column in ("opening", "found", "administered", "wasted", "lost", "sampled"):
            total = sum((getattr(each.flows, column) for each in sites), D(0))
            assert total == getattr(whole.flows, column), column
        assert whole.balance.unaccounted == whole.flows.lost
        assert whole.flows.transferred == 0
        return {each.site_id: each for each in sites}

    return check


def test_a_vial_sent_used_there_and_sent_back_adds_up_at_every_step(
    do, assistant, stranger, clinic, both, make_lot, product_id, adds_up, give, start_session, practitioner, pharmacist
):
    used, sent, lost, kept = make_lot(product_id, count=4)
    give(start_session(), used, "2")
    adds_up(used)
    first = do(
        assistant, transfers.send_containers, SendContainers((used, sent, lost), clinic.other_site_id), scope=both
    )
    at = adds_up(used)
    assert (at[clinic.site_id].transferred_out, at[clinic.site_id].on_the_way, at[clinic.site_id].on_hand) == (
        28,
        28,
        10,
    )
    arrived = ReceiveContainers(first, clinic.other_places.storage, (used, sent))
    do(stranger, transfers.receive_containers, arrived, scope=both)
    at = adds_up(used)
    assert (at[clinic.other_site_id].transferred_in, at[clinic.other_site_id].on_hand) == (18, 18)
    do(stranger, containers.discard, DiscardContainer(sent, WasteReason.BROKEN, D(3)))
    back = do(stranger, transfers.send_containers, SendContainers((sent,), clinic.site_id), scope=both)
    do(assistant, transfers.receive_containers, ReceiveContainers(back, clinic.places.room, (sent,)), scope=both)
    at = adds_up(used)
    assert (at[clinic.other_site_id].flows.wasted, at[clinic.other_site_id].transferred_out) == (3, 7)
    assert at[clinic.site_id].on_hand == 17
    assert kept


def test_what_is_lost_on_the_way_is_the_sending_sites_loss(
    do, assistant, pharmacist, clinic, both, vial, adds_up, signed
):
    transfer = do(assistant, transfers.send_containers, SendContainers((vial,), clinic.other_site_id), scope=both)
    command = DeclareLost(transfer, (vial,), "gone", signed("paula"))
    do(pharmacist, transfers.declare_lost, command, scope=both)
    at = adds_up(vial)
    assert (at[clinic.site_id].flows.lost, at[clinic.site_id].on_the_way) == (10, 0)


def test_what_was_used_before_it_was_booked_in_or_corrected_after_it_left_adds_up(
    do, assistant, stranger, practitioner, clinic, both, vial, adds_up, give, start_session
):
    given = give(start_session(), vial, "2")
    transfer = do(assistant, transfers.send_containers, SendContainers((vial,), clinic.other_site_id), scope=both)
    late = administering.record_past_administration
    give(start_session(), vial, "1", service=late, scope=EVERYTHING)
    adds_up(vial)
    arrived = ReceiveContainers(transfer, clinic.other_places.storage, (vial,))
    do(stranger, transfers.receive_containers, arrived, scope=both)
    command = CorrectEntry(given.entry_id, (CorrectedMove(given.move_id, D(1)),), "only one")
    do(practitioner, corrections.correct_entry, command, scope=EVERYTHING)
    give(start_session(), vial, "1", service=late, scope=EVERYTHING)
    at = adds_up(vial)
    assert at[clinic.other_site_id].on_hand == 7
