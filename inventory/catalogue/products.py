"""Products: what they are called, what they are, how they are kept; offered or no longer offered.

Names are unique and compared as written. A product's unit, content and tracking are fixed with the first container of
it, because amounts in the ledger are in that unit; so they change by a command of their own, which locks all sites.
"""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from inventory import texts
from inventory.access import Act, Permission
from inventory.catalogue import codes, strengths, words
from inventory.catalogue.codes import LearnCode
from inventory.catalogue.errors import AcidityTurned, InUseTimeOutOfRange, InUseTimeTwice, ProductInUse
from inventory.catalogue.strengths import SubstanceStrength
from inventory.errors import AlreadyInCatalogue, InvalidAmount, InvalidCount, RecordChanged, RecordNotFound
from inventory.evidence import audit
from inventory.rules.amounts import checked_amount, checked_amount_or_zero
from models.catalogue import Product
from models.stock import Container, Lot
from models.vocabulary import (
    CodeScheme,
    ContainerKind,
    IngredientClass,
    RegulatoryClass,
    Storage,
    Tracking,
    Unit,
)

LONGEST_LABEL_HOURS = 24 * 31
LONGEST_LABEL_DAYS = 366
MOST_IN_PACK = 1000
LARGEST_PH = Decimal(14)
MOST_DAYS_LEFT = 3650


@dataclass(frozen=True, kw_only=True)
class Description:
    """What can follow later. In-use times are those that the maker's label states, in hours or in days."""

    brand: str | None = None
    synonyms: tuple[str, ...] = ()
    ingredient_class: IngredientClass | None = None
    is_injectable: bool = True
    is_mix_never: bool = False
    is_preserved: bool = False
    is_sterile: bool = True
    may_be_kept: bool = False
    label_in_use_hours: int | None = None
    label_in_use_days: int | None = None
    storage: Storage | None = None
    storage_words: str | None = None
    is_light_sensitive: bool = False
    ph_min: Decimal | None = None
    ph_max: Decimal | None = None
    overfill: Decimal = Decimal(0)
    reorder_point: Decimal | None = None
    least_days_left: int | None = None
    source: str | None = None


@dataclass(frozen=True)
class AddProduct(Description):
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


@dataclass(frozen=True)
class ChangeProduct(Description):
    product_id: int
    version: int
    name: str
    regulatory_class: RegulatoryClass
    container_kind: ContainerKind


@dataclass(frozen=True)
class ChangeMeasure:
    """What amounts of the product are counted in."""

    product_id: int
    version: int
    unit: Unit
    content: Decimal
    tracking: Tracking = Tracking.EACH


@dataclass(frozen=True)
class DeactivateProduct:
    product_id: int
    version: int
    reason: str


@dataclass(frozen=True)
class ActivateProduct:
    product_id: int
    version: int


def add_product(session: Session, act: Act, command: AddProduct) -> Product:
    """A product with its strengths and code; substances not known yet are made known. Raises `AlreadyInCatalogue`."""
    act.require(Permission.MANAGE_CATALOGUE)
    product = checked_product(command)
    product.name = _free_name(session, command.name)
    session.add(product)
    session.flush()  # strengths and codes name the product
    for strength in command.strengths:
        strengths.add_strength(session, product, strength)
    if command.gtin is not None:
        codes.learn(session, product, LearnCode(product.id, CodeScheme.GTIN, command.gtin, command.containers_per_pack))
    words.make_findable(session, product)
    audit.record(session, act, "product added", product)
    return product


def checked_product(command: AddProduct) -> Product:
    """The product as it would be kept, of no session yet. Whether its name is free is not asked."""
    product = Product(
        name=texts.line("Name", command.name),
        regulatory_class=command.regulatory_class,
        container_kind=command.container_kind,
        unit=command.unit,
        content=_checked_content(command.content, command.tracking),
        tracking=command.tracking,
    )
    _describe(product, command)
    return product


def change_product(session: Session, act: Act, command: ChangeProduct) -> Product:
    """All but what amounts are counted in. Raises `RecordChanged`, `AlreadyInCatalogue`."""
    product = product_to_change(session, act, command.product_id, command.version)
    if texts.line("Name", command.name) != product.name:
        product.name = _free_name(session, command.name)
    product.regulatory_class = command.regulatory_class
    product.container_kind = command.container_kind
    _describe(product, command)
    words.make_findable(session, product)
    audit.record(session, act, "product changed", product)
    return product


def change_measure(session: Session, act: Act, command: ChangeMeasure) -> Product:
    """Runs in the scope of all sites: nobody may receive the first container meanwhile. Raises `ProductInUse`."""
    product = product_to_change(session, act, command.product_id, command.version)
    audit.require_everything(session)
    if is_in_use(session, product.id):
        raise ProductInUse(product.name)
    product.unit = command.unit
    product.content = _checked_content(command.content, command.tracking)
    product.tracking = command.tracking
    audit.record(session, act, "product's unit and content changed", product)
    return product


