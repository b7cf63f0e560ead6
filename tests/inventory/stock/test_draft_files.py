"""Certificates and photos of a delivery in progress: brought once, handed over when it is saved, gone with it else."""

import io
from datetime import timedelta

import pytest
from PIL import Image
from sqlalchemy import func, select

from inventory import invariants
from inventory.errors import NotAllowed, RecordNotFound
from inventory.evidence import attachments
from inventory.evidence.files import check_file
from inventory.evidence.verifying import verify
from inventory.stock import draft_attaching, draft_lines, drafts
from inventory.stock.draft_attaching import AddDraftFile, RemoveDraftFile
from inventory.stock.errors import DraftChanged, DraftEnded, TooManyDraftFiles
from models.evidence import Attachment, FileContent
from models.receiving import DraftFile, DraftFileContent
from models.stock import DeliveryLine
from models.vocabulary import AttachmentKind

PDF = b"%PDF-1.7\ncertificate\n%%EOF\n"
CERTIFICATE = check_file("certificate.pdf", PDF)


def _photo(colour="red"):
    written = io.BytesIO()
    Image.new("RGB", (30, 20), colour).save(written, "JPEG")
    return check_file("crack.jpg", written.getvalue())


@pytest.fixture
def bring(do, pharmacist):
    def add(draft, file=CERTIFICATE, kind=AttachmentKind.CERTIFICATE, by=None, **more):
        return do(by or pharmacist, draft_attaching.add_draft_file, AddDraftFile(draft.id, file, kind, **more))

    return add


@pytest.fixture
def remove(do, pharmacist):
    def run(draft, file_id):
        return do(pharmacist, draft_attaching.remove_draft_file, RemoveDraftFile(draft.id, file_id))

    return run


@pytest.fixture
def counted(read):
    """How many attachments, kept bytes, files of drafts and bytes of those there are."""

    def count():
        tables = (Attachment, FileContent, DraftFile, DraftFileContent)
        return read(lambda session: tuple(session.scalar(select(func.count()).select_from(table)) for table in tables))

    return count


def test_files_go_over_to_the_delivery_and_to_the_line_they_are_of(
    draft, symbol, bring, read, pharmacist, assistant, clock, counted
):
    draft.scan(symbol("L1"))
    draft.scan(symbol("L2"))
    second = draft.look().lines[1]
    bring(draft, by=assistant, note="for both lots")
    brought_at, photo = clock.at, _photo()
    bring(draft, photo, AttachmentKind.PHOTO, line_id=second.id)
    clock.at += timedelta(hours=1)
    shown = draft.look()
    assert [(file.name, file.line_id, file.added_by) for file in shown.files] == [
        ("certificate.pdf", None, "Anna Assistant"), ("crack.jpg", second.id, "Paula Pharmacist"),
    ]  # fmt: skip
    kept = read(draft_attaching.kept_draft_file, actor=assistant, draft_id=draft.id, file_id=shown.files[0].id)
    assert (kept.name, kept.content) == ("certificate.pdf", PDF)

    delivery_id = draft.save()

    line_ids = read(lambda session: session.scalars(select(DeliveryLine.id).order_by(DeliveryLine.id)).all())
    of = {
        key: read(attachments.attachments_of, actor=pharmacist, record_kind=key[0], record_id=key[1])
        for key in (("delivery", delivery_id), ("delivery_line", line_ids[0]), ("delivery_line", line_ids[1]))
    }
    whole, first, damaged = of.values()
    assert [(file.name, file.note, file.attached_by, file.attached_at) for file in whole] == [
        ("certificate.pdf", "for both lots", "Anna Assistant", brought_at)
    ]
    assert first == []
    assert [(file.name, file.kind) for file in damaged] == [("crack.jpg", AttachmentKind.PHOTO)]
    assert read(attachments.kept_file, actor=pharmacist, attachment_id=damaged[0].id).content == photo.content
    assert counted() == (2, 2, 0, 0)
    assert read(invariants.kept_files_are_unaltered) == []
    assert read(verify, None) == []


def test_saved_from_two_tabs_each_file_is_attached_once(draft, symbol, bring, counted):
    version = draft.scan(symbol()).version
    bring(draft)
    assert draft.save(version + 1) == draft.save(version + 1) == draft.save(version)
    assert counted() == (1, 1, 0, 0)


def test_who_saves_is_told_of_a_file_that_came_meanwhile(draft, symbol, bring, assistant, refused):
    version = draft.scan(symbol()).version
    bring(draft, by=assistant)
    with refused(DraftChanged) as refusal:
        draft.save(version)
    assert "Anna Assistant: file certificate.pdf attached" in refusal.said.what


def test_put_away_it_keeps_no_file(draft, symbol, bring, do, pharmacist, counted, refused):
    line = draft.scan(symbol()).lines[0]
    bring(draft)
    bring(draft, _photo(), AttachmentKind.PHOTO, line_id=line.id)
    do(pharmacist, drafts.discard_draft, drafts.DiscardDraft(draft.id, draft.look().version))
    assert counted() == (0, 0, 0, 0)
    with refused(DraftEnded):
        bring(draft)


def test_a_file_brought_by_mistake_is_removed(draft, symbol, bring, remove, counted, refused, start_draft):
    draft.scan(symbol())
    file_id, other = bring(draft), start_draft("DN-8")
    with refused(RecordNotFound):
        remove(other, file_id)
    remove(draft, file_id)
    with refused(RecordNotFound):
        remove(draft, file_id)
    assert draft.look().files == ()
    draft.save()
    assert counted() == (0, 0, 0, 0)


def test_when_its_line_goes_a_photo_stays_with_the_delivery(draft, symbol, bring, do, pharmacist, counted):
    line = draft.scan(symbol("L1")).lines[0]
    bring(draft, _photo(), AttachmentKind.PHOTO, line_id=line.id)
    draft.undo()
    line = draft.scan(symbol("L2")).lines[0]
    bring(draft, _photo("blue"), AttachmentKind.PHOTO, line_id=line.id)
    do(pharmacist, draft_lines.remove_line, draft_lines.RemoveLine(draft.id, line.id, line.version))
    assert [file.line_id for file in draft.look().files] == [None, None]
    draft.scan(symbol("L3"))
    draft.save()
    assert counted() == (2, 2, 0, 0)


def test_what_cannot_be_brought_is_refused(
    draft, symbol, bring, refused, start_draft, practitioner, auditor, stranger, read, counted
):
    line = start_draft("DN-8").scan(symbol()).lines[0]
    with refused(RecordNotFound, kind="line"):
        bring(draft, line_id=line.id)
    for person in (practitioner, auditor):
        with refused(NotAllowed):
            bring(draft, by=person)
    with refused(RecordNotFound):
        bring(draft, by=stranger)
    file_id = bring(draft)
    with refused(RecordNotFound):
        read(draft_attaching.kept_draft_file, actor=stranger, draft_id=draft.id, file_id=file_id)
    for _ in range(draft_attaching.MOST_FILES - 1):
        bring(draft)
    with refused(TooManyDraftFiles, most=draft_attaching.MOST_FILES):
        bring(draft)
    assert counted()[2:] == (draft_attaching.MOST_FILES,) * 2
