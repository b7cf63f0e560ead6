"""Who supplies the clinic."""

from blueprints.schemas import Makes
from blueprints.schemas.values import Line, Note, WholeNumber, YesNo
from inventory.catalogue.suppliers import AddSupplier, ChangeSupplier


class AddSupplierSchema(Makes):
    command = AddSupplier

    name = Line("Name", required=True)
    contact = Note("Contact")


class ChangeSupplierSchema(Makes):
    command = ChangeSupplier

    version = WholeNumber(required=True)
    name = Line("Name", required=True)
    contact = Note("Contact")
    is_active = YesNo()


class ChangeSupplierFormSchema(ChangeSupplierSchema):
    """A browser leaves out a box that is not ticked."""

    is_active = YesNo(load_default=False)
