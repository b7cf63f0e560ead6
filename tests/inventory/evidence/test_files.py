"""What is kept of a file that somebody attaches, and what is not."""

import contextlib
import io
import resource
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from PIL import Image

from inventory.errors import InvalidInput
from inventory.evidence import files
from inventory.evidence.errors import (
    FileDamaged,
    FileEmpty,
    FileNameMisleads,
    FileTooLarge,
    FileTypeRefused,
    PictureTooLarge,
)
from inventory.evidence.files import check_file
from models.vocabulary import FileType

ROOT = Path(__file__).resolve().parents[3]
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
RED, BLUE = (200, 30, 30), (30, 30, 200)


def picture(kind: str = "JPEG", size: tuple[int, int] = (60, 40), mode: str = "RGB", **options) -> bytes:
    """Red above, blue below."""
    drawn = Image.new(mode, size, "white")
    if mode == "RGB":
        drawn.paste(RED, (0, 0, size[0], size[1] // 2))
        drawn.paste(BLUE, (0, size[1] // 2, *size))
    into = io.BytesIO()
    drawn.save(into, kind, **options)
    return into.getvalue()


def opened(content: bytes) -> Image.Image:
    found = Image.open(io.BytesIO(content))
    found.load()
    return found


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims to be this large and holds almost nothing."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    size = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IDAT", zlib.compress(bytes(999))) + chunk(b"IEND", b"")


def test_a_pdf_is_kept_as_it_is():
    kept = check_file("certificate.pdf", PDF)
    assert (kept.name, kept.file_type, kept.content) == ("certificate.pdf", FileType.PDF, PDF)


@pytest.mark.parametrize("kind", [FileType.JPEG, FileType.PNG, FileType.WEBP])
def test_a_picture_is_kept_as_the_same_kind_of_picture(kind):
    name = {FileType.JPEG: "a.jpeg", FileType.PNG: "a.png", FileType.WEBP: "a.webp"}[kind]
    kept = check_file(name, picture(kind.name))
    assert (kept.name, kept.file_type) == (name, kind)
    assert opened(kept.content).format == kind.name
    assert opened(kept.content).size == (60, 40)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_place_time_and_camera_are_left_behind(kind):
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    exif.get_ifd(0x8825)[2] = (48.0, 51.0, 30.0)
    sent = picture(kind, exif=exif.tobytes(), icc_profile=b"SecretProfile" * 20)
    assert b"SecretCamera" in sent

    kept = check_file(f"a.{kind.lower()}", sent).content

    assert b"Secret" not in kept
    assert not opened(kept).getexif()
    assert not {"exif", "icc_profile", "xmp", "comment", "photoshop"} & opened(kept).info.keys()


def test_a_photo_that_was_taken_lying_down_stands_upright():
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter: what is above in the file is to the right
    kept = opened(check_file("a.png", picture("PNG", exif=exif.tobytes())).content)
    assert kept.size == (40, 60)
    assert kept.getpixel((35, 30)) == RED
    assert kept.getpixel((5, 30)) == BLUE


def test_a_large_photo_is_made_smaller():
    kept = opened(check_file("a.jpg", picture(size=(6000, 3000))).content)
    assert kept.size == (files.LONGEST_SIDE, files.LONGEST_SIDE // 2)


@pytest.mark.parametrize(
    ("kind", "mode", "kept_mode"),
    [("PNG", "RGBA", "RGBA"), ("PNG", "P", "RGB"), ("PNG", "1", "RGB"), ("PNG", "L", "RGB"), ("PNG", "LA", "RGBA"),
     ("PNG", "I;16", "RGB"), ("JPEG", "CMYK", "RGB"), ("JPEG", "L", "RGB"), ("WEBP", "RGBA", "RGBA")],
)  # fmt: skip
def test_every_way_to_write_colours_is_read(kind, mode, kept_mode):
    into = io.BytesIO()
    Image.new(mode, (8, 8)).save(into, kind)
    kept = opened(check_file("a." + kind.lower(), into.getvalue()).content)
    assert (kept.mode, kept.size) == (kept_mode, (8, 8))


def test_of_a_moving_picture_the_first_is_kept():
    first, second = Image.new("RGB", (9, 9), RED), Image.new("RGB", (9, 9), BLUE)
    into = io.BytesIO()
    first.save(into, "PNG", save_all=True, append_images=[second])
    kept = opened(check_file("a.png", into.getvalue()).content)
    assert getattr(kept, "n_frames", 1) == 1


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"GIF89a\x01\x00", "a GIF picture"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00", "a HEIC picture"),
        (b"\x00\x00\x00\x18ftypisom\x00\x00", "a film"),
        (b"PK\x03\x04\x14\x00", "a ZIP archive or an Office document"),
        (b"MZ\x90\x00", "a program"),
        (b"<svg onload=a()>", "a web page or a drawing"),
        (b"\xef\xbb\xbf <!DOCTYPE html>", "a web page or a drawing"),
        (b"lot;expiry\n", "plain text"),
        ("Größe".encode()[:3], "plain text"),
        (b"\x01\x02\x00\xff\xfe\xfd\xfc\xfb", "of an unknown type"),
    ],
)
def test_anything_else_is_refused_by_what_it_is(content, found):
    with pytest.raises(FileTypeRefused) as refused:
        check_file("certificate.pdf", content)
    assert refused.value.what == f"certificate.pdf is {found}; kept are PDF, JPEG, PNG and WebP."


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("scan.jpg", PDF, "scan.jpg is a PDF, not what its name says."),
        ("scan.JPEG", PDF, "scan.JPEG is a PDF, not what its name says."),
        ("scan.pdf", picture("PNG"), "scan.pdf is a PNG picture, not what its name says."),
    ],
)
def test_a_document_under_the_name_of_a_picture_is_refused_and_told_so(name, content, said):
    with pytest.raises(FileNameMisleads) as refused:
        check_file(name, content)
    assert refused.value.what == said


