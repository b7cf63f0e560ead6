"""Opening stock of ten vials, three opened, one unreadable, with the keys of a scanner alone."""

import os
from pathlib import Path

import pytest
from sqlalchemy import select

from inventory.catalogue import codes
from inventory.catalogue.codes import LearnCode
from inventory.stock import opening_stock
from inventory.units import ORGANISATION
from models.stock import Container, Hold
from models.vocabulary import CodeScheme, HoldKind

pytestmark = [
    pytest.mark.browser,
    pytest.mark.only_on("sqlite", reason="what a browser draws is the same; the pages' own tests run on both"),
]
GTIN = "09506000134352"
VIEWS = ((1280, "light"), (390, "dark"), (1280, "dark"), (390, "light"))


class Scanner:
    """Types as a scanner or a person does; nothing is clicked."""

    def __init__(self, page) -> None:
        self.page = page
        self.keys = 0

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.keys += 1

    def type(self, text: str) -> None:
        """As fast as a person, so that it is not taken for a scan."""
        self.page.keyboard.type(text, delay=80)
        self.keys += len(text)

    def scan(self, text: str) -> None:
        """One burst with Enter at its end; it counts as no keystroke of a person."""
        with self.page.expect_navigation():
            self.page.keyboard.type(text)
            self.page.keyboard.press("Enter")

    def confirm(self) -> None:
        with self.page.expect_navigation():
            self.press("Enter")


def _picture(page, name: str) -> None:
    folder = os.environ.get("PICTURES")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def test_ten_vials_three_opened_one_unreadable(screen, do, pharmacist, product_id, clinic, read):
    do(pharmacist, codes.learn_code, LearnCode(product_id, CodeScheme.GTIN, GTIN), scope=ORGANISATION)
    anna = screen("anna")
    at = f"/first-count/places/{clinic.places.storage}"
    anna.page.goto(at)
    scanner = Scanner(anna.page)

    sealed = f"]d201{GTIN}1732013110L1"
    for _ in range(6):  # the same code six times is six vials of one line
        scanner.scan(sealed)
    assert "Empty: 6, as often as scanned." in anna.page.inner_text("#line-packs-help")
    _picture(anna.page, "filled")
    scanner.confirm()
    anna.page.get_by_text("Recorded: 6.").wait_for()
    assert scanner.keys == 1

    for down in (1, 2, 3):  # a quarter, half and three quarters left of three opened ones
        scanner.scan(sealed)
        scanner.press("Tab", "Tab", *["ArrowDown"] * down, "Tab", "Tab")
        scanner.type("yesterday")
        scanner.confirm()
        anna.page.get_by_text("Recorded: 1.").wait_for()

    scanner.scan(GTIN)  # only the product can be read: the cursor stands in the lot number
    assert anna.page.evaluate("document.activeElement.id") == "line-lot_number"
    scanner.press("Tab", "Space", "Tab", "Tab", "Space")
    scanner.confirm()
    anna.page.get_by_text("blocked: lot or expiry cannot be read").wait_for()

    def books(session):
        rows = list(session.scalars(select(Container).order_by(Container.id)))
        kinds = list(session.scalars(select(Hold.kind)))
        opened = sum(row.opened_at is not None for row in rows)
        return [row.remaining for row in rows], opened, kinds, [row.code for row in rows]

    amounts, opened, kinds, codes_found = read(books)
    assert amounts == [10] * 6 + [2.5, 5, 7.5, 10]
    assert (opened, kinds) == (3, [HoldKind.UNIDENTIFIED])
    found = read(opening_stock.recorded_at_place, site_id=clinic.site_id, location_id=clinic.places.storage)
    assert len(found.entries) == 5
    assert anna.complaints == []

    paula = screen("paula")
    for width, scheme in VIEWS:
        paula.page.set_viewport_size({"width": width, "height": 900})
        paula.page.emulate_media(color_scheme=scheme)
        for name, address in (
            ("count", at),
            ("counts", "/first-count"),
            ("place", f"/places/{clinic.places.storage}"),
            ("places", "/places"),
            ("opened", "/opened"),
            ("unreadable", f"/containers/{codes_found[-1]}"),
            ("opened-vial", f"/containers/{codes_found[6]}"),
        ):
            paula.page.goto(address)
            _picture(paula.page, f"{name}-{width}-{scheme}")
            assert paula.violations() == [], (address, width, scheme)
            assert paula.page.evaluate("document.documentElement.scrollWidth") <= width, address
    assert paula.complaints == []


def test_a_short_date_is_said_in_full_as_soon_as_it_is_typed(screen, clinic):
    anna = screen("anna")
    anna.page.goto(f"/first-count/places/{clinic.places.storage}")
    anna.page.fill("#line-expires", "0532")
    anna.page.keyboard.press("Tab")
    anna.page.locator("#expires-said", has_text="2032-05-31").wait_for()
    anna.page.fill("#line-expires", "05/06/28")
    anna.page.keyboard.press("Tab")
    anna.page.locator("#expires-said", has_text="may be 2028-06-05 or 2028-05-06").wait_for()
    assert anna.complaints == []
