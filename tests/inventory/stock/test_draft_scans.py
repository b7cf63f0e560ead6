"""What a scan means for a delivery in progress, what is asked first, and how it is taken back."""

from datetime import date

import pytest

from inventory.catalogue.codes import LearnCode, learn_code
from inventory.catalogue.errors import CodeOfAnotherProduct
from inventory.errors import (
    ElementsConflict,
    ExpiryDiffers,
    InvalidCount,
    InvalidElement,
    NotAllowed,
    ProductMissing,
    RecordNotFound,
    WrongCheckDigit,
)
from inventory.stock import draft_scans, scan_products
from inventory.stock.errors import (
    CodeNotLearnable,
    DraftAsks,
    DraftChanged,
    FewerPacksThanSerials,
    MadeAfterExpiry,
    NotAnAnswer,
    NothingToCount,
    NothingToUndo,
    OwnCodeScanned,
    SerialAlreadyReceived,
    SerialTwice,
    SymbolOfOneBox,
)
from inventory.units import ORGANISATION, Scope
from models.vocabulary import CodeScheme, ContainerKind, DeliveryLineKind, DraftScanState, RegulatoryClass, Unit

UNKNOWN = "04012345678901"
PRODUCT = "Lidocaine 20 mg/mL"


def test_a_known_box_makes_its_line_and_the_next_adds_to_it(draft, symbol):
    facts = draft.scan(symbol())
    assert draft.said() == [f"{PRODUCT}, lot L1, use by 2032-01-31, box of 10"]
    assert facts.last_change == f"scanned: {PRODUCT}, lot L1, use by 2032-01-31, box of 10"
    facts = draft.scan(symbol())
    assert [(line.packs, line.containers) for line in facts.lines] == [(2, 20)]
    facts = draft.scan("7")
    assert draft.said() == [f"{PRODUCT}, lot L1, use by 2032-01-31, 7 boxes of 10"]
    facts = draft.scan(symbol("L2"))
    assert [line.lot_number for line in facts.lines] == ["L1", "L2"]
    facts = draft.scan(symbol(), kind=DeliveryLineKind.FREE)
    assert [(line.lot_number, line.kind.value, line.packs) for line in facts.lines][2:] == [("L1", "free", 1)]


def test_nothing_of_stock_is_touched_while_it_is_in_progress(draft, symbol, everything):
    before = everything()
    draft.scan(symbol())
    draft.scan("3")
    draft.undo()
    after = everything()
    working = {"delivery_draft", "draft_line", "draft_scan", "draft_change"}
    assert {name for name in before if before[name] != after[name]} <= working


def test_serials_are_added_each_once(draft, symbol, refused):
    facts = draft.scan(symbol(serial="S1"))
    facts = draft.scan(symbol(serial="S2"))
    assert [(line.packs, line.serials) for line in facts.lines] == [(2, ("S1", "S2"))]
    with refused(SerialTwice, serial="S2"):
        draft.scan(symbol(serial="S2"))
    with refused(FewerPacksThanSerials, packs=1, serials=2):
        draft.scan("1")
    delivery_id = draft.save()
    assert delivery_id


def test_a_serial_on_the_second_symbol_belongs_to_the_box_of_the_first(draft, symbol, refused, start_draft):
    draft.scan(symbol(None, None))
    draft.scan("10L1\x1d1732013121S1")
    assert draft.answer("same_box").lines[0].serials == ("S1",)
    draft.save()
    other = start_draft("DN-8")
    with refused(SerialAlreadyReceived, serial="S1"):
        other.scan(symbol(serial="S1"))


def test_a_serial_that_came_in_before_is_refused(draft, start_draft, symbol, refused):
    draft.scan(symbol(serial="S1"))
    draft.save()
    other = start_draft("DN-8")
    with refused(SerialAlreadyReceived, serial="S1", lot_number="L1"):
        other.scan(symbol("L9", serial="S1"))


