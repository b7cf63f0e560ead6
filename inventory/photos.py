"""Codes in a photo, for whoever has no scanner and no camera in the browser. Nothing is kept of the photo.

The photo is one that `inventory.evidence.files.check_file` has checked and drawn anew, so its size is bounded. The
reader is optional: an installation without it says so.
"""

import importlib.util
import io
from dataclasses import dataclass

from inventory.errors import InvalidInput, Refusal
from inventory.evidence.files import CheckedFile

MOST_CODES = 10
_READER = "zxingcpp"
_NAMES = ("DataMatrix", "QRCode", "Code128", "EAN13", "EAN8")


@dataclass(eq=False)
class PhotosNotRead(Refusal):
    says = "This installation cannot read codes from photos."
    do = "Type what is printed, or ask who runs it to install Vialtrace with its extra `photo`."


@dataclass(eq=False)
class NoCodeInPhoto(InvalidInput):
    name: str

    says = "No code was found in {name}."
    do = "Take the photo again: the whole code, sharp, in good light, and filling a third of the picture."


@dataclass(eq=False)
class NotAPhoto(InvalidInput):
    name: str

    says = "{name} is no picture."
    do = "Take a photo of the code, or choose a JPEG, PNG or WebP picture."


def can_read_photos() -> bool:
    return importlib.util.find_spec(_READER) is not None


def codes_in_photo(photo: CheckedFile) -> tuple[str, ...]:
    """The texts of its codes as a scanner would send them, each once. Raises `NoCodeInPhoto`, `PhotosNotRead`."""
    if not can_read_photos():
        raise PhotosNotRead
    if not photo.file_type.is_picture:
        raise NotAPhoto(photo.name)
    # Both are heavy, and few requests need them.
    import zxingcpp  # noqa: PLC0415
    from PIL import Image  # noqa: PLC0415

    with Image.open(io.BytesIO(photo.content)) as picture:
        found = zxingcpp.read_barcodes(
            picture.convert("L"),
            formats=zxingcpp.BarcodeFormats([getattr(zxingcpp.BarcodeFormat, name) for name in _NAMES]),
            text_mode=zxingcpp.TextMode.Plain,  # the others put brackets in and drop the separators
        )
    texts = dict.fromkeys(code.symbology_identifier + code.text for code in found if code.valid)
    if not texts:
        raise NoCodeInPhoto(photo.name)
    return tuple(texts)[:MOST_CODES]
