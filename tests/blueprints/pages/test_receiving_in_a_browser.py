"""Receiving in Chromium with nothing but a scanner that types and the keyboard; what a person presses is counted."""

import io
import re
from dataclasses import dataclass, field
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from models.stock import Container, DeliveryLine, Hold, Lot, Pack

pytestmark = [
    pytest.mark.browser,
    pytest.mark.only_on("sqlite", reason="what a browser draws is the same; the pages' own tests run on both"),
]
VIEWS = ((1280, "light"), (390, "dark"))
UNKNOWN = "04012345678901"


@dataclass
class Desk:
    """A scanner and a keyboard. `pressed`: what the person pressed; what the scanner types is not counted."""

    page: Any
    pressed: list[str] = field(default_factory=list)
    paula: Any = None

    def scan(self, text: str) -> None:
        """Separators as `|`, as scanners put them that cannot type the real one."""
        self._wait_for_cursor()
        with self.page.expect_navigation():
            self.page.keyboard.type(text.replace("\x1d", "|"))
            self.page.keyboard.press("Enter")

    def press(self, *keys: str, leaves: bool = False) -> None:
        for key in keys[:-1]:
            self._press(key)
        if leaves:
            with self.page.expect_navigation():
                self._press(keys[-1])
        else:
            self._press(keys[-1])

    def _wait_for_cursor(self) -> None:
        """A page that has just come up puts the cursor into its field a moment later."""
        self.page.wait_for_function("document.activeElement !== document.body")

    def _press(self, key: str) -> None:
        self._wait_for_cursor()
        self.pressed.append(key)
        self.page.wait_for_timeout(80)  # a person types slower than a scanner, and that is how the two are told apart
        self.page.keyboard.press(key)

    def enter(self, text: str) -> None:
        self.press(*text, "Enter", leaves=True)

    def said(self) -> str:
        shown = self.page.locator("main").inner_text()
        assert self.page.locator(".last-said").count() == 1, (self.page.url, shown)
        return self.page.locator(".last-said").inner_text()


@pytest.fixture
def desk(screen, supplier_id, product_id, learn) -> Desk:
    """The pharmacist before a delivery that has just begun, the cursor where scans go."""
    learn(product_id, per_pack=10)
    paula = screen("paula")
    paula.page.goto("/receiving/")
    made = Desk(paula.page)
    made.press("P", "Tab")
    made.enter("DN-7")
    paula.page.wait_for_url(re.compile(r"/receiving/\d+$"))
    made.pressed.clear()
    made.paula = paula
    return made


def test_a_known_box_costs_one_scan_a_quantity_and_enter(desk, symbol):
    desk.scan(symbol())
    desk.enter("3")
    assert "lot L1, use by 2032-01-31, 3 boxes of 10" in desk.said()
    assert desk.pressed == ["3", "Enter"]
    desk.scan(symbol("L2"))
    assert desk.pressed == ["3", "Enter"]
    assert "lot L2, use by 2032-01-31, box of 10" in desk.said()
    desk.press("F8", leaves=True)
    assert desk.page.locator("tbody tr").count() == 1
    assert desk.pressed == ["3", "Enter", "F8"]
    assert desk.paula.complaints == []


def test_a_delivery_of_six_lots_is_received_without_a_mouse(desk, symbol, make_product, read):
    make_product("Hyaluronic acid 18 mg/mL")
    desk.scan(symbol("L1"))
    desk.enter("3")
    desk.scan(symbol("L2", serial="S1"))
    desk.scan(symbol("L2", serial="S2"))

    desk.scan(symbol(None, None))  # one box with two symbols: the cursor waits at the lot when the second is scanned
    desk.scan("10L3\x1d17320229")
    desk.press("Enter", leaves=True)
    assert "lot L3, use by 2032-02-29, box of 10 (both symbols)" in desk.said()

    desk.scan(symbol("L4"))  # one box with a broken vial
    desk.press("F4", leaves=True)
    desk.press("Tab", "Tab", "Tab", "1", "Tab")
    desk.enter("cracked")
    assert "1 damaged" in desk.page.locator("main").inner_text()

    desk.scan(symbol("HA1", gtin=UNKNOWN))  # a box that nobody has seen before
    desk.press("F2", leaves=True)
    desk.enter("hyal")
    desk.enter("12")
    assert "Hyaluronic acid 18 mg/mL, lot HA1, use by 2032-01-31, box of 12" in desk.said()
    desk.press("F8", leaves=True)

    desk.scan(symbol("HA1", gtin=UNKNOWN))
    desk.scan(symbol(None, None))  # one whose lot is only printed, and has expired
    desk.press(*"L6", "Tab")
    desk.enter("0231")
    assert "comes in blocked: expired on 2031-02-28" in desk.page.locator("main").inner_text()
    desk.press("F9", leaves=True)
    desk.page.wait_for_url(re.compile(r"/deliveries/1$"))

    def booked(session):
        lines = select(Lot.lot_number, DeliveryLine.containers, DeliveryLine.damaged).join(DeliveryLine.__table__)
        causes = select(Hold.cause).distinct().order_by(Hold.cause)
        packs = session.scalars(select(Pack.serial).order_by(Pack.serial)).all()
        count = len(session.scalars(select(Container.id)).all())
        found = [tuple(row) for row in session.execute(lines.order_by(DeliveryLine.id))]
        return found, session.scalars(causes).all(), packs, count

    assert read(booked) == (
        [("L1", 30, 0), ("L2", 20, 0), ("L3", 10, 0), ("L4", 10, 1), ("HA1", 12, 0), ("L6", 10, 0)],
        ["damaged on arrival: cracked", "expired on 2031-02-28"],
        ["S1", "S2"],
        92,
    )
    assert desk.paula.complaints == []


def test_every_page_is_sound_wide_and_narrow_in_light_and_dark(desk, symbol, make_lot, product_id):
    make_lot(product_id, "HA2406")
    page, here = desk.page, desk.page.url
    desk.scan(symbol("HA1", gtin=UNKNOWN))
    question = page.locator("[data-key=F2]").get_attribute("href")
    desk.scan(symbol("HA24O6"))
    page.goto(here)
    desk.page.locator("[data-scan-input]").focus()
    desk.scan(symbol(None, None))
    page.goto(here)
    page.locator("summary", has_text="Attach a certificate or photo").click()
    page.select_option("#attach-kind", "photo")
    photo = io.BytesIO()
    Image.new("RGB", (300, 200), "grey").save(photo, "PNG")
    page.set_input_files("#attach-file", {"name": "a.png", "mimeType": "image/png", "buffer": photo.getvalue()})
    with page.expect_navigation():
        page.locator("form[action$='/files'] button").click()
    page.wait_for_function("document.querySelector('.file-picture')?.naturalWidth === 300")
    for address in (here, question, f"{question}?text=lido", "/receiving/", "/deliveries/"):
        for width, scheme in VIEWS:
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=scheme)
            assert page.goto(address).status == 200
            assert desk.paula.violations() == [], (address, width, scheme)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, address
    assert desk.paula.complaints == []
