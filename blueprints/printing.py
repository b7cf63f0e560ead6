"""Sheets of labels become PDFs; what cannot be drawn is refused in the clinic's words.

The drawing library is loaded when the first label is drawn: a start does not wait for it.
"""

from collections.abc import Sequence

from flask import Response, make_response

from inventory.labelling.errors import LabelTextNotDrawable, LabelTextTooLong, StartNotOnSheet, TooManyLabels
from inventory.labelling.prints import Sheet
from labels.contents import Content
from labels.errors import CountNotPossible, StartBeyondSheet, TextDoesNotFit, TextNotDrawable

# A PDF is shown inside our own pages and nowhere else.
_FRAMED = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'",
    "X-Frame-Options": "SAMEORIGIN",
}


def drawn(sheet: Sheet) -> bytes:
    """The PDF of a sheet. Raises `LabelTextTooLong`, `LabelTextNotDrawable`, `StartNotOnSheet`, `TooManyLabels`."""
    from labels.rendering import render_labels  # noqa: PLC0415  # see above

    try:
        return render_labels(sheet.contents, sheet.medium, start=sheet.start, copies=sheet.copies)
    except TextDoesNotFit as problem:
        raise LabelTextTooLong(problem.field, problem.label, sheet.medium.name) from problem
    except TextNotDrawable as problem:
        raise LabelTextNotDrawable(problem.field, problem.label, problem.characters) from problem
    except StartBeyondSheet as problem:
        raise StartNotOnSheet(problem.start, problem.labels_a_sheet) from problem
    except CountNotPossible as problem:
        raise TooManyLabels(problem.counted, problem.count, problem.most) from problem


def said(contents: Sequence[Content]) -> list[tuple[tuple[str, str], ...]]:
    """Field and text of each label, for a hand."""
    from labels.rendering import said_by  # noqa: PLC0415  # as above

    return [said_by(content) for content in contents]


def pdf_answer(pdf: bytes, name: str) -> Response:
    answer = make_response(pdf)
    answer.mimetype = "application/pdf"
    answer.headers["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    return framed(answer)


def framed(answer: Response) -> Response:
    """Let our own pages show this answer inside them."""
    answer.headers.update(_FRAMED)
    return answer