@pytest.mark.parametrize("text", ["0", "1001", "9999", "12345", "1000000", "-3", "0000000"])
def test_a_quantity_that_cannot_be_is_refused(draft, symbol, refused, text):
    draft.scan(symbol())
    with refused(InvalidCount, counted="Boxes", count=int(text), least=1, most=1000):
        draft.scan(text)


def test_a_quantity_before_any_line_is_refused(draft, refused):
    with refused(NothingToCount, count=3):
        draft.scan("3")


def test_a_short_number_that_was_learnt_is_a_code(draft, symbol, make_product, do, administrator):
    short = "123456"
    draft.scan(short)
    assert [scan.code for scan in draft.look().questions] == [short]
    draft.answer("forget")
    command = LearnCode(make_product("Vitamin C"), CodeScheme.OTHER, short, 5)
    do(administrator, learn_code, command, scope=ORGANISATION)
    draft.scan(symbol())
    draft.scan(short)
    assert draft.said()[1] == "Vitamin C, lot not known yet, expiry not known yet, box of 5"


# Undoing


def test_every_undo_is_the_last_scans_effect_exactly(draft, symbol, refused):
    states = [draft.look().lines]
    for text in (symbol("L1", None), symbol("L2"), symbol("L2"), symbol("L2", serial="S1"), symbol("L3", "330100")):
        draft.scan(text)
        states.append([_essence(line) for line in draft.look().lines])
    for state in reversed(states[:-1]):
        assert [_essence(line) for line in draft.undo().lines] == list(state)
    with refused(NothingToUndo):
        draft.undo()


def _essence(line):
    return (line.lot_number, line.expires_on, line.is_month_only, line.packs, line.serials, line.missing)


def test_the_second_of_two_people_does_not_undo_the_others_scan(draft, symbol, refused, assistant):
    first = draft.scan(symbol("L1")).last_scan.id
    draft.scan(symbol("L2"), by=assistant)
    with refused(DraftChanged) as refusal:
        draft.do(draft.person, draft_scans.undo_scan, draft_scans.UndoScan(draft.id, first))
    assert "Anna Assistant: scanned: Lidocaine 20 mg/mL, lot L2" in refusal.said.what


def test_an_answered_question_is_undone_with_what_it_changed(draft, symbol):
    draft.scan(symbol(None, None))
    before = _essence(draft.look().lines[0])
    draft.scan("10L1\x1d17320131")
    draft.answer("same_box")
    assert draft.look().lines[0].missing == ()
    assert _essence(draft.undo().lines[0]) == before


# Two symbols of one box (SCN-15)


def test_two_symbols_complete_one_line_only_once_it_is_confirmed(draft, symbol):
    facts = draft.scan(symbol(None, None))
    assert facts.lines[0].missing == ("lot_number", "expires_on")
    facts = draft.scan("10L1\x1d17320131")
    (question,) = facts.questions
    assert question.state is DraftScanState.ASKS_SAME_BOX
    assert question.said.startswith(
        "Lot L1, use by 2032-01-31: is it the same box as Lidocaine 20 mg/mL, lot not known"
    )
    assert facts.lines[0].lot_number is None
    draft.answer("same_box")
    assert draft.said() == [f"{PRODUCT}, lot L1, use by 2032-01-31, box of 10"]


def test_a_whole_symbol_after_half_a_one_may_be_the_same_box_or_another(draft, symbol):
    draft.scan(symbol(None, None))
    draft.scan(symbol("L1"))
    assert len(draft.answer("another_box").lines) == 2
    draft.undo()
    draft.scan(symbol("L1"))
    assert [line.packs for line in draft.answer("same_box").lines] == [1]


def test_what_a_symbol_does_not_say_never_overwrites(draft, symbol):
    draft.scan(symbol("L1"))
    facts = draft.scan(symbol("L1", None))
    assert [(line.expires_on, line.packs) for line in facts.lines] == [(date(2032, 1, 31), 2)]


