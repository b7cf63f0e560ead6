"""How each kind of label is arranged: rows of texts in the order of reading, with preferred, least and most sizes.

Order and least sizes: domain 7.1 and 1.9, LBL-01 to LBL-06. `designs_of` gives the full arrangement first, then those
for less room: lines closer together; without what the record alone need say; ingredients counted, with "see record".
In all of them: who and what it is, the lot, the deadline, the allergens and the code.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from labels.contents import (
    BatchLabel,
    ContainerLabel,
    Content,
    HoldLabel,
    OpenedLabel,
    PlaceLabel,
    RecallLabel,
    SyringeLabel,
)
from labels.errors import TextNotDrawable
from labels.lettering import LEADING, undrawable
from labels.tall_man import as_printed
from labels.words import WORDS, coded

FIXED = "Fixed words"
_TIGHT = 1.18  # as close as lines come without touching


@dataclass(frozen=True)
class Part:
    """A text with the name of its field. `is_whole`: not broken over lines, because half of it could be misread."""

    field: str
    text: str
    is_bold: bool = False
    is_whole: bool = False


@dataclass(frozen=True)
class Row:
    """Parts that stand beside each other while there is room. Sizes in points."""

    parts: tuple[Part, ...]
    size: float
    least: float
    most: float


@dataclass(frozen=True)
class Design:
    """`banner` is white on black across the top; `symbol` is drawn at the upper right, its modules near `module_mm`."""

    rows: tuple[Row, ...]
    symbol: str
    banner: Part | None = None
    module_mm: float = 0.5
    leading: float = LEADING


def designs_of(content: Content) -> tuple[Design, ...]:
    """The arrangements to try, the fullest first. Raises `TextNotDrawable` for what the fonts cannot draw."""
    return tuple(_checked(design) for design in unchecked_designs_of(content))


def unchecked_designs_of(content: Content) -> tuple[Design, ...]:
    """For a hand that can write what the fonts cannot."""
    return tuple(_with_demo(design, content) for design in _DESIGNS[type(content)](content))


def _checked(design: Design) -> Design:
    parts = [part for row in design.rows for part in row.parts]
    for part in parts if design.banner is None else [design.banner, *parts]:
        if characters := undrawable(part.text):
            raise TextNotDrawable(part.field, characters)
    return design


def _with_demo(design: Design, content: Content) -> Design:
    """DEMO stands with the code, where the eye goes to check a label."""
    if not content.is_demo:
        return design
    demo = Part("DEMO", WORDS[content.language]["demo"], is_bold=True, is_whole=True)
    last = design.rows[-1]
    return replace(design, rows=(*design.rows[:-1], replace(last, parts=(*last.parts, demo))))


def _row(size: float, least: float, most: float, *parts: Part | None) -> Row:
    return Row(tuple(part for part in parts if part is not None), size, least, most)


def _rows(*rows: Row) -> tuple[Row, ...]:
    return tuple(row for row in rows if row.parts)


def _whole(field: str, text: str, *, is_bold: bool = False) -> Part:
    return Part(field, text.replace(" ", "\u00a0"), is_bold=is_bold, is_whole=True)


def _lot(number: str | None, words: Any) -> Part | None:
    return None if number is None else Part("Lot number", f"{words['lot']}\u00a0{number}", is_bold=True, is_whole=True)


def _code(code: str) -> Part:
    return Part("Code", code, is_whole=True)


def _container(label: ContainerLabel) -> tuple[Design, ...]:
    words = WORDS[label.language]
    expires = label.expires and _whole("Expiry", f"{words['expires']} {label.expires}", is_bold=True)
    rows = _rows(
        _row(10, 6.5, 20, Part("Product", as_printed(label.product), is_bold=True), _whole("Content", label.content)),
        _row(9, 5.5, 16, _lot(label.lot_number, words), expires or None),
        _row(7.5, 5.5, 11, _code(label.code)),
    )
    return Design(rows, label.code), Design(rows, label.code, leading=_TIGHT)


def _opened(label: OpenedLabel) -> tuple[Design, ...]:
    """The deadline is what must be read; when and by whom it was opened is customary (domain 7.1)."""
    words = WORDS[label.language]
    opened = f"{words['opened']} {_together(label.opened)}"
    by = opened if label.opened_by is None else f"{opened} {words['by']} {label.opened_by}"
    full = Design(_opened_rows(label, words, by), label.code)
    return (
        full,
        *(Design(_opened_rows(label, words, text), label.code, leading=_TIGHT) for text in (by, opened, None)),
        Design(_opened_rows(label, words, None, is_parted=True), label.code, leading=_TIGHT),
    )


def _opened_rows(label: OpenedLabel, words: Any, opened: str | None, *, is_parted: bool = False) -> tuple[Row, ...]:
    deadline = _deadline("Discard after", words["discard_after"], label.discard_after, words, is_parted=is_parted)
    if label.is_session_only:
        deadline = (Part("Discard after", words["session_only"], is_bold=True),)
    kept = label.kept_for and _whole("Patient", f"{words['kept_for']} {label.kept_for}", is_bold=True)
    return _rows(
        _row(9, 6.5, 18, Part("Product", as_printed(label.product), is_bold=True)),
        _row(10, 6.5, 20, *deadline),
        _row(7.5, 5.5, 12, None if opened is None else Part("Opened", opened)),
        _row(7.5, 5.5, 12, kept or None),
        _row(7.5, 5.5, 12, _lot(label.lot_number, words), _code(label.code)),
    )


def _deadline(field: str, word: str, until: str | None, words: Any, *, is_parted: bool = False) -> tuple[Part, ...]:
    """The word may stand on the line above its time. `is_parted`: the clock time below the date, where it is narrow."""
    if until is None:
        return (Part(field, words["never"], is_bold=True),)
    times = until.split(" ") if is_parted else [until]
    return Part(field, word, is_bold=True), *(_whole(field, time, is_bold=True) for time in times)


def _together(moment: str) -> str:
    return moment.replace(" ", "\u00a0")


def _syringe(label: SyringeLabel) -> tuple[Design, ...]:
    words = WORDS[label.language]
    arranged = functools.partial(_syringe_rows, label, words)
    full = tuple(
        Part(f"Ingredient {number}", f"{as_printed(each.name)} {_together(each.amount)}")
        for number, each in enumerate(label.ingredients, 1)
    )
    counted = _counted(label, words)
    return (
        Design(arranged(full), label.code),
        Design(arranged(full), label.code, leading=_TIGHT),
        Design(arranged(full, is_short=True), label.code, leading=_TIGHT),
        Design(arranged(counted), label.code, leading=_TIGHT),
        Design(arranged(_counted(label, words, is_short=True), is_short=True), label.code, leading=_TIGHT),
    )


def _counted(label: SyringeLabel | BatchLabel, words: Any, *, is_short: bool = False) -> tuple[Part, ...]:
    """`is_short`: without the record's number, which the symbol leads to."""
    counted = words["ingredients"].format(count=len(label.ingredients))
    text = counted if is_short else f"{counted} {label.record}"
    return (Part("Ingredients", text, is_bold=True),)


