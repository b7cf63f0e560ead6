"""The opened vials of a site: what is over first, by the rules that use itself is judged by."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from inventory.care import sessions
from inventory.errors import ContainerClosed, HeldAsEvidence, NotAllowed
from inventory.stock import containers, holds, opened_board
from inventory.stock.errors import NotOpened, NotYetOver
from inventory.stock.opened_board import DiscardOver
from models.stock import StockMove
from models.vocabulary import ContainerKind, HoldKind, IdentifiedBy, SessionEnding, WasteReason


@pytest.fixture
def open_it(do, practitioner):
    return lambda code, session_id=None: do(
        practitioner, containers.open_container, containers.OpenContainer(code, session_id)
    )


@pytest.fixture
def board(read, clinic, clock):
    def see(**wanted):
        return read(opened_board.opened_containers, site_id=clinic.site_id, now=clock.at, **wanted)

    return see


@pytest.fixture
def away(do, assistant):
    return lambda code: do(assistant, opened_board.discard_over, DiscardOver(code))


def test_what_is_over_comes_first_and_then_what_is_over_soonest(make_lot, make_product, open_it, board, clock, clinic):
    hours = make_product("Ascorbic acid", label_in_use_hours=4)
    (long,) = make_lot(make_product(), "L1")
    (short,) = make_lot(hours, "A1", place=clinic.places.room)
    open_it(short)
    clock.pass_time(timedelta(hours=5))
    (later,) = make_lot(hours, "A1")
    open_it(later)
    open_it(long)
    seen = board()
    assert [(line.code, line.is_over, line.is_due_today) for line in seen] == [
        (short, True, False),
        (later, False, True),
        (long, False, False),
    ]
    assert [line.code for line in board(location_id=clinic.places.room)] == [short]


def test_it_is_near_in_its_last_hour(make_lot, make_product, open_it, board, clock):
    (vial,) = make_lot(make_product("Ascorbic acid", label_in_use_hours=4))
    open_it(vial)
    assert not board()[0].is_near
    clock.pass_time(timedelta(hours=3, minutes=1))
    assert (board()[0].is_near, board()[0].is_over) == (True, False)


def test_what_serves_one_session_is_over_with_its_session(
    make_lot, make_product, open_it, board, start_session, do, practitioner, away, refused
):
    (ampoule,) = make_lot(make_product("Ampoule", container_kind=ContainerKind.AMPOULE, is_preserved=False))
    session_id = start_session()
    open_it(ampoule, session_id)
    (line,) = board()
    assert (line.is_session_only, line.is_over, line.is_due_today) == (True, False, True)
    with refused(NotYetOver, usable_until="its session ends"):
        away(ampoule)
    do(practitioner, sessions.end_session, sessions.EndSession(session_id, SessionEnding.COMPLETED))
    assert board()[0].is_over
    away(ampoule)
    assert board() == []


def test_one_tap_discards_what_is_over_and_says_why(vial, open_it, away, clock, read, look):
    open_it(vial)
    clock.pass_time(timedelta(days=30))
    entry_id = away(vial)
    move = read(lambda session: session.scalars(select(StockMove).where(StockMove.entry_id == entry_id)).one())
    assert (move.waste_reason, move.amount, move.identified_by) == (
        WasteReason.IN_USE_OVER,
        Decimal(10),
        IdentifiedBy.BY_HAND,
    )
    assert look(vial).remaining == 0


def test_what_expired_is_discarded_as_expired(make_lot, product_id, open_it, away, clock, read):
    (vial,) = make_lot(product_id, expires_on=date(2031, 3, 10))
    open_it(vial)
    clock.pass_time(timedelta(days=9))
    entry_id = away(vial)
    move = read(lambda session: session.scalars(select(StockMove).where(StockMove.entry_id == entry_id)).one())
    assert move.waste_reason is WasteReason.EXPIRED


def test_what_is_not_over_not_open_or_evidence_is_not_thrown_away(
    make_lot, product_id, open_it, away, clock, do, pharmacist, auditor, refused
):
    first, second = make_lot(product_id, count=2)
    open_it(first)
    with refused(NotYetOver, code_scanned=first):
        away(first)
    with refused(NotOpened, code_scanned=second):
        away(second)
    do(pharmacist, holds.place_hold, holds.PlaceHold(HoldKind.EVIDENCE, "reaction", container_code=first))
    clock.pass_time(timedelta(days=30))
    with refused(HeldAsEvidence):
        away(first)
    with refused(NotAllowed):
        do(auditor, opened_board.discard_over, DiscardOver(first))
    do(pharmacist, containers.discard, containers.DiscardContainer(second, WasteReason.BROKEN))
    with refused(ContainerClosed):
        away(second)
