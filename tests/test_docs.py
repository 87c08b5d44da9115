"""The documentation says what the code does: held line by line where that can be, and tried where it is a command."""

import itertools
import os
import re
import runpy
import shutil
import sqlite3
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import closing
from enum import Enum
from pathlib import Path
from typing import Any

import annotated_types
import httpx2
import psycopg
import pytest

from api.problems import status_of
from domain import errors
from domain.body_sites import SIDES, SITES
from domain.clocks import Flag
from domain.symptoms import CATALOGUE
from infra.settings import Settings
from main import run
from services import demo
from tests.support import postgres
from tests.support.optional import skip_or_fail
from tests.support.server import ROOT, Server
from tests.test_house import files


def read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def rows(path: str) -> list[list[str]]:
    """The cells of all rows of all tables of a document, without the heads."""
    lines = [line for line in read(path).splitlines() if line.startswith("|")]
    tables = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    heads = {index - 1 for index, cells in enumerate(tables) if set(cells[0]) == {"-"}}
    found = [cells for index, cells in enumerate(tables) if index not in heads and set(cells[0]) != {"-"}]
    assert found, f"{path} has no table"
    return found


def blocks(path: str, language: str = "") -> list[str]:
    """The fenced blocks of a document in one language."""
    found = re.findall(rf"^```{language}\n(.*?)^```$", read(path), re.MULTILINE | re.DOTALL)
    assert found, f"{path} has no block in {language!r}"
    return list(found)


# Tables that mirror the code


def setting_row(name: str) -> str:
    """A setting as its line in docs/settings.md."""
    field = Settings.model_fields[name]
    default = field.default.value if isinstance(field.default, Enum) else field.default
    shown = "" if default is None else f"`{str(default).lower() if isinstance(default, bool) else default}`"
    accepted = _accepted(field.annotation, field.metadata)
    return f"| `DERMATREND_{name.upper()}` | {shown} | {accepted} | {field.description} |"


def _accepted(kind: object, metadata: Sequence[Any]) -> str:
    if isinstance(kind, type) and issubclass(kind, Enum):
        return ", ".join(f"`{one.value}`" for one in kind)
    if kind is bool:
        return "`true`, `false`"
    for bound in metadata:
        if pattern := getattr(bound, "pattern", None):
            return ", ".join(f"`{word}`" for word in pattern.strip("^($)").split("|"))
    low = next((bound.ge for bound in metadata if isinstance(bound, annotated_types.Ge)), None)
    high = next((bound.le for bound in metadata if isinstance(bound, annotated_types.Le)), None)
    return "" if low is None else f"{low} - {high}" if high is not None else f"{low} or more"


def test_every_setting_is_documented_as_it_is() -> None:
    documented = [line for line in read("docs/settings.md").splitlines() if line.startswith("| `DERMATREND_")]

    assert documented == [setting_row(name) for name in Settings.model_fields]


def test_every_setting_that_a_document_names_exists() -> None:
    known = {f"DERMATREND_{name.upper()}" for name in Settings.model_fields}

    named = {
        (path.name, name)
        for path in [*files("*.md", "*.yaml", "*.yml"), ROOT / "Dockerfile"]
        for name in re.findall(r"DERMATREND_[A-Z_]+[A-Z]", path.read_text(encoding="utf-8"))
    }

    assert {name for _, name in named} <= known, named
    assert known & {name for document, name in named if document == "compose.yaml"}


def test_every_error_is_documented_with_its_status() -> None:
    documented = [(int(status), name.strip("`")) for status, name, *_ in rows("docs/errors.md")]

    actual = sorted((status_of(kind), kind.name()) for kind in errors.leaves())
    assert sorted(documented) == actual
    assert [status for status, _ in documented] == sorted(status for status, _ in documented)


def test_every_error_says_when_it_happens_and_what_to_do() -> None:
    for _, name, when, what_to_do in rows("docs/errors.md"):
        assert when, name
        assert what_to_do, name


