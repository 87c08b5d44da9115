"""A 201 means that the disk has it: what the server and its database ask of the kernel is looked at."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
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


@pytest.fixture(scope="module")
def looked_at(
    kind: str, environment: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Installation, Processes]]:
    """An installation, and the processes that answer for what is on disk."""
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
        own = {installation.server.process.pid, *recording_processes(installation.server)}
        assert len(own) > 1
        yield installation, lambda: own | others()


@contextmanager
def traced(processes: Processes, log: Path) -> Iterator[None]:
    """Note in the block what they read, write and sync."""
    try:
        with strace(processes(), CALLS, log):
            yield
    except StraceMissing as missing:
        optional.skip_or_fail(missing)


def syncs(calls: list[Call]) -> list[Call]:
    """When the database's log of writes was put on disk."""
    return [
        call
        for call in calls
        if call.name in {"fsync", "fdatasync"}
        and ("-wal>" in call.told or "/pg_wal/" in call.told)
        and call.told.endswith("= 0")
    ]


def first(calls: list[Call], words: str) -> Call:
    """The first that says this."""
    return next(call for call in calls if words in call.told)


def test_an_entry_is_on_disk_before_its_201_is_on_the_wire(
    looked_at: tuple[Installation, Processes], tmp_path: Path
) -> None:
    installation, processes = looked_at
    patient, log = installation.clinic.patient, tmp_path / "calls"
    ok(patient.post(ENTRIES, entry_body()))

    with traced(processes, log):
        assert patient.post(ENTRIES, entry_body()).status_code == 201

    calls = read(log)
    asked, answered = first(calls, '"POST /v1/patients/'), first(calls, '"HTTP/1.1 201 ')
    between = [call for call in syncs(calls) if asked.ended < call.began and call.ended < answered.began]
    assert between, log.read_text()


def test_every_group_of_entries_is_put_on_disk(looked_at: tuple[Installation, Processes], tmp_path: Path) -> None:
    installation, processes = looked_at
    log, phones = tmp_path / "calls", [installation.clinic.add_patient() for _ in range(PHONES)]
    posts = [partial(phone.post, ENTRIES, entry_body()) for phone in phones for _ in range(ENTRIES_EACH)]
    before = recorded_together(installation)

    with traced(processes, log), ThreadPoolExecutor(PHONES) as pool:
        statuses = {answer.status_code for answer in pool.map(lambda post: post(), posts)}

    after = recorded_together(installation)
    groups, entries = after.groups - before.groups, after.entries - before.entries
    assert statuses == {201}
    assert entries == len(posts)
    assert groups < entries, "some shared a transaction"
    assert len(syncs(read(log))) >= groups
