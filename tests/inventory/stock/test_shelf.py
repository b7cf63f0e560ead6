"""The first count at the shelf: opened vials, vials nobody can read, and what is taken back."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from inventory.errors import (
    ContainerHeld,
    ExpiryDiffers,
    InvalidText,
    LiftedByItsCause,
    NotAllowed,
    PackNotOpenable,
    RecordNotFound,
    SameLot,
    WrongHoldTarget,
)
from inventory.rules.fefo import BlockKind
from inventory.rules.parts import Part
from inventory.stock import containers, hold_list, holds, identifying, lots, opening_stock, proposing, receiving
from inventory.stock.errors import (
    AlreadyTakenBack,
    LotNumberReserved,
    NotOpeningStock,
    NotUnidentified,
    PackAlreadyRecorded,
)
from inventory.stock.shelf import OpeningLine, RecordOpeningStock
from inventory.tracing.graph import trace_forward
from inventory.units import EVERYTHING
from models.stock import Container, Hold, Lot, OpeningStockLine
from models.vocabulary import HoldKind, Tracking, Unit, WasteReason

EXPIRY = date(2032, 1, 31)
SCAN = "]d20109506000134352\x1d10L1\x1d17320131"


@pytest.fixture
def record(do, pharmacist, clinic, product_id):
    """One line in storage, recorded by the pharmacist; answers the entry."""

    def book(lot_number="L1", expires_on=EXPIRY, *, by=pharmacist, place=None, product=product_id, **facts):
        line = OpeningLine(product, lot_number, expires_on, **facts)
        return do(by, receiving.record_opening_stock, RecordOpeningStock(place or clinic.places.storage, (line,)))

    return book


@pytest.fixture
def codes(moves_of, read):
    """The codes of an entry's containers."""

    def of(entry_id):
        ids = [move.container_id for move in moves_of(entry_id)]
        query = select(Container.code).where(Container.id.in_(ids)).order_by(Container.id)
        return read(lambda session: list(session.scalars(query)))

    return of


@pytest.fixture
def unreadable(record, codes):
    """The code of a vial whose lot number nobody can read."""
    return codes(record(None, is_lot_unreadable=True, can_be_read="begins with 7"))[0]


def identify(code, lot_number="L7", expires_on=EXPIRY, *, signed, reason="leaflet found"):
    return identifying.IdentifyContainer(code, lot_number, expires_on, reason, signed("paula"))


def test_an_opened_vial_takes_what_is_left_and_since_when(record, codes, look, read, clock):
    opened_at = clock.at - timedelta(days=3)
    (vial,) = codes(record(part=Part.THREE_QUARTERS, opened_at=opened_at, raw_scan=SCAN))
    seen = look(vial)
    assert (seen.remaining, seen.opened_at, seen.causes) == (Decimal("7.5"), opened_at, ())
    assert seen.discard_at == datetime(2031, 3, 28, 22, 59, 59, 999999, tzinfo=UTC)
    kept = read(lambda session: session.scalars(select(OpeningStockLine)).one())
    assert (kept.left_entered, kept.raw_scan, kept.containers) == ("¾ of 10 mL", SCAN, 1)


def test_an_opened_vial_that_is_still_full_is_opened_all_the_same(record, codes, look, clock):
    opened_at = clock.at
    (vial,) = codes(record(part=Part.WHOLE, opened_at=opened_at))
    assert (look(vial).remaining, look(vial).opened_at) == (10, opened_at)


def test_where_nobody_knows_when_it_was_opened_it_is_blocked_and_never_usable_again(
    record, codes, look, do, read, pharmacist, practitioner, refused
):
    (vial,) = codes(record(part=Part.WHOLE, is_opening_unknown=True))
    assert look(vial).causes == ("opened, and nobody knows when",)
    assert look(vial).discard_at == look(vial).opened_at
    hold_id = read(lambda session: session.scalars(select(Hold.id)).one())
    do(pharmacist, holds.lift_hold, holds.LiftHold(hold_id, "looked at it"))
    facts = read(lambda session: proposing.propose_containers(session, _wanted(session, vial)))
    assert [[block.kind for block in each.reasons] for each in facts.skipped] == [[BlockKind.IN_USE_OVER]]


def _wanted(session, code):
    container = session.scalars(select(Container).where(Container.code == code)).one()
    now = datetime(2031, 3, 3, 12, tzinfo=UTC)
    return proposing.Wanted(container.location.site_id, container.lot.product_id, Decimal(1), now)


