"""Commands of the catalogue in a unit of the organisation, and a few products to change."""

from decimal import Decimal

import pytest

from inventory.catalogue import products, seeding
from inventory.catalogue.products import AddProduct
from inventory.units import ORGANISATION
from models.vocabulary import ContainerKind, RegulatoryClass, Unit


@pytest.fixture
def change(units):
    """Do one service call in a unit of `actor`; the answer is the id of what it returns."""

    def do(actor, service, command, scope=ORGANISATION):
        return units.run(actor, scope, lambda session, act: service(session, act, command).id)

    return do


@pytest.fixture
def make_product(change, pharmacist):
    def make(name="Vitamin C", **facts):
        needed = (RegulatoryClass.MEDICINE_AUTHORISED, ContainerKind.AMPOULE, Unit.ML, Decimal(5))
        return change(pharmacist, products.add_product, AddProduct(name, *needed, **facts))

    return make


@pytest.fixture
def seeded(units, pharmacist):
    return units.run(pharmacist, ORGANISATION, seeding.load)
