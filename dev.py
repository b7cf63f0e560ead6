#!/usr/bin/env python3
"""Sets up, runs and tests Vialtrace on a machine that has only Python.

    python3 dev.py setup                          make or refresh .venv with everything for development
    python3 dev.py run [--port N] [--data DIR]    serve a demo clinic, made once in DIR
    python3 dev.py test [for pytest ...]          run the tests in parallel

It uses the standard library only, and no syntax newer than Python 3.6, so that an older Python can say
which one is needed. Packages come from the hash-locked files in requirements/.
"""

import argparse
import errno
import hashlib
import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Dict, List, Optional

OLDEST, FIRST_UNTRIED = (3, 11), (3, 15)

ROOT = Path(__file__).resolve().parent
ENVIRONMENT = ROOT / ".venv"
PROGRAMS = ENVIRONMENT / ("Scripts" if os.name == "nt" else "bin")
PYTHON = PROGRAMS / ("python.exe" if os.name == "nt" else "python")
STAMP = ENVIRONMENT / "installed-locks"
PIP_LOG = ENVIRONMENT / "pip.log"

RUNTIME = "requirements/runtime.txt"
DEVELOPMENT = "requirements/development.txt"  # holds all of RUNTIME, at the same versions

PORT = 8000
DATA = ROOT / ".demo"
DATABASE_FILE = "vialtrace.sqlite"
VERSION_NOTE = "made-for"
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MOST_WORKERS = "8"


class Stop(Exception):
    """What stands in the way, in one sentence that says what to do."""


