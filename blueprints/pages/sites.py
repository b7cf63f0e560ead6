"""Working at another of one's sites, and the word that the clock is right."""

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from blueprints.access import requires
from blueprints.forms import load_form
from blueprints.frame import units
from blueprints.schemas.people import SwitchSiteSchema
from blueprints.visitor import current_actor, current_visit
from inventory.access import Permission
from inventory.people import sign_ins
from inventory.trusted_clock import confirm_clock as say_it_is_right

bp = Blueprint("sites", __name__)


@bp.post("/site")
@requires(Permission.SIGNED_IN)
def switch() -> ResponseReturnValue:
    site = sign_ins.switch_site(units(), current_visit(), load_form(SwitchSiteSchema())["site_id"])
    flash(f"You now work at {site}.", "success")
    return redirect(url_for("today.show"), 303)


@bp.post("/clock")
@requires(Permission.CONFIRM_CLOCK)
def confirm_clock() -> ResponseReturnValue:
    say_it_is_right(units(), current_actor())
    flash("Noted: the clock is right.", "success")
    return redirect(url_for("today.show"), 303)
