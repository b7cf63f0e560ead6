"""The print dialog, the sheet it opens, what to print again, and a site's own labels."""

import html
import re
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from inventory.care import compounding
from inventory.stock import containers
from models.printing import LabelPrint, LabelSheet


def _words(page):
    main = page.text.partition("<main")[2]
    text = html.unescape(re.sub(r"<[^>]+>", " ", main)).replace("\u00a0", " ")
    return re.sub(r"\s+", " ", text)


@pytest.fixture
def printed(read):
    return lambda: read(lambda session: session.scalar(select(func.count()).select_from(LabelPrint)))


@pytest.fixture
def syringe(vial, mix, start_session, make_patient):
    """For Nadia Example."""
    return mix((vial, "2"), session_id=start_session(make_patient("Nadia Example", born_on=date(1984, 5, 6)))).codes[0]


def test_the_dialog_lists_what_is_printed_and_nothing_is_recorded_by_looking(signed_in, vial, printed):
    anna = signed_in("anna")
    words = _words(anna.get(f"/labels?code={vial}"))
    assert "Print 1 label" in words
    assert f"vial Lidocaine 20 mg/mL lot L1 {vial}" in words
    preview = anna.send("/labels/preview", {"code": vial, "medium": "l7160", "start": 1, "copies": 1})
    assert preview.mimetype == "application/pdf"
    assert preview.data.startswith(b"%PDF")
    assert "frame-ancestors 'self'" in preview.headers["Content-Security-Policy"]
    assert printed() == 0


def test_printing_opens_the_bytes_of_the_preview_and_records_once(signed_in, vial, printed):
    anna = signed_in("anna")
    form = {"code": vial, "medium": "brother-62x29", "start": 1, "copies": 2, "idempotency_key": "the-same-form"}
    preview = anna.send("/labels/preview", form)
    first, again = anna.send("/labels", form), anna.send("/labels", form)
    assert (first.status_code, again.status_code) == (303, 303)
    assert first.location == again.location
    sheet = anna.get(first.location)
    assert (sheet.status_code, sheet.mimetype) == (200, "application/pdf")
    assert sheet.data == preview.data == anna.get(again.location).data
    assert sheet.headers["Content-Disposition"].startswith('inline; filename="labels-')
    assert printed() == 1
    assert 'value="brother-62x29" selected' in anna.get(f"/labels?code={vial}").text


def test_once_more_asks_for_the_reason_in_the_dialog(signed_in, vial, printed):
    anna = signed_in("anna")
    form = {"code": vial, "medium": "l7160"}
    anna.send("/labels", form)
    refused = anna.send("/labels", form)
    assert refused.status_code == 422
    assert "1 of these labels were printed before" in _words(refused)
    assert anna.send("/labels", form | {"reason": "torn"}).status_code == 303
    assert printed() == 2


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ({"start": "22"}, "There is no label 22 on this sheet: it has 21."),
        ({"start": "0"}, "Enter a whole number, 1 to 1000000."),
        ({"copies": "10000"}, "10000 copies of each label are not possible; it is 1 to 100."),
        ({"copies": "many"}, "Enter a whole number, 1 to 1000000."),
    ],
)
def test_what_cannot_be_printed_is_refused_in_the_dialog(signed_in, vial, printed, entries, said):
    refused = signed_in("anna").send("/labels", {"code": vial, "medium": "l7160"} | entries)
    assert refused.status_code == 422
    assert said in _words(refused)
    assert "Print 1 label" in _words(refused)
    assert printed() == 0


def test_a_text_without_room_is_named_before_anything_is_recorded(signed_in, make_product, make_lot, printed):
    (vial,) = make_lot(make_product("Hyaluronic acid of a very long name " * 5), "L1")
    anna = signed_in("anna")
    form = {"code": vial, "medium": "dymo-25x25"}
    refused = anna.send("/labels", form)
    assert refused.status_code == 422
    assert "On label 1 the text 'Product' finds no room" in _words(refused)
    preview = anna.send("/labels/preview", form)
    assert (preview.status_code, preview.mimetype) == (422, "text/html")
    assert "finds no room" in preview.text
    assert printed() == 0


