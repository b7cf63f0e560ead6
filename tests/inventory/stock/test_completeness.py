"""Each place is declared done by a person, then the site may be called complete: never before, never falsely."""

from datetime import date, timedelta

import pytest

from inventory.errors import NotAllowed, PlaceNotOfThisSite, ReasonMissing
from inventory.people import memberships
from inventory.stock import completeness, opening_stock, receiving
from inventory.stock.completeness import DeclareComplete, DeclarePlaceDone, ReopenPlace
from inventory.stock.errors import NotCompleteOn, PlaceDeclaredDone, PlaceNotDone, PlacesNotDone
from inventory.stock.shelf import OpeningLine, RecordOpeningStock

TODAY = date(2031, 3, 3)


@pytest.fixture
def done(do, assistant):
    def declare(place, by=assistant):
        return do(by, completeness.declare_place_done, DeclarePlaceDone(place))

    return declare


@pytest.fixture
def all_done(done, clinic):
    for place in (clinic.places.storage, clinic.places.quarantine, clinic.places.room):
        done(place)


@pytest.fixture
def status(read, clinic):
    return lambda: read(completeness.site_status, site_id=clinic.site_id)


def test_a_new_site_is_not_complete_and_no_place_is_done(status):
    assert status().complete_since is None
    assert status().earliest is None
    assert [place.name for place in status().open_places] == ["Quarantine", "Storage", "Treatment room"]


def test_a_place_is_declared_done_by_a_person_and_then_takes_nothing_more(
    done, status, do, pharmacist, clinic, product_id, refused
):
    line = OpeningLine(product_id, "L1", date(2032, 1, 31))
    entry_id = do(pharmacist, receiving.record_opening_stock, RecordOpeningStock(clinic.places.storage, (line,)))
    done(clinic.places.storage)
    (storage,) = [place for place in status().places if place.id == clinic.places.storage]
    assert (storage.is_done, storage.declared.by, storage.declared.reason) == (True, "Anna Assistant", None)
    with refused(PlaceDeclaredDone, place="Storage"):
        do(pharmacist, receiving.record_opening_stock, RecordOpeningStock(clinic.places.storage, (line,)))
    with refused(PlaceDeclaredDone):
        do(pharmacist, opening_stock.take_back, opening_stock.TakeBack(entry_id))
    with refused(PlaceDeclaredDone):
        done(clinic.places.storage)


def test_a_place_is_opened_again_with_a_reason(done, do, assistant, clinic, status, refused):
    with refused(PlaceNotDone, place="Storage"):
        do(assistant, completeness.reopen_place, ReopenPlace(clinic.places.storage, "the upper shelf"))
    done(clinic.places.storage)
    with refused(ReasonMissing):
        do(assistant, completeness.reopen_place, ReopenPlace(clinic.places.storage, " "))
    do(assistant, completeness.reopen_place, ReopenPlace(clinic.places.storage, "the upper shelf"))
    (storage,) = [place for place in status().places if place.id == clinic.places.storage]
    assert (storage.is_done, storage.declared.reason) == (False, "the upper shelf")


def test_the_site_is_complete_only_when_every_place_is_done(done, do, administrator, clinic, refused, status):
    done(clinic.places.storage)
    with refused(PlacesNotDone, places=("Quarantine", "Treatment room")):
        do(administrator, completeness.declare_complete, DeclareComplete())
    done(clinic.places.quarantine)
    done(clinic.places.room)
    do(administrator, completeness.declare_complete, DeclareComplete())
    assert status().complete_since == TODAY


def test_it_is_never_complete_before_the_last_place_was_counted_nor_ahead(
    done, do, administrator, clinic, clock, refused, status
):
    done(clinic.places.storage)
    clock.pass_time(timedelta(days=2))
    done(clinic.places.quarantine)
    done(clinic.places.room)
    clock.pass_time(timedelta(days=3))
    for day in (date(2031, 3, 4), date(2031, 3, 9)):
        with refused(NotCompleteOn, earliest="2031-03-05", latest="2031-03-08"):
            do(administrator, completeness.declare_complete, DeclareComplete(day))
    do(administrator, completeness.declare_complete, DeclareComplete(date(2031, 3, 6)))
    assert status().complete_since == date(2031, 3, 6)


def test_the_responsible_person_or_an_administrator_says_so(
    all_done, do, pharmacist, assistant, administrator, actor, clinic, refused
):
    for person in (pharmacist, assistant):
        with refused(NotAllowed):
            do(person, completeness.declare_complete, DeclareComplete())
    appoint = memberships.MakeResponsible(clinic.user_ids["paula"], clinic.site_id, TODAY, None)
    do(administrator, memberships.make_responsible, appoint)
    do(actor("paula"), completeness.declare_complete, DeclareComplete())


def test_opening_a_place_again_takes_the_date_back(all_done, do, administrator, assistant, clinic, status, refused):
    do(administrator, completeness.declare_complete, DeclareComplete())
    again = ReopenPlace(clinic.places.room, "a drawer was locked")
    with refused(NotAllowed):
        do(assistant, completeness.reopen_place, again)
    do(administrator, completeness.reopen_place, again)
    assert status().complete_since is None
    assert [place.name for place in status().open_places] == ["Treatment room"]


def test_a_site_that_was_complete_from_the_beginning_takes_no_first_count_until_a_place_is_opened_again(
    change_site, do, administrator, pharmacist, clinic, product_id, refused, status
):
    change_site(complete_since=TODAY)
    assert status().open_places == ()
    line = OpeningLine(product_id, "L1", date(2032, 1, 31))
    with refused(PlaceDeclaredDone):
        do(pharmacist, receiving.record_opening_stock, RecordOpeningStock(clinic.places.storage, (line,)))
    do(administrator, completeness.reopen_place, ReopenPlace(clinic.places.storage, "the clinic starts only now"))
    do(pharmacist, receiving.record_opening_stock, RecordOpeningStock(clinic.places.storage, (line,)))


def test_places_of_another_site_and_the_boundary_are_nobodys(done, clinic, refused):
    for place in (clinic.other_places.storage, clinic.places.waste):
        with refused(PlaceNotOfThisSite):
            done(place)
