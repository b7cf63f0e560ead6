"""The catalogue: products with their strengths and codes, the substances in them, and who supplies them.

Names are unique and compared as written. A product's unit, content and tracking are fixed with the first
container of it, because amounts in the ledger are in that unit.
"""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory import texts
from inventory.access import Act, Permission
from inventory.errors import AlreadyInCatalogue, InvalidAmount, RecordNotFound
from inventory.evidence import audit
from inventory.rules.amounts import checked_amount, checked_amount_or_zero
from models.catalogue import Product, ProductCode, ProductStrength, Substance, Supplier
from models.vocabulary import CodeScheme, ContainerKind, RegulatoryClass, StrengthUnit, Tracking, Unit

LONGEST_LABEL_HOURS = 24 * 31
LONGEST_LABEL_DAYS = 366


@dataclass(frozen=True)
class AddSupplier:
    name: str


@dataclass(frozen=True)
class SubstanceStrength:
    """`strength` of the substance in one unit of the product: 20 mg in 1 mL."""

    substance: str
    strength: Decimal
    unit: StrengthUnit = StrengthUnit.MG


@dataclass(frozen=True)
class AddProduct:
    """`content`: what one full container holds; for packs, the pieces in one."""

    name: str
    regulatory_class: RegulatoryClass
    container_kind: ContainerKind
    unit: Unit
    content: Decimal
    tracking: Tracking = Tracking.EACH
    strengths: tuple[SubstanceStrength, ...] = ()
    gtin: str | None = None
    containers_per_pack: int = 1
    is_injectable: bool = True
    is_mix_never: bool = False
    is_preserved: bool = False
    is_sterile: bool = True
    label_in_use_hours: int | None = None
    label_in_use_days: int | None = None
    overfill: Decimal = Decimal(0)


def add_supplier(session: Session, act: Act, command: AddSupplier) -> Supplier:
    """Raises `AlreadyInCatalogue`."""
    act.require(Permission.MANAGE_CATALOGUE)
    name = texts.line("Name", command.name)
    if session.scalar(select(Supplier.id).where(Supplier.name == name)) is not None:
        raise AlreadyInCatalogue("supplier", name)
    supplier = Supplier(name=name)
    session.add(supplier)
    audit.record(session, act, "supplier added", supplier)
    return supplier


def add_product(session: Session, act: Act, command: AddProduct) -> Product:
    """A product with its strengths; substances not known yet are made known. Raises `AlreadyInCatalogue`."""
    act.require(Permission.MANAGE_CATALOGUE)
    name = texts.line("Name", command.name)
    if session.scalar(select(Product.id).where(Product.name == name)) is not None:
        raise AlreadyInCatalogue("product", name)
    product = Product(
        name=name,
        regulatory_class=command.regulatory_class,
        container_kind=command.container_kind,
        unit=command.unit,
        content=checked_amount(command.content),
        tracking=command.tracking,
        is_injectable=command.is_injectable,
        is_mix_never=command.is_mix_never,
        is_preserved=command.is_preserved,
        is_sterile=command.is_sterile,
        label_in_use_hours=_within(command.label_in_use_hours, LONGEST_LABEL_HOURS),
        label_in_use_days=_within(command.label_in_use_days, LONGEST_LABEL_DAYS),
        overfill=checked_amount_or_zero(command.overfill),
    )
    session.add(product)
    session.flush()  # strengths and codes name the product
    for strength in command.strengths:
        _add_strength(session, product, strength)
    if command.gtin is not None:
        _add_gtin(session, product, command)
    audit.record(session, act, "product added", product)
    return product


def _within(count: int | None, most: int) -> int | None:
    if count is not None and not 1 <= count <= most:
        raise InvalidAmount(str(count), f"is not a time from 1 to {most}")
    return count


def _add_strength(session: Session, product: Product, strength: SubstanceStrength) -> None:
    name = texts.line("Substance", strength.substance)
    substance = session.scalars(select(Substance).where(Substance.name == name)).one_or_none()
    if substance is None:
        substance = Substance(name=name)
        session.add(substance)
    product.strengths.append(
        ProductStrength(substance=substance, strength=checked_amount(strength.strength), strength_unit=strength.unit)
    )


def _add_gtin(session: Session, product: Product, command: AddProduct) -> None:
    gtin = texts.line("GTIN", command.gtin or "", 14).rjust(14, "0")
    if session.scalar(select(ProductCode.id).where(ProductCode.code == gtin)) is not None:
        raise AlreadyInCatalogue("product with GTIN", gtin)
    session.add(
        ProductCode(
            product_id=product.id,
            scheme=CodeScheme.GTIN,
            code=gtin,
            containers_per_pack=_within(command.containers_per_pack, 1000) or 1,
        )
    )


def get_product(session: Session, product_id: int) -> Product:
    product = session.get(Product, product_id)
    if product is None:
        raise RecordNotFound("product", str(product_id))
    return product


def list_products(session: Session) -> list[Product]:
    """What can be stocked; the product of free cocktails is not."""
    query = select(Product).where(Product.is_free_cocktail.is_(False)).order_by(Product.name)
    return list(session.scalars(query))


def list_suppliers(session: Session) -> list[Supplier]:
    return list(session.scalars(select(Supplier).where(Supplier.is_active).order_by(Supplier.name)))
