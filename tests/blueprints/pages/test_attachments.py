"""Attaching files on the pages of records, and saving them from there."""

import io
import re
import secrets

import pytest
from PIL import Image
from sqlalchemy import func, select

from inventory.evidence import attachments
from inventory.evidence.attachments import Attach
from inventory.evidence.files import check_file
from models.evidence import Attachment
from models.vocabulary import AttachmentKind

PDF = b"%PDF-1.7\ncertificate\n%%EOF\n"


def _words(page) -> str:
    main = page.text.partition("<main")[2]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main).replace("&nbsp;", " "))


def _file(content: bytes = PDF, name: str = "certificate.pdf") -> dict:
    return {"file": (io.BytesIO(content), name), "kind": "certificate"}


@pytest.fixture
def lot_id(vial, look):
    return look(vial).lot_id


@pytest.fixture
def attached(do, pharmacist, lot_id):
    command = Attach("lot", lot_id, check_file("certificate.pdf", PDF), AttachmentKind.CERTIFICATE)
    return do(pharmacist, attachments.attach, command)


def test_a_certificate_is_attached_to_a_lot_and_saved_from_its_page(signed_in, lot_id):
    anna = signed_in("anna")
    assert "No certificate, photo or letter yet." in _words(anna.get(f"/lots/{lot_id}"))

    answer = anna.send(f"/attachments/lot/{lot_id}", _file() | {"note": "valid to 2032"})

    assert (answer.status_code, answer.location) == (303, f"/lots/{lot_id}#files")
    page = anna.get(answer.location)
    assert "certificate.pdf valid to 2032 certificate of the maker, PDF; Anna Assistant" in _words(page)
    saved = anna.get(re.search(r"/attachments/\d+/file", page.text).group(0))
    assert saved.data == PDF


def test_a_photo_is_attached_to_a_vial_and_shown(signed_in, vial, look):
    photo = io.BytesIO()
    Image.new("RGB", (30, 20), "red").save(photo, "JPEG")
    paula = signed_in("paula")
    sent = {"file": (io.BytesIO(photo.getvalue()), "IMG_1.jpg"), "kind": "photo"}
    answer = paula.send(f"/attachments/container/{look(vial).id}", sent)
    assert answer.location == f"/containers/{vial}#files"
    page = paula.get(f"/containers/{vial}")
    assert re.search(r'<img class="file-picture" src="/attachments/\d+/file"\s+alt="photo"', page.text)


def test_a_file_is_only_ever_saved_and_runs_nothing(signed_in, attached):
    answer = signed_in("otto").get(f"/attachments/{attached}/file")
    assert answer.headers["Content-Disposition"] == "attachment; filename=certificate.pdf"
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ('"; filename=x.html;.pdf', 'attachment; filename="_; filename=x.html;.pdf"'),
        ("../../x\r\nSet-Cookie: a=b.pdf", 'attachment; filename="xSet-Cookie_ a=b.pdf"'),
        ("漢字.pdf", "attachment; filename=.pdf; filename*=UTF-8''%E6%BC%A2%E5%AD%97.pdf"),
    ],
)
def test_a_hostile_name_stays_a_name(signed_in, lot_id, do, pharmacist, name, header):
    command = Attach("lot", lot_id, check_file(name, PDF), AttachmentKind.OTHER)
    attachment_id = do(pharmacist, attachments.attach, command)
    answer = signed_in("paula").get(f"/attachments/{attachment_id}/file")
    assert answer.headers["Content-Disposition"] == header
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (PDF, "scan.jpg", "scan.jpg is a PDF, not what its name says."),
        (b"<script>a()</script>", "<script>a()<script>.pdf", "is a web page or a drawing; kept are PDF"),
        (b"", "a.pdf", "a.pdf is empty."),
        (PDF[:-7], "a.pdf", "it is cut off before its end."),
    ],
    ids=["misnamed", "markup", "empty", "cut off"],
)
def test_a_file_that_cannot_be_kept_is_refused_at_its_field(signed_in, lot_id, everything, content, name, said):
    paula = signed_in("paula")
    before = everything()["attachment"], everything()["file_content"]
    answer = paula.send(f"/attachments/lot/{lot_id}", _file(content, name) | {"note": "kept words"})
    assert answer.status_code == 422
    assert said in _words(answer)
    assert "kept words" in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert (everything()["attachment"], everything()["file_content"]) == before


def test_no_file_is_refused_at_its_field(signed_in, lot_id):
    answer = signed_in("paula").send(f"/attachments/lot/{lot_id}", {"kind": "photo", "file": (io.BytesIO(), "")})
    assert answer.status_code == 422
    assert "Please fill this in." in _words(answer)


def test_the_same_form_twice_attaches_once(signed_in, lot_id, read):
    paula, key = signed_in("paula"), secrets.token_urlsafe(18)
    for _ in range(2):
        answer = paula.send(f"/attachments/lot/{lot_id}", _file() | {"idempotency_key": key})
        assert answer.status_code == 303
    assert read(lambda session: session.scalar(select(func.count(Attachment.id)))) == 1
    other = paula.send(f"/attachments/lot/{lot_id}", _file(PDF + b"\n%%EOF") | {"idempotency_key": key})
    assert other.status_code == 409
    assert "already saved, with other entries" in _words(other)


def test_a_file_is_withdrawn_with_a_reason(signed_in, lot_id, attached):
    paula = signed_in("paula")
    address = f"/attachments/{attached}/withdrawal"
    assert address in paula.get(f"/lots/{lot_id}").text
    answer = paula.send(address, {})
    assert (answer.status_code, "Please fill this in." in _words(answer)) == (422, True)
    assert paula.send(address, {"reason": "of another lot"}).status_code == 303
    page = paula.get(f"/lots/{lot_id}")
    assert re.search(r"withdrawn .* Withdrawn by Paula Pharmacist, [-0-9: ]+ : of another lot", _words(page))
    assert address not in page.text
    assert paula.send(address, {"reason": "again"}).status_code == 409


def test_who_may_not_is_refused_and_not_offered(signed_in, lot_id, attached):
    otto, anna = signed_in("otto"), signed_in("anna")
    assert otto.send(f"/attachments/lot/{lot_id}", _file()).status_code == 403
    assert "Attach a file" not in otto.get(f"/lots/{lot_id}").text
    assert anna.send(f"/attachments/{attached}/withdrawal", {"reason": "x"}).status_code == 403
    assert "/withdrawal" not in anna.get(f"/lots/{lot_id}").text


def test_a_stranger_sees_no_file_of_our_vials(signed_in, vial, look, do, pharmacist):
    container_id = look(vial).id
    command = Attach("container", container_id, check_file("a.pdf", PDF), AttachmentKind.PHOTO)
    attachment_id = do(pharmacist, attachments.attach, command)
    stella = signed_in("stella")
    assert stella.get(f"/attachments/{attachment_id}/file").status_code == 404
    assert stella.get(f"/attachments/container/{container_id}").status_code == 404
    assert stella.send(f"/attachments/container/{container_id}", _file()).status_code == 404
    assert signed_in("paula").get(f"/attachments/container/{container_id}").status_code == 200


def test_what_carries_no_files_is_not_found_or_refused(signed_in):
    paula = signed_in("paula")
    assert paula.get("/attachments/patient/1").status_code == 422
    assert paula.get("/attachments/lot/999").status_code == 404
    assert paula.get("/attachments/999/file").status_code == 404
