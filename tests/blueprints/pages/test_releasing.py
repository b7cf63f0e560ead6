"""The queue before release: what a line lacks, its checklist, the signature, the rejection."""

import io
import re
import secrets
from datetime import date

import pytest
from sqlalchemy import select

from inventory.people import memberships
from inventory.stock import receiving, release_checks
from inventory.stock.release_checks import AddReleaseCheck
from inventory.units import ORGANISATION
from models.stock import DeliveryLine

PDF = b"%PDF-1.7\n%%EOF\n"


def _words(page) -> str:
    main = page.text.partition("<main")[2]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main).replace("&nbsp;", " "))


@pytest.fixture
def checks(do, administrator):
    """Two questions: one demands a certificate."""

    def add(question, **more):
        return do(administrator, release_checks.add_check, AddReleaseCheck(question, **more), scope=ORGANISATION)

    return add("Undamaged?"), add("Certificate of this lot?", needs_certificate=True)


@pytest.fixture
def line_id(do, read, change_site, clinic, assistant, administrator, supplier_id, product_id, checks, clock):
    """A line of three vials, one of them damaged, that waits; Paula is responsible."""
    change_site(holds_incoming=True)
    line = receiving.ReceiveLine(product_id, "NEW-1", date(2032, 1, 31), 3, damaged=1)
    command = receiving.ReceiveDelivery(supplier_id, "DN 9", clinic.places.storage, (line,))
    do(assistant, receiving.receive_delivery, command)
    responsible = memberships.MakeResponsible(clinic.user_ids["paula"], clinic.site_id, clock.at.date(), None)
    do(administrator, memberships.make_responsible, responsible, scope=ORGANISATION)
    return read(lambda session: session.scalars(select(DeliveryLine.id)).one())


def _answers(checks, *outcomes, notes=("", "")):
    return {"check_id": [str(check) for check in checks], "outcome": list(outcomes), "note": list(notes)}


def _complete(client, line_id, checks):
    file = {"file": (io.BytesIO(PDF), "certificate.pdf"), "kind": "certificate"}
    assert client.send(f"/attachments/delivery_line/{line_id}", file).status_code == 303
    assert client.send(f"/release/{line_id}/answers", _answers(checks, "passed", "passed")).status_code == 303


def _version(client, line_id):
    return re.search(r'name="version" value="([0-9a-f]+)"', client.get(f"/release/{line_id}").text).group(1)


def test_the_queue_says_what_each_line_lacks(signed_in, line_id, checks):
    anna = signed_in("anna")
    words = _words(anna.get("/release"))
    assert (
        "Lidocaine 20 mg/mL , lot NEW-1 3, 1 set aside · last day 2032-01-31 · DN 9, Pharma Nord, 2031-03-03" in words
    )
    assert "open Undamaged? certificate missing Certificate of this lot? Check lot NEW-1" in words
    _complete(anna, line_id, checks)
    assert "ready to sign Sign lot NEW-1" in _words(anna.get("/release"))


def test_an_empty_queue_says_so(signed_in):
    assert "Nothing waits for release." in _words(signed_in("otto").get("/release"))


def test_it_is_checked_released_by_signature_and_leaves_the_queue(signed_in, line_id, checks, password):
    anna, paula = signed_in("anna"), signed_in("paula")
    _complete(anna, line_id, checks)
    page = paula.get(f"/release/{line_id}")
    assert "Release of 2 of Lidocaine 20 mg/mL, lot NEW-1, expiring 2032-01-31." in _words(page)

    form = {"password": password, "version": _version(paula, line_id), "note": "all well"}
    answer = paula.send(f"/release/{line_id}/release", form)

    assert answer.status_code == 303, _words(answer)
    words = _words(paula.get(f"/release/{line_id}"))
    assert "It is released and can be used." in words
    assert "released 2 all well Paula Pharmacist" in words
    assert "What was signed Release of 2 of Lidocaine" in words
    assert "Waiting 1 1 of them set aside" in words
    assert paula.send(f"/release/{line_id}/release", form | {"idempotency_key": secrets.token_hex()}).status_code == 409


