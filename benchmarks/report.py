"""The report of a full year, uncached: as page, PDF and JSON over HTTP, and beside it the bare reading and statistics.

Run it with `python benchmarks/report.py [--rounds N] [--seconds N] [--turns N] [--measured-every DAYS]`. Every round
asks for another period, so that nothing is made twice. Then a phone tells its diary, in turn alone and beside 50
readers who ask for reports without a pause; of its slowest entries it is told how long the server waited for a core
meanwhile.
"""

import argparse
import multiprocessing
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
from pathlib import Path
from threading import Thread
from typing import ClassVar, NamedTuple

from bench import Connection, compiled, databases, machine, percentile, service, status, table, timed
from diary import DAYS, Year
from trends import CALCULATIONS, WARM_UP, Asked, fill

from domain.report import Report
from infra.db import Session
from reports.documents import Options
from reports.formats import Format, write
from services import reports
from tests.factories import entry_body
from tests.faults.installations import Installation, request
from tests.support.server import Server

GOALS_MS = {"html": 60, "pdf": 400}
FORMS = (Format.HTML, Format.PDF, Format.JSON)
READERS = 50
SLOWEST = 50
"""Of so many entries one is among the slowest."""
PERIODS = 60
"""Different first days."""


class AskedReport(Asked):
    """The report at both ends: over HTTP, and in this process."""

    calculations: ClassVar = (*CALCULATIONS, (reports, "reported_lesions"))

    def _answer(self, session: Session) -> bytes:
        first, last = self._period
        question = reports.ask(session, self._actor, self._patient_id, first=first, last=last, wish=None)
        self.report: Report = reports.gather(
            session, question, generated_at=datetime.now(UTC), software_version="benchmark"
        )
        return b""


class Told(NamedTuple):
    """How long an entry took."""

    milliseconds: float
    waiting: float
    """Of these, threads of the server were ready to run and had no core (Linux); it may be two at once."""


@dataclass
class Beside:
    """How long a diary took, and what became of the reports meanwhile."""

    entries: "list[Told]" = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)


def asking(installation: Installation, year: Year, form: Format) -> list[bytes]:
    """The request for a report, over many periods of nearly a year."""
    clinician, patient = installation.clinic.clinician, installation.clinic.patient
    path = (
        f"/v1/patients/{patient.id}/report.{form}" if form is not Format.JSON else f"/v1/patients/{patient.id}/report"
    )
    days = (year.first_day + timedelta(days=number) for number in range(PERIODS))
    return [request(clinician, "GET", f"{path}?from={day}&to={year.last_day}") for day in days]


def measure(installation: Installation, year: Year, rounds: int) -> dict[str, list[float]]:
    """Ask for one format after the other, and do the parts of the work beside it."""
    taken: dict[str, list[float]] = {}
    asked = AskedReport(installation, year)
    parts = asked.parts()
    requests = {form: asking(installation, year, form) for form in FORMS}
    with Connection(installation.server.port) as connection, asked.driver() as bare:

        def fetch(form: Format, number: int) -> None:
            assert status(connection.ask(requests[form][number % PERIODS])) == 200

        for number in range(rounds + WARM_UP):
            work: dict[str, Callable[[], object]] = {
                **{f"{form} over HTTP": partial(fetch, form, number) for form in FORMS},
                "in process: gathered": asked.of_service,
                **{
                    f"in process: written as {form}": partial(write, asked.report, form, Options())
                    for form in (Format.HTML, Format.JSON)
                },
                "bare reading: same SQL": partial(parts.read, bare),
                "bare statistics: same input": parts.calculate,
            }
            for name, call in work.items():
                milliseconds = timed(call)
                if number >= WARM_UP:
                    taken.setdefault(name, []).append(milliseconds)
    return taken


def telling(installation: Installation, seconds: int) -> list[Told]:
    """How long each entry of a phone took that sends one after the other."""
    taken = []
    process = installation.server.process.pid
    until = time.perf_counter() + seconds
    with Connection(installation.server.port) as connection:
        while time.perf_counter() < until:
            entry = request(installation.clinic.patient, "POST", "/v1/patients/{me}/entries", _entry())
            before = waited(process)
            milliseconds = timed(partial(_posted, connection, entry))
            taken.append(Told(milliseconds, waited(process) - before))
            time.sleep(0.005)
    return taken


