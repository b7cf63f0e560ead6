"""A scanned code that no product has learnt yet: "What is this?" Answered once, the scan means something."""

import re

from flask import Blueprint, flash, render_template, request
from flask.typing import ResponseReturnValue

from blueprints.access import requires
from blueprints.forms import Form, blank, load_form, shown_again
from blueprints.frame import units
from blueprints.pages.search import answer_page, draw_again
from blueprints.schemas.scanning import AddScannedProductSchema, FindForScanSchema, PhotoSchema, PickedProductSchema
from blueprints.unit_of_work import in_unit
from inventory import photos
from inventory.access import Permission
from inventory.catalogue import products, recognising
from inventory.catalogue.finding import FoundProduct, WantedProducts, find_products
from inventory.errors import Refusal
from inventory.units import ORGANISATION, Answer
from models.catalogue import Product

bp = Blueprint("scanning", __name__, url_prefix="/scans")


def _show(*, refused: Form | None = None, refusal: Refusal | None = None) -> str:
    """The scan's answer again, with the products that were found, or the one that was picked."""
    picked_from = _picked() if refused is not None else _found(request.form.get("words", ""))
    return draw_again(
        request.form.get("scan", ""),
        refused=refused,
        refusal=refusal,
        picked_from=picked_from,
        words=request.form.get("words", ""),
    )


def _found(words: str) -> list[FoundProduct] | None:
    if not words.strip():
        return None
    with units().reading() as session:
        return find_products(session, wanted=WantedProducts(words))[0]


def _picked() -> list[Product] | None:
    product_id = request.form.get("product_id", "")
    if not re.fullmatch("[0-9]{1,18}", product_id):
        return None
    with units().reading() as session:
        return [products.get_product(session, int(product_id))]


@bp.post("/product-search")
@requires(Permission.MANAGE_CATALOGUE)
def find_product() -> ResponseReturnValue:
    load_form(FindForScanSchema())
    return _show()


@bp.post("/learning")
@requires(Permission.MANAGE_CATALOGUE)
@shown_again("pick", _show)
def learn() -> ResponseReturnValue:
    command = load_form(PickedProductSchema())
    in_unit(
        ORGANISATION,
        lambda session, act: Answer(ids={"product_id": recognising.learn_scan(session, act, command).id}),
    )
    flash("The code is known now.", "success")
    return answer_page(command.scan)


@bp.post("/product")
@requires(Permission.MANAGE_CATALOGUE)
@shown_again("add", _show)
def add_product() -> ResponseReturnValue:
    command = load_form(AddScannedProductSchema())
    in_unit(
        ORGANISATION,
        lambda session, act: Answer(ids={"product_id": recognising.add_scanned_product(session, act, command).id}),
    )
    flash("The product is added, and its code is known now.", "success")
    return answer_page(command.scan)


def _show_photo(*, refused: Form | None = None, refusal: Refusal | None = None, found: tuple[str, ...] = ()) -> str:
    return render_template(
        "search/photo.html",
        form=refused or blank("photo"),
        refusal=refusal,
        can_read=photos.can_read_photos(),
        found=found,
    )


@bp.route("/photo", methods=["GET", "POST"])
@requires(Permission.VIEW_STOCK)
@shown_again("photo", _show_photo)
def photo() -> ResponseReturnValue:
    """Nothing is kept of the photo. One code is answered at once; of several the person chooses."""
    if request.method == "GET":
        return _show_photo()
    found = photos.codes_in_photo(load_form(PhotoSchema())["photo"])
    return answer_page(found[0]) if len(found) == 1 else _show_photo(found=found)