def _syringe_rows(
    label: SyringeLabel, words: Any, ingredients: tuple[Part, ...], *, is_short: bool = False
) -> tuple[Row, ...]:
    made = () if is_short else _made(label, words)
    record = None if is_short else _whole("Record", f"{words['record']} {label.record}")
    return _rows(
        _row(10, 8, 16, *_patient(label, words)),
        # ISO 26825: letters of the name at least 2.5 mm tall, which is 10 points of this font (LBL-04).
        _row(
            10.5,
            10,
            18,
            Part("Name", as_printed(label.name), is_bold=True),
            _whole("Amount", label.amount, is_bold=True),
        ),
        _row(7.5, 5.5, 11, *ingredients),
        _row(9, 7, 16, *_deadline("Use before", words["use_before"], label.use_before, words)),
        _row(7.5, 6, 11, *_warnings(label, words), Part(FIXED, words["not_intravenous"], is_bold=True)),
        _row(6.5, 5.5, 9, *made),
        _row(6.5, 5.5, 9, _storage(label), record, _code(label.code)),
    )


def _patient(label: SyringeLabel, words: Any) -> tuple[Part | None, ...]:
    """Name and second identifier. A name that cannot be drawn is never half drawn: the reference stands for it."""
    reference = label.patient_reference and _whole(
        "Patient", label.patient_reference, is_bold=label.patient_name is None
    )
    if label.patient_name is None:
        return _whole(FIXED, words["patient"]) if reference else None, reference or None
    if undrawable(label.patient_name):
        return Part(FIXED, words["name_in_record"], is_bold=True), reference or None, _born(label, words)
    return Part("Patient name", label.patient_name, is_bold=True), _born(label, words) or reference or None


def _born(label: SyringeLabel, words: Any) -> Part | None:
    return None if label.born is None else _whole("Birth date", f"{words['born']} {label.born}")


def _warnings(label: SyringeLabel | BatchLabel, words: Any) -> tuple[Part, ...]:
    if not label.allergens:
        return ()
    named = ", ".join(_together(coded(each, label.language)) for each in label.allergens)
    return (Part("Allergens", f"{words['contains']}: {named}", is_bold=True),)


def _made(label: SyringeLabel | BatchLabel, words: Any) -> tuple[Part, ...]:
    checked = words["not_checked"] if label.checked_by is None else f"{words['checked']} {label.checked_by}"
    return (
        Part("Prepared", f"{words['prepared']} {_together(label.prepared)} {words['by']} {label.prepared_by}"),
        Part("Checked", checked),
    )


def _storage(label: SyringeLabel | BatchLabel) -> Part | None:
    return None if label.storage is None else _whole("Storage", coded(label.storage, label.language))


