"""Before and around the sign-in: signing in and out, the locked screen, one-time links, the first set-up."""

import hmac
from dataclasses import replace

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_user, logout_user

from blueprints.access import even_locked, public, safe_next
from blueprints.forms import Form, blank, load_form, shown_again
from blueprints.frame import frame, units
from blueprints.places import COUNTRIES, time_zones
from blueprints.schemas.people import FirstRunSchema, NewPasswordSchema, SignInSchema, UnlockSchema
from blueprints.visitor import Visitor, address, current_visit, load_visitor, visitor
from inventory.access import INSTALLATION, Door
from inventory.errors import RecordNotFound, Refusal
from inventory.people import invitations, passwords, sign_ins
from inventory.people.errors import LinkNotValid, SignInEnded, WrongSetUpSecret
from inventory.people.invitations import LinkOwner, UseLink
from inventory.people.sign_ins import Credentials
from inventory.setting_up import AddSite, FirstPerson, SetUpInstallation, set_up
from inventory.units import ORGANISATION

bp = Blueprint("sign_in", __name__)


def _show_sign_in(*, refused: Form | None = None, refusal: Refusal | None = None) -> str:
    form = refused or blank("sign-in")
    if refusal is not None:
        form = replace(form, errors={"_schema": [f"{refusal.what} {refusal.remedy}"]})
    return render_template("sign_in/sign_in.html", form=form, next=request.values.get("next", ""))


@bp.route("/sign-in", endpoint="sign_in", methods=["GET", "POST"])
@public
@shown_again("sign-in", _show_sign_in)
def sign_in_page() -> ResponseReturnValue:
    if request.method == "GET":
        return _show_sign_in() if _is_initialised() else redirect(url_for("sign_in.first_run"), 303)
    credentials, next_page = load_form(SignInSchema())
    _enter(credentials)
    return redirect(safe_next(next_page), 303)


@bp.post("/sign-out")
@even_locked
def sign_out() -> ResponseReturnValue:
    sign_ins.sign_out(units(), current_visit())
    logout_user()
    session.clear()
    answer = make_response(redirect(url_for("sign_in.sign_in"), 303))
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'  # not the cookies: the next form needs a new one
    return answer


@bp.post("/lock")
@even_locked
def lock() -> ResponseReturnValue:
    sign_ins.lock(units(), current_visit())
    return redirect(url_for("sign_in.unlock", next=request.form.get("next", "").rstrip("?") or None), 303)


@bp.get("/stay")
@even_locked
def stay() -> ResponseReturnValue:
    """Somebody is still typing. A locked screen stays locked."""
    visit = current_visit()
    if not visit.is_locked:
        sign_ins.touch(units(), visit)
    return "", 204


def _show_locked(*, refused: Form | None = None, refusal: Refusal | None = None) -> str:
    form = refused or blank("unlock")
    if refusal is not None:
        form = replace(form, errors={"_schema": [f"{refusal.what} {refusal.remedy}"]})
    visit = current_visit()
    me = {"full_name": visit.full_name, "sign_in_name": visit.sign_in_name, "roles": ()}
    return render_template("sign_in/locked.html", me=me, form=form, next=request.values.get("next", ""))


@bp.route("/unlock", methods=["GET", "POST"])
@even_locked
@shown_again("unlock", _show_locked)
def unlock() -> ResponseReturnValue:
    visit = current_visit()
    if not visit.is_locked:
        return redirect(safe_next(request.values.get("next", "")), 303)
    if request.method == "GET":
        return _show_locked()
    entered = load_form(UnlockSchema())
    sign_ins.unlock(units(), frame().passwords, visit, entered["password"], address())
    return redirect(safe_next(entered["next"]), 303)


def _owner(token: str) -> LinkOwner:
    with units().reading() as reading:
        owner = invitations.find_owner(reading, token, units().clock.now())
    if owner is None:
        raise LinkNotValid
    return owner


def _show_link(token: str, *, refused: Form | None = None, refusal: Refusal | None = None) -> str:
    if isinstance(refusal, LinkNotValid):
        return render_template("errors/refusal.html", refusal=refusal, source=None, back_url=None)
    owner = _owner(token)
    return render_template(
        "sign_in/accept_invitation.html",
        person=owner,
        purpose="invitation" if owner.is_invitation else "reset",
        token=token,
        form=refused or blank("link"),
    )


@bp.route("/links/<token>", methods=["GET", "POST"])
@public
@shown_again("link", _show_link)
def accept(token: str) -> ResponseReturnValue:
    if request.method == "GET":
        return _show_link(token)
    owner = _owner(token)
    password = load_form(NewPasswordSchema())["password"]
    passwords.check_new(password, owner.names)
    use = UseLink(token, frame().passwords.hash(password))
    units().run(owner.actor, ORGANISATION, lambda s, act: invitations.use_link(s, act, use).id)
    _enter(Credentials(owner.sign_in_name, password))
    return redirect(url_for("today.show"), 303)


def _show_first_run(*, refused: Form | None = None, refusal: Refusal | None = None) -> str:
    form = refused or blank("first-run")
    if refusal is not None:
        form = replace(form, errors={"_schema": [f"{refusal.what} {refusal.remedy}"]})
    return render_template("sign_in/first_run.html", form=form, countries=COUNTRIES, time_zones=time_zones())


@bp.route("/first-run", methods=["GET", "POST"])
@public
@shown_again("first-run", _show_first_run)
def first_run() -> ResponseReturnValue:
    """Exists until there is an organisation; who opens it must have read the console."""
    if _is_initialised():
        abort(404)
    if request.method == "GET":
        return _show_first_run()
    entered = load_form(FirstRunSchema())
    if not hmac.compare_digest(entered["secret"].encode(), frame().set_up_secret.encode()):
        raise WrongSetUpSecret
    passwords.check_new(
        entered["password"], [entered[n] for n in ("organisation", "site_name", "full_name", "sign_in_name")]
    )
    set_up(units(), replace(INSTALLATION, door=Door.PAGE, address=address()), _set_up_command(entered))
    _enter(Credentials(entered["sign_in_name"], entered["password"]))
    flash("Your clinic is set up. Invite the people who work in it.", "success")
    return redirect(url_for("today.show"), 303)


def _is_initialised() -> bool:
    with units().reading() as reading:
        return frame().is_initialised(reading)


def _set_up_command(entered: dict[str, str]) -> SetUpInstallation:
    return SetUpInstallation(
        organisation=entered["organisation"],
        country=entered["country"],
        site=AddSite(entered["site_name"], entered["time_zone"], entered["rule_pack"], entered["mixing_place"]),  # type: ignore[arg-type]  # the schema made them members
        administrator=FirstPerson(
            entered["full_name"], entered["sign_in_name"], frame().passwords.hash(entered["password"])
        ),
    )


def _enter(credentials: Credentials) -> None:
    """Sign in, in a new session: what the browser held before is of no use to who left it there."""
    before = visitor()
    token = sign_ins.sign_in(units(), frame().passwords, credentials, address())
    if before is not None:
        _leave(before)
    session.clear()
    found = load_visitor(token)
    if found is None:
        raise SignInEnded
    login_user(found)


def _leave(before: Visitor) -> None:
    try:
        sign_ins.sign_out(units(), before.visit)
    except (SignInEnded, RecordNotFound):
        return
