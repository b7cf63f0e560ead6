"""The page of one lot: the balance, who received it, what it was made of, what holds it."""

import re
from datetime import date

import pytest

from inventory.people import users
from inventory.people.users import ChangeRoles
from inventory.stock import containers, holds, lots, move_corrections
from inventory.units import EVERYTHING, ORGANISATION
from models.vocabulary import HoldKind, MovePurpose, Role, WasteReason


def _words(page) -> str:
    main = page.text.partition("<main")[2]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main).replace("&nbsp;", " "))


@pytest.fixture
def story(product_id, make_lot, make_patient, start_session, mix, give, look):
    """One vial went into a syringe of which a patient received most."""
    (vial,) = make_lot(product_id, "L1")
    reference = make_patient()
    session_id = start_session(reference)
    mixture = mix((vial, "4"), session_id=session_id, syringes=("2.5", "1.5"))
    give(session_id, mixture.codes[0])
    return vial, reference, mixture, look(vial).lot_id


def test_every_amount_is_somewhere(signed_in, story):
    vial, _, _, lot_id = story
    words = _words(signed_in("paula").get(f"/lots/{lot_id}"))
    assert "On hand 6 mL Patients 1 Injections 1 Cocktails 1" in words
    assert "100.00 % accounted for Every mL of it is somewhere." in words
    assert "In 10 mL first count 10 mL Out 4 mL mixed 4 mL" in words
    assert "What was mixed became, by exact share injected 2.5 mL still in mixtures 1.5 mL" in words
    assert "Left 6 mL" in words
    assert vial in words


def test_the_bar_is_drawn_to_scale_and_told_in_words(signed_in, story):
    page = signed_in("paula").get(f"/lots/{story[3]}").text
    bar = re.search(r"<svg class=\"balance-bar\".*?</svg>", page, re.DOTALL).group(0)
    assert 'aria-label="on hand 6 mL, in mixtures 1.5 mL, injected 2.5 mL"' in bar
    assert re.findall(r'bar-(\w+)" x="(\d+)" y="0" width="(\d+)"', bar) == [
        ("ground", "0", "1000"),
        ("on_hand", "0", "600"),
        ("compounded", "600", "150"),
        ("administered", "750", "250"),
    ]


def test_who_received_it_and_through_what(signed_in, story):
    _, reference, mixture, lot_id = story
    words = _words(signed_in("paula").get(f"/lots/{lot_id}"))
    assert f"{reference} {mixture.lot_number} {mixture.codes[0]} 2.5 mL vial scanned Harbour" in words
    assert "Covers all 2 sites" in words


def test_a_mixture_shows_what_is_in_it(signed_in, story):
    _, _, mixture, lot_id = story
    page = signed_in("paula").get(f"/lots/{mixture.lot_id}")
    words = _words(page)
    assert "What is in it" in words
    assert "Lidocaine 20 mg/mL L1 4 mL" in words
    assert f'href="/lots/{lot_id}"' in page.text
    assert "Origin mixed here" in words


def test_looking_at_a_trace_is_recorded_before_it_is_sent(signed_in, story, looked_at):
    signed_in("paula").get(f"/lots/{story[3]}")
    assert looked_at() == [f"trace of lot {story[3]}"]


def test_without_the_organisations_view_other_sites_are_figures(signed_in, story, make_lot, product_id):
    make_lot(product_id, "L1", at_other_site=True)
    words = _words(signed_in("peter").get(f"/lots/{story[3]}"))
    assert "Covers this site, others in figures" in words
    assert "At other sites" in words
    assert "Hillside 0 0 0 mL 10 mL" in words


def test_who_may_not_trace_sees_what_is_left_and_no_patient(signed_in, story):
    vial, reference, _, lot_id = story
    page = signed_in("ada").get(f"/lots/{lot_id}")
    assert page.status_code == 200
    assert vial in page.text
    assert reference not in page.text
    assert "Who received it" not in page.text


