"""Stock comes in once, whole and known, or it is refused and nothing has changed."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from inventory.catalogue import products
from inventory.errors import (
    ExpiryDiffers,
    InFuture,
    InvalidAmount,
    InvalidCount,
    InvalidText,
    NotAllowed,
    NothingToReceive,
    OnlyIntoHold,
    PlaceHeld,
    PlaceNotOfThisSite,
    ProductMadeHere,
    ReasonMissing,
    RecordNotFound,
)
from inventory.stock import holds, on_hand, receiving
from inventory.stock.errors import LotLooksLike, ProductNotOffered, SerialAlreadyReceived
from inventory.units import ORGANISATION
from models.catalogue import Product
from models.stock import Container, Delivery, DeliveryLine, Hold, Lot, Pack, StockMove
from models.vocabulary import (
    ContainerKind,
    DeliveryLineKind,
    HoldKind,
    LocationKind,
    MixingPlace,
    MovePurpose,
    Tracking,
    Unit,
)

EXPIRY = date(2032, 1, 31)
SCAN = "]d20109506000134352\x1d10L1\x1d17320131"
HOSTILE = '<script>alert(\'x\')</script> "=HYPERLINK("http://x")"; DROP TABLE lot;-- O\'Brien 😀 {0} %s'


@pytest.fixture
def receive(do, pharmacist, clinic, supplier_id):
    def deliver(*lines, place=None, reference="DN-1", by=pharmacist, supplier=supplier_id, **facts):
        command = receiving.ReceiveDelivery(supplier, reference, place or clinic.places.storage, lines, **facts)
        return do(by, receiving.receive_delivery, command)

    return deliver


@pytest.fixture
def codes(read):
    """Codes of a lot's containers, in order."""

    def ask(lot_number):
        query = select(Container.code).join(Container.lot).where(Lot.lot_number == lot_number).order_by(Container.id)
        return read(lambda session: list(session.scalars(query)))

    return ask


def line(product_id, number="L1", expires_on=EXPIRY, containers=1, **facts):
    return receiving.ReceiveLine(product_id, number, expires_on, containers, **facts)


def opening(product_id, number="L1", expires_on=EXPIRY, **facts):
    return receiving.OpeningLine(product_id, number, expires_on, **facts)


def test_a_delivery_makes_lots_full_sealed_containers_and_their_moves(
    receive, codes, look, read, product_id, make_product, clinic, clock
):
    other = make_product("Vitamin C", content=Decimal("2.5"))
    delivery_id = receive(
        line(product_id, containers=2, kind=DeliveryLineKind.SAMPLE, unit_cost=Decimal("12.3456"), raw_scan=SCAN),
        line(other, "VC-9", containers=1, gtin="09506000134352", serial="S-1"),
        line(product_id, containers=1, gtin="09506000134352", serial="S-2"),
    )

    def rows(session):
        lines = list(session.scalars(select(DeliveryLine).order_by(DeliveryLine.id)))
        moves = list(session.scalars(select(StockMove).order_by(StockMove.id)))
        packs = list(session.scalars(select(Container.pack_id).order_by(Container.id)))
        return session.get_one(Delivery, delivery_id), lines, moves, packs, list(session.scalars(select(Pack.serial)))

    delivery, lines, moves, packs, serials = read(rows)
    assert (delivery.reference, delivery.site_id, delivery.received_at) == ("DN-1", clinic.site_id, clock.at)
    assert [(each.containers, each.kind, each.unit_cost, each.raw_scan) for each in lines] == [
        (2, DeliveryLineKind.SAMPLE, Decimal("12.3456"), SCAN),
        (1, DeliveryLineKind.BOUGHT, None, None),
        (1, DeliveryLineKind.BOUGHT, None, None),
    ]
    assert {(move.purpose, move.from_location_id, move.to_location_id) for move in moves} == {
        (MovePurpose.RECEIVED, clinic.places.supplier, clinic.places.storage)
    }
    assert [move.amount for move in moves] == [10, 10, Decimal("2.5"), 10]
    assert packs == [None, None, 1, 2]
    assert serials == ["S-1", "S-2"]
    assert len(set(codes("L1"))) == 3
    for code in codes("L1"):
        seen = look(code)
        assert (seen.remaining, seen.content, seen.found, seen.opened_at) == (10, 10, 0, None)
    sums = read(on_hand.on_hand, site_id=clinic.site_id)
    assert [(row.product, row.lot_number, row.amount, row.containers, row.opened) for row in sums] == [
        ("Lidocaine 20 mg/mL", "L1", 30, 3, 0),
        ("Vitamin C", "VC-9", Decimal("2.5"), 1, 0),
    ]
    assert read(on_hand.on_hand, site_id=clinic.site_id, product_id=other)[0].lot_number == "VC-9"
    assert read(on_hand.on_hand, site_id=clinic.site_id, location_id=clinic.places.room) == []
    assert read(on_hand.on_hand, site_id=clinic.other_site_id) == []
    first = sums[0]
    key = (first.product, first.lot_number, first.lot_id, first.location_id)
    assert read(on_hand.on_hand, site_id=clinic.site_id, after=key) == sums[1:]
    assert read(on_hand.on_hand, site_id=clinic.site_id, limit=1, lot_id=first.lot_id) == sums[:1]
    assert read(on_hand.on_hand_of_lot, lot_id=first.lot_id) == sums[:1]


