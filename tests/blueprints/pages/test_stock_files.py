"""The stock lists as files, narrowed as the page is; and the lists behind the numbers of the first page."""

import csv
import io
import re
from datetime import date, timedelta
from decimal import Decimal

import openpyxl
import pytest
from sqlalchemy import select

from inventory.stock import containers, holds, receiving
from models.catalogue import Product
from models.evidence import AccessLog
from models.vocabulary import HoldKind, IngredientClass

HOSTILE = ["=1+1", "<script>a()</script>", "../../x", '"; DROP', "@SUM(A1)"]
FILES = ("/stock/export", "/stock/expiring/export", "/stock/ordering/export")


def _text(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page).replace("&nbsp;", " "))


def read_csv(answer) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"), newline=""), strict=True))


def read_sheet(answer) -> list[dict[str, object]]:
    assert answer.status_code == 200
    head, *rows = openpyxl.load_workbook(io.BytesIO(answer.data)).active.iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in rows]


@pytest.fixture
def set_point(units, read):
    """`set_point(product_id, "30")`: outside the services, as the product's form has its own tests."""

    def change(product_id, point):
        with units.database.engine.begin() as connection:
            changed = Product.__table__.update().where(Product.id == product_id)
            connection.execute(changed.values(reorder_point=Decimal(point)))

    return change


def test_a_hostile_lot_number_leaves_unharmed_and_harms_nobody(signed_in, make_lot, make_product):
    product = make_product("=Cmd|'/c calc'!A1")
    for number in HOSTILE:
        make_lot(product, number)
    paula = signed_in("paula")

    as_csv = read_csv(paula.send("/stock/export", {"kind": "csv"}))
    as_sheet = read_sheet(paula.send("/stock/export", {"kind": "xlsx"}))

    assert sorted(row["Lot"].removeprefix("'") for row in as_csv) == sorted(HOSTILE)
    assert all(row["Lot"][0] not in "=+-@" for row in as_csv)
    assert {row["Product"] for row in as_csv} == {"'=Cmd|'/c calc'!A1"}
    assert sorted(row["Lot"] for row in as_sheet) == sorted(HOSTILE)


def test_a_file_says_what_the_page_says(signed_in, do, make_lot, product_id, practitioner, pharmacist):
    opened, held, *_ = make_lot(product_id, "L1", 4)
    do(practitioner, containers.open_container, containers.OpenContainer(opened))
    do(pharmacist, holds.place_hold, holds.PlaceHold(HoldKind.QUALITY, "cloudy", container_code=held))
    paula = signed_in("paula")

    sealed_row, opened_row = read_sheet(paula.send("/stock/export", {"kind": "xlsx"}))

    assert (sealed_row["Number"], sealed_row["Amount"], sealed_row["Usable"], sealed_row["Unit"]) == (3, 30, 20, "mL")
    assert (opened_row["Code"], opened_row["Amount"], opened_row["Sealed or opened"]) == (opened, 10, "opened")
    assert sealed_row["State"] == "blocked: quality doubt"
    assert f"{sealed_row['Last day']:%Y-%m-%d}" == "2032-01-31"


def test_a_file_holds_what_was_asked_for_and_all_parts_of_it(signed_in, make_lot, make_product):
    for number in range(27):
        make_lot(make_product(f"Alpha {number:02}"), f"A{number}")
    make_lot(make_product("Beta"), "B1")
    paula = signed_in("paula")
    assert len(read_csv(paula.send("/stock/export", {"kind": "csv", "text": "alpha"}))) == 27
    assert [row["Lot"] for row in read_csv(paula.send("/stock/export", {"kind": "csv_excel", "text": "b1"}))] == ["B1"]


def test_a_file_has_a_name_of_ours(signed_in, make_lot, product_id):
    make_lot(product_id, "../../x")
    answer = signed_in("paula").send("/stock/export", {"kind": "csv", "text": "../"})
    assert answer.headers["Content-Disposition"] == 'attachment; filename="stock-2031-03-03.csv"'
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8; header=present"
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("url", FILES)
def test_who_took_a_file_is_kept(signed_in, read, vial, url):
    signed_in("paula").send(url, {"kind": "xlsx"})
    pages = read(lambda session: session.scalars(select(AccessLog.page)).all())
    assert [bool(re.fullmatch(r"export [a-z]+-2031-03-03\.xlsx", page)) for page in pages] == [True]


