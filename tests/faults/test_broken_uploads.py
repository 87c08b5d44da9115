"""25 MB over a line that breaks fifty times, with a server that restarts in between: what arrives is what was sent."""

import hashlib
import json
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import requests
from PIL import Image
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError

from tests.clients.test_typescript_client import INSTALL, tool
from tests.factories import PIECE, TUS, Body, Person, new_upload, ok, photo_fields
from tests.faults.installations import Installation, installed
from tests.pictures import encoded, photo
from tests.support import optional
from tests.support.wire import Wire

SOURCES = Path(__file__).parents[1] / "clients" / "tus"
CUTS = 50
CUT_AFTER = (250_000, 430_000)
PHOTOS = "/v1/patients/{me}/photos"
UPLOADS = "/v1/patients/{me}/uploads"
KILLS = 4


@dataclass(frozen=True)
class Sent:
    """A file of 25 MB that is a picture."""

    path: Path
    sha256: str
    length: int


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Sent:
    pixels = np.random.default_rng(1).integers(0, 256, (2886, 2886, 3), dtype=np.uint8)
    content = encoded(Image.fromarray(pixels), "PNG", compress_level=0)
    assert 24_900_000 < len(content) < 26_214_400
    path = tmp_path_factory.mktemp("sent") / "noise.png"
    path.write_bytes(content)
    return Sent(path, hashlib.sha256(content).hexdigest(), len(content))


