"""What a person may do with a container as it stands. Hiding a button is courtesy; the services refuse."""

from collections.abc import Sequence

from inventory.access import Actor, Permission
from inventory.errors import Refusal
from inventory.stock.container_facts import ContainerFacts
from inventory.stock.history import MoveLine
from models.organisation import Location
from models.vocabulary import HoldKind, Tracking

Impossible = tuple[str, str]

_NEEDS = {
    "identify": Permission.CORRECT_LOT,
    "move": Permission.MOVE_STOCK,
    "split": Permission.SPLIT_PACK,
    "hold": Permission.PLACE_HOLD,
    "give_back": Permission.RETURN_STOCK,
    "discard": Permission.DISCARD_STOCK,
    "withdraw": Permission.DISCARD_STOCK,
    "found": Permission.OPEN_CONTAINER,
}
_STAYS_AS_EVIDENCE = frozenset({"move", "split", "give_back", "discard", "withdraw"})


def places_for(facts: ContainerFacts, known: Sequence[Location]) -> list[tuple[int, str]]:
    """Where it may be moved to: what is held goes only to quarantine."""
    is_held = bool(facts.holds)
    goals = (place for place in known if place.id != facts.location_id and (place.is_quarantine or not is_held))
    return [(place.id, place.name) for place in goals]


def actions_on(
    facts: ContainerFacts, actor: Actor, goals: Sequence[tuple[int, str]]
) -> tuple[list[str], list[Impossible]]:
    """The names of what can be done, and what cannot with the reason. `goals`: the places to move to."""
    refusal = facts.opening.refusal if facts.opening is not None else None
    may_open = Permission.OPEN_CONTAINER in actor.permissions and facts.opening is not None
    impossible = [("Open:", _sentence(refusal))] if may_open and refusal is not None else []
    possible = ["open"] if may_open and refusal is None else []
    possible += [name for name, needed in _NEEDS.items() if needed in actor.permissions and _fits(name, facts)]
    return [name for name in possible if name != "move" or goals], impossible


def correctable(facts: ContainerFacts, actor: Actor) -> list[MoveLine]:
    """The moves that this person may correct here: what still stands."""
    if Permission.CORRECT_ENTRY not in actor.permissions:
        return []
    return [move for move in facts.moves if move.stands and move.site_id == actor.site_id]


def _fits(name: str, facts: ContainerFacts) -> bool:
    if name == "found":
        return facts.opened_at is not None
    if facts.remaining == 0:
        return False
    if name == "identify":
        return any(hold.kind is HoldKind.UNIDENTIFIED for hold in facts.holds)
    if name in _STAYS_AS_EVIDENCE and any(hold.kind is HoldKind.EVIDENCE for hold in facts.holds):
        return False
    return name != "split" or (facts.tracking is Tracking.PACK and facts.remaining > 1)


def _sentence(refusal: Refusal) -> str:
    return f"{refusal.what} {refusal.remedy}"