def test_the_example_of_a_problem_document_is_a_true_one() -> None:
    (example,) = blocks("docs/errors.md", "json")

    name = re.search(r"/problems/([a-z-]+)", example)
    assert name
    (kind,) = [kind for kind in errors.leaves() if kind.name() == name[1]]
    assert kind.sentence() in example
    assert f'"title": "{kind.title()}"' in example
    assert f'"status": {status_of(kind)}' in example


def test_every_symptom_is_documented_with_its_label_question_and_code() -> None:
    documented = {cells[0]: cells[1:4] for cells in rows("docs/clinical.md") if len(cells) == 5}

    for definition in CATALOGUE:
        asked = "interference 0-10" if definition.asks_interference else "count" if definition.asks_count else ""
        row = [definition.labels["en"], asked, definition.snomed_ct or "none"]
        assert documented[f"`{definition.symptom}`"] == row
    assert len(CATALOGUE) == len(documented)


def test_every_body_site_and_side_is_documented_with_its_code() -> None:
    documented = [cells for cells in rows("docs/clinical.md") if len(cells) == 3 and re.fullmatch(r"\d+", cells[2])]

    assert documented == [[f"`{one.site}`", one.labels["en"], one.snomed_ct] for one in SITES]
    for side in SIDES:
        assert f"`{side.side}` {side.snomed_ct or ''}".strip() in read("docs/clinical.md")


def test_every_doubt_about_a_clock_is_documented() -> None:
    named = {cells[0].strip("`") for cells in rows("docs/clinical.md")}

    assert {str(flag) for flag in Flag} <= named
    for flag in Flag:
        assert f"`{flag}`" in read("docs/glossary.md")


# What documents and code say of each other


def links() -> Iterator[tuple[Path, str]]:
    """Every relative link: the document and the target."""
    for document in files("*.md"):
        text = re.sub(r"```.*?```", "", document.read_text(encoding="utf-8"), flags=re.DOTALL)
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            if not re.match(r"[a-z]+:", target):
                yield document, target


def anchors(document: Path) -> set[str]:
    """The places in a document that a link can name."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_link_between_documents_leads_somewhere() -> None:
    broken = []
    for document, target in (found := list(links())):
        file, _, anchor = target.partition("#")
        there = (document.parent / file) if file else document
        if not there.exists() or (anchor and anchor not in anchors(there)):
            broken.append(f"{document.relative_to(ROOT)}: {target}")

    assert len(found) > 30
    assert broken == []


def test_every_file_that_a_document_names_exists() -> None:
    path = re.compile(r"`((?:api|services|domain|models|infra|tests|alembic|docs)/[\w./-]*|main\.py|dermatrend)`")

    named = {(document, name) for document in files("*.md") for name in path.findall(document.read_text("utf-8"))}

    assert len(named) > 30
    assert sorted(name for _, name in named if not (ROOT / name).exists()) == []


def test_every_decision_that_the_code_cites_is_there() -> None:
    cited = {
        (path, citation)
        for path in files("*.py")
        for citation in re.findall(r"docs/decisions/([\w-]+)", path.read_text(encoding="utf-8"))
    }

    assert cited
    for path, citation in cited:
        assert list((ROOT / "docs/decisions").glob(f"{citation}*.md")), f"{path}: {citation}"


def test_every_decision_is_listed_and_has_its_four_parts() -> None:
    records = sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))
    listed = re.findall(r"\]\(([0-9]{4}-[\w-]+\.md)\)", read("docs/decisions/README.md"))

    assert [record.name for record in records] == listed
    assert [record.name[:4] for record in records] == [f"{number:04}" for number in range(1, len(records) + 1)]
    for record in records:
        text = record.read_text(encoding="utf-8")
        assert re.findall(r"^\*\*(\w+)\.\*\*", text, re.MULTILINE) == [
            "Context",
            "Decision",
            "Consequences",
            "Alternatives",
        ], record.name
        assert text.startswith(f"# {record.name[:4]} "), record.name


def test_no_document_has_a_place_left_to_fill_in() -> None:
    open_places = [
        f"{document.relative_to(ROOT)}: {place}"
        for document in files("*.md")
        for place in re.findall(r"@[A-Z_]+@|\bTODO\b|\bTBD\b", document.read_text(encoding="utf-8"))
    ]

    assert open_places == []


def test_the_changelog_is_of_this_version() -> None:
    versions = re.findall(r"^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d$", read("CHANGELOG.md"), re.MULTILINE)

    assert versions[0] == tomllib.loads(read("pyproject.toml"))["project"]["version"]


# Commands


def launcher_words() -> set[str]:
    """What follows `./dermatrend` anywhere in the documents."""
    words = {
        word
        for document in files("*.md", "*.yaml")
        for word in re.findall(r"\./dermatrend ([a-z-]+)", document.read_text(encoding="utf-8"))
    }
    assert words
    return words


def test_every_command_in_the_documents_exists() -> None:
    own = {"check", "test"}
    for word in launcher_words() - own:
        with pytest.raises(SystemExit) as told:
            run([word, "--help"])
        assert told.value.code == 0, word

    assert own <= launcher_words()
    assert os.access(ROOT / "dermatrend", os.X_OK)
    assert os.access(ROOT / ".ci/run", os.X_OK)


def test_the_launcher_names_all_its_steps() -> None:
    launcher = runpy.run_path(str(ROOT / "dermatrend"))

    (listed,) = re.findall(r"only the steps that follow:\n +([a-z ]+)\n", launcher["__doc__"])
    assert listed.split() == list(launcher["STEPS"])


def test_one_version_of_uv_installs_everywhere() -> None:
    named = {match for path in ("dermatrend", "Dockerfile") for match in re.findall(r'"(uv[=~<>!]+[^"]+)"', read(path))}

    assert len(named) == 1


@pytest.fixture(scope="module")
def curl() -> None:
    """The program with which the README asks."""
    if shutil.which("curl") is None:
        skip_or_fail("curl is not installed")


@pytest.fixture(scope="module")
def demo_server() -> Iterator[Server]:
    """The server as the README's first command starts it."""
    with Server(None, "--demo") as server:
        yield server


