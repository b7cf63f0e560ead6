"""Who supplies the clinic. Names are unique; a supplier that delivers no more is offered no more."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory import texts
from inventory.access import Act, Permission
from inventory.errors import AlreadyInCatalogue, RecordChanged, RecordNotFound
from inventory.evidence import audit
from models.catalogue import Supplier


@dataclass(frozen=True)
class AddSupplier:
    name: str
    contact: str | None = None


@dataclass(frozen=True)
class ChangeSupplier:
    supplier_id: int
    version: int
    name: str
    contact: str | None = None
    is_active: bool = True


def add_supplier(session: Session, act: Act, command: AddSupplier) -> Supplier:
    """Raises `AlreadyInCatalogue`."""
    act.require(Permission.MANAGE_CATALOGUE)
    supplier = checked_supplier(command)
    supplier.name = _free_name(session, command.name)
    session.add(supplier)
    audit.record(session, act, "supplier added", supplier)
    return supplier


def checked_supplier(command: AddSupplier) -> Supplier:
    """The supplier as it would be kept, of no session yet. Whether its name is free is not asked."""
    return Supplier(name=texts.line("Name", command.name), contact=_contact(command.contact))


def change_supplier(session: Session, act: Act, command: ChangeSupplier) -> Supplier:
    act.require(Permission.MANAGE_CATALOGUE)
    supplier = get_supplier(session, command.supplier_id)
    if supplier.version != command.version:
        raise RecordChanged("supplier", supplier.name)
    if texts.line("Name", command.name) != supplier.name:
        supplier.name = _free_name(session, command.name)
    supplier.contact = _contact(command.contact)
    supplier.is_active = command.is_active
    audit.record(session, act, "supplier changed", supplier)
    return supplier


def get_supplier(session: Session, supplier_id: int) -> Supplier:
    supplier = session.get(Supplier, supplier_id)
    if supplier is None:
        raise RecordNotFound("supplier", str(supplier_id))
    return supplier


def list_suppliers(session: Session, *, are_all: bool = False) -> list[Supplier]:
    """Those that deliver; `are_all`: and those that did."""
    query = select(Supplier).order_by(Supplier.name)
    return list(session.scalars(query if are_all else query.where(Supplier.is_active)))


def _free_name(session: Session, text: str) -> str:
    name = texts.line("Name", text)
    if session.scalar(select(Supplier.id).where(Supplier.name == name)) is not None:
        raise AlreadyInCatalogue("supplier", name)
    return name


def _contact(text: str | None) -> str | None:
    return texts.note("Contact", text) if text else None
