"""Fixtures: every test that asks for a database runs on SQLite and on PostgreSQL.

Clinics see nothing of each other, so tests share one application and each works in a clinic of its own.
"""

import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

import main
from infra import migrations
from infra.db import Database
from infra.settings import PREFIX, Settings
from main import create_app
from tests.factories import Clinic, found_clinic
from tests.fakes import FakeClock
from tests.faults import forms
from tests.support import optional, postgres

KINDS = ("sqlite", "postgresql")
Run = Callable[..., tuple[int, str, str]]
"""A database's URL, a data directory, a command and its arguments: exit status, standard output, standard error."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the golden files anew instead of comparing")


def pytest_configure(config: pytest.Config) -> None:
    # What a person has set for a server of their own must not change what is tested.
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        del os.environ[name]
    postgres.prepare(config)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What the fault tests have counted."""
    if counted := forms.totals():
        terminalreporter.section("faults")
        terminalreporter.write_line(", ".join(f"{name} {number:,}" for name, number in sorted(counted.items())))


def migrate(url: str) -> None:
    """Bring a database to the newest schema."""
    database = Database(url.replace("postgresql://", "postgresql+psycopg://"), connections=2, timeout_s=60)
    migrations.upgrade(database)
    database.dispose()


@pytest.fixture(scope="session", params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """Which database."""
    return str(request.param)


@pytest.fixture(scope="session")
def migrated_template(kind: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A migrated database to copy: a file of SQLite, or the name of a PostgreSQL template."""
    if kind == "sqlite":
        file = tmp_path_factory.mktemp("template") / "migrated.sqlite3"
        migrate(f"sqlite:///{file}")
        return str(file)
    return postgres.template_database(_server(), "migrated", migrate)


@pytest.fixture(scope="session")
def shared_database_url(kind: str, migrated_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A migrated database that tests share."""
    yield from _copy(kind, migrated_template, tmp_path_factory.mktemp("shared"))


@pytest.fixture
def database_url(kind: str, migrated_template: str, tmp_path: Path) -> Iterator[str]:
    """A migrated database of the test's own."""
    yield from _copy(kind, migrated_template, tmp_path)


@pytest.fixture
def empty_database_url(kind: str, tmp_path: Path) -> Iterator[str]:
    """A database without any table."""
    if kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite3'}"
    else:
        with postgres.fresh_database(_server()) as url:
            yield url


@pytest.fixture(scope="session")
def shared_app(shared_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """The application that tests share."""
    app = create_app(settings(shared_database_url, tmp_path_factory.mktemp("data")))
    yield app
    close(app)


@pytest.fixture
def make_app(tmp_path: Path) -> Iterator[Callable[..., FastAPI]]:
    """Makes applications with other settings on a database: `make_app(url, snomed_codes=False)`."""
    made: list[FastAPI] = []

    def make(database_url: str, **changes: object) -> FastAPI:
        made.append(create_app(settings(database_url, tmp_path / "data", **changes)))
        return made[-1]

    yield make
    for app in made:
        close(app)


def close(app: FastAPI) -> None:
    """What the end of the program does, which a test client does not bring about."""
    app.state.darkroom.studio.close()
    app.state.database.dispose()


@pytest.fixture
def clock() -> FakeClock:
    """The time that the application believes it is."""
    return FakeClock()


@pytest.fixture
def app(shared_app: FastAPI, clock: FakeClock) -> FastAPI:
    """The application, at the time of the test's clock."""
    shared_app.state.now = clock
    return shared_app


@pytest.fixture
def http(app: FastAPI) -> TestClient:
    """Somebody who is not signed in."""
    return TestClient(app)


@pytest.fixture
def clinic(app: FastAPI, http: TestClient) -> Clinic:
    """A clinic of the test's own, with an administrator, a clinician and a patient who consented."""
    return found_clinic(app, http)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command on an installation: see `Run`."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level

    def run_command(url: str, data: Path, *arguments: object) -> tuple[int, str, str]:
        monkeypatch.setenv("DERMATREND_DATABASE_URL", url)
        monkeypatch.setenv("DERMATREND_DATA_DIR", str(data))
        monkeypatch.setenv("DERMATREND_POSTGRESQL_PROGRAMS", str(postgres.programs()))
        capsys.readouterr()
        status = main.run([str(argument) for argument in arguments])
        root.handlers = handlers  # a command writes its log to an output that ends with the test
        root.setLevel(level)
        said = capsys.readouterr()
        return status, said.out, said.err

    return run_command


def settings(database_url: str, data_dir: Path, **changes: object) -> Settings:
    """Settings for tests: passwords are hashed cheaply, sign-ins are not limited, reports are written in threads."""
    return Settings.model_validate(
        {
            "database_url": database_url,
            "data_dir": data_dir,
            "password_memory_kib": 8,
            "password_passes": 1,
            "sign_in_attempts_per_minute": 1000,
            "report_processes": 0,
            **changes,
        }
    )


def _copy(kind: str, template: str, directory: Path) -> Iterator[str]:
    if kind == "sqlite":
        file = directory / "copy.sqlite3"
        file.write_bytes(Path(template).read_bytes())
        yield f"sqlite:///{file}"
    else:
        with postgres.fresh_database(_server(), template=template) as url:
            yield url


def _server() -> str:
    try:
        return postgres.shared_url({"fsync": "off"})
    except postgres.PostgresUnavailable as unavailable:
        optional.skip_or_fail(unavailable)
