"""Files as they come from people: what they are, whether they can be kept, and under which name.

All of it is done before a unit of work begins, because decoding a picture takes longer than the lock may be held.

- The content decides what a file is, never its name or what the browser says of it.
- Pictures are drawn anew: upright, at most `LONGEST_SIDE` dots a side, and without anything that came along with
  them (place, time, camera, thumbnail). One is drawn at a time, so that memory stays bounded.
- A PDF is kept as it is. It is only ever handed out to be saved, never shown inside a page.
"""

import io
import re
import threading
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from inventory.evidence.errors import (
    FileDamaged,
    FileEmpty,
    FileNameMisleads,
    FileTooLarge,
    FileTypeRefused,
    PictureTooLarge,
)
from models.vocabulary import FileType

if TYPE_CHECKING:
    from PIL import Image

MOST_MB = 20
MOST_BYTES = MOST_MB * 1024 * 1024
LONGEST_SIDE = 2_560  # a page of A4 at 218 dots an inch
LONGEST_NAME = 100
# A JPEG is read at a fraction of its size where it is large; the others are decoded whole.
MOST_MEGAPIXELS: Mapping[FileType, int] = {FileType.JPEG: 55, FileType.PNG: 25, FileType.WEBP: 25}

_ENDINGS: Mapping[FileType, tuple[str, ...]] = {
    FileType.PDF: (".pdf",),
    FileType.JPEG: (".jpg", ".jpeg"),
    FileType.PNG: (".png",),
    FileType.WEBP: (".webp",),
}
_CALLED: Mapping[FileType, str] = {
    FileType.PDF: "a PDF",
    FileType.JPEG: "a JPEG picture",
    FileType.PNG: "a PNG picture",
    FileType.WEBP: "a WebP picture",
}
_FORMATS: Mapping[FileType, str] = {FileType.JPEG: "JPEG", FileType.PNG: "PNG", FileType.WEBP: "WEBP"}
_JPEG_QUALITY = 88
_END_OF_PDF_WITHIN = 2_048
_ORIENTATION = 0x0112

# What people attach by mistake, by how it begins; to be named, not to be kept.
_OTHERS: tuple[tuple[bytes, str], ...] = (
    (b"GIF8", "a GIF picture"),
    (b"BM", "a BMP picture"),
    (b"II*\x00", "a TIFF picture"),
    (b"MM\x00*", "a TIFF picture"),
    (b"PK\x03\x04", "a ZIP archive or an Office document"),
    (b"\xd0\xcf\x11\xe0", "an old Office document"),
    (b"{\\rtf", "an RTF document"),
    (b"%!PS", "a PostScript document"),
    (b"MZ", "a program"),
    (b"\x7fELF", "a program"),
    (b"#!", "a program"),
    (b"\x1f\x8b", "a compressed file"),
    (b"7z\xbc\xaf", "a compressed file"),
    (b"Rar!", "a compressed file"),
)
_BRANDS: Mapping[bytes, str] = {b"heic": "a HEIC picture", b"heix": "a HEIC picture", b"mif1": "a HEIC picture"} | {
    b"avif": "an AVIF picture"
}
_MARKUP = re.compile(rb"\s*<(\?xml|!doctype|html|svg|script|!--)", re.IGNORECASE)
_NOT_IN_NAMES = re.compile(r'[<>:"|?*]')
_HIDDEN = {"Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp"}

_one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class CheckedFile:
    """A file that can be kept. Made by `check_file`; what a delivery in progress keeps has passed it."""

    name: str
    file_type: FileType
    content: bytes


def check_file(name: str, content: bytes) -> CheckedFile:
    """What is kept of a file. Raises the refusals of `inventory.evidence.errors`, which name it as it was sent."""
    called = _shown_name(name)
    if not content:
        raise FileEmpty(called)
    if len(content) > MOST_BYTES:
        raise FileTooLarge(called, MOST_MB)
    file_type = _type_of(content)
    if file_type is None:
        raise FileTypeRefused(called, _what_else(content))
    _refuse_misleading(called, file_type)
    if file_type is FileType.PDF:
        _refuse_cut_off(called, content)
    else:
        content = _redrawn(called, file_type, content)
        if len(content) > MOST_BYTES:
            raise FileTooLarge(called, MOST_MB)
    return CheckedFile(_kept_name(called, file_type), file_type, content)


