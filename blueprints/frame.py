"""What every request needs of the installation it runs in; made once by config, found on the application."""

from dataclasses import dataclass, field

from flask import current_app
from sqlalchemy.orm import Session

from inventory import setting_up
from inventory.people.passwords import Passwords
from inventory.people.sign_ins import Limits
from inventory.units import Units

_EXTENSION = "vialtrace"


@dataclass
class Frame:
    """`set_up_secret` opens the first-run page; it is new after each start and shown only on the console."""

    units: Units
    passwords: Passwords
    limits: Limits
    public_url: str
    set_up_secret: str
    _is_demo: bool | None = field(default=None, init=False)

    def is_initialised(self, session: Session) -> bool:
        """Whether there is an organisation. Once there is one it stays, so it is asked only until then."""
        if self._is_demo is None:
            installation = setting_up.find_installation(session)
            self._is_demo = None if installation is None else installation.is_demo
        return self._is_demo is not None

    @property
    def is_demo(self) -> bool:
        return bool(self._is_demo)

    def install(self, extensions: dict[str, object]) -> None:
        extensions[_EXTENSION] = self


def frame() -> Frame:
    found: Frame = current_app.extensions[_EXTENSION]
    return found


def units() -> Units:
    return frame().units
