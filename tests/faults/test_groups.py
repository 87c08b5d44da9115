"""Entries that are posted at the same time share a transaction: what befalls one of them is not felt by the others.

The database is held still while the entries arrive, so that they really share one.
"""

import socket
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

import psycopg
import pytest
from httpx2 import Response

from tests.factories import Body, Person, entry_body, medication_body, new_id, ok, problem
from tests.faults.installations import Installation, impatient, installed, request
from tests.support import optional, postgres

ENTRIES = "/v1/patients/{me}/entries"
CROWD = 16
QUEUE = 24
DEADLINE_S = 6
LONG_ENOUGH_S = 0.5
"""In which all that was sent has arrived and waits."""


@pytest.fixture(scope="module", params=["true", "false"], ids=["process", "thread"])
def service(
    request: pytest.FixtureRequest, environment: Mapping[str, str], new_database: Callable[[], str]
) -> Iterator[Installation]:
    """An installation with a short queue and little patience, which records in either way."""
    settings = {"DERMATREND_RECORD_APART": request.param, **impatient(waiting=QUEUE, timeout_s=DEADLINE_S)}
    with installed(new_database(), {**environment, **settings}) as installation:
        yield installation


@pytest.fixture(scope="module")
def crowd(service: Installation) -> list[Person]:
    """Patients who write at the same time."""
    return [service.clinic.add_patient() for _ in range(CROWD)]


@contextmanager
def standing_still(database_url: str) -> Iterator[None]:
    """Nothing is recorded until the block is left."""
    if database_url.startswith("sqlite"):
        file = sqlite3.connect(database_url.removeprefix("sqlite:///"), isolation_level=None)
        file.execute("BEGIN IMMEDIATE")
        yield
        file.close()
        return
    with psycopg.connect(database_url) as connection:
        connection.execute("LOCK TABLE entry IN ACCESS EXCLUSIVE MODE")
        yield


def execute(database_url: str, statement: str) -> None:
    """Run a statement on the database, past the program."""
    if database_url.startswith("sqlite"):
        with sqlite3.connect(database_url.removeprefix("sqlite:///")) as file:
            file.execute(statement)
        file.close()
    else:
        with psycopg.connect(database_url, autocommit=True) as connection:
            connection.execute(statement)


def together(database_url: str, calls: Sequence[Callable[[], Response]]) -> list[Response]:
    """Answers to what arrives while the database stands still."""
    with ThreadPoolExecutor(len(calls)) as pool:
        with standing_still(database_url):
            answers = [pool.submit(call) for call in calls]
            time.sleep(LONG_ENOUGH_S)
            assert not any(answer.done() for answer in answers)
        return [answer.result() for answer in answers]


def stored(patient: Person) -> list[Body]:
    """All live entries of a patient."""
    items: list[Body] = ok(patient.get(ENTRIES, params={"limit": 500}))["items"]
    return items


def test_entries_that_share_a_transaction_are_each_stored_and_answered(
    service: Installation, crowd: list[Person]
) -> None:
    entries = [entry_body(note=f"of {patient.id}") for patient in crowd]

    answers = together(
        service.database_url,
        [partial(patient.post, ENTRIES, entry) for patient, entry in zip(crowd, entries, strict=True)],
    )

    for patient, entry, answer in zip(crowd, entries, answers, strict=True):
        assert answer.status_code == 201
        assert ok(answer)["note"] == f"of {patient.id}"
        assert ok(patient.get(f"{ENTRIES}/{entry['id']}")) == ok(answer)


def test_one_entry_sent_many_times_at_once_is_stored_once(service: Installation, crowd: list[Person]) -> None:
    entry = entry_body()
    before = len(stored(crowd[0]))

    answers = together(service.database_url, [partial(crowd[0].post, ENTRIES, entry)] * CROWD)

    assert sorted(answer.status_code for answer in answers) == [200] * (CROWD - 1) + [201]
    assert len({answer.text for answer in answers}) == 1
    assert len(stored(crowd[0])) == before + 1


