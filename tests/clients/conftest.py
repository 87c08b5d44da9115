"""What every client is tested against: the OpenAPI document and a live server, both made by the program itself."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.factories import new_email
from tests.support import optional, postgres
from tests.support.server import ROOT, SETTINGS, Server


@dataclass(frozen=True)
class LiveServer:
    """A server process, and its command line."""

    url: str
    environment: Mapping[str, str]

    def found_clinic(self) -> dict[str, Any]:
        """Run `create-clinic`; what it prints, and the administrator's e-mail."""
        email = new_email()
        answer = json.loads(run("create-clinic", "Clinic", "--admin-email", email, environment=self.environment))
        return {"admin_email": email, **answer}


def run(*arguments: str, environment: Mapping[str, str]) -> str:
    """What a command of the program prints, with these settings and no others."""
    ours = {name: value for name, value in os.environ.items() if not name.upper().startswith(SETTINGS)}
    command = [sys.executable, "main.py", *arguments]
    done = subprocess.run(
        command, cwd=ROOT, env={**ours, **environment}, capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr
    return str(done.stdout)


@pytest.fixture(scope="session")
def openapi_document(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file that `python main.py openapi` prints."""
    directory = tmp_path_factory.mktemp("openapi")
    file = directory / "openapi.json"
    file.write_text(run("openapi", environment={f"{SETTINGS}DATA_DIR": str(directory / "data")}), encoding="utf-8")
    return file


@pytest.fixture(scope="session")
def document(openapi_document: Path) -> dict[str, Any]:
    """The OpenAPI document."""
    loaded: dict[str, Any] = json.loads(openapi_document.read_text(encoding="utf-8"))
    return loaded


@pytest.fixture(scope="session")
def live_server(kind: str) -> Iterator[LiveServer]:
    """A server process on a database of its own."""
    with _database(kind) as environment, Server(environment) as server:
        yield LiveServer(server.url, {f"{SETTINGS}DATA_DIR": str(server.directory / "data"), **environment})


@contextmanager
def _database(kind: str) -> Iterator[dict[str, str]]:
    if kind == "sqlite":  # what a server has that was told nothing
        yield {}
        return
    try:
        url = postgres.shared_url({"fsync": "off"})
    except postgres.PostgresUnavailable as unavailable:
        optional.skip_or_fail(unavailable)
    with postgres.fresh_database(url) as own:
        yield {f"{SETTINGS}DATABASE_URL": own}
