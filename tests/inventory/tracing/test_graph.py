from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from sqlalchemy import update

from inventory.errors import RecordNotFound, TraceHasCycle
from inventory.rules.amounts import rounded
from inventory.tracing.answers import ApartKind, Certainty
from inventory.tracing.graph import trace_back, trace_container_since, trace_forward, trace_lot_number
from models.stock import Container
from models.vocabulary import IdentifiedBy, LotOrigin

D = Decimal
F = Fraction


def received(trace, lot_id):
    """Patient reference -> amount of one lot, from a trace."""
    by_patient = trace.received_by_patient()
    return {found.reference: by_patient.get(key, {}).get(lot_id) for key, found in trace.patients.items()}


@pytest.fixture
def worked_example(tell):
    """HA 2.0 mL, vitamin C 1.0, dexpanthenol 1.0, lidocaine 0.5; of 4.5 mL one patient is given 2.0."""

    def script(story):
        parts = {}
        for name, strength, amount in [
            ("HA", "15 mg", "2.0"),
            ("Vitamin C", "200 mg", "1.0"),
            ("Dexpanthenol", "250 mg", "1.0"),
            ("Lidocaine", "20 mg", "0.5"),
        ]:
            product = story.product(name, {f"{name} substance": strength})
            parts[name] = (story.vial(product, f"{name}-1"), amount)
        record, (syringe,) = story.mix(*parts.values(), syringes=("4.4",))
        patient = story.patient()
        given = story.give(syringe, patient, "2.0")
        return {
            "lots": {name: vial.lot_id for name, (vial, _) in parts.items()},
            "vials": {name: vial.id for name, (vial, _) in parts.items()},
            "record": record.id,
            "cocktail": record.lot_id,
            "syringe": syringe.id,
            "patient": patient.id,
            "reference": patient.reference,
            "session": given.session_id,
        }

    return tell(script)


@pytest.mark.parametrize(
    ("name", "millilitres", "milligrams"),
    [("HA", "0.889", "13.333"), ("Vitamin C", "0.444", "88.889"), ("Dexpanthenol", "0.444", "111.111"),
     ("Lidocaine", "0.222", "4.444")],
)  # fmt: skip
def test_the_worked_example_is_exact_both_ways(units, worked_example, name, millilitres, milligrams):
    lot_id = worked_example["lots"][name]
    with units.reading() as session:
        forward = trace_forward(session, lot_ids=[lot_id])
        back = trace_back(session, patient_id=worked_example["patient"])

    assert list(forward.patients) == [worked_example["patient"]]
    for trace in (forward, back):
        amount = trace.received_by_patient()[worked_example["patient"]][lot_id]
        (mass,) = [part.amount for part in trace.substances() if part.lot_id == lot_id]
        assert (rounded(amount), rounded(mass)) == (D(millilitres), D(milligrams))


def test_a_forward_trace_names_everything_on_the_way(units, worked_example):
    facts = worked_example
    with units.reading() as session:
        trace = trace_forward(session, lot_ids=[facts["lots"]["HA"]])

    assert set(trace.containers) == {facts["vials"]["HA"], facts["syringe"]}
    assert set(trace.lots) == {facts["lots"]["HA"], facts["cocktail"]}
    assert trace.records[facts["record"]].total == D("4.5")
    assert [(draw.record_id, draw.amount) for draw in trace.draws] == [(facts["record"], D("2.0"))]
    assert [(use.session_id, use.amount) for use in trace.uses] == [(facts["session"], D("2.0"))]
    assert trace.containers[facts["syringe"]].prepared == D("4.5")
    assert trace.shares[facts["syringe"]] == {facts["lots"]["HA"]: F(4, 9)}
    assert trace.patients[facts["patient"]].reference == facts["reference"]
    assert trace.on_hand() == {facts["lots"]["HA"]: 998 + F(4, 9) * F("2.4")}
    assert not any((trace.apart, trace.problems, trace.spellings))


def test_a_back_trace_names_every_lot_and_tells_ingredients_from_mixtures(units, worked_example):
    facts = worked_example
    with units.reading() as session:
        traces = [
            trace_back(session, patient_id=facts["patient"]),
            trace_back(session, session_id=facts["session"]),
        ]
        of_container = trace_back(session, container_id=facts["syringe"])

    for trace in traces:
        amounts = {part.lot_id: part.amount for part in trace.received}
        assert set(amounts) == {*facts["lots"].values(), facts["cocktail"]}
        assert amounts[facts["cocktail"]] == 2
        ingredients = [key for key, lot in trace.lots.items() if lot.origin is LotOrigin.RECEIVED]
        assert sum(amounts[lot_id] for lot_id in ingredients) == 2
        assert len(trace.draws) == 4
        assert list(trace.sessions) == [facts["session"]]
    assert of_container.shares[facts["syringe"]][facts["lots"]["Lidocaine"]] == F(1, 9)
    assert not of_container.patients


