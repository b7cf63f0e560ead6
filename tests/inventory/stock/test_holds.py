"""What is held is kept from use until each of its causes is gone."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from inventory.care import compounding
from inventory.errors import (
    BelongsToAnotherSite,
    ContainerHeld,
    HoldAlreadyLifted,
    InvalidText,
    LiftedByItsCause,
    LotWasMerged,
    NotAllowed,
    PlaceHeld,
    PlaceNotOfThisSite,
    ReasonMissing,
    RecordNotFound,
    WrongHoldTarget,
)
from inventory.stock import containers, corrections, holds, lots
from inventory.stock.containers import DiscardContainer, MoveContainer, OpenContainer
from inventory.stock.holds import LiftHold, PlaceHold
from inventory.units import EVERYTHING
from models.stock import Hold, StockMove
from models.vocabulary import HoldKind, WasteReason

QUALITY = HoldKind.QUALITY
HOSTILE = '<script>alert(\'x\')</script> "=HYPERLINK("http://x")"; DROP TABLE lot;-- O\'Brien 😀 {0} %s'


@pytest.fixture
def hold(do, pharmacist):
    def place(cause="cloudy", kind=QUALITY, by=pharmacist, scope=None, **target):
        return do(by, holds.place_hold, PlaceHold(kind, cause, **target), scope=scope)

    return place


@pytest.fixture
def lift(do, pharmacist):
    def let_go(hold_id, reason="clear", by=pharmacist, scope=None):
        return do(by, holds.lift_hold, LiftHold(hold_id, reason), scope=scope)

    return let_go


@pytest.fixture
def open_it(do, assistant, stranger):
    def puncture(code, by=assistant):
        return do(by, containers.open_container, OpenContainer(code))

    return puncture


@pytest.fixture
def active(read):
    """Causes of the holds in force at a site, the newest first."""

    def ask(site_id):
        return read(lambda session: [hold.cause for hold in holds.active_holds(session, site_id=site_id)])

    return ask


def test_holds_add_up_and_each_is_lifted_by_its_own_cause(
    hold, lift, open_it, vial, look, refused, active, read, clinic, pharmacist, clock
):
    first, second = hold("cloudy", container_code=vial), hold("fridge", HoldKind.EXCURSION, lot_id=look(vial).lot_id)
    with refused(ContainerHeld, code_scanned=vial, kinds="excursion, quality", causes="cloudy; fridge"):
        open_it(vial)
    assert active(clinic.site_id) == ["fridge", "cloudy"]
    lift(first)
    with refused(ContainerHeld, kinds="excursion", causes="fridge"):
        open_it(vial)
    lift(second, HOSTILE)
    open_it(vial)
    assert active(clinic.site_id) == []
    row = read(lambda session: session.get_one(Hold, second))
    assert (row.lift_reason, row.lifted_by_id, row.lifted_at) == (HOSTILE, pharmacist.user_id, row.lifted_at)
    with refused(HoldAlreadyLifted, hold_id=first) as refusal:
        lift(first)
    assert refusal.said.what == f"Hold {first} was already lifted."


def test_a_lot_is_held_at_one_site_or_at_all(
    hold, lift, open_it, make_lot, product_id, look, refused, active, clinic, stranger
):
    here, there = make_lot(product_id)[0], make_lot(product_id, at_other_site=True)[0]
    lot_id = look(here).lot_id
    one = hold("here only", lot_id=lot_id)
    open_it(there, stranger)
    everywhere = hold("warning letter", lot_id=lot_id, at_all_sites=True, scope=EVERYTHING)
    assert active(clinic.other_site_id) == ["warning letter"]
    later = make_lot(product_id, at_other_site=True)[0]
    for code, by, causes in ((here, None, "here only; warning letter"), (later, stranger, "warning letter")):
        with refused(ContainerHeld, causes=causes):
            open_it(code, by) if by else open_it(code)
    with refused(RecordNotFound, kind="hold", key=str(one)):
        lift(one, by=stranger)
    lift(everywhere, by=stranger, scope=EVERYTHING)
    open_it(later, stranger)


def test_a_held_place_holds_what_is_inside_until_it_is_lifted(
    hold, lift, open_it, do, pharmacist, make_lot, product_id, look, refused, clinic, read
):
    inside, empty = make_lot(product_id, count=2)
    apart = make_lot(product_id, "L2", place=clinic.places.room)[0]
    do(pharmacist, containers.discard, DiscardContainer(empty, WasteReason.BROKEN))
    hold_id = hold("fridge at 14 °C", HoldKind.EXCURSION, location_id=clinic.places.storage)
    assert (look(inside).causes, look(empty).causes, look(apart).causes) == (("fridge at 14 °C",), (), ())
    child_id = read(lambda session: session.scalars(select(Hold.id).where(Hold.parent_id == hold_id)).one())
    with refused(LiftedByItsCause, hold_id=child_id, cause="fridge at 14 °C") as refusal:
        lift(child_id)
    assert refusal.said.remedy == (
        "Follow the cause: lift the hold of the place, close the recall, or say which lot it is."
    )
    with refused(ContainerHeld):
        do(pharmacist, containers.move_container, MoveContainer(inside, clinic.places.room))
    do(pharmacist, containers.move_container, MoveContainer(inside, clinic.places.quarantine))
    with refused(ContainerHeld):
        open_it(inside)
    lift(hold_id)
    open_it(inside)


def test_what_comes_into_a_held_place_all_the_same_is_held_with_it(
    hold, lift, do, pharmacist, practitioner, make_lot, product_id, look, refused, clinic, mix, moves_of
):
    moved, emptied, vial = make_lot(product_id, count=3)
    move_id = do(pharmacist, containers.move_container, MoveContainer(moved, clinic.places.room))
    waste_id = do(pharmacist, containers.discard, DiscardContainer(emptied, WasteReason.BROKEN))
    do(pharmacist, containers.move_container, MoveContainer(vial, clinic.places.quarantine))
    hold("leak", location_id=clinic.places.storage)
    quarantine_id = hold("being cleaned", location_id=clinic.places.quarantine)

    def undo(entry_id):
        (move,) = moves_of(entry_id)
        command = corrections.CorrectEntry(entry_id, (corrections.CorrectedMove(move.id),), "never happened")
        do(pharmacist, corrections.correct_entry, command)

    undo(move_id)
    undo(waste_id)
    assert (look(moved).location_id, look(moved).causes) == (clinic.places.storage, ("leak",))
    assert (look(emptied).remaining, look(emptied).causes) == (10, ("leak",))
    do(pharmacist, containers.move_container, MoveContainer(moved, clinic.places.quarantine))
    assert look(moved).causes == ("leak", "being cleaned")
    lift(quarantine_id)
    assert (look(moved).causes, look(vial).causes) == (("leak",), ())
    with refused(PlaceHeld, place="Storage", causes="leak"):
        mix((vial, "1"), location_id=clinic.places.storage)
    late = mix(
        (vial, "1"), location_id=clinic.places.storage, service=compounding.record_past_compounding, scope=EVERYTHING
    )
    assert look(late.codes[0]).causes == ("leak",)


def test_a_hold_that_cannot_be_is_refused(
    hold, vial, look, refused, clinic, auditor, stranger, do, pharmacist, signed, read
):
    lot_id = look(vial).lot_id
    for kind in (HoldKind.RECALL, HoldKind.INCOMING):
        with refused(WrongHoldTarget, problem=f"a hold of kind {kind.value} comes only with its delivery or recall"):
            hold(kind=kind, container_code=vial)
    for target in ({}, {"container_code": vial, "lot_id": lot_id}, {"lot_id": 1, "location_id": 1}):
        with refused(WrongHoldTarget, problem="it needs exactly one target"):
            hold(**target)
    with refused(WrongHoldTarget, problem="only a lot is held at all sites"):
        hold(container_code=vial, at_all_sites=True)
    with refused(ReasonMissing):
        hold(" ", container_code=vial)
    with refused(InvalidText, field="Reason"):
        hold("x" * 10_000, container_code=vial)
    with refused(RecordNotFound, kind="lot", key="99"):
        hold(lot_id=99)
    for place in (clinic.places.waste, clinic.other_places.storage, 0, 999):
        with refused(PlaceNotOfThisSite):
            hold(location_id=place)
    with refused(BelongsToAnotherSite, code_scanned=vial):
        hold(by=stranger, container_code=vial)
    with refused(NotAllowed, permission="place_hold"):
        hold(by=auditor, container_code=vial)
    right = lots.CorrectLot(lot_id, "L9", look_expiry(read, lot_id), "misread", signed("paula"))
    do(pharmacist, lots.correct_lot, right, scope=EVERYTHING)
    with refused(LotWasMerged, lot_number="L1") as refusal:
        hold(lot_id=lot_id)
    assert refusal.said.remedy == "Use the lot it was corrected to."


def look_expiry(read, lot_id):
    return read(lambda session: lots.get_lot(session, lot_id).expires_on)


def test_a_lift_that_cannot_be_is_refused(hold, lift, vial, refused, assistant):
    hold_id = hold(container_code=vial)
    with refused(NotAllowed, permission="lift_hold"):
        lift(hold_id, by=assistant)
    with refused(ReasonMissing):
        lift(hold_id, "")
    with refused(InvalidText, field="Reason", problem="contains hidden characters"):
        lift(hold_id, "clear\u202e")
    with refused(RecordNotFound, kind="hold", key="99"):
        lift(99)


def test_disposal_is_open_to_the_held(hold, do, assistant, make_lot, product_id, read):
    vial = make_lot(product_id)[0]
    hold(container_code=vial)
    do(assistant, containers.discard, DiscardContainer(vial, WasteReason.CONTAMINATED, Decimal(3)))
    do(assistant, containers.discard, DiscardContainer(vial, WasteReason.CONTAMINATED))
    amounts = select(StockMove.amount).where(StockMove.waste_reason == WasteReason.CONTAMINATED).order_by(StockMove.id)
    assert read(lambda session: list(session.scalars(amounts))) == [3, 7]
