"""People: who works here, their roles, links, responsibility, and the end of an account."""

from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from blueprints.access import requires
from blueprints.forms import Form, blank, load_form, shown_again
from blueprints.frame import frame, units
from blueprints.schemas.people import (
    ActivateSchema,
    ChangeRolesSchema,
    DeactivateSchema,
    InviteSchema,
    MakeResponsibleSchema,
)
from blueprints.unit_of_work import in_unit
from blueprints.visitor import current_actor, current_site_id
from inventory.access import ROLE_PERMISSIONS, Permission
from inventory.errors import RecordChanged, Refusal
from inventory.people import directory, invitations, memberships, sign_ins, tokens, users
from inventory.people.invitations import Invite, MakeLink
from inventory.people.memberships import EndResponsibility, MakeResponsible
from inventory.people.users import Activate, AddPerson, ChangeRoles, Deactivate
from inventory.units import ORGANISATION, Answer
from models.vocabulary import Role

bp = Blueprint("users", __name__, url_prefix="/people")

ROLES = (
    (Role.PHARMACIST, "Receives, releases, mixes and checks; manages products."),
    (Role.PRACTITIONER, "Mixes, checks and injects."),
    (Role.ASSISTANT, "Receives, prepares and mixes; releases and signs nothing."),
    (Role.AUDITOR, "Reads everything, traces, exports the audit log."),
    (Role.ADMINISTRATOR, "Manages people and the site."),
)
assert {role for role, _ in ROLES} == set(ROLE_PERMISSIONS)  # noqa: S101  # a role that nobody could be given


@bp.get("/")
@requires(Permission.MANAGE_USERS)
def show_all() -> ResponseReturnValue:
    with units().reading() as session:
        people = directory.people_of(session, current_actor())
    return render_template("users/list.html", people=people, can_invite=True)


def _show_person(user_id: int, *, refused: Form | None = None, refusal: Refusal | None = None) -> str:
    now = units().clock.now()
    with units().reading() as session:
        person = directory.get_person(session, current_actor(), user_id, now)
        forms = _forms(person)
        if refused is not None and not isinstance(refusal, RecordChanged):  # what changed meanwhile is shown as it is
            forms[refused.name] = refused
        return render_template(
            "users/show.html",
            person=person,
            sites_roles=person.roles_by_site,
            sites_choices=[(site.id, site.name) for site in person.roles_by_site],
            roles=ROLES,
            responsible=person.responsibilities,
            sign_ins=_running(session, user_id, now),
            forms=forms,
            refusal=refusal,
        )


def _forms(person: directory.PersonPage) -> dict[str, Form]:
    held = [f"{site.id}:{role.value}" for site in person.roles_by_site for role in site.chosen]
    return {
        "roles": Form("roles", chosen={"roles": held}, version=person.roles_version),
        "deactivate": blank("deactivate", person.version),
        "activate": blank("activate", person.version),
        "reset": blank("reset"),
        "responsible": blank("responsible"),
        "end": blank("end"),
    }


def _running(session: Session, user_id: int, now: datetime) -> list[dict[str, Any]]:
    return [
        {"started_at": row.started_at, "seen_at": row.seen_at, "address": row.address}
        for row in sign_ins.open_visits_of(session, user_id, now, frame().limits)
    ]


@bp.get("/<int:user_id>")
@requires(Permission.MANAGE_USERS)
def show(user_id: int) -> ResponseReturnValue:
    return _show_person(user_id)


def _show_invitation(*, refused: Form | None = None, refusal: Refusal | None = None) -> str:
    form = refused or blank("invite")
    return render_template("users/invite.html", form=form, roles=ROLES, refusal=refusal)


@bp.route("/invitation", methods=["GET", "POST"])
@requires(Permission.MANAGE_USERS)
@shown_again("invite", _show_invitation)
def invite() -> ResponseReturnValue:
    """Answered with the link itself, not a redirect: it is shown once and stored nowhere."""
    if request.method == "GET":
        return _show_invitation()
    entered = load_form(InviteSchema())
    person = AddPerson(entered["full_name"], entered["sign_in_name"], current_site_id(), frozenset(entered["roles"]))
    secret = tokens.new_secret()
    command = Invite(person, tokens.secret_hash(secret))
    answer = in_unit(ORGANISATION, lambda session, act: _made(invitations.invite(session, act, command).user_id))
    return _link_page(answer, secret)