def test_cocktails_of_cocktails_and_diamonds_add_up(tell, units):
    def script(story):
        ha, water = story.vial(story.product("HA"), "HA-1"), story.vial(story.product("Water"), "W-1")
        _, (stock,) = story.mix((ha, "10"), (water, "30"))  # 1/4
        _, (weak,) = story.mix((stock, "4"), (water, "4"))  # 1/8
        _, (both,) = story.mix((stock, "2"), (weak, "2"), (ha, "1"))  # (1/2 + 1/4 + 1) / 5
        patient = story.patient()
        story.give(both, patient, "5")
        return ha.lot_id, water.lot_id, both.id, patient.id

    ha, water, both, patient = tell(script)
    with units.reading() as session:
        forward = trace_forward(session, lot_ids=[ha])
        two_lots = trace_forward(session, lot_ids=[ha, water])
        back = trace_back(session, patient_id=patient)

    assert forward.shares[both] == {ha: F(7, 20)}
    assert two_lots.shares[both] == {ha: F(7, 20), water: F(13, 20)}
    for trace in (forward, two_lots, back):
        assert trace.received_by_patient()[patient][ha] == F(7, 4)


def test_tracing_a_cocktail_lot_tells_who_received_of_it(units, worked_example):
    with units.reading() as session:
        trace = trace_forward(session, lot_ids=[worked_example["cocktail"]])
    assert received(trace, worked_example["cocktail"]) == {worked_example["reference"]: 2}


def test_one_vial_is_traced_without_its_neighbours(tell, units):
    def script(story):
        first, second = story.vials(story.product("HA"), "HA-1", 2)
        ours, theirs = story.patient("Ours"), story.patient("Theirs")
        story.give(first, ours, "1")
        story.give(second, theirs, "1")
        return first.id, first.lot_id, ours.reference, theirs.reference

    container_id, lot_id, ours, theirs = tell(script)
    with units.reading() as session:
        assert received(trace_forward(session, container_ids=[container_id]), lot_id) == {ours: 1}
        assert received(trace_forward(session, lot_ids=[lot_id]), lot_id) == {ours: 1, theirs: 1}


def test_a_pack_is_traced_with_what_was_split_off_it(tell, units):
    def script(story):
        pack, _neighbour = story.vials(story.pack_product("Needles", 100), "N-1", 2)
        child = story.split(pack, 10)
        grandchild = story.split(child, 2)
        return pack.id, child.id, grandchild.id

    family = tell(script)
    with units.reading() as session:
        trace = trace_forward(session, container_ids=[family[0]])
        younger = trace_forward(session, container_ids=[family[1]])
    assert tuple(trace.containers) == family
    assert sum(trace.on_hand().values()) == 100
    assert tuple(younger.containers) == family[1:]


@pytest.mark.parametrize(
    ("mixed_by", "given_by", "certainty"),
    [
        (IdentifiedBy.OUR_CODE, IdentifiedBy.SERIAL, Certainty.VIAL_SCANNED),
        (IdentifiedBy.MAKERS_CODE, IdentifiedBy.OUR_CODE, Certainty.LOT_SCANNED),
        (IdentifiedBy.OUR_CODE, IdentifiedBy.BY_HAND, Certainty.TYPED),
        (IdentifiedBy.BY_HAND, IdentifiedBy.MAKERS_CODE, Certainty.TYPED),
    ],
)
def test_a_way_is_as_sure_as_its_weakest_identification(tell, units, mixed_by, given_by, certainty):
    def script(story):
        vial = story.vial(story.product("HA"), "HA-1")
        _, (syringe,) = story.mix((vial, "2"), by=mixed_by)
        patient = story.patient()
        story.give(syringe, patient, "1", by=given_by)
        return vial.lot_id, patient.id

    lot_id, patient_id = tell(script)
    with units.reading() as session:
        assert trace_forward(session, lot_ids=[lot_id]).patients[patient_id].certainty is certainty
        assert trace_back(session, patient_id=patient_id).patients[patient_id].certainty is certainty


