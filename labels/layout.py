"""Where everything stands: one engine for all kinds and sizes.

The symbol floats at the upper right; rows flow around it from top to bottom. All texts grow or shrink together between
their least and most sizes. First the symbol gives up size, down to 3 printer dots a module, then the texts; what finds
no room even then is refused by its field. Lengths are points, y runs downwards from the label's upper edge.
"""

import contextlib
import functools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from labels.designs import Design, Part, Row
from labels.errors import TextDoesNotFit
from labels.lettering import ASCENT, DESCENT, width_at_one_point
from labels.symbols import Symbol, symbol_of

POINTS_A_MM = 72 / 25.4
LEAST_DOTS = 3  # of a module: two were misread when printed poorly
_GAP = 1.2 * POINTS_A_MM  # between texts and symbol
_BETWEEN = 0.75  # of the size, between parts of a row
_ROW_GAP = 1.7  # before each row but the first, of what lines stand further apart than they must
_CLOSEST = 1.18
_GROWN = 2.0
_STEPS = 5  # halvings in search of the size
_EPSILON = 1e-6
_BANNER = (13.0, 6.0)  # preferred and least size
_BANNER_LEADING = 1.2
_BANNER_SHARE = 0.34  # of the label's height, at most


@dataclass(frozen=True, slots=True)
class Box:
    """Where a label's contents may stand. `dot`: one printer dot; `x`, `y` count from the page's upper left."""

    x: float
    y: float
    width: float
    height: float
    dot: float


@dataclass(frozen=True, slots=True)
class Line:
    """A piece of text at its baseline."""

    field: str
    text: str
    x: float
    baseline: float
    size: float
    is_bold: bool
    is_white: bool = False


@dataclass(frozen=True, slots=True)
class PlacedSymbol:
    symbol: Symbol
    x: float
    y: float
    module: float


@dataclass(frozen=True, slots=True)
class Placed:
    """`bar`: the height of the black bar under a banner. `height`: how far down anything reaches."""

    lines: tuple[Line, ...]
    symbol: PlacedSymbol
    bar: float
    height: float


def place(designs: Sequence[Design], box: Box, *, may_grow: bool = True) -> Placed:
    """The first design that fits, as large as it can be. A word is broken only where nothing else helps.

    Raises `TextDoesNotFit` of the last design.
    """
    trials = [_Trial(design, box, may_break=may_break) for may_break in (False, True) for design in designs]
    for trial in trials[:-1]:
        with contextlib.suppress(TextDoesNotFit):
            return trial.place(_GROWN if may_grow else 1.0)
    return trials[-1].place(_GROWN if may_grow else 1.0)


@dataclass(frozen=True, slots=True)
class _Trial:
    """One design in one box."""

    design: Design
    box: Box
    may_break: bool

    def place(self, most: float) -> Placed:
        symbol = symbol_of(self.design.symbol)
        closest = _frame(self.design, self.box, symbol, LEAST_DOTS * self.box.dot)
        if closest is None:
            raise TextDoesNotFit("Code")
        smallest = self.flow(closest, 0.0)
        if smallest.placed is None:
            raise TextDoesNotFit(smallest.blamed)
        largest = max(LEAST_DOTS, round(self.design.module_mm * POINTS_A_MM / self.box.dot))
        for dots in range(largest, LEAST_DOTS - 1, -1):
            frame = _frame(self.design, self.box, symbol, dots * self.box.dot)
            if frame is not None and (placed := self.flow(frame, 1.0).placed):
                return self._largest(frame, placed, 1.0, most)
        return self._largest(closest, smallest.placed, 0.0, 1.0)

    def _largest(self, frame: "_Frame", fits: Placed, low: float, high: float) -> Placed:
        """Halving: all texts grow together."""
        for _ in range(_STEPS if high > low else 0):
            middle = (low + high) / 2
            if larger := self.flow(frame, middle).placed:
                fits, low = larger, middle
            else:
                high = middle
        return fits

    def flow(self, frame: "_Frame", factor: float) -> "_Flowed":
        """All rows at this factor, or the field to blame: one too wide, else the one that takes most lines."""
        rows, leading = self.design.rows, self.design.leading
        pen = _Pen(frame, leading, may_break=self.may_break)
        for row in rows:
            too_wide = pen.write_row(row, _size(row, factor))
            if too_wide is not None:
                return _Flowed(None, too_wide)
        height = pen.y - _size(rows[-1], factor) * (leading - ASCENT - DESCENT)
        if height > frame.box.height + _EPSILON:
            return _Flowed(None, max(pen.lines_of, key=lambda part: (pen.lines_of[part], len(part.text))).field)
        lines = (*frame.banner, *pen.lines)
        return _Flowed(Placed(lines, frame.symbol, frame.bar, max(height, frame.below)), "")


@dataclass(frozen=True, slots=True)
class _Frame:
    """The box without banner and symbol: a line that begins above `below` ends at `narrow`, others at `width`."""

    box: Box
    symbol: PlacedSymbol
    banner: tuple[Line, ...]
    bar: float
    top: float
    narrow: float
    below: float


def _frame(design: Design, box: Box, symbol: Symbol, module: float) -> _Frame | None:
    """`None` where a symbol of this size leaves no room."""
    banner, bar = _banner(design.banner, box)
    top = bar + (0.8 * POINTS_A_MM if bar else 0)
    quiet = symbol.quiet * module
    side = symbol.size * module + 2 * quiet
    if top + side > box.height + _EPSILON or side > box.width * 0.45:
        return None
    # Whole dots from the page's corner, so that each module is printed as wide as the next.
    x = _on_dot(box.x + box.width - side + quiet, box.dot) - box.x
    y = _on_dot(box.y + top + quiet, box.dot, up=True) - box.y
    placed = PlacedSymbol(symbol, x, y, module)
    return _Frame(box, placed, banner, bar, top, x - quiet - _GAP, y + symbol.size * module + quiet)


