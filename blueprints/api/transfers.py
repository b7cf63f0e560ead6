"""Transfers between sites, from the request to the last container."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import url_for
from sqlalchemy.orm import Session

from blueprints.api.operations import Operations
from blueprints.frame import units
from blueprints.schemas import ToSign
from blueprints.schemas import transfers as schemas
from blueprints.schemas.transfer_answers import SavedTransfer, TransferAnswer, TransfersAnswer
from blueprints.signing import signed
from blueprints.transferring import between, both_ends
from blueprints.unit_of_work import in_unit
from blueprints.visitor import current_site_id
from inventory.access import Act, Permission
from inventory.stock import transfer_facts, transfers
from inventory.stock.transfers import AskForTransfer, CancelTransfer, ReceiveContainers, SendContainers
from inventory.units import Answer, Scope
from models.transfers import Transfer

Command = TypeVar("Command")

operations = Operations("transfers", "Transfers", "What goes from one site to another, and what is on the way.")


@operations.query("/transfers", Permission.VIEW_STOCK, TransfersAnswer)
def list_transfers() -> dict[str, Any]:
    """What this site sends, receives or asks for, the newest first."""
    with units().reading() as session:
        return {"transfers": transfer_facts.list_transfers(session, site_id=current_site_id())}


@operations.query("/transfers/<int:transfer_id>", Permission.VIEW_STOCK, TransferAnswer)
def get_transfer(transfer_id: int) -> Any:
    """One transfer of this site, with what became of each container."""
    with units().reading() as session:
        return transfer_facts.transfer_facts(session, site_id=current_site_id(), transfer_id=transfer_id)


@operations.command("/transfers/requests", schemas.AskForTransferSchema, Permission.TRANSFER_STOCK, SavedTransfer)
def ask_for_transfer(command: AskForTransfer) -> Answer:
    """Ask another site to send something, or to book what is here already."""
    return _done(between(command.from_site_id), transfers.ask_for_transfer, command)


@operations.command("/transfers", schemas.SendContainersSchema, Permission.TRANSFER_STOCK, SavedTransfer)
def send_containers(command: SendContainers) -> Answer:
    """Send containers to another site. They are on the way until they are received."""
    return _done(between(command.to_site_id), transfers.send_containers, command)


@operations.command(
    "/transfers/<int:transfer_id>/sending", schemas.SendContainersSchema, Permission.TRANSFER_STOCK, SavedTransfer
)
def send_what_was_asked_for(command: SendContainers) -> Answer:
    """Send containers for a request of another site."""
    return _done(both_ends(command.transfer_id or 0), transfers.send_containers, command)


@operations.command(
    "/transfers/<int:transfer_id>/arrivals", schemas.ReceiveContainersSchema, Permission.TRANSFER_STOCK, SavedTransfer
)
def receive_containers(command: ReceiveContainers) -> Answer:
    """Receive what has arrived. With `damage`, it is held."""
    return _done(both_ends(command.transfer_id), transfers.receive_containers, command)


@operations.command(
    "/transfers/<int:transfer_id>/losses", schemas.DeclareLostSchema, Permission.APPROVE_COUNT, SavedTransfer
)
def declare_lost(entered: ToSign) -> Answer:
    """Sign that containers are lost on the way. The sending site says so."""
    command = signed(entered)
    return _done(both_ends(command.transfer_id), transfers.declare_lost, command)


@operations.command(
    "/transfers/<int:transfer_id>/cancelling", schemas.CancelTransferSchema, Permission.TRANSFER_STOCK, SavedTransfer
)
def cancel_transfer(command: CancelTransfer) -> Answer:
    """Give a request up before anything was sent."""
    return _done(both_ends(command.transfer_id), transfers.cancel_transfer, command)


def _done(scope: Scope, service: Callable[[Session, Act, Command], Transfer], command: Command) -> Answer:
    def work(session: Session, act: Act) -> Answer:
        transfer_id = service(session, act, command).id
        location = url_for("api_transfers.get_transfer", transfer_id=transfer_id)
        return Answer(201, location, {"transfer_id": transfer_id})

    return in_unit(scope, work)
