"""What records are called by people: a container by its code, a lot by its number, a person by name.

One statement a kind, whatever the number of records.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from models.care import CompoundingRecord, Patient
from models.catalogue import Product, Substance, Supplier
from models.evidence import Attachment
from models.organisation import Location, Site
from models.people import User
from models.stock import Container, Delivery, DeliveryLine, Lot
from models.tables import Base

Key = tuple[str, int]  # table and number

_LARGEST = 2**63 - 1

_NAMES: Mapping[str, Select[int, str]] = {
    "container": select(Container.id, Container.code),
    "lot": select(Lot.id, Lot.lot_number),
    "patient": select(Patient.id, Patient.reference),
    "product": select(Product.id, Product.name),
    "substance": select(Substance.id, Substance.name),
    "supplier": select(Supplier.id, Supplier.name),
    "location": select(Location.id, Location.name),
    "site": select(Site.id, Site.name),
    "user_account": select(User.id, User.full_name),
    "delivery": select(Delivery.id, Delivery.reference),
    "delivery_line": select(DeliveryLine.id, Lot.lot_number).join(Lot, Lot.id == DeliveryLine.lot_id),
    "attachment": select(Attachment.id, Attachment.name),
    "compounding_record": select(CompoundingRecord.id, Lot.lot_number).join(Lot, Lot.id == CompoundingRecord.lot_id),
}


@dataclass(frozen=True)
class Names:
    known: Mapping[Key, str]

    def of(self, kind: str, key: object) -> str:
        """The name, or the number where there is none."""
        text = str(key)
        return self.known.get((kind, int(text)), text) if text.isascii() and text.isdecimal() else text


def names_of(session: Session, keys: Iterable[Key]) -> Names:
    by_kind: defaultdict[str, set[int]] = defaultdict(set)
    for kind, number in keys:
        if abs(number) <= _LARGEST:  # an altered entry may name any number
            by_kind[kind].add(number)
    known: dict[Key, str] = {}
    for kind, numbers in by_kind.items():
        if kind in _NAMES:
            query = _NAMES[kind]
            rows = session.execute(query.where(query.selected_columns[0].in_(numbers)))
            known.update({(kind, number): name for number, name in rows})
    return Names(known)


def target_of(kind: str, field: str) -> str | None:
    """The kind of record that a field points to, if such records have names."""
    table = Base.metadata.tables.get(kind)
    column = None if table is None else table.columns.get(field)
    targets = [] if column is None else [key.column.table.name for key in column.foreign_keys]
    return targets[0] if targets and targets[0] in _NAMES else None
