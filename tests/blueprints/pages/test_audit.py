"""The audit log: newest first, narrowed by person, record, kind and day, old and new readable."""

import re
from datetime import timedelta

import pytest

from inventory.evidence.audit_log import Wanted, list_entries
from inventory.stock import holds
from inventory.units import EVERYTHING
from models.vocabulary import HoldKind


def _words(page) -> str:
    main = page.text.partition("<main")[2]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main).replace("&nbsp;", " "))


def _actions(page) -> list[str]:
    return [found.strip() for found in re.findall(r"</td>\s*<td>\s*([^<]+)", page.text)][::3]


def test_old_and_new_values_are_read_by_name(signed_in, vial, do, pharmacist):
    hold_id = do(pharmacist, holds.place_hold, holds.PlaceHold(HoldKind.QUALITY, "cloudy", container_code=vial))
    do(pharmacist, holds.lift_hold, holds.LiftHold(hold_id, "clear again"))

    page = signed_in("otto").get("/audit")

    words = _words(page)
    assert "hold lifted" in words
    assert f"vial or syringe {vial} block {hold_id} Reason: clear again" in words
    assert f"block {hold_id} lifted by Paula Pharmacist" in words
    assert f"block {hold_id} lift reason clear again" in words
    assert f'href="/containers/{vial}"' in page.text
    assert re.search(r"Harbour no\. \d+ [0-9a-f]{12}", words)


def test_it_is_narrowed_by_person_record_kind_and_day(signed_in, vial, do, pharmacist, clinic, clock):
    do(pharmacist, holds.place_hold, holds.PlaceHold(HoldKind.QUALITY, "cloudy", container_code=vial))
    clock.pass_time(timedelta(days=2))
    otto = signed_in("otto")

    def actions(**asked):
        return _actions(otto.get("/audit", query_string=asked))

    assert "hold placed" in actions()
    assert actions(record=vial) == ["hold placed"]
    assert actions(record="L1") == ["opening stock recorded"]
    assert actions(kind="hold") == ["hold placed"]
    assert actions(kind="product", record="2") == ["product added"]
    assert set(actions(person_id=clinic.user_ids["paula"])) == {"hold placed", "opening stock recorded"}
    assert actions(from_on="2031-03-04") == []
    assert "hold placed" in actions(from_on="2031-03-03", until_on="2031-03-03")
    assert actions(until_on="2031-03-02") == []
    assert actions(record="nothing like it") == []
    assert actions(record="C86FQCZ25E") == []


def test_days_are_those_of_the_site(signed_in, do, pharmacist, vial, clock):
    """At 23:30 UTC it is already tomorrow in Paris."""
    clock.pass_time(timedelta(hours=14, minutes=28))
    do(pharmacist, holds.place_hold, holds.PlaceHold(HoldKind.QUALITY, "at night", container_code=vial))
    otto = signed_in("otto")
    assert "at night" in otto.get("/audit?from_on=2031-03-04&until_on=2031-03-04").text
    assert "at night" not in otto.get("/audit?from_on=2031-03-03&until_on=2031-03-03").text


def test_a_long_log_goes_on_where_it_ended(signed_in, units, actor, do, pharmacist, make_lot, product_id):
    for number in range(52):
        make_lot(product_id, f"N{number}")
    otto = signed_in("otto")
    first = otto.get("/audit?kind=lot")
    older = re.search(r'href="(/audit\?[^"]*before_id=\d+[^"]*)"', first.text).group(1).replace("&amp;", "&")
    rest = otto.get(older)
    found = [*re.findall(r'href="/lots/\d+">(N\d+)', first.text), *re.findall(r'href="/lots/\d+">(N\d+)', rest.text)]
    assert found == [f"N{number}" for number in reversed(range(52))]
    assert 'rel="prev"' in rest.text


def test_identities_are_not_read_from_the_log(signed_in, make_patient):
    make_patient("Nadia Secret")
    page = signed_in("otto").get("/audit")
    assert "patient registered" in page.text
    assert "Nadia Secret" not in page.text
    assert "kept apart" in page.text
    assert not re.search(r"[0-9a-f]{64}", page.text)


def test_a_stranger_reads_their_own_chain_and_the_organisations(signed_in, vial, do, pharmacist, look):
    do(pharmacist, holds.place_hold, holds.PlaceHold(HoldKind.QUALITY, "ours", container_code=vial))
    command = holds.PlaceHold(HoldKind.QUALITY, "for all", lot_id=look(vial).lot_id, at_all_sites=True)
    do(pharmacist, holds.place_hold, command, scope=EVERYTHING)
    words = _words(signed_in("stella").get("/audit"))
    assert "Reason: for all" in words
    assert "Reason: ours" not in words


@pytest.mark.parametrize("person", ["peter", "anna"])
def test_who_may_not_is_refused(signed_in, person):
    assert signed_in(person).get("/audit").status_code == 403


@pytest.mark.parametrize("asked", ["from_on=yesterday", "kind=secrets", "person_id=x", "before_id=0"])
def test_an_address_that_makes_no_sense_is_refused_in_words(signed_in, asked):
    assert signed_in("otto").get(f"/audit?{asked}").status_code == 422


def test_an_altered_entry_is_shown_as_such(signed_in, vial, intruder):
    intruder.do("UPDATE audit_entry SET body = '[1, 2' WHERE id = (SELECT max(id) FROM audit_entry)")
    page = signed_in("otto").get("/audit")
    assert page.status_code == 200
    assert "this entry was altered and cannot be read" in page.text


def test_the_number_of_statements_is_bounded(units, actor, make_lot, make_product, make_patient, vial):
    from sqlalchemy import event  # noqa: PLC0415

    otto = actor("otto")

    def statements() -> int:
        asked = []
        listener = lambda *_: asked.append(1)  # noqa: E731
        with units.reading() as session:
            event.listen(session.get_bind(), "before_cursor_execute", listener)
            list_entries(session, actor=otto, wanted=Wanted())
            event.remove(session.get_bind(), "before_cursor_execute", listener)
        return len(asked)

    make_patient()
    few = statements()
    for number in range(5):
        make_lot(make_product(f"Product {number}"), f"L{number}", 3)
        make_patient(f"Person {number}")
    assert statements() == few
