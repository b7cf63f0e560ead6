"""A person's own account: the password, and API tokens for programs."""

from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from blueprints.access import requires
from blueprints.forms import Form, blank, load_form, shown_again
from blueprints.frame import frame, units
from blueprints.schemas.people import ChangePasswordSchema, MakeTokenSchema
from blueprints.unit_of_work import in_unit
from blueprints.visitor import address, current_actor, current_visit
from inventory.access import Permission
from inventory.errors import Refusal
from inventory.people import passwords, sign_ins, tokens, users
from inventory.people.tokens import MakeToken, RevokeToken
from inventory.people.users import ChangeOwnPassword
from inventory.units import ORGANISATION, Answer
from models.people import ApiToken

bp = Blueprint("account", __name__, url_prefix="/account")

_GOES_WITHOUT_SAYING = {Permission.SIGNED_IN}
LIFETIMES = ((1, "1 day"), (7, "7 days"), (30, "30 days"), (90, "90 days"), (365, "1 year"))


def _show(*, refused: Form | None = None, refusal: Refusal | None = None, new_token: str | None = None) -> str:
    del refusal  # a token's refusals are all in its form
    actor = current_actor()
    now = units().clock.now()
    with units().reading() as session:
        owned = [
            _line(token, site, tokens.is_over(token, now))
            for token, site in tokens.list_tokens(session, actor.user_id or 0)
        ]
    form = refused or blank("token", days=30)
    return render_template(
        "account/tokens.html",
        tokens=owned,
        new_token=new_token,
        scopes=[
            (permission.value, _words(permission), "")
            for permission in sorted(actor.permissions - _GOES_WITHOUT_SAYING)
        ],
        lifetimes=LIFETIMES,
        docs_url=url_for("api_docs.show") if "api_docs.show" in current_app.view_functions else None,
        form=form,
        revoke={line["id"]: blank("revoke") for line in owned if not line["is_over"]},
    )


@bp.get("/tokens", endpoint="tokens")
@requires(Permission.SIGNED_IN)
def show_tokens() -> ResponseReturnValue:
    return _show()


@bp.post("/tokens")
@requires(Permission.SIGNED_IN)
@shown_again("token", _show)
def make_token() -> ResponseReturnValue:
    """Answered with the page itself, not a redirect: the token is shown once and stored nowhere."""
    entered = load_form(MakeTokenSchema())
    token = tokens.new_api_token()
    command = MakeToken(entered["name"], frozenset(entered["scopes"]), entered["days"], tokens.secret_hash(token))
    answer = in_unit(ORGANISATION, lambda session, act: Answer(ids={"id": tokens.make_token(session, act, command).id}))
    if answer.is_replay:
        flash("This token was already made and shown. If it was not copied, revoke it and make another.", "warning")
        return redirect(url_for("account.tokens"), 303)
    return _show(new_token=token)


@bp.post("/tokens/<int:token_id>/revocation")
@requires(Permission.SIGNED_IN)
def revoke_token(token_id: int) -> ResponseReturnValue:
    command = RevokeToken(token_id)
    in_unit(ORGANISATION, lambda session, act: Answer(ids={"id": tokens.revoke_token(session, act, command).id}))
    flash("The token no longer works.", "success")
    return redirect(url_for("account.tokens"), 303)


def _show_password(*, refused: Form | None = None, refusal: Refusal | None = None) -> str:
    return render_template("account/password.html", form=refused or blank("change"), refusal=refusal)


@bp.route("/password", methods=["GET", "POST"])
@requires(Permission.SIGNED_IN)
@shown_again("change", _show_password)
def password() -> ResponseReturnValue:
    if request.method == "GET":
        return _show_password()
    entered = load_form(ChangePasswordSchema())
    visit, found = current_visit(), frame()
    confirmed = sign_ins.confirm_identity(units(), found.passwords, visit.user_id, entered["password"], address())
    passwords.check_new(entered["new_password"], (visit.sign_in_name, visit.full_name))
    command = ChangeOwnPassword(confirmed, found.passwords.hash(entered["new_password"]), visit.id)
    units().run(current_actor(), ORGANISATION, lambda session, act: users.change_own_password(session, act, command).id)
    flash("The password is changed. Your other sign-ins have ended.", "success")
    return redirect(url_for("today.show"), 303)


def _line(token: ApiToken, site: str, is_over: bool) -> dict[str, Any]:  # noqa: FBT001  # one fact among others
    scopes = [scope.replace("_", " ") for scope in token.scopes.split()]
    return {
        "id": token.id,
        "name": token.name,
        "scopes": scopes,
        "site": site,
        "created_at": token.created_at,
        "expires_at": token.expires_at,
        "is_over": is_over,
    }


def _words(permission: Permission) -> str:
    return permission.value.replace("_", " ")
