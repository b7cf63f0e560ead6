"""A first count from a table, in Chromium: sent with three bad rows, corrected, imported, seen in the stock."""

import threading

import pytest

from blueprints.background import Progress, background
from inventory.importing.limits import LIMITS
from models.catalogue import Product

pytestmark = [
    pytest.mark.browser,
    pytest.mark.only_on("sqlite", reason="what a browser draws is the same; the pages' own tests run on both"),
]
VIEWS = ((390, "light"), (390, "dark"), (1280, "light"), (1280, "dark"))
HEADINGS = "Product;Place;Lot;Expiry;Vials;Left in each;Opened on\n"


@pytest.fixture
def look_at(tmp_path):
    """Every width and colour: nothing that axe finds wrong, nothing wider than the screen."""

    def look(screen, name):
        for width, scheme in VIEWS:
            screen.page.set_viewport_size({"width": width, "height": 900})
            screen.page.emulate_media(color_scheme=scheme)
            screen.page.wait_for_timeout(300)  # buttons change their colour gradually
            screen.page.screenshot(path=tmp_path / f"{name}-{width}-{scheme}.png", full_page=True)
            assert screen.violations() == [], (screen.page.url, width, scheme)
            assert screen.page.evaluate("document.documentElement.scrollWidth") <= width, screen.page.url
        screen.page.set_viewport_size({"width": 1280, "height": 900})

    return look


def _send(screen, text):
    screen.page.goto("/imports/")
    screen.page.select_option("[name=kind]", "opening_stock")
    screen.page.set_input_files(
        "[name=file]", {"name": "stock.csv", "mimeType": "text/csv", "buffer": text.encode("utf-8-sig")}
    )
    screen.page.locator("button", has_text="Send and check").press("Enter")
    screen.page.locator("h1", has_text="Import stock.csv").wait_for()


def test_a_list_with_three_bad_rows_is_corrected_and_imported(screen, product_id, read, look_at):
    product = read(lambda session: session.get_one(Product, product_id).name)
    good = f"{product};Storage;<b>L1;03/2032;3;;\n{product};Storage;L2;2032-04-30;1;0,5;2031-03-01\n"
    bad = f"{product};Attic;L3;03/2032;1;;\n{product};Storage;L4;31.13.32;1;;\n{product};Storage;L5;03/2032;0;;\n"
    paula = screen("paula")
    paula.page.goto("/imports/")
    look_at(paula, "empty")

    _send(paula, HEADINGS + good + bad)

    rows = paula.page.locator("[aria-labelledby=problems] tbody tr").all()
    assert [row.locator("th, td").all_inner_texts()[:2] for row in rows] == [
        ["4", "Place"],
        ["5", "Expiry"],
        ["6", "Vials"],
    ]
    assert paula.page.locator("button", has_text="Import all").count() == 0
    look_at(paula, "problems")

    _send(paula, HEADINGS + good + bad.replace("Attic", "Storage").replace("31.13.32", "04/2032").replace(";0;", ";2;"))

    look_at(paula, "ready")
    paula.page.locator("button", has_text="Import all 5 rows").press("Enter")
    paula.page.locator(".message", has_text="Imported.").wait_for()
    look_at(paula, "imported")
    paula.page.goto("/imports/")
    look_at(paula, "files")
    paula.page.goto(f"/stock?product_id={product_id}")
    shown = paula.page.locator("main").inner_text()
    assert all(lot in shown for lot in ("<b>L1", "L2", "L3", "L4", "L5"))
    assert paula.complaints == []


def test_a_large_list_shows_how_far_it_is_and_goes_on_by_itself(screen, product_id, read, look_at, app):
    product = read(lambda session: session.get_one(Product, product_id).name)
    paula = screen("paula")
    rows = "".join(f"{product};Storage;L{number:05}A;03/2032;1;;\n" for number in range(LIMITS.at_once + 1))
    _send(paula, HEADINGS + rows)
    paula.page.locator("button", has_text=f"Import all {LIMITS.at_once + 1} rows").wait_for()
    is_free = threading.Event()
    with app.app_context():
        progress = Progress("Checking", 5000, 1, done=3200)
        background().start(1, progress, lambda _progress: is_free.wait(60))
    paula.page.reload()
    paula.page.get_by_text("Checking: 3200 of 5000 rows.").wait_for()
    look_at(paula, "progress")
    progress.reach(4200)
    paula.page.get_by_text("Checking: 4200 of 5000 rows.").wait_for()
    is_free.set()

    paula.page.locator("button", has_text="Import all").press("Enter")

    paula.page.locator(".facts", has_text="imported").wait_for()
    assert paula.complaints == []