def test_a_lot_is_known_again_exactly_as_written_and_with_its_one_expiry(receive, codes, refused, product_id):
    receive(line(product_id, "ab01"))
    receive(line(product_id, " ab01 "))
    receive(line(product_id, "AB01", is_another_lot=True), line(product_id, "ab1", is_another_lot=True))
    assert [len(codes(number)) for number in ("ab01", "AB01", "ab1")] == [2, 1, 1]
    with refused(ExpiryDiffers, lot_number="ab01", known="2032-01-31", given="2032-01-30") as refusal:
        receive(line(product_id, "ab01", date(2032, 1, 30)))
    assert refusal.said.why == "One lot has one expiry date: one of the two was read wrong."
    with refused(ExpiryDiffers, known="2032-01-31", given="none"):
        receive(line(product_id, "ab01", None, hold_cause="label torn"))


def test_a_lot_that_looks_like_a_known_one_is_asked_about(receive, codes, refused, product_id, make_product):
    receive(line(product_id, "HA2406"))
    for number in ("HA24O6", "ha2406", "HA02406", " HA24O6 "):
        with refused(LotLooksLike, known="HA2406", lot_number=number.strip()):
            receive(line(product_id, number))
    with refused(LotLooksLike, known="L1", lot_number="LI"):
        receive(line(product_id, "L1"), line(product_id, "LI"))  # within one delivery too
    receive(line(make_product("Vitamin C"), "HA24O6"), line(product_id, "HA2406"))
    receive(line(product_id, "HA24O6", is_another_lot=True))
    receive(line(product_id, "HA24O6"))  # known by now, and not asked about again
    assert len(codes("HA24O6")) == 3


def test_what_is_expired_or_has_no_expiry_comes_in_only_under_a_hold(
    receive, codes, look, refused, product_id, clock, change_site
):
    change_site(least_days_left=None)
    clock.set_wall(datetime(2031, 3, 3, 22, 57, tzinfo=UTC))  # 23:57 in Paris: the expiry day is not over
    receive(line(product_id, "today", date(2031, 3, 3)))
    clock.pass_time(timedelta(minutes=3))
    with refused(OnlyIntoHold, lot_number="old", problem="expired on 2031-03-03") as refusal:
        receive(line(product_id, "old", date(2031, 3, 3)))
    assert refusal.said.remedy == "Receive it into quarantine, then return or discard it."
    with refused(OnlyIntoHold, lot_number="bare", problem="has no expiry date"):
        receive(line(product_id, "bare", None))
    with refused(ReasonMissing):
        receive(line(product_id, "bare", None, hold_cause="  "))
    receive(line(product_id, "bare", None, hold_cause="no date printed"))
    assert look(codes("bare")[0]).causes == ("no date printed",)


