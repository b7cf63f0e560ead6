"""`vialtrace check`, `verify` and `export`: what they find, what they refuse, and that they change nothing."""

import json

import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine, select, text

from config.cli import main
from config.settings import PREFIX
from inventory.access import INSTALLATION
from inventory.clock import SystemClock
from inventory.setting_up import AddSite, FirstPerson, SetUpInstallation, set_up
from inventory.units import Units
from models import guards
from models.evidence import AuditEntry
from models.tables import Base

SECRET = "x" * 32


@pytest.fixture
def run(monkeypatch, tmp_path, database_url):
    values = {"DATA": str(tmp_path / "data"), "SECRET_KEY": SECRET, "DATABASE": database_url}
    values |= {"ARGON2_MEMORY_KIB": "8", "ARGON2_PASSES": "1"}
    for name, value in values.items():
        monkeypatch.setenv(PREFIX + name, value)

    def type_in(*words, keys=""):
        return CliRunner().invoke(main, [str(word) for word in words], input=keys)

    return type_in


@pytest.fixture
def initialised(database, password_hash):
    """By the machine's clock, which the commands go by."""
    set_up(
        Units(database, SystemClock()),
        INSTALLATION,
        SetUpInstallation(
            organisation="Clinic of the Harbour",
            country="FR",
            site=AddSite("Harbour", "Europe/Paris"),
            administrator=FirstPerson("Ada Administrator", "ada", password_hash),
        ),
    )


@pytest.fixture
def alter(owner_url):
    """A statement behind the application, by the owner of the tables."""

    def run(statement):
        engine = create_engine(owner_url)
        with engine.begin() as connection:
            if connection.dialect.name == "sqlite":
                for name in guards.installed(connection):
                    connection.exec_driver_sql(f"DROP TRIGGER {name}")
            else:
                for table in Base.metadata.sorted_tables:
                    connection.exec_driver_sql(f"ALTER TABLE {table.name} DISABLE TRIGGER USER")
            connection.execute(text(statement))
            guards.install(connection)
        engine.dispose()

    return run


@pytest.fixture
def kept(run, initialised, tmp_path):
    file = tmp_path / "kept.json"
    answer = run("export", "checkpoint", file)
    assert answer.exit_code == 0, answer.output
    return file


def problems(answer):
    assert answer.exit_code == 1
    return json.loads(answer.stdout)["problems"]


def test_a_new_clinic_has_no_contradictions(run, initialised):
    answer = run("check")
    assert (answer.exit_code, answer.output) == (0, "No contradictions were found.\n")
    assert json.loads(run("check", "--json").stdout) == {"problems": []}


def test_check_names_each_problem_and_ends_with_status_1(run, initialised, alter):
    alter("UPDATE location SET kind = 'storage', name = 'Bin' WHERE kind = 'waste'")
    answer = run("check")
    assert answer.exit_code == 1
    lines = answer.output.splitlines()
    assert "location: Site 1 has 0 locations of kind waste; it needs one." in lines
    assert "chain 0, entry 1; location 8: kind is 'storage'; recorded was 'waste'." in lines
    assert lines[-1] == "3 problems."
    first = problems(run("check", "--json"))[0]
    assert (first["chain"], first["seq"], first["table"], first["key"]) == (0, 1, "location", "8")


def test_check_finds_missing_guards(run, initialised, owner_url):
    engine = create_engine(owner_url)
    with engine.begin() as connection:
        is_sqlite = connection.dialect.name == "sqlite"
        connection.execute(
            text("DROP TRIGGER guard_lot_delete" if is_sqlite else "ALTER TABLE lot DISABLE TRIGGER guard_delete")
        )
    engine.dispose()
    (problem,) = problems(run("check", "--json"))
    assert "missing, switched off or altered" in problem["sentence"]


def test_check_says_that_the_database_is_of_another_version(run, initialised, alter):
    alter("UPDATE alembic_version SET version_num = '0000'")
    (problem,) = problems(run("check", "--json"))
    assert "is at revision 0000" in problem["sentence"]


