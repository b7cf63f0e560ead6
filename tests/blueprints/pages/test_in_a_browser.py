"""The ledger's pages in Chromium: nothing refused by the policy, found by axe, or wider than the screen."""

import re

import pytest

from inventory.stock import containers, holds
from models.vocabulary import HoldKind, WasteReason

pytestmark = [
    pytest.mark.browser,
    pytest.mark.only_on("sqlite", reason="what a browser draws is the same; the pages' own tests run on both"),
]
VIEWS = ((1280, "light"), (390, "dark"))


@pytest.fixture
def cupboard(make_lot, product_id, mix, start_session, give, do, pharmacist, practitioner, look):
    """Something of everything; answers the addresses to look at."""
    opened, sealed, held, spilled, mixed = make_lot(product_id, "L1", 5)
    do(practitioner, containers.open_container, containers.OpenContainer(opened))
    do(pharmacist, holds.place_hold, holds.PlaceHold(HoldKind.QUALITY, "cloudy <b>", container_code=held))
    do(pharmacist, containers.discard, containers.DiscardContainer(spilled, WasteReason.SPILLED, note="on the floor"))
    session_id = start_session()
    mixture = mix((mixed, "4"), session_id=session_id, syringes=("2.5", "1.4"))
    give(session_id, mixture.codes[0])
    lot_id = look(sealed).lot_id
    pages = [
        "/stock",
        "/stock?as_of=2031-03-02",
        "/stock/expiring",
        "/stock/ordering",
        "/holds",
        "/audit",
        f"/lots/{lot_id}",
        f"/lots/{mixture.lot_id}",
    ]
    return pages + [f"/containers/{code}" for code in (opened, sealed, held, spilled, mixture.codes[1])]


def test_every_page_is_sound_wide_and_narrow_in_light_and_dark(screen, cupboard):
    paula = screen("paula")
    for address in cupboard:
        for width, scheme in VIEWS:
            paula.page.set_viewport_size({"width": width, "height": 900})
            paula.page.emulate_media(color_scheme=scheme)
            assert paula.page.goto(address).status == 200
            assert paula.violations() == [], (address, width, scheme)
            assert paula.page.evaluate("document.documentElement.scrollWidth") <= width, address
    assert paula.complaints == []


def test_a_vial_is_found_opened_and_corrected_with_the_keyboard_alone(screen, vial, look):
    paula = screen("paula")
    keyboard = paula.page.keyboard
    keyboard.press("/")
    keyboard.type(vial.lower())
    keyboard.press("Enter")
    paula.page.wait_for_url(re.compile(f"/containers/{vial}$"))

    paula.page.locator("summary", has_text="Open").focus()
    keyboard.press("Enter")
    assert "use it before 2031-03-31 23:59" in paula.page.locator("details[open]").inner_text()
    keyboard.press("Tab")
    keyboard.press("Enter")
    paula.page.get_by_text("Opened. Use before 2031-03-31 23:59.").wait_for()

    assert look(vial).opened_at is not None
    assert paula.violations() == []
    assert paula.complaints == []


def test_a_refused_entry_is_read_out_and_leads_to_its_field(screen, vial):
    paula = screen("paula")
    paula.page.goto(f"/containers/{vial}")
    paula.page.locator("summary", has_text="Discard").click()
    paula.page.select_option("#discard-waste_reason", "spilled")
    paula.page.fill("#discard-amount", "1.0000001")
    paula.page.locator("button", has_text="Discard").click()

    alert = paula.page.locator("details[open] [role=alert]")
    alert.wait_for()
    assert "has more than 6 decimals" in alert.inner_text()
    assert paula.page.locator("#discard-amount").get_attribute("aria-invalid") == "true"
    assert paula.page.input_value("#discard-amount") == "1.0000001"
    assert paula.page.input_value("#discard-waste_reason") == "spilled"
    assert paula.violations() == []


def test_the_stock_list_narrows_without_a_whole_new_page(screen, make_lot, make_product):
    make_lot(make_product("Alpha"), "A1")
    make_lot(make_product("Beta"), "B1")
    paula = screen("paula")
    paula.page.goto("/stock")
    paula.page.fill("#filter-text", "bet")
    paula.page.keyboard.press("Enter")
    paula.page.get_by_role("heading", name="Alpha").wait_for(state="detached")
    assert paula.page.get_by_role("heading", name="Beta").count() == 1
    assert "text=bet" in paula.page.url
    assert paula.complaints == []


def test_the_api_reference_is_drawn_under_the_strict_policy(screen):
    paula = screen("paula")
    paula.page.goto("/api/docs")
    paula.page.locator("#operations-Stock-list_on_hand").wait_for()
    last = paula.page.locator("#operations-Sites-add_site")
    for _ in range(50):  # what is not looked at is not drawn
        if last.count():
            break
        paula.page.mouse.wheel(0, 20_000)
        paula.page.wait_for_timeout(200)
    last.wait_for()
    assert not paula.page.locator(".authorize").is_visible()
    assert paula.complaints == []


def test_labels_are_previewed_printed_and_listed_with_the_keyboard(screen, vial, do, practitioner):
    paula = screen("paula")
    paula.page.goto(f"/containers/{vial}")
    with paula.page.expect_response(lambda answer: answer.url.endswith("/labels/preview")) as preview:
        paula.page.get_by_role("link", name="Print label").click()
    assert preview.value.headers["content-type"] == "application/pdf"
    assert paula.violations() == []

    with paula.page.expect_response(lambda answer: answer.url.endswith("/labels/preview")) as narrow:
        paula.page.select_option("#labels-medium", "dymo-25x25")
    assert narrow.value.status == 200
    paula.page.locator("button", has_text="Print 1 label").focus()
    with paula.page.expect_response(re.compile(r"/labels/sheets/\d+\.pdf$")) as sheet:
        paula.page.keyboard.press("Enter")
    assert (sheet.value.status, sheet.value.headers["content-type"]) == (200, "application/pdf")

    do(practitioner, containers.open_container, containers.OpenContainer(vial))
    for width, scheme in VIEWS:
        paula.page.set_viewport_size({"width": width, "height": 900})
        paula.page.emulate_media(color_scheme=scheme)
        for address in ("/labels/to-print", f"/labels?code={vial}", f"/labels/by-hand?code={vial}"):
            assert paula.page.goto(address).status == 200
            assert paula.violations() == [], address
            assert paula.page.evaluate("document.documentElement.scrollWidth") <= width, address
    refused = [complaint for complaint in paula.complaints if "Content Security Policy" in complaint]
    assert refused == []
