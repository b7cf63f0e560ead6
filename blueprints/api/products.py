"""The catalogue for programs: products with their ingredients, codes and warnings, and suppliers."""

from flask import url_for
from sqlalchemy.orm import Session

from blueprints.api.operations import Operations
from blueprints.frame import units
from blueprints.schemas.product_answers import CatalogueProductAnswer, SavedProduct, SavedSupplier
from blueprints.schemas.products import (
    AddProductSchema,
    ChangeProductSchema,
    LearnCodeSchema,
    SetFlagSchema,
    SetMaximumDoseSchema,
    SetStrengthSchema,
)
from blueprints.schemas.suppliers import AddSupplierSchema
from blueprints.unit_of_work import in_unit
from inventory.access import Act, Permission
from inventory.catalogue import codes, flags, maximum_doses, product_facts, products, strengths, suppliers
from inventory.catalogue.codes import LearnCode
from inventory.catalogue.flags import SetFlag
from inventory.catalogue.maximum_doses import SetMaximumDose
from inventory.catalogue.product_facts import ProductPage
from inventory.catalogue.products import AddProduct, ChangeProduct
from inventory.catalogue.strengths import SetStrength
from inventory.catalogue.suppliers import AddSupplier
from inventory.units import ORGANISATION, Answer
from models.catalogue import Product

operations = Operations("products", "Catalogue", "What can be stocked, at all sites of the organisation.")


def _saved(product: Product) -> Answer:
    where = url_for("api_products.show_product", product_id=product.id)
    return Answer(201, where, {"product_id": product.id})


@operations.query("/products/<int:product_id>", Permission.VIEW_STOCK, CatalogueProductAnswer)
def show_product(product_id: int) -> ProductPage:
    """A product with its ingredients, codes and warnings."""
    with units().reading() as session:
        return product_facts.product_page(session, product_id=product_id)


@operations.command("/products", AddProductSchema, Permission.MANAGE_CATALOGUE, SavedProduct)
def add_product(command: AddProduct) -> Answer:
    """Add a product. Name, class, kind, unit and content are enough."""

    def work(session: Session, act: Act) -> Answer:
        return _saved(products.add_product(session, act, command))

    return in_unit(ORGANISATION, work)


@operations.command("/products/<int:product_id>", ChangeProductSchema, Permission.MANAGE_CATALOGUE, SavedProduct)
def change_product(command: ChangeProduct) -> Answer:
    """Change a product whole: what is not sent is empty afterwards."""

    def work(session: Session, act: Act) -> Answer:
        return _saved(products.change_product(session, act, command))

    return in_unit(ORGANISATION, work)


@operations.command(
    "/products/<int:product_id>/strengths", SetStrengthSchema, Permission.MANAGE_CATALOGUE, SavedProduct
)
def set_strength(command: SetStrength) -> Answer:
    """Say how much of a substance is in one unit of the product."""

    def work(session: Session, act: Act) -> Answer:
        return _saved(strengths.set_strength(session, act, command))

    return in_unit(ORGANISATION, work)


@operations.command("/products/<int:product_id>/doses", SetMaximumDoseSchema, Permission.MANAGE_CATALOGUE, SavedProduct)
def set_maximum_dose(command: SetMaximumDose) -> Answer:
    """Say the most that may be given of a substance, in one session or in some days, and where that is written."""

    def work(session: Session, act: Act) -> Answer:
        return _saved(maximum_doses.set_maximum_dose(session, act, command))

    return in_unit(ORGANISATION, work)


@operations.command("/products/<int:product_id>/codes", LearnCodeSchema, Permission.MANAGE_CATALOGUE, SavedProduct)
def learn_code(command: LearnCode) -> Answer:
    """Learn a code on the box. A code of another product is refused and that product named."""

    def work(session: Session, act: Act) -> Answer:
        return _saved(codes.learn_code(session, act, command))

    return in_unit(ORGANISATION, work)


@operations.command("/products/<int:product_id>/flags", SetFlagSchema, Permission.MANAGE_CATALOGUE, SavedProduct)
def set_flag(command: SetFlag) -> Answer:
    """Say what the product contains or is that a patient or a mixture may not bear."""

    def work(session: Session, act: Act) -> Answer:
        return _saved(flags.set_flag(session, act, command))

    return in_unit(ORGANISATION, work)


@operations.command("/suppliers", AddSupplierSchema, Permission.MANAGE_CATALOGUE, SavedSupplier)
def add_supplier(command: AddSupplier) -> Answer:
    """Add a supplier."""

    def work(session: Session, act: Act) -> Answer:
        supplier = suppliers.add_supplier(session, act, command)
        return Answer(201, url_for("api_stock.list_suppliers"), {"supplier_id": supplier.id})

    return in_unit(ORGANISATION, work)
