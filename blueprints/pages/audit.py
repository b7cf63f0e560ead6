"""The audit log: who changed what, from what to what, through which door."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from blueprints.access import requires
from blueprints.arguments import read_arguments
from blueprints.formats import moment
from blueprints.frame import units
from blueprints.schemas.pages import AuditPageAsked
from blueprints.visitor import current_actor, current_site_id
from inventory.access import Permission
from inventory.evidence import audit_log
from inventory.evidence.audit import ORGANISATION_CHAIN
from inventory.evidence.audit_log import Change, EntryLine, Subject, Wanted
from models.organisation import Site

bp = Blueprint("audit", __name__)

_FINGERPRINT = 12
_LONGEST_VALUE = 200


@dataclass(frozen=True)
class ChangeRow:
    """`kind` is a code of AUDITED_KINDS; what an altered entry names is shown as it stands."""

    kind: str
    record: str
    field: str
    old: str | None
    new: str | None


@dataclass(frozen=True)
class EntryRow:
    line: EntryLine
    chain_name: str
    fingerprint: str
    subjects: list[tuple[str, str, str | None]]
    changes: list[ChangeRow]
    recorded: list[ChangeRow]


@bp.get("/audit")
@requires(Permission.VIEW_AUDIT)
def show() -> ResponseReturnValue:
    asked = read_arguments(AuditPageAsked())
    with units().reading() as session:
        site = session.get_one(Site, current_site_id())
        found = audit_log.list_entries(session, actor=current_actor(), wanted=_wanted(asked, ZoneInfo(site.time_zone)))
        people = audit_log.people_at(session, site_id=site.id)
        chains = {ORGANISATION_CHAIN: "organisation", site.id: site.name}
    filters = {name: asked.get(name, "") for name in ("person_id", "kind", "record", "from_on", "until_on")}
    here = {name: str(value) for name, value in filters.items() if value != ""}
    return render_template(
        "audit/list.html",
        filters=filters,
        people=people,
        kinds=audit_log.kinds(),
        entries=[_row(line, chains) for line in found.entries],
        newer_url=url_for("audit.show", **here) if "before_id" in asked else None,  # type: ignore[arg-type]  # all of them are text
        older_url=None
        if found.next_before_id is None
        else url_for("audit.show", **here, before_id=found.next_before_id),  # type: ignore[arg-type]  # as above
    )


def _wanted(asked: dict[str, Any], zone: ZoneInfo) -> Wanted:
    """Days are those of the site: from the first midnight to the one after the last day."""
    until_on: date | None = asked.get("until_on")
    return Wanted(
        user_id=asked.get("person_id"),
        kind=asked.get("kind"),
        record=asked["record"],
        since=_midnight(asked.get("from_on"), zone),
        until=None if until_on is None else _midnight(until_on + timedelta(days=1), zone),
        before_id=asked.get("before_id"),
    )


def _midnight(day: date | None, zone: ZoneInfo) -> datetime | None:
    return None if day is None else datetime.combine(day, time.min, zone)


def _row(line: EntryLine, chains: dict[int, str]) -> EntryRow:
    return EntryRow(
        line=line,
        chain_name=chains[line.chain_id],
        fingerprint=line.hash[:_FINGERPRINT],
        subjects=[(subject.kind, subject.label, _page(subject)) for subject in line.subjects],
        changes=[_change(change) for change in line.changes],
        recorded=[_change(change) for change in line.recorded],
    )


def _page(subject: Subject) -> str | None:
    """Containers and lots have pages; a label that is only a number names nothing to open."""
    if subject.kind == "container" and subject.label != str(subject.id):
        return url_for("containers.show", code=subject.label)
    return url_for("lots.show", lot_id=subject.id) if subject.kind == "lot" else None


def _change(change: Change) -> ChangeRow:
    called = change.field.removesuffix("_id").removesuffix("_at").removesuffix("_on").replace("_", " ")
    return ChangeRow(change.kind, change.record, called, _value(change.old), _value(change.new))


def _value(value: Any) -> str | None:
    """A stored value to be read: times at the site, codes as words, long texts cut."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = str(value)
    at = _instant(text)
    if at is not None:
        return moment(at)
    return text if len(text) <= _LONGEST_VALUE else text[:_LONGEST_VALUE] + "…"


def _instant(text: str) -> datetime | None:
    if not (text.endswith("Z") and len(text) == len("2031-03-03T09:00:00.000000Z")):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
