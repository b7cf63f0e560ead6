"""A delivery of two lots waits; one is checked, signed for and used, the other rejected and destroyed."""

import io
import re
from datetime import date

from inventory import invariants
from inventory.catalogue import seeding
from inventory.people import memberships
from inventory.stock import receiving
from inventory.units import ORGANISATION
from models.vocabulary import MovePurpose, RegulatoryClass

PDF = b"%PDF-1.7\nCertificate of analysis, lot GOOD-1\n%%EOF\n"


def _words(page) -> str:
    main = page.text.partition("<main")[2]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main).replace("&nbsp;", " "))


def _lines(client) -> dict[str, str]:
    """Lot -> where its line of the queue leads."""
    page = client.get("/release").text
    return {lot: url for url, lot in re.findall(r'href="(/release/\d+)">Check<span[^>]*> lot (\S+) of', page)}


def _answer(client, url: str, outcome: str, note: str = ""):
    ids = re.findall(r'name="check_id" value="(\d+)"', client.get(url).text)
    form = {"check_id": ids, "outcome": [outcome] * len(ids), "note": [note] * len(ids)}
    return client.send(f"{url}/answers", form)


def _codes(client, url: str) -> list[str]:
    return list(dict.fromkeys(re.findall(r"/containers/(C\w{9})", client.get(url).text)))


def test_story(
    units, do, read, clinic, clock, change_site, administrator, assistant, supplier_id, make_product, signed_in,
    password, look,
):  # fmt: skip
    units.run(administrator, ORGANISATION, seeding.load)
    change_site(holds_incoming=True)
    responsible = memberships.MakeResponsible(clinic.user_ids["paula"], clinic.site_id, clock.at.date(), None)
    do(administrator, memberships.make_responsible, responsible, scope=ORGANISATION)
    product_id = make_product("Complex A", regulatory_class=RegulatoryClass.MEDICINE_UNLICENSED)
    lots = [receiving.ReceiveLine(product_id, lot, date(2032, 1, 31), 2) for lot in ("GOOD-1", "BAD-1")]
    do(
        assistant,
        receiving.receive_delivery,
        receiving.ReceiveDelivery(supplier_id, "DN 9", clinic.places.storage, tuple(lots)),
    )
    anna, paula = signed_in("anna"), signed_in("paula")

    # Both wait, and nothing of them can be used.
    waiting = _lines(anna)
    assert set(waiting) == {"GOOD-1", "BAD-1"}
    good, bad = _codes(anna, waiting["GOOD-1"]), _codes(anna, waiting["BAD-1"])
    assert anna.send(f"/containers/{good[0]}/opening", {}).status_code == 409

    # The assistant looks at both; without the certificate nobody can sign.
    assert _answer(anna, waiting["GOOD-1"], "passed").status_code == 303
    assert _answer(anna, waiting["BAD-1"], "failed", "seals are broken").status_code == 303
    words = _words(anna.get(waiting["GOOD-1"]))
    assert "certificate missing" in words
    assert "Sign and release" not in paula.get(waiting["GOOD-1"]).text
    assert paula.send(f"{waiting['GOOD-1']}/release", {"password": password}).status_code == 409

    # The certificate comes; the responsible person signs.
    line_id = waiting["GOOD-1"].rpartition("/")[2]
    file = {"file": (io.BytesIO(PDF), "certificate.pdf"), "kind": "certificate"}
    assert anna.send(f"/attachments/delivery_line/{line_id}", file).status_code == 303
    assert "received lot is ready for your signature" in _words(paula.get("/"))
    version = re.search(r'name="version" value="(\w+)"', paula.get(waiting["GOOD-1"]).text).group(1)
    signed = paula.send(f"{waiting['GOOD-1']}/release", {"password": password, "version": version})
    assert signed.status_code == 303

    # Now it is used.
    assert anna.send(f"/containers/{good[0]}/opening", {}).status_code == 303
    assert look(good[0]).opened_at is not None

    # The other lot is rejected, stays blocked, and is destroyed.
    rejection = {"reason": "seals are broken", "goes": "destruction"}
    assert paula.send(f"{waiting['BAD-1']}/rejection", rejection).status_code == 303
    assert anna.send(f"/containers/{bad[0]}/opening", {}).status_code == 409
    destroy = re.search(r'action="(/release/\d+/rejections/\d+/destruction)"', paula.get(waiting["BAD-1"]).text)
    assert paula.send(destroy.group(1), {}).status_code == 303
    assert {look(code).closed_why for code in bad} == {MovePurpose.DESTROYED}
    assert _lines(anna) == {}
    assert "Nothing waits for release." in _words(anna.get("/release"))
    found = [problem for invariant in invariants.INVARIANTS for problem in read(invariant)]
    assert [problem for problem in found if problem.table != "site"] == []  # the test changed it behind the chain