def test_what_is_short_dated_comes_in_only_under_a_hold(receive, codes, look, refused, make_product, change_site):
    change_site(least_days_left=30)
    ordinary, patient = make_product("Ordinary"), make_product("Patient", least_days_left=0)
    receive(line(ordinary, "enough", date(2031, 4, 2)))
    with refused(OnlyIntoHold, problem="is short-dated: 29 days left of the 30 asked for"):
        receive(line(ordinary, "short", date(2031, 4, 1)))
    receive(line(ordinary, "short", date(2031, 4, 1), hold_cause="short-dated"))
    assert look(codes("short")[0]).causes == ("short-dated",)
    receive(line(patient, "today", date(2031, 3, 3)))


def test_a_box_with_a_serial_number_comes_in_once(receive, codes, read, refused, product_id):
    boxes = tuple(receiving.SerialPack("9506000134352", serial) for serial in ("S1", "S2"))
    receive(line(product_id, containers=6, packs=boxes, per_pack=2))
    packs = select(Pack.gtin, Pack.serial).join(Container, Container.pack_id == Pack.id).order_by(Container.id)
    assert read(lambda session: [tuple(row) for row in session.execute(packs)]) == [
        ("09506000134352", serial) for serial in ("S1", "S1", "S2", "S2")
    ]
    with refused(SerialAlreadyReceived, serial="S2", lot_number="L1") as refusal:
        receive(line(product_id, "L2", gtin="09506000134352", serial="S2"))
    assert refusal.said.rule == "SER-01"
    with refused(SerialAlreadyReceived):
        receive(line(product_id, gtin="A", serial="1"), line(product_id, gtin="A", serial="1"))


def test_the_damaged_are_held_and_where_the_site_waits_for_release_all_are(
    receive, codes, look, read, change_site, product_id
):
    receive(line(product_id, containers=3, damaged=1))
    assert [look(code).causes for code in codes("L1")] == [("damaged on arrival",), (), ()]
    change_site(holds_incoming=True)
    receive(line(product_id, "L2", containers=2, damaged=2, damage_reason="stopper pushed in"))
    causes = ("waiting for release", "damaged on arrival: stopper pushed in")
    assert [look(code).causes for code in codes("L2")] == [causes] * 2
    kinds = select(Hold.kind, Hold.delivery_line_id).order_by(Hold.id)
    assert read(lambda session: [tuple(row) for row in session.execute(kinds)]) == [
        (HoldKind.QUALITY, 1),
        *[(HoldKind.INCOMING, 2)] * 2,
        *[(HoldKind.QUALITY, 2)] * 2,
    ]


def test_a_delivery_that_cannot_be_right_is_refused(
    receive, refused, read, product_id, clinic, clock, assistant, auditor, practitioner
):
    good = line(product_id)
    with refused(NothingToReceive):
        receive()
    with refused(RecordNotFound, kind="supplier", key="77"):
        receive(good, supplier=77)
    with refused(RecordNotFound, kind="product", key="77"):
        receive(good, line(77))
    with refused(PlaceNotOfThisSite, place="Waste"):
        receive(good, place=clinic.places.waste)
    with refused(PlaceNotOfThisSite, place="Storage"):
        receive(good, place=clinic.other_places.storage)
    with refused(PlaceNotOfThisSite, place="999"):
        receive(good, place=999)
    with refused(InFuture, field="Time", at="2031-03-03 10:00 UTC"):
        receive(good, received_at=datetime(2031, 3, 3, 10, tzinfo=UTC))
    for by in (auditor, practitioner):
        with refused(NotAllowed, permission="receive_stock"):
            receive(good, by=by)
    free = read(lambda session: session.scalars(select(Product.id).where(Product.is_free_cocktail)).one())
    with refused(ProductMadeHere, product="Free cocktail"):
        receive(line(free, "R123", None, hold_cause="odd"))
    receive(good, by=assistant, received_at=clock.at)


@pytest.mark.parametrize("count", [0, -1, 5001])
def test_a_count_of_containers_outside_its_limits_is_refused(receive, refused, product_id, count):
    with refused(InvalidCount, counted="Containers", count=count, least=1, most=5000):
        receive(line(product_id, containers=count))


