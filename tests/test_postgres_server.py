"""The starter of the throw-away PostgreSQL: what the tests rely on, and what it leaves behind."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from scratch import make_folder

FIXTURES = Path(__file__).parent / "fixtures"


def test_the_server_listens_on_no_port_and_keeps_another_zone(postgres_address):
    with psycopg.connect(**postgres_address.parameters("postgres")) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        assert connection.execute("SHOW TimeZone").fetchone() == ("Asia/Kathmandu",)


def test_the_server_does_not_run_as_root(postgres_address):
    socket = Path(postgres_address.folder) / ".s.PGSQL.5432"
    assert socket.stat().st_uid != 0


def test_text_is_kept_as_unicode_and_sorted_by_bytes(postgres_address):
    with psycopg.connect(**postgres_address.parameters("postgres")) as connection:
        row = connection.execute("SELECT 'Ωμέγα µ ≤' || chr(128137), 'Z' < 'a'").fetchone()
    assert row == ("Ωμέγα µ ≤\N{SYRINGE}", True)


def _start_in_child(**environment: str) -> subprocess.Popen[str]:
    code = (
        "import sys, postgres_server as starter\n"
        "try:\n"
        "    server = starter.start_server()\n"
        "except starter.PostgresMissing as why:\n"
        "    sys.exit(f'missing: {why}')\n"
        "print(server.process.pid, server.folder, server.data, flush=True)\n"
        "sys.stdin.readline()\n"
        "server.stop()\n"
    )
    return subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(FIXTURES)} | environment,
    )


def _has_ended(pid: int) -> bool:
    state = Path(f"/proc/{pid}/stat")
    return not state.exists() or state.read_text().rsplit(")", 1)[1].split()[0] == "Z"


def test_stopping_leaves_neither_process_nor_folders(postgres_address):
    with _start_in_child() as child:
        pid, *folders = child.stdout.readline().split()
        child.communicate("stop\n")
    assert child.returncode == 0
    assert not any(Path(folder).exists() for folder in folders)
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid), 0)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
def test_a_killed_run_takes_its_server_along_and_the_next_run_its_folders(postgres_address, wait_until):
    with _start_in_child() as child:
        pid, *folders = child.stdout.readline().split()
        child.send_signal(signal.SIGKILL)
        child.communicate()
    wait_until(lambda: _has_ended(int(pid)))
    for folder in map(Path, folders):
        make_folder(folder.parent).rmdir()
        assert not folder.exists()


def test_a_wrong_pg_bin_is_said_in_a_sentence(tmp_path):
    with _start_in_child(PG_BIN=str(tmp_path)) as child:
        _, errors = child.communicate()
    assert errors == f"missing: PG_BIN is {tmp_path}, where there is no initdb\n"
