"""The first page: what needs this person now, what is open, what expires next."""

from dataclasses import dataclass

from flask import Blueprint, current_app, render_template, url_for
from flask.typing import ResponseReturnValue

from blueprints.access import requires
from blueprints.frame import units
from blueprints.visitor import current_actor, current_site_id
from inventory.access import Actor, Permission
from inventory.stock.expiring import HORIZONS
from inventory.stock.needs import StockNeeds, stock_needs
from inventory.today import Today, today

bp = Blueprint("today", __name__)


@dataclass(frozen=True)
class Need:
    """A line that leads to its list. `look` is tone and icon; `list_` the endpoint of the list and its filter."""

    count: int
    one: str
    several: str
    detail: str
    look: tuple[str, str]
    permission: Permission
    list_: tuple[str, tuple[tuple[str, str], ...]]

    @property
    def text(self) -> str:
        return self.one if self.count == 1 else self.several

    @property
    def tone(self) -> str:
        return self.look[0]

    @property
    def icon(self) -> str:
        return self.look[1]

    @property
    def endpoint(self) -> str:
        return self.list_[0]

    @property
    def url(self) -> str:
        return url_for(self.endpoint, **dict(self.list_[1]))  # type: ignore[arg-type]  # all arguments are text


@bp.get("/")
@requires(Permission.SIGNED_IN)
def show() -> ResponseReturnValue:
    with units().reading() as session:
        found = today(session, site_id=current_site_id(), now=units().clock.now())
        stock = stock_needs(session, site_id=current_site_id(), now=units().clock.now())
    return render_template(
        "today/show.html",
        today=found.day,
        needs=[need for need in [*_needs(found, stock), *_stock_needs(stock)] if _is_for(current_actor(), need)],
        opened=found.opened,
        expiring=stock.soonest,
    )


def _is_for(actor: Actor, need: Need) -> bool:
    return need.count > 0 and need.permission in actor.permissions and need.endpoint in current_app.view_functions


def _needs(found: Today, stock: StockNeeds) -> list[Need]:
    """Most urgent first."""
    return [
        Need(
            found.opened_too_long,
            "opened vial is past its time",
            "opened vials are past their time",
            "Discard what must not be used any more.",
            ("bad", "clock-exclamation"),
            Permission.DISCARD_STOCK,
            ("opened.show_all", ()),
        ),
        Need(
            found.opened_due,
            "opened vial is due today",
            "opened vials are due today",
            "Use it in time, or discard it when its time is over.",
            ("quiet", "clock"),
            Permission.DISCARD_STOCK,
            ("opened.show_all", ()),
        ),
        Need(
            stock.expired_lots,
            "lot on hand has expired",
            "lots on hand have expired",
            "Discard or return what is left.",
            ("bad", "calendar-x"),
            Permission.DISCARD_STOCK,
            ("expiring.show", (("window", "expired"),)),
        ),
        Need(
            found.deviations,
            "deviation to review",
            "deviations to review",
            "What was done against a rule waits for your review.",
            ("caution", "file-search"),
            Permission.REVIEW_DEVIATION,
            ("deviations.show_all", ()),
        ),
        Need(
            found.ready_for_release,
            "received lot is ready for your signature",
            "received lots are ready for your signature",
            "Certificate and checks are complete.",
            ("caution", "shield-check"),
            Permission.RESPONSIBLE_PERSON,
            ("releasing.show_all", ()),
        ),
        Need(
            found.waiting_for_release,
            "received lot waits for release",
            "received lots wait for release",
            "Look at it, attach its certificate and answer the checklist.",
            ("caution", "hand-stop"),
            Permission.RECEIVE_STOCK,
            ("releasing.show_all", ()),
        ),
        Need(
            found.rejected_here,
            "rejected lot is still here",
            "rejected lots are still here",
            "Return or destroy what must not be used.",
            ("caution", "ban"),
            Permission.RETURN_STOCK,
            ("releasing.show_all", ()),
        ),
        Need(
            found.other_holds,
            "other block in force",
            "other blocks in force",
            "Each is lifted when its cause is settled.",
            ("quiet", "hand-stop"),
            Permission.LIFT_HOLD,
            ("holds.show_all", ()),
        ),
        Need(
            found.responsibles_missing,
            "responsible person to name",
            "responsible persons to name",
            "Until then nothing that comes in can be released. Open the page of a person.",
            ("caution", "user-plus"),
            Permission.MANAGE_USERS,
            ("users.show_all", ()),
        ),
        Need(
            found.open_invitations,
            "person has not set a password yet",
            "people have not set a password yet",
            "A link may be over: make a new one.",
            ("quiet", "user-plus"),
            Permission.MANAGE_USERS,
            ("users.show_all", ()),
        ),
    ]


def _stock_needs(found: StockNeeds) -> list[Need]:
    """A later horizon is told only where it holds more than the one before."""
    near, later, last = (found.expiring_lots[window] for window in HORIZONS)
    return [
        Need(
            found.below_point,
            "product is below its point for ordering",
            "products are below their point for ordering",
            "Less is usable than the number on the page of the product.",
            ("caution", "package"),
            Permission.RECEIVE_STOCK,
            ("reordering.show", ()),
        ),
        Need(
            found.deliveries_in_progress,
            "delivery in progress",
            "deliveries in progress",
            "Go on where it was left, and save it when it is complete.",
            ("info", "barcode"),
            Permission.RECEIVE_STOCK,
            ("receiving.show_all", ()),
        ),
        _expiry_need(near, "30", ("caution", "clock"), "Use these first."),
        _expiry_need(near + later if later else 0, "60", ("quiet", "clock"), "Those of the 30 days are among them."),
        _expiry_need(near + later + last if last else 0, "90", ("quiet", "clock"), "Those sooner are among them."),
    ]


def _expiry_need(count: int, days: str, look: tuple[str, str], detail: str) -> Need:
    words = (f"lot on hand expires within {days} days", f"lots on hand expire within {days} days")
    return Need(count, *words, detail, look, Permission.VIEW_STOCK, ("expiring.show", (("window", days),)))
