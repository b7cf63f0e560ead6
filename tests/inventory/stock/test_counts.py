"""A count says what is there; what differs is counted again, explained, approved and booked, whatever moves."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from sqlalchemy import select

from inventory.care import administering
from inventory.catalogue.codes import LearnCode, learn_code
from inventory.errors import (
    InvalidText,
    NotAllowed,
    NotSigned,
    PlaceNotOfThisSite,
    RecordNotFound,
    WholePiecesOnly,
    WrongCheckCharacter,
    WrongSigner,
)
from inventory.invariants import INVARIANTS
from inventory.stock import (
    containers,
    count_approval,
    count_facts,
    count_results,
    count_scans,
    counts,
    holds,
)
from inventory.stock.containers import DiscardContainer, MoveContainer, OpenContainer
from inventory.stock.count_approval import ApproveCount, ExplainDifference, MoveFound
from inventory.stock.count_results import Since
from inventory.stock.count_scans import ScanInCount
from inventory.stock.counts import (
    CountAbsent,
    CountContainer,
    CountLot,
    DiscardCount,
    FinishCount,
    StartCount,
    WithdrawReading,
)
from inventory.stock.errors import (
    AlreadyCounted,
    AmountToMeasure,
    CountChanged,
    CountInProgress,
    CountNotFinished,
    CountNotReady,
    CountOver,
    LotNotByNumber,
    NoSuchDifference,
    NotFoundHere,
    NothingCounted,
    SecondCounterNeeded,
    WrongPlaceScanned,
)
from inventory.stock.holds import PlaceHold
from inventory.units import EVERYTHING, ORGANISATION, one_site
from models.counts import CountReading, CountResult, StockCount
from models.evidence import AuditEntry
from models.organisation import Location
from models.stock import Container
from models.vocabulary import CodeScheme, CountMethod, HoldKind, MovePurpose, Tracking, Unit, WasteReason

D = Decimal
HOSTILE = '<script>alert(1)</script> =1+1 ../../x "quoted" O\'Brien'


@pytest.fixture
def begin(do, assistant, clinic):
    def start(place=None, by=assistant, **facts):
        return do(by, counts.start_count, StartCount(place or clinic.places.storage, **facts))

    return start


@pytest.fixture
def see(do, assistant):
    """`see(count_id, code, "2.5")`: found, and measured where an amount is given."""

    def found(count_id, code, amount=None, by=assistant, **facts):
        measured = None if amount is None else D(amount)
        return do(by, counts.count_container, CountContainer(count_id, code, measured, **facts))

    return found


@pytest.fixture
def number(do, assistant, look):
    def counted(count_id, code, pieces, by=assistant, **facts):
        return do(by, counts.count_lot, CountLot(count_id, look(code).lot_id, pieces, **facts))

    return counted


@pytest.fixture
def scan(do, assistant):
    def scanned(count_id, text, by=assistant):
        return do(by, lambda s, a: _plain(count_scans.count_scan(s, a, ScanInCount(count_id, text))))

    return scanned


def _plain(scanned):
    return (None if scanned.reading is None else scanned.reading.method, scanned.code, scanned.lot_id)


@pytest.fixture
def finish(do, assistant):
    return lambda count_id, by=assistant: do(by, counts.finish_count, FinishCount(count_id))


@pytest.fixture
def explain(do, assistant):
    def say(count_id, reason="broken and swept up", by=assistant, **line):
        return do(by, count_approval.explain_difference, ExplainDifference(count_id, reason, **line))

    return say


@pytest.fixture
def absent(do, pharmacist):
    """Looked for again by the pharmacist."""
    return lambda count_id, code, by=pharmacist, **facts: do(
        by, counts.count_absent, CountAbsent(count_id, code, **facts)
    )


@pytest.fixture
def approve(do, pharmacist, signed, read):
    def sign(count_id, by=pharmacist, who="paula"):
        answer = do(by, lambda s, a: count_approval.approve_count(s, a, ApproveCount(count_id, signed(who))).id)
        assert [problem for check in INVARIANTS for problem in read(check)] == []
        return answer

    return sign


@pytest.fixture
def result(read):
    """The lines as plain values: code or lot number -> (difference, tolerance, since, where else)."""

    def lines(session, count_id):
        found = count_results.outcome(session, session.get_one(StockCount, count_id))
        told = {
            line.container.code: (
                line.judged.difference,
                line.judged.tolerance,
                line.since,
                None if line.found_at is None else line.found_at.name,
            )
            for line in found.containers
        }
        told |= {line.lot.lot_number: (line.difference, len(line.expected), line.by_code) for line in found.lots}
        return told, len(found.strangers), found.recounts, found.explanations

    return lambda count_id: read(lines, count_id)


@pytest.fixture
def open_vial(do, assistant, vial):
    """An opened vial of which 4 of 10 mL are left, after two draws."""
    do(assistant, containers.open_container, OpenContainer(vial))
    for amount in ("4", "2"):
        do(assistant, containers.discard, DiscardContainer(vial, WasteReason.SPILLED, D(amount)))
    return vial


def test_a_count_that_agrees_books_nothing(begin, see, finish, approve, result, make_lot, product_id, everything, look):
    codes = make_lot(product_id, count=3)
    count = begin()
    for code in codes:
        see(count, code)
    finish(count)
    told, strangers, recounts, explanations = result(count)
    assert {code: line[0] for code, line in told.items()} == dict.fromkeys(codes, D(0))
    assert (strangers, recounts, explanations) == (0, (), ())
    moves = everything()["stock_move"]
    approve(count)
    assert everything()["stock_move"] == moves


def test_what_nobody_found_is_missing_counted_again_explained_and_lost(
    begin, see, finish, absent, explain, approve, result, make_lot, product_id, look, refused, read, deviations
):
    here, gone = make_lot(product_id, count=2)
    count = begin()
    see(count, here)
    finish(count)
    assert result(count)[2:] == ((gone,), (gone,))
    with refused(CountNotReady, recounts=(gone,), explanations=(gone,)):
        approve(count)
    absent(count, gone)
    with refused(CountNotReady, recounts=("nothing",), explanations=(gone,)):
        approve(count)
    explain(count, HOSTILE, code=gone)
    approve(count)
    assert (look(gone).remaining, look(gone).closed_why) == (0, MovePurpose.LOST)
    assert look(here).remaining == 10
    assert [rule for rule, _ in deviations()] == ["count_differs"]
    kept = read(lambda session: session.scalars(select(CountResult)).all())
    assert [(row.booked, row.explanation) for row in kept] == [(D(-10), HOSTILE)]


def test_who_overlooked_it_does_not_look_again(begin, see, finish, absent, make_lot, product_id, refused, assistant):
    here, gone = make_lot(product_id, count=2)
    count = begin()
    see(count, here)
    finish(count)
    with refused(SecondCounterNeeded, what_it_is=gone):
        absent(count, gone, by=assistant)
    with refused(SecondCounterNeeded, what_it_is=gone):
        absent(count, gone, by=assistant, alone_reason="nobody else is here")


def test_at_a_single_handed_site_one_person_says_why_and_signs(
    begin, see, finish, absent, make_lot, product_id, refused, assistant, change_site, signed, read
):
    here, gone = make_lot(product_id, count=2)
    change_site(is_single_handed=True)
    count = begin()
    see(count, here)
    finish(count)
    with refused(SecondCounterNeeded):
        absent(count, gone, by=assistant)
    with refused(NotSigned):
        absent(count, gone, by=assistant, alone_reason="nobody else is here")
    with refused(WrongSigner):
        absent(count, gone, by=assistant, alone_reason="nobody else is here", signed=signed("paula"))
    absent(count, gone, by=assistant, alone_reason="nobody else is here", signed=signed("anna"))
    reading = read(lambda s: s.scalars(select(CountReading).where(CountReading.is_recount)).one())
    assert reading.alone_reason == "nobody else is here"


def test_found_when_looked_for_again_it_was_never_missing(
    begin, see, finish, approve, result, make_lot, product_id, look, pharmacist
):
    here, hidden = make_lot(product_id, count=2)
    count = begin()
    see(count, here)
    finish(count)
    see(count, hidden, by=pharmacist)
    assert result(count)[2:] == ((), ())
    approve(count)
    assert look(hidden).remaining == 10


def test_an_opened_vial_is_measured_within_its_tolerance(begin, see, finish, approve, open_vial, result, refused, look):
    count = begin()
    with refused(AmountToMeasure, code_scanned=open_vial, because="opened"):
        see(count, open_vial)
    see(count, open_vial, "3.8")
    finish(count)
    assert result(count)[0] == {open_vial: (D("-0.2"), D("0.2"), None, None)}
    assert result(count)[2:] == ((), ())
    approve(count)
    assert look(open_vial).remaining == D("3.8")


def test_outside_the_tolerance_it_is_measured_by_two_people(
    begin, see, finish, approve, explain, open_vial, result, look, pharmacist, refused, assistant
):
    count = begin()
    see(count, open_vial, "3.7")
    finish(count)
    assert result(count)[2:] == ((open_vial,), (open_vial,))
    with refused(SecondCounterNeeded):
        see(count, open_vial, "3.7", by=assistant)
    see(count, open_vial, "3.6", by=pharmacist)
    explain(count, code=open_vial)
    approve(count)
    assert look(open_vial).remaining == D("3.6")


def test_more_than_the_books_say_is_found(begin, see, finish, approve, explain, open_vial, look, pharmacist):
    count = begin()
    see(count, open_vial, "4.5")
    finish(count)
    see(count, open_vial, "4.5", by=pharmacist)
    explain(count, "overfilled", code=open_vial)
    approve(count)
    assert (look(open_vial).remaining, look(open_vial).found) == (D("4.5"), D("0.5"))


def test_what_is_used_between_counting_and_approval_stays_used(
    begin, see, finish, approve, explain, open_vial, look, pharmacist, give, start_session
):
    count = begin()
    see(count, open_vial, "3.5")
    give(start_session(), open_vial, "1")
    finish(count)
    see(count, open_vial, "2.5", by=pharmacist)
    give(start_session(), open_vial, "2")
    explain(count, code=open_vial)
    approve(count)
    assert look(open_vial).remaining == D("0.5")


def test_a_shortage_never_makes_the_books_negative(
    begin, see, finish, approve, explain, open_vial, look, pharmacist, give, start_session, result
):
    count = begin()
    see(count, open_vial, "1")
    finish(count)
    see(count, open_vial, "1", by=pharmacist)
    give(start_session(), open_vial, "3.5")
    explain(count, code=open_vial)
    approve(count)
    assert (look(open_vial).remaining, look(open_vial).closed_why) == (0, MovePurpose.LOST)


def test_what_was_used_before_and_entered_after_explains_the_difference(
    begin, see, finish, approve, open_vial, look, result, give, start_session, clock
):
    session_id, used_at = start_session(), clock.at
    count = begin()
    see(count, open_vial, "3")
    finish(count)
    assert result(count)[2] == (open_vial,)
    give(
        session_id, open_vial, "1", service=administering.record_past_administration, scope=EVERYTHING, given_at=used_at
    )
    assert result(count)[0][open_vial][0] == 0
    approve(count)
    assert look(open_vial).remaining == 3


def test_what_is_used_up_after_it_was_counted_is_not_opened_again(
    begin, see, finish, approve, explain, open_vial, look, pharmacist, do, assistant, result
):
    count = begin()
    see(count, open_vial, "4.5")
    finish(count)
    see(count, open_vial, "4.5", by=pharmacist)
    explain(count, code=open_vial)
    do(assistant, containers.discard, DiscardContainer(open_vial, WasteReason.SPILLED))
    assert result(count)[0][open_vial][2] is Since.ENDED
    approve(count)
    assert (look(open_vial).remaining, look(open_vial).closed_why) == (0, MovePurpose.WASTED)


def test_what_somebody_has_had_in_hand_since_is_not_lost(
    begin, see, finish, approve, make_lot, product_id, look, do, assistant, result
):
    here, gone = make_lot(product_id, count=2)
    count = begin()
    see(count, here)
    finish(count)
    do(assistant, containers.open_container, OpenContainer(gone))
    assert result(count)[0][gone][2] is Since.SEEN
    assert result(count)[2:] == ((), ())
    approve(count)
    assert look(gone).remaining == 10


def test_what_arrived_while_counting_is_not_called_missing(
    begin, see, finish, make_lot, product_id, do, assistant, clinic, result
):
    here = make_lot(product_id)[0]
    elsewhere = make_lot(product_id, "L2", place=clinic.places.room)[0]
    count = begin()
    see(count, here)
    do(assistant, containers.move_container, MoveContainer(elsewhere, clinic.places.storage))
    received = make_lot(product_id, "L3")[0]
    finish(count)
    assert set(result(count)[0]) == {here}
    assert received not in result(count)[0]


def test_what_left_while_counting_is_not_called_missing(
    begin, see, finish, make_lot, product_id, do, assistant, clinic, result
):
    here, moved, used = make_lot(product_id, count=3)
    count = begin()
    see(count, here)
    do(assistant, containers.move_container, MoveContainer(moved, clinic.places.room))
    do(assistant, containers.discard, DiscardContainer(used, WasteReason.BROKEN))
    finish(count)
    assert set(result(count)[0]) == {here}


def test_found_in_another_place_it_is_offered_to_be_moved(
    begin, see, finish, approve, make_lot, product_id, do, assistant, clinic, result, refused, look
):
    here = make_lot(product_id)[0]
    other = make_lot(product_id, "L2", place=clinic.places.room)[0]
    count = begin()
    with refused(NotFoundHere):
        do(assistant, count_approval.move_found, MoveFound(count, other))
    see(count, here)
    see(count, other)
    finish(count)
    assert result(count)[0][other][3] is not None
    assert result(count)[3] == (other,)
    with refused(CountNotReady, explanations=(other,)):
        approve(count)
    do(assistant, count_approval.move_found, MoveFound(count, other))
    assert look(other).location_id == clinic.places.storage
    assert result(count)[3] == ()
    approve(count)


def test_found_elsewhere_it_may_stay_there_in_the_books_with_a_word(
    begin, see, finish, approve, explain, make_lot, product_id, clinic, look
):
    other = make_lot(product_id, "L2", place=clinic.places.room)[0]
    count = begin()
    see(count, other)
    finish(count)
    explain(count, "brought back at once", code=other)
    approve(count)
    assert look(other).location_id == clinic.places.room


def test_a_held_one_found_elsewhere_is_where_it_is_and_that_is_a_deviation(
    begin, see, make_lot, product_id, do, assistant, pharmacist, clinic, look, deviations
):
    other = make_lot(product_id, "L2", place=clinic.places.quarantine)[0]
    do(pharmacist, holds.place_hold, PlaceHold(HoldKind.EVIDENCE, "asked for by the authority", container_code=other))
    do(pharmacist, holds.place_hold, PlaceHold(HoldKind.EXCURSION, "fridge", location_id=clinic.places.storage))
    count = begin()
    see(count, other)
    do(assistant, count_approval.move_found, MoveFound(count, other))
    assert look(other).location_id == clinic.places.storage
    assert look(other).causes == ("asked for by the authority", "fridge")
    assert [rule for rule, _ in deviations()] == ["container_held", "place_held"]


def test_evidence_that_is_gone_is_booked_as_lost_like_anything_else(
    begin, see, finish, absent, explain, approve, make_lot, product_id, do, pharmacist, look
):
    here, kept = make_lot(product_id, count=2)
    do(pharmacist, holds.place_hold, PlaceHold(HoldKind.EVIDENCE, "asked for", container_code=kept))
    count = begin()
    see(count, here)
    finish(count)
    absent(count, kept)
    explain(count, code=kept)
    approve(count)
    assert (look(kept).remaining, look(kept).causes) == (0, ("asked for",))


def test_sealed_ones_without_our_sticker_are_counted_by_number(
    begin, see, number, finish, approve, make_lot, product_id, result, look
):
    codes = make_lot(product_id, count=5)
    count = begin()
    see(count, codes[2])
    number(count, codes[0], 4)
    finish(count)
    told, _, recounts, explanations = result(count)
    assert told["L1"] == (0, 4, 1)
    assert (recounts, explanations) == ((), ())
    approve(count)


def test_too_few_by_number_are_lost_from_the_newest_and_only_what_nobody_touched(
    begin, number, finish, approve, explain, make_lot, product_id, do, assistant, look, pharmacist, give, start_session
):
    codes = make_lot(product_id, count=5)
    lot_id = look(codes[0]).lot_id
    count = begin()
    number(count, codes[0], 3)
    finish(count)
    give(start_session(), codes[4], "1")
    number(count, codes[0], 2, by=pharmacist)
    explain(count, lot_id=lot_id)
    approve(count)
    assert [look(code).remaining for code in codes] == [10, 10, 0, 0, 9]


def test_a_number_stands_against_the_books_of_its_own_instant(
    begin, number, finish, approve, make_lot, product_id, result, give, start_session, do, assistant, clinic
):
    codes = make_lot(product_id, count=5)
    give(start_session(), codes[0], "1")
    count = begin()
    number(count, codes[1], 4)
    give(start_session(), codes[1], "1")
    do(assistant, containers.move_container, MoveContainer(codes[2], clinic.places.room))
    make_lot(product_id)
    finish(count)
    told, _, recounts, _ = result(count)
    assert told["L1"] == (0, 4, 0)
    assert recounts == (codes[0],)


def test_too_many_by_number_are_new_ones_under_a_hold(
    begin, number, finish, approve, explain, make_lot, product_id, look, read, pharmacist
):
    code = make_lot(product_id)[0]
    count = begin()
    number(count, code, 3)
    finish(count)
    number(count, code, 3, by=pharmacist)
    explain(count, "a box behind the others", lot_id=look(code).lot_id)
    approve(count)
    query = select(Container).where(Container.lot_id == look(code).lot_id, Container.code != code)
    new = [each.code for each in read(lambda s: s.scalars(query).all())]
    assert [look(each).remaining for each in new] == [10, 10]
    assert all("not known" in look(each).causes[0] for each in new)
    assert look(code).causes == ()


def test_a_lot_nobody_counted_is_missing_until_somebody_else_gives_a_number(
    begin, see, number, finish, make_lot, product_id, result, pharmacist
):
    codes = make_lot(product_id, count=3)
    other = make_lot(product_id, "L2")[0]
    count = begin()
    see(count, other)
    finish(count)
    assert set(result(count)[2]) == set(codes)
    number(count, codes[0], 3, by=pharmacist)
    assert result(count)[2:] == ((), ())


def test_what_was_lost_and_is_there_again_is_found_and_held(
    begin, see, finish, approve, explain, make_lot, product_id, do, assistant, pharmacist, look, refused
):
    here, back = make_lot(product_id, count=2)
    do(assistant, containers.discard, DiscardContainer(back, WasteReason.LOST))
    count = begin()
    see(count, here)
    with refused(AmountToMeasure, because="empty by the books"):
        see(count, back)
    see(count, back, "10")
    finish(count)
    see(count, back, "10", by=pharmacist)
    explain(count, code=back)
    approve(count)
    assert (look(back).remaining, look(back).closed_at) == (10, None)
    assert len(look(back).causes) == 1


def test_an_empty_one_on_the_shelf_changes_nothing(
    begin, see, finish, approve, make_lot, product_id, do, assistant, look
):
    here, used = make_lot(product_id, count=2)
    do(assistant, containers.discard, DiscardContainer(used, WasteReason.BROKEN))
    count = begin()
    see(count, here)
    see(count, used, "0")
    finish(count)
    approve(count)
    assert look(used).remaining == 0


def test_opened_without_a_record_it_is_opened_since_unknown_and_held(
    begin, see, finish, approve, explain, vial, look, pharmacist
):
    count = begin()
    see(count, vial, "7")
    finish(count)
    see(count, vial, "7", by=pharmacist)
    explain(count, code=vial)
    approve(count)
    assert look(vial).remaining == 7
    assert look(vial).opened_at is not None
    assert len(look(vial).causes) == 1


def test_a_pack_is_counted_in_whole_pieces(
    begin, see, finish, approve, explain, make_product, make_lot, look, pharmacist, refused, number
):
    needles = make_product("Needles", unit=Unit.PIECE, content=D(100), tracking=Tracking.PACK)
    pack = make_lot(needles, "N1")[0]
    count = begin()
    with refused(AmountToMeasure, because="a pack of pieces"):
        see(count, pack)
    with refused(WholePiecesOnly):
        see(count, pack, "98.5")
    with refused(LotNotByNumber):
        number(count, pack, 1)
    see(count, pack, "98")
    finish(count)
    see(count, pack, "98", by=pharmacist)
    explain(count, code=pack)
    approve(count)
    assert look(pack).remaining == 98


def test_the_same_one_twice_is_a_question_and_measured_again_it_replaces(
    begin, see, open_vial, refused, result, read, pharmacist
):
    count = begin()
    see(count, open_vial, "3")
    with refused(AlreadyCounted, code_scanned=open_vial, by="Anna Assistant"):
        see(count, open_vial, "3.9", by=pharmacist)
    see(count, open_vial, "3.9", again=True)
    assert result(count)[0][open_vial][0] == D("-0.1")
    assert len(read(lambda s: s.scalars(select(CountReading)).all())) == 2


def test_a_slip_is_withdrawn_and_stays_on_record(
    begin, see, finish, do, assistant, make_lot, product_id, refused, read, result
):
    here, gone = make_lot(product_id, count=2)
    count = begin()
    see(count, here)
    slip = see(count, gone)
    do(assistant, counts.withdraw_reading, WithdrawReading(count, slip))
    with refused(RecordNotFound):
        do(assistant, counts.withdraw_reading, WithdrawReading(count, slip))
    finish(count)
    assert result(count)[2] == (gone,)
    first = read(lambda s: s.scalars(select(CountReading.id).order_by(CountReading.id)).first())
    with refused(CountOver, how="finished"):
        do(assistant, counts.withdraw_reading, WithdrawReading(count, first))


def test_what_does_not_belong_here_is_named_and_never_added(
    begin, see, scan, finish, approve, make_lot, product_id, result, everything, look
):
    foreign = make_lot(product_id, "L2", at_other_site=True)[0]
    here = make_lot(product_id)[0]
    count = begin()
    containers_before = everything()["container"]
    assert scan(count, foreign)[0] is CountMethod.STRANGER
    assert scan(count, HOSTILE)[0] is CountMethod.STRANGER
    assert scan(count, here)[0] is CountMethod.SEEN
    finish(count)
    assert result(count)[1] >= 2
    approve(count)
    assert everything()["container"] == containers_before


def test_scans_of_makers_codes_ask_for_a_number(
    begin, scan, make_lot, product_id, look, do, administrator, open_vial, refused, read, clinic
):
    do(administrator, learn_code, LearnCode(product_id, CodeScheme.GTIN, "09506000134352"), scope=ORGANISATION)
    lot_id = look(open_vial).lot_id
    count = begin()
    assert scan(count, "0109506000134352" + "10L1") == (None, None, lot_id)
    assert scan(count, "L1") == (None, None, lot_id)
    assert scan(count, open_vial) == (None, open_vial, None)
    assert scan(count, "0109506000134352" + "10L9")[0] is CountMethod.STRANGER
    with refused(WrongPlaceScanned):
        scan(count, read(lambda s: s.get_one(Location, clinic.places.room).code))


def test_a_makers_code_that_nobody_learnt_never_counts_a_lot_of_another_product(
    begin, scan, make_lot, make_product, product_id, do, administrator, read
):
    make_lot(product_id, "L1")
    make_lot(make_product("Vitamin C"), "VC-9")
    do(administrator, learn_code, LearnCode(product_id, CodeScheme.GTIN, "09506000134352"), scope=ORGANISATION)
    count = begin()
    for text in (
        "010401234567890110L1",  # a GTIN that nobody learnt, with a number that a lot here has
        "+A99912345/$$3310131L1/S1",  # the same in HIBC
        "010950600013435210VC-9",  # a GTIN that is learnt, with the lot of another product
        "4012345678901",
    ):
        assert scan(count, text) == (CountMethod.STRANGER, None, None), text
    notes = read(lambda s: s.scalars(select(CountReading.note).order_by(CountReading.id)).all())
    assert notes[0] == "no product is known by the code 04012345678901"
    assert notes[2] == "no lot VC-9 is known"
    assert scan(count, "010950600013435210L1")[2] is not None


def test_a_second_symbol_with_a_lot_alone_counts_it_only_where_one_lot_has_that_number(
    begin, scan, make_lot, make_product, product_id, look
):
    lot_id = look(make_lot(product_id, "L1")[0]).lot_id
    count = begin()
    assert scan(count, "1732013110L1") == (None, None, lot_id)
    make_lot(make_product("Vitamin C"), "L1")
    assert scan(count, "1732013110L1")[0] is CountMethod.STRANGER


def test_hidden_characters_and_wrong_checks_are_refused(begin, scan, vial, refused):
    count = begin()
    with refused(InvalidText):
        scan(count, "abc\u202edef")
    wrong = vial[:-1] + ("0" if vial[-1] != "0" else "1")
    with refused(WrongCheckCharacter):
        scan(count, wrong)


def test_one_place_has_one_count_at_a_time(begin, refused, clinic, do, assistant):
    count = begin()
    with refused(CountInProgress, count_id=count):
        begin()
    begin(clinic.places.room)
    do(assistant, counts.discard_count, DiscardCount(count, "wrong shelf"))
    begin()


def test_a_count_is_finished_only_when_something_was_counted(begin, finish, see, vial, refused, clinic):
    count = begin()
    with refused(NothingCounted):
        finish(count)
    empty = begin(clinic.places.room)
    finish(empty)


def test_a_count_that_is_over_takes_nothing_more(begin, see, finish, approve, do, assistant, vial, refused, explain):
    count = begin()
    with refused(CountNotFinished):
        approve(count)
    see(count, vial)
    finish(count)
    with refused(CountOver, how="finished"):
        finish(count)
    with refused(NoSuchDifference):
        explain(count, code=vial)
    approve(count)
    for again in (approve, lambda _: see(count, vial), lambda _: finish(count)):
        with refused(CountOver, how="approved"):
            again(count)
    with refused(CountOver, how="approved"):
        do(assistant, counts.discard_count, DiscardCount(count, "no"))


def test_who_may_count_and_who_may_approve(
    begin, see, finish, vial, refused, auditor, practitioner, stranger, do, clinic, approve, signed, assistant
):
    with refused(NotAllowed):
        begin(by=auditor)
    with refused(PlaceNotOfThisSite):
        begin(clinic.other_places.storage)
    count = begin()
    with refused(RecordNotFound):
        see(count, vial, by=stranger)
    see(count, vial)
    finish(count)
    with refused(NotAllowed):
        approve(count, by=practitioner, who="peter")
    with refused(WrongSigner):
        approve(count, who="anna")


def test_a_number_is_not_of_another_place(begin, number, finish, approve, make_lot, product_id, clinic, result, see):
    there = make_lot(product_id, place=clinic.places.room, count=2)
    here = make_lot(product_id)[0]
    count = begin()
    number(count, here, 1)
    finish(count)
    assert result(count)[0]["L1"] == (0, 1, 0)
    approve(count)
    assert there


def test_the_audit_tells_the_count(begin, see, finish, approve, vial, read):
    count = begin()
    see(count, vial)
    finish(count)
    approve(count)
    actions = read(lambda s: s.scalars(select(AuditEntry.action).order_by(AuditEntry.id.desc()).limit(4)).all())
    assert actions == ["count approved", "count finished", "container counted", "count begun"]


def test_what_changed_after_it_was_read_is_not_signed(
    begin, see, finish, do, pharmacist, signed, open_vial, refused, read, give, start_session
):
    count = begin()
    see(count, open_vial, "3.9")
    finish(count)
    seen = read(lambda s: count_facts.count_facts(s, site_id=pharmacist.site_id, count_id=count).to_sign)
    with refused(CountChanged):
        do(pharmacist, count_approval.approve_count, ApproveCount(count, signed("paula"), seen=seen + " And more."))
    do(pharmacist, count_approval.approve_count, ApproveCount(count, signed("paula"), seen=seen))


def test_two_approvals_at_once_book_once(begin, see, finish, explain, open_vial, units, pharmacist, signed, look):
    count = begin()
    see(count, open_vial, "3.5")
    finish(count)
    see(count, open_vial, "3.5", by=pharmacist)
    explain(count, code=open_vial)
    scope = one_site(pharmacist.site_id)
    command = ApproveCount(count, signed("paula"))

    def approve_it():
        return units.run(pharmacist, scope, lambda s, a: count_approval.approve_count(s, a, command).id)

    with ThreadPoolExecutor(4) as pool:
        ended = [attempt.exception() for attempt in [pool.submit(approve_it) for _ in range(4)]]
    assert [type(error) for error in ended if error is not None] == [CountOver] * 3
    assert look(open_vial).remaining == D("3.5")
