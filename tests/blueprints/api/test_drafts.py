"""A delivery in progress through the API: the same services, questions and refusals as on the screen."""

import io
import secrets

import pytest
from sqlalchemy import select

from models.evidence import Attachment
from models.stock import Container, Delivery

PDF = b"%PDF-1.7\ncertificate\n%%EOF\n"
UNKNOWN = "04012345678901"


@pytest.fixture
def paula(program):
    return program("paula")


@pytest.fixture
def begun(paula, supplier_id, clinic, product_id, learn):
    """The address of a delivery in progress."""
    learn(product_id, per_pack=10)
    body = {"supplier_id": supplier_id, "reference": "DN-7", "location_id": clinic.places.storage}
    answer = paula.change("/deliveries-in-progress", body)
    assert answer.status_code == 201
    return f"/deliveries-in-progress/{answer.json['draft_id']}"


def test_it_is_begun_scanned_asked_learnt_and_saved(paula, begun, symbol, read, supplier_id):
    assert paula.change(f"{begun}/scans", {"text": symbol(serial="S1")}).status_code == 201
    assert paula.change(f"{begun}/scans", {"text": "2"}).status_code == 201
    paula.change(f"{begun}/scans", {"text": symbol(None, None)})
    paula.change(f"{begun}/scans", {"text": "10L2\x1d17320229"})
    asked = paula.ask(begun).json["questions"][0]
    assert (asked["state"], asked["answers"]) == ("asks_same_box", ["same_box", "another_box", "forget"])
    assert paula.change(f"{begun}/scans/{asked['id']}/answer", {"answer": "same_box"}).status_code == 201
    paula.change(f"{begun}/scans", {"text": symbol("HA1", gtin=UNKNOWN)})
    asked = paula.ask(begun).json["questions"][0]
    product = {
        "name": "Filler", "regulatory_class": "device_iii", "container_kind": "prefilled_syringe", "unit": "mL",
        "content": "1",
    }  # fmt: skip
    assert paula.change(f"{begun}/scans/{asked['id']}/new-product", product).status_code == 201
    line = {"product": "Lidocaine", "lot_number": "T1", "expires": "0333", "packs": 1, "kind": "sample", "damaged": 1}
    refused = paula.change(f"{begun}/lines", line | {"expires": "281231"})
    assert (refused.status_code, refused.json["code"]) == (422, "invalid_expiry")
    typed = paula.change(f"{begun}/lines", line).json
    shown = paula.ask(begun).json
    assert [each["words"] for each in shown["lines"]] == [
        "Lidocaine 20 mg/mL, lot L1, use by 2032-01-31, 2 boxes of 10",
        "Lidocaine 20 mg/mL, lot L2, use by 2032-02-29, box of 10",
        "Filler, lot HA1, use by 2032-01-31, 1 syringe",
        "Lidocaine 20 mg/mL, lot T1, use by 2033-03-31 (month only), 1 vial",
    ]
    assert shown["lines"][3]["missing"] == ["damage_reason"]
    refused = paula.change(f"{begun}/saving", {"version": shown["version"]})
    assert (refused.status_code, refused.json["code"]) == (409, "line_incomplete")
    change = {"version": typed["version"], "lot_number": "T1", "expires": "0333", "damaged": 1, "unit_cost": "12.50"}
    changed = paula.change(f"{begun}/lines/{typed['line_id']}", change | {"damage_reason": "cracked"})
    assert changed.status_code == 201, changed.text

    saved = paula.change(f"{begun}/saving", {"version": changed.json["version"]})

    assert saved.status_code == 201, saved.text
    again = paula.change(f"{begun}/saving", {"version": 1})
    assert again.json == saved.json
    delivery = paula.ask(f"/deliveries/{saved.json['delivery_id']}").json
    assert [(line["lot_number"], line["containers"], line["unit_cost"]) for line in delivery["lines"]] == [
        ("L1", 20, None), ("L2", 10, None), ("HA1", 1, None), ("T1", 1, "12.5"),
    ]  # fmt: skip
    assert len(read(lambda session: session.scalars(select(Container.id)).all())) == 32
    assert paula.ask("/deliveries-in-progress").json == {"drafts": []}


