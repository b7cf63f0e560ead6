"""Contents to print, and a reader that knows a label only from its PDF: texts, where their ink is, and symbols."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pypdfium2
import pytest
import zxingcpp

from labels.contents import (
    BatchLabel,
    ContainerLabel,
    Content,
    HoldLabel,
    Ingredient,
    OpenedLabel,
    PlaceLabel,
    RecallLabel,
    SyringeLabel,
)
from labels.media import Medium

CODE, RECORD = "C86FQCZ25E", "R86FQCZ25E"
HOSTILE = "<script>a()</script> =1+1 ../../x \"'&; %s {0}"
LONG = "Hyaluronic acid not crosslinked, sodium salt of high molecular weight with mannitol, for the skin"
MIXED = (
    Ingredient("Hyaluronic acid 20 mg/mL", "2 mL", "HA-1"),
    Ingredient("Vitamin C 100 mg/mL", "0.5 mL", "VC77"),
    Ingredient("Lidocaine 20 mg/mL", "1,500 units", "LX4471"),
)
MANY = tuple(replace(MIXED[0], name=f"{LONG} {number}") for number in range(20))

ORDINARY: dict[str, Content] = {
    "container": ContainerLabel("Lidocaine 20 mg/mL", "10 mL", "LX4471", "2032-01-31", CODE),
    "opened": OpenedLabel("Lidocaine 20 mg/mL", "2031-03-31 23:59", "2031-03-03 09:30", "Peter P.", "LX4471", CODE),
    "syringe": SyringeLabel(
        "P86FQCZ25E",
        "Nadia Example",
        "1984-05-06",
        "Cocktail",
        MIXED,
        "4 mL",
        "2031-03-03 13:30",
        "2031-03-03 09:30",
        "Peter Practitioner",
        "Paula Pharmacist",
        RECORD,
        CODE,
        ("benzyl_alcohol", "amide_anaesthetic"),
        "refrigerator",
    ),
    "batch": BatchLabel(
        "Cocktail",
        "12 mL",
        RECORD,
        "2031-03-03 09:30",
        "Peter Practitioner",
        None,
        "2031-03-03 13:30",
        3,
        MIXED,
        "Clinic of the Harbour, Harbour",
        ("sulfite",),
        "refrigerator",
    ),
    "place": PlaceLabel("Fridge 1, upper shelf", "Harbour", "L86FQCZ25E"),
    "hold": HoldLabel(
        "quality", "cloudy, seen before use", "Lidocaine 20 mg/mL", "LX4471", "2031-03-03 09:30", "Anna A.", CODE
    ),
    "recall": RecallLabel("FSN 2031/17", "Lidocaine 20 mg/mL", "LX4471", "2031-03-03 09:30", CODE),
}
# Field by field what is longest, and what is hostile; the rest stays ordinary.
_LONGEST: dict[str, dict[str, Any]] = {
    "container": {"product": LONG, "lot_number": "W" * 20, "content": "999,999.999999 mL"},
    "opened": {"product": LONG, "opened_by": "W" * 60, "kept_for": "P86FQCZ25E", "language": "de"},
    "syringe": {
        "patient_name": "Maria-Theresia Wilhelmina Gräfin von Hohenstein-Langenburg",
        "ingredients": MANY,
        "allergens": ("benzyl_alcohol", "amide_anaesthetic", "gram_positive_protein", "sulfite", "soy", "egg"),
        "language": "de",
        "checked_by": None,
    },
    "batch": {"name": LONG, "ingredients": MANY, "allergens": ("paraben", "latex", "fish"), "language": "fr"},
    "place": {"name": LONG, "site": LONG},
    "hold": {"cause": LONG * 20, "subject": LONG, "language": "es"},
    "recall": {"reference": LONG * 20, "subject": LONG, "language": "pt"},
}
_HOSTILE: dict[str, dict[str, Any]] = {
    "container": {"product": HOSTILE, "lot_number": "<script>a()</script>"},
    "opened": {"product": HOSTILE, "opened_by": HOSTILE, "lot_number": "=1+1"},
    "syringe": {"patient_name": HOSTILE, "name": HOSTILE, "prepared_by": HOSTILE},
    "batch": {"name": HOSTILE, "facility": HOSTILE},
    "place": {"name": HOSTILE, "site": HOSTILE},
    "hold": {"cause": HOSTILE, "subject": HOSTILE, "lot_number": "../../x"},
    "recall": {"reference": HOSTILE, "subject": HOSTILE},
}


@pytest.fixture
def contents() -> Callable[[str], dict[str, Content]]:
    """`contents("hold")`: ordinary, longest, and hostile in a demo clinic."""

    def of(kind: str) -> dict[str, Content]:
        plain = ORDINARY[kind]
        return {
            "ordinary": plain,
            "longest": replace(plain, **_LONGEST[kind]),
            "hostile": replace(plain, is_demo=True, **_HOSTILE[kind]),
        }

    return of


@pytest.fixture
def ordinary() -> dict[str, Content]:
    return dict(ORDINARY)


@dataclass(frozen=True)
class Ink:
    """One character: where it was drawn, in millimetres from the upper left of the page."""

    character: str
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True)
class Read:
    """One page as a reader finds it."""

    text: str
    ink: list[Ink]
    codes: list[str]
    picture: Any
    width: float
    height: float


@pytest.fixture
def read_pages() -> Callable[..., list[Read]]:
    """`read_pages(pdf, dpi)`: texts and their places as PDFium finds them, symbols as ZXing reads the picture."""

    def read(pdf: bytes, dpi: int = 300) -> list[Read]:
        document = pypdfium2.PdfDocument(pdf)
        found = [_read(document[number], dpi) for number in range(len(document))]
        document.close()
        return found

    return read


def _read(page: Any, dpi: int) -> Read:
    texts = page.get_textpage()
    picture = page.render(scale=dpi / 72, grayscale=True).to_pil()
    codes = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.DataMatrix)
    millimetre, height = 25.4 / 72, page.get_height()
    ink = []
    for number in range(texts.count_chars()):
        character = texts.get_text_range(number, 1)
        if character.strip():
            left, bottom, right, top = texts.get_charbox(number)
            box = (left, height - top, right, height - bottom)
            ink.append(Ink(character, *(length * millimetre for length in box)))
    words = " ".join(texts.get_text_range().replace("\u00a0", " ").split())
    size = (page.get_width() * millimetre, height * millimetre)
    found = Read(words, ink, [code.text for code in codes], picture, *size)
    texts.close()
    return found


@pytest.fixture
def alone() -> Callable[[Medium], Medium]:
    """A sheet's label alone on its page: the same room, and quickly turned into a picture."""
    nothing = Decimal(0)

    def cut(medium: Medium) -> Medium:
        return replace(
            medium,
            page_width=medium.width,
            page_height=medium.height,
            columns=1,
            rows=1,
            left=nothing,
            top=nothing,
        )

    return cut
