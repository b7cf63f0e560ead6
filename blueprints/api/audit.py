"""The audit log for programs: the entries with the very text that was hashed."""

from typing import Any

from blueprints.api.operations import Operations
from blueprints.frame import units
from blueprints.schemas.audit import AuditAnswer, AuditAsked
from blueprints.visitor import current_actor
from inventory.access import Permission
from inventory.evidence import audit_log
from inventory.evidence.audit_log import MOST_ENTRIES, Page, Wanted

operations = Operations("audit", "Audit log", "Who changed what, when, through which door.")


@operations.query("/audit", Permission.VIEW_AUDIT, AuditAnswer, AuditAsked)
def list_audit_entries(*, limit: int = MOST_ENTRIES, **wanted: Any) -> Page:
    """The log of this site and of the organisation, the newest first."""
    with units().reading() as session:
        return audit_log.list_entries(session, actor=current_actor(), wanted=Wanted(**wanted), limit=limit)
