from decimal import Decimal
from fractions import Fraction

import pytest

from inventory.errors import RecordNotFound
from inventory.rules.mass_balance import Flows
from inventory.tracing.balances import flows_by_lot, lot_balance, on_hand_by_lot
from models.vocabulary import MovePurpose

D = Decimal
F = Fraction
P = MovePurpose


def test_every_purpose_has_its_column(tell, units):
    def script(story):
        first, second = story.vials(story.product("HA", content=D(100)), "HA-1", 2)
        patient = story.patient()
        story.give(first, patient, "61.5")
        story.waste(first, "8.5")
        story.lose(first, "5")
        story.mix((second, "10"))
        story.give(second, patient, "91")  # 1 more than the books know: found
        return first.lot_id

    lot_id = tell(script)
    with units.reading() as session:
        found = lot_balance(session, lot_id=lot_id)
    assert found.flows == Flows(
        opening=D(200), found=D(1), compounded=D(10), administered=D("152.5"), wasted=D("8.5"), lost=D(5)
    )
    assert found.on_hand == 25
    assert (found.balance.in_, found.balance.unaccounted) == (201, 5)
    assert found.balance.shown_percent == D("97.51")  # lost is never accounted for


def test_a_reversal_subtracts_from_the_column_of_what_it_reverses(tell, units):
    def script(story):
        vial = story.vial(story.product("HA"), "HA-1")
        given = story.give(vial, story.patient(), "2")
        story.correct(given.entry_id, given.move_id, "1.5")
        undone = story.give(vial, story.patient(), "7")
        story.correct(undone.entry_id, undone.move_id)
        return vial.lot_id

    lot_id = tell(script)
    with units.reading() as session:
        found = lot_balance(session, lot_id=lot_id)
    assert found.flows == Flows(opening=D(1000), administered=D("1.5"))
    assert found.on_hand == D("998.5")
    assert found.balance.variance == 0


def test_splitting_is_neutral(tell, units):
    def script(story):
        pack = story.vial(story.pack_product("Needles", 100), "N-1")
        story.split(pack, 30)
        return pack.lot_id

    lot_id = tell(script)
    with units.reading() as session:
        found = lot_balance(session, lot_id=lot_id)
    assert (found.flows, found.on_hand) == (Flows(opening=D(100)), 100)


def test_what_was_compounded_is_followed_to_its_ends(tell, units):
    def script(story):
        ha, water = story.vial(story.product("HA"), "HA-1"), story.vial(story.product("Water"), "W-1")
        _, (stock,) = story.mix((ha, "10"), (water, "30"), syringes=("38",))  # 1/4, and 2 mL of dead volume
        _, (weak,) = story.mix((stock, "8"), (water, "8"))  # 1/8
        story.give(stock, story.patient(), "6")
        story.waste(stock, "4")
        story.give(weak, story.patient(), "10")
        return ha.lot_id, water.lot_id

    ha, water = tell(script)
    with units.reading() as session:
        of_ha, of_water = lot_balance(session, lot_id=ha), lot_balance(session, lot_id=water)
    assert of_ha.compounded.went == {
        P.ADMINISTERED: F(6, 4) + F(10, 8),
        P.WASTED: F(2, 4) + F(4, 4),
    }
    assert of_ha.compounded.on_hand == F(20, 4) + F(6, 8)
    assert of_ha.compounded.total == 10
    assert of_water.compounded.total == 38
    assert of_ha.balance.shown_percent == 100


def test_a_surplus_is_found_and_not_compounded(tell, units):
    def script(story):
        ha = story.vial(story.product("HA"), "HA-1")
        _, (syringe,) = story.mix((ha, "4"), syringes=("4.5",))
        story.give(syringe, story.patient(), "4.5")
        return ha.lot_id

    lot_id = tell(script)
    with units.reading() as session:
        parts = lot_balance(session, lot_id=lot_id).compounded
    assert (parts.went, parts.found, parts.on_hand) == ({P.ADMINISTERED: F(9, 2)}, F(1, 2), 0)
    assert parts.total == 4


def test_a_cocktail_has_a_balance_of_its_own(tell, units):
    def script(story):
        ha = story.vial(story.product("HA"), "HA-1")
        record, (first, _) = story.mix((ha, "4"), syringes=("1", "2.9"))
        story.give(first, story.patient(), "1")
        return record.lot_id

    lot_id = tell(script)
    with units.reading() as session:
        found = lot_balance(session, lot_id=lot_id)
    assert found.flows == Flows(prepared=D(4), administered=D(1), wasted=D("0.1"))
    assert found.balance.variance == 0


def test_an_old_spelling_has_the_balance_of_the_right_lot(tell, units):
    def script(story):
        vial = story.vial(story.product("HA"), "HA-l")
        story.give(vial, story.patient(), "1")
        typed = vial.lot
        story.correct_lot(typed, "HA-1")
        return typed.id, vial.lot_id

    typed, right = tell(script)
    with units.reading() as session:
        assert lot_balance(session, lot_id=typed) == lot_balance(session, lot_id=right)
        assert flows_by_lot(session, lot_ids=[typed, right])[typed] == Flows()
        assert on_hand_by_lot(session, lot_ids=[typed, right]) == {typed: 0, right: 999}


def test_the_number_of_statements_does_not_grow_with_the_lot(tell, units, count_statements):
    def script(story):
        product = story.product("HA")
        small, large = story.vial(product, "HA-1"), story.vial(product, "HA-2")
        for _ in range(8):
            _, (syringe,) = story.mix((large, "2"))
            story.give(syringe, story.patient(), "1")
        return small.lot_id, large.lot_id

    counts = []
    for lot_id in tell(script):
        with units.reading() as session, count_statements() as statements:
            lot_balance(session, lot_id=lot_id)
        counts.append(statements.count)
    assert counts[0] == counts[1]


def test_an_unknown_lot_is_refused(units, clinic):
    with units.reading() as session, pytest.raises(RecordNotFound):
        lot_balance(session, lot_id=999)
