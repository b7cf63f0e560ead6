"""The stock of a past evening: what stood there, as it is known today."""

import random
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from inventory.errors import InFuture, Refusal
from inventory.rules.expiry import end_of_day
from inventory.stock import containers, corrections, holds
from inventory.stock.stock_list import Wanted, flat, stock_list
from models.organisation import Location, Site
from models.stock import Container, StockEntry, StockMove
from models.vocabulary import HoldKind, MovePurpose, WasteReason

DAYS = 5
THINGS_A_DAY = 8
ENOUGH = 15  # of the 40 that are tried: a history in which all is refused shows nothing


@pytest.fixture
def stock_of(read, clinic, clock):
    def ask(as_of=None, **wanted):
        found = read(stock_list, site_id=clinic.site_id, wanted=Wanted(as_of=as_of, **wanted), now=clock.at)
        return [
            (row.lot.lot_number, row.place.name, row.opened and row.opened.code, row.amount, row.usable, row.lot.states)
            for row in flat(found)
        ]

    return ask


@pytest.fixture
def zone(read, clinic):
    return ZoneInfo(read(lambda session: session.get_one(Site, clinic.site_id).time_zone))


@pytest.fixture
def happen(do, pharmacist, practitioner, make_lot, product_id, clinic, look, clock, read):
    """One thing that happens in a cupboard, drawn by chance, and whether it did: what the rules refuse does not."""

    def do_something(chance: random.Random, codes: list[str], *, is_late: bool) -> bool:
        code = chance.choice(codes)
        amount = Decimal(chance.choice(["0.5", "1", "2.5"]))
        at = clock.at - timedelta(hours=chance.randrange(60)) if is_late else None
        waste = containers.DiscardContainer(code, WasteReason.SPILLED, amount, "on the floor", occurred_at=at)
        place = chance.choice([clinic.places.storage, clinic.places.quarantine, clinic.places.room])
        things = [
            (practitioner, containers.open_container, containers.OpenContainer(code)),
            (practitioner, containers.move_container, containers.MoveContainer(code, place)),
            (pharmacist, containers.discard, waste),
            (pharmacist, containers.discard, containers.DiscardContainer(code, WasteReason.BROKEN)),
            (pharmacist, containers.record_found, containers.RecordFound(code, amount, "held more")),
            (pharmacist, holds.place_hold, holds.PlaceHold(HoldKind.QUALITY, "cloudy", container_code=code)),
        ]
        return happened(*chance.choice(things))

    def happened(*unit) -> bool:
        try:
            do(*unit)
        except Refusal:
            return False
        return True

    def correct_something(chance: random.Random) -> bool:
        wasted = read(
            lambda session: session.execute(
                select(StockMove.entry_id, StockMove.id).where(
                    StockMove.purpose == MovePurpose.WASTED, StockMove.reverses_id.is_(None)
                )
            ).all()
        )
        if not wasted:
            return False
        entry_id, move_id = chance.choice(wasted)
        amount = chance.choice([None, Decimal("0.2")])
        corrected = (corrections.CorrectedMove(move_id, amount),)
        return happened(
            pharmacist, corrections.correct_entry, corrections.CorrectEntry(entry_id, corrected, "typed wrong")
        )

    return do_something, correct_something


@pytest.mark.parametrize("seed", range(4))
def test_each_evening_is_found_again_as_it_was(seed, stock_of, happen, make_lot, product_id, clock, zone):
    chance, (do_something, _) = random.Random(seed), happen
    codes, evenings, happened = [], {}, 0
    for number in range(DAYS):
        codes += make_lot(product_id, f"L{number}", 2)
        for _ in range(THINGS_A_DAY):
            happened += do_something(chance, codes, is_late=False)
        day = clock.at.astimezone(zone).date()
        clock.pass_time(end_of_day(day, zone) - clock.at)
        evenings[day] = stock_of()
        clock.pass_time(timedelta(hours=9))

    assert {day: stock_of(day) for day in evenings} == evenings
    assert happened >= ENOUGH