def test_what_keeps_one_entry_out_does_not_keep_out_its_neighbours(service: Installation, crowd: list[Person]) -> None:
    reused, deleted = entry_body(), entry_body()
    ok(crowd[0].post(ENTRIES, reused))
    ok(crowd[1].post(ENTRIES, deleted))
    ok(crowd[1].delete(f"{ENTRIES}/{deleted['id']}"))
    without_consent, leaving = service.clinic.add_patient(consents=False), service.clinic.add_patient()
    ok(leaving.post("/v1/auth/logout"))
    reference = {"lesion_observations": [{"lesion_id": new_id(), "state": "gone"}]}
    refused = {
        (409, "id-reused"): partial(crowd[0].post, ENTRIES, {**reused, "note": "Something else."}),
        (409, "deleted"): partial(crowd[1].post, ENTRIES, deleted),
        (422, "unknown-reference"): partial(crowd[2].post, ENTRIES, entry_body(**reference)),
        (403, "consent-required"): partial(without_consent.post, ENTRIES, entry_body()),
        (401, "not-signed-in"): partial(leaving.post, ENTRIES, entry_body()),
        (404, "not-found"): partial(crowd[3].post, ENTRIES.replace("{me}", crowd[4].id), entry_body()),
    }
    good = [partial(patient.post, ENTRIES, entry_body()) for patient in crowd]

    answers = together(service.database_url, [*good, *refused.values()])

    assert [answer.status_code for answer in answers[: len(good)]] == [201] * len(good)
    for (status, name), answer in zip(refused, answers[len(good) :], strict=True):
        problem(answer, status, name)
    assert stored(without_consent) == []


def test_an_entry_that_the_database_refuses_unexpectedly_fails_alone(
    service: Installation, crowd: list[Person], kind: str
) -> None:
    if kind == "sqlite":
        execute(
            service.database_url,
            "CREATE TRIGGER poison BEFORE INSERT ON entry WHEN NEW.note = 'poison'"
            " BEGIN SELECT RAISE(ABORT, 'no'); END",
        )
        cure = "DROP TRIGGER poison"
    else:
        execute(service.database_url, "ALTER TABLE entry ADD CONSTRAINT poison CHECK (note <> 'poison')")
        cure = "ALTER TABLE entry DROP CONSTRAINT poison"
    before = [len(stored(patient)) for patient in crowd]
    entries = [entry_body(note="poison" if number in {5, 11} else "fine") for number in range(CROWD)]

    answers = together(
        service.database_url,
        [partial(patient.post, ENTRIES, entry) for patient, entry in zip(crowd, entries, strict=True)],
    )
    after = [len(stored(patient)) for patient in crowd]
    execute(service.database_url, cure)

    assert [answer.status_code for answer in answers] == [
        500 if entry["note"] == "poison" else 201 for entry in entries
    ]
    told = [line for line in service.server.log().splitlines() if "unforeseen error" in line]
    for answer in (answers[5], answers[11]):
        assert any(answer.headers["request-id"] in line and "IntegrityError" in line for line in told)
    assert [now - then for now, then in zip(after, before, strict=True)] == [
        0 if entry["note"] == "poison" else 1 for entry in entries
    ]
    assert ok(crowd[5].post(ENTRIES, entries[5]))["note"] == "poison"


@contextmanager
def locked(service: Installation, patient: Person) -> Iterator[None]:
    """The patient's row is locked by somebody else until the block is left."""
    with psycopg.connect(service.database_url) as connection:
        connection.execute("SELECT id FROM patient WHERE id = %s FOR UPDATE", [patient.id])
        yield


def test_a_patient_whose_row_is_locked_holds_up_nobody_else(
    service: Installation, crowd: list[Person], kind: str
) -> None:
    if kind == "sqlite":
        pytest.skip("SQLite locks the whole database")
    with ThreadPoolExecutor(1) as pool:
        with locked(service, crowd[0]):
            waits = pool.submit(crowd[0].post, ENTRIES, entry_body())
            time.sleep(LONG_ENOUGH_S)
            for patient in crowd[1:]:
                started = time.monotonic()
                assert patient.post(ENTRIES, entry_body()).status_code == 201
                assert time.monotonic() - started < LONG_ENOUGH_S
            assert not waits.done()

        assert waits.result().status_code == 201


def test_an_entry_that_cannot_be_recorded_in_time_is_to_be_sent_again(
    service: Installation, crowd: list[Person], kind: str
) -> None:
    entry = entry_body()
    started = time.monotonic()
    with standing_still(service.database_url) if kind == "sqlite" else locked(service, crowd[0]):
        answer = crowd[0].post(ENTRIES, entry)

    problem(answer, 503, "database-unavailable")
    assert int(answer.headers["retry-after"]) > 0
    assert DEADLINE_S - 1 < time.monotonic() - started < DEADLINE_S + 2
    again = crowd[0].post(ENTRIES, entry)
    assert again.status_code in {200, 201}
    assert [one["id"] for one in stored(crowd[0])].count(entry["id"]) == 1


