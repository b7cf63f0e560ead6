"""The scan box. A POST, because what is typed here may be a name, and names never enter an address."""

from flask import Blueprint, redirect, render_template, url_for
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
from inventory.searching import Found

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
        return redirect(only, 303)
    return render_template("search/show.html", text=text, lots=found.lots, products=found.products)


def _only_page(found: Found) -> str | None:
    """Where to go when the text can mean one thing only."""
    if found.container is not None:
        if found.container.site_id != current_site_id():
            raise BelongsToAnotherSite(found.container.code, found.container.site)
        return url_for("containers.show", code=found.container.code)
    if len(found.lots) == 1 and not found.products:
        return url_for("lots.show", lot_id=found.lots[0].id)
    return None
