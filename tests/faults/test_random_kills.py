"""Killed at any moment under a crowd, the server loses nothing of what it acknowledged and doubles nothing."""

import random
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.faults import forms
from tests.faults.installations import Installation, installed, recorded_together, wait_for_recording
from tests.faults.ledger import stored_entries
from tests.faults.phones import crowd

KILLS = forms.either(3, 50)
CONNECTIONS = 64
OF_PROCESSES = 0.7
"""The share of kills that wait until entries are recorded by processes of their own; the others come before that."""
LEAST_TOGETHER = 1.5
"""Entries of a group, on the average."""


@pytest.fixture(scope="module", params=[1, 2], ids=["1 worker", "2 workers"])
def attacked(
    request: pytest.FixtureRequest,
    environment: Mapping[str, str],
    new_database: Callable[[], str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Installation]:
    """An installation that is going to be killed, whose metrics outlive it."""
    metrics = {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path_factory.mktemp("metrics"))}
    with installed(new_database(), {**environment, **metrics}, "--workers", str(request.param)) as installation:
        yield installation


def test_a_server_killed_at_random_moments_under_64_connections_keeps_its_word(
    attacked: Installation, tmp_path: Path
) -> None:
    phones = crowd(attacked.server.url, attacked.clinic, tmp_path)
    chance = random.Random(1)
    with phones.sending(CONNECTIONS):
        for _ in range(KILLS):
            phones.wait_for_success(30, since=time.monotonic())
            if chance.random() < OF_PROCESSES:
                wait_for_recording(attacked.server)
            time.sleep(chance.uniform(0.0, 0.7))
            attacked.server.kill()
            attacked.server.restart()
        phones.wait_for_success(30, since=time.monotonic())

    phones.settle()
    forms.count(kills=KILLS)
    assert phones.statuses[201] > CONNECTIONS
    groups, entries = recorded_together(attacked)
    assert entries > LEAST_TOGETHER * groups, "else it is not entries that share a transaction which are killed"
    for household in phones.households:
        revisions = sorted(entry["revision"] for entry in stored_entries(household.patient))
        assert revisions == list(range(1, len(revisions) + 1)), "a number was given twice, or lost"
