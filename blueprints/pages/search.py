"""The scan box. A POST, because what is typed here may be a name, and names never enter an address."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from marshmallow import validate

from blueprints.access import requires
from blueprints.forms import load_form
from blueprints.frame import units
from blueprints.schemas import CommandSchema, Text
from blueprints.visitor import current_site_id
from inventory import searching
from inventory.access import Permission
from inventory.errors import BelongsToAnotherSite
from inventory.searching import CodeMeaning, Found, FoundContainer, FoundLot, FoundPatient, FoundPlace

bp = Blueprint("search", __name__)


class SearchSchema(CommandSchema):
    text = Text(required=True, validate=validate.Length(1, searching.LONGEST))


@bp.post("/search")
@requires(Permission.VIEW_STOCK)
def scan() -> ResponseReturnValue:
    text = load_form(SearchSchema())["text"]
    with units().reading() as session:
        found = searching.search(session, text=text)
    only = _only_page(found)
    if only is not None:
        meaning, url = only
        flash(meaning)
        return redirect(url, 303)
    return render_template(
        "search/show.html",
        text=text,
        patient=found.code.reference if isinstance(found.code, FoundPatient) else None,
        lots=found.lots,
        products=found.products,
    )


def _only_page(found: Found) -> tuple[str, str] | None:
    """What the text means and where that is shown, when it can mean one thing only."""
    if found.code is not None:
        return _page_of(found.code)
    if len(found.lots) == 1 and not found.products:
        return _page_of(found.lots[0])
    return None


def _page_of(meaning: CodeMeaning) -> tuple[str, str] | None:
    """Raises `BelongsToAnotherSite`: what another site has is never called unknown."""
    match meaning:
        case FoundContainer():
            _refuse_elsewhere(meaning.code, meaning)
            return f"Scanned: vial or syringe {meaning.code}.", url_for("containers.show", code=meaning.code)
        case FoundPlace():
            _refuse_elsewhere(meaning.name, meaning)
            return f"Scanned: place {meaning.name}. This is what is in it.", url_for("places.show", place_id=meaning.id)
        case FoundLot():
            return f"Found: lot {meaning.lot_number} of {meaning.product_name}.", url_for(
                "lots.show", lot_id=meaning.id
            )
        case FoundPatient():
            return None


def _refuse_elsewhere(called: str, found: FoundContainer | FoundPlace) -> None:
    if found.site_id != current_site_id():
        raise BelongsToAnotherSite(called, found.site)