def test_what_lacks_something_offers_no_signature_and_is_refused(signed_in, line_id, password, everything):
    paula = signed_in("paula")
    page = paula.get(f"/release/{line_id}")
    assert "It can be released once the checklist is complete." in _words(page)
    assert "/release/1/release" not in page.text
    before = everything()["hold"]
    answer = paula.send(f"/release/{line_id}/release", {"password": password})
    assert answer.status_code == 409
    assert "cannot be released yet. It lacks: Undamaged? (not answered)" in _words(answer)
    assert everything()["hold"] == before


def test_a_wrong_password_signs_nothing_and_keeps_the_note(signed_in, line_id, checks, everything):
    paula = signed_in("paula")
    _complete(paula, line_id, checks)
    before = everything()["hold"]
    answer = paula.send(f"/release/{line_id}/release", {"password": "not mine at all", "note": "kept words"})
    assert answer.status_code in (409, 422)
    assert "kept words" in answer.text
    assert "not mine at all" not in answer.text
    assert everything()["hold"] == before


def test_the_text_that_changed_is_shown_anew_before_it_is_signed(signed_in, line_id, checks, password):
    paula = signed_in("paula")
    _complete(paula, line_id, checks)
    old = _version(paula, line_id)
    anew = _answers(checks, "passed", "", notes=("one label is torn", ""))
    assert paula.send(f"/release/{line_id}/answers", anew).status_code == 303
    answer = paula.send(f"/release/{line_id}/release", {"password": password, "version": old})
    assert answer.status_code == 409
    assert "has changed since this page was opened" in _words(answer)
    assert _version(paula, line_id) in answer.text


def test_answers_are_refused_at_the_form_and_kept(signed_in, line_id, checks):
    anna = signed_in("anna")
    address = f"/release/{line_id}/answers"
    nothing = anna.send(address, _answers(checks, "", ""))
    assert (nothing.status_code, "Answer at least one question." in _words(nothing)) == (422, True)
    strange = anna.send(address, _answers(checks, "maybe", ""))
    assert strange.status_code == 422
    why = anna.send(address, _answers(checks, "failed", "passed", notes=("", 'kept "words"')))
    assert why.status_code == 422
    assert "kept &#34;words&#34;" in why.text
    assert re.search(r'<option value="failed" selected>', why.text)
    uneven = anna.send(address, {"check_id": "1", "outcome": ["passed", "passed"], "note": ""})
    assert uneven.status_code == 422


def test_what_is_rejected_waits_to_leave_and_is_destroyed(signed_in, line_id, look, everything):
    paula = signed_in("paula")
    refused = paula.send(f"/release/{line_id}/rejection", {"goes": "destruction"})
    assert (refused.status_code, "Please fill this in." in _words(refused)) == (422, True)
    answer = paula.send(f"/release/{line_id}/rejection", {"reason": "seals are broken", "goes": "destruction"})
    assert answer.status_code == 303
    assert "Rejected and still here" in _words(paula.get("/release"))
    page = paula.get(f"/release/{line_id}")
    assert "rejected 3 to destruction seals are broken Paula Pharmacist" in _words(page)
    ways = re.findall(r'action="(/release/\d+/rejections/\d+/\w+)"', page.text)
    assert [way.rpartition("/")[2] for way in ways] == ["destruction", "return"]

    assert paula.send(ways[0], {}).status_code == 303

    assert "still here" not in _words(paula.get("/release"))
    assert "Nothing is blocked." in _words(paula.get("/holds"))
    assert paula.send(ways[0], {}).status_code == 409


def test_who_may_not_is_refused_and_told_who_decides(signed_in, line_id, checks):
    anna, otto = signed_in("anna"), signed_in("otto")
    assert "The responsible person decides: Paula Pharmacist." in _words(anna.get(f"/release/{line_id}"))
    assert anna.send(f"/release/{line_id}/release", {"password": "x"}).status_code == 403
    assert anna.send(f"/release/{line_id}/rejection", {"reason": "x", "goes": "back"}).status_code == 403
    assert otto.send(f"/release/{line_id}/answers", _answers(checks, "passed", "")).status_code == 403
    assert otto.send(f"/release/{line_id}/rejections/1/return", {}).status_code == 403
    assert "Keep the answers" not in otto.get(f"/release/{line_id}").text


