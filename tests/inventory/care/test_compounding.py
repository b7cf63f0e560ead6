"""A cocktail is a lot of its own: what went in, what came out, until when, and who checked it."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from inventory.access import Permission
from inventory.care import compounding, sessions
from inventory.care.compounding import Compound, Draw, VerifyCompounding
from inventory.errors import (
    AlreadyVerified,
    BelongsToAnotherSite,
    BeyondUseDataMissing,
    CheckerPrepared,
    ComponentInWrongUnit,
    ContainerClosed,
    ContainerHasNoExpiry,
    ContainerHeld,
    ContainerPastUse,
    ImmediateUseForOnePatient,
    InFuture,
    InvalidAmount,
    InvalidText,
    KeptForAnotherPatient,
    LaneNotAvailable,
    NeverMixed,
    NoComponents,
    NotAllowed,
    NotEnoughInContainer,
    NotInjectable,
    NotSigned,
    OpenedForAnotherSession,
    PlaceNotOfThisSite,
    ReasonMissing,
    RecordNotFound,
    SessionEnded,
    SessionOfAnotherSite,
    TooManyProducts,
    WrongSigner,
    YieldExceedsContents,
)
from inventory.stock import containers, holds
from inventory.units import EVERYTHING
from models.care import CompoundingComponent, CompoundingRecord, Deviation
from models.evidence import Signature
from models.stock import Container, Lot, StockEntry
from models.vocabulary import (
    ContainerKind,
    HoldKind,
    IdentifiedBy,
    Lane,
    LotOrigin,
    MovePurpose,
    RegulatoryClass,
    RulePack,
    SessionEnding,
    Unit,
    WasteReason,
)

HOSTILE = '<script>alert(\'x\')</script> "=HYPERLINK("http://x")"; DROP TABLE lot;-- O\'Brien 😀 {0} %s'


@pytest.fixture
def record_of(read):
    return lambda mixture: read(lambda session: session.get_one(CompoundingRecord, mixture.record_id))


@pytest.fixture
def mixed_late(mix):
    """Recorded after the deed: nothing is refused that happened."""

    def record(*parts, **facts):
        return mix(*parts, service=compounding.record_past_compounding, scope=EVERYTHING, **facts)

    return record


# What is planned


def test_a_mixture_is_a_new_lot_with_new_containers_kept_for_its_patient(
    mix, make_product, make_lot, start_session, make_patient, read, record_of, look, moves_of, clock, clinic
):
    one = make_lot(make_product("One"))[0]
    two = make_lot(make_product("Two"), expires_on=date(2031, 3, 31))[0]
    reference = make_patient()
    made = mix((one, "2.5"), (two, "1"), syringes=("2", "1.5"), session_id=start_session(reference))
    record = record_of(made)
    assert (record.theoretical_amount, record.yield_amount) == (Decimal("3.5"), Decimal("3.5"))
    assert (record.started_at, record.beyond_use_at) == (clock.at, clock.at + timedelta(hours=4))
    assert record.binding_limit == "lane: immediate_use"
    lot = read(lambda session: session.get_one(Lot, made.lot_id))
    assert (lot.origin, lot.expires_on, lot.lot_number[0]) == (LotOrigin.COMPOUNDED, None, "R")
    moves = moves_of(made.entry_id)
    places = clinic.places
    assert [(move.purpose, move.amount, move.from_location_id, move.to_location_id) for move in moves] == [
        (MovePurpose.COMPOUNDED, Decimal("2.5"), places.storage, places.compounding),
        (MovePurpose.COMPOUNDED, 1, places.storage, places.compounding),
        (MovePurpose.PREPARED, 2, places.compounding, places.room),
        (MovePurpose.PREPARED, Decimal("1.5"), places.compounding, places.room),
    ]
    for code, amount in zip(made.codes, ("2", "1.5"), strict=True):
        syringe = look(code)
        assert (syringe.remaining, syringe.content, syringe.found) == (Decimal(amount), Decimal(amount), 0)
        assert (syringe.kept_for_patient_id, syringe.opened_at) == (record.patient_id, None)
    assert (look(one).opened_at, look(one).remaining) == (clock.at, Decimal("7.5"))


def test_a_loss_is_dead_volume_and_a_surplus_is_found_in_the_fullest_syringe(mix, make_lot, product_id, moves_of, look):
    vial = make_lot(product_id, count=2)
    loss = mix((vial[0], "3"), syringes=("1", "1.8"))
    wasted = moves_of(loss.entry_id)[-1]
    assert (wasted.purpose, wasted.amount, wasted.waste_reason) == (
        MovePurpose.WASTED,
        Decimal("0.2"),
        WasteReason.DEAD_VOLUME,
    )
    assert [(look(code).content, look(code).remaining) for code in loss.codes] == [(1, 1), (2, Decimal("1.8"))]
    surplus = mix((vial[1], "3"), syringes=("1", "2.3"))
    found = moves_of(surplus.entry_id)[-1]
    assert (found.purpose, found.amount) == (MovePurpose.FOUND, Decimal("0.3"))
    assert [(look(code).content, look(code).found, look(code).remaining) for code in surplus.codes] == [
        (1, 0, 1),
        (2, Decimal("0.3"), Decimal("2.3")),
    ]


def test_a_mixture_of_mixtures_ends_with_the_first_of_them(mix, make_lot, product_id, start_session, record_of, clock):
    vial = make_lot(product_id)[0]
    session_id = start_session()
    first = mix((vial, "4"), session_id=session_id)
    clock.pass_time(timedelta(hours=2))
    second = mix((first.codes[0], "1"), (vial, "1"), session_id=session_id)
    third = mix((second.codes[0], "1"), (vial, "1"), session_id=session_id)
    for made in (second, third):
        assert record_of(made).beyond_use_at == record_of(first).beyond_use_at
        assert record_of(made).binding_limit.startswith("component_beyond_use: Free cocktail, lot R")


def test_one_vial_may_be_drawn_from_twice_and_how_it_was_named_is_kept(do, practitioner, vial, clinic, read, look):
    command = Compound(
        (
            Draw(vial, Decimal(2), IdentifiedBy.MAKERS_CODE, "40 mg"),
            Draw(vial.lower(), Decimal(3), IdentifiedBy.BY_HAND, HOSTILE),
        ),
        clinic.places.room,
    )
    do(practitioner, compounding.compound, command)
    rows = select(CompoundingComponent).order_by(CompoundingComponent.position)
    drawn = read(lambda session: [(row.entered, row.move.identified_by) for row in session.scalars(rows)])
    assert drawn == [("40 mg", IdentifiedBy.MAKERS_CODE), (HOSTILE, IdentifiedBy.BY_HAND)]
    assert look(vial).remaining == 5


@pytest.mark.parametrize("amount", ["0", "-1", "NaN", "sNaN", "Infinity", "0.0000001", "1E+12"])
def test_what_is_no_amount_is_refused_before_anything_is_added_up(mix, vial, refused, amount):
    for parts, syringes in (
        (((vial, amount),), ()),
        (((vial, "5"), (vial, amount)), ()),
        (((vial, "1"),), (amount,)),
        (((vial, "1"),), ("2", amount)),
    ):
        with refused(InvalidAmount):
            mix(*parts, syringes=syringes)


def test_a_plan_against_a_rule_of_its_components_is_refused(
    mix, do, pharmacist, make_product, make_lot, start_session, refused, clock, make_patient, assistant
):
    product_id = make_product(label_in_use_days=1)
    vial, held, gone, other_patients = make_lot(product_id, count=4)
    elsewhere = make_lot(product_id, at_other_site=True)[0]
    powder = make_lot(make_product("Powder", unit=Unit.MG, container_kind=ContainerKind.POWDER_VIAL))[0]
    cream = make_lot(make_product("Cream", regulatory_class=RegulatoryClass.COSMETIC))[0]
    tablet = make_lot(make_product("Tablet", is_injectable=False))[0]
    alone = make_lot(make_product("Alone", is_mix_never=True))[0]
    do(pharmacist, holds.place_hold, holds.PlaceHold(HoldKind.QUALITY, "cloudy", container_code=held))
    do(assistant, containers.discard, containers.DiscardContainer(gone, WasteReason.BROKEN))
    reference = make_patient()
    session_id = start_session()
    kept = mix((other_patients, "2"), session_id=start_session(reference)).codes[0]
    with refused(NoComponents) as refusal:
        mix()
    assert refusal.said.remedy == "Scan the vials that went in."
    with refused(ContainerHeld, code_scanned=held, causes="cloudy"):
        mix((vial, "1"), (held, "1"))
    with refused(ContainerClosed, code_scanned=gone, closed_why="wasted"):
        mix((gone, "1"))
    with refused(BelongsToAnotherSite, code_scanned=elsewhere, site="Hillside"):
        mix((elsewhere, "1"))
    with refused(ComponentInWrongUnit, product="Powder", unit="mg") as unit:
        mix((powder, "1"))
    assert unit.said.remedy == "Reconstitute it first, then use the solution."
    for code, name in ((cream, "Cream"), (tablet, "Tablet")):
        with refused(NotInjectable, product=name) as injectable:
            mix((code, "1"))
        assert injectable.said.why.startswith("A cosmetic or a product marked as not injectable")
    with refused(NeverMixed, product="Alone") as never:
        mix((alone, "1"), (vial, "1"))
    assert never.said.why == "Its label advises against dilution or admixture."
    mix((alone, "1"))
    with refused(KeptForAnotherPatient, code_scanned=kept, patient_reference=reference) as other:
        mix((kept, "1"), session_id=session_id)
    assert other.said.why == "What was kept or prepared for one patient is never given to another."
    with refused(NotEnoughInContainer, code_scanned=vial, wanted=Decimal(4), remaining=Decimal(3), unit="mL"):
        mix((vial, "7"), (vial, "4"))
    mix((vial, "1"))
    clock.pass_time(timedelta(days=3))
    with refused(ContainerPastUse, code_scanned=vial, limit="time since opening"):
        mix((vial, "1"))


def test_what_was_opened_for_one_session_serves_no_other(mix, make_product, make_lot, start_session, refused):
    ampoule = make_lot(make_product("Ampoule", container_kind=ContainerKind.AMPOULE))[0]
    session_id = start_session()
    mix((ampoule, "1"), session_id=session_id)
    mix((ampoule, "1"), session_id=session_id)
    another_id = start_session()
    for other in (another_id, None):
        with refused(OpenedForAnotherSession, code_scanned=ampoule) as refusal:
            mix((ampoule, "1"), session_id=other)
    assert refusal.said.remedy == "Discard what is left and open a new one."


def test_a_plan_that_the_sites_rules_do_not_know_is_refused(
    mix, make_product, make_lot, start_session, refused, change_site
):
    vials = [make_lot(make_product(f"P{number}"))[0] for number in range(4)]
    session_id = start_session()
    mix(*((vial, "1") for vial in vials), session_id=session_id)
    new = make_lot(make_product("New"))[0]
    change_site(rule_pack=RulePack.US_797)
    with refused(TooManyProducts, products=4, most=3):
        mix(*((vial, "1") for vial in vials), session_id=session_id)
    with refused(ImmediateUseForOnePatient, patients=0):
        mix((new, "1"))
    with refused(LaneNotAvailable, lane=Lane.CATEGORY_2):
        mix((vials[0], "1"), session_id=session_id, lane=Lane.CATEGORY_2)


def test_a_plan_at_the_wrong_place_time_or_session_is_refused(
    mix, do, practitioner, stranger, auditor, vial, start_session, refused, clinic, clock
):
    with refused(PlaceNotOfThisSite):
        mix((vial, "1"), location_id=clinic.other_places.room)
    with refused(PlaceNotOfThisSite, place="Waste"):
        mix((vial, "1"), location_id=clinic.places.waste)
    with refused(InFuture):
        mix((vial, "1"), started_at=clock.at + timedelta(hours=1))
    with refused(RecordNotFound, kind="session"):
        mix((vial, "1"), session_id=99)
    with refused(NotAllowed, permission="compound"):
        mix((vial, "1"), by=auditor)
    with refused(YieldExceedsContents, amount=Decimal(4), theoretical=Decimal(1)) as refusal:
        mix((vial, "1"), syringes=("2", "2"))
    assert refusal.said.what == "The syringes hold 4 mL together, but 1 mL went in."
    session_id = start_session()
    do(practitioner, sessions.end_session, sessions.EndSession(session_id, SessionEnding.STOPPED))
    with refused(SessionEnded, session_id=session_id):
        mix((vial, "1"), session_id=session_id)
    with refused(SessionOfAnotherSite, session_id=session_id):
        mix((vial, "1"), session_id=session_id, by=stranger, location_id=clinic.other_places.room)


def test_an_entered_amount_is_text_as_any_other(do, practitioner, vial, clinic, refused):
    for text in ("x" * 201, "x" * 10_000, "2\u202emL", "2\x00"):
        command = Compound((Draw(vial, Decimal(1), entered=text),), clinic.places.room)
        with refused(InvalidText, field="Amount as entered"):
            do(practitioner, compounding.compound, command)


# What already happened


def test_what_was_mixed_is_recorded_whatever_it_broke_and_every_rule_waits_for_review(
    mixed_late,
    do,
    pharmacist,
    make_product,
    make_lot,
    start_session,
    deviations,
    look,
    moves_of,
    record_of,
    clock,
    read,
):
    bare = make_lot(make_product("Bare"), expires_on=None, hold_cause="no date")[0]
    alone = make_lot(make_product("Alone", is_mix_never=True))[0]
    elsewhere = make_lot(make_product("Elsewhere"), at_other_site=True)[0]
    session_id = start_session()
    made = mixed_late((bare, "1"), (alone, "12"), (elsewhere, "1"), session_id=session_id, lane=Lane.IMMEDIATE_USE)
    assert [rule for rule, _ in deviations()] == [
        "belongs_to_another_site",
        "container_held",
        "container_has_no_expiry",
        "never_mixed",
        "beyond_use_data_missing",
        "not_enough_in_container",
    ]
    assert "12 mL were asked for" in deviations()[-1][1]
    assert record_of(made).beyond_use_at is None
    assert (look(alone).remaining, look(alone).found) == (0, 2)
    found = [move for move in moves_of(made.entry_id) if move.purpose is MovePurpose.FOUND]
    assert [(move.amount, move.container_id) for move in found] == [(2, look(alone).id)]
    entry_ids = read(lambda session: set(session.scalars(select(Deviation.entry_id))))
    assert entry_ids == {made.entry_id}


def test_what_was_mixed_without_a_known_end_is_planned_into_nothing(mixed_late, mix, make_product, make_lot, refused):
    bare = make_lot(make_product("Bare"), expires_on=None, hold_cause="no date")[0]
    made = mixed_late((bare, "2"))
    with refused(ContainerHasNoExpiry, code_scanned=made.codes[0]) as refusal:
        mix((made.codes[0], "1"))
    assert refusal.said.remedy == "Correct its lot with the date from the label, or discard it."


def test_only_who_may_records_the_past_and_not_the_future(
    mixed_late, vial, refused, assistant, clock, do, practitioner
):
    with refused(NotAllowed, permission="record_past"):
        mixed_late((vial, "1"), by=assistant)
    with refused(InFuture):
        mixed_late((vial, "1"), started_at=clock.at + timedelta(hours=1))
    with refused(NoComponents):
        mixed_late()
    made = mixed_late((vial, "1"), started_at=clock.at - timedelta(days=1))
    assert made.codes


# The second person


@pytest.fixture
def verify(do):
    def check(made, by, signed, reason=None):
        return do(by, compounding.verify_compounding, VerifyCompounding(made.record_id, signed, reason))

    return check


def test_a_second_person_checks_and_signs_once(mix, vial, verify, pharmacist, signed, record_of, read, refused, clock):
    made = mix((vial, "2"))
    verify(made, pharmacist, signed("paula"))
    record = record_of(made)
    assert (record.checked_by_id, record.checked_at) == (pharmacist.user_id, clock.at)
    signature = read(lambda session: session.scalars(select(Signature)).one())
    assert signature.text == f"Preparation {made.lot_number} of 2 mL was checked."
    assert (signature.record_kind, signature.record_id, signature.is_single_handed) == (
        "compounding_record",
        made.record_id,
        False,
    )
    with refused(AlreadyVerified, record_id=made.record_id):
        verify(made, pharmacist, signed("paula"))


def test_who_may_not_check_does_not_even_with_a_colleague_at_the_screen(
    mix, vial, verify, practitioner, pharmacist, assistant, stranger, signed, refused, clock
):
    made = mix((vial, "2"))
    with refused(CheckerPrepared) as refusal:
        verify(made, practitioner, signed("peter"))
    assert refusal.said.why == "The check is a second pair of eyes."
    with refused(CheckerPrepared):
        verify(made, practitioner, None)
    for name in ("anna", "stella", "ada", "otto"):
        with refused(WrongSigner, problem="this person may not check preparations at this site"):
            verify(made, practitioner, signed(name))
    with refused(NotAllowed, permission="verify_compounding"):
        verify(made, assistant, signed("paula"))
    with refused(NotSigned, meaning="checked"):
        verify(made, pharmacist, None)
    with refused(WrongSigner):
        verify(made, pharmacist, replace(signed("paula"), at=clock.at + timedelta(hours=1)))
    with refused(RecordNotFound, kind="preparation", key=str(made.record_id)):
        verify(made, stranger, signed("stella"))
    verify(made, practitioner, signed("paula"))


def test_a_single_handed_site_checks_alone_with_a_reason(
    mix, vial, verify, practitioner, signed, refused, change_site, read
):
    made = mix((vial, "2"))
    with refused(CheckerPrepared):
        verify(made, practitioner, signed("peter"), "alone today")
    change_site(is_single_handed=True)
    with refused(CheckerPrepared):
        verify(made, practitioner, signed("peter"))
    with refused(ReasonMissing):
        verify(made, practitioner, signed("peter"), "  ")
    verify(made, practitioner, signed("peter"), "alone today")
    signature = read(lambda session: session.scalars(select(Signature)).one())
    assert (signature.is_single_handed, signature.reason) == (True, "alone today")


def test_the_installation_itself_mixes_nothing(mix, vial, pharmacist, refused, read):
    with refused(NotAllowed, permission="a personal account"):
        mix((vial, "1"), by=replace(pharmacist, user_id=None, permissions=frozenset(Permission)))
    assert read(lambda session: session.scalars(select(StockEntry.purpose)).all()) == ["opening"]
    assert read(lambda session: len(session.scalars(select(Container)).all())) == 1
    assert BeyondUseDataMissing.rule == "BUD-08"
