"""The offline client in TypeScript compiles under the strictest settings and brings phones and server together."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from infra.settings import Settings
from main import create_app
from tests.clients.conftest import LiveServer
from tests.clients.test_typescript_client import INSTALL, SOURCES, invited_patient, run, tool
from tests.factories import entry_body, lesion_body, new_email, ok, photo_form, signed_in
from tests.pictures import photo as picture
from tests.support.optional import skip_or_fail
from tests.support.server import ROOT, SETTINGS
from tests.sync.phones import backup, restore

EXAMPLE = ROOT / "examples" / "offline_client" / "typescript"
PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class CommandLinePhone:
    """The phone of `main.ts`: a new process for each thing it does, so that only its file remembers."""

    program: Path
    url: str
    file: Path

    def __call__(self, *words: str, status: int = 0) -> Any:
        """Run a command; what it printed."""
        command = [tool("node"), str(self.program), self.url, str(self.file), *words]
        environment = {**os.environ, "FIRST_DELAY_MS": "1"}
        said = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env=environment)
        assert said.returncode == status, said.stderr
        return json.loads(said.stdout) if status == 0 else said.stderr

    def write(self, *words: Any) -> Any:
        """Run a command whose last word is a body."""
        *first, body = words
        return self(*first, json.dumps(body))


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory, openapi_document: Path) -> Path:
    """The example, compiled against types that were generated from the OpenAPI document."""
    project = tmp_path_factory.mktemp("offline") / "typescript"
    shutil.copytree(EXAMPLE, project, ignore=shutil.ignore_patterns("node_modules", "build"))
    installed = subprocess.run(
        [tool("npm"), *INSTALL], cwd=project, capture_output=True, text=True, check=False, timeout=300
    )
    if installed.returncode != 0:
        skip_or_fail(f"npm ci failed, perhaps without a network:\n{installed.stderr}")
    for command in (
        ("openapi-typescript", str(openapi_document), "--output", "schema.d.ts"),
        ("tsc", "--project", "."),
    ):
        done = run(project, *command)
        assert done.returncode == 0, done.stdout + done.stderr
    return project / "build" / "main.js"


@pytest.fixture
def phones(program: Path, live_server: LiveServer, tmp_path: Path) -> tuple[CommandLinePhone, CommandLinePhone]:
    """Two phones of one patient, who has consented."""
    one, other = (CommandLinePhone(program, live_server.url, tmp_path / f"{name}.json") for name in ("one", "other"))
    email = new_email()
    one("accept", invited_patient(live_server), email, PASSWORD)
    other("sign-in", email, PASSWORD)
    one("consent")
    return one, other


@pytest.fixture
def app(live_server: LiveServer) -> Iterator[FastAPI]:
    """The database of the server, from another process."""
    values = {name.removeprefix(SETTINGS).lower(): value for name, value in live_server.environment.items()}
    app = create_app(Settings.model_validate(values))
    yield app
    app.state.database.dispose()


def notes(phone: CommandLinePhone) -> dict[str, Any]:
    """The notes that a phone shows, by entry."""
    return {object_id: entry.get("note") for object_id, entry in phone("shown", "entry").items()}


def entry(**changes: Any) -> dict[str, Any]:
    """An entry whose id the phone makes."""
    return {name: value for name, value in entry_body(**changes).items() if name != "id"}


def lesion() -> dict[str, Any]:
    """A lesion whose id the phone makes."""
    return {name: value for name, value in lesion_body().items() if name != "id"}


def test_what_one_phone_writes_offline_the_other_shows(phones: tuple[CommandLinePhone, CommandLinePhone]) -> None:
    one, other = phones
    nowhere = CommandLinePhone(one.program, "http://127.0.0.1:9", one.file)
    lump = nowhere.write("create", "lesion", lesion())
    looked = nowhere.write("create", "entry", entry(lesion_observations=[{"lesion_id": lump, "state": "gone"}]))
    nowhere.write("change", "entry", looked, entry(note="second"))
    gone = nowhere.write("create", "entry", entry())
    nowhere("delete", "entry", gone)
    assert "Unreachable" in nowhere("sync", status=1)
    assert len(nowhere("waiting")) == 5

    one("sync")
    other("sync")

    assert one("waiting") == one("aside") == []
    assert notes(other) == {looked: "second"}
    assert other("shown", "lesion") == one("shown", "lesion")
    assert set(one("shown", "lesion")) == {lump}


def test_of_two_texts_the_later_is_put_aside(phones: tuple[CommandLinePhone, CommandLinePhone]) -> None:
    one, other = phones
    written = one.write("create", "entry", entry(note="first"))
    one("sync")
    other("sync")
    one.write("change", "entry", written, entry(note="from one"))
    other.write("change", "entry", written, entry(note="from the other"))
    other.write("change", "entry", written, entry(note="from the other, again"))

    one("sync")
    other("sync")

    assert notes(one) == notes(other) == {written: "from one"}
    assert [(change["problem"]["type"], change["push"]["entry"]["note"]) for change in other("aside")] == [
        ("conflict", "from the other"),
        ("conflict", "from the other, again"),
    ]


def test_a_server_that_lost_something_gets_it_back(
    phones: tuple[CommandLinePhone, CommandLinePhone], app: FastAPI
) -> None:
    one, other = phones
    before, deleted = (one.write("create", "entry", entry(note="before")) for _ in range(2))
    one("sync")
    other("sync")
    kept = backup(app)
    lump = one.write("create", "lesion", lesion())
    after = one.write("create", "entry", entry(lesion_observations=[{"lesion_id": lump, "state": "gone"}]))
    one.write("change", "entry", before, entry(note="corrected"))
    one("delete", "entry", deleted)
    one("sync")
    one.write("change", "entry", before, entry(note="corrected again"))

    restore(app, kept)
    one("sync")
    other("sync")

    assert notes(one) == notes(other) == {before: "corrected again", after: None}
    assert set(other("shown", "lesion")) == {lump}
    assert one("waiting") == one("aside") == other("aside") == []


def test_what_a_phone_brought_back_and_went_on_with_is_not_undone_by_the_next(
    phones: tuple[CommandLinePhone, CommandLinePhone], app: FastAPI
) -> None:
    one, other = phones
    kept = backup(app)
    written = one.write("create", "entry", entry(note="first"))
    for note in ("second", "acknowledged"):
        one.write("change", "entry", written, entry(note=note))
    one("sync")
    other("sync")
    one.write("change", "entry", written, entry(note="newest"))
    restore(app, kept)

    for phone in (one, other, one):
        phone("sync")

    assert notes(one) == notes(other) == {written: "newest"}
    assert one("waiting") == one("aside") == other("waiting") == other("aside") == []


def test_a_photo_that_was_deleted_does_not_come_back_with_a_backup(
    phones: tuple[CommandLinePhone, CommandLinePhone], app: FastAPI
) -> None:
    one, _ = phones
    with httpx2.Client(base_url=one.url, timeout=60) as http:
        form = {"grant_type": "refresh_token", "refresh_token": json.loads(one.file.read_text())["refreshToken"]}
        patient = signed_in(cast("TestClient", http), ok(http.post("/v1/auth/token", data=form)), "")
        photo = ok(patient.post("/v1/patients/{me}/photos", **photo_form(picture())))["id"]
        one("sync")
        kept = backup(app)
        one("delete", "photo", photo)
        one("sync")

        restore(app, kept)
        there = ok(patient.get("/v1/patients/{me}/photos"))["items"]
        one("sync")

        assert [item["id"] for item in there] == [photo]
        assert ok(patient.get("/v1/patients/{me}/photos"))["items"] == []
    assert one("shown", "photo") == {}
    assert one("waiting") == one("aside") == []


def test_both_projects_in_typescript_have_the_same_dependencies() -> None:
    def locked(directory: Path) -> Any:
        packages = json.loads((directory / "package-lock.json").read_text())["packages"]
        return {name: package for name, package in packages.items() if name}

    assert locked(EXAMPLE) == locked(SOURCES)