def test_hostile_names_are_text_and_signs_that_cannot_be_printed_are_named(signed_in, make_product, make_lot):
    hostile, foreign = "<script>a()</script>", "ビタミン"
    anna = signed_in("anna")
    (one,), (other,) = (make_lot(make_product(name), "L1") for name in (hostile, foreign))
    page = anna.get(f"/labels?code={one}")
    assert hostile not in page.text
    assert html.escape(hostile) in page.text
    assert anna.send("/labels", {"code": one, "medium": "l7163"}).status_code == 303
    refused = anna.send("/labels", {"code": other, "medium": "l7163"})
    assert refused.status_code == 422
    assert "has signs that cannot be printed: ビタミン" in _words(refused)
    assert foreign in anna.get(f"/labels/by-hand?code={other}").text


def test_a_name_on_a_label_is_an_entry_in_the_access_log(signed_in, syringe, looked_at):
    peter, anna = signed_in("peter"), signed_in("anna")
    form = {"code": syringe, "medium": "l7163"}
    assert "Nadia" not in peter.get(f"/labels?code={syringe}").text
    before = len(looked_at())
    anna.send("/labels/preview", form)
    assert len(looked_at()) == before
    peter.send("/labels/preview", form)
    location = peter.send("/labels", form).location
    peter.get(location)
    assert "Nadia" in peter.get(f"/labels/by-hand?code={syringe}").text
    sheet_id = location.rpartition("/")[2].removesuffix(".pdf")
    assert looked_at()[before:] == ["preview of labels", f"labels {sheet_id}", "labels to write by hand"]


def test_a_check_that_comes_later_is_on_the_next_label(signed_in, vial, mix, start_session, do, pharmacist, signed):
    made = mix((vial, "2"), session_id=start_session())
    paula = signed_in("paula")
    form = {"code": made.codes[0], "medium": "l7163"}
    assert paula.send("/labels", form).status_code == 303
    do(pharmacist, compounding.verify_compounding, compounding.VerifyCompounding(made.record_id, signed("paula")))
    assert paula.send("/labels", form).status_code == 303


def test_a_sheet_is_its_printers_for_a_while(signed_in, vial, clock):
    anna = signed_in("anna")
    location = anna.send("/labels", {"code": vial, "medium": "l7160"}).location
    assert signed_in("paula").get(location).status_code == 409
    assert signed_in("stella").get(location).status_code == 404
    clock.pass_time(timedelta(minutes=10))
    assert anna.get(location).status_code == 200
    clock.pass_time(timedelta(minutes=6))
    refused = anna.get(location)
    assert refused.status_code == 409
    assert "Print the labels again, with the reason." in _words(refused)


def test_a_stranger_gets_no_label_of_ours(signed_in, vial, look, printed):
    stella = signed_in("stella")
    for answer in (
        stella.get(f"/labels?code={vial}"),
        stella.send("/labels", {"code": vial, "medium": "l7160"}),
        stella.send("/labels/preview", {"code": vial, "medium": "l7160"}),
        stella.get(f"/labels?lot_id={look(vial).lot_id}"),
        stella.get(f"/labels/by-hand?code={vial}"),
    ):
        assert answer.status_code == 409
    assert printed() == 0


def test_without_a_printer_it_is_written_by_hand_and_listed(signed_in, vial, printed):
    anna = signed_in("anna")
    assert "LOT L1" in _words(anna.get(f"/labels/by-hand?code={vial}"))
    answer = anna.send("/labels/by-hand", {"code": vial})
    assert answer.location == "/labels/to-print"
    assert "written by hand Lidocaine 20 mg/mL lot L1 Storage" in _words(anna.get("/labels/to-print"))
    assert printed() == 1
    anna.send("/labels", {"code": vial, "medium": "l7160"})
    assert "Every label says what is true." in _words(anna.get("/labels/to-print"))


