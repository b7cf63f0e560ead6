"""Products: added with little, completed later, fixed once there are vials of them."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from inventory.catalogue import codes, flags, products, strengths, suppliers
from inventory.catalogue.codes import LearnCode, RemoveCode
from inventory.catalogue.errors import (
    AcidityTurned,
    CodeOfAnotherProduct,
    InUseTimeOutOfRange,
    InUseTimeTwice,
    NotAProductCode,
    ProductInUse,
)
from inventory.catalogue.flags import RemoveFlag, SetFlag
from inventory.catalogue.products import ActivateProduct, ChangeMeasure, ChangeProduct, DeactivateProduct
from inventory.catalogue.strengths import RemoveStrength, SetStrength, SubstanceStrength
from inventory.catalogue.suppliers import AddSupplier, ChangeSupplier
from inventory.errors import (
    AlreadyInCatalogue,
    InvalidAmount,
    InvalidText,
    NotAllowed,
    ReasonMissing,
    RecordChanged,
    RecordNotFound,
)
from inventory.stock import receiving
from inventory.units import EVERYTHING, one_site
from models.catalogue import Product, ProductFlag, Supplier
from models.evidence import AuditEntry
from models.vocabulary import (
    CodeScheme,
    ContainerKind,
    IngredientClass,
    ProductFlagKind,
    RegulatoryClass,
    Tracking,
    Unit,
)

GTIN = "09506000134352"
HOSTILE = '<script>a()</script> "=1+1" ../../x {{ 7*7 }}'


def changed(product_id, version=1, name="Vitamin C", **facts):
    return ChangeProduct(product_id, version, name, RegulatoryClass.MEDICINE_AUTHORISED, ContainerKind.AMPOULE, **facts)


@pytest.fixture
def product(units):
    def ask(product_id):
        with units.reading() as session:
            found = products.get_product(session, product_id)
            assert (list(found.strengths), list(found.flags)) is not None  # both loaded before the session closes
            for strength in found.strengths:
                assert strength.substance.name
            return found

    return ask


def test_a_product_needs_name_class_kind_unit_and_content(make_product, product):
    found = product(make_product())

    assert (found.name, found.unit, found.content, found.version) == ("Vitamin C", Unit.ML, 5, 1)
    assert (found.is_verified, found.is_active, found.search_words) == (True, True, "vitamin c")


def test_a_name_is_given_once(make_product):
    make_product()

    with pytest.raises(AlreadyInCatalogue, match="product 'Vitamin C'"):
        make_product()


def test_everything_else_can_follow(change, pharmacist, make_product, product):
    product_id = make_product()

    facts = {
        "brand": HOSTILE,
        "synonyms": ("Ascorbate", "Ascorbate", "L-ascorbic acid"),
        "ingredient_class": IngredientClass.VITAMIN_C,
        "ph_min": Decimal("5.5"),
        "ph_max": Decimal(7),
        "label_in_use_hours": 6,
        "reorder_point": Decimal(0),
        "source": "leaflet of 2030\nsecond line",
    }
    change(pharmacist, products.change_product, changed(product_id, **facts))

    found = product(product_id)
    assert (found.brand, found.synonyms) == (HOSTILE, "Ascorbate\nL-ascorbic acid")
    assert (found.ph_min, found.ph_max, found.reorder_point, found.version) == (Decimal("5.5"), 7, 0, 2)


def test_the_second_of_two_changes_is_refused(change, pharmacist, make_product):
    product_id = make_product()
    change(pharmacist, products.change_product, changed(product_id, brand="One"))

    with pytest.raises(RecordChanged):
        change(pharmacist, products.change_product, changed(product_id, brand="Two"))


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"ph_min": Decimal(8), "ph_max": Decimal(7)}, AcidityTurned),
        ({"ph_max": Decimal(15)}, AcidityTurned),
        ({"label_in_use_hours": 4, "label_in_use_days": 28}, InUseTimeTwice),
        ({"label_in_use_days": 0}, InUseTimeOutOfRange),
        ({"label_in_use_hours": 10_000}, InUseTimeOutOfRange),
        ({"overfill": Decimal(-1)}, InvalidAmount),
        ({"reorder_point": Decimal("NaN")}, InvalidAmount),
        ({"brand": "x" * 10_000}, InvalidText),
        ({"brand": "turned \u202e round"}, InvalidText),
        ({"synonyms": tuple(f"name {number}" for number in range(21))}, InvalidText),
        ({"source": "nul \x00"}, InvalidText),
    ],
)
def test_facts_that_cannot_be_are_refused(change, pharmacist, make_product, product, facts, refusal):
    product_id = make_product()

    with pytest.raises(refusal):
        change(pharmacist, products.change_product, changed(product_id, **facts))
    assert product(product_id).version == 1


@pytest.mark.parametrize("name", ["anna", "peter", "otto"])
def test_only_who_manages_the_catalogue_changes_it(actor, change, make_product, name):
    product_id = make_product()
    who = actor(name)

    for service, command in (
        (products.change_product, changed(product_id)),
        (products.change_measure, ChangeMeasure(product_id, 1, Unit.MG, Decimal(1))),
        (products.deactivate_product, DeactivateProduct(product_id, 1, "gone")),
        (codes.learn_code, LearnCode(product_id, CodeScheme.GTIN, GTIN)),
        (flags.set_flag, SetFlag(product_id, ProductFlagKind.SOY)),
        (strengths.set_strength, SetStrength(product_id, "zinc", Decimal(1))),
        (suppliers.add_supplier, AddSupplier("Pharma Nord")),
    ):
        with pytest.raises(NotAllowed):
            change(who, service, command)


def test_unit_and_content_change_until_there_is_a_vial(change, units, clinic, pharmacist, make_product, product):
    product_id = make_product()
    change(pharmacist, products.change_measure, ChangeMeasure(product_id, 1, Unit.MG, Decimal(600)), EVERYTHING)
    assert (product(product_id).unit, product(product_id).content) == (Unit.MG, 600)

    supplier_id = change(pharmacist, suppliers.add_supplier, AddSupplier("Pharma Nord"))
    line = receiving.ReceiveLine(product_id, "L1", date(2032, 1, 31), 1)
    delivery = receiving.ReceiveDelivery(supplier_id, "D-1", clinic.places.storage, (line,))
    units.run(
        pharmacist, one_site(clinic.site_id), lambda session, act: receiving.receive_delivery(session, act, delivery).id
    )

    with pytest.raises(ProductInUse, match="there are vials of it"):
        change(pharmacist, products.change_measure, ChangeMeasure(product_id, 2, Unit.ML, Decimal(5)), EVERYTHING)
    change(pharmacist, products.change_product, changed(product_id, 2, brand="Other facts still change"))


def test_a_pack_holds_whole_pieces(change, pharmacist, make_product):
    command = ChangeMeasure(make_product(), 1, Unit.PIECE, Decimal("1.5"), Tracking.PACK)

    with pytest.raises(InvalidAmount, match="whole number"):
        change(pharmacist, products.change_measure, command, EVERYTHING)


def test_a_deactivated_product_is_offered_no_more_until_it_is_activated(change, units, pharmacist, make_product):
    product_id = make_product()
    with pytest.raises(ReasonMissing):
        change(pharmacist, products.deactivate_product, DeactivateProduct(product_id, 1, " "))

    change(pharmacist, products.deactivate_product, DeactivateProduct(product_id, 1, "no longer made"))
    with units.reading() as session:
        assert products.list_products(session) == []
        assert "no longer made" in session.scalars(select(AuditEntry.body).order_by(AuditEntry.id.desc())).first()

    change(pharmacist, products.activate_product, ActivateProduct(product_id, 2))
    with units.reading() as session:
        assert [each.id for each in products.list_products(session)] == [product_id]


def test_the_product_of_free_cocktails_is_nobodys_to_change(change, units, pharmacist):
    with units.reading() as session:
        free_id = session.scalars(select(Product.id).where(Product.is_free_cocktail)).one()

    with pytest.raises(RecordNotFound):
        change(pharmacist, products.change_product, changed(free_id))
    with pytest.raises(RecordNotFound):
        change(pharmacist, codes.learn_code, LearnCode(free_id, CodeScheme.GTIN, GTIN))


def test_a_code_of_another_product_is_refused_and_that_product_named(change, pharmacist, make_product):
    first, second = make_product(gtin=GTIN), make_product("Zinc")

    with pytest.raises(CodeOfAnotherProduct, match="Vitamin C") as caught:
        change(pharmacist, codes.learn_code, LearnCode(second, CodeScheme.GTIN, GTIN.lstrip("0")))
    assert caught.value.code_given == GTIN
    assert first != second


def test_a_code_taken_off_one_product_can_be_learnt_for_another(change, units, pharmacist, make_product):
    first, second = make_product(gtin=GTIN), make_product("Zinc")
    with units.reading() as session:
        (code,) = codes.codes_of(session, product_id=first)

    change(pharmacist, codes.remove_code, RemoveCode(first, code.id))
    with units.reading() as session:
        assert codes.find_product_by_code(session, scheme=CodeScheme.GTIN, code=GTIN) is None
    change(pharmacist, codes.learn_code, LearnCode(second, CodeScheme.GTIN, GTIN, 10))

    with units.reading() as session:
        found = codes.find_product_by_code(session, scheme=CodeScheme.GTIN, code=GTIN)
        assert found is not None
        assert (found[0].name, found[1].containers_per_pack) == ("Zinc", 10)
    with pytest.raises(RecordNotFound):
        change(pharmacist, codes.remove_code, RemoveCode(first, code.id))


@pytest.mark.parametrize(
    ("scheme", "text", "kept"),
    [
        (CodeScheme.GTIN, "9506000134352", GTIN),
        (CodeScheme.HIBC, "a123bjc5d6e71", "A123BJC5D6E71"),
        (CodeScheme.NATIONAL, " cip-3400930000000 ", "CIP-3400930000000"),
    ],
)
def test_a_code_is_kept_one_way(scheme, text, kept):
    assert codes.checked_code(scheme, text) == kept


@pytest.mark.parametrize(
    ("scheme", "text"),
    [
        (CodeScheme.GTIN, "09506000134353"),
        (CodeScheme.GTIN, "123"),
        (CodeScheme.GTIN, "٠٩٥٠٦٠٠٠١٣٤٣٥٢"),
        (CodeScheme.GTIN, HOSTILE),
        (CodeScheme.HIBC, "<script>"),
        (CodeScheme.NATIONAL, "=1+1"),
        (CodeScheme.NATIONAL, ""),
    ],
)
def test_what_is_no_code_is_refused(scheme, text):
    with pytest.raises((NotAProductCode, InvalidText)):
        codes.checked_code(scheme, text)


def test_strengths_are_set_changed_and_taken_off(change, pharmacist, make_product, product):
    product_id = make_product(strengths=(SubstanceStrength("ascorbic acid", Decimal(200)),))
    change(pharmacist, strengths.set_strength, SetStrength(product_id, "edetate", Decimal("0.1")))
    change(pharmacist, strengths.set_strength, SetStrength(product_id, "ascorbic acid", Decimal(100)))

    found = product(product_id)
    assert [(each.substance.name, each.strength) for each in found.strengths] == [
        ("ascorbic acid", 100),
        ("edetate", Decimal("0.1")),
    ]
    assert found.search_words == "vitamin c ascorbic acid edetate"

    change(pharmacist, strengths.remove_strength, RemoveStrength(product_id, found.strengths[1].id))
    assert [each.substance.name for each in product(product_id).strengths] == ["ascorbic acid"]
    with pytest.raises(RecordNotFound):
        change(pharmacist, strengths.remove_strength, RemoveStrength(product_id, found.strengths[1].id))


def test_a_substance_stands_in_a_new_product_once(make_product):
    twice = (SubstanceStrength("zinc", Decimal(1)), SubstanceStrength("zinc", Decimal(2)))

    with pytest.raises(AlreadyInCatalogue, match="zinc"):
        make_product(strengths=twice)


def test_a_flag_is_set_once_and_taken_off_with_a_reason(change, pharmacist, make_product, product, units):
    product_id = make_product()
    for _ in range(2):
        change(pharmacist, flags.set_flag, SetFlag(product_id, ProductFlagKind.SULFITE, HOSTILE))
    (flag,) = product(product_id).flags
    assert (flag.kind, flag.source, flag.is_verified) == (ProductFlagKind.SULFITE, HOSTILE, True)

    with pytest.raises(ReasonMissing):
        change(pharmacist, flags.remove_flag, RemoveFlag(product_id, flag.id, ""))
    change(pharmacist, flags.remove_flag, RemoveFlag(product_id, flag.id, "the new leaflet has none"))
    assert product(product_id).flags == []
    with units.reading() as session:
        assert session.get_one(ProductFlag, flag.id).removed_at is not None


def test_a_supplier_is_changed_and_offered_no_more(change, units, pharmacist):
    supplier_id = change(pharmacist, suppliers.add_supplier, AddSupplier(HOSTILE, "line one\nline two"))
    with pytest.raises(AlreadyInCatalogue):
        change(pharmacist, suppliers.add_supplier, AddSupplier(HOSTILE))

    change(pharmacist, suppliers.change_supplier, ChangeSupplier(supplier_id, 1, "Pharma Süd", None, is_active=False))
    with units.reading() as session:
        assert suppliers.list_suppliers(session) == []
        assert [each.name for each in suppliers.list_suppliers(session, are_all=True)] == ["Pharma Süd"]
        assert session.get_one(Supplier, supplier_id).version == 2
    with pytest.raises(RecordChanged):
        change(pharmacist, suppliers.change_supplier, ChangeSupplier(supplier_id, 1, "Other"))