def test_the_surest_of_several_ways_counts(tell, units):
    def script(story):
        vial = story.vial(story.product("HA"), "HA-1")
        _, (syringe,) = story.mix((vial, "2"), by=IdentifiedBy.BY_HAND)
        patient = story.patient()
        story.give(syringe, patient, "1")
        story.give(vial, patient, "1", by=IdentifiedBy.MAKERS_CODE)
        return vial.lot_id, patient.id

    lot_id, patient_id = tell(script)
    with units.reading() as session:
        assert trace_forward(session, lot_ids=[lot_id]).patients[patient_id].certainty is Certainty.LOT_SCANNED


def test_a_corrected_amount_is_simply_the_amount(tell, units):
    def script(story):
        vial = story.vial(story.product("HA"), "HA-1")
        patient = story.patient()
        given = story.give(vial, patient, "2")
        story.correct(given.entry_id, given.move_id, "1.5")
        return vial.lot_id, patient.id, patient.reference

    lot_id, patient_id, reference = tell(script)
    with units.reading() as session:
        forward, back = trace_forward(session, lot_ids=[lot_id]), trace_back(session, patient_id=patient_id)
    for trace in (forward, back):
        assert received(trace, lot_id) == {reference: F("1.5")}
        assert len(trace.uses) == 1
        assert not trace.apart


def test_a_correction_of_a_correction_counts_alone(tell, units):
    def script(story):
        vial = story.vial(story.product("HA"), "HA-1")
        patient = story.patient()
        given = story.give(vial, patient, "2")
        first = story.correct(given.entry_id, given.move_id, "1.5")
        (replacing,) = [move for move in first.moves if move.reverses_id is None]
        story.correct(given.entry_id, replacing.id, "1.25")
        return vial.lot_id, patient.reference

    lot_id, reference = tell(script)
    with units.reading() as session:
        trace = trace_forward(session, lot_ids=[lot_id])
    assert received(trace, lot_id) == {reference: F("1.25")}
    assert not trace.apart


def test_what_was_recorded_in_error_is_listed_apart(tell, units):
    def script(story):
        vial = story.vial(story.product("HA"), "HA-1")
        patient = story.patient()
        given = story.give(vial, patient, "2")
        story.correct(given.entry_id, given.move_id)
        return vial.lot_id, vial.code, patient.id, patient.reference, given

    lot_id, code, patient_id, reference, given = tell(script)
    with units.reading() as session:
        forward, back = trace_forward(session, lot_ids=[lot_id]), trace_back(session, patient_id=patient_id)
    for trace in (forward, back):
        assert not trace.patients
        assert not trace.received
        (apart,) = trace.apart
        assert (apart.kind, apart.session_id) == (ApartKind.RECORDED_IN_ERROR, given.session_id)
        assert (apart.patient_reference, apart.container_code, apart.amount) == (reference, code, 2)


def test_a_use_that_was_another_container_is_apart_from_the_first_and_in_the_trace_of_the_second(tell, units):
    def script(story):
        product = story.product("HA")
        wrong, right = story.vial(product, "HA-1"), story.vial(product, "HA-2")
        patient = story.patient()
        given = story.give(wrong, patient, "2")
        story.correct(given.entry_id, given.move_id, "2", right)
        return wrong.lot_id, right.lot_id, patient.id, patient.reference

    wrong, right, patient_id, reference = tell(script)
    with units.reading() as session:
        of_wrong, of_right = (trace_forward(session, lot_ids=[lot_id]) for lot_id in (wrong, right))
        back = trace_back(session, patient_id=patient_id)
    assert [apart.patient_reference for apart in of_wrong.apart] == [reference]
    assert not of_wrong.patients
    assert received(of_right, right) == {reference: 2}
    assert {part.lot_id for part in back.received} == {right}
    assert not back.apart


def test_what_was_moved_to_another_patient_names_both(tell, units):
    def script(story):
        vial = story.vial(story.product("HA"), "HA-1")
        wrong, right = story.patient("Wrong"), story.patient("Right")
        given = story.give(vial, wrong, "2")
        story.move_to_patient(given, right)
        return vial.lot_id, wrong.reference, right.reference

    lot_id, wrong, right = tell(script)
    with units.reading() as session:
        trace = trace_forward(session, lot_ids=[lot_id])
    assert received(trace, lot_id) == {right: 2}
    (apart,) = trace.apart
    assert apart.kind is ApartKind.MOVED_TO_ANOTHER_PATIENT
    assert (apart.patient_reference, apart.now_patient_references) == (wrong, (right,))