def _type_of(content: bytes) -> FileType | None:
    if content.startswith(b"%PDF-"):
        return FileType.PDF
    if content.startswith(b"\xff\xd8\xff"):
        return FileType.JPEG
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return FileType.PNG
    return FileType.WEBP if content[:4] == b"RIFF" and content[8:12] == b"WEBP" else None


def _what_else(content: bytes) -> str:
    if content[4:8] == b"ftyp":
        return _BRANDS.get(content[8:12], "a film")
    for start, called in _OTHERS:
        if content.startswith(start):
            return called
    beginning = content[:4_096].removeprefix(b"\xef\xbb\xbf")
    if _MARKUP.match(beginning):
        return "a web page or a drawing"
    try:
        beginning.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(beginning) - 4 or b"\x00" in beginning:
            return "of an unknown type"
    return "of an unknown type" if b"\x00" in beginning else "plain text"


def _shown_name(name: str) -> str:
    """The name alone: no folders, nothing hidden, nothing that a file system reads as something else."""
    last = unicodedata.normalize("NFC", name[-1_000:]).replace("\\", "/").rpartition("/")[2]
    seen = "".join(character for character in last if unicodedata.category(character) not in _HIDDEN)
    safe = _NOT_IN_NAMES.sub("_", " ".join(seen.split())).lstrip(". ").rstrip(". ")
    stem, dot, ending = safe.rpartition(".")
    if dot and len(ending) <= 5:  # the longest ending that says a type
        return f"{stem[: LONGEST_NAME - 6].rstrip()}.{ending}"
    return safe[:LONGEST_NAME].rstrip() or "file"


def _ending(name: str) -> str:
    return f".{name.rpartition('.')[2].lower()}" if "." in name else ""


def _refuse_misleading(name: str, file_type: FileType) -> None:
    """Pictures change their format on the way, so one picture's ending for another misleads nobody."""
    for known, endings in _ENDINGS.items():
        if _ending(name) in endings and known.is_picture != file_type.is_picture:
            raise FileNameMisleads(name, _CALLED[file_type], _ENDINGS[file_type][0])


def _kept_name(name: str, file_type: FileType) -> str:
    if _ending(name) in _ENDINGS[file_type]:
        return name
    known = any(_ending(name) in endings for endings in _ENDINGS.values())
    stem = name.rpartition(".")[0] if known else name
    return f"{stem or 'file'}{_ENDINGS[file_type][0]}"


def _refuse_cut_off(name: str, content: bytes) -> None:
    if b"%%EOF" not in content[-_END_OF_PDF_WITHIN:]:
        raise FileDamaged(name, _CALLED[FileType.PDF], "is cut off before its end")


def _redrawn(name: str, file_type: FileType, content: bytes) -> bytes:
    from PIL import Image  # noqa: PLC0415  # slow to load, and most requests bring no picture

    called = _CALLED[file_type]
    with _one_at_a_time:
        try:
            with Image.open(io.BytesIO(content), formats=(_FORMATS[file_type],)) as picture:
                _refuse_too_many_dots(name, file_type, picture.size)
                return _encoded(_drawn(picture), file_type)
        except PictureTooLarge:
            raise
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            raise PictureTooLarge(name, MOST_MEGAPIXELS[file_type]) from None
        except Exception as error:  # a decoder may say anything of a hostile file
            raise FileDamaged(name, called, "is damaged or cut off") from error


def _refuse_too_many_dots(name: str, file_type: FileType, size: tuple[int, int]) -> None:
    width, height = size
    most = MOST_MEGAPIXELS[file_type]
    if width * height > most * 1_000_000:
        raise PictureTooLarge(name, most)


def _drawn(picture: "Image.Image") -> "Image.Image":
    """The picture alone, upright: colours and transparency, and nothing that came along."""
    from PIL import Image, ImageOps  # noqa: PLC0415  # as above

    orientation = picture.getexif().get(_ORIENTATION)
    picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # a JPEG alone understands it
    wanted = "RGBA" if picture.has_transparency_data else "RGB"
    seen = picture if picture.mode == wanted else picture.convert(wanted)
    seen.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    bare = Image.frombytes(seen.mode, seen.size, seen.tobytes())
    if orientation:
        bare.getexif()[_ORIENTATION] = orientation
        bare = ImageOps.exif_transpose(bare)
        bare = Image.frombytes(bare.mode, bare.size, bare.tobytes())
    return bare


def _encoded(picture: "Image.Image", file_type: FileType) -> bytes:
    into = io.BytesIO()
    picture.save(into, _FORMATS[file_type], quality=_JPEG_QUALITY)
    return into.getvalue()
