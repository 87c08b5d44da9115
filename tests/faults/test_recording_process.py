"""The process that records single entries may end, hang or be orphaned: nothing is lost or doubled, and it is back."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from tests.factories import entry_body, ok, problem
from tests.faults import forms
from tests.faults.installations import (
    RECORDED_APART,
    Installation,
    client,
    impatient,
    installed,
    new_clinic,
    recording_processes,
    wait_for_recording,
)
from tests.faults.ledger import ENTRIES
from tests.faults.phones import crowd
from tests.support.server import ROOT, Server

KILLS = forms.either(5, 50)
CONNECTIONS = 32
TIMEOUT_S = 2
QUEUE = 24
ENDS_WITHIN_S = 10


@pytest.fixture(scope="module")
def service(environment: dict[str, str], new_database: Callable[[], str]) -> Iterator[Installation]:
    """An installation with a short queue and little patience."""
    with installed(new_database(), environment | impatient(waiting=QUEUE, timeout_s=TIMEOUT_S)) as installation:
        yield installation


def ended(process: int) -> bool:
    """Whether a process ends soon."""
    deadline = time.monotonic() + ENDS_WITHIN_S
    with suppress(FileNotFoundError):
        # An orphan that nobody has asked after yet has ended, too.
        while Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
    return True


def test_a_recording_process_that_is_killed_is_replaced_and_loses_nothing(
    environment: Mapping[str, str], new_database: Callable[[], str], tmp_path: Path
) -> None:
    with installed(new_database(), environment) as service:
        phones = crowd(service.server.url, service.clinic, tmp_path)
        with phones.sending(CONNECTIONS):
            for number in range(KILLS):
                service.server.wait_for(RECORDED_APART, times=number + 1)
                phones.wait_for_success(30, since=time.monotonic())
                (process,) = recording_processes(service.server)
                os.kill(process, signal.SIGKILL)
                phones.wait_for_success(30, since=time.monotonic())

        assert set(phones.statuses) <= {200, 201, 503}
        assert phones.statuses[201] > KILLS
        phones.settle()
    forms.count(kills=KILLS)


def test_while_the_recording_process_hangs_entries_are_to_be_sent_again_and_all_else_works(
    service: Installation,
) -> None:
    patient, entries = service.clinic.patient, [entry_body() for _ in range(QUEUE)]
    (process,) = recording_processes(service.server)
    os.kill(process, signal.SIGSTOP)
    try:
        with ThreadPoolExecutor(QUEUE) as pool:
            waiting = [pool.submit(patient.post, ENTRIES, entry) for entry in entries]
            time.sleep(TIMEOUT_S / 2)
            began = time.monotonic()
            problem(patient.post(ENTRIES, entry_body()), 503, "database-unavailable")
            refused_after_s = time.monotonic() - began
            ok(patient.post(f"{ENTRIES}/batch", {"entries": [entry_body()]}))
            ok(patient.get(ENTRIES))
            for answer in waiting:
                problem(answer.result(), 503, "database-unavailable")
    finally:
        os.kill(process, signal.SIGCONT)

    assert refused_after_s < TIMEOUT_S, "it was not let in to wait"
    before = len(ok(patient.get(ENTRIES, params={"limit": 500}))["items"])
    again = [patient.post(ENTRIES, entry).status_code for entry in entries]
    assert again == [201] * QUEUE, "what nobody waits for any more is not begun later"
    assert len(ok(patient.get(ENTRIES, params={"limit": 500}))["items"]) == before + QUEUE
    assert recording_processes(service.server) == [process]


def test_a_recording_process_that_hangs_for_good_is_replaced(service: Installation) -> None:
    patient, entry = service.clinic.patient, entry_body()
    (process,) = recording_processes(service.server)
    os.kill(process, signal.SIGSTOP)

    with ThreadPoolExecutor(QUEUE) as pool:
        filling = [pool.submit(patient.post, ENTRIES, entry_body()) for _ in range(QUEUE)]
    assert {answer.result().status_code for answer in filling} == {503}
    began, statuses = time.monotonic(), [503]
    while statuses[-1] == 503:
        time.sleep(0.1)
        assert time.monotonic() - began < 30
        statuses.append(patient.post(ENTRIES, entry).status_code)

    assert statuses[-1] == 201
    assert ended(process)
    service.server.wait_for(RECORDED_APART, times=2)
    ok(patient.post(ENTRIES, entry_body()))
    assert recording_processes(service.server) != [process]


def test_it_writes_where_its_worker_reads_whatever_directory_that_was_started_in(
    environment: Mapping[str, str], kind: str, tmp_path: Path
) -> None:
    if kind == "postgresql":
        pytest.skip("only SQLite's address is a path")
    url = "sqlite:///kept/dermatrend.sqlite3"
    there = ("sh", "-c", 'cd "$0" && exec "$@"', str(tmp_path), sys.executable, str(ROOT / "main.py"), "serve")
    with Server({**environment, "DERMATREND_DATABASE_URL": url}, command=there) as server, client(server) as http:
        patient = new_clinic(f"sqlite:///{tmp_path}/kept/dermatrend.sqlite3", server, http).patient
        wait_for_recording(server)

        entry = ok(patient.post(ENTRIES, entry_body()))

        assert ok(patient.get(ENTRIES))["items"] == [entry]


def test_a_recording_process_whose_worker_was_killed_ends_by_itself(
    environment: Mapping[str, str], new_database: Callable[[], str]
) -> None:
    with installed(new_database(), environment) as service:
        (process,) = recording_processes(service.server)

        os.kill(service.server.process.pid, signal.SIGKILL)

        service.server.process.wait()
        assert ended(process)


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_who_ends_the_server_ends_it_after_what_it_has_begun(
    environment: Mapping[str, str], new_database: Callable[[], str], name: str
) -> None:
    with installed(new_database(), environment) as service, ThreadPoolExecutor(CONNECTIONS) as pool:
        patient, server = service.clinic.patient, service.server
        (process,) = recording_processes(server)
        sent = [pool.submit(partial(patient.post, ENTRIES, entry_body())) for _ in range(CONNECTIONS)]

        os.killpg(server.process.pid, signal.Signals[name])  # as a terminal or systemd do: all of them

        server.process.wait(30)
        assert ended(process)
        acknowledged = [answer.result().json()["id"] for answer in sent if answer.exception() is None]
        server.restart()
        wait_for_recording(server)
        stored = ok(patient.get(ENTRIES, params={"limit": 500}))["items"]
        assert {one["id"] for one in stored} >= set(acknowledged)


def test_without_it_a_thread_records(environment: Mapping[str, str], new_database: Callable[[], str]) -> None:
    with installed(new_database(), {**environment, "DERMATREND_RECORD_APART": "false"}) as service:
        ok(service.clinic.patient.post(ENTRIES, entry_body()))

        assert recording_processes(service.server) == []
