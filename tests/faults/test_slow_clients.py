"""Clients that dawdle, by accident or on purpose, take nothing from the others and are hung up on."""

import re
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from threading import Event, Thread

import pytest

from tests.factories import entry_body, ok
from tests.faults import forms
from tests.faults.installations import (
    Installation,
    installed,
    is_whole,
    read_answer,
    recording_processes,
    request,
)
from tests.faults.ledger import ENTRIES
from tests.faults.phones import crowd
from tests.support.server import Server

OF_EACH = 100
"""Slow in sending headers, in sending bodies, in reading answers."""
SECONDS = forms.either(5, 60)
LONGEST_P95_S = 1.0
MOST_MEMORY_MIB = 150
CONNECTIONS = 4
PROMPT = (
    "import sys, api.connections as c\n"
    "c.HEADERS_WITHIN_S = 1.0; c.READERS_LOOKED_AT_EVERY_S = 1.0\n"
    "import main; sys.exit(main.run(['serve', *sys.argv[1:]]))\n"
)
"""The program, with less patience than it has."""


@pytest.fixture(scope="module")
def busy(environment: Mapping[str, str], new_database: Callable[[], str]) -> Iterator[Installation]:
    """An installation whose patient has a diary that takes long to read."""
    with installed(new_database(), environment) as installation:
        for _ in range(4):
            batch = {"entries": [entry_body(note="x" * 2000) for _ in range(100)]}
            ok(installation.clinic.patient.post(f"{ENTRIES}/batch", batch))
        yield installation


def memory_mib(server: Server) -> float:
    """What the server holds, with the process that records for it."""
    statuses = [Path(f"/proc/{pid}/status").read_text() for pid in (server.process.pid, *recording_processes(server))]
    return sum(int(size) for status in statuses for size in re.findall(r"^VmRSS:\s+(\d+)", status, re.MULTILINE)) / 1024


def dial(server: Server, *, window: int | None = None) -> socket.socket:
    """A connection, with as little room for what it does not read as wanted."""
    connection = socket.socket()
    if window:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
    connection.connect(("127.0.0.1", server.port))
    return connection


def dawdle(connections: list[socket.socket], ending: Event) -> None:
    """Send one byte on each from time to time, to look alive."""
    while not ending.wait(0.5):
        for connection in connections:
            with suppress(OSError):
                connection.send(b"x")


def test_three_hundred_slow_connections_do_not_slow_the_others(
    busy: Installation, tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    server, patient = busy.server, busy.clinic.patient
    body = request(patient, "POST", ENTRIES, entry_body())
    unread = request(patient, "GET", f"{ENTRIES}?limit=100")
    phones = crowd(server.url, busy.clinic, tmp_path)
    before, ending = memory_mib(server), Event()
    with ExitStack() as leaving:
        slow = [leaving.enter_context(dial(server)) for _ in range(2 * OF_EACH)]
        for number, connection in enumerate(slow):
            connection.sendall(b"POST / HTTP/1.1\r\nX: " if number % 2 else body[:-100])
        for _ in range(OF_EACH):
            reader = leaving.enter_context(dial(server, window=4096))
            reader.sendall(unread)
            assert reader.recv(1) == b"H"  # it is being answered, and from here on reads nothing
        dawdling = Thread(target=dawdle, args=(slow, ending), daemon=True)
        dawdling.start()
        with phones.sending(CONNECTIONS):
            time.sleep(SECONDS)
        ending.set()
        dawdling.join()
        grown = memory_mib(server) - before

    took = sorted(phones.seconds)
    p95 = took[len(took) * 95 // 100]
    with capsys.disabled():
        sys.stdout.write(f"[{kind}: p95 {p95:.3f} s of {len(took)} requests, {grown:.0f} MiB more] ")
    assert set(phones.statuses) <= {200, 201}
    assert len(took) > 20
    assert p95 < LONGEST_P95_S
    assert grown < MOST_MEMORY_MIB
    phones.settle()
    forms.count(slow_connections=3 * OF_EACH)


@pytest.fixture(scope="module")
def impatient(environment: Mapping[str, str], new_database: Callable[[], str]) -> Iterator[Installation]:
    """An installation that waits for a second only."""
    command = [sys.executable, "-c", PROMPT]
    settings = {**environment, "DERMATREND_BODY_TIMEOUT_SECONDS": "1"}
    with installed(new_database(), settings, command=command) as installation:
        yield installation


def said_until_the_end(connection: socket.socket, within_s: float) -> bytes:
    """What comes until the other side hangs up."""
    connection.settimeout(within_s)
    with suppress(ConnectionResetError):
        return b"".join(iter(lambda: connection.recv(65536), b""))
    return b""


def answered(connection: socket.socket) -> bytes:
    """One whole answer, on a connection that stays open."""
    said = b""
    while not is_whole(said):
        said += connection.recv(65536)
    return said


@pytest.mark.parametrize("begun", [b"", b"GET /health/live HTTP/1.1\r\nHost: x\r\nX: "])
def test_headers_that_do_not_come_to_an_end_are_not_waited_for(impatient: Installation, begun: bytes) -> None:
    with dial(impatient.server) as connection:
        connection.sendall(begun)

        assert said_until_the_end(connection, 10) == b""


def test_a_connection_that_is_used_again_is_not_cut_between_requests(impatient: Installation) -> None:
    asked = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"
    with dial(impatient.server) as connection:
        for _ in range(4):
            connection.sendall(asked)
            assert read_answer(answered(connection)).status == 200
            time.sleep(0.6)


def test_a_body_that_does_not_come_to_an_end_is_refused_by_name(impatient: Installation) -> None:
    whole = request(impatient.clinic.patient, "POST", ENTRIES, entry_body())
    with dial(impatient.server) as connection:
        connection.sendall(whole[:-20])

        answer = read_answer(said_until_the_end(connection, 10))

    assert answer.status == 408
    assert answer.body["type"] == "/problems/body-too-slow"
    assert answer.headers["connection"] == "close"


@pytest.mark.parametrize("path", [ENTRIES, f"{ENTRIES}/batch"])
def test_a_chunked_body_is_refused_as_soon_as_it_is_too_long(impatient: Installation, path: str) -> None:
    person = impatient.clinic.patient
    limit = 1_048_576 if path == ENTRIES else 16_777_216
    head = f"POST {path.replace('{me}', person.id)} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
    head += f"Content-Type: application/json\r\nAuthorization: Bearer {person.token}\r\n\r\n"
    chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
    with dial(impatient.server) as connection:
        connection.sendall(head.encode())
        sent = 0
        connection.settimeout(10)
        with suppress(ConnectionError, TimeoutError):
            while sent <= limit + 65536:
                connection.sendall(chunk)
                sent += 65536
        answer = read_answer(answered(connection))

    assert answer.status == 413
    assert answer.body["type"] == "/problems/body-too-large"


def test_who_does_not_read_the_answer_is_hung_up_on(impatient: Installation) -> None:
    patient = impatient.clinic.add_patient()
    for _ in range(4):
        batch = {"entries": [entry_body(note="ü" * 4000) for _ in range(125)]}
        ok(patient.post(f"{ENTRIES}/batch", batch))
    with dial(impatient.server, window=4096) as connection:
        connection.sendall(request(patient, "GET", f"{ENTRIES}?limit=500"))
        time.sleep(4)

        said = said_until_the_end(connection, 10)

    assert said.startswith(b"HTTP/1.1 200") or said == b""
    assert not said.endswith(b"}")