def test_a_stranger_sees_the_trace_but_only_their_own_containers_are_links(signed_in, story):
    vial, _, _, lot_id = story
    page = signed_in("stella").get(f"/lots/{lot_id}").text
    assert vial in page
    assert f'href="/containers/{vial}"' not in page


def test_a_lost_amount_is_not_accounted_for(signed_in, vial, look, do, pharmacist):
    command = containers.WithdrawAmount(vial, MovePurpose.LOST, "not found again")
    do(pharmacist, containers.withdraw_amount, command)
    words = _words(signed_in("paula").get(f"/lots/{look(vial).lot_id}"))
    assert "0.00 % accounted for 10 mL are recorded as lost." in words
    assert "Not accounted for 10 mL recorded as lost 10 mL" in words


def test_a_lot_is_blocked_here_or_everywhere_and_released(signed_in, vial, look):
    lot_id = look(vial).lot_id
    paula = signed_in("paula")
    form = {"kind": "quality", "cause": "odd colour", "at_all_sites": "false"}
    assert paula.send(f"/lots/{lot_id}/hold", form).status_code == 303
    assert paula.send(f"/lots/{lot_id}/hold", form | {"at_all_sites": "true"}).status_code == 303
    page = paula.get(f"/lots/{lot_id}")
    words = _words(page)
    assert "the whole lot at this site" in words
    assert "the whole lot at all sites" in words
    lifts = sorted(set(re.findall(rf"/lots/{lot_id}/holds/\d+/lifting", page.text)))
    assert len(lifts) == 2
    for address in lifts:
        assert paula.send(address, {"reason": "checked"}).status_code == 303
    assert "odd colour" not in paula.get(f"/lots/{lot_id}").text


def test_a_hold_without_a_cause_comes_back_filled_in(signed_in, vial, look):
    answer = signed_in("paula").send(f"/lots/{look(vial).lot_id}/hold", {"kind": "evidence", "cause": ""})
    assert answer.status_code == 422
    assert "Please fill this in." in _words(answer)
    assert re.search(r'<option value="evidence" selected', answer.text)


def test_a_kind_that_only_a_delivery_brings_is_refused(signed_in, vial, look):
    answer = signed_in("paula").send(f"/lots/{look(vial).lot_id}/hold", {"kind": "recall", "cause": "letter"})
    assert answer.status_code in (409, 422)
    assert "comes only with its delivery or recall" in _words(answer)


def test_an_unknown_lot_is_not_found(signed_in):
    paula = signed_in("paula")
    assert paula.get("/lots/999").status_code == 404
    assert paula.get("/lots/99999999999999999999").status_code == 404
    assert paula.send("/lots/999/hold", {"kind": "quality", "cause": "x"}).status_code == 404


def test_who_may_not_is_refused(signed_in, vial, look):
    lot_id = look(vial).lot_id
    assert signed_in("otto").send(f"/lots/{lot_id}/hold", {"kind": "quality", "cause": "x"}).status_code == 403
    assert signed_in("anna").send(f"/lots/{lot_id}/holds/1/lifting", {"reason": "x"}).status_code == 403


def test_what_was_recorded_in_error_is_listed_apart(signed_in, story, do, pharmacist):
    _, reference, mixture, lot_id = story
    paula = signed_in("paula")
    move_id = re.search(r"\?correct=(\d+)", paula.get(f"/containers/{mixture.codes[0]}").text).group(1)
    command = move_corrections.CorrectMove(int(move_id), "never given")
    do(pharmacist, move_corrections.correct_move, command)
    words = _words(paula.get(f"/lots/{lot_id}"))
    assert "Nobody received anything from this lot." in words
    assert f"recorded in error {mixture.codes[0]} 2.5 mL {reference}" in words


