"""Files through the API: brought as multipart, listed, handed out, withdrawn."""

import hashlib
import io
import secrets

import pytest
from sqlalchemy import func, select

from inventory.evidence.files import MOST_BYTES
from models.evidence import Attachment

PDF = b"%PDF-1.7\ncertificate\n%%EOF\n"


@pytest.fixture
def address(vial, look):
    return f"/attachments/lot/{look(vial).lot_id}"


def _sent(content: bytes = PDF, name: str = "certificate.pdf", **more):
    return {"data": {"file": (io.BytesIO(content), name), "kind": "certificate", **more}}


def test_a_file_is_attached_once_listed_and_handed_out(program, address, read):
    anna, key = program("anna"), secrets.token_urlsafe(12)
    answer = anna.change(address, key=key, **_sent(note="valid"))
    assert answer.status_code == 201, answer.text
    again = anna.change(address, key=key, **_sent(note="valid"))
    assert (again.status_code, again.json) == (201, answer.json)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert read(lambda session: session.scalar(select(func.count(Attachment.id)))) == 1
    other = anna.change(address, key=key, **_sent(PDF + b"%%EOF", note="valid"))
    assert (other.status_code, other.json["code"]) == (409, "already_saved")

    (found,) = anna.ask(answer.headers["Location"].removeprefix("/api/v1")).json["attachments"]
    assert found["id"] == answer.json["attachment_id"]
    assert (found["name"], found["file_type"], found["size"]) == ("certificate.pdf", "application/pdf", len(PDF))
    assert found["sha256"] == hashlib.sha256(PDF).hexdigest()
    assert (found["note"], found["withdrawn_at"]) == ("valid", None)
    file = anna.ask(f"/attachments/{found['id']}/file")
    assert (file.data, file.mimetype) == (PDF, "application/pdf")
    assert file.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_it_is_withdrawn_with_a_reason(program, address):
    paula = program("paula")
    attachment_id = paula.change(address, **_sent()).json["attachment_id"]
    assert paula.change(f"/attachments/{attachment_id}/withdrawal", {}).status_code == 422
    answer = paula.change(f"/attachments/{attachment_id}/withdrawal", {"reason": "of another lot"})
    assert answer.status_code == 201
    (found,) = paula.ask(address).json["attachments"]
    assert (found["withdrawn_by"], found["withdrawn_why"]) == ("Paula Pharmacist", "of another lot")


@pytest.mark.only_on("sqlite", reason="all of it is refused before a unit begins")
def test_what_is_refused_is_named(program, address, everything):
    paula = program("paula")
    before = everything()["attachment"]
    for sent, field in (
        (_sent(PDF, "scan.jpg"), "file"),
        (_sent(b""), "file"),
        (_sent(kind="poem"), "kind"),
        (_sent(unheard_of="1"), "unheard_of"),
        ({"data": {"kind": "photo", "file": "text"}}, "file"),
        ({"data": {"kind": "photo", "x": (io.BytesIO(PDF), "a.pdf")}}, "x"),
    ):
        answer = paula.change(address, **sent)
        assert answer.status_code in (400, 422), answer.text
        if answer.status_code == 422:
            assert answer.json["code"] == "invalid"
            assert field in answer.json["errors"]
    assert paula.change(address, {"kind": "photo"}).json["code"] == "unreadable_request"
    assert paula.change("/attachments/patient/1", **_sent()).json["code"] == "cannot_carry_files"
    assert paula.change("/attachments/lot/999", **_sent()).status_code == 404
    assert program("otto").change(address, **_sent()).status_code == 403
    assert everything()["attachment"] == before


def test_a_stranger_gets_nothing_of_a_vial(program, vial, look):
    where = f"/attachments/container/{look(vial).id}"
    attachment_id = program("paula").change(where, **_sent()).json["attachment_id"]
    stella = program("stella")
    assert stella.ask(where).status_code == 404
    assert stella.ask(f"/attachments/{attachment_id}/file").status_code == 404
    assert stella.change(where, **_sent()).status_code == 404


@pytest.mark.only_on("sqlite", reason="all of it is refused before a unit begins")
def test_what_is_larger_than_can_be_kept_is_refused(program, address):
    paula = program("paula")
    head = b'--b\r\nContent-Disposition: form-data; name="kind"\r\n\r\nphoto\r\n--b\r\n'
    head += b'Content-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'
    for size, status in ((MOST_BYTES + 1, 422), (MOST_BYTES + 2**20, 413)):
        body = head + PDF + bytes(size - len(PDF)) + b"\r\n--b--\r\n"
        answer = paula.change(address, data=body, content_type="multipart/form-data; boundary=b")
        assert answer.status_code == status
        assert status == 413 or "a.pdf is larger than 20 MB." in answer.json["errors"]["file"][0]
