"""The command line, as somebody types it: the same services, the same sentences."""

import json
import re
import socket
from dataclasses import replace

import pytest
from click.testing import CliRunner
from sqlalchemy import select, text

from config import demo, upgrading
from config.cli import main
from config.settings import PREFIX, Settings, SettingsProblem
from inventory.access import INSTALLATION
from inventory.clock import SystemClock
from inventory.people import directory
from inventory.people.passwords import Passwords
from inventory.people.sign_ins import Credentials, sign_in
from inventory.setting_up import find_installation
from inventory.units import Units
from models.database import Database
from models.evidence import AuditEntry
from models.migrating import newest_revision

SECRET = "x" * 32
PASSWORD = "rain over the old harbour"
INIT = [
    "init",
    *("--organisation", "Clinic of the Harbour"),
    *("--country", "fr"),
    *("--site", "Harbour"),
    *("--time-zone", "Europe/Paris"),
    *("--rule-pack", "eu_generic"),
    *("--mixing-place", "treatment_room"),
    *("--name", "Ada Administrator"),
    *("--sign-in-name", "ada"),
    "--password-stdin",
]


@pytest.fixture
def run(monkeypatch, tmp_path, database_url):
    """`run("user", "list")` on a migrated, empty database."""
    values = {"DATA": str(tmp_path), "SECRET_KEY": SECRET, "DATABASE": database_url}
    values |= {"ARGON2_MEMORY_KIB": "8", "ARGON2_PASSES": "1"}
    for name, value in values.items():
        monkeypatch.setenv(PREFIX + name, value)

    def type_in(*words, keys=""):
        return CliRunner().invoke(main, words, input=keys)

    return type_in


@pytest.fixture
def system(database):
    return Units(database, SystemClock())


@pytest.fixture
def clinic_made(run):
    done = run(*INIT, keys=PASSWORD + "\n")
    assert done.exit_code == 0, done.output
    return done


def link_of(done):
    return re.search(r"/links/(\S+)", done.stdout).group(1)


def test_init_sets_an_empty_clinic_up(clinic_made, system):
    assert "is set up" in clinic_made.stdout
    with system.reading() as session:
        assert find_installation(session).country == "FR"
        entry = session.scalars(select(AuditEntry)).one()
    assert "command_line" in entry.body
    assert sign_in(system, Passwords(), Credentials("ada", PASSWORD), "")


def test_init_asks_for_what_is_not_given(run, system):
    words = [word for word in INIT if word not in ("--password-stdin", "--site", "Harbour")]
    done = run(*words, keys=f"Quay\n{PASSWORD}\n{PASSWORD}\n")
    assert done.exit_code == 0, done.output
    assert "Name of the first site" in done.stdout
    assert PASSWORD not in done.stdout


def test_init_happens_once(clinic_made, run):
    done = run(*INIT, keys=PASSWORD + "\n")
    assert done.exit_code == 1
    assert "already belongs to Clinic of the Harbour" in done.stderr
    assert "Traceback" not in done.output


@pytest.mark.parametrize(
    ("change", "keys", "sentence"),
    [
        ({}, "short\n", "fewer than 10 characters"),
        ({}, "password1234\n", "everybody tries first"),
        ({}, "harbour20311\n", "hardly more than the name"),
        ({"Europe/Paris": "Mars/Base"}, PASSWORD + "\n", "Time zone"),
    ],
    ids=["short", "common", "name", "zone"],
)
def test_init_refuses_in_words_and_makes_nothing(run, system, change, keys, sentence):
    done = run(*[change.get(word, word) for word in INIT], keys=keys)
    assert done.exit_code == 1
    assert sentence in done.stderr
    with system.reading() as session:
        assert find_installation(session) is None


def test_people_are_listed_for_people_and_for_programs(clinic_made, run):
    assert "Ada Administrator: Harbour: administrator" in run("user", "list").stdout
    (ada,) = json.loads(run("user", "list", "--json").stdout)["people"]
    assert ada["roles"] == {"Harbour": ["administrator"]}
    assert ada["state"] == "active"


def test_a_person_is_invited_by_a_link(clinic_made, run, system):
    done = run("user", "invite", "nora", "--name", "Nora New", "--role", "assistant", "--role", "auditor")
    assert done.exit_code == 0
    assert len(link_of(done)) > 40
    with system.reading() as session:
        people = {person.sign_in_name: person for person in directory.people_of(session, INSTALLATION)}
    assert people["nora"].state == "invited"
    again = run("user", "invite", "NORA", "--name", "Nora", "--role", "auditor", "--json")
    assert again.exit_code == 1
    assert json.loads(again.stdout)["error"]["code"] == "sign_in_name_taken"
    elsewhere = run("user", "invite", "nina", "--name", "Nina", "--role", "auditor", "--site", "Nowhere")
    assert "There is no site 'Nowhere'" in elsewhere.stderr


def test_a_forgotten_password_is_reset_at_the_console(clinic_made, run, system):
    assert len(link_of(run("user", "reset", "Ada"))) > 40
    weak = run("user", "reset", "ada", "--password-stdin", keys="ada1234567\n")
    assert weak.exit_code == 1
    done = run("user", "reset", "ada", "--password-stdin", keys="wind in the tall pines\n")
    assert done.exit_code == 0
    assert sign_in(system, Passwords(), Credentials("ada", "wind in the tall pines"), "")


