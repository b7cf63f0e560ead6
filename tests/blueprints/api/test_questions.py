"""What the API answers: the ledger read back, exact and by reference."""

import hashlib
import json
from datetime import timedelta
from decimal import Decimal

import pytest

from inventory.access import Permission
from inventory.care import administering
from inventory.stock import containers, holds
from inventory.units import EVERYTHING
from models.vocabulary import HoldKind


@pytest.fixture
def story(product_id, make_lot, make_patient, start_session, mix, give, look):
    """Two vials of one lot went into two syringes; a patient received the larger."""
    first, second = make_lot(product_id, "L1", 2)
    reference = make_patient("Nadia Secret")
    session_id = start_session(reference)
    mixture = mix((first, "4"), (second, "1"), session_id=session_id, syringes=("3", "1.8"))
    give(session_id, mixture.codes[0], points=24, technique="papules", depth_mm=Decimal("1.5"))
    return first, reference, session_id, mixture, look(first).lot_id


def test_on_hand_goes_on_where_it_ended(program, make_lot, make_product):
    for number in range(5):
        make_lot(make_product(f"Product {number}"), f"L{number}", 2)
    paula, found, cursor = program("paula"), [], None
    while True:
        part = paula.ask("/stock", limit=2, **({"cursor": cursor} if cursor else {})).json
        found += part["on_hand"]
        cursor = part["next_cursor"]
        if cursor is None:
            break
    assert [row["product"] for row in found] == [f"Product {number}" for number in range(5)]
    assert {(row["amount"], row["containers"], row["opened"]) for row in found} == {("20", 2, 0)}


@pytest.mark.parametrize("cursor", ["x", "W10=", "WyJhIiwgImIiLCAiMSIsIDJd", "bnVsbA==", "é"])
def test_a_cursor_that_was_never_given_is_refused(program, clinic, cursor):
    answer = program("paula").ask("/stock", cursor=cursor)
    assert (answer.status_code, list(answer.json["errors"])) == (422, ["cursor"])


def test_a_container_says_until_when_and_why(program, vial, do, practitioner):
    do(practitioner, containers.open_container, containers.OpenContainer(vial))
    answer = program("anna").ask(f"/containers/{vial.lower()}").json
    assert answer["code"] == vial
    assert answer["states"] == ["opened", "usable"]
    assert answer["usable_until"] == "2031-03-31T21:59:59.999999Z"
    assert [(limit["name"], limit["is_binding"], limit["source"]) for limit in answer["limits"]] == [
        ("printed_expiry", False, "BUD-09"),
        ("in_use", True, "INU-09"),
    ]
    assert [(move["purpose"], move["amount"]) for move in answer["moves"]] == [("opening", "10")]


def test_a_session_and_its_preparation_are_read_by_reference(program, story, looked_at):
    _, reference, session_id, mixture, _ = story
    peter = program("peter")
    session = peter.ask(f"/sessions/{session_id}")
    preparation = peter.ask(f"/preparations/{mixture.record_id}")
    assert (session.json["patient_reference"], preparation.json["patient_reference"]) == (reference, reference)
    (given,) = session.json["given"]
    assert (given["amount"], given["points"], given["technique"], given["depth_mm"]) == ("3", 24, "papules", "1.5")
    assert [part["amount"] for part in preparation.json["components"]] == ["4", "1"]
    assert [made["content"] for made in preparation.json["containers"]] == ["3.2", "1.8"]
    assert preparation.json["binding_limit"]
    assert "Nadia" not in session.text + preparation.text
    assert looked_at() == [f"session {session_id}", f"preparation {mixture.record_id}"]