def run_shell(script: str, server: Server) -> str:
    """Run a script of a document, all of it or up to what fails, against a server; what it printed."""
    script = script.replace("http://127.0.0.1:8000", server.url)
    # `./dermatrend` would install first; what it then becomes is this.
    script = script.replace(".venv/bin/python", sys.executable).replace("./dermatrend ", f"{sys.executable} main.py ")
    told = subprocess.run(
        ["/bin/bash", "-euo", "pipefail", "-c", script],
        cwd=ROOT,
        env={**os.environ, "DERMATREND_DATA_DIR": str(server.directory / "data"), "no_proxy": "127.0.0.1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert told.returncode == 0, f"{told.stdout}\n{told.stderr}"
    return told.stdout


@pytest.mark.usefixtures("curl")
def test_the_first_requests_of_the_readme_work(demo_server: Server) -> None:
    (script,) = [block for block in blocks("README.md", "sh") if "improving@demo.example" in block]

    said = run_shell(script, demo_server)

    assert "attempt 1: 201" in said
    assert "attempt 2: 200" in said
    assert '"/problems/invalid-request"' in said
    assert '"pointer":"/recorded_at"' in said
    assert "yesterday" not in said
    assert re.search(r"^change_class +(better|worse|stable|insufficient)$", said, re.MULTILINE)


@pytest.mark.usefixtures("curl")
def test_a_clinic_of_ones_own_begins_as_the_readme_says(demo_server: Server) -> None:
    (script,) = [block for block in blocks("README.md", "sh") if "create-clinic" in block]

    clinician, patient = run_shell(script, demo_server).splitlines()

    assert '"role":"clinician","status":"invited"' in clinician
    assert '"name":"Ana Duarte"' in patient
    assert '"invitation_code":"' in patient


def test_the_readme_signs_in_as_the_demo_is_made() -> None:
    readme = read("README.md")

    assert f"username={demo.CLINICIAN}" in readme
    assert f"password={demo.PASSWORD}" in readme


def test_a_backup_and_its_restore_work_as_documented(demo_server: Server, tmp_path: Path) -> None:
    save, bring_back = [
        block.replace("/backups", str(tmp_path)).replace("/srv", str(tmp_path))
        for block in blocks("docs/operations.md", "sh")
        if "/backups/monday" in block
    ]

    run_shell(save, demo_server)
    said = run_shell(bring_back, demo_server)

    with closing(sqlite3.connect(tmp_path / "restored" / "dermatrend.sqlite3")) as database:
        (restored,) = database.execute("SELECT count(*) FROM entry").fetchone()
    with closing(sqlite3.connect(demo_server.directory / "data" / "dermatrend.sqlite3")) as database:
        assert database.execute("SELECT count(*) FROM entry").fetchone() == (restored,)
    assert restored > 500
    assert f"entry: {restored:,}" in said
    assert "WRONG" not in said
    assert said.count("\nok ") > 20


def test_the_log_has_no_path_query_or_address_of_a_caller() -> None:
    handshake = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    form = {"grant_type": "password", "username": "duarte@example.org", "password": "of Duarte"}
    with Server() as server:
        for headers in ({}, handshake, {"User-Agent": "Duarte"}):
            httpx2.get(f"{server.url}/v1/patients/duarte?q=Duarte", headers=headers, trust_env=False)
        httpx2.post(f"{server.url}/v1/auth/token", data=form, trust_env=False)
        server.terminate()
        log = server.log()

    assert "/v1/patients/{patient_id}" in log
    assert "duarte" not in log.lower()
    assert set(re.findall(r"127\.0\.0\.1:(\d+)", log)) == {str(server.port)}


def test_postgresql_set_as_documented_logs_nothing_of_a_refused_or_slow_entry() -> None:
    documented = next(block for block in blocks("docs/security.md") if "log_error_verbosity" in block)
    quiet = dict(line.split(" = ") for line in documented.splitlines())
    as_is = {"log_min_duration_statement": "0"}

    assert "Ana Duarte" in what_postgresql_logs(as_is)
    assert "Ana Duarte" not in what_postgresql_logs({**as_is, **quiet})
    for name, value in quiet.items():
        assert f'"{name}={value}"' in read("compose.yaml")


def what_postgresql_logs(settings: dict[str, str]) -> str:
    """The log of a server on which one row was stored and two were refused."""
    try:
        with postgres.private_server(settings) as server, psycopg.connect(server.superuser_url, autocommit=True) as own:
            own.execute("CREATE TABLE entry (note text UNIQUE, severity int CHECK (severity BETWEEN 0 AND 10))")
            for severity in (3, 3, 11):
                try:
                    own.execute("INSERT INTO entry VALUES (%s, %s)", ["Ana Duarte", severity])
                except psycopg.IntegrityError:
                    continue
            return server.log()
    except postgres.PostgresUnavailable as unavailable:
        skip_or_fail(unavailable)


# The image


def test_the_image_has_all_that_the_server_needs(tmp_path: Path) -> None:
    dockerfile = read("Dockerfile")
    rules = [line for line in read(".dockerignore").splitlines() if line and not line.startswith("#")]
    let_in = {rule[1:] for rule in rules if rule.startswith("!")}
    copied = [line.split()[1:] for line in dockerfile.splitlines() if re.match(r"COPY (?!--from)", line)]

    for *sources, target in copied:
        for source in sources:
            assert source in let_in, f"{source} is kept out by .dockerignore"
            place = tmp_path / "app" / target
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, place, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                place.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / source, place)

    assert rules[0] == "*"
    assert let_in == set(itertools.chain.from_iterable(sources for *sources, _ in copied))
    with Server(command=(sys.executable, str(tmp_path / "app" / "main.py"), "serve")) as server:
        answer = httpx2.get(f"{server.url}/v1/consent-document", trust_env=False)
    assert answer.status_code == 200


def test_the_image_runs_as_nobody_special_and_says_when_it_is_ill() -> None:
    last_stage = read("Dockerfile").rpartition("\nFROM ")[2]
    (health,) = re.findall(r'CMD \["python", "-c", "(.+)"\]$', last_stage, re.MULTILINE)

    assert re.search(r"^USER (\d+):\1$", last_stage, re.MULTILINE)
    with Server() as server:
        program = health.replace("8000", str(server.port))
        assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
        server.kill()
        assert subprocess.run([sys.executable, "-c", program], check=False, capture_output=True).returncode != 0
