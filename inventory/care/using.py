"""Taking from a container for a patient or a mixture, planned or already done.

A plan that breaks a rule is refused. A deed is recorded: each broken rule becomes a deviation, and what the
container lacked in the books is booked as found, so that nobody exposed is missing from a trace.
"""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from inventory.access import Act
from inventory.errors import BelongsToAnotherSite, NotEnoughInContainer
from inventory.rules.amounts import checked_amount
from inventory.stock import ledger, usability
from inventory.stock.ledger import Taking
from inventory.stock.usability import ContainerState, Judgement, Use
from models.stock import Container, StockEntry, StockMove


def states_for_use(session: Session, act: Act, judgement: Judgement, codes: Sequence[str]) -> list[ContainerState]:
    """The containers with these codes, in their order: of this site, or for a deed of any."""
    current = usability.states(session, usability.get_containers_anywhere(session, codes))
    for each in current:
        if each.site.id != act.site_id:
            judgement.against(BelongsToAnotherSite(each.container.code, each.site.name), each.container)
    return current


def judge_use(session: Session, judgement: Judgement, current: ContainerState, use: Use) -> None:
    """Hold the use against the rules of the container and of its product (ING-01)."""
    usability.judge_product(judgement, current.container)
    usability.judge_state(session, judgement, current, use)


def take_for_use(
    session: Session, entry: StockEntry, judgement: Judgement, container: Container, taking: Taking
) -> StockMove:
    """Draw an amount. For a deed, a shortage is booked as found first."""
    amount = checked_amount(taking.amount)
    shortage = amount - container.remaining
    if shortage > 0:
        unit = container.lot.product.unit.value
        judgement.against(NotEnoughInContainer(container.code, amount, container.remaining, unit), container)
        ledger.add_found(session, entry, container, shortage)
    return ledger.take(session, entry, container, taking)