def test_the_place_of_each_person_is_judged_at_their_own_site(signed_in, units, clinic, story, stranger):
    """With a role at the other site too, paula works there and sees her own lot as elsewhere."""
    with units.reading() as session:
        seen = users.roles_version(session, clinic.user_ids["paula"])
    command = ChangeRoles(clinic.user_ids["paula"], {clinic.other_site_id: frozenset({Role.PRACTITIONER})}, seen)
    units.run(stranger, ORGANISATION, lambda session, act: users.change_roles(session, act, command).id)
    paula = signed_in("paula")
    assert paula.send("/site", {"site_id": clinic.other_site_id}).status_code == 303
    words = _words(paula.get(f"/lots/{story[3]}"))
    assert "Harbour 1 1 2.5 mL 7.5 mL" in words
    assert story[1] not in words


def test_a_corrected_lot_leads_to_the_right_one(signed_in, make_lot, product_id, look, do, pharmacist, signed):
    (code,) = make_lot(product_id, "L1O")
    wrong = look(code).lot_id
    command = lots.CorrectLot(wrong, "L10", date(2032, 1, 31), "read wrong", signed("paula"))
    do(pharmacist, lots.correct_lot, command, scope=EVERYTHING)
    paula = signed_in("paula")
    assert "Merged into L10" in _words(paula.get(f"/lots/{wrong}"))
    assert "Also entered as L1O" in _words(paula.get(f"/lots/{look(code).lot_id}"))


def test_a_lot_read_wrong_is_corrected_on_its_page(signed_in, make_lot, product_id, look, password, do, pharmacist):
    first, second, third = make_lot(product_id, "X7", 3)
    make_lot(product_id, "L10")
    hold = holds.PlaceHold(HoldKind.QUALITY, "cloudy", lot_id=look(make_lot(product_id, "L10")[0]).lot_id)
    do(pharmacist, holds.place_hold, hold)
    paula, wrong = signed_in("paula"), look(first).lot_id
    form = {"lot_number": "L10", "expires_on": "2032-01-31", "reason": "looked at the next box", "password": password}

    some = paula.send(f"/lots/{wrong}/correction", {**form, "codes": f"{first}\r\n{second.lower()}"})
    assert some.status_code == 303
    words = _words(paula.get(some.headers["Location"]))
    assert "Corrected: 2 vials and syringes are of this lot now." in words
    assert "This lot is blocked, and so are they." in words
    assert (look(first).lot_number, look(third).lot_number) == ("L10", "X7")

    assert paula.send(f"/lots/{wrong}/correction", {**form, "expires_on": "2033-01-31"}).status_code == 409
    assert paula.send(f"/lots/{wrong}/correction", {**form, "password": "not mine"}).status_code == 422
    empty = paula.send(f"/lots/{wrong}/correction", {**form, "expires_on": ""})
    assert empty.status_code == 422
    assert "looked at the next box" in empty.text
    assert paula.send(f"/lots/{wrong}/correction", form).status_code == 303
    assert "Merged into L10" in _words(paula.get(f"/lots/{wrong}"))
    assert "Correct lot number" not in _words(paula.get(f"/lots/{wrong}"))


def test_who_may_not_correct_a_lot_is_refused(signed_in, vial, look, password):
    anna = signed_in("anna")
    assert "Correct lot number" not in _words(anna.get(f"/lots/{look(vial).lot_id}"))
    form = {"lot_number": "L9", "expires_on": "2032-01-31", "reason": "x", "password": password}
    assert anna.send(f"/lots/{look(vial).lot_id}/correction", form).status_code == 403


def test_a_place_held_is_told_on_each_vial(signed_in, vial, clinic, do, pharmacist):
    command = holds.PlaceHold(HoldKind.QUALITY, "cupboard wet", location_id=clinic.places.storage)
    do(pharmacist, holds.place_hold, command)
    words = _words(signed_in("paula").get(f"/containers/{vial}"))
    assert "everything in its place" in words
    assert "Lift this block" not in words


def test_waste_after_mixing_is_followed_to_its_lot(signed_in, story, do, pharmacist):
    _, _, mixture, lot_id = story
    command = containers.DiscardContainer(mixture.codes[1], WasteReason.RESIDUAL)
    do(pharmacist, containers.discard, command)
    words = _words(signed_in("paula").get(f"/lots/{lot_id}"))
    assert "injected 2.5 mL wasted 1.5 mL" in words
