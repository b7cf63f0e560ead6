"""The stock list: what is on hand by product, lot and place, sealed and opened apart, usable or not."""

import random
import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine, event, insert

from inventory.rules.codes import CodeKind, make_code
from inventory.stock import containers, holds
from inventory.stock.stock_list import Show, Wanted, Window, stock_list
from models.stock import Container, Lot
from models.vocabulary import HoldKind, LotOrigin

MOST_STATEMENTS = 25


def _text(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page).replace("&nbsp;", " "))


def test_sealed_and_opened_are_shown_apart(signed_in, do, make_lot, product_id, practitioner):
    codes = make_lot(product_id, "L1", 3)
    do(practitioner, containers.open_container, containers.OpenContainer(codes[0]))

    page = signed_in("anna").get("/stock")

    assert page.status_code == 200
    text = _text(page.text)
    assert "Lidocaine 20 mg/mL" in text
    assert "Lot L1 last day 2032-01-31" in text
    assert "Storage 2 20 mL " in text
    assert f"{codes[0]} 10 mL use before 2031-03-31 23:59" in text
    assert "Usable 30 mL" in text


def test_what_is_blocked_or_expired_is_not_usable(signed_in, do, make_lot, product_id, pharmacist, clock):
    held, _ = make_lot(product_id, "HELD", 2)
    make_lot(product_id, "SHORT", 1, date(2031, 3, 10))
    do(pharmacist, holds.place_hold, holds.PlaceHold(HoldKind.QUALITY, "cloudy", container_code=held))
    clock.pass_time(timedelta(days=10))

    text = _text(signed_in("paula").get("/stock").text)

    assert "Usable 10 mL" in text
    assert "Blocked or expired 20 mL" in text
    assert "blocked: quality doubt" in text
    assert "Lot SHORT last day 2031-03-10 expired" in text


def test_the_list_can_be_narrowed(signed_in, make_lot, make_product, clinic):
    first, second = make_product("Alpha"), make_product("Éclat 100%")
    make_lot(first, "A1")
    make_lot(second, "B1", place=clinic.places.quarantine)
    paula = signed_in("paula")

    def shown(**asked):
        page = paula.get("/stock", query_string=asked).text
        return [name for name in ("Alpha", "Éclat 100%") if f"{name}</h2>" in page]

    assert shown() == ["Alpha", "Éclat 100%"]
    assert shown(text="ALPH") == ["Alpha"]
    assert shown(text="b1") == ["Éclat 100%"]
    assert shown(text="100%") == ["Éclat 100%"]
    assert shown(text="éCLAT") == ["Éclat 100%"]
    assert shown(text="_") == []
    assert shown(place_id=clinic.places.quarantine) == ["Éclat 100%"]
    assert shown(show="blocked") == []
    assert shown(show="usable") == ["Alpha", "Éclat 100%"]


def test_a_long_list_goes_on_where_it_ended(signed_in, make_lot, make_product):
    names = [f"Product {number:02}" for number in range(27)]
    for name in names:
        make_lot(make_product(name), name)
    paula = signed_in("paula")
    first = paula.get("/stock").text
    rest = paula.get(re.search(r'href="(/stock\?[^"]*after=[^"]*)"', first).group(1).replace("&amp;", "&")).text

    found = [re.findall(r"Product \d\d(?=</h2>)", page) for page in (first, rest)]

    assert found == [names[:25], names[25:]]
    assert 'rel="next"' not in rest


def test_a_stranger_sees_only_their_own_stock(signed_in, make_lot, product_id):
    make_lot(product_id, "OURS")
    make_lot(product_id, "THEIRS", at_other_site=True)

    page = signed_in("stella").get("/stock").text

    assert "THEIRS" in page
    assert "OURS" not in page


def test_an_empty_cupboard_says_so(signed_in):
    assert "Nothing on hand matches." in signed_in("otto").get("/stock").text


@pytest.mark.parametrize("asked", [{"place_id": "x"}, {"show": "all things"}, {"after": "-1"}, {"text": "x" * 201}])
def test_an_address_that_makes_no_sense_is_refused_in_words(signed_in, asked):
    answer = signed_in("paula").get("/stock", query_string=asked)
    assert answer.status_code == 422


PAGES = [
    {},
    *({"show": show.value} for show in Show),
    *({"window": window.value} for window in Window),
    {"text": "product 1"},
    {"text": "lot-7"},
    {"regulatory_class": "medicine_authorised"},
    {"ingredient_class": "hyaluronic_acid_free"},
    {"as_of": "2031-03-03"},
    {"as_of": "2031-03-03", "show": "opened"},
]


