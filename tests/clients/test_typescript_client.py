"""A TypeScript client, generated from the OpenAPI document, compiles under the strictest settings and tells a diary.

Its source is in `typescript/`: `app.ts` is what an app developer writes, `schema.d.ts` is generated beside it.
"""

import json
import shutil
import subprocess
from pathlib import Path
from typing import cast

import httpx2
import pytest
from fastapi.testclient import TestClient

from tests.clients.conftest import LiveServer
from tests.factories import accept, invite, ok, patient_body
from tests.support.optional import skip_or_fail

SOURCES = Path(__file__).parent / "typescript"
INSTALL = ("ci", "--ignore-scripts", "--no-audit", "--no-fund")
OLDEST_NODE = 20


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sources with their dependencies, exactly those of the lock file."""
    version = subprocess.check_output([tool("node"), "--version"], text=True).strip()
    if int(version.removeprefix("v").partition(".")[0]) < OLDEST_NODE:
        skip_or_fail(f"node is {version}, and the client needs at least {OLDEST_NODE}")
    directory = tmp_path_factory.mktemp("typescript")
    shutil.copytree(SOURCES, directory, dirs_exist_ok=True, ignore=shutil.ignore_patterns("node_modules", "build"))
    command = [tool("npm"), *INSTALL]
    installed = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False, timeout=300)
    if installed.returncode != 0:
        skip_or_fail(f"npm ci failed, perhaps without a network:\n{installed.stderr}")
    return directory


@pytest.fixture(scope="session")
def compiled(project: Path, openapi_document: Path) -> Path:
    """The app, compiled against types that were generated from the OpenAPI document."""
    for command in (
        ("openapi-typescript", str(openapi_document), "--output", "schema.d.ts"),
        ("tsc", "--project", "."),
    ):
        done = run(project, *command)
        assert done.returncode == 0, done.stdout + done.stderr
    return project / "build" / "app.js"


def test_a_phone_app_in_typescript_tells_a_diary(compiled: Path, live_server: LiveServer) -> None:
    code = invited_patient(live_server)

    command = [tool("node"), str(compiled), live_server.url, code]
    told = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    assert (told.returncode, told.stdout) == (0, "told\n"), told.stderr


def test_the_compiler_refuses_what_the_contract_does_not_know(compiled: Path, project: Path) -> None:
    source = (project / "app.ts").read_text(encoding="utf-8")
    wrong = source.replace('symptom: "pain", severity: 9', 'symptom: "boredom", severity: 9')
    assert wrong != source
    (project / "wrong.ts").write_text(wrong, encoding="utf-8")
    settings = {"extends": "./tsconfig.json", "compilerOptions": {"noEmit": True}, "include": ["wrong.ts"]}
    (project / "wrong.json").write_text(json.dumps(settings))

    refused = run(project, "tsc", "--project", "wrong.json")

    assert compiled.exists()
    assert refused.returncode != 0
    assert """Type '"boredom"' is not assignable""" in refused.stdout


def invited_patient(server: LiveServer) -> str:
    """The code that a clinician hands over to a new patient."""
    clinic = server.found_clinic()
    with httpx2.Client(base_url=server.url, timeout=60) as client:
        http = cast("TestClient", client)  # the same methods, over a socket
        clinician = invite(accept(http, clinic["invitation_code"], clinic["admin_email"]), "clinician")
        made = ok(clinician.post("/v1/patients", patient_body(enrolled_on="2025-05-01")))
        return str(made["invitation"]["invitation_code"])


def run(project: Path, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a tool that the project depends on."""
    command = [str(project / "node_modules" / ".bin" / name), *arguments]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)


def tool(name: str) -> str:
    """Where a tool is that the machine must have."""
    return shutil.which(name) or skip_or_fail(f"{name} is not installed: the TypeScript client needs node and npm")