def test_a_corrected_component_takes_its_patients_along(tell, units):
    def script(story):
        product, water = story.product("HA"), story.vial(story.product("Water"), "W-1")
        wrong, right = story.vial(product, "HA-1"), story.vial(product, "HA-2")
        record, (syringe,) = story.mix((wrong, "1"), (water, "3"))
        patient = story.patient()
        story.give(syringe, patient, "4")
        draw = story.draw_of(record, wrong)
        story.correct(draw.entry_id, draw.id, "1", right)
        return wrong.lot_id, right.lot_id, record.id, record.lot_id, patient.reference

    wrong, right, record_id, cocktail, reference = tell(script)
    with units.reading() as session:
        of_wrong, of_right = (trace_forward(session, lot_ids=[lot_id]) for lot_id in (wrong, right))
    assert not of_wrong.patients
    (apart,) = of_wrong.apart
    assert (apart.kind, apart.record_id, apart.amount) == (ApartKind.RECORDED_IN_ERROR, record_id, 1)
    assert of_wrong.lots[apart.record_lot_id].id == cocktail
    assert received(of_right, right) == {reference: 1}
    assert not of_right.apart


def test_a_corrected_component_amount_changes_every_share(tell, units):
    def script(story):
        ha, water = story.vial(story.product("HA"), "HA-1"), story.vial(story.product("Water"), "W-1")
        record, (syringe,) = story.mix((ha, "1"), (water, "3"))
        patient = story.patient()
        story.give(syringe, patient, "2")
        draw = story.draw_of(record, water)
        story.correct(draw.entry_id, draw.id, "1")
        return ha.lot_id, water.lot_id, patient.reference

    ha, water, reference = tell(script)
    with units.reading() as session:
        trace = trace_forward(session, lot_ids=[ha, water])
    assert received(trace, ha) == received(trace, water) == {reference: 1}


def test_an_old_spelling_finds_the_lot_and_says_so(tell, units):
    def script(story):
        vial = story.vial(story.product("HA"), "HA-l")
        patient = story.patient()
        story.give(vial, patient, "1")
        typed = vial.lot
        story.correct_lot(typed, "HA-1")
        return typed.id, vial.lot_id, patient.reference

    typed, right, reference = tell(script)
    assert typed != right
    with units.reading() as session:
        traces = [
            trace_forward(session, lot_ids=[typed]),
            trace_lot_number(session, lot_number="HA-l"),
            trace_forward(session, lot_ids=[right]),
        ]
    for trace in traces:
        assert trace.lot_ids == (right,)
        assert received(trace, right) == {reference: 1}
        (spelling,) = trace.spellings
        assert (spelling.from_lot_number, spelling.to_lot_number, spelling.containers) == ("HA-l", "HA-1", 1)
        assert spelling.reason == "typed wrong"
    assert traces[0].asked_lot_ids == (typed,)
    assert traces[0].lots[typed].lot_number == "HA-l"


def test_a_lot_corrected_in_part_keeps_its_own_and_says_what_went(tell, units):
    def script(story):
        kept, gone = story.vials(story.product("HA"), "HA-1", 2)
        patient, other = story.patient(), story.patient()
        story.give(kept, patient, "1")
        story.give(gone, other, "1")
        lot = kept.lot
        story.correct_lot(lot, "HA-2", gone)
        return lot.id, gone.lot_id, patient.reference, other.reference

    first, second, reference, other = tell(script)
    with units.reading() as session:
        of_first, of_second = (trace_forward(session, lot_ids=[lot_id]) for lot_id in (first, second))
    assert received(of_first, first) == {reference: 1}
    assert received(of_second, second) == {other: 1}
    assert of_first.spellings == of_second.spellings
    assert of_first.spellings[0].to_lot_id == second


def test_draws_from_one_vial_are_followed_from_a_time_on(tell, units):
    def script(story):
        first, second = story.vials(story.product("HA"), "HA-1", 2)
        early, late, mixed, neighbour = (story.patient(name) for name in ("Early", "Late", "Mixed", "Neighbour"))
        story.give(first, early, "1", at=story.hours_ago(5))
        story.give(first, late, "1", at=story.hours_ago(3))
        _, (before,) = story.mix((first, "1"), at=story.hours_ago(4))
        _, (after,) = story.mix((first, "1"), at=story.hours_ago(2))
        story.give(before, early, "1", at=story.hours_ago(1))
        story.give(after, mixed, "1", at=story.hours_ago(1))
        story.give(second, neighbour, "1", at=story.hours_ago(1))
        return first.id, story.act.now, early.reference, late.reference, mixed.reference

    container_id, now, early, late, mixed = tell(script)
    with units.reading() as session:
        since = trace_container_since(session, container_id=container_id, after=now - timedelta(hours=3))
        ever = trace_container_since(session, container_id=container_id, after=now - timedelta(days=1))
    assert {found.reference for found in since.patients.values()} == {late, mixed}
    assert {found.reference for found in ever.patients.values()} == {early, late, mixed}