@pytest.mark.parametrize("seed", range(4))
def test_late_entries_and_corrections_count_when_it_happened(
    seed, stock_of, happen, make_lot, product_id, clock, zone, read, clinic
):
    chance, (do_something, correct_something) = random.Random(100 + seed), happen
    codes, days, happened, corrected = [], [], 0, 0
    for number in range(DAYS):
        codes += make_lot(product_id, f"L{number}", 2)
        for _ in range(THINGS_A_DAY):
            happened += do_something(chance, codes, is_late=True)
        corrected += correct_something(chance)
        days.append(clock.at.astimezone(zone).date())
        clock.pass_time(timedelta(days=1))

    for day in days:
        found = defaultdict(Decimal)
        for lot_number, place, _, amount, *_ in stock_of(day):
            found[lot_number, place] += amount
        assert found == read(replayed, end_of_day(day, zone), clinic.site_id), day
    assert happened >= ENOUGH
    assert corrected


def replayed(session, at, site_id):
    """Every move until then, one after another in the order it happened; where it last came to is its place."""
    amount, place = defaultdict(Decimal), {}
    query = select(StockMove).join(StockEntry).where(StockEntry.occurred_at <= at)
    locations = {each.id: each for each in session.scalars(select(Location))}
    for move in session.scalars(query.order_by(StockEntry.occurred_at, StockMove.id)):
        source, target = locations[move.from_location_id], locations[move.to_location_id]
        amount[move.container_id] += move.amount * (target.kind.is_inside - source.kind.is_inside)
        if target.kind.is_inside and not source.kind.is_inside and move.reverses_id is not None:
            continue  # what was never taken out stays where it stood
        if target.kind.is_inside:
            place[move.container_id] = target
    found = defaultdict(Decimal)
    for container_id, left in amount.items():
        where = place.get(container_id)
        if left and where is not None and where.kind.is_real and where.site_id == site_id:
            found[session.get_one(Container, container_id).lot.lot_number, where.name] += left
    return found


def test_a_use_written_down_after_the_vial_was_moved_counts_where_the_vial_stood(
    stock_of, do, pharmacist, vial, clinic, clock, zone
):
    clock.pass_time(timedelta(hours=2))
    used_at = clock.at
    day = used_at.astimezone(zone).date()
    clock.pass_time(timedelta(days=1))
    do(pharmacist, containers.move_container, containers.MoveContainer(vial, clinic.places.room))
    late = containers.DiscardContainer(vial, WasteReason.SPILLED, Decimal(2), "on the floor", occurred_at=used_at)
    do(pharmacist, containers.discard, late)
    clock.pass_time(timedelta(days=1))

    assert [(place, amount) for _, place, _, amount, *_ in stock_of(day)] == [("Storage", Decimal(8))]


def test_vials_that_went_on_since_are_counted_with_those_that_stayed(
    read, do, pharmacist, product_id, make_lot, clinic, clock, zone
):
    codes = make_lot(product_id, "L1", 3)
    day = clock.at.astimezone(zone).date()
    clock.pass_time(timedelta(days=1))
    do(pharmacist, containers.move_container, containers.MoveContainer(codes[0], clinic.places.room))

    (product,) = read(stock_list, site_id=clinic.site_id, wanted=Wanted(as_of=day), now=clock.at)

    assert [(place.name, repr(place.sealed_count), place.sealed) for place in product.lots[0].places] == [
        ("Storage", "3", Decimal(30))
    ]


def test_a_lot_blocked_that_evening_was_blocked_and_one_not_yet_expired_was_not(
    stock_of, do, pharmacist, product_id, make_lot, look, clock, zone
):
    (code,) = make_lot(product_id, "L1", 1, date(2031, 3, 10))
    hold_id = do(pharmacist, holds.place_hold, holds.PlaceHold(HoldKind.QUALITY, "cloudy", lot_id=look(code).lot_id))
    day = clock.at.astimezone(zone).date()
    clock.pass_time(timedelta(days=1))
    do(pharmacist, holds.lift_hold, holds.LiftHold(hold_id, "clear again"))
    clock.pass_time(timedelta(days=10))

    assert stock_of(day)[0][-1] == ("expires_soon", "quality")
    assert stock_of(day + timedelta(days=1))[0][-1] == ("expires_soon",)
    assert stock_of()[0][-1] == ("expired",)


def test_a_day_that_is_not_over_is_refused(stock_of, clock, zone):
    with pytest.raises(InFuture):
        stock_of(clock.at.astimezone(zone).date())


def test_nothing_stood_there_before_the_first_delivery(stock_of, vial, clock, zone):
    assert stock_of(clock.at.astimezone(zone).date() - timedelta(days=1)) == []