def test_a_full_queue_refuses_at_once_and_forgets_nobody_in_it(service: Installation, crowd: list[Person]) -> None:
    entries = [entry_body() for _ in range(3 * QUEUE)]
    with ThreadPoolExecutor(len(entries)) as pool:
        with standing_still(service.database_url):
            sent = [pool.submit(crowd[0].post, ENTRIES, entry) for entry in entries]
            time.sleep(LONG_ENOUGH_S)
            refused = [answer.result() for answer in sent if answer.done()]
        answers = [answer.result() for answer in sent]

    assert len(refused) >= QUEUE
    for answer in refused:
        problem(answer, 503, "database-unavailable")
        assert int(answer.headers["retry-after"]) > 0
    acknowledged = [entry for entry, answer in zip(entries, answers, strict=True) if answer.status_code == 201]
    assert len(acknowledged) + len(refused) == len(entries)
    assert {entry["id"] for entry in acknowledged} <= {entry["id"] for entry in stored(crowd[0])}


def test_an_entry_whose_phone_hung_up_is_stored_at_most_once(service: Installation, crowd: list[Person]) -> None:
    entries = [entry_body() for _ in range(8)]
    with standing_still(service.database_url):
        for entry in entries:
            with socket.create_connection(("127.0.0.1", service.server.port)) as connection:
                connection.sendall(request(crowd[0], "POST", ENTRIES, entry))
        time.sleep(LONG_ENOUGH_S)

    again = [crowd[0].post(ENTRIES, entry) for entry in entries]

    assert {answer.status_code for answer in again} <= {200, 201}
    ids = [one["id"] for one in stored(crowd[0])]
    assert [ids.count(entry["id"]) for entry in entries] == [1] * len(entries)


def test_other_changes_have_their_turn_while_entries_pour_in(crowd: list[Person]) -> None:
    end = time.monotonic() + 4

    def pour(patient: Person) -> list[int]:
        answered = []
        while time.monotonic() < end:
            answered.append(patient.post(ENTRIES, entry_body()).status_code)
        return answered

    with ThreadPoolExecutor(len(crowd)) as pool:
        pouring = [pool.submit(pour, patient) for patient in crowd[1:]]
        time.sleep(LONG_ENOUGH_S)
        waited = []
        while time.monotonic() < end - 1:
            started = time.monotonic()
            ok(crowd[0].post("/v1/patients/{me}/medications", medication_body()))
            waited.append(time.monotonic() - started)
        statuses = {status for answers in pouring for status in answers.result()}

    assert statuses == {201}
    assert len(waited) > 1
    assert max(waited) < 2


def test_a_server_asked_to_end_records_what_waits(
    environment: Mapping[str, str], new_database: Callable[[], str]
) -> None:
    with installed(new_database(), environment) as installation, ThreadPoolExecutor(CROWD) as pool:
        patient, server = installation.clinic.patient, installation.server
        entries = [entry_body() for _ in range(CROWD)]
        with standing_still(installation.database_url):
            sent = [pool.submit(patient.post, ENTRIES, entry) for entry in entries]
            time.sleep(LONG_ENOUGH_S)
            server.process.terminate()
            server.wait_for("Shutting down")
            assert not any(answer.done() for answer in sent)

        answers = [answer.result() for answer in sent]
        server.process.wait(15)

        assert [answer.status_code for answer in answers] == [201] * CROWD
        server.restart()
        assert sorted(one["id"] for one in stored(patient)) == sorted(entry["id"] for entry in entries)


def test_a_group_whose_commit_has_an_unknown_outcome_is_to_be_sent_again(environment: Mapping[str, str]) -> None:
    """The server commits on its own disk and waits for another that never answers; there the connection is cut."""
    try:
        with postgres.private_server() as server, postgres.fresh_database(server.url) as url:
            _check_unknown_outcomes(url, server, environment)
    except postgres.PostgresUnavailable as unavailable:
        optional.skip_or_fail(unavailable)


def _check_unknown_outcomes(url: str, server: postgres.PostgresServer, environment: Mapping[str, str]) -> None:
    with installed(url, environment) as installation, ThreadPoolExecutor(CROWD) as pool:
        patient = installation.clinic.patient
        entries = [entry_body() for _ in range(CROWD)]
        _set_standby(server, "nobody")
        sent: list[Future[Response]] = [pool.submit(patient.post, ENTRIES, entry) for entry in entries]
        while not all(answer.done() for answer in sent):
            time.sleep(LONG_ENOUGH_S)
            with psycopg.connect(server.superuser_url, autocommit=True) as connection:
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
                )
        for answer in sent:
            problem(answer.result(), 503, "database-unavailable")
        _set_standby(server, "")

        again = [patient.post(ENTRIES, entry) for entry in entries]

        assert {answer.status_code for answer in again} == {200}, "they had been committed"
        assert sorted(one["id"] for one in stored(patient)) == sorted(entry["id"] for entry in entries)


def _set_standby(server: postgres.PostgresServer, name: str) -> None:
    with psycopg.connect(server.superuser_url, autocommit=True) as connection:
        connection.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{name}'")
        connection.execute("SELECT pg_reload_conf()")
    time.sleep(LONG_ENOUGH_S)
