"""Which substances a product contains, and how much of each in one unit of it.

A substance stands in a product once. What is taken off keeps its row; named again, it counts again.
"""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory import texts
from inventory.access import Act, Permission
from inventory.catalogue import words
from inventory.errors import AlreadyInCatalogue, RecordNotFound
from inventory.evidence import audit
from inventory.rules.amounts import checked_amount
from models.catalogue import Product, ProductStrength, Substance
from models.vocabulary import StrengthUnit


@dataclass(frozen=True)
class SubstanceStrength:
    """`strength` of the substance in one unit of the product: 20 mg in 1 mL."""

    substance: str
    strength: Decimal
    unit: StrengthUnit = StrengthUnit.MG


@dataclass(frozen=True)
class SetStrength:
    """Adds the substance to the product, or changes how much of it there is."""

    product_id: int
    substance: str
    strength: Decimal
    unit: StrengthUnit = StrengthUnit.MG


@dataclass(frozen=True)
class RemoveStrength:
    product_id: int
    strength_id: int


def set_strength(session: Session, act: Act, command: SetStrength) -> Product:
    """The substance may be one that is not known yet."""
    act.require(Permission.MANAGE_CATALOGUE)
    product = _product(session, command.product_id)
    substance = known_or_new(session, command.substance)
    row = _find(session, product, substance)
    if row is None:
        row = ProductStrength(product_id=product.id, substance_id=substance.id)
        session.add(row)
    row.strength = checked_amount(command.strength)
    row.strength_unit = command.unit
    row.removed_at = None
    session.flush()  # the words are looked up in the database
    words.make_findable(session, product)
    audit.record(session, act, "strength set", product)
    return product


def remove_strength(session: Session, act: Act, command: RemoveStrength) -> Product:
    act.require(Permission.MANAGE_CATALOGUE)
    product = _product(session, command.product_id)
    row = session.get(ProductStrength, command.strength_id)
    if row is None or row.product_id != product.id or row.removed_at is not None:
        raise RecordNotFound("strength", str(command.strength_id))
    row.removed_at = act.now
    session.flush()  # as above
    words.make_findable(session, product)
    audit.record(session, act, "strength taken off", product)
    return product


def add_strength(session: Session, product: Product, given: SubstanceStrength) -> None:
    """Part of a new product. Raises `AlreadyInCatalogue` for a substance named twice."""
    substance = known_or_new(session, given.substance)
    if _find(session, product, substance) is not None:
        raise AlreadyInCatalogue("strength of", substance.name)
    session.add(
        ProductStrength(
            product_id=product.id,
            substance_id=substance.id,
            strength=checked_amount(given.strength),
            strength_unit=given.unit,
        )
    )
    session.flush()  # the next one may name the same substance


def known_or_new(session: Session, text: str) -> Substance:
    name = texts.line("Ingredient", text)
    substance = session.scalars(select(Substance).where(Substance.name == name)).one_or_none()
    if substance is None:
        substance = Substance(name=name)
        session.add(substance)
        session.flush()  # the strength names it
    return substance


def _find(session: Session, product: Product, substance: Substance) -> ProductStrength | None:
    query = select(ProductStrength).where(
        ProductStrength.product_id == product.id, ProductStrength.substance_id == substance.id
    )
    return session.scalars(query).one_or_none()


def _product(session: Session, product_id: int) -> Product:
    product = session.get(Product, product_id)
    if product is None or product.is_free_cocktail:
        raise RecordNotFound("product", str(product_id))
    return product