def test_a_delivery_posted_whole_is_asked_about_a_lot_that_looks_like_a_known_one(
    paula, product_id, supplier_id, clinic, read
):
    line = {"product_id": product_id, "lot_number": "HA2406", "expires_on": "2032-01-31", "containers": 1}
    body = {"supplier_id": supplier_id, "reference": "DN-9", "location_id": clinic.places.storage, "lines": [line]}
    assert paula.change("/deliveries", body).status_code == 201
    alike = body | {"lines": [line | {"lot_number": "HA24O6"}]}
    refused = paula.change("/deliveries", alike)
    assert (refused.status_code, refused.json["code"]) == (409, "lot_looks_like")
    assert "Is it the known lot 'HA2406', or really 'HA24O6'?" in refused.text
    assert len(read(lambda session: session.scalars(select(Delivery.id)).all())) == 1
    confirmed = body | {"lines": [line | {"lot_number": "HA24O6", "is_another_lot": True}]}
    assert paula.change("/deliveries", confirmed).status_code == 201


def test_the_last_scan_is_undone_a_line_removed_and_all_put_away(paula, begun, symbol, read):
    paula.change(f"{begun}/scans", {"text": symbol()})
    paula.change(f"{begun}/scans", {"text": symbol("L2")})
    shown = paula.ask(begun).json
    assert paula.change(f"{begun}/undo", {"scan_id": shown["last_scan"]["id"]}).status_code == 201
    (line,) = paula.ask(begun).json["lines"]
    stale = paula.change(f"{begun}/lines/{line['id']}/removal", {"version": line["version"] + 9})
    assert (stale.status_code, stale.json["code"]) == (409, "draft_changed")
    assert paula.change(f"{begun}/lines/{line['id']}/removal", {"version": line["version"]}).status_code == 201
    version = paula.ask(begun).json["version"]
    refused = paula.change(f"{begun}/saving", {"version": version})
    assert (refused.status_code, refused.json["code"]) == (422, "nothing_to_receive")
    assert paula.change(f"{begun}/discarding", {"version": version}).status_code == 201
    refused = paula.change(f"{begun}/scans", {"text": symbol()})
    assert (refused.status_code, refused.json["code"]) == (409, "draft_ended")
    assert read(lambda session: session.scalars(select(Delivery.id)).all()) == []


def test_supplier_reference_and_place_are_changed_by_who_saw_the_newest(paula, begun, supplier_id, clinic):
    version = paula.ask(begun).json["version"]
    body = {"supplier_id": supplier_id, "reference": "DN-8", "location_id": clinic.places.quarantine}
    assert paula.change(f"{begun}/address", body | {"version": version}).status_code == 201
    assert paula.ask(begun).json["reference"] == "DN-8"
    stale = paula.change(f"{begun}/address", body | {"version": version})
    assert (stale.status_code, stale.json["code"]) == (409, "draft_changed")
    assert "Paula Pharmacist: supplier, reference or place changed" in stale.json["detail"]


@pytest.mark.parametrize(
    "part",
    ["scans", "lines", "lines/1", "lines/1/removal", "scans/1/answer", "undo", "saving", "discarding", "address"],
)
def test_each_change_demands_the_permission_and_the_site(program, begun, part):
    for name, status in (("otto", 403), ("peter", 403)):
        assert program(name).change(f"{begun}/{part}", {}).status_code == status
    bodies = {
        "scans": {"text": "x"}, "lines": {"product": "x"}, "lines/1": {"version": 1}, "lines/1/removal": {"version": 1},
        "scans/1/answer": {"answer": "forget"}, "undo": {"scan_id": 1}, "saving": {"version": 1},
        "discarding": {"version": 1}, "address": {"version": 1, "supplier_id": 1, "reference": "x", "location_id": 1},
    }  # fmt: skip
    assert program("stella").change(f"{begun}/{part}", bodies[part]).status_code == 404
    assert program("stella").ask(begun).status_code == 404


@pytest.mark.parametrize(
    ("part", "body", "fields"),
    [
        ("scans", {"text": ""}, {"text"}),
        ("scans", {"text": "x" * 501}, {"text"}),
        ("scans", {"text": "x", "kind": "stolen"}, {"kind"}),
        ("lines", {"product": "x", "packs": 0}, {"packs"}),
        ("lines", {"product": "x", "packs": 1_000_000}, {"packs"}),
        ("lines", {"product": "x", "packs": "1"}, {"packs"}),
        ("lines", {"product": "x", "lot_number": "x" * 41}, {"lot_number"}),
        ("lines", {"product": "x", "damaged": -1, "unit_cost": "-1"}, {"damaged", "unit_cost"}),
        ("saving", {}, {"version"}),
    ],
)
def test_what_cannot_be_right_is_refused_by_its_field(paula, begun, part, body, fields):
    answer = paula.change(f"{begun}/{part}", body)
    assert (answer.status_code, set(answer.json["errors"])) == (422, fields)


