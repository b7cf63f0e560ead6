"""One dialog for every label: what is printed, on what, a preview of the very bytes; and what to print again."""

from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from blueprints.access import requires
from blueprints.errors import status_of
from blueprints.forms import Form, blank, load_form, shown_again
from blueprints.frame import units
from blueprints.printing import drawn, framed, pdf_answer, said
from blueprints.schemas.labels import AddMediumSchema, ChooseLanguageSchema, LabelsAskedSchema, PrintPageSchema
from blueprints.schemas.values import from_text
from blueprints.seeing import note_access
from blueprints.unit_of_work import at_site
from blueprints.visitor import current_actor, current_site_id
from inventory.access import Act, Permission
from inventory.errors import Refusal
from inventory.labelling import media, prints, replacing, wording
from inventory.labelling.media import RetireMedium
from inventory.labelling.prints import PrintLabels, Sheet
from inventory.labelling.replacing import ToReplace
from inventory.labelling.wording import Labelled
from inventory.units import Answer
from labels.media import STOCK
from models.vocabulary import LabelKind, LabelLanguage

bp = Blueprint("labels", __name__, url_prefix="/labels")

MOST_LISTED = 40
_ASKED = ("kind", "code", "place_id", "delivery_id", "entry_id", "lot_id")


def _asked(values: "MultiDict[str, str]") -> tuple[PrintLabels, list[tuple[str, str]]]:
    """Which labels an address or a form asks for, and the same as pairs for the next form."""
    schema = LabelsAskedSchema()
    given: dict[str, Any] = {}
    pairs: list[tuple[str, str]] = []
    for name in _ASKED:
        texts = [text for text in values.getlist(name) if text != ""]
        if texts:
            given[name] = texts if name in ("code", "place_id") else texts[0]
            pairs += [(name, text) for text in (texts if name in ("code", "place_id") else texts[:1])]
    return schema.load(from_text(schema, given)), pairs


def _show(*, refused: Form | None = None, refusal: Refusal | None = None) -> str:
    actor = current_actor()
    command, pairs = _asked(request.form if request.method == "POST" else request.args)
    with units().reading() as session:
        found = wording.labels_asked(session, actor, command.asked)
        before = prints.earlier_prints(session, found)
        known = media.known_media(session, site_id=current_site_id())
        usual = media.usual_medium(session, actor=actor)
    lines = [_line(each, before) for each in found]
    return render_template(
        "labels/show.html",
        lines=lines[:MOST_LISTED],
        more=len(lines) - len(lines[:MOST_LISTED]),
        count=len(lines),
        again=sum(1 for line in lines if line["copies"]),
        media=[(medium.code, medium.name) for medium in known],
        pairs=pairs,
        by_hand_url=url_for("labels.by_hand", **_arguments(pairs)),
        form=refused or blank("labels", medium=usual, start=1, copies=1),
        refusal=refusal,
    )


