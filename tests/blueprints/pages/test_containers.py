"""The page of one container: facts, what can be done, what was done."""

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest

from inventory.stock import containers, holds
from models.vocabulary import ContainerKind, HoldKind, Tracking, Unit, WasteReason


def _words(page) -> str:
    main = page.text.partition("<main")[2]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main).replace("&nbsp;", " "))


def test_a_sealed_vial_says_until_when_it_may_be_used_and_why(signed_in, vial):
    words = _words(signed_in("anna").get(f"/containers/{vial}"))

    assert "sealed usable 10 mL left of 10 mL" in words
    assert "Use before 2032-01-31 23:59 printed expiry decides" in words
    assert "first count" in words


def test_the_deadline_is_shown_before_the_opening_is_confirmed(signed_in, vial, look):
    anna = signed_in("anna")
    before = _words(anna.get(f"/containers/{vial}"))
    assert "Opened now, use it before 2031-03-31 23:59" in before
    assert look(vial).opened_at is None

    answer = anna.send(f"/containers/{vial}/opening")

    assert (answer.status_code, answer.location) == (303, f"/containers/{vial}")
    after = _words(anna.get(answer.location))
    assert "Opened. Use before 2031-03-31 23:59." in after
    assert "time since opening decides" in after
    assert "Open it now" not in after


def test_what_cannot_be_opened_here_says_why_instead(signed_in, make_product, make_lot):
    (ampoule,) = make_lot(make_product("Ampoule", container_kind=ContainerKind.AMPOULE, is_preserved=False))
    words = _words(signed_in("anna").get(f"/containers/{ampoule}"))
    assert "Open it now" not in words
    assert "may serve only one session or patient once it is opened" in words


def test_opening_twice_with_one_form_opens_once(signed_in, vial, everything):
    anna = signed_in("anna")
    form = {"idempotency_key": "the very same form"}
    assert anna.send(f"/containers/{vial}/opening", form).status_code == 303
    before = everything()

    again = anna.send(f"/containers/{vial}/opening", form)

    assert again.status_code == 303
    assert {table: rows for table, rows in everything().items() if rows != before[table]} == {}
    assert "This was already saved." in anna.get(again.location).text


def test_opening_again_with_a_new_form_is_refused_on_the_page(signed_in, vial):
    anna = signed_in("anna")
    anna.send(f"/containers/{vial}/opening")
    again = anna.send(f"/containers/{vial}/opening")
    assert again.status_code == 409
    assert f"{vial} was already opened" in _words(again)
    assert "Use it by its own code, or open another." in _words(again)


def test_it_is_moved_as_a_whole(signed_in, vial, clinic, look):
    paula = signed_in("paula")
    answer = paula.send(f"/containers/{vial}/move", {"location_id": clinic.places.room})
    assert answer.status_code == 303
    assert look(vial).location_id == clinic.places.room
    words = _words(paula.get(f"/containers/{vial}"))
    assert "It is moved." in words
    assert "moved 10 mL Storage to Treatment room" in words


def test_a_refused_move_comes_back_filled_in(signed_in, vial, clinic, everything):
    paula = signed_in("paula")
    before = everything()
    answer = paula.send(
        f"/containers/{vial}/move", {"location_id": clinic.places.storage, "idempotency_key": "same-form-again"}
    )
    assert answer.status_code == 422
    assert "is already in Storage. Choose another place." in _words(answer)
    assert 'value="same-form-again"' in answer.text
    assert everything()["stock_entry"] == before["stock_entry"]


def test_what_is_held_is_offered_quarantine_alone(signed_in, vial, do, pharmacist):
    do(pharmacist, holds.place_hold, holds.PlaceHold(HoldKind.QUALITY, "cloudy", container_code=vial))
    page = signed_in("paula").get(f"/containers/{vial}")
    assert re.findall(r'<option value="\d+" >([^<]+)</option>', page.text) == ["Quarantine"]
    assert "is blocked (quality): cloudy" in _words(page)


def test_a_block_is_placed_and_lifted_with_reasons(signed_in, vial):
    paula = signed_in("paula")
    assert paula.send(f"/containers/{vial}/hold", {"kind": "quality", "cause": "label loose"}).status_code == 303
    page = paula.get(f"/containers/{vial}")
    assert "blocked: quality doubt" in _words(page)
    lift = re.search(rf"/containers/{vial}/holds/\d+/lifting", page.text).group(0)

    refused = paula.send(lift, {"reason": " "})
    assert refused.status_code == 422
    assert "Reason: is empty." in _words(refused)
    assert paula.send(lift, {"reason": "glued again"}).status_code == 303
    assert "blocked" not in _words(paula.get(f"/containers/{vial}")).replace("The block is lifted", "")


