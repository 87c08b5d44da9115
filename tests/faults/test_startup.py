"""Starting and stopping: many processes at once, a database that is not migrated, settings that are not safe."""

import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import text

from infra import migrations
from infra.db import Database
from infra.settings import Settings
from tests.factories import Body, entry_body, new_id, ok, problem
from tests.faults.installations import Installation, at_once, client, installed, new_clinic, read_answer, request
from tests.support.server import ROOT, Server

PROCESSES = 4
LONGEST_START_S = 20
LONGEST_STOP_S = 15
PRODUCTION = {
    "DERMATREND_ENVIRONMENT": "production",
    "DERMATREND_PUBLIC_URL": "https://diary.example",
    "DERMATREND_SECRET_KEY": "a secret of forty characters, at the least",
    "DERMATREND_PASSWORD_MEMORY_KIB": "19456",
    "DERMATREND_PASSWORD_PASSES": "2",
}
"""Settings with which production starts."""
ALWAYS_ANSWERED = {"/health/live", "/metrics"}
ENTRIES = "/v1/patients/{me}/entries"


@pytest.fixture(scope="module")
def running(environment: Mapping[str, str], new_database: Callable[[], str]) -> Iterator[Installation]:
    """An installation that tests stop and start."""
    with installed(new_database(), environment) as installation:
        yield installation


def surroundings(settings: Mapping[str, str]) -> dict[str, str]:
    """The environment of a process: ours without our settings, and these settings."""
    return {name: value for name, value in os.environ.items() if not name.startswith("DERMATREND_")} | dict(settings)


def run(settings: Mapping[str, str], *arguments: str) -> "subprocess.CompletedProcess[str]":
    """A command of the program, run to its end."""
    command = [sys.executable, "main.py", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=surroundings(settings), capture_output=True, text=True, timeout=60, check=False
    )


def wait_until(happened: Callable[[], bool], within_s: float) -> None:
    """Look again and again, until the time is up."""
    deadline = time.monotonic() + within_s
    while not happened():
        assert time.monotonic() < deadline, f"it did not happen in {within_s} s"
        time.sleep(0.02)


def waiting(settings: Mapping[str, str]) -> "subprocess.Popen[str]":
    """A migration that has imported all that it needs and waits for a word, so that several really meet."""
    script = "import sys, main; print('here', flush=True); sys.stdin.readline(); sys.exit(main.run(['migrate']))"
    return subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=surroundings(settings),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def operations(document: Body) -> Iterator[tuple[str, str]]:
    """Method and path of every operation that needs the database, with ids that nobody has."""
    for path, methods in document["paths"].items():
        if path not in ALWAYS_ANSWERED:
            for method in methods:
                yield method.upper(), re.sub(r"\{\w+\}", new_id(), path)


def is_alive(server: Server) -> bool:
    """Whether a server answers at all."""
    try:
        return httpx2.get(f"{server.url}/health/live", trust_env=False).status_code == 200
    except httpx2.TransportError:
        return False


