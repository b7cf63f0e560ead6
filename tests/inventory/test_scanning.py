"""One question for everything that is scanned or typed: what it means here, and where the books say otherwise."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from inventory import scanning
from inventory.catalogue import codes, products, recognising
from inventory.catalogue.codes import LearnCode
from inventory.catalogue.errors import CodeOfAnotherProduct, NotAProductCode
from inventory.catalogue.recognising import AddScannedProduct, LearnScan
from inventory.errors import InvalidElement, NotAllowed, RecordNotFound, WrongCheckCharacter, WrongCheckDigit
from inventory.rules.barcodes import ScanWarning, Scheme, read_code
from inventory.scanning import Meaning
from inventory.stock import containers, holds, lots
from inventory.units import EVERYTHING, ORGANISATION
from models.catalogue import ProductCode
from models.evidence import AuditEntry
from models.organisation import Location
from models.vocabulary import CodeScheme, ContainerKind, HoldKind, RegulatoryClass, Unit

GTIN = "09506000134352"
GS = "\x1d"
BOX = f"]d201{GTIN}21SN1{GS}17320131{GS}10L1"
HIBC = "+B123HAMESO51/$$3281231HA2406C"
PPN = "[)>\x1e06\x1d9N110375286414\x1d1T12345ABCD\x1dD320617\x1dSX1\x1e\x04"


@pytest.fixture
def ask(read, clinic, clock):
    def about(text, site_id=None):
        return read(scanning.answer_scan, text=text, site_id=site_id or clinic.site_id, now=clock.at)

    return about


@pytest.fixture
def learn(do, pharmacist):
    def scan(product_id, text, in_pack=1):
        return do(pharmacist, recognising.learn_scan, LearnScan(product_id, text, in_pack), scope=ORGANISATION)

    return scan


@pytest.fixture
def known(product_id, learn):
    learn(product_id, BOX, 10)
    return product_id


def test_a_box_of_a_known_lot_says_what_of_it_is_here(ask, known, make_lot, do, practitioner, pharmacist, clinic):
    opened, held, _sealed = make_lot(known, "L1", 3)
    make_lot(known, "L1", 2, at_other_site=True)
    do(practitioner, containers.open_container, containers.OpenContainer(opened))
    do(pharmacist, holds.place_hold, holds.PlaceHold(HoldKind.QUALITY, "cloudy", container_code=held))

    answered = ask(BOX)

    assert (answered.meaning, answered.product.name) == (Meaning.BOX, "Lidocaine 20 mg/mL")
    assert answered.product.containers_per_pack == 10
    assert (answered.said.lot_number, answered.said.serial) == ("L1", "SN1")
    assert not answered.other_expiry
    (place,) = answered.lot.sealed
    assert (place.place, place.count, place.held, place.next_code) == ("Storage", 2, 1, _sealed)
    assert [(one.code, one.remaining, one.is_usable) for one in answered.lot.opened] == [(opened, Decimal(10), True)]
    assert [(one.site, one.count, one.amount) for one in answered.lot.elsewhere] == [("Hillside", 2, Decimal(20))]
    assert answered.lot.is_here


def test_where_all_is_blocked_nothing_is_named_to_take(ask, known, make_lot, do, pharmacist):
    (held,) = make_lot(known, "L1")
    do(pharmacist, holds.place_hold, holds.PlaceHold(HoldKind.QUALITY, "cloudy", container_code=held))
    assert [(one.held, one.next_code) for one in ask(BOX).lot.sealed] == [(1, None)]


def test_of_a_lot_that_is_over_or_blocked_nothing_is_named_to_take(ask, known, make_lot, do, pharmacist):
    make_lot(known, "L1")
    make_lot(known, "OLD", expires_on=date(2031, 1, 31), hold_cause="found at the back")
    do(pharmacist, holds.place_hold, holds.PlaceHold(HoldKind.QUALITY, "cloudy", lot_id=ask(BOX).lot.id))
    for text in (BOX, f"01{GTIN}10OLD"):
        assert [one.next_code for one in ask(text).lot.sealed] == [None]


def test_a_box_of_another_form_of_the_same_number_is_the_same_product(ask, known):
    for text in (f"]E0{GTIN[1:]}", GTIN, f"(01){GTIN}(10)L9", f"https://id.gs1.org/01/{GTIN}/10/L9?17=320131"):
        answered = ask(text)
        assert (answered.meaning, answered.product.id, answered.lot) == (Meaning.BOX, known, None)
    assert ScanWarning.NO_LOT in ask(GTIN).said.warnings


def test_what_the_code_and_the_books_say_differently_is_told(ask, known, make_lot):
    make_lot(known, "L1", expires_on=date(2033, 1, 31))
    assert ask(BOX).other_expiry
    assert not ask(f"01{GTIN}10L1").other_expiry  # the code says nothing of it


def test_a_lot_that_was_corrected_names_the_right_one(ask, known, make_lot, do, pharmacist, signed, look):
    (code,) = make_lot(known, "L1")
    wrong = look(code).lot_id
    command = lots.CorrectLot(wrong, "L7", date(2032, 1, 31), "misread", signed("paula"))
    do(pharmacist, lots.correct_lot, command, scope=EVERYTHING)
    answered = ask(BOX)
    assert (answered.lot.merged_into, answered.lot.is_here) == ("L7", False)


def test_warnings_come_with_the_answer(ask, known):
    lost = ask(f"01{GTIN}10ABC12317281231")
    assert (lost.said.lot_number, lost.said.warnings) == ("ABC12317281231", (ScanWarning.LOST_SEPARATOR,))
    day_00 = ask(f"01{GTIN}1728020010B7").said
    assert (day_00.expires_on, day_00.is_month_only) == (date(2028, 2, 29), True)
    assert ScanWarning.DAY_00 in day_00.warnings


@pytest.mark.parametrize(
    ("text", "refusal", "facts"),
    [
        (f"01{GTIN[:-1]}31728123110X", WrongCheckDigit, {"position": 1}),
        (f"01{GTIN}1728130110X1", InvalidElement, {"element": "17", "position": 17}),
        (f"01{GTIN}10ABCDEFGHIJKLMNOPQRSTU{GS}17281231", InvalidElement, {"element": "10"}),
        ("C86FQCZ25F", WrongCheckCharacter, {"character": "F"}),
        ("C86FQCZ25E", RecordNotFound, {"kind": "container"}),
    ],
)
def test_a_bad_code_is_refused_with_the_place(ask, refused, clinic, text, refusal, facts):
    with refused(refusal, **facts):
        ask(text)


def test_words_that_look_like_a_code_of_ours_are_words(ask, make_product):
    assert ask("prilocaine").meaning is Meaning.WORDS  # ten letters, and P is a patient's
    make_product("Prilocaine 40 mg/mL")
    assert [each.name for each in ask("prilocaine").products] == ["Prilocaine 40 mg/mL"]
    assert ask("acide hyaluronique réticulé").meaning is Meaning.WORDS


def test_a_lot_number_is_found_even_where_it_looks_like_a_bad_code(ask, make_lot, product_id):
    for number in ("C86FQCZ25F", "10LOT|17281399", "+1234X"):
        make_lot(product_id, number)
        assert (ask(number).meaning, ask(number).lot.lot_number) == (Meaning.LOT, number)


def test_a_product_is_found_by_another_of_its_names_and_when_it_is_no_longer_used(
    ask, make_product, do, pharmacist, read
):
    kept = make_product("Novocaine", synonyms=("procaine",))
    version = read(products.get_product, kept).version
    command = products.DeactivateProduct(kept, version, "not made any more")
    do(pharmacist, products.deactivate_product, command, scope=ORGANISATION)
    assert [(each.name, each.is_active) for each in ask("procaine").products] == [("Novocaine", False)]


def test_another_sites_vial_and_place_are_named_with_the_site(ask, product_id, make_lot, clinic, read):
    (code,) = make_lot(product_id, at_other_site=True)
    place = read(lambda session: session.get_one(Location, clinic.other_places.storage).code)
    assert (ask(code).meaning, ask(code).container.site) == (Meaning.CONTAINER, "Hillside")
    assert (ask(place).meaning, ask(place).place.site) == (Meaning.PLACE, "Hillside")


def test_our_code_behind_the_prefix_of_a_scanner_is_ours(ask, vial):
    assert ask(f"]d1{vial}").container.code == vial


def test_words_that_nothing_is_called_are_no_code(ask, clinic):
    for text in ("%", "nothing at all", "<script>a()</script>", "é"):
        answered = ask(text)
        assert (answered.meaning, answered.lots, answered.products) == (Meaning.WORDS, (), ()), text


# What is this?


@pytest.mark.parametrize(
    ("text", "scheme", "code"),
    [
        (BOX, CodeScheme.GTIN, GTIN),
        (HIBC, CodeScheme.HIBC, "B123HAMESO51"),
        (PPN, CodeScheme.NATIONAL, "03752864"),
        ("=/1AB3700000007JC8=>030329", CodeScheme.ISBT_128, "1AB3700000007JC8"),
        ("REF-Ab7", CodeScheme.OTHER, "REF-Ab7"),
    ],
)
def test_an_unknown_code_is_learnt_once_and_then_answered(ask, learn, read, product_id, text, scheme, code):
    unknown = ask(text)
    assert (unknown.meaning, unknown.on_box) == (Meaning.UNKNOWN_BOX, recognising.CodeOnBox(scheme, code))

    learn(product_id, text, 5)

    answered = ask(text)
    assert (answered.meaning, answered.product.id) == (Meaning.BOX, product_id)
    assert answered.product.containers_per_pack == 5
    assert read(lambda session: session.scalars(select(ProductCode.code)).all()) == [code]


def test_a_code_of_no_scheme_counts_its_case(ask, learn, product_id):
    learn(product_id, "REF-Ab7")
    assert ask("REF-AB7").meaning is Meaning.UNKNOWN_BOX


def test_the_text_as_scanned_is_in_the_audit(learn, product_id, read):
    learn(product_id, BOX)
    body = read(lambda session: session.scalars(select(AuditEntry.body).order_by(AuditEntry.id.desc())).first())
    assert "]d2010950600013435221SN1" in body
    assert "\\\\x1d" in body


def test_a_code_learnt_for_another_product_is_refused_naming_it(learn, known, make_product, refused):
    other = make_product("Zinc")
    with refused(CodeOfAnotherProduct, code_given=GTIN, product="Lidocaine 20 mg/mL"):
        learn(other, f"]E0{GTIN[1:]}")


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("9506000134353", WrongCheckDigit),  # a slip must never become a code of its own
        (f"01{GTIN[:-1]}31728123110X", WrongCheckDigit),
        ("C86FQCZ25E", NotAProductCode),
    ],
)
def test_what_is_a_slip_or_ours_is_not_learnt(learn, product_id, refused, text, refusal):
    with refused(refusal):
        learn(product_id, text)


def test_a_number_that_looks_mistyped_says_so(ask, clinic):
    answered = ask("9506000134353")
    assert (answered.meaning, answered.seems_mistyped) == (Meaning.UNKNOWN_BOX, True)


def test_a_product_is_added_with_its_code_or_not_at_all(ask, do, pharmacist, known, refused):
    def add(text):
        what = ("Zinc", RegulatoryClass.MEDICINE_AUTHORISED, ContainerKind.AMPOULE, Unit.ML, Decimal(5))
        command = AddScannedProduct(*what, scan=text, containers_per_pack=3)
        do(pharmacist, recognising.add_scanned_product, command, scope=ORGANISATION)

    with refused(CodeOfAnotherProduct):
        add(BOX)
    add(HIBC)
    assert (ask(HIBC).product.name, ask(HIBC).product.containers_per_pack) == ("Zinc", 3)


def test_only_who_looks_after_the_catalogue_teaches_it(do, assistant, product_id, refused):
    with refused(NotAllowed):
        do(assistant, recognising.learn_scan, LearnScan(product_id, BOX), scope=ORGANISATION)


def test_a_national_number_in_an_unknown_code_only_suggests(ask, do, pharmacist, product_id):
    command = LearnCode(product_id, CodeScheme.NATIONAL, "12345678")
    do(pharmacist, codes.learn_code, command, scope=ORGANISATION)
    answered = ask(f"]d2010415012345678210CH1{GS}1728043071012345678")
    assert (answered.meaning, answered.product) == (Meaning.UNKNOWN_BOX, None)
    assert [each.id for each in answered.suggested] == [product_id]


def test_what_names_no_makers_product_has_no_code_to_learn():
    today = date(2031, 3, 3)
    assert recognising.code_on_box(read_code("C86FQCZ25E", today)) is None
    assert read_code("C86FQCZ25E", today).scheme is Scheme.OURS


def test_words_are_no_code_to_learn(learn, product_id, refused):
    with refused(NotAProductCode):
        learn(product_id, "hyaluronic acid")
