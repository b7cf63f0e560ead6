"""Products are found by the words people use, however they write them, and the same on both databases."""

from decimal import Decimal

import pytest

from inventory.catalogue import products, substances
from inventory.catalogue.finding import ShownProducts, WantedProducts, count_to_verify, find_products
from inventory.catalogue.products import DeactivateProduct
from inventory.catalogue.strengths import SubstanceStrength
from inventory.catalogue.substances import AddSubstance, ChangeSubstance
from inventory.catalogue.words import CLASS_WORDS
from inventory.errors import AlreadyInCatalogue, RecordChanged
from models.folding import folded
from models.vocabulary import IngredientClass, RegulatoryClass


@pytest.fixture
def names(units):
    def ask(text="", **wanted):
        with units.reading() as session:
            found, _ = find_products(session, wanted=WantedProducts(text, **wanted), most=100)
            return {product.name for product in found}

    return ask


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("hyaluronic acid", "Hyaluronic acid 18 mg/mL, 1 mL syringe"),
        ("free hyaluronic acid", "Hyaluronic acid 18 mg/mL, 1 mL syringe"),
        ("crosslinked hyaluronic", "Crosslinked hyaluronic acid 20 mg/mL, 1 mL syringe"),
        ("acide hyaluronique RETICULE", "Crosslinked hyaluronic acid 20 mg/mL, 1 mL syringe"),
        ("vitamin C", "Vitamin C 200 mg/mL with sulfite, 5 mL ampoule"),
        ("ascorbate", "Vitamin C 200 mg/mL with sulfite, 5 mL ampoule"),
        ("tocopherol", "Vitamin E 50 mg/mL, 2 mL ampoule"),
        ("other vitamins", "Biotin 5 mg/mL, 1 mL ampoule"),
        ("zinc", "Zinc 1 mg/mL, 10 mL vial"),
        ("selenite", "Selenium 40 mcg/mL, 10 mL vial"),
        ("other minerals", "Organic silicon, 5 mL ampoule"),
        ("amino acids", "Amino acids, 5 mL ampoule"),
        ("deoxycholate", "Deoxycholic acid 10 mg/mL, 2 mL vial"),
        ("lipolysis", "Phosphatidylcholine 50 mg/mL with deoxycholate, 5 mL ampoule"),
        ("CAFÉINE", "Caffeine 100 mg/mL, 2 mL ampoule"),
        ("other lipolytics", "L-carnitine 100 mg/mL, 5 mL ampoule"),
        ("hair loss", "Minoxidil 20 mg/mL with dutasteride 0.5 mg/mL, 5 mL vial"),
        ("lignocaine", "Lidocaine 10 mg/mL, 5 mL ampoule"),
        ("anesthetic", "Procaine 20 mg/mL, 5 mL ampoule"),
        ("saline", "Sodium chloride 0.9 %, 10 mL ampoule"),
    ],
)
def test_people_find_what_they_mean(seeded, names, text, name):
    assert name in names(text)


def test_other_things_are_not_found(seeded, names):
    assert all("Vitamin C" in name for name in names("vitamine c"))
    for nothing in ("no such thing", "%", "_", "%%%", "\\", "' OR 1=1 --", "<script>", "x" * 5_000, "١٢٣"):
        assert names(nothing) == set(), nothing


def test_filters_narrow_the_list(seeded, names, change, pharmacist, units):
    assert names(ingredient_class=IngredientClass.SELENIUM) == {
        "Selenium 40 mcg/mL, 10 mL vial",
        "Selenium 60 mcg/mL, 10 mL vial",
    }
    assert "Vitamin C 500 mg/mL, 50 mL bulk vial" in names(regulatory_class=RegulatoryClass.MEDICINE_AUTHORISED)
    assert names("zinc", regulatory_class=RegulatoryClass.COSMETIC) == set()
    assert "Zinc 1 mg/mL, 10 mL vial" in names(show=ShownProducts.TO_VERIFY)
    with units.reading() as session:
        assert count_to_verify(session) == len(names(show=ShownProducts.TO_VERIFY))
        found, _ = find_products(session, wanted=WantedProducts("zinc"))
    change(pharmacist, products.deactivate_product, DeactivateProduct(found[0].id, 2, "no longer bought"))
    assert names("zinc") == set()
    assert names("zinc", show=ShownProducts.DEACTIVATED) == {found[0].name}


def test_a_list_goes_on_where_it_stopped(seeded, units):
    seen, after = [], None
    with units.reading() as session:
        while True:
            part, after = find_products(session, wanted=WantedProducts(), after=after, most=7)
            assert len(part) <= 7
            seen += [product.name for product in part]
            if after is None:
                break
    assert len(seen) == len(set(seen)) == seeded.products


def test_a_box_number_finds_its_product(make_product, names):
    make_product("Nameless", gtin="09506000134352")

    assert names("9506000134352") == {"Nameless"}


def test_a_synonym_learnt_later_finds_the_products_that_contain_it(change, pharmacist, make_product, names, units):
    make_product("Ampoule 7", strengths=(SubstanceStrength("argireline", Decimal(1)),))
    assert names("Hexapeptide") == set()
    with units.reading() as session:
        (substance,) = substances.list_substances(session, text="ARGIRELINE")

    command = ChangeSubstance(substance.id, 1, "argireline", IngredientClass.OTHER, ("acétyl hexapeptide-8",))
    change(pharmacist, substances.change_substance, command)
    assert names("acetyl Hexapeptide 8") == {"Ampoule 7"}
    with pytest.raises(RecordChanged):
        change(pharmacist, substances.change_substance, command)
    with pytest.raises(AlreadyInCatalogue):
        change(pharmacist, substances.add_substance, AddSubstance("argireline"))


def test_every_class_has_words_of_its_own():
    assert set(CLASS_WORDS) == set(IngredientClass)
    assert all(folded(word) for words in CLASS_WORDS.values() for word in words)
