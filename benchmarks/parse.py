"""Parse Server from npm, with sessions of as many patients of its own: what somebody might take instead of us."""

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from crowd import Somebody

from tests.support.server import Server

SOURCES = Path(__file__).parent / "parse_server"
SCRIPT = SOURCES / "post.lua"
READY_WITHIN_S = 180


class ParseServerMissing(Exception):
    """There is no Parse Server to compare with; the message says why."""


@contextmanager
def parse_server(url: str, crowd: Sequence[Somebody], directory: Path) -> Iterator[tuple[Server, Path]]:
    """Parse Server with tables of its own in a PostgreSQL database, and the file of its patients for `SCRIPT`.

    Raises:
        ParseServerMissing: node or npm is not there, or nothing could be installed.
    """
    node, project = _installed(directory / "parse_server")
    patients = directory / "parse_patients"
    told = {
        "NODE_ENV": "production",
        "PARSE_SERVER_LOGS_FOLDER": "null",
        "PARSE_DATABASE_URL": url,
        "PARSE_PATIENTS": str(patients),
        "PARSE_PATIENTS_WANTED": str(len(crowd)),
    }
    with Server(told, command=(node, str(project / "server.mjs")), ready_within=READY_WITHIN_S) as server:
        sessions = patients.read_text().split("\n")
        ours = (" ".join(map(str, (*one.lesions, *one.medications))) for one in crowd)
        patients.write_text("".join(f"{session} {rest}\n" for session, rest in zip(sessions, ours, strict=False)))
        yield server, patients


def _installed(project: Path) -> tuple[str, Path]:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        message = "it needs node and npm"
        raise ParseServerMissing(message)
    shutil.copytree(SOURCES, project, ignore=shutil.ignore_patterns("node_modules"))
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        message = f"npm ci failed, perhaps without a network:\n{done.stderr}"
        raise ParseServerMissing(message)
    return node, project
