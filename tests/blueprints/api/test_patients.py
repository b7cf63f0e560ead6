"""Patients through the API: found by what is typed, each look stored, and nobody for who may not see them."""

from datetime import date

import pytest


def test_patients_are_found_and_each_look_is_stored(program, make_patient, looked_at):
    reference = make_patient("Nadia Example", born_on=date(1980, 2, 29))
    make_patient("Marc Other")
    found = program("anna").change("/patients/search", {"text": "example 1980"})
    assert found.status_code == 200
    assert found.json == {
        "patients": [
            {"reference": reference, "full_name": "Nadia Example", "born_on": "1980-02-29", "clinic_number": None}
        ]
    }
    assert program("anna").change("/patients/search", {"text": "nobody"}).json == {"patients": []}
    assert looked_at() == ["list of patients found"] * 2


def test_a_patient_is_read_with_what_was_asked_and_received(
    program, make_patient, start_session, vial, give, looked_at
):
    reference = make_patient("Nadia Example")
    give(start_session(reference), vial, "1")
    peter = program("peter")
    body = {"answers": [{"kind": "soy", "is_present": True}], "asked_on": "2031-03-01"}
    assert peter.change(f"/patients/{reference}/answers", body).status_code == 201
    answer = peter.ask(f"/patients/{reference}").json
    assert (answer["full_name"], answer["identity_version"], answer["health_version"]) == ("Nadia Example", 1, 0)
    assert [(flag["kind"], flag["asked_on"]) for flag in answer["flags"]] == [("soy", "2031-03-01")]
    (received,) = answer["sessions"][0]["lots"]
    assert (received["lot_number"], received["amount"], received["unit"]) == ("L1", "1", "mL")
    assert len(looked_at()) == 1


@pytest.mark.parametrize("wrong", [{}, {"text": ""}, {"text": 1}, {"text": "x" * 201}, {"text": "a", "more": 1}])
def test_what_is_almost_right_is_refused(program, clinic, wrong):
    assert program("anna").change("/patients/search", wrong).status_code == 422


def test_who_may_not_see_patients_finds_nobody(program, make_patient):
    reference = make_patient()
    for name in ("otto", "ada"):
        assert program(name).change("/patients/search", {"text": "nadia"}).status_code == 403
        assert program(name).ask(f"/patients/{reference}").status_code == 403
