"""The trends of a full year, uncached: over HTTP, and beside it the bare reading and the bare statistics.

Run it with `python benchmarks/trends.py [--rounds N] [--measured-every DAYS]`. All parts are timed in turn in every
round, so that their ratios hold on a busy machine too; so does the processor time that the server needed.
"""

import argparse
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial, wraps
from types import ModuleType
from typing import Any, ClassVar
from uuid import UUID

from bench import (
    Connection,
    compiled,
    databases,
    machine,
    percentile,
    processor_seconds,
    service,
    status,
    table,
    timed,
)
from diary import DAYS, SYMPTOMS, Year
from psycopg import Connection as PostgresConnection
from pydantic_core import to_json
from sqlalchemy import event

from domain import days, lesions, lifestyle, medications
from domain import trends as statistics
from infra.db import Database, Session
from infra.settings import Settings
from main import doorkeeper
from services import trends
from services.access import Actor
from tests.factories import Person, ok
from tests.faults.installations import Installation, read_answer, request
from tests.support.server import Server

GOAL_MS, STRETCH_MS = 30, 15
WARM_UP = 5
NOT_MODIFIED = 304
CALCULATIONS: tuple[tuple[ModuleType, str], ...] = (
    (days, "expected_days"),
    (days, "completion"),
    (statistics, "symptom_trend"),
    (statistics, "count_trend"),
    (lesions, "assess"),
    (medications, "adherence"),
    (lifestyle, "lifestyle"),
)
"""What `services/trends.py` asks of `domain/`."""


@dataclass
class Parts:
    """What one answer was made of: its statements, and its calculations with their inputs."""

    statements: list[tuple[str, Any]] = field(default_factory=list)
    calculations: list[Callable[[], object]] = field(default_factory=list)

    def calculate(self) -> None:
        """Do all calculations again."""
        for calculation in self.calculations:
            calculation()

    def read(self, connection: sqlite3.Connection | PostgresConnection[Any]) -> None:
        """Send all statements again and fetch their rows, with nothing but the driver."""
        cursor: Any = connection.cursor()
        cursor.execute("BEGIN")
        for statement, parameters in self.statements:
            cursor.execute(statement, parameters)
            cursor.fetchall()
        cursor.execute("ROLLBACK")
        cursor.close()


