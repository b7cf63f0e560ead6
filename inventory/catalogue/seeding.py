"""The data that the catalogue starts with (seed.toml): loaded in one unit, and again whenever there is more.

- Loading adds what is missing and touches nothing that is there: not what a person changed, renamed, took off or
  deactivated, and not what a person had added under the same name.
- What no good source says carries its doubt until a person verifies it.
"""

import tomllib
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any, TypeVar

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from inventory.access import Act, Permission
from inventory.catalogue import words
from inventory.evidence import audit
from models.catalogue import (
    IncompatibilityRule,
    IncompatibilitySelector,
    Product,
    ProductFlag,
    ProductStrength,
    Substance,
    Technique,
    TreatmentArea,
)
from models.releasing import ReleaseCheck
from models.vocabulary import (
    ContainerKind,
    IncompatibilityLevel,
    IngredientClass,
    ProductFlagKind,
    RegulatoryClass,
    SelectorKind,
    Storage,
    StrengthUnit,
    Unit,
)

Named = TypeVar("Named", Substance, Product, TreatmentArea, Technique)
Data = dict[str, Any]


@dataclass(frozen=True)
class Loaded:
    """How many of each were added."""

    substances: int
    products: int
    rules: int
    areas: int
    techniques: int
    questions: int

    @property
    def total(self) -> int:
        return self.substances + self.products + self.rules + self.areas + self.techniques + self.questions


@cache
def seed() -> dict[str, list[Data]]:
    text = resources.files("inventory.catalogue").joinpath("seed.toml").read_text(encoding="utf-8")
    found: dict[str, list[Data]] = tomllib.loads(text)
    return found


def load(session: Session, act: Act) -> Loaded:
    """Add what is missing. Twice in a row the second adds nothing."""
    act.require(Permission.MANAGE_CATALOGUE)
    known, substances = _load_substances(session)
    loaded = Loaded(
        substances=substances,
        products=_load_products(session, known),
        rules=_load_rules(session, known),
        areas=_load_areas(session),
        techniques=_load_techniques(session),
        questions=_load_questions(session),
    )
    if loaded.total:
        audit.record(session, act, "starting catalogue loaded", added=loaded.total)
    return loaded


def _load_substances(session: Session) -> tuple[dict[str, Substance], int]:
    """The substances by their keys, and how many are new."""
    known: dict[str, Substance] = {}
    added = 0
    for data in seed()["substances"]:
        substance = _find(session, Substance, data)
        if substance is None:
            substance = Substance(
                name=data["name"],
                ingredient_class=IngredientClass(data["ingredient_class"]),
                synonyms=words.synonyms_text(data.get("synonyms", ())),
                seed_key=data["key"],
                **_sourced(data),
            )
            session.add(substance)
            session.flush()  # the words need its id
            words.make_substance_findable(session, substance)
            added += 1
        known[data["key"]] = substance
    return known, added


def _load_products(session: Session, known: dict[str, Substance]) -> int:
    added = 0
    for data in seed()["products"]:
        if _find(session, Product, data) is not None:
            continue
        product = _product(data)
        session.add(product)
        session.flush()  # strengths and flags name the product
        _add_contents(session, product, data, known)
        session.flush()  # the words are looked up in the database
        words.make_findable(session, product)
        added += 1
    return added


def _product(data: Data) -> Product:
    return Product(
        name=data["name"],
        synonyms=words.synonyms_text(data.get("synonyms", ())),
        ingredient_class=IngredientClass(data["ingredient_class"]),
        regulatory_class=RegulatoryClass(data["regulatory_class"]),
        container_kind=ContainerKind(data["container_kind"]),
        unit=Unit(data["unit"]),
        content=Decimal(data["content"]),
        is_mix_never=data.get("is_mix_never", False),
        is_preserved=data.get("is_preserved", False),
        is_light_sensitive=data.get("is_light_sensitive", False),
        label_in_use_hours=data.get("label_in_use_hours"),
        storage=Storage(data["storage"]) if "storage" in data else None,
        storage_words=data.get("storage_words"),
        ph_min=Decimal(data["ph_min"]) if "ph_min" in data else None,
        ph_max=Decimal(data["ph_max"]) if "ph_max" in data else None,
        seed_key=data["key"],
        **_sourced(data),
    )


