"""A scanner that types, with real key events: caught wherever the cursor is, and people are not."""

import re

import pytest

pytestmark = [
    pytest.mark.browser,
    pytest.mark.only_on("sqlite", reason="what a browser does with keys is the same"),
]
GTIN = "09506000134352"
BOX = f"]d201{GTIN}21SN1{{GS}}17320131{{GS}}10L1"


ENDS = {"Enter": {"code": "Enter", "text": "\r", "windowsVirtualKeyCode": 13}, "Tab": {"windowsVirtualKeyCode": 9}}


class Scanner:
    """A wedge scanner: real key events, each `every` ms after the last whatever the machine is busy with.

    The separator comes as Ctrl+].
    """

    def __init__(self, page, every=4):
        self.session = page.context.new_cdp_session(page)
        self.every = every
        self.at = page.evaluate("Date.now()")

    def scan(self, text, end="Enter", hesitates_after=None):
        self.at += 1000
        for index, part in enumerate(re.findall(r"\{GS\}|.", text)):
            if part == "{GS}":
                self._press("]", code="BracketRight", modifiers=2)
            else:
                self._press(part, text=part)
            self.at += 100 if index == hesitates_after else 0
        self._press(end, **ENDS[end])

    def _press(self, key, **facts):
        self.at += self.every
        event = {"key": key, "timestamp": self.at / 1000} | facts
        self.session.send("Input.dispatchKeyEvent", {"type": "keyDown"} | event)
        event.pop("text", None)
        self.session.send("Input.dispatchKeyEvent", {"type": "keyUp"} | event)


def _burst(page, text, **how):
    Scanner(page).scan(text, **how)


def test_a_code_is_caught_wherever_the_cursor_is(screen, vial):
    paula = screen("paula")
    for address in ("/", "/stock", "/products/new"):
        paula.page.goto(address)
        _burst(paula.page, vial, end="Tab")
        paula.page.wait_for_url(f"**/containers/{vial}")
    assert paula.complaints == []


def test_a_field_gets_back_what_was_typed_in_it(screen, vial):
    paula = screen("paula")
    paula.page.goto("/products/new")
    paula.page.evaluate(
        "document.addEventListener('submit', (event) => event.preventDefault(), true)"  # stay and look
    )
    name = paula.page.locator("#add-name")
    name.fill("Zinc 1 mg")
    name.press("ArrowLeft")
    _burst(paula.page, BOX)
    assert name.input_value() == "Zinc 1 mg"
    assert name.evaluate("field => field.selectionStart") == 8
    assert paula.page.input_value("#scan") == BOX.replace("{GS}", "\x1d")

    paula.page.focus("#add-regulatory_class")
    paula.page.select_option("#add-regulatory_class", "consumable")
    _burst(paula.page, vial)
    assert paula.page.input_value("#add-regulatory_class") == "consumable"
    assert paula.page.input_value("#scan") == vial


def test_separators_reach_the_server_and_an_unknown_box_is_asked_about(screen, product_id):
    paula = screen("paula")
    _burst(paula.page, BOX)
    paula.page.get_by_role("heading", name="What is this?").wait_for()
    assert "\\x1d" in paula.page.locator(".facts").inner_text()
    paula.page.keyboard.type("lidocaine", delay=60)
    paula.page.keyboard.press("Enter")
    paula.page.get_by_role("button", name="It is this").click()
    paula.page.get_by_text("The code is known now.").wait_for()
    assert paula.page.get_by_role("heading", name="Lidocaine 20 mg/mL").is_visible()
    assert "SN1" in paula.page.locator(".facts").inner_text()
    _burst(paula.page, BOX)
    paula.page.get_by_role("heading", name="Lidocaine 20 mg/mL").wait_for()
    assert paula.violations() == []
    assert paula.complaints == []


def test_a_computer_that_hesitates_cuts_no_code(screen, vial):
    paula = screen("paula")
    Scanner(paula.page).scan(vial, hesitates_after=3)
    paula.page.wait_for_url(f"**/containers/{vial}")


def test_a_page_with_its_own_field_for_scans_gets_the_code(screen, vial):
    paula = screen("paula")
    paula.page.goto("/products/new")
    paula.page.evaluate("""() => {
        const form = document.createElement("form");
        form.dataset.scanHere = "";
        form.innerHTML = '<input name="scan" data-scan-input>';
        form.addEventListener("submit", (event) => {
            event.preventDefault();
            document.title = "got " + form.elements.scan.value;
        });
        document.getElementById("main").append(form);
    }""")
    paula.page.fill("#add-name", "Zinc")
    _burst(paula.page, vial)
    assert paula.page.title() == f"got {vial}"
    assert paula.page.input_value("#add-name") == "Zinc"
    paula.page.focus("#scan")  # who goes to the box at the top asks there
    _burst(paula.page, vial)
    paula.page.wait_for_url(f"**/containers/{vial}")


def test_what_people_type_is_left_alone(screen, clinic, password):
    paula = screen("paula")
    paula.page.goto("/products/new")
    name = paula.page.locator("#add-name")
    name.focus()
    Scanner(paula.page, every=30).scan("zinc", end="Tab")  # short, and as fast as can be
    assert name.input_value() == "zinc"
    assert paula.page.evaluate("document.activeElement.id") == "add-regulatory_class"
    name.fill("")
    Scanner(paula.page, every=70).scan("hyaluronic acid", end="Tab")
    assert name.input_value() == "hyaluronic acid"
    assert paula.page.evaluate("document.activeElement.id") == "add-regulatory_class"
    paula.page.goto("/account/password")
    field = paula.page.locator("input[type=password]").first
    field.focus()
    _burst(paula.page, password, end="Tab")
    assert field.input_value() == password
    assert paula.page.input_value("#scan") == ""


def test_a_code_presses_no_button_and_moves_no_cursor(screen, vial):
    paula = screen("paula")
    paula.page.goto(f"/containers/{vial}")
    summary = paula.page.locator("summary", has_text="Open")
    summary.focus()
    _burst(paula.page, "+A999 B/C D/E")
    paula.page.get_by_role("alert").wait_for()
    assert "HIBC" in paula.page.locator("main").inner_text()
    paula.page.go_back()
    assert paula.page.locator("details.action[open]").count() == 0
