"""A transfer changes the books of two sites, so its units lock both."""

from blueprints.frame import units
from blueprints.visitor import current_site_id
from inventory.stock import transfers
from inventory.units import Scope


def between(other_site_id: int | None) -> Scope:
    """The present site and another. One that does not exist locks nothing, and the service says so."""
    return Scope(frozenset({current_site_id(), other_site_id or current_site_id()}))


def both_ends(transfer_id: int) -> Scope:
    """The two sites of a transfer, which never change. Raises `RecordNotFound`."""
    with units().reading() as session:
        transfer = transfers.get_transfer(session, current_site_id(), transfer_id)
        return Scope(frozenset({transfer.from_site_id, transfer.to_site_id}))
