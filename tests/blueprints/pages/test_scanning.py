""" "What is this?": found or added once on the page, learnt, and the scan answered; refused in words, done once."""

import re

import pytest

from inventory.catalogue import recognising
from inventory.catalogue.recognising import LearnScan
from inventory.units import ORGANISATION

GTIN = "09506000134352"
BOX = f"]d201{GTIN}21SN1\x1d17320131\x1d10L1"
NEW = {
    "name": "Zinc 1 mg/mL",
    "regulatory_class": "medicine_authorised",
    "container_kind": "ampoule",
    "content": "5",
    "unit": "mL",
    "containers_per_pack": "10",
    "scan": BOX,
}


def _words(page) -> str:
    main = page.text.partition("<main")[2]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main).replace("&nbsp;", " "))


def test_a_box_of_a_known_lot_says_what_it_meant_and_what_can_be_done(signed_in, product_id, make_lot, do, pharmacist):
    (code,) = make_lot(product_id)
    do(pharmacist, recognising.learn_scan, LearnScan(product_id, BOX), scope=ORGANISATION)
    page = signed_in("paula").send("/search", {"text": BOX})
    words = _words(page)
    for expected in ("Lidocaine 20 mg/mL", "Lot L1 here", "1 sealed", "Serial number SN1", "2032-01-31"):
        assert expected in words, expected
    assert f'href="/containers/{code}"' in page.text
    assert re.search(r'href="/lots/\d+"', page.text)
    other = signed_in("paula").send("/search", {"text": f"01{GTIN}17330131\x1d10L1"})
    assert "The code says 2033-01-31 and the books say 2032-01-31" in _words(other)


def test_an_unknown_code_is_found_in_the_catalogue_learnt_and_answered(signed_in, product_id, clinic):
    paula = signed_in("paula")
    unknown = paula.send("/search", {"text": BOX})
    assert "What is this?" in _words(unknown)
    assert f'value="{BOX}"' in unknown.text  # the separator is carried too

    found = paula.send("/scans/product-search", {"scan": BOX, "words": "lidocaine"})
    assert "It is this : Lidocaine 20 mg/mL" in _words(found)
    nothing = paula.send("/scans/product-search", {"scan": BOX, "words": "xyz"})
    assert "No product is called that." in _words(nothing)

    form = {"scan": BOX, "product_id": product_id, "containers_per_pack": "10"}
    learnt = paula.send("/scans/learning", form)
    assert learnt.status_code == 200
    assert "The code is known now." in _words(learnt)
    assert "This lot is not in the books." in _words(learnt)


def test_a_new_product_is_added_with_the_code_once_however_often_it_is_sent(signed_in, clinic, everything):
    paula = signed_in("paula")
    form = NEW | {"idempotency_key": "the-same-key-twice"}
    first = paula.send("/scans/product", form)
    assert "Zinc 1 mg/mL" in _words(first)
    before = everything()["product"]
    assert paula.send("/scans/product", form).status_code == 200
    assert everything()["product"] == before


def test_what_is_refused_comes_back_on_the_page_with_what_was_entered(
    signed_in, product_id, make_product, do, pharmacist
):
    paula = signed_in("paula")
    answer = paula.send("/scans/product", NEW | {"content": "-1"})
    assert answer.status_code == 422
    assert 'value="Zinc 1 mg/mL"' in answer.text
    too_many = {"scan": BOX, "product_id": product_id, "containers_per_pack": "0"}
    answer = paula.send("/scans/learning", too_many)
    assert answer.status_code == 422
    assert "Enter a whole number, 1 to 1000." in answer.text
    assert "It is this" in answer.text

    do(pharmacist, recognising.learn_scan, LearnScan(product_id, BOX), scope=ORGANISATION)
    taken = paula.send("/scans/learning", {"scan": BOX, "product_id": make_product("Zinc"), "containers_per_pack": "1"})
    assert taken.status_code == 409
    assert "already belongs to Lidocaine 20 mg/mL" in _words(taken)


def test_a_slip_is_not_offered_to_be_learnt(signed_in, clinic):
    words = _words(signed_in("paula").send("/search", {"text": "9506000134353"}))
    assert "It looks like a number with a check digit, which does not fit" in words
    assert "Say it once" not in words


def test_who_does_not_look_after_the_catalogue_is_told_who_does(signed_in, product_id):
    anna = signed_in("anna")
    assert "A pharmacist or an administrator can say what it is" in _words(anna.send("/search", {"text": BOX}))
    assert anna.send("/scans/learning", {"scan": BOX, "product_id": product_id}).status_code == 403
    assert anna.send("/scans/product", NEW).status_code == 403
    assert anna.send("/scans/product-search", {"scan": BOX, "words": "x"}).status_code == 403


@pytest.mark.parametrize("lot", ["<script>a()</script>", "=1+1", "../../x", "'\"&"])
def test_a_hostile_lot_number_is_shown_as_text(signed_in, product_id, do, pharmacist, lot):
    do(pharmacist, recognising.learn_scan, LearnScan(product_id, BOX), scope=ORGANISATION)
    page = signed_in("paula").send("/search", {"text": f"01{GTIN}10{lot}"})
    assert "<script>a()" not in page.text
    assert page.status_code == 200