def test_a_trace_forward_names_patients_and_exact_shares(program, story):
    first, reference, session_id, mixture, lot_id = story
    paula = program("paula")
    of_lot, of_vial = paula.ask(f"/lots/{lot_id}/trace").json, paula.ask(f"/containers/{first}/trace").json
    assert of_lot["covers"] == "all 2 sites"
    assert of_lot["patients"] == [{"reference": reference, "certainty": "vial_scanned"}]
    (use,) = of_lot["uses"]
    assert (use["amount"], use["session_id"]) == ("3", session_id)
    assert use["through"] == [mixture.lot_number, mixture.codes[0]]
    assert of_vial["uses"][0]["amount"] == "2.4"
    assert of_vial["on_hand"] == "7.44"
    assert of_lot["mixtures"][0]["amount"] == "5"
    assert of_lot["problems"] == of_lot["apart"] == of_lot["elsewhere"] == []


def test_a_trace_back_names_what_went_in(program, story):
    _, reference, session_id, mixture, lot_id = story
    paula = program("paula")
    for path in (f"/sessions/{session_id}/trace", f"/patients/{reference}/trace"):
        answer = paula.ask(path).json
        assert {(part["lot"]["id"], part["amount"]) for part in answer["received"]} == {
            (lot_id, "3"),
            (mixture.lot_id, "3"),
        }
    answer = paula.ask(f"/containers/{mixture.codes[1]}/ingredients").json
    assert [(part["lot_id"], part["amount"], part["depth"]) for part in answer["ingredients"]] == [(lot_id, "1.8", 0)]


def test_without_the_organisations_view_other_sites_are_figures(program, story, make_lot, product_id):
    (theirs,) = make_lot(product_id, "L1", at_other_site=True)
    paula, peter = program("paula"), program("peter")
    lot_id = story[4]
    assert peter.ask(f"/lots/{lot_id}/trace").json["elsewhere"] == [
        {
            "site": "Hillside",
            "containers": 1,
            "preparations": 0,
            "sessions": 0,
            "patients": 0,
            "received": "0",
            "on_hand": "10",
        }
    ]
    assert theirs not in peter.ask(f"/lots/{lot_id}").text
    assert theirs in paula.ask(f"/lots/{lot_id}").text
    refused = peter.ask(f"/containers/{theirs}/ingredients")
    assert (refused.status_code, refused.json["code"]) == (409, "belongs_to_another_site")
    assert refused.json["facts"] == {"code_scanned": theirs, "site": "Hillside"}


def test_the_balance_of_a_lot_follows_mixtures_to_their_ends(program, story):
    balance = program("otto").ask(f"/lots/{story[4]}/balance").json
    assert balance["came_in"] == [{"purpose": "opening", "amount": "20"}]
    assert balance["went_out"] == [{"purpose": "compounded", "amount": "5"}]
    assert balance["compounded_became"] == [
        {"purpose": "administered", "amount": "3"},
        {"purpose": "wasted", "amount": "0.2"},
    ]
    assert (balance["compounded_on_hand"], balance["on_hand"], balance["unaccounted"]) == ("1.8", "15", "0")
    assert balance["accounted_percent"] == "100"


def test_a_proposal_says_what_is_skipped_and_why(program, product_id, make_lot, do, pharmacist):
    held, sound = make_lot(product_id, "L1", 2)
    do(pharmacist, holds.place_hold, holds.PlaceHold(HoldKind.QUALITY, "cloudy", container_code=held))
    answer = program("peter").ask("/stock/proposal", product_id=product_id, amount="12").json
    assert [(pick["container_code"], pick["amount"]) for pick in answer["picks"]] == [(sound, "10")]
    assert answer["short"] == "2"
    (skipped,) = answer["skipped"]
    assert (skipped["container_code"], skipped["reasons"][0]["hold"]) == (held, "quality")


def test_what_waits_is_listed(program, vial, do, pharmacist, start_session, give):
    hold_id = do(pharmacist, holds.place_hold, holds.PlaceHold(HoldKind.QUALITY, "cloudy", container_code=vial))
    session_id = start_session()
    give(session_id, vial, "1", service=administering.record_past_administration, scope=EVERYTHING)
    paula = program("paula")
    (held,) = paula.ask("/holds").json["holds"]
    assert (held["hold"]["id"], held["container_code"], held["hold"]["cause"]) == (hold_id, vial, "cloudy")
    rules = [each["rule"] for each in paula.ask("/deviations").json["deviations"]]
    assert "container_held" in rules


