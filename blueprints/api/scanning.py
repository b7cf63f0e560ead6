"""Scans for programs: what a code means here, and learning one that is not known."""

from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from blueprints.api.operations import Operations
from blueprints.frame import units
from blueprints.schemas.product_answers import SavedProduct
from blueprints.schemas.scanning import AddScannedProductSchema, LearnScanSchema, ScanAnswer, ScanSchema
from blueprints.unit_of_work import in_unit
from blueprints.visitor import current_site_id
from inventory import scanning
from inventory.access import Act, Permission
from inventory.catalogue import recognising
from inventory.catalogue.recognising import AddScannedProduct, LearnScan
from inventory.scanning import Answered
from inventory.units import ORGANISATION, Answer
from models.catalogue import Product

operations = Operations("scanning", "Scanning", "What a scanned code means at the token's site.")


def _saved(product: Product) -> Answer:
    where = url_for("api_products.show_product", product_id=product.id)
    return Answer(201, where, {"product_id": product.id})


@operations.question("/scans", ScanSchema, Permission.VIEW_STOCK, ScanAnswer)
def read_scan(asked: dict[str, Any]) -> Answered:
    """What a scan means: one of our codes, a maker's code, a lot number, or words. Nothing is changed."""
    with units().reading() as session:
        return scanning.answer_scan(session, text=asked["text"], site_id=current_site_id(), now=units().clock.now())


@operations.command("/products/<int:product_id>/scans", LearnScanSchema, Permission.MANAGE_CATALOGUE, SavedProduct)
def learn_scan(command: LearnScan) -> Answer:
    """Learn the product's code from a scan of its box. A code of another product is refused and that product named."""

    def work(session: Session, act: Act) -> Answer:
        return _saved(recognising.learn_scan(session, act, command))

    return in_unit(ORGANISATION, work)


@operations.command("/scans/products", AddScannedProductSchema, Permission.MANAGE_CATALOGUE, SavedProduct)
def add_scanned_product(command: AddScannedProduct) -> Answer:
    """Add the product that a scanned box holds, and learn its code."""

    def work(session: Session, act: Act) -> Answer:
        return _saved(recognising.add_scanned_product(session, act, command))

    return in_unit(ORGANISATION, work)
