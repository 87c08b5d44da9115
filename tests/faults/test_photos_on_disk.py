"""In which order a server writes, syncs and answers, as the kernel sees it: what is acknowledged is on disk."""

import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.factories import PIECE, Person, new_upload, ok, photo_form
from tests.faults.installations import Installation, installed
from tests.faults.stores import PHOTOS, SIZES
from tests.pictures import photo
from tests.support import optional
from tests.support.server import PROGRAM

UPLOADS = "/v1/patients/{me}/uploads"
CALLS = "openat,rename,renameat,renameat2,fsync,fdatasync,write,writev,sendto,sendmsg"


@dataclass(frozen=True)
class Call:
    """What a process asked of the kernel: where in the order of things it began, and where it was done."""

    text: str
    began: int
    done: int


@dataclass(frozen=True)
class Traced:
    """An installation whose system calls are written down."""

    installation: Installation
    file: Path

    def during(self, work: Callable[[], object]) -> list[Call]:
        """The calls that were made while some work was done."""
        before = self.file.stat().st_size
        work()
        time.sleep(0.2)  # strace writes down the last call after it is done
        with self.file.open(encoding="utf-8", errors="replace") as file:
            file.seek(before)
            return read_calls(file.read().splitlines())


@pytest.fixture(scope="module")
def traced(environment: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Traced]:
    """A server under strace; its commits can be seen too, since its database is a file."""
    strace = shutil.which("strace")
    if (
        not strace
        or subprocess.run([strace, "-f", "--seccomp-bpf", "true"], capture_output=True, check=False).returncode
    ):
        optional.skip_or_fail("strace is not installed, or may not be used")
    place = tmp_path_factory.mktemp("traced")
    url = f"sqlite:///{place / 'dermatrend.sqlite3'}"
    command = (
        strace,
        "-f",
        "--seccomp-bpf",
        "-y",
        "-s",
        "24",
        "-e",
        f"trace={CALLS}",
        "-o",
        str(place / "calls"),
        *PROGRAM,
    )
    with installed(url, {**environment, "DERMATREND_DATABASE_URL": url}, command=command) as made:
        ok(made.clinic.add_patient().post(PHOTOS, **photo_form(photo(seed=9))))  # what is done once is done
        yield Traced(made, place / "calls")


def read_calls(lines: list[str]) -> list[Call]:
    """The calls of a trace; one that was interrupted by another process is put together again."""
    calls: list[Call] = []
    begun: dict[str, tuple[str, int]] = {}
    for number, line in enumerate(lines):
        process, _, text = line.partition(" ")
        text = text.strip()
        if text.endswith("<unfinished ...>"):
            begun[process] = (text.removesuffix("<unfinished ...>"), number)
        elif (rest := re.match(r"<\.\.\. \w+ resumed>(.*)", text)) and process in begun:
            first, at = begun.pop(process)
            calls.append(Call(first + rest[1], at, number))
        else:
            calls.append(Call(text, number, number))
    return calls


def found(calls: list[Call], pattern: str) -> list[Call]:
    """The calls that look so, and were done."""
    return [call for call in calls if re.search(pattern, call.text) and " = -1 " not in call.text]


def only(calls: list[Call], pattern: str) -> Call:
    """The one call that looks so."""
    (call,) = found(calls, pattern)
    return call


def stored_after(calls: list[Call], patient: Person) -> int:
    """When all pictures of a photo were on disk: bytes, then name, then the directory."""
    renames = found(calls, r"^rename\S*\(.*\.jpg\"")
    assert len(renames) == len(SIZES)
    safe = []
    for rename in renames:
        temporary, name = re.findall(r'"([^"]*)"', rename.text)[-2:]
        synced = only(calls, rf"^fsync\(\d+<{re.escape(temporary)}>")
        folder = str(Path(name).parent)
        assert folder.endswith(patient.id)
        listed = [call for call in found(calls, rf"^fsync\(\d+<{re.escape(folder)}>") if call.began > rename.done]
        assert synced.done < rename.began
        safe.append(min(call.done for call in listed))
    above = found(calls, rf"^fsync\(\d+<{re.escape(str(Path(folder).parent))}>")
    return max(*safe, min(call.done for call in above))


def test_a_photo_is_on_disk_before_it_is_written_down_and_that_before_it_is_answered(traced: Traced) -> None:
    patient = traced.installation.clinic.add_patient()

    calls = traced.during(lambda: ok(patient.post(PHOTOS, **photo_form(photo()))))

    answered = only(calls, r'"HTTP/1\.1 201 ')
    stored = stored_after(calls, patient)
    commits = [call for call in found(calls, r"^f(data)?sync\(\d+<\S+sqlite3-wal>") if call.began > stored]
    assert commits
    assert commits[0].done < answered.began


def test_a_piece_of_an_upload_is_on_disk_before_it_is_answered(traced: Traced) -> None:
    patient = traced.installation.clinic.add_patient()
    upload = patient.post(UPLOADS, headers=new_upload(len(photo()))).headers["location"]
    name = f"{upload.rpartition('/')[2]}.part"

    first = traced.during(lambda: send(patient, upload, 0, photo()[:50_000]))
    second = traced.during(lambda: send(patient, upload, 50_000, photo()[50_000:80_000]))

    for calls in (first, second):
        answered = only(calls, r'"HTTP/1\.1 204 ')
        written = found(calls, rf"^write\(\d+<\S*{name}>")
        synced = [call for call in found(calls, rf"^fsync\(\d+<\S*{name}>") if call.began > written[-1].done]
        assert synced[0].done < answered.began
    listed = found(first, r"^fsync\(\d+<\S*/uploads>")
    assert listed[0].done < only(first, r'"HTTP/1\.1 204 ').began


def test_the_last_piece_is_answered_when_the_photo_is_on_disk_and_written_down(traced: Traced) -> None:
    patient = traced.installation.clinic.add_patient()
    upload = patient.post(UPLOADS, headers=new_upload(len(photo()))).headers["location"]

    calls = traced.during(lambda: send(patient, upload, 0, photo()))

    answered = only(calls, r'"HTTP/1\.1 204 ')
    stored = stored_after(calls, patient)
    commits = [call for call in found(calls, r"^f(data)?sync\(\d+<\S+sqlite3-wal>") if call.began > stored]
    assert len(commits) >= 2  # the photo, then that the upload has become it
    assert commits[1].done < answered.began


def send(patient: Person, upload: str, at: int, piece: bytes) -> None:
    """Send a piece that is taken."""
    answer = patient.request("PATCH", upload, headers={**PIECE, "Upload-Offset": str(at)}, content=piece)
    assert answer.status_code == 204, answer.text
