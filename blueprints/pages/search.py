"""The scan box. A POST, because what is typed here may be a name, and names never enter an address."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from blueprints.access import requires
from blueprints.forms import Form, blank, load_form
from blueprints.frame import units
from blueprints.pages.products import CHOICES
from blueprints.schemas.scanning import ScanSchema
from blueprints.visitor import current_actor, current_site_id
from inventory import scanning
from inventory.access import Permission
from inventory.errors import Refusal
from inventory.scanning import Answered, Meaning
from inventory.searching import FoundContainer, FoundPlace

bp = Blueprint("search", __name__)

# Pages of other areas that take it from here; offered where they are there.
_RECEIVE = "receiving.show_all"
_REQUEST_TRANSFER = "transfers.show_all"


@dataclass(frozen=True)
class Step:
    """What can be done now, for who may do it."""

    label: str
    url: str
    icon: str


@bp.post("/search")
@requires(Permission.VIEW_STOCK)
def scan() -> ResponseReturnValue:
    text = load_form(ScanSchema())["text"]
    return answer_page(text)


def answer_page(text: str) -> ResponseReturnValue:
    """The page of the one thing it means, or what it may mean. Raises the refusals of a bad code."""
    answered = _ask(text)
    only = _only_page(answered)
    if only is not None:
        meaning, url = only
        flash(meaning)
        return redirect(url, 303)
    return draw_answer(text, answered)


def draw_again(text: str, *, refused: Form | None = None, refusal: Refusal | None = None, **found: Any) -> str:
    """The answer once more, with a form of its page as it was filled in."""
    return draw_answer(text, _ask(text), refused=refused, refusal=refusal, **found)


def draw_answer(
    text: str, answered: Answered, *, refused: Form | None = None, refusal: Refusal | None = None, **found: Any
) -> str:
    forms = {name: blank(name) for name in ("find", "pick", "add")}
    if refused is not None:
        forms[refused.name] = refused
    template = "search/words.html" if answered.meaning is Meaning.WORDS else "search/scan.html"
    return render_template(
        template,
        text=text,
        answered=answered,
        elsewhere=_elsewhere(answered),
        steps=_steps(answered),
        may_learn=_may_learn(answered),
        forms=forms,
        refusal=refusal,
        **{"picked_from": None, "words": "", **found},
        **{name: CHOICES[name] for name in ("kinds", "regulatory", "units")},
    )


def _ask(text: str) -> Answered:
    with units().reading() as session:
        return scanning.answer_scan(session, text=text, site_id=current_site_id(), now=units().clock.now())


def _only_page(answered: Answered) -> tuple[str, str] | None:
    """What the text means and where that is shown, when it can mean one thing that has a page here."""
    container, place, lot = answered.container, answered.place, answered.lot
    if container is not None and container.site_id == current_site_id():
        return f"Scanned: vial or syringe {container.code}.", url_for("containers.show", code=container.code)
    if place is not None and place.site_id == current_site_id():
        return f"Scanned: place {place.name}. This is what is in it.", url_for("places.show", place_id=place.id)
    if answered.meaning is Meaning.LOT and lot is not None:
        return f"Found: lot {lot.lot_number} of {lot.product_name}.", url_for("lots.show", lot_id=lot.id)
    return None


def _elsewhere(answered: Answered) -> FoundContainer | FoundPlace | None:
    found = answered.container or answered.place
    return found if found is not None and found.site_id != current_site_id() else None


def _may_learn(answered: Answered) -> bool:
    is_unknown = answered.meaning is Meaning.UNKNOWN_BOX and not answered.seems_mistyped
    return is_unknown and Permission.MANAGE_CATALOGUE in current_actor().permissions


def _steps(answered: Answered) -> list[Step]:
    lot, product, container = answered.lot, answered.product, answered.container
    found = []
    if lot is not None:
        found.append(_step("The lot, and who received it", "route", "lots.show", Permission.VIEW_STOCK, lot_id=lot.id))
    if product is not None:
        found.append(_step("Receive it", "plus", _RECEIVE, Permission.RECEIVE_STOCK))
        about = {"product_id": product.id}
        found.append(_step("The product", "package", "products.show", Permission.VIEW_STOCK, **about))
    if container is not None:
        label, code = "It is here: request transfer", container.code
        found.append(_step(label, "arrow-right", _REQUEST_TRANSFER, Permission.TRANSFER_STOCK, code=code))
    return [step for step in found if step is not None]


def _step(label: str, icon: str, endpoint: str, permission: Permission, **about: Any) -> Step | None:
    """None where the page is not there, or not this person's."""
    is_there = endpoint in current_app.view_functions and permission in current_actor().permissions
    return Step(label, url_for(endpoint, **about), icon) if is_there else None
