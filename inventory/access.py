"""Who may do what: permissions, the fixed roles, and the act under which a service works.

A permission is verb and object. Roles are shipped fixed and held per site. `RESPONSIBLE_PERSON` is not in
any role: it is given to a person at a site, with dates. The matrix is printed in docs/access.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from inventory.errors import NotAllowed
from models.vocabulary import Role


class Permission(StrEnum):
    SIGNED_IN = "signed_in"
    VIEW_STOCK = "view_stock"
    TRACE_LOT = "trace_lot"
    TRACE_ORGANISATION = "trace_organisation"
    MANAGE_CATALOGUE = "manage_catalogue"
    RECEIVE_STOCK = "receive_stock"
    OPEN_CONTAINER = "open_container"
    MOVE_STOCK = "move_stock"
    SPLIT_PACK = "split_pack"
    DISCARD_STOCK = "discard_stock"
    RETURN_STOCK = "return_stock"
    COUNT_STOCK = "count_stock"
    APPROVE_COUNT = "approve_count"
    TRANSFER_STOCK = "transfer_stock"
    CORRECT_ENTRY = "correct_entry"
    CORRECT_LOT = "correct_lot"
    PRINT_LABELS = "print_labels"
    PLACE_HOLD = "place_hold"
    LIFT_HOLD = "lift_hold"
    ATTACH_FILE = "attach_file"
    WITHDRAW_FILE = "withdraw_file"
    COMPOUND = "compound"
    VERIFY_COMPOUNDING = "verify_compounding"
    ADMINISTER = "administer"
    RECORD_PAST = "record_past"
    REVIEW_DEVIATION = "review_deviation"
    VIEW_PATIENT = "view_patient"
    REGISTER_PATIENT = "register_patient"
    REVEAL_IDENTITY = "reveal_identity"
    ERASE_IDENTITY = "erase_identity"
    VIEW_AUDIT = "view_audit"
    EXPORT_AUDIT = "export_audit"
    MANAGE_USERS = "manage_users"
    MANAGE_SITE = "manage_site"
    DECLARE_COMPLETE = "declare_complete"
    CONFIRM_CLOCK = "confirm_clock"
    RESPONSIBLE_PERSON = "responsible_person"


P = Permission
_READS = frozenset({P.SIGNED_IN, P.VIEW_STOCK, P.TRACE_LOT})
_HANDS_ON = frozenset(
    {
        P.OPEN_CONTAINER,
        P.MOVE_STOCK,
        P.SPLIT_PACK,
        P.DISCARD_STOCK,
        P.PRINT_LABELS,
        P.PLACE_HOLD,
        P.COMPOUND,
        P.REGISTER_PATIENT,
    }
    | {P.ATTACH_FILE, P.COUNT_STOCK, P.TRANSFER_STOCK, P.VIEW_PATIENT}
)
# What the responsible person of a site may do beside what the roles allow.
RESPONSIBLE = frozenset({P.RESPONSIBLE_PERSON, P.APPROVE_COUNT, P.DECLARE_COMPLETE})

ROLE_PERMISSIONS: Mapping[Role, frozenset[Permission]] = MappingProxyType(
    {
        Role.ADMINISTRATOR: frozenset(
            {P.SIGNED_IN, P.VIEW_STOCK, P.MANAGE_USERS, P.MANAGE_SITE, P.CONFIRM_CLOCK, P.VIEW_AUDIT, P.EXPORT_AUDIT}
            | {P.PRINT_LABELS, P.ERASE_IDENTITY, P.MANAGE_CATALOGUE, P.DECLARE_COMPLETE}
        ),
        Role.PHARMACIST: _READS
        | _HANDS_ON
        | {P.TRACE_ORGANISATION, P.MANAGE_CATALOGUE, P.RECEIVE_STOCK, P.RETURN_STOCK, P.CORRECT_ENTRY, P.CORRECT_LOT}
        | {
            P.LIFT_HOLD,
            P.WITHDRAW_FILE,
            P.VERIFY_COMPOUNDING,
            P.RECORD_PAST,
            P.REVIEW_DEVIATION,
            P.REVEAL_IDENTITY,
            P.VIEW_AUDIT,
            P.APPROVE_COUNT,
        },
        Role.PRACTITIONER: _READS
        | _HANDS_ON
        | {P.ADMINISTER, P.VERIFY_COMPOUNDING, P.RECORD_PAST, P.CORRECT_ENTRY, P.WITHDRAW_FILE, P.REVEAL_IDENTITY},
        Role.ASSISTANT: _READS | _HANDS_ON | {P.RECEIVE_STOCK},
        Role.AUDITOR: _READS | {P.TRACE_ORGANISATION, P.VIEW_AUDIT, P.EXPORT_AUDIT},
    }
)


class Door(StrEnum):
    """Through which door a change came in."""

    PAGE = "page"
    API = "api"
    COMMAND_LINE = "command_line"
    INSTALLATION = "installation"


@dataclass(frozen=True)
class Actor:
    """Who acts, where, with which permissions. `user_id` is empty only for the installation itself."""

    user_id: int | None
    name: str
    site_id: int | None
    permissions: frozenset[Permission]
    door: Door
    roles: tuple[Role, ...] = ()
    address: str = ""


INSTALLATION = Actor(None, "the installation", None, frozenset(Permission), Door.INSTALLATION)


@dataclass(frozen=True)
class Act:
    """One unit of work by one actor. `now` was taken after the lock was held."""

    actor: Actor
    now: datetime
    unit: str

    @property
    def user_id(self) -> int:
        """The account that acts; raises `NotAllowed` for the installation, which may not do clinical work."""
        if self.actor.user_id is None:
            raise NotAllowed(permission="a personal account")
        return self.actor.user_id

    @property
    def site_id(self) -> int:
        if self.actor.site_id is None:
            raise NotAllowed(permission="a site to work at")
        return self.actor.site_id

    def require(self, permission: Permission) -> None:
        """Refuse unless the actor holds `permission` at the present site."""
        if permission not in self.actor.permissions:
            raise NotAllowed(permission)
