"""The catalogue's lists for programs: products by words, ingredients, areas and techniques; and a person's word."""

from typing import Any

from flask import url_for
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from blueprints.api.operations import Operations
from blueprints.frame import units
from blueprints.schemas.catalogue_answers import (
    FoundProductsAnswer,
    SavedArea,
    SavedSubstance,
    SavedTechnique,
    SubstancesAnswer,
    TechniquesAnswer,
    VerifiedFact,
    VerifyFactSchema,
)
from blueprints.schemas.product_answers import SavedSupplier
from blueprints.schemas.products import ProductsAsked
from blueprints.schemas.substances import AddSubstanceSchema, ChangeSubstanceSchema
from blueprints.schemas.suppliers import ChangeSupplierSchema
from blueprints.schemas.techniques import AddAreaSchema, AddTechniqueSchema, OfferAreaSchema, OfferTechniqueSchema
from blueprints.unit_of_work import in_unit
from inventory.access import Act, Permission
from inventory.catalogue import substances, suppliers, techniques, verifying
from inventory.catalogue.finding import WantedProducts, find_products
from inventory.catalogue.substances import AddSubstance, ChangeSubstance
from inventory.catalogue.suppliers import ChangeSupplier
from inventory.catalogue.techniques import AddArea, AddTechnique, OfferArea, OfferTechnique
from inventory.catalogue.verifying import FactKind, VerifyFact
from inventory.units import ORGANISATION, Answer

operations = Operations("catalogue", "Catalogue lists", "What products are found by, made of and given with.")


@operations.query("/products/search", Permission.VIEW_STOCK, FoundProductsAnswer, ProductsAsked)
def search_products(*, after: str | None = None, **wanted: Any) -> dict[str, Any]:
    """Products by name, brand, synonym, ingredient, class or GTIN, in parts by name."""
    with units().reading() as session:
        found, following = find_products(session, wanted=WantedProducts(**wanted), after=after)
    return {"products": found, "next_after": following}


@operations.query("/substances", Permission.VIEW_STOCK, SubstancesAnswer)
def list_substances() -> dict[str, Any]:
    """What products contain."""
    with units().reading() as session:
        return {"substances": substances.list_substances(session)}


@operations.command("/substances", AddSubstanceSchema, Permission.MANAGE_CATALOGUE, SavedSubstance)
def add_substance(command: AddSubstance) -> Answer:
    """Add an ingredient."""

    def work(session: Session, act: Act) -> Answer:
        made = substances.add_substance(session, act, command)
        return Answer(201, url_for("api_catalogue.list_substances"), {"substance_id": made.id})

    return in_unit(ORGANISATION, work)


@operations.command(
    "/substances/<int:substance_id>", ChangeSubstanceSchema, Permission.MANAGE_CATALOGUE, SavedSubstance
)
def change_substance(command: ChangeSubstance) -> Answer:
    """Change an ingredient whole: what is not sent is empty afterwards."""

    def work(session: Session, act: Act) -> Answer:
        changed = substances.change_substance(session, act, command)
        return Answer(201, url_for("api_catalogue.list_substances"), {"substance_id": changed.id})

    return in_unit(ORGANISATION, work)


@operations.command("/suppliers/<int:supplier_id>", ChangeSupplierSchema, Permission.MANAGE_CATALOGUE, SavedSupplier)
def change_supplier(command: ChangeSupplier) -> Answer:
    """Rename a supplier, change how to reach it, or offer it no more."""

    def work(session: Session, act: Act) -> Answer:
        changed = suppliers.change_supplier(session, act, command)
        return Answer(201, url_for("api_stock.list_suppliers"), {"supplier_id": changed.id})

    return in_unit(ORGANISATION, work)


@operations.query("/techniques", Permission.VIEW_STOCK, TechniquesAnswer)
def list_techniques() -> dict[str, Any]:
    """Areas and techniques, also those that are offered no more."""
    with units().reading() as session:
        return {
            "areas": techniques.list_areas(session, are_all=True),
            "techniques": techniques.list_techniques(session, are_all=True),
        }


@operations.command("/areas", AddAreaSchema, Permission.MANAGE_CATALOGUE, SavedArea)
def add_area(command: AddArea) -> Answer:
    """Add an area of the body."""

    def work(session: Session, act: Act) -> Answer:
        return _of_area(techniques.add_area(session, act, command).id)

    return in_unit(ORGANISATION, work)


@operations.command("/areas/<int:area_id>/offer", OfferAreaSchema, Permission.MANAGE_CATALOGUE, SavedArea)
def offer_area(command: OfferArea) -> Answer:
    """Offer an area, or offer it no more."""

    def work(session: Session, act: Act) -> Answer:
        return _of_area(techniques.offer_area(session, act, command).id)

    return in_unit(ORGANISATION, work)


@operations.command("/techniques", AddTechniqueSchema, Permission.MANAGE_CATALOGUE, SavedTechnique)
def add_technique(command: AddTechnique) -> Answer:
    """Add a technique."""

    def work(session: Session, act: Act) -> Answer:
        return _of_technique(techniques.add_technique(session, act, command).id)

    return in_unit(ORGANISATION, work)


@operations.command(
    "/techniques/<int:technique_id>/offer", OfferTechniqueSchema, Permission.MANAGE_CATALOGUE, SavedTechnique
)
def offer_technique(command: OfferTechnique) -> Answer:
    """Offer a technique, or offer it no more."""

    def work(session: Session, act: Act) -> Answer:
        return _of_technique(techniques.offer_technique(session, act, command).id)

    return in_unit(ORGANISATION, work)


@operations.command(
    "/facts/<kind>/<int:fact_id>/verification", VerifyFactSchema, Permission.MANAGE_CATALOGUE, VerifiedFact
)
def verify_fact(command: tuple[str, int]) -> Answer:
    """Say that a shipped fact is right, with your name and the time."""
    kind, fact_id = command
    if kind not in set(FactKind):
        raise NotFound

    def work(session: Session, act: Act) -> Answer:
        fact = verifying.verify_fact(session, act, VerifyFact(FactKind(kind), fact_id))
        return Answer(201, url_for("api_catalogue.search_products"), {"fact_id": fact.id})

    return in_unit(ORGANISATION, work)


def _of_area(area_id: int) -> Answer:
    return Answer(201, url_for("api_catalogue.list_techniques"), {"area_id": area_id})


def _of_technique(technique_id: int) -> Answer:
    return Answer(201, url_for("api_catalogue.list_techniques"), {"technique_id": technique_id})
