"""The first count: place by place with the scanner, line by line booked at once, until each place is done."""

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from blueprints.access import requires
from blueprints.arguments import read_arguments
from blueprints.forms import Form, blank, load_form, shown_again
from blueprints.frame import units
from blueprints.schemas.opening_stock import (
    DateTypedSchema,
    DeclareCompleteSchema,
    DeclarePlaceDoneSchema,
    OpeningFormSchema,
    ReopenPlaceSchema,
    ScanOnShelfSchema,
    TakeBackSchema,
)
from blueprints.schemas.pages import RecordedAsked
from blueprints.schemas.values import from_text
from blueprints.unit_of_work import at_site
from blueprints.visitor import current_actor, current_site_id
from inventory.access import Act, Permission
from inventory.catalogue import products
from inventory.errors import InvalidExpiry, OnlyIntoHold, Refusal
from inventory.rules.expiry import is_expired
from inventory.rules.typed_expiry import typed_expiry
from inventory.stock import completeness, opening_stock, places
from inventory.stock.errors import LotLooksLike
from inventory.stock.shelf_scans import ScannedLine, read_shelf_code
from inventory.units import Answer
from models.organisation import Site

_LONGEST_NUMBER = 4  # digits of what can be counted in one line

bp = Blueprint("opening_stock", __name__, url_prefix="/first-count")


@dataclass(frozen=True)
class Read:
    """A code that was read, the line as it fills it, and a code scanned before that nobody recorded.

    `is_same_box`: its serial number was scanned just before, so it is no other box.
    """

    scanned: ScannedLine
    line: Form
    unrecorded: str | None
    is_same_box: bool


def _site_day(session: Session) -> tuple[date, ZoneInfo]:
    zone = ZoneInfo(session.get_one(Site, current_site_id()).time_zone)
    return units().clock.now().astimezone(zone).date(), zone


def _show_all(*, refused: Form | None = None, refusal: Refusal | None = None) -> str:
    with units().reading() as session:
        status = completeness.site_status(session, site_id=current_site_id())
        counted = places.containers_by_place(session, site_id=current_site_id())
    earliest = "" if status.earliest is None else status.earliest.isoformat()
    return render_template(
        "opening_stock/list.html",
        status=status,
        counted=counted,
        can_record=Permission.RECEIVE_STOCK in current_actor().permissions,
        can_declare=Permission.DECLARE_COMPLETE in current_actor().permissions,
        form=refused or blank("complete", since_on=earliest),
        refusal=refusal,
    )


@bp.get("")
@requires(Permission.VIEW_STOCK)
def show_all() -> ResponseReturnValue:
    return _show_all()


@bp.post("/complete")
@requires(Permission.DECLARE_COMPLETE)
@shown_again("complete", _show_all)
def declare_complete() -> ResponseReturnValue:
    command = load_form(DeclareCompleteSchema())

    def work(session: Session, act: Act) -> Answer:
        return Answer(ids={"site_id": completeness.declare_complete(session, act, command).id})

    at_site(work)
    flash("From that day on the records of this site are complete. Every trace says so.", "success")
    return redirect(url_for("opening_stock.show_all"), 303)


