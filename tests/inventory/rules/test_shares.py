from collections import defaultdict
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.errors import ContainerMadeTwice, IntegrityProblem, RecordWithoutVolume, TraceHasCycle
from inventory.rules import amounts, doses, shares
from inventory.rules.amounts import Strength
from inventory.rules.shares import Input, Record
from models.vocabulary import StrengthUnit

D = Decimal
F = Fraction


def mixed(record_id, outputs, total=None, **parts):
    """A record and its inputs; `parts` are amounts by container, such as c1="2.0"."""
    edges = [Input(int(name[1:]), record_id, D(amount)) for name, amount in parts.items()]
    return edges, Record(record_id, tuple(outputs), total)


def story(*mixtures):
    return [edge for edges, _ in mixtures for edge in edges], [record for _, record in mixtures]


# The worked example: HA 2.0 mL, vitamin C 1.0, dexpanthenol 1.0, lidocaine 0.5 in one cocktail of 4.5 mL.
HA, VITAMIN_C, DEXPANTHENOL, LIDOCAINE, SYRINGE = 1, 2, 3, 4, 10
COCKTAIL = story(mixed(1, [SYRINGE], c1="2.0", c2="1.0", c3="1.0", c4="0.5"))
STRENGTHS = {HA: 15, VITAMIN_C: 200, DEXPANTHENOL: 250, LIDOCAINE: 20}


@pytest.mark.parametrize(
    ("container", "millilitres", "milligrams"),
    [(HA, "0.889", "13.333"), (VITAMIN_C, "0.444", "88.889"), (DEXPANTHENOL, "0.444", "111.111"),
     (LIDOCAINE, "0.222", "4.444")],
)  # fmt: skip
def test_a_patient_given_2_ml_received_of_each_lot(container, millilitres, milligrams):
    share = shares.forward_shares([container], *COCKTAIL)[SYRINGE][container]
    received = shares.amount_from(share, D("2.0"))

    assert amounts.rounded(received) == D(millilitres)
    strength = Strength(F(STRENGTHS[container]), StrengthUnit.MG)
    assert amounts.rounded(doses.substance_amount(received, strength)) == D(milligrams)
    assert shares.back_shares([SYRINGE], *COCKTAIL)[SYRINGE][container] == share


def test_the_final_concentration_is_exact():
    share = shares.forward_shares([VITAMIN_C], *COCKTAIL)[SYRINGE][VITAMIN_C]
    assert share * 200 == F(400, 9)  # 44.44 mg/mL


def test_a_starting_container_is_wholly_itself_and_strangers_do_not_appear():
    found = shares.forward_shares([HA, 99], *COCKTAIL)
    assert found == {HA: {HA: 1}, 99: {99: 1}, SYRINGE: {HA: F(4, 9)}}


def test_a_back_trace_names_the_intermediate_containers_too():
    inputs, records = story(mixed(1, [10], c1="1", c2="3"), mixed(2, [11], c10="1", c3="1"))
    assert shares.back_shares([11], inputs, records) == {11: {11: 1, 10: F(1, 2), 3: F(1, 2), 1: F(1, 8), 2: F(3, 8)}}


def test_a_diamond_adds_up():
    """One vial goes into two stock solutions, and both into one cocktail."""
    inputs, records = story(
        mixed(1, [10], c1="1", c2="2"),
        mixed(2, [11], c1="1", c3="4"),
        mixed(3, [12, 13], c10="1", c11="1"),
    )
    found = shares.forward_shares([1], inputs, records)

    assert found[12] == found[13] == {1: F(1, 2) * F(1, 3) + F(1, 2) * F(1, 5)}
    assert sum(shares.back_shares([12], inputs, records)[12][source] for source in (1, 2, 3)) == 1


def test_cocktails_of_cocktails_of_cocktails_stay_exact():
    chain = [mixed(level, [100 + level], **{f"c{99 + level}": "1", f"c{level}": "2"}) for level in range(1, 31)]
    found = shares.forward_shares([100], *story(*chain))
    assert found[130] == {100: F(1, 3**30)}


def test_two_draws_from_one_vial_add_up():
    inputs = [Input(1, 1, D("0.5")), Input(2, 1, D(1)), Input(1, 1, D("0.5"))]
    assert shares.forward_shares([1], inputs, [Record(1, (10,))])[10] == {1: F(1, 2)}


def test_a_starting_container_that_holds_another_is_traced_as_both():
    inputs, records = story(mixed(1, [10], c1="1", c2="1"), mixed(2, [11], c10="1", c3="1"))
    found = shares.forward_shares([1, 10], inputs, records)
    assert found[10] == {1: F(1, 2), 10: 1}
    assert found[11] == {1: F(1, 4), 10: F(1, 2)}


def test_a_powder_is_traced_by_its_own_unit_per_millilitre():
    """600 mg of powder (no volume of its own) in 4 mL of water; the second time 4.3 mL were measured."""
    inputs = [Input(1, 1, D(600), volume=D(0)), Input(2, 1, D(4))]
    assert shares.forward_shares([1], inputs, [Record(1, (10,))])[10] == {1: 150}
    assert shares.forward_shares([1], inputs, [Record(1, (10,), total=D("4.3"))])[10] == {1: F(6000, 43)}


def test_what_was_wholly_reversed_left_no_trace():
    inputs = [Input(1, 1, D(0)), Input(2, 1, D(3))]
    assert shares.forward_shares([1], inputs, [Record(1, (10,))]) == {1: {1: 1}}