def deactivate_product(session: Session, act: Act, command: DeactivateProduct) -> Product:
    """It is offered no more. What is on the shelf stays usable."""
    product = product_to_change(session, act, command.product_id, command.version)
    reason = texts.reason(command.reason)
    product.deactivated_at = product.deactivated_at or act.now
    audit.record(session, act, "product deactivated", product, reason=reason)
    return product


def activate_product(session: Session, act: Act, command: ActivateProduct) -> Product:
    product = product_to_change(session, act, command.product_id, command.version)
    product.deactivated_at = None
    audit.record(session, act, "product activated", product)
    return product


def is_in_use(session: Session, product_id: int) -> bool:
    """Whether a container of it was ever made."""
    made = exists().where(Container.lot_id == Lot.id, Lot.product_id == product_id)
    return bool(session.scalar(select(made)))


def product_to_change(session: Session, act: Act, product_id: int, version: int | None = None) -> Product:
    """The product that was shown, if nobody changed it since."""
    act.require(Permission.MANAGE_CATALOGUE)
    product = get_product(session, product_id)
    if product.is_free_cocktail:
        raise RecordNotFound("product", str(product_id))  # the record of all mixtures is nobody's to edit
    if version is not None and product.version != version:
        raise RecordChanged("product", product.name)
    return product


def get_product(session: Session, product_id: int) -> Product:
    product = session.get(Product, product_id)
    if product is None:
        raise RecordNotFound("product", str(product_id))
    return product


def list_products(session: Session) -> list[Product]:
    """What can be stocked; the product of free cocktails is not."""
    offered = select(Product).where(~Product.is_free_cocktail, Product.is_active)
    return list(session.scalars(offered.order_by(Product.name)))


def _free_name(session: Session, text: str) -> str:
    name = texts.line("Name", text)
    if session.scalar(select(Product.id).where(Product.name == name)) is not None:
        raise AlreadyInCatalogue("product", name)
    return name


def _checked_content(given: Decimal, tracking: Tracking) -> Decimal:
    content = checked_amount(given)
    if tracking is Tracking.PACK and content != content.to_integral_value():
        raise InvalidAmount(f"{content:f}", "is not a whole number of pieces")
    return content


def _describe(product: Product, given: Description) -> None:
    product.brand = texts.line("Brand", given.brand) if given.brand else None
    product.synonyms = words.synonyms_text(given.synonyms)
    product.ingredient_class = given.ingredient_class
    product.is_injectable = given.is_injectable
    product.is_mix_never = given.is_mix_never
    product.is_preserved = given.is_preserved
    product.is_sterile = given.is_sterile
    product.source = texts.note("Source", given.source) if given.source else None
    _keep_so(product, given)
    _say_when_opened(product, given)


def _keep_so(product: Product, given: Description) -> None:
    """Storage, acidity and when to order more."""
    product.may_be_kept = given.may_be_kept
    product.storage = given.storage
    product.storage_words = texts.line("Storage", given.storage_words) if given.storage_words else None
    product.is_light_sensitive = given.is_light_sensitive
    product.ph_min, product.ph_max = _acidity(given)
    product.least_days_left = _days_left(given.least_days_left)
    product.reorder_point = None if given.reorder_point is None else checked_amount_or_zero(given.reorder_point)


def _say_when_opened(product: Product, given: Description) -> None:
    if given.label_in_use_hours is not None and given.label_in_use_days is not None:
        raise InUseTimeTwice
    product.label_in_use_hours = _within(given.label_in_use_hours, LONGEST_LABEL_HOURS, "hours")
    product.label_in_use_days = _within(given.label_in_use_days, LONGEST_LABEL_DAYS, "days")
    product.overfill = checked_amount_or_zero(given.overfill)


def _within(count: int | None, most: int, span: str) -> int | None:
    if count is not None and not 1 <= count <= most:
        raise InUseTimeOutOfRange(count, most, span)
    return count


def _days_left(count: int | None) -> int | None:
    if count is not None and not 0 <= count <= MOST_DAYS_LEFT:
        raise InvalidCount("Days to expiry", count, 0, MOST_DAYS_LEFT)
    return count


def _acidity(given: Description) -> tuple[Decimal | None, Decimal | None]:
    lowest, highest = (None if ph is None else checked_amount_or_zero(ph) for ph in (given.ph_min, given.ph_max))
    ends = [ph for ph in (lowest, highest) if ph is not None]
    if ends and (ends != sorted(ends) or ends[-1] > LARGEST_PH):
        raise AcidityTurned(str(lowest), str(highest))
    return lowest, highest