def test_a_cycle_of_lots_is_reported_and_hides_nobody(tell, units):
    def script(story):
        vial = story.vial(story.product("HA"), "HA-1")
        record, (syringe,) = story.mix((vial, "2"))
        patient = story.patient()
        story.give(syringe, patient, "1")
        vial.lot_id = record.lot_id  # no service does that: somebody changed the row
        return vial.id, record.lot_id, patient.reference

    vial, cocktail, reference = tell(script)
    with units.reading() as session:
        by_lot, by_vial = trace_forward(session, lot_ids=[cocktail]), trace_forward(session, container_ids=[vial])
    for trace in (by_lot, by_vial):
        assert {found.reference for found in trace.patients.values()} == {reference}
        assert [type(problem) for problem in trace.problems] == [TraceHasCycle]
    assert received(by_vial, cocktail) == {reference: 1}


def test_a_cycle_of_containers_is_reported_and_hides_nobody(tell, units, database):
    def script(story):
        vial, water = story.vial(story.product("HA"), "HA-1"), story.vial(story.product("Water"), "W-1")
        _, (first,) = story.mix((water, "4"))
        _, (second,) = story.mix((vial, "4"), (first, "4"))
        _, (third,) = story.mix((second, "4"))
        patient = story.patient()
        story.give(second, patient, "1")
        return vial.lot_id, first.id, third.lot_id, patient.reference, patient.id

    lot_id, first, lot_of_third, reference, patient_id = tell(script)
    with database.writer() as session:  # somebody changes the row behind the application
        session.execute(update(Container).where(Container.id == first).values(lot_id=lot_of_third))
        session.connection().commit()
    with units.reading() as session:
        for trace in (trace_forward(session, lot_ids=[lot_id]), trace_back(session, patient_id=patient_id)):
            assert {found.reference for found in trace.patients.values()} == {reference}
            assert {problem.kind for problem in trace.problems} == {"lots", "preparations"}
            assert all(type(problem) is TraceHasCycle for problem in trace.problems)


def test_the_number_of_statements_does_not_grow_with_the_answer(tell, units, count_statements):
    def script(story):
        product = story.product("HA")
        small, large = story.vial(product, "HA-1"), story.vial(product, "HA-2")
        patient = story.patient()
        story.give(small, patient, "1")
        other = story.patient()
        for _ in range(12):
            _, (syringe,) = story.mix((large, "2"))
            story.give(syringe, other, "1")
        return small.lot_id, large.lot_id, patient.id, other.id

    small, large, patient, other = tell(script)
    counts = []
    for ask in (
        lambda session: trace_forward(session, lot_ids=[small]),
        lambda session: trace_forward(session, lot_ids=[large]),
        lambda session: trace_back(session, patient_id=patient),
        lambda session: trace_back(session, patient_id=other),
    ):
        with units.reading() as session, count_statements() as statements:
            ask(session)
        counts.append(statements.count)
    assert counts[0] == counts[1] <= 12
    assert counts[2] == counts[3] <= 12


def test_what_is_not_there_is_refused(units, clinic):
    with units.reading() as session:
        for ask in (
            lambda: trace_forward(session, lot_ids=[999]),
            lambda: trace_forward(session, container_ids=[999]),
            lambda: trace_back(session, patient_id=999),
            lambda: trace_back(session, session_id=999),
            lambda: trace_back(session),
            lambda: trace_container_since(session, container_id=999, after=None),
            lambda: trace_lot_number(session, lot_number="'; DROP TABLE lot; --"),
        ):
            with pytest.raises(RecordNotFound):
                ask()


def test_a_lot_that_went_nowhere_has_an_empty_answer(tell, units, clinic):
    lot_id = tell(lambda story: story.vial(story.product("HA"), "HA-1").lot_id)
    with units.reading() as session:
        trace = trace_forward(session, lot_ids=[lot_id])
    assert not any((trace.patients, trace.draws, trace.uses, trace.received))
    assert [site.name for site in trace.sites] == ["Harbour", "Hillside"]
    assert [site.complete_since for site in trace.sites] == [None, None]


def test_a_unit_traces_what_it_has_just_changed(tell):
    def script(story):
        vial = story.vial(story.product("HA"), "HA-1")
        patient = story.patient()
        story.give(vial, patient, "1")
        return len(trace_forward(story.session, lot_ids=[vial.lot_id]).patients)

    assert tell(script) == 1
