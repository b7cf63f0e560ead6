"""`dev.py` and the locks: what a newcomer with nothing but Python meets."""

import ast
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

import dev

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("runtime", "postgres", "development")


def _run(root, *arguments, **environment):
    return subprocess.run(
        [sys.executable, root / "dev.py", *arguments],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
        env=os.environ | environment,
    )


def _refusal(done):
    """What stopped it: one line, and no traceback."""
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("dev.py: ")
    assert done.stderr.endswith(".\n")
    return done.stderr.removeprefix("dev.py: ").strip()


@pytest.fixture
def checkout(tmp_path):
    """A checkout in which nothing is set up."""
    for name in ("dev.py", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    return tmp_path


@pytest.fixture
def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def test_an_old_python_can_read_the_file():
    ast.parse((ROOT / "dev.py").read_text(), feature_version=(3, 6))


@pytest.mark.parametrize("version", [(3, 10, 13), (3, 15, 0), (2, 7, 18), (4, 0, 0)])
def test_a_python_outside_the_range_is_refused_with_what_to_do(monkeypatch, version):
    monkeypatch.setattr(sys, "version_info", version)
    monkeypatch.setattr(sys, "version", ".".join(map(str, version)) + " (built somewhere)")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(dev.Stop) as stop:
        dev.check_python()
    assert str(stop.value) == (
        f"Python 3.11 to 3.14 is needed, this is {'.'.join(map(str, version))}: install one and start dev.py with it."
    )


def test_an_old_python_names_the_newer_one_beside_it(monkeypatch, tmp_path):
    newer = tmp_path / "python3.12"
    newer.touch(mode=0o755)
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(dev.Stop, match=r"start dev\.py with python3\.12\.$"):
        dev.check_python()


def test_the_refused_range_is_that_of_the_project():
    wanted = re.search(r'requires-python = ">=(\d)\.(\d+),<(\d)\.(\d+)"', (ROOT / "pyproject.toml").read_text())
    assert (*dev.OLDEST, *dev.FIRST_UNTRIED) == tuple(map(int, wanted.groups()))


def test_a_taken_port_is_refused_before_anything_is_made(checkout, free_port):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", int(free_port)))
        taken.listen()
        done = _run(checkout, "run", "--port", free_port)
    assert f"port {free_port} is taken by another program" in _refusal(done)
    assert not (checkout / ".venv").exists()


@pytest.mark.parametrize("port", ["0", "65536", "-1", "80a", ""])
def test_what_is_no_port_is_refused(checkout, port):
    done = _run(checkout, "run", "--port", port)
    assert done.returncode == 2
    assert "a port is a number from 1 to 65535" in done.stderr or "expected one argument" in done.stderr


def test_a_python_without_venv_is_told_what_to_install(checkout, free_port, tmp_path_factory):
    without = tmp_path_factory.mktemp("without")
    (without / "venv.py").write_text("raise ImportError('left out')")
    done = _run(checkout, "run", "--port", free_port, PYTHONPATH=str(without))
    assert "apt install python3-venv" in _refusal(done)


def test_without_a_network_the_first_missing_package_is_named(checkout, free_port):
    _usable_environment(checkout)
    done = _run(
        checkout,
        "run",
        "--port",
        free_port,
        PIP_CONFIG_FILE=os.devnull,
        PIP_FIND_LINKS=str(checkout),
        PIP_INDEX_URL="http://127.0.0.1:9/simple",
        PIP_NO_CACHE_DIR="1",
    )
    assert re.match(r"no copy of alembic==[\d.]+ can be fetched: connect this machine to the network", _refusal(done))


def _usable_environment(checkout):
    """An environment with pip and nothing else: a link to the pip of this one, since making one takes seconds."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", checkout / ".venv"], check=True)
    import pip  # noqa: PLC0415 - its place is all that is wanted

    packages = next((checkout / ".venv" / "lib").glob("python*/site-packages"))
    (packages / "pip").symlink_to(Path(pip.__file__).parent)


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "a package is not the one named"),
        (
            "ERROR: Could not find a version that satisfies the requirement x==1 (from versions: none)",
            "no copy of x==1",
        ),
        ("WARNING: slow\nERROR: first\nERROR: No space left on device.", "No space left on device (all it said:"),
        ("", "it did not say why"),
    ],
)
def test_why_pip_failed_is_one_sentence(output, expected):
    reason = dev.why_pip_failed(output, "requirements/runtime.txt")
    assert expected in reason
    assert reason.endswith(".")
    assert "\n" not in reason


def test_chromium_is_found_by_any_of_its_names(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert dev.find_chromium() is None
    browser = tmp_path / "google-chrome"
    browser.touch(mode=0o755)
    assert dev.find_chromium() == str(browser)


@pytest.fixture
def our_programs(monkeypatch):
    """The programs of the environment that runs the tests."""
    monkeypatch.setattr(dev, "PROGRAMS", Path(sys.executable).parent)


def _answers(address):
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


def test_a_demo_is_made_whole_brought_along_and_served(our_programs, tmp_path, free_port, wait_until, monkeypatch):
    monkeypatch.setenv("VIALTRACE_DATABASE", "postgresql+psycopg://a-real-clinic")  # must not reach the demo
    data = tmp_path / "demo"
    dev.prepare_demo(data)
    assert dev.is_of_this_version(data)
    assert [folder.name for folder in tmp_path.iterdir()] == ["demo"]

    (data / dev.VERSION_NOTE).write_text("0000_before.py")
    dev.prepare_demo(data)
    assert dev.is_of_this_version(data)

    serve = [*dev.vialtrace("serve"), "--port", free_port]
    with subprocess.Popen(serve, env=dev.clinic_settings(data), stdout=subprocess.PIPE, text=True) as server:
        wait_until(lambda: server.poll() is not None or _answers(f"http://127.0.0.1:{free_port}/"))
        server.send_signal(signal.SIGINT)
        said, _ = server.communicate()
    assert f"http://127.0.0.1:{free_port}" in said
    assert "pharmacist" in said


def test_a_demo_is_not_made_over_other_files(tmp_path):
    (tmp_path / "letters.txt").write_text("mine")
    with pytest.raises(dev.Stop, match="choose another folder with --data"):
        dev.prepare_demo(tmp_path)
    with pytest.raises(dev.Stop, match="choose another folder with --data"):
        dev.prepare_demo(tmp_path / "letters.txt")
    assert (tmp_path / "letters.txt").read_text() == "mine"


def _pins(lock):
    """The packages of a lock with version, marker and hashes."""
    return set(re.split(r"\n(?=\S)", (ROOT / "requirements" / f"{lock}.txt").read_text().strip()))


@pytest.mark.parametrize(("smaller", "larger"), [("runtime", "postgres"), ("postgres", "development")])
def test_a_larger_lock_holds_the_smaller_one(smaller, larger):
    assert _pins(smaller) <= _pins(larger)


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_has_hashes_and_no_address(lock):
    for pin in _pins(lock):
        assert "--hash=sha256:" in pin
        assert "://" not in pin
