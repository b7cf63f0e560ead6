from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.errors import InvalidAmount, NotEnoughStock
from inventory.rules import fefo
from inventory.rules.fefo import Block, BlockKind, ContainerOnHand
from models.vocabulary import HoldKind

D = Decimal
DAY_ONE = datetime(2031, 3, 3, 9, 0, tzinfo=UTC)


def days(count):
    return DAY_ONE + timedelta(days=count)


def vial(number, lot_number="HA-1", *, remaining="3", until=30, opened=False, received=0, blocks=()):
    return ContainerOnHand(
        number,
        f"C{number:09d}",
        lot_number,
        D(remaining),
        None if until is None else days(until),
        opened,
        days(received),
        blocks,
    )


def picked(containers, wanted):
    return [(pick.container.id, str(pick.amount)) for pick in fefo.propose(containers, D(wanted)).picks]


@pytest.mark.parametrize(
    ("containers", "wanted", "picks"),
    [
        ([vial(1, until=60), vial(2, until=30)], "2", [(2, "2")]),
        ([vial(1, until=60), vial(2, until=30)], "4", [(2, "3"), (1, "1")]),
        ([vial(1, until=30), vial(2, until=60, opened=True)], "4", [(2, "3"), (1, "1")]),
        ([vial(1, until=9, opened=True), vial(2, until=2, opened=True)], "1", [(2, "1")]),
        ([vial(1, received=2), vial(2, received=1)], "1", [(2, "1")]),
        ([vial(2), vial(1)], "1", [(1, "1")]),
        ([vial(1, until=None), vial(2, until=900)], "4", [(2, "3"), (1, "1")]),
        ([vial(1, remaining="0"), vial(2)], "1", [(2, "1")]),
        ([vial(1, remaining="0.2", opened=True), vial(2)], "0.5", [(1, "0.2"), (2, "0.3")]),
        ([], "1", []),
    ],
)
def test_what_must_be_used_first_is_taken_first(containers, wanted, picks):
    assert picked(containers, wanted) == picks
    assert picked(containers[::-1], wanted) == picks


HELD = Block(BlockKind.HELD, HoldKind.RECALL, "recall 12")
EXPIRED = Block(BlockKind.EXPIRED)


@pytest.mark.parametrize("kind", BlockKind)
def test_a_blocked_container_is_never_picked_and_is_listed_with_its_reason(kind):
    block = Block(kind)
    proposal = fefo.propose([vial(1, "HA-1", blocks=(block,)), vial(2, "HA-2", until=60)], D(3))

    assert [pick.lot_number for pick in proposal.picks] == ["HA-2"]
    assert [(skipped.lot_number, skipped.reasons) for skipped in proposal.skipped] == [("HA-1", (block,))]
    assert proposal.short == 0


def test_every_reason_is_told_and_emptiness_is_one():
    proposal = fefo.propose([vial(1, remaining="0", blocks=(HELD, EXPIRED))], D(3))
    assert proposal.skipped[0].reasons == (HELD, EXPIRED, Block(BlockKind.EMPTY))
    assert proposal.short == D(3)


def test_what_is_merely_not_needed_is_not_skipped():
    assert fefo.propose([vial(1), vial(2)], D(1)).skipped == ()


def test_a_pick_refuses_rather_than_take_less():
    containers = [vial(1, remaining="2.5"), vial(2, remaining="9", blocks=(HELD,))]
    with pytest.raises(NotEnoughStock) as refused:
        fefo.pick_containers(containers, D(4), product="hyaluronic acid")
    assert refused.value.facts == {"product": "hyaluronic acid", "wanted": D(4), "available": D("2.5")}
    assert refused.value.what == "4 of hyaluronic acid was asked for; 2.5 can be used."


def test_a_pick_that_suffices_is_the_proposal():
    containers = [vial(1), vial(2)]
    assert fefo.pick_containers(containers, D(5), product="HA") == fefo.propose(containers, D(5)).picks


@pytest.mark.parametrize("wanted", [D(0), D(-1), D("NaN"), D("0.0000001"), 1.5, "1", True])
def test_what_is_wanted_must_be_an_amount(wanted):
    with pytest.raises(InvalidAmount):
        fefo.propose([vial(1)], wanted)


containers_on_hand = st.lists(
    st.builds(
        vial,
        number=st.integers(1, 10_000),
        lot_number=st.text(max_size=3),
        remaining=st.integers(0, 20_000).map(lambda thousandths: D(thousandths).scaleb(-3)),
        until=st.none() | st.integers(1, 5),
        opened=st.booleans(),
        received=st.integers(-5, 0),
        blocks=st.sampled_from([(), (), (), (HELD,), (EXPIRED, HELD)]),
    ),
    unique_by=lambda container: container.id,
    max_size=12,
)
wanted_amounts = st.integers(1, 60_000).map(lambda thousandths: D(thousandths).scaleb(-3))


@given(containers_on_hand, wanted_amounts)
def test_a_proposal_is_exact_whole_and_takes_nothing_blocked(containers, wanted):
    proposal = fefo.propose(containers, wanted)
    usable = [container for container in containers if not container.blocks and container.remaining > 0]

    assert sum(pick.amount for pick in proposal.picks) + proposal.short == wanted
    assert proposal.short == max(D(0), wanted - sum(container.remaining for container in usable))
    assert all(0 < pick.amount <= pick.container.remaining for pick in proposal.picks)
    assert {pick.container for pick in proposal.picks} <= set(usable)
    assert {skipped.container for skipped in proposal.skipped} == set(containers) - set(usable)
    assert all(skipped.reasons for skipped in proposal.skipped)
    # Only the last container picked is left with something.
    assert all(pick.amount == pick.container.remaining for pick in proposal.picks[:-1])


@given(containers_on_hand, wanted_amounts, st.randoms(use_true_random=False))
def test_the_order_of_asking_changes_nothing(containers, wanted, source):
    shuffled = list(containers)
    source.shuffle(shuffled)
    assert fefo.propose(shuffled, wanted) == fefo.propose(containers, wanted)


@given(containers_on_hand, wanted_amounts)
def test_nothing_usable_that_goes_before_a_pick_is_passed_over(containers, wanted):
    picks = fefo.propose(containers, wanted).picks
    taken = {pick.container.id for pick in picks}
    for container in containers:
        if container.id in taken or container.blocks or container.remaining == 0:
            continue
        for pick in picks:
            assert not goes_before(container, pick.container)


def goes_before(one, other):
    if one.is_opened != other.is_opened:
        return one.is_opened
    if one.usable_until != other.usable_until:
        return other.usable_until is None or (one.usable_until is not None and one.usable_until < other.usable_until)
    return (one.received_at, one.id) < (other.received_at, other.id)


def test_blocking_the_first_choice_moves_to_the_next():
    first, second = vial(1), vial(2, until=60)
    assert picked([first, second], "1") == [(1, "1")]
    assert picked([replace(first, blocks=(EXPIRED,)), second], "1") == [(2, "1")]
