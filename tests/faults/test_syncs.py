"""A 201 means that the disk has it: what the server and its database ask of the kernel is looked at."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from tests.factories import entry_body, ok
from tests.faults.installations import Installation, installed, recorded_together, recording_processes
from tests.faults.ledger import ENTRIES
from tests.support import optional, postgres
from tests.support.strace import Call, StraceMissing, read, strace

CALLS = "read,recvfrom,recvmsg,write,writev,sendto,sendmsg,fsync,fdatasync"
PHONES = 16
ENTRIES_EACH = 6

Processes = Callable[[], set[int]]


@dataclass(frozen=True)
class LookedAt:
    """An installation, the processes that answer for what is on disk, and those of them that commit."""

    installation: Installation
    processes: Processes
    commit: Processes

    def syncs(self, calls: list[Call]) -> list[Call]:
        """When the database's log of writes was put on disk by who commits; others may do so, too, but later."""
        return [
            call
            for call in calls
            if call.name in {"fsync", "fdatasync"}
            and call.process in self.commit()
            and ("-wal>" in call.told or "/pg_wal/" in call.told)
            and call.told.endswith("= 0")
        ]


@pytest.fixture(scope="module")
def looked_at(
    kind: str, environment: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LookedAt]:
    """What is looked at."""
    with ExitStack() as leaving:
        others: Processes = set
        if kind == "sqlite":
            url = f"sqlite:///{tmp_path_factory.mktemp('database') / 'dermatrend.sqlite3'}"
        else:
            try:
                server = leaving.enter_context(postgres.private_server())
            except postgres.PostgresUnavailable as unavailable:
                optional.skip_or_fail(unavailable)
            url, others = leaving.enter_context(postgres.fresh_database(server.url)), server.pids
        installation = leaving.enter_context(installed(url, environment))
        recording = set(recording_processes(installation.server))
        assert recording
        own = {installation.server.process.pid} | recording
        yield LookedAt(installation, lambda: own | others(), commit=(lambda: recording) if kind == "sqlite" else others)


@contextmanager
def traced(processes: Processes, log: Path) -> Iterator[None]:
    """Note in the block what they read, write and sync."""
    try:
        with strace(processes(), CALLS, log):
            yield
    except StraceMissing as missing:
        optional.skip_or_fail(missing)


def first(calls: list[Call], words: str) -> Call:
    """The first that says this."""
    return next(call for call in calls if words in call.told)


def test_an_entry_is_on_disk_before_its_201_is_on_the_wire(looked_at: LookedAt, tmp_path: Path) -> None:
    patient, log = looked_at.installation.clinic.patient, tmp_path / "calls"
    ok(patient.post(ENTRIES, entry_body()))

    with traced(looked_at.processes, log):
        assert patient.post(ENTRIES, entry_body()).status_code == 201

    calls = read(log)
    asked, answered = first(calls, '"POST /v1/patients/'), first(calls, '"HTTP/1.1 201 ')
    between = [call for call in looked_at.syncs(calls) if asked.ended < call.began and call.ended < answered.began]
    assert between, log.read_text()


def test_every_group_of_entries_is_put_on_disk(looked_at: LookedAt, tmp_path: Path) -> None:
    installation = looked_at.installation
    log, phones = tmp_path / "calls", [installation.clinic.add_patient() for _ in range(PHONES)]
    posts = [partial(phone.post, ENTRIES, entry_body()) for phone in phones for _ in range(ENTRIES_EACH)]
    before = recorded_together(installation)

    with traced(looked_at.processes, log), ThreadPoolExecutor(PHONES) as pool:
        statuses = {answer.status_code for answer in pool.map(lambda post: post(), posts)}

    after = recorded_together(installation)
    groups, entries = after.groups - before.groups, after.entries - before.entries
    assert statuses == {201}
    assert entries == len(posts)
    assert groups < entries, "some shared a transaction"
    assert len(looked_at.syncs(read(log))) >= groups