def test_a_contradiction_of_two_symbols_is_asked(draft, symbol):
    draft.scan(symbol("L1"))
    facts = draft.scan("10L2\x1d17320228")
    (question,) = facts.questions
    assert question.state is DraftScanState.ASKS_CONFLICT
    assert "lot L1 there, lot L2 here" in question.said
    assert "use by 2032-01-31 there, 2032-02-28 here" in question.said
    assert draft.answer("forget").lines[0].lot_number == "L1"
    draft.scan("10L2\x1d17320228")
    draft.answer("take")
    assert draft.said() == [f"{PRODUCT}, lot L2, use by 2032-02-28, box of 10"]
    draft.undo()
    assert draft.said() == [f"{PRODUCT}, lot L1, use by 2032-01-31, box of 10"]


def test_a_symbol_of_one_box_never_changes_a_line_of_several(draft, symbol, refused):
    draft.scan(symbol("L1"))
    draft.scan("3")
    draft.scan("10L2\x1d17320228")
    with refused(SymbolOfOneBox, packs=3):
        draft.answer("take")
    assert draft.answer("forget").lines[0].lot_number == "L1"


def test_a_second_symbol_never_goes_to_an_earlier_box_than_the_one_that_waits(draft, symbol, refused):
    draft.scan(symbol(None, None))
    draft.scan(symbol(None, None, gtin=UNKNOWN))
    with refused(DraftAsks, count=1):
        draft.scan("10L1\x1d17320131")


def test_a_second_symbol_without_a_first_is_refused(draft, refused):
    with refused(ProductMissing):
        draft.scan("10L1\x1d17320131")


# One lot has one expiry (LOT-01); lots that look alike (LOT-04)


def test_the_same_lot_with_another_expiry_is_asked_about(draft, symbol):
    draft.scan(symbol("L1", "320131"))
    facts = draft.scan(symbol("L1", "320228"))
    assert [line.packs for line in facts.lines] == [1]
    (question,) = facts.questions
    assert (question.state, question.known) == (DraftScanState.ASKS_EXPIRY, "2032-01-31")
    draft.answer("as_read")
    assert draft.said() == [f"{PRODUCT}, lot L1, use by 2032-02-28, 2 boxes of 10"]
    draft.undo()
    assert draft.said() == [f"{PRODUCT}, lot L1, use by 2032-01-31, box of 10"]
    draft.scan(symbol("L1", "320228"))
    draft.answer("known")
    assert draft.said() == [f"{PRODUCT}, lot L1, use by 2032-01-31, 2 boxes of 10"]


def test_a_lot_on_file_keeps_its_expiry_until_it_is_corrected(draft, symbol, make_lot, product_id, refused):
    make_lot(product_id, "L1", expires_on=date(2032, 1, 31))
    facts = draft.scan(symbol("L1", "320228"))
    assert facts.questions[0].lot_id is not None
    with refused(ExpiryDiffers, lot_number="L1", known="2032-01-31", given="2032-02-28"):
        draft.answer("as_read")
    draft.answer("known")
    assert draft.said() == [f"{PRODUCT}, lot L1, use by 2032-01-31, box of 10"]


def test_a_lot_that_looks_like_a_known_one_is_asked_about(draft, symbol, make_lot, product_id):
    make_lot(product_id, "HA2406")
    facts = draft.scan(symbol("HA24O6"))
    assert facts.lines == ()
    assert facts.questions[0].said == f"{PRODUCT}: is it the known lot HA2406, or really HA24O6?"
    assert draft.answer("known").lines[0].lot_number == "HA2406"
    draft.undo()
    draft.scan(symbol("ha2406"))
    assert draft.answer("as_read").lines[0].lot_number == "ha2406"


def test_a_known_lot_brings_its_expiry_along(draft, symbol, make_lot, product_id):
    make_lot(product_id, "L1", expires_on=date(2032, 1, 31))
    assert draft.scan(symbol("L1", None)).lines[0].expires_on == date(2032, 1, 31)


