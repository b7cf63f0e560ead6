"""Products: found by the words people use, added with little, completed and verified later."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from blueprints.access import requires
from blueprints.forms import Form, blank, load_form, shown_again
from blueprints.frame import units
from blueprints.schemas.people import EmptySchema
from blueprints.schemas.products import (
    ActivateProductSchema,
    AddProductSchema,
    ChangeMeasureSchema,
    ChangeProductFormSchema,
    DeactivateProductSchema,
    LearnCodeSchema,
    ProductsAsked,
    RemoveFlagSchema,
    SetFlagSchema,
    SetMaximumDoseSchema,
    SetStrengthSchema,
)
from blueprints.schemas.values import from_text
from blueprints.unit_of_work import in_unit
from blueprints.visitor import current_actor
from inventory.access import Permission
from inventory.catalogue import codes, flags, maximum_doses, products, seeding, strengths, verifying
from inventory.catalogue.codes import RemoveCode
from inventory.catalogue.finding import ShownProducts, WantedProducts, count_to_verify, find_products
from inventory.catalogue.maximum_doses import RemoveMaximumDose
from inventory.catalogue.product_facts import product_page
from inventory.catalogue.strengths import RemoveStrength
from inventory.catalogue.verifying import FactKind, VerifyFact
from inventory.errors import Refusal
from inventory.evidence.canonical import amount_text
from inventory.units import EVERYTHING, ORGANISATION, Answer
from models.catalogue import Product
from models.vocabulary import (
    CodeScheme,
    ContainerKind,
    IngredientClass,
    ProductFlagKind,
    RegulatoryClass,
    Storage,
    StrengthUnit,
    Tracking,
    Unit,
)

bp = Blueprint("products", __name__, url_prefix="/products")

MADE_HERE = (ContainerKind.COMPOUNDED_SINGLE, ContainerKind.COMPOUNDED_MULTI)
CHOICES: dict[str, Any] = {
    "kinds": [kind for kind in ContainerKind if kind not in MADE_HERE],
    "regulatory": list(RegulatoryClass),
    "classes": list(IngredientClass),
    "trackings": list(Tracking),
    "storages": list(Storage),
    "flag_kinds": list(ProductFlagKind),
    "schemes": list(CodeScheme),
    "units": [(unit.value, unit.value) for unit in Unit],
    "strength_units": [(unit.value, unit.value) for unit in StrengthUnit],
}
_FACT_PAGES = {
    FactKind.SUBSTANCE: "substances.show_all",
    FactKind.RULE: "incompatibilities.show_all",
    FactKind.AREA: "techniques.show_all",
    FactKind.TECHNIQUE: "techniques.show_all",
    FactKind.QUESTION: "release_checks.show_all",
}


def may_manage() -> bool:
    return Permission.MANAGE_CATALOGUE in current_actor().permissions


@bp.get("/")
@requires(Permission.VIEW_STOCK)
def show_all() -> ResponseReturnValue:
    return _show_list()


def _show_list(*, refused: Form | None = None, refusal: Refusal | None = None) -> str:  # noqa: ARG001  # a button has no entries
    given = {name: value for name, value in request.args.items() if value != ""}
    asked = ProductsAsked().load(from_text(ProductsAsked(), given))
    wanted = WantedProducts(asked["text"], asked.get("ingredient_class"), show=asked["show"])
    with units().reading() as session:
        found, following = find_products(session, wanted=wanted, after=asked.get("after"))
        to_verify = count_to_verify(session)
    filters: dict[str, Any] = {
        "text": wanted.text,
        "ingredient_class": wanted.ingredient_class.value if wanted.ingredient_class else None,
        "show": wanted.show.value,
    }
    return render_template(
        "products/list.html",
        products=found,
        filters=filters,
        classes=CHOICES["classes"],
        shows=list(ShownProducts),
        to_verify=to_verify,
        load=refused or blank("load"),
        may_manage=may_manage(),
        next_url=url_for("products.show_all", **filters, after=following) if following is not None else None,
    )


@bp.post("/starting-catalogue")
@requires(Permission.MANAGE_CATALOGUE)
@shown_again("load", _show_list)
def load_catalogue() -> ResponseReturnValue:
    load_form(EmptySchema())
    answer = in_unit(ORGANISATION, lambda session, act: Answer(ids={"added": seeding.load(session, act).total}))
    added = answer.ids["added"]
    flash(f"{added} entries were added." if added else "Nothing was missing.", "success")
    return redirect(url_for("products.show_all"), 303)


def _show_addition(*, refused: Form | None = None, refusal: Refusal | None = None) -> str:
    form = refused or blank("add", tracking=Tracking.EACH.value, unit=Unit.ML.value)
    return render_template("products/add.html", form=form, refusal=refusal, **CHOICES)


@bp.route("/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_CATALOGUE)
@shown_again("add", _show_addition)
def add() -> ResponseReturnValue:
    if request.method == "GET":
        return _show_addition()
    command = load_form(AddProductSchema())
    answer = in_unit(ORGANISATION, lambda session, act: _saved(products.add_product(session, act, command)))
    flash("The product is added. Complete what you know of it.", "success")
    return redirect(_url(int(answer.ids["product_id"])), 303)


def _saved(product: Product) -> Answer:
    return Answer(ids={"product_id": product.id})


def _url(product_id: int) -> str:
    return url_for("products.show", product_id=product_id)


def _show(product_id: int, *, refused: Form | None = None, refusal: Refusal | None = None, **_part: int) -> str:
    with units().reading() as session:
        page = product_page(session, product_id=product_id)
        forms = _forms(page.product) | ({refused.name: refused} if refused is not None else {})
        return render_template(
            "products/show.html", page=page, forms=forms, refusal=refusal, may_manage=may_manage(), **CHOICES
        )


def _forms(product: Product) -> dict[str, Form]:
    measure = {
        "content": amount_text(product.content),
        "unit": product.unit.value,
        "tracking": product.tracking.value,
    }
    plain = ("strength", "dose", "flag", "flag_off", "code", "remove", "verify")
    return {name: blank(name) for name in plain} | {
        "measure": blank("measure", product.version, **measure),
        "deactivate": blank("deactivate", product.version),
        "activate": blank("activate", product.version),
    }


@bp.get("/<int:product_id>")
@requires(Permission.VIEW_STOCK)
def show(product_id: int) -> ResponseReturnValue:
    return _show(product_id)


def _show_change(product_id: int, *, refused: Form | None = None, refusal: Refusal | None = None) -> str:
    with units().reading() as session:
        product = product_page(session, product_id=product_id).product
        form = refused or Form("change", _entered(product), version=product.version)
        return render_template("products/change.html", product=product, form=form, refusal=refusal, **CHOICES)


_TICKED = ("is_injectable", "is_mix_never", "is_preserved", "is_sterile", "may_be_kept", "is_light_sensitive")
_AMOUNTS = ("ph_min", "ph_max", "overfill", "reorder_point")
_PLAIN = (
    "name",
    "regulatory_class",
    "container_kind",
    "ingredient_class",
    "brand",
    "synonyms",
    "label_in_use_hours",
    "label_in_use_days",
    "least_days_left",
    "storage",
    "storage_words",
    "source",
)


def _entered(product: Product) -> dict[str, str]:
    """What is known, as the form shows it."""
    known = {name: getattr(product, name) for name in (*_PLAIN, *_AMOUNTS)}
    written = {
        name: amount_text(value) if name in _AMOUNTS else str(value)
        for name, value in known.items()
        if value is not None
    }
    return written | {name: "yes" for name in _TICKED if getattr(product, name)}


@bp.route("/<int:product_id>/change", methods=["GET", "POST"])
@requires(Permission.MANAGE_CATALOGUE)
@shown_again("change", _show_change)
def change(product_id: int) -> ResponseReturnValue:
    if request.method == "GET":
        return _show_change(product_id)
    command = load_form(ChangeProductFormSchema({"product_id": product_id}))
    in_unit(ORGANISATION, lambda session, act: _saved(products.change_product(session, act, command)))
    flash("Saved.", "success")
    return redirect(_url(product_id), 303)


@bp.post("/<int:product_id>/measure")
@requires(Permission.MANAGE_CATALOGUE)
@shown_again("measure", _show)
def change_measure(product_id: int) -> ResponseReturnValue:
    command = load_form(ChangeMeasureSchema({"product_id": product_id}))
    in_unit(EVERYTHING, lambda session, act: _saved(products.change_measure(session, act, command)))
    flash("Saved.", "success")
    return redirect(_url(product_id), 303)


@bp.post("/<int:product_id>/deactivation")
@requires(Permission.MANAGE_CATALOGUE)
@shown_again("deactivate", _show)
def deactivate(product_id: int) -> ResponseReturnValue:
    command = load_form(DeactivateProductSchema({"product_id": product_id}))
    in_unit(ORGANISATION, lambda session, act: _saved(products.deactivate_product(session, act, command)))
    flash("It is offered no more.", "success")
    return redirect(_url(product_id), 303)


@bp.post("/<int:product_id>/activation")
@requires(Permission.MANAGE_CATALOGUE)
@shown_again("activate", _show)
def activate(product_id: int) -> ResponseReturnValue:
    command = load_form(ActivateProductSchema({"product_id": product_id}))
    in_unit(ORGANISATION, lambda session, act: _saved(products.activate_product(session, act, command)))
    flash("It is offered again.", "success")
    return redirect(_url(product_id), 303)


@bp.post("/<int:product_id>/strengths")
@requires(Permission.MANAGE_CATALOGUE)
@shown_again("strength", _show)
def set_strength(product_id: int) -> ResponseReturnValue:
    command = load_form(SetStrengthSchema({"product_id": product_id}))
    in_unit(ORGANISATION, lambda session, act: _saved(strengths.set_strength(session, act, command)))
    flash("The ingredient is saved.", "success")
    return redirect(_url(product_id), 303)


@bp.post("/<int:product_id>/strengths/<int:strength_id>/removal")
@requires(Permission.MANAGE_CATALOGUE)
@shown_again("remove", _show)
def remove_strength(product_id: int, strength_id: int) -> ResponseReturnValue:
    load_form(EmptySchema())
    command = RemoveStrength(product_id, strength_id)
    in_unit(ORGANISATION, lambda session, act: _saved(strengths.remove_strength(session, act, command)))
    flash("The ingredient is taken off.", "success")
    return redirect(_url(product_id), 303)


@bp.post("/<int:product_id>/doses")
@requires(Permission.MANAGE_CATALOGUE)
@shown_again("dose", _show)
def set_dose(product_id: int) -> ResponseReturnValue:
    command = load_form(SetMaximumDoseSchema({"product_id": product_id}))
    in_unit(ORGANISATION, lambda session, act: _saved(maximum_doses.set_maximum_dose(session, act, command)))
    flash("The maximum is saved.", "success")
    return redirect(_url(product_id), 303)


@bp.post("/<int:product_id>/doses/<int:dose_id>/removal")
@requires(Permission.MANAGE_CATALOGUE)
@shown_again("remove", _show)
def remove_dose(product_id: int, dose_id: int) -> ResponseReturnValue:
    load_form(EmptySchema())
    command = RemoveMaximumDose(product_id, dose_id)
    in_unit(ORGANISATION, lambda session, act: _saved(maximum_doses.remove_maximum_dose(session, act, command)))
    flash("The maximum is taken off.", "success")
    return redirect(_url(product_id), 303)


@bp.post("/<int:product_id>/codes")
@requires(Permission.MANAGE_CATALOGUE)
@shown_again("code", _show)
def learn_code(product_id: int) -> ResponseReturnValue:
    command = load_form(LearnCodeSchema({"product_id": product_id}))
    in_unit(ORGANISATION, lambda session, act: _saved(codes.learn_code(session, act, command)))
    flash("The code is known now.", "success")
    return redirect(_url(product_id), 303)


@bp.post("/<int:product_id>/codes/<int:code_id>/removal")
@requires(Permission.MANAGE_CATALOGUE)
@shown_again("remove", _show)
def remove_code(product_id: int, code_id: int) -> ResponseReturnValue:
    load_form(EmptySchema())
    command = RemoveCode(product_id, code_id)
    in_unit(ORGANISATION, lambda session, act: _saved(codes.remove_code(session, act, command)))
    flash("The code is taken off.", "success")
    return redirect(_url(product_id), 303)


@bp.post("/<int:product_id>/flags")
@requires(Permission.MANAGE_CATALOGUE)
@shown_again("flag", _show)
def set_flag(product_id: int) -> ResponseReturnValue:
    command = load_form(SetFlagSchema({"product_id": product_id}))
    in_unit(ORGANISATION, lambda session, act: _saved(flags.set_flag(session, act, command)))
    flash("The warning is saved.", "success")
    return redirect(_url(product_id), 303)


@bp.post("/<int:product_id>/flags/<int:flag_id>/removal")
@requires(Permission.MANAGE_CATALOGUE)
@shown_again("flag_off", _show)
def remove_flag(product_id: int, flag_id: int) -> ResponseReturnValue:
    command = load_form(RemoveFlagSchema({"product_id": product_id, "flag_id": flag_id}))
    in_unit(ORGANISATION, lambda session, act: _saved(flags.remove_flag(session, act, command)))
    flash("The warning is taken off.", "success")
    return redirect(_url(product_id), 303)


@bp.post("/facts/<kind>/<int:fact_id>/verification")
@requires(Permission.MANAGE_CATALOGUE)
def verify(kind: str, fact_id: int) -> ResponseReturnValue:
    """Of any fact of the catalogue. Verified before, it is refused in words."""
    if kind not in set(FactKind):
        raise NotFound
    load_form(EmptySchema())
    command = VerifyFact(FactKind(kind), fact_id)

    def work(session: Any, act: Any) -> Answer:
        fact = verifying.verify_fact(session, act, command)
        return Answer(ids={"product_id": getattr(fact, "product_id", fact.id)})

    answer = in_unit(ORGANISATION, work)
    flash("Verified, with your name and the time.", "success")
    if command.kind in _FACT_PAGES:
        return redirect(url_for(_FACT_PAGES[command.kind]), 303)
    return redirect(_url(int(answer.ids["product_id"])), 303)
