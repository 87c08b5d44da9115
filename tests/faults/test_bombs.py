"""Pictures that are made to break a server, many times over: each is told what to do, and no process grows."""

import io
import re
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tests.api.test_photos import REFUSED
from tests.factories import PIECE, TUS, Person, new_upload, ok, photo_form
from tests.faults import forms
from tests.faults.installations import Installation, installed
from tests.faults.stores import PHOTOS
from tests.pictures import encoded, photo, png_bomb, quarters

UPLOADS = "/v1/patients/{me}/uploads"
ROUNDS = forms.either(2, 60)
SENDERS = 4
MIB = 1024 * 1024
SERVER_GROWS_BY = 32 * MIB
"""At any instant. Of the file of each of four senders there is 1 MiB in memory, the rest on disk, and 1 MiB on its way
to a worker; the rest is room for the allocator. Two files held whole would be 50."""
WORKER_HAS = 192 * MIB
"""At any instant: 45 for its libraries, 64 that it keeps of its last picture, 25 for the largest file, and what a
decoder needs beside them. The smallest of the bombs would be 169 more once it is decoded."""
SERVER_KEEPS = 16 * MIB
"""How much larger than after the first round the server may be after the last."""


@cache
def noise(length: int = 25 * MIB) -> bytes:
    return np.random.default_rng(1).bytes(length)


@cache
def large_photo() -> bytes:
    """A photo of 12 megapixels and some megabytes."""
    return encoded(
        Image.fromarray(np.random.default_rng(2).integers(0, 256, (3000, 4000, 3), dtype=np.uint8)), quality=50
    )


def claims(side: int) -> bytes:
    """A small JPEG that says that it has so many lines and columns."""
    content = bytearray(photo())
    at = content.index(b"\xff\xc0") + 5
    content[at : at + 4] = side.to_bytes(2) * 2
    return bytes(content)


def heic_that_claims(side: int) -> bytes:
    """A small HEIC that says that it has so many lines and columns."""
    return re.sub(
        rb"(ispe\0{4}).{8}", lambda found: found[1] + side.to_bytes(4) * 2, encoded(quarters(), "HEIF"), flags=re.DOTALL
    )


def png_with_long_words() -> bytes:
    """A PNG with a comment of 200 MB in 200 KB."""
    buffer = io.BytesIO()
    words = PngInfo()
    words.add_text("Comment", "x" * 200_000_000, zip=True)
    quarters().save(buffer, "PNG", pnginfo=words)
    return buffer.getvalue()


BOMBS: Mapping[str, tuple[Callable[[], bytes], int, str]] = {
    **REFUSED,
    "25 MB of noise": (noise, 415, "unknown-picture-kind"),
    "25 MB of noise that begins like a JPEG": (lambda: photo()[:600] + noise()[600:], 422, "unreadable-picture"),
    "12 megapixels cut short": (lambda: large_photo()[:-100_000], 422, "unreadable-picture"),
    "20,000 x 20,000 pixels": (lambda: png_bomb(20_000), 413, "too-many-pixels"),
    "a JPEG that claims 60,000 x 60,000": (lambda: claims(60_000), 413, "too-many-pixels"),
    "a HEIC that claims 60,000 x 60,000": (lambda: heic_that_claims(60_000), 422, "unreadable-picture"),
    "a comment of 200 MB": (png_with_long_words, 422, "unreadable-picture"),
}


@pytest.fixture(scope="module")
def installation(environment: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """The database makes no difference here."""
    url = f"sqlite:///{tmp_path_factory.mktemp('database') / 'dermatrend.sqlite3'}"
    with installed(url, {**environment, "DERMATREND_DATABASE_URL": url}) as made:
        yield made


def test_pictures_made_to_break_a_server_are_refused_and_no_process_grows(installation: Installation) -> None:
    patients = [installation.clinic.add_patient() for _ in range(SENDERS)]
    files = {what: make() for what, (make, _, _) in BOMBS.items()}
    server = installation.server.process.pid

    with ThreadPoolExecutor(SENDERS) as pool:
        list(pool.map(lambda patient: send_all(patient, files), patients))
        before = {process: memory(process, "VmRSS") for process in (server, *workers(server))}
        for process in before:
            forget_peak(process)
        for _ in range(ROUNDS):
            list(pool.map(lambda patient: send_all(patient, files), patients))

    after = {process: memory(process, "VmRSS") for process in (server, *workers(server))}
    peaks = {process: memory(process, "VmHWM") for process in after}
    forms.count(bombs=(ROUNDS + 1) * SENDERS * len(files))
    assert len(after) > 1
    assert after.keys() == before.keys(), "a picture has broken a worker"
    assert peaks[server] - before[server] < SERVER_GROWS_BY, in_mib(before, peaks)
    assert max(peaks[process] for process in workers(server)) < WORKER_HAS, in_mib(before, peaks)
    assert after[server] - before[server] < SERVER_KEEPS, in_mib(before, after)
    for patient in patients:
        assert ok(patient.get(PHOTOS))["items"] == []
    assert list((installation.server.directory / "data").glob("blobs/patients/*/*")) == []


def send_all(patient: Person, files: Mapping[str, bytes]) -> None:
    """Send each by form and in pieces; each is told what to do."""
    for what, content in files.items():
        answers = [patient.post(PHOTOS, **photo_form(content))]
        if content:
            begun = patient.post(UPLOADS, headers=new_upload(len(content)))
            to = begun.headers["location"]
            answers.append(patient.request("PATCH", to, headers={**PIECE, "Upload-Offset": "0"}, content=content))
            ok(patient.request("DELETE", to, headers=TUS))
        _, status, name = BOMBS[what]
        for answer in answers:
            assert (what, answer.status_code, answer.json()["type"]) == (what, status, f"/problems/{name}")
            assert "Send" in answer.json()["detail"]


def memory(process: int, which: str) -> int:
    """Resident memory of a process in bytes: `VmRSS` now, `VmHWM` the most so far (Linux)."""
    found = re.search(rf"{which}:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
    assert found
    return int(found[1]) * 1024


def forget_peak(process: int) -> None:
    """Let `VmHWM` begin anew."""
    Path(f"/proc/{process}/clear_refs").write_text("5")


def in_mib(*measured: Mapping[int, int]) -> list[dict[int, int]]:
    """Memory of processes, to read."""
    return [{process: size // MIB for process, size in one.items()} for one in measured]


def workers(server: int) -> list[int]:
    """The processes in which a server has pictures decoded."""
    tasks = Path(f"/proc/{server}/task").iterdir()
    children = [int(child) for task in tasks for child in (task / "children").read_text().split()]
    return sorted(child for child in children if "infra.images" in Path(f"/proc/{child}/cmdline").read_text())