def _add_contents(session: Session, product: Product, data: Data, known: dict[str, Substance]) -> None:
    for strength in data.get("strengths", ()):
        session.add(
            ProductStrength(
                product_id=product.id,
                substance_id=known[strength["substance"]].id,
                strength=Decimal(strength["strength"]),
                strength_unit=StrengthUnit(strength["unit"]),
            )
        )
    for flag in data.get("flags", ()):
        doubt = flag.get("doubt")
        kind = ProductFlagKind(flag["kind"])
        session.add(ProductFlag(product_id=product.id, kind=kind, source=data["source"], doubt=doubt))


def _load_rules(session: Session, known: dict[str, Substance]) -> int:
    there = set(session.scalars(select(IncompatibilityRule.code)))
    missing = [data for data in seed()["rules"] if data["code"] not in there]
    for data in missing:
        rule = IncompatibilityRule(
            code=data["code"],
            level=IncompatibilityLevel(data["level"]),
            what_happens=data["what_happens"],
            unless=data.get("unless"),
            seed_key=data["code"],
            **_sourced(data),
        )
        session.add(rule)
        session.flush()  # the selectors name the rule
        for number, side in ((1, data["first"]), (2, data["second"])):
            _add_side(session, rule, number, side, known)
    return len(missing)


def _add_side(
    session: Session, rule: IncompatibilityRule, number: int, side: Data, known: dict[str, Substance]
) -> None:
    for key in side.get("substances", ()):
        _add_selector(session, rule, number, SelectorKind.SUBSTANCE, substance_id=known[key].id)
    for name in side.get("classes", ()):
        _add_selector(session, rule, number, SelectorKind.INGREDIENT_CLASS, ingredient_class=IngredientClass(name))
    for name in side.get("flags", ()):
        _add_selector(session, rule, number, SelectorKind.FLAG, flag=ProductFlagKind(name))


def _add_selector(session: Session, rule: IncompatibilityRule, number: int, kind: SelectorKind, **what: Any) -> None:
    session.add(IncompatibilitySelector(rule_id=rule.id, side=number, kind=kind, **what))


def _load_areas(session: Session) -> int:
    missing = [
        (position, data)
        for position, data in enumerate(seed()["areas"], 1)
        if _find(session, TreatmentArea, data) is None
    ]
    for position, data in missing:
        session.add(TreatmentArea(name=data["name"], position=position, seed_key=data["key"], **_sourced(data)))
    return len(missing)


def _load_techniques(session: Session) -> int:
    missing = [
        (position, data)
        for position, data in enumerate(seed()["techniques"], 1)
        if _find(session, Technique, data) is None
    ]
    for position, data in missing:
        session.add(
            Technique(
                name=data["name"],
                depth=data.get("depth"),
                geometry=data.get("geometry"),
                position=position,
                seed_key=data["key"],
                **_sourced(data),
            )
        )
    return len(missing)


def _load_questions(session: Session) -> int:
    """The checklist before release."""
    there = set(session.scalars(select(ReleaseCheck.seed_key)))
    missing = [(position, data) for position, data in enumerate(seed()["questions"], 1) if data["key"] not in there]
    for position, data in missing:
        check = ReleaseCheck(
            question=data["question"],
            regulatory_class=RegulatoryClass(data["regulatory_class"]) if "regulatory_class" in data else None,
            ingredient_class=IngredientClass(data["ingredient_class"]) if "ingredient_class" in data else None,
            needs_certificate=data.get("needs_certificate", False),
            position=position,
            seed_key=data["key"],
            **_sourced(data),
        )
        session.add(check)
    return len(missing)


def _find(session: Session, table: type[Named], data: Data) -> Named | None:
    """By its key, or else what a person calls the same."""
    query = select(table).where(or_(table.seed_key == data["key"], table.name == data["name"]))
    return session.scalars(query.order_by(table.seed_key.is_(None)).limit(1)).one_or_none()


def _sourced(data: Data) -> dict[str, str | None]:
    return {"source": data["source"], "doubt": None if data["verified"] else data["doubt"]}
