"""What labels are printed on: sheets and rolls on the market, and the clinic's own.

A medium is checked when it is made: labels that overlap, leave the page or are too small for a symbol are refused in
words. Lengths are exact millimetres from the page's upper left corner. Sizes: domain 7.2.
"""

from dataclasses import dataclass
from decimal import Decimal

from labels.errors import MediumNotPossible

MM_AN_INCH = Decimal("25.4")
RESOLUTIONS = (203, 300, 600)
SMALLEST_WIDTH, SMALLEST_HEIGHT = Decimal(20), Decimal(10)
LARGEST_PAGE = Decimal(500)
MOST_ON_A_SHEET = 500
_TOLERANCE = Decimal("0.05")  # makers round their figures


@dataclass(frozen=True)
class Medium:
    """`inset`: what stays white inside each label's edge. `is_continuous`: a roll cut where the text ends."""

    code: str
    name: str
    page_width: Decimal
    page_height: Decimal
    width: Decimal
    height: Decimal
    columns: int = 1
    rows: int = 1
    left: Decimal = Decimal(0)
    top: Decimal = Decimal(0)
    pitch_x: Decimal = Decimal(0)
    pitch_y: Decimal = Decimal(0)
    dpi: int = 300
    inset: Decimal = Decimal("1.5")
    is_continuous: bool = False

    def __post_init__(self) -> None:
        for problem in _problems(self):
            raise MediumNotPossible(self.name, problem)

    @property
    def labels_a_page(self) -> int:
        return self.columns * self.rows

    @property
    def is_sheet(self) -> bool:
        return self.labels_a_page > 1


def _problems(medium: Medium) -> list[str]:
    """What is wrong, the first cause first."""
    lengths = (medium.page_width, medium.page_height, medium.width, medium.height, medium.left, medium.top)
    if not all(each.is_finite() for each in (*lengths, medium.pitch_x, medium.pitch_y, medium.inset)):
        return ["a length is not a number"]
    if min(*lengths, medium.inset) < 0:
        return ["a length is negative"]
    if medium.dpi not in RESOLUTIONS:
        return [f"the printer's dots are not one of {', '.join(map(str, RESOLUTIONS))} an inch"]
    if max(medium.page_width, medium.page_height) > LARGEST_PAGE:
        return [f"its page is larger than {LARGEST_PAGE} mm"]
    if medium.columns < 1 or medium.rows < 1 or medium.labels_a_page > MOST_ON_A_SHEET:
        return [f"it has not 1 to {MOST_ON_A_SHEET} labels on a page"]
    problems = _too_small(medium)
    problems += _across("beside", medium.columns, medium.width, medium.pitch_x)
    problems += _across("below", medium.rows, medium.height, medium.pitch_y)
    right = medium.left + (medium.columns - 1) * medium.pitch_x + medium.width
    lower = medium.top + (medium.rows - 1) * medium.pitch_y + medium.height
    problems += _beyond("right", right, medium.page_width) + _beyond("lower", lower, medium.page_height)
    return problems


def _too_small(medium: Medium) -> list[str]:
    if medium.width < SMALLEST_WIDTH or medium.height < SMALLEST_HEIGHT:
        return [f"its labels are smaller than {SMALLEST_WIDTH} × {SMALLEST_HEIGHT} mm"]
    if medium.inset * 4 > min(medium.width, medium.height):
        return ["its white edge leaves too little of the label"]
    return []


def _across(where: str, count: int, size: Decimal, pitch: Decimal) -> list[str]:
    if count > 1 and pitch < size:
        return [f"its labels overlap: the next one {where} begins after {pitch} mm, but a label is {size} mm"]
    return []


def _beyond(edge: str, end: Decimal, page: Decimal) -> list[str]:
    if end > page + _TOLERANCE:
        return [f"its labels leave the page: the last one ends at {end} mm, and the {edge} edge is at {page} mm"]
    return []


def _mm(*lengths: str) -> list[Decimal]:
    return [Decimal(length) for length in lengths]


def _sheet(
    code: str, name: str, grid: tuple[int, int], page: tuple[str, str], lengths: tuple[str, ...], inset: str = "1.5"
) -> Medium:
    """`lengths`: width, height, left, top, pitch across, pitch down."""
    width, height, left, top, pitch_x, pitch_y = _mm(*lengths)
    page_width, page_height = _mm(*page)
    return Medium(
        code, name, page_width, page_height, width, height, *grid, left, top, pitch_x, pitch_y, inset=Decimal(inset)
    )


def _roll(code: str, name: str, width: str, height: str, dpi: int = 300, inset: str = "1") -> Medium:
    """One label is one page, as wide as the printer takes it in."""
    across, along = _mm(width, height)
    return Medium(code, name, across, along, across, along, dpi=dpi, inset=Decimal(inset))


_A4 = ("210", "297")
_LETTER = ("215.9", "279.4")

STOCK: tuple[Medium, ...] = (
    _sheet("l7160", "Avery L7160, A4, 21 labels of 63.5 × 38.1 mm", (3, 7), _A4, ("63.5", "38.1", "7.21", "15.15", "66.04", "38.1")),
    _sheet("l7651", "Avery L7651, A4, 65 labels of 38.1 × 21.2 mm", (5, 13), _A4, ("38.1", "21.2", "4.75", "10.7", "40.6", "21.2")),
    _sheet("l7163", "Avery L7163, A4, 14 labels of 99.1 × 38.1 mm", (2, 7), _A4, ("99.1", "38.1", "3.35", "15.15", "103", "38.1")),
    _sheet("5160", "Avery 5160, Letter, 30 labels of 2⅝ × 1 in", (3, 10), _LETTER, ("66.675", "25.4", "3.96875", "12.7", "70.64375", "25.4")),
    _sheet("5167", "Avery 5167, Letter, 80 labels of 1¾ × ½ in", (4, 20), _LETTER, ("44.45", "12.7", "7.14375", "12.7", "52.3875", "12.7"), inset="1"),
    _roll("dymo-57x32", "Dymo 11354 / 30334, roll, 57 × 32 mm", "57", "32"),
    _roll("dymo-89x28", "Dymo 30252, roll, 89 × 28 mm", "89", "28"),
    _roll("dymo-25x25", "Dymo 30332, roll, 25 × 25 mm", "25", "25"),
    _roll("brother-62x29", "Brother DK-11209, roll, 62 × 29 mm", "62", "29"),
    _roll("brother-54x17", "Brother DK-11204, roll, 54 × 17 mm", "54", "17"),
    Medium("brother-62", "Brother DK-22205, endless roll, 62 mm wide", Decimal(62), Decimal(120), Decimal(62), Decimal(120), inset=Decimal(1), is_continuous=True),
    _roll("zebra-2x1-203", "Zebra, roll, 2 × 1 in, 203 dots an inch", "50.8", "25.4", 203),
    _roll("zebra-2x1-300", "Zebra, roll, 2 × 1 in, 300 dots an inch", "50.8", "25.4"),
    _roll("syringe-40x15", "Syringe flag, roll, 40 × 15 mm", "40", "15"),
)  # fmt: skip

BY_CODE = {medium.code: medium for medium in STOCK}
