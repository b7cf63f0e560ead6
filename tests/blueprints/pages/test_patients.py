"""Patients on their pages: found, registered once, asked, read with a trace of who read, erased."""

import re
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from inventory.care import health
from inventory.catalogue.strengths import SubstanceStrength
from inventory.evidence.access_log import who_saw_patient
from models.care import Patient
from models.evidence import AccessLog
from models.vocabulary import PatientFlagKind

HOSTILE = "<script>a()</script> O'Brien"


def _words(page) -> str:
    main = page.text.partition("<main")[2]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main).replace("&nbsp;", " "))


def _version(page, form: str) -> str:
    part = page.text.partition(f'/{form}"')[2]
    return re.search(r'name="version" value="(\d+)"', part).group(1)


@pytest.fixture
def patient_id(read):
    return lambda reference: read(lambda s: s.scalar(select(Patient.id).where(Patient.reference == reference)))


def test_a_patient_is_registered_and_found_again(signed_in):
    anna = signed_in("anna")
    form = {"full_name": HOSTILE, "born_on": "1980-02-29", "contact": "+33 6 12 34 56 78", "clinic_number": "K-7"}
    made = anna.send("/patients", form)
    assert made.status_code == 303
    address = made.headers["Location"]
    assert re.fullmatch(r"/patients/P\w{9}", address)
    for typed in ("brien", "29.02.1980", "1980", "k-7", "0612345678"[1:], address[-10:].lower(), "brien 1980"):
        found = anna.send("/patients/search", {"text": typed})
        assert address in found.text, typed
        assert "<script>a()" not in found.text
    assert "Nobody was found." in _words(anna.send("/patients/search", {"text": "nadia"}))
    page = anna.get(address)
    assert "Not asked yet" in _words(page)
    assert HOSTILE not in page.text
    assert "Brien" not in page.text.partition("</title>")[0]


def test_registering_twice_asks_first(signed_in, make_patient):
    known = make_patient("Nadia Example", born_on=date(1980, 2, 29))
    anna = signed_in("anna")
    form = {"full_name": "EXAMPLE nadia", "born_on": "1980-02-29"}
    asked = anna.send("/patients", form)
    assert asked.status_code == 409
    assert f'name="distinct_from" value="{known}"' in asked.text
    assert "Is it one of these?" in _words(asked)
    assert 'value="EXAMPLE nadia"' in asked.text
    again = anna.send("/patients", {**form, "distinct_from": known})
    assert again.status_code == 303
    assert known not in again.headers["Location"]


def test_a_form_sent_twice_registers_once(signed_in, read):
    anna = signed_in("anna")
    form = {"full_name": "Nadia Example", "idempotency_key": "one-filled-in-form"}
    first, second = (anna.send("/patients", form).headers["Location"] for _ in range(2))
    assert first == second
    assert len(read(lambda s: list(s.scalars(select(Patient.id))))) == 1


def test_what_the_patient_has_is_shown_first(signed_in, make_patient):
    peter, address = signed_in("peter"), f"/patients/{make_patient()}"
    answers = {"has-sulfite": "yes", "note-sulfite": "hives <b>2019", "has-asthma": "no", "asked_on": "2031-03-01"}
    assert peter.send(f"{address}/answers", answers).status_code == 303
    words = _words(peter.get(address))
    assert "sulfite : hives &lt;b&gt;2019 asked on 2031-03-01" in words
    assert "Not asked yet" not in words
    peter.send(f"{address}/answers", {"has-sulfite": "no"})
    assert "hives" not in _words(peter.get(address)).partition("Treatments")[0]

    future = peter.send(f"{address}/answers", {"has-soy": "yes", "asked_on": "2031-03-09"})
    assert future.status_code == 422
    assert "that day has not come yet" in _words(future)
    assert 'value="yes" checked' in future.text
    nothing = peter.send(f"{address}/answers", {"asked_on": "2031-03-01"})
    assert nothing.status_code == 422


def test_what_was_left_open_can_be_answered_with_no_at_once(signed_in, make_patient, patient_id, read):
    peter, reference = signed_in("peter"), make_patient()
    assert "soy" in _words(peter.get(f"/patients/{reference}/answers"))
    peter.send(f"/patients/{reference}/answers", {"has-soy": "yes", "others": "no"})
    flags = read(health.flags_of, patient_id=patient_id(reference))
    assert [flag.kind for flag in flags] == list(PatientFlagKind)
    assert [flag.kind for flag in flags if flag.is_present] == [PatientFlagKind.SOY]
    assert "Not asked yet" not in _words(peter.get(f"/patients/{reference}"))


