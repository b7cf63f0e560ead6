"""The menu, and the other values that the frame around every page shows."""

from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, g, request, url_for

from blueprints.frame import frame, units
from blueprints.visitor import visitor
from inventory.access import Actor, Permission
from inventory.people import memberships


@dataclass(frozen=True)
class Entry:
    """A line of the menu, for who holds `permission`."""

    endpoint: str
    label: str
    icon: str
    permission: Permission


@dataclass(frozen=True)
class Link:
    url: str
    label: str
    icon: str
    is_current: bool
    count: int | None


@dataclass(frozen=True)
class Group:
    title: str
    links: list[Link]


MENU: tuple[tuple[str, tuple[Entry, ...]], ...] = (
    (
        "Work",
        (
            Entry("today.show", "Today", "home", Permission.SIGNED_IN),
            Entry("patients.show_all", "Patients", "user-heart", Permission.VIEW_PATIENT),
            Entry("receiving.show_all", "Receive", "barcode", Permission.RECEIVE_STOCK),
            Entry("stock.show", "Stock", "packages", Permission.VIEW_STOCK),
            Entry("opened.show_all", "Opened vials", "vaccine-bottle", Permission.VIEW_STOCK),
            Entry("releasing.show_all", "Waiting for release", "shield-check", Permission.VIEW_STOCK),
            Entry("holds.show_all", "Blocked", "hand-stop", Permission.VIEW_STOCK),
        ),
    ),
    (
        "Stock room",
        (
            Entry("deliveries.show_all", "Deliveries", "clipboard-list", Permission.VIEW_STOCK),
            Entry("transfers.show_all", "Transfers", "route", Permission.VIEW_STOCK),
            Entry("counts.show_all", "Counts", "clipboard-list", Permission.VIEW_STOCK),
            Entry("places.show_all", "Places", "door", Permission.VIEW_STOCK),
            Entry("labels.to_replace", "Labels", "barcode", Permission.PRINT_LABELS),
            Entry("opening_stock.show_all", "First count", "clipboard-list", Permission.VIEW_STOCK),
            Entry("importing.show_all", "Import", "clipboard-list", Permission.VIEW_STOCK),
        ),
    ),
    (
        "Catalogue",
        (
            Entry("products.show_all", "Products", "package", Permission.VIEW_STOCK),
            Entry("substances.show_all", "Ingredients", "droplet", Permission.VIEW_STOCK),
            Entry("incompatibilities.show_all", "Mixing rules", "flask", Permission.VIEW_STOCK),
            Entry("techniques.show_all", "Areas and techniques", "vaccine", Permission.VIEW_STOCK),
            Entry("release_checks.show_all", "Checks before release", "check", Permission.VIEW_STOCK),
            Entry("suppliers.show_all", "Suppliers", "building-hospital", Permission.VIEW_STOCK),
        ),
    ),
    (
        "Clinic",
        (
            Entry("deviations.show_all", "Deviations", "file-search", Permission.REVIEW_DEVIATION),
            Entry("audit.show", "Audit log", "history", Permission.VIEW_AUDIT),
            Entry("patients.erase", "Erase a patient", "circle-x", Permission.ERASE_IDENTITY),
            Entry("sites.show", "Site", "building-hospital", Permission.VIEW_STOCK),
            Entry("users.show_all", "People", "users", Permission.MANAGE_USERS),
        ),
    ),
)


def install(app: Flask) -> None:
    app.context_processor(frame_values)


def frame_values() -> dict[str, Any]:
    """For base.html and signed_in.html. Asks the database only behind the sign-in, and survives its absence."""
    found = visitor()
    values: dict[str, Any] = {"me": None, "is_demo": frame().is_demo}
    if found is None or found.actor is None:
        return values
    if "frame_values" not in g:
        g.frame_values = _behind_the_sign_in(found.actor)
    me = {"full_name": found.visit.full_name, "sign_in_name": found.visit.sign_in_name, "roles": found.actor.roles}
    behind: dict[str, Any] = g.frame_values
    return values | {"me": me, "site": found.site} | behind


def _behind_the_sign_in(actor: Actor) -> dict[str, Any]:
    with units().reading() as session:
        sites = memberships.sites_of(session, actor.user_id or 0)
        problem = units().clock_problem(session)
    return {
        "sites": sites,
        "navigation": navigation(actor),
        "clock_banner": None if problem is None else str(problem),
        "can_confirm_clock": Permission.CONFIRM_CLOCK in actor.permissions,
        "idle_lock_seconds": int(frame().limits.idle.total_seconds()),
    }


def navigation(actor: Actor) -> list[Group]:
    """What this person may open here. A page that is not there yet has no line."""
    groups = []
    for title, entries in MENU:
        links = [_link(entry) for entry in entries if _is_offered(entry, actor)]
        if links:
            groups.append(Group(title, links))
    return groups


def _is_offered(entry: Entry, actor: Actor) -> bool:
    return entry.endpoint in current_app.view_functions and entry.permission in actor.permissions


def _link(entry: Entry) -> Link:
    area = entry.endpoint.partition(".")[0]
    return Link(url_for(entry.endpoint), entry.label, entry.icon, request.blueprint == area, None)
