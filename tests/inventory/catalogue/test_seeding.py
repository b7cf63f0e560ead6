"""The starting catalogue: what it holds, that its doubts are told, and that loading again changes nothing."""

import pytest
from sqlalchemy import func, select

from inventory.catalogue import flags, incompatibilities, products, seeding, techniques, verifying
from inventory.catalogue.errors import FactAlreadyVerified
from inventory.catalogue.flags import RemoveFlag
from inventory.catalogue.products import ChangeProduct
from inventory.catalogue.seeding import Loaded, seed
from inventory.catalogue.verifying import FactKind, VerifyFact
from inventory.errors import NotAllowed, RecordNotFound
from inventory.evidence.verifying import verify
from inventory.units import ORGANISATION
from models.catalogue import IncompatibilityRule, Product, ProductFlag, Substance
from models.evidence import AuditEntry
from models.vocabulary import IncompatibilityLevel, IngredientClass, ProductFlagKind, Unit


@pytest.fixture
def product_of(units):
    def find(session, key):
        return session.scalars(select(Product).where(Product.seed_key == key)).one()

    return find


@pytest.fixture
def codes_between(units, product_of):
    def ask(one, other):
        with units.reading() as session:
            found = incompatibilities.rules_between(session, product_of(session, one), product_of(session, other))
            return [rule.code for rule in found]

    return ask


def test_every_class_rule_area_and_technique_is_there(seeded, units):
    assert seeded == Loaded(substances=44, products=45, rules=18, areas=23, techniques=6, questions=8)
    with units.reading() as session:
        classes = set(session.scalars(select(Product.ingredient_class).where(Product.seed_key.is_not(None))))
        assert classes == set(IngredientClass)
        assert [rule.code for rule in incompatibilities.list_rules(session)] == [f"X{n}" for n in range(1, 19)]
        assert [area.name for area in techniques.list_areas(session)][:2] == ["full face", "forehead"]
        assert techniques.list_areas(session)[-1].name == "other"
        assert techniques.list_techniques(session)[2].depth == "2 to 4 mm at 30 to 60°"


def test_every_fact_has_a_source_and_every_doubt_a_reason():
    for facts in seed().values():
        for fact in facts:
            assert fact["source"].strip(), fact
            assert fact["verified"] is ("doubt" not in fact), fact


def test_keys_are_given_once():
    for facts in seed().values():
        keys = [fact.get("key", fact.get("code")) for fact in facts]
        assert len(keys) == len(set(keys))


def test_facts_are_those_of_their_sources(seeded, units, product_of):
    with units.reading() as session:
        kybella = product_of(session, "deoxycholic_10")
        assert (kybella.is_mix_never, kybella.is_verified, kybella.content) == (True, True, 2)
        aminophylline = product_of(session, "aminophylline")
        assert (str(aminophylline.ph_min), aminophylline.ph_max, aminophylline.is_light_sensitive) == (
            "8.600000",
            9,
            True,
        )
        selenium = product_of(session, "selenium_40").strengths[0]
        assert (selenium.strength, selenium.strength_unit) == (40, "mcg")
        bulk = product_of(session, "vit_c_500")
        assert (bulk.container_kind, bulk.label_in_use_hours) == ("pharmacy_bulk_package", 4)
        french = product_of(session, "vit_c_sulfite")
        assert ProductFlagKind.SULFITE in {flag.kind for flag in french.flags}
        assert ProductFlagKind.FISH in {flag.kind for flag in product_of(session, "pdrn").flags}
        assert product_of(session, "hyaluronidase_1500").unit is Unit.IU
        assert not product_of(session, "biotin").is_verified


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("vit_c_sulfite", "hyaluronidase_150", ["X1"]),
        ("vit_b_complex", "vit_c_sulfite", ["X4", "X6"]),
        ("vit_c_500", "vit_b12", []),
        ("vit_c_sulfite", "vit_b12", ["X7"]),
        ("aminophylline", "lidocaine_10", ["X9", "X11"]),
        ("deoxycholic_10", "lidocaine_10", ["X10", "X17"]),
        ("ha_free_18", "dexpanthenol_eu", []),
        ("selenium_40", "vit_c_500", ["X14"]),
        ("hyaluronidase_150", "ha_xl_20", ["X3", "X13"]),
        ("procaine", "nahco3", ["X18"]),
    ],
)
def test_what_meets_in_a_mixture_is_known(seeded, codes_between, one, other, expected):
    assert codes_between(one, other) == expected
    assert codes_between(other, one) == expected