def test_history_and_identity_change_by_versions(signed_in, make_patient):
    peter, address = signed_in("peter"), f"/patients/{make_patient('Nadia Example')}"
    page = peter.get(address)
    told = {"version": _version(page, "health"), "skin_type": "3", "history": "acne\nrosacea", "medicines": "none"}
    assert peter.send(f"{address}/health", told).status_code == 303
    words = _words(peter.get(address))
    assert "Skin type 3" in words
    assert "acne rosacea" in words
    assert peter.send(f"{address}/health", told).status_code == 409
    assert peter.send(f"{address}/health", {**told, "version": "1", "skin_type": "7"}).status_code == 422

    who = {"version": _version(page, "identity"), "full_name": "Nadia New"}
    assert peter.send(f"{address}/identity", who).status_code == 303
    assert "Nadia New" in _words(peter.get(address))
    assert address in peter.send("/patients/search", {"text": "nadia new"}).text
    assert peter.send(f"{address}/identity", who).status_code == 409


def test_the_page_says_what_was_received_of_each_lot_and_substance(
    signed_in, make_patient, make_product, make_lot, start_session, mix, give
):
    vitamin = make_product("Vitamin C", strengths=(SubstanceStrength("ascorbic acid", Decimal(200)),))
    gel = make_product("Gel")
    c, ha = make_lot(vitamin, "VC-1")[0], make_lot(gel, "HA-1")[0]
    reference = make_patient()
    session_id = start_session(reference)
    mixture = mix((c, "1"), (ha, "3"), session_id=session_id)
    give(session_id, mixture.codes[0], "2", area="neck")

    words = _words(signed_in("peter").get(f"/patients/{reference}"))

    assert "Vitamin C lot VC-1 0.5 mL 100 mg ascorbic acid" in words
    assert "Gel lot HA-1 1.5 mL –" in words
    assert "neck" in words


def test_each_look_is_stored(signed_in, make_patient, patient_id, read):
    reference = make_patient("Nadia Example")
    peter = signed_in("peter")
    peter.get(f"/patients/{reference}")
    peter.send("/patients/search", {"text": "nadia"})
    peter.send("/patients/search", {"text": "nobody at all"})
    seen = read(who_saw_patient, patient_id=patient_id(reference))
    assert [each.page for each in seen] == ["list of patients found", f"patient {patient_id(reference)}"]
    assert {each.full_name for each in seen} == {"Peter Practitioner"}
    pages = read(lambda s: list(s.execute(select(AccessLog.patient_id, AccessLog.page))))
    assert (None, "list of patients found") in [tuple(row) for row in pages]
    assert "adia" not in str(pages)


def test_an_erased_patient_is_a_reference_with_treatments(signed_in, make_patient, start_session, vial, give):
    reference = make_patient("Nadia Example")
    peter, ada = signed_in("peter"), signed_in("ada")
    give(start_session(reference), vial, "1")
    peter.send(f"/patients/{reference}/answers", {"has-soy": "yes"})

    gone = ada.send("/patients/erasure", {"reference": reference.lower(), "reason": "asked for it"})

    assert gone.status_code == 303
    words = _words(peter.get(f"/patients/{reference}"))
    assert "Erased patient" in words
    assert "soy" not in words
    assert "lot L1" in words
    assert reference not in peter.send("/patients/search", {"text": "nadia"}).text
    assert peter.send(f"/patients/{reference}/answers", {"has-soy": "yes"}).status_code == 409
    assert ada.send("/patients/erasure", {"reference": reference, "reason": "again"}).status_code == 409


def test_who_may_not_see_patients_sees_none(signed_in, make_patient):
    reference = make_patient()
    for name in ("otto", "ada"):
        browser = signed_in(name)
        assert browser.get("/patients").status_code == 403
        assert browser.get(f"/patients/{reference}").status_code == 403
        assert browser.send("/patients/search", {"text": "nadia"}).status_code == 403
        assert browser.send("/patients", {"full_name": "Nadia"}).status_code == 403
    assert signed_in("peter").send("/patients/erasure", {"reference": reference, "reason": "x"}).status_code == 403
    assert signed_in("peter").get("/patients/P00000000").status_code in {404, 422}
