"""Labels through the API: printed, recorded, and fetched as PDF."""

import base64

from inventory.access import Permission


def test_a_program_prints_and_fetches_the_pdf(program, vial):
    anna = program("anna")
    saved = anna.change("/labels", {"codes": [vial], "medium": "brother-62x29", "copies": 2})
    assert saved.status_code == 201
    sheet = anna.ask(saved.headers["Location"].removeprefix("/api/v1")).json
    assert (sheet["medium"], sheet["labels"], sheet["copies"]) == ("brother-62x29", 1, 2)
    assert base64.b64decode(sheet["pdf"]).startswith(b"%PDF")


def test_a_reprint_without_a_reason_is_refused_with_its_facts(program, vial):
    anna = program("anna")
    anna.change("/labels", {"codes": [vial], "medium": "l7160"})
    again = anna.change("/labels", {"codes": [vial], "medium": "l7160"})
    assert (again.status_code, again.json["code"], again.json["rule"]) == (422, "reprint_needs_reason", "PRN-02")
    assert again.json["facts"]["count"] == 1


def test_what_finds_no_room_is_named(program, make_product, make_lot):
    (vial,) = make_lot(make_product("Hyaluronic acid of a very long name " * 5), "L1")
    refused = program("anna").change("/labels", {"codes": [vial], "medium": "dymo-25x25"})
    assert (refused.status_code, refused.json["code"]) == (422, "label_text_too_long")
    assert refused.json["facts"]["field"] == "Product"


def test_a_code_of_another_site_is_told_so_and_a_sheet_is_its_printers(program, vial):
    refused = program("stella").change("/labels", {"codes": [vial], "medium": "l7160"})
    assert (refused.status_code, refused.json["code"]) == (409, "belongs_to_another_site")
    location = program("anna").change("/labels", {"codes": [vial], "medium": "l7160"}).headers["Location"]
    assert program("paula").ask(location.removeprefix("/api/v1")).json["code"] == "sheet_closed"
    assert program("stella").ask(location.removeprefix("/api/v1")).status_code == 404


def test_a_name_is_logged_only_for_who_may_see_it(program, vial, mix, start_session, looked_at):
    made = mix((vial, "2"), session_id=start_session())
    for person, narrowed, logged in (("anna", None, 0), ("peter", {Permission.PRINT_LABELS}, 0), ("peter", None, 1)):
        before = len(looked_at())
        caller = program(person, narrowed)
        body = {"codes": list(made.codes), "medium": "l7163", "reason": "test"}
        location = caller.change("/labels", body).headers["Location"]
        assert caller.ask(location.removeprefix("/api/v1")).status_code == 200
        assert len(looked_at()) - before == logged