@pytest.fixture(scope="module")
def installation(environment: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Where files are written and how processes end makes the difference here, the database makes none."""
    url = f"sqlite:///{tmp_path_factory.mktemp('database') / 'dermatrend.sqlite3'}"
    with installed(url, {**environment, "DERMATREND_DATABASE_URL": url}) as made:
        yield made


@pytest.fixture
def patient(installation: Installation) -> Person:
    return installation.clinic.add_patient()


def restart_once_under_way(installation: Installation, wire: Wire) -> threading.Thread:
    """Restarts the server when about half of the cuts are done."""

    def wait_and_restart() -> None:
        while wire.cuts_left > CUTS // 2:
            time.sleep(0.01)
        installation.server.restart()

    thread = threading.Thread(target=wait_and_restart)
    thread.start()
    return thread


def check(patient: Person, photo_id: str, sent: Sent) -> None:
    """The photo is what was sent, once."""
    (made,) = ok(patient.get(PHOTOS))["items"]
    assert (made["id"], made["sha256"]) == (photo_id, sent.sha256)
    stored = patient.get(f"{PHOTOS}/{photo_id}/content", params={"size": "full"}).content
    assert hashlib.sha256(stored).hexdigest() == made["stored_sha256"]


def upload_until_done(client: TusClient, sent: Sent, fields: Body) -> None:
    """What an app does with tuspy: after each break it asks how much is there, and goes on."""
    url = None
    deadline = time.monotonic() + 240
    with sent.path.open("rb") as file:
        while time.monotonic() < deadline:
            try:
                uploader = client.uploader(file_stream=file, url=url, chunk_size=4_000_000, metadata=fields)
                url = url or uploader.create_url()
                uploader.set_url(url)
                uploader.upload()
            except (TusCommunicationError, requests.RequestException, OSError):
                time.sleep(0.02)
            else:
                return
    pytest.fail("the upload did not end")


def test_tuspy_uploads_over_a_line_that_breaks(installation: Installation, patient: Person, sent: Sent) -> None:
    fields = photo_fields(sha256=sent.sha256)
    with Wire(installation.server.port, cuts=CUTS, cut_after=CUT_AFTER) as wire:
        restarting = restart_once_under_way(installation, wire)
        client = TusClient(f"http://127.0.0.1:{wire.port}{UPLOADS.replace('{me}', patient.id)}", patient.headers())
        upload_until_done(client, sent, fields)
        restarting.join()

    assert wire.cuts_left == 0
    check(patient, fields["id"], sent)


def test_tus_js_client_uploads_over_a_line_that_breaks(
    installation: Installation, patient: Person, sent: Sent, tmp_path: Path
) -> None:
    fields = photo_fields(sha256=sent.sha256)
    shutil.copytree(SOURCES, tmp_path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("node_modules"))
    done = subprocess.run(
        [tool("npm"), *INSTALL], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300
    )
    if done.returncode != 0:
        optional.skip_or_fail(f"npm ci failed, perhaps without a network:\n{done.stderr}")
    with Wire(installation.server.port, cuts=CUTS, cut_after=CUT_AFTER, seed=2) as wire:
        restarting = restart_once_under_way(installation, wire)
        endpoint = f"http://127.0.0.1:{wire.port}{UPLOADS.replace('{me}', patient.id)}"
        command = [tool("node"), "upload.mjs", str(sent.path), endpoint, patient.token, json.dumps(fields)]
        told = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=240)
        restarting.join()

    assert told.returncode == 0, told.stderr
    assert told.stdout.strip() == fields["id"]
    assert wire.cuts_left == 0
    check(patient, fields["id"], sent)


def test_a_server_killed_while_the_photo_is_made_loses_nothing_and_doubles_nothing(
    installation: Installation, patient: Person
) -> None:
    made = {}
    for round_ in range(KILLS):
        content = photo(seed=100 + round_, width=1200, height=1600)
        fields = photo_fields(sha256=hashlib.sha256(content).hexdigest())
        begun = patient.post(UPLOADS, headers=new_upload(len(content), **fields))
        upload = begun.headers["location"]

        kill_while_finishing(installation, patient, upload, content, after_s=0.06 * round_)

        offset = int(patient.request("HEAD", upload, headers=TUS).headers["upload-offset"])
        rest = patient.request(
            "PATCH", upload, headers={**PIECE, "Upload-Offset": str(offset)}, content=content[offset:]
        )
        assert offset in {len(content) - 1, len(content)}
        assert (rest.status_code, rest.headers["photo-id"]) == (204, fields["id"])
        made[fields["id"]] = fields["sha256"]

    assert {item["id"]: item["sha256"] for item in ok(patient.get(PHOTOS))["items"]} == made


def kill_while_finishing(
    installation: Installation, patient: Person, upload: str, content: bytes, *, after_s: float
) -> None:
    """Send all but wait for no answer: the server is killed at some moment after the last byte, and starts again."""
    headers = {**patient.headers(PIECE), "Host": "x", "Upload-Offset": "0", "Content-Length": str(len(content))}
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    with socket.create_connection(("127.0.0.1", installation.server.port), timeout=60) as connection:
        connection.sendall(f"PATCH {upload} HTTP/1.1\r\n{head}\r\n".encode() + content)
        path = installation.server.directory / "data" / "uploads" / f"{upload.rpartition('/')[2]}.part"
        deadline = time.monotonic() + 10
        while not path.exists() or path.stat().st_size < len(content):
            assert time.monotonic() < deadline
            time.sleep(0.001)
        time.sleep(after_s)
        installation.server.kill()
    installation.server.restart()


def test_a_phone_that_falls_silent_does_not_keep_the_upload(make_silent: Callable[[], str], patient: Person) -> None:
    upload = make_silent()

    first = patient.request("PATCH", upload, headers={**PIECE, "Upload-Offset": "0"}, content=photo())
    deadline = time.monotonic() + 40
    while (offset := int(patient.request("HEAD", upload, headers=TUS).headers["upload-offset"])) < 1000:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    rest = patient.request("PATCH", upload, headers={**PIECE, "Upload-Offset": str(offset)}, content=photo()[offset:])
    while rest.status_code == 423 and time.monotonic() < deadline:
        time.sleep(0.5)
        rest = patient.request(
            "PATCH", upload, headers={**PIECE, "Upload-Offset": str(offset)}, content=photo()[offset:]
        )

    assert first.status_code in {409, 423}
    assert rest.status_code == 204


@pytest.fixture
def make_silent(installation: Installation, patient: Person) -> Iterator[Callable[[], str]]:
    """Begins an upload on a connection that stays open and says no more."""
    connections = []

    def make() -> str:
        upload = str(patient.post(UPLOADS, headers=new_upload(len(photo()))).headers["location"])
        headers = {**patient.headers(PIECE), "Host": "x", "Upload-Offset": "0", "Content-Length": str(len(photo()))}
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        connection = socket.create_connection(("127.0.0.1", installation.server.port), timeout=60)
        connections.append(connection)
        connection.sendall(f"PATCH {upload} HTTP/1.1\r\n{head}\r\n".encode() + photo()[:1000])
        time.sleep(0.5)
        return upload

    yield make
    for connection in connections:
        connection.close()
