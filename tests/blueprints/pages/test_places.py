"""The places of a site: scanned, looked into, and changed by an administrator."""

import re

from inventory.stock import containers, holds, places
from models.organisation import Location
from models.vocabulary import HoldKind


def _words(page) -> str:
    main = page.text.partition("<main")[2]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main).replace("&nbsp;", " "))


def test_scanning_a_place_shows_what_is_in_it(signed_in, make_lot, product_id, clinic, do, practitioner, read):
    vials = make_lot(product_id, "L1", 3)
    do(practitioner, containers.open_container, containers.OpenContainer(vials[0]))
    code = read(lambda session: session.get_one(Location, clinic.places.storage).code)
    anna = signed_in("anna")
    scanned = anna.send("/search", {"text": code.lower()})
    assert scanned.location == f"/places/{clinic.places.storage}"
    words = _words(anna.get(scanned.location))
    assert "3 vials and syringes in it." in words
    assert "L1" in words
    assert vials[0] in words
    assert "First count" in words
    assert "Another name" not in words


def test_a_blocked_place_says_so(signed_in, vial, clinic, do, pharmacist):
    blocked = holds.PlaceHold(HoldKind.EXCURSION, "fridge at 14 °C", location_id=clinic.places.storage)
    do(pharmacist, holds.place_hold, blocked)
    words = _words(signed_in("otto").get(f"/places/{clinic.places.storage}"))
    assert "with everything in it: fridge at 14 °C Paula Pharmacist" in words


def test_an_administrator_adds_renames_and_takes_out_of_use(signed_in, clinic, read):
    ada = signed_in("ada")
    assert ada.send("/places", {"name": "Fridge <2>", "kind": "storage"}).status_code == 303
    page = ada.get("/places")
    assert "Fridge &lt;2&gt;" in page.text
    (place_id,) = read(
        lambda session: [p.id for p in places.list_places(session, site_id=clinic.site_id) if "2" in p.name]
    )
    at = f"/places/{place_id}"
    taken = ada.send(f"{at}/name", {"name": "storage"})
    assert taken.status_code == 422
    assert "already has a place called" in _words(taken)
    assert ada.send(f"{at}/name", {"name": "Fridge 2"}).status_code == 303
    assert ada.send(f"{at}/closing").status_code == 303
    assert "This place is out of use." in _words(ada.get(at))
    assert "First count" not in _words(ada.get(at)).partition("Another name")[0]
    assert ada.send(f"{at}/opening").status_code == 303


def test_a_place_with_stock_or_the_last_of_its_kind_stays_in_use(signed_in, vial, clinic):
    ada = signed_in("ada")
    full = ada.send(f"/places/{clinic.places.storage}/closing")
    assert full.status_code == 409
    assert "Storage still holds 1." in _words(full)
    assert ada.send(f"/places/{clinic.places.quarantine}/closing").status_code == 409


def test_nobody_else_changes_places_and_another_site_is_not_seen(signed_in, clinic):
    paula = signed_in("paula")
    assert "Add a place" not in _words(paula.get("/places"))
    assert paula.send("/places", {"name": "Mine", "kind": "storage"}).status_code == 403
    assert paula.send(f"/places/{clinic.places.storage}/name", {"name": "Mine"}).status_code == 403
    for address in (f"/places/{clinic.other_places.storage}", f"/places/{clinic.places.waste}", "/places/999"):
        assert paula.get(address).status_code == 422
    assert "Hillside" not in paula.get(f"/places/{clinic.other_places.storage}").text


def test_one_form_sent_twice_adds_one_place(signed_in, read, clinic):
    ada = signed_in("ada")
    form = {"name": "Fridge 2", "kind": "storage", "idempotency_key": "the very same form"}
    for _ in range(2):
        assert ada.send("/places", form).status_code == 303
    assert len(read(places.list_places, site_id=clinic.site_id)) == 4
