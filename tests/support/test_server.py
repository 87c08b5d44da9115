"""The program under the tests must be real, watched from start to end, and gone afterwards."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tests.support.server import ROOT, Server, ServerFailed

PROGRAM = """
import argparse, http.server, json, os, pathlib, signal, subprocess, sys, time

arguments = argparse.ArgumentParser()
arguments.add_argument("--host")
arguments.add_argument("--port", type=int)
arguments.add_argument("--be", default="well")
arguments = arguments.parse_args()

print("the program speaks", flush=True)
if arguments.be == "broken":
    sys.exit("the settings are wrong")
if arguments.be == "deaf":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
else:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(3))
worker = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
starts = pathlib.Path(os.environ["DERMATREND_DATA_DIR"]) / "starts"
starts.parent.mkdir(exist_ok=True)
with starts.open("a") as file:
    file.write("+")
warm = time.monotonic() + 0.3

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        ready = time.monotonic() > warm and arguments.be != "unready"
        self.send_response(200 if ready or self.path != "/health/ready" else 503)
        self.end_headers()
        settings = {name: value for name, value in os.environ.items() if name.startswith("DERMATREND_")}
        facts = {"cwd": os.getcwd(), "worker": worker.pid, "starts": starts.read_text(), "settings": settings}
        self.wfile.write(json.dumps(facts).encode())

http.server.ThreadingHTTPServer((arguments.host, arguments.port), Handler).serve_forever()
"""


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    """A small program that has the command line of ours."""
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    return [sys.executable, str(program)]


def facts(server: Server) -> dict[str, object]:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(f"{server.url}/", timeout=5) as answer:
        facts: dict[str, object] = json.load(answer)
    return facts


def is_running(pid: object) -> bool:
    """Whether the process is there and no zombie, which only waits for its parent."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def wait_until_gone(*pids: object) -> None:
    deadline = time.monotonic() + 10
    while any(is_running(pid) for pid in pids):
        assert time.monotonic() < deadline, f"still running: {pids}"
        time.sleep(0.02)


def test_the_program_gets_the_settings_of_the_test_and_none_of_ours(
    command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DERMATREND_DATABASE_URL", "sqlite:////home/me/real.db")

    with Server({"DERMATREND_PUBLIC_URL": "https://clinic.example"}, command=command) as server:
        seen = facts(server)

    data = str(server.directory / "data")
    assert seen["settings"] == {"DERMATREND_PUBLIC_URL": "https://clinic.example", "DERMATREND_DATA_DIR": data}
    assert seen["cwd"] == str(ROOT)


def test_nothing_is_left_of_the_program(command: list[str]) -> None:
    with Server(None, "--be", "deaf", command=command) as server:
        worker = facts(server)["worker"]
        assert is_running(server.process.pid)
        assert is_running(worker)

    wait_until_gone(server.process.pid, worker)
    assert not server.directory.exists()


def test_a_killed_program_starts_again_with_its_address_and_data(command: list[str]) -> None:
    with Server(command=command) as server:
        worker = facts(server)["worker"]

        server.kill()

        assert server.process.returncode == -signal.SIGKILL
        wait_until_gone(worker)
        server.restart()
        assert facts(server)["starts"] == "++"


def test_a_terminated_program_tells_its_exit_code(command: list[str]) -> None:
    with Server(command=command) as server:
        worker = facts(server)["worker"]

        assert server.terminate() == 3

        wait_until_gone(worker)


def test_a_restart_ends_the_running_program_first(command: list[str]) -> None:
    with Server(command=command) as server:
        first = server.process.pid

        server.restart()

        assert not is_running(first)
        assert facts(server)["starts"] == "++"
        assert server.log().count("the program speaks") == 2


def test_a_program_deaf_to_sigterm_is_reported_and_killed(command: list[str]) -> None:
    with Server(None, "--be", "deaf", command=command) as server:
        with pytest.raises(ServerFailed, match=r"still running 0\.2 s after SIGTERM"):
            server.terminate(within=0.2)

        assert server.process.returncode == -signal.SIGKILL


def test_a_program_that_cannot_start_is_reported_at_once_with_its_words(command: list[str]) -> None:
    started = time.monotonic()

    with pytest.raises(ServerFailed, match="exit code 1 before it was ready") as report:
        Server(None, "--be", "broken", command=command).__enter__()

    assert "the settings are wrong" in str(report.value)
    assert time.monotonic() - started < 20


def test_a_program_that_is_never_ready_is_given_up(command: list[str]) -> None:
    server = Server(None, "--be", "unready", command=command, ready_within=2)

    with pytest.raises(ServerFailed, match=r"not ready after 2 s:\nthe program speaks"), server:
        pass

    wait_until_gone(server.process.pid)
    assert not server.directory.exists()


def test_the_program_ends_with_a_test_run_that_is_killed(command: list[str], tmp_path: Path) -> None:
    script = (
        "import sys, time\n"
        "from tests.support.server import Server\n"
        "with Server(command=sys.argv[1:]) as server:\n"
        "    print(server.process.pid, server.directory, flush=True)\n"
        "    time.sleep(600)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, *command],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        text=True,
    ) as run:
        assert run.stdout is not None
        pid, directory = run.stdout.readline().split()
        assert is_running(pid)

        run.kill()

    wait_until_gone(pid)
    deadline = time.monotonic() + 10
    while Path(directory).exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
