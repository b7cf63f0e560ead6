"""Files that belong to a record: kept once, seen where the record is seen, withdrawn and never lost."""

import hashlib
from datetime import date

import pytest
from sqlalchemy import select

from inventory import invariants
from inventory.errors import NotAllowed, ReasonMissing, RecordNotFound
from inventory.evidence import attachments
from inventory.evidence.attachments import Attach, WithdrawAttachment
from inventory.evidence.errors import AttachmentAlreadyWithdrawn, CannotCarryFiles
from inventory.evidence.files import CheckedFile, check_file
from inventory.evidence.verifying import verify
from inventory.stock import receiving
from models.evidence import Attachment, AuditSubject, FileContent
from models.stock import DeliveryLine
from models.vocabulary import AttachmentKind, FileType

PDF = b"%PDF-1.7\ncertificate\n%%EOF\n"
CERTIFICATE = check_file("certificate.pdf", PDF)


@pytest.fixture
def attach(do, pharmacist):
    def make(record_kind, record_id, file=CERTIFICATE, *, by=None, kind=AttachmentKind.CERTIFICATE, **more):
        return do(by or pharmacist, attachments.attach, Attach(record_kind, record_id, file, kind, **more))

    return make


@pytest.fixture
def files_of(read):
    def ask(actor, record_kind, record_id):
        return read(attachments.attachments_of, actor=actor, record_kind=record_kind, record_id=record_id)

    return ask


@pytest.fixture
def delivery_id(do, clinic, pharmacist, supplier_id, product_id):
    line = receiving.ReceiveLine(product_id, "NEW-1", date(2032, 1, 31), 2)
    command = receiving.ReceiveDelivery(supplier_id, "DN 9", clinic.places.storage, (line,))
    return do(pharmacist, receiving.receive_delivery, command)


@pytest.fixture
def records(delivery_id, vial, look, read):
    """One record of each kind that carries files."""
    line_id = read(lambda session: session.scalars(select(DeliveryLine.id)).one())
    seen = look(vial)
    return {"container": seen.id, "lot": seen.lot_id, "delivery": delivery_id, "delivery_line": line_id}


@pytest.mark.parametrize("record_kind", attachments.CARRIERS)
def test_each_kind_of_record_carries_files(record_kind, records, attach, files_of, assistant, read, clock):
    attachment_id = attach(record_kind, records[record_kind], by=assistant, note="  of the maker ")

    (found,) = files_of(assistant, record_kind, records[record_kind])
    assert (found.id, found.name, found.file_type) == (attachment_id, "certificate.pdf", FileType.PDF)
    assert (found.size, found.sha256) == (len(PDF), hashlib.sha256(PDF).digest())
    assert (found.note, found.attached_by, found.attached_at) == ("of the maker", "Anna Assistant", clock.at)
    assert found.withdrawn_at is None
    kept = read(attachments.kept_file, actor=assistant, attachment_id=attachment_id)
    assert (kept.name, kept.content) == ("certificate.pdf", PDF)


def test_the_change_log_names_the_record_and_the_file(records, attach, read, clinic):
    attachment_id = attach("lot", records["lot"])
    query = select(AuditSubject.kind, AuditSubject.record_id).order_by(AuditSubject.entry_id.desc()).limit(2)
    named = read(lambda session: {tuple(row) for row in session.execute(query)})
    assert named == {("lot", records["lot"]), ("attachment", attachment_id)}
    assert read(verify, None) == []


def test_the_bytes_of_a_file_are_kept_once(records, attach, do, pharmacist, read, files_of):
    first = attach("lot", records["lot"])
    attach("delivery", records["delivery"])
    do(pharmacist, attachments.attach_also, first, "delivery_line", records["delivery_line"])

    assert read(lambda session: len(session.scalars(select(FileContent)).all())) == 1
    assert read(lambda session: len(session.scalars(select(Attachment)).all())) == 3
    (also,) = files_of(pharmacist, "delivery_line", records["delivery_line"])
    assert (also.name, also.kind, also.sha256) == ("certificate.pdf", AttachmentKind.CERTIFICATE, CERTIFICATE_DIGEST)


CERTIFICATE_DIGEST = hashlib.sha256(PDF).digest()


