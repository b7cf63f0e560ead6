"""A place counted and a vial sent to the other site, in Chromium, with what a scanner and a keyboard type."""

import re

import pytest

from inventory.stock import containers
from inventory.stock.containers import OpenContainer
from models.vocabulary import WasteReason

pytestmark = [
    pytest.mark.browser,
    pytest.mark.only_on("sqlite", reason="what a browser draws is the same; the pages' own tests run on both"),
]
VIEWS = ((390, "light"), (390, "dark"), (1280, "light"), (1280, "dark"))


def _look_at(screen) -> None:
    for width, scheme in VIEWS:
        screen.page.set_viewport_size({"width": width, "height": 900})
        screen.page.emulate_media(color_scheme=scheme)
        screen.page.wait_for_timeout(300)  # buttons change their colour gradually
        assert screen.violations() == [], (screen.page.url, width, scheme)
        assert screen.page.evaluate("document.documentElement.scrollWidth") <= width, screen.page.url
    screen.page.set_viewport_size({"width": 390, "height": 900})


def _scan(screen, code: str) -> None:
    """As a scanner does: the code and Enter, wherever the cursor is."""
    screen.page.wait_for_load_state()
    screen.page.keyboard.type(code)
    screen.page.keyboard.press("Enter")


def _said(screen, text: str) -> None:
    screen.page.locator(".message", has_text=text).first.wait_for()


def _open(screen, text: str) -> None:
    screen.page.locator("summary", has_text=text).first.focus()
    screen.page.keyboard.press("Enter")


def _look_again_and_approve(paula, opened, missing, password) -> None:
    paula.page.locator("button", has_text="move it in the books").click()
    _said(paula, "The books have it here now.")
    for line in paula.page.locator(".holds > li", has_text="Count it again").all():
        assert line.is_visible()
    for code, amount in ((opened, "9.5"), (missing, None)):
        line = paula.page.locator(".holds > li", has_text=code).first
        line.locator("summary", has_text="Count it again").click()
        if amount is not None:
            line.locator("input[name=amount]").fill(amount)
            line.locator("button", has_text="It is here").click()
        else:
            line.locator("button", has_text="It is not here").click()
        paula.page.locator(".message", has_text=re.compile("again")).first.wait_for()
        line = paula.page.locator(".holds > li", has_text=code).first
        line.locator("summary", has_text="Explain").click()
        line.locator("textarea").fill("nobody knows")
        line.locator("button", has_text="Save the explanation").click()
        _said(paula, "Explained.")
    _open(paula, "Approve and book")
    _look_at(paula)
    paula.page.fill("#approve-password", password)
    paula.page.keyboard.press("Enter")
    _said(paula, "The count is approved and booked.")
    _look_at(paula)
    paula.page.goto("/counts")
    _look_at(paula)


def test_a_place_is_counted_with_a_difference(screen, make_lot, product_id, do, assistant, look, password, clinic):
    scanned, opened, *unlabelled, gone = make_lot(product_id, count=5)
    other = make_lot(product_id, "L2", place=clinic.places.room)[0]
    missing = make_lot(product_id, "L3")[0]
    do(assistant, containers.open_container, OpenContainer(opened))
    do(assistant, containers.discard, containers.DiscardContainer(gone, WasteReason.BROKEN))
    anna = screen("anna")
    anna.page.set_viewport_size({"width": 390, "height": 900})
    anna.page.goto("/counts")
    anna.page.select_option("#start-location_id", str(clinic.places.storage))
    anna.page.locator("button", has_text="Begin to count").click()
    anna.page.locator("#scan-text:focus").wait_for()
    _scan(anna, scanned)
    _said(anna, f"Counted: {scanned}")
    _scan(anna, opened)
    anna.page.get_by_text("How much is left").first.wait_for()
    _look_at(anna)
    _scan(anna, "9,5")
    _said(anna, "Counted.")
    _scan(anna, "L1")
    anna.page.get_by_text("Sealed ones without our sticker").wait_for()
    _scan(anna, str(len(unlabelled)))
    _said(anna, "Counted: 2 by number.")
    _scan(anna, other)
    _said(anna, "The books have it in another place.")
    _scan(anna, "what is this?")
    _said(anna, "Not known here.")
    _look_at(anna)
    _open(anna, "Finish counting")
    anna.page.keyboard.press("Tab")
    anna.page.keyboard.press("Enter")
    _said(anna, "Counting is finished.")
    _look_at(anna)
    url = anna.page.url

    paula = screen("paula")
    paula.page.goto(url)
    _look_again_and_approve(paula, opened, missing, password)

    assert (look(missing).remaining, str(look(opened).remaining.normalize())) == (0, "9.5")
    assert look(other).location_id == clinic.places.storage
    assert (anna.complaints, paula.complaints) == ([], [])


def test_a_vial_is_sent_and_received_with_the_scanner(screen, make_lot, product_id, clinic, look):
    sound, cracked, missing = make_lot(product_id, count=3)
    anna, stella = screen("anna"), screen("stella")
    anna.page.goto("/transfers")
    _open(anna, "Send to another site")
    anna.page.select_option("#send-to_site_id", str(clinic.other_site_id))
    anna.page.locator("#send-codes").focus()
    for code in (sound, cracked, missing):
        _scan(anna, code)
    _look_at(anna)
    anna.page.locator("button", has_text="Send it").click()
    _said(anna, "Sent. It is on the way now.")
    _look_at(anna)

    stella.page.goto("/transfers")
    stella.page.set_viewport_size({"width": 390, "height": 900})
    stella.page.get_by_role("link", name=re.compile("From ")).click()
    stella.page.select_option("#receive-location_id", str(clinic.other_places.storage))
    stella.page.locator("#receive-codes").focus()
    _scan(stella, sound)
    _said(stella, f"{sound} received.")
    stella.page.locator("#receive-damage").fill("cracked")
    stella.page.locator("#receive-codes").focus()
    _scan(stella, cracked)
    _said(stella, f"{cracked} received.")
    assert stella.page.get_by_text("1 of 3 on the way").is_visible()
    _look_at(stella)
    stella.page.goto("/transfers")
    _look_at(stella)

    assert look(sound).location_id == clinic.other_places.storage
    assert look(cracked).causes == ("damaged on the way: cracked",)
    assert look(missing).location_id == clinic.places.transit
    assert (anna.complaints, stella.complaints) == ([], [])