def test_how_many_days_are_asked_for_is_the_sites_to_say(paula, begun, symbol, program):
    site = program("ada").ask("/site").json
    assert site["least_days_left"] == 30
    policies = {"version": site["version"], "mixing_place": "hood", "least_days_left": 400}
    assert program("ada").change("/site/policies", policies).status_code == 201
    paula.change(f"{begun}/scans", {"text": symbol()})
    assert paula.ask(begun).json["lines"][0]["hold_cause"] == "is short-dated: 334 days left of the 400 asked for"


def test_a_scan_sent_again_is_taken_once(paula, begun, symbol):
    for _ in range(2):
        assert paula.change(f"{begun}/scans", {"text": symbol()}, key="key-of-one-scan").status_code == 201
    assert paula.ask(begun).json["lines"][0]["packs"] == 1


def test_deliveries_are_listed_and_their_costs_told_later(paula, begun, symbol, program, supplier_id):
    paula.change(f"{begun}/scans", {"text": symbol()})
    delivery_id = paula.change(f"{begun}/saving", {"version": paula.ask(begun).json["version"]}).json["delivery_id"]
    for asked, count in (({}, 1), ({"supplier_id": supplier_id, "text": "dn"}, 1), ({"text": "x"}, 0)):
        assert len(paula.ask("/deliveries", **asked).json["deliveries"]) == count
    assert (
        len(paula.ask("/deliveries", since="2031-03-03T00:00:00Z", until="2031-03-04T00:00:00Z").json["deliveries"])
        == 1
    )
    assert program("stella").ask("/deliveries").json == {"deliveries": [], "next_before": None}
    line_id = paula.ask(f"/deliveries/{delivery_id}").json["lines"][0]["line_id"]
    where = f"/deliveries/{delivery_id}/lines/{line_id}/cost"
    assert paula.change(where, {"unit_cost": "12.50"}).status_code == 201
    assert paula.ask(f"/deliveries/{delivery_id}").json["lines"][0]["unit_cost"] == "12.5"
    assert program("otto").change(where, {"unit_cost": "1"}).status_code == 403
    assert program("stella").change(where, {"unit_cost": "1"}).status_code == 404
    assert paula.change(where, {"unit_cost": 1.5}).status_code == 422


def test_files_are_brought_before_it_is_saved_and_go_over_with_it(paula, begun, symbol, program, read):
    def sent(content=PDF, name="certificate.pdf", **more):
        return {"data": {"file": (io.BytesIO(content), name), "kind": "certificate", **more}}

    paula.change(f"{begun}/scans", {"text": symbol()})
    (line,) = paula.ask(begun).json["lines"]
    key = secrets.token_urlsafe(12)
    brought = paula.change(f"{begun}/files", key=key, **sent(line_id=str(line["id"]), note="valid"))
    assert brought.status_code == 201, brought.text
    again = paula.change(f"{begun}/files", key=key, **sent(line_id=str(line["id"]), note="valid"))
    assert (again.json, again.headers["Idempotency-Replayed"]) == (brought.json, "true")
    (file,) = paula.ask(begun).json["files"]
    assert (file["id"], file["line_id"], file["name"], file["note"], file["size"]) == (
        brought.json["file_id"], line["id"], "certificate.pdf", "valid", len(PDF),
    )  # fmt: skip
    where = f"{begun}/files/{file['id']}"
    handed_out = paula.ask(where)
    assert (handed_out.data, handed_out.headers["Content-Security-Policy"]) == (PDF, "default-src 'none'; sandbox")

    for content, name in ((PDF, "scan.jpg"), (b"", "a.pdf"), (b"<svg/>", "a.png")):
        refused = paula.change(f"{begun}/files", **sent(content, name))
        assert (refused.status_code, list(refused.json["errors"])) == (422, ["file"])
    assert paula.change(f"{begun}/files", **sent(line_id="999")).status_code == 404
    assert program("stella").ask(where).status_code == 404
    assert program("stella").change(f"{begun}/files", **sent()).status_code in (403, 404)
    assert program("otto").ask(where).status_code == 403

    wrong = paula.change(f"{begun}/files", **sent(PDF + b"%%EOF")).json["file_id"]
    assert paula.change(f"{begun}/files/{wrong}/removal", {}).status_code == 201
    saved = paula.change(f"{begun}/saving", {"version": paula.ask(begun).json["version"]})
    assert saved.status_code == 201, saved.text
    kept = select(Attachment.record_kind, Attachment.name)
    assert read(lambda session: [tuple(row) for row in session.execute(kept)]) == [("delivery_line", "certificate.pdf")]
    assert paula.ask(where).status_code == 404
