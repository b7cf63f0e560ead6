"""The embedded fonts: how wide a text is, and what they cannot draw rightly.

DejaVu Sans, upright and not condensed (LBL-03). What it has no sign for would be drawn as a box, and what runs from
right to left, joins its letters or stacks marks would come out wrong: `undrawable` finds both before anything is drawn.
"""

import functools
import unicodedata
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

REGULAR, BOLD = "VialtraceSans", "VialtraceSansBold"
_FILES = {REGULAR: "DejaVuSans.ttf", BOLD: "DejaVuSans-Bold.ttf"}
_FOLDER = Path(__file__).resolve().parent / "fonts"

# Of the font's own figures, in parts of its size: nothing is drawn above or below.
ASCENT, DESCENT = 0.94, 0.24
LEADING = 1.25  # USP <17>: lines 25 to 30 % apart

_WRONG_WAY = frozenset({"R", "AL", "AN"})
_NOT_ALONE = frozenset({"Mn", "Me", "Mc", "Cc", "Cf", "Cs", "Co", "Cn"})


@functools.cache
def _face(name: str) -> TTFont:
    font = TTFont(name, str(_FOLDER / _FILES[name]))
    pdfmetrics.registerFont(font)
    return font


def font_name(*, is_bold: bool) -> str:
    """The name to draw with; the font is read when it is first needed."""
    name = BOLD if is_bold else REGULAR
    _face(name)
    return name


@functools.cache
def _widths(name: str) -> dict[int, float]:
    return {character: width / 1000 for character, width in _face(name).face.charWidths.items()}


@functools.lru_cache(maxsize=20_000)
def width_at_one_point(text: str, *, is_bold: bool) -> float:
    """The width of drawable text at size 1."""
    widths = _widths(BOLD if is_bold else REGULAR)
    return sum(widths[ord(character)] for character in text)


@functools.lru_cache(maxsize=5_000)
def undrawable(text: str) -> str:
    """The characters that cannot be drawn rightly, each once; empty when all can."""
    known = [_widths(name).keys() for name in _FILES]
    wrong = (each for each in text if not all(ord(each) in codes for codes in known) or _is_intricate(each))
    return "".join(dict.fromkeys(wrong))


def _is_intricate(character: str) -> bool:
    return unicodedata.bidirectional(character) in _WRONG_WAY or unicodedata.category(character) in _NOT_ALONE