def test_loading_again_adds_nothing_and_keeps_what_a_person_changed(
    seeded, change, units, pharmacist, administrator, product_of
):
    with units.reading() as session:
        zinc, sulfite = product_of(session, "zinc"), product_of(session, "vit_c_sulfite")
        (flag,) = [flag for flag in sulfite.flags if flag.kind is ProductFlagKind.SULFITE]
    renamed = ChangeProduct(zinc.id, zinc.version, "Our zinc", zinc.regulatory_class, zinc.container_kind, brand="Own")
    change(pharmacist, products.change_product, renamed)
    change(pharmacist, flags.remove_flag, RemoveFlag(sulfite.id, flag.id, "another maker's has none"))
    with units.reading() as session:
        entries = session.scalar(select(func.count(AuditEntry.id)))

    assert units.run(administrator, ORGANISATION, seeding.load) == Loaded(0, 0, 0, 0, 0, 0)
    with units.reading() as session:
        assert product_of(session, "zinc").name == "Our zinc"
        assert session.get_one(ProductFlag, flag.id).removed_at is not None
        assert session.scalar(select(func.count(AuditEntry.id))) == entries


def test_what_a_person_had_entered_under_the_same_name_stays_theirs(make_product, units, pharmacist):
    product_id = make_product("Zinc 1 mg/mL, 10 mL vial")

    loaded = units.run(pharmacist, ORGANISATION, seeding.load)
    assert loaded.products == 44
    with units.reading() as session:
        assert session.get_one(Product, product_id).seed_key is None


def test_a_person_verifies_what_was_doubted(seeded, change, units, actor, pharmacist, clinic, clock, product_of):
    with units.reading() as session:
        biotin_id = product_of(session, "biotin").id
    with pytest.raises(NotAllowed):
        change(actor("anna"), verifying.verify_fact, VerifyFact(FactKind.PRODUCT, biotin_id))

    change(pharmacist, verifying.verify_fact, VerifyFact(FactKind.PRODUCT, biotin_id))
    with units.reading() as session:
        biotin = session.get_one(Product, biotin_id)
        assert (biotin.is_verified, biotin.verified_at) == (True, clock.at)
        assert biotin.verified_by_id == clinic.user_ids["paula"]
        assert biotin.doubt is not None
        assert "product verified" in session.scalars(select(AuditEntry.action).order_by(AuditEntry.id.desc())).first()
    with pytest.raises(FactAlreadyVerified, match="Biotin"):
        change(pharmacist, verifying.verify_fact, VerifyFact(FactKind.PRODUCT, biotin_id))
    with pytest.raises(RecordNotFound):
        change(pharmacist, verifying.verify_fact, VerifyFact(FactKind.RULE, 10**17))


@pytest.mark.parametrize("kind", FactKind)
def test_each_kind_of_fact_says_whether_it_is_verified(seeded, units, kind):
    table = verifying._TABLES[kind]
    with units.reading() as session:
        rows = list(session.scalars(select(table)))
        verified = set(session.scalars(select(table.id).where(table.is_verified)))
    assert rows
    assert {row.id for row in rows if row.is_verified} == verified


def test_rules_are_added_with_two_sides_and_changed_in_words(seeded, change, units, pharmacist):
    side = incompatibilities.Side
    command = incompatibilities.AddRule(
        "own1",
        side(substances=("zinc",)),
        side(flags=(ProductFlagKind.ALKALINE,), classes=(IngredientClass.VITAMIN_C,)),
        IncompatibilityLevel.WARN,
        "<script>it turns</script>",
    )
    rule_id = change(pharmacist, incompatibilities.add_rule, command)
    with units.reading() as session:
        rule = incompatibilities.get_rule(session, rule_id)
        assert (rule.code, rule.is_verified, [len(each) for each in incompatibilities.sides_of(rule)]) == (
            "OWN1",
            True,
            [1, 2],
        )

    changed = incompatibilities.ChangeRule(rule_id, 1, IncompatibilityLevel.BLOCK, "It turns.", is_active=False)
    change(pharmacist, incompatibilities.change_rule, changed)
    with units.reading() as session:
        zinc = session.scalars(select(Product).where(Product.seed_key == "zinc")).one()
        assert "OWN1" not in {rule.code for rule in incompatibilities.rules_touching(session, zinc)}
        assert session.get_one(IncompatibilityRule, rule_id).level is IncompatibilityLevel.BLOCK


def test_the_records_prove_themselves_after_all_of_this(seeded, units):
    with units.reading() as session:
        assert session.scalar(select(func.count(Substance.id))) == 44
        assert verify(session, None) == []
