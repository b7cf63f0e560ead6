"""Draw one label of each kind on many media into docs/labels/, as pictures of the very PDFs: `make labels-preview`.

It lives in docs/ because it needs PDFium, which never ships. Read the pictures before a change to labels/ is released:
a nurse reads them at arm's length.
"""

import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pypdfium2
from PIL import Image, ImageDraw

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
from labels.errors import TextDoesNotFit
from labels.media import STOCK, Medium
from labels.rendering import render_labels

FOLDER = Path(__file__).resolve().parents[1] / "labels"
CODE, RECORD, NOW, LATER = "C86FQCZ25E", "R86FQCZ25E", "2031-03-03 09:30", "2031-03-03 13:30"
MIXED = (
    Ingredient("Hyaluronic acid 20 mg/mL", "2 mL", "HA-1"),
    Ingredient("Vitamin C 100 mg/mL", "0.5 mL", "VC77"),
    Ingredient("Lidocaine 20 mg/mL", "0.5 mL", "LX4471"),
)
KINDS: dict[str, Content] = {
    "container": ContainerLabel("Lidocaine 20 mg/mL", "10 mL", "LX4471", "2032-01-31", CODE),
    "opened": OpenedLabel("Lidocaine 20 mg/mL", "2031-03-31 23:59", NOW, "Peter Practitioner", "LX4471", CODE),
    "syringe": SyringeLabel(
        "P86FQCZ25E", "Nadia Example", "1984-05-06", "Cocktail", MIXED, "3 mL", LATER, NOW,
        "Peter Practitioner", "Paula Pharmacist", RECORD, CODE, ("amide_anaesthetic", "sulfite"), "refrigerator",
    ),
    "batch": BatchLabel(
        "Cocktail", "12 mL", RECORD, NOW, "Peter Practitioner", "Paula Pharmacist", LATER, 4, MIXED,
        "Harbour", ("amide_anaesthetic",), "refrigerator",
    ),
    "place": PlaceLabel("Fridge 1, upper shelf", "Harbour", "L86FQCZ25E"),
    "hold": HoldLabel("quality", "cloudy", "Lidocaine 20 mg/mL", "LX4471", NOW, "Anna Assistant", CODE),
    "recall": RecallLabel("Letter of the maker, FSN 2031/17", "Lidocaine 20 mg/mL", "LX4471", NOW, CODE, is_demo=True),
}  # fmt: skip
DPI, WIDTH, GAP, CAPTION = 150, 1500, 14, 16
GROUND = 215
_PLAIN = {ord("×"): "x", ord("⅝"): " 5/8", ord("½"): " 1/2", ord("¾"): " 3/4"}  # the small font of captions


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for kind, content in KINDS.items():
        sheet = contact_sheet([(medium.name, drawn(content, alone(medium))) for medium in STOCK])
        path = FOLDER / f"{kind}.png"
        sheet.save(path, optimize=True)
        sys.stdout.write(f"Written: docs/labels/{path.name}\n")


def alone(medium: Medium) -> Medium:
    """A sheet's label as a page of its own."""
    nothing = Decimal(0)
    page = {"page_width": medium.width, "page_height": medium.height}
    return replace(medium, **page, columns=1, rows=1, left=nothing, top=nothing)


def drawn(content: Content, medium: Medium) -> Image.Image | str:
    """The picture, or what finds no room."""
    try:
        pdf = render_labels([content], medium)
    except TextDoesNotFit as problem:
        return f"refused: {problem.field} finds no room"
    document = pypdfium2.PdfDocument(pdf)
    picture: Image.Image = document[0].render(scale=DPI / 72, grayscale=True).to_pil()
    document.close()
    return picture


def contact_sheet(labels: list[tuple[str, Image.Image | str]]) -> Image.Image:
    places, x, y, row = [], GAP, GAP, 0
    for name, label in labels:
        width, height = (330, 40) if isinstance(label, str) else label.size
        width = max(width, 330)
        if x + width > WIDTH:
            x, y, row = GAP, y + row + GAP, 0
        places.append((x, y, name, label))
        x, row = x + width + GAP, max(row, height + CAPTION)
    sheet = Image.new("L", (WIDTH, y + row + GAP), GROUND)
    draw = ImageDraw.Draw(sheet)
    for left, top, name, label in places:
        draw.text((left, top), name.translate(_PLAIN), fill=0)
        if isinstance(label, str):
            draw.text((left, top + CAPTION), label, fill=90)
        else:
            sheet.paste(label, (left, top + CAPTION))
    return sheet


if __name__ == "__main__":
    main()
