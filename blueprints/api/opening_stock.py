"""The first count: what each place has recorded, which places are done, since when the site is complete."""

from collections.abc import Callable

from flask import url_for
from sqlalchemy.orm import Session

from blueprints.api.operations import Operations
from blueprints.frame import units
from blueprints.schemas import ToSign
from blueprints.schemas.containers import IdentifyContainerSchema
from blueprints.schemas.opening_answers import RecordedAnswer, SavedPlace, SiteStatusAnswer
from blueprints.schemas.opening_stock import (
    DeclareCompleteSchema,
    DeclarePlaceDoneSchema,
    ReopenPlaceSchema,
    TakeBackSchema,
)
from blueprints.schemas.pages import RecordedAsked
from blueprints.schemas.saved import SavedContainer, SavedEntry, SavedSite
from blueprints.signing import signed
from blueprints.unit_of_work import at_site, in_unit
from blueprints.visitor import current_site_id
from inventory.access import Act, Permission
from inventory.rules.codes import check_code
from inventory.stock import completeness, identifying, opening_stock
from inventory.stock.completeness import DeclareComplete, DeclarePlaceDone, ReopenPlace, SiteStatus
from inventory.stock.opening_stock import Recorded, TakeBack
from inventory.units import EVERYTHING, Answer

operations = Operations("opening_stock", "First count", "What stood on the shelf when the records began.")


@operations.query("/first-count", Permission.VIEW_STOCK, SiteStatusAnswer)
def show_first_count() -> SiteStatus:
    """Which places are done, and since when the records of the site are complete."""
    with units().reading() as session:
        return completeness.site_status(session, site_id=current_site_id())


@operations.query("/first-count/places/<int:location_id>", Permission.VIEW_STOCK, RecordedAnswer, RecordedAsked)
def list_recorded(location_id: int, before: int | None = None) -> Recorded:
    """What the first count of a place has recorded, the newest first."""
    with units().reading() as session:
        return opening_stock.recorded_at_place(
            session, site_id=current_site_id(), location_id=location_id, before=before
        )


@operations.command(
    "/first-count/entries/<int:entry_id>/taking-back", TakeBackSchema, Permission.RECEIVE_STOCK, SavedEntry
)
def take_back_opening_stock(command: TakeBack) -> Answer:
    """Take back what was recorded by mistake, by an entry that reverses it."""

    def work(session: Session, act: Act) -> Answer:
        entry = opening_stock.take_back(session, act, command)
        session.flush()  # the answer names the entry
        return Answer(201, url_for("api_corrections.show_entry", entry_id=entry.id), {"entry_id": entry.id})

    return at_site(work)


@operations.command(
    "/first-count/places/<int:location_id>/done", DeclarePlaceDoneSchema, Permission.RECEIVE_STOCK, SavedPlace
)
def declare_place_done(command: DeclarePlaceDone) -> Answer:
    """Say that everything in a place is recorded."""
    return _about_place(lambda session, act: completeness.declare_place_done(session, act, command).id)


@operations.command(
    "/first-count/places/<int:location_id>/reopening", ReopenPlaceSchema, Permission.VIEW_STOCK, SavedPlace
)
def reopen_place(command: ReopenPlace) -> Answer:
    """Say that something was overlooked.

    Takes back since when the records of the site are complete. Whoever counts may say it; once the site is complete,
    only who may declare it complete.
    """
    return _about_place(lambda session, act: completeness.reopen_place(session, act, command).id)


@operations.command("/first-count/complete", DeclareCompleteSchema, Permission.DECLARE_COMPLETE, SavedSite)
def declare_complete(command: DeclareComplete) -> Answer:
    """Say since when the records of the site are complete, once every place is done."""

    def work(session: Session, act: Act) -> Answer:
        site_id = completeness.declare_complete(session, act, command).id
        return Answer(201, url_for("api_opening_stock.show_first_count"), {"site_id": site_id})

    return at_site(work)


@operations.command(
    "/containers/<code>/identification", IdentifyContainerSchema, Permission.CORRECT_LOT, SavedContainer
)
def identify_container(entered: ToSign) -> Answer:
    """Say which lot a container is of that nobody could read.

    The signature is the caller's password. Nothing else ends its block.
    """
    command = signed(entered)

    def work(session: Session, act: Act) -> Answer:
        identifying.identify_container(session, act, command)
        code = check_code(command.code)
        return Answer(201, url_for("api_containers.show_container", code=code), {"container_code": code})

    return in_unit(EVERYTHING, work)


def _about_place(change: Callable[[Session, Act], int]) -> Answer:
    def work(session: Session, act: Act) -> Answer:
        return Answer(201, url_for("api_opening_stock.show_first_count"), {"location_id": change(session, act)})

    return at_site(work)
