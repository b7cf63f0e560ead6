"""A delivery in progress: its typed lines, its two tabs, its end."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from inventory.errors import (
    ExpiryDiffers,
    InvalidAmount,
    InvalidCount,
    InvalidExpiry,
    InvalidText,
    NotAllowed,
    NothingToReceive,
    PlaceHeld,
    PlaceNotOfThisSite,
    ProductMadeHere,
    RecordNotFound,
)
from inventory.stock import draft_facts, draft_lines, drafts, holds
from inventory.stock.errors import (
    DraftAsks,
    DraftChanged,
    DraftEnded,
    LineIncomplete,
    LotLooksLike,
    SerialAlreadyReceived,
    SeveralProducts,
)
from models.evidence import AuditEntry
from models.receiving import DeliveryScan
from models.stock import Container, Delivery, DeliveryLine, Hold, Lot, Pack
from models.vocabulary import DeliveryLineKind, HoldKind

PRODUCT = "Lidocaine 20 mg/mL"


@pytest.fixture
def type_line(do, pharmacist):
    def add(draft, product=PRODUCT, lot="L1", expires="0132", by=pharmacist, **facts):
        command = draft_lines.AddLine(
            draft_id=draft.id, product=product, lot_number=lot, expires=expires, packs=facts.pop("packs", 1), **facts
        )
        return do(by, draft_lines.add_line, command)

    return add


@pytest.fixture
def change(do, pharmacist):
    def run(draft, line, **facts):
        kept = {"lot_number": line.lot_number, "expires": line.expires, "packs": line.packs, "per_pack": line.per_pack}
        wanted = {"version": line.version} | kept | facts
        return do(
            pharmacist, draft_lines.change_line, draft_lines.ChangeLine(draft_id=draft.id, line_id=line.id, **wanted)
        )

    return run


def test_a_typed_line_is_echoed_in_full(draft, type_line):
    type_line(draft, "lidoc", "T1", "0232", packs=2, per_pack=5, kind=DeliveryLineKind.LOAN)
    type_line(draft, PRODUCT, "T2", "31.12.32")
    type_line(draft, PRODUCT, "T3", "none")
    assert draft.said() == [
        f"{PRODUCT}, lot T1, use by 2032-02-29 (month only), 2 boxes of 5",
        f"{PRODUCT}, lot T2, use by 2032-12-31, 1 vial",
        f"{PRODUCT}, lot T3, no expiry date, 1 vial",
    ]
    assert [line.expires for line in draft.look().lines] == ["2032-02", "2032-12-31", "none"]
    assert draft.look().lines[2].hold_cause == "has no expiry date"


def test_a_typed_line_that_cannot_be_is_refused(draft, type_line, make_product, refused, product_id, make_lot):
    make_product("Lidocaine 10 mg/mL")
    with refused(SeveralProducts, text="lidoc"):
        type_line(draft, "lidoc")
    with refused(RecordNotFound, kind="product"):
        type_line(draft, "botulinum")
    with refused(ProductMadeHere):
        type_line(draft, "Free cocktail")
    with refused(InvalidExpiry):
        type_line(draft, expires="281231")
    with refused(InvalidText, field="Lot number", problem="is longer than 40 characters"):
        type_line(draft, lot="x" * 41)
    for packs in (0, -1, 1_000_000):
        with refused(InvalidCount, counted="Boxes", count=packs):
            type_line(draft, packs=packs)
    with refused(InvalidCount, counted="Containers", count=10_000):
        type_line(draft, packs=100, per_pack=100)
    with refused(InvalidCount, counted="Damaged", count=3, most=2):
        type_line(draft, packs=2, damaged=3)
    with refused(InvalidAmount):
        type_line(draft, unit_cost=Decimal(-1))
    make_lot(product_id, "HA2406")
    with refused(LotLooksLike, lot_number="HA24O6", known="HA2406"):
        type_line(draft, lot="HA24O6")
    with refused(ExpiryDiffers, lot_number="HA2406", known="2032-01-31", given="2032-02-29"):
        type_line(draft, lot="HA2406", expires="0232")


def test_a_lot_that_only_looks_like_a_known_one_is_taken_once_it_is_confirmed(draft, type_line, product_id, make_lot):
    make_lot(product_id, "HA2406")
    type_line(draft, lot="HA24O6", is_another_lot=True)
    assert draft.look().lines[0].lot_number == "HA24O6"


def test_a_lot_that_came_in_meanwhile_and_looks_like_one_of_the_draft_is_asked_about_when_it_is_saved(
    draft, symbol, type_line, change, refused, product_id, make_lot, start_draft
):
    type_line(draft, lot="HA24O6")
    scanned = start_draft("DN-8")
    scanned.scan(symbol("HA24o6"))
    make_lot(product_id, "HA2406")  # of another delivery in progress, say
    for each in (draft, scanned):
        with refused(LotLooksLike, known="HA2406"):
            each.save()
    line = draft.look().lines[0]
    with refused(LotLooksLike, known="HA2406"):
        change(draft, line)
    change(draft, line, is_another_lot=True)
    change(draft, draft.look().lines[0], packs=2)  # and not asked again
    draft.save()
    other = start_draft("DN-9")
    other.scan(symbol("ha2406"))
    other.answer("as_read")
    other.save()


def test_a_spelling_that_was_corrected_is_not_offered_again(
    draft, type_line, product_id, make_lot, do, pharmacist, signed, look
):
    from inventory.stock import lots  # noqa: PLC0415
    from inventory.units import EVERYTHING  # noqa: PLC0415

    (code,) = make_lot(product_id, "HA24O6")
    command = lots.CorrectLot(look(code).lot_id, "HA2406", date(2032, 1, 31), "misread", signed("paula"))
    do(pharmacist, lots.correct_lot, command, scope=EVERYTHING)
    type_line(draft, lot="HA2406")
    assert draft.look().lines[0].lot_number == "HA2406"


def test_a_serial_scanned_onto_a_typed_line_is_kept_as_it_came(draft, type_line, read):
    type_line(draft)
    draft.scan("10L1\x1d21S1")
    draft.answer("same_box")
    draft.save()
    assert read(lambda session: session.scalars(select(DeliveryScan.raw)).all()) == ["10L1\x1d21S1"]
    assert read(lambda session: session.scalars(select(Pack.serial)).all()) == []


def test_a_known_lot_needs_no_expiry_to_be_typed(draft, type_line, product_id, make_lot):
    make_lot(product_id, "L1", expires_on=date(2032, 1, 31))
    type_line(draft, lot="L1", expires=None)
    assert draft.look().lines[0].expires_on == date(2032, 1, 31)


def test_a_line_is_changed_by_who_saw_it_last(draft, symbol, change, refused, assistant):
    line = draft.scan(symbol()).lines[0]
    draft.scan(symbol(), by=assistant)
    with refused(DraftChanged) as refusal:
        change(draft, line, packs=5)
    assert "Anna Assistant: scanned" in refusal.said.what
    change(draft, draft.look().lines[0], packs=5, damaged=2, damage_reason="wet")
    (line,) = draft.look().lines
    assert (line.containers, line.damaged, line.missing) == (50, 2, ())
    change(draft, line, damaged=2)
    assert draft.look().lines[0].missing == ("damage_reason",)


def test_a_line_that_somebody_removed_says_so(draft, symbol, change, refused, do, assistant):
    line = draft.scan(symbol()).lines[0]
    do(assistant, draft_lines.remove_line, draft_lines.RemoveLine(draft.id, line.id, line.version))
    assert draft.look().last_scan is None
    with refused(DraftChanged) as refusal:
        change(draft, line, packs=5)
    assert "Anna Assistant: removed" in refusal.said.what


def test_saving_books_lots_containers_packs_holds_and_scans_in_one(
    draft, symbol, type_line, change_site, read, pharmacist
):
    change_site(holds_incoming=True)
    draft.scan(symbol("L1", serial="S1"))
    draft.scan(symbol("L1", serial="S2"))
    draft.scan("3")
    type_line(draft, lot="T1", expires="none", damaged=1, damage_reason="cracked", unit_cost=Decimal("2.5"))
    delivery_id = draft.save()

    def booked(session):
        lines = session.scalars(select(DeliveryLine).order_by(DeliveryLine.id)).all()
        packs = select(Pack.serial).join(Container, Container.pack_id == Pack.id).order_by(Container.id)
        causes = select(Hold.kind, Hold.cause).join(Container, Container.id == Hold.container_id).join(Lot)
        return (
            [(line.containers, line.damaged, line.unit_cost) for line in lines],
            session.scalars(packs).all(),
            {tuple(row) for row in session.execute(causes.where(Lot.lot_number == "T1"))},
            session.scalars(select(DeliveryScan.raw).order_by(DeliveryScan.id)).all(),
        )

    assert read(booked) == (
        [(30, 0, None), (1, 1, Decimal("2.5"))],
        ["S1"] * 10 + ["S2"] * 10,
        {
            (HoldKind.INCOMING, "waiting for release"),
            (HoldKind.QUALITY, "damaged on arrival: cracked"),
            (HoldKind.QUALITY, "has no expiry date"),
        },
        [symbol("L1", serial="S1"), symbol("L1", serial="S2")],
    )
    assert draft.look().delivery_id == delivery_id


def test_it_is_booked_once_whoever_saves_it_again(draft, symbol, everything):
    draft.scan(symbol())
    first = draft.save()
    before = everything()
    assert draft.save(version=1) == first
    assert everything()["delivery"] == before["delivery"]


def test_what_others_did_meanwhile_stops_saving_and_putting_away(draft, symbol, refused, do, pharmacist, assistant):
    version = draft.scan(symbol()).version
    draft.scan(symbol("L2"), by=assistant)
    with refused(DraftChanged) as refusal:
        draft.save(version)
    assert "lot L2" in refusal.said.what
    with refused(DraftChanged):
        do(pharmacist, drafts.discard_draft, drafts.DiscardDraft(draft.id, version))


def test_nothing_half_done_is_booked(draft, symbol, refused, read, start_draft):
    with refused(NothingToReceive):
        draft.save()
    draft.scan(symbol(None, None))
    with refused(LineIncomplete, product=PRODUCT, missing=("the lot number", "the expiry date")):
        draft.save()
    draft.undo()
    draft.scan(symbol("HA1", gtin="04012345678901"))
    with refused(DraftAsks, count=1):
        draft.save()
    draft.answer("forget")
    draft.scan(symbol("L1", serial="S1"))
    other = start_draft("DN-8")
    other.scan(symbol("L1", serial="S1"))  # the same box lies in two deliveries in progress
    draft.save()
    with refused(SerialAlreadyReceived, serial="S1"):
        other.save()
    assert read(lambda session: session.scalars(select(Delivery.reference)).all()) == ["DN-7"]


def test_the_chain_tells_of_the_beginning_and_the_end_and_not_of_each_scan(
    draft, symbol, do, pharmacist, start_draft, read
):
    draft.scan(symbol())
    draft.undo()
    draft.scan(symbol())
    draft.save()
    other = start_draft("DN-8")
    do(pharmacist, drafts.discard_draft, drafts.DiscardDraft(other.id, other.look().version))
    actions = read(lambda session: session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all())
    assert [action for action in actions if "deliver" in action] == [
        "delivery begun", "delivery received", "delivery begun", "delivery in progress put away",
    ]  # fmt: skip


def test_a_place_that_was_blocked_meanwhile_stops_it(draft, symbol, refused, do, pharmacist, clinic):
    draft.scan(symbol())
    hold = holds.PlaceHold(HoldKind.EXCURSION, "fridge at 14 °C", location_id=clinic.places.storage)
    do(pharmacist, holds.place_hold, hold)
    with refused(PlaceHeld):
        draft.save()


def test_what_has_ended_is_changed_no_more(draft, symbol, refused, do, pharmacist, read, clinic):
    draft.scan(symbol())
    version = draft.look().version
    do(pharmacist, drafts.discard_draft, drafts.DiscardDraft(draft.id, version))
    with refused(DraftEnded, how="put away"):
        draft.scan(symbol())
    with refused(DraftEnded):
        draft.save()
    assert read(draft_facts.list_drafts, site_id=clinic.site_id) == []


def test_a_delivery_is_begun_only_with_what_is_there(do, pharmacist, supplier_id, clinic, refused, practitioner):
    for facts, refusal in (
        ((99, "DN", clinic.places.storage), RecordNotFound),
        ((supplier_id, " ", clinic.places.storage), InvalidText),
        ((supplier_id, "DN", clinic.other_places.storage), PlaceNotOfThisSite),
        ((supplier_id, "DN", clinic.places.waste), PlaceNotOfThisSite),
    ):
        with refused(refusal):
            do(pharmacist, drafts.start_draft, drafts.StartDraft(*facts))
    with refused(NotAllowed, permission="receive_stock"):
        do(practitioner, drafts.start_draft, drafts.StartDraft(supplier_id, "DN", clinic.places.storage))


HOSTILE = ("<script>a()</script>", "=1+1", "../../x", 'it\'s "quoted" {{ 7*7 }}', "%s {0}", "'; DROP TABLE lot; --")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_kept_as_it_is(draft, type_line, read, text, make_product):
    make_product(text)
    type_line(draft, text, text, damaged=1, damage_reason=text)
    draft.save()
    numbers = read(lambda session: session.scalars(select(Lot.lot_number)).all())
    causes = read(lambda session: session.scalars(select(Hold.cause)).all())
    assert (numbers, causes) == ([text], [f"damaged on arrival: {text}"])
