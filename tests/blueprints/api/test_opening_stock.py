"""The first count and the places of a site through the API."""

from datetime import date

from inventory.stock import places


def test_the_first_count_of_a_site_from_the_first_line_to_complete(program, product_id, clinic, password, look, read):
    anna, ada, paula = program("anna"), program("ada"), program("paula")
    lines = [
        {
            "product_id": product_id,
            "lot_number": "L1",
            "expires_on": "2032-01-31",
            "containers": 6,
            "raw_scan": "L1\u001d",
        },
        {
            "product_id": product_id,
            "lot_number": "L1",
            "expires_on": "2032-01-31",
            "part": "half",
            "opened_at": "2031-03-02T09:00:00Z",
        },
        {
            "product_id": product_id,
            "lot_number": None,
            "expires_on": None,
            "is_lot_unreadable": True,
            "is_expiry_unreadable": True,
        },
    ]
    saved = anna.change("/opening-stock", {"location_id": clinic.places.storage, "lines": lines})
    assert saved.status_code == 201, saved.text
    mistaken = anna.change("/opening-stock", {"location_id": clinic.places.storage, "lines": lines[:1]})
    entry_id = mistaken.json["entry_id"]
    assert anna.change(f"/first-count/entries/{entry_id}/taking-back", {}).status_code == 201
    recorded = anna.ask(f"/first-count/places/{clinic.places.storage}").json["entries"]
    assert [entry["taken_back_by"] is not None for entry in recorded] == [True, False]
    assert [(line["containers"], line["amount"], line["opened"]) for line in recorded[1]["lines"]] == [
        (6, "10", 0),
        (1, "5", 1),
        (1, "10", 0),
    ]
    code = recorded[1]["lines"][2]["code"]
    body = {"lot_number": "L7", "expires_on": "2033-01-31", "reason": "leaflet", "password": password}
    assert anna.change(f"/containers/{code}/identification", body).status_code == 403
    assert paula.change(f"/containers/{code}/identification", body | {"password": "wrong"}).status_code in (409, 422)
    assert paula.change(f"/containers/{code}/identification", body).status_code == 201
    assert (look(code).lot_number, look(code).causes) == ("L7", ())

    assert ada.change("/first-count/complete", {}).status_code == 409
    for place in read(places.list_places, site_id=clinic.site_id):
        assert anna.change(f"/first-count/places/{place.id}/done", {}).status_code == 201
    assert anna.change("/first-count/complete", {}).status_code == 403
    assert ada.change("/first-count/complete", {"since_on": "2031-03-03"}).status_code == 201
    status = ada.ask("/first-count").json
    assert status["complete_since"] == date(2031, 3, 3).isoformat()
    assert all(place["is_done"] and place["declared"]["by"] == "Anna Assistant" for place in status["places"])
    again = {"reason": "a drawer was locked"}
    assert anna.change(f"/first-count/places/{clinic.places.storage}/reopening", again).status_code == 403
    assert ada.change(f"/first-count/places/{clinic.places.storage}/reopening", again).status_code == 201
    assert ada.ask("/first-count").json["complete_since"] is None


def test_places_are_changed_by_an_administrator_alone(program, clinic):
    ada, paula = program("ada"), program("paula")
    saved = ada.change("/places", {"name": "Fridge 2"})
    assert saved.status_code == 201
    at = f"/places/{saved.json['location_id']}"
    assert ada.change(f"{at}/name", {"name": "Fridge two"}).status_code == 201
    assert ada.change(f"{at}/closing", {}).status_code == 201
    assert "Fridge two" not in [place["name"] for place in ada.ask("/places").json["places"]]
    assert ada.change(f"{at}/opening", {}).status_code == 201
    assert paula.change("/places", {"name": "Mine"}).status_code == 403
    assert ada.change(f"/places/{clinic.other_places.storage}/name", {"name": "Mine"}).status_code == 422
