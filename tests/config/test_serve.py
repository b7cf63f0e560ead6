"""The server as it is started: first words, first page, first set-up, and what the log keeps."""

import json
import os
import re
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

PROGRAM = Path(sys.executable).with_name("vialtrace")


@pytest.fixture
def serve(tmp_path):
    """Start the real program; it is stopped afterwards."""
    started = []

    def start(**settings):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("VIALTRACE_")}
        environment |= {"VIALTRACE_DATA": str(tmp_path), "PYTHONUNBUFFERED": "1"} | settings
        log = (tmp_path / "log").open("wb")
        process = subprocess.Popen(
            [PROGRAM, "serve", "--port", str(free_port())],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        log.close()
        started.append(process)
        return process

    yield start
    for process in started:
        process.terminate()
        process.wait(60)
        process.stdout.close()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_an_empty_installation_shows_its_secret_once_on_the_console(serve, tmp_path, wait_until):
    process = serve(VIALTRACE_SECRET_KEY="x" * 32)
    url = re.search(r"http://127.0.0.1:\d+/first-run", process.stdout.readline()).group()
    secret = re.search(r"secret is (\w{20})", process.stdout.readline()).group(1)
    with urllib.request.urlopen(url) as answer:
        page = answer.read().decode()
        assert answer.headers["Server"] is None
    assert "Set up your clinic" in page
    assert secret not in page

    def is_logged():
        return "sign_in.first_run" in (tmp_path / "log").read_text()

    wait_until(is_logged)
    log = (tmp_path / "log").read_text()
    assert secret not in log
    line = next(json.loads(line) for line in log.splitlines() if "first_run" in line)
    assert (line["status"], line["method"], line["user_id"]) == (200, "GET", None)


def test_a_real_clinic_is_not_served_with_the_demos_secret(serve, tmp_path, monkeypatch):
    environment = os.environ | {"VIALTRACE_DATA": str(tmp_path), "VIALTRACE_ARGON2_MEMORY_KIB": "8"}
    key = "y" * 40
    (tmp_path / "demo-secret-key").write_text(key)
    words = ["init", "--organisation", "O", "--country", "FR", "--site", "S", "--time-zone", "UTC", "--name", "Ada A"]
    words += ["--rule-pack", "us_797", "--mixing-place", "hood", "--sign-in-name", "ada", "--password-stdin"]
    done = subprocess.run([PROGRAM, *words], env=environment, input=b"rain over the old harbour\n", check=False)
    assert done.returncode == 0
    process = serve()
    assert process.wait(60) == 1
    assert "is the demo's" in (tmp_path / "log").read_text()