def _show(
    *,
    place_id: int,
    refused: Form | None = None,
    refusal: Refusal | None = None,
    read: Read | None = None,
    **_about: int,
) -> str:
    asked = read_arguments(RecordedAsked()) if request.method == "GET" else {}
    actor, site_id = current_actor(), current_site_id()
    with units().reading() as session:
        place = places.get_place(session, site_id, place_id)
        status = completeness.site_status(session, site_id=site_id)
        recorded = opening_stock.recorded_at_place(
            session, site_id=site_id, location_id=place_id, before=asked.get("before")
        )
        known = [(product.id, product.name) for product in products.list_products(session)]
    forms = {name: blank(name) for name in ("scan", "line", "done", "reopen", "taking-back")}
    if read is not None:
        forms["line"] = read.line
    if refused is not None:
        forms[refused.name] = refused
    if isinstance(refusal, OnlyIntoHold):
        forms["line"] = _offered_to_block(forms["line"], refusal)
    own = next(each for each in status.places if each.id == place_id)
    return render_template(
        "opening_stock/show.html",
        place=place,
        status=own,
        site_complete_since=status.complete_since,
        recorded=recorded,
        older_url=recorded.older_before
        and url_for("opening_stock.show", place_id=place_id, before=recorded.older_before),
        products=known,
        forms=forms,
        scanned=None if read is None else read.scanned,
        unrecorded=None if read is None else read.unrecorded,
        is_same_box=read is not None and read.is_same_box,
        focus=_focus(forms["line"], refusal),
        asks_another_lot=isinstance(refusal, LotLooksLike) or "is_another_lot" in forms["line"].entered,
        can_record=Permission.RECEIVE_STOCK in actor.permissions and not own.is_done,
        can_reopen=_may_reopen(own.is_done, status.complete_since is not None),
        can_correct=Permission.CORRECT_ENTRY in actor.permissions,
        can_learn=Permission.MANAGE_CATALOGUE in actor.permissions,
        user_id=actor.user_id,
        refusal=refusal,
    )


def _may_reopen(is_done: bool, is_complete: bool) -> bool:  # noqa: FBT001  # two facts of one question
    needed = Permission.DECLARE_COMPLETE if is_complete else Permission.RECEIVE_STOCK
    return is_done and needed in current_actor().permissions


def _offered_to_block(line: Form, refusal: OnlyIntoHold) -> Form:
    """The same line once more, with the reason that lets it in: the next Enter records it, blocked."""
    entered = {**line.entered, "hold_cause": line.entered.get("hold_cause") or refusal.problem}
    return Form(line.name, entered, line.chosen, line.errors, line.idempotency_key, line.version)


def _focus(line: Form, refusal: Refusal | None) -> str:
    """The one field that is missing, so that the next keystroke goes where it belongs."""
    if line.errors:
        return next(iter(line.errors))
    if not line.entered:
        return "scan"
    if isinstance(refusal, OnlyIntoHold):
        return "hold_cause"
    if isinstance(refusal, LotLooksLike):
        return "lot_number"
    missing = (name for name in ("product_id", "lot_number", "expires") if not line.entered.get(name))
    return next(missing, "packs")


@bp.get("/places/<int:place_id>")
@requires(Permission.VIEW_STOCK)
def show(place_id: int) -> ResponseReturnValue:
    return _show(place_id=place_id)


@bp.post("/places/<int:place_id>/scan")
@requires(Permission.RECEIVE_STOCK)
@shown_again("scan", _show)
def scan(place_id: int) -> ResponseReturnValue:
    asked = load_form(ScanOnShelfSchema())
    return _read_next(place_id, asked["scan"], asked.get("before"), asked["scanned_times"])


def _read_next(place_id: int, text: str, before: str | None, times: int) -> str:
    """Fill the form from a code. The same code again is one more; one with a serial number is the same box."""
    is_again = before is not None and before.strip() == text.strip()
    first = None if before is None or is_again or "\n" in before else before
    with units().reading() as session:
        today, _ = _site_day(session)
        scanned = read_shelf_code(session, text=text, before=first, today=today)
    is_one_more = is_again and scanned.serial is None
    line = _filled(scanned, times + 1 if is_one_more else times if is_again else 1, today)
    unrecorded = None if is_again or scanned.is_together else before
    is_same_box = is_again and scanned.serial is not None
    return _show(place_id=place_id, read=Read(scanned, line, unrecorded, is_same_box=is_same_box))


def _filled(scanned: ScannedLine, times: int, today: date) -> Form:
    expires_on = scanned.expires_on
    facts = {
        "product_id": scanned.product_id,
        "lot_number": scanned.lot_number,
        "expires": _typed(scanned),
        "scanned_times": times,
        "in_each": scanned.containers,
        "fullness": "sealed",
        "raw_scan": scanned.raw,
        "gtin": scanned.gtin,
        "serial": scanned.serial,
        "hold_cause": "expired" if expires_on is not None and is_expired(expires_on, today) else None,
    }
    return blank("line", **{name: fact for name, fact in facts.items() if fact is not None})