def test_what_was_attached_by_mistake_is_withdrawn_and_kept(records, attach, do, pharmacist, files_of, read, clock):
    attachment_id = attach("lot", records["lot"])
    asked = {"record_kind": "lot", "record_ids": [records["lot"], 99], "kind": AttachmentKind.CERTIFICATE}
    assert set(read(attachments.files_in_force, **asked)) == {records["lot"]}

    do(pharmacist, attachments.withdraw_attachment, WithdrawAttachment(attachment_id, "of another lot"))

    (found,) = files_of(pharmacist, "lot", records["lot"])
    assert (found.withdrawn_at, found.withdrawn_by, found.withdrawn_why) == (
        clock.at,
        "Paula Pharmacist",
        "of another lot",
    )
    assert read(attachments.kept_file, actor=pharmacist, attachment_id=attachment_id).content == PDF
    assert read(attachments.files_in_force, **asked) == {}
    attach("lot", records["lot"])
    assert set(read(attachments.files_in_force, **asked)) == {records["lot"]}


def test_a_withdrawal_says_why_and_happens_once(records, attach, do, pharmacist, assistant, refused):
    attachment_id = attach("lot", records["lot"])
    with refused(ReasonMissing):
        do(pharmacist, attachments.withdraw_attachment, WithdrawAttachment(attachment_id, " "))
    with refused(NotAllowed, permission="withdraw_file"):
        do(assistant, attachments.withdraw_attachment, WithdrawAttachment(attachment_id, "mine"))
    do(pharmacist, attachments.withdraw_attachment, WithdrawAttachment(attachment_id, "wrong"))
    with refused(AttachmentAlreadyWithdrawn, name="certificate.pdf"):
        do(pharmacist, attachments.withdraw_attachment, WithdrawAttachment(attachment_id, "wrong"))


def test_who_only_reads_attaches_nothing(records, attach, auditor, refused, files_of):
    with refused(NotAllowed, permission="attach_file"):
        attach("lot", records["lot"], by=auditor)
    assert files_of(auditor, "lot", records["lot"]) == []


@pytest.mark.parametrize("record_kind", ["container", "delivery", "delivery_line"])
def test_a_stranger_neither_sees_nor_attaches_nor_withdraws(
    record_kind, records, attach, stranger, refused, files_of, read, do
):
    attachment_id = attach(record_kind, records[record_kind])
    with refused(RecordNotFound):
        attach(record_kind, records[record_kind], by=stranger)
    with refused(RecordNotFound):
        files_of(stranger, record_kind, records[record_kind])
    with refused(RecordNotFound, kind="attached file"):
        read(attachments.kept_file, actor=stranger, attachment_id=attachment_id)
    with refused(RecordNotFound, kind="attached file"):
        do(stranger, attachments.withdraw_attachment, WithdrawAttachment(attachment_id, "mine"))


def test_the_certificate_of_a_lot_serves_every_site(records, attach, stranger, files_of, read):
    attachment_id = attach("lot", records["lot"])
    assert [file.id for file in files_of(stranger, "lot", records["lot"])] == [attachment_id]
    assert read(attachments.kept_file, actor=stranger, attachment_id=attachment_id).content == PDF


def test_only_known_records_carry_files(attach, vial, refused):
    with refused(CannotCarryFiles, record_kind="patient"):
        attach("patient", 1)
    with refused(RecordNotFound, kind="lot", key="999"):
        attach("lot", 999)


def test_a_check_finds_a_file_that_was_exchanged(records, attach, intruder, read):
    attachment_id = attach("lot", records["lot"])
    attach("delivery", records["delivery"], CheckedFile("b.pdf", FileType.PDF, PDF + b"%"))
    assert read(invariants.kept_files_are_unaltered) == []
    forged = PDF.replace(b"certificate", b"Certificate")

    exchange = "UPDATE file_content SET content = :content WHERE sha256 = :key"
    intruder.do(exchange, content=forged, key=CERTIFICATE_DIGEST)

    (problem,) = read(invariants.kept_files_are_unaltered)
    assert problem.sentence == f"The file of attachment {attachment_id} is not the one that was attached."
    assert problem.place == f"attachment {attachment_id}"
