"""Importing a table on its pages: sent, matched, corrected, imported, undone."""

import io
import re
import secrets

import pytest
from sqlalchemy import func, select

from inventory.importing.limits import LIMITS
from models.catalogue import Product, Supplier
from models.importing import ImportFile
from models.stock import Container, StockMove


def _file(text, kind, name="list.csv", **more):
    content = text if isinstance(text, bytes) else text.encode()
    return {"file": (io.BytesIO(content), name), "kind": kind, "encoding": "auto", **more}


def _words(page):
    main = page.text.partition("<main")[2]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main).replace("&nbsp;", " "))


@pytest.fixture
def count(read):
    return lambda model, *conditions: read(
        lambda session: session.scalar(select(func.count()).select_from(model).where(*conditions))
    )


@pytest.fixture
def product(read, product_id):
    return read(lambda session: session.get_one(Product, product_id).name)


@pytest.fixture
def version(read):
    return lambda: str(read(lambda session: session.scalars(select(ImportFile.version)).one()))


def test_a_list_is_sent_looked_at_and_imported_once(signed_in, count, version):
    paula = signed_in("paula")
    sent = paula.send("/imports/", _file("Company\n<script>a()</script>\n", "suppliers"))
    assert sent.status_code == 303
    page = paula.get(sent.location)
    assert "can be imported" in _words(page)
    assert "&lt;script&gt;a()" in page.text
    assert "<script>a()" not in page.text

    form = {"version": version(), "idempotency_key": secrets.token_urlsafe(18)}
    for _ in range(2):
        assert paula.send(f"{sent.location}/import", form).status_code == 303
    assert count(Supplier) == 1
    assert "imported" in _words(paula.get("/imports/"))


def test_problems_are_told_by_row_and_column_and_can_be_saved(signed_in, product):
    paula = signed_in("paula")
    rows = f"Product;Place;Lot;Expiry;Vials\n{product};storage;=1+1;0332;0\n=1+1;attic;L1;0332;1\n"
    sent = paula.send("/imports/", _file(rows, "opening_stock"))

    words = _words(paula.get(sent.location))
    assert "2 Vials Vials: 0 is not a number from 1 to 5000." in words
    assert "3 Product There is no product &#39;=1+1&#39;." in words
    assert "Import all" not in words
    saved = paula.get(f"{sent.location}/problems")
    assert saved.data.startswith(b'\xef\xbb\xbf"Row","Column","What","Sentence"\r\n2,"Vials","problem",')


def test_a_heading_that_begins_a_formula_is_harmless_in_what_is_saved(signed_in):
    paula = signed_in("paula")
    sent = paula.send("/imports/", _file("=cmd\nA\n", "suppliers"))
    paula.send(f"{sent.location}/columns", {"version": "1", "columns": ["name"]})
    again = paula.send("/imports/", _file("=cmd\nA\nA\n", "suppliers"))
    paula.send(f"{again.location}/columns", {"version": "1", "columns": ["name"]})

    assert b"""3,"'=cmd","problem",""" in paula.get(f"{again.location}/problems").data


def test_a_column_is_matched_by_the_person(signed_in, version):
    paula = signed_in("paula")
    sent = paula.send("/imports/", _file("Firm,Other\nA,B\n", "suppliers"))
    assert "No column is matched with &#39;Name&#39;." in _words(paula.get(sent.location))

    form = {"version": version(), "columns": ["name", ""]}
    assert paula.send(f"{sent.location}/columns", form).status_code == 303
    assert "can be imported" in _words(paula.get(sent.location))
    twice = paula.send(f"{sent.location}/columns", {"version": version(), "columns": ["name", "name"]})
    assert (twice.status_code, "Name is given twice" in _words(twice)) == (422, True)


def test_a_file_that_is_no_table_comes_back_in_words(signed_in, count):
    paula = signed_in("paula")
    latin = paula.send("/imports/", _file("Name\nHé\n".encode("latin-1"), "suppliers"))
    assert (latin.status_code, "row 2" in _words(latin)) == (422, True)
    old = paula.send("/imports/", _file(b"\xd0\xcf\x11\xe0", "suppliers", name="a.xls"))
    assert (old.status_code, "old Excel file" in _words(old)) == (422, True)
    assert paula.send("/imports/", {"kind": "suppliers"}).status_code == 422
    assert count(ImportFile) == 0