def main(arguments: List[str]) -> int:
    try:
        check_python()
        return dispatch(arguments)
    except Stop as reason:
        print(f"dev.py: {reason}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def dispatch(arguments: List[str]) -> int:
    if arguments[:1] == ["test"]:
        return test(arguments[1:])  # not argparse's to read: everything that follows is pytest's
    options = read(arguments)
    if options.command == "run":
        return run(options.port, options.data)
    return setup()


def read(arguments: List[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="dev.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", metavar="setup | run | test")
    commands.required = True
    commands.add_parser("setup", help="make or refresh .venv with everything for development")
    commands.add_parser("test", help="run the tests; further arguments go to pytest")
    running = commands.add_parser("run", help="serve a demo clinic")
    running.add_argument("--port", type=port_number, default=PORT, metavar="N", help="default: %(default)s")
    running.add_argument("--data", type=Path, default=DATA, metavar="DIR", help="default: .demo in the checkout")
    return parser.parse_args(arguments)


def port_number(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"a port is a number from 1 to 65535, not {text!r}")
    return int(text)


# The three commands


def setup() -> int:
    ensure(DEVELOPMENT)
    say("Ready: python3 dev.py run, python3 dev.py test")
    return 0


def run(port: int, data: Path) -> int:
    check_port(port)
    ensure(RUNTIME)
    data = data.resolve()
    prepare_demo(data)
    say(f"Serving the clinic in {shown(data)}; Ctrl-C ends it")
    return become(vialtrace("serve", "--port", str(port)), clinic_settings(data))


def test(for_pytest: List[str]) -> int:
    ensure(DEVELOPMENT)
    chromium = find_chromium()
    if chromium:
        say(f"Testing, with the browser {chromium}")
    else:
        say(f"No Chromium was found (looked for {', '.join(CHROMIUM_NAMES)}): tests that need a browser are skipped")
        say("Testing")
    command = [str(PYTHON), "-m", "pytest", "-n", "auto", "--maxprocesses", MOST_WORKERS, "--dist", "worksteal"]
    return subprocess.run([*command, *for_pytest], check=False, cwd=str(ROOT)).returncode


def find_chromium() -> Optional[str]:
    """The path of the first Chromium on the PATH, or None."""
    return next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


# The environment


def check_python() -> None:
    if not OLDEST <= sys.version_info[:2] < FIRST_UNTRIED:
        names = [f"python3.{minor}" for minor in range(FIRST_UNTRIED[1] - 1, OLDEST[1] - 1, -1)]
        found = next(filter(shutil.which, names), None)
        remedy = f"start dev.py with {found}" if found else "install one and start dev.py with it"
        raise Stop(f"Python 3.11 to 3.14 is needed, this is {sys.version.split()[0]}: {remedy}.")


def ensure(lock: str) -> None:
    """Have an environment in which `lock` and the project are installed; quick when it is there already."""
    stamp = read_stamp()
    if place() not in stamp or not PYTHON.exists():
        if stamp or not is_usable():
            make_environment()
        stamp = [place()]
    wanted = digest(lock)
    if wanted not in stamp and digest(DEVELOPMENT) not in stamp:
        install_lock(lock)
        stamp.append(wanted)
        write_stamp(stamp)
    if digest("pyproject.toml") not in stamp:
        install_project()
        write_stamp([line for line in stamp if not line.endswith(" pyproject.toml")] + [digest("pyproject.toml")])


def read_stamp() -> List[str]:
    """What is installed, a line each: the place, the locks by digest, the project's own description."""
    return STAMP.read_text(encoding="utf-8").splitlines() if STAMP.exists() else []


def write_stamp(lines: List[str]) -> None:
    STAMP.write_text("\n".join(lines) + "\n", encoding="utf-8")


def place() -> str:
    """An environment holds absolute paths: one that was moved or copied is made again."""
    return f"at {ENVIRONMENT}"


def digest(name: str) -> str:
    return f"{hashlib.sha256((ROOT / name).read_bytes()).hexdigest()} {name}"


def is_usable() -> bool:
    """Whether .venv, made by hand or by another tool, may stay: it has pip and a Python that we run on."""
    question = f"import pip, sys; sys.exit(not {OLDEST} <= sys.version_info[:2] < {FIRST_UNTRIED})"
    return PYTHON.exists() and subprocess.call([str(PYTHON), "-c", question], stderr=subprocess.DEVNULL) == 0


def make_environment() -> None:
    say(f"Making a virtual environment in .venv with Python {sys.version.split()[0]}")
    try:
        import venv  # noqa: PLC0415 - some systems ship Python without it, and a warm start does not need it

        venv.create(str(ENVIRONMENT), clear=True, symlinks=os.name != "nt", with_pip=True)
    except (ImportError, subprocess.CalledProcessError):
        # Debian and Ubuntu leave ensurepip out of the Python they install.
        raise Stop(
            "this Python cannot make a virtual environment: install its venv module "
            "(on Debian or Ubuntu: apt install python3-venv), then run this again."
        ) from None
    except OSError as error:
        raise Stop(f"the folder .venv cannot be made: {error}.") from None


def install_lock(lock: str) -> None:
    count = sum(line[:1].isalnum() for line in (ROOT / lock).read_text(encoding="utf-8").splitlines())
    say(f"Installing {count} packages from {lock}")
    pip_install(lock, "--require-hashes", "--only-binary", ":all:", "--retries", "2", "-r", str(ROOT / lock))


def install_project() -> None:
    say("Installing the project itself")
    pip_install("the project", "--no-index", "--no-deps", "--no-build-isolation", "-e", str(ROOT))


def pip_install(what: str, *arguments: str) -> None:
    command = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    done = subprocess.run(
        [*command, *arguments],
        check=False,
        cwd=str(ROOT),
        env=dict(os.environ, PIP_USER="0", PYTHONIOENCODING="utf-8"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    if done.returncode:
        PIP_LOG.write_bytes(done.stdout)
        raise Stop(why_pip_failed(done.stdout.decode("utf-8", "replace"), what))


def why_pip_failed(output: str, what: str) -> str:
    if "DO NOT MATCH THE HASHES" in output:
        return f"a package is not the one named in {what}: do not install it by hand; .venv/pip.log says which."
    # Whether the network, the index or a wheel for this system is missing, pip ends with the same words.
    missing = re.search(r"requirement (\S+).* \(from versions: none\)", output)
    if missing:
        return (
            f"no copy of {missing.group(1)} can be fetched: connect this machine to the network, or set PIP_INDEX_URL "
            f"or PIP_FIND_LINKS to a place that has the packages of {what} for this system, then run this again."
        )
    errors = [line for line in output.splitlines() if line.startswith("ERROR: ")]
    last = errors[-1][len("ERROR: ") :] if errors else "it did not say why"
    return f"pip could not install {what}: {last.rstrip('.')} (all it said: .venv/pip.log)."


# The demo clinic


def check_port(port: int) -> None:
    """Find out before anything is made, not after."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        if os.name != "nt":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server does
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            if error.errno in (errno.EACCES, errno.EPERM):
                raise Stop(f"port {port} needs more rights: choose one from 1024 on with --port.") from None
            other = port + 1 if port < 65535 else PORT
            raise Stop(
                f"port {port} is taken by another program: stop that, or choose another port, as in "
                f"`python3 dev.py run --port {other}`."
            ) from None


def prepare_demo(data: Path) -> None:
    """Have a whole demo clinic in `data`, of this version."""
    if not (data / DATABASE_FILE).exists():
        make_demo(data)
    elif not is_of_this_version(data):
        say(f"Upgrading the demo clinic in {shown(data)}")
        call_vialtrace(data, "database", "upgrade")
        note_version(data)


def make_demo(data: Path) -> None:
    """Make it beside its place and move it there, so that what stands there is whole."""
    unfinished = data.with_name(data.name + ".unfinished")
    try:
        if data.exists():
            data.rmdir()
        shutil.rmtree(str(unfinished), ignore_errors=True)
        unfinished.mkdir(parents=True, mode=0o700)
    except OSError as error:
        raise Stop(
            f"no demo clinic can be made in {shown(data)}: choose another folder with --data ({error})."
        ) from None
    say(f"Making a demo clinic in {shown(data)}")
    call_vialtrace(unfinished, "demo")
    note_version(unfinished)
    unfinished.rename(data)


def is_of_this_version(data: Path) -> bool:
    note = data / VERSION_NOTE
    return note.exists() and note.read_text(encoding="utf-8") == newest_migration()


def note_version(data: Path) -> None:
    (data / VERSION_NOTE).write_text(newest_migration(), encoding="utf-8")


def newest_migration() -> str:
    return max(path.name for path in (ROOT / "migrations" / "versions").glob("[0-9]*.py"))


def call_vialtrace(data: Path, *arguments: str) -> None:
    done = subprocess.run(vialtrace(*arguments), check=False, env=clinic_settings(data), stdout=subprocess.DEVNULL)
    if done.returncode:
        raise Stop(f"`vialtrace {' '.join(arguments)}` failed; what it said stands above.")


def clinic_settings(data: Path) -> Dict[str, str]:
    """The environment without any setting of a real clinic, so that the demo cannot touch it."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("VIALTRACE_")}
    return dict(others, VIALTRACE_DATA=str(data))


def vialtrace(*arguments: str) -> List[str]:
    return [str(PROGRAMS / "vialtrace"), *arguments]


def become(command: List[str], environment: Dict[str, str]) -> int:
    """Go on as `command`; on Windows, which cannot, wait for it."""
    if os.name != "nt":
        os.execve(command[0], command, environment)  # noqa: S606 - a fixed program of our own environment
    return subprocess.run(command, check=False, env=environment).returncode


def shown(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def say(line: str) -> None:
    print(f"dev.py: {line}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
