"""What waits for release: the list, and one line with its checklist, certificate and decision."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from blueprints.access import requires
from blueprints.attaching import attached_to
from blueprints.forms import Form, blank, load_form, shown_again
from blueprints.frame import units
from blueprints.schemas.releasing import (
    AnsweredFormSchema,
    DisposeOfRejectedSchema,
    RejectLineSchema,
    ReleaseLineSchema,
)
from blueprints.signing import signed
from blueprints.unit_of_work import at_site
from blueprints.visitor import current_actor, current_site_id
from inventory.access import Act, Permission
from inventory.errors import Refusal
from inventory.people import memberships
from inventory.sites import site_facts
from inventory.stock import release_queue, releasing
from inventory.stock.release_queue import WaitingLine
from inventory.stock.releasing import AnswerChecks
from inventory.units import Answer
from models.vocabulary import CheckOutcome, RejectedGoes

bp = Blueprint("releasing", __name__, url_prefix="/release")

FORMS = ("checks", "release", "reject", "dispose")


@bp.get("")
@requires(Permission.VIEW_STOCK)
def show_all() -> ResponseReturnValue:
    with units().reading() as session:
        found = release_queue.waiting_lines(session, site_id=current_site_id())
    return render_template(
        "releasing/list.html",
        waiting=[line for line in found if line.waiting],
        rejected=[line for line in found if line.rejected],
    )


def _show(*, line_id: int, refused: Form | None = None, refusal: Refusal | None = None, decision_id: int = 0) -> str:
    actor, now = current_actor(), units().clock.now()
    with units().reading() as session:
        line = release_queue.release_line_facts(session, actor=actor, line_id=line_id)
        attached = attached_to(session, "delivery_line", line_id)
        responsible = memberships.responsible_names(session, site_id=current_site_id(), now=now)
        site = site_facts(session, site_id=current_site_id())
    return render_template(
        "releasing/show.html",
        line=line,
        attached=attached,
        responsible=responsible,
        can_check=Permission.RECEIVE_STOCK in actor.permissions,
        can_decide=Permission.RESPONSIBLE_PERSON in actor.permissions,
        disposals=_disposals(line),
        is_alone=site.demands_second_person and site.is_single_handed and line.received_by_id == actor.user_id,
        outcomes=[outcome.value for outcome in CheckOutcome],
        goals=[goes.value for goes in RejectedGoes],
        forms=_forms(line, refused, decision_id),
        refusal=refusal,
    )


def _forms(line: WaitingLine, refused: Form | None, decision_id: int) -> dict[str, Form]:
    """What is signed is always the text as it is now."""
    forms = {name: blank(name) for name in FORMS}
    forms |= {f"dispose-{decision.id}": blank(f"dispose-{decision.id}") for decision in line.decisions}
    if refused is not None:
        name = f"dispose-{decision_id}" if decision_id else refused.name
        forms[name] = refused.named(name)
    forms["release"] = replace(forms["release"], version=line.version)
    return forms


def _disposals(line: WaitingLine) -> dict[int, list[tuple[str, str, str]]]:
    """Rejection -> what this person can do with what is still here: address, words, tone. As decided comes first."""
    actor = current_actor()
    ways = {
        RejectedGoes.BACK: (Permission.RETURN_STOCK, "releasing.return_rejected", "Return", "primary"),
        RejectedGoes.DESTRUCTION: (Permission.DISCARD_STOCK, "releasing.destroy_rejected", "Destroy", "danger"),
    }
    offered: dict[int, list[tuple[str, str, str]]] = {}
    for decision in line.decisions:
        if not decision.still_here:
            continue
        in_order = sorted(ways, key=lambda goes, planned=decision.goes: goes is not planned)  # type: ignore[misc]  # the default binds it
        offered[decision.id] = [
            (url_for(endpoint, line_id=line.id, decision_id=decision.id), verb, tone)
            for permission, endpoint, verb, tone in (ways[goes] for goes in in_order)
            if permission in actor.permissions
        ]
    return offered


@bp.get("/<int:line_id>")
@requires(Permission.VIEW_STOCK)
def show(line_id: int) -> ResponseReturnValue:
    return _show(line_id=line_id)


@bp.post("/<int:line_id>/answers")
@requires(Permission.RECEIVE_STOCK)
@shown_again("checks", _show)
def answer(line_id: int) -> ResponseReturnValue:
    command = AnswerChecks(line_id, load_form(AnsweredFormSchema()))

    def work(session: Session, act: Act) -> Answer:
        return Answer(ids={"answers": len(releasing.answer_checks(session, act, command))})

    at_site(work)
    flash("The answers are kept.", "success")
    return redirect(url_for("releasing.show", line_id=line_id), 303)


@bp.post("/<int:line_id>/release")
@requires(Permission.RESPONSIBLE_PERSON)
@shown_again("release", _show)
def release(line_id: int) -> ResponseReturnValue:
    command = signed(load_form(ReleaseLineSchema({"line_id": line_id})))

    def work(session: Session, act: Act) -> Answer:
        return Answer(ids={"decision_id": releasing.release_line(session, act, command).id})

    at_site(work)
    flash("It is released and can be used.", "success")
    return redirect(url_for("releasing.show", line_id=line_id), 303)


@bp.post("/<int:line_id>/rejection")
@requires(Permission.RESPONSIBLE_PERSON)
@shown_again("reject", _show)
def reject(line_id: int) -> ResponseReturnValue:
    command = load_form(RejectLineSchema({"line_id": line_id}))

    def work(session: Session, act: Act) -> Answer:
        return Answer(ids={"decision_id": releasing.reject_line(session, act, command).id})

    at_site(work)
    flash("It is rejected. It stays blocked until it has left.", "success")
    return redirect(url_for("releasing.show", line_id=line_id), 303)


@bp.post("/<int:line_id>/rejections/<int:decision_id>/return")
@requires(Permission.RETURN_STOCK)
@shown_again("dispose", _show)
def return_rejected(line_id: int, decision_id: int) -> ResponseReturnValue:
    return _disposed(line_id, decision_id, releasing.return_rejected, "It is returned to the supplier.")


@bp.post("/<int:line_id>/rejections/<int:decision_id>/destruction")
@requires(Permission.DISCARD_STOCK)
@shown_again("dispose", _show)
def destroy_rejected(line_id: int, decision_id: int) -> ResponseReturnValue:
    return _disposed(line_id, decision_id, releasing.destroy_rejected, "It is destroyed.")


def _disposed(line_id: int, decision_id: int, service: Callable[..., Any], said: str) -> ResponseReturnValue:
    command = load_form(DisposeOfRejectedSchema({"decision_id": decision_id}))

    def work(session: Session, act: Act) -> Answer:
        service(session, act, command)
        return Answer()

    at_site(work)
    flash(said, "success")
    return redirect(url_for("releasing.show", line_id=line_id), 303)
