"""The scan box says what the scan meant and leads to the page; what another site has is never unknown."""

import re

import pytest
from sqlalchemy import select

from models.organisation import Location


def _words(page) -> str:
    main = page.text.partition("<main")[2]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main).replace("&nbsp;", " "))


@pytest.fixture
def place_code(read):
    def code(location_id):
        return read(lambda session: session.scalar(select(Location.code).where(Location.id == location_id)))

    return code


def test_a_vials_code_leads_to_its_page_however_it_is_typed(signed_in, vial):
    paula = signed_in("paula")
    for typed in (vial, f" {vial.lower()} ", f"{vial[:5]}-{vial[5:]}"):
        answer = paula.send("/search", {"text": typed})
        assert (answer.status_code, answer.location) == (303, f"/containers/{vial}")
    assert f"Scanned: vial or syringe {vial}." in _words(paula.get(f"/containers/{vial}"))


def test_a_places_code_leads_to_what_is_in_it(signed_in, vial, clinic, place_code):
    paula = signed_in("paula")
    answer = paula.send("/search", {"text": place_code(clinic.places.storage)}, follow_redirects=True)
    words = _words(answer)
    assert "Scanned: place Storage." in words
    assert "Lidocaine 20 mg/mL" in words


def test_a_mixtures_number_leads_to_its_lot(signed_in, vial, mix, start_session):
    mixture = mix((vial, "2"), session_id=start_session())
    answer = signed_in("peter").send("/search", {"text": mixture.lot_number})
    assert answer.location == f"/lots/{mixture.lot_id}"


def test_a_patients_reference_is_named_and_nothing_told(signed_in, make_patient):
    reference = make_patient("Nadia Secret")
    page = signed_in("paula").send("/search", {"text": reference})
    assert f"{reference} is a patient's reference." in _words(page)
    assert "Nadia" not in page.text


def test_words_find_lots_and_products(signed_in, make_lot, make_product):
    make_lot(make_product("Hyaluronic acid"), "HA-77")
    make_lot(make_product("Another"), "HA-78")
    paula = signed_in("paula")
    both = paula.send("/search", {"text": "HA-7"})
    assert re.findall(r'href="/lots/\d+">(HA-7\d)', both.text) == ["HA-77", "HA-78"]
    product = paula.send("/search", {"text": "hyaluronic"})
    assert 'href="/stock?text=Hyaluronic+acid"' in product.text
    only = paula.send("/search", {"text": "HA-78"}, follow_redirects=True)
    assert "Found: lot HA-78 of Another." in _words(only)
    assert "Nothing is called that here." in _words(paula.send("/search", {"text": "%"}))


def test_a_lot_number_that_looks_like_a_code_of_ours_is_found(signed_in, make_lot, product_id, look):
    (code,) = make_lot(product_id, "C86FQCZ25E")
    answer = signed_in("paula").send("/search", {"text": "C86FQCZ25E"})
    assert answer.location == f"/lots/{look(code).lot_id}"


def test_what_another_site_has_is_said_to_be_there(signed_in, product_id, make_lot, clinic, place_code):
    (code,) = make_lot(product_id, at_other_site=True)
    paula = signed_in("paula")
    for text in (code, place_code(clinic.other_places.storage)):
        answer = paula.send("/search", {"text": text})
        assert answer.status_code == 200
        assert "belongs to another site (Hillside)." in _words(answer)
    answer = paula.send("/search", {"text": code})
    assert "request its transfer" in _words(answer)
    assert f'href="/transfers?code={code}"' in answer.text
    assert paula.get(f"/transfers?code={code}").status_code == 200
    assert "/transfers?code" not in signed_in("otto").send("/search", {"text": code}).text


def test_a_slip_in_a_code_is_named_and_an_unknown_code_is_not_found(signed_in, clinic):
    paula = signed_in("paula")
    slip = paula.send("/search", {"text": "C86FQCZ25F"})
    assert slip.status_code == 422
    assert "check character 'F' does not fit" in _words(slip).replace("&#39;", "'")
    unknown = paula.send("/search", {"text": "C86FQCZ25E"})
    assert unknown.status_code == 404
    assert "There is no container" in _words(unknown)
