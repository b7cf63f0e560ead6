"""Suppliers, products and opening stock from a table: checked row by row, imported whole, undone by reversing."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from inventory import invariants
from inventory.access import Act
from inventory.catalogue import codes, suppliers
from inventory.catalogue.codes import LearnCode
from inventory.catalogue.suppliers import AddSupplier
from inventory.errors import NotAllowed, RecordChanged, RecordNotFound
from inventory.importing import applying, staging, undoing
from inventory.importing.errors import (
    AlreadyImported,
    ColumnsNotMatched,
    ImportGoneOn,
    ImportHasProblems,
    ImportHasQuestions,
    ImportOutdated,
    ImportOver,
)
from inventory.importing.staging import DiscardImport, ImportState
from inventory.importing.tables import read_table
from inventory.importing.undoing import UndoImport
from inventory.stock import completeness, containers, holds, receiving
from inventory.stock.completeness import DeclarePlaceDone
from inventory.stock.holds import PlaceHold
from inventory.stock.shelf import OpeningLine, RecordOpeningStock
from inventory.units import ORGANISATION
from models.catalogue import Product, ProductCode, Supplier
from models.stock import Container, Hold, Lot, OpeningStockLine, StockMove
from models.vocabulary import CodeScheme, HoldKind, ImportKind, IngredientClass, RegulatoryClass, WasteReason

S, P, O = ImportKind.SUPPLIERS, ImportKind.PRODUCTS, ImportKind.OPENING_STOCK  # noqa: E741  # opening stock
SCOPES = {S: ORGANISATION, P: ORGANISATION, O: None}
HEADINGS = "Product;Place;Lot;Expiry;Vials;Left in each;Opened on;Block because\n"
PRODUCTS = "Name,Container,Unit,Content,Regulatory class,GTIN,Class\n"


@pytest.fixture
def asking(units, clock):
    """Ask before the lock, as the person at this moment."""

    def ask(who, question, *arguments, **named):
        with units.reading() as session:
            return question(session, Act(who, clock.at, "check"), *arguments, **named)

    return ask


@pytest.fixture
def stage(do, asking):
    """A file of text, kept and checked; answers its number."""

    def send(who, kind, text, columns=None):
        content = text if isinstance(text, bytes) else text.encode()
        command = asking(who, staging.checked_file, kind, read_table("list.csv", content), columns)
        return do(who, staging.stage_file, command)

    return send


@pytest.fixture
def see(read):
    def look(who, import_id):
        return read(staging.import_facts, actor=who, import_id=import_id)

    return look


@pytest.fixture
def apply(do, asking, see):
    """Import what was previewed."""

    def run(who, import_id, *, is_sure=False):
        facts = see(who, import_id)
        command = asking(who, applying.prepared, import_id, facts.version, are_questions_answered=is_sure)
        return do(who, applying.apply_import, command, scope=SCOPES[facts.kind])

    return run


@pytest.fixture
def import_stock(stage, apply, pharmacist):
    def run(rows, **how):
        return apply(pharmacist, stage(pharmacist, O, HEADINGS + rows), **how)

    return run


@pytest.fixture
def undo(do, pharmacist):
    def run(import_id, kind=O, who=pharmacist):
        return do(who, undoing.undo_import, UndoImport(import_id, "wrong file"), scope=SCOPES[kind])

    return run


@pytest.fixture
def product(read, product_id):
    return read(lambda session: session.get_one(Product, product_id).name)


@pytest.fixture
def problems(see, pharmacist):
    def told(import_id):
        return [(each.row_number, each.heading, each.sentence) for each in see(pharmacist, import_id).problems]

    return told


@pytest.fixture
def is_sound(units):
    """The whole check of the records, chain and moves, finds nothing."""

    def check():
        with units.reading() as session:
            return invariants.check(session, revision="1", newest_revision="1") == []

    return check


def count(read, model, *conditions):
    return read(lambda session: session.scalar(select(func.count()).select_from(model).where(*conditions)))


def test_suppliers_are_imported_and_the_records_are_sound(stage, apply, pharmacist, read, is_sound):
    apply(pharmacist, stage(pharmacist, S, "Company;Phone\n=1+1;a\n<script>a()</script>;\n"))

    found = read(lambda session: {each.name: each.contact for each in suppliers.list_suppliers(session)})
    assert found == {"=1+1": "a", "<script>a()</script>": None}
    assert is_sound()


def test_a_product_is_imported_as_the_form_would_have_added_it(stage, apply, pharmacist, read, is_sound):
    text = PRODUCTS + 'Vit C,single-dose vial,ML,"2,5",medicine authorised,4012345678901,vitamin c\n'

    apply(pharmacist, stage(pharmacist, P, text))

    made, codes_of = read(
        lambda session: (
            session.scalars(select(Product).where(Product.name == "Vit C")).one(),
            [(code.code, code.containers_per_pack) for code in session.scalars(select(ProductCode))],
        )
    )
    assert (made.content, made.regulatory_class) == (Decimal("2.5"), RegulatoryClass.MEDICINE_AUTHORISED)
    assert (made.ingredient_class, made.is_injectable, made.version) == (IngredientClass.VITAMIN_C, True, 1)
    assert made.search_words == "vit c"
    assert codes_of == [("04012345678901", 1)]
    assert is_sound()


def test_a_code_that_was_taken_off_a_product_is_learnt_for_the_imported_one(
    do, stage, apply, pharmacist, product_id, read, is_sound
):
    do(pharmacist, codes.learn_code, LearnCode(product_id, CodeScheme.GTIN, "04012345678901"), scope=ORGANISATION)
    code_id = read(lambda session: session.scalars(select(ProductCode.id)).one())
    do(pharmacist, codes.remove_code, codes.RemoveCode(product_id, code_id), scope=ORGANISATION)

    apply(pharmacist, stage(pharmacist, P, PRODUCTS + "Vit C,ampoule,mL,5,cosmetic,04012345678901,\n"))

    assert count(read, ProductCode, ProductCode.removed_at.is_(None), ProductCode.product_id != product_id) == 1
    assert is_sound()


def test_every_problem_is_told_by_row_and_column(stage, problems, pharmacist, do, product_id, product):
    do(pharmacist, codes.learn_code, LearnCode(product_id, CodeScheme.GTIN, "04012345678901"), scope=ORGANISATION)
    rows = (
        f"{product},ampoule,mL,5,cosmetic,,\n"  # known
        "A,jar,litre,-1,food,123,\n"  # five at once
        "A,ampoule,mL,5,cosmetic,4012345678901,\n"  # a code of another, and A is above
        ",ampoule,mL,,cosmetic,,\n"
    )

    told = problems(stage(pharmacist, P, PRODUCTS + rows))

    assert [(row, heading) for row, heading, _ in told] == [
        (2, "Name"),
        (3, "Container"),
        (3, "Unit"),
        (3, "Content"),
        (3, "Regulatory class"),
        (3, "GTIN"),
        (4, "Name"),
        (4, "GTIN"),
        (5, "Name"),
        (5, "Content"),
    ]
    assert told[0][2] == f"There is already a product {product!r}."
    assert told[7][2] == f"The code 04012345678901 already belongs to {product}."


def test_nothing_is_imported_of_a_file_with_one_bad_row(stage, apply, pharmacist, read):
    import_id = stage(pharmacist, S, "Name\nA\nB\nA\n")

    with pytest.raises(ImportHasProblems):
        apply(pharmacist, import_id)

    assert count(read, Supplier) == 0


def test_opening_stock_is_imported_as_it_would_have_been_counted(import_stock, read, product, is_sound, clock):
    import_stock(
        f"{product};storage;L1;0331;2;;;\n"
        f"{product};STORAGE;L1;2031-03-31;1;½;2031-03-01;\n"
        f"{product};storage;OLD;2030-01-01;1;;;kept for training\n"
    )

    def found(session):
        made = session.scalars(select(Container).order_by(Container.id)).all()
        return [(each.lot.lot_number, each.remaining, each.opened_at, each.discard_at is None) for each in made]

    content = read(lambda session: session.scalar(select(Product.content).where(Product.name == product)))
    opened = read(found)[2]
    assert [each[:2] for each in read(found)] == [
        ("L1", content),
        ("L1", content),
        ("L1", content / 2),
        ("OLD", content),
    ]
    assert opened[2] is not None
    assert opened[2] < clock.at
    assert count(read, Hold, Hold.cause == "kept for training") == 1
    assert count(read, StockMove) == 4
    assert count(read, OpeningStockLine) == 3
    assert is_sound()


@pytest.mark.parametrize(
    ("row", "heading", "words"),
    [
        ("Nothing;storage;L1;0332;1;;;", "Product", "no product 'Nothing'"),
        ("{0};attic;L1;0332;1;;;", "Place", "no place 'attic'"),
        ("{0};storage;;0332;1;;;", "Lot", "is empty"),
        ("{0};storage;UNREADABLE 1;0332;1;;;", "Lot", "UNREADABLE 1"),
        ("{0};storage;" + "X" * 41 + ";0332;1;;;", "Lot", "longer than 40"),
        ("{0};storage;L1;31.13.28;1;;;", "Expiry", "no day of the calendar"),
        ("{0};storage;L1;05/06/32;1;;;", "Expiry", "may be 2032-06-05 or 2032-05-06"),
        ("{0};storage;L1;2030-01-01;1;;;", "Expiry", "expired on 2030-01-01"),
        ("{0};storage;L1;;1;;;", "Expiry", "has no expiry date"),
        ("{0};storage;L1;0332;0;;;", "Vials", "from 1 to 5000"),
        ("{0};storage;L1;0332;1000000;;;", "Vials", "from 1 to 5000"),
        ("{0};storage;L1;0332;two;;;", "Vials", "not a whole number"),
        ("{0};storage;L1;0332;1;9999;;", "Left in each", "more than one container holds"),
        ("{0};storage;L1;0332;1;½;;", "Opened on", "is needed for what is no longer full"),
        ("{0};storage;L1;0332;1;½;2031-12-24;", "Opened on", "in the future"),
        ("{0};storage;KNOWN;0432;1;;;", "Expiry", "KNOWN"),
    ],
)
def test_what_the_form_would_refuse_is_refused_in_its_row(
    row, heading, words, stage, problems, pharmacist, product, do, clinic, product_id
):
    line = OpeningLine(product_id, "KNOWN", date(2032, 3, 31))
    do(pharmacist, receiving.record_opening_stock, RecordOpeningStock(clinic.places.storage, (line,)))

    told = problems(stage(pharmacist, O, HEADINGS + row.format(product) + "\n"))

    assert [each[:2] for each in told] == [(2, heading)]
    assert words in told[0][2]


def test_one_lot_with_two_dates_in_a_file_is_refused(stage, problems, pharmacist, product):
    rows = f"{product};storage;L1;0332;1;;;\n{product};storage;L1;0432;1;;;\n"

    (told,) = problems(stage(pharmacist, O, HEADINGS + rows))

    assert told[:2] == (3, "Expiry")
    assert "See row 2." in told[2]


def test_lots_that_look_alike_are_asked_about_once(import_stock, stage, problems, pharmacist, product, read):
    rows = "".join(f"{product};storage;{lot};0332;1;;;\n" for lot in ("L10", "L1O", "L1O", "l10"))
    import_id = stage(pharmacist, O, HEADINGS + rows)

    assert [each[:2] for each in problems(import_id)] == [(3, "Lot"), (5, "Lot")]
    with pytest.raises(ImportHasQuestions):
        import_stock(rows)
    import_stock(rows, is_sure=True)

    assert count(read, Lot) == 3


def test_a_place_that_was_declared_done_takes_nothing_any_more(do, stage, problems, pharmacist, product, clinic):
    do(pharmacist, completeness.declare_place_done, DeclarePlaceDone(clinic.places.storage))

    (told,) = problems(stage(pharmacist, O, HEADINGS + f"{product};storage;L1;0332;1;;;\n"))

    assert told[1] == "Place"


def test_a_held_quarantine_holds_what_is_imported_into_it(
    do, import_stock, pharmacist, product, clinic, read, is_sound
):
    hold = PlaceHold(HoldKind.QUALITY, "cold chain", location_id=clinic.places.quarantine)
    do(pharmacist, holds.place_hold, hold)

    import_stock(f"{product};quarantine;L1;0332;2;;;\n")

    assert count(read, Hold, Hold.container_id.is_not(None), Hold.cause == "cold chain") == 2
    assert is_sound()


def test_what_changed_since_the_check_is_found_under_the_lock(do, stage, asking, pharmacist, read):
    import_id = stage(pharmacist, S, "Name\nA\n")
    command = asking(pharmacist, applying.prepared, import_id, 1)
    do(pharmacist, suppliers.add_supplier, AddSupplier("A"), scope=ORGANISATION)

    with pytest.raises(ImportOutdated):
        do(pharmacist, applying.apply_import, command, scope=ORGANISATION)
    assert count(read, Supplier) == 1


def test_what_is_imported_is_what_was_previewed(do, stage, asking, apply, pharmacist):
    import_id = stage(pharmacist, S, "Firm,Who\nA,B\n", columns=("name", ""))
    do(pharmacist, staging.match_columns, asking(pharmacist, staging.rematched, import_id, 1, ("name", "contact")))

    with pytest.raises(RecordChanged):
        do(pharmacist, applying.apply_import, asking(pharmacist, applying.prepared, import_id, 1), scope=ORGANISATION)


def test_the_same_file_sent_again_is_the_one_that_is_there(stage, apply, pharmacist, undo, see, product):
    text = HEADINGS + f"{product};storage;L1;0332;1;;;\n"
    first = stage(pharmacist, O, text)
    assert stage(pharmacist, O, text) == first
    apply(pharmacist, first)

    with pytest.raises(AlreadyImported):
        stage(pharmacist, O, text)
    undo(first)

    assert see(pharmacist, first).state is ImportState.UNDONE
    apply(pharmacist, stage(pharmacist, O, text))


def test_columns_are_matched_by_many_spellings_and_by_the_person(stage, see, pharmacist, asking):
    guessed = see(
        pharmacist, stage(pharmacist, O, "Colour,BATCH no.,Péremption,Qty,Article,Location,Lot\n" + "a," * 6 + "\n")
    )
    assert guessed.columns == ("", "lot_number", "expires_on", "containers", "product", "place", "")

    nothing = see(pharmacist, stage(pharmacist, S, "Firm\nA\n"))
    assert [each.sentence for each in nothing.problems] == ["No column is matched with 'Name'."]
    for wrong in (("name", "name"), ("colour",), ()):
        with pytest.raises(ColumnsNotMatched):
            asking(pharmacist, staging.rematched, nothing.id, 1, wrong)


def test_undoing_takes_every_vial_back_and_lifts_its_holds(import_stock, undo, read, product, is_sound):
    import_id = import_stock(f"{product};storage;L1;0332;3;;;leaking\n{product};quarantine;L2;0332;1;;;\n")

    undo(import_id)

    assert count(read, Container, Container.remaining > 0) == 0
    assert count(read, Hold, Hold.lifted_at.is_(None)) == 0
    assert count(read, StockMove, StockMove.reverses_id.is_not(None)) == 4
    assert is_sound()
    with pytest.raises(ImportOver):
        undo(import_id)


def test_undoing_is_refused_with_the_vials_that_went_on(do, import_stock, undo, read, product, pharmacist):
    import_id = import_stock(f"{product};storage;L1;0332;3;;;\n")
    code = read(lambda session: session.scalars(select(Container.code).order_by(Container.id)).first())
    do(pharmacist, containers.discard, containers.DiscardContainer(code, WasteReason.BROKEN))

    with pytest.raises(ImportGoneOn) as refusal:
        undo(import_id)

    assert refusal.value.containers == (f"{code} (wasted)",)
    assert count(read, Container, Container.remaining > 0) == 2


def test_undone_products_and_suppliers_are_offered_no_more(stage, apply, undo, pharmacist, read, is_sound):
    products = stage(pharmacist, P, PRODUCTS + "A,ampoule,mL,5,cosmetic,,\n")
    firms = stage(pharmacist, S, "Name\nA\n")
    apply(pharmacist, products)
    apply(pharmacist, firms)

    undo(products, P)
    undo(firms, S)

    assert count(read, Product, Product.name.startswith("A "), Product.deactivated_at.is_not(None)) == 1
    assert count(read, Supplier, Supplier.is_active) == 0
    assert is_sound()


def test_what_is_undone_and_unused_gives_its_name_and_its_code_to_the_corrected_file(
    stage, apply, undo, pharmacist, read, is_sound
):
    text = PRODUCTS + "Vit C,ampoule,mL,{},cosmetic,4012345678901,\n"
    wrong, firms = stage(pharmacist, P, text.format(5)), stage(pharmacist, S, "Name\nA\n")
    apply(pharmacist, wrong)
    apply(pharmacist, firms)
    undo(wrong, P)
    undo(firms, S)

    apply(pharmacist, stage(pharmacist, P, text.format(10)))
    apply(pharmacist, stage(pharmacist, S, "Name,Contact\nA,x\n"))

    found = read(
        lambda session: session.execute(
            select(Product.name, Product.content, ProductCode.code)
            .outerjoin(ProductCode, ProductCode.product_id == Product.id)
            .where(Product.name.startswith("Vit C"))
            .order_by(Product.id)
        ).all()
    )
    assert found == [(f"Vit C (import {wrong} undone)", 5, None), ("Vit C", 10, "04012345678901")]
    names = read(lambda session: {tuple(row) for row in session.execute(select(Supplier.name, Supplier.is_active))})
    assert names == {(f"A (import {firms} undone)", False), ("A", True)}
    assert is_sound()


def test_a_product_that_was_used_keeps_its_name_when_its_import_is_undone(
    stage, apply, import_stock, undo, pharmacist, read, is_sound
):
    products = stage(pharmacist, P, PRODUCTS + "Vit C,ampoule,mL,5,cosmetic,4012345678901,\n")
    apply(pharmacist, products)
    import_stock("Vit C;storage;L1;0332;1;;;\n")

    undo(products, P)

    assert count(read, Product, Product.name == "Vit C", Product.deactivated_at.is_not(None)) == 1
    assert count(read, ProductCode, ProductCode.removed_at.is_(None)) == 1
    assert is_sound()


def test_a_name_like_that_of_an_undone_one_does_not_stand_in_the_way(stage, apply, undo, pharmacist, read):
    firms = stage(pharmacist, S, "Name\nA\nA (import 1 undone)\n")
    apply(pharmacist, firms)

    undo(firms, S)

    names = read(lambda session: set(session.scalars(select(Supplier.name))))
    assert len(names) == 2
    assert "A" not in names


def test_a_file_that_was_put_away_is_neither_imported_nor_undone(do, stage, apply, undo, pharmacist):
    import_id = stage(pharmacist, S, "Name\nA\n")
    do(pharmacist, staging.discard_import, DiscardImport(import_id))

    with pytest.raises(ImportOver):
        apply(pharmacist, import_id)
    with pytest.raises(ImportOver):
        undo(import_id, S)


def test_who_may_not_receive_or_keep_the_catalogue_imports_nothing(stage, see, pharmacist, assistant, practitioner):
    with pytest.raises(NotAllowed):
        stage(assistant, P, PRODUCTS + "A,ampoule,mL,5,cosmetic,,\n")
    with pytest.raises(NotAllowed):
        stage(practitioner, O, HEADINGS + "A;storage;L1;0332;1;;;\n")
    with pytest.raises(RecordNotFound):
        see(assistant, stage(pharmacist, S, "Name\nA\n"))


def test_a_file_of_another_site_is_not_there(stage, see, stranger, pharmacist):
    import_id = stage(pharmacist, O, HEADINGS + "A;storage;L1;0332;1;;;\n")

    with pytest.raises(RecordNotFound):
        see(stranger, import_id)