def test_a_block_of_the_whole_lot_is_told_apart(signed_in, vial, look, do, pharmacist):
    command = holds.PlaceHold(HoldKind.EXCURSION, "fridge was off", lot_id=look(vial).lot_id)
    do(pharmacist, holds.place_hold, command)
    words = _words(signed_in("anna").get(f"/containers/{vial}"))
    assert "stored too warm or too cold the whole lot at this site" in words
    assert "Lift this block" not in words


def test_discarding_a_part_and_the_rest(signed_in, vial, look):
    paula = signed_in("paula")
    form = {"waste_reason": "spilled", "amount": "2,5", "note": "on the floor"}
    assert paula.send(f"/containers/{vial}/disposal", form).status_code == 303
    assert look(vial).remaining == Decimal("7.5")
    assert paula.send(f"/containers/{vial}/disposal", {"waste_reason": "expired"}).status_code == 303

    words = _words(paula.get(f"/containers/{vial}"))
    assert "wasted spilled 2.5 mL" in words
    assert "on the floor" in words
    assert "empty 0 mL left of 10 mL" in words


def test_more_than_there_is_cannot_be_discarded(signed_in, vial):
    answer = signed_in("paula").send(f"/containers/{vial}/disposal", {"waste_reason": "spilled", "amount": "10.5"})
    assert answer.status_code == 409
    assert f"{vial} holds 10 mL; 10.5 mL were asked for." in _words(answer)


def test_sample_loss_find_and_return(signed_in, make_product, make_lot, look):
    (code,) = make_lot(make_product("Overfilled", overfill=Decimal("0.5")))
    paula = signed_in("paula")
    steps = [
        ("opening", {}),
        ("withdrawal", {"purpose": "sampled", "amount": "1", "reason": "for the laboratory"}),
        ("withdrawal", {"purpose": "lost", "amount": "0.5", "reason": "gone"}),
        ("found", {"amount": "0.4", "reason": "the vial held more"}),
        ("return", {"reason": "wrong product"}),
    ]
    for address, form in steps:
        answer = paula.send(f"/containers/{code}/{address}", form)
        assert answer.status_code == 303, answer.text
    assert (look(code).remaining, look(code).found) == (0, Decimal("0.4"))
    words = _words(paula.get(f"/containers/{code}"))
    for purpose in ("sampled 1 mL", "lost 0.5 mL", "found 0.4 mL", "returned 8.9 mL"):
        assert purpose in words


def test_a_pack_is_split_and_the_new_pack_named(signed_in, make_product, make_lot, look):
    needles = make_product("Needles", unit=Unit.PIECE, content=Decimal(100), tracking=Tracking.PACK)
    (pack,) = make_lot(needles)
    paula = signed_in("paula")
    answer = paula.send(f"/containers/{pack}/split", {"pieces": "30"})
    assert answer.status_code == 303
    new = re.search(r"The new pack is (C\w{9})\.", paula.get(answer.location).text).group(1)
    assert look(new).remaining == 30
    assert f"Split from {pack}" in _words(paula.get(f"/containers/{new}"))
    for pieces in ("0", "70", "2.5", "many"):
        assert paula.send(f"/containers/{pack}/split", {"pieces": pieces}).status_code in (409, 422)


def test_a_wrong_amount_is_corrected_and_both_stay_readable(signed_in, vial, look, do, pharmacist, clinic):
    command = containers.DiscardContainer(vial, WasteReason.SPILLED, Decimal(4))
    do(pharmacist, containers.discard, command)
    paula = signed_in("paula")
    page = paula.get(f"/containers/{vial}")
    form_url = re.search(rf"/containers/{vial}\?correct=\d+", page.text).group(0)
    form = paula.get(form_url)
    assert "Recorded: wasted 4 mL" in _words(form)
    send_to = re.search(rf"/containers/{vial}/moves/\d+/correction", form.text).group(0)

    incomplete = paula.send(send_to, {"happened": "amount", "reason": "typed wrong"})
    assert incomplete.status_code == 422
    assert "Say how much it really was." in _words(incomplete)
    assert paula.send(send_to, {"happened": "amount", "amount": "1.4", "reason": "typed wrong"}).status_code == 303

    assert look(vial).remaining == Decimal("8.6")
    words = _words(paula.get(f"/containers/{vial}"))
    assert "takes back no." in words
    assert "taken back by no." in words
    again = paula.send(send_to, {"happened": "never", "reason": "twice"})
    assert again.status_code == 409
    assert "was already corrected" in _words(again)