def test_the_number_of_statements_does_not_grow_with_the_stock(
    signed_in, clinic, make_lot, make_product, supplier_id, put_on_file, clock
):
    products = [make_product(f"Product {number:02}") for number in range(30)]
    for product in products:
        make_lot(product, "FIRST")
    clock.pass_time(timedelta(days=1))
    paula = signed_in("paula")
    pages = [
        *PAGES,
        {"place_id": clinic.places.storage},
        {"supplier_id": supplier_id},
        {"product_id": products[0]},
        {"after": products[24]},
        {"after": products[24], "as_of": "2031-03-03"},
    ]
    few = [_statements(paula, page) for page in pages]
    lot_ids = put_on_file(products, lots=240, vials=20)

    assert "4830 sealed 240 opened" in _text(paula.get("/stock").text)
    assert [_statements(paula, page) for page in pages] == few
    assert max(few) <= MOST_STATEMENTS
    of_one = {"product_id": products[0]}
    assert _statements(paula, of_one | {"after_lot": lot_ids[0]}) == _statements(paula, of_one)


def _statements(browser, asked) -> int:
    found = []
    listener = lambda *_: found.append(1)  # noqa: E731
    event.listen(Engine, "before_cursor_execute", listener)
    try:
        assert browser.get("/stock", query_string=asked).status_code == 200
    finally:
        event.remove(Engine, "before_cursor_execute", listener)
    return len(found)


@pytest.fixture
def put_on_file(database, clinic, clock):
    """`put_on_file(products, lots=3, vials=20)`: rows past the services, as many as a test could not receive one by
    one; of each lot one more is opened. The ids of the lots.
    """

    def fill(products, *, lots, vials):
        bits = random.Random(1).getrandbits
        lot_ids, earlier = [], clock.at - timedelta(days=100)
        vial = {
            "location_id": clinic.places.storage,
            "content": 10,
            "found": 0,
            "remaining": 10,
            "received_at": earlier,
        }
        with database.engine.begin() as connection:
            for number in range(lots):
                lot = {
                    "product_id": products[number % len(products)],
                    "lot_number": f"LOT-{number}",
                    "expires_on": clock.at.date() + timedelta(days=number - 20),
                    "is_month_only": False,
                    "origin": LotOrigin.RECEIVED,
                }
                (lot_id,) = connection.execute(insert(Lot.__table__).values(lot)).inserted_primary_key
                lot_ids.append(lot_id)
                codes = [make_code(CodeKind.CONTAINER, bits) for _ in range(vials + 1)]
                opened = [earlier] + [None] * vials
                rows = [
                    vial | {"code": code, "lot_id": lot_id, "opened_at": at}
                    for code, at in zip(codes, opened, strict=True)
                ]
                connection.execute(insert(Container.__table__), rows)
        return lot_ids

    return fill


def test_totals_are_those_of_the_containers(units, clinic, do, make_lot, product_id, practitioner, pharmacist, clock):
    codes = make_lot(product_id, "L1", 4)
    do(practitioner, containers.open_container, containers.OpenContainer(codes[0]))
    do(pharmacist, holds.place_hold, holds.PlaceHold(HoldKind.QUALITY, "cloudy", container_code=codes[1]))
    with units.reading() as session:
        (product,) = stock_list(session, site_id=clinic.site_id, wanted=Wanted(), now=clock.at)
        blocked = stock_list(session, site_id=clinic.site_id, wanted=Wanted(show=Show.BLOCKED), now=clock.at)

    assert (product.on_hand, product.usable, product.blocked) == (Decimal(40), Decimal(30), Decimal(10))
    assert [line.id for line in blocked] == [product.id]


def test_a_held_lot_blocks_all_of_it(units, clinic, do, make_lot, product_id, pharmacist, clock, read):
    make_lot(product_id, "L1", 2)
    with units.reading() as session:
        (product,) = stock_list(session, site_id=clinic.site_id, wanted=Wanted(), now=clock.at)
    do(pharmacist, holds.place_hold, holds.PlaceHold(HoldKind.QUALITY, "cloudy", lot_id=product.lots[0].id))
    (held,) = read(stock_list, site_id=clinic.site_id, wanted=Wanted(), now=clock.at)
    assert (held.usable, held.blocked) == (Decimal(0), Decimal(20))
    assert held.lots[0].states == ("quality",)
