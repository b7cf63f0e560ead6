"""Draws labels onto the pages of a medium: vector, fonts embedded, metadata fixed."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

from reportlab.pdfgen.canvas import Canvas

from labels.contents import Content
from labels.designs import designs_of, unchecked_designs_of
from labels.errors import CountNotPossible, StartBeyondSheet, TextDoesNotFit, TextNotDrawable
from labels.layout import POINTS_A_MM, Box, Placed, fields_of, place
from labels.lettering import font_name
from labels.media import Medium

MOST_COPIES = 100
MOST_LABELS = 2_000
_SHORTEST_CUT = 15  # mm of an endless roll


def render_labels(contents: Sequence[Content], medium: Medium, *, start: int = 1, copies: int = 1) -> bytes:
    """A PDF with each label `copies` times. `start`: the first position to print on, counted from 1 by rows.

    Raises `TextDoesNotFit`, `TextNotDrawable`, `StartBeyondSheet` and `CountNotPossible`; then nothing is drawn.
    """
    _refuse(contents, medium, start, copies)
    placed = _placed(contents, medium)
    stream = io.BytesIO()
    canvas = Canvas(stream, invariant=1, pageCompression=1)
    canvas.setTitle("Labels")
    canvas.setAuthor("Vialtrace")
    canvas.setCreator("Vialtrace")
    everything = [each for each in placed for _ in range(copies)]
    position = start - 1
    for number, each in enumerate(everything):
        if number and position % medium.labels_a_page == 0:
            canvas.showPage()
        _draw(canvas, medium, each, position % medium.labels_a_page)
        position += 1
    canvas.showPage()
    canvas.save()
    return stream.getvalue()


def said_by(content: Content) -> tuple[tuple[str, str], ...]:
    """Field and text of all that the label says, to be written by hand."""
    return tuple(fields_of(unchecked_designs_of(content)))


def _refuse(contents: Sequence[Content], medium: Medium, start: int, copies: int) -> None:
    if not 1 <= copies <= MOST_COPIES:
        raise CountNotPossible("copies of each label", copies, MOST_COPIES)
    if not 1 <= len(contents) * copies <= MOST_LABELS:
        raise CountNotPossible("labels at once", len(contents) * copies, MOST_LABELS)
    if not 1 <= start <= medium.labels_a_page:
        raise StartBeyondSheet(start, medium.labels_a_page)


@dataclass(frozen=True, slots=True)
class _Label:
    placed: Placed
    box: Box


def _placed(contents: Sequence[Content], medium: Medium) -> list[_Label]:
    box = box_of(medium)
    found: list[_Label] = []
    for number, content in enumerate(contents, 1):
        try:
            found.append(_Label(place(designs_of(content), box, may_grow=not medium.is_continuous), box))
        except (TextDoesNotFit, TextNotDrawable) as problem:
            problem.label = number
            raise
    return found


def box_of(medium: Medium) -> Box:
    """The first label's; the others are moved from it by whole dots."""
    inset = float(medium.inset) * POINTS_A_MM
    return Box(
        x=float(medium.left) * POINTS_A_MM + inset,
        y=float(medium.top) * POINTS_A_MM + inset,
        width=float(medium.width) * POINTS_A_MM - 2 * inset,
        height=float(medium.height) * POINTS_A_MM - 2 * inset,
        dot=72 / medium.dpi,
    )


def _draw(canvas: Canvas, medium: Medium, label: _Label, position: int) -> None:
    placed, box = label.placed, label.box
    page_height = _page_height(medium, placed)
    if position == 0 or medium.is_continuous:
        canvas.setPageSize((float(medium.page_width) * POINTS_A_MM, page_height))
    row, column = divmod(position, medium.columns)
    left = box.x + _whole_dots(float(medium.pitch_x) * POINTS_A_MM * column, box.dot)
    top = page_height - box.y - _whole_dots(float(medium.pitch_y) * POINTS_A_MM * row, box.dot)
    _draw_symbol(canvas, placed, left, top)
    if placed.bar:
        canvas.rect(left, top - placed.bar, box.width, placed.bar, stroke=0, fill=1)
    _draw_lines(canvas, placed, left, top)


def _page_height(medium: Medium, placed: Placed) -> float:
    if not medium.is_continuous:
        return float(medium.page_height) * POINTS_A_MM
    return max(placed.height + 2 * float(medium.inset) * POINTS_A_MM, _SHORTEST_CUT * POINTS_A_MM)


def _whole_dots(length: float, dot: float) -> float:
    """Each label stands on the grid of the first, so that its symbol stays on whole dots."""
    return round(length / dot) * dot


def _draw_symbol(canvas: Canvas, placed: Placed, left: float, top: float) -> None:
    symbol = placed.symbol
    canvas.saveState()
    # From here one is a module and y runs downwards.
    canvas.transform(symbol.module, 0, 0, -symbol.module, left + symbol.x, top - symbol.y)
    path = canvas.beginPath()  # one path, one fill: no hairlines between modules
    for across, down, width, height in symbol.symbol.marks:
        path.rect(across, down, width, height)
    canvas.drawPath(path, stroke=0, fill=1)
    canvas.restoreState()


def _draw_lines(canvas: Canvas, placed: Placed, left: float, top: float) -> None:
    for line in placed.lines:
        canvas.setFillGray(1 if line.is_white else 0)
        canvas.setFont(font_name(is_bold=line.is_bold), line.size)
        canvas.drawString(left + line.x, top - line.baseline, line.text)
    canvas.setFillGray(0)
