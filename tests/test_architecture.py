"""Structure that import-linter cannot see: where the code commits, asks the time, reads the environment.

Sizes are not tested; they stay with the reader's judgement.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import TypeDecorator

import models.types
from models.tables import Base

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("blueprints", "config", "inventory", "labels", "models")
CLOCK = "inventory/clock.py"
SETTINGS = "config/settings.py"
UNITS = "inventory/units.py"

# What asks the machine for the time. `monotonic` and `perf_counter` measure spans and are free.
CLOCK_QUESTIONS = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    ("time", "time"),
    ("time", "time_ns"),
    ("time", "localtime"),
    ("time", "gmtime"),
}
ENVIRONMENT = {("os", "environ"), ("os", "environb"), ("os", "getenv"), ("os", "putenv")}
RULES_MAY_IMPORT = ("inventory.rules", "inventory.errors", "models.vocabulary", "biip")


def _parsed(*folders: str) -> Iterator[tuple[str, ast.Module]]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield str(path.relative_to(ROOT)), ast.parse(path.read_text(encoding="utf-8"))


def _dotted(node: ast.AST) -> list[str]:
    """`datetime.datetime.now` as its parts; empty when it is not a plain chain of names."""
    if isinstance(node, ast.Name):
        return [node.id]
    if isinstance(node, ast.Attribute) and (before := _dotted(node.value)):
        return [*before, node.attr]
    return []


def _uses(tree: ast.Module, wanted: set[tuple[str, str]]) -> list[int]:
    """The lines that speak of one of `wanted`, as `module.name` or by importing the name alone."""
    lines = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and tuple(_dotted(node)[-2:]) in wanted:
            lines.append(node.lineno)
        if isinstance(node, ast.ImportFrom) and any((node.module, alias.name) in wanted for alias in node.names):
            lines.append(node.lineno)
    return lines


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0
            # `from models import vocabulary` imports a module, `from models.vocabulary import Unit` a name of one.
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _is_commit(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"


def test_the_code_commits_in_one_place():
    commits = [path for path, tree in _parsed(*PACKAGES) for node in ast.walk(tree) if _is_commit(node)]
    assert commits == [UNITS]


def test_only_the_clock_asks_the_machine_for_the_time():
    asking = {path: lines for path, tree in _parsed(*PACKAGES) if (lines := _uses(tree, CLOCK_QUESTIONS))}
    assert list(asking) == [CLOCK], asking


def test_no_test_reads_the_clock():
    asking = {path: lines for path, tree in _parsed("tests") if (lines := _uses(tree, CLOCK_QUESTIONS))}
    assert asking == {}


def test_only_the_settings_read_the_environment():
    reading = {path: lines for path, tree in _parsed(*PACKAGES) if (lines := _uses(tree, ENVIRONMENT))}
    assert set(reading) <= {SETTINGS}, reading


def test_rules_import_the_standard_library_the_shared_words_and_a_table_of_identifiers_only():
    known = (*RULES_MAY_IMPORT, *sys.stdlib_module_names)
    strangers = {
        (path, name)
        for path, tree in _parsed("inventory/rules")
        for name in _imported(tree)
        if not any(name == module or name.startswith(f"{module}.") for module in known)
    }
    assert strangers == set()


def test_the_shared_words_import_nothing_of_ours():
    tree = ast.parse((ROOT / "models/vocabulary.py").read_text(encoding="utf-8"))
    assert {name.partition(".")[0] for name in _imported(tree)} <= set(sys.stdlib_module_names)


def test_columns_have_the_types_of_the_types_module_only():
    ours = {kind for kind in vars(models.types).values() if isinstance(kind, type) and issubclass(kind, TypeDecorator)}
    others = {
        f"{table.name}.{column.name}": type(column.type).__name__
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if type(column.type) not in ours
    }
    assert others == {}


def test_imports_go_one_way():
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter, "--no-cache", "--no-logo"], cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("source", "wanted", "lines"),
    [
        ("import datetime\ndatetime.datetime.now(tz)", CLOCK_QUESTIONS, [2]),
        ("from datetime import date\nwhen = date.today", CLOCK_QUESTIONS, [2]),
        ("from time import time", CLOCK_QUESTIONS, [1]),
        ("import time\ntime.monotonic()\nact.now\nclock.now()", CLOCK_QUESTIONS, []),
        ("import os\nos.environ['HOME']", ENVIRONMENT, [2]),
        ("from os import getenv", ENVIRONMENT, [1]),
    ],
)
def test_the_search_finds_what_it_should(source, wanted, lines):
    assert _uses(ast.parse(source), wanted) == lines
