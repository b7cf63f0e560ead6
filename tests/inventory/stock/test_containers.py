"""What may be done to one vial, ampoule, syringe or pack, and what may not."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from inventory.care import sessions
from inventory.errors import (
    BelongsToAnotherSite,
    BulkPackageNeedsHood,
    ContainerAlreadyOpened,
    ContainerClosed,
    ContainerHeld,
    ContainerPastUse,
    HeldAsEvidence,
    InFuture,
    InvalidAmount,
    InvalidCode,
    InvalidText,
    NotAllowed,
    NotEnoughInContainer,
    NotSplittable,
    OpenInSession,
    OverfillBeyondLimit,
    PackNotOpenable,
    PlaceHeld,
    PlaceNotOfThisSite,
    ReasonMissing,
    RecordNotFound,
    SamePlace,
    SessionEnded,
    WholePiecesOnly,
    WrongCheckCharacter,
)
from inventory.rules.codes import CodeKind, make_code
from inventory.stock import containers, holds
from inventory.stock.containers import (
    DiscardContainer,
    MoveContainer,
    OpenContainer,
    RecordFound,
    ReturnContainer,
    SplitPack,
    WithdrawAmount,
)
from models.stock import StockEntry
from models.vocabulary import (
    ContainerKind,
    EntryPurpose,
    HoldKind,
    IdentifiedBy,
    MixingPlace,
    MovePurpose,
    SessionEnding,
    Tracking,
    Unit,
    WasteReason,
)

NO_AMOUNTS = {
    "0": "is not greater than 0",
    "-1": "is negative",
    "NaN": "is not a number",
    "sNaN": "is not a number",
    "Infinity": "is not a number",
    "1.0000001": "has more than 6 decimals",
    "1E+12": "is too large",
}
HOSTILE = '<script>alert(\'x\')</script> "=HYPERLINK("http://x")"; DROP TABLE lot;-- O\'Brien 😀 {0} %s'
OTHER, BROKEN = WasteReason.OTHER, WasteReason.BROKEN


@pytest.fixture
def pack(make_product, make_lot):
    """The code of a pack of ten needles."""
    needles = make_product(
        "Needles", container_kind=ContainerKind.KIT, unit=Unit.PIECE, tracking=Tracking.PACK, content=Decimal(10)
    )
    return make_lot(needles, "N1")[0]


@pytest.fixture
def hold(do, pharmacist):
    def place(kind=HoldKind.QUALITY, cause="cloudy", **target):
        return do(pharmacist, holds.place_hold, holds.PlaceHold(kind, cause, **target))

    return place


# Opening


def test_opening_starts_the_in_use_time_once(do, assistant, vial, look, refused, clock):
    opened_at = clock.at
    do(assistant, containers.open_container, OpenContainer(vial, opened_at=opened_at))
    seen = look(vial)
    assert (seen.opened_at, seen.remaining, seen.closed_at) == (opened_at, 10, None)
    assert seen.discard_at == datetime(2031, 3, 31, 21, 59, 59, 999999, tzinfo=UTC)  # 28 days, to midnight in Paris
    with refused(ContainerAlreadyOpened, code_scanned=vial, opened_at=f"{opened_at:%Y-%m-%d %H:%M} UTC"):
        do(assistant, containers.open_container, OpenContainer(vial))


def test_a_label_has_its_own_in_use_time(do, assistant, make_product, make_lot, look):
    hours = make_lot(make_product("Hours", label_in_use_hours=6))[0]
    days = make_lot(make_product("Days", label_in_use_days=1))[0]
    for code in (hours, days):
        do(assistant, containers.open_container, OpenContainer(code))
    assert look(hours).discard_at == look(hours).opened_at + timedelta(hours=6)
    assert look(days).discard_at == datetime(2031, 3, 4, 22, 59, 59, 999999, tzinfo=UTC)


def test_an_ampoule_is_opened_in_its_session_and_serves_no_other(
    do, assistant, practitioner, make_product, make_lot, look, refused, start_session, change_site, clinic
):
    first, second = make_lot(make_product("Ampoule", container_kind=ContainerKind.AMPOULE), count=2)
    with refused(OpenInSession, code_scanned=first) as refusal:
        do(assistant, containers.open_container, OpenContainer(first))
    assert refusal.said.why == "A single-dose container opened outside a hood is not kept for others."
    session_id = start_session()
    do(assistant, containers.open_container, OpenContainer(first, session_id))
    assert (look(first).opened_for_session_id, look(first).discard_at) == (session_id, None)
    with refused(RecordNotFound, kind="session", key="99"):
        do(assistant, containers.open_container, OpenContainer(second, 99))
    do(practitioner, sessions.end_session, sessions.EndSession(session_id, SessionEnding.COMPLETED))
    with refused(SessionEnded, session_id=session_id):
        do(assistant, containers.open_container, OpenContainer(second, session_id))


def test_what_may_not_be_used_is_not_opened(
    do, assistant, auditor, stranger, vial, pack, make_product, make_lot, refused, hold, clock
):
    def open_it(code, by=assistant, **facts):
        do(by, containers.open_container, OpenContainer(code, **facts))

    with refused(NotAllowed, permission="open_container"):
        open_it(vial, auditor)
    with refused(BelongsToAnotherSite, code_scanned=vial, site="Harbour") as refusal:
        open_it(vial, stranger)
    assert (
        refusal.said.remedy
        == "If it is here, request its transfer under Transfers; otherwise scan a vial of this site."
    )
    with refused(InFuture, field="Time"):
        open_it(vial, opened_at=clock.at + timedelta(hours=1))
    with refused(PackNotOpenable, code_scanned=pack):
        open_it(pack)
    bulk = make_lot(make_product("Bulk", container_kind=ContainerKind.PHARMACY_BULK_PACKAGE))[0]
    with refused(BulkPackageNeedsHood, place=MixingPlace.TREATMENT_ROOM):
        open_it(bulk)
    stale = make_lot(make_product("Stale"), "S1", expires_on=date(2031, 3, 4))[0]
    clock.pass_time(timedelta(days=2))
    with refused(ContainerPastUse, code_scanned=stale, usable_until="2031-03-04 23:59", limit="printed expiry") as past:
        open_it(stale)
    assert past.said.remedy == "Discard it and take another."
    hold(container_code=vial)
    with refused(ContainerHeld, code_scanned=vial, kinds="quality", causes="cloudy") as held:
        open_it(vial)
    assert held.said.why == "What is held must not be used until the hold is lifted by its own cause."
    do(assistant, containers.discard, DiscardContainer(vial, BROKEN))
    with refused(ContainerClosed, code_scanned=vial, closed_why="wasted"):
        open_it(vial)


def test_a_code_is_read_as_people_write_it_and_refused_when_it_is_none(do, assistant, vial, look, refused):
    do(assistant, containers.open_container, OpenContainer(f" {vial[:5].lower()}-{vial[5:]} "))
    assert look(vial).opened_at is not None
    unknown = make_code(CodeKind.CONTAINER, lambda bits: 7)
    with refused(RecordNotFound, kind="container", key=unknown):
        do(assistant, containers.open_container, OpenContainer(unknown))
    wrong = vial[:-1] + ("0" if vial[-1] != "0" else "1")
    with refused(WrongCheckCharacter, text=wrong):
        do(assistant, containers.open_container, OpenContainer(wrong))
    for text in ("", "<script>", "x" * 10_000, "'; DROP TABLE container;--", "\u202eabc", "٠١٢٣٤٥٦٧٨٩"):
        with refused(InvalidCode):
            do(assistant, containers.open_container, OpenContainer(text))


# Moving


def test_a_container_moves_whole_between_places_of_its_site(do, assistant, vial, look, moves_of, refused, clinic):
    do(assistant, containers.discard, DiscardContainer(vial, WasteReason.SPILLED, Decimal("0.5")))
    entry_id = do(assistant, containers.move_container, MoveContainer(vial, clinic.places.room))
    (move,) = moves_of(entry_id)
    assert (move.purpose, move.amount) == (MovePurpose.MOVED, Decimal("9.5"))
    assert (move.from_location_id, move.to_location_id) == (clinic.places.storage, clinic.places.room)
    assert look(vial).location_id == clinic.places.room
    with refused(SamePlace, code_scanned=vial, place="Treatment room"):
        do(assistant, containers.move_container, MoveContainer(vial, clinic.places.room))
    with refused(PlaceNotOfThisSite, place="On the way"):
        do(assistant, containers.move_container, MoveContainer(vial, clinic.places.transit))
    with refused(PlaceNotOfThisSite, place="Storage"):
        do(assistant, containers.move_container, MoveContainer(vial, clinic.other_places.storage))


def test_what_is_held_moves_only_to_quarantine_and_evidence_not_at_all(
    do, assistant, auditor, stranger, vial, look, refused, hold, clinic
):
    with refused(NotAllowed, permission="move_stock"):
        do(auditor, containers.move_container, MoveContainer(vial, clinic.places.room))
    with refused(BelongsToAnotherSite):
        do(stranger, containers.move_container, MoveContainer(vial, clinic.other_places.room))
    hold(container_code=vial)
    with refused(ContainerHeld, code_scanned=vial):
        do(assistant, containers.move_container, MoveContainer(vial, clinic.places.room))
    do(assistant, containers.move_container, MoveContainer(vial, clinic.places.quarantine))
    assert look(vial).location_id == clinic.places.quarantine
    hold(HoldKind.EVIDENCE, "case 7", container_code=vial)
    with refused(HeldAsEvidence, code_scanned=vial, causes="case 7") as refusal:
        do(assistant, containers.move_container, MoveContainer(vial, clinic.places.storage))
    assert refusal.said.why == "Evidence stays where it is and as it is."
    for work in (
        lambda: do(assistant, containers.discard, DiscardContainer(vial, BROKEN)),
        lambda: do(assistant, containers.withdraw_amount, WithdrawAmount(vial, MovePurpose.LOST, "gone")),
    ):
        with refused(HeldAsEvidence):
            work()


def test_nothing_is_put_into_a_held_place(do, assistant, vial, refused, hold, clinic):
    hold(cause="leak", location_id=clinic.places.room)
    with refused(PlaceHeld, place="Treatment room", causes="leak") as refusal:
        do(assistant, containers.move_container, MoveContainer(vial, clinic.places.room))
    assert refusal.said.why == "Nothing is put into a place that is held."
    do(assistant, containers.discard, DiscardContainer(vial, BROKEN))
    with refused(ContainerClosed):
        do(assistant, containers.move_container, MoveContainer(vial, clinic.places.quarantine))


# Splitting


def test_a_split_pack_keeps_lot_receipt_and_holds(do, assistant, pack, look, moves_of, hold, read, clinic):
    hold(cause="count", container_code=pack)
    child_id = do(assistant, containers.split_pack, SplitPack(pack, Decimal(3)))
    child_code = read(lambda session: session.get_one(containers.Container, child_id).code)
    parent, child = look(pack), look(child_code)
    assert (parent.remaining, parent.content) == (7, 10)
    assert (child.remaining, child.content, child.split_from_id) == (3, 3, parent.id)
    assert (child.lot_id, child.received_at, child.location_id) == (
        parent.lot_id,
        parent.received_at,
        parent.location_id,
    )
    assert child.causes == parent.causes == ("count",)
    entry_id = read(lambda session: max(session.scalars(containers.StockEntry.__table__.select()).all()))
    out, into = moves_of(entry_id)
    assert (out.amount, into.amount, out.to_location_id, into.from_location_id) == (
        3,
        3,
        clinic.places.adjustment,
        clinic.places.adjustment,
    )


def test_only_a_part_of_a_pack_in_whole_pieces_is_split_off(do, assistant, auditor, pack, vial, refused, hold):
    def split(code, pieces, by=assistant):
        do(by, containers.split_pack, SplitPack(code, Decimal(pieces)))

    for pieces in ("10", "11"):
        with refused(NotSplittable, code_scanned=pack):
            split(pack, pieces)
    with refused(NotSplittable, code_scanned=vial) as refusal:
        split(vial, "1")
    assert refusal.said.remedy == "Use it as it is."
    with refused(WholePiecesOnly, code_scanned=pack, amount=Decimal("2.5")):
        split(pack, "2.5")
    for pieces in ("0", "-1", "NaN"):
        with refused(InvalidAmount):
            split(pack, pieces)
    with refused(NotAllowed, permission="split_pack"):
        split(pack, "1", auditor)
    hold(HoldKind.EVIDENCE, "case 7", container_code=pack)
    with refused(HeldAsEvidence):
        split(pack, "1")


def test_pieces_are_wasted_whole_and_never_found_in_part(do, assistant, pharmacist, make_product, make_lot, refused):
    needles = make_product("N", unit=Unit.PIECE, tracking=Tracking.PACK, content=Decimal(10), overfill=Decimal(2))
    code = make_lot(needles)[0]
    with refused(WholePiecesOnly):
        do(assistant, containers.discard, DiscardContainer(code, BROKEN, Decimal("0.5")))
    with refused(WholePiecesOnly):
        do(pharmacist, containers.record_found, RecordFound(code, Decimal("0.5"), "one more"))


# Taking out for good


@pytest.mark.parametrize(("amount", "problem"), NO_AMOUNTS.items())
def test_what_is_no_amount_is_refused_everywhere(do, assistant, vial, refused, amount, problem):
    for service, command in (
        (containers.discard, DiscardContainer(vial, BROKEN, Decimal(amount))),
        (containers.withdraw_amount, WithdrawAmount(vial, MovePurpose.SAMPLED, "QC", Decimal(amount))),
        (containers.record_found, RecordFound(vial, Decimal(amount), "more")),
        (containers.split_pack, SplitPack(vial, Decimal(amount))),
    ):
        with refused(InvalidAmount, problem=problem):
            do(assistant, service, command)


def test_all_or_a_part_is_discarded_and_a_part_breaks_the_seal(
    do, assistant, make_lot, product_id, look, moves_of, refused, clinic, clock
):
    whole, part, destroyed = make_lot(product_id, count=3)
    at = clock.at
    entry_id = do(assistant, containers.discard, DiscardContainer(whole, BROKEN, occurred_at=at))
    (move,) = moves_of(entry_id)
    assert (move.amount, move.purpose, move.waste_reason) == (10, MovePurpose.WASTED, BROKEN)
    assert (move.to_location_id, move.identified_by) == (clinic.places.waste, IdentifiedBy.OUR_CODE)
    seen = look(whole)
    assert (seen.remaining, seen.closed_at, seen.closed_why) == (0, at, MovePurpose.WASTED)
    assert seen.opened_at is None
    do(assistant, containers.discard, DiscardContainer(part, WasteReason.SPILLED, Decimal("9.999999")))
    assert look(part).remaining == Decimal("0.000001")
    assert look(part).opened_at is not None
    assert look(part).discard_at is not None
    with refused(
        NotEnoughInContainer,
        code_scanned=part,
        wanted=Decimal("0.000002"),
        remaining=Decimal("0.000001"),
        unit="mL",
    ) as refusal:
        do(assistant, containers.discard, DiscardContainer(part, BROKEN, Decimal("0.000002")))
    assert refusal.said.what == f"{part} holds 0.000001 mL; 0.000002 mL were asked for."
    entry_id = do(assistant, containers.discard, DiscardContainer(destroyed, WasteReason.RECALLED, is_destroyed=True))
    assert moves_of(entry_id)[0].purpose is MovePurpose.DESTROYED


def test_disposal_is_refused_only_to_those_who_may_not_and_of_what_is_not_there(
    do, assistant, auditor, pharmacist, stranger, vial, refused, hold, clock, read
):
    with refused(NotAllowed, permission="discard_stock"):
        do(auditor, containers.discard, DiscardContainer(vial, BROKEN))
    with refused(NotAllowed, permission="return_stock"):
        do(assistant, containers.give_back, ReturnContainer(vial, "recalled"))
    with refused(BelongsToAnotherSite, site="Harbour"):
        do(stranger, containers.discard, DiscardContainer(vial, BROKEN))
    with refused(ReasonMissing):
        do(assistant, containers.discard, DiscardContainer(vial, OTHER))
    with refused(ReasonMissing):
        do(pharmacist, containers.give_back, ReturnContainer(vial, " "))
    with refused(InFuture):
        do(assistant, containers.discard, DiscardContainer(vial, BROKEN, occurred_at=clock.at + timedelta(days=1)))
    hold(container_code=vial)
    entry_id = do(assistant, containers.discard, DiscardContainer(vial, OTHER, note=HOSTILE))
    assert read(lambda session: session.get_one(StockEntry, entry_id).reason) == HOSTILE
    with refused(ContainerClosed, code_scanned=vial, closed_why="wasted") as refusal:
        do(assistant, containers.discard, DiscardContainer(vial, BROKEN))
    assert refusal.said.remedy.endswith("If it is this one, correct the entry that closed it.")
    with refused(ContainerClosed):
        do(pharmacist, containers.give_back, ReturnContainer(vial, "late"))


def test_a_return_takes_all_and_a_held_vial_may_go_back(do, pharmacist, vial, look, moves_of, hold, clinic):
    hold(container_code=vial)
    (move,) = moves_of(do(pharmacist, containers.give_back, ReturnContainer(vial, "recalled by the maker")))
    assert (move.amount, move.purpose, move.to_location_id) == (10, MovePurpose.RETURNED, clinic.places.supplier)
    assert look(vial).closed_why is MovePurpose.RETURNED


def test_a_sample_or_a_loss_says_why(do, assistant, auditor, make_lot, product_id, look, moves_of, refused, clinic):
    vial, other = make_lot(product_id, count=2)
    sampled = WithdrawAmount(vial, MovePurpose.SAMPLED, "sterility test", Decimal(2), IdentifiedBy.SERIAL)
    (move,) = moves_of(do(assistant, containers.withdraw_amount, sampled))
    assert (move.purpose, move.to_location_id, move.identified_by) == (
        MovePurpose.SAMPLED,
        clinic.places.external,
        IdentifiedBy.SERIAL,
    )
    assert look(vial).opened_at is not None
    (move,) = moves_of(do(assistant, containers.withdraw_amount, WithdrawAmount(other, MovePurpose.LOST, "not found")))
    assert (move.amount, move.to_location_id) == (10, clinic.places.adjustment)
    assert look(other).opened_at is None
    with refused(ReasonMissing):
        do(assistant, containers.withdraw_amount, WithdrawAmount(vial, MovePurpose.LOST, "\n"))
    with refused(InvalidText, field="Purpose"):
        do(assistant, containers.withdraw_amount, WithdrawAmount(vial, MovePurpose.ADMINISTERED, "no patient"))
    with refused(NotAllowed):
        do(auditor, containers.withdraw_amount, WithdrawAmount(vial, MovePurpose.LOST, "gone"))


def test_reasons_that_hide_something_or_never_end_are_refused(do, assistant, vial, refused):
    for reason, problem in {
        "x" * 2_001: "is longer than 2000 characters",
        "x" * 10_000: "is longer than 2000 characters",
        "moved\u202eback": "contains hidden characters",
        "nul\x00": "contains hidden characters",
        "half \udc00": "contains hidden characters",
    }.items():
        with refused(InvalidText, field="Reason", problem=problem):
            do(assistant, containers.withdraw_amount, WithdrawAmount(vial, MovePurpose.LOST, reason))


# Overfill


def test_what_a_vial_held_beyond_its_label_is_found_up_to_the_products_limit(
    do, assistant, auditor, make_product, make_lot, look, moves_of, refused
):
    vial = make_lot(make_product(overfill=Decimal("0.5")))[0]
    do(assistant, containers.discard, DiscardContainer(vial, WasteReason.RESIDUAL))
    found = RecordFound(vial, Decimal("0.4"), "more came out")
    (move,) = moves_of(do(assistant, containers.record_found, found))
    assert move.purpose is MovePurpose.FOUND
    seen = look(vial)
    assert (seen.remaining, seen.found, seen.closed_at) == (Decimal("0.4"), Decimal("0.4"), None)
    with refused(
        OverfillBeyondLimit, code_scanned=vial, found=Decimal("0.6"), limit=Decimal("0.5"), unit="mL"
    ) as refusal:
        do(assistant, containers.record_found, RecordFound(vial, Decimal("0.2"), "and more"))
    assert refusal.said.what == f"{vial}: 0.6 mL more than it holds is beyond its product's limit of 0.5 mL."
    with refused(ReasonMissing):
        do(assistant, containers.record_found, RecordFound(vial, Decimal("0.1"), ""))
    with refused(NotAllowed, permission="open_container"):
        do(auditor, containers.record_found, found)


def test_each_command_says_what_it_was_for(do, assistant, vial, read, clinic):
    entry_id = do(assistant, containers.move_container, MoveContainer(vial, clinic.places.room))
    entry = read(lambda session: session.get_one(StockEntry, entry_id))
    assert (entry.purpose, entry.user_id, entry.site_id) == (EntryPurpose.MOVED, assistant.user_id, clinic.site_id)
