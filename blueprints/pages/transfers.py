"""Sending to another site, what is on the way, and receiving by scanner."""

from collections.abc import Callable
from typing import TypeVar

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from blueprints.access import requires
from blueprints.arguments import read_arguments
from blueprints.forms import Form, blank, load_form, shown_again
from blueprints.frame import units
from blueprints.schemas import transfers as schemas
from blueprints.schemas.pages import TransferAsked, TransfersAsked
from blueprints.signing import signed
from blueprints.transferring import between, both_ends
from blueprints.unit_of_work import in_unit
from blueprints.visitor import current_actor, current_site_id
from inventory.access import Act, Permission
from inventory.errors import Refusal
from inventory.stock import places, transfer_facts, transfers, usability
from inventory.units import Answer, Scope
from models.transfers import Transfer
from models.vocabulary import TransferAsk

bp = Blueprint("transfers", __name__, url_prefix="/transfers")

Command = TypeVar("Command")


def _list(*, refused: Form | None = None, refusal: Refusal | None = None) -> str:
    asked = read_arguments(TransfersAsked()) if request.method == "GET" else {}
    with units().reading() as session:
        found = transfer_facts.list_transfers(session, site_id=current_site_id())
        sites = transfer_facts.other_sites(session, site_id=current_site_id())
        about = _about(session, asked.get("code"))
    forms = {"send": blank("send"), "ask": blank("ask", **about)}
    if refused is not None:
        forms[refused.name] = refused
    return render_template(
        "transfers/list.html",
        transfers=found,
        sites=sites,
        can_transfer=Permission.TRANSFER_STOCK in current_actor().permissions,
        asks=[ask.value for ask in TransferAsk],
        is_asking=bool(about),
        forms=forms,
        refusal=refusal,
    )


def _about(session: Session, code: str | None) -> dict[str, str]:
    """A container of another site that is here: its request is filled in."""
    if code is None:
        return {}
    container = usability.get_container_anywhere(session, code)
    site_id = container.location.site_id
    if site_id == current_site_id():
        return {}
    return {"from_site_id": str(site_id), "ask": TransferAsk.IT_IS_HERE.value, "codes": container.code}


@bp.get("")
@requires(Permission.VIEW_STOCK)
def show_all() -> ResponseReturnValue:
    return _list()


@bp.post("")
@requires(Permission.TRANSFER_STOCK)
@shown_again("send", _list)
def send() -> ResponseReturnValue:
    command = load_form(schemas.SendContainersSchema())
    return _done(between(command.to_site_id), transfers.send_containers, command, "Sent. It is on the way now.")


@bp.post("/requests")
@requires(Permission.TRANSFER_STOCK)
@shown_again("ask", _list)
def ask() -> ResponseReturnValue:
    command = load_form(schemas.AskForTransferSchema())
    said = "Requested. The other site sees it under Transfers."
    return _done(between(command.from_site_id), transfers.ask_for_transfer, command, said)


def _show(transfer_id: int, *, refused: Form | None = None, refusal: Refusal | None = None) -> str:
    asked = read_arguments(TransferAsked()) if request.method == "GET" else {}
    permissions = current_actor().permissions
    with units().reading() as session:
        transfer = transfer_facts.transfer_facts(session, site_id=current_site_id(), transfer_id=transfer_id)
        known = places.list_places(session, site_id=current_site_id())
    wished = "\n".join(wish.code for wish in transfer.wishes if wish.code)
    place_id = asked.get("place_id", "")
    forms = {
        "send": blank("send", codes=wished),
        "receive": blank("receive", location_id=place_id),
        "all": blank("all", location_id=place_id),
        "lose": blank("lose"),
        "cancel": blank("cancel"),
    }
    if refused is not None:
        forms[refused.name] = refused
    return render_template(
        "transfers/show.html",
        transfer=transfer,
        places=[(place.id, place.name) for place in known],
        can_transfer=Permission.TRANSFER_STOCK in permissions,
        can_declare=Permission.APPROVE_COUNT in permissions,
        forms=forms,
        refusal=refusal,
    )


@bp.get("/<int:transfer_id>")
@requires(Permission.VIEW_STOCK)
def show(transfer_id: int) -> ResponseReturnValue:
    return _show(transfer_id)


@bp.post("/<int:transfer_id>/sending")
@requires(Permission.TRANSFER_STOCK)
@shown_again("send", _show)
def send_asked(transfer_id: int) -> ResponseReturnValue:
    command = load_form(schemas.SendContainersSchema({"transfer_id": transfer_id}))
    return _done(both_ends(transfer_id), transfers.send_containers, command, "Sent. It is on the way now.")


@bp.post("/<int:transfer_id>/arrivals")
@requires(Permission.TRANSFER_STOCK)
@shown_again("receive", _show)
def receive(transfer_id: int) -> ResponseReturnValue:
    command = load_form(schemas.ReceiveContainersSchema({"transfer_id": transfer_id}))
    said = f"{len(command.codes)} received." if len(command.codes) != 1 else f"{command.codes[0]} received."
    return _done(both_ends(transfer_id), transfers.receive_containers, command, said, place_id=command.location_id)


@bp.post("/<int:transfer_id>/losses")
@requires(Permission.APPROVE_COUNT)
@shown_again("lose", _show)
def lose(transfer_id: int) -> ResponseReturnValue:
    command = signed(load_form(schemas.DeclareLostSchema({"transfer_id": transfer_id})))
    return _done(both_ends(transfer_id), transfers.declare_lost, command, "Booked as lost on the way.")


@bp.post("/<int:transfer_id>/cancelling")
@requires(Permission.TRANSFER_STOCK)
@shown_again("cancel", _show)
def cancel(transfer_id: int) -> ResponseReturnValue:
    command = load_form(schemas.CancelTransferSchema({"transfer_id": transfer_id}))
    return _done(both_ends(transfer_id), transfers.cancel_transfer, command, "Cancelled.")


def _done(
    scope: Scope,
    service: Callable[[Session, Act, Command], Transfer],
    command: Command,
    said: str,
    place_id: int | None = None,
) -> ResponseReturnValue:
    def work(session: Session, act: Act) -> Answer:
        return Answer(ids={"transfer_id": service(session, act, command).id})

    transfer_id = in_unit(scope, work).ids["transfer_id"]
    flash(said, "success")
    return redirect(url_for("transfers.show", transfer_id=transfer_id, place_id=place_id), 303)
