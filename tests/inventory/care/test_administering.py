"""An amount from one container, given to the patient of a session: as planned, or as it happened."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from inventory.care import administering, compounding, patients, sessions
from inventory.errors import (
    BelongsToAnotherSite,
    ContainerClosed,
    ContainerHeld,
    ContainerPastUse,
    InFuture,
    InvalidAmount,
    InvalidCount,
    InvalidText,
    KeptForAnotherPatient,
    NotAllowed,
    NotEnoughInContainer,
    NotInjectable,
    NotYetVerified,
    OpenedForAnotherSession,
    RecordNotFound,
    SessionEnded,
    SessionOfAnotherSite,
)
from inventory.stock import holds
from inventory.units import EVERYTHING
from models.care import Administration
from models.stock import StockEntry
from models.vocabulary import ContainerKind, HoldKind, IdentifiedBy, MixingPlace, MovePurpose, RulePack, SessionEnding

HOSTILE = '<script>alert(\'x\')</script> "=HYPERLINK("http://x")"; DROP TABLE lot;-- O\'Brien 😀 {0} %s'


@pytest.fixture
def give_late(give):
    """Recorded after the deed: nothing is refused that happened."""

    def record(session_id, code, amount=None, **facts):
        return give(
            session_id,
            code,
            amount,
            service=administering.record_past_administration,
            scope=EVERYTHING,
            **facts,
        )

    return record


def test_what_is_given_leaves_the_vial_for_the_patient(give, vial, start_session, look, moves_of, read, clinic):
    session_id = start_session()
    given = give(
        session_id,
        vial,
        "0.000001",
        area=HOSTILE,
        technique="nappage",
        depth_mm=Decimal("1.5"),
        needle="30G 4 mm",
        points=10_000,
        identified_by=IdentifiedBy.SERIAL,
    )
    (move,) = moves_of(given.entry_id)
    assert (move.purpose, move.amount, move.identified_by) == (
        MovePurpose.ADMINISTERED,
        Decimal("0.000001"),
        IdentifiedBy.SERIAL,
    )
    assert (move.from_location_id, move.to_location_id) == (clinic.places.storage, clinic.places.patient)
    row = read(lambda session: session.scalars(select(Administration)).one())
    assert (row.area, row.technique, row.depth_mm, row.needle, row.points) == (
        HOSTILE,
        "nappage",
        Decimal("1.5"),
        "30G 4 mm",
        10_000,
    )
    entry = read(lambda session: session.get_one(StockEntry, given.entry_id))
    assert (entry.treatment_session_id, entry.occurred_at) == (session_id, look(vial).opened_at)
    give(session_id, vial)
    assert (look(vial).remaining, look(vial).closed_why) == (0, MovePurpose.ADMINISTERED)


def test_what_may_not_be_given_is_refused(
    give, make_product, make_lot, mix, make_patient, start_session, refused, do, pharmacist, practitioner, clock, look
):
    product_id = make_product(label_in_use_hours=1)
    vial, held, shared = make_lot(product_id, count=3)
    elsewhere = make_lot(product_id, at_other_site=True)[0]
    cream = make_lot(make_product("Cream", is_injectable=False))[0]
    reference = make_patient()
    own, other = start_session(reference), start_session()
    kept = mix((shared, "2"), session_id=own).codes[0]
    do(pharmacist, holds.place_hold, holds.PlaceHold(HoldKind.EXCURSION, "fridge", lot_id=look(cream).lot_id))
    do(pharmacist, holds.place_hold, holds.PlaceHold(HoldKind.QUALITY, "cloudy", container_code=held))
    with refused(NotInjectable, product="Cream"):
        give(own, cream, "1")
    with refused(ContainerHeld, code_scanned=held, kinds="quality"):
        give(own, held, "1")
    with refused(BelongsToAnotherSite, code_scanned=elsewhere):
        give(own, elsewhere, "1")
    with refused(KeptForAnotherPatient, code_scanned=kept, patient_reference=reference):
        give(other, kept, "1")
    with refused(NotEnoughInContainer, code_scanned=vial, wanted=Decimal("10.000001"), remaining=Decimal(10)):
        give(own, vial, "10.000001")
    give(own, vial, "1")
    clock.pass_time(timedelta(hours=2))
    with refused(ContainerPastUse, code_scanned=vial, limit="time since opening"):
        give(own, vial, "1")
    clock.pass_time(timedelta(hours=3))
    with refused(ContainerPastUse, code_scanned=kept, limit="use before"):
        give(own, kept, "1")
    give(own, vial, "1", given_at=clock.at - timedelta(hours=4, minutes=50))


def test_amounts_counts_and_words_that_cannot_be_are_refused(give, vial, start_session, refused, clock):
    session_id = start_session()
    for amount in ("0", "-1", "NaN", "sNaN", "Infinity", "0.0000001", "1E+12"):
        with refused(InvalidAmount):
            give(session_id, vial, amount)
        with refused(InvalidAmount):
            give(session_id, vial, "1", depth_mm=Decimal(amount))
    for points in (0, -1, 10_001):
        with refused(InvalidCount, counted="Points", count=points):
            give(session_id, vial, "1", points=points)
    for field, name in (("area", "Area"), ("technique", "Technique"), ("needle", "Needle")):
        for text in ("x" * 10_000, "face\u202e", "fa\x00ce", "\t \n" if field == "area" else "a\nb"):
            with refused(InvalidText, field=name):
                give(session_id, vial, "1", **{field: text})
    with refused(InFuture):
        give(session_id, vial, "1", given_at=clock.at + timedelta(hours=1))
    give(session_id, vial, "10")
    with refused(ContainerClosed, code_scanned=vial, closed_why="administered"):
        give(session_id, vial, "1")


def test_only_who_may_gives_and_only_in_an_open_session_of_the_site(
    do, vial, start_session, refused, assistant, pharmacist, stranger, practitioner, give, give_late
):
    session_id = start_session()
    command = administering.Administer(session_id, vial, "face", Decimal(1))
    for by in (assistant, pharmacist):
        with refused(NotAllowed, permission="administer"):
            do(by, administering.administer, command)
    with refused(SessionOfAnotherSite, session_id=session_id):
        do(stranger, administering.administer, command)
    with refused(RecordNotFound, kind="session", key="99"):
        give(99, vial, "1")
    do(practitioner, sessions.end_session, sessions.EndSession(session_id, SessionEnding.COMPLETED))
    with refused(SessionEnded, session_id=session_id):
        give(session_id, vial, "1")
    with refused(NotAllowed, permission="record_past"):
        do(assistant, administering.record_past_administration, command)
    give_late(session_id, vial, "1")


def test_what_was_given_is_recorded_and_nobody_is_missing_from_the_trace(
    give_late, mix, make_product, make_lot, start_session, deviations, do, pharmacist, look, moves_of, read, clinic
):
    cream = make_lot(make_product("Cream", is_injectable=False))[0]
    elsewhere = make_lot(make_product("Elsewhere"), at_other_site=True)[0]
    do(pharmacist, holds.place_hold, holds.PlaceHold(HoldKind.EVIDENCE, "case 7", container_code=cream))
    session_id = start_session()
    given = give_late(session_id, cream, "12.5")
    found, used = moves_of(given.entry_id)
    assert [(move.purpose, move.amount) for move in (found, used)] == [
        (MovePurpose.FOUND, Decimal("2.5")),
        (MovePurpose.ADMINISTERED, Decimal("12.5")),
    ]
    give_late(session_id, elsewhere, "1")
    assert (look(elsewhere).remaining, look(elsewhere).location_id) == (9, clinic.other_places.storage)
    assert [rule for rule, _ in deviations()] == [
        "not_injectable",
        "container_held",
        "not_enough_in_container",
        "belongs_to_another_site",
    ]
    give_late(session_id, cream, "1")
    assert [rule for rule, _ in deviations()][4:] == [
        "not_injectable",
        "container_closed",
        "container_held",
        "not_enough_in_container",
    ]


def test_a_bulk_package_opened_in_a_treatment_room_is_a_deviation_and_nobodys(
    give, give_late, make_product, make_lot, start_session, deviations, refused, look
):
    bulk = make_lot(make_product("Bulk", container_kind=ContainerKind.PHARMACY_BULK_PACKAGE))[0]
    session_id = start_session()
    give_late(session_id, bulk, "1")
    assert [rule for rule, _ in deviations()] == ["bulk_package_needs_hood"]
    assert (look(bulk).opened_at is not None, look(bulk).discard_at) == (True, None)
    with refused(OpenedForAnotherSession, code_scanned=bulk):
        give(session_id, bulk, "1")


def test_a_multi_dose_vial_in_a_treatment_room_of_the_us_is_one_patients(
    give, vial, make_patient, start_session, refused, look, read, change_site
):
    change_site(rule_pack=RulePack.US_797)
    reference = make_patient()
    give(start_session(reference), vial, "1")
    assert look(vial).kept_for_patient_id == read(patients.get_patient, reference).id
    other = start_session()
    with refused(KeptForAnotherPatient, patient_reference=reference):
        give(other, vial, "1")
    give(start_session(reference), vial, "1")


def test_a_single_dose_under_a_hood_has_hours_and_no_session(
    give, make_product, make_lot, start_session, change_site, look
):
    change_site(rule_pack=RulePack.US_797, mixing_place=MixingPlace.HOOD)
    single = make_lot(make_product(container_kind=ContainerKind.SINGLE_DOSE_VIAL))[0]
    give(start_session(), single, "1")
    give(start_session(), single, "1")
    assert look(single).discard_at == look(single).opened_at + timedelta(hours=12)


def test_a_site_that_demands_it_gives_no_mixture_unchecked(
    give, give_late, mix, vial, start_session, do, pharmacist, signed, refused, change_site, deviations
):
    change_site(demands_second_person=True)
    session_id = start_session()
    made = mix((vial, "3"), session_id=session_id)
    with refused(NotYetVerified, record_id=made.record_id) as refusal:
        give(session_id, made.codes[0], "1")
    assert refusal.said.why == "This site checks every mixture before it is given."
    give_late(session_id, made.codes[0], "1")
    assert [rule for rule, _ in deviations()] == ["not_yet_verified"]
    command = compounding.VerifyCompounding(made.record_id, signed("paula"))
    do(pharmacist, compounding.verify_compounding, command)
    give(session_id, made.codes[0], "1")
    give(session_id, vial, "1")