@bp.post("/<int:user_id>/link")
@requires(Permission.MANAGE_USERS)
@shown_again("reset", _show_person)
def reset(user_id: int) -> ResponseReturnValue:
    secret = tokens.new_secret()
    command = MakeLink(user_id, tokens.secret_hash(secret))
    answer = in_unit(ORGANISATION, lambda session, act: _made(invitations.make_link(session, act, command).user_id))
    return _link_page(answer, secret)


def _made(user_id: int) -> Answer:
    return Answer(ids={"user_id": user_id})


def _link_page(answer: Answer, secret: str) -> ResponseReturnValue:
    user_id = int(answer.ids["user_id"])
    if answer.is_replay:
        flash("This link was already made and shown. If it was not handed over, make another.", "warning")
        return redirect(url_for("users.show", user_id=user_id), 303)
    with units().reading() as session:
        user = users.get_user(session, user_id)
        return render_template(
            "users/link.html",
            person={"id": user.id, "full_name": user.full_name},
            purpose="invitation" if user.password_hash is None else "reset",
            link=frame().public_url + url_for("sign_in.accept", token=secret),
            expires_at=units().clock.now() + invitations.VALID_FOR,
        )


@bp.post("/<int:user_id>/roles")
@requires(Permission.MANAGE_USERS)
@shown_again("roles", _show_person)
def change_roles(user_id: int) -> ResponseReturnValue:
    by_site, seen = load_form(ChangeRolesSchema())
    command = ChangeRoles(user_id, by_site, seen)
    in_unit(ORGANISATION, lambda session, act: _made(users.change_roles(session, act, command).id))
    flash("The roles are saved.", "success")
    return redirect(url_for("users.show_all") if user_id == current_actor().user_id else _person_url(user_id), 303)


@bp.post("/<int:user_id>/deactivation")
@requires(Permission.MANAGE_USERS)
@shown_again("deactivate", _show_person)
def deactivate(user_id: int) -> ResponseReturnValue:
    entered = load_form(DeactivateSchema())
    command = Deactivate(user_id, entered["version"], entered["reason"])
    in_unit(ORGANISATION, lambda session, act: _made(users.deactivate(session, act, command).id))
    flash("The account is closed, and whatever was signed in has ended.", "success")
    return redirect(_person_url(user_id), 303)


@bp.post("/<int:user_id>/activation")
@requires(Permission.MANAGE_USERS)
@shown_again("activate", _show_person)
def activate(user_id: int) -> ResponseReturnValue:
    command = Activate(user_id, load_form(ActivateSchema())["version"])
    in_unit(ORGANISATION, lambda session, act: _made(users.activate(session, act, command).id))
    flash("The account is open again.", "success")
    return redirect(_person_url(user_id), 303)


@bp.post("/<int:user_id>/responsibility")
@requires(Permission.MANAGE_USERS)
@shown_again("responsible", _show_person)
def make_responsible(user_id: int) -> ResponseReturnValue:
    entered = load_form(MakeResponsibleSchema())
    command = MakeResponsible(user_id, entered["site_id"], entered["from_on"], entered["until_on"])
    in_unit(ORGANISATION, lambda session, act: _made(memberships.make_responsible(session, act, command).user_id))
    flash("Saved. It holds from and until the days you chose.", "success")
    return redirect(_person_url(user_id), 303)


@bp.post("/<int:user_id>/responsibility/<int:responsible_person_id>/end")
@requires(Permission.MANAGE_USERS)
@shown_again("end", _show_person)
def end_responsibility(user_id: int, responsible_person_id: int) -> ResponseReturnValue:
    command = EndResponsibility(responsible_person_id)
    in_unit(ORGANISATION, lambda session, act: _made(memberships.end_responsibility(session, act, command).user_id))
    flash("The responsibility has ended.", "success")
    return redirect(_person_url(user_id), 303)


def _person_url(user_id: int) -> str:
    return url_for("users.show", user_id=user_id)
