"""What goes to another site is sent, on the way, and received there; not usable in between, not lost in silence."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from inventory.errors import (
    BelongsToAnotherSite,
    ContainerHeld,
    HeldAsEvidence,
    NotAllowed,
    NotCorrectable,
    NotSigned,
    OnTheWay,
    PlaceHeld,
    PlaceNotOfThisSite,
    RecordNotFound,
    ScopeTooNarrow,
)
from inventory.invariants import INVARIANTS
from inventory.stock import containers, corrections, holds, transfers, usability
from inventory.stock.containers import DiscardContainer, OpenContainer
from inventory.stock.corrections import CorrectedMove, CorrectEntry
from inventory.stock.errors import (
    AlreadyArrived,
    NoQuarantineThere,
    NothingToSend,
    NotInTransfer,
    SameSite,
    ScannedTwice,
    TransferNotSent,
    TransferOver,
)
from inventory.stock.holds import PlaceHold
from inventory.stock.proposing import Wanted, propose_containers
from inventory.stock.transfers import AskForTransfer, CancelTransfer, DeclareLost, ReceiveContainers, SendContainers
from inventory.units import EVERYTHING, Scope
from models.evidence import AuditEntry
from models.organisation import Location, Site
from models.stock import Container, StockEntry
from models.transfers import Transfer, TransferArrival
from models.vocabulary import EntryPurpose, HoldKind, MovePurpose, TransferAsk, WasteReason

D = Decimal
HOSTILE = '<script>alert(1)</script> =1+1 ../../x "quoted"'


@pytest.fixture
def both(clinic):
    return Scope(frozenset({clinic.site_id, clinic.other_site_id}))


@pytest.fixture
def send(do, assistant, clinic, both):
    def away(*codes, by=assistant, **facts):
        settings = {} if "transfer_id" in facts else {"to_site_id": clinic.other_site_id}
        return do(by, transfers.send_containers, SendContainers(tuple(codes), **settings, **facts), scope=both)

    return away


@pytest.fixture
def receive(do, stranger, clinic, both, sound):
    def here(transfer_id, *codes, by=stranger, place=None, **facts):
        command = ReceiveContainers(transfer_id, place or clinic.other_places.storage, tuple(codes), **facts)
        answer = do(by, transfers.receive_containers, command, scope=both)
        sound()
        return answer

    return here


@pytest.fixture
def ask(do, stranger, clinic, both):
    def wish(*codes, by=stranger, site=None, how=TransferAsk.IT_IS_HERE, **facts):
        command = AskForTransfer(site or clinic.site_id, how, tuple(codes), **facts)
        return do(by, transfers.ask_for_transfer, command, scope=both)

    return wish


@pytest.fixture
def lose(do, pharmacist, both, signed):
    def gone(transfer_id, *codes, by=pharmacist, who="paula", reason="the courier has lost it"):
        confirmed = None if who is None else signed(who)
        return do(by, transfers.declare_lost, DeclareLost(transfer_id, tuple(codes), reason, confirmed), scope=both)

    return gone


@pytest.fixture
def sound(read):
    def check():
        assert [problem for each in INVARIANTS for problem in read(each)] == []

    return check


def test_what_is_sent_is_on_the_way_and_keeps_what_it_holds(send, vial, look, clinic, sound, refused, do, assistant):
    send(vial)
    assert (look(vial).location_id, look(vial).remaining, look(vial).closed_at) == (clinic.places.transit, 10, None)
    sound()
    for service, command in (
        (containers.open_container, OpenContainer(vial)),
        (containers.discard, DiscardContainer(vial, WasteReason.BROKEN)),
    ):
        with refused(OnTheWay, code_scanned=vial):
            do(assistant, service, command)


def test_what_is_on_the_way_is_proposed_nowhere(send, vial, product_id, clinic, read, clock):
    send(vial)
    for site_id in (clinic.site_id, clinic.other_site_id):
        proposal = read(propose_containers, Wanted(site_id, product_id, D(1), clock.at))
        assert proposal.picks == ()


def test_what_arrives_is_of_the_receiving_site_and_used_there(
    send, receive, vial, look, clinic, do, stranger, refused, assistant
):
    transfer = send(vial)
    receive(transfer, vial)
    assert look(vial).location_id == clinic.other_places.storage
    with refused(BelongsToAnotherSite):
        do(assistant, containers.open_container, OpenContainer(vial))
    do(stranger, containers.open_container, OpenContainer(vial))


def test_both_histories_tell_it_with_one_unit(send, receive, vial, read, clinic):
    transfer = send(vial)
    receive(transfer, vial)
    query = select(AuditEntry.chain_id, AuditEntry.action, AuditEntry.body).order_by(AuditEntry.id.desc()).limit(4)
    told = read(lambda session: session.execute(query).all())
    assert sorted((chain, action) for chain, action, _ in told) == [
        (clinic.site_id, "transfer arrived"),
        (clinic.site_id, "transfer sent"),
        (clinic.other_site_id, "transfer arrived"),
        (clinic.other_site_id, "transfer sent"),
    ]


def test_a_unit_that_locks_one_site_only_is_a_programming_error(do, assistant, clinic, vial, everything):
    before = everything()
    with pytest.raises(ScopeTooNarrow):
        do(assistant, transfers.send_containers, SendContainers((vial,), clinic.other_site_id))
    assert everything() == before


def test_it_is_received_once(send, receive, vial, refused):
    transfer = send(vial)
    receive(transfer, vial)
    with refused(AlreadyArrived, code_scanned=vial, how="arrived"):
        receive(transfer, vial)


def test_what_was_not_sent_is_not_received(send, receive, make_lot, product_id, refused, ask):
    sent, kept = make_lot(product_id, count=2)
    transfer = send(sent)
    with refused(NotInTransfer, code_scanned=kept):
        receive(transfer, sent, kept)
    asked = ask(kept)
    with refused(TransferNotSent):
        receive(asked, kept)


def test_what_is_missing_stays_on_the_way_until_it_is_declared_lost(
    send, receive, lose, make_lot, product_id, look, refused, sound, read, assistant, stranger
):
    here, missing = make_lot(product_id, count=2)
    transfer = send(here, missing)
    receive(transfer, here)
    with refused(NotAllowed):
        lose(transfer, missing, by=assistant, who="anna")
    with refused(RecordNotFound):
        lose(transfer, missing, by=stranger, who="stella")
    with refused(NotSigned):
        lose(transfer, missing, who=None)
    with refused(AlreadyArrived, how="arrived"):
        lose(transfer, here)
    lose(transfer, missing)
    sound()
    assert (look(missing).remaining, look(missing).closed_why) == (0, MovePurpose.LOST)
    with refused(AlreadyArrived, how="lost"):
        receive(transfer, missing)
    assert read(lambda s: s.scalars(select(TransferArrival).where(TransferArrival.signature_id.is_not(None))).one())


def test_what_arrives_damaged_is_held(send, receive, vial, look):
    transfer = send(vial)
    receive(transfer, vial, damage=HOSTILE)
    assert look(vial).causes == (f"damaged on the way: {HOSTILE}",)


def test_a_held_one_goes_only_from_hand_to_quarantine(
    send, receive, vial, do, pharmacist, clinic, refused, look, units
):
    do(pharmacist, holds.place_hold, PlaceHold(HoldKind.QUALITY, "cloudy", container_code=vial))
    transfer = send(vial)
    with refused(ContainerHeld, causes="cloudy"):
        receive(transfer, vial)
    receive(transfer, vial, place=clinic.other_places.quarantine)
    assert look(vial).causes == ("cloudy",)


def test_without_quarantine_there_a_held_one_stays(send, vial, do, pharmacist, clinic, refused, units):
    do(pharmacist, holds.place_hold, PlaceHold(HoldKind.QUALITY, "cloudy", container_code=vial))
    quarantine = clinic.other_places.quarantine
    units.append_apart(lambda s, _: setattr(s.get_one(Location, quarantine), "is_quarantine", False))
    with refused(NoQuarantineThere, code_scanned=vial, causes="cloudy"):
        send(vial)


def test_evidence_stays(send, vial, do, pharmacist, refused):
    do(pharmacist, holds.place_hold, PlaceHold(HoldKind.EVIDENCE, "asked for", container_code=vial))
    with refused(HeldAsEvidence):
        send(vial)


def test_a_hold_placed_on_the_way_arrives_with_it(send, receive, vial, do, pharmacist, refused, look, clinic):
    transfer = send(vial)
    do(pharmacist, holds.place_hold, PlaceHold(HoldKind.EXCURSION, "the box was warm", container_code=vial))
    with refused(ContainerHeld, causes="the box was warm"):
        receive(transfer, vial)
    receive(transfer, vial, place=clinic.other_places.quarantine)
    assert look(vial).causes == ("the box was warm",)


def test_a_lot_held_at_all_sites_is_held_on_both_ends(send, receive, vial, do, pharmacist, refused, look, clinic):
    transfer = send(vial)
    command = PlaceHold(HoldKind.QUALITY, "maker's letter", lot_id=look(vial).lot_id, at_all_sites=True)
    do(pharmacist, holds.place_hold, command, scope=EVERYTHING)
    with refused(ContainerHeld, causes="maker's letter"):
        receive(transfer, vial)
    receive(transfer, vial, place=clinic.other_places.quarantine)


def test_a_lot_held_at_the_sending_site_stays_held_in_what_it_sent(
    send, receive, vial, do, pharmacist, refused, look, clinic, stranger
):
    do(pharmacist, holds.place_hold, PlaceHold(HoldKind.QUALITY, "cloudy", lot_id=look(vial).lot_id))
    transfer = send(vial)
    with refused(ContainerHeld):
        receive(transfer, vial)
    receive(transfer, vial, place=clinic.other_places.quarantine)
    assert [cause.endswith(": cloudy") for cause in look(vial).causes] == [True]
    with refused(ContainerHeld):
        do(stranger, containers.open_container, OpenContainer(vial))


def test_a_lot_held_at_the_receiving_site_holds_what_arrives(send, receive, vial, do, refused, look, clinic, stranger):
    transfer = send(vial)
    do(stranger, holds.place_hold, PlaceHold(HoldKind.QUALITY, "reaction here", lot_id=look(vial).lot_id))
    with refused(ContainerHeld, causes="reaction here"):
        receive(transfer, vial)
    receive(transfer, vial, place=clinic.other_places.quarantine)


def test_nothing_arrives_in_a_held_place(send, receive, vial, do, stranger, clinic, refused):
    do(stranger, holds.place_hold, PlaceHold(HoldKind.EXCURSION, "fridge", location_id=clinic.other_places.storage))
    transfer = send(vial)
    with refused(PlaceHeld, causes="fridge"):
        receive(transfer, vial)
    with refused(PlaceNotOfThisSite):
        receive(transfer, vial, place=clinic.places.storage)


def test_printed_expiry_is_judged_by_the_day_of_the_present_site(
    send, make_lot, product_id, units, clinic, read, do, stranger, both
):
    vial = make_lot(product_id, expires_on=date(2031, 3, 31))[0]
    units.append_apart(lambda s, _: setattr(s.get_one(Site, clinic.other_site_id), "time_zone", "Pacific/Auckland"))

    def until(session):
        container = session.scalars(select(Container).where(Container.code == vial)).one()
        return usability.state(session, container).usable_until.at

    before = read(until)
    transfer = send(vial)
    assert read(until) == before
    command = ReceiveContainers(transfer, clinic.other_places.storage, (vial,))
    do(stranger, transfers.receive_containers, command, scope=both)
    assert (before - read(until)).total_seconds() > 8 * 3600


def test_asked_for_then_sent_and_received(ask, send, receive, vial, refused, read, assistant):
    asked = ask(vial, note=HOSTILE)
    assert read(lambda s: s.get_one(Transfer, asked).note) == HOSTILE
    assert send(vial, transfer_id=asked) == asked
    with refused(TransferOver, how="sent"):
        send(vial, transfer_id=asked)
    receive(asked, vial)


def test_so_many_of_a_product_are_asked_for(ask, send, product_id, vial, refused):
    with refused(NothingToSend):
        ask()
    with refused(RecordNotFound):
        ask(product_id=9999)
    asked = ask(product_id=product_id, pieces=3, how=TransferAsk.PLEASE_SEND)
    send(vial, transfer_id=asked)


def test_what_was_asked_for_is_cancelled_before_it_is_sent(ask, send, vial, do, assistant, both, refused, stranger):
    asked = ask(vial)
    do(assistant, transfers.cancel_transfer, CancelTransfer(asked, "we need it here"), scope=both)
    with refused(TransferOver, how="cancelled"):
        send(vial, transfer_id=asked)
    sent = send(vial)
    with refused(TransferOver, how="sent"):
        do(stranger, transfers.cancel_transfer, CancelTransfer(sent, "too late"), scope=both)


def test_what_cannot_be_sent_is_refused_by_name(
    send, ask, make_lot, product_id, refused, clinic, do, assistant, auditor
):
    here, used = make_lot(product_id, count=2)
    there = make_lot(product_id, "L2", at_other_site=True)[0]
    do(assistant, containers.discard, DiscardContainer(used, WasteReason.BROKEN))
    with refused(BelongsToAnotherSite, code_scanned=there):
        send(here, there)
    with refused(ScannedTwice, code_scanned=here):
        send(here, here)
    with refused(NothingToSend):
        send()
    with refused(SameSite):
        ask(here, by=assistant)
    with refused(NotAllowed):
        send(here, by=auditor)
    with refused(RecordNotFound):
        ask(there)


def test_it_is_sent_back_and_not_undone(
    send, receive, vial, do, pharmacist, clinic, both, refused, read, stranger, sound
):
    transfer = send(vial)
    entry_id, move_id = read(_sending)
    with refused(NotCorrectable):
        do(
            pharmacist,
            corrections.correct_entry,
            CorrectEntry(entry_id, (CorrectedMove(move_id),), "it stayed"),
            scope=EVERYTHING,
        )
    receive(transfer, vial)
    back = do(stranger, transfers.send_containers, SendContainers((vial,), clinic.site_id), scope=both)
    receive(back, vial, by=pharmacist, place=clinic.places.room)
    sound()


def _sending(session):
    entry = session.scalars(select(StockEntry).where(StockEntry.purpose == EntryPurpose.TRANSFERRED)).first()
    return entry.id, entry.moves[0].id


def test_a_use_is_corrected_also_after_the_vial_has_gone(
    send, receive, vial, do, give, start_session, practitioner, look, sound
):
    given = give(start_session(), vial, "2")
    transfer = send(vial)
    receive(transfer, vial)
    command = CorrectEntry(given.entry_id, (CorrectedMove(given.move_id, D(1)),), "only one")
    do(practitioner, corrections.correct_entry, command, scope=EVERYTHING)
    assert look(vial).remaining == 9
    sound()


def test_the_parties_alone_see_a_transfer(send, vial, read, refused, clinic):
    transfer = send(vial)
    assert read(lambda s: transfers.get_transfer(s, clinic.other_site_id, transfer).id) == transfer
    with pytest.raises(RecordNotFound):
        read(lambda s: transfers.get_transfer(s, 999, transfer))


def test_received_by_two_at_once_it_arrives_once(send, vial, units, stranger, clinic, both, sound):
    transfer = send(vial)
    command = ReceiveContainers(transfer, clinic.other_places.storage, (vial,))

    def receive_it():
        return units.run(stranger, both, lambda s, a: transfers.receive_containers(s, a, command).id)

    with ThreadPoolExecutor(4) as pool:
        ended = [attempt.exception() for attempt in [pool.submit(receive_it) for _ in range(4)]]
    assert [type(error) for error in ended if error is not None] == [AlreadyArrived] * 3
    sound()


def test_a_hold_and_a_receipt_at_once_leave_no_held_vial_on_the_shelf(
    send, vial, units, pharmacist, stranger, clinic, both, sound, look
):
    transfer = send(vial)
    command = ReceiveContainers(transfer, clinic.other_places.storage, (vial,))
    hold = PlaceHold(HoldKind.QUALITY, "maker's letter", lot_id=look(vial).lot_id, at_all_sites=True)

    def receive_it():
        return units.run(stranger, both, lambda s, a: transfers.receive_containers(s, a, command).id)

    def hold_it():
        return units.run(pharmacist, EVERYTHING, lambda s, a: holds.place_hold(s, a, hold).id)

    with ThreadPoolExecutor(2) as pool:
        received, held = pool.submit(receive_it), pool.submit(hold_it)
        assert held.exception() is None
    if received.exception() is not None:
        assert type(received.exception()) is ContainerHeld
        assert look(vial).location_id == clinic.places.transit
    sound()