def test_a_refusal_reads_the_same_at_the_console(clinic_made, run):
    done = run("user", "deactivate", "ada", "--reason", "leaves")
    assert done.exit_code == 1
    assert "last active administrator of Harbour" in done.stderr
    assert "Make somebody else an administrator first." in done.stderr
    told = json.loads(run("user", "deactivate", "ada", "--reason", "leaves", "--json").stdout)["error"]
    assert told["code"] == "last_administrator"
    assert told["remedy"] == "Make somebody else an administrator first."
    assert run("user", "deactivate", "nobody", "--reason", "x").exit_code == 1


def test_without_an_organisation_the_console_says_what_to_run(run):
    done = run("user", "list")
    assert done.exit_code == 1
    assert "vialtrace init" in done.stderr


def test_the_demo_is_made_once_and_everybody_in_it_may_come_in(run, system):
    first = run("demo")
    assert first.exit_code == 0, first.output
    for person in (demo.ADMINISTRATOR, *demo.PEOPLE):
        assert person.sign_in_name in first.stdout
        assert sign_in(system, Passwords(), Credentials(person.sign_in_name, demo.PASSWORD), "")
    assert run("demo").exit_code == 0
    with system.reading() as session:
        assert find_installation(session).is_demo


def test_the_demo_is_never_built_over_a_clinic(clinic_made, run):
    done = run("demo")
    assert done.exit_code == 1
    assert "already belongs to Clinic of the Harbour" in done.stderr


def test_a_taken_port_is_one_sentence(run):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = run("serve", "--port", str(port))
    assert done.exit_code == 1
    assert done.stderr.strip() == f"Port {port} is taken by another program: stop it, or choose another with --port."


def test_a_wrong_setting_is_one_sentence(run, monkeypatch):
    monkeypatch.setenv("VIALTRACE_TREADS", "8")
    done = run("user", "list")
    assert done.exit_code == 1
    assert done.stderr.strip() == "VIALTRACE_TREADS is not a setting: remove it, or correct its name."


@pytest.mark.only_on("sqlite", reason="a fresh database is made by its owner")
def test_an_empty_folder_becomes_a_database(run, monkeypatch, tmp_path):
    monkeypatch.delenv("VIALTRACE_DATABASE")
    monkeypatch.setenv("VIALTRACE_DATA", str(tmp_path / "new" / "clinic"))
    done = run("database", "upgrade", "--json")
    assert json.loads(done.stdout) == {"revision": upgrading.newest_revision(), "copy": None}
    assert (tmp_path / "new" / "clinic").stat().st_mode & 0o077 == 0


@pytest.mark.only_on("sqlite", reason="PostgreSQL is backed up by its own tools")
def test_an_older_database_is_not_served_and_is_copied_before_its_upgrade(run, tmp_path, database, database_url):
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    settings = Settings(data=tmp_path, secret_key=SECRET, database=database_url)
    with pytest.raises(SettingsProblem, match="vialtrace database upgrade"):
        upgrading.make_ready(settings)
    copy = upgrading._copy(database.path, tmp_path / upgrading.BACKUPS, "0000")
    with Database(f"sqlite:///{copy}").reader() as session:
        assert session.scalar(text("SELECT version_num FROM alembic_version")) == "0000"


def test_the_newest_revision_is_read_from_the_names_of_the_files():
    assert upgrading.newest_revision() == newest_revision(upgrading.MIGRATIONS)


def test_settings_listen_elsewhere_when_told():
    settings = Settings(data=upgrading.MIGRATIONS, secret_key=SECRET)
    assert settings.listening(None, None) == settings
    assert settings.listening("127.0.0.9", 81) == replace(settings, host="127.0.0.9", port=81)


def test_a_table_is_tried_then_imported_once(clinic_made, run, tmp_path):
    path = tmp_path / "firms.csv"
    path.write_text("Company;Phone\nMeso Supply;1\nMeso Supply;2\n", encoding="utf-8")
    assert clinic_made.exit_code == 0
    tried = run("import", "suppliers", str(path), "--dry-run", "--json")
    (problem,) = json.loads(tried.stdout)["problems"]
    assert (tried.exit_code, problem["row_number"], problem["heading"]) == (1, 3, "Company")

    path.write_text("Company;Phone\nMeso Supply;1\n", encoding="utf-8")
    assert json.loads(run("import", "suppliers", str(path), "--dry-run", "--json").stdout)["problems"] == []
    done = run("import", "suppliers", str(path), "--json")
    assert json.loads(done.stdout)["is_imported"] is True
    again = run("import", "suppliers", str(path), "--json")
    assert (again.exit_code, json.loads(again.stdout)["problems"][0]["row_number"]) == (1, 2)
    checked = run("check")
    assert checked.exit_code == 0, checked.output


def test_a_file_that_is_no_table_is_refused_at_the_console(clinic_made, run, tmp_path):
    path = tmp_path / "list.xls"
    path.write_bytes(b"\xd0\xcf\x11\xe0 old")
    assert clinic_made.exit_code == 0
    answer = run("import", "suppliers", str(path), "--json")
    assert answer.exit_code == 1
    assert "old Excel file" in json.loads(answer.stdout)["error"]["message"]
