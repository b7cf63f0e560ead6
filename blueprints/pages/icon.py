"""The icon that browsers ask for by themselves beside a PDF, which cannot name one."""

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from blueprints.access import public

bp = Blueprint("icon", __name__)


@bp.get("/favicon.ico")
@public
def show() -> ResponseReturnValue:
    return redirect(url_for("static", filename="img/vialtrace.svg"))
