"""What is this? A scanned code that no product has is given to one, once, and the scan goes on from there.

The catalogue is the organisation's and the draft a site's, so the unit's scope is both.
"""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.orm import Session

from inventory.access import Act, Permission
from inventory.catalogue import codes, products
from inventory.catalogue.codes import LearnCode
from inventory.catalogue.products import AddProduct
from inventory.stock import draft_lines, draft_scans, drafts, scan_answers
from inventory.stock.errors import CodeNotLearnable, NotAnAnswer
from models.catalogue import Product
from models.receiving import DeliveryDraft, DraftScan
from models.vocabulary import ContainerKind, DraftScanState, RegulatoryClass, Tracking, Unit


@dataclass(frozen=True)
class NameScan:
    """The scanned code is that of a product, in boxes of `containers_per_pack`."""

    draft_id: int
    scan_id: int
    product_id: int
    containers_per_pack: int = 1


@dataclass(frozen=True)
class MakeProductForScan:
    """A new product with the five things it needs, and the scanned code."""

    draft_id: int
    scan_id: int
    name: str
    regulatory_class: RegulatoryClass
    container_kind: ContainerKind
    unit: Unit
    content: Decimal
    tracking: Tracking = Tracking.EACH
    containers_per_pack: int = 1


def name_scan(session: Session, act: Act, command: NameScan) -> DeliveryDraft:
    """Learn the code for a product that is known. Raises `CodeOfAnotherProduct`."""
    act.require(Permission.MANAGE_CATALOGUE)
    draft, row = _asked(session, act, command.draft_id, command.scan_id)
    product = products.get_product(session, command.product_id)
    _learn(session, act, draft, row, product, command.containers_per_pack)
    return draft


def make_product_for_scan(session: Session, act: Act, command: MakeProductForScan) -> DeliveryDraft:
    """Raises `AlreadyInCatalogue`."""
    act.require(Permission.MANAGE_CATALOGUE)
    draft, row = _asked(session, act, command.draft_id, command.scan_id)
    made = AddProduct(
        name=command.name,
        regulatory_class=command.regulatory_class,
        container_kind=command.container_kind,
        unit=command.unit,
        content=command.content,
        tracking=command.tracking,
    )
    _learn(session, act, draft, row, products.add_product(session, act, made), command.containers_per_pack)
    return draft


def _asked(session: Session, act: Act, draft_id: int, scan_id: int) -> tuple[DeliveryDraft, DraftScan]:
    draft = drafts.draft_to_change(session, act, draft_id)
    row = scan_answers.waiting_scan(session, draft, scan_id)
    if row.state is not DraftScanState.ASKS_PRODUCT:
        raise NotAnAnswer("a product")
    return draft, row


def _learn(session: Session, act: Act, draft: DeliveryDraft, row: DraftScan, product: Product, per_pack: int) -> None:
    draft_lines.refuse_made_here(product)
    if row.scheme is None or row.code is None:
        raise CodeNotLearnable(row.code or "")
    codes.learn_code(session, act, LearnCode(product.id, row.scheme, row.code, per_pack))
    for asked in drafts.scans_of(session, draft.id):
        is_same_code = (asked.state, asked.scheme, asked.code) == (DraftScanState.ASKS_PRODUCT, row.scheme, row.code)
        if is_same_code:  # several boxes of it may have been scanned before somebody knew it
            asked.product_id = product.id
            draft_scans.proceed(session, act, draft, asked)
