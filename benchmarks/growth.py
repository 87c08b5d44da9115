"""Whether the diary stays as fast as it was: posting and trends with ever more entries in the database.

Run it with `python benchmarks/growth.py [--entries N ...] [--seconds N] [--rounds N] [--databases NAME ...]`; it needs
wrk, and 5 GB of disk for a million entries. A thousand patients have the entries, each under a random id, in the order
of the days, so that those of one patient lie far apart: 8 ratings, 2 lesion observations, 2 intakes, a note. One of the
patients has a year of them whatever the number. In each round all numbers take turns; a figure is the median.
"""

import argparse
import sqlite3
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import psycopg
from bench import Connection, ask_for_databases, compiled, databases, machine, percentile, service, table, timed
from crowd import PATIENTS, SECRET, Somebody, gather
from diary import DAYS, SYMPTOMS
from load import lines, wrk
from psycopg import sql

from tests.factories import Person
from tests.faults.installations import Installation, read_answer, request

PHONES = 64
TRENDS_A_ROUND = 25
SQLITE = {
    "new_id": "lower(hex(randomblob(16)))",
    "day": "date('{last_day}', (1 - n) || ' days')",
    "at": "day || ' 19:40:00.000000'",
    "id": "'{0.hex}'",
}
POSTGRESQL = {
    "new_id": "gen_random_uuid()",
    "day": "date '{last_day}' + (1 - n)",
    "at": "(day + time '19:40') AT TIME ZONE 'UTC'",
    "id": "'{0}'",
}
"""What the two databases write differently."""

ENTRIES = """
INSERT INTO entry (patient_id, id, version, revision, recorded_at, utc_offset_minutes, time_zone, day, counted_day,
    received_at, late, flags, note, recorded_by)
WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {most}),
    days AS (
        SELECT patient.id AS patient_id, n, {day} AS day FROM numbers CROSS JOIN patient
        WHERE n <= CASE WHEN patient.id = {with_a_year} THEN {year} ELSE {of_each} END
    )
SELECT patient_id, {new_id}, 1, {most} - n + 1, {at}, 0, 'UTC', day, day,
    {at}, 1 = 0, '[]', 'Dressing stuck this morning, better after the walk.', patient_id
FROM days ORDER BY n DESC, patient_id
"""
RATINGS = """
INSERT INTO rating (patient_id, entry_id, position, symptom, severity)
WITH symptoms (position, symptom) AS (VALUES {symptoms})
SELECT patient_id, id, position, symptom, (revision * 7 + position * 3) % 11 FROM entry CROSS JOIN symptoms
"""
OBSERVATIONS = """
INSERT INTO lesion_observation (patient_id, entry_id, position, lesion_id, state, length_tenths, width_tenths, method)
SELECT entry.patient_id, entry.id, place, numbered.id, 'measured', 100 + (revision + place) % 50, 80, 'ruler'
FROM entry CROSS JOIN (
    SELECT patient_id, id, row_number() OVER (PARTITION BY patient_id ORDER BY id) - 1 AS place FROM lesion
) AS numbered
WHERE numbered.patient_id = entry.patient_id
"""
INTAKES = """
INSERT INTO intake (patient_id, entry_id, position, medication_id, taken)
SELECT entry.patient_id, entry.id, place, numbered.id, 1 = 1
FROM entry CROSS JOIN (
    SELECT patient_id, id, row_number() OVER (PARTITION BY patient_id ORDER BY id) - 1 AS place FROM medication
) AS numbered
WHERE numbered.patient_id = entry.patient_id
"""
COUNTERS = "UPDATE patient SET revision = {most}"

REFERENCES = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE contype = 'f' AND conrelid IN ('entry'::regclass, 'rating'::regclass, 'lesion_observation'::regclass,
    'intake'::regclass)
"""


@dataclass(frozen=True)
class Grown:
    """An installation that has some entries already."""

    installation: Installation
    patients: Path
    """Who posts, for wrk: all but the one with a year."""
    question: bytes
    """For the trends of the year, as it goes over the wire."""


def main() -> None:
    """Measure both databases."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, nargs="+", default=[1_000, 100_000, 1_000_000], metavar="N")
    parser.add_argument("--seconds", type=int, default=5, help="of posting in each round")
    parser.add_argument("--rounds", type=int, default=5)
    ask_for_databases(parser)
    chosen = parser.parse_args()
    print(f"{machine()}; {chosen.rounds} rounds of {chosen.seconds} s")
    with compiled() as environment:
        told = {**environment, "DERMATREND_SECRET_KEY": SECRET}
        for kind in chosen.databases:
            with ExitStack() as leaving:
                all_grown = {number: leaving.enter_context(grown(kind, number, told)) for number in chosen.entries}
                report(kind, measure(all_grown, rounds=chosen.rounds, seconds=chosen.seconds))


