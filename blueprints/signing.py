"""Signatures through the web: the password is confirmed before the unit that signs begins."""

from dataclasses import replace
from typing import Any

from blueprints.frame import frame, units
from blueprints.schemas import ToSign
from blueprints.visitor import address, current_actor
from inventory.errors import NotAllowed
from inventory.people import sign_ins


def signed(entered: ToSign) -> Any:
    """The command with its signature. Raises `WrongPassword` or `TooManyAttempts`."""
    user_id = current_actor().user_id
    if user_id is None:
        raise NotAllowed("a personal account")
    confirmed = sign_ins.confirm_identity(units(), frame().passwords, user_id, entered.password, address())
    return replace(entered.command, signed=confirmed)


def signed_if_said(entered: ToSign) -> Any:
    """The same where a signature is only sometimes needed: without a password the command goes unsigned."""
    return signed(entered) if entered.password else entered.command
