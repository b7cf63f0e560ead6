"""Rows that become suppliers and products, judged by the checks of the single commands.

`SupplierFacts` and `ProductFacts` are all that the catalogue has a say in: where they are the same under the lock as
when the file was checked, so is the answer.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory import texts
from inventory.catalogue import codes, products, suppliers, words
from inventory.catalogue.errors import CodeOfAnotherProduct
from inventory.catalogue.products import AddProduct
from inventory.catalogue.suppliers import AddSupplier
from inventory.errors import AlreadyInCatalogue, InvalidText
from inventory.importing.cells import Cells
from inventory.importing.columns import COLUMNS, Column
from inventory.importing.findings import Findings
from models.catalogue import Product, ProductCode, Supplier
from models.vocabulary import (
    CodeScheme,
    ContainerKind,
    ImportKind,
    IngredientClass,
    RegulatoryClass,
    Storage,
    Tracking,
    Unit,
)

Rows = Iterable[tuple[int, Cells]]


@dataclass(frozen=True)
class SupplierFacts:
    names: frozenset[str]


@dataclass(frozen=True)
class RemovedCode:
    id: int
    product_id: int
    containers_per_pack: int
    removed_at: datetime


@dataclass(frozen=True)
class ProductFacts:
    """`codes`: GTIN -> the product that has it; `removed`: those that were taken off one and may be learnt anew."""

    names: frozenset[str]
    codes: Mapping[str, str]
    removed: Mapping[str, RemovedCode]


@dataclass(frozen=True)
class NewProduct:
    """`values`: the columns that the row says something of."""

    values: Mapping[str, Any]
    gtin: str | None
    containers_per_pack: int


def supplier_facts(session: Session) -> SupplierFacts:
    return SupplierFacts(frozenset(session.scalars(select(Supplier.name))))


def product_facts(session: Session) -> ProductFacts:
    code = ProductCode
    query = select(code.code, Product.name, code.id, code.product_id, code.containers_per_pack, code.removed_at)
    known = session.execute(query.join(Product).where(code.scheme == CodeScheme.GTIN)).all()
    return ProductFacts(
        frozenset(session.scalars(select(Product.name))),
        {row[0]: row[1] for row in known if row[5] is None},
        {row[0]: RemovedCode(row[2], row[3], row[4], row[5]) for row in known if row[5] is not None},
    )


def check_suppliers(rows: Rows, facts: SupplierFacts, findings: Findings) -> list[dict[str, Any]]:
    seen: dict[str, int] = {}
    made = []
    for number, cells in rows:
        name = findings.read(number, "name", partial(_supplier_name, cells))
        if name is not None:
            _refuse_known("supplier", number, name, facts.names, seen, findings)
        command = AddSupplier(name or "-", cells.text("contact"))
        supplier = findings.read(number, "contact", partial(suppliers.checked_supplier, command))
        if supplier is not None and number not in findings.bad_rows:
            made.append(kept_values(supplier))
    return made


def check_products(rows: Rows, facts: ProductFacts, findings: Findings) -> list[NewProduct]:
    seen: dict[str, int] = {}
    coded: dict[str, int] = {}
    made = []
    for number, cells in rows:
        values = _values(number, cells, findings)
        if "name" in values:
            _refuse_known("product", number, values["name"], facts.names, seen, findings)
        if "gtin" in values:
            _refuse_known_code(number, values["gtin"], facts, coded, findings)
        if number in findings.bad_rows:
            continue
        command = AddProduct(**values)
        product = findings.read(number, "", partial(products.checked_product, command))
        if product is not None:
            searched = words.joined(product.name, product.brand, product.synonyms)
            kept = kept_values(product) | {"search_words": searched}
            made.append(NewProduct(kept, command.gtin, command.containers_per_pack))
    return made


def _supplier_name(cells: Cells) -> str:
    return texts.line("Name", cells.needed("name", "Name"))


def _values(number: int, cells: Cells, findings: Findings) -> dict[str, Any]:
    """What the row says, field by field; each field that cannot be read is a problem of its own."""
    values = {}
    for column in COLUMNS[ImportKind.PRODUCTS]:
        value = findings.read(number, column.name, partial(_value, cells, column))
        if value is not None:
            values[column.name] = value
    return values


def _value(cells: Cells, column: Column) -> Any:
    if column.is_needed and cells.text(column.name) is None:
        raise InvalidText(column.heading, "is empty")
    return _READERS.get(column.name, _read_text)(cells, column.name, column.heading)


def kept_values(row: Product | Supplier) -> dict[str, Any]:
    """What was said of it; the rest has its defaults. Twenty thousand records would fill the memory."""
    found = {column.name: getattr(row, column.name) for column in row.__table__.columns}
    return {name: value for name, value in found.items() if value is not None}


def _refuse_known(
    kind: str, number: int, name: str, known: frozenset[str], seen: dict[str, int], findings: Findings
) -> None:
    if name in known:
        findings.refuse(number, "name", AlreadyInCatalogue(kind, name).what)
    elif seen.setdefault(name, number) != number:
        findings.refuse(number, "name", f"{name!r} is in row {seen[name]} already.")


def _refuse_known_code(number: int, gtin: str, facts: ProductFacts, coded: dict[str, int], findings: Findings) -> None:
    if gtin in facts.codes:
        findings.refuse(number, "gtin", CodeOfAnotherProduct(gtin, facts.codes[gtin]).what)
    elif coded.setdefault(gtin, number) != number:
        findings.refuse(number, "gtin", f"The code {gtin} is in row {coded[gtin]} already.")


Reader = Callable[[Cells, str, str], Any]


def _read_text(cells: Cells, name: str, heading: str) -> str | None:
    text = cells.text(name)
    return None if text is None else texts.line(heading, text)


def _read_note(cells: Cells, name: str, heading: str) -> str | None:
    text = cells.text(name)
    return None if text is None else texts.note(heading, text)


def _read_synonyms(cells: Cells, name: str, heading: str) -> tuple[str, ...] | None:  # noqa: ARG001  # asked as the others are
    text = cells.text(name)
    if text is None:
        return None
    return tuple(part.strip() for part in text.replace("\n", ";").split(";") if part.strip())


def _read_gtin(cells: Cells, name: str, heading: str) -> str | None:  # noqa: ARG001  # as above
    text = cells.text(name)
    return None if text is None else codes.checked_code(CodeScheme.GTIN, text)


def _read_per_pack(cells: Cells, name: str, heading: str) -> int | None:
    count = cells.whole(name, heading)
    return None if count is None else codes.checked_in_pack(count)


def _choice(members: type[Any]) -> Reader:
    return lambda cells, name, heading: cells.choice(name, heading, members)


_TRUTHS = ("is_injectable", "is_mix_never", "is_preserved", "is_sterile", "may_be_kept", "is_light_sensitive")
_WHOLES = ("label_in_use_hours", "label_in_use_days", "least_days_left")
_AMOUNTS = ("ph_min", "ph_max", "overfill", "reorder_point")
_READERS: Mapping[str, Reader] = MappingProxyType(
    {
        "container_kind": _choice(ContainerKind),
        "unit": _choice(Unit),
        "content": lambda cells, name, _heading: cells.amount(name),
        "regulatory_class": _choice(RegulatoryClass),
        "tracking": _choice(Tracking),
        "ingredient_class": _choice(IngredientClass),
        "storage": _choice(Storage),
        "synonyms": _read_synonyms,
        "source": _read_note,
        "gtin": _read_gtin,
        "containers_per_pack": _read_per_pack,
        **dict.fromkeys(_TRUTHS, Cells.truth),
        **dict.fromkeys(_WHOLES, Cells.whole),
        **dict.fromkeys(_AMOUNTS, lambda cells, name, _heading: cells.amount_or_zero(name)),
    }
)
