"""Single entries posted and acknowledged per second: by one phone after another, and by sixteen at once.

Run it with `python benchmarks/entries.py [--seconds N]`. Every phone has a connection and a patient of its own and
waits for each answer. Beside it, what the database alone can commit, one row at a time, on the same disk.
"""

import argparse
import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from uuid import uuid4

import psycopg
from bench import Connection, compiled, databases, machine, percentile, processor_seconds, service, status, table, timed

from tests.factories import Person, entry_body, ok
from tests.faults.installations import Installation, request

PHONES = 16
CREATED = 201


def main() -> None:
    """Measure both databases."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10)
    seconds = parser.parse_args().seconds
    print(f"{machine()}; {seconds:g} s each; the phones run on the same cores as the server")
    with databases() as all_databases, compiled() as environment:
        for kind, url in all_databases:
            with service(url, environment) as installation:
                rows = {
                    "1 phone": _measure(installation, phones=1, seconds=seconds),
                    f"{PHONES} phones": _measure(installation, phones=PHONES, seconds=seconds),
                    "database alone, 1 row a commit": _commits(url, seconds=seconds),
                }
            table(kind, ["a second", "p50 ms", "p95 ms", "server ms"], rows)


def _measure(installation: Installation, *, phones: int, seconds: float) -> list[str]:
    """Post until the time is up, then look whether all that was acknowledged is there."""
    patients = [installation.clinic.add_patient() for _ in range(phones)]
    before = processor_seconds(installation.server)
    until = time.perf_counter() + seconds
    with ThreadPoolExecutor(phones) as pool:
        samples = list(pool.map(lambda patient: _post(installation, patient, until), patients))
    used = (processor_seconds(installation.server) - before) * 1000
    for patient, sample in zip(patients, samples, strict=True):
        revision = ok(patient.get("/v1/patients/{me}/trends"))["revision"]
        assert revision == len(sample), "what was acknowledged is not what is stored"
    every = [milliseconds for sample in samples for milliseconds in sample]
    return [*_figures(every, seconds), f"{used / len(every):.1f}"]


def _post(installation: Installation, patient: Person, until: float) -> list[float]:
    """How long each answer took."""
    taken = []
    with Connection(installation.server.port) as connection:
        while time.perf_counter() < until:
            body = request(patient, "POST", "/v1/patients/{me}/entries", entry_body())
            started = time.perf_counter()
            answer = connection.ask(body)
            taken.append((time.perf_counter() - started) * 1000)
            assert status(answer) == CREATED, answer
    return taken


def _commits(database_url: str, *, seconds: float) -> list[str]:
    """Commit single rows until the time is up."""
    taken = []
    with _committing(database_url) as commit:
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            taken.append(timed(commit))
    return [*_figures(taken, seconds), ""]


@contextmanager
def _committing(database_url: str) -> Iterator[Callable[[], object]]:
    """A function that puts one row on disk."""
    numbers = count()
    if database_url.startswith("sqlite"):
        with sqlite3.connect(database_url.removeprefix("sqlite:///"), isolation_level=None) as file:
            file.execute("PRAGMA synchronous=FULL")
            file.execute("CREATE TABLE bare (number INTEGER PRIMARY KEY, content TEXT)")
            yield lambda: file.execute("INSERT INTO bare VALUES (?, ?)", (next(numbers), uuid4().hex))
        file.close()
        return
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE bare (number INTEGER PRIMARY KEY, content TEXT)")
        yield lambda: connection.execute("INSERT INTO bare VALUES (%s, %s)", (next(numbers), uuid4().hex))


def _figures(milliseconds: list[float], seconds: float) -> list[str]:
    rate = len(milliseconds) / seconds
    return [f"{rate:.0f}", f"{percentile(milliseconds, 50):.1f}", f"{percentile(milliseconds, 95):.1f}"]


if __name__ == "__main__":
    main()
