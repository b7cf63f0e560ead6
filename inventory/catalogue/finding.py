"""Products by the words people use: name, brand, synonyms, what is inside, class, or the number on the box.

Accents, case and signs do not count, and both databases find the same. Parts of a list are asked for by the last name
of the part before.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select
from sqlalchemy.orm import Session

from inventory.catalogue.words import classes_called
from inventory.rules.barcodes.check_digits import find_gtin
from models.catalogue import Product, ProductCode, ProductFlag, ProductStrength, Substance
from models.folding import folded
from models.vocabulary import CodeScheme, ContainerKind, IngredientClass, RegulatoryClass, Unit

MOST = 50
LONGEST = 200
_MOST_WORDS = 10
_SHORTEST_INSIDE = 3  # one or two letters are looked for only where a word begins


class ShownProducts(StrEnum):
    OFFERED = "offered"
    TO_VERIFY = "to_verify"
    DEACTIVATED = "deactivated"


@dataclass(frozen=True)
class WantedProducts:
    text: str = ""
    ingredient_class: IngredientClass | None = None
    regulatory_class: RegulatoryClass | None = None
    show: ShownProducts = ShownProducts.OFFERED


@dataclass(frozen=True)
class FoundProduct:
    """`contents`: the names of its substances."""

    id: int
    name: str
    brand: str | None
    ingredient_class: IngredientClass | None
    regulatory_class: RegulatoryClass
    container_kind: ContainerKind
    unit: Unit
    content: Decimal
    is_verified: bool
    is_active: bool
    contents: tuple[str, ...]


def find_products(
    session: Session, *, wanted: WantedProducts, after: str | None = None, most: int = MOST
) -> tuple[list[FoundProduct], str | None]:
    """One part of the list by name, and the name to ask the next part with."""
    query = _shown(select(Product).where(~Product.is_free_cocktail), wanted)
    if after is not None:
        query = query.where(Product.name > after)
    products = list(session.scalars(query.order_by(Product.name).limit(most + 1)))
    part = products[:most]
    inside = _substances(session, [product.id for product in part])
    found = [_found(product, inside.get(product.id, ())) for product in part]
    return found, part[-1].name if len(products) > most else None


def count_to_verify(session: Session) -> int:
    """How many offered products have something that nobody has verified."""
    query = _shown(
        select(func.count()).select_from(Product).where(~Product.is_free_cocktail),
        WantedProducts(show=ShownProducts.TO_VERIFY),
    )
    return session.scalar(query) or 0


def _shown(query: Select[Any], wanted: WantedProducts) -> Select[Any]:
    query = query.where(~Product.is_active if wanted.show is ShownProducts.DEACTIVATED else Product.is_active)
    if wanted.show is ShownProducts.TO_VERIFY:
        query = query.where(or_(~Product.is_verified, _has_doubtful_flag()))
    if wanted.ingredient_class is not None:
        query = query.where(_is_of_class([wanted.ingredient_class]))
    if wanted.regulatory_class is not None:
        query = query.where(Product.regulatory_class == wanted.regulatory_class)
    return query.where(_is_called(wanted.text[:LONGEST])) if wanted.text.strip() else query


def _has_doubtful_flag() -> ColumnElement[bool]:
    return (
        select(ProductFlag.id)
        .where(ProductFlag.product_id == Product.id, ProductFlag.removed_at.is_(None), ~ProductFlag.is_verified)
        .exists()
    )


def _is_called(text: str) -> ColumnElement[bool]:
    words = folded(text).split()[:_MOST_WORDS]
    if not words:
        return false()
    ways = [and_(*map(_has_word, words))]
    classes = classes_called(text)
    if classes:
        ways.append(_is_of_class(classes))
    gtin = find_gtin(text.strip())
    if gtin is not None:
        ways.append(_has_code(gtin))
    return or_(*ways)


def _has_word(word: str) -> ColumnElement[bool]:
    if len(word) >= _SHORTEST_INSIDE:
        return Product.search_words.contains(word, autoescape=True)
    begins = Product.search_words.startswith(word, autoescape=True)
    return or_(begins, Product.search_words.contains(f" {word}", autoescape=True))


def _is_of_class(classes: list[IngredientClass]) -> ColumnElement[bool]:
    inside = (
        select(ProductStrength.id)
        .join(Substance, Substance.id == ProductStrength.substance_id)
        .where(ProductStrength.product_id == Product.id, ProductStrength.removed_at.is_(None))
        .where(Substance.ingredient_class.in_(classes))
    )
    return or_(Product.ingredient_class.in_(classes), inside.exists())


def _has_code(gtin: str) -> ColumnElement[bool]:
    learnt = select(ProductCode.id).where(ProductCode.product_id == Product.id, ProductCode.removed_at.is_(None))
    return learnt.where(ProductCode.scheme == CodeScheme.GTIN, ProductCode.code == gtin).exists()


def _substances(session: Session, product_ids: list[int]) -> dict[int, tuple[str, ...]]:
    query = (
        select(ProductStrength.product_id, Substance.name)
        .join(Substance, Substance.id == ProductStrength.substance_id)
        .where(ProductStrength.product_id.in_(product_ids), ProductStrength.removed_at.is_(None))
        .order_by(ProductStrength.id)
    )
    found: dict[int, tuple[str, ...]] = {}
    for product_id, name in session.execute(query):
        found[product_id] = (*found.get(product_id, ()), name)
    return found


def _found(product: Product, contents: tuple[str, ...]) -> FoundProduct:
    return FoundProduct(
        product.id,
        product.name,
        product.brand,
        product.ingredient_class,
        product.regulatory_class,
        product.container_kind,
        product.unit,
        product.content,
        product.is_verified,
        product.is_active,
        contents,
    )