def test_numbers_of_a_line_that_cannot_be_are_refused(receive, refused, product_id):
    for damaged in (-1, 3):
        with refused(InvalidCount, counted="Damaged", count=damaged, least=0, most=2):
            receive(line(product_id, containers=2, damaged=damaged))
    for cost in ("-0.01", "NaN", "Infinity"):
        with refused(InvalidAmount):
            receive(line(product_id, unit_cost=Decimal(cost)))
    for cost in ("0.00001", "1000000001"):
        with refused(InvalidText, field="Unit cost"):
            receive(line(product_id, unit_cost=Decimal(cost)))
    receive(line(product_id, unit_cost=Decimal(0)), line(product_id, unit_cost=Decimal(10**9)))


def test_hostile_text_is_kept_as_it_is_or_refused_in_words(receive, read, refused, product_id):
    receive(line(product_id, HOSTILE[:40], hold_cause=HOSTILE + "\nsecond line"), reference=HOSTILE)

    def kept(session):
        return (
            session.scalars(select(Lot.lot_number)).one(),
            session.scalars(select(Delivery.reference)).one(),
            session.scalars(select(Hold.cause)).one(),
        )

    assert read(kept) == (HOSTILE[:40].strip(), HOSTILE, HOSTILE + "\nsecond line")
    for bad, problem in _HIDDEN.items():
        with refused(InvalidText, field="Lot number", problem=problem):
            receive(line(product_id, bad))
        with refused(InvalidText, field="Reference"):
            receive(line(product_id), reference=bad * 5 if len(bad) == 41 else bad)
        with refused(InvalidText, field="Scan"):
            receive(line(product_id, raw_scan=bad * 13 if len(bad) == 41 else bad))
        with refused(InvalidText, field="Serial number"):
            receive(line(product_id, gtin="09506000134352", serial=bad))
    with refused(InvalidText, field="Scan", problem="is longer than 500 characters"):
        receive(line(product_id, raw_scan="1\x1d" * 5_000))


_HIDDEN = {
    "": "is empty",
    " \t\n ": "is empty",
    "x" * 41: "is longer than 40 characters",
    "x" * 10_000: "is longer than 40 characters",
    "L1\u202egnp.exe": "contains hidden characters",
    "L\x001": "contains hidden characters",
    "L\ud8001": "contains hidden characters",
    "L\u20661\u2069": "contains hidden characters",
}


def test_nothing_is_received_into_a_held_place_but_quarantine_which_holds_it(
    receive, codes, look, refused, do, pharmacist, product_id, clinic
):
    hold = holds.PlaceHold(HoldKind.EXCURSION, "fridge at 14 °C", location_id=clinic.places.storage)
    do(pharmacist, holds.place_hold, hold)
    with refused(PlaceHeld, place="Storage", causes="fridge at 14 °C") as refusal:
        receive(line(product_id))
    assert refusal.said.remedy == "Choose another place."
    hold = holds.PlaceHold(HoldKind.QUALITY, "being cleaned", location_id=clinic.places.quarantine)
    do(pharmacist, holds.place_hold, hold)
    receive(line(product_id), place=clinic.places.quarantine)
    assert look(codes("L1")[0]).causes == ("being cleaned",)


# What stands on the shelf when the clinic starts


