"""The checklist before release: questions for everything that comes in, or for what is of one class.

They are data of the clinic. A question is never reworded, because answers were given to it: it is hidden, and another
added. One that needs the maker's certificate is answered only where such a file is attached.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inventory import texts
from inventory.access import Act, Permission
from inventory.errors import AlreadyInCatalogue, RecordNotFound
from inventory.evidence import audit
from models.catalogue import Product, ProductStrength, Substance
from models.releasing import ReleaseCheck
from models.vocabulary import IngredientClass, RegulatoryClass


@dataclass(frozen=True)
class AddReleaseCheck:
    """Without a class it is asked of everything; with both, of what is of both."""

    question: str
    regulatory_class: RegulatoryClass | None = None
    ingredient_class: IngredientClass | None = None
    needs_certificate: bool = False
    source: str | None = None


@dataclass(frozen=True)
class OfferReleaseCheck:
    """Whether it is asked from now on."""

    check_id: int
    is_active: bool


def add_check(session: Session, act: Act, command: AddReleaseCheck) -> ReleaseCheck:
    """Last in the list. Raises `AlreadyInCatalogue`."""
    act.require(Permission.MANAGE_CATALOGUE)
    question = texts.line("Question", command.question)
    same = select(ReleaseCheck.id).where(
        ReleaseCheck.question == question,
        ReleaseCheck.regulatory_class.is_not_distinct_from(command.regulatory_class),
        ReleaseCheck.ingredient_class.is_not_distinct_from(command.ingredient_class),
    )
    if session.scalar(same.limit(1)) is not None:
        raise AlreadyInCatalogue("question", question)
    check = ReleaseCheck(
        question=question,
        regulatory_class=command.regulatory_class,
        ingredient_class=command.ingredient_class,
        needs_certificate=command.needs_certificate,
        source=texts.note("Source", command.source) if command.source else None,
        position=(session.scalar(select(func.max(ReleaseCheck.position))) or 0) + 1,
    )
    session.add(check)
    audit.record(session, act, "release question added", check)
    return check


def offer_check(session: Session, act: Act, command: OfferReleaseCheck) -> ReleaseCheck:
    act.require(Permission.MANAGE_CATALOGUE)
    check = session.get(ReleaseCheck, command.check_id)
    if check is None:
        raise RecordNotFound("question", str(command.check_id))
    check.deactivated_at = None if command.is_active else check.deactivated_at or act.now
    audit.record(
        session, act, "release question asked again" if command.is_active else "release question hidden", check
    )
    return check


def list_checks(session: Session, *, are_all: bool = False) -> list[ReleaseCheck]:
    query = select(ReleaseCheck).order_by(ReleaseCheck.position, ReleaseCheck.id)
    return list(session.scalars(query if are_all else query.where(ReleaseCheck.is_active)))


def is_asked_of(check: ReleaseCheck, regulatory_class: RegulatoryClass, classes: Collection[IngredientClass]) -> bool:
    """Whether a question is asked of a product of this class whose ingredients are of these."""
    if check.regulatory_class not in (None, regulatory_class):
        return False
    return check.ingredient_class is None or check.ingredient_class in classes


def ingredient_classes(session: Session, *, product_ids: Collection[int]) -> dict[int, set[IngredientClass]]:
    """Product -> the class it was given itself and those of its ingredients."""
    found: dict[int, set[IngredientClass]] = {product_id: set() for product_id in product_ids}
    own = select(Product.id, Product.ingredient_class).where(Product.id.in_(product_ids))
    contained = (
        select(ProductStrength.product_id, Substance.ingredient_class)
        .join(Substance, Substance.id == ProductStrength.substance_id)
        .where(
            ProductStrength.product_id.in_(product_ids),
            ProductStrength.removed_at.is_(None),
        )
    )
    for query in (own, contained):
        for product_id, ingredient_class in session.execute(query):
            if ingredient_class is not None:
                found[product_id].add(ingredient_class)
    return found


def asked_of(
    checks: Sequence[ReleaseCheck], product: Product, classes: Collection[IngredientClass]
) -> list[ReleaseCheck]:
    return [check for check in checks if is_asked_of(check, product.regulatory_class, classes)]