def test_when_it_was_opened_must_be_said_one_way(record, refused):
    with refused(InvalidText, field="Opened at"):
        record(part=Part.HALF)
    with refused(InvalidText, field="Left"):
        record(part=Part.HALF, remaining=Decimal(2), is_opening_unknown=True)


def test_a_pack_of_pieces_is_never_opened(record, refused, make_product):
    needles = make_product("Needles", unit=Unit.PIECE, content=Decimal(100), tracking=Tracking.PACK)
    with refused(PackNotOpenable):
        record(product=needles, part=Part.HALF, is_opening_unknown=True)


def test_what_nobody_can_read_is_in_the_books_and_blocked(unreadable, look, read):
    seen = look(unreadable)
    assert seen.remaining == 10
    assert seen.lot_number.startswith("UNREADABLE ")
    assert seen.causes == ("lot number cannot be read; to be seen: begins with 7",)
    assert read(lambda session: session.scalars(select(Hold.kind)).one()) is HoldKind.UNIDENTIFIED


def test_two_of_them_never_share_a_lot(record, codes, look):
    first, second = (codes(record(None, is_lot_unreadable=True))[0] for _ in range(2))
    assert look(first).lot_id != look(second).lot_id


def test_it_is_never_used_and_no_hand_lifts_the_block(unreadable, do, read, pharmacist, practitioner, refused):
    with refused(ContainerHeld):
        do(practitioner, containers.open_container, containers.OpenContainer(unreadable))
    hold_id = read(lambda session: session.scalars(select(Hold.id)).one())
    with refused(LiftedByItsCause, hold_id=hold_id) as refusal:
        do(pharmacist, holds.lift_hold, holds.LiftHold(hold_id, "it looks good"))
    assert "say which lot it is" in refusal.said.remedy
    found = read(lambda session: proposing.propose_containers(session, _wanted(session, unreadable)))
    assert (found.picks, found.short) == ((), 1)
    assert [block.kind for block in found.skipped[0].reasons] == [BlockKind.UNIDENTIFIED]


def test_no_hand_places_such_a_block(vial, do, pharmacist, refused):
    with refused(WrongHoldTarget):
        do(pharmacist, holds.place_hold, holds.PlaceHold(HoldKind.UNIDENTIFIED, "cannot read it", container_code=vial))


def test_it_is_discarded_like_any_other_and_then_waits_for_nobody(unreadable, do, read, pharmacist, look, clinic):
    assert len(read(hold_list.holds_in_force, site_id=clinic.site_id)) == 1
    do(pharmacist, containers.discard, containers.DiscardContainer(unreadable, WasteReason.OTHER, note="unreadable"))
    assert look(unreadable).remaining == 0
    assert read(hold_list.holds_in_force, site_id=clinic.site_id) == []
    assert read(holds.active_holds, site_id=clinic.site_id) == []


def test_saying_which_lot_it_is_ends_the_block_under_signature(unreadable, do, look, read, pharmacist, signed):
    do(pharmacist, identifying.identify_container, identify(unreadable, signed=signed), scope=EVERYTHING)
    seen = look(unreadable)
    assert (seen.lot_number, seen.causes) == ("L7", ())
    hold = read(lambda session: session.scalars(select(Hold)).one())
    assert hold.lift_reason == "leaflet found"
    trace = read(lambda session: trace_forward(session, lot_ids=[seen.lot_id]))
    assert trace.sites


def test_an_expiry_nobody_can_read_keeps_the_lot_number_findable(record, codes, do, look, read, pharmacist, signed):
    (vial,) = codes(record("AB12", None, is_expiry_unreadable=True))
    assert look(vial).lot_number == "AB12"
    assert look(vial).causes == ("expiry cannot be read",)
    do(pharmacist, identifying.identify_container, identify(vial, "AB12", signed=signed), scope=EVERYTHING)
    assert look(vial).causes == ()
    assert read(lambda session: session.scalars(select(Lot.expires_on)).one()) == EXPIRY


def test_a_known_lot_is_not_recorded_with_an_expiry_nobody_can_read(record, refused):
    record("AB12")
    with refused(ExpiryDiffers, known="2032-01-31", given="none"):
        record("AB12", None, is_expiry_unreadable=True)


def test_it_is_never_identified_as_another_that_nobody_can_read(unreadable, do, pharmacist, refused, signed, look):
    standin = look(unreadable).lot_number
    with refused(LotNumberReserved):
        do(pharmacist, identifying.identify_container, identify(unreadable, standin, signed=signed), scope=EVERYTHING)


