"""The pages of the catalogue: found, added, completed, verified; refused in words, and done once."""

import secrets

import pytest
from sqlalchemy import func, select

from inventory.catalogue import seeding
from inventory.units import ORGANISATION
from models.catalogue import IncompatibilityRule, Product, ProductFlag, Substance, Supplier, Technique

HOSTILE = '<script>a()</script> "=1+1" ../../x {{ 7*7 }}'
NEW = {
    "name": "Vitamin C own",
    "regulatory_class": "medicine_authorised",
    "container_kind": "ampoule",
    "unit": "mL",
    "content": "2,5",
    "tracking": "each",
    "ingredient_class": "",
    "brand": "",
    "gtin": "",
    "containers_per_pack": "",
}


@pytest.fixture
def seeded(units, clinic, pharmacist):
    return units.run(pharmacist, ORGANISATION, seeding.load)


@pytest.fixture
def one(units):
    def ask(table, **facts):
        with units.reading() as session:
            return session.scalars(select(table).filter_by(**facts)).one()

    return ask


@pytest.fixture
def pharmacists(signed_in):
    return signed_in("paula")


def test_everybody_finds_products_and_only_some_are_offered_to_change_them(seeded, signed_in):
    browser = signed_in("anna")

    page = browser.get("/products/?text=ACIDE+hyaluronique+réticulé")
    assert page.status_code == 200
    assert "Crosslinked hyaluronic acid 20 mg/mL, 1 mL syringe" in page.text
    assert "Add a product" not in page.text
    assert "can verify" in page.text
    assert "No product matches" in browser.get("/products/?text=%25%25").text
    assert "More products" not in browser.get("/products/?ingredient_class=zinc").text


@pytest.mark.parametrize(
    "url",
    ["/products/", "/ingredients/", "/mixing-rules/", "/techniques/", "/suppliers/", "/products/?show=to_verify"],
)
def test_each_list_is_there_with_data_and_without(clinic, signed_in, units, pharmacist, url):
    browser = signed_in("paula")
    assert browser.get(url).status_code == 200
    units.run(pharmacist, ORGANISATION, seeding.load)
    for name in ("paula", "otto"):
        assert signed_in(name).get(url).status_code == 200
    assert browser.get(url + ("&" if "?" in url else "?") + "text=" + "x" * 199).status_code == 200


def test_a_product_is_added_completed_and_used_no_longer(clinic, pharmacists, one):
    added = pharmacists.send("/products/new", NEW)
    assert added.status_code == 303
    product = one(Product, name="Vitamin C own")
    url = f"/products/{product.id}"
    assert added.location.endswith(url)
    assert str(product.content).startswith("2.5")

    steps = (
        (f"{url}/strengths", {"substance": HOSTILE, "strength": "200", "unit": "mg"}),
        (f"{url}/flags", {"kind": "sulfite", "source": HOSTILE}),
        (f"{url}/codes", {"scheme": "gtin", "code": "9506000134352", "containers_per_pack": "10"}),
        (f"{url}/measure", {"version": "2", "content": "5", "unit": "mL", "tracking": "each"}),
    )
    for where, form in steps:
        assert pharmacists.send(where, form).status_code == 303, where
    facts = {"name": "Vitamin C own", "regulatory_class": "medicine_authorised", "container_kind": "ampoule"}
    more = {"brand": HOSTILE, "synonyms": "Ascorbate\nOther", "ph_min": "5", "is_injectable": "yes", "version": "3"}
    assert pharmacists.send(f"{url}/change", facts | more).status_code == 303

    page = pharmacists.get(url).text
    for shown in ("&lt;script&gt;", "sulfite", "09506000134352", "10 in a box", "Ascorbate, Other", "not sterile"):
        assert shown in page
    assert "<script>a()" not in page
    assert 'value="yes" checked' in pharmacists.get(f"{url}/change").text

    assert pharmacists.send(f"{url}/deactivation", {"version": "4", "reason": "no longer made"}).status_code == 303
    assert "no longer used" in pharmacists.get(url).text
    assert pharmacists.send(f"{url}/activation", {"version": "5"}).status_code == 303
    for part, table in (("strengths", "substance"), ("codes", "code")):
        assert table
        assert pharmacists.send(f"{url}/{part}/1/removal").status_code == 303
    assert pharmacists.send(f"{url}/flags/1/removal", {"reason": "the leaflet has none"}).status_code == 303
    assert one(ProductFlag, id=1).removed_at is not None


def test_what_is_wrong_is_shown_again_with_what_was_entered(clinic, pharmacists, units):
    wrong = {"name": "", "content": "-1", "unit": "litre", "gtin": "1" * 14, "brand": "kept as typed"}
    page = pharmacists.send("/products/new", NEW | wrong)
    assert page.status_code == 422
    assert "Not saved yet" in page.text
    assert "kept as typed" in page.text

    assert pharmacists.send("/products/new", NEW | {"gtin": "09506000134353"}).status_code == 422
    assert pharmacists.send("/products/new", NEW | {"name": "x" * 10_000}).status_code == 422
    assert pharmacists.send("/products/new", NEW | {"strange": "1"}).status_code == 422
    with units.reading() as session:
        assert session.scalar(select(func.count()).select_from(Product).where(Product.name == NEW["name"])) == 0


def test_a_code_of_another_product_is_refused_by_name(clinic, pharmacists, one):
    pharmacists.send("/products/new", NEW | {"gtin": "9506000134352"})
    pharmacists.send("/products/new", NEW | {"name": "Zinc own"})
    url = f"/products/{one(Product, name='Zinc own').id}"

    page = pharmacists.send(f"{url}/codes", {"scheme": "gtin", "code": "9506000134352"})
    assert page.status_code == 409
    assert "already belongs to Vitamin C own" in page.text


