"""Words by which people look for products: classes of ingredients by their many names, and what is findable.

`search_words` of a product are its folded name, brand and synonyms with those of its substances. They are made again
with each change of one of them.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory import texts
from inventory.errors import InvalidText
from models.catalogue import Product, ProductStrength, Substance
from models.folding import folded
from models.vocabulary import IngredientClass

MOST_SYNONYMS = 20
LONGEST_SYNONYM = 100

# Names in use at the chair and on boxes, English and the words near to it in other languages.
CLASS_WORDS: Mapping[IngredientClass, tuple[str, ...]] = MappingProxyType(
    {
        IngredientClass.HYALURONIC_ACID_FREE: (
            "free hyaluronic acid",
            "hyaluronic acid free",
            "hyaluronic acid uncrosslinked",
            "non-crosslinked hyaluronic acid",
            "HA",
            "skin booster",
            "sodium hyaluronate",
            "acide hyaluronique",
        ),
        IngredientClass.HYALURONIC_ACID_CROSSLINKED: (
            "crosslinked hyaluronic acid",
            "hyaluronic acid crosslinked",
            "HA filler",
            "dermal filler",
            "acide hyaluronique réticulé",
        ),
        IngredientClass.POLYNUCLEOTIDE: ("polynucleotide", "PDRN", "PN", "salmon DNA"),
        IngredientClass.VITAMIN_C: ("vitamin C", "vitamine C", "ascorbic acid", "ascorbate"),
        IngredientClass.VITAMIN_E: ("vitamin E", "vitamine E", "tocopherol"),
        IngredientClass.VITAMIN_OTHER: ("other vitamins", "vitamin", "vitamine", "vitamin A", "vitamin B", "vitamin D"),
        IngredientClass.ZINC: ("zinc", "trace element", "mineral"),
        IngredientClass.SELENIUM: ("selenium", "trace element", "mineral"),
        IngredientClass.MINERAL_OTHER: ("other minerals", "mineral", "trace element", "silicon", "silanol", "copper"),
        IngredientClass.AMINO_ACID: ("amino acid", "amino acids", "acides aminés"),
        IngredientClass.ANTIOXIDANT: ("antioxidant", "glutathione"),
        IngredientClass.PHOSPHATIDYLCHOLINE_DEOXYCHOLATE: (
            "phosphatidylcholine and deoxycholate",
            "deoxycholic acid",
            "fat dissolving injection",
            "lipolysis",
            "PC/DC",
            "PPC",
        ),
        IngredientClass.CAFFEINE: ("caffeine", "lipolytic", "cellulite"),
        IngredientClass.LIPOLYTIC_OTHER: ("other lipolytics", "lipolytic", "cellulite", "carnitine", "aminophylline"),
        IngredientClass.PLANT_EXTRACT: ("plant extract", "herbal", "phytotherapy"),
        IngredientClass.HAIR_RESTORATION: ("hair restoration", "hair loss", "alopecia", "hair growth"),
        IngredientClass.DEPIGMENTING: ("depigmenting", "whitening", "brightening", "melasma", "pigmentation"),
        IngredientClass.ANAESTHETIC: ("anaesthetic", "anesthetic", "numbing", "local anaesthetic", "caine"),
        IngredientClass.ENZYME: ("enzyme", "hyaluronidase", "filler dissolver"),
        IngredientClass.TOXIN: ("botulinum toxin", "toxin", "mesobotox"),
        IngredientClass.DILUENT: ("diluent", "saline", "water for injections", "solvent", "buffer"),
        IngredientClass.OTHER: ("other",),
    }
)
_FOLDED = {kind: tuple(f" {folded(name)}" for name in names) for kind, names in CLASS_WORDS.items()}


def classes_called(text: str) -> list[IngredientClass]:
    """The classes of which a name begins, at one of its words, with what was typed."""
    words = folded(text)
    if not words:
        return []
    return [kind for kind, names in _FOLDED.items() if any(f" {words}" in name for name in names)]


def synonyms_text(given: Iterable[str]) -> str | None:
    """One a line, each once, as they are kept."""
    cleaned = dict.fromkeys(texts.line("Synonym", each, LONGEST_SYNONYM) for each in given)
    if len(cleaned) > MOST_SYNONYMS:
        raise InvalidText("Synonyms", f"are more than {MOST_SYNONYMS}")
    return "\n".join(cleaned) or None


def synonyms_of(row: Product | Substance) -> tuple[str, ...]:
    return tuple((row.synonyms or "").splitlines())


def make_substance_findable(session: Session, substance: Substance) -> None:
    """And the products that contain it."""
    substance.search_words = joined(substance.name, substance.synonyms)
    contains = select(ProductStrength.product_id).where(
        ProductStrength.substance_id == substance.id, ProductStrength.removed_at.is_(None)
    )
    session.flush()  # its products are found by its new words
    for product in session.scalars(select(Product).where(Product.id.in_(contains)).order_by(Product.id)):
        make_findable(session, product)


def make_findable(session: Session, product: Product) -> None:
    """Of a product whose strengths are flushed. The product itself is not: a change is one new version."""
    contained = (
        select(Substance.search_words)
        .join(ProductStrength, ProductStrength.substance_id == Substance.id)
        .where(ProductStrength.product_id == product.id, ProductStrength.removed_at.is_(None))
        .order_by(ProductStrength.id)
    )
    with session.no_autoflush:
        inside = list(session.scalars(contained))
    product.search_words = joined(product.name, product.brand, product.synonyms, *inside)


def joined(*parts: str | None) -> str:
    return folded(" ".join(part for part in parts if part))
