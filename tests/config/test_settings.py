"""Settings: read once, named when wrong, documented."""

import os
import re
import stat
from dataclasses import fields

import pytest

from config.paths import ROOT
from config.settings import PREFIX, Settings, SettingsProblem, data_folder, default_of, make_demo_key

SECRET = "x" * 32


@pytest.fixture
def environment(monkeypatch, tmp_path):
    """Sets VIALTRACE_… variables and nothing else of ours."""
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)

    def set_to(**values):
        for name, value in ({"data": str(tmp_path), "secret_key": SECRET} | values).items():
            if value is not None:
                monkeypatch.setenv(PREFIX + name.upper(), value)

    return set_to


def test_two_settings_are_enough(environment, tmp_path):
    environment()
    settings = Settings.from_environment()
    assert settings.data == tmp_path
    assert settings.database_url == f"sqlite:///{tmp_path}/vialtrace.sqlite"
    assert (settings.host, settings.port, settings.is_tls) == ("127.0.0.1", 8000, False)


def test_a_file_gives_settings_and_the_environment_wins(environment, tmp_path):
    file = tmp_path / "vialtrace.toml"
    file.write_text('port = 8080\nhost = "0.0.0.0"\npublic_url = "https://vials.example"\n')
    environment(config=str(file), host="127.0.0.2")
    settings = Settings.from_environment()
    assert (settings.port, settings.host, settings.is_tls) == (8080, "127.0.0.2", True)


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"secret_key": None}, "VIALTRACE_SECRET_KEY is missing"),
        ({"secret_key": "short"}, "VIALTRACE_SECRET_KEY is too short"),
        ({"data": None}, "VIALTRACE_DATA is missing"),
        ({"data": ""}, "VIALTRACE_DATA is empty"),
        ({"prot": "8000"}, "VIALTRACE_PROT is not a setting"),
        ({"port": "eighty"}, "VIALTRACE_PORT must be a whole number from 1 to 65535"),
        ({"port": "0"}, "VIALTRACE_PORT must be"),
        ({"port": "65536"}, "VIALTRACE_PORT must be"),
        ({"port": "-1"}, "VIALTRACE_PORT must be"),
        ({"port": "8" * 400}, "VIALTRACE_PORT must be"),
        ({"port": "٨٠"}, "VIALTRACE_PORT must be"),
        ({"public_url": "vials.example"}, "VIALTRACE_PUBLIC_URL is not an address"),
        ({"config": "/nowhere/at/all.toml"}, "VIALTRACE_CONFIG names /nowhere/at/all.toml"),
    ],
    ids=lambda value: None if isinstance(value, dict) else value[:30],
)
def test_what_is_unknown_missing_or_wrong_stops_with_its_name(environment, values, named):
    environment(**values)
    with pytest.raises(SettingsProblem, match=re.escape(named)):
        Settings.from_environment()


@pytest.mark.parametrize(
    "content", ["port = true", 'port = "8000 "', "host = 1", "[table]\nport = 1", "port = ", "\xff"]
)
def test_a_wrong_file_stops_too(environment, tmp_path, content):
    file = tmp_path / "vialtrace.toml"
    file.write_bytes(content.encode("latin-1"))
    environment(config=str(file))
    with pytest.raises(SettingsProblem):
        Settings.from_environment()


def test_secrets_are_not_shown(environment):
    environment(database="postgresql+psycopg://someone:topsecret@host/clinic")
    shown = repr(Settings.from_environment())
    assert SECRET not in shown
    assert "topsecret" not in shown


def test_the_demo_makes_its_own_secret_for_its_owner_alone(environment, tmp_path):
    environment(secret_key=None)
    assert data_folder() == tmp_path
    make_demo_key(tmp_path)
    settings = Settings.from_environment()
    make_demo_key(tmp_path)
    assert Settings.from_environment().secret_key == settings.secret_key
    assert settings.has_demo_key
    assert len(settings.secret_key) >= 32
    assert stat.S_IMODE((tmp_path / "demo-secret-key").stat().st_mode) == 0o600


def test_each_setting_has_its_line_with_its_default():
    text = (ROOT / "docs" / "admin" / "settings.md").read_text(encoding="utf-8")
    documented = dict(re.findall(r"^\| `(VIALTRACE_[A-Z0-9_]+)` \| ([^|]*?) *\|", text, re.MULTILINE))
    assert documented == {PREFIX + item.name.upper(): default_of(item) for item in fields(Settings)}
