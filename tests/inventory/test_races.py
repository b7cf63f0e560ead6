"""Races that a clinic loses patients by: the last dose, a hold against a use, the same request twice."""

import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from cast import Clinic
from sqlalchemy import func, select

from inventory import invariants
from inventory.access import Act, Actor
from inventory.care import administering
from inventory.errors import ContainerClosed, ContainerHeld, Refusal
from inventory.stock import holds, receiving
from inventory.units import Answer, RequestKey, Units, one_site
from models.care import Administration
from models.evidence import AuditEntry
from models.organisation import IdempotencyKey
from models.stock import StockEntry
from models.vocabulary import HoldKind

ROOT = Path(__file__).resolve().parents[2]
CLIENTS, ROUNDS, REQUESTS = 16, 100, 500
Work = Callable[[], Any]


def at_once(*works: Work) -> list[Any]:
    """Start all together; the answer of each, or its refusal."""
    start = threading.Barrier(len(works))

    def run(work: Work) -> Any:
        start.wait()
        try:
            return work()
        except Refusal as refusal:
            return refusal

    with ThreadPoolExecutor(len(works)) as clients:
        return list(clients.map(run, works))


@pytest.fixture
def single_doses(make_product: Callable[..., int], make_lot: Callable[..., list[str]]) -> list[str]:
    """One vial of one dose for each round."""
    return make_lot(make_product("One dose", content=Decimal(1)), count=ROUNDS)


@pytest.mark.timeout(900)
def test_of_sixteen_who_reach_for_the_last_dose_exactly_one_gets_it(
    units: Units, clinic: Clinic, practitioner: Actor, single_doses: list[str], start_session: Callable[..., int]
) -> None:
    visits = [start_session() for _ in range(CLIENTS)]

    def give(code: str, visit_id: int) -> Work:
        command = administering.Administer(visit_id, code, "face", Decimal(1))
        return lambda: units.run(
            practitioner,
            one_site(clinic.site_id),
            lambda session, act: type(administering.administer(session, act, command)),
        )

    for code in single_doses:
        outcomes = Counter(
            answer if isinstance(answer, type) else type(answer)
            for answer in at_once(*(give(code, visit_id) for visit_id in visits))
        )
        assert outcomes == {Administration: 1, ContainerClosed: CLIENTS - 1}

    with units.reading() as session:
        assert session.scalar(select(func.count(Administration.id))) == ROUNDS
        assert invariants.check(session, revision=None, newest_revision=None) == []


@pytest.mark.timeout(900)
def test_nothing_is_used_once_its_hold_is_there(
    units: Units,
    clinic: Clinic,
    pharmacist: Actor,
    practitioner: Actor,
    single_doses: list[str],
    start_session: Callable[..., int],
) -> None:
    visit_id = start_session()
    scope = one_site(clinic.site_id)
    won = Counter()

    for code in single_doses:
        hold = holds.PlaceHold(HoldKind.QUALITY, "cloudy", container_code=code)
        use = administering.Administer(visit_id, code, "face", Decimal("0.5"))
        held, used = at_once(
            lambda hold=hold: units.run(
                pharmacist, scope, lambda session, act: _seq(session, act, holds.place_hold, hold)
            ),
            lambda use=use: units.run(
                practitioner, scope, lambda session, act: _seq(session, act, administering.administer, use)
            ),
        )
        assert isinstance(held, int)
        if isinstance(used, int):
            assert used < held
        else:
            assert isinstance(used, ContainerHeld)
        won[type(used)] += 1

    with units.reading() as session:
        assert session.scalar(select(func.count(Administration.id))) == won[int]


def _seq(session: Any, act: Act, service: Callable[..., Any], command: Any) -> int:
    """The number that this unit's entry will have: units of one site come one after another."""
    service(session, act, command)
    newest = select(func.max(AuditEntry.seq)).where(AuditEntry.chain_id == act.site_id)
    return (session.scalar(newest) or 0) + 1


def _receive(units: Units, actor: Actor, clinic: Clinic, product_id: int) -> Callable[[int], Answer]:
    def send(number: int) -> Answer:
        line = receiving.OpeningLine(product_id, f"L{number}", None, hold_cause="no date")
        command = receiving.RecordOpeningStock(clinic.places.storage, (line,))
        key = RequestKey(actor.user_id or 0, "opening", f"request-{number}", "the same content")
        return units.in_unit(
            actor,
            one_site(clinic.site_id),
            key,
            lambda session, act: Answer(201, ids={"entry": receiving.record_opening_stock(session, act, command).id}),
        )

    return send


@pytest.mark.timeout(900)
def test_five_hundred_requests_sent_twice_at_once_are_stored_once_each(
    units: Units, clinic: Clinic, pharmacist: Actor, product_id: int
) -> None:
    send = _receive(units, pharmacist, clinic, product_id)

    with ThreadPoolExecutor(8) as clients:
        answers = list(clients.map(send, [number for number in range(REQUESTS) for _ in range(2)]))

    pairs = list(zip(answers[::2], answers[1::2], strict=True))
    assert all(sorted([one.is_replay, other.is_replay]) == [False, True] for one, other in pairs)
    assert all(replace(one, is_replay=True) == replace(other, is_replay=True) for one, other in pairs)
    with units.reading() as session:
        assert session.scalar(select(func.count(StockEntry.id))) == REQUESTS
        assert session.scalar(select(func.count(IdempotencyKey.id))) == REQUESTS


@pytest.mark.timeout(600)
def test_two_programs_write_to_one_database_and_neither_is_turned_away(
    database_url: str, units: Units, clinic: Clinic, product_id: int
) -> None:
    ids = (clinic.site_id, clinic.user_ids["paula"], clinic.places.storage, product_id)
    program = [sys.executable, ROOT / "tests" / "programs" / "keep_receiving.py", database_url, *map(str, ids)]
    writers = [
        subprocess.Popen(
            [*program, "40"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={"PYTHONPATH": str(ROOT)},
        )
        for _ in range(2)
    ]
    with ThreadPoolExecutor(2) as both:
        said = list(both.map(lambda pair: pair[1].communicate(f"writer{pair[0]}\n"), enumerate(writers)))

    assert [errors for _, errors in said] == ["", ""]
    assert [len(lines.splitlines()) for lines, _ in said] == [42, 42]
    with units.reading() as session:
        assert session.scalar(select(func.count(StockEntry.id))) == 80
        assert invariants.check(session, revision=None, newest_revision=None) == []