# What the code itself says


def test_without_a_day_the_last_of_the_month_counts_and_is_said(draft, symbol):
    facts = draft.scan(symbol("L1", "320200"))
    assert draft.said() == [f"{PRODUCT}, lot L1, use by 2032-02-29 (month only), box of 10"]
    assert facts.last_scan.warnings == ("No day is given: the last day of the month counts.",)


def test_after_a_lost_separator_lot_and_expiry_are_typed_from_the_print(draft, symbol):
    facts = draft.scan("010950600013435210ABC12317281231")
    assert facts.lines[0].missing == ("lot_number", "expires_on")
    assert "confirm lot and expiry from the print" in facts.last_scan.warnings[0]


@pytest.mark.parametrize(
    ("text", "refusal", "facts"),
    [
        ("]d2010950600013435317320131", WrongCheckDigit, {}),
        ("]d201095060001343521732133110L1", InvalidElement, {}),
        ("]d2010950600013435210ABCDEFGHIJKLMNOPQRSTU\x1d17320131", InvalidElement, {}),
        ("]d201095060001343521732013110L1\x1d10L2", ElementsConflict, {}),
        ("]d2010950600013435211330101" + "1732013110L1", MadeAfterExpiry, {"made": "2033-01-01"}),
    ],
    ids=["check digit", "month 13", "21 characters", "two lots", "expiry before manufacture"],
)
def test_a_code_that_cannot_be_right_is_refused_by_place_and_reason(draft, refused, text, refusal, facts):
    with refused(refusal, **facts):
        draft.scan(text)


@pytest.mark.parametrize("lot", ["=1+1", "../../x", "<script>a()</script"])
def test_a_hostile_but_valid_lot_is_a_lot(draft, symbol, lot):
    assert draft.scan(symbol(lot)).lines[0].lot_number == lot


def test_our_own_codes_are_no_makers_codes(draft, vial, refused):
    with refused(OwnCodeScanned, code_scanned=vial):
        draft.scan(vial)


# What is this?


def test_an_unknown_code_waits_and_goes_on_once_it_is_learnt(draft, symbol, make_product, do, pharmacist, clinic):
    other = make_product("Hyaluronic acid 18 mg/mL")
    draft.scan(symbol("HA1", gtin=UNKNOWN))
    facts = draft.scan(symbol("HA1", gtin=UNKNOWN))
    assert [scan.state for scan in facts.questions] == [DraftScanState.ASKS_PRODUCT] * 2
    assert facts.lines == ()
    command = scan_products.NameScan(draft.id, facts.questions[0].id, other, 5)
    do(pharmacist, scan_products.name_scan, command, scope=Scope(frozenset({0, clinic.site_id})))
    assert draft.said() == ["Hyaluronic acid 18 mg/mL, lot HA1, use by 2032-01-31, 2 boxes of 5"]
    assert draft.scan(symbol("HA1", gtin=UNKNOWN)).lines[0].packs == 3


def test_a_product_is_made_for_an_unknown_code(draft, symbol, do, pharmacist, clinic):
    facts = draft.scan(symbol("HA1", gtin=UNKNOWN))
    command = scan_products.MakeProductForScan(
        draft.id, facts.questions[0].id, "New filler", RegulatoryClass.DEVICE_III, ContainerKind.PREFILLED_SYRINGE,
        Unit.ML, 1, containers_per_pack=2,
    )  # fmt: skip
    do(pharmacist, scan_products.make_product_for_scan, command, scope=Scope(frozenset({0, clinic.site_id})))
    assert draft.said() == ["New filler, lot HA1, use by 2032-01-31, box of 2"]