def _typed(scanned: ScannedLine) -> str | None:
    """As it would be typed, so that a month stays a month."""
    if scanned.expires_on is None:
        return None
    return f"{scanned.expires_on:%Y-%m}" if scanned.is_month_only else scanned.expires_on.isoformat()


@bp.post("/places/<int:place_id>/lines")
@requires(Permission.RECEIVE_STOCK)
@shown_again("line", _show)
def record(place_id: int) -> ResponseReturnValue:
    with units().reading() as session:
        today, zone = _site_day(session)
    into_number = request.form.get("packs", "").strip()
    if len(into_number) > _LONGEST_NUMBER:  # a scanner types wherever the cursor stands, and there it stands here
        return _read_scanned_number(place_id, into_number)
    command = load_form(OpeningFormSchema({"location_id": place_id, "today": today, "zone": zone}))

    def work(session: Session, act: Act) -> Answer:
        entry = opening_stock.record_with_photo(session, act, command)
        session.flush()  # the answer names the entry
        return Answer(location=url_for("opening_stock.show", place_id=place_id), ids={"entry_id": entry.id})

    answer = at_site(work)
    count = command.stock.lines[0].containers
    flash("This was already saved." if answer.is_replay else f"Recorded: {count}.", "success")
    return redirect(url_for("opening_stock.show", place_id=place_id), 303)


def _read_scanned_number(place_id: int, text: str) -> str:
    form = request.form
    asked = {"scan": text, "before": form.get("raw_scan"), "scanned_times": form.get("scanned_times")}
    known = ScanOnShelfSchema().load(
        from_text(ScanOnShelfSchema(), {name: each for name, each in asked.items() if each})
    )
    return _read_next(place_id, known["scan"], known.get("before"), known["scanned_times"])


@bp.post("/places/<int:place_id>/entries/<int:entry_id>/taking-back")
@requires(Permission.RECEIVE_STOCK)
@shown_again("taking-back", _show)
def take_back(place_id: int, entry_id: int) -> ResponseReturnValue:
    command = load_form(TakeBackSchema({"entry_id": entry_id}))

    def work(session: Session, act: Act) -> Answer:
        return Answer(ids={"entry_id": opening_stock.take_back(session, act, command).id})

    at_site(work)
    flash(f"No. {entry_id} is taken back.", "success")
    return redirect(url_for("opening_stock.show", place_id=place_id), 303)


@bp.post("/places/<int:place_id>/done")
@requires(Permission.RECEIVE_STOCK)
@shown_again("done", _show)
def declare_done(place_id: int) -> ResponseReturnValue:
    command = load_form(DeclarePlaceDoneSchema({"location_id": place_id}))

    def work(session: Session, act: Act) -> Answer:
        return Answer(ids={"location_id": completeness.declare_place_done(session, act, command).id})

    at_site(work)
    flash("The first count of this place is done.", "success")
    return redirect(url_for("opening_stock.show_all"), 303)


@bp.post("/places/<int:place_id>/reopening")
@requires(Permission.VIEW_STOCK)  # who may is the service's to say: it depends on whether the site is complete
@shown_again("reopen", _show)
def reopen(place_id: int) -> ResponseReturnValue:
    command = load_form(ReopenPlaceSchema({"location_id": place_id}))

    def work(session: Session, act: Act) -> Answer:
        return Answer(ids={"location_id": completeness.reopen_place(session, act, command).id})

    at_site(work)
    flash("The first count of this place is open again.", "success")
    return redirect(url_for("opening_stock.show", place_id=place_id), 303)


@bp.get("/date")
@requires(Permission.RECEIVE_STOCK)
def read_date() -> ResponseReturnValue:
    """What a date typed in short means, said beside its field before anything is recorded."""
    text = read_arguments(DateTypedSchema())["expires"]
    with units().reading() as session:
        today, _ = _site_day(session)
    try:
        printed = typed_expiry(text, today) if text else None
    except InvalidExpiry as refusal:
        return render_template("opening_stock/_date.html", printed=None, problem=refusal.what, is_over=False)
    is_over = printed is not None and is_expired(printed.expires_on, today)
    return render_template("opening_stock/_date.html", printed=printed, problem=None, is_over=is_over)
