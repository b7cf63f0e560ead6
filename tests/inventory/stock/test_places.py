"""Places are the clinic's own to add, name and take out of use; stock is never left in one that is not used."""

import pytest

from inventory.errors import InvalidText, NotAllowed, PlaceHeld, PlaceNotOfThisSite
from inventory.rules.codes import CodeKind, check_code, kind_of
from inventory.stock import containers, holds, places
from inventory.stock.errors import LastPlace, PlaceNameTaken, PlaceNotEmpty
from inventory.stock.places import AddPlace, ClosePlace, OpenPlaceAgain, RenamePlace
from models.organisation import Location
from models.vocabulary import HoldKind, LocationKind, WasteReason


@pytest.fixture
def add(do, administrator):
    return lambda name="Fridge 2", **facts: do(administrator, places.add_place, AddPlace(name, **facts))


@pytest.fixture
def place(read):
    return lambda place_id: read(lambda session: session.get_one(Location, place_id))


def test_a_new_place_has_a_code_of_its_own_and_takes_stock(add, place, make_lot, product_id, look):
    made = place(add())
    assert (made.name, made.kind, made.is_quarantine, made.is_active) == ("Fridge 2", LocationKind.STORAGE, False, True)
    assert kind_of(check_code(made.code)) is CodeKind.LOCATION
    assert look(make_lot(product_id, place=made.id)[0]).location_id == made.id


@pytest.mark.parametrize("name", ["Storage", "storage", "SUPPLIERS", " Fridge 2 "])
def test_two_places_are_never_called_alike(add, refused, name):
    add()
    with refused(PlaceNameTaken):
        add(name)


@pytest.mark.parametrize(
    "facts", [{"kind": LocationKind.WASTE}, {"kind": LocationKind.ROOM, "is_quarantine": True}, {"name": " "}]
)
def test_what_is_no_place_for_stock_is_refused(add, refused, facts):
    with refused(InvalidText):
        add(**facts)


def test_a_place_keeps_its_code_under_another_name(add, do, administrator, place, refused):
    place_id = add()
    code = place(place_id).code
    do(administrator, places.rename_place, RenamePlace(place_id, "fridge 2"))
    assert (place(place_id).name, place(place_id).code) == ("fridge 2", code)
    with refused(PlaceNameTaken):
        do(administrator, places.rename_place, RenamePlace(place_id, "Quarantine"))


def test_a_place_goes_out_of_use_when_it_is_empty_and_comes_back(
    add, do, administrator, pharmacist, make_lot, product_id, place, refused, clinic, read
):
    place_id = add()
    (vial,) = make_lot(product_id, place=place_id)
    with refused(PlaceNotEmpty, containers=1):
        do(administrator, places.close_place, ClosePlace(place_id))
    do(pharmacist, containers.discard, containers.DiscardContainer(vial, WasteReason.BROKEN))
    do(administrator, places.close_place, ClosePlace(place_id))
    assert not place(place_id).is_active
    with refused(PlaceNotOfThisSite):
        make_lot(product_id, place=place_id)
    listed = read(places.list_all_places, site_id=clinic.site_id)
    assert [each.name for each in listed] == ["Quarantine", "Storage", "Treatment room", "Fridge 2"]
    do(administrator, places.open_place_again, OpenPlaceAgain(place_id))
    make_lot(product_id, place=place_id)


def test_a_blocked_place_and_the_last_of_its_kind_stay(add, do, administrator, pharmacist, clinic, refused):
    place_id = add()
    do(pharmacist, holds.place_hold, holds.PlaceHold(HoldKind.EXCURSION, "too warm", location_id=place_id))
    with refused(PlaceHeld):
        do(administrator, places.close_place, ClosePlace(place_id))
    with refused(LastPlace):
        do(administrator, places.close_place, ClosePlace(clinic.places.quarantine))
    do(administrator, places.close_place, ClosePlace(clinic.places.storage))
    do(administrator, places.close_place, ClosePlace(clinic.places.room))


def test_only_an_administrator_changes_places_and_only_their_own(do, pharmacist, administrator, clinic, refused):
    with refused(NotAllowed):
        do(pharmacist, places.add_place, AddPlace("Fridge 2"))
    for place_id in (clinic.other_places.storage, clinic.places.waste, 999):
        with refused(PlaceNotOfThisSite):
            do(administrator, places.rename_place, RenamePlace(place_id, "Mine"))