def test_check_and_verify_change_nothing(run, kept, database):
    with database.reader() as session:
        before = session.scalars(select(AuditEntry.hash)).all()
    assert run("check").exit_code == 0
    assert run("verify", kept).exit_code == 0
    with database.reader() as session:
        assert session.scalars(select(AuditEntry.hash)).all() == before


def test_verify_says_that_nothing_was_altered(run, kept):
    answer = run("verify", kept)
    assert answer.exit_code == 0
    assert answer.output.startswith("Nothing was altered: 3 entries in 2 chains are those exported ")
    told = json.loads(run("verify", kept, "--json").stdout)
    assert (told["problems"], told["entries"]) == ([], 3)


def test_verify_names_the_first_number_that_differs(run, kept, alter):
    alter("UPDATE audit_entry SET body = replace(body, 'Ada', 'Eva') WHERE chain_id = 0 AND seq = 1")
    answer = run("verify", kept)
    assert answer.exit_code == 1
    assert answer.output.startswith("chain 0, entry 1; audit_entry: Its hash does not follow")


def test_a_file_that_is_no_export_is_refused_in_words(run, kept, tmp_path):
    cut = tmp_path / "cut.json"
    for content in (kept.read_bytes()[:-40], b"", b"\x00\xff", b"{}"):
        cut.write_bytes(content)
        answer = run("verify", cut)
        assert answer.exit_code == 1
        assert answer.stderr.startswith("This is not a whole checkpoint export: ")
        assert json.loads(run("verify", cut, "--json").stdout)["error"]["code"] == "export_unreadable"


def test_a_file_that_is_not_there_is_refused(run, initialised, tmp_path):
    answer = run("verify", tmp_path / "none.json")
    assert answer.exit_code == 2
    assert "does not exist" in answer.output


def test_an_export_is_a_whole_file_and_says_where_each_chain_stands(run, initialised, tmp_path):
    file = tmp_path / "kept.json"
    answer = run("export", "checkpoint", file, "--json")
    assert json.loads(answer.stdout) == {"heads": {"0": 2, "1": 1}}
    assert json.loads(file.read_text())["installation"] == "Clinic of the Harbour"
    assert run("export", "checkpoint", tmp_path / "later.json").exit_code == 0
    assert run("verify", file).exit_code == 0


def test_an_export_is_never_written_over(run, kept, database):
    before = kept.read_bytes()
    answer = run("export", "checkpoint", kept)
    assert answer.exit_code == 1
    assert "there is such a file already" in answer.stderr
    assert kept.read_bytes() == before
    with database.reader() as session:
        assert len(session.scalars(select(AuditEntry.id)).all()) == 3  # no checkpoint was taken for nothing


def test_a_folder_that_is_not_there_is_refused(run, initialised, tmp_path):
    answer = run("export", "checkpoint", tmp_path / "none" / "kept.json")
    assert answer.exit_code == 1
    assert "there is no such folder" in answer.stderr


def test_a_full_disk_is_said_in_words(monkeypatch, run, initialised, tmp_path):
    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    file = tmp_path / "kept.json"
    answer = run("export", "checkpoint", file)
    assert answer.exit_code == 1
    assert "no space left on device" in answer.stderr
    assert not file.exists()


@pytest.mark.only_on("sqlite", reason="a PostgreSQL address always names a database")
def test_where_there_are_no_records_none_are_made(monkeypatch, run, tmp_path, kept):
    missing = tmp_path / "missing.sqlite"
    monkeypatch.setenv(PREFIX + "DATABASE", f"sqlite:///{missing}")
    for words in (["check"], ["verify", kept], ["export", "checkpoint", tmp_path / "new.json"]):
        answer = run(*words)
        assert answer.exit_code == 1
        assert "There are no records yet" in answer.stderr
    assert not missing.exists()


def test_before_init_there_is_nothing_to_export(run, tmp_path):
    assert run("check").exit_code == 0
    answer = run("export", "checkpoint", tmp_path / "kept.json")
    assert answer.exit_code == 1
    assert "vialtrace init" in answer.stderr
