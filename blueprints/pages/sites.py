"""Working at another of one's sites."""

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from blueprints.access import requires
from blueprints.forms import load_form
from blueprints.frame import units
from blueprints.schemas.people import SwitchSiteSchema
from blueprints.visitor import current_visit
from inventory.access import Permission
from inventory.people import sign_ins

bp = Blueprint("sites", __name__)


@bp.post("/site")
@requires(Permission.SIGNED_IN)
def switch() -> ResponseReturnValue:
    site = sign_ins.switch_site(units(), current_visit(), load_form(SwitchSiteSchema())["site_id"])
    flash(f"You now work at {site}.", "success")
    return redirect(url_for("today.show"), 303)
