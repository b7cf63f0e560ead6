"""Receiving, one screen and the keyboard alone: whose delivery it is, then scan after scan, then saved as a whole."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from blueprints.access import requires
from blueprints.arguments import read_arguments
from blueprints.attaching import handed_out
from blueprints.forms import Form, blank, load_form, shown_again
from blueprints.frame import units
from blueprints.pages.products import CHOICES
from blueprints.schemas.drafts import (
    AddDraftFileSchema,
    AddLineSchema,
    AnswerScanSchema,
    ChangeDraftSchema,
    ChangeLineSchema,
    DiscardDraftSchema,
    MakeProductForScanSchema,
    NameScanSchema,
    RemoveDraftFileSchema,
    RemoveLineSchema,
    SaveDraftSchema,
    StartDraftSchema,
    UndoScanSchema,
)
from blueprints.schemas.receiving_pages import ReceivingAsked, ScanFormSchema, UnknownAsked
from blueprints.unit_of_work import at_site, in_unit
from blueprints.visitor import current_actor, current_site_id
from inventory.access import Act, Permission
from inventory.catalogue.finding import WantedProducts, find_products
from inventory.catalogue.products import list_products
from inventory.catalogue.suppliers import list_suppliers
from inventory.errors import RecordNotFound, Refusal
from inventory.evidence.audit import ORGANISATION_CHAIN
from inventory.evidence.canonical import amount_text
from inventory.people.memberships import people_who_may
from inventory.stock import draft_attaching, draft_lines, draft_scans, drafts, places, scan_answers, scan_products
from inventory.stock.draft_facts import DraftFacts, LineFacts, draft_facts, list_drafts
from inventory.stock.draft_scans import AddScan
from inventory.units import Answer, Scope
from models.catalogue import Supplier
from models.receiving import DeliveryDraft
from models.vocabulary import AttachmentKind, DeliveryLineKind, DraftScanState, Tracking, Unit

bp = Blueprint("receiving", __name__, url_prefix="/receiving")

FILE_KINDS = [kind.value for kind in AttachmentKind]
KINDS = [kind.value for kind in DeliveryLineKind]
MOST_OFFERED = 500
MOST_FOUND = 12


def _show_all(*, refused: Form | None = None, refusal: Refusal | None = None) -> str:
    with units().reading() as session:
        in_progress = list_drafts(session, site_id=current_site_id())
        form = refused or blank("start", **_usual_place(session))
        return render_template(
            "receiving/list.html",
            drafts=in_progress,
            form=form,
            refusal=refusal,
            may_manage=Permission.MANAGE_CATALOGUE in current_actor().permissions,
            **_address_choices(session),
        )


def _usual_place(session: Session) -> dict[str, int]:
    """The first place that is not for what is kept from use."""
    usual = [place.id for place in places.list_places(session, site_id=current_site_id()) if _is_usual(place)]
    return {"location_id": usual[0]} if usual else {}


def _is_usual(place: Any) -> bool:
    return place.kind.value == "storage" and not place.is_quarantine


def _address_choices(session: Session, supplier_id: int | None = None) -> dict[str, Any]:
    known = [(supplier.id, supplier.name) for supplier in list_suppliers(session)]
    if supplier_id is not None and supplier_id not in {key for key, _name in known}:
        known.append((supplier_id, session.get_one(Supplier, supplier_id).name))
    here = [(place.id, place.name) for place in places.list_places(session, site_id=current_site_id())]
    return {"suppliers": known, "places": here}


@bp.get("/")
@requires(Permission.RECEIVE_STOCK)
def show_all() -> ResponseReturnValue:
    return _show_all()


@bp.post("/")
@requires(Permission.RECEIVE_STOCK)
@shown_again("start", _show_all)
def start() -> ResponseReturnValue:
    command = load_form(StartDraftSchema())
    answer = at_site(lambda session, act: _saved(drafts.start_draft(session, act, command)))
    return _back_to(int(answer.ids["draft_id"]))


def _saved(draft: DeliveryDraft) -> Answer:
    return Answer(ids={"draft_id": draft.id, "version": draft.version})


def _back_to(draft_id: int, **where: Any) -> ResponseReturnValue:
    return redirect(url_for("receiving.show", draft_id=draft_id, **where), 303)


def _show(
    draft_id: int, *, refused: Form | None = None, refusal: Refusal | None = None, line_id: int | None = None, **_: int
) -> str:
    asked = read_arguments(ReceivingAsked()) if request.method == "GET" else {}
    with units().reading() as session:
        facts = draft_facts(session, actor=current_actor(), draft_id=draft_id, now=units().clock.now())
        choices = _address_choices(session, facts.supplier_id)
        names = [product.name for product in list_products(session)[:MOST_OFFERED]]
    open_line = _open_line(facts, line_id or asked.get("line"))
    kind = refused.entered.get("kind") if refused is not None and refused.name == "scan" else asked.get("kind")
    forms = _forms(facts, open_line, kind) | ({refused.name: refused} if refused is not None else {})
    return render_template(
        "receiving/show.html",
        draft=facts,
        open_line=open_line,
        forms=forms,
        focus=_focus(facts, open_line, refused),
        refusal=refusal,
        kinds=KINDS,
        file_kinds=FILE_KINDS,
        can_attach=Permission.ATTACH_FILE in current_actor().permissions,
        product_names=names,
        can_learn=Permission.MANAGE_CATALOGUE in current_actor().permissions,
        field_words=drafts.FIELD_WORDS,
        **choices,
    )


def _open_line(facts: DraftFacts, wanted: int | None) -> LineFacts | None:
    """The line to fill in: the one asked for, else the one changed last if something of it is missing."""
    by_id = {line.id: line for line in facts.lines}
    if wanted in by_id:
        return by_id[wanted]
    last = by_id.get(facts.current_line_id or 0)
    return last if last is not None and last.missing else None


def _focus(facts: DraftFacts, open_line: LineFacts | None, refused: Form | None) -> str:
    """Where the cursor goes: to what was refused, a question, the next missing field, else to the next scan."""
    if refused is not None and refused.name in ("scan", "line", "typed"):
        return refused.name
    if any(scan.state is not DraftScanState.ASKS_PRODUCT for scan in facts.questions):
        return "question"
    if open_line is not None:
        return open_line.missing[0] if open_line.missing else "packs"
    return "scan"


def _forms(facts: DraftFacts, open_line: LineFacts | None, kind: str | None) -> dict[str, Form]:
    address = {"supplier_id": facts.supplier_id, "reference": facts.reference, "location_id": facts.location_id}
    made = {
        "scan": blank("scan", kind=kind or DeliveryLineKind.BOUGHT.value),
        "head": blank("head", facts.version, **address),
        "save": blank("save", facts.version),
        "discard": blank("discard", facts.version),
        "undo": blank("undo"),
        "answer": blank("answer"),
        "typed": blank("typed", kind=DeliveryLineKind.BOUGHT.value, packs=1, per_pack=1),
        "attach": blank("attach", **_file_to_attach(facts, open_line)),
        "drop": blank("drop"),
        "remove": blank("remove", open_line.version if open_line else None),
    }
    if open_line is not None:
        made["line"] = _line_form(open_line)
    return made


def _file_to_attach(facts: DraftFacts, open_line: LineFacts | None) -> dict[str, Any]:
    """Of the line that is open; a photo, where something of it is damaged and nothing shows it yet."""
    if open_line is None:
        return {}
    has_file = any(file.line_id == open_line.id for file in facts.files)
    wanted = {"kind": AttachmentKind.PHOTO.value} if open_line.damaged and not has_file else {}
    return {"line_id": open_line.id, **wanted}


def _line_form(line: LineFacts) -> Form:
    entered = {
        "lot_number": line.lot_number or "",
        "expires": line.expires,
        "packs": line.packs,
        "per_pack": line.per_pack,
        "kind": line.kind.value,
        "damaged": line.damaged or "",
        "damage_reason": line.damage_reason or "",
        "unit_cost": "" if line.unit_cost is None else amount_text(line.unit_cost),
    }
    return blank("line", line.version, **entered)


@bp.get("/<int:draft_id>")
@requires(Permission.RECEIVE_STOCK)
def show(draft_id: int) -> ResponseReturnValue:
    with units().reading() as session:
        facts = draft_facts(session, actor=current_actor(), draft_id=draft_id, now=units().clock.now())
    if facts.delivery_id is not None:
        return redirect(url_for("deliveries.show", delivery_id=facts.delivery_id), 303)
    if facts.discarded_at is not None:
        flash(f"The delivery {facts.reference} was put away.", "message")
        return redirect(url_for("receiving.show_all"), 303)
    return _show(draft_id)


@bp.post("/<int:draft_id>/scans")
@requires(Permission.RECEIVE_STOCK)
@shown_again("scan", _show)
def add_scan(draft_id: int) -> ResponseReturnValue:
    sent = load_form(ScanFormSchema())
    return _take(AddScan(draft_id, sent["text"], sent["kind"]), sent["seen"])


def _take(command: AddScan, seen: int | None) -> ResponseReturnValue:
    answer = at_site(lambda session, act: _saved(draft_scans.add_scan(session, act, command)))
    _tell_of_others(command.draft_id, seen, int(answer.ids["version"]))
    where = {} if command.kind is DeliveryLineKind.BOUGHT else {"kind": command.kind.value}
    return _back_to(command.draft_id, **where)


def _tell_of_others(draft_id: int, seen: int | None, version: int) -> None:
    """A scan adds to what others scan at the same time; who sends it is told of what came between."""
    if seen is None or version <= seen + 1:
        return
    with units().reading() as session:
        between = drafts.changes_since(session, draft_id, seen)[1:]
    if between:
        flash(f"Meanwhile, newest first: {'; '.join(between)}.", "warning")


@bp.post("/<int:draft_id>/scans/<int:scan_id>/answer")
@requires(Permission.RECEIVE_STOCK)
@shown_again("answer", _show)
def answer_scan(draft_id: int, scan_id: int) -> ResponseReturnValue:
    command = load_form(AnswerScanSchema({"draft_id": draft_id, "scan_id": scan_id}))
    at_site(lambda session, act: _saved(scan_answers.answer_scan(session, act, command)))
    return _back_to(draft_id)


@bp.post("/<int:draft_id>/undo")
@requires(Permission.RECEIVE_STOCK)
@shown_again("undo", _show)
def undo(draft_id: int) -> ResponseReturnValue:
    command = load_form(UndoScanSchema({"draft_id": draft_id}))
    at_site(lambda session, act: _saved(draft_scans.undo_scan(session, act, command)))
    flash("The last scan is undone.", "success")
    return _back_to(draft_id)


@bp.post("/<int:draft_id>/lines")
@requires(Permission.RECEIVE_STOCK)
@shown_again("typed", _show)
def add_line(draft_id: int) -> ResponseReturnValue:
    command = load_form(AddLineSchema({"draft_id": draft_id}))

    def work(session: Session, act: Act) -> Answer:
        line = draft_lines.add_line(session, act, command)
        return Answer(ids={"draft_id": line.draft_id, "line_id": line.id})

    at_site(work)
    return _back_to(draft_id)


@bp.post("/<int:draft_id>/lines/<int:line_id>")
@requires(Permission.RECEIVE_STOCK)
@shown_again("line", _show)
def change_line(draft_id: int, line_id: int) -> ResponseReturnValue:
    typed = request.form.get("lot_number", "")
    if draft_scans.is_symbol(typed, units().clock.now().date()):  # the cursor was here when the next symbol was scanned
        return _take(AddScan(draft_id, typed), None)
    command = load_form(ChangeLineSchema({"draft_id": draft_id, "line_id": line_id}))

    def work(session: Session, act: Act) -> Answer:
        line = draft_lines.change_line(session, act, command)
        return Answer(ids={"draft_id": line.draft_id, "line_id": line.id})

    at_site(work)
    return _back_to(draft_id)


@bp.post("/<int:draft_id>/lines/<int:line_id>/removal")
@requires(Permission.RECEIVE_STOCK)
@shown_again("remove", _show)
def remove_line(draft_id: int, line_id: int) -> ResponseReturnValue:
    command = load_form(RemoveLineSchema({"draft_id": draft_id, "line_id": line_id}))
    at_site(lambda session, act: _saved(draft_lines.remove_line(session, act, command)))
    flash("The line is removed.", "success")
    return _back_to(draft_id)


@bp.post("/<int:draft_id>/address")
@requires(Permission.RECEIVE_STOCK)
@shown_again("head", _show)
def change(draft_id: int) -> ResponseReturnValue:
    command = load_form(ChangeDraftSchema({"draft_id": draft_id}))
    at_site(lambda session, act: _saved(drafts.change_draft(session, act, command)))
    return _back_to(draft_id)


@bp.post("/<int:draft_id>/files")
@requires(Permission.ATTACH_FILE)
@shown_again("attach", _show)
def add_file(draft_id: int) -> ResponseReturnValue:
    command = load_form(AddDraftFileSchema({"draft_id": draft_id}))

    def work(session: Session, act: Act) -> Answer:
        file = draft_attaching.add_draft_file(session, act, command)
        return Answer(ids={"draft_id": file.draft_id, "file_id": file.id})

    at_site(work)
    flash("The file is attached. It goes with the delivery when that is saved.", "success")
    return _back_to(draft_id)


@bp.get("/<int:draft_id>/files/<int:file_id>")
@requires(Permission.RECEIVE_STOCK)
def hand_out_file(draft_id: int, file_id: int) -> ResponseReturnValue:
    with units().reading() as session:
        kept = draft_attaching.kept_draft_file(session, actor=current_actor(), draft_id=draft_id, file_id=file_id)
    return handed_out(kept)


@bp.post("/<int:draft_id>/files/<int:file_id>/removal")
@requires(Permission.ATTACH_FILE)
@shown_again("drop", _show)
def remove_file(draft_id: int, file_id: int) -> ResponseReturnValue:
    command = load_form(RemoveDraftFileSchema({"draft_id": draft_id, "file_id": file_id}))
    at_site(lambda session, act: _saved(draft_attaching.remove_draft_file(session, act, command)))
    flash("The file is removed.", "success")
    return _back_to(draft_id)


@bp.post("/<int:draft_id>/saving")
@requires(Permission.RECEIVE_STOCK)
@shown_again("save", _show)
def save(draft_id: int) -> ResponseReturnValue:
    command = load_form(SaveDraftSchema({"draft_id": draft_id}))

    def work(session: Session, act: Act) -> Answer:
        return Answer(ids={"delivery_id": drafts.save_draft(session, act, command).id})

    answer = at_site(work)
    flash("The delivery is saved.", "success")
    return redirect(url_for("deliveries.show", delivery_id=answer.ids["delivery_id"]), 303)


@bp.post("/<int:draft_id>/discarding")
@requires(Permission.RECEIVE_STOCK)
@shown_again("discard", _show)
def discard(draft_id: int) -> ResponseReturnValue:
    command = load_form(DiscardDraftSchema({"draft_id": draft_id}))
    at_site(lambda session, act: _saved(drafts.discard_draft(session, act, command)))
    flash("The delivery in progress is put away. Nothing of it was booked.", "success")
    return redirect(url_for("receiving.show_all"), 303)


def _show_unknown(draft_id: int, scan_id: int, *, refused: Form | None = None, refusal: Refusal | None = None) -> str:
    """What is this? What was scanned, products to choose from, and a new one to make."""
    asked = read_arguments(UnknownAsked()) if request.method == "GET" else {}
    actor = current_actor()
    with units().reading() as session:
        facts = draft_facts(session, actor=actor, draft_id=draft_id, now=units().clock.now())
        scan = next((each for each in facts.questions if each.id == scan_id), None)
        if scan is None:
            raise RecordNotFound("question about scan", str(scan_id))
        text = asked.get("text", "")
        found, more = find_products(session, wanted=WantedProducts(text), most=MOST_FOUND)
        can_learn = Permission.MANAGE_CATALOGUE in actor.permissions
        who = [] if can_learn else people_who_may(session, Permission.MANAGE_CATALOGUE, site_id=current_site_id())
    in_box = {} if scan.count is None else {"containers_per_pack": scan.count}
    forms = {
        "name": blank("name", **in_box),
        "make": blank("make", unit=Unit.ML.value, tracking=Tracking.EACH.value, **in_box),
    }
    return render_template(
        "receiving/unknown.html",
        draft=facts,
        scan=scan,
        products=[product for product in found if product.regulatory_class.value != "compounded_here"],
        has_more=more is not None,
        text=text,
        can_learn=can_learn,
        who=who,
        forms=forms | ({refused.name: refused} if refused is not None else {}),
        refusal=refusal,
        **CHOICES,
    )


@bp.get("/<int:draft_id>/scans/<int:scan_id>")
@requires(Permission.RECEIVE_STOCK)
def show_unknown(draft_id: int, scan_id: int) -> ResponseReturnValue:
    return _show_unknown(draft_id, scan_id)


def _with_catalogue() -> Scope:
    """A code is learnt for the organisation, and the draft is the site's: both are locked."""
    return Scope(frozenset({ORGANISATION_CHAIN, current_site_id()}))


@bp.post("/<int:draft_id>/scans/<int:scan_id>/product")
@requires(Permission.MANAGE_CATALOGUE)
@shown_again("name", _show_unknown)
def name_scan(draft_id: int, scan_id: int) -> ResponseReturnValue:
    command = load_form(NameScanSchema({"draft_id": draft_id, "scan_id": scan_id}))
    in_unit(_with_catalogue(), lambda session, act: _saved(scan_products.name_scan(session, act, command)))
    flash("The code is known now.", "success")
    return _back_to(draft_id)


@bp.post("/<int:draft_id>/scans/<int:scan_id>/new-product")
@requires(Permission.MANAGE_CATALOGUE)
@shown_again("make", _show_unknown)
def make_product(draft_id: int, scan_id: int) -> ResponseReturnValue:
    command = load_form(MakeProductForScanSchema({"draft_id": draft_id, "scan_id": scan_id}))
    in_unit(_with_catalogue(), lambda session, act: _saved(scan_products.make_product_for_scan(session, act, command)))
    flash("The product is added and its code is known now.", "success")
    return _back_to(draft_id)
