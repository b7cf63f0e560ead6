"""Random histories of mixing, giving and correcting: the traces against a walk in plain Python."""

import itertools
from collections import defaultdict
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inventory.tracing.balances import lot_balance
from inventory.tracing.graph import trace_back, trace_forward
from models.catalogue import Product

VIALS, PATIENTS = 3, 3

_which = st.integers(0, 30)
_amount = st.integers(1, 40).map(lambda tenths: str(Decimal(tenths).scaleb(-1)))
_mix = st.tuples(st.just("mix"), st.lists(st.tuples(_which, _amount), min_size=1, max_size=4), st.integers(1, 2))
_give = st.tuples(st.just("give"), _which, _which, _amount)
_undo = st.tuples(st.just("undo"), _which)
_amend = st.tuples(st.just("amend"), _which)
_swap = st.tuples(st.just("swap"), _which, _which)
_step = st.one_of(_mix, _give, _mix, _give, _undo, _amend, _swap)
_lot_numbers = itertools.count()


class Plain:
    """What happened, as lists. Every step is also told to the story, so that both know the same."""

    def __init__(self, story, product) -> None:
        self.story = story
        number = next(_lot_numbers)
        self.sources = [story.vial(product, f"H{number}-{index}") for index in range(VIALS)]
        self.containers = list(self.sources)
        self.patients = [story.patient() for _ in range(PATIENTS)]
        self.lot_of = {vial.id: vial.lot_id for vial in self.sources}
        self.made_in = {}  # container -> record
        self.components = defaultdict(list)  # record -> [container, amount]
        self.draws = []  # record row, container row, component, not yet corrected
        self.given = []  # patient, container, amount, and the row to correct
        self.settled = []  # the same, corrected once

    def mix(self, parts, outputs) -> None:
        drawn = [(self.containers[which % len(self.containers)], amount) for which, amount in parts]
        # The same container twice is one draw, so that a correction knows which.
        drawn = list({source.id: (source, amount) for source, amount in drawn}.values())
        whole = sum(Decimal(amount) for _, amount in drawn)
        syringes = (str(whole),) if outputs == 1 else (str(whole / 4), str(whole * 3 / 4))
        record, made = self.story.mix(*drawn, syringes=syringes)
        for source, amount in drawn:
            component = [source.id, Decimal(amount)]
            self.components[record.id].append(component)
            if source.id in self.lot_of:
                self.draws.append((record, source, component))
        for container in made:
            self.made_in[container.id] = record.id
            self.containers.append(container)

    def give(self, which, whom, amount) -> None:
        source = self.containers[which % len(self.containers)]
        patient = self.patients[whom % PATIENTS]
        row = self.story.give(source, patient, amount)
        self.given.append((patient.id, source.id, Decimal(amount), row))

    def undo(self, which) -> None:
        """It never took place."""
        if self.given:
            _, _, _, row = self.given.pop(which % len(self.given))
            self.story.correct(row.entry_id, row.move_id)

    def amend(self, which) -> None:
        """Half of it was given."""
        if self.given:
            patient_id, source_id, amount, row = self.given.pop(which % len(self.given))
            self.story.correct(row.entry_id, row.move_id, str(amount / 2))
            self.settled.append((patient_id, source_id, amount / 2))

    def swap(self, which, instead) -> None:
        """It was another vial that went into the mixture."""
        if not self.draws:
            return
        record, source, component = self.draws.pop(which % len(self.draws))
        taken = {container_id for container_id, _ in self.components[record.id]}
        free = [vial for vial in self.sources if vial.id not in taken]
        if free:
            right = free[instead % len(free)]
            draw = self.story.draw_of(record, source)
            self.story.correct(draw.entry_id, draw.id, str(component[1]), right)
            component[0] = right.id

    def content(self, container_id) -> dict[int, Fraction]:
        """Lot -> how much of it is in one unit."""
        if container_id in self.lot_of:
            return {self.lot_of[container_id]: Fraction(1)}
        parts = self.components[self.made_in[container_id]]
        whole = sum(Fraction(amount) for _, amount in parts)
        content = defaultdict(Fraction)
        for source_id, amount in parts:
            for lot_id, share in self.content(source_id).items():
                content[lot_id] += share * Fraction(amount) / whole
        return content

    def received(self) -> dict[tuple[int, int], Fraction]:
        sums = defaultdict(Fraction)
        for patient_id, container_id, amount, *_ in (*self.given, *self.settled):
            for lot_id, share in self.content(container_id).items():
                sums[patient_id, lot_id] += share * Fraction(amount)
        return dict(sums)

    def facts(self):
        return [vial.lot_id for vial in self.sources], [patient.id for patient in self.patients], self.received()


@pytest.fixture
def product_id(tell):
    return tell(lambda story: story.vial(story.product("HA"), "first").lot.product_id)


@settings(
    max_examples=max(1, settings().max_examples // 5), suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(_step, min_size=1, max_size=14))
def test_every_trace_equals_a_plain_walk(tell, units, product_id, steps):
    def script(story):
        plain = Plain(story, story.session.get_one(Product, product_id))
        for name, *facts in steps:
            getattr(plain, name)(*facts)
        return plain.facts()

    lots, patients, expected = tell(script)
    with units.reading() as session:
        for lot_id in lots:
            trace = trace_forward(session, lot_ids=[lot_id])
            assert _amounts(trace, {lot_id}) == {key: amount for key, amount in expected.items() if key[1] == lot_id}
            assert set(trace.patients) == {patient for patient, lot in expected if lot == lot_id}
            assert lot_balance(session, lot_id=lot_id).balance.variance == 0
        assert _amounts(trace_forward(session, lot_ids=lots), set(lots)) == expected
        for patient_id in patients:
            trace = trace_back(session, patient_id=patient_id)
            assert _amounts(trace, set(lots)) == {
                key: amount for key, amount in expected.items() if key[0] == patient_id
            }


def _amounts(trace, lots) -> dict[tuple[int, int], Fraction]:
    assert not trace.problems
    return {
        (patient_id, lot_id): amount
        for patient_id, by_lot in trace.received_by_patient().items()
        for lot_id, amount in by_lot.items()
        if lot_id in lots
    }
