"""`vialtrace scan`, as somebody types it and as a program feeds it. No database, no settings."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from config.cli import main
from config.settings import PREFIX

KEYS = [
    "scheme",
    "gtin",
    "code",
    "lot_number",
    "serial",
    "expires_on",
    "manufactured_on",
    "count",
    "elements",
    "warnings",
]
TODAY = ("--today", "2026-06-01")
GOOD = "]d2010950600013435221SN000123\x1d1728123110LOT-A1"
WRONG = "]d201095060001343531728123110X"


@pytest.fixture(autouse=True)
def no_settings(monkeypatch):
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)


def run(*words, keys=""):
    return CliRunner().invoke(main, ["scan", *words], input=keys)


def answers(done):
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_code_is_said_in_json():
    done = run("--json", *TODAY, GOOD)

    assert done.exit_code == 0
    (answer,) = answers(done)
    assert list(answer) == KEYS
    assert answer == {
        "scheme": "gs1",
        "gtin": "09506000134352",
        "code": None,
        "lot_number": "LOT-A1",
        "serial": "SN000123",
        "expires_on": "2028-12-31",
        "manufactured_on": None,
        "count": None,
        "elements": {"01": "09506000134352", "21": "SN000123", "17": "281231", "10": "LOT-A1"},
        "warnings": [],
    }


def test_a_code_is_said_in_words_with_its_warnings():
    done = run(*TODAY, "]d201095060001343521728020010B7")
    assert done.exit_code == 0
    assert done.stdout == (
        "gs1 09506000134352, lot B7, expires 2028-02-29\nNo day is given: the last day of the month counts.\n"
    )


def test_a_refusal_is_a_code_and_a_sentence_and_status_1():
    done = run("--json", WRONG)
    assert done.exit_code == 1
    (answer,) = answers(done)
    assert list(answer["error"]) == ["code", "message"]
    assert answer["error"]["code"] == "wrong_check_digit"
    assert "09506000134353" in answer["error"]["message"]


def test_a_refusal_in_words_says_what_why_and_what_to_do():
    done = run(WRONG)
    assert (done.exit_code, done.stdout) == (1, "")
    assert "check digit" in done.stderr
    assert "Scan again" in done.stderr


def test_each_line_is_answered_in_its_order():
    keys = f"{GOOD}\n{WRONG}\n\n]E09506000134352\r\nHELLO\n(01)09506000134352(10)<script>a()</script>"

    done = run("--stdin", *TODAY, keys=keys)

    assert done.exit_code == 1
    found = answers(done)
    assert [answer.get("scheme") or answer["error"]["code"] for answer in found] == [
        "gs1",
        "wrong_check_digit",
        "empty_code",
        "gtin",
        "internal",
        "gs1",
    ]
    assert all(list(answer) in (KEYS, ["error"]) for answer in found)
    assert found[5]["lot_number"] == "<script>a()</script>"


def test_lines_that_can_all_be_read_end_with_status_0():
    assert run("--stdin", "--json", *TODAY, keys=f"{GOOD}\n{GOOD}\n").exit_code == 0
    nothing = run("--stdin", keys="")
    assert (nothing.exit_code, nothing.stdout) == (0, "")


def test_hostile_bytes_are_answered_line_by_line():
    lines = [
        b"\xef\xbb\xbf]E09506000134352",  # the mark that some editors put at the beginning
        b"\xff\xfe",
        b"A\x00B",
        "Алло".encode(),
        "A\u2028B".encode(),
        b"A\x0bB",
        b"A" * 200_000,
        b"]E09506000134352",
    ]
    done = run("--stdin", keys=b"\n".join(lines))

    assert [answer.get("scheme") or answer["error"]["code"] for answer in answers(done)] == [
        "gtin",
        *["strange_character"] * 5,
        "unreadable_code",
        "gtin",
    ]


def test_the_day_sets_the_century():
    code = "]d2010950600013435217770101"
    years = [answers(run("--json", "--today", day, code))[0]["expires_on"] for day in ("2026-06-01", "2031-03-03")]
    assert years == ["1977-01-01", "2077-01-01"]


def test_without_a_day_it_is_today():
    assert run("--json", "]d2010950600013435210L1").exit_code == 0


def test_separators_may_be_named():
    code = "010950600013435210L1#21S1"
    assert answers(run("--json", code))[0]["error"]["code"] == "invalid_element"
    assert answers(run("--json", "--separator", "#", code))[0]["serial"] == "S1"
    assert answers(run("--json", "--separator", "#", "--separator", "%%", code))[0]["serial"] == "S1"


@pytest.mark.parametrize(
    "words",
    [(), ("--stdin", GOOD), ("--today", "yesterday", GOOD), ("--separator", "", GOOD), ("--today", "2026-02-30", GOOD)],
)
def test_wrong_use_is_told_with_status_2(words):
    done = run(*words)
    assert done.exit_code == 2
    assert "Usage" in done.stderr


def test_it_answers_while_the_next_code_is_not_yet_scanned():
    program = Path(sys.executable).with_name("vialtrace")
    with subprocess.Popen(
        [program, "scan", "--stdin", *TODAY], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    ) as process:
        for code, said in ((GOOD, "LOT-A1"), (WRONG, "error"), (GOOD, "LOT-A1")):
            process.stdin.write(code + "\n")
            process.stdin.flush()
            assert said in process.stdout.readline()
        process.stdin.close()
        assert process.wait(60) == 1
        assert process.stdout.read() == ""