def _batch(label: BatchLabel) -> tuple[Design, ...]:
    words = WORDS[label.language]
    full = tuple(
        Part(f"Ingredient {number}", f"{as_printed(each.name)} {words['lot']}\u00a0{each.lot_number}")
        for number, each in enumerate(label.ingredients, 1)
    )
    counted = _counted(label, words)
    arranged = functools.partial(_batch_rows, label, words)
    return (
        Design(arranged(full), label.record),
        Design(arranged(full), label.record, leading=_TIGHT),
        Design(arranged(full, is_short=True), label.record, leading=_TIGHT),
        Design(arranged(counted), label.record, leading=_TIGHT),
        Design(arranged(_counted(label, words, is_short=True), is_short=True), label.record, leading=_TIGHT),
    )


def _batch_rows(
    label: BatchLabel, words: Any, ingredients: tuple[Part, ...], *, is_short: bool = False
) -> tuple[Row, ...]:
    made = () if is_short else _made(label, words)
    facility = None if is_short else Part("Facility", label.facility)
    record = _whole("Record", f"{words['record']} {label.record}", is_bold=True)
    name, amount = Part("Name", as_printed(label.name), is_bold=True), _whole("Amount", label.amount, is_bold=True)
    return _rows(
        _row(10.5, 7, 18, name, amount),
        _row(8, 6, 12, record, _whole("Containers", f"{label.containers} {words['containers']}")),
        _row(9, 7, 16, *_deadline("Use before", words["use_before"], label.use_before, words)),
        _row(7, 5.5, 10, *ingredients),
        _row(7.5, 6, 11, *_warnings(label, words), Part(FIXED, words["not_intravenous"], is_bold=True)),
        _row(6.5, 5.5, 9, *made),
        _row(6.5, 5.5, 9, _storage(label), facility),
    )


def _place(label: PlaceLabel) -> tuple[Design, ...]:
    rows = _rows(
        _row(16, 7, 34, Part("Place", label.name, is_bold=True)),
        _row(9, 5.5, 14, Part("Site", label.site)),
        _row(8, 5.5, 14, _code(label.code)),
    )
    return Design(rows, label.code, module_mm=0.8), Design(rows, label.code, leading=_TIGHT)


def _hold(label: HoldLabel) -> tuple[Design, ...]:
    """Always printable: a cause too long for the label is in the record, its kind is not left out."""
    words = WORDS[label.language]
    banner = Part(FIXED, words["blocked"], is_bold=True)
    because = Part("Blocked because", coded(label.kind, label.language), is_bold=True)
    cause = Part("What happened", " ".join(label.cause.split()))
    since = Part("Since", f"{words['since']} {_together(label.since)} {words['by']} {label.placed_by}")
    arranged = functools.partial(_blocked_rows, label, words)
    return (
        Design(arranged(because, cause, since), label.code, banner),
        Design(arranged(because, cause, since), label.code, banner, leading=_TIGHT),
        Design(arranged(because, None, since), label.code, banner, leading=_TIGHT),
        Design(arranged(because, None, None), label.code, banner, leading=_TIGHT),
        Design(_least_rows(label, words, because), label.code, banner, leading=_TIGHT),
    )


def _recall(label: RecallLabel) -> tuple[Design, ...]:
    words = WORDS[label.language]
    banner = Part(FIXED, words["recalled"], is_bold=True)
    reference = Part("Recall", " ".join(label.reference.split()))
    since = _whole("Since", f"{words['since']} {label.since}")
    arranged = functools.partial(_blocked_rows, label, words)
    return (
        Design(arranged(None, reference, since), label.code, banner),
        Design(arranged(None, reference, since), label.code, banner, leading=_TIGHT),
        Design(arranged(None, None, since), label.code, banner, leading=_TIGHT),
        Design(arranged(None, None, None), label.code, banner, leading=_TIGHT),
        Design(_least_rows(label, words, None), label.code, banner, leading=_TIGHT),
    )


def _blocked_rows(  # what both kinds say
    label: HoldLabel | RecallLabel, words: Any, because: Part | None, cause: Part | None, since: Part | None
) -> tuple[Row, ...]:
    return _rows(
        _row(9, 6, 16, because),
        _row(8.5, 5.5, 16, Part("Product", as_printed(label.subject), is_bold=True), _lot(label.lot_number, words)),
        _row(7.5, 5.5, 12, cause),
        _row(7, 5.5, 11, since, _code(label.code)),
    )


def _least_rows(label: HoldLabel | RecallLabel, words: Any, because: Part | None) -> tuple[Row, ...]:
    """It is stuck on the thing itself, which names its product."""
    return _rows(_row(9, 5.5, 9, because), _row(7, 5.5, 9, _lot(label.lot_number, words), _code(label.code)))


_DESIGNS: dict[type, Callable[[Any], tuple[Design, ...]]] = {
    ContainerLabel: _container,
    OpenedLabel: _opened,
    SyringeLabel: _syringe,
    BatchLabel: _batch,
    PlaceLabel: _place,
    HoldLabel: _hold,
    RecallLabel: _recall,
}
