"""A change that commits late is missed by no phone: its number is taken under the lock that others wait for."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from infra.db import Session
from models.diary import EntryCreate, EntryRead
from services import diary
from services.access import Actor
from services.diary import PhoneClock, Recorded, Submission
from tests.factories import Body, Person, entry_body, found_clinic, lesion_body, ok

CHANGES = "/v1/patients/{me}/changes"
A_WHILE_S = 1.0


def actor_of(app: FastAPI, person: Person) -> Actor:
    """The actor as whom a person's requests are served."""
    claims = app.state.door.tokens.read_access(person.token, app.state.now())
    return Actor.of(claims, at=app.state.now(), minimum_consent_version=1)


def ids(page: Body) -> list[str]:
    """The ids of a page of changes, in order."""
    return [one["id"] for one in page["changes"]]


def assert_waits(future: Future[Any]) -> None:
    """Nothing comes of it for a while."""
    with pytest.raises(NotYet):
        future.result(A_WHILE_S)


def record(app: FastAPI, session: Session, patient: Person, body: Body) -> EntryRead:
    """Record an entry in a transaction that the test ends when it likes."""
    draft = EntryCreate.model_validate(body)
    submission = Submission(actor_of(app, patient), UUID(patient.id), draft, PhoneClock())
    (outcome,) = diary.record(session, [submission])
    assert isinstance(outcome, Recorded)
    session.flush()
    return outcome.entry


@pytest.mark.parametrize(("noun", "make"), [("entries", entry_body), ("lesions", lesion_body)])
def test_a_change_that_commits_late_is_in_the_next_pull(
    make_app: Callable[..., FastAPI], database_url: str, noun: str, make: Callable[[], Body]
) -> None:
    app = make_app(database_url)
    with TestClient(app) as http, ThreadPoolExecutor(1) as pool:
        patient = found_clinic(app, http).patient
        ok(patient.post("/v1/patients/{me}/entries", entry_body()))
        cursor = ok(patient.get(CHANGES))["next_cursor"]
        late, quick = entry_body(), make()

        with app.state.database.transaction() as session:
            written = record(app, session, patient, late)
            other = pool.submit(partial(patient.post, f"/v1/patients/{{me}}/{noun}", quick))
            assert_waits(other)
            meanwhile = ok(patient.get(CHANGES, params={"cursor": cursor}))
        committed = ok(other.result())
        afterwards = ok(patient.get(CHANGES, params={"cursor": meanwhile["next_cursor"]}))

    assert ids(meanwhile) == []
    assert ids(afterwards) == [late["id"], quick["id"]]
    assert (written.revision, committed["revision"]) == (2, 3)


def test_a_number_that_was_given_back_is_taken_again_and_nothing_is_skipped(
    make_app: Callable[..., FastAPI], database_url: str
) -> None:
    app = make_app(database_url)
    with TestClient(app) as http:
        patient = found_clinic(app, http).patient
        cursor = ok(patient.get(CHANGES))["next_cursor"]
        session = app.state.database.writer()
        record(app, session, patient, entry_body())
        session.rollback()
        session.close()

        stored = ok(patient.post("/v1/patients/{me}/entries", entry_body()))
        page = ok(patient.get(CHANGES, params={"cursor": cursor}))

    assert ids(page) == [stored["id"]]
    assert stored["revision"] == 1
