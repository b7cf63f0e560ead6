"""One bad entry, two doors: the page and the API refuse it in the same words, and nothing changes.

The refusal's words come from one place; the command line says them by `str` of the same refusal.
"""

import html
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from inventory.stock import containers, holds
from models.vocabulary import ContainerKind, HoldKind, Tracking, Unit, WasteReason

LONG = "x" * 10_000


@dataclass(frozen=True)
class Case:
    """`vial`: which container of the cupboard. `said`: the sentences, `{code}` standing for its code."""

    name: str
    vial: str
    action: str
    entries: dict[str, Any]
    status: int
    said: tuple[str, ...]
    form: dict[str, str] | None = None
    facts: dict[str, Any] = field(default_factory=dict)


AMOUNT = "Enter an amount greater than 0 with at most 6 decimals."
CASES = (
    Case("nothing", "full", "disposal", {"waste_reason": "spilled", "amount": "0"}, 422,
         ("The amount '0' is not greater than 0.", AMOUNT)),
    Case("less than nothing", "full", "disposal", {"waste_reason": "spilled", "amount": "-2"}, 422,
         ("The amount '-2' is negative.", AMOUNT)),
    Case("no number", "full", "disposal", {"waste_reason": "spilled", "amount": "NaN"}, 422,
         ("The amount 'NaN' is not a plain number.", AMOUNT)),
    Case("endless", "full", "disposal", {"waste_reason": "spilled", "amount": "1e999999"}, 422,
         ("The amount '1e999999' is not a plain number.", AMOUNT)),
    Case("seven decimals", "full", "disposal", {"waste_reason": "spilled", "amount": "0.0000001"}, 422,
         ("The amount '0.0000001' has more than 6 decimals.", AMOUNT)),
    Case("more than there is", "full", "disposal", {"waste_reason": "spilled", "amount": "10.000001"}, 409,
         ("{code} holds 10 mL; 10.000001 mL were asked for.",
          "Take less, add another vial, or record what was found if the vial really held more."),
         facts={"wanted": "10.000001", "remaining": "10", "unit": "mL"}),
    Case("part of a piece", "pack", "disposal", {"waste_reason": "broken", "amount": "1.5"}, 422,
         ("{code} is counted in whole pieces; 1.5 is not whole.", "Enter a whole number.")),
    Case("closed", "empty", "disposal", {"waste_reason": "spilled"}, 409,
         ("{code} is empty or gone (wasted).", "If it is this one, correct the entry that closed it.")),
    Case("held", "held", "opening", {}, 409,
         ("{code} is blocked (quality): cloudy.",
          "What is held must not be used until the hold is lifted by its own cause.", "Put it aside and take another."),
         facts={"kinds": "quality", "causes": "cloudy"}),
    Case("expired", "expired", "opening", {}, 409,
         ("{code} could be used until 2031-03-10 23:59 (printed expiry).",
          "Past its limit a container must not be used, whatever is left in it.", "Discard it and take another.")),
    Case("for a session only", "ampoule", "opening", {}, 409,
         ("{code} may serve only one session or patient once it is opened.",
          "A single-dose container opened outside a hood is not kept for others.",
          "Start the patient's session and open it there.")),
    Case("already opened", "opened", "opening", {}, 409,
         ("{code} was already opened,", "Use it by its own code, or open another.")),
    Case("at another site", "theirs", "opening", {}, 409,
         ("{code} belongs to another site (Hillside).", "If it is here, request its transfer under Transfers;"),
         facts={"site": "Hillside"}),
    Case("evidence", "evidence", "disposal", {"waste_reason": "spilled"}, 409,
         ("{code} is kept as evidence: police.", "Evidence stays where it is and as it is.")),
    Case("the same place", "full", "move", {"location_id": 1}, 422,
         ("{code} is already in Storage.", "Choose another place.")),
    Case("a place that is none", "full", "move", {"location_id": 8}, 422,
         ("Waste is not a storage place or room of this site.", "to another site a transfer is sent.")),
    Case("10,000 characters", "full", "return", {"reason": LONG}, 422,
         ("Reason: is longer than 2000 characters.", "Correct the entry and save again.")),
    Case("only space", "full", "return", {"reason": " \u00a0 "}, 422, ("Reason: is empty.",)),
    Case("turned reading", "full", "return", {"reason": "gnp.\u202elaiv"}, 422,
         ("Reason: contains hidden characters.",)),
    Case("nothing said", "full", "return", {}, 422, ("Please fill this in.",)),
    Case("no reason on offer", "full", "disposal", {"waste_reason": "bored"}, 422, ("Must be one of: residual,",)),
    Case("a purpose of another kind", "full", "withdrawal", {"purpose": "wasted", "reason": "x"}, 422,
         ("Purpose: 'wasted' is not sampled or lost.",)),
    Case("beyond the overfill", "opened", "found", {"amount": "0.1", "reason": "x"}, 409,
         ("0.1 mL more than it holds is beyond its product's limit of 0 mL.",
          "A vial holds a little more than its label says, not much more:")),
    Case("all of a pack", "pack", "split", {"pieces": 100}, 409,
         ("{code} cannot be split: only an unopened pack of several pieces can.", "Use it as it is.")),
    Case("no pieces", "pack", "split", {"pieces": 0}, 422, ("Enter a whole number, 1 or more.",)),
    Case("what only a recall places", "full", "hold", {"kind": "recall", "cause": "letter"}, 422,
         ("This hold cannot be placed: a hold of kind recall comes only with its delivery or recall.",)),
)  # fmt: skip


