"""Suppliers: added, renamed, offered no more."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from blueprints.access import requires
from blueprints.forms import Form, blank, load_form, shown_again
from blueprints.frame import units
from blueprints.pages.products import may_manage
from blueprints.schemas.suppliers import AddSupplierSchema, ChangeSupplierFormSchema
from blueprints.unit_of_work import in_unit
from inventory.access import Permission
from inventory.catalogue import suppliers
from inventory.errors import Refusal
from inventory.units import ORGANISATION, Answer

bp = Blueprint("suppliers", __name__, url_prefix="/suppliers")


def _show_all(*, refused: Form | None = None, refusal: Refusal | None = None) -> str:
    with units().reading() as session:
        known = suppliers.list_suppliers(session, are_all=True)
    form = refused or blank("add")
    return render_template("suppliers/list.html", suppliers=known, form=form, refusal=refusal, may_manage=may_manage())


@bp.get("/")
@requires(Permission.VIEW_STOCK)
def show_all() -> ResponseReturnValue:
    return _show_all()


@bp.post("/")
@requires(Permission.MANAGE_CATALOGUE)
@shown_again("add", _show_all)
def add() -> ResponseReturnValue:
    command = load_form(AddSupplierSchema())
    in_unit(
        ORGANISATION,
        lambda session, act: Answer(ids={"supplier_id": suppliers.add_supplier(session, act, command).id}),
    )
    flash("The supplier is added.", "success")
    return redirect(url_for("suppliers.show_all"), 303)


def _show_change(supplier_id: int, *, refused: Form | None = None, refusal: Refusal | None = None) -> str:
    with units().reading() as session:
        supplier = suppliers.get_supplier(session, supplier_id)
    known = {"name": supplier.name, "contact": supplier.contact or ""}
    ticked = {"is_active": "yes"} if supplier.is_active else {}
    form = refused or Form("change", known | ticked, version=supplier.version)
    return render_template("suppliers/change.html", supplier=supplier, form=form, refusal=refusal)


@bp.route("/<int:supplier_id>", methods=["GET", "POST"])
@requires(Permission.MANAGE_CATALOGUE)
@shown_again("change", _show_change)
def change(supplier_id: int) -> ResponseReturnValue:
    if request.method == "GET":
        return _show_change(supplier_id)
    command = load_form(ChangeSupplierFormSchema({"supplier_id": supplier_id}))
    in_unit(
        ORGANISATION,
        lambda session, act: Answer(ids={"supplier_id": suppliers.change_supplier(session, act, command).id}),
    )
    flash("Saved.", "success")
    return redirect(url_for("suppliers.show_all"), 303)
