"""`vialtrace labels`: a PDF into a new file, recorded as a print of the person it is for."""

import json

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from config.cli import main
from config.settings import PREFIX
from inventory.access import INSTALLATION
from inventory.clock import SystemClock
from inventory.setting_up import AddSite, FirstPerson, SetUpInstallation, set_up
from inventory.units import Units
from models.organisation import Location
from models.printing import LabelSheet
from models.vocabulary import LocationKind


@pytest.fixture
def run(monkeypatch, tmp_path, database_url):
    values = {"DATA": str(tmp_path / "data"), "SECRET_KEY": "x" * 32, "DATABASE": database_url}
    for name, value in values.items():
        monkeypatch.setenv(PREFIX + name, value)
    return lambda *words: CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def place(database, password_hash):
    """The code of a place of a clinic by the machine's clock, as the command goes by."""
    units = Units(database, SystemClock())
    site = AddSite("Harbour", "Europe/Paris")
    person = FirstPerson("Ada Administrator", "ada", password_hash)
    set_up(units, INSTALLATION, SetUpInstallation("Clinic of the Harbour", "FR", site, person))
    with units.reading() as session:
        return session.scalars(select(Location.code).where(Location.kind == LocationKind.STORAGE)).first()


def test_a_place_is_labelled_once_and_once_more_with_a_reason(run, place, tmp_path, database):
    out = tmp_path / "labels.pdf"
    command = ("labels", "place", place, "--medium", "l7160", "--as", "ada", "--copies", "2")
    done = run(*command, "--out", out, "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.output)["labels"] == 2
    assert out.read_bytes().startswith(b"%PDF")

    assert run(*command, "--out", out).exit_code == 1
    again = run(*command, "--out", tmp_path / "again.pdf")
    assert again.exit_code == 1
    assert "Say why they are printed again." in again.output
    assert not (tmp_path / "again.pdf").exists()
    assert run(*command, "--out", tmp_path / "again.pdf", "--reason", "torn").exit_code == 0
    with Units(database, SystemClock()).reading() as session:
        assert list(session.scalars(select(LabelSheet.reason).order_by(LabelSheet.id))) == [None, "torn"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"--medium": "l1"}, "There is no label stock"),
        ({"--as": "nobody"}, "There is no person"),
        ({"--site": "Elsewhere"}, "role"),
        ({"--start": "30"}, "There is no label 30 on this sheet"),
        ({"--copies": "10000"}, "10000 copies"),
    ],
)
def test_what_cannot_be_printed_is_said_and_no_file_is_made(run, place, tmp_path, changed, said):
    options = {"--medium": "l7160", "--as": "ada", "--out": tmp_path / "labels.pdf"} | changed
    done = run("labels", "place", place, *(word for pair in options.items() for word in pair))
    assert done.exit_code == 1
    assert said in done.output
    assert not (tmp_path / "labels.pdf").exists()


def test_an_unknown_kind_is_named(run, place, tmp_path):
    done = run("labels", "flag", place, "--medium", "l7160", "--as", "ada", "--out", tmp_path / "labels.pdf")
    assert done.exit_code == 2
