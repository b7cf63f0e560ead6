"""Deliveries that were booked: a list to find one, and its page with what came of it."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from blueprints.access import requires
from blueprints.arguments import read_arguments
from blueprints.attaching import attached_to
from blueprints.forms import Form, blank, load_form, shown_again
from blueprints.frame import units
from blueprints.schemas.deliveries import DeliveriesAsked, RecordCostSchema
from blueprints.unit_of_work import at_site
from blueprints.visitor import current_actor, current_site_id
from inventory.access import Permission
from inventory.catalogue.suppliers import list_suppliers
from inventory.errors import Refusal
from inventory.stock import deliveries
from inventory.stock.deliveries import DeliveryPage, WantedDeliveries, delivery_page, list_deliveries
from inventory.units import Answer
from models.organisation import Site

bp = Blueprint("deliveries", __name__, url_prefix="/deliveries")

LABELS = "labels.show"


@bp.get("/")
@requires(Permission.VIEW_STOCK)
def show_all() -> ResponseReturnValue:
    asked = read_arguments(DeliveriesAsked())
    with units().reading() as session:
        zone = ZoneInfo(session.get_one(Site, current_site_id()).time_zone)
        wanted = _wanted(asked, zone)
        found, older = list_deliveries(session, site_id=current_site_id(), wanted=wanted, before=asked.get("before"))
        suppliers = [(supplier.id, supplier.name) for supplier in list_suppliers(session, are_all=True)]
    filters: dict[str, Any] = {name: asked.get(name, "") for name in ("text", "supplier_id", "from_on", "until_on")}
    here: dict[str, Any] = {name: str(value) for name, value in filters.items() if value != ""}
    return render_template(
        "deliveries/list.html",
        deliveries=found,
        filters=filters,
        suppliers=suppliers,
        older_url=url_for("deliveries.show_all", **here, before=older) if older is not None else None,
        may_receive=Permission.RECEIVE_STOCK in current_actor().permissions,
    )


def _wanted(asked: dict[str, Any], zone: ZoneInfo) -> WantedDeliveries:
    until = asked.get("until_on")
    return WantedDeliveries(
        asked.get("supplier_id"),
        asked["text"],
        _start(asked.get("from_on"), zone),
        None if until is None else _start(until + timedelta(days=1), zone),
    )


def _start(day: date | None, zone: ZoneInfo) -> datetime | None:
    return None if day is None else datetime.combine(day, time.min, zone)


def _show(
    delivery_id: int, *, refused: Form | None = None, refusal: Refusal | None = None, line_id: int | None = None
) -> str:
    with units().reading() as session:
        page = delivery_page(session, actor=current_actor(), delivery_id=delivery_id)
        attached = attached_to(session, "delivery", delivery_id)
    forms = {line.id: blank(f"cost-{line.id}") for line in page.lines}
    if refused is not None and line_id in forms:
        forms[line_id] = refused.named(f"cost-{line_id}")
    return render_template(
        "deliveries/show.html",
        delivery=page,
        attached=attached,
        groups=_groups(page),
        forms=forms,
        refusal=refusal,
        may_receive=Permission.RECEIVE_STOCK in current_actor().permissions,
        labels_url=_labels_url(delivery_id),
    )


@dataclass(frozen=True)
class ContainerGroup:
    """Vials of one lot that are blocked for the same reasons."""

    lot_id: int
    lot_number: str
    holds: list[str]
    codes: list[str]


def _groups(page: DeliveryPage) -> list[ContainerGroup]:
    numbers = {line.lot_id: line.lot_number for line in page.lines}
    found: dict[tuple[int, tuple[str, ...]], ContainerGroup] = {}
    for container in page.containers:
        holds = [kind.value for kind in container.holds]
        number = numbers.get(container.lot_id, "another lot")  # its lot was corrected since
        key = (container.lot_id, tuple(holds))
        found.setdefault(key, ContainerGroup(container.lot_id, number, holds, [])).codes.append(container.code)
    return list(found.values())


def _labels_url(delivery_id: int) -> str | None:
    """Where the labels of its vials are printed, for who may print them."""
    if LABELS not in current_app.view_functions or Permission.PRINT_LABELS not in current_actor().permissions:
        return None
    return url_for(LABELS, kind="container", delivery_id=delivery_id)


@bp.get("/<int:delivery_id>")
@requires(Permission.VIEW_STOCK)
def show(delivery_id: int) -> ResponseReturnValue:
    return _show(delivery_id)


@bp.post("/<int:delivery_id>/lines/<int:line_id>/cost")
@requires(Permission.RECEIVE_STOCK)
@shown_again("cost", _show)
def record_cost(delivery_id: int, line_id: int) -> ResponseReturnValue:
    command = load_form(RecordCostSchema({"delivery_id": delivery_id, "line_id": line_id}))
    at_site(
        lambda session, act: Answer(ids={"delivery_id": deliveries.record_cost(session, act, command).id}),
    )
    flash("The cost is recorded.", "success")
    return redirect(url_for("deliveries.show", delivery_id=delivery_id), 303)
