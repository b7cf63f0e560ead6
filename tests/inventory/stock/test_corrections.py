"""A mistake is put right by an entry that says so, judged on what each container comes to."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from inventory import invariants
from inventory.care import administering
from inventory.errors import (
    AmountHasGoneOn,
    BelongsToAnotherSite,
    InvalidAmount,
    InvalidText,
    MoveAlreadyReversed,
    NotAllowed,
    NotCorrectable,
    NotEnoughInContainer,
    ReasonMissing,
    RecordNotFound,
    ReversalNotReversible,
    WholePiecesOnly,
)
from inventory.stock import containers, corrections, holds, receiving
from inventory.stock.containers import DiscardContainer, MoveContainer, RecordFound, SplitPack
from inventory.stock.corrections import CorrectedMove, CorrectEntry
from inventory.units import EVERYTHING
from models.care import Administration, CompoundingComponent, Patient
from models.stock import Container, StockEntry, StockMove
from models.vocabulary import (
    ContainerKind,
    EntryPurpose,
    HoldKind,
    MovePurpose,
    Tracking,
    Unit,
    WasteReason,
)

SPILLED = WasteReason.SPILLED


@pytest.fixture
def correct(do, pharmacist):
    """`correct(entry_id, (move, amount, code), …)`: no amount, it never took place; a code, it was that one."""

    def put_right(entry_id, *lines, reason="read again", by=pharmacist):
        moves = tuple(
            CorrectedMove(getattr(move, "id", move), None if amount is None else Decimal(amount), *code)
            for move, amount, *code in lines
        )
        return do(by, corrections.correct_entry, CorrectEntry(entry_id, moves, reason))

    return put_right


@pytest.fixture
def waste(do, assistant, moves_of):
    """Discards an amount; answers the entry and its one line."""

    def spill(code, amount=None):
        command = DiscardContainer(code, SPILLED, None if amount is None else Decimal(amount))
        entry_id = do(assistant, containers.discard, command)
        return entry_id, moves_of(entry_id)[0]

    return spill


@pytest.fixture
def received(make_product, make_lot, read):
    """A vial with its entry and line of receipt."""

    def make(**facts):
        code = make_lot(make_product(**facts))[0]
        query = select(StockMove).join(Container).where(Container.code == code)
        move = read(lambda session: session.scalars(query).one())
        return code, move.entry_id, move

    return make


@pytest.fixture(autouse=True)
def records_are_sound(request, read):
    """Whatever a test here has done, the records hold together."""
    if "clinic_database" in request.fixturenames:
        yield
        assert read(invariants.check, revision="1", newest_revision="1") == []


def test_an_amount_is_put_right_by_reversing_and_repeating(correct, waste, vial, look, moves_of, read, pharmacist):
    entry_id, move = waste(vial, "3")
    correction_id = correct(entry_id, (move, "2"))
    reversal, repeated = moves_of(correction_id)
    assert (reversal.reverses_id, reversal.amount, reversal.purpose) == (move.id, 3, MovePurpose.WASTED)
    assert (reversal.from_location_id, reversal.to_location_id) == (move.to_location_id, move.from_location_id)
    assert (repeated.reverses_id, repeated.amount, repeated.waste_reason) == (None, 2, SPILLED)
    assert look(vial).remaining == 8
    entry, root = read(lambda session: [session.get_one(StockEntry, key) for key in (correction_id, entry_id)])
    assert (entry.purpose, entry.corrects_id, entry.reason) == (EntryPurpose.CORRECTED, entry_id, "read again")
    assert (entry.occurred_at, entry.user_id) == (root.occurred_at, pharmacist.user_id)
    assert entry.recorded_at > root.recorded_at


def test_what_a_correction_put_in_place_is_corrected_under_the_same_root(
    correct, waste, vial, look, moves_of, refused, read
):
    entry_id, move = waste(vial, "3")
    first_id = correct(entry_id, (move, "2"))
    reversal, repeated = moves_of(first_id)
    second_id = correct(first_id, (repeated, "1"))
    assert look(vial).remaining == 9
    assert read(lambda session: session.get_one(StockEntry, second_id).corrects_id) == entry_id
    with refused(MoveAlreadyReversed, entry_id=entry_id):
        correct(entry_id, (move, "1"))
    with refused(MoveAlreadyReversed, entry_id=first_id) as refusal:
        correct(entry_id, (repeated, "1"))
    assert refusal.said.remedy == "Correct the correcting entry's result with a new entry instead."
    with refused(ReversalNotReversible, entry_id=first_id) as refusal:
        correct(first_id, (reversal, None))
    assert refusal.said.remedy == "Record what really happened as a new entry."


def test_what_never_took_place_comes_back_and_reopens_the_books(correct, waste, vial, look):
    entry_id, move = waste(vial)
    assert look(vial).closed_why is MovePurpose.WASTED
    correct(entry_id, (move, None))
    assert (look(vial).remaining, look(vial).closed_at, look(vial).closed_why) == (10, None, None)
    assert look(vial).opened_at is None  # it was said to be broken whole, and was not


def test_a_punctured_vial_never_becomes_sealed_again(correct, waste, vial, look):
    entry_id, move = waste(vial)
    correct(entry_id, (move, "4"))
    opened_at = look(vial).opened_at
    assert opened_at is not None
    entry_id, move = waste(vial, "1")
    correct(entry_id, (move, None))
    assert (look(vial).remaining, look(vial).opened_at) == (6, opened_at)


def test_the_net_of_a_container_is_judged_and_not_each_line(correct, received, waste, look, refused):
    vial, entry_id, move = received()
    waste(vial, "7")
    correct(entry_id, (move, "8"))
    assert look(vial).remaining == 1
    with refused(NotCorrectable, entry_id=entry_id, problem="each line is corrected once, and at least one must be"):
        correct(entry_id, (move, "8"), (move, "9"))


def test_an_amount_that_has_gone_on_is_not_taken_back_and_the_later_moves_are_named(
    correct, received, waste, look, refused, moves_of
):
    vial, entry_id, move = received()
    first_id, first = waste(vial, "4")
    _, second = waste(vial, "2")
    with refused(AmountHasGoneOn, entry_id=entry_id, later_moves=(first.id, second.id)) as refusal:
        correct(entry_id, (move, "5"))
    assert refusal.said.what == (
        f"Entry {entry_id} cannot be corrected: the amount has gone on (moves {first.id}, {second.id})."
    )
    assert refusal.said.remedy == "Correct the later entries first, the newest first."
    repeated = moves_of(correct(first_id, (first, "3")))[1]
    with refused(AmountHasGoneOn, later_moves=(second.id, repeated.id)):
        correct(entry_id, (move, "4"))
    correct(entry_id, (move, "5"))
    assert look(vial).remaining == 0


def test_more_than_a_vial_held_is_refused_with_what_it_held(correct, waste, vial, look, refused):
    entry_id, move = waste(vial, "2")
    with refused(NotEnoughInContainer, code_scanned=vial, wanted=Decimal(12), remaining=Decimal(10), unit="mL"):
        correct(entry_id, (move, "12"))
    correct(entry_id, (move, "10"))
    assert look(vial).remaining == 0


def test_a_vial_never_comes_to_hold_more_than_it_can(correct, received, waste, refused, do, assistant, look, moves_of):
    vial, entry_id, move = received(overfill=Decimal(1))
    with refused(NotCorrectable, entry_id=entry_id, problem=f"{vial} would hold more than it can"):
        correct(entry_id, (move, "10.5"))
    found_id = do(assistant, containers.record_found, RecordFound(vial, Decimal("0.5"), "overfill"))
    (found,) = moves_of(found_id)
    correction_id = correct(found_id, (found, "0.25"))
    assert (look(vial).remaining, look(vial).found) == (Decimal("10.25"), Decimal("0.25"))
    _, wasted = waste(vial, "10.2")
    _, repeated = moves_of(correction_id)
    with refused(AmountHasGoneOn, later_moves=(wasted.id,)):
        correct(found_id, (repeated, None))


def test_it_was_another_vial(correct, waste, make_lot, product_id, look, refused):
    named, meant = make_lot(product_id, count=2)
    entry_id, move = waste(named, "3")
    correct(entry_id, (move, "3", meant))
    assert (look(named).remaining, look(meant).remaining) == (10, 7)
    assert look(meant).opened_at is not None
    entry_id, move = waste(named, "8")
    with refused(NotEnoughInContainer, code_scanned=meant, wanted=Decimal(8), remaining=Decimal(7)):
        correct(entry_id, (move, "8", meant))


def test_a_use_is_moved_to_the_vial_it_came_from_with_its_record_and_deviations(
    correct, give, start_session, make_product, make_lot, look, deviations, read, do, pharmacist, clock, make_patient
):
    product_id = make_product(label_in_use_hours=1)
    named, meant = (
        make_lot(product_id)[0],
        make_lot(product_id, "L0", expires_on=date(2031, 3, 2), hold_cause="expired")[0],
    )
    session_id = start_session()
    given = give(session_id, named, "2", area="scalp", technique="nappage", points=30)
    correction_id = correct(given.entry_id, (given.move_id, "2.5", meant))
    seen = look(meant)
    assert (seen.remaining, look(named).remaining) == (Decimal("7.5"), 10)
    used_at = read(lambda session: session.get_one(StockEntry, given.entry_id).occurred_at)
    assert (seen.opened_at, seen.discard_at) == (used_at, used_at + timedelta(hours=1))
    assert [rule for rule, _ in deviations()] == ["container_held", "container_past_use"]

    def records(session):
        return list(session.scalars(select(Administration).order_by(Administration.id)))

    first, second = read(records)
    assert (second.session_id, second.area, second.technique, second.points) == (session_id, "scalp", "nappage", 30)
    assert first.move_id == given.move_id
    assert second.move_id > correction_id


def test_a_component_is_moved_to_another_vial_and_stays_in_its_preparation(
    correct, mix, start_session, make_lot, product_id, look, read, moves_of, deviations
):
    named, meant = make_lot(product_id, count=2)
    session_id = start_session()
    made = mix((named, "2"), (named, "1"), session_id=session_id)
    moves = moves_of(made.entry_id)
    correct(made.entry_id, (moves[1], "1.5", meant))
    assert (look(named).remaining, look(meant).remaining) == (8, Decimal("8.5"))

    def components(session):
        query = select(CompoundingComponent).where(CompoundingComponent.record_id == made.record_id)
        return [(row.position, row.entered) for row in session.scalars(query.order_by(CompoundingComponent.position))]

    assert read(components) == [(1, "2 mL"), (2, "1 mL"), (3, "1.5 mL")]
    assert deviations() == []


def test_what_was_kept_for_its_patient_is_no_deviation_in_that_patients_mixture(
    correct, mix, start_session, make_lot, product_id, deviations, moves_of, look
):
    named, vial = make_lot(product_id, count=2)
    session_id = start_session()
    kept = mix((vial, "5"), session_id=session_id).codes[0]
    made = mix((named, "1"), session_id=session_id)
    correct(made.entry_id, (moves_of(made.entry_id)[0], "1", kept))
    assert deviations() == []
    other = mix((named, "1"), session_id=start_session())
    correct(other.entry_id, (moves_of(other.entry_id)[0], "1", kept))
    assert [rule for rule, _ in deviations()] == ["kept_for_another_patient", "opened_for_another_session"]


def test_a_preparation_never_becomes_its_own_ingredient(
    correct, mix, make_lot, product_id, moves_of, refused, start_session
):
    vial = make_lot(product_id)[0]
    session_id = start_session()
    first = mix((vial, "4"), session_id=session_id)
    second = mix((first.codes[0], "2"), (vial, "1"), session_id=session_id)
    draw = moves_of(first.entry_id)[0]
    for code in (first.codes[0], second.codes[0]):
        problem = f"{code} was itself made with this preparation"
        with refused(NotCorrectable, entry_id=first.entry_id, problem=problem):
            correct(first.entry_id, (draw, "1", code))
    later = mix((vial, "2"), session_id=session_id)
    correct(first.entry_id, (draw, "2", later.codes[0]))
    third = moves_of(second.entry_id)[1]
    correct(second.entry_id, (third, "0.5", first.codes[0]))


def test_a_replacement_that_cannot_have_been_is_refused_and_one_against_a_rule_is_a_deviation(
    correct, mix, vial, make_product, make_lot, moves_of, refused, deviations, start_session, look
):
    powder = make_lot(make_product("Powder", unit=Unit.MG, container_kind=ContainerKind.POWDER_VIAL))[0]
    cream = make_lot(make_product("Cream", is_injectable=False))[0]
    alone = make_lot(make_product("Alone", is_mix_never=True))[0]
    elsewhere = make_lot(make_product("Other"), at_other_site=True)[0]
    made = mix((vial, "1"), (vial, "1"), session_id=start_session())
    first, second, prepared, *_ = moves_of(made.entry_id)
    with refused(NotCorrectable, problem=f"{powder} is kept in another unit"):
        correct(made.entry_id, (first, "1", powder))
    with refused(NotCorrectable, problem="what came in belongs to its own container"):
        correct(made.entry_id, (prepared, "1", vial))
    with refused(BelongsToAnotherSite, code_scanned=elsewhere):
        correct(made.entry_id, (first, "1", elsewhere))
    correct(made.entry_id, (first, "1", cream), (second, "1", alone))
    assert [rule for rule, _ in deviations()] == ["not_injectable", "never_mixed"]


def test_a_move_is_undone_and_what_happened_in_between_keeps_its_place(
    correct, do, assistant, vial, waste, look, moves_of, refused, clinic
):
    wasted_id, wasted = waste(vial, "2")
    moved_id = do(assistant, containers.move_container, MoveContainer(vial, clinic.places.room))
    (moved,) = moves_of(moved_id)
    with refused(NotCorrectable, problem="a move of the whole container can only be undone"):
        correct(moved_id, (moved, "3"))
    correction_id = correct(wasted_id, (wasted, "1"))
    back, _ = moves_of(correction_id)
    assert back.to_location_id == clinic.places.room  # where the vial is by now
    with refused(AmountHasGoneOn, entry_id=moved_id):
        correct(moved_id, (moved, None))
    (_, repeated) = moves_of(correction_id)
    again_id = correct(correction_id, (repeated, "2"))
    correct(wasted_id, (moves_of(again_id)[1], "2"))
    assert look(vial).location_id == clinic.places.room


def test_a_move_with_nothing_after_it_is_undone(correct, do, assistant, vial, look, moves_of, clinic, refused):
    there = do(assistant, containers.move_container, MoveContainer(vial, clinic.places.room))
    back = do(assistant, containers.move_container, MoveContainer(vial, clinic.places.storage))
    with refused(AmountHasGoneOn, entry_id=there, later_moves=(moves_of(back)[0].id,)):
        correct(there, (moves_of(there)[0], None))
    correct(back, (moves_of(back)[0], None))
    assert look(vial).location_id == clinic.places.room
    correct(there, (moves_of(there)[0], None))
    assert look(vial).location_id == clinic.places.storage


def test_a_split_is_undone_on_both_sides_wherever_the_pieces_are(
    correct, do, assistant, make_product, make_lot, look, moves_of, refused, read, clinic
):
    needles = make_product("N", unit=Unit.PIECE, tracking=Tracking.PACK, content=Decimal(10))
    pack = make_lot(needles)[0]
    child_id = do(assistant, containers.split_pack, SplitPack(pack, Decimal(4)))
    child = read(lambda session: session.get_one(Container, child_id).code)
    entry_id = read(lambda session: max(session.scalars(select(StockEntry.id))))
    do(assistant, containers.move_container, MoveContainer(child, clinic.places.room))
    out, into = moves_of(entry_id)
    with refused(NotCorrectable, entry_id=entry_id, problem="a split is undone on both sides"):
        correct(entry_id, (into, None))
    used_id = do(assistant, containers.discard, DiscardContainer(child, SPILLED, Decimal(1)))
    (used,) = moves_of(used_id)
    with refused(AmountHasGoneOn, later_moves=(used.id - 1, used.id)):
        correct(entry_id, (out, None), (into, None))
    with refused(WholePiecesOnly, code_scanned=child, amount=Decimal("0.5")):
        correct(used_id, (used, "0.5"))
    correct(used_id, (used, None))
    correct(entry_id, (out, None), (into, None))
    assert (look(pack).remaining, look(child).remaining) == (10, 0)
    assert look(child).location_id == clinic.places.room


def test_a_mixture_that_was_never_made_is_undone_whole(correct, mix, vial, look, moves_of, refused, start_session):
    made = mix((vial, "3"), syringes=("1.8", "1"), session_id=start_session())
    draw, first, second, dead_volume = moves_of(made.entry_id)
    with refused(AmountHasGoneOn, later_moves=(dead_volume.id,)):
        correct(made.entry_id, (first, None))
    correct(made.entry_id, *((move, None) for move in (draw, first, second, dead_volume)))
    assert (look(vial).remaining, *(look(code).remaining for code in made.codes)) == (10, 0, 0)


def test_a_shortage_booked_as_found_is_put_right(correct, give, vial, look, moves_of, start_session, refused):
    given = give(
        start_session(),
        vial,
        "12",
        service=administering.record_past_administration,
        scope=EVERYTHING,
    )
    found, used = moves_of(given.entry_id)
    assert (found.purpose, found.amount, look(vial).found) == (MovePurpose.FOUND, 2, 2)
    with refused(AmountHasGoneOn, later_moves=(used.id,)):
        correct(given.entry_id, (found, None))
    correct(given.entry_id, (found, None), (used, "9"))
    assert (look(vial).remaining, look(vial).found) == (1, 0)


def test_a_correction_that_cannot_be_is_refused(
    correct, do, waste, vial, make_lot, product_id, refused, assistant, auditor, stranger, practitioner
):
    entry_id, move = waste(vial, "2")
    _, other_move = waste(make_lot(product_id, "L2")[0], "2")
    for by in (assistant, auditor):
        with refused(NotAllowed, permission="correct_entry"):
            correct(entry_id, (move, "1"), by=by)
    with refused(RecordNotFound, kind="entry", key=str(entry_id)):
        correct(entry_id, (move, "1"), by=stranger)
    with refused(RecordNotFound, kind="entry", key="999"):
        correct(999, (move, "1"))
    for wrong in (other_move, 999):
        with refused(RecordNotFound, kind=f"line of entry {entry_id}"):
            correct(entry_id, (wrong, "1"))
    with refused(NotCorrectable, problem="each line is corrected once, and at least one must be"):
        correct(entry_id)
    for amount in ("0", "-1", "NaN", "0.0000001"):
        with refused(InvalidAmount):
            correct(entry_id, (move, amount))
    with refused(ReasonMissing):
        correct(entry_id, (move, "1"), reason=" ")
    with refused(InvalidText, field="Reason"):
        correct(entry_id, (move, "1"), reason="x" * 10_000)
    correct(entry_id, (move, "1"), by=practitioner)


def test_a_receipt_that_never_came_leaves_from_where_the_vial_is(
    correct, do, assistant, received, look, moves_of, clinic
):
    vial, entry_id, move = received()
    do(assistant, containers.move_container, MoveContainer(vial, clinic.places.room))
    correction_id = correct(entry_id, (move, None))
    (reversal,) = moves_of(correction_id)
    assert (reversal.from_location_id, reversal.to_location_id) == (clinic.places.room, clinic.places.external)
    assert look(vial).remaining == 0


def test_an_amount_is_put_right_while_the_vial_is_held(correct, waste, give, start_session, vial, do, pharmacist, read):
    given = give(start_session(), vial, "2")
    do(pharmacist, holds.place_hold, holds.PlaceHold(HoldKind.EVIDENCE, "case 7", container_code=vial))
    correct(given.entry_id, (given.move_id, "1.5"))
    patients = read(lambda session: len(list(session.scalars(select(Patient.id)))))
    assert patients == 1
    assert receiving.MOST_CONTAINERS == 5000