@pytest.mark.parametrize("url", FILES)
def test_a_file_is_never_had_by_a_link_nor_without_signing_in(client, signed_in, clinic, url):
    assert signed_in("paula").get(url).status_code in (404, 405)
    assert client.send(url, {"kind": "csv"}).status_code == 303
    assert signed_in("paula").post(url, data={"kind": "csv"}).status_code == 400


def test_a_stranger_takes_only_their_own_stock(signed_in, make_lot, product_id):
    make_lot(product_id, "OURS")
    make_lot(product_id, "THEIRS", at_other_site=True)
    assert [row["Lot"] for row in read_csv(signed_in("stella").send("/stock/export", {"kind": "csv"}))] == ["THEIRS"]


@pytest.mark.parametrize("asked", [{}, {"kind": "exe"}, {"kind": "csv", "window": "12"}])
def test_a_file_that_makes_no_sense_is_refused_in_words(signed_in, clinic, asked):
    assert signed_in("paula").send("/stock/export", asked).status_code == 422


def test_the_list_is_narrowed_by_class_supplier_and_last_day(
    signed_in, make_lot, make_product, supplier_id, clock, do, pharmacist, clinic
):
    first = make_product("Alpha", ingredient_class=IngredientClass.VITAMIN_C)
    second = make_product("Beta")
    make_lot(first, "A1", expires_on=date(2031, 3, 20))
    make_lot(second, "B1", expires_on=date(2031, 5, 20))
    make_lot(second, "B0", expires_on=date(2031, 3, 5))
    line = receiving.ReceiveLine(second, "B2", date(2031, 4, 20), 1)
    delivery = receiving.ReceiveDelivery(supplier_id, "DN-1", clinic.places.storage, (line,))
    do(pharmacist, receiving.receive_delivery, delivery)
    clock.pass_time(timedelta(days=3))
    paula = signed_in("paula")

    def shown(**asked):
        page = paula.get("/stock", query_string=asked)
        assert page.status_code == 200
        return re.findall(r'href="/lots/\d+">(\w\d)</a>', page.text)

    assert shown() == ["A1", "B0", "B2", "B1"]
    assert shown(ingredient_class="vitamin_c") == ["A1"]
    assert shown(regulatory_class="cosmetic") == []
    assert shown(supplier_id=supplier_id) == ["B2"]
    assert shown(supplier_id=supplier_id + 99) == []
    assert shown(window="expired") == ["B0"]
    assert shown(window="30") == ["A1"]
    assert shown(window="90") == ["A1", "B2", "B1"]
    assert shown(product_id=second) == ["B0", "B2", "B1"]
    assert shown(show="opened") == []
    assert shown(show="sealed", text="b2") == ["B2"]


def test_a_product_of_many_lots_shows_the_first_and_leads_to_all(signed_in, make_lot, product_id):
    for number in range(14):
        make_lot(product_id, f"L{number:02}", expires_on=date(2032, 1, 1) + timedelta(days=number))
    paula = signed_in("paula")
    page = paula.get("/stock").text
    assert "2 more lots of Lidocaine" in _text(page)
    assert "L11" in page
    assert "L12" not in page
    address = re.search(r'href="(/stock\?[^"]*product_id=[^"]*)"', page).group(1).replace("&amp;", "&")
    assert "L13" in paula.get(address).text


def test_a_past_evening_is_shown_as_such(signed_in, do, pharmacist, make_lot, product_id, clock):
    make_lot(product_id, "L1", 2)
    clock.pass_time(timedelta(days=2))
    make_lot(product_id, "L2")
    paula = signed_in("paula")

    text = _text(paula.get("/stock", query_string={"as_of": "2031-03-03"}).text)
    rows = read_csv(paula.send("/stock/export", {"kind": "csv", "as_of": "2031-03-03"}))

    assert "Stock at the end of 2031-03-03 , as it is known today." in text
    assert "not declared complete yet" in text
    assert "Lot L1" in text
    assert "Lot L2" not in text
    assert [(row["Lot"], row["Stock of"]) for row in rows] == [("L1", "2031-03-03")]


def test_a_day_to_come_is_refused_in_words(signed_in, clinic):
    answer = signed_in("paula").get("/stock", query_string={"as_of": "2031-03-03"})
    assert answer.status_code == 422