def _arguments(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    several: dict[str, list[str]] = {}
    for name, text in pairs:
        several.setdefault(name, []).append(text)
    return dict(several)


def _line(each: Labelled, before: dict[prints.Target, prints.Earlier]) -> dict[str, Any]:
    """What a person knows the thing by. Never a patient's name: this list is no patient's page."""
    content = each.content
    earlier = before.get(prints.target(each))
    name = next(getattr(content, field) for field in ("product", "subject", "name") if hasattr(content, field))
    return {
        "kind": each.kind.value,
        "name": name,
        "code": getattr(content, "code", None) or getattr(content, "record", ""),
        "lot_number": getattr(content, "lot_number", None),
        "copies": 0 if earlier is None else earlier.copies,
    }


@bp.get("")
@requires(Permission.PRINT_LABELS)
def show() -> ResponseReturnValue:
    return _show()


@bp.post("/preview")
@requires(Permission.PRINT_LABELS)
def preview() -> ResponseReturnValue:
    """The PDF as it would be printed, and nothing recorded but whose name it shows."""
    try:
        command = load_form(PrintPageSchema())
        with units().reading() as session:
            sheet = prints.proposed_sheet(session, current_actor(), command)
        pdf = drawn(sheet)
    except Refusal as refusal:
        return framed(make_response(render_template("labels/refused.html", refusal=refusal), status_of(refusal)))
    _note_names(sheet, "preview of labels")
    return pdf_answer(pdf, "preview")


def _note_names(sheet: Sheet, page: str) -> None:
    for patient_id in sorted(sheet.patient_ids):
        note_access(page, patient_id)


@bp.post("", endpoint="print")
@requires(Permission.PRINT_LABELS)
@shown_again("labels", _show)
def print_labels() -> ResponseReturnValue:
    command = load_form(PrintPageSchema())
    with units().reading() as session:
        drawn(prints.proposed_sheet(session, current_actor(), command))  # refused before anything is recorded

    def work(session: Session, act: Act) -> Answer:
        sheet = prints.print_labels(session, act, command)
        return Answer(location=url_for("labels.fetch", sheet_id=sheet.id), ids={"sheet_id": sheet.id})

    answer = at_site(work)
    return redirect(answer.location or url_for("labels.show"), 303)


@bp.get("/sheets/<int:sheet_id>.pdf")
@requires(Permission.PRINT_LABELS)
def fetch(sheet_id: int) -> ResponseReturnValue:
    """A sheet as it was printed, for a few minutes, so that a paper jam needs no second print."""
    with units().reading() as session:
        sheet = prints.fetched_sheet(session, actor=current_actor(), sheet_id=sheet_id, now=units().clock.now())
    pdf = drawn(sheet)
    _note_names(sheet, f"labels {sheet_id}")
    return pdf_answer(pdf, f"labels-{sheet_id}")


def _show_by_hand(*, refused: Form | None = None, refusal: Refusal | None = None) -> str:
    command, pairs = _asked(request.form if request.method == "POST" else request.args)
    with units().reading() as session:
        found = wording.labels_asked(session, current_actor(), command.asked)
    for patient_id in sorted(
        {each.patient_id for each in found if each.shows_identity and each.patient_id is not None}
    ):
        note_access("labels to write by hand", patient_id)
    return render_template(
        "labels/by_hand.html",
        labels=said([each.content for each in found]),
        pairs=pairs,
        form=refused or blank("by-hand"),
        refusal=refusal,
    )


@bp.get("/by-hand")
@requires(Permission.PRINT_LABELS)
def by_hand() -> ResponseReturnValue:
    return _show_by_hand()


@bp.post("/by-hand")
@requires(Permission.PRINT_LABELS)
@shown_again("by-hand", _show_by_hand)
def write_by_hand() -> ResponseReturnValue:
    asked = load_form(PrintPageSchema()).asked
    command = PrintLabels(asked, is_by_hand=True)

    def work(session: Session, act: Act) -> Answer:
        return Answer(ids={"sheet_id": prints.print_labels(session, act, command).id})

    at_site(work)
    flash("Noted. They are on the list of labels to print.", "success")
    return redirect(url_for("labels.to_replace"), 303)


@bp.get("/to-print")
@requires(Permission.PRINT_LABELS)
def to_replace() -> ResponseReturnValue:
    with units().reading() as session:
        found = replacing.labels_to_replace(session, actor=current_actor())
    main = [each for each in found if each.kind is not LabelKind.HOLD]
    stickers = [each for each in found if each.kind is LabelKind.HOLD]
    return render_template(
        "labels/to_print.html",
        groups=[
            {"title": title, "kind": kind.value, "lines": lines, "url": _print_url(kind, lines)}
            for title, kind, lines in (
                ("Labels", LabelKind.CONTAINER, main),
                ("Stickers for what is blocked", LabelKind.HOLD, stickers),
            )
            if lines
        ],
        can_manage=Permission.MANAGE_SITE in current_actor().permissions,
    )


def _print_url(kind: LabelKind, lines: list[ToReplace]) -> str:
    """As many as an address safely carries; the others stay on the list."""
    return url_for("labels.show", kind=kind.value, code=[line.code for line in lines[:100]])


def _show_media(*, refused: Form | None = None, refusal: Refusal | None = None, **_where: int) -> str:
    with units().reading() as session:
        own = media.own_media(session, site_id=current_site_id())
        language = wording.language_of(session, current_site_id())
    forms = {
        "medium": blank("medium", columns=1, rows=1, inset="1.5", dpi=300),
        "language": blank("language", language=language.value),
        **{f"retire-{row.id}": blank(f"retire-{row.id}") for row in own},
    }
    if refused is not None:
        forms[refused.name] = refused
    return render_template(
        "labels/media.html",
        own=own,
        stock=[medium.name for medium in STOCK],
        languages=[language.value for language in LabelLanguage],
        forms=forms,
        refusal=refusal,
    )


@bp.get("/media", endpoint="media")
@requires(Permission.MANAGE_SITE)
def show_media() -> ResponseReturnValue:
    return _show_media()


@bp.post("/media")
@requires(Permission.MANAGE_SITE)
@shown_again("medium", _show_media)
def add_medium() -> ResponseReturnValue:
    command = load_form(AddMediumSchema())
    at_site(lambda session, act: Answer(ids={"medium_id": media.add_medium(session, act, command).id}))
    flash(f"{command.name} can be printed on.", "success")
    return redirect(url_for("labels.media"), 303)


@bp.post("/media/<int:medium_id>/retirement")
@requires(Permission.MANAGE_SITE)
@shown_again("medium", _show_media)
def retire_medium(medium_id: int) -> ResponseReturnValue:
    command = RetireMedium(medium_id)
    at_site(lambda session, act: Answer(ids={"medium_id": media.retire_medium(session, act, command).id}))
    flash("It is offered no more.", "success")
    return redirect(url_for("labels.media"), 303)


@bp.post("/language")
@requires(Permission.MANAGE_SITE)
@shown_again("language", _show_media)
def choose_language() -> ResponseReturnValue:
    command = load_form(ChooseLanguageSchema())
    at_site(lambda session, act: Answer(ids={"site_labels_id": media.choose_language(session, act, command).id}))
    flash("Labels are in this language from now on.", "success")
    return redirect(url_for("labels.media"), 303)
