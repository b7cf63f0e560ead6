"""A product as its page shows it: all of it, asked for once."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from inventory.catalogue import codes, flags, incompatibilities, maximum_doses, words
from inventory.catalogue.products import get_product, is_in_use
from inventory.errors import RecordNotFound
from models.catalogue import IncompatibilityRule, Product, ProductCode, ProductDose, ProductFlag, ProductStrength
from models.people import User


@dataclass(frozen=True)
class ProductPage:
    product: Product
    synonyms: tuple[str, ...]
    strengths: list[ProductStrength]
    flags: list[ProductFlag]
    codes: list[ProductCode]
    rules: list[IncompatibilityRule]
    doses: list[ProductDose]
    is_in_use: bool
    verified_by: str | None


def product_page(session: Session, *, product_id: int) -> ProductPage:
    """Raises `RecordNotFound`, also for the product of free cocktails, which is nobody's to look after."""
    product = get_product(session, product_id)
    if product.is_free_cocktail:
        raise RecordNotFound("product", str(product_id))
    inside = (
        select(ProductStrength)
        .where(ProductStrength.product_id == product_id, ProductStrength.removed_at.is_(None))
        .options(joinedload(ProductStrength.substance))
        .order_by(ProductStrength.id)
    )
    return ProductPage(
        product,
        words.synonyms_of(product),
        list(session.scalars(inside)),
        flags.flags_of(session, product_id=product_id),
        codes.codes_of(session, product_id=product_id),
        incompatibilities.rules_touching(session, product),
        maximum_doses.doses_of(session, product_ids=[product_id]),
        is_in_use(session, product_id),
        session.scalar(select(User.full_name).where(User.id == product.verified_by_id)),
    )