def waited(process: int) -> float:
    """Milliseconds that the threads of a process were ready to run and had no core, so far."""
    total = 0.0
    for thread in Path(f"/proc/{process}/task").iterdir():
        with suppress(OSError):  # it has ended
            total += int((thread / "schedstat").read_text().split()[1]) / 1e6
    return total


def _entry() -> dict[str, object]:
    body: dict[str, object] = entry_body(recorded_at=f"{date.today()}T08:00:00+00:00", time_zone="UTC")  # noqa: DTZ011
    return body


def _posted(connection: Connection, wire: bytes) -> None:
    assert status(connection.ask(wire)) == 201


def beside_readers(installation: Installation, year: Year, form: Format, seconds: int) -> Beside:
    """The same beside readers who ask without a pause; they are a process of their own, which takes little time."""
    context = multiprocessing.get_context("fork")
    stop, told = context.Event(), context.Queue()
    wires = asking(installation, year, form)
    readers = context.Process(target=_read_on, args=(installation.server, wires, stop, told))
    readers.start()
    time.sleep(1)
    taken = telling(installation, seconds)
    stop.set()
    statuses = Counter(told.get(timeout=120))
    readers.join()
    return Beside(taken, statuses)


def _read_on(server: Server, wires: list[bytes], stop: Event, told: "Queue[dict[int, int]]") -> None:
    statuses: Counter[int] = Counter()

    def reader(number: int) -> None:
        with suppress(OSError), Connection(server.port) as connection:
            while not stop.is_set():
                statuses[status(connection.ask(wires[number % PERIODS]))] += 1
                number += READERS

    threads = [Thread(target=reader, args=(number,)) for number in range(READERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told.put(dict(statuses))


def in_turn(installation: Installation, year: Year, turns: int, seconds: int) -> dict[str, Beside]:
    """The diary alone and beside readers of each format, in turn, for a machine that others keep busy now and then."""
    found: dict[str, Beside] = {}
    for _ in range(turns):
        states: dict[str, Callable[[], Beside]] = {
            "alone": lambda: Beside(telling(installation, seconds)),
            **{
                f"beside {READERS} readers of {form}": partial(beside_readers, installation, year, form, seconds)
                for form in (Format.HTML, Format.PDF)
            },
        }
        for name, state in states.items():
            turn, all_turns = state(), found.setdefault(name, Beside())
            all_turns.entries += turn.entries
            all_turns.statuses += turn.statuses
    return found


def report(kind: str, taken: dict[str, list[float]]) -> None:
    """Print the figures of one database."""
    rows = {
        name: (f"{percentile(sample, 50):.1f}", f"{percentile(sample, 95):.1f}", str(GOALS_MS.get(name.split()[0], "")))
        for name, sample in taken.items()
    }
    table(kind, ["p50 ms", "p95 ms", "goal ms"], rows)


def main() -> None:
    """Measure both databases."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--measured-every", type=int, default=1, metavar="DAYS", help="how often lesions are measured")
    chosen = parser.parse_args()
    print(f"{machine()}; {DAYS} days, 8 symptoms, 2 medications, 2 lesions measured every {chosen.measured_every} days")
    with databases() as all_databases, compiled() as environment:
        for kind, url in all_databases:
            year = Year(datetime.now(UTC).date() - timedelta(days=1), measured_every=chosen.measured_every)
            with service(url, environment) as installation:
                fill(installation, year)
                report(kind, measure(installation, year, chosen.rounds))
                found = in_turn(installation, year, chosen.turns, chosen.seconds)
            columns = ["entries", "p50 ms", "p99 ms", "slowest: ms", "no core: ms", "reports: status and number"]
            table(f"a diary entry, {kind}", columns, {name: _row(beside) for name, beside in found.items()})
    print("\nGoal: beside the readers p99 of an entry at most twice what it is alone.")


def _row(found: Beside) -> tuple[str, ...]:
    sample = [one.milliseconds for one in found.entries]
    slowest = sorted(found.entries)[-max(len(sample) // SLOWEST, 1) :]
    means = (sum(part) / len(slowest) for part in zip(*slowest, strict=True))
    said = ", ".join(f"{code}: {count}" for code, count in sorted(found.statuses.items()))
    figures = (percentile(sample, 50), percentile(sample, 99), *means)
    return (str(len(sample)), *(f"{figure:.1f}" for figure in figures), said)


if __name__ == "__main__":
    main()