def test_a_split_is_taken_back_on_both_sides(signed_in, make_product, make_lot, look):
    needles = make_product("Needles", unit=Unit.PIECE, content=Decimal(100), tracking=Tracking.PACK)
    (pack,) = make_lot(needles)
    paula = signed_in("paula")
    paula.send(f"/containers/{pack}/split", {"pieces": "30"})
    page = paula.get(f"/containers/{pack}").text
    move_id = re.search(r"\?correct=(\d+)", page).group(1)
    answer = paula.send(f"/containers/{pack}/moves/{move_id}/correction", {"happened": "never", "reason": "not split"})
    assert answer.status_code == 303
    assert look(pack).remaining == 100


def test_the_right_container_takes_the_place_of_the_wrong_one(signed_in, product_id, make_lot, look, do, pharmacist):
    wrong, right = make_lot(product_id, "L1", 2)
    do(pharmacist, containers.discard, containers.DiscardContainer(wrong, WasteReason.BROKEN, Decimal(10)))
    paula = signed_in("paula")
    move_id = re.search(r"\?correct=(\d+)", paula.get(f"/containers/{wrong}").text).group(1)
    form = {"happened": "container", "container_code": right.lower(), "reason": "took the other one"}
    answer = paula.send(f"/containers/{wrong}/moves/{move_id}/correction", form)
    assert answer.status_code == 303, answer.text
    assert (look(wrong).remaining, look(right).remaining) == (10, 0)


def test_the_access_to_what_is_kept_for_a_patient_is_stored_first(
    signed_in, vial, mix, make_patient, start_session, look, looked_at
):
    reference = make_patient()
    syringe = mix((vial, "2"), session_id=start_session(reference)).codes[0]
    peter = signed_in("peter")

    words = _words(peter.get(f"/containers/{syringe}"))

    assert f"Kept for patient {reference}" in words
    peter.get(f"/containers/{vial}")
    assert looked_at() == [f"container {look(syringe).id}"]


def test_another_sites_container_is_named_as_such(signed_in, product_id, make_lot):
    (code,) = make_lot(product_id, at_other_site=True)
    paula = signed_in("paula")
    for answer in (paula.get(f"/containers/{code}"), paula.send(f"/containers/{code}/opening")):
        assert answer.status_code == 409
        assert f"{code} belongs to another site (Hillside)." in _words(answer)


@pytest.mark.parametrize(
    ("code", "status"), [("C0000000000", 422), ("C86FQCZ25E", 404), ("C86FQCZ25X", 422), ("..%2F..%2Fx", 404)]
)
def test_a_code_that_is_none_of_ours_says_so(signed_in, code, status):
    assert signed_in("paula").get(f"/containers/{code}").status_code == status


@pytest.mark.parametrize(
    ("person", "address"),
    [
        ("otto", "opening"),
        ("otto", "move"),
        ("ada", "disposal"),
        ("anna", "return"),
        ("anna", "moves/1/correction"),
        ("anna", "holds/1/lifting"),
        ("otto", "hold"),
        ("otto", "found"),
        ("otto", "split"),
        ("otto", "withdrawal"),
    ],
)
def test_who_may_not_is_refused_and_not_offered(signed_in, vial, person, address, everything):
    browser = signed_in(person)
    before = everything()
    assert browser.send(f"/containers/{vial}/{address}", {"reason": "x"}).status_code == 403
    assert everything()["stock_move"] == before["stock_move"]
    assert f"/containers/{vial}/{address}" not in browser.get(f"/containers/{vial}").text


def test_past_its_time_it_says_so(signed_in, make_lot, product_id, clock):
    (code,) = make_lot(product_id, "SHORT", 1, date(2031, 3, 10))
    clock.pass_time(timedelta(days=9))
    words = _words(signed_in("anna").get(f"/containers/{code}"))
    assert "sealed expired" in words
    assert "could be used until 2031-03-10 23:59" in words
