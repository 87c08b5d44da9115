"""A whole installation: the program as a process, a clinic in its database, and people who speak to that process."""

import json
import re
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Barrier
from typing import Any, NamedTuple, TypeVar, cast

import httpx2
from fastapi.testclient import TestClient

from main import create_app
from tests.conftest import settings
from tests.factories import Body, Clinic, Person, found_clinic
from tests.support.server import PROGRAM, Server

T = TypeVar("T")

RECORDING = b"services.diary.process"
RECORDED_APART = "entries are recorded by a process of their own"

CHEAP = {
    "DERMATREND_PASSWORD_MEMORY_KIB": "8",
    "DERMATREND_PASSWORD_PASSES": "1",
    "DERMATREND_ACCESS_TOKEN_MINUTES": "60",
}
"""Settings of a server under test: passwords are hashed cheaply, tokens outlive the slowest test."""


def impatient(*, waiting: int, timeout_s: int) -> dict[str, str]:
    """Settings of a server with a short queue and little patience."""
    return {
        "DERMATREND_ENTRIES_WAITING": str(waiting),
        "DERMATREND_DATABASE_TIMEOUT_SECONDS": str(timeout_s),
    }


@dataclass(frozen=True)
class Answer:
    """An HTTP answer that was read whole."""

    status: int
    headers: Mapping[str, str]
    body: Any


@dataclass(frozen=True)
class Installation:
    """A running server, and a clinic in its database whose people speak to it."""

    database_url: str
    server: Server
    http: httpx2.Client
    clinic: Clinic


@contextmanager
def installed(
    database_url: str, environment: Mapping[str, str], *extra: str, command: Sequence[str] = PROGRAM
) -> Iterator[Installation]:
    """An installation on an empty database, which the program migrates; gone when the block is left.

    Its workers have their processes for single entries, if they are to have them and the log tells of it.
    """
    with ExitStack() as leaving:
        server = leaving.enter_context(
            Server({**environment, "DERMATREND_DATABASE_URL": database_url}, *extra, command=command)
        )
        http = leaving.enter_context(client(server))
        if environment.get("DERMATREND_RECORD_APART") != "false" and "DERMATREND_LOG_LEVEL" not in environment:
            wait_for_recording(server)
        yield Installation(database_url, server, http, new_clinic(database_url, server, http))


def wait_for_recording(server: Server) -> None:
    """Wait until each worker has its process for single entries, as it has for most of its life."""
    server.wait_for(RECORDED_APART, times=server.workers)


def recording_processes(server: Server) -> list[int]:
    """The processes that record single entries for the workers of a server (Linux)."""
    group = str(server.process.pid)
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            is_one = RECORDING in (process / "cmdline").read_bytes()
            fields = (process / "stat").read_text().rpartition(")")[2].split()
            if is_one and fields[2] == group:
                found.append(int(process.name))
    return found


def client(server: Server) -> httpx2.Client:
    """Somebody who speaks to a server over TCP, on as many connections as it takes."""
    return httpx2.Client(
        base_url=server.url,
        trust_env=False,
        timeout=60,
        # Below the five seconds after which the server hangs up, so that no request meets a closing connection.
        limits=httpx2.Limits(max_connections=None, max_keepalive_connections=None, keepalive_expiry=3),
    )


def new_clinic(database_url: str, server: Server, http: httpx2.Client) -> Clinic:
    """A clinic founded as the command line does it, whose people do all else over TCP."""
    app = create_app(settings(database_url, server.directory / "data"))
    try:
        # A test client is a client that reaches its application without TCP; the people need no more than a client.
        return found_clinic(app, cast("TestClient", http))
    finally:
        app.state.database.dispose()


class RecordedTogether(NamedTuple):
    """Transactions that recorded single entries, and how many entries those were."""

    groups: int
    entries: int


def recorded_together(installation: Installation) -> RecordedTogether:
    """What the server's metrics say by now."""
    text = installation.http.get("/metrics").text
    pattern = r"^dermatrend_entries_recorded_together_(count|sum) (\S+)$"
    found = {name: int(float(number)) for name, number in re.findall(pattern, text, re.MULTILINE)}
    return RecordedTogether(found["count"], found["sum"])


def at_once(calls: Sequence[Callable[[], T]]) -> list[T]:
    """What each call returns, when all are made at the same instant, as nearly as threads can."""
    everybody_is_here = Barrier(len(calls))

    def call_with_the_others(call: Callable[[], T]) -> T:
        everybody_is_here.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(call_with_the_others, calls))


def kill_at_answer(
    server: Server,
    person: Person,
    method: str,
    path: str,
    body: Body | None = None,
    *,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """What a server answers, killed with its whole group in the instant in which the answer has been read."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        connection.sendall(request(person, method, path, body, headers=headers))
        received = b""
        while not is_whole(received):
            more = connection.recv(65536)
            assert more, f"hung up after {received!r}"
            received += more
        server.kill()
    return read_answer(received)


def request(
    person: Person,
    method: str,
    path: str,
    body: Body | None = None,
    *,
    headers: Mapping[str, str] | None = None,
) -> bytes:
    """A request as it goes over the wire; `{me}` in the path is the person's id."""
    content = b"" if body is None else json.dumps(body).encode()
    head = {"Host": "127.0.0.1", "Content-Length": str(len(content)), **person.headers(dict(headers or {}))}
    if body is not None:
        head["Content-Type"] = "application/json"
    lines = [f"{method} {path.replace('{me}', person.id)} HTTP/1.1", *(f"{name}: {head[name]}" for name in head)]
    return "\r\n".join([*lines, "", ""]).encode() + content


def read_answer(received: bytes) -> Answer:
    """An answer as it came over the wire."""
    head, _, content = received.partition(b"\r\n\r\n")
    first, *lines = head.decode("ascii").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Answer(int(first.split()[1]), headers, json.loads(content) if content else None)


def is_whole(received: bytes) -> bool:
    """Whether an answer has come to its end."""
    head, end, content = received.partition(b"\r\n\r\n")
    length = re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
    return bool(end) and len(content) >= (int(length[1]) if length else 0)
