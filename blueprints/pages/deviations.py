"""What was done against a rule: what waits for review, and what came of the others."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from blueprints.access import requires
from blueprints.arguments import read_arguments
from blueprints.forms import Form, blank, load_form, shown_again
from blueprints.frame import units
from blueprints.schemas.deviations import ReviewDeviationSchema
from blueprints.schemas.pages import DeviationsAsked
from blueprints.signing import signed
from blueprints.unit_of_work import at_site
from blueprints.visitor import current_site_id
from inventory.access import Act, Permission
from inventory.care import deviation_list, deviations
from inventory.errors import Refusal
from inventory.units import Answer

bp = Blueprint("deviations", __name__, url_prefix="/deviations")


def _show_all(*, refused: Form | None = None, refusal: Refusal | None = None, deviation_id: int | None = None) -> str:
    asked = read_arguments(DeviationsAsked()) if request.method == "GET" else {}
    with units().reading() as session:
        waiting = deviation_list.waiting_deviations(session, site_id=current_site_id())
        count = len(deviations.list_open_deviations(session, site_id=current_site_id()))
        reviewed = deviation_list.reviewed_deviations(session, site_id=current_site_id(), before_id=asked.get("before"))
    forms = {f"review-{line.id}": blank(f"review-{line.id}") for line in waiting}
    if refused is not None:
        forms[f"review-{deviation_id}"] = refused.named(f"review-{deviation_id}")
    is_cut = len(reviewed) == deviation_list.MOST
    return render_template(
        "deviations/list.html",
        waiting=waiting,
        count=count,
        reviewed=reviewed,
        newer_url=url_for("deviations.show_all") if "before" in asked else None,
        older_url=url_for("deviations.show_all", before=reviewed[-1].id) if is_cut else None,
        forms=forms,
        refusal=refusal,
    )


@bp.get("")
@requires(Permission.REVIEW_DEVIATION)
def show_all() -> ResponseReturnValue:
    return _show_all()


@bp.post("/<int:deviation_id>/review")
@requires(Permission.REVIEW_DEVIATION)
@shown_again("review", _show_all)
def review(deviation_id: int) -> ResponseReturnValue:
    command = signed(load_form(ReviewDeviationSchema({"deviation_id": deviation_id})))

    def work(session: Session, act: Act) -> Answer:
        return Answer(ids={"deviation_id": deviations.review_deviation(session, act, command).id})

    at_site(work)
    flash("The review is signed and kept with the record.", "success")
    return redirect(url_for("deviations.show_all"), 303)