def _on_dot(length: float, dot: float, *, up: bool = False) -> float:
    """The last whole dot before `length`, or the first after it."""
    return (math.ceil(length / dot - _EPSILON) if up else math.floor(length / dot + _EPSILON)) * dot


def _banner(part: Part | None, box: Box) -> tuple[tuple[Line, ...], float]:
    """In one line, or its two halves in two where that reads larger."""
    if part is None:
        return (), 0.0
    in_one, in_two = [part.text], part.text.split(" · ")
    texts, size = max(((each, _banner_size(each, box)) for each in (in_one, in_two)), key=lambda found: found[1])
    if size < _BANNER[1]:
        raise TextDoesNotFit(part.field)
    lines = tuple(
        Line(
            part.field,
            text,
            (box.width - width_at_one_point(text, is_bold=True) * size) / 2,
            size * (0.15 + ASCENT + number * _BANNER_LEADING),
            size,
            is_bold=True,
            is_white=True,
        )
        for number, text in enumerate(texts)
    )
    return lines, size * (0.15 + ASCENT + DESCENT + (len(texts) - 1) * _BANNER_LEADING)


def _banner_size(texts: Sequence[str], box: Box) -> float:
    """The largest that fits the width and leaves most of the height to the rest."""
    widest = max(width_at_one_point(text, is_bold=True) for text in texts)
    height = box.height * _BANNER_SHARE / (1.33 + (len(texts) - 1) * _BANNER_LEADING)
    return min(_BANNER[0], (box.width - 4) / widest, height)


@dataclass(frozen=True, slots=True)
class _Flowed:
    placed: Placed | None
    blamed: str


def _size(row: Row, factor: float) -> float:
    """0 is the least size, 1 the preferred, 2 the most."""
    if factor <= 1:
        return row.least + (row.size - row.least) * factor
    return row.size + (row.most - row.size) * (factor - 1)


class _Pen:
    """Writes parts one after another into the lines around the symbol."""

    def __init__(self, frame: _Frame, leading: float, *, may_break: bool) -> None:
        self.frame = frame
        self.y = frame.top
        self.may_break = may_break
        self.leading = leading
        self.x = 0.0
        self.lines: list[Line] = []
        self.lines_of: dict[Part, int] = {}

    def room(self) -> float:
        return self.frame.narrow if self.y < self.frame.below - _EPSILON else self.frame.box.width

    def write_row(self, row: Row, size: float) -> str | None:
        """The field that is too wide for any line, or nothing."""
        if self.lines:
            self.y += size * (self.leading - _CLOSEST) * _ROW_GAP
        self.x = 0.0
        for part in row.parts:
            if not self._write(part, size):
                return part.field
        self.y += size * self.leading
        return None

    def _write(self, part: Part, size: float) -> bool:
        gap = size * _BETWEEN if self.x else 0.0
        wide = width_at_one_point(part.text, is_bold=part.is_bold) * size
        if self.x + gap + wide <= self.room() + _EPSILON:
            self._put(part, part.text, self.x + gap, size, wide)
            return True
        if part.is_whole:
            if self.x:
                self._next_line(size)
            while wide > self.room() + _EPSILON and self.y < self.frame.below - _EPSILON:
                self._next_line(size)
            if wide > self.room() + _EPSILON:
                return False
            self._put(part, part.text, 0.0, size, wide)
            return True
        return self._write_words(part, size)

    def _write_words(self, part: Part, size: float) -> bool:
        if self.x:
            self._next_line(size)
        words = list(_words(part.text))
        start = 0
        while start < len(words):
            count = self._count(words[start:], part, size)
            if count == 0:
                if not self.may_break:
                    return False
                words[start : start + 1] = self._broken(words[start], part, size)
                count = 1 if self._count(words[start:], part, size) else 0
                if count == 0:
                    return False
            text = " ".join(words[start : start + count])
            self._put(part, text, 0.0, size, width_at_one_point(text, is_bold=part.is_bold) * size)
            start += count
            if start < len(words):
                self._next_line(size)
        return True

    def _count(self, words: Sequence[str], part: Part, size: float) -> int:
        """How many of the words fit on this line."""
        room, space = self.room() / size + _EPSILON, width_at_one_point(" ", is_bold=part.is_bold)
        used, count = -space, 0
        for word in words:
            used += space + width_at_one_point(word, is_bold=part.is_bold)
            if used > room:
                break
            count += 1
        return count

    def _broken(self, word: str, part: Part, size: float) -> list[str]:
        """A word wider than the line, parted where the line ends."""
        room = self.room() / size
        count = len(word)
        while count > 1 and width_at_one_point(word[:count], is_bold=part.is_bold) > room:
            count -= max(1, int((count - 1) * 0.1))
        return [word[:count], word[count:]] if count < len(word) else [word]

    def _put(self, part: Part, text: str, x: float, size: float, wide: float) -> None:  # where and what
        self.lines.append(Line(part.field, text, x, self.y + size * ASCENT, size, part.is_bold))
        self.lines_of[part] = self.lines_of.get(part, 0) + 1
        self.x = x + wide

    def _next_line(self, size: float) -> None:
        self.y += size * self.leading
        self.x = 0.0


@functools.lru_cache(maxsize=5_000)
def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split(" "))


def fields_of(designs: Sequence[Design]) -> Iterator[tuple[str, str]]:
    """What the fullest design says, field by field, for who writes it by hand."""
    design = designs[0]
    if design.banner is not None:
        yield design.banner.field, design.banner.text
    for row in design.rows:
        for part in row.parts:
            yield part.field, part.text
