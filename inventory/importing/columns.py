"""What the columns of an import hold: the fields of each kind, and the headings that people give them.

A heading is matched when it is one of a field's spellings, folded: case, accents, signs and space do not count. What a
person says of a column counts before any guess.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from inventory.importing.errors import ColumnsNotMatched
from models.folding import folded
from models.vocabulary import ImportKind

NOT_USED = ""


@dataclass(frozen=True)
class Column:
    """`name`: the field; `heading`: as the template says it; `example`: an entry in the template."""

    name: str
    heading: str
    spellings: tuple[str, ...] = ()
    is_needed: bool = False
    example: str = ""


_SUPPLIERS = (
    Column(
        "name",
        "Name",
        ("supplier", "company", "vendor", "fournisseur", "lieferant", "proveedor"),
        is_needed=True,
        example="Meso Supply",
    ),
    Column("contact", "Contact", ("address", "phone", "email", "kontakt", "contacto"), example="orders@supply.example"),
)
_PRODUCTS = (
    Column(
        "name",
        "Name",
        ("product", "product name", "article", "produit", "produkt", "producto"),
        is_needed=True,
        example="Vitamin C 10 %",
    ),
    Column(
        "container_kind",
        "Container",
        ("kind", "container kind", "form", "packaging"),
        is_needed=True,
        example="ampoule",
    ),
    Column("unit", "Unit", ("unit of measure", "einheit", "unite", "unidad"), is_needed=True, example="mL"),
    Column(
        "content",
        "Content",
        ("volume", "content per container", "inhalt", "contenu", "contenido"),
        is_needed=True,
        example="5",
    ),
    Column(
        "regulatory_class",
        "Regulatory class",
        ("regulatory", "legal class"),
        is_needed=True,
        example="medicine authorised",
    ),
    Column("tracking", "Counted", ("tracking",), example="each"),
    Column("brand", "Brand", ("maker", "manufacturer", "marque", "marke", "hersteller", "marca")),
    Column("synonyms", "Other names", ("synonyms", "aliases", "also called")),
    Column("ingredient_class", "Class", ("ingredient class", "category", "group", "kategorie")),
    Column("gtin", "GTIN", ("ean", "barcode", "code", "gtin code", "ean code"), example="04012345678901"),
    Column(
        "containers_per_pack",
        "Per box",
        ("containers per pack", "pack size", "per pack", "units per box"),
        example="10",
    ),
    Column("storage", "Storage", ("keep at", "temperature", "lagerung", "conservation")),
    Column("storage_words", "Storage words", ("storage text", "storage note")),
    Column("label_in_use_hours", "Hours after opening", ("in use hours", "label in use hours")),
    Column("label_in_use_days", "Days after opening", ("in use days", "label in use days")),
    Column("reorder_point", "Order at", ("reorder point", "reorder level", "minimum", "minimum stock", "min stock")),
    Column("least_days_left", "Days to expiry at arrival", ("least days left", "minimum shelf life")),
    Column("overfill", "Overfill", ("overfill limit",)),
    Column("ph_min", "pH from", ("ph min", "lowest ph")),
    Column("ph_max", "pH to", ("ph max", "highest ph")),
    Column("is_injectable", "Injectable", ("for injection",)),
    Column("is_mix_never", "Never mixed", ("mix never", "do not mix")),
    Column("is_preserved", "Preserved", ("preservative",)),
    Column("is_sterile", "Sterile", ("sterile product",)),
    Column("may_be_kept", "May be kept for the patient", ("may be kept", "keep for patient")),
    Column("is_light_sensitive", "Keep from light", ("light sensitive", "protect from light")),
    Column("source", "Source", ("reference", "leaflet")),
)
_OPENING_STOCK = (
    Column(
        "product",
        "Product",
        ("product name", "article", "name", "gtin", "ean", "barcode", "produit", "produkt", "producto"),
        is_needed=True,
        example="Vitamin C 10 %",
    ),
    Column(
        "place",
        "Place",
        ("location", "cupboard", "shelf", "storage", "lieu", "ort", "lugar"),
        is_needed=True,
        example="Cupboard",
    ),
    Column(
        "lot_number",
        "Lot",
        ("lot number", "lot no", "batch", "batch number", "batch no", "lot nr", "charge", "lote", "los"),
        is_needed=True,
        example="A1234",
    ),
    Column(
        "expires_on",
        "Expiry",
        ("expires", "expiry date", "exp", "exp date", "use by", "best before", "verfall", "peremption", "caducidad"),
        is_needed=True,
        example="2032-03-31",
    ),
    Column(
        "containers",
        "Vials",
        ("containers", "number", "count", "quantity", "qty", "menge", "quantite", "anzahl"),
        is_needed=True,
        example="4",
    ),
    Column("remaining", "Left in each", ("remaining", "left", "amount left", "rest")),
    Column("opened_on", "Opened on", ("opened", "date opened", "opened at")),
    Column("hold_cause", "Block because", ("hold", "hold reason", "hold cause", "blocked", "reason")),
)
COLUMNS: Mapping[ImportKind, tuple[Column, ...]] = MappingProxyType(
    {
        ImportKind.SUPPLIERS: _SUPPLIERS,
        ImportKind.PRODUCTS: _PRODUCTS,
        ImportKind.OPENING_STOCK: _OPENING_STOCK,
    }
)


def guess_columns(kind: ImportKind, headings: Sequence[str]) -> tuple[str, ...]:
    """The field of each column, each once, the first that fits; what is not known is not used."""
    known = {_look(spelling): column.name for column in reversed(COLUMNS[kind]) for spelling in _spellings(column)}
    taken: set[str] = set()
    guessed = []
    for heading in headings:
        name = known.get(_look(heading), NOT_USED)
        guessed.append(NOT_USED if name in taken else name)
        taken.add(name)
    return tuple(guessed)


def missing_columns(kind: ImportKind, matched: Sequence[str]) -> tuple[str, ...]:
    """The headings of what is needed and not matched."""
    return tuple(column.heading for column in COLUMNS[kind] if column.is_needed and column.name not in matched)


def checked_columns(kind: ImportKind, matched: Sequence[str], count: int) -> tuple[str, ...]:
    """As a person said it. Raises `ColumnsNotMatched`."""
    headings = {column.name: column.heading for column in COLUMNS[kind]}
    used = [name for name in matched if name != NOT_USED]
    if len(matched) != count:
        raise ColumnsNotMatched(f"there are {count} columns, and {len(matched)} were named")
    unknown = next((name for name in used if name not in headings), None)
    if unknown is not None:
        raise ColumnsNotMatched(f"there is no field {unknown!r}")
    twice = next((name for name in used if used.count(name) > 1), None)
    if twice is not None:
        raise ColumnsNotMatched(f"{headings[twice]} is given twice")
    return tuple(matched)


def _spellings(column: Column) -> tuple[str, ...]:
    return (column.heading, column.name, *column.spellings)


def _look(heading: str) -> str:
    return re.sub(r"[^a-z0-9]+", "", folded(heading.replace("_", " ")))
