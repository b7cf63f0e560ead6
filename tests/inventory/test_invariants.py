"""What a check of the records finds, and that it finds nothing in what the services write."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from inventory import invariants
from inventory.care import administering, compounding, patients
from inventory.evidence.problems import Problem
from inventory.stock import containers, corrections, holds, ledger_invariants, lots
from inventory.units import EVERYTHING, ORGANISATION
from models.stock import StockMove
from models.vocabulary import ContainerKind, HoldKind, LocationKind, MovePurpose, Tracking, Unit, WasteReason


@pytest.fixture
def checked(units):
    """The sentences of a whole check."""

    def run():
        with units.reading() as session:
            found = invariants.check(session, revision="1", newest_revision="1")
        return [problem.sentence for problem in found]

    return run


@pytest.fixture
def found_by(units):
    """The problems that one invariant names."""

    def run(invariant):
        with units.reading() as session:
            return invariant(session)

    return run


def millionths(intruder, amount):
    return int(Decimal(amount) * 10**6) if intruder.engine.dialect.name == "sqlite" else Decimal(amount)


# What the services write


def test_a_history_is_without_problems(checked, history):
    assert checked() == []


def test_every_kind_of_entry_is_without_problems(
    checked, do, clinic, pharmacist, make_product, make_lot, start_session, mix, give, read
):
    vials = make_lot(make_product(overfill=Decimal(1)), count=6)
    discard = containers.DiscardContainer
    do(pharmacist, containers.open_container, containers.OpenContainer(vials[0]))
    do(pharmacist, containers.record_found, containers.RecordFound(vials[0], Decimal("0.4"), "Overfill"))
    do(pharmacist, containers.move_container, containers.MoveContainer(vials[0], clinic.places.room))
    do(pharmacist, containers.discard, discard(vials[0], WasteReason.SPILLED, Decimal("0.000001")))
    for purpose in (MovePurpose.SAMPLED, MovePurpose.LOST):
        command = containers.WithdrawAmount(vials[1], purpose, "Because", Decimal(1))
        do(pharmacist, containers.withdraw_amount, command)
    do(pharmacist, containers.give_back, containers.ReturnContainer(vials[2], "Not needed"))
    do(pharmacist, containers.discard, discard(vials[3], WasteReason.RECALLED, is_destroyed=True))
    pack = make_lot(make_product("Needles", **NEEDLES), "N1")[0]
    do(pharmacist, containers.split_pack, containers.SplitPack(pack, Decimal(3)))
    stock = mix((vials[0], "2"), (vials[4], "3.5"), syringes=("2.5", "2.7"))
    session_id = start_session()
    surplus = mix((stock.codes[0], "1"), (vials[5], "1"), syringes=("2.25",), session_id=session_id)
    mix((surplus.codes[0], "2"), syringes=("0.5", "1"), session_id=session_id)
    moves = read(lambda session: list(session.scalars(select(StockMove).order_by(StockMove.id))))
    for move in moves:
        if move.purpose in (MovePurpose.SAMPLED, MovePurpose.DESTROYED):
            command = corrections.CorrectEntry(move.entry_id, (corrections.CorrectedMove(move.id),), "Never was")
            do(pharmacist, corrections.correct_entry, command)
    assert checked() == []


NEEDLES = {"container_kind": ContainerKind.KIT, "unit": Unit.PIECE, "content": Decimal(10), "tracking": Tracking.PACK}


def test_past_deeds_with_their_deviations_are_without_problems(
    checked, do, clinic, clock, pharmacist, make_product, make_lot, start_session, mix, give, deviations, signed
):
    product = make_product()
    expired, held, short = (
        *make_lot(product, "OLD", expires_on=date(2031, 3, 3)),
        *make_lot(product, "HELD"),
        *make_lot(product, "SHORT"),
    )
    do(pharmacist, holds.place_hold, holds.PlaceHold(HoldKind.QUALITY, "Cloudy", container_code=held))
    clock.pass_time(timedelta(days=2))
    session_id = start_session()
    past = {"service": administering.record_past_administration, "scope": EVERYTHING}
    give(session_id, expired, "1", **past)
    give(session_id, held, "1", **past)
    last = give(session_id, short, "10.25", **past)
    mix((expired, "1"), (held, "1"), service=compounding.record_past_compounding, scope=EVERYTHING, by=pharmacist)
    command = corrections.CorrectEntry(last.entry_id, (corrections.CorrectedMove(last.move_id, Decimal(9)),), "Misread")
    do(pharmacist, corrections.correct_entry, command)
    rules = {rule for rule, _ in deviations()}
    assert rules >= {"container_past_use", "container_held", "not_enough_in_container"}
    assert checked() == []


def test_a_corrected_lot_is_judged_by_its_correction(
    checked, do, pharmacist, make_product, make_lot, start_session, give, signed, read, look, clock
):
    (code,) = make_lot(make_product(), "L-0", expires_on=date(2032, 1, 31))
    give(start_session(), code, "1")
    clock.pass_time(timedelta(minutes=1))
    lot_id = look(code).lot_id
    command = lots.CorrectLot(lot_id, "L-O", date(2031, 1, 1), "Zero and O", signed("paula"))
    do(pharmacist, lots.correct_lot, command, scope=EVERYTHING)
    assert checked() == []


def test_a_held_place_is_without_problems(checked, do, clinic, pharmacist, make_product, make_lot):
    codes = make_lot(make_product(), count=3)
    place = clinic.places.storage
    hold_id = do(
        pharmacist, holds.place_hold, holds.PlaceHold(HoldKind.EXCURSION, "Fridge at 14 °C", location_id=place)
    )
    do(pharmacist, containers.move_container, containers.MoveContainer(codes[0], clinic.places.quarantine))
    assert checked() == []
    quarantine = clinic.places.quarantine
    do(pharmacist, holds.place_hold, holds.PlaceHold(HoldKind.QUALITY, "Door stood open", location_id=quarantine))
    do(pharmacist, containers.move_container, containers.MoveContainer(codes[1], quarantine))
    assert checked() == []
    do(pharmacist, holds.lift_hold, holds.LiftHold(hold_id, "Stable for a day"))
    assert checked() == []


def test_an_erased_patient_is_without_problems(checked, history, do, administrator):
    command = patients.EraseIdentity(history.patient_reference, "At the patient's wish")
    do(administrator, patients.erase_identity, command, scope=ORGANISATION)
    assert checked() == []


# Each invariant, broken behind the application


TO_PATIENTS_ELSEWHERE = (
    "UPDATE stock_move SET to_location_id = (SELECT id FROM location WHERE kind = 'patient' AND site_id = 2)"
    " WHERE purpose = 'administered'"
)
TURNED_BACK = (
    "UPDATE stock_move SET from_location_id = to_location_id, to_location_id = from_location_id"
    " WHERE reverses_id IS NOT NULL"
)
BROKEN = [
    (
        ledger_invariants.containers_match_their_moves,
        "UPDATE container SET remaining = remaining - :half WHERE id = 2",
        "Container 2: remaining is 4.5; its moves come to 5.",
    ),
    (
        ledger_invariants.containers_match_their_moves,
        "UPDATE container SET found = :half WHERE id = 2",
        "Container 2: found is 0.5; its moves come to 0.",
    ),
    (
        ledger_invariants.containers_match_their_moves,
        "UPDATE container SET location_id = 1 WHERE id = 3",
        "Container 3: it stands in place 1; its moves end in 3.",
    ),
    (
        ledger_invariants.containers_match_their_moves,
        "UPDATE container SET closed_at = NULL, closed_why = NULL WHERE remaining = 0",
        "it is empty and not closed.",
    ),
    (
        ledger_invariants.containers_match_their_moves,
        "UPDATE container SET closed_at = received_at, closed_why = 'lost' WHERE id = 2",
        "Container 2: it is closed although something remains.",
    ),
    (
        ledger_invariants.containers_match_their_moves,
        "UPDATE stock_move SET container_id = 1 WHERE container_id = 2",
        "Container 2: it has no moves.",
    ),
    (
        ledger_invariants.containers_match_their_moves,
        "UPDATE stock_move SET amount = :half WHERE purpose = 'moved'",
        "took 0.5 of 5 to another place.",
    ),
    (
        ledger_invariants.containers_match_their_moves,
        "UPDATE stock_move SET amount = amount + :hundred WHERE id = 1",
        "Container 1: after entry 1 it held 105.",
    ),
    (
        ledger_invariants.containers_match_their_moves,
        "UPDATE stock_move SET from_location_id = 2 WHERE purpose = 'compounded' AND container_id = 1",
        "takes it from a place where it was not.",
    ),
    (
        ledger_invariants.moves_fit_their_purpose,
        "UPDATE stock_move SET purpose = 'lost' WHERE purpose = 'administered'",
        "lost does not go from room to patient.",
    ),
    (
        ledger_invariants.moves_fit_their_purpose,
        "UPDATE stock_move SET purpose = 'opening' WHERE id = 1",
        "Stock move 1: opening does not go from supplier to storage.",
    ),
    (
        ledger_invariants.moves_fit_their_purpose,
        TO_PATIENTS_ELSEWHERE,
        "it crosses the boundary of another site.",
    ),
    (
        ledger_invariants.reversals_match,
        "UPDATE stock_move SET container_id = 1 WHERE reverses_id IS NOT NULL",
        "it reverses a move, but it is of another container.",
    ),
    (
        ledger_invariants.reversals_match,
        "UPDATE stock_move SET amount = :half WHERE reverses_id IS NOT NULL",
        "it reverses a move, but it has another amount.",
    ),
    (
        ledger_invariants.reversals_match,
        "UPDATE stock_move SET purpose = 'lost', waste_reason = NULL WHERE reverses_id IS NOT NULL",
        "it reverses a move, but it has another purpose.",
    ),
    (
        ledger_invariants.reversals_match,
        TURNED_BACK,
        "it reverses a move, but it is not turned round.",
    ),
    (
        ledger_invariants.reversals_match,
        "UPDATE stock_move SET reverses_id = 1 WHERE reverses_id IS NOT NULL",
        "it reverses a move, but its entry corrects another.",
    ),
    (
        ledger_invariants.entries_have_their_moves_and_documents,
        "UPDATE stock_move SET entry_id = 1 WHERE purpose = 'moved'",
        "it has no moves.",
    ),
    (
        ledger_invariants.entries_have_their_moves_and_documents,
        "UPDATE stock_move SET entry_id = 1 WHERE purpose = 'moved'",
        "moved in an entry of received.",
    ),
    (
        ledger_invariants.entries_have_their_moves_and_documents,
        "UPDATE stock_entry SET delivery_id = 2 WHERE id = 1",
        "Stock entry 1: its delivery does not fit.",
    ),
    (
        ledger_invariants.entries_have_their_moves_and_documents,
        "UPDATE stock_entry SET corrects_id = id WHERE corrects_id IS NOT NULL",
        "its corrected entry does not fit.",
    ),
    (
        ledger_invariants.uses_have_their_record,
        "DELETE FROM administration",
        "it was administered without its record.",
    ),
    (
        ledger_invariants.uses_have_their_record,
        "DELETE FROM compounding_component WHERE position = 1",
        "it was compounded without its record.",
    ),
    (
        ledger_invariants.uses_have_their_record,
        "UPDATE administration SET move_id = 1",
        "Administration 1: its move was not administered.",
    ),
    (
        ledger_invariants.preparations_add_up,
        "UPDATE compounding_record SET theoretical_amount = :half",
        "Compounding record 1: its components come to 3.5, not 0.5.",
    ),
    (
        ledger_invariants.preparations_add_up,
        "UPDATE compounding_record SET yield_amount = :half",
        "Compounding record 1: its yield is 0.5; its containers kept 3.4.",
    ),
    (
        invariants.each_preparation_has_its_entry,
        "UPDATE stock_entry SET purpose = 'lost', compounding_record_id = NULL WHERE purpose = 'compounded'",
        "Preparation 1 has 0 entries; it needs one.",
    ),
    (
        invariants.each_site_has_its_boundary,
        "UPDATE location SET kind = 'storage' WHERE kind = 'waste' AND site_id = 2",
        "Site 2 has 0 locations of kind waste; it needs one.",
    ),
    (
        invariants.openings_come_before_deadlines,
        "UPDATE container SET discard_at = received_at WHERE id = 1",
        "Container 1: its deadline is before its opening.",
    ),
    (
        invariants.uses_after_the_end_are_deviations,
        "UPDATE lot SET expires_on = '2031-03-02' WHERE id = 1",
        "used container 1 past its time, and no deviation says so.",
    ),
    (
        invariants.uses_after_the_end_are_deviations,
        "UPDATE lot SET expires_on = NULL WHERE id = 1",
        "used container 1 without a known expiry, and no deviation says so.",
    ),
    (
        invariants.uses_after_the_end_are_deviations,
        "UPDATE compounding_record SET beyond_use_at = started_at",
        "past its time, and no deviation says so.",
    ),
    (
        invariants.uses_after_the_end_are_deviations,
        "UPDATE hold SET container_id = 1, lifted_at = NULL, lifted_by_id = NULL",
        "used container 1 while it was held, and no deviation says so.",
    ),
    (
        invariants.no_lot_is_made_from_itself,
        "UPDATE stock_move SET container_id = (SELECT max(id) FROM container) WHERE purpose = 'compounded'",
        "Preparation 1 is made from itself.",
    ),
    (
        invariants.held_places_hold_what_is_inside,
        "UPDATE hold SET container_id = NULL, location_id = 1, lifted_at = NULL, lifted_by_id = NULL",
        "stands in a place under hold 1 and is not held.",
    ),
    (
        invariants.corrected_lots_are_empty,
        "UPDATE lot SET merged_into_id = 2 WHERE id = 1",
        "Container 1 belongs to lot 1, which was corrected to another.",
    ),
    (
        invariants.erased_patients_left_nothing,
        "UPDATE patient SET erased_at = registered_at",
        "was erased, and something of the identity is left.",
    ),
    (invariants.erased_patients_left_nothing, "DELETE FROM patient_key", "has no key."),
    (
        invariants.chains_are_unbroken,
        "UPDATE audit_chain SET seq = seq - 1 WHERE id = 1",
        "The head of the chain says",
    ),
]


def test_every_invariant_names_what_breaks_it(found_by, history, intruder):
    """Each on a history of its own would take minutes: each statement is undone after it was looked at."""
    of_their_own = {invariants.guards_are_in_place, invariants.kept_files_are_unaltered}  # they have tests of their own
    assert {invariant for invariant, _, _ in BROKEN} | of_their_own == set(invariants.INVARIANTS)
    for invariant, statement, said in BROKEN:
        before = intruder.whole_tables()
        intruder.do(statement, **_amounts(intruder, statement))
        found = [problem.sentence for problem in found_by(invariant)]
        assert any(said in sentence for sentence in found), (statement, found)
        intruder.put_back(before)
    for invariant in invariants.INVARIANTS[1:]:
        assert found_by(invariant) == []


def _amounts(intruder, statement):
    given = {"half": "0.5", "hundred": "100"}
    return {name: millionths(intruder, amount) for name, amount in given.items() if f":{name}" in statement}


def test_a_missing_guard_is_named(found_by, history, intruder):
    assert found_by(invariants.guards_are_in_place) == []
    intruder.do("SELECT 1")  # takes them away first
    named = {problem.key for problem in found_by(invariants.guards_are_in_place)}
    assert any("stock_move" in name for name in named)
    assert len(named) > 50


def test_a_problem_names_table_and_key(found_by, history, intruder):
    intruder.do("UPDATE container SET remaining = :half WHERE id IN (2, 3)", half=millionths(intruder, "0.5"))
    found = found_by(ledger_invariants.containers_match_their_moves)
    assert [(problem.table, problem.key) for problem in found] == [("container", "2"), ("container", "3")]
    assert found[0].place == "container 2"


def test_an_old_database_is_said_and_not_read(units, history):
    with units.reading() as session:
        (problem,) = invariants.check(session, revision="0001", newest_revision="0002")
    assert problem.sentence == "The database is at revision 0001; this version of Vialtrace needs 0002."


def test_what_config_found_is_passed_on(units, history):
    foreign = Problem("The package 'labels' is also installed by pylabels.")
    with units.reading() as session:
        assert invariants.check(session, revision="1", newest_revision="1", foreign_packages=[foreign]) == [foreign]


def test_every_purpose_has_a_direction():
    assert set(ledger_invariants.DIRECTIONS) == set(MovePurpose)
    named = {end for ends in ledger_invariants.DIRECTIONS.values() for pair in ends for end in pair}
    assert named == {kind for kind in LocationKind if not kind.is_real} | {ledger_invariants.REAL}


@pytest.mark.parametrize(
    ("edges", "cycles"),
    [
        ({}, set()),
        ({1: {2}, 2: {3}}, set()),
        ({1: {1}}, {1}),
        ({1: {2}, 2: {1}, 3: {1}, 1000: {3}}, {1, 2}),
        ({1: {2}, 2: {3}, 3: {1}, 4: {5}, 5: {4}}, {1, 2, 3, 4, 5}),
        ({1: {2}, 2: {1, 3}, 3: {4}, 4: {5}, 5: {4}}, {1, 2, 4, 5}),
        ({n: {n + 1} for n in range(50_000)}, set()),
    ],
)
def test_cycles_are_found_whatever_leads_to_them(edges, cycles):
    assert invariants._in_cycles(edges) == cycles
