"""More phones than a slow database can serve: each is answered, memory has its bounds, nothing is lost.

When the database is itself again, so is the service.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest

from tests.faults import forms
from tests.faults.installations import Installation, impatient, installed
from tests.faults.phones import Crowd, crowd
from tests.faults.test_groups import standing_still
from tests.faults.test_slow_clients import LONGEST_P95_S, memory_mib

PHONES = 256
QUEUE = 128
"""Half of the phones: the others are refused while the database stands still."""
TIMEOUT_S = 2
STILL_S, FREE_S = 0.6, 0.05
"""How the database is slow: it stands still, and for a moment it does not."""
SECONDS = forms.either(6, 60)
AFTERWARDS = 4
MOST_MEMORY_MIB = 40
"""For what waits: at most one request of each connection, and a queue that is shorter. 5 to 9 MiB were seen."""


@pytest.fixture(scope="module")
def service(environment: dict[str, str], new_database: Callable[[], str]) -> Iterator[Installation]:
    """An installation with a short queue and little patience."""
    with installed(new_database(), environment | impatient(waiting=QUEUE, timeout_s=TIMEOUT_S)) as installation:
        yield installation


@contextmanager
def slow(database_url: str) -> Iterator[None]:
    """The database stands still most of the time."""
    ending = Event()

    def hold() -> None:
        while not ending.is_set():
            with standing_still(database_url):
                time.sleep(STILL_S)
            time.sleep(FREE_S)

    holding = Thread(target=hold, daemon=True)
    holding.start()
    yield
    ending.set()
    holding.join()


@contextmanager
def watched(service: Installation) -> Iterator[list[float]]:
    """What the server's memory was in MiB, every tenth of a second."""
    seen, ending = [memory_mib(service.server)], Event()

    def look() -> None:
        while not ending.wait(0.1):
            seen.append(memory_mib(service.server))

    looking = Thread(target=look, daemon=True)
    looking.start()
    yield seen
    ending.set()
    looking.join()


def p95(phones: Crowd, connections: int, seconds: float) -> float:
    """What 95 of 100 requests did not exceed."""
    phones.seconds.clear()
    with phones.sending(connections):
        time.sleep(seconds)
    took = sorted(phones.seconds)
    assert len(took) > 20
    return took[len(took) * 95 // 100]


def test_a_crowd_on_a_slow_database_is_answered_and_forgotten(
    service: Installation, tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    phones = crowd(service.server.url, service.clinic, tmp_path, patients=16)
    usual = p95(phones, PHONES, 1)  # also the memory that any crowd takes

    with watched(service) as memory, slow(service.database_url):
        crowded = p95(phones, PHONES, SECONDS)
    grown = max(memory) - memory[0]
    recovered = p95(phones, AFTERWARDS, 2)

    with capsys.disabled():
        told = f"p95 {usual:.2f}, {crowded:.2f}, {recovered:.3f} s, {grown:.0f} MiB more, {dict(phones.statuses)}"
        sys.stdout.write(f"[{kind}: {told}] ")
    assert set(phones.statuses) == {200, 201, 503}
    assert grown < MOST_MEMORY_MIB
    assert recovered < LONGEST_P95_S
    phones.settle()
    forms.count(outages=1)
