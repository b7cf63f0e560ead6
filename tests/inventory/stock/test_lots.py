"""A lot has one number and one expiry; what was typed wrong is put right under signature, and stays findable."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from inventory.errors import (
    ContainerPastUse,
    ExpiryDiffers,
    InvalidText,
    LotMadeHere,
    LotWasMerged,
    NotAllowed,
    NotSigned,
    ReasonMissing,
    RecordNotFound,
    SameLot,
    WrongSigner,
)
from inventory.stock import containers, holds, lots
from inventory.units import EVERYTHING
from models.evidence import Signature
from models.stock import Lot, LotCorrection, LotCorrectionContainer
from models.vocabulary import HoldKind

FAR = date(2032, 1, 31)


@pytest.fixture
def correct(do, pharmacist, signed):
    def put_right(lot_id, number, expires_on=FAR, reason="misread", *, by=pharmacist, sign="paula", **facts):
        command = lots.CorrectLot(lot_id, number, expires_on, reason, sign and signed(sign), **facts)
        return do(by, lots.correct_lot, command, scope=EVERYTHING)

    return put_right


@pytest.fixture
def lot(read):
    return lambda lot_id: read(lots.get_lot, lot_id)


def test_all_containers_at_all_sites_get_the_right_lot_and_the_wrong_one_leads_there(
    correct, make_lot, product_id, look, lot, read
):
    here, there = make_lot(product_id, count=2), make_lot(product_id, at_other_site=True)
    wrong_id = look(here[0]).lot_id
    corrected = correct(wrong_id, " L7 ")
    assert corrected.container_ids == tuple(look(code).id for code in [*here, *there])
    assert {look(code).lot_number for code in [*here, *there]} == {"L7"}
    assert lot(wrong_id).merged_into_id == corrected.lot_id
    assert (lot(wrong_id).lot_number, lot(corrected.lot_id).expires_on) == ("L1", FAR)

    def written(session):
        correction = session.scalars(select(LotCorrection)).one()
        return correction, session.get_one(Signature, correction.signature_id)

    correction, signature = read(written)
    assert (correction.from_lot_id, correction.to_lot_id, correction.reason) == (
        wrong_id,
        corrected.lot_id,
        "misread",
    )
    assert signature.text == "3 containers of lot 'L1' belong to lot 'L7', expiry 2032-01-31. misread"
    assert len(read(lambda session: list(session.scalars(select(LotCorrectionContainer.container_id))))) == 3


def test_some_containers_go_to_a_known_lot_and_the_rest_stay(correct, make_lot, product_id, look, lot):
    first, second = make_lot(product_id, count=2)
    other = make_lot(product_id, "L2")[0]
    corrected = correct(look(first).lot_id, "L2", container_codes=(first, first))
    assert corrected.container_ids == (look(first).id,)
    assert (look(first).lot_id, look(second).lot_number) == (look(other).lot_id, "L1")
    assert lot(look(second).lot_id).merged_into_id is None


def test_a_wrong_expiry_is_put_right_for_the_whole_lot(
    correct, do, assistant, make_lot, product_id, look, lot, refused, clock
):
    vial = make_lot(product_id)[0]
    lot_id = look(vial).lot_id
    corrected = correct(lot_id, "L1", date(2031, 3, 31), is_month_only=True)
    assert (corrected.lot_id, lot(lot_id).expires_on, lot(lot_id).is_month_only) == (lot_id, date(2031, 3, 31), True)
    with refused(SameLot, lot_number="L1"):
        correct(lot_id, "L1", date(2031, 3, 31))
    with refused(SameLot):
        correct(lot_id, "L1", FAR, container_codes=(vial,))
    clock.pass_time(timedelta(days=40))
    with refused(ContainerPastUse, code_scanned=vial, usable_until="2031-03-31 23:59", limit="printed expiry"):
        do(assistant, containers.open_container, containers.OpenContainer(vial))


def test_holds_and_mixtures_to_look_at_again_are_listed(
    correct, do, pharmacist, make_lot, product_id, look, mix, refused, assistant
):
    vial, other = make_lot(product_id)[0], make_lot(product_id, "L2")[0]
    made = mix((vial, "1"))
    again = mix((made.codes[0], "0.5"))
    left = do(pharmacist, holds.place_hold, holds.PlaceHold(HoldKind.QUALITY, "typed", lot_id=look(vial).lot_id))
    found = do(pharmacist, holds.place_hold, holds.PlaceHold(HoldKind.QUALITY, "real", lot_id=look(other).lot_id))
    corrected = correct(look(vial).lot_id, "L2")
    assert (corrected.holds_left_behind, corrected.holds_now_applying) == ((left,), (found,))
    assert corrected.record_ids == (made.record_id,)
    assert again.record_id not in corrected.record_ids
    with refused(containers.usability.ContainerHeld, causes="real"):
        do(assistant, containers.open_container, containers.OpenContainer(vial))


def test_a_correction_that_was_itself_wrong_is_put_right_again(correct, make_lot, product_id, look, lot):
    vial = make_lot(product_id)[0]
    first_id = look(vial).lot_id
    second_id = correct(first_id, "L2").lot_id
    correct(second_id, "L1")
    assert look(vial).lot_id == first_id
    assert (lot(first_id).merged_into_id, lot(second_id).merged_into_id) == (None, first_id)


def test_a_correction_that_cannot_be_is_refused(
    correct, do, assistant, make_lot, product_id, look, mix, refused, practitioner, clock, signed, pharmacist
):
    vial, other = make_lot(product_id)[0], make_lot(product_id, "L2", expires_on=date(2031, 12, 31))[0]
    lot_id = look(vial).lot_id
    with refused(NotAllowed, permission="correct_lot"):
        correct(lot_id, "L3", by=assistant, sign="anna")
    with refused(NotSigned, meaning="authored") as unsigned:
        correct(lot_id, "L3", sign=None)
    assert unsigned.said.remedy == "Enter your password to sign."
    with refused(WrongSigner, problem="the password is that of another person") as refusal:
        correct(lot_id, "L3", sign="peter")
    assert refusal.said.what.startswith("This signature (authored) cannot be accepted")
    stale = lots.CorrectLot(lot_id, "L3", FAR, "misread", signed("paula"))
    clock.pass_time(timedelta(minutes=10))
    with refused(WrongSigner, problem="the password was confirmed more than 10 minutes ago"):
        do(pharmacist, lots.correct_lot, stale, scope=EVERYTHING)
    with refused(RecordNotFound, kind="lot", key="99"):
        correct(99, "L3")
    with refused(ExpiryDiffers, lot_number="L2", known="2031-12-31", given="2032-01-31"):
        correct(lot_id, "L2")
    with refused(RecordNotFound, kind="container of lot L1", key=other):
        correct(lot_id, "L3", container_codes=(vial, other))
    with refused(ReasonMissing):
        correct(lot_id, "L3", reason=" ")
    for number, problem in (("", "is empty"), ("x" * 41, "is longer than 40 characters"), ("a\u202eb", None)):
        with refused(InvalidText, field="Lot number", problem=problem or "contains hidden characters"):
            correct(lot_id, number)
    made = mix((vial, "1"))
    with refused(LotMadeHere, lot_number=made.lot_number) as own:
        correct(made.lot_id, "L3")
    assert own.said.remedy == "Correct the entry of the preparation instead."
    merged_id = lot_id
    correct(lot_id, "L5")
    with refused(LotWasMerged, lot_number="L1"):
        correct(merged_id, "L6")
    with refused(LotWasMerged, lot_number="L1"):
        make_lot(product_id, "L1")


def test_a_lot_is_of_one_product(correct, make_lot, make_product, look, read):
    one, two = make_lot(make_product("One"))[0], make_lot(make_product("Two"))[0]
    assert look(one).lot_id != look(two).lot_id
    correct(look(one).lot_id, "L2")
    numbers = read(lambda session: [(lot.lot_number, lot.product.name) for lot in session.scalars(select(Lot))])
    assert sorted(numbers) == [("L1", "One"), ("L1", "Two"), ("L2", "One")]
    assert look(two).remaining == Decimal(10)
