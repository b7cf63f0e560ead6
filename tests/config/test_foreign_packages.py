"""A stranger's package under one of our names stops everything, with a sentence that says what to do."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from config.foreign_packages import OUR_NAMES, foreign_packages, stop_if_foreign

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def install_beside_us(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)

    def install(distribution, *files):
        info = tmp_path / f"{distribution}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
        (info / "RECORD").write_text("".join(f"{file},,\n" for file in files))
        return tmp_path

    return install


def test_beside_our_locked_packages_there_is_none():
    assert foreign_packages() == {}
    stop_if_foreign()


def test_a_foreign_package_is_named_with_its_distribution(install_beside_us):
    install_beside_us("pylabels", "labels/__init__.py", "labels/sheet.py")
    install_beside_us("config", "config/__init__.py", "readme/page.txt")
    assert foreign_packages() == {"labels": ["pylabels"], "config": ["config"]}


def test_a_single_module_and_an_old_installation_are_found_too(install_beside_us):
    folder = install_beside_us("oneline", "models.py", "config.json", "modelsother/page.py", "deep/labels/x.py")
    install_beside_us("compiled", "labels.cpython-311-x86_64-linux-gnu.so")
    (folder / "elder.egg-info").mkdir()
    (folder / "elder.egg-info" / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: elder\nVersion: 1.0\n")
    (folder / "elder.egg-info" / "top_level.txt").write_text("inventory\n")
    assert foreign_packages() == {"inventory": ["elder"], "labels": ["compiled"], "models": ["oneline"]}


def test_the_sentence_says_what_to_uninstall(install_beside_us):
    install_beside_us("pylabels", "labels/__init__.py")
    with pytest.raises(SystemExit) as stop:
        stop_if_foreign()
    assert stop.value.code == (
        "The package 'labels' is also installed by pylabels: "
        "run `pip uninstall pylabels`, then install vialtrace again."
    )


def test_the_tests_do_not_begin_beside_a_foreign_package(install_beside_us):
    folder = install_beside_us("pylabels", "labels/__init__.py")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "tests/test_dev.py"],
        cwd=ROOT,
        env={"PYTHONPATH": str(folder), "PATH": ""},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0
    assert "pip uninstall pylabels" in done.stdout + done.stderr


def test_the_guarded_names_are_those_of_the_wheel():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) == set(OUR_NAMES)
