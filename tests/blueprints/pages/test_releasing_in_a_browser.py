"""Release with the keyboard alone, and the pages at both widths."""

from datetime import date

import pytest
from sqlalchemy import select

from inventory.people import memberships
from inventory.stock import receiving, release_checks
from inventory.stock.release_checks import AddReleaseCheck
from inventory.units import ORGANISATION
from models.stock import DeliveryLine

pytestmark = [pytest.mark.browser, pytest.mark.only_on("sqlite", reason="the browser sees no difference")]
PDF = {"name": "certificate.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7\n%%EOF\n"}


@pytest.fixture
def line_id(do, read, change_site, clinic, assistant, administrator, supplier_id, product_id, clock):
    change_site(holds_incoming=True)
    for question, needs in (("Undamaged?", False), ("Certificate of this lot?", True)):
        command = AddReleaseCheck(question, needs_certificate=needs)
        do(administrator, release_checks.add_check, command, scope=ORGANISATION)
    line = receiving.ReceiveLine(product_id, "NEW-1", date(2032, 1, 31), 3)
    do(
        assistant,
        receiving.receive_delivery,
        receiving.ReceiveDelivery(supplier_id, "DN 9", clinic.places.storage, (line,)),
    )
    responsible = memberships.MakeResponsible(clinic.user_ids["paula"], clinic.site_id, clock.at.date(), None)
    do(administrator, memberships.make_responsible, responsible, scope=ORGANISATION)
    return read(lambda session: session.scalars(select(DeliveryLine.id)).one())


def test_a_lot_is_checked_and_signed_for_with_the_keyboard(screen, line_id, password):
    shown = screen("paula")
    page, press = shown.page, shown.page.keyboard.press
    page.goto(f"/release/{line_id}")
    page.focus("#outcome-1")
    for key in ("y", "Tab", "Tab", "y", "Tab", "Enter"):  # yes, no note, yes; Enter in a note sends the answers
        press(key)
    page.get_by_text("The answers are kept.").wait_for()
    assert page.get_by_text("certificate missing").count() == 1

    page.focus("summary:has-text('Attach a file')")
    press("Enter")
    page.select_option("#attach-kind", "certificate")
    page.set_input_files("#attach-file", files=[PDF])  # the system's own dialog picks it
    page.focus("form:has(#attach-file) button")
    press("Enter")
    page.get_by_text("The file is attached.").wait_for()

    page.focus("#release-password")
    page.keyboard.type(password)
    press("Enter")
    page.get_by_text("It is released and can be used.").wait_for()
    assert shown.complaints == []


def test_the_pages_are_accessible_and_fit_a_telephone(screen, line_id):
    shown = screen("paula")
    for width in (1280, 390):
        shown.page.set_viewport_size({"width": width, "height": 900})
        for address in ("/release", f"/release/{line_id}", "/release-checks"):
            shown.page.goto(address)
            assert shown.violations() == [], address
            assert shown.page.evaluate("document.documentElement.scrollWidth") <= width, address
    assert shown.complaints == []