def group_exists(group: int) -> bool:
    """Whether any process is left of a group."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_migrations_started_at_once_make_one_schema(
    environment: Mapping[str, str], new_database: Callable[[], str], tmp_path: Path
) -> None:
    settings = {**environment, "DERMATREND_DATABASE_URL": (url := new_database()), "DERMATREND_DATA_DIR": str(tmp_path)}
    with ExitStack() as leaving:
        crowd = [leaving.enter_context(waiting(settings)) for _ in range(PROCESSES)]
        assert [process.stdout and process.stdout.readline() for process in crowd] == ["here\n"] * PROCESSES

        said = at_once([partial(process.communicate, "now\n", 60) for process in crowd])

    assert said == [("", "")] * PROCESSES
    assert [process.returncode for process in crowd] == [0] * PROCESSES
    migrated = Database(Settings(database_url=url).database(), connections=2, timeout_s=10)
    assert migrations.is_current(migrated)
    with migrated.reader() as session:
        assert session.scalar(text("SELECT count(*) FROM alembic_version")) == 1
        assert session.scalar(text("SELECT count(*) FROM installation")) == 1
    migrated.dispose()


def test_servers_started_at_once_on_nothing_are_one_service(
    environment: Mapping[str, str], new_database: Callable[[], str], tmp_path: Path
) -> None:
    data = tmp_path / "data"
    settings = {**environment, "DERMATREND_DATABASE_URL": (url := new_database()), "DERMATREND_DATA_DIR": str(data)}
    with ExitStack() as leaving:
        servers = at_once([partial(leaving.enter_context, Server(settings)) for _ in range(PROCESSES)])
        clients = [leaving.enter_context(client(server)) for server in servers]

        generations = {ok(http.get("/v1/server"))["generation"] for http in clients}
        patient = new_clinic(url, servers[0], clients[0]).patient
        answers = [http.get("/v1/me", headers=patient.headers()) for http in clients]

    assert len(generations) == 1
    assert [ok(answer)["patient_id"] for answer in answers] == [patient.id] * PROCESSES
    assert [file.name for file in data.glob("secret*")] == ["secret.key"]
    assert stat.S_IMODE((data / "secret.key").stat().st_mode) == 0o600


def test_an_unmigrated_database_is_said_to_be_one_until_it_is_migrated(
    environment: Mapping[str, str], new_database: Callable[[], str], tmp_path: Path
) -> None:
    settings = {**environment, "DERMATREND_DATABASE_URL": new_database(), "DERMATREND_DATA_DIR": str(tmp_path)}
    server = Server(settings, command=[sys.executable, "-m", "uvicorn", "main:app"])
    with ExitStack() as leaving, ThreadPoolExecutor(1) as waiter:
        becoming_ready = waiter.submit(leaving.enter_context, server)
        wait_until(lambda: is_alive(server), LONGEST_START_S)
        http = leaving.enter_context(client(server))
        known = list(operations(ok(http.get("/openapi.json"))))
        assert len(known) > 40

        for method, path in known:
            answer = http.request(method, path)
            assert answer.status_code == 503
            assert method.lower() == "head" or problem(answer, 503, "not-migrated")
            assert int(answer.headers["Retry-After"]) > 0
        assert not becoming_ready.done()
        migrated = run(settings, "migrate")

        assert (migrated.returncode, migrated.stderr) == (0, "")
        assert becoming_ready.result(LONGEST_START_S) is server
        assert ok(http.get("/v1/server"))["generation"]
        assert problem(http.get("/v1/me"), 401, "not-signed-in")


@pytest.mark.parametrize(
    ("changes", "arguments", "sentence"),
    [
        (
            {"DERMATREND_SECRET_KEY": None},
            ["serve"],
            "DERMATREND_SECRET_KEY must be set in production.",
        ),
        (
            {"DERMATREND_SECRET_KEY": "swordfish"},
            ["serve"],
            "DERMATREND_SECRET_KEY must have at least 32 characters.",
        ),
        (
            {"DERMATREND_PUBLIC_URL": "http://diary.example"},
            ["serve"],
            "DERMATREND_PUBLIC_URL must be an https:// address in production.",
        ),
        (
            {"DERMATREND_PUBLIC_URL": None},
            ["serve"],
            "DERMATREND_PUBLIC_URL must be an https:// address in production.",
        ),
        (
            {"DERMATREND_PASSWORD_MEMORY_KIB": "8"},
            ["serve"],
            "DERMATREND_PASSWORD_MEMORY_KIB must be at least 19456 in production.",
        ),
        (
            {"DERMATREND_PASSWORD_PASSES": "1"},
            ["serve"],
            "DERMATREND_PASSWORD_PASSES must be at least 2 in production.",
        ),
        (
            {"DERMATREND_SECRET_KEY": None},
            ["create-clinic", "Clinic", "--admin-email", "admin@example.org"],
            "DERMATREND_SECRET_KEY must be set in production.",
        ),
        (
            {},
            ["serve", "--demo"],
            "--demo has passwords that everybody knows; it is not for production.",
        ),
    ],
)
def test_production_does_not_start_unsafely_and_says_why_in_a_sentence(
    environment: Mapping[str, str],
    tmp_path: Path,
    changes: Mapping[str, str | None],
    arguments: list[str],
    sentence: str,
) -> None:
    wanted = {**environment, **PRODUCTION, "DERMATREND_DATA_DIR": str(tmp_path / "data"), **changes}
    settings = {name: value for name, value in wanted.items() if value is not None}

    refused = run(settings, *arguments)

    assert (refused.stderr, refused.stdout, refused.returncode) == (f"{sentence}\n", "", 2)
    assert not (tmp_path / "data").exists()


def test_production_starts_with_safe_settings(environment: Mapping[str, str]) -> None:
    with Server({**environment, **PRODUCTION}) as server:
        assert is_alive(server)
        assert not (server.directory / "data" / "secret.key").exists()


@pytest.mark.parametrize("workers", [1, 2])
def test_a_server_asked_to_end_finishes_what_it_began_and_leaves_nothing_behind(
    environment: Mapping[str, str], new_database: Callable[[], str], tmp_path: Path, workers: int
) -> None:
    settings = {**environment, "TMPDIR": str(tmp_path)}
    with installed(new_database(), settings, "--workers", str(workers)) as installation:
        server, patient, entry = installation.server, installation.clinic.patient, entry_body()
        head, _, body = request(patient, "POST", ENTRIES, entry, headers={"Expect": "100-continue"}).partition(
            b"\r\n\r\n"
        )
        with socket.create_connection(("127.0.0.1", server.port), timeout=LONGEST_STOP_S) as connection:
            connection.sendall(head + b"\r\n\r\n")
            assert connection.recv(1024) == b"HTTP/1.1 100 Continue\r\n\r\n"

            server.process.terminate()
            wait_until(lambda: server.log().count('"Shutting down"') == workers, LONGEST_STOP_S)
            connection.sendall(body)
            answer = read_answer(b"".join(iter(lambda: connection.recv(65536), b"")))

        assert answer.status == 201
        assert server.process.wait(LONGEST_STOP_S) in {0, -signal.SIGTERM}
        wait_until(lambda: not group_exists(server.process.pid), LONGEST_STOP_S)
        assert list(tmp_path.iterdir()) == []
        server.restart()
        assert ok(patient.get(f"{ENTRIES}/{entry['id']}")) == answer.body


def test_a_server_is_soon_ready(running: Installation, capsys: pytest.CaptureFixture[str], kind: str) -> None:
    running.server.kill()
    started = time.monotonic()

    running.server.restart()

    seconds = time.monotonic() - started
    with capsys.disabled():
        sys.stdout.write(f"[{kind}: ready after {seconds:.2f} s] ")
    assert seconds < LONGEST_START_S


def test_a_server_that_calculates_trends_has_not_loaded_scipy_or_pandas(running: Installation) -> None:
    patient = running.clinic.patient
    for day in range(1, 29):
        ok(patient.post(ENTRIES, entry_body(recorded_at=f"2026-02-{day:02}T20:00:00+01:00")))

    (pain,) = ok(patient.get("/v1/patients/{me}/trends", params={"from": "2026-02-01", "to": "2026-02-28"}))["symptoms"]

    assert pain["n"] == 28
    loaded = Path(f"/proc/{running.server.process.pid}/maps").read_text()
    assert "/numpy/" in loaded
    assert [name for name in ("scipy", "pandas", "matplotlib") if f"/{name}/" in loaded] == []


def test_the_application_is_made_without_importing_what_only_tests_use(
    environment: Mapping[str, str], tmp_path: Path
) -> None:
    script = "import sys, main; main.create_app(); print(*{name.partition('.')[0] for name in sys.modules})"
    env = surroundings({**environment, "DERMATREND_DATA_DIR": str(tmp_path)})

    made = subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=env, capture_output=True, text=True, check=True)

    imported = set(made.stdout.split())
    assert {"fastapi", "numpy", "sqlmodel"} <= imported
    assert imported & {"scipy", "pandas", "pymannkendall", "matplotlib", "hypothesis", "pytest", "httpx2"} == set()