def test_opening_stock_is_sealed_and_full_or_opened_with_what_is_left(
    do, pharmacist, clinic, look, codes, product_id, make_product, read, clock
):
    pack = make_product("Needles", unit=Unit.PIECE, tracking=Tracking.PACK, content=Decimal(100))
    opened_at = clock.at - timedelta(days=2)
    lines = (
        opening(product_id, containers=2),
        opening(product_id, "L2", remaining=Decimal("4.25"), opened_at=opened_at),
        opening(pack, "N1", remaining=Decimal(70)),
        opening(product_id, "old", date(2020, 1, 1), hold_cause="expired on the shelf"),
        opening(product_id, "begun", remaining=Decimal(5), hold_cause="nobody knows since when"),
    )
    do(pharmacist, receiving.record_opening_stock, receiving.RecordOpeningStock(clinic.places.room, lines))
    assert [look(code).remaining for code in codes("L1")] == [10, 10]
    begun = look(codes("L2")[0])
    assert (begun.remaining, begun.opened_at) == (Decimal("4.25"), opened_at)
    assert begun.discard_at == datetime(2031, 3, 29, 22, 59, 59, 999999, tzinfo=UTC)  # 28 days, in Paris
    assert look(codes("N1")[0]).opened_at is None
    assert look(codes("old")[0]).causes == ("expired on the shelf",)
    unknown = look(codes("begun")[0])
    assert (unknown.opened_at, unknown.discard_at) == (clock.at, clock.at)
    moves = read(lambda session: list(session.scalars(select(StockMove.from_location_id).distinct())))
    assert moves == [clinic.places.external]


def test_opening_stock_that_cannot_be_is_refused(
    do, pharmacist, practitioner, clinic, refused, product_id, make_product, clock, change_site
):
    pack = make_product("Needles", unit=Unit.PIECE, tracking=Tracking.PACK, content=Decimal(100))
    bulk = make_product("Bulk", container_kind=ContainerKind.PHARMACY_BULK_PACKAGE)

    def record(*lines, by=pharmacist, place=clinic.places.storage):
        do(by, receiving.record_opening_stock, receiving.RecordOpeningStock(place, lines))

    for amount in ("0", "-1", "NaN", "0.0000001"):
        with refused(InvalidAmount):
            record(opening(product_id, remaining=Decimal(amount), opened_at=clock.at))
    with refused(InvalidAmount, text="10.000001", problem="is more than one container holds (10)"):
        record(opening(product_id, remaining=Decimal("10.000001"), opened_at=clock.at))
    with refused(InvalidText, field="Opened at", problem="is needed for what is no longer full"):
        record(opening(product_id, remaining=Decimal(4)))
    with refused(InFuture):
        record(opening(product_id, remaining=Decimal(4), opened_at=clock.at + timedelta(hours=1)))
    with refused(InvalidAmount, problem="is not a whole number of pieces"):
        record(opening(pack, remaining=Decimal("70.5")))
    with refused(OnlyIntoHold):
        record(opening(product_id, expires_on=None))
    with refused(NothingToReceive):
        record()
    with refused(NotAllowed, permission="receive_stock"):
        record(opening(product_id), by=practitioner)
    with refused(PlaceNotOfThisSite):
        record(opening(product_id), place=clinic.places.transit)
    change_site(mixing_place=MixingPlace.HOOD)
    record(opening(bulk, remaining=Decimal(4), opened_at=clock.at))


def test_each_site_fills_its_own_places(make_lot, look, product_id, clinic, read):
    here, there = make_lot(product_id)[0], make_lot(product_id, at_other_site=True)[0]
    assert look(here).location_id == clinic.places.storage
    assert look(there).location_id == clinic.other_places.storage
    assert look(here).lot_id == look(there).lot_id
    kinds = read(lambda session: [row.location for row in on_hand.on_hand_of_lot(session, lot_id=look(here).lot_id)])
    assert kinds == ["Storage", "Storage"]
    assert LocationKind.STORAGE.is_real


def test_a_product_that_is_no_longer_used_is_not_received(
    receive, product_id, do, administrator, pharmacist, clinic, refused
):
    gone = products.DeactivateProduct(product_id, 1, "the maker stopped")
    do(administrator, products.deactivate_product, gone, scope=ORGANISATION)
    with refused(ProductNotOffered, product="Lidocaine 20 mg/mL"):
        receive(line(product_id))
    # What stands in the cupboard already is there, whatever is bought from now on.
    command = receiving.RecordOpeningStock(clinic.places.storage, (opening(product_id),))
    do(pharmacist, receiving.record_opening_stock, command)
    do(administrator, products.activate_product, products.ActivateProduct(product_id, 2), scope=ORGANISATION)
    receive(line(product_id))
