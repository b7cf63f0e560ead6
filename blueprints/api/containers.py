"""Single containers: what they are, and what is done to them."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import url_for
from sqlalchemy.orm import Session

from blueprints.api.operations import Operations
from blueprints.frame import units
from blueprints.schemas.container_answers import ContainerAnswer, OpenedAnswer
from blueprints.schemas.containers import (
    DiscardContainerSchema,
    MoveContainerSchema,
    OpenContainerSchema,
    RecordFoundSchema,
    ReturnContainerSchema,
    SplitPackSchema,
    WithdrawAmountSchema,
)
from blueprints.schemas.pages import OpenedAsked
from blueprints.schemas.saved import SavedContainer, SavedEntry
from blueprints.seeing import note_access
from blueprints.unit_of_work import at_site
from blueprints.visitor import current_actor, current_site_id
from inventory.access import Act, Permission
from inventory.stock import containers, opened_board
from inventory.stock.container_facts import ContainerFacts, container_facts
from inventory.stock.containers import (
    DiscardContainer,
    MoveContainer,
    OpenContainer,
    RecordFound,
    ReturnContainer,
    SplitPack,
    WithdrawAmount,
)
from inventory.units import Answer
from models.stock import Container, StockEntry

operations = Operations("containers", "Containers", "One vial, ampoule, syringe or pack each, by its own code.")

Command = TypeVar("Command")


@operations.query("/containers/<code>", Permission.VIEW_STOCK, ContainerAnswer)
def show_container(code: str) -> ContainerFacts:
    """A container: until when it may be used and why, what holds it, where it has been."""
    with units().reading() as session:
        facts = container_facts(session, actor=current_actor(), code=code, now=units().clock.now())
    if facts.kept_for_patient_id is not None:
        note_access(f"container {facts.id}", facts.kept_for_patient_id)
    return facts


@operations.command("/containers/<code>/opening", OpenContainerSchema, Permission.OPEN_CONTAINER, SavedContainer)
def open_container(command: OpenContainer) -> Answer:
    """Open a container.

    From here its in-use time runs; it is never sealed again.
    """
    return _on_container(containers.open_container, command)


@operations.command("/containers/<code>/move", MoveContainerSchema, Permission.MOVE_STOCK, SavedEntry)
def move_container(command: MoveContainer) -> Answer:
    """Move a container to another place of the site."""
    return _as_entry(containers.move_container, command)


@operations.command("/containers/<code>/split", SplitPackSchema, Permission.SPLIT_PACK, SavedContainer)
def split_pack(command: SplitPack) -> Answer:
    """Split whole pieces off a pack.

    The answer names the new pack.
    """
    return _on_container(containers.split_pack, command)


@operations.command("/containers/<code>/withdrawal", WithdrawAmountSchema, Permission.DISCARD_STOCK, SavedEntry)
def withdraw_amount(command: WithdrawAmount) -> Answer:
    """Take a quality sample, or admit a loss."""
    return _as_entry(containers.withdraw_amount, command)


@operations.command("/containers/<code>/disposal", DiscardContainerSchema, Permission.DISCARD_STOCK, SavedEntry)
def discard_container(command: DiscardContainer) -> Answer:
    """Discard what remains, or a part."""
    return _as_entry(containers.discard, command)


@operations.command("/containers/<code>/return", ReturnContainerSchema, Permission.RETURN_STOCK, SavedEntry)
def return_container(command: ReturnContainer) -> Answer:
    """Return all that remains to the supplier."""
    return _as_entry(containers.give_back, command)


@operations.command("/containers/<code>/found", RecordFoundSchema, Permission.OPEN_CONTAINER, SavedEntry)
def record_found(command: RecordFound) -> Answer:
    """Record that it held more than the books say."""
    return _as_entry(containers.record_found, command)


@operations.query("/opened-containers", Permission.VIEW_STOCK, OpenedAnswer, OpenedAsked)
def list_opened(place_id: int | None = None) -> dict[str, Any]:
    """What is open, with what ends its use; what is over first."""
    with units().reading() as session:
        found = opened_board.opened_containers(
            session, site_id=current_site_id(), now=units().clock.now(), location_id=place_id
        )
    return {"opened": found}


def _on_container(service: Callable[[Session, Act, Command], Container], command: Command) -> Answer:
    def work(session: Session, act: Act) -> Answer:
        code = service(session, act, command).code
        return Answer(201, url_for("api_containers.show_container", code=code), {"container_code": code})

    return at_site(work)


def _as_entry(service: Callable[[Session, Act, Command], StockEntry], command: Command) -> Answer:
    def work(session: Session, act: Act) -> Answer:
        entry = service(session, act, command)
        return Answer(201, url_for("api_corrections.show_entry", entry_id=entry.id), {"entry_id": entry.id})

    return at_site(work)