def test_an_opened_vial_is_listed_and_printed_from_the_list(signed_in, vial, do, assistant):
    anna = signed_in("anna")
    anna.send("/labels", {"code": vial, "medium": "l7160"})
    do(assistant, containers.open_container, containers.OpenContainer(vial))
    page = anna.get("/labels/to-print")
    assert "opened since" in _words(page)
    link = html.unescape(re.search(r'href="(/labels\?kind=container[^"]+)"', page.text).group(1))
    assert "opened vial" in _words(anna.get(link))


def test_container_lot_and_places_lead_to_their_labels(signed_in, vial, look, syringe):
    paula = signed_in("paula")
    assert f"/labels?code={vial}" in paula.get(f"/containers/{vial}").text
    lot_id, mixed = look(vial).lot_id, look(syringe).lot_id
    assert f"/labels?lot_id={lot_id}" in paula.get(f"/lots/{lot_id}").text
    assert f"/labels?kind=batch&amp;lot_id={mixed}" in paula.get(f"/lots/{mixed}").text
    assert "Storage" in _words(paula.get("/labels?kind=place"))


OWN = {
    "name": "Flag <b>", "page_width": "62,5", "page_height": "30", "width": "62.5", "height": "30",
    "columns": "1", "rows": "1", "inset": "1", "dpi": "203",
}  # fmt: skip


def test_the_administrator_adds_a_label_and_takes_it_away(signed_in, vial, read):
    ada, anna = signed_in("ada"), signed_in("anna")
    assert ada.send("/labels/media", OWN).status_code == 303
    page = ada.get("/labels/media")
    assert "Flag &lt;b&gt;" in page.text
    assert "62.5 × 30 mm" in _words(page)
    assert anna.send("/labels", {"code": vial, "medium": "own-1"}).status_code == 303
    retire = re.search(r"/labels/media/\d+/retirement", page.text).group(0)
    assert ada.send(retire, {}).status_code == 303
    assert "/retirement" not in ada.get("/labels/media").text
    assert "own-1" not in anna.get(f"/labels?code={vial}").text
    assert read(lambda session: session.scalar(select(LabelSheet.medium))) == "own-1"


def test_a_label_whose_margins_overlap_is_refused_with_the_figures(signed_in):
    ada = signed_in("ada")
    refused = ada.send("/labels/media", OWN | {"columns": "2", "pitch_x": "40", "page_width": "130"})
    assert refused.status_code == 422
    assert "the next one beside begins after 40 mm, but a label is 62.5 mm" in _words(refused)
    assert 'value="130"' in refused.text
    for wrong in ({"width": "-1"}, {"width": "1e3"}, {"columns": "0"}, {"dpi": "72"}, {"name": " "}):
        assert ada.send("/labels/media", OWN | wrong).status_code == 422


def test_the_language_of_labels_is_the_sites(signed_in, vial):
    ada, anna = signed_in("ada"), signed_in("anna")
    assert ada.send("/labels/language", {"language": "de"}).status_code == 303
    assert "CH.-B." in anna.get(f"/labels/by-hand?code={vial}").text
    assert ada.send("/labels/language", {"language": "xx"}).status_code == 422


def test_an_auditor_prints_nothing_and_is_not_offered_it(signed_in, vial):
    otto = signed_in("otto")
    assert otto.get(f"/labels?code={vial}").status_code == 403
    assert otto.send("/labels", {"code": vial, "medium": "l7160"}).status_code == 403
    assert "/labels" not in otto.get(f"/containers/{vial}").text


def test_label_stock_is_not_for_everybody(signed_in):
    anna = signed_in("anna")
    assert anna.get("/labels/media").status_code == 403
    assert anna.send("/labels/media", OWN).status_code == 403
    assert anna.send("/labels/language", {"language": "de"}).status_code == 403
