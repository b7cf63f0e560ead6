"""The settings of one installation, read once: from VIALTRACE_… variables and a TOML file.

The environment wins over the file. A value that is unknown, missing or wrong stops the start with its name.
There is no default secret; only the demo makes its own, in its data folder, readable by its owner alone.
docs/admin/settings.md has a line for each setting; a test compares the two.
"""

import os
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

PREFIX = "VIALTRACE_"
FILE_VARIABLE = "VIALTRACE_CONFIG"
SHORTEST_SECRET = 32
DEMO_KEY = "demo-secret-key"
DATABASE_FILE = "vialtrace.sqlite"


class SettingsProblem(Exception):
    """One sentence that names the setting and says what to do."""


def _number(default: int, least: int, most: int) -> Any:
    return field(default=default, metadata={"least": least, "most": most})


@dataclass(frozen=True)
class Settings:
    data: Path
    secret_key: str = field(repr=False)
    database: str = field(default="", repr=False)  # its address may hold a password
    owner_database: str = field(default="", repr=False)
    application_role: str = ""
    host: str = "127.0.0.1"
    port: int = _number(8000, 1, 65_535)
    public_url: str = ""
    trusted_proxies: int = _number(0, 0, 5)
    threads: int = _number(8, 1, 64)
    idle_minutes: int = _number(15, 1, 240)
    sign_in_hours: int = _number(12, 1, 24)
    argon2_memory_kib: int = _number(19_456, 8, 1_048_576)
    argon2_passes: int = _number(2, 1, 20)
    argon2_lanes: int = _number(1, 1, 16)
    upload_mb: int = _number(21, 1, 200)

    @classmethod
    def from_environment(cls) -> "Settings":
        """Raises `SettingsProblem`."""
        return cls.from_values(_gathered(os.environ))

    @classmethod
    def from_values(cls, given: Mapping[str, Any]) -> "Settings":
        known = {item.name: item for item in fields(cls)}
        for name in sorted(given.keys() - known.keys()):
            raise SettingsProblem(f"{PREFIX}{name.upper()} is not a setting: remove it, or correct its name.")
        values = {name: _read(known[name], value) for name, value in given.items()}
        if "data" not in values:
            raise SettingsProblem("VIALTRACE_DATA is missing: set it to the folder where the clinic's data is kept.")
        values.setdefault("secret_key", _demo_key(values["data"]))
        settings = cls(**values)
        settings.check()
        return settings

    def check(self) -> None:
        if not self.secret_key:
            raise SettingsProblem(
                "VIALTRACE_SECRET_KEY is missing: set it to a long random text, for example one made by "
                "`python3 -c 'import secrets; print(secrets.token_urlsafe(48))'`, and keep it."
            )
        if len(self.secret_key) < SHORTEST_SECRET:
            raise SettingsProblem(f"VIALTRACE_SECRET_KEY is too short: it needs {SHORTEST_SECRET} characters or more.")
        if self.public_url and not self.public_url.startswith(("https://", "http://")):
            raise SettingsProblem("VIALTRACE_PUBLIC_URL is not an address: begin it with https://")

    def listening(self, host: str | None, port: int | None) -> "Settings":
        """The same, at another address, where one is given."""
        return replace(self, host=host or self.host, port=port or self.port)

    @property
    def database_url(self) -> str:
        return self.database or f"sqlite:///{self.data / DATABASE_FILE}"

    @property
    def is_tls(self) -> bool:
        return self.public_url.startswith("https://")

    @property
    def has_demo_key(self) -> bool:
        return self.secret_key == _demo_key(self.data)


def make_demo_key(data: Path) -> None:
    """The demo's own secret, made once."""
    path = data / DEMO_KEY
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(secrets.token_urlsafe(48))


def data_folder() -> Path:
    """The folder alone, before there is a secret: for the demo, which makes its own."""
    given = _gathered(os.environ)
    if not given.get("data"):
        raise SettingsProblem("VIALTRACE_DATA is missing: set it to the folder where the demo's data is kept.")
    return Path(given["data"]).expanduser().resolve()


def _demo_key(data: Path) -> str:
    path = data / DEMO_KEY
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def _gathered(environment: Mapping[str, str]) -> dict[str, Any]:
    given = _from_file(environment[FILE_VARIABLE]) if environment.get(FILE_VARIABLE) else {}
    for name, value in environment.items():
        if name.startswith(PREFIX) and name != FILE_VARIABLE:
            given[name.removeprefix(PREFIX).lower()] = value
    return given


def _from_file(name: str) -> dict[str, Any]:
    try:
        with Path(name).open("rb") as file:
            return tomllib.load(file)
    except OSError as error:
        raise SettingsProblem(f"{FILE_VARIABLE} names {name}, which cannot be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsProblem(f"{FILE_VARIABLE} names {name}, which is not TOML: {error}.") from None


def _read(item: Field[Any], value: Any) -> Any:
    name = PREFIX + item.name.upper()
    if item.type in (int, "int"):
        return _whole_number(item, name, value)
    if not isinstance(value, str):
        raise SettingsProblem(f"{name} must be text.")
    if item.name == "data":
        if not value:
            raise SettingsProblem(f"{name} is empty: set it to the folder where the clinic's data is kept.")
        return Path(value).expanduser().resolve()
    return value


def _whole_number(item: Field[Any], name: str, value: Any) -> int:
    least, most = item.metadata["least"], item.metadata["most"]
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 10:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise SettingsProblem(f"{name} must be a whole number from {least} to {most}.")
    return value


def default_of(item: Field[Any]) -> str:
    """As the documentation shows it."""
    return "" if item.default is MISSING else str(item.default)
