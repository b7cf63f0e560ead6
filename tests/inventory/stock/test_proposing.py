"""What to take first, and why the rest is left: first expired, first out, as the clinic's shelf stands."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from inventory.care import patients
from inventory.errors import InvalidAmount
from inventory.rules.fefo import Block, BlockKind
from inventory.stock import containers, holds, proposing
from inventory.stock.containers import DiscardContainer, MoveContainer, OpenContainer
from models.vocabulary import ContainerKind, HoldKind, WasteReason


@pytest.fixture
def propose(read, clinic, clock):
    def ask(product_id, amount, site_id=None, **facts):
        settings = {"site_id": site_id or clinic.site_id, "at": clock.at} | facts
        return read(
            proposing.propose_containers, proposing.Wanted(product_id=product_id, amount=Decimal(amount), **settings)
        )

    return ask


def picked(proposal):
    return [(pick.container.code, pick.amount) for pick in proposal.picks]


def skipped(proposal):
    return {each.container.code: each.reasons for each in proposal.skipped}


def test_opened_first_then_what_ends_first_then_the_oldest_receipt(do, assistant, make_lot, product_id, propose):
    late = make_lot(product_id, "late", expires_on=date(2032, 6, 30))[0]
    soon, soon_too = make_lot(product_id, "soon", count=2, expires_on=date(2031, 6, 30))
    opened = make_lot(product_id, "opened", expires_on=date(2033, 1, 1))[0]
    do(assistant, containers.open_container, OpenContainer(opened))
    do(assistant, containers.discard, DiscardContainer(opened, WasteReason.SPILLED, Decimal(7)))
    proposal = propose(product_id, "25")
    assert picked(proposal) == [(opened, 3), (soon, 10), (soon_too, 10), (late, 2)]
    assert (proposal.short, skipped(proposal)) == (0, {})
    assert propose(product_id, "40").short == 7


def test_each_container_left_out_says_every_reason(
    do,
    assistant,
    pharmacist,
    practitioner,
    make_product,
    make_lot,
    propose,
    mix,
    start_session,
    make_patient,
    clock,
    read,
):
    product_id = make_product(label_in_use_days=1)
    expiring = make_lot(product_id, "E", expires_on=date(2031, 3, 4))[0]
    begun, held, bare, good = (make_lot(product_id, number)[0] for number in "BHNG")
    unknown = make_lot(product_id, "U", expires_on=None, hold_cause="no date")[0]
    do(assistant, containers.open_container, OpenContainer(begun))
    for kind, cause in ((HoldKind.QUALITY, "cloudy"), (HoldKind.EVIDENCE, "case 7")):
        do(pharmacist, holds.place_hold, holds.PlaceHold(kind, cause, container_code=held))
    do(assistant, containers.discard, DiscardContainer(bare, WasteReason.BROKEN))
    clock.pass_time(timedelta(days=3))
    proposal = propose(product_id, "100")
    assert picked(proposal) == [(good, 10)]
    assert proposal.short == 90
    assert skipped(proposal) == {
        expiring: (Block(BlockKind.EXPIRED, detail="2031-03-04 23:59"),),
        begun: (Block(BlockKind.IN_USE_OVER, detail="2031-03-04 23:59"),),
        held: (
            Block(BlockKind.HELD, HoldKind.QUALITY, "cloudy"),
            Block(BlockKind.HELD, HoldKind.EVIDENCE, "case 7"),
        ),
        unknown: (Block(BlockKind.HELD, HoldKind.QUALITY, "no date"), Block(BlockKind.NO_EXPIRY)),
    }


def test_what_serves_one_patient_or_session_is_offered_to_them_only(
    make_product, make_lot, propose, mix, start_session, make_patient, do, assistant, read, look, clock
):
    ampoule = make_product("Ampoule", container_kind=ContainerKind.AMPOULE)
    code, sealed = make_lot(ampoule, count=2)
    reference = make_patient()
    patient_id = read(lambda session: patients.get_patient(session, reference).id)
    session_id = start_session(reference)
    do(assistant, containers.open_container, OpenContainer(code, session_id))
    own = propose(ampoule, "1", patient_id=patient_id, session_id=session_id)
    assert picked(own) == [(code, 1)]
    for others in ({}, {"session_id": start_session()}):
        proposal = propose(ampoule, "1", **others)
        assert picked(proposal) == [(sealed, 1)]
        assert skipped(proposal) == {code: (Block(BlockKind.OPENED_FOR_ANOTHER_SESSION),)}
    syringe = mix((code, "2"), session_id=session_id).codes[0]
    cocktails = look(syringe).lot_id
    free = read(lambda session: session.get_one(containers.Container, look(syringe).id).lot.product_id)
    assert cocktails
    assert picked(propose(free, "1", patient_id=patient_id, session_id=session_id)) == [(syringe, 1)]
    assert skipped(propose(free, "1")) == {syringe: (Block(BlockKind.KEPT_FOR_ANOTHER_PATIENT, detail=reference),)}
    clock.pass_time(timedelta(hours=5))
    late = propose(free, "1", patient_id=patient_id, session_id=session_id)
    (reason,) = skipped(late)[syringe]
    assert reason.kind is BlockKind.BEYOND_USE


def test_each_site_is_offered_its_own_shelf(make_lot, product_id, propose, clinic, do, assistant):
    here = make_lot(product_id)[0]
    there = make_lot(product_id, at_other_site=True)[0]
    do(assistant, containers.move_container, MoveContainer(here, clinic.places.room))
    assert picked(propose(product_id, "1")) == [(here, 1)]
    assert picked(propose(product_id, "1", clinic.other_site_id)) == [(there, 1)]


@pytest.mark.parametrize("amount", ["0", "-1", "NaN", "0.0000001"])
def test_no_amount_is_no_question(propose, product_id, amount):
    with pytest.raises(InvalidAmount):
        propose(product_id, amount, at=datetime(2031, 3, 3, tzinfo=UTC))
