"""Our codes as Data Matrix symbols: the black rectangles, in whole modules.

Behind one function, so that another writer can take pyStrich's place. The code is put in plain (PRN-01): it is ours and
no GS1 identifier.
"""

import functools
from dataclasses import dataclass

from pystrich.datamatrix import DataMatrixEncoder

QUIET_MODULES = 1  # ISO/IEC 16022 asks for one on each side


@dataclass(frozen=True, slots=True)
class Symbol:
    """`marks`: x, y, width and height of each black rectangle, y downwards. `quiet`: modules left white around."""

    text: str
    size: int
    marks: tuple[tuple[int, int, int, int], ...]
    quiet: int = QUIET_MODULES


@functools.lru_cache(maxsize=2_000)
def symbol_of(text: str) -> Symbol:
    """The symbol for one of our codes, square."""
    drawn = DataMatrixEncoder(text, quiet_zone=0).get_rect_marks()
    return Symbol(text, drawn.width, tuple((x, y, width, height) for x, y, width, height in drawn.marks))