@pytest.fixture
def cupboard(make_product, make_lot, do, pharmacist, practitioner, clock) -> dict[str, str]:
    """One container in each state, by name. It is 2031-03-12: one lot has expired."""
    product = make_product()
    full, opened, held, empty, evidence = make_lot(product, "L1", 5)
    (expired,) = make_lot(product, "SHORT", 1, date(2031, 3, 10))
    (theirs,) = make_lot(product, "L1", at_other_site=True)
    (ampoule,) = make_lot(make_product("Ampoule", container_kind=ContainerKind.AMPOULE))
    needles = make_product("Needles", unit=Unit.PIECE, content=Decimal(100), tracking=Tracking.PACK)
    (pack,) = make_lot(needles, "P1")
    do(practitioner, containers.open_container, containers.OpenContainer(opened))
    do(pharmacist, holds.place_hold, holds.PlaceHold(HoldKind.QUALITY, "cloudy", container_code=held))
    do(pharmacist, holds.place_hold, holds.PlaceHold(HoldKind.EVIDENCE, "police", container_code=evidence))
    do(pharmacist, containers.discard, containers.DiscardContainer(empty, WasteReason.BROKEN))
    clock.pass_time(timedelta(days=9))
    return {
        "full": full, "opened": opened, "held": held, "empty": empty, "evidence": evidence, "expired": expired,
        "theirs": theirs, "ampoule": ampoule, "pack": pack,
    }  # fmt: skip


def _words(page: str) -> str:
    main = page.partition("<main")[2].partition("</main>")[0]
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", main)).replace("\u00a0", " "))


def _said_by(problem: dict[str, Any]) -> str:
    """All that the API says of a refusal, in the order of the sentence that `str` makes of it."""
    parts = [problem.get(name, "") for name in ("detail", "why", "remedy")]
    sentences = [sentence for each in problem.get("errors", {}).values() for sentence in each]
    return " ".join([*parts, *sentences])


def _heads(everything: Callable[[], Any]) -> Any:
    """The audit chains and the ledger: what a refusal leaves as it was."""
    rows = everything()
    return [rows[name] for name in ("audit_chain", "container", "stock_entry", "stock_move", "hold", "idempotency_key")]


def test_page_and_program_are_refused_alike(cupboard, signed_in, program, everything, subtests):
    paula, caller = signed_in("paula"), program("paula")
    before = _heads(everything)
    for case in CASES:
        with subtests.test(case.name):
            code = cupboard[case.vial]
            page = paula.send(f"/containers/{code}/{case.action}", {name: str(v) for name, v in case.entries.items()})
            problem = _ask(caller, case, code)
            assert (page.status_code, problem.status_code) == (case.status, case.status), problem.text
            for sentence in case.said:
                sentence = sentence.format(code=code)  # noqa: PLW2901  # the same sentence, spoken of this vial
                assert sentence in _said_by(problem.json)
                assert sentence in _words(page.text)
            assert case.facts.items() <= problem.json.get("facts", {}).items()
            assert _heads(everything) == before


def _ask(caller: Any, case: Case, code: str) -> Any:
    if case.action == "hold":
        return caller.change("/holds", case.entries | {"container_code": code})
    return caller.change(f"/containers/{code}/{case.action}", case.entries)


@pytest.mark.only_on("sqlite", reason="the command line's sentence is made of the same refusal on every database")
def test_the_command_line_says_the_same_sentence(cupboard, do, practitioner, program):
    from inventory.errors import ContainerHeld  # noqa: PLC0415

    code = cupboard["held"]
    problem = program("paula").change(f"/containers/{code}/opening").json
    with pytest.raises(ContainerHeld) as refused:
        do(practitioner, containers.open_container, containers.OpenContainer(code))
    assert str(refused.value) == _said_by(problem)


def test_the_same_key_with_other_content_is_refused_alike(vial, signed_in, program, everything):
    first, other = {"waste_reason": "spilled", "amount": "1"}, {"waste_reason": "spilled", "amount": "2"}
    paula, caller, key = signed_in("paula"), program("paula"), secrets.token_urlsafe(12)
    assert caller.change(f"/containers/{vial}/disposal", first, key=key).status_code == 201
    assert paula.send(f"/containers/{vial}/disposal", first | {"idempotency_key": key}).status_code == 303
    before = _heads(everything)

    problem = caller.change(f"/containers/{vial}/disposal", other, key=key)
    page = paula.send(f"/containers/{vial}/disposal", other | {"idempotency_key": key})

    assert (problem.status_code, page.status_code) == (409, 409)
    for sentence in (problem.json["detail"], problem.json["remedy"]):
        assert sentence in _words(page.text)
    shown = re.search(r'<form[^>]*/disposal".*?</form>', page.text, re.DOTALL).group(0)
    assert 'value="2"' in shown
    assert f'value="{key}"' not in shown
    assert _heads(everything) == before


def test_a_cut_connection_after_the_commit_loses_nothing_and_doubles_nothing(vial, program, look, everything):
    """The client never saw the answer; the same request again is answered from what was stored."""
    caller, key, body = program("paula"), "key-of-a-lost-answer", {"waste_reason": "spilled", "amount": "2.5"}
    caller.change(f"/containers/{vial}/disposal", body, key=key)  # nobody reads this answer
    before = _heads(everything)

    again = caller.change(f"/containers/{vial}/disposal", body, key=key)

    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (201, "true")
    entry = caller.ask(again.headers["Location"].removeprefix("/api/v1")).json
    assert [(move["container_code"], move["amount"]) for move in entry["moves"]] == [(vial, "2.5")]
    assert look(vial).remaining == Decimal("7.5")
    assert _heads(everything) == before