def test_who_may_not_learn_codes_is_refused_and_the_scan_waits(
    draft, symbol, do, assistant, clinic, refused, product_id
):
    facts = draft.scan(symbol("HA1", gtin=UNKNOWN), by=assistant)
    command = scan_products.NameScan(draft.id, facts.questions[0].id, product_id)
    with refused(NotAllowed, permission="manage_catalogue"):
        do(assistant, scan_products.name_scan, command, scope=Scope(frozenset({0, clinic.site_id})))
    assert len(draft.look().questions) == 1


def test_a_code_learnt_for_another_product_meanwhile_is_refused(
    draft, symbol, learn, make_product, do, pharmacist, clinic, refused, product_id
):
    facts = draft.scan(symbol("HA1", gtin=UNKNOWN))
    learn(make_product("Other"), UNKNOWN)
    with refused(CodeOfAnotherProduct, product="Other"):
        command = scan_products.NameScan(draft.id, facts.questions[0].id, product_id)
        do(pharmacist, scan_products.name_scan, command, scope=Scope(frozenset({0, clinic.site_id})))


@pytest.mark.parametrize("text", ["12345678", "012345678906", "4012345678900", "04012345678909", " 4012345678900\r"])
def test_a_number_whose_check_digit_is_wrong_is_refused_and_not_learnt(draft, symbol, refused, text):
    number = text.strip()
    for _ in range(2):  # before a line, and after it
        with refused(WrongCheckDigit, name="product number (GTIN)", value=number) as refusal:
            draft.scan(text)
        assert refusal.said.what.startswith(f"The check digit of the product number (GTIN) '{number}'")
        draft.scan(symbol())


def test_a_number_of_zeros_is_refused(draft, refused):
    with refused(InvalidElement, problem="is all zeros"):
        draft.scan("00000000")


def test_a_bare_number_whose_check_digit_fits_is_asked_about(draft):
    assert draft.scan("4012345678901").questions[0].code == UNKNOWN


def test_a_number_as_long_as_a_gtin_that_was_learnt_is_a_code(draft, make_product, do, administrator):
    command = LearnCode(make_product("Vitamin C"), CodeScheme.OTHER, "12345678", 5)
    do(administrator, learn_code, command, scope=ORGANISATION)
    assert draft.scan("12345678").lines[0].words.startswith("Vitamin C, lot not known yet")


def test_what_is_this_knows_how_many_the_code_says_are_in_the_box(draft, symbol):
    gs = "\x1d"
    for more, count in (("305", 5), ("3050", 50), ("300", None), ("3099999", None)):
        facts = draft.scan(f"{symbol('HA1', gtin=UNKNOWN)}{gs}{more}")
        assert facts.questions[-1].count == count
    facts = draft.scan(f"]d202{UNKNOWN}3712{gs}10HA1")
    assert facts.questions[-1].count == 12
    assert draft.scan(symbol("HA2", gtin=UNKNOWN)).questions[-1].count is None


def test_words_are_no_code_to_learn(draft, do, pharmacist, clinic, refused, product_id):
    facts = draft.scan("hyaluronic acid")
    with refused(CodeNotLearnable):
        command = scan_products.NameScan(draft.id, facts.questions[0].id, product_id)
        do(pharmacist, scan_products.name_scan, command, scope=Scope(frozenset({0, clinic.site_id})))


def test_an_answer_to_nothing_is_refused(draft, symbol, refused):
    draft.scan(symbol(None, None))
    draft.scan("10L1\x1d17320131")
    with refused(NotAnAnswer, answer="known"):
        draft.answer("known")
    asked = draft.look().questions[0].id
    draft.answer("same_box")
    with refused(DraftChanged):
        draft.answer("same_box", asked)
    with refused(RecordNotFound):
        draft.answer("same_box", 999)


def test_who_may_not_receive_is_refused(draft, symbol, refused, practitioner, stranger):
    with refused(NotAllowed, permission="receive_stock"):
        draft.scan(symbol(), by=practitioner)
    with refused(RecordNotFound):
        draft.scan(symbol(), by=stranger)
