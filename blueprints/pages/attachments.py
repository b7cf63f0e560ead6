"""Files that belong to a record: attaching, handing out, withdrawing. The list is on the record's own page too."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from blueprints.access import requires
from blueprints.attaching import attached_to, handed_out
from blueprints.forms import Form, load_form, shown_again
from blueprints.frame import units
from blueprints.schemas.attachments import AttachSchema, WithdrawAttachmentSchema
from blueprints.unit_of_work import at_site
from blueprints.visitor import current_actor, current_site_id
from inventory.access import Act, Permission
from inventory.errors import Refusal
from inventory.evidence import attachments
from inventory.evidence.record_names import names_of
from inventory.units import Answer
from models.evidence import Attachment

bp = Blueprint("attachments", __name__, url_prefix="/attachments")


def _show(*, record_kind: str, record_id: int, refused: Form | None = None, refusal: Refusal | None = None) -> str:
    with units().reading() as session:
        attached = attached_to(session, record_kind, record_id, refused)
        name = names_of(session, [(record_kind, record_id)]).of(record_kind, record_id)
    back_url = record_url(record_kind, record_id, name)
    return render_template("attachments/show.html", attached=attached, name=name, back_url=back_url, refusal=refusal)


def _show_withdrawal(*, attachment_id: int, refused: Form, refusal: Refusal | None = None) -> str:
    with units().reading() as session:
        site_id = current_site_id()
        attachment = attachments.get_attachment(session, site_id=site_id, attachment_id=attachment_id)
        key = (attachment.record_kind, attachment.record_id)
        attached = attached_to(session, *key)
        name = names_of(session, [key]).of(*key)
    if attachment_id in attached.withdrawing:
        attached.withdrawing[attachment_id] = refused.named(f"withdraw-{attachment_id}")
    back_url = record_url(*key, name)
    return render_template("attachments/show.html", attached=attached, name=name, back_url=back_url, refusal=refusal)


def record_url(record_kind: str, record_id: int, name: str) -> str | None:
    """The page of a record that carries files, if it has one."""
    if record_kind == "container":
        return url_for("containers.show", code=name)
    if record_kind == "delivery":
        return url_for("deliveries.show", delivery_id=record_id)
    if record_kind == "delivery":
        return url_for("deliveries.show", delivery_id=record_id)
    if record_kind == "delivery_line":
        return url_for("releasing.show", line_id=record_id)
    return url_for("lots.show", lot_id=record_id) if record_kind == "lot" else None


@bp.get("/<record_kind>/<int:record_id>")
@requires(Permission.VIEW_STOCK)
def show(record_kind: str, record_id: int) -> ResponseReturnValue:
    return _show(record_kind=record_kind, record_id=record_id)


@bp.post("/<record_kind>/<int:record_id>")
@requires(Permission.ATTACH_FILE)
@shown_again("attach", _show)
def attach(record_kind: str, record_id: int) -> ResponseReturnValue:
    command = load_form(AttachSchema({"record_kind": record_kind, "record_id": record_id}))
    return _done(lambda session, act: attachments.attach(session, act, command), "The file is attached.")


@bp.get("/<int:attachment_id>/file")
@requires(Permission.VIEW_STOCK)
def hand_out(attachment_id: int) -> ResponseReturnValue:
    with units().reading() as session:
        return handed_out(attachments.kept_file(session, actor=current_actor(), attachment_id=attachment_id))


@bp.post("/<int:attachment_id>/withdrawal")
@requires(Permission.WITHDRAW_FILE)
@shown_again("withdraw", _show_withdrawal)
def withdraw(attachment_id: int) -> ResponseReturnValue:
    command = load_form(WithdrawAttachmentSchema({"attachment_id": attachment_id}))
    return _done(
        lambda session, act: attachments.withdraw_attachment(session, act, command),
        "The file is withdrawn. It is kept, and counts no longer.",
    )


def _done(service: Any, said: str) -> ResponseReturnValue:
    """Back to the record's own page, where the files are listed too."""

    def work(session: Session, act: Act) -> Answer:
        attachment: Attachment = service(session, act)
        key = (attachment.record_kind, attachment.record_id)
        own = record_url(*key, names_of(session, [key]).of(*key))
        where = f"{own}#files" if own is not None else url_for("attachments.show", record_kind=key[0], record_id=key[1])
        return Answer(location=where)

    answer = at_site(work)
    flash(said, "success")
    return redirect(answer.location or url_for("today.show"), 303)