def test_the_second_of_two_tabs_is_told(clinic, pharmacists, one):
    pharmacists.send("/products/new", NEW)
    url = f"/products/{one(Product, name=NEW['name']).id}/change"
    facts = {"name": NEW["name"], "regulatory_class": "device_iii", "container_kind": "ampoule", "version": "1"}

    assert pharmacists.send(url, facts).status_code == 303
    page = pharmacists.send(url, facts | {"brand": "second"})
    assert page.status_code == 409
    assert "changed by somebody else" in page.text


def test_a_form_sent_twice_is_done_once(clinic, pharmacists, units):
    form = NEW | {"idempotency_key": secrets.token_urlsafe(18)}
    answers = [pharmacists.send("/products/new", form) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].location == answers[1].location
    with units.reading() as session:
        assert session.scalar(select(func.count()).select_from(Product).where(Product.name == NEW["name"])) == 1


@pytest.mark.parametrize("name", ["anna", "peter", "otto"])
def test_who_does_not_manage_the_catalogue_changes_nothing(seeded, signed_in, one, name):
    browser = signed_in(name)
    product_id = one(Product, seed_key="zinc").id

    for url, form in (
        ("/products/new", NEW),
        ("/products/starting-catalogue", {}),
        (f"/products/{product_id}/flags", {"kind": "soy"}),
        (f"/products/{product_id}/deactivation", {"version": "2", "reason": "x"}),
        (f"/products/facts/product/{product_id}/verification", {}),
        ("/suppliers/", {"name": "Pharma"}),
        ("/ingredients/", {"name": "Water"}),
        ("/mixing-rules/1", {"version": "1"}),
        ("/techniques/", {"name": "own"}),
    ):
        assert browser.send(url, form).status_code == 403, url


def test_the_catalogue_is_the_organisations(seeded, signed_in, one):
    product_id = one(Product, seed_key="zinc").id

    assert signed_in("stella").get(f"/products/{product_id}").status_code == 200


def test_what_is_not_there_is_not_found(clinic, pharmacists, one):
    free_id = one(Product, is_free_cocktail=True).id
    for url in (
        f"/products/{free_id}",
        f"/products/{free_id}/change",
        "/products/999",
        "/suppliers/9",
        "/mixing-rules/9",
    ):
        assert pharmacists.get(url).status_code == 404, url
    assert pharmacists.send("/products/facts/nothing/1/verification").status_code == 404


def test_the_starting_catalogue_is_loaded_from_the_page_and_again_without_harm(clinic, pharmacists, units):
    assert pharmacists.send("/products/starting-catalogue").status_code == 303
    assert "144 entries were added" in pharmacists.get("/products/").text
    assert pharmacists.send("/products/starting-catalogue").status_code == 303
    assert "Nothing was missing" in pharmacists.get("/products/").text


def test_doubtful_facts_are_marked_and_verified_by_name(seeded, pharmacists, one):
    product_id = one(Product, seed_key="biotin").id
    page = pharmacists.get(f"/products/{product_id}").text
    assert "not verified" in page
    assert "from memory" in page

    assert pharmacists.send(f"/products/facts/product/{product_id}/verification").status_code == 303
    page = pharmacists.get(f"/products/{product_id}").text
    assert "verified by Paula Pharmacist" in page
    assert pharmacists.send(f"/products/facts/product/{product_id}/verification").status_code == 409
    for kind, table, key in (("substance", Substance, "biotin"), ("rule", IncompatibilityRule, "X15")):
        fact_id = one(table, seed_key=key).id
        assert pharmacists.send(f"/products/facts/{kind}/{fact_id}/verification").status_code == 303


def test_suppliers_ingredients_rules_and_techniques_are_looked_after(seeded, pharmacists, one):
    assert pharmacists.send("/suppliers/", {"name": HOSTILE, "contact": "a\nb"}).status_code == 303
    assert pharmacists.send("/suppliers/", {"name": HOSTILE}).status_code == 409
    supplier_id = one(Supplier, name=HOSTILE).id
    assert pharmacists.get(f"/suppliers/{supplier_id}").status_code == 200
    assert pharmacists.send(f"/suppliers/{supplier_id}", {"version": "1", "name": "Süd"}).status_code == 303
    assert not one(Supplier, id=supplier_id).is_active

    assert pharmacists.send("/ingredients/", {"name": HOSTILE, "synonyms": "one\ntwo"}).status_code == 303
    substance = one(Substance, name=HOSTILE)
    assert substance.synonyms == "one\ntwo"
    changed = {"version": str(substance.version), "name": "Water own", "ingredient_class": "diluent"}
    assert pharmacists.get(f"/ingredients/{substance.id}").status_code == 200
    assert pharmacists.send(f"/ingredients/{substance.id}", changed).status_code == 303

    rule = one(IncompatibilityRule, code="X11")
    assert pharmacists.get(f"/mixing-rules/{rule.id}").status_code == 200
    form = {"version": "1", "level": "block", "what_happens": HOSTILE, "is_active": "yes"}
    assert pharmacists.send(f"/mixing-rules/{rule.id}", form).status_code == 303
    assert "<script>a()" not in pharmacists.get("/mixing-rules/").text

    assert pharmacists.send("/techniques/", {"name": HOSTILE, "depth": "1 mm"}).status_code == 303
    assert pharmacists.send("/techniques/areas", {"name": "earlobe"}).status_code == 303
    technique_id = one(Technique, name=HOSTILE).id
    assert pharmacists.send(f"/techniques/{technique_id}/offer", {"is_active": "no"}).status_code == 303
    assert not one(Technique, id=technique_id).is_active
