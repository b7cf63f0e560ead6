"""Each code of the catalogue that a page shows has the clinic's word."""

from enum import StrEnum
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader

from inventory.catalogue.finding import ShownProducts
from models import vocabulary

TEMPLATES = Path(__file__).resolve().parents[1] / "templates"
LOADED = Environment(autoescape=True, loader=FileSystemLoader(TEMPLATES))
WORDS = LOADED.get_template("macros/catalogue_words.html").module


@pytest.mark.parametrize(
    ("table", "codes"),
    [
        ("INGREDIENT_CLASSES", vocabulary.IngredientClass),
        ("REGULATORY_CLASSES", vocabulary.RegulatoryClass),
        ("PRODUCT_FLAGS", vocabulary.ProductFlagKind),
        ("LEVELS", vocabulary.IncompatibilityLevel),
        ("CODE_SCHEMES", vocabulary.CodeScheme),
        ("STORAGES", vocabulary.Storage),
        ("TRACKINGS", vocabulary.Tracking),
        ("SHOWN_PRODUCTS", ShownProducts),
    ],
)
def test_every_code_of_the_catalogue_has_a_word(table: str, codes: type[StrEnum]) -> None:
    assert set(getattr(WORDS, table)) == {code.value for code in codes}