def test_one_picture_under_the_ending_of_another_gets_its_own():
    assert check_file("photo.png", picture("JPEG")).name == "photo.jpg"


def test_nothing_and_too_much_are_refused():
    with pytest.raises(FileEmpty):
        check_file("a.pdf", b"")
    with pytest.raises(FileTooLarge) as refused:
        check_file("a.pdf", PDF + bytes(files.MOST_BYTES))
    assert refused.value.what == "a.pdf is larger than 20 MB."


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("part", [0.1, 0.5, 0.9])
def test_a_picture_that_is_cut_off_is_refused(kind, part):
    whole = picture(kind, size=(300, 300))
    with pytest.raises(FileDamaged):
        check_file("a." + kind.lower(), whole[: int(len(whole) * part)])


def test_a_pdf_that_is_cut_off_is_refused():
    with pytest.raises(FileDamaged) as refused:
        check_file("a.pdf", PDF[:-8])
    assert refused.value.what == "a.pdf is a PDF that cannot be kept: it is cut off before its end."


@pytest.mark.parametrize("size", [(50_000, 50_000), (50_000, 2_000), (5_001, 5_000), (2**31 - 1, 1)])
def test_a_picture_with_too_many_dots_is_refused_by_its_head_alone(size):
    with pytest.raises(PictureTooLarge) as refused:
        check_file("a.png", png_header(*size))
    assert refused.value.what == "a.png has more than 25 million dots."


_IN_LITTLE_MEMORY = """
import resource, sys, io
from PIL import Image
from inventory.errors import InvalidInput
from inventory.evidence.files import check_file
sent = sys.stdin.buffer.read()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    said = len(check_file("a.png", sent).content)
except InvalidInput as refusal:
    said = refusal.what
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, said)
"""


@pytest.mark.parametrize(
    ("sent", "most_mb"),
    [(png_header(50_000, 50_000), 40), (picture("PNG", size=(5_000, 5_000), compress_level=1), 250)],
    ids=["bomb", "largest"],
)
def test_the_worst_picture_takes_bounded_memory(sent, most_mb):
    done = subprocess.run(
        [sys.executable, "-c", _IN_LITTLE_MEMORY], input=sent, capture_output=True, check=True, cwd=ROOT, timeout=60
    )
    grown, _, said = done.stdout.decode().partition(" ")
    unit = 1024 if sys.platform == "darwin" else 1
    assert int(grown) / unit / 1024 < most_mb, said
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > 0


@pytest.mark.parametrize("at", range(0, 400, 7))
def test_whatever_is_broken_in_a_picture_is_refused_in_words(at):
    for kind in ("JPEG", "PNG", "WEBP"):
        broken = bytearray(picture(kind, size=(90, 90)))
        if at < len(broken):
            broken[at] ^= 0xFF
        with contextlib.suppress(InvalidInput):  # anything else that is raised fails
            check_file("a." + kind.lower(), bytes(broken))


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\Users\\paula\\Certificate 4711.PDF", "Certificate 4711.PDF"),
        ("<script>a()</script>.pdf", "script_.pdf"),
        ('a"b<c>d|e?f*.pdf', "a_b_c_d_e_f_.pdf"),
        ("=1+1.pdf", "=1+1.pdf"),
        ("evil\u202efdp.exe", "evilfdp.exe.pdf"),
        ("line\nbreak\x00.pdf", "linebreak.pdf"),
        ("...", "file.pdf"),
        ("", "file.pdf"),
        (".pdf", "pdf.pdf"),
        ("a.pdf.exe", "a.pdf.exe.pdf"),
        ("Prüf zertifikat 漢字.pdf", "Prüf zertifikat 漢字.pdf"),
    ],
)
def test_the_name_is_cleaned_and_has_the_ending_of_the_content(sent, kept):
    assert check_file(sent, PDF).name == kept


@pytest.mark.parametrize("name", ["x" * 10_000 + ".pdf", "x" * 10_000, "." * 10_000, "é" * 500 + "." + "p" * 500])
def test_an_endless_name_is_cut_before_its_ending(name):
    kept = check_file(name, PDF).name
    assert len(kept) <= files.LONGEST_NAME + 4
    assert kept.endswith(".pdf")
