"""How many photos a server takes in, against the bare work, and what the diary feels of it.

    python benchmarks/photos.py [--seconds 15] [--rounds 3]

A photo of 12 megapixels and about 3 MB. The bare work is a loop that decodes it, encodes it once, hashes both and puts
the result on disk with `fsync`, in as many processes as the server has for photos.
"""

import argparse
import hashlib
import io
import os
import secrets
import statistics
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from threading import Event

from bench import Connection, compiled, databases, percentile, service, status, table
from PIL import Image

from domain.courses.skins import Spot, noisy, photograph
from infra.images.worker import NICENESS
from tests.factories import Person, entry_body, photo_fields
from tests.faults.installations import Installation

AT_ONCE = 2
SENDERS = 4
PHOTOS, ENTRIES = "/v1/patients/{me}/photos", "/v1/patients/{me}/entries"
_BOUNDARY = "0123456789abcdef0123456789abcdef"


def main() -> None:
    """Measure in turns and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    content = _photo()
    print(f"{len(content) / 1e6:.1f} MB, {AT_ONCE} processes for photos, {SENDERS} senders")
    with databases() as found, compiled() as environment:
        for name, url in found:
            more = {**environment, "DERMATREND_PHOTOS_AT_ONCE": str(AT_ONCE)}
            with service(url, more) as installation:
                _measure(name, installation, content, arguments.seconds, arguments.rounds)


def _photo() -> bytes:
    """A photo of 4000 x 3000 pixels, with as much noise as makes it 3 MB."""
    picture = noisy(photograph(Spot(1, 1, "nodule"), 25, seed=1, width=4000, height=3000), 8.0, seed=1)
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=88)
    return buffer.getvalue()


def _measure(name: str, installation: Installation, content: bytes, seconds: float, rounds: int) -> None:
    bare, taken, alone, beside = [], [], [], []
    _take(installation, content, 2)  # the workers start with the first photo
    for _ in range(rounds):
        bare.append(_bare(content, seconds))
        alone += _diary(installation.clinic.patient, seconds, Event())
        enough = Event()
        with ThreadPoolExecutor(1) as pool:
            meanwhile = pool.submit(_diary, installation.clinic.patient, seconds * 3, enough)
            taken.append(_take(installation, content, seconds))
            enough.set()
            beside += meanwhile.result()
    share = statistics.median(taken) / statistics.median(bare)
    table(
        name,
        ["photos a second", "of the bare work"],
        {
            "bare work": [f"{statistics.median(bare):.2f}", ""],
            "taken in over HTTP": [f"{statistics.median(taken):.2f}", f"{share:.0%}"],
        },
    )
    table(
        f"{name}, an entry posted and acknowledged",
        ["p50 ms", "p99 ms", "n"],
        {
            "alone": [f"{percentile(alone, 50):.1f}", f"{percentile(alone, 99):.1f}", str(len(alone))],
            "while photos stream in": [
                f"{percentile(beside, 50):.1f}",
                f"{percentile(beside, 99):.1f}",
                str(len(beside)),
            ],
        },
    )


def _take(installation: Installation, content: bytes, seconds: float) -> float:
    """Photos a second that a server acknowledges.

    The senders are processes of their own: as threads they would keep the diary's phone from its own interpreter.
    """
    patient = installation.clinic.patient
    head = {"Host": "x", **patient.headers({"Content-Type": f"multipart/form-data; boundary={_BOUNDARY}"})}
    path = PHOTOS.replace("{me}", patient.id)
    started = time.monotonic()
    with ProcessPoolExecutor(SENDERS) as pool:
        sending = [pool.submit(_send, installation.server.port, path, head, content, seconds) for _ in range(SENDERS)]
        taken = sum(one.result() for one in sending)
    return taken / (time.monotonic() - started)


def _send(port: int, path: str, head: Mapping[str, str], content: bytes, seconds: float) -> int:
    """Send one photo after the other; how many were taken."""
    sent = 0
    until = time.monotonic() + seconds
    with Connection(port) as connection:
        while time.monotonic() < until:
            # Other bytes each time: the same ones would be known, and cost nothing.
            body = _form(content + secrets.token_bytes(8))
            lines = [f"{name}: {value}" for name, value in {**head, "Content-Length": str(len(body))}.items()]
            answer = connection.ask("\r\n".join([f"POST {path} HTTP/1.1", *lines, "", ""]).encode() + body)
            assert status(answer) == 201, answer
            sent += 1
    return sent


def _form(content: bytes) -> bytes:
    """A photo as it goes over the wire."""
    fields = photo_fields().items()
    parts = [f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode() for name, value in fields]
    parts.append(b'Content-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n' + content + b"\r\n")
    edge = f"--{_BOUNDARY}"
    return b"".join(f"{edge}\r\n".encode() + part for part in parts) + f"{edge}--\r\n".encode()


def _diary(patient: Person, seconds: float, enough: Event) -> list[float]:
    """Milliseconds that each of some entries took, about twenty a second."""
    took = []
    until = time.monotonic() + seconds
    while time.monotonic() < until and not enough.is_set():
        started = time.monotonic()
        answer = patient.post(ENTRIES, entry_body())
        took.append((time.monotonic() - started) * 1000)
        assert answer.status_code == 201, answer.text
        time.sleep(0.03)
    return took


def _bare(content: bytes, seconds: float) -> float:
    """Photos a second of the bare work."""
    with ProcessPoolExecutor(AT_ONCE, initializer=_be_nice) as pool:
        list(pool.map(_work, [content] * AT_ONCE, [0.1] * AT_ONCE))
        started = time.monotonic()
        done: int = sum(pool.map(_work, [content] * AT_ONCE, [seconds] * AT_ONCE))
        return done / (time.monotonic() - started)


def _be_nice() -> None:
    os.nice(NICENESS)  # as the server's own processes for photos are


def _work(content: bytes, seconds: float) -> int:
    done = 0
    until = time.monotonic() + seconds
    with tempfile.TemporaryDirectory() as directory:
        while time.monotonic() < until:
            hashlib.sha256(content).hexdigest()
            picture = Image.open(io.BytesIO(content))
            picture.load()
            buffer = io.BytesIO()
            picture.save(buffer, "JPEG", quality=92)
            hashlib.sha256(buffer.getbuffer()).hexdigest()
            with (Path(directory) / str(done)).open("wb") as file:
                file.write(buffer.getbuffer())
                file.flush()
                os.fsync(file.fileno())
            done += 1
    return done


if __name__ == "__main__":
    main()