def test_opening_stock_is_imported_and_undone(signed_in, count, product, version):
    paula = signed_in("paula")
    sent = paula.send(
        "/imports/", _file(f"Product;Place;Lot;Expiry;Vials\n{product};storage;L1;0332;3\n", "opening_stock")
    )
    assert paula.send(f"{sent.location}/import", {"version": version()}).status_code == 303
    assert count(Container, Container.remaining > 0) == 3

    assert paula.send(f"{sent.location}/undo", {"reason": ""}).status_code == 422
    assert paula.send(f"{sent.location}/undo", {"reason": "wrong list"}).status_code == 303
    assert count(Container, Container.remaining > 0) == 0
    assert count(StockMove) == 6
    assert "undone" in _words(paula.get(sent.location))


def test_lots_that_look_alike_are_answered_before_the_import(signed_in, count, product, version):
    paula = signed_in("paula")
    rows = "".join(f"{product};storage;{lot};0332;1\n" for lot in ("L10", "L1O"))
    sent = paula.send("/imports/", _file("Product;Place;Lot;Expiry;Vials\n" + rows, "opening_stock"))
    assert paula.send(f"{sent.location}/import", {"version": version()}).status_code == 409
    form = {"version": version(), "are_questions_answered": "yes"}
    assert paula.send(f"{sent.location}/import", form).status_code == 303
    assert count(Container) == 2


def test_a_file_is_put_away(signed_in, version):
    paula = signed_in("paula")
    sent = paula.send("/imports/", _file("Name\nA\n", "suppliers"))
    assert paula.send(f"{sent.location}/put-away", {}).status_code == 303
    assert paula.send(f"{sent.location}/import", {"version": version()}).status_code == 409


def test_who_may_not_is_refused_and_another_site_is_not_there(signed_in):
    paula = signed_in("paula")
    sent = paula.send("/imports/", _file("Name\nA\n", "suppliers"))
    anna = signed_in("anna")
    assert anna.get(sent.location).status_code == 404
    assert anna.send("/imports/", _file("Name\nA\n", "suppliers")).status_code == 403
    assert anna.get(f"{sent.location}/problems").status_code == 404
    assert anna.send(f"{sent.location}/import", {"version": "1"}).status_code == 404


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
@pytest.mark.parametrize("kind", ["suppliers", "products", "opening_stock"])
def test_a_table_to_fill_in_is_understood_when_it_comes_back(signed_in, kind, ending):
    paula = signed_in("paula")
    table = paula.get(f"/imports/templates/{kind}.{ending}").data
    page = _words(paula.get(paula.send("/imports/", _file(table, kind, name=f"list.{ending}")).location))
    assert "No column is matched" not in page
    if kind != "opening_stock":  # whose example names a product of another clinic
        assert "can be imported" in page
    assert paula.get(f"/imports/templates/patients.{ending}").status_code == 404
    assert paula.get(f"/imports/templates/{kind}.exe").status_code == 404


@pytest.fixture
def until_over(wait_until):
    """The page as it is once nothing goes on any more, and those before it."""

    def follow(person, location):
        seen = [person.get(location)]

        def is_over():
            seen.append(person.get(location))
            return 'http-equiv="refresh"' not in seen[-1].text

        wait_until(is_over)
        return seen[-1], [_words(page) for page in seen if 'http-equiv="refresh"' in page.text]

    return follow


def test_a_large_table_says_how_far_it_is_and_is_imported_once(signed_in, count, version, until_over):
    paula = signed_in("paula")
    rows = LIMITS.at_once + 1
    sent = paula.send("/imports/", _file("Name\n" + "".join(f"S{number}\n" for number in range(rows)), "suppliers"))
    assert sent.status_code == 303
    page, _ = until_over(paula, sent.location)
    assert "can be imported" in _words(page)

    form = {"version": version(), "idempotency_key": secrets.token_urlsafe(18)}
    for _ in range(2):
        assert paula.send(f"{sent.location}/import", form).status_code == 303
        page, said = until_over(paula, sent.location)
        assert all(f"of {rows} rows" in words and "Put the file away" not in words for words in said)
    assert "imported" in _words(page)
    assert count(Supplier) == rows


def test_a_large_table_with_a_problem_is_told_it_when_its_check_is_over(signed_in, count, version, until_over):
    paula = signed_in("paula")
    names = [f"S{number}" for number in range(LIMITS.at_once)]
    sent = paula.send("/imports/", _file("\n".join(["Name", *names, "S7"]), "suppliers"))

    page, _ = until_over(paula, sent.location)

    assert "is in row 9 already" in _words(page)
    assert "not checked yet" not in _words(page)
    paula.send(f"{sent.location}/import", {"version": version()})
    page, _ = until_over(paula, sent.location)
    assert "Nothing was imported: the file has 1 problems." in _words(page)
    assert count(Supplier) == 0