def test_a_stranger_sees_nothing_of_it(signed_in, line_id, checks):
    stella = signed_in("stella")
    assert "Nothing waits for release." in _words(stella.get("/release"))
    assert stella.get(f"/release/{line_id}").status_code == 404
    assert stella.send(f"/release/{line_id}/answers", _answers(checks, "passed", "")).status_code == 404


def test_the_same_answers_sent_twice_are_kept_once(signed_in, line_id, checks, everything):
    anna, key = signed_in("anna"), secrets.token_urlsafe(18)
    for _ in range(2):
        form = _answers(checks, "passed", "") | {"idempotency_key": key}
        assert anna.send(f"/release/{line_id}/answers", form).status_code == 303
    words = _words(anna.get(f"/release/{line_id}"))
    assert words.count("yes Anna Assistant") == 1


def test_today_leads_to_what_waits_and_to_what_is_ready(signed_in, line_id, checks):
    anna, paula = signed_in("anna"), signed_in("paula")
    assert "received lot waits for release" in _words(anna.get("/"))
    assert "ready for your signature" not in _words(paula.get("/"))
    _complete(anna, line_id, checks)
    page = paula.get("/")
    assert "received lot is ready for your signature" in _words(page)
    assert 'href="/release"' in page.text


def test_a_vial_that_waits_leads_to_its_release(signed_in, line_id, everything):
    paula = signed_in("paula")
    code = re.search(r"/containers/(C\w{9})", paula.get(f"/release/{line_id}").text).group(1)
    page = paula.get(f"/containers/{code}")
    assert f'href="/release/{line_id}">Check and release' in page.text


# The questions


def test_questions_are_added_hidden_and_asked_again(signed_in, checks):
    paula = signed_in("paula")
    form = {"question": "Cold on arrival?", "ingredient_class": "toxin", "needs_certificate": "yes", "source": "ours"}
    assert paula.send("/release-checks", form).status_code == 303
    page = paula.get("/release-checks")
    words = _words(page)
    assert "Cold on arrival? ours everything, botulinum toxin with the maker's certificate" in words.replace(
        "&#39;", "'"
    )
    again = paula.send("/release-checks", form)
    assert again.status_code == 409
    offer = re.findall(r'action="(/release-checks/\d+/offer)"', page.text)[-1]
    assert paula.send(offer, {"is_active": "no"}).status_code == 303
    assert "hidden" in _words(paula.get("/release-checks"))
    assert paula.send(offer, {"is_active": "yes"}).status_code == 303
    assert paula.send("/release-checks", {"question": ""}).status_code == 422


def test_who_may_not_manage_the_catalogue_reads_the_questions_only(signed_in, checks):
    anna = signed_in("anna")
    page = anna.get("/release-checks")
    assert "Undamaged?" in _words(page)
    assert "Add a question" not in page.text
    assert anna.send("/release-checks", {"question": "x"}).status_code == 403
    assert anna.send(f"/release-checks/{checks[0]}/offer", {"is_active": "no"}).status_code == 403


def test_the_starting_list_is_loaded_and_a_doubted_question_verified(signed_in, units, administrator):
    from inventory.catalogue import seeding  # noqa: PLC0415

    units.run(administrator, ORGANISATION, seeding.load)
    paula = signed_in("paula")
    page = paula.get("/release-checks")
    assert "not verified" in _words(page)
    verify = re.search(r'action="(/[^"]*/question/\d+[^"]*)"', page.text).group(1)
    answer = paula.send(verify, {})
    assert (answer.status_code, answer.location) == (303, "/release-checks")


@pytest.mark.parametrize("text", ["<script>a()</script>", "=1+1", "../../x", '"><img src=x onerror=a()>'])
def test_hostile_text_is_shown_as_text(signed_in, line_id, text, do, administrator):
    command = AddReleaseCheck(text, source=text)
    check = do(administrator, release_checks.add_check, command, scope=ORGANISATION)
    paula = signed_in("paula")
    form = {"check_id": [str(check)], "outcome": ["failed"], "note": [text]}
    assert paula.send(f"/release/{line_id}/answers", form).status_code == 303
    assert paula.send(f"/release/{line_id}/rejection", {"reason": text, "goes": "back"}).status_code == 303
    for address in (f"/release/{line_id}", "/release", "/release-checks", "/holds"):
        page = paula.get(address)
        assert page.status_code == 200
        assert "<script>a()" not in page.text
        assert "<img src=x" not in page.text
