"""Registering a patient."""

from typing import Any

from blueprints.schemas import Makes
from blueprints.schemas.values import Day, Line, Note
from inventory.care.patients import Identity, RegisterPatient


def _registered(full_name: str, clinic_number: str | None = None, **identity: Any) -> RegisterPatient:
    return RegisterPatient(Identity(full_name, **identity), clinic_number)


class RegisterPatientSchema(Makes):
    command = staticmethod(_registered)

    full_name = Line("Name", required=True)
    born_on = Day()
    contact = Note("Contact")
    clinic_number = Line("Clinic number")