def test_an_input_that_was_corrected_away_makes_no_cycle():
    inputs, records = story(mixed(1, [10], c1="1", c11="0"), mixed(2, [11], c10="1"))
    assert shares.forward_shares([1], inputs, records)[11] == {1: 1}


@pytest.mark.parametrize("trace", [shares.forward_shares, shares.back_shares])
def test_a_cycle_is_an_integrity_problem_that_names_the_preparations(trace):
    inputs, records = story(mixed(1, [10], c1="1", c11="1"), mixed(2, [11], c10="1"))
    with pytest.raises(TraceHasCycle) as problem:
        trace([1], inputs, records)
    assert set(problem.value.ids) == {1, 2}
    assert isinstance(problem.value, IntegrityProblem)
    assert "preparations" in problem.value.what


def test_a_container_made_of_itself_is_an_integrity_problem():
    inputs, records = story(mixed(1, [10], c10="1"))
    with pytest.raises(TraceHasCycle):
        shares.forward_shares([10], inputs, records)


def test_a_container_made_twice_is_an_integrity_problem():
    inputs, records = story(mixed(1, [10], c1="1"), mixed(2, [10], c2="1"))
    with pytest.raises(ContainerMadeTwice) as problem:
        shares.back_shares([10], inputs, records)
    assert problem.value.facts == {"container_id": 10, "record_ids": (1, 2)}
    assert "(1, 2)" in problem.value.what


@pytest.mark.parametrize(("inputs", "total"), [([Input(1, 7, D(5), volume=D(0))], None), ([Input(1, 7, D(5))], D(0))])
def test_components_without_any_volume_are_an_integrity_problem(inputs, total):
    with pytest.raises(RecordWithoutVolume) as problem:
        shares.forward_shares([1], inputs, [Record(7, (10,), total)])
    assert problem.value.record_id == 7


def test_lots_made_from_one_another_are_found_though_no_container_is():
    inputs, records = story(mixed(1, [10], c1="1"), mixed(2, [11], c10="1"))
    outputs = {record.id: record.output_ids for record in records}
    assert shares.find_lot_cycle({1: 100, 10: 200, 11: 300}, inputs, outputs) is None
    assert set(shares.find_lot_cycle({1: 100, 10: 200, 11: 100}, inputs, outputs)) == {100, 200}


def test_many_uses_of_one_lot_are_traced_without_recursion():
    count = 5000
    inputs = [Input(source, record, D(1)) for record in range(1, count + 1) for source in (1, 2)]
    records = [Record(record, (10_000 + record,)) for record in range(1, count + 1)]
    assert len(shares.forward_shares([1], inputs, records)) == count + 1


# Against a plain recursive walk, on random records in random order.

RAW = range(1, 6)


@st.composite
def histories(draw):
    """Records whose inputs are raw containers or outputs of earlier records, told in any order."""
    made = list(RAW)
    inputs, records = [], []
    for record_id in range(1, draw(st.integers(1, 8)) + 1):
        sources = draw(st.lists(st.sampled_from(made), min_size=1, max_size=4))
        inputs += [Input(source, record_id, D(draw(st.integers(1, 999))).scaleb(-2)) for source in sources]
        outputs = tuple(100 * record_id + number for number in range(draw(st.integers(1, 3))))
        records.append(Record(record_id, outputs))
        made += outputs
    return draw(st.permutations(inputs)), draw(st.permutations(records)), draw(st.sampled_from(made)), made


def plain_share(container, start, inputs, records):
    if container == start:
        return F(1)
    maker = next((record.id for record in records if container in record.output_ids), None)
    parts = [edge for edge in inputs if edge.record_id == maker]
    whole = sum(F(part.amount) for part in parts)
    return sum(
        (F(part.amount) / whole * plain_share(part.container_id, start, inputs, records) for part in parts), F(0)
    )


@given(histories())
def test_the_forward_trace_equals_a_plain_walk(history):
    inputs, records, start, made = history
    walked = {container: plain_share(container, start, inputs, records) for container in made}
    found = shares.forward_shares([start], inputs, records)
    assert {container: found.get(container, {}).get(start, 0) for container in made} == walked


@given(histories())
def test_the_back_trace_is_the_forward_trace_read_the_other_way(history):
    inputs, records, end, made = history
    back = shares.back_shares([end], inputs, records)[end]
    forward = shares.forward_shares(made, inputs, records)
    assert back == {source: share for source, share in forward[end].items() if share}


@given(histories())
def test_what_is_in_a_container_adds_up_to_one(history):
    inputs, records, end, _ = history
    back = shares.back_shares([end], inputs, records)[end]
    assert sum(share for source, share in back.items() if source in RAW) == 1


@given(histories())
def test_every_amount_of_a_lot_is_found_again(history):
    """What went out of a raw container is in the outputs, weighted by what each received."""
    inputs, records, _, _ = history
    for record in records:
        parts = [edge for edge in inputs if edge.record_id == record.id]
        whole = sum(F(part.amount) for part in parts)
        went_in = defaultdict(F)
        for part in parts:
            went_in[part.container_id] += F(part.amount)
        found = shares.forward_shares(went_in, parts, [record])
        for source, amount in went_in.items():
            assert whole * found[record.output_ids[0]][source] == amount