class Asked:
    """The same question at both ends: over HTTP, and of the service in this process."""

    calculations: ClassVar = CALCULATIONS

    def __init__(self, installation: Installation, year: Year) -> None:
        server, person = installation.server, installation.clinic.patient
        query = f"?from={year.first_day}&to={year.last_day}"
        self._wire = partial(request, person, "GET", f"/v1/patients/{{me}}/trends{query}")
        self.plain = self._wire()
        self._period = (year.first_day, year.last_day)
        self._patient_id = UUID(person.id)
        self._actor = _actor(server, installation.database_url, person)
        url = Settings(database_url=installation.database_url).database()
        self.database = Database(url, connections=2, timeout_s=10)

    def conditional(self, tag: str) -> bytes:
        """The request of somebody who has the answer."""
        return self._wire(headers={"If-None-Match": tag})

    def of_service(self) -> bytes:
        """The answer's JSON, made in this process."""
        with self.database.reader() as session:
            return self._answer(session)

    def _answer(self, session: Session) -> bytes:
        first, last = self._period
        question = trends.ask(session, self._actor, self._patient_id, first=first, last=last)
        return to_json(trends.answer(session, question))

    def parts(self) -> Parts:
        """What one answer is made of."""
        parts = Parts()

        def note(_connection: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
            if not statement.startswith("BEGIN"):
                parts.statements.append((statement, parameters))

        with self.database.reader() as session, _recorded(parts, self.calculations):
            event.listen(session.connection(), "before_cursor_execute", note)
            self._answer(session)
        return parts

    @contextmanager
    def driver(self) -> Iterator[sqlite3.Connection | PostgresConnection[Any]]:
        """A connection without SQLAlchemy around it."""
        pooled = self.database.readers.raw_connection()
        bare: Any = pooled.driver_connection
        if not self.database.is_sqlite:
            bare.autocommit = True
        try:
            yield bare
        finally:
            pooled.invalidate()
            self.database.dispose()


def _actor(server: Server, database_url: str, person: Person) -> Actor:
    """Who the server believes the person is."""
    settings = Settings(database_url=database_url, data_dir=server.directory / "data", password_memory_kib=8)
    claims = doorkeeper(settings).tokens.read_access(person.token, now := datetime.now(UTC))
    assert claims is not None
    return Actor(**asdict(claims), at=now, minimum_consent_version=1)


@contextmanager
def _recorded(parts: Parts, calculations: tuple[tuple[ModuleType, str], ...]) -> Iterator[None]:
    """Note each calculation while the block lasts."""
    with ExitStack() as leaving:
        for module, name in calculations:
            original = getattr(module, name)
            leaving.callback(setattr, module, name, original)
            setattr(module, name, _noting(parts, original))
        yield


def _noting(parts: Parts, original: Callable[..., object]) -> Callable[..., object]:
    @wraps(original)
    def noted(*arguments: object, **named: object) -> object:
        parts.calculations.append(partial(original, *arguments, **named))
        return original(*arguments, **named)

    return noted


def fill(installation: Installation, year: Year) -> None:
    """Post the year as a phone does that was offline for it."""
    patient, clinician = installation.clinic.patient, installation.clinic.clinician
    changed = clinician.get(f"/v1/patients/{patient.id}").json()["version"]
    enrolled = {"enrolled_on": str(year.first_day), "time_zone": "UTC"}
    ok(clinician.patch(f"/v1/patients/{patient.id}", enrolled, base=changed))
    for medication in year.medications:
        ok(patient.post("/v1/patients/{me}/medications", medication))
    for lesion in year.lesions:
        ok(patient.post("/v1/patients/{me}/lesions", lesion))
    results = ok(patient.post("/v1/patients/{me}/entries/batch", {"entries": year.entries()}))["results"]
    assert [result["result"] for result in results] == ["created"] * DAYS
    for lesion in year.lesions:
        path = f"/v1/patients/{patient.id}/lesions/{lesion['id']}"
        ok(clinician.put(path, lesion, base=1))


@dataclass
class Figures:
    """What was measured on one database."""

    answer_bytes: int
    milliseconds: dict[str, list[float]]
    """Of each part in each round."""
    processor_ms: float
    """That the server needed for an answer, whoever else kept the machine busy."""


def measure(installation: Installation, year: Year, *, rounds: int) -> Figures:
    """Ask again and again, and do the parts of the work beside it."""
    asked = Asked(installation, year)
    parts = asked.parts()
    taken: dict[str, list[float]] = {}
    with Connection(installation.server.port) as connection, asked.driver() as bare:
        answer = read_answer(connection.ask(asked.plain))
        assert answer.body == json.loads(asked.of_service())
        assert [symptom["n"] for symptom in answer.body["symptoms"]] == [DAYS] * len(SYMPTOMS)
        known = asked.conditional(answer.headers["etag"])
        assert status(connection.ask(known)) == NOT_MODIFIED
        work: dict[str, Callable[[], object]] = {
            "trends over HTTP": partial(connection.ask, asked.plain),
            "unchanged since (304)": partial(connection.ask, known),
            "service in process, to JSON": asked.of_service,
            "bare reading: same SQL": partial(parts.read, bare),
            "bare statistics: same input": parts.calculate,
        }
        for number in range(rounds + WARM_UP):
            for name, call in work.items():
                milliseconds = timed(call)
                if number >= WARM_UP:
                    taken.setdefault(name, []).append(milliseconds)
        before = processor_seconds(installation.server)
        for _ in range(rounds):
            connection.ask(asked.plain)
        needed = (processor_seconds(installation.server) - before) * 1000 / rounds
    return Figures(int(answer.headers["content-length"]), taken, needed)


def report(kind: str, figures: Figures) -> None:
    """Print the figures of one database."""
    whole = percentile(next(iter(figures.milliseconds.values())), 50)
    rows = {
        name: (
            f"{percentile(sample, 50):.1f}",
            f"{percentile(sample, 95):.1f}",
            f"{percentile(sample, 50) / whole:.2f}",
        )
        for name, sample in figures.milliseconds.items()
    }
    table(kind, ["p50 ms", "p95 ms", "of the first"], rows)
    size = figures.answer_bytes / 1024
    print(f"The answer has {size:.0f} KiB and takes {figures.processor_ms:.1f} ms of the server's processor time.")


def main() -> None:
    """Measure both databases."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--measured-every", type=int, default=1, metavar="DAYS", help="how often lesions are measured")
    chosen = parser.parse_args()
    print(f"{machine()}; {DAYS} days, 8 symptoms, 2 medications, 2 lesions measured every {chosen.measured_every} days")
    with databases() as all_databases, compiled() as environment:
        for kind, url in all_databases:
            year = Year(datetime.now(UTC).date() - timedelta(days=1), measured_every=chosen.measured_every)
            with service(url, environment) as installation:
                fill(installation, year)
                figures = measure(installation, year, rounds=chosen.rounds)
            report(kind, figures)
    print(f"\nGoal: p50 over HTTP at most {GOAL_MS} ms, better {STRETCH_MS} ms.")


if __name__ == "__main__":
    main()
