"""Every print is kept with its copy number; once more needs a reason; what facts made wrong is listed."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from inventory.errors import NotAllowed, RecordNotFound
from inventory.evidence.verifying import verify
from inventory.labelling import media, prints, replacing
from inventory.labelling.errors import (
    MediumNameTaken,
    MediumRefused,
    ReprintNeedsReason,
    SheetClosed,
    StartNotOnSheet,
    TooManyLabels,
)
from inventory.labelling.prints import PrintLabels
from inventory.labelling.replacing import Why
from inventory.labelling.selecting import LabelsAsked
from inventory.stock import containers, holds, lots
from inventory.units import EVERYTHING
from models.evidence import AuditEntry, AuditSubject
from models.printing import LabelPrint, LabelSheet
from models.vocabulary import HoldKind, LabelKind, WasteReason

OWN = media.AddMedium("Flag", *(Decimal(length) for length in (50, 30, 50, 30)))


@pytest.fixture
def send(do):
    """`send(actor, code, …)`: printed on a sheet of 21; the id of the sheet."""

    def to_printer(actor, *codes, kind=LabelKind.CONTAINER, **facts):
        command = PrintLabels(LabelsAsked(kind, codes), **{"medium": "l7160"} | facts)
        return do(actor, prints.print_labels, command)

    return to_printer


@pytest.fixture
def copies(read):
    """(kind, copy number, copies, reason, by hand) of every print of containers, in order."""

    def found(session):
        query = select(
            LabelPrint.kind, LabelPrint.copy_number, LabelSheet.copies, LabelSheet.reason, LabelSheet.is_by_hand
        )
        joined = query.join(LabelSheet, LabelSheet.id == LabelPrint.sheet_id).order_by(LabelPrint.id)
        return [tuple(row) for row in session.execute(joined)]

    return lambda: read(found)


def test_a_reprint_needs_a_reason_and_counts_on(send, vial, assistant, copies, refused):
    send(assistant, vial, copies=2)
    with refused(ReprintNeedsReason, count=1, last_printed="2031-03-03 10:03") as refusal:
        send(assistant, vial)
    assert refusal.said.rule == "PRN-02"
    send(assistant, vial, reason="printer jammed")
    assert copies() == [
        (LabelKind.CONTAINER, 1, 2, None, False),
        (LabelKind.CONTAINER, 3, 1, "printer jammed", False),
    ]


def test_a_label_that_says_something_new_replaces_the_old_one_without_a_reason(send, do, vial, assistant, copies):
    send(assistant, vial)
    do(assistant, containers.open_container, containers.OpenContainer(vial))
    send(assistant, vial)
    assert [row[:2] for row in copies()] == [(LabelKind.CONTAINER, 1), (LabelKind.OPENED, 1)]


def test_a_print_is_read_in_the_history_of_its_vial_and_the_chain_verifies(send, vial, assistant, read, look):
    send(assistant, vial)
    query = select(AuditEntry.action).join(AuditSubject).where(AuditSubject.kind == "container")
    assert read(lambda session: list(session.scalars(query.where(AuditSubject.record_id == look(vial).id)))) == [
        "labels printed"
    ]
    assert list(read(verify, None)) == []


def test_who_printed_fetches_the_same_sheet_for_a_while_and_nobody_else(
    send, vial, assistant, pharmacist, stranger, read, clock
):
    sheet_id = send(assistant, vial, start=3)
    fetch = lambda actor: read(prints.fetched_sheet, actor=actor, sheet_id=sheet_id, now=clock.now())  # noqa: E731
    assert (fetch(assistant).start, fetch(assistant).medium.code) == (3, "l7160")
    assert fetch(assistant) == fetch(assistant)
    with pytest.raises(SheetClosed):
        fetch(pharmacist)
    with pytest.raises(RecordNotFound):
        fetch(stranger)
    clock.pass_time(timedelta(minutes=16))
    with pytest.raises(SheetClosed):
        fetch(assistant)


def test_a_sheet_keeps_no_name_and_shows_it_to_who_may_see_it(
    send, vial, mix, start_session, make_patient, practitioner, read, clock
):
    made = mix((vial, "2"), session_id=start_session(make_patient("Nadia Example", born_on=date(1984, 5, 6))))
    sheet_id = send(practitioner, *made.codes)
    kept = read(lambda session: [row.says for row in session.scalars(select(LabelPrint))])
    assert "Nadia" not in kept[0]
    assert "1984" not in kept[0]
    sheet = read(prints.fetched_sheet, actor=practitioner, sheet_id=sheet_id, now=clock.now())
    assert (sheet.contents[0].patient_name, sheet.contents[0].born) == ("Nadia Example", "1984-05-06")
    assert len(sheet.patient_ids) == 1
    proposed = PrintLabels(LabelsAsked(codes=made.codes), "l7160")
    assert sheet.contents == read(prints.proposed_sheet, practitioner, proposed).contents


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"start": 22}, StartNotOnSheet),
        ({"start": 0}, StartNotOnSheet),
        ({"copies": 0}, TooManyLabels),
        ({"copies": 10_000}, TooManyLabels),
        ({"medium": "l9999"}, RecordNotFound),
        ({"medium": "own-1"}, RecordNotFound),
        ({"medium": "own-²"}, RecordNotFound),
        ({"medium": None}, RecordNotFound),
    ],
)
def test_what_cannot_be_printed_is_refused_and_nothing_recorded(send, vial, assistant, refused, facts, refusal):
    with refused(refusal):
        send(assistant, vial, **facts)


def test_more_labels_than_a_print_holds_are_refused(send, make_lot, product_id, assistant, refused):
    codes = make_lot(product_id, "L1", 30)
    with refused(TooManyLabels, count=3000, most=2000):
        send(assistant, *codes, copies=100)


@pytest.fixture
def wrong(read):
    """(code, why) of every label to print."""

    def found(actor):
        return [(each.code, each.why) for each in read(replacing.labels_to_replace, actor=actor)]

    return found


def test_what_facts_made_wrong_is_listed_until_it_is_printed_again(
    send, do, make_lot, product_id, wrong, assistant, pharmacist
):
    opened, held, emptied, unlabelled, fine = make_lot(product_id, "L1", 5)
    send(assistant, opened, held, emptied, fine)
    assert wrong(assistant) == []
    for code in (opened, unlabelled):
        do(assistant, containers.open_container, containers.OpenContainer(code))
    do(pharmacist, holds.place_hold, holds.PlaceHold(HoldKind.QUALITY, "cloudy", container_code=held))
    do(assistant, containers.discard, containers.DiscardContainer(emptied, WasteReason.BROKEN))
    assert wrong(assistant) == [(opened, Why.OPENED), (held, Why.BLOCKED)]

    send(assistant, opened)
    send(assistant, held, kind=LabelKind.HOLD)
    assert wrong(assistant) == []


def test_a_corrected_lot_makes_its_labels_wrong(send, do, make_lot, product_id, look, wrong, pharmacist, signed):
    (vial,) = make_lot(product_id, "L1O")
    send(pharmacist, vial)
    command = lots.CorrectLot(look(vial).lot_id, "L10", date(2032, 1, 31), "read wrong", signed("paula"))
    do(pharmacist, lots.correct_lot, command, scope=EVERYTHING)
    assert wrong(pharmacist) == [(vial, Why.LOT)]
    send(pharmacist, vial)
    assert wrong(pharmacist) == []


def test_what_was_written_by_hand_waits_for_a_printer(send, vial, wrong, assistant, stranger, copies):
    send(assistant, vial, is_by_hand=True, medium=None)
    assert wrong(assistant) == [(vial, Why.BY_HAND)]
    assert wrong(stranger) == []
    send(assistant, vial)
    assert wrong(assistant) == []
    assert copies()[1] == (LabelKind.CONTAINER, 2, 1, None, False)


def test_taking_a_dose_out_does_not_make_a_label_wrong(send, do, vial, wrong, assistant):
    do(assistant, containers.open_container, containers.OpenContainer(vial))
    send(assistant, vial)
    do(assistant, containers.discard, containers.DiscardContainer(vial, WasteReason.SPILLED, Decimal(1)))
    assert wrong(assistant) == []


def test_a_site_has_labels_of_its_own_until_it_uses_them_no_more(
    do, read, send, vial, administrator, assistant, clinic
):
    medium_id = do(administrator, media.add_medium, OWN)
    send(assistant, vial, medium=f"own-{medium_id}")
    assert read(media.usual_medium, actor=assistant) == f"own-{medium_id}"
    assert read(media.known_media, site_id=clinic.site_id)[0].name == "Flag"
    assert all(each.name != "Flag" for each in read(media.known_media, site_id=clinic.other_site_id))
    do(administrator, media.retire_medium, media.RetireMedium(medium_id))
    assert read(media.usual_medium, actor=assistant) == "l7160"


def test_labels_that_overlap_or_are_named_twice_are_refused(do, administrator, refused, stranger):
    two = replace(OWN, columns=2, page_width=Decimal(110), pitch_x=Decimal(40))
    with refused(MediumRefused) as refusal:
        do(administrator, media.add_medium, two)
    assert "its labels overlap" in refusal.said.what
    do(administrator, media.add_medium, OWN)
    with refused(MediumNameTaken):
        do(administrator, media.add_medium, OWN)
    medium_id = do(stranger, media.add_medium, OWN)
    with refused(RecordNotFound):
        do(administrator, media.retire_medium, media.RetireMedium(medium_id))


def test_media_are_the_administrators(do, assistant, refused):
    with refused(NotAllowed):
        do(assistant, media.add_medium, OWN)
