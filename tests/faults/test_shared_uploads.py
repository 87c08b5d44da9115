"""One upload, two processes: one writes at a time, a dead one lets go, and a changed file is never mixed in."""

import hashlib
import os
import re
import signal
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import httpx2
import pytest

from tests.factories import PIECE, TUS, Person, new_upload, ok, problem
from tests.faults import forms
from tests.faults.installations import Answer, Installation, at_once, installed, is_whole, read_answer
from tests.faults.stores import PHOTOS
from tests.pictures import photo

UPLOADS = "/v1/patients/{me}/uploads"
ROUNDS = forms.either(10, 200)
LETS_GO_WITHIN_S = 5
SENT = 30_000


@pytest.fixture(scope="module")
def installation(environment: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Two processes; the database makes no difference here."""
    url = f"sqlite:///{tmp_path_factory.mktemp('database') / 'dermatrend.sqlite3'}"
    with installed(url, {**environment, "DERMATREND_DATABASE_URL": url}, "--workers", "2") as made:
        yield made


@pytest.fixture
def patient(installation: Installation) -> Person:
    return installation.clinic.add_patient()


class Phone:
    """A connection to one process of a server, which sends pieces as slowly as it is told.

    Attributes:
        process: which one.
    """

    def __init__(self, port: int) -> None:
        self._connection = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.process = _process_behind(self._connection)

    def begin(self, patient: Person, upload: str, at: int, piece: bytes, *, sent: int) -> None:
        """Send a piece up to there."""
        headers = {**patient.headers(PIECE), "Host": "x", "Upload-Offset": str(at), "Content-Length": str(len(piece))}
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self._connection.sendall(f"PATCH {upload} HTTP/1.1\r\n{head}\r\n".encode() + piece[:sent])
        self._rest = piece[sent:]

    def finish(self) -> Answer:
        """Send the rest, and read the answer."""
        self._connection.sendall(self._rest)
        received = b""
        while not is_whole(received):
            more = self._connection.recv(65536)
            assert more, f"hung up after {received!r}"
            received += more
        return read_answer(received)

    def send(self, patient: Person, upload: str, at: int, piece: bytes) -> Answer:
        """Send a whole piece."""
        self.begin(patient, upload, at, piece, sent=len(piece))
        return self.finish()

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


@pytest.fixture
def two_phones(installation: Installation) -> Iterator[Callable[[], tuple[Phone, Phone]]]:
    """Makes two phones that speak to different processes."""
    with ExitStack() as leaving:

        def make() -> tuple[Phone, Phone]:
            phones: dict[int, Phone] = {}
            for _ in range(200):
                phone = Phone(installation.server.port)
                leaving.callback(phone.close)
                phones[phone.process] = phone
                if len(phones) == 2:
                    one, other = phones.values()
                    return one, other
            pytest.fail("every connection led to the same process")

        yield make


def _process_behind(connection: socket.socket) -> int:
    """The process that has accepted a connection (Linux)."""
    client, server = connection.getsockname()[1], connection.getpeername()[1]
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        found = re.search(rf"0100007F:{server:04X} 0100007F:{client:04X} 01 (?:\S+ +){{5}}(\d+)", _connections())
        for process in Path("/proc").glob("[0-9]*") if found else ():
            if f"socket:[{found and found[1]}]" in _files_of(process):
                return int(process.name)
        time.sleep(0.01)
    pytest.fail("no process has accepted the connection")


def _connections() -> str:
    return Path("/proc/net/tcp").read_text()


def _files_of(process: Path) -> set[str]:
    try:
        return {str(one.readlink()) for one in (process / "fd").iterdir()}
    except OSError:  # it has just ended
        return set()


def begin(patient: Person, content: bytes) -> str:
    """Where a new upload is."""
    begun = patient.post(UPLOADS, headers=new_upload(len(content), sha256=hashlib.sha256(content).hexdigest()))
    assert begun.status_code == 201, begun.text
    return str(begun.headers["location"])


def offset(installation: Installation, patient: Person, upload: str) -> int:
    """How much has arrived; asked on a new connection, since the others may lead to a process that is gone."""
    headers = patient.headers(TUS)
    told = httpx2.head(f"{installation.server.url}{upload}", headers=headers, trust_env=False, timeout=60)
    return int(told.headers["upload-offset"])


def wait_until_it_is_written(installation: Installation, upload: str) -> None:
    """Wait until the process has the file, and with it the lock."""
    file = installation.server.directory / "data" / "uploads" / f"{upload.rpartition('/')[2]}.part"
    deadline = time.monotonic() + 10
    while not file.exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def check(patient: Person, photo_id: str, content: bytes) -> None:
    """There is one photo, and it is what was sent."""
    (made,) = ok(patient.get(PHOTOS))["items"]
    assert (made["id"], made["sha256"]) == (photo_id, hashlib.sha256(content).hexdigest())


def test_while_one_process_writes_the_other_refuses_to(
    installation: Installation, patient: Person, two_phones: Callable[[], tuple[Phone, Phone]]
) -> None:
    one, other = two_phones()
    content = photo()
    upload = begin(patient, content)
    one.begin(patient, upload, 0, content, sent=SENT)
    wait_until_it_is_written(installation, upload)

    second = other.send(patient, upload, 0, content)
    first = one.finish()
    late = patient.request("PATCH", upload, headers={**PIECE, "Upload-Offset": "0"}, content=content)

    assert (second.status, second.body["type"]) == (423, "/problems/upload-locked")
    assert first.status == 204
    problem(late, 409, "offset-conflict")
    check(patient, first.headers["photo-id"], content)


def test_of_two_that_send_everything_at_once_one_is_taken(
    installation: Installation, two_phones: Callable[[], tuple[Phone, Phone]]
) -> None:
    statuses: Counter[int] = Counter()
    for _ in range(ROUNDS):
        patient = installation.clinic.add_patient()
        upload = begin(patient, photo())
        answers = at_once([partial(phone.send, patient, upload, 0, photo()) for phone in two_phones()])

        (taken,) = [answer for answer in answers if answer.status == 204]
        check(patient, taken.headers["photo-id"], photo())
        statuses.update(answer.status for answer in answers)

    forms.count(sent=2 * ROUNDS)
    assert statuses[204] == statuses[423] + statuses[409] == ROUNDS


def test_a_process_that_is_killed_lets_go_and_the_other_one_goes_on(
    installation: Installation, patient: Person, two_phones: Callable[[], tuple[Phone, Phone]]
) -> None:
    one, other = two_phones()
    content, changed = photo(), (photo(seed=2) + bytes(len(photo())))[: len(photo())]
    upload = begin(patient, content)
    one.begin(patient, upload, 0, content, sent=SENT)
    wait_until_it_is_written(installation, upload)
    locked = other.send(patient, upload, 0, content)

    os.kill(one.process, signal.SIGKILL)
    killed = time.monotonic()
    at = offset(installation, patient, upload)
    while (spliced := other.send(patient, upload, at, changed[at:])).status == 423:
        assert time.monotonic() - killed < LETS_GO_WITHIN_S
        time.sleep(0.05)
    after_splicing = offset(installation, patient, upload)
    rest = other.send(patient, upload, at, content[at:])

    forms.count(kills=1)
    assert locked.status == 423
    assert at <= SENT
    assert (spliced.status, spliced.body["type"]) == (422, "/problems/digest-mismatch")
    assert after_splicing == at
    assert rest.status == 204
    check(patient, rest.headers["photo-id"], content)
