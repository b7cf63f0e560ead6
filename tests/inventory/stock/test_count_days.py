"""Random days: a place is counted while it is used; then the books are what was counted and what came later."""

import random
from decimal import Decimal

import pytest

from inventory.errors import Refusal
from inventory.invariants import INVARIANTS
from inventory.stock import containers, count_approval, count_results, counts
from inventory.stock.containers import DiscardContainer, MoveContainer, OpenContainer
from inventory.stock.count_approval import ApproveCount, ExplainDifference
from inventory.stock.counts import CountAbsent, CountContainer, FinishCount, StartCount
from models.counts import StockCount
from models.vocabulary import WasteReason

D = Decimal


@pytest.mark.parametrize("seed", range(6))
def test_books_are_what_was_counted_and_what_came_later(  # noqa: C901  # a day is told in one piece
    seed, do, read, look, make_lot, product_id, clinic, assistant, pharmacist, signed
):
    chance = random.Random(seed)  # the same days each time
    codes = make_lot(product_id, count=6)
    for code in codes[:3]:
        do(assistant, containers.open_container, OpenContainer(code))
    count = do(assistant, counts.start_count, StartCount(clinic.places.storage))
    after: dict[str, Decimal] = {}

    def live():
        """Somebody uses, discards or moves one of them."""
        code = chance.choice(codes)
        amount = D(chance.randint(1, 40)) / 10
        commands = [
            (containers.discard, DiscardContainer(code, WasteReason.SPILLED, amount)),
            (containers.discard, DiscardContainer(code, WasteReason.BROKEN)),
            (containers.move_container, MoveContainer(code, clinic.places.room)),
        ]
        service, command = chance.choices(commands, (6, 1, 1))[0]
        before = look(code).remaining
        try:
            do(assistant, service, command)
        except Refusal:
            return
        if code in after:
            after[code] += look(code).remaining - before

    def count_one(code, by):
        opened = look(code).opened_at is not None
        seen = D(chance.randint(0, 100)) / 10 if opened or look(code).remaining == 0 else None
        do(by, counts.count_container, CountContainer(count, code, seen, again=True))
        after[code] = look(code).remaining if seen is None else seen

    for code in chance.sample(codes, 5):
        count_one(code, assistant)
        live()
    do(assistant, counts.finish_count, FinishCount(count))
    lines = read(lambda s: [_facts(line) for line in count_results.outcome(s, s.get_one(StockCount, count)).containers])
    for code, is_missing, waits in lines:
        if waits and is_missing:
            do(pharmacist, counts.count_absent, CountAbsent(count, code))
            after[code] = D(0)
        elif waits:
            count_one(code, pharmacist)
        live()
    found = read(lambda s: count_results.outcome(s, s.get_one(StockCount, count)).explanations)
    for code in found:
        do(assistant, count_approval.explain_difference, ExplainDifference(count, "unknown", code=code))
    since = read(lambda s: _since(count_results.outcome(s, s.get_one(StockCount, count))))
    if read(lambda s: count_results.outcome(s, s.get_one(StockCount, count)).recounts):
        return  # what changed meanwhile asks for a third look; nothing is booked
    do(pharmacist, lambda s, a: count_approval.approve_count(s, a, ApproveCount(count, signed("paula"))).id)

    for code, counted_and_later in after.items():
        if code not in since:
            assert look(code).remaining == max(D(0), counted_and_later), code
    assert [problem for check in INVARIANTS for problem in read(check)] == []


def _facts(line):
    return line.container.code, line.is_missing, line.waits_for_recount


def _since(found):
    return {line.container.code for line in found.containers if line.since is not None}