def test_what_expires_says_what_to_do(signed_in, do, pharmacist, make_lot, product_id, look, clock):
    make_lot(product_id, "OVER", expires_on=date(2031, 3, 4))
    make_lot(product_id, "SOON", expires_on=date(2031, 3, 20))
    (held,) = make_lot(product_id, "HELD", expires_on=date(2031, 4, 1))
    (recalled,) = make_lot(product_id, "KEPT", expires_on=date(2031, 3, 5))
    make_lot(product_id, "LATER", expires_on=date(2031, 9, 1))
    do(pharmacist, holds.place_hold, holds.PlaceHold(HoldKind.QUALITY, "cloudy", lot_id=look(held).lot_id))
    do(pharmacist, holds.place_hold, holds.PlaceHold(HoldKind.EVIDENCE, "case", lot_id=look(recalled).lot_id))
    clock.pass_time(timedelta(days=3))
    paula = signed_in("paula")

    rows = read_csv(paula.send("/stock/expiring/export", {"kind": "csv"}))
    page = _text(paula.get("/stock/expiring").text)

    assert [(row["Lot"], row["Days left"], row["What to do"].split()[0]) for row in rows] == [
        ("OVER", "-2", "Discard"), ("KEPT", "-1", "Leave"), ("SOON", "14", "Use"), ("HELD", "26", "Settle"),
    ]  # fmt: skip
    assert page.index("OVER") < page.index("KEPT") < page.index("SOON") < page.index("HELD")
    assert "LATER" not in page
    assert "14 days left" in page


def test_less_than_the_point_is_ordered_here_and_not_where_it_never_was(
    signed_in, do, pharmacist, make_lot, make_product, set_point, look
):
    short, enough, none_set = make_product("Short"), make_product("Enough"), make_product("None set")
    codes = make_lot(short, "S1", 3)
    make_lot(enough, "E1", 2)
    make_lot(none_set, "N1", 1)
    set_point(short, "25")
    set_point(enough, "20")
    paula = signed_in("paula")
    assert read_csv(paula.send("/stock/ordering/export", {"kind": "csv"})) == []

    do(pharmacist, holds.place_hold, holds.PlaceHold(HoldKind.QUALITY, "cloudy", container_code=codes[0]))

    (row,) = read_csv(paula.send("/stock/ordering/export", {"kind": "csv"}))
    assert (row["Product"], row["Usable"], row["Blocked or expired"], row["Short"]) == ("Short", "20", "10", "5")
    assert "1 product to order" in _text(paula.get("/stock/ordering").text)
    assert "1 product is below its point for ordering" in _text(paula.get("/").text)
    assert "Nothing needs to be ordered." in _text(signed_in("stella").get("/stock/ordering").text)


def test_what_is_used_up_is_ordered(signed_in, do, pharmacist, make_lot, product_id, set_point):
    (code,) = make_lot(product_id, "L1")
    set_point(product_id, "1")
    do(pharmacist, containers.give_back, containers.ReturnContainer(code, "wrong box"))
    text = _text(signed_in("paula").get("/stock/ordering").text)
    assert "Lidocaine 20 mg/mL 0 mL" in text


def test_each_number_of_today_leads_to_its_list(signed_in, make_lot, product_id, clock):
    make_lot(product_id, "L1", expires_on=date(2031, 3, 20))
    make_lot(product_id, "L2", expires_on=date(2031, 5, 25))
    paula = signed_in("paula")
    page = paula.get("/").text
    for days, count in (("30", 1), ("90", 2)):
        address = f"/stock/expiring?window={days}"
        assert f'href="{address}"' in page
        assert f"{count} lot" in _text(paula.get(address).text)


def test_a_program_reads_the_same_lists(program, make_lot, make_product, set_point, clock):
    product = make_product("Alpha")
    make_lot(product, "A1", 2, date(2031, 3, 20))
    set_point(product, "50")
    clock.pass_time(timedelta(days=1))
    paula = program("paula")

    listed = paula.ask("/stock/products", window="30").json
    then = paula.ask("/stock/products", as_of="2031-03-02").json

    assert [(lot["lot_number"], lot["usable"]) for lot in listed["products"][0]["lots"]] == [("A1", "20")]
    assert listed["totals"] == {"products": 1, "lots": 1, "sealed": 2, "opened": 0}
    assert (then["products"], listed["next_after"]) == ([], None)
    (expiring,) = paula.ask("/stock/expiring").json["lots"]
    assert (expiring["lot_number"], expiring["advice"], expiring["days_left"]) == ("A1", "use_first", 16)
    (short,) = paula.ask("/stock/ordering").json["products"]
    assert (short["name"], short["usable"], short["short"]) == ("Alpha", "20", "30")
    assert paula.ask("/stock/products", as_of="2031-03-04").status_code == 422