def measure(all_grown: Mapping[int, Grown], *, rounds: int, seconds: int) -> dict[int, tuple[list[float], list[float]]]:
    """By number of entries: entries a second, and the p50 of trends in ms, of each round."""
    figures: dict[int, tuple[list[float], list[float]]] = {number: ([], []) for number in all_grown}
    for _ in range(rounds):
        for number, one in all_grown.items():
            rates, medians = figures[number]
            rates.append(wrk(one.installation.server, one.patients, seconds, PHONES))
            with Connection(one.installation.server.port) as connection:
                ask = partial(connection.ask, one.question)
                medians.append(percentile([timed(ask) for _ in range(TRENDS_A_ROUND)], 50))
    return figures


def report(kind: str, figures: Mapping[int, tuple[list[float], list[float]]]) -> None:
    """Print the medians."""
    rates = [f"{statistics.median(rates):.0f}" for rates, _ in figures.values()]
    medians = [f"{statistics.median(medians):.1f}" for _, medians in figures.values()]
    rows = {f"posted by {PHONES} phones, a second": rates, "trends of a year, p50 ms": medians}
    table(f"{kind}, with so many entries", [f"{number:>9,}" for number in figures], rows)


@contextmanager
def grown(kind: str, entries: int, told: Mapping[str, str]) -> Iterator[Grown]:
    """A server on a database of its own with so many entries."""
    with databases() as all_databases, TemporaryDirectory() as directory:
        url = dict(all_databases)[kind]
        with service(url, told) as installation:
            crowd = gather(installation)
            with_a_year, *others = crowd
            last_day = datetime.now(UTC).date() - timedelta(days=1)
            began = time.perf_counter()
            fill(url, entries, with_a_year=with_a_year.patient_id, last_day=last_day)
            print(f"{kind}: {entries:,} entries in {time.perf_counter() - began:.0f} s", flush=True)
            patients = lines(Path(directory) / "patients", [one.line(one.token) for one in others])
            question = question_of(installation, with_a_year, last_day)
            check_year(installation, question)
            yield Grown(installation, patients, question)


def question_of(installation: Installation, somebody: Somebody, last_day: date) -> bytes:
    """Somebody asks for the trends of a year."""
    person = Person(installation.clinic.http, somebody.token, "", "", str(somebody.patient_id))
    query = f"?from={last_day - timedelta(days=DAYS - 1)}&to={last_day}"
    return request(person, "GET", f"/v1/patients/{{me}}/trends{query}")


def check_year(installation: Installation, question: bytes) -> None:
    """See that there is a year."""
    with Connection(installation.server.port) as connection:
        answer = read_answer(connection.ask(question))
    assert [symptom["n"] for symptom in answer.body["symptoms"]] == [DAYS] * len(SYMPTOMS), answer


def fill(url: str, entries: int, *, with_a_year: UUID, last_day: date) -> None:
    """Write the entries past the program, as many statements as there are tables."""
    written = SQLITE if url.startswith("sqlite") else POSTGRESQL
    of_each = max(1, entries // PATIENTS)
    symptoms = ", ".join(f"({position}, '{symptom}')" for position, symptom in enumerate(SYMPTOMS))
    numbers = {"most": max(of_each, DAYS), "of_each": of_each, "year": DAYS, "symptoms": symptoms}
    parts = {name: text.format(with_a_year, last_day=last_day) for name, text in written.items()}
    statements = [
        statement.format(**numbers, **parts, with_a_year=parts["id"])
        for statement in (ENTRIES, RATINGS, OBSERVATIONS, INTAKES, COUNTERS)
    ]
    (_fill_sqlite if url.startswith("sqlite") else _fill_postgresql)(url, statements)


def _fill_sqlite(url: str, statements: Sequence[str]) -> None:
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as file:
        file.execute("PRAGMA synchronous = OFF")
        for statement in statements:
            file.execute(statement)
        file.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _fill_postgresql(url: str, statements: Sequence[str]) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        with _unreferenced(connection.execute):
            for statement in statements:
                connection.execute(statement.encode())
        connection.execute("VACUUM ANALYZE")


@contextmanager
def _unreferenced(execute: Callable[..., psycopg.Cursor[tuple[str, ...]]]) -> Iterator[None]:
    """Without foreign keys in the block: to check them row by row takes longer than all else."""
    references = execute(REFERENCES).fetchall()
    assert references
    for table_name, name, _ in references:
        statement = sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}")
        execute(statement.format(sql.Identifier(table_name), sql.Identifier(name)))
    yield
    for table_name, name, definition in references:
        statement = sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} {}")
        execute(statement.format(sql.Identifier(table_name), sql.Identifier(name), sql.SQL(definition)))


if __name__ == "__main__":
    main()
