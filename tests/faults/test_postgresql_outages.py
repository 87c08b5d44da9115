"""PostgreSQL restarts, freezes, throws everybody out, is full or read-only, or sits behind a pooler.

Nobody's entry is lost or doubled, whoever cannot be served is told to come again (503), and as soon as the database is
back so is the service, without a restart.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpx2
import psycopg
import pytest

from infra.db import Database
from infra.settings import Settings
from tests.factories import entry_body, ok, problem
from tests.faults import forms
from tests.faults.installations import Installation, installed
from tests.faults.ledger import ENTRIES
from tests.faults.phones import Crowd, crowd
from tests.support import optional, postgres
from tests.support.pgbouncer import PgBouncerMissing, pgbouncer
from tests.support.postgres import PostgresServer, ShutdownMode

CONNECTIONS = 32
RECOVERY_S = 5
TIMEOUT_S = 2
FROZEN_S = forms.either(5, 30)
ROUNDS = forms.either(1, 10)
EVERYBODY = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'dermatrend'"


@pytest.fixture(scope="module")
def postgresql() -> Iterator[PostgresServer]:
    """A server of our own to maltreat."""
    try:
        with postgres.private_server({"max_connections": "40"}) as server:
            yield server
    except postgres.PostgresUnavailable as unavailable:
        optional.skip_or_fail(unavailable)


@pytest.fixture(scope="module")
def service(postgresql: PostgresServer, environment: Mapping[str, str]) -> Iterator[Installation]:
    """An installation on it, which does not wait for long."""
    impatient = {**environment, "DERMATREND_DATABASE_TIMEOUT_SECONDS": str(TIMEOUT_S)}
    with postgres.fresh_database(postgresql.url) as url, installed(url, impatient) as installation:
        yield installation


@pytest.fixture
def phones(service: Installation, tmp_path: Path) -> Crowd:
    """Patients whom no other test knows."""
    return crowd(service.server.url, service.clinic, tmp_path)


def superuser(server: PostgresServer, *statements: str) -> None:
    """What an administrator of the database does."""
    with psycopg.connect(server.superuser_url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


@contextmanager
def under_load(phones: Crowd) -> Iterator[None]:
    """The block happens while everybody is sending; afterwards they are soon served again, and nothing is missing."""
    with phones.sending(CONNECTIONS):
        phones.wait_for_success(30, since=time.monotonic())
        yield
        seconds = phones.wait_for_success(RECOVERY_S, since=time.monotonic())
        forms.count(outages=1, recovery_ms=round(seconds * 1000))
        time.sleep(0.5)
    assert set(phones.statuses) <= {200, 201, 503}, phones.statuses
    phones.settle()


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_a_restart_under_load_loses_nothing_and_is_over_in_five_seconds(
    postgresql: PostgresServer, phones: Crowd, mode: ShutdownMode
) -> None:
    for _ in range(ROUNDS):
        with under_load(phones):
            postgresql.restart(mode)


def test_a_lost_machine_loses_nothing_that_was_acknowledged(postgresql: PostgresServer, phones: Crowd) -> None:
    for _ in range(ROUNDS):
        with under_load(phones):
            postgresql.kill()
            postgresql.start()


def test_sessions_that_are_thrown_out_lose_nothing(postgresql: PostgresServer, phones: Crowd) -> None:
    with under_load(phones):
        for _ in range(3 * ROUNDS):
            superuser(postgresql, EVERYBODY)
            time.sleep(0.2)


def test_nobody_notices_that_idle_connections_died(postgresql: PostgresServer, service: Installation) -> None:
    patient = service.clinic.add_patient()
    for _ in range(3):
        ok(patient.post(ENTRIES, entry_body()))

    postgresql.restart()

    for _ in range(3):
        assert patient.post(ENTRIES, entry_body()).status_code == 201
        assert patient.get(ENTRIES).status_code == 200


def test_a_frozen_database_is_answered_for_in_time_and_served_again_when_it_thaws(
    postgresql: PostgresServer, service: Installation, phones: Crowd
) -> None:
    url = service.server.url
    with under_load(phones):
        postgresql.freeze()
        try:
            until = time.monotonic() + FROZEN_S
            time.sleep(0.5)
            while time.monotonic() < until:
                began = time.monotonic()
                assert httpx2.get(f"{url}/health/live", trust_env=False).status_code == 200
                assert time.monotonic() - began < 1
                ready = httpx2.get(f"{url}/health/ready", trust_env=False, timeout=15)
                assert problem(ready, 503, "database-unavailable")
            assert phones.statuses[503] > 0
        finally:
            postgresql.thaw()
    assert max(phones.seconds) < 8 * TIMEOUT_S, "waiting for a thread, a connection, and an answer"


def test_a_read_only_database_still_answers_questions(postgresql: PostgresServer, service: Installation) -> None:
    patient, entry = service.clinic.add_patient(), entry_body()
    superuser(postgresql, "ALTER SYSTEM SET default_transaction_read_only = on", "SELECT pg_reload_conf()")
    try:
        time.sleep(0.3)
        refused = patient.post(ENTRIES, entry)
        assert problem(refused, 503, "database-unavailable")
        assert int(refused.headers["Retry-After"]) > 0
        assert ok(patient.get(ENTRIES))["items"] == []
    finally:
        superuser(postgresql, "ALTER SYSTEM RESET default_transaction_read_only", "SELECT pg_reload_conf()")

    time.sleep(0.3)
    assert patient.post(ENTRIES, entry).status_code == 201


def test_a_database_that_takes_no_more_connections_is_503_until_it_does(
    postgresql: PostgresServer, service: Installation
) -> None:
    patient, entry = service.clinic.add_patient(), entry_body()
    with ExitStack() as hogs:
        superuser(postgresql, EVERYBODY)
        with suppress(psycopg.OperationalError):
            for _ in range(100):
                hogs.enter_context(psycopg.connect(postgresql.url))
            pytest.fail("there is always room for one more")
        refused = patient.post(ENTRIES, entry)
        assert problem(refused, 503, "database-unavailable")
        assert int(refused.headers["Retry-After"]) > 0
        assert httpx2.get(f"{service.server.url}/health/live", trust_env=False).status_code == 200

    began = time.monotonic()
    while (answer := patient.post(ENTRIES, entry)).status_code != 201:
        assert problem(answer, 503, "database-unavailable")
        assert time.monotonic() - began < RECOVERY_S
        time.sleep(0.1)


def test_behind_a_pooler_that_hands_every_transaction_to_another_connection_all_is_the_same(
    postgresql: PostgresServer, environment: Mapping[str, str], tmp_path: Path
) -> None:
    try:
        with (
            postgres.fresh_database(postgresql.url) as url,
            pgbouncer(url) as pooled,
            installed(pooled, environment) as installation,
        ):
            phones = crowd(installation.server.url, installation.clinic, tmp_path)
            with phones.sending(CONNECTIONS):
                phones.wait_for_success(30, since=time.monotonic())
                time.sleep(forms.either(2, 30))
            assert set(phones.statuses) <= {200, 201}, phones.statuses
            phones.settle()
            assert limits_in_a_transaction(installation.database_url) == ("10s", "UTC")
            assert "prepared statement" not in installation.server.log()
    except PgBouncerMissing as missing:
        optional.skip_or_fail(missing)


def limits_in_a_transaction(url: str) -> tuple[str, str]:
    """What holds for a statement of ours."""
    database = Database(Settings(database_url=url).database(), connections=2, timeout_s=10, patient=False)
    try:
        with database.readers.connect() as connection:
            shown = [connection.exec_driver_sql(f"SHOW {name}").scalar() for name in ("statement_timeout", "timezone")]
            return str(shown[0]), str(shown[1])
    finally:
        database.dispose()