def test_only_what_is_unidentified_is_identified(vial, do, pharmacist, assistant, refused, signed, unreadable):
    with refused(NotUnidentified, lot_number="L1"):
        do(pharmacist, identifying.identify_container, identify(vial, signed=signed), scope=EVERYTHING)
    with refused(NotAllowed):
        do(assistant, identifying.identify_container, identify(unreadable, signed=signed), scope=EVERYTHING)


def test_a_lot_number_is_never_typed_like_a_standin(record, refused, unreadable, look, do, pharmacist, signed):
    with refused(LotNumberReserved):
        record("unreadable 1")
    known = look(unreadable).lot_number
    with refused(LotNumberReserved):
        record(known)
    (lot_id,) = {look(unreadable).lot_id}
    command = lots.CorrectLot(lot_id, known, EXPIRY, "only the expiry", signed("paula"))
    with refused(SameLot):
        do(pharmacist, lots.correct_lot, command, scope=EVERYTHING)


def test_what_is_said_to_be_unreadable_is_not_given_too(record, refused):
    with refused(InvalidText, field="Lot number"):
        record("L1", is_lot_unreadable=True)
    with refused(InvalidText, field="Expiry"):
        record("L1", is_expiry_unreadable=True)
    with refused(InvalidText, field="Lot number"):
        record(None)


def test_a_box_with_a_serial_number_is_counted_once(record, refused):
    facts = {"containers": 5, "gtin": "09506000134352", "serial": "S-1"}
    entry_id = record(**facts)
    with refused(PackAlreadyRecorded, serial="S-1", place="Storage"):
        record(**facts)
    assert entry_id


def test_what_one_recorded_is_taken_back_with_its_blocks(record, codes, look, do, read, assistant, clinic):
    entry_id = record(by=assistant, part=Part.HALF, is_opening_unknown=True, containers=2)
    do(assistant, opening_stock.take_back, opening_stock.TakeBack(entry_id))
    assert [(look(code).remaining, look(code).causes) for code in codes(entry_id)] == [(0, ()), (0, ())]
    found = read(opening_stock.recorded_at_place, site_id=clinic.site_id, location_id=clinic.places.storage)
    assert [(entry.id, entry.by, entry.taken_back_by is not None) for entry in found.entries] == [
        (entry_id, "Anna Assistant", True)
    ]


def test_what_others_recorded_is_taken_back_by_who_may_correct(record, do, refused, assistant, pharmacist):
    entry_id = record()
    with refused(NotAllowed):
        do(assistant, opening_stock.take_back, opening_stock.TakeBack(entry_id))
    do(pharmacist, opening_stock.take_back, opening_stock.TakeBack(entry_id, "counted twice"))
    with refused(AlreadyTakenBack):
        do(pharmacist, opening_stock.take_back, opening_stock.TakeBack(entry_id))


def test_only_entries_of_the_first_count_of_this_site_are_taken_back(record, codes, do, refused, pharmacist, stranger):
    entry_id = record()
    (vial,) = codes(entry_id)
    other = do(pharmacist, containers.discard, containers.DiscardContainer(vial, WasteReason.SPILLED, Decimal(1)))
    with refused(NotOpeningStock):
        do(pharmacist, opening_stock.take_back, opening_stock.TakeBack(other))
    with refused(RecordNotFound):
        do(stranger, opening_stock.take_back, opening_stock.TakeBack(entry_id))


def test_the_list_groups_what_is_alike_and_goes_on(record, read, clinic):
    ids = [
        record(containers=3),
        record("L2", part=Part.HALF, is_opening_unknown=True),
        record(None, is_lot_unreadable=True),
    ]
    where = {"site_id": clinic.site_id, "location_id": clinic.places.storage}
    first = read(opening_stock.recorded_at_place, **where, limit=2)
    assert [entry.id for entry in first.entries] == [ids[2], ids[1]]
    assert first.older_before == ids[1]
    rest = read(opening_stock.recorded_at_place, **where, before=first.older_before)
    (line,) = rest.entries[0].lines
    assert (line.containers, line.amount, line.opened, line.held, line.code) == (3, 10, 0, 0, None)
    (line,) = first.entries[1].lines
    assert (line.containers, line.amount, line.opened, line.held, line.unidentified) == (1, 5, 1, 1, 0)
    assert first.entries[0].lines[0].unidentified == 1
    assert rest.older_before is None