def test_lots_are_found_by_their_printed_number(program, make_lot, make_product):
    make_lot(make_product("One"), "SAME")
    make_lot(make_product("Two"), "SAME")
    paula = program("paula")
    assert len(paula.ask("/lots", lot_number="SAME").json["lots"]) == 2
    assert paula.ask("/lots", lot_number="same").json["lots"] == []
    assert paula.ask("/lots").status_code == 422


def test_the_audit_log_gives_the_text_that_was_hashed(program, vial):
    page = program("otto").ask("/audit", limit=50).json
    by_chain = {(each["chain_id"], each["seq"]): each for each in page["entries"]}
    for (chain, seq), entry in by_chain.items():
        before = by_chain.get((chain, seq - 1))
        previous = bytes(32) if seq == 1 else before and bytes.fromhex(before["hash"])
        if previous is not None:
            assert hashlib.sha256(previous + entry["body"].encode()).hexdigest() == entry["hash"]
        assert json.loads(entry["body"])["seq"] == seq


def test_a_stranger_reads_nothing_of_ours(program, story):
    first, _, session_id, mixture, _ = story
    stella = program("stella")
    assert stella.ask(f"/containers/{first}").json["code"] == "belongs_to_another_site"
    assert stella.ask(f"/sessions/{session_id}").json["code"] == "session_of_another_site"
    assert stella.ask(f"/preparations/{mixture.record_id}").status_code == 404
    assert stella.ask("/stock").json["on_hand"] == []
    entry = stella.ask("/entries/1")
    assert entry.status_code == 404


@pytest.mark.parametrize(
    "path",
    ["/containers/C86FQCZ25E", "/lots/999", "/lots/999/trace", "/lots/999/balance", "/entries/999", "/deliveries/999",
     "/sessions/999", "/sessions/999/trace", "/preparations/999", "/patients/PBEYYBG4SN/trace",
     "/containers/C86FQCZ25E/trace", "/containers/C86FQCZ25E/ingredients", "/nowhere", "/lots/99999999999999999999"],
)  # fmt: skip
def test_what_is_not_there_is_not_found(program, clinic, path):
    answer = program("paula").ask(path)
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


@pytest.mark.only_on("sqlite", reason="nothing is asked of the database")
@pytest.mark.parametrize(
    ("path", "asked", "name"),
    [
        ("/stock", {"product_id": "x"}, "product_id"),
        ("/stock", {"limit": 0}, "limit"),
        ("/stock", {"page": 2}, "page"),
        ("/stock/proposal", {"product_id": 1, "amount": "-1"}, "amount"),
        ("/stock/proposal", {"amount": "1"}, "product_id"),
        ("/audit", {"since": "yesterday"}, "since"),
        ("/audit", {"kind": "secrets"}, "kind"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused_by_name(program, clinic, path, asked, name):
    answer = program("paula").ask(path, **asked)
    assert (answer.status_code, list(answer.json["errors"])) == (422, [name])


def test_a_token_ends_with_its_time_its_person_and_its_revocation(program, clock, units, administrator, clinic):
    paula = program("paula")
    assert paula.ask("/places").status_code == 200
    clock.pass_time(timedelta(days=31))
    assert paula.ask("/places").status_code == 401


@pytest.mark.only_on("sqlite", reason="no statement differs before the permission is known")
def test_a_token_holds_no_more_than_its_scopes(program, clinic):
    narrow = program("paula", only={Permission.VIEW_STOCK})
    assert narrow.ask("/places").status_code == 200
    assert narrow.ask("/audit").json["facts"] == {"permission": "view_audit"}


def test_a_wrong_method_is_told_which_ones_there_are(program, clinic):
    answer = program("paula").change("/site")
    assert (answer.status_code, answer.mimetype) == (405, "application/problem+json")
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
